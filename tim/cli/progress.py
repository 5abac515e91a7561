"""Progress and log on standard error: one line that renews itself on a terminal, sparse lines elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from typing import Any, TextIO

from tim.cli.chinese import english
from tim.cli.table import clip, width

_SPARSE = 10.0  # seconds between two lines where the output is no terminal


class ProgressDisplay:
    """A listener of the supervisor. Call `close` before anything else is written to the stream."""

    def __init__(self, stream: TextIO | None = None, *, verbose: bool = False) -> None:
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._verbose = verbose
        self._line = ""
        self._last = time.monotonic()

    def __call__(self, event: str, data: dict[str, Any]) -> None:
        if event == "progress":
            self._progress(progress_line(data["fraction"], data["text"], data["seconds_left"]))
        elif event == "warning":
            self._print(("warning: " if english() else "注意：") + data["text"])
        elif self._verbose:
            self._print(data["text"])

    def close(self) -> None:
        """Remove the renewing line."""
        if self._line:
            self._stream.write("\r" + " " * width(self._line) + "\r")
            self._stream.flush()
            self._line = ""

    def _progress(self, line: str) -> None:
        if self._terminal:
            line = clip(line, shutil.get_terminal_size().columns - 1)
            padding = " " * max(width(self._line) - width(line), 0)
            self._stream.write("\r" + line + padding)
            self._stream.flush()
            self._line = line
        elif time.monotonic() - self._last >= _SPARSE:
            self._last = time.monotonic()
            self._print(line)

    def _print(self, text: str) -> None:
        self.close()
        print(text, file=self._stream, flush=True)


def progress_line(fraction: float, text: str, seconds_left: float | None) -> str:
    """For example ` 45%  地面分类  还需约 1 分 20 秒`."""
    parts = [f"{fraction:4.0%}", text]
    if seconds_left is not None:
        parts.append(f"about {seconds_left:.0f} s left" if english() else f"还需约 {duration(seconds_left)}")
    return "  ".join(part for part in parts if part)


def duration(seconds: float) -> str:
    """Seconds in words."""
    whole = max(round(seconds), 1)
    if whole < 60:
        return f"{whole} 秒"
    if whole < 3600:
        return f"{whole // 60} 分 {whole % 60} 秒"
    return f"{whole // 3600} 小时 {whole % 3600 // 60} 分"
