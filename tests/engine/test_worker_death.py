"""A worker that dies or hangs ends its own job with a clear sentence, and nothing else."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import psutil
import pytest
from engine_client import Client, wait_until_gone


def assert_only_that_job_failed(client: Client, folder: Path, failure: dict, status: int) -> None:
    """Nothing half-written is left, the words are Chinese, and the engine goes on working."""
    assert failure["kind"] == "died"
    assert failure["exit_status"] == status
    assert any("\u4e00" <= character <= "\u9fff" for character in failure["message"])
    assert "\n" not in failure["message"]
    assert list(folder.iterdir()) == []
    job = client.start("test_write", out=str(folder / "good.txt"), text="㮾梨街道")
    assert client.finished(job)["result"]["status"] == "ok"
    assert (folder / "good.txt").read_text(encoding="utf-8") == "㮾梨街道"


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV", "SIGABRT"])
def test_worker_that_kills_itself(client: Client, tmp_path: Path, name: str) -> None:
    job = client.start("test_die", out=str(tmp_path / "x.txt"), signal=name)
    failure = client.finished(job)["failure"]
    assert name in failure["message"]
    assert_only_that_job_failed(client, tmp_path, failure, 1)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_worker_killed_from_outside(client: Client, tmp_path: Path, number: signal.Signals) -> None:
    job = client.start("test_write", out=str(tmp_path / "x.txt"), seconds=60)
    client.wait_note("job/progress", job)
    assert len(list(tmp_path.iterdir())) == 1, "the job is in the middle of writing"
    worker = psutil.Process(client.process.pid).children()[0]
    os.kill(worker.pid, number)
    failure = client.finished(job, 5)["failure"]
    assert number.name in failure["message"]
    assert_only_that_job_failed(client, tmp_path, failure, 1)


def test_death_while_reading_names_the_file_and_is_unusable_input(client: Client, tmp_path: Path) -> None:
    job = client.start("test_die", out=str(tmp_path / "x.txt"), signal="SIGSEGV", watch="读取 西区.laz")
    failure = client.finished(job)["failure"]
    assert failure["message"].startswith("读取 西区.laz 时处理进程意外终止")
    assert "可能已损坏" in failure["message"]
    assert "Fatal Python error: Segmentation fault" in failure["detail"]
    assert_only_that_job_failed(client, tmp_path, failure, 2)


def test_hang_in_native_code_ends_at_the_deadline(client: Client, tmp_path: Path) -> None:
    started = time.monotonic()
    job = client.start("test_hang", out=str(tmp_path / "x.txt"), watch="读取 西区.laz", seconds=1)
    failure = client.finished(job, 10)["failure"]
    assert 1.0 <= time.monotonic() - started < 4.0
    assert failure["message"].startswith("读取 西区.laz 超过 1 秒没有完成")
    assert_only_that_job_failed(client, tmp_path, failure, 2)


def test_hang_that_is_no_reading_is_no_fault_of_the_input(client: Client, tmp_path: Path) -> None:
    job = client.start("test_hang", out=str(tmp_path / "x.txt"), watch="合并栅格", seconds=0.3)
    failure = client.finished(job, 10)["failure"]
    assert "损坏" not in failure["message"]
    assert_only_that_job_failed(client, tmp_path, failure, 1)


def test_processes_of_a_killed_worker_go_with_it(client: Client) -> None:
    job = client.start("test_children")
    worker, *children = map(int, client.wait_note("job/log", job)["text"].split())
    processes = [psutil.Process(pid) for pid in children]
    os.kill(worker, signal.SIGKILL)
    assert client.finished(job, 5)["failure"]["kind"] == "died"
    assert wait_until_gone(processes, 1.0) == []


@pytest.mark.parametrize("what", ["panic", "exit", "value", "json"])
def test_exceptions_of_every_kind_become_a_failure(client: Client, what: str) -> None:
    failure = client.finished(client.start("test_raises", what=what))["failure"]
    assert (failure["kind"], failure["exit_status"]) == ("internal", 1)
    assert "程序内部错误" in failure["message"]
    assert "Traceback" in failure["detail"]


def test_an_error_worded_for_people_arrives_as_it_is(client: Client) -> None:
    failure = client.finished(client.start("test_raises", what="input"))["failure"]
    expected = {"kind": "input", "message": "“坏.laz”不是点云文件", "detail": "", "exit_status": 2}
    assert failure == expected
