"""Header rows of indicator tables: where they are, and what each column means."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from tim.rule_tables.limits import Unreadable, unit_of
from tim.rule_tables.sheet import Cell, Sheet

LAST_HEADER = 20
LISTED = {
    "title": ("规则名称", "指标名称", "规则", "指标"),
    "layer": ("图层", "检查对象", "检查图层"),
    "field": ("字段", "字段名", "字段名称"),
    "condition": ("条件", "要求", "指标要求"),
    "upper": ("上限", "最大值"),
    "lower": ("下限", "最小值"),
    "range": ("取值范围", "允许值", "值域"),
    "unit": ("单位", "计量单位"),
    "basis": ("依据", "编制依据"),
    "level": ("等级", "强制等级"),
    "number": ("编号", "规则编号", "序号"),
    "where": ("适用条件", "适用范围"),
    "report": ("报告文字", "提示文字"),
}
KEYS = frozenset({"地块编号", "地块编码", "地块代码", "地块号", "宗地编号", "宗地代码"})
KEYS |= {"用地性质", "用地代码", "用地性质代码", "地类编码"}
_UPPER = ("上限", "最大值", "最大", "不大于", "不超过", "≤")
_LOWER = ("下限", "最小值", "最小", "不小于", "不低于", "≥")
_HEIGHTS = {"建筑限高": "建筑高度", "限高": "建筑高度", "建筑高度限制": "建筑高度"}
_USUAL = frozenset({"容积率", "建筑密度", "绿地率", "建筑高度", "建筑系数", "绿化率", "投资强度"})


@dataclass(frozen=True)
class Indicator:
    """A column of a planning table: the field it limits, the comparison it says ("" for none) and its unit."""

    column: int
    name: str
    word: str
    unit: str


@dataclass(frozen=True)
class Listed:
    """A table with one rule in a row: the column of each property, and the first row of data."""

    columns: dict[str, int]
    first: int


@dataclass(frozen=True)
class Planned:
    """A table with one plot or use in a row: the key column and its field, the indicators, the columns left out."""

    key: int
    key_field: str
    indicators: list[Indicator]
    first: int
    unused: list[str] = field(default_factory=list)


def find_header(sheet: Sheet, row: int | None) -> Listed | Planned | None:
    """The layout of a sheet with its header in `row` (from 1), or in the first row that looks like one."""
    places = range(min(LAST_HEADER, len(sheet.rows))) if row is None else [row - 1]
    for place in places:
        if 0 <= place < len(sheet.rows):
            found = _listed(sheet, place) or _planned(sheet, place)
            if found:
                return found
    return None


def _titles(sheet: Sheet, place: int) -> tuple[list[str], int]:
    """The titles of the columns; a header of two rows reads 容积率上限 where 上限 stands under 容积率."""
    upper = sheet.rows[place]
    texts = [cell.text.replace(" ", "") for cell in upper]
    merged = any(a is b and not a.empty for a, b in pairwise(upper))
    if not merged or place + 1 >= len(sheet.rows):
        return texts, place + 1
    lower = sheet.rows[place + 1]
    joined = [
        text if below is cell or below.empty else text + below.text.replace(" ", "")
        for text, cell, below in zip(texts, upper, lower)
    ]
    return joined, place + 2


def _listed(sheet: Sheet, place: int) -> Listed | None:
    titles, first = _titles(sheet, place)
    columns: dict[str, int] = {}
    for meaning, words in LISTED.items():
        for number, title in enumerate(titles):
            if re.sub("[（(].*[)）]", "", title) in words and meaning not in columns:
                columns[meaning] = number
    return Listed(columns, first) if {"title", "field"} <= columns.keys() else None


def _planned(sheet: Sheet, place: int) -> Planned | None:
    titles, first = _titles(sheet, place)
    keys = [number for number, title in enumerate(titles) if title in KEYS]
    if not keys:
        return None
    indicators, unused = [], []
    for number, title in enumerate(titles):
        indicator = indicator_of(number, title) if number not in keys else None
        if indicator:
            indicators.append(indicator)
        elif title and number != keys[0]:
            unused.append(title)
    return Planned(keys[0], titles[keys[0]], indicators, first, unused) if indicators else None


def indicator_of(column: int, title: str) -> Indicator | None:
    """What a title such as 建筑密度上限（%） limits, None when it limits nothing."""
    unit, name = "", title
    bracket = re.search("[（(]([^（()）]*)[)）]", title)
    if bracket:
        try:
            unit = unit_of(bracket.group(1))
        except Unreadable:
            return None
        name = title[: bracket.start()] + title[bracket.end() :]
    word = ""
    for comparison, words in (("不大于", _UPPER), ("不小于", _LOWER)):
        for said in words:
            if not word and said in name:
                word, name = comparison, name.replace(said, "", 1)
    if name in _HEIGHTS:
        name, word = _HEIGHTS[name], word or "不大于"
    return Indicator(column, name, word, unit) if name and (word or name in _USUAL) else None


def is_note(row: list[Cell]) -> bool:
    """Whether a row explains the table or is empty."""
    first = next((cell.text for cell in row if not cell.empty), "")
    wrong = any(cell.wrong for cell in row)
    return not wrong and (not first or re.match("(注|备注|说明|填表)[：:1-9一]", first) is not None)
