"""Texts with holes: “占地{面积：亩，两位小数}”."""

from __future__ import annotations

import re
from typing import Union

from .characters import BLANK
from .diagnostics import Problem
from .names import string_end
from .records import record

has_braces = re.compile("[{}｛｝]").search
_FORMATS = re.compile("[^，,、]+")


@record
class Piece:
    """A hole: the text of its expression, where that starts in the file, and its formats (start, end, text)."""

    text: str
    start: int
    formats: list[tuple[int, int, str]]


def split_template(literal: str, offset: int, problems: list[Problem]) -> list[Union[str, Piece]]:
    """Plain pieces and holes of a quoted text that begins at `offset`. {{ and }} stand for braces."""
    result: list[Union[str, Piece]] = []
    plain: list[str] = []
    position, stop = 1, len(literal) - 1
    while position < stop:
        character = literal[position]
        pair = literal[position : position + 2] if position + 1 < stop else ""
        if pair in ("{{", "}}", "｛｛", "｝｝"):
            plain.append(character)
            position += 2
        elif character in "{｛":
            end = _hole_end(literal, position, stop)
            if end < 0:
                place = offset + position
                problems.append(Problem("ZH118", "文字里的“{”没有配对的“}”", place, place + 1))
                break
            result += ["".join(plain), _hole(literal, position + 1, end, offset)]
            plain = []
            position = end + 1
        elif character in "}｝":
            place = offset + position
            problems.append(Problem("ZH118", "文字里的“}”没有配对的“{”；要写出括号请写两遍", place, place + 1))
            break
        else:
            brace = has_braces(literal, position)
            end = brace.start() if brace else stop
            plain.append(literal[position:end])
            position = end
    result.append("".join(plain))
    return [piece for piece in result if piece != ""]


def _hole_end(literal: str, start: int, stop: int) -> int:
    position = start + 1
    while position < stop and literal[position] not in "}｝":
        if literal[position] in "“「":
            end = string_end(literal, position)
            if end < 0 or end > stop:
                return -1
            position = end
        else:
            position += 1
    return position if position < stop else -1


def _hole(literal: str, start: int, end: int, offset: int) -> Piece:
    colon, depth, position = end, 0, start
    while position < end:
        character = literal[position]
        if character in "“「":
            position = string_end(literal, position)
            continue
        depth += (character in "（(") - (character in "）)")
        if character in "：:" and depth == 0:
            colon = position
            break
        position += 1
    formats = []
    for match in _FORMATS.finditer(literal, colon + 1, end):
        text = match.group().strip(" \t\u3000\u00a0")
        if text.strip(BLANK):
            begin = offset + match.start() + match.group().index(text)
            formats.append((begin, begin + len(text), text))
    return Piece(literal[start:colon], offset + start, formats)
