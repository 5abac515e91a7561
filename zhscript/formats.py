"""Formats of template holes: 亩，两位小数，取整，百分数，千分位，补零三位，年月日，不带单位."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Iterable, Optional

from .records import value
from .units import Unit, find_unit, han_number

_DECIMALS = re.compile("([零〇一二两三四五六七八九十]+|[0-9]+)位小数")
_PADDING = re.compile("补零([零〇一二两三四五六七八九十]+|[0-9]+)位")
_FLAGS = {"百分数": "percent", "千分位": "thousands", "年月日": "date", "不带单位": "bare"}
EXAMPLES = "亩、两位小数、取整、百分数、千分位、补零三位、年月日、不带单位"


@value
class Format:
    """How a value is printed; not to be changed. `decimals` None keeps the shortest exact form."""

    unit: Optional[Unit] = None
    decimals: Optional[int] = None
    padding: int = 0
    percent: bool = False
    thousands: bool = False
    date: bool = False
    bare: bool = False


def _count(text: str) -> int:
    return int(text) if text.isdigit() else han_number(text)


def read_formats(words: Iterable[str]) -> tuple[Format, Optional[str]]:
    """The format that the words give together, and the first word that is not known (or None)."""
    return _read(tuple(words))


@lru_cache(maxsize=256)
def _read(words: tuple[str, ...]) -> tuple[Format, Optional[str]]:
    result = Format()
    for word in words:
        decimals, padding = _DECIMALS.fullmatch(word), _PADDING.fullmatch(word)
        unit = find_unit(word)
        if decimals and _count(decimals.group(1)) <= 15:
            result.decimals = _count(decimals.group(1))
        elif word == "取整":
            result.decimals = 0
        elif padding and _count(padding.group(1)) <= 50:
            result.padding = _count(padding.group(1))
        elif word in _FLAGS:
            setattr(result, _FLAGS[word], True)
        elif unit:
            result.unit = unit
        else:
            return result, word
    return result, None
