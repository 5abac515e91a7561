"""Messages on a pipe: the Language Server Protocol's framing around UTF-8 JSON."""

from __future__ import annotations

import json
from typing import Any

from ..texts import tr
from .errors import ProtocolError

_HEADER_END = b"\r\n\r\n"
_LONGEST_HEADER = 4096
_LONGEST_BODY = 64 * 1024 * 1024


def encode(message: dict[str, Any]) -> bytes:
    """One message as bytes."""
    body = json.dumps(message, ensure_ascii=False).encode("utf-8")
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


class Decoder:
    """Takes bytes as they arrive and gives the messages that are complete."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """Messages completed by `data`. Raises `ProtocolError` for what is no message."""
        self._buffer += data
        messages: list[dict[str, Any]] = []
        while True:
            message = self._next()
            if message is None:
                return messages
            messages.append(message)

    def _next(self) -> dict[str, Any] | None:
        header, separator, rest = self._buffer.partition(_HEADER_END)
        if not separator:
            if len(header) > _LONGEST_HEADER or not b"content-length:".startswith(header[:15].lower()):
                raise _unreadable(header)
            return None
        length = _content_length(header)
        if len(rest) < length:
            return None
        self._buffer = rest[length:]
        return _parse(rest[:length])


def _content_length(header: bytes) -> int:
    for line in header.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            length = int(value)
            if length <= _LONGEST_BODY:
                return length
    raise _unreadable(header)


def _parse(body: bytes) -> dict[str, Any]:
    try:
        message = json.loads(body.decode("utf-8"))
    except ValueError as error:
        raise _unreadable(body) from error
    if not isinstance(message, dict):
        raise _unreadable(body)
    return message


def _unreadable(data: bytes) -> ProtocolError:
    return ProtocolError(tr("引擎的回答无法识别；请在“设置”中检查引擎路径"), repr(data[:200]))
