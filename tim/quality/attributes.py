"""Fast checks of attributes against the field table: structure, codes, ranges, required and unique values."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from tim.landuse.codes import SANDIAO, TABLES, classification
from tim.quality.candidates import Candidates, rows, together
from tim.quality.data import Data, DataLayer
from tim.quality.field_table import DATE, INTEGER, NUMBER, TEXT, FieldRule, FieldTable, parse_range, type_of

_SECOND_LEVEL = 4  # digits
_SUFFIX = re.compile(r"(?<=\d{4})[KA]$")
_SHOWN = 30  # characters of a value


def required_layers(data: Data, required: tuple[str, ...]) -> Candidates:
    """Required layers that are missing. Columns: 图层代码, 名称."""
    missing = [code for code in required if code not in data.layers]
    made = [rows(code, [-1], 图层代码=[code], 名称=[data.titles.get(code, code)]) for code in missing]
    return together(made, ("图层代码", "名称"))


def structure(data: Data, code: str, table: FieldTable) -> Candidates:
    """Fields that are missing, of another type, or not in the table. Columns: 字段名, 问题."""
    layer = data.layers[code]
    told: list[tuple[str, str]] = []
    known = set()
    for rule in table.of(code):
        name = layer.column_name(rule.field)
        if name is None:
            told.append((rule.field, f"没有这个字段（{rule.title}）"))
            continue
        known.add(name)
        if name != rule.field:
            told.append((rule.field, f"写成了 {name}"))
        stored = type_of(layer.stored.get(name, "string").removeprefix("OFT"))
        if stored != rule.type and not _holds(stored, rule.type):
            told.append((rule.field, f"类型是{stored}，应为{rule.type}"))
    if known:
        told += [(name, "字段表里没有这个字段") for name in layer.source.columns if name not in known]
    return rows(code, [-1] * len(told), 字段名=[name for name, _ in told], 问题=[text for _, text in told])


def _holds(stored: str, wanted: str) -> bool:
    """Whether one type holds the other: files have no short texts of dates, and whole numbers are numbers."""
    return (stored, wanted) in ((INTEGER, NUMBER), (TEXT, DATE), (NUMBER, INTEGER))


def domains(data: Data, code: str, table: FieldTable) -> Candidates:
    """Values that are not in the code list of their field. Columns: 字段名, 值, 应为."""
    made = []
    for rule, values in _filled(data.layers[code], table, code):
        if rule.domain.startswith("代码"):
            version = rule.domain.partition("：")[2]
            title, is_code = _codes(version)
        elif rule.domain and parse_range(rule.domain) is None:
            allowed = {part.strip() for part in rule.domain.split("|")}
            title, is_code = f"（{rule.domain.replace('|', '、')}）", allowed.__contains__
        else:
            continue
        texts, inverse = _distinct(values)
        wrong = np.array([text != "" and not is_code(text) for text in texts], dtype=bool)
        places = np.flatnonzero(wrong[inverse])
        shown = [text[:_SHOWN] for text in texts[inverse[places]]]
        made.append(rows(code, places, 字段名=[rule.field] * len(places), 值=shown, 应为=[title] * len(places)))
    return together(made, ("字段名", "值", "应为"))


def _codes(version: str) -> tuple[str, Any]:
    """The title of a classification and what tells its codes: those of the second level and below."""
    name = next((title for title in TABLES if title == version or (version and title.startswith(version))), None)
    if name is None:
        return f"代码表“{version}”（程序不认识这个代码表）", lambda _text: True
    known = {code for code in classification(name) if len(code) >= _SECOND_LEVEL or name != SANDIAO}
    return f"{name}的二级类代码", lambda text: text in known or _SUFFIX.sub("", text) in known


def ranges(data: Data, code: str, table: FieldTable) -> Candidates:
    """Numbers out of range, and texts that are no numbers in fields of numbers. Columns: 字段名, 值, 应为."""
    made = []
    for rule, values in _filled(data.layers[code], table, code):
        limits = parse_range(rule.domain) if rule.domain else None
        if rule.type not in (NUMBER, INTEGER) and limits is None:
            continue
        numbers = as_numbers(values)
        bad = np.isnan(numbers) & ~is_blank(values)
        title = np.full(len(numbers), "数值", dtype=object)
        if limits is not None:
            low, with_low, high, with_high = limits
            above = (numbers >= low) if with_low else (numbers > low)
            below = (numbers <= high) if with_high else (numbers < high)
            out = ~np.isnan(numbers) & ~(above & below)
            title[out] = rule.domain
            bad |= out
        places = np.flatnonzero(bad)
        shown = [str(values[place])[:_SHOWN] for place in places]
        made.append(rows(code, places, 字段名=[rule.field] * len(places), 值=shown, 应为=title[places]))
    return together(made, ("字段名", "值", "应为"))


def required_values(data: Data, code: str, table: FieldTable) -> Candidates:
    """Required fields without a value. Columns: 字段名."""
    made = []
    for rule, values in _filled(data.layers[code], table, code):
        if rule.required:
            places = np.flatnonzero(is_blank(values))
            made.append(rows(code, places, 字段名=[rule.field] * len(places)))
    return together(made, ("字段名",))


def lengths(data: Data, code: str, table: FieldTable) -> Candidates:
    """Texts that are longer than the field. Columns: 字段名, 值, 应为."""
    made = []
    for rule, values in _filled(data.layers[code], table, code):
        if rule.type != TEXT or not rule.length:
            continue
        limit = rule.length
        places = np.array(
            [i for i, v in enumerate(values.tolist()) if isinstance(v, str) and len(v) > limit], dtype=int
        )
        shown = [str(values[place])[:_SHOWN] for place in places]
        made.append(
            rows(code, places, 字段名=[rule.field] * len(places), 值=shown, 应为=[str(rule.length)] * len(places))
        )
    return together(made, ("字段名", "值", "应为"))


def repeated_values(data: Data, code: str, argument: str) -> Candidates:
    """Features whose value of the field `argument` another one has too. Columns: 值, 个数."""
    layer = data.layers[code]
    name = layer.column_name(argument)
    if name is None:
        return rows(code, [], 值=[], 个数=[])
    texts, inverse = _distinct(layer.source.columns[name])
    counts = np.bincount(inverse, minlength=len(texts))
    places = np.flatnonzero((counts[inverse] > 1) & (texts[inverse] != ""))
    return rows(code, places, 值=list(texts[inverse[places]]), 个数=counts[inverse[places]])


def wrong_titles(data: Data, code: str, argument: str) -> Candidates:
    """Land-use codes whose name is not that of the classification (fields `code，name`). Columns: 编码, 名称, 应为.

    Codes with K (可调整) and names left empty are not judged.
    """
    layer = data.layers[code]
    fields = [layer.column_name(part.strip()) for part in re.split("[，,]", argument)]
    if len(fields) != 2 or fields[0] is None or fields[1] is None:
        return rows(code, [], 编码=[], 名称=[], 应为=[])
    known = {key: item.name for key, item in classification(SANDIAO).items()}
    (codes, code_of), (names, name_of) = (_distinct(layer.source.columns[str(field)]) for field in fields)
    pairs, rows_of = np.unique(code_of * len(names) + name_of, return_inverse=True)
    one, other = codes[pairs // max(len(names), 1)], names[pairs % max(len(names), 1)]
    right = np.array([known.get(text, "") for text in one], dtype=object)
    wrong = (right != "") & (other != "") & (other != right)
    places = np.flatnonzero(wrong[rows_of])
    chosen = rows_of[places]
    return rows(code, places, 编码=one[chosen], 名称=other[chosen], 应为=right[chosen])


def _filled(layer: DataLayer, table: FieldTable, code: str) -> list[tuple[FieldRule, np.ndarray]]:
    """The fields of the table that the layer has, with their values."""
    found = ((rule, layer.column_name(rule.field)) for rule in table.of(code))
    return [(rule, layer.source.columns[name]) for rule, name in found if name is not None]


def is_blank(values: np.ndarray) -> np.ndarray:
    """Missing values, NaN, and texts of nothing but blanks."""
    if values.dtype == object:
        return np.array([v is None or v != v or not str(v).strip() for v in values.tolist()], dtype=bool)
    if values.dtype.kind in "fM":
        return np.isnan(values) if values.dtype.kind == "f" else np.isnat(values)
    return np.zeros(len(values), dtype=bool)


def as_numbers(values: np.ndarray) -> np.ndarray:
    """Values as numbers; NaN for what is none."""
    if values.dtype != object:
        return values.astype(float) if values.dtype.kind in "fiub" else np.full(len(values), np.nan)
    numbers = np.full(len(values), np.nan)
    for index, value in enumerate(values.tolist()):
        if value is not None and value != "":
            try:
                numbers[index] = float(value)
            except (TypeError, ValueError):
                continue
    return numbers


def as_texts(values: np.ndarray) -> np.ndarray:
    """Values as texts, None where there is none; whole numbers without a point."""
    if values.dtype == object:
        return values
    if values.dtype.kind == "f":
        return np.array(
            [None if v != v else (str(int(v)) if v.is_integer() else repr(v)) for v in values.tolist()], dtype=object
        )
    return np.array([str(v) for v in values.tolist()], dtype=object)


def _distinct(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different texts of a column ("" where there is none), and which of them each row has."""
    if values.dtype != object:
        different, chosen = np.unique(values, return_inverse=True)
        return np.array(["" if v is None or v != v else v for v in as_texts(different).tolist()], dtype=object), chosen
    places: dict[str, int] = {}
    known: dict[object, int] = {}
    chosen = np.empty(len(values), dtype=np.int64)
    for row, value in enumerate(values.tolist()):
        place = known.get(value)
        if place is None:
            text = "" if value is None or value != value else str(value).strip()
            place = known[value] = places.setdefault(text, len(places))
        chosen[row] = place
    texts = np.empty(len(places), dtype=object)
    texts[:] = list(places)
    return texts, chosen
