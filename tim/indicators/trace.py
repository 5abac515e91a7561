"""Where every figure comes from, as a GeoPackage: figures, terms, and the features with what each contributed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tim.indicators.catalogue import Term
from tim.sources.gpkg import write_table

if TYPE_CHECKING:
    from tim.indicators.command import Assessment


def write_trace(found: Assessment, path: Path) -> None:
    """Tables: `figure` (a row a figure), `term` (a row a term of a figure), `features_1` … (the features of a term)."""
    crs = found.crs.to_wkt() if found.crs is not None else None
    shapes = found.districts.shapes
    places = dict(zip(found.districts.names, shapes)) if len(shapes) else {}
    figures = found.figures
    columns: dict[str, Any] = {
        "code": [figure.indicator.code for figure in figures],
        "name": [figure.indicator.name for figure in figures],
        "district": [figure.district for figure in figures],
        "epoch": [figure.epoch for figure in figures],
        "value": _numbers([figure.value for figure in figures]),
        "unit": [figure.indicator.unit for figure in figures],
        "target": _numbers([figure.target.value if figure.target else None for figure in figures]),
        "level": [figure.level or None for figure in figures],
        "reason": [figure.reason or figure.note or None for figure in figures],
        "formula": [figure.indicator.formula or None for figure in figures],
        "flag": [figure.indicator.flag for figure in figures],
        "confidence": [figure.indicator.confidence for figure in figures],
    }
    geometry = np.array([places.get(figure.district) for figure in figures], dtype=object)
    write_table(path, "figure", "指标值", geometry, columns, crs)
    tables = _tables(found)
    _write_terms(found, tables, path)
    for (epoch, term), table in tables.items():
        amounts = found.amounts[epoch][term]
        names = [found.districts.names[index] for index in amounts.district]
        columns = {
            "feature": amounts.feature.astype(np.int64),
            "district": names,
            "amount": amounts.amount.astype(float),
        }
        title = f"{amounts.term.name}（{amounts.layer}{f'，{epoch}' if epoch else ''}）"
        write_table(path, table, title, amounts.geometry, columns, crs, "Unknown")


def _tables(found: Assessment) -> dict[tuple[str, Term], str]:
    """The table of each measured term."""
    pairs = [(epoch, term) for epoch, terms in found.amounts.items() for term in terms]
    return {pair: f"features_{number}" for number, pair in enumerate(pairs, 1)}


def _write_terms(found: Assessment, tables: dict[tuple[str, Term], str], path: Path) -> None:
    rows = [(figure, item) for figure in found.figures for item in figure.terms]
    columns: dict[str, Any] = {
        "code": [figure.indicator.code for figure, _ in rows],
        "district": [figure.district for figure, _ in rows],
        "epoch": [figure.epoch for figure, _ in rows],
        "term": [item.term.name for _, item in rows],
        "value": _numbers([item.value for _, item in rows]),
        "definition": [str(item.term) for _, item in rows],
        "features": _numbers([item.features for _, item in rows]),
        "place": [item.place or None for _, item in rows],
        "table_name": [tables.get((figure.epoch, item.term)) for figure, item in rows],
    }
    write_table(path, "term", "公式里的项", np.full(len(rows), None), columns, None)


def _numbers(values: list[Any]) -> np.ndarray:
    return np.array([np.nan if value is None else float(value) for value in values], dtype=float)
