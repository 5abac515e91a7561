"""Messages on a byte stream, whole or in pieces, and what is no message."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tim.engine.framing import FrameError, FrameReader, FrameWriter


class Dribble(io.RawIOBase):
    """A stream that gives a few bytes at a time."""

    def __init__(self, data: bytes, step: int) -> None:
        self._data, self._step = data, step

    def read1(self, _: int) -> bytes:
        piece, self._data = self._data[: self._step], self._data[self._step :]
        return piece


def read_all(data: bytes, step: int) -> list[Any]:
    reader, found = FrameReader(Dribble(data, step)), []
    while True:
        try:
            found.append(reader.read())
        except FrameError as error:
            found.append(error.code)
        except EOFError:
            return found


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=10,
)


@given(st.lists(values, max_size=4), st.integers(1, 50))
def test_what_was_written_is_read(messages: list[Any], step: int) -> None:
    stream = io.BytesIO()
    for message in messages:
        FrameWriter(stream).write({"v": message})
    assert read_all(stream.getvalue(), step) == [{"v": message} for message in messages]


@given(st.binary(max_size=300), st.integers(1, 50))
def test_a_message_behind_arbitrary_bytes_is_found(garbage: bytes, step: int) -> None:
    """One message may be lost to a header that the bytes happen to hold or begin; the second is read."""
    good = b'Content-Length: 7\r\n\r\n{"a":1}'
    found = read_all(garbage.replace(b"Content-Length", b"") + b"\r\n\r\n" + good + good, step)
    assert found[-1] == {"a": 1}
    assert found.count({"a": 1}) == 2


@pytest.mark.parametrize("step", [1, 7, 100000])
def test_refused_length_is_skipped_without_memory(step: int) -> None:
    good = b'Content-Length: 7\r\n\r\n{"a":1}'
    data = b"Content-Length: 99999999999\r\n\r\n" + b"y" * 3000 + good
    assert read_all(data, step) == [-32600, {"a": 1}]


def test_lone_surrogates_do_not_break_the_stream() -> None:
    stream = io.BytesIO()
    FrameWriter(stream).write({"path": "坏\udcff名"})
    length, body = stream.getvalue().split(b"\r\n\r\n")
    assert int(length.split(b":")[1]) == len(body)
    assert json.loads(body)["path"] == "坏?名"
