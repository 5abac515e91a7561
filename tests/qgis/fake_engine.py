"""An engine that behaves, or misbehaves, as its first argument says; its second is a file for its process id."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path


def read() -> dict | None:
    """The next message, or None at the end of input."""
    length = 0
    while True:
        line = sys.stdin.buffer.readline()
        if not line:
            return None
        if line == b"\r\n":
            return json.loads(sys.stdin.buffer.read(length))
        length = int(line.split(b":")[1])


def send(**message) -> None:
    """One message, in two pieces with a pause between them."""
    body = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False).encode("utf-8")
    data = b"Content-Length: %d\r\n\r\n" % len(body) + body
    sys.stdout.buffer.write(data[:25])
    sys.stdout.buffer.flush()
    sys.stdout.buffer.write(data[25:])
    sys.stdout.buffer.flush()


def note(method: str, **params) -> None:
    """A notification about job 1."""
    send(method=method, params={"job": "1", **params})


def finish(**outcome) -> None:
    """The end of job 1."""
    note("job/finished", **outcome)


def job(mode: str, parameters: dict) -> None:
    """What happens after a job was started."""
    if mode == "dies":
        sys.stderr.write("读取 坏文件.laz\n段错误\n")
        sys.stderr.flush()
        os._exit(139)
    if mode == "talks":
        for index in range(2000):
            sys.stderr.write(f"第 {index} 行 " + "啰嗦" * 200 + "\n")
    if mode == "asks":
        send(id=900, method="host/layer", params={"name": "地块"})
        answer = read()
        finish(result={"status": "ok", "message": "问过了", "answer": answer})
        return
    if mode == "fails":
        finish(failure={"kind": "input", "message": "“坏.laz”已损坏", "detail": "Traceback …", "exit_status": 2})
        return
    if mode in ("slow", "deaf"):
        note("job/progress", fraction=0.1, text="读取", seconds_left=None)
        return
    for step in range(1, 5):
        note("job/progress", fraction=step / 4, text=f"第{step}步", seconds_left=30.0 / step)
    note("job/log", text="记录一行")
    note("job/warning", text="注意：高程基准未知")
    finish(result={"status": "ok", "message": "完成", "parameters": parameters, "environment": dict(os.environ)})


def main(mode: str, pid_file: str) -> None:
    """Serve until the end of input."""
    Path(pid_file).write_text(str(os.getpid()), encoding="utf-8")
    if mode == "garbage":
        sys.stdout.buffer.write(b"Traceback (most recent call last):\r\n\r\n" * 5)
        sys.stdout.buffer.flush()
    while True:
        message = read()
        if message is None:
            if mode == "deaf":
                time.sleep(600)
            return
        method, number = message.get("method"), message.get("id")
        if mode == "silent":
            continue
        if method == "initialize":
            protocol = 99 if mode == "other version" else 1
            send(id=number, result={"protocol": protocol, "engine": "0.0.1", "language": "1", "python": "3.11"})
        elif method == "job/start" and mode == "refuses":
            failure = {"kind": "usage", "message": "缺少参数 points（点云）", "detail": "", "exit_status": 2}
            send(id=number, error={"code": -32010, "message": "usage", "data": failure})
        elif method == "job/start":
            send(id=number, result={"job": "1"})
            job(mode, message["params"]["parameters"])
        elif method == "job/cancel" and mode == "slow":
            send(id=number, result={})
            finish(failure={"kind": "cancelled", "message": "已取消，没有写出结果", "detail": "", "exit_status": 130})


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
