"""Cancelling is prompt, and no process outlives the one that wanted its work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from engine_client import Client, wait_until_gone


@pytest.mark.parametrize("operation", ["test_write", "test_native_loop"])
def test_cancel_within_two_seconds(client: Client, tmp_path: Path, operation: str) -> None:
    extra = {"seconds": 60} if operation == "test_write" else {}
    job = client.start(operation, out=str(tmp_path / "x.txt"), **extra)
    client.wait_note("job/progress", job)
    processes = client.descendants()
    started = time.monotonic()
    assert client.result("job/cancel", job=job) == {}
    failure = client.finished(job, 5)["failure"]
    assert time.monotonic() - started < 2.0
    assert (failure["kind"], failure["exit_status"]) == ("cancelled", 130)
    assert list(tmp_path.iterdir()) == []
    assert wait_until_gone(processes, 1.0) == []


def test_cancel_of_a_hanging_read_is_a_cancel_and_no_damaged_input(client: Client, tmp_path: Path) -> None:
    job = client.start("test_hang", out=str(tmp_path / "x.txt"), seconds=60)
    time.sleep(0.5)
    client.result("job/cancel", job=job)
    assert client.finished(job, 5)["failure"]["kind"] == "cancelled"
    assert list(tmp_path.iterdir()) == []


def test_cancel_of_finished_and_unknown_jobs(client: Client, tmp_path: Path) -> None:
    job = client.start("test_write", out=str(tmp_path / "x.txt"))
    assert "result" in client.finished(job)
    assert client.result("job/cancel", job=job) == {}
    assert client.error("job/cancel", job="99")["code"] == -32002
    assert [note for note in client.notes if note["method"] == "job/finished"] == []


@pytest.mark.parametrize("operation", ["test_children", "test_native_loop"])
def test_engine_killed_leaves_no_process(environment: dict[str, str], tmp_path: Path, operation: str) -> None:
    client = Client(environment)
    job = client.start(operation, **({"out": str(tmp_path / "x.txt")} if operation == "test_native_loop" else {}))
    client.wait_note("job/progress", job)
    processes = client.descendants()
    assert len(processes) >= 2
    client.process.kill()
    client.process.wait()
    assert wait_until_gone(processes, 3.0) == []


def test_worker_that_listens_tidies_up_when_the_engine_is_killed(environment: dict[str, str], tmp_path: Path) -> None:
    client = Client(environment)
    job = client.start("test_write", out=str(tmp_path / "x.txt"), seconds=60)
    client.wait_note("job/progress", job)
    processes = client.descendants()
    client.process.kill()
    client.process.wait()
    assert wait_until_gone(processes, 3.0) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("end", ["input", "exit", "terminate"])
def test_end_of_the_engine_ends_its_jobs(environment: dict[str, str], tmp_path: Path, end: str) -> None:
    client = Client(environment)
    jobs = [client.start("test_native_loop", out=str(tmp_path / f"{i}.txt")) for i in range(2)]
    for job in jobs:
        client.wait_note("job/progress", job)
    processes = client.descendants()
    if end == "input":
        client.process.stdin.close()
    elif end == "exit":
        client.send({"jsonrpc": "2.0", "method": "exit"})
    else:
        client.process.send_signal(signal.SIGTERM)
    client.process.wait(5)
    assert wait_until_gone(processes, 0.5) == []
    assert list(tmp_path.iterdir()) == []


def test_shutdown_then_exit(environment: dict[str, str]) -> None:
    client = Client(environment)
    job = client.start("test_native_loop", out="/tmp/never-written-by-a-test.txt")
    client.wait_note("job/progress", job)
    assert client.result("shutdown") is None
    assert client.finished(job, 1)["failure"]["kind"] == "cancelled"
    assert client.error("tim/operations")["code"] == -32600
    client.send({"jsonrpc": "2.0", "method": "exit"})
    assert client.process.wait(3) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("operation", ["write", "native_loop"])
def test_signals_cancel_a_command(
    environment: dict[str, str], tmp_path: Path, number: signal.Signals, operation: str
) -> None:
    extra = ["--seconds", "60"] if operation == "write" else []
    command = subprocess.Popen(
        [sys.executable, "-m", "tim", "test", operation, "--out", str(tmp_path / "x.txt"), *extra],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    processes: list[psutil.Process] = []
    while not (list(tmp_path.iterdir()) and processes):  # a list taken while a process begins may be empty
        time.sleep(0.02)
        processes = psutil.Process(command.pid).children(recursive=True)
    os.kill(command.pid, number)
    out, err = command.communicate(timeout=2.5)
    assert command.returncode == 130
    assert out == ""
    assert err.splitlines()[-1] == "已取消，没有写出结果"
    assert wait_until_gone(processes, 1.0) == []
    assert list(tmp_path.iterdir()) == []


def test_command_killed_leaves_no_process(environment: dict[str, str], tmp_path: Path) -> None:
    command = subprocess.Popen(
        [sys.executable, "-m", "tim", "test", "native_loop", "--out", str(tmp_path / "x.txt")], env=environment
    )
    while not list(tmp_path.iterdir()):
        time.sleep(0.02)
    processes = psutil.Process(command.pid).children(recursive=True)
    command.kill()
    command.wait()
    assert processes
    assert wait_until_gone(processes, 3.0) == []
