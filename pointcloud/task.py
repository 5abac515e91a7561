"""What long work tells its caller, and how the caller stops it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Cancelled(Exception):
    """The caller asked the work to stop."""


class Task:
    """Progress, log and cancellation of a piece of work. This base class is silent and is never cancelled.

    Callers override `emit`, `check` and `watch`; workers call `progress`, `log`, `warn`, `check`, `watch` and `part`.
    """

    def progress(self, fraction: float, text: str = "") -> None:
        """Report that `fraction` (0..1) of this work is done; `text` names the stage in Chinese. Checks for cancel."""
        self.check()
        self.emit("progress", fraction=min(max(float(fraction), 0.0), 1.0), text=text)

    def log(self, text: str) -> None:
        """Tell something worth keeping in the log."""
        self.emit("log", text=text)

    def warn(self, text: str) -> None:
        """Tell something that the user has to know about the result; collected in the result's `warnings`."""
        self.emit("warning", text=text)

    def check(self) -> None:
        """Raise `Cancelled` when the caller asked to stop. Call it at least every 0.2 s of work."""

    @contextmanager
    def watch(self, seconds: float, text: str) -> Iterator[None]:  # noqa: ARG002 - for those who override it
        """Enclose a native call that may crash or hang on bad input.

        A supervising process ends the job when the block takes longer than `seconds`, and names `text`
        (for example "读取 a.laz") when the process dies inside it.
        """
        yield

    def part(self, start: float, end: float) -> Task:
        """A view of this task whose progress 0..1 fills the range `start`..`end` of this one."""
        return _Part(self, start, end)

    def emit(self, event: str, **data: object) -> None:
        """Deliver one event to whoever listens."""


class _Part(Task):
    def __init__(self, parent: Task, start: float, end: float) -> None:
        self._parent, self._start, self._end = parent, start, end

    def check(self) -> None:
        self._parent.check()

    @contextmanager
    def watch(self, seconds: float, text: str) -> Iterator[None]:
        with self._parent.watch(seconds, text):
            yield

    def emit(self, event: str, **data: object) -> None:
        if event == "progress":
            data["fraction"] = self._start + (self._end - self._start) * float(data["fraction"])  # type: ignore[arg-type]
        self._parent.emit(event, **data)
