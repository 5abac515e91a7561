"""The task of one capability call: events out, cancellation and answers of the host in."""

from __future__ import annotations

import itertools
import queue
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pointcloud.task import Cancelled, Task

Listener = Callable[[str, dict[str, Any]], None]
_CANCEL_SECONDS = 0.1  # between two looks for a cancel while the host is asked


class HostRefused(Exception):
    """The host does not do what it was asked. `message` is one line for people, "" for a request it does not know."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Job(Task):
    """A task that delivers its events to a listener and keeps the warnings for the result.

    `listener(event, data)` receives the events `progress`, `log`, `warning`, `watch`, `partial`, and `host` where
    `interactive` says that somebody answers.
    """

    def __init__(self, listener: Listener | None = None, *, interactive: bool = False) -> None:
        self.interactive = interactive
        self._listener = listener
        self._numbers = itertools.count(1)
        self._answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._cancelled = False
        self._last_progress = 0.0
        self.warnings: list[str] = []

    def cancel(self) -> None:
        """Ask the work to stop at its next check. Safe to call from another thread."""
        self._cancelled = True

    def check(self) -> None:
        if self._cancelled:
            raise Cancelled

    @contextmanager
    def watch(self, seconds: float, text: str) -> Iterator[None]:
        self.emit("watch", seconds=seconds, text=text)
        try:
            yield
        finally:
            self.emit("watch", seconds=None, text="")

    def partial(self, path: str, *, done: bool = False) -> None:
        """Announce an unfinished file or folder, so that a supervisor removes it if this process dies."""
        self.emit("partial", path=path, done=done)

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        """Ask the host and wait for its answer, however long a person takes. Raises `HostRefused` and `Cancelled`."""
        if not self.interactive:
            raise HostRefused("")
        number = next(self._numbers)
        self.emit("host", id=number, method=method, params=params)
        while True:
            self.check()
            try:
                answer = self._answers.get(timeout=_CANCEL_SECONDS)
            except queue.Empty:
                continue
            if answer.get("id") == number:
                if "error" in answer:
                    raise HostRefused(str(answer["error"]))
                return answer.get("result")

    def answer(self, answer: dict[str, Any]) -> None:
        """Hand over what the host says: `id` and `result` or `error`. Called from another thread."""
        self._answers.put(answer)

    def emit(self, event: str, **data: Any) -> None:
        if event == "warning":
            self.warnings.append(data["text"])
        if event == "progress" and not self._due(data["fraction"]):
            return
        if self._listener is not None:
            self._listener(event, data)

    def _due(self, fraction: float) -> bool:
        """At most ten progress events a second cross the process boundary."""
        now = time.monotonic()
        if fraction < 1.0 and now - self._last_progress < 0.1:
            return False
        self._last_progress = now
        return True
