"""Field tables: which layers a database has, with which fields, of which type, length and values.

They come from a table (CSV, Excel) with one row for each field, or from an empty database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio

from tim.errors import UnusableInput
from tim.sources.sheets import read_sheet
from tim.sources.vector import list_layers

TEXT, INTEGER, NUMBER, DATE = "文本", "整数", "数值", "日期"
# column of a field table → what its head may be
_HEADS = {
    "layer": ("图层", "表名", "属性表名", "图层名", "图层代码", "所属表", "表代码"),
    "field": ("字段代码", "字段名", "代码", "字段"),
    "title": ("字段名称", "名称", "中文名", "字段别名"),
    "type": ("类型", "字段类型", "数据类型"),
    "length": ("长度", "字段长度"),
    "decimals": ("小数位", "小数位数", "精度"),
    "required": ("约束", "约束条件", "必填", "是否必填"),
    "domain": ("值域", "代码表", "取值范围"),
    "confidence": ("可信度", "来源"),
}
_TYPES = (
    (INTEGER, r"int|long|short|整"),
    (NUMBER, r"float|double|real|numer|decimal|浮点|数值|双精度|小数"),
    (DATE, r"date|time|日期"),
    (TEXT, r"char|text|string|文本|字符|bool"),
)
_YES = frozenset({"M", "是", "必填", "Y", "1"})


@dataclass(frozen=True)
class FieldRule:
    """One field. `required`: M must be filled. `domain`: 代码：a classification, a|b|c, or a range such as [0,1)."""

    layer: str
    field: str
    title: str
    type: str
    length: int | None = None
    decimals: int | None = None
    required: bool = False
    domain: str = ""
    confidence: str = ""


@dataclass(frozen=True)
class FieldTable:
    """The fields of all layers. `source` tells people where it comes from."""

    source: str
    fields: tuple[FieldRule, ...]
    path: Path | None = None

    @property
    def layers(self) -> list[str]:
        """Codes of the layers, in order."""
        return list(dict.fromkeys(rule.layer for rule in self.fields))

    def of(self, layer: str) -> list[FieldRule]:
        """The fields of a layer."""
        return [rule for rule in self.fields if rule.layer == layer]

    def only(self, layers: Iterable[str]) -> FieldTable:
        """The part for these layers."""
        chosen = set(layers)
        return FieldTable(self.source, tuple(rule for rule in self.fields if rule.layer in chosen), self.path)


def read_field_table(path: Path) -> FieldTable:
    """A field table from CSV, Excel or an empty database. Raises `UnusableInput`, `UsageError`."""
    if path.suffix.lower() in (".csv", ".xlsx", ".xlsm", ".xls", ".txt"):
        return FieldTable(path.name, tuple(_from_sheet(path)), path)
    return FieldTable(path.name, tuple(_from_database(path)), path)


def parse_range(text: str) -> tuple[float, bool, float, bool] | None:
    """`[0,1)` → (lowest, included, highest, included); None for what is no range."""
    match = re.fullmatch(r"([\[(])\s*([-\d.]*)\s*[,，]\s*([-\d.]*)\s*([\])])", text.strip())
    if match is None:
        return None
    low, high = (float(item) if item else inf for item, inf in zip(match.group(2, 3), (-np.inf, np.inf)))
    return low, match[1] == "[", high, match[4] == "]"


def type_of(text: str) -> str:
    """The kind of a field from the words of a table or a driver; 文本 for what is not known."""
    return next((kind for kind, pattern in _TYPES if re.search(pattern, text.lower())), TEXT)


def _from_sheet(path: Path) -> list[FieldRule]:
    sheet = read_sheet(path)
    heads = {part: next((name for name in names if name in sheet.columns), None) for part, names in _HEADS.items()}
    missing = [_HEADS[part][0] for part in ("layer", "field", "type") if heads[part] is None]
    if missing:
        raise UnusableInput(
            f"字段表“{path.name}”没有列“{'、'.join(missing)}”；要有 图层、字段代码、类型，可有 长度、约束、值域"
        )
    rules, layer = [], ""
    for row in range(len(sheet.rows)):
        cells = {part: _text(sheet.columns[head][row]) if head else "" for part, head in heads.items()}
        layer = cells["layer"] or layer  # merged cells are filled in their first row only
        if not cells["field"]:
            continue
        if not layer:
            raise UnusableInput(f"字段表“{path.name}”的 {sheet.place(row, heads['field'] or '')} 没有写明图层")
        length, _, decimals = cells["length"].partition(".")
        rules.append(
            FieldRule(
                layer,
                cells["field"],
                cells["title"] or cells["field"],
                type_of(cells["type"]),
                _whole(length),
                _whole(cells["decimals"] or decimals),
                cells["required"].upper() in _YES,
                cells["domain"],
                cells["confidence"],
            )
        )
    if not rules:
        raise UnusableInput(f"字段表“{path.name}”里没有字段")
    return rules


def _from_database(path: Path) -> list[FieldRule]:
    rules = []
    for layer, _ in list_layers(path):
        info = pyogrio.read_info(path, layer=layer)
        for field, kind in zip(info["fields"], info.get("ogr_types", info["dtypes"])):
            rules.append(FieldRule(layer, str(field), str(field), type_of(str(kind))))
    if not rules:
        raise UnusableInput(f"空库“{path.name}”里没有图层")
    return rules


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _whole(text: str) -> int | None:
    return int(text) if text.strip().isdigit() else None
