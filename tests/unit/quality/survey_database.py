"""The layers of a small survey database in which everything is as it should be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import pyproj
import shapely

from tim.area import ellipsoidal_area, round_area

X, Y = 40_500_000, 3_400_000
CRS = "EPSG:4528"
_TITLES = {"0101": "水田", "0103": "旱地", "0301": "乔木林地", "0701": "城镇住宅用地", "1001": "铁路用地"}


def box(left: float, bottom: float, right: float, top: float) -> shapely.Geometry:
    return shapely.box(X + left, Y + bottom, X + right, Y + top)


def write(path: Path, layer: str, shapes: Any, columns: dict[str, Any], crs: str | None = CRS) -> None:
    values = [np.array(value, dtype=object) if isinstance(value, list) else value for value in columns.values()]
    pyogrio.raw.write(
        str(path), shapely.to_wkb(np.array(shapes, dtype=object)), values, list(columns), layer=layer, driver="GPKG",
        geometry_type="Unknown", crs=crs, append=path.exists(),
    )  # fmt: skip


def patches(side: int = 5) -> tuple[np.ndarray, dict[str, Any]]:
    """side × side patches of one hectare with every attribute as it should be."""
    shapes = np.array(
        [box(100 * i, 100 * j, 100 * i + 100, 100 * j + 100) for i in range(side) for j in range(side)], dtype=object
    )
    count = len(shapes)
    codes = [list(_TITLES)[i % len(_TITLES)] for i in range(count)]
    grades = [("2" if code == "0103" else "1") if code[:2] == "01" else None for code in codes]
    sloped = np.array([grade == "2" for grade in grades])
    areas = np.array([round_area(area) for area in ellipsoidal_area(shapes, pyproj.CRS(CRS))])
    deducted = np.where(sloped, [round_area(float(f"{area * 0.1234:.6f}")) for area in areas], 0.0)
    columns = {
        "BSM": [f"320214{i:012d}" for i in range(count)], "YSDM": ["2001010100"] * count, "TBYBH": [None] * count,
        "TBBH": [str(i) for i in range(count)], "DLBM": codes, "DLMC": [_TITLES[code] for code in codes],
        "QSXZ": ["20"] * count, "QSDWDM": ["3202140010010000000"] * count, "QSDWMC": ["某村"] * count,
        "ZLDWDM": ["3202140010010000000"] * count, "ZLDWMC": ["某村"] * count, "TBMJ": areas,
        "KCDLBM": ["1203" if s else None for s in sloped], "KCXS": np.where(sloped, 0.1234, np.nan),
        "KCMJ": np.where(sloped, deducted, np.nan), "TBDLMJ": np.round(areas - deducted, 2),
        "GDLX": ["TT" if s else None for s in sloped], "GDPDJB": grades, "XZDWKD": np.full(count, np.nan),
        "TBXHDM": [None] * count, "TBXHMC": [None] * count, "ZZSXDM": ["LS" if g else None for g in grades],
        "ZZSXMC": [None] * count, "GDDB": np.full(count, 5, dtype=np.int32), "FRDBS": ["0"] * count,
        "CZCSXM": [None] * count, "SJNF": np.full(count, 2024, dtype=np.int32), "MSSM": ["00"] * count,
        "HDMC": [None] * count, "GXSJ": np.full(count, np.datetime64("2024-12-31")), "BZ": [None] * count,
    }  # fmt: skip
    return shapes, columns
