"""Runs one operation in a worker process and answers for it: deadlines, cancellation, death, leftovers."""

from __future__ import annotations

import json
import queue
import shutil
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tim.declare import Operation
from tim.engine.deaths import death_words
from tim.engine.process import WorkerProcess
from tim.engine.timeleft import TimeLeft
from tim.errors import EXIT_CANCELLED, EXIT_FAILED, EXIT_USAGE, Failure

CANCEL_GRACE = 1.5  # seconds between a cancel and the kill
END_GRACE = 5.0  # seconds between the result and the end of the process
_LOG_LINES = 500  # lines of standard error that are passed on; later ones only show in a failure's detail
_DETAIL_LINES = 40

Listener = Callable[[str, dict[str, Any]], None]
Ask = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Outcome:
    """How a job ended: exactly one of the two is set."""

    result: dict[str, Any] | None = None
    failure: Failure | None = None


@dataclass
class _Watch:
    deadline: float
    seconds: float
    text: str


@dataclass
class _State:
    """What is known about the running worker."""

    time_left: TimeLeft
    watches: list[_Watch] = field(default_factory=list)
    partials: set[str] = field(default_factory=set)
    errors: deque[str] = field(default_factory=lambda: deque(maxlen=_DETAIL_LINES))
    error_lines: int = 0
    end_by: float | None = None
    cancelled: bool = False
    overstayed: _Watch | None = None
    outcome: Outcome | None = None


class Supervisor:
    """One job. `run` blocks until it has ended; `cancel` and `kill` may be called from any thread or signal handler.

    `listener(event, data)` receives `progress` {fraction, text, seconds_left}, `log` {text}, `warning` {text} and
    `output` {text} (what libraries printed), all in the thread that called `run`. `parameters` have been checked
    (`tim.engine.parameters`). `ask({id, method, params})` passes a request of the work on to somebody who can answer;
    it returns at once, and `answer` brings what they say. Without it the work knows that nobody answers.
    """

    def __init__(
        self, operation: Operation, parameters: dict[str, Any], listener: Listener, ask: Ask | None = None
    ) -> None:
        self._operation = operation
        self._parameters = parameters
        self._listener = listener
        self._ask = ask
        self._inbox: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()

    def cancel(self) -> None:
        """Ask the work to stop; it is killed when it has not stopped after the grace time."""
        self._inbox.put(("cancel", CANCEL_GRACE))

    def answer(self, answer: dict[str, Any]) -> None:
        """Give the work the answer to a request: `id` and `result` or `error`."""
        self._inbox.put(("answer", answer))

    def kill(self) -> None:
        """Stop the work at once."""
        self._inbox.put(("cancel", 0.0))

    def run(self) -> Outcome:
        """Run the operation to its end, whatever that is."""
        started = time.monotonic()
        request = {
            "operation": self._operation.identifier,
            "parameters": self._parameters,
            "host": self._ask is not None,
        }
        try:
            worker = WorkerProcess(request, self._inbox)
        except OSError as error:
            return Outcome(
                failure=Failure("failed", f"不能启动处理进程（{error.strerror}）；请关闭其他程序后重试", str(error))
            )
        state = _State(TimeLeft(started))
        try:
            status = self._follow(worker, state)
        finally:
            worker.kill()
        _remove_partials(state.partials)
        outcome = state.outcome or Outcome(failure=_failure_of_dead(state, status))
        if outcome.result is not None:
            outcome.result["seconds"] = round(time.monotonic() - started, 3)
        return outcome

    def _follow(self, worker: WorkerProcess, state: _State) -> int:
        """Handle what comes until the worker's end; return its exit status."""
        while True:
            try:
                kind, data = self._inbox.get(timeout=_seconds_to_deadline(state))
            except queue.Empty:
                self._on_deadline(worker, state)
                continue
            if kind == "end":
                return int(data)
            if kind == "cancel":
                state.cancelled = True
                end_by = time.monotonic() + data
                state.end_by = end_by if state.end_by is None else min(state.end_by, end_by)
                worker.send({"cancel": True})
            elif kind == "answer":
                worker.send({"host": data})
            elif kind == "line":
                self._on_line(data, state)
            else:
                self._on_error_line(data, state)

    def _on_deadline(self, worker: WorkerProcess, state: _State) -> None:
        now = time.monotonic()
        late = [watch for watch in state.watches if watch.deadline <= now]
        if late and not state.cancelled:
            state.overstayed = late[0]
        worker.kill()
        state.watches.clear()
        state.end_by = None

    def _on_line(self, line: bytes, state: _State) -> None:
        try:
            message = json.loads(line)
            event = message.pop("event")
        except (ValueError, KeyError, AttributeError):
            self._on_error_line(line, state)
            return
        if event == "progress":
            left = state.time_left.update(message["fraction"], time.monotonic())
            self._listener("progress", {**message, "seconds_left": None if left is None else round(left, 1)})
        elif event in ("log", "warning"):
            self._listener(event, {"text": message["text"]})
        elif event == "host" and self._ask is not None:
            self._ask(message)
        elif event == "watch":
            _on_watch(message, state)
        elif event == "partial":
            (state.partials.discard if message["done"] else state.partials.add)(message["path"])
        elif event == "result":
            state.outcome = Outcome(result=message["result"])
            state.end_by = time.monotonic() + END_GRACE
        elif event == "failure":
            state.outcome = Outcome(failure=Failure(**message["failure"]))
            state.end_by = time.monotonic() + END_GRACE

    def _on_error_line(self, line: bytes, state: _State) -> None:
        text = line.decode("utf-8", "replace").rstrip()
        state.errors.append(text)
        state.error_lines += 1
        if state.error_lines <= _LOG_LINES:
            self._listener("output", {"text": text})
        elif state.error_lines == _LOG_LINES + 1:
            self._listener("output", {"text": "（输出太多，其余省略）"})


def _on_watch(message: dict[str, Any], state: _State) -> None:
    seconds = message["seconds"]
    if seconds is not None:
        state.watches.append(_Watch(time.monotonic() + seconds, seconds, message["text"]))
    elif state.watches:
        state.watches.pop()


def _seconds_to_deadline(state: _State) -> float | None:
    deadlines = [watch.deadline for watch in state.watches]
    if state.end_by is not None:
        deadlines.append(state.end_by)
    return max(min(deadlines) - time.monotonic(), 0.0) if deadlines else None


def _failure_of_dead(state: _State, status: int) -> Failure:
    """Words for a worker that ended without saying how."""
    detail = "\n".join(state.errors)
    if state.cancelled:
        return Failure("cancelled", "已取消，没有写出结果", detail, EXIT_CANCELLED)
    watch = state.overstayed or (state.watches[-1] if state.watches else None)
    if state.overstayed:
        what = f"{_spaced(state.overstayed.text)}超过 {state.overstayed.seconds:g} 秒没有完成，已停止"
    else:
        what = f"{_spaced(watch.text) + '时' if watch else ''}处理进程意外终止（{death_words(status)}）"
    if watch and watch.text.startswith("读取"):
        return Failure("died", f"{what}；该文件可能已损坏，结果没有写出", detail, EXIT_USAGE)
    return Failure("died", f"{what}；结果没有写出", detail, EXIT_FAILED)


def _spaced(text: str) -> str:
    """A blank between a Latin ending, such as that of a file name, and the Chinese that follows."""
    return text + " " if text[-1:].isascii() else text


def _remove_partials(paths: set[str]) -> None:
    for path in paths:
        if Path(path).is_dir() and not Path(path).is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            Path(path).unlink(missing_ok=True)
