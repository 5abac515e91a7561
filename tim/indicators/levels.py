"""Warning levels of figures: limits reached, allowances used, progress behind schedule, trends.

The numbers are a design proposal (GB/T 39972-2021 asks for warnings, no public source gives numbers), so they are a
file that a bureau edits; every report says so.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tim.data import read_json
from tim.errors import UnusableInput
from tim.indicators.statistics import Target

NORMAL = "normal"


@dataclass(frozen=True)
class Levels:
    """Rules of levels. `used`, `lag`: (from, level), the highest first; `titles`, `colours` by level, worst first."""

    titles: dict[str, str]
    colours: dict[str, str]
    beyond_binding: str
    beyond_expected: str
    used: tuple[tuple[float, str], ...]
    lag: tuple[tuple[float, str], ...]
    trend: str
    source: str
    confidence: str

    def worst(self, levels: Sequence[str]) -> str:
        """The worst of some levels."""
        order = list(self.titles)
        return min(levels, key=order.index, default=NORMAL)


def load_levels(path: str | None = None) -> Levels:
    """The packaged rules or those of a file. Raises `UnusableInput`."""
    if path is None:
        return _levels(read_json("warning_levels.json"))
    name = Path(path).name
    try:
        return _levels(json.loads(Path(path).read_text("utf-8-sig")))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise UnusableInput(f"预警等级文件“{name}”不是 UTF-8 的 JSON 文件", detail=str(error)) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnusableInput(
            f"预警等级文件“{name}”缺少内容或写法不对：{error}；请照随软件提供的 warning_levels.json 改"
        ) from error


def _levels(data: dict[str, Any]) -> Levels:
    titles = {str(item["id"]): str(item["title"]) for item in data["levels"]}
    colours = {str(item["id"]): str(item["colour"]) for item in data["levels"]}
    steps = {
        key: tuple(sorted(((float(item["from"]), str(item["level"])) for item in data[key]), reverse=True))
        for key in ("used", "lag")
    }
    binding, expected, trend = str(data["beyond"]["binding"]), str(data["beyond"]["expected"]), str(data["trend"])
    mentioned = {binding, expected, trend, *(level for step in steps.values() for _, level in step), NORMAL}
    unknown = mentioned - set(titles)
    if unknown:
        raise ValueError(f"没有等级 {'、'.join(sorted(unknown))}")
    source, confidence = str(data.get("source", "")), str(data.get("confidence", ""))
    return Levels(titles, colours, binding, expected, steps["used"], steps["lag"], trend, source, confidence)


def judge(
    value: float,
    target: Target,
    direction: str,
    year: int | None,
    rules: Levels,
    past: Sequence[tuple[int, float]] = (),
) -> tuple[str, str]:
    """The level of a value and the reason in Chinese. `direction`: not_less or not_more; `past`: (year, value) pairs.

    A base value on the allowed side of the target makes an allowance (how much of it is used); one on the other side
    makes a schedule, linear from the base year to the target year (how many points behind).
    """
    sign = 1 if direction == "not_more" else -1
    beyond = sign * (value - target.value) > 0
    base = target.base
    if base is not None and sign * (base - target.value) > 0:
        return _progress(value, target, year, rules, beyond)
    if beyond:
        level = rules.beyond_binding if target.binding else rules.beyond_expected
        return level, f"{'约束性' if target.binding else '预期性'}指标越过目标值 {target.value:g}"
    used = _used(value, target, sign)
    for least, level in rules.used if used is not None else ():
        if used is not None and used >= least:
            return level, f"已用去允许量的 {used * 100:.1f}%"
    return _trend(target, sign, rules, [*past, *([(year, value)] if year is not None else [])])


def _used(value: float, target: Target, sign: int) -> float | None:
    """The share of the allowance that is used; without a base only what must not grow has one."""
    if target.base is not None and target.base != target.value:
        return (value - target.base) / (target.value - target.base)
    if target.base is None and sign > 0 and target.value > 0:
        return value / target.value
    return None


def _progress(value: float, target: Target, year: int | None, rules: Levels, beyond: bool) -> tuple[str, str]:
    if not beyond:
        return NORMAL, "已达到目标值"
    if target.base is None or target.base_year is None or target.target_year is None or year is None:
        return NORMAL, "没有基期年、目标年或本期年份，不能判断进度"
    span = target.target_year - target.base_year
    expected = 1.0 if span <= 0 else min(max((year - target.base_year) / span, 0.0), 1.0)
    actual = (value - target.base) / (target.value - target.base)
    if expected >= 1.0:
        level = rules.beyond_binding if target.binding else rules.beyond_expected
        return level, f"到 {target.target_year} 年没有达到目标值 {target.value:g}"
    lag = 100 * (expected - actual)
    for least, level in rules.lag:
        if lag >= least:
            return level, f"进度落后 {lag:.1f} 个百分点（应完成 {expected * 100:.1f}%，实际 {actual * 100:.1f}%）"
    return NORMAL, f"进度正常（应完成 {expected * 100:.1f}%，实际 {actual * 100:.1f}%）"


def _trend(target: Target, sign: int, rules: Levels, series: Sequence[tuple[int, float]]) -> tuple[str, str]:
    """A straight line through the years tells where the value will be in the target year."""
    years = sorted(dict(series).items())
    if len(years) < 2 or target.target_year is None or target.target_year <= years[-1][0]:
        return NORMAL, "在目标值以内"
    (first, low), (last, high) = years[0], years[-1]
    expected = high + (high - low) / (last - first) * (target.target_year - last)
    if sign * (expected - target.value) > 0:
        return rules.trend, f"按 {first}—{last} 年的趋势，{target.target_year} 年将为 {expected:.4g}，越过目标值"
    return NORMAL, "在目标值以内"
