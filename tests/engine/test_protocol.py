"""The protocol: answers, errors, order, and nothing on the wire that is not a message."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from engine_client import Client

import tim
from tim.operations import OPERATIONS


def test_initialize_first(environment: dict[str, str]) -> None:
    client = Client(environment, initialize=False)
    assert client.error("tim/operations")["code"] == -32001
    assert client.error("script/check", text="", path="")["code"] == -32001
    assert client.error("initialize", protocol=7)["code"] == -32602
    answer = client.result("initialize", client="测试", protocol=1, locale="zh_CN")
    assert answer["protocol"] == 1
    assert answer["engine"] == tim.__version__
    assert answer["pid"] == client.process.pid
    client.close()


def test_operations_are_the_declarations(client: Client) -> None:
    names = [operation["name"] for operation in client.result("tim/operations")["operations"]]
    assert names[: len(OPERATIONS)] == [operation.identifier for operation in OPERATIONS]
    assert not any(name.startswith("engine") for name in names), "internal operations are not shown"


def test_job_events_in_order_with_chinese_intact(client: Client, tmp_path: Path) -> None:
    target = tmp_path / "结果 文件夹" / "㮾梨.txt"
    target.parent.mkdir()
    job = client.start("test_write", out=str(target), seconds=2.2, text="𠮷野家“引号”\n")
    finished = client.finished(job)
    assert finished["result"]["text"] == "𠮷野家“引号”\n"
    assert finished["result"]["outputs"] == [str(target)]
    assert finished["result"]["warnings"] == ["注意：㮾梨街道"]
    assert finished["result"]["seconds"] >= 2.2
    assert target.read_text(encoding="utf-8") == "𠮷野家“引号”\n"
    notes = [note["params"] for note in client.notes if note["params"]["job"] == job]
    assert {"job": job, "text": "开始：永久基本农田"} in notes
    progress = [note for note in notes if "fraction" in note]
    assert [note["fraction"] for note in progress] == sorted(note["fraction"] for note in progress)
    assert len(progress) <= 30, "at most ten a second"
    assert progress[0]["seconds_left"] is None
    assert progress[-1]["seconds_left"] == pytest.approx(2.2 * (1 - progress[-1]["fraction"]), abs=0.4)


def test_five_jobs_at_once(client: Client, tmp_path: Path) -> None:
    started = time.monotonic()
    jobs = [client.start("test_write", out=str(tmp_path / f"{i}.txt"), seconds=1, text=str(i)) for i in range(5)]
    assert len(set(jobs)) == 5
    for number, job in enumerate(jobs):
        assert client.finished(job)["result"]["text"] == str(number)
    assert time.monotonic() - started < 4.5, "one after the other would take longer"
    assert sorted(path.read_text() for path in tmp_path.iterdir()) == list("01234")


def test_prints_of_libraries_do_not_reach_the_wire(client: Client) -> None:
    job = client.start("test_noise")
    result = client.finished(job)["result"]
    assert result["status"] == "ok"
    assert result["stdin"] == "", "the standard input of libraries is empty"
    printed = [note["params"]["text"] for note in client.notes if note["method"] == "job/log"]
    assert {"stray print", "native puts", "child"} <= set(printed)


def test_numbers_without_value_become_null(client: Client) -> None:
    assert client.finished(client.start("test_raises", what="nan"))["result"]["value"] is None


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"hello\r\n\r\n", -32700),
        (b"Content-Length: -5\r\n\r\n", -32700),
        (b"Content-Length: five\r\n\r\n", -32700),
        (b"Content-Length: 3\r\n\r\n{x}", -32700),
        (b"Content-Length: 4\r\n\r\n\xff\xfe\xff\xfe", -32700),
        (b"Content-Length: 200000\r\n\r\n" + b"[" * 200000, -32700),
        (b"Content-Length: 4294967296\r\n\r\n" + b"x" * 100000, -32600),
        (b"x" * 100000, -32700),
        (b"Content-Length: 2\r\n\r\n[]", -32600),
        (b"Content-Length: 2\r\n\r\n{}", -32600),
        (b"Content-Length: 4\r\n\r\nnull", -32600),
        (b'Content-Length: 24\r\n\r\n{"jsonrpc":"2.0","id":1}', -32600),
    ],
)
def test_what_is_no_message_is_refused_and_the_engine_goes_on(client: Client, sent: bytes, code: int) -> None:
    client.send_bytes(sent)
    client.send({"jsonrpc": "2.0", "id": "后", "method": "tim/operations"})
    first = client.receive()
    assert first["error"]["code"] == code
    assert first["id"] is None
    second = client.receive()
    assert second["id"] == "后"
    assert "result" in second


def test_errors_of_methods(client: Client, tmp_path: Path) -> None:
    assert client.error("没有/这个")["code"] == -32601
    assert client.error("job/start", operation="no such")["code"] == -32010
    assert client.error("job/start")["code"] == -32602
    error = client.error("job/start", operation="info", parameters={"model": str(tmp_path / "没有.gpkg")})
    assert error["code"] == -32010
    assert error["data"]["exit_status"] == 2
    assert "没有.gpkg" in error["message"]
    client.send({"jsonrpc": "2.0", "id": 77, "method": "job/start", "params": [1]})
    assert client.receive()["error"]["code"] == -32602


def test_notifications_get_no_answer(client: Client) -> None:
    client.send({"jsonrpc": "2.0", "method": "no/such"})
    client.send({"jsonrpc": "2.0", "id": 5, "result": {}})
    assert client.result("tim/operations")
    assert client.notes == []


def test_headers_of_other_clients(client: Client) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": 8, "method": "tim/operations"}).encode()
    kind = b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n"
    client.send_bytes(kind + b"content-length:%d\r\n\r\n" % len(body) + body)
    assert client.receive()["id"] == 8
    for byte in b"Content-Length: %d\r\n" % len(body) + kind + b"\r\n" + body:
        client.send_bytes(bytes([byte]))
    assert client.receive()["id"] == 8
