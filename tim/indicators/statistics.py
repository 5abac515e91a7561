"""Statistics and targets from tables of a bureau (Excel or CSV), every figure with its cell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tim.errors import UnusableInput
from tim.indicators.formula import NotComputable
from tim.indicators.units import factor
from tim.review.names import normal
from tim.sources.sheets import Sheet, read_sheet

_TITLES = {
    "name": ("名称", "指标", "指标名称", "项目", "统计项"),
    "value": ("数值", "值", "统计值", "指标值"),
    "unit": ("单位", "计量单位"),
    "epoch": ("年份", "年度", "年", "时期"),
    "district": ("行政区", "区划", "行政区名称", "地区"),
    "target": ("目标值", "目标", "规划目标值"),
    "base": ("基期值", "现状值", "基准值"),
    "base_year": ("基期年", "基准年"),
    "target_year": ("目标年", "规划目标年"),
    "property": ("属性", "指标属性"),
    "direction": ("方向", "要求"),
}
_DIRECTIONS = {"不低于": "not_less", "不少于": "not_less", "不小于": "not_less", "≥": "not_less"}
_DIRECTIONS |= {"不高于": "not_more", "不超过": "not_more", "不大于": "not_more", "≤": "not_more"}


@dataclass(frozen=True)
class Statistic:
    """A figure in base units and the cell it stands in."""

    value: float
    place: str


class Statistics:
    """Figures by name, district and epoch; a row without district or epoch holds for all."""

    def __init__(self, rows: Mapping[tuple[str, str, str], Statistic] | None = None, file: str = "") -> None:
        self._rows = dict(rows or {})
        self.file = file

    def find(self, name: str, district: str, epoch: str) -> Statistic:
        """The most specific figure. Raises `NotComputable` that names what is missing."""
        key = normal(name)
        ways = ((district, epoch), (district, ""), *(() if district else (("", epoch), ("", ""))))
        for where in ways:
            found = self._rows.get((key, normal(where[0]), normal(where[1])))
            if found is not None:
                return found
        about = "".join(f"{part}的" for part in (district, epoch) if part)
        raise NotComputable(f"缺少{about}统计值“{name}”")


def read_statistics(path: str | None, sheet: str | None = None) -> Statistics:
    """Rows of name, value, unit and, if there, year and district. Raises `UnusableInput` that names the cell."""
    if path is None:
        return Statistics()
    table = read_sheet(Path(path), sheet)
    titles = _find_titles(table, ("name", "value"))
    rows: dict[tuple[str, str, str], Statistic] = {}
    for row in range(len(table.rows)):
        name = _cell(table, titles, "name", row)
        if not name:
            continue
        value = _number(table, titles["value"], row)
        if value is None:
            continue
        unit = _cell(table, titles, "unit", row)
        try:
            value *= factor(unit)
        except UnusableInput as error:
            raise UnusableInput(f"“{table.path.name}”的 {table.place(row, titles['unit'])}：{error.message}") from error
        key = (normal(name), normal(_cell(table, titles, "district", row)), normal(_cell(table, titles, "epoch", row)))
        place = table.place(row, titles["value"])
        if key in rows and rows[key].value != value:
            raise UnusableInput(f"“{table.path.name}”里“{name}”有两个不同的值：{rows[key].place} 和 {place}")
        rows[key] = Statistic(value, place)
    return Statistics(rows, table.path.name)


@dataclass(frozen=True)
class Target:
    """What an indicator should reach, in its own unit. `binding`: 约束性. Years are None where none is given."""

    value: float
    direction: str = ""
    binding: bool = False
    base: float | None = None
    base_year: int | None = None
    target_year: int | None = None
    place: str = ""


def read_targets(path: str | None, sheet: str | None = None) -> dict[str, Target]:
    """Normalised name or code of an indicator → target. Raises `UnusableInput` that names the cell."""
    if path is None:
        return {}
    table = read_sheet(Path(path), sheet)
    titles = _find_titles(table, ("name", "target"))
    targets: dict[str, Target] = {}
    for row in range(len(table.rows)):
        name = _cell(table, titles, "name", row)
        value = _number(table, titles["target"], row)
        if not name or value is None:
            continue
        if normal(name) in targets:
            raise UnusableInput(f"“{table.path.name}”里指标“{name}”有两行：{table.place(row, titles['name'])}")
        numbers = {key: _number(table, titles[key], row) if key in titles else None for key in _NUMBERS}
        targets[normal(name)] = Target(
            value,
            _direction(table, titles, row),
            "约束" in _cell(table, titles, "property", row),
            numbers["base"],
            _year(numbers["base_year"]),
            _year(numbers["target_year"]),
            table.place(row, titles["target"]),
        )
    return targets


_NUMBERS = ("base", "base_year", "target_year")


def _find_titles(table: Sheet, needed: tuple[str, ...]) -> dict[str, str]:
    there = {normal(re.sub(r"[（(].*?[)）]", "", title)): title for title in table.columns}
    found = {
        key: there[normal(name)] for key, names in _TITLES.items() for name in reversed(names) if normal(name) in there
    }
    for key in needed:
        if key not in found:
            raise UnusableInput(
                f"“{table.path.name}”没有“{_TITLES[key][0]}”列；表头有：{'、'.join(table.columns) or '无'}"
            )
    return found


def _cell(table: Sheet, titles: Mapping[str, str], key: str, row: int) -> str:
    value = table.columns[titles[key]][row] if key in titles else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()


def _number(table: Sheet, title: str, row: int) -> float | None:
    """The number in a cell; None for an empty one. Raises `UnusableInput` for anything else."""
    value: Any = table.columns[title][row]
    if value is None:
        return None
    try:
        number = float(str(value).replace(",", "").replace("，", ""))
    except ValueError:
        number = float("nan")
    if isinstance(value, bool) or number != number or abs(number) == float("inf"):
        raise UnusableInput(f"“{table.path.name}”的 {table.place(row, title)} 应是数，现在是“{value}”")
    return number


def _year(value: float | None) -> int | None:
    return None if value is None else int(value)


def _direction(table: Sheet, titles: Mapping[str, str], row: int) -> str:
    text = _cell(table, titles, "direction", row)
    if not text:
        return ""
    for word, direction in _DIRECTIONS.items():
        if word in text:
            return direction
    place = table.place(row, titles["direction"])
    raise UnusableInput(f"“{table.path.name}”的 {place}“{text}”应是“不低于”或“不高于”")
