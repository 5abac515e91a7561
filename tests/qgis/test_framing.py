"""Messages on the pipe."""

from __future__ import annotations

import pytest
from territory_tim.engine.errors import ProtocolError
from territory_tim.engine.framing import Decoder, encode


def test_messages_arrive_whole_however_they_are_cut():
    messages = [{"id": 1, "text": "国土空间𠀀"}, {"id": 2}]
    data = b"".join(encode(message) for message in messages)
    for size in (1, 7, len(data)):
        decoder = Decoder()
        got = [message for start in range(0, len(data), size) for message in decoder.feed(data[start : start + size])]
        assert got == messages


def test_other_headers_are_skipped():
    body = b'{"id": 3}'
    data = b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    assert Decoder().feed(data) == [{"id": 3}]


@pytest.mark.parametrize(
    "data",
    [
        b"Traceback (most recent call last)",
        b"x" * 10_000,
        b"Content-Length: many\r\n\r\n",
        b"Content-Length: 99999999999\r\n\r\n",
        b"Content-Length: 3\r\n\r\n{}}",
        b"Content-Length: 2\r\n\r\n[]",
        b"Content-Length: 6\r\n\r\n" + "中文".encode("gbk") + b"  ",
    ],
)
def test_what_is_no_message_is_refused_in_chinese(data):
    with pytest.raises(ProtocolError, match="引擎的回答无法识别"):
        Decoder().feed(data)
