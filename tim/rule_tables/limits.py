"""Cells that say what a value may be: ≤2.5, 1.0-2.5, 不大于24米, 30%以上."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from tim.rule_tables.sheet import Cell, plain
from zhscript.types import named_type
from zhscript.units import NONE, find_unit

_UNITS = {
    "m": "米",
    "㎡": "平方米",
    "m2": "平方米",
    "m²": "平方米",
    "平米": "平方米",
    "ha": "公顷",
    "hm2": "公顷",
    "hm²": "公顷",
}
_UNITS.update({"km": "千米", "km2": "平方千米", "km²": "平方千米"})
_NUMBER = r"(\d+(?:\.\d+)?)"
_UNIT = r"\s*([^\d\s\-~～—–至到,，、;；≤≥<>=]*)"
_BEFORE = {
    "不大于": [
        "不大于",
        "不超过",
        "不高于",
        "不多于",
        "小于等于",
        "小于或等于",
        "至多",
        "最大",
        "上限",
        "≦",
        "<=",
        "≤",
    ],
    "不小于": ["不小于", "不低于", "不少于", "大于等于", "大于或等于", "至少", "最小", "下限", "≧", ">=", "≥"],
    "小于": ["小于", "低于", "少于", "<", "＜"],
    "大于": ["大于", "高于", "超过", "多于", ">", "＞"],
    "等于": ["等于", "=", "＝"],
}
_AFTER = {"不大于": ("以下", "以内", "及以下", "（含）以下"), "不小于": ("以上", "及以上", "（含）以上")}
_RANGE = re.compile(f"{_NUMBER}{_UNIT}(?:-|~|～|—+|–|至|到){_NUMBER}{_UNIT}")
_SINGLE = re.compile(f"{_NUMBER}{_UNIT}")


@dataclass(frozen=True)
class Limit:
    """One comparison: 不大于 24 米. `number` is written as in the cell; `unit` a unit of the language, % or ""."""

    word: str
    number: str
    unit: str = ""

    @property
    def literal(self) -> str:
        """The number as the language writes it; what counts in percent has its numbers in percent."""
        return self.number + ("" if self.unit == "%" else self.unit)


class Unreadable(Exception):
    """A cell that says nothing that is understood; the text tells why."""


def unit_of(text: str) -> str:
    """The unit that a text names: a unit of the language, % or "". Raises `Unreadable`."""
    text = text.strip().strip("（）()")
    if text in ("", "%", "无", "-", "—", "/"):
        return "%" if text == "%" else ""
    unit = find_unit(_UNITS.get(text, _UNITS.get(text.lower(), text)))
    if unit is None:
        raise Unreadable(f"不认识单位“{text}”")
    return "" if unit.dimension == NONE and unit.factor == 1 else unit.name


def read_limits(cell: Cell, word: str, unit: str) -> list[Limit]:
    """What a cell demands. `word` is the comparison that the header says ("" when it says none), `unit` its unit.

    Raises `Unreadable`.
    """
    if cell.number is not None:
        limits = [Limit(word, _digits(cell), "%" if cell.percent else "")]
    else:
        limits = _parsed(cell.text, word)
    return [_with_unit(limit, unit) for limit in limits]


def _digits(cell: Cell) -> str:
    if cell.number is None or cell.number < 0:
        raise Unreadable(f"“{cell.text}”是负数，指标不会是负数")
    return f"{cell.number:.15f}".rstrip("0").rstrip(".") if isinstance(cell.number, float) else str(cell.number)


def _parsed(text: str, word: str) -> list[Limit]:
    rest = plain(text).replace("（含）", "")
    found = _RANGE.fullmatch(rest)
    if found:
        low, first, high, second = found.groups()
        if word:
            raise Unreadable(f"“{text}”是一个范围，但表头说的是{'上限' if word == '不大于' else '下限'}")
        if float(low) > float(high):
            raise Unreadable(f"“{text}”的起点比终点大")
        unit = unit_of(second) or unit_of(first)
        return [Limit("不小于", low, unit_of(first) or unit), Limit("不大于", high, unit)]
    said = ""
    for comparison, words in _BEFORE.items():
        for prefix in sorted(words, key=len, reverse=True):
            if not said and rest.startswith(prefix):
                said, rest = comparison, rest[len(prefix) :].strip(" ：:")
    for comparison, suffixes in _AFTER.items():
        for suffix in sorted(suffixes, key=len, reverse=True):
            if not said and rest.endswith(suffix):
                said, rest = comparison, rest[: -len(suffix)].strip()
    found = _SINGLE.fullmatch(rest)
    if not found:
        raise Unreadable(f"看不懂“{text}”；可以写 2.5、≤2.5、1.0-2.5、不大于24米")
    if said and word and said != word:
        raise Unreadable(f"“{text}”和表头说的{'上限' if word == '不大于' else '下限'}矛盾")
    if not said and not word:
        raise Unreadable(f"“{text}”看不出是上限还是下限；请写成 ≤{rest} 或 ≥{rest}，或在表头写上“上限”“下限”")
    return [Limit(said or word, found.group(1), unit_of(found.group(2)))]


def _with_unit(limit: Limit, unit: str) -> Limit:
    """The unit of the cell, or of the header; where both have one they must measure the same."""
    if not limit.unit or limit.unit == unit:
        return replace(limit, unit=unit)
    if not unit:
        return limit
    ours, theirs = named_type(limit.unit), named_type(unit)
    if "%" in (limit.unit, unit) or ours is None or ours != theirs:
        raise Unreadable(f"单位“{limit.unit}”和表头的单位“{unit}”不是一类")
    return limit
