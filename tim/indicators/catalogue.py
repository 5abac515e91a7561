"""The catalogue of indicators: data, not code. A bureau edits a copy and gives it with --catalogue."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tim.data import read_json
from tim.errors import UnusableInput
from tim.indicators.formula import names_of
from tim.indicators.units import factor
from tim.sources.where import Condition, parse_conditions

PACKAGED = "indicators.json"
MEASURES = ("area", "length", "count", "sum")
DIRECTIONS = ("", "not_less", "not_more")
FLAG_TITLES = {"S": "出处写明", "D": "按名称推出", "A": "有歧义，使用前核对"}


@dataclass(frozen=True)
class Selection:
    """Features of a layer: all conditions hold."""

    layer: str
    where: tuple[Condition, ...] = ()

    def __str__(self) -> str:
        return self.layer + (f"（{'，'.join(map(str, self.where))}）" if self.where else "")


@dataclass(frozen=True)
class Reach:
    """Within `minutes` of facilities along a network at `speed` km/h."""

    facilities: Selection
    network: Selection
    minutes: float
    speed: float


@dataclass(frozen=True)
class Term:
    """A part of a formula: a statistic, or a measure of the features of a layer.

    `measure`: area (m²), length (m), count, or sum of `field`. The features count only inside `within`, within
    `near[1]` metres of `near[0]`, or within `reach`. `union`: ground that several features cover counts once.
    """

    name: str
    statistic: str = ""
    source: Selection | None = None
    measure: str = ""
    field: str = ""
    within: Selection | None = None
    near: tuple[Selection, float] | None = None
    reach: Reach | None = None
    union: bool = False

    def __str__(self) -> str:
        if self.source is None:
            return f"统计值“{self.statistic}”"
        what = {"area": "面积", "length": "长度", "count": "个数", "sum": f"字段“{self.field}”合计"}[self.measure]
        text = f"{self.source} 的{what}"
        if self.within is not None:
            text += f"，只计 {self.within} 之内"
        if self.near is not None:
            text += f"，只计距 {self.near[0]} {self.near[1]:g} 米之内"
        if self.reach is not None:
            text += f"，只计 {self.reach.facilities} 沿 {self.reach.network} {self.reach.minutes:g} 分钟之内"
        return text + ("，重叠处计一次" if self.union else "")


@dataclass(frozen=True)
class Indicator:
    """One indicator. Without a formula its value is the statistic of its own name."""

    code: str
    name: str
    unit: str
    dimension: str = ""
    second_class: str = ""
    definition: str = ""
    inputs: str = ""
    flag: str = ""
    confidence: str = ""
    scope: str = ""
    note: str = ""
    direction: str = ""
    decimals: int = 2
    formula: str = ""
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """Indicators with where they come from; `digest` is the SHA-256 of the file."""

    title: str
    version: str
    standard: str
    source: str
    name: str
    digest: str
    indicators: tuple[Indicator, ...] = field(default=())


def load_catalogue(path: str | None = None) -> Catalogue:
    """The packaged catalogue, or that of a file. Raises `UnusableInput` that names the indicator and what is wrong."""
    if path is None:
        data, name = read_json(PACKAGED), "随软件提供的指标目录"
        content = json.dumps(data, ensure_ascii=False, sort_keys=True).encode()
    else:
        name, content = Path(path).name, Path(path).read_bytes()
        try:
            data = json.loads(content.decode("utf-8-sig"))
        except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
            raise UnusableInput(f"指标目录“{name}”不是 UTF-8 的 JSON 文件", detail=str(error)) from error
    if not isinstance(data, dict) or not isinstance(data.get("indicators"), list):
        raise UnusableInput(f"指标目录“{name}”里没有 indicators 列表")
    indicators = tuple(_indicator(entry, name) for entry in data["indicators"])
    codes = [item.code for item in indicators]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise UnusableInput(f"指标目录“{name}”里编号重复：{'、'.join(twice)}")
    title, version, standard, source = (str(data.get(key, "")) for key in ("title", "version", "standard", "source"))
    return Catalogue(title, version, standard, source, name, hashlib.sha256(content).hexdigest(), indicators)


def _indicator(entry: Any, file: str) -> Indicator:
    if not isinstance(entry, dict) or not all(isinstance(entry.get(key), str) for key in ("code", "name", "unit")):
        raise UnusableInput(f"指标目录“{file}”里有一项没有 code、name 或 unit")
    where = f"指标目录“{file}”的“{entry['code']} {entry['name']}”"
    try:
        factor(entry["unit"])
        formula = _text(entry, "formula")
        given = entry.get("terms", {})
        if not isinstance(given, dict):
            raise UnusableInput("terms 应是项名到内容的对应")
        terms = tuple(_term(name, term) for name, term in given.items())
        missing = names_of(formula) - {term.name for term in terms} if formula else set()
        if missing:
            raise UnusableInput(f"公式用到的“{'、'.join(sorted(missing))}”没有在 terms 里")
        if _text(entry, "direction") not in DIRECTIONS:
            raise UnusableInput("direction 应是 not_less 或 not_more")
        texts = {
            key: _text(entry, key)
            for key in ("dimension", "second_class", "definition", "inputs", "flag", "confidence", "scope", "note")
        }
        decimals = entry.get("decimals", 2)
        if not isinstance(decimals, int) or not 0 <= decimals <= 10:
            raise UnusableInput("decimals 应是 0 到 10 的整数")
        return Indicator(
            entry["code"],
            entry["name"],
            entry["unit"],
            **texts,
            direction=_text(entry, "direction"),
            decimals=decimals,
            formula=formula,
            terms=terms,
        )
    except UnusableInput as error:
        raise UnusableInput(f"{where}有错：{error.message}", detail=error.detail) from error


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key, "")
    if not isinstance(value, str):
        raise UnusableInput(f"{key} 应是文字")
    return value


def _number(entry: Mapping[str, Any], key: str) -> float:
    value = entry.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise UnusableInput(f"{key} 应是大于 0 的数")
    return float(value)


def _term(name: str, entry: Any) -> Term:
    if not isinstance(entry, dict):
        raise UnusableInput(f"项“{name}”应是一组键值")
    if "statistic" in entry:
        return Term(name, statistic=_text(entry, "statistic"))
    measure = _text(entry, "measure")
    if measure not in MEASURES:
        raise UnusableInput(f"项“{name}”的 measure 应是 {'、'.join(MEASURES)} 之一")
    field_name = _text(entry, "field")
    if (measure == "sum") != bool(field_name):
        raise UnusableInput(f"项“{name}”：measure 是 sum 时要给 field，其他时候不给")
    near, reach = entry.get("near"), entry.get("reach")
    return Term(
        name,
        source=_selection(entry),
        measure=measure,
        field=field_name,
        within=_selection(entry["within"]) if "within" in entry else None,
        near=(_selection(near), _number(near, "metres")) if near else None,
        reach=_reach(reach) if reach else None,
        union=entry.get("union") is True,
    )


def _selection(entry: Any) -> Selection:
    if isinstance(entry, str):
        return Selection(entry)
    if not isinstance(entry, dict) or not isinstance(entry.get("layer"), str) or not entry["layer"]:
        raise UnusableInput("图层应写作名称，或带 layer 的一组键值")
    where = entry.get("where", [])
    if not isinstance(where, list) or not all(isinstance(item, str) for item in where):
        raise UnusableInput(f"图层“{entry['layer']}”的 where 应是条件的列表")
    return Selection(entry["layer"], tuple(parse_conditions(where)))


def _reach(entry: Any) -> Reach:
    if not isinstance(entry, dict):
        raise UnusableInput("reach 应是一组键值")
    facilities, network = _selection(entry.get("facilities")), _selection(entry.get("network"))
    return Reach(facilities, network, _number(entry, "minutes"), _number(entry, "speed"))
