"""The task of one capability call: events out, cancellation in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pointcloud.task import Cancelled, Task

Listener = Callable[[str, dict[str, Any]], None]


class Job(Task):
    """A task that delivers its events to a listener and keeps the warnings for the result.

    `listener(event, data)` receives the events `progress`, `log`, `warning`, `watch`, `partial`.
    """

    def __init__(self, listener: Listener | None = None) -> None:
        self._listener = listener
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
