"""The worker's end of its pipes: requests in, events out, kept apart from what libraries print and read."""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any, BinaryIO

from tim.engine.plain import plain


def take_standard_streams() -> tuple[BinaryIO, BinaryIO]:
    """The original standard input and output. Descriptor 0 becomes empty, descriptor 1 the standard error.

    Call it before anything heavy is imported: native code that prints or reads then cannot touch the protocol.
    """
    requests, events = os.dup(0), os.dup(1)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    os.dup2(2, 1)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - lives as long as the process
    sys.stdout = open(1, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
    return os.fdopen(requests, "rb"), os.fdopen(events, "wb")


class EventWriter:
    """Writes one JSON object a line; safe to use from several threads."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def __call__(self, event: str, data: dict[str, Any]) -> None:
        text = json.dumps({"event": event, **plain(data)}, separators=(",", ":"))
        with self._lock:
            self._stream.write(text.encode("ascii") + b"\n")
            self._stream.flush()
