"""What a model says of itself: manifest, coordinate reference systems, the description of its rasters."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

from pyproj import CRS
from pyproj.exceptions import CRSError

_GRIDS = "gpkg_2d_gridded_coverage_ancillary"


def metadata_problems(connection: sqlite3.Connection) -> Iterator[tuple[str, str, str]]:
    """(table, code, Chinese message) for everything a model says of itself that cannot be read."""
    stored = dict(connection.execute("SELECT key, value FROM tim_metadata"))
    try:
        if not isinstance(json.loads(stored["manifest"]), dict):
            raise ValueError
    except (TypeError, ValueError):
        yield "tim_metadata", "manifest_unreadable", "建模清单（manifest）无法读取"
    if not _is_crs(stored["crs"]):
        yield "tim_metadata", "crs_unreadable", "元数据里的坐标系无法识别"
    used = "SELECT srs_id FROM gpkg_contents WHERE data_type IN ('features', '2d-gridded-coverage')"
    for number, definition in connection.execute(
        f"SELECT srs_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id IN ({used}) AND srs_id > 0"
    ):
        if not _is_crs(definition):
            yield "gpkg_spatial_ref_sys", "crs_unreadable", f"坐标系 {number} 的定义无法识别"
    yield from _grid_problems(connection)


def _grid_problems(connection: sqlite3.Connection) -> Iterator[tuple[str, str, str]]:
    grids = {
        name
        for (name,) in connection.execute(
            "SELECT table_name FROM gpkg_contents WHERE data_type = '2d-gridded-coverage'"
        )
    }
    exists = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = ?", (_GRIDS,)).fetchone()[0]
    described = (
        {name for (name,) in connection.execute(f"SELECT tile_matrix_set_name FROM {_GRIDS}")} if exists else set()
    )
    for name in sorted(grids - described):
        yield name, "grid_undescribed", f"栅格“{name}”缺少高程值的说明（{_GRIDS}）"


def _is_crs(text: str) -> bool:
    try:
        CRS.from_user_input(text)
    except CRSError:
        return False
    return True
