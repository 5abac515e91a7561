"""Operations that misbehave on purpose, offered to the engine through TIM_OPERATIONS_MODULE."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tim.declare import Kind, Operation, Parameter, Text
from tim.errors import UnusableInput
from tim.files import atomic_output
from tim.job import Job
from tim.result import VIOLATIONS, Result


def _parameter(name: str, kind: Kind = Kind.TEXT, **options: object) -> Parameter:
    return Parameter(name, kind, Text("测试参数", name), Text("说明", "help"), **options)  # type: ignore[arg-type]


def _operation(function: str, *parameters: Parameter) -> Operation:
    return Operation(
        name=f"test {function}",
        title=Text("测试", function),
        summary=Text("测试用", function),
        group=Text("测试", "Test"),
        parameters=parameters,
        target=f"operations_for_tests:{function}",
    )


OUT = _parameter("out", Kind.OUTPUT_FILE, suffixes=("txt",))
SECONDS = _parameter("seconds", Kind.NUMBER, default=0.0, minimum=0.0, maximum=600.0)
OPERATIONS = (
    _operation("write", OUT, SECONDS, _parameter("text", default="你好")),
    _operation("die", OUT, _parameter("signal", default="SIGKILL"), _parameter("watch", default="")),
    _operation("hang", OUT, _parameter("watch", default="读取 坏.laz"), SECONDS),
    _operation("native_loop", OUT),
    _operation("noise"),
    _operation("children"),
    _operation("raises", _parameter("what", default="value")),
    _operation("violates"),
)


def write(*, out: str | None, seconds: float, text: str, job: Job) -> Result:
    """Progress for `seconds`, then a file."""
    job.log("开始：永久基本农田")
    job.warn("注意：㮾梨街道")
    with atomic_output(out or os.devnull, job) as path:
        path.write_text(text, encoding="utf-8")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            job.progress(1.0 - (end - time.monotonic()) / seconds, "写出")
            time.sleep(0.02)
    return Result("写好了", outputs=[str(out)], data={"text": text})


def die(*, out: str, signal: str, watch: str, job: Job) -> Result:
    """Die by a signal in the middle of writing."""
    with atomic_output(out, job) as path:
        path.write_text("half")
        job.progress(0.5, "写出")
        if watch:
            with job.watch(60.0, watch):
                _die(signal)
        _die(signal)
    return Result("never")


def _die(name: str) -> None:
    time.sleep(0.2)
    os.kill(os.getpid(), getattr(signal, name))
    time.sleep(60)


def hang(*, out: str, watch: str, seconds: float, job: Job) -> Result:
    """Hang in native code that holds the interpreter's lock."""
    with atomic_output(out, job) as path:
        path.write_text("half")
        with job.watch(seconds, watch):
            _hold_interpreter()
    return Result("never")


def native_loop(*, out: str, job: Job) -> Result:
    """Compute in native code for a long time, outside any watch."""
    with atomic_output(out, job) as path:
        path.write_text("half")
        job.progress(0.1, "计算")
        _hold_interpreter()
    return Result("never")


def _hold_interpreter() -> None:
    """Sleep for a minute without letting any other thread of the interpreter run."""
    ctypes.PyDLL(None).sleep(60)


def noise(*, job: Job) -> Result:
    """Write to everything that looks like standard output, and read the standard input."""
    print("stray print", flush=True)
    os.write(1, b'Content-Length: 5\r\n\r\n{"event": "result"}\n\xff\xfe\n')
    libc = ctypes.CDLL(None)
    libc.puts(b"native puts")
    libc.fflush(None)
    subprocess.run(["sh", "-c", "echo child; cat"], check=True)
    return Result("安静", data={"stdin": sys.stdin.read()})


def children(*, job: Job) -> Result:
    """Start processes that would outlive us, and wait."""
    pids = [subprocess.Popen(["sleep", "300"]).pid for _ in range(2)]
    job.log(" ".join(str(pid) for pid in [os.getpid(), *pids]))
    job.progress(0.1, "等待")
    _hold_interpreter()
    return Result("never")


class PanicException(BaseException):
    """Like the panics of extension modules written in Rust: no `Exception`."""


def raises(*, what: str, job: Job) -> Result:
    """Raise in various ways."""
    if what == "panic":
        raise PanicException("called `Option::unwrap()` on a `None` value")
    if what == "exit":
        sys.exit(3)
    if what == "input":
        raise UnusableInput("“坏.laz”不是点云文件")
    if what == "json":
        return Result("坏", data={"value": object()})
    if what == "nan":
        return Result("数", data={"value": float("nan"), "path": Path("a")})
    raise ValueError("wrong")


def violates(*, job: Job) -> Result:
    """Find violations."""
    return Result("发现 1 处违反", status=VIOLATIONS)
