"""A made county: land-use patches, farmland, districts, statistics and targets with known figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import shapely

from tim.sources.gpkg import write_table

CRS = "EPSG:4547"
EAST, NORTH = 500_000.0, 3_400_000.0


def box(x: float, y: float, width: float, height: float) -> shapely.Polygon:
    return shapely.box(EAST + x, NORTH + y, EAST + x + width, NORTH + y + height)


def make_county(path: Path, farmland: float = 1000.0) -> Path:
    """Two districts of 1 km × 1 km side by side: farmland, a town of 500 m × 1 km, water of 500 m × 1 km."""
    codes = ["0101", "0701", "1101"]
    shapes = [box(0, 0, farmland, 1000), box(1000, 0, 500, 1000), box(1500, 0, 500, 1000)]
    columns = {
        "DLBM": codes,
        "CZCSXM": [None, "202", None],
        "TBDLMJ": np.array([farmland * 1000, 500_000.0, 500_000.0]),
    }
    write_table(path, "DLTB", "地类图斑", np.array(shapes), columns, CRS)
    shapes = [box(900, 0, 200, 500)]  # 100 m of it under the town
    write_table(path, "YJJBNTTB", "永久基本农田图斑", np.array(shapes), {"YJJBNTMJ": np.array([90_000.0])}, CRS)
    districts = [box(0, 0, 1000, 1000), box(1000, 0, 1000, 1000)]
    write_table(path, "XZQ", "行政区", np.array(districts), {"XZQMC": ["东乡", "西镇"]}, CRS)
    return path


def make_sheet(path: Path, heads: tuple[str, ...], *rows: tuple[object, ...]) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "表"
    book.active.append(heads)
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path
