"""Messages on a byte stream: JSON-RPC objects in the framing of the Language Server Protocol."""

from __future__ import annotations

import json
import re
import threading
from typing import Any, BinaryIO

MAX_FRAME = 32 * 1024 * 1024
_MAX_HEADER = 8 * 1024
_CHUNK = 64 * 1024
_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"Content-Length:[ \t]*(\d{1,18})[ \t]*(?=\r\n|\Z)", re.IGNORECASE)
_OTHER_HEADERS = re.compile(rb"(?:[A-Za-z-]{1,40}:[^\r\n]*\r\n)*\Z")


class FrameError(Exception):
    """Bytes that are no message. `code` is the JSON-RPC error; the reader can go on behind them."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class FrameReader:
    """Reads one message after the other; finds the next header again behind bytes that are no message."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._buffer = bytearray()
        self._lost = False  # skipping bytes whose error has been reported

    def read(self) -> Any:
        """The next decoded message. Raises `FrameError` for what is no message and `EOFError` at the end."""
        length = self._header()
        if length > MAX_FRAME:
            self._lost = True
            raise FrameError(-32600, f"消息太大（{length} 字节），上限为 {MAX_FRAME} 字节")
        while len(self._buffer) < length:
            self._fill()
        body = bytes(self._buffer[:length])
        del self._buffer[:length]
        try:
            return json.loads(body.decode("utf-8"), parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise FrameError(-32700, f"消息不是有效的 UTF-8 JSON（{error}）") from error

    def _header(self) -> int:
        """Consume up to the end of the next header and return its length."""
        while True:
            end = self._buffer.find(_END)
            if end < 0:
                if len(self._buffer) > _MAX_HEADER:
                    self._drop(len(self._buffer) - _MAX_HEADER)
                self._fill()
                continue
            match = _LENGTH.search(self._buffer, 0, end)
            if match is None:
                self._drop(end + len(_END))
            elif self._lost or _OTHER_HEADERS.match(self._buffer, 0, match.start()):
                length = int(match[1])
                del self._buffer[: end + len(_END)]
                self._lost = False
                return length
            else:
                self._drop(match.start())  # the header itself stays for the next read

    def _drop(self, count: int) -> None:
        """Skip bytes that are no header; report it once for each stretch of them."""
        del self._buffer[:count]
        if not self._lost:
            self._lost = True
            raise FrameError(-32700, "帧头里没有有效的 Content-Length，已跳到下一条消息")

    def _fill(self) -> None:
        chunk = self._stream.read1(_CHUNK)  # type: ignore[attr-defined]
        if not chunk:
            raise EOFError
        self._buffer += chunk


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


class FrameWriter:
    """Writes whole messages; safe to use from several threads."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def write(self, message: dict[str, Any]) -> None:
        """Send one message. Raises `OSError` when nobody reads any more."""
        body = json.dumps(message, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode(
            "utf-8", "replace"
        )
        with self._lock:
            self._stream.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
            self._stream.flush()
