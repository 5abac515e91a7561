"""What the pictures need of a model, read from its file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyogrio
import rasterio
import shapely
from pyproj import CRS
from rasterio.transform import Affine

from tim.data import read_table
from tim.errors import UnusableInput

CONTROL_LINES = ("YJJBNTTB", "STBHHX", "CZKFBJ")


@dataclass
class Grid:
    """A raster of heights: rows from north to south (float32, metres, NaN where unknown)."""

    values: np.ndarray
    transform: Affine

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """West, east, south, north."""
        rows, columns = self.values.shape
        west, north = self.transform * (0, 0)
        east, south = self.transform * (columns, rows)
        return west, east, south, north


@dataclass
class ModelContent:
    """Layers of a model; what the model lacks is None or empty. Heights in metres, coordinates in the model's CRS."""

    name: str
    crs: CRS | None
    terrain: Grid | None
    surface: Grid | None
    footprints: np.ndarray
    heights: np.ndarray
    ground: np.ndarray
    solids: np.ndarray
    land_use: np.ndarray
    land_codes: np.ndarray
    control: dict[str, np.ndarray] = field(default_factory=dict)
    solid_ids: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=object))  # the building of each solid

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """West, east, south, north of the terrain, or of the buildings and land use without one."""
        if self.terrain is not None:
            return self.terrain.extent
        everything = np.concatenate((self.footprints, self.land_use))
        if not len(everything):
            raise UnusableInput(f"模型“{self.name}”里既没有地形，也没有建筑和土地利用，没有可画的内容")
        west, south, east, north = shapely.total_bounds(everything)
        return west, east, south, north


def read_content(path: str | Path) -> ModelContent:
    """Read a model for drawing. Raises `UnusableInput` when the file is no model."""
    path = Path(path)
    try:
        tables = {str(name) for name, _ in pyogrio.list_layers(path)}
    except pyogrio.errors.DataSourceError as error:
        raise UnusableInput(
            f"打不开模型“{path}”；请给出 tim build 生成的 GeoPackage 文件", detail=str(error)
        ) from error
    if "building" not in tables:
        raise UnusableInput(f"“{path.name}”不是国土空间信息模型（没有 building 图层）；请给出 tim build 生成的文件")
    footprints, columns = _read(path, tables, "building", ("height", "ground_z"))
    solids, solid_columns = _read(path, tables, "building_solid", ("id",))
    land_use, land_columns = _read(path, tables, "land_use", ("code",))
    # heights have a datum only where the geometries have heights
    info = pyogrio.read_info(path, layer="building_solid" if "building_solid" in tables else "building")
    return ModelContent(
        name=path.stem,
        crs=CRS.from_user_input(info["crs"]) if info["crs"] else None,
        terrain=_grid(path, "terrain"),
        surface=_grid(path, "surface"),
        footprints=footprints,
        heights=_numbers(columns.get("height"), len(footprints)),
        ground=_numbers(columns.get("ground_z"), len(footprints)),
        solids=solids,
        land_use=land_use,
        land_codes=columns_as_text(land_columns.get("code"), len(land_use)),
        solid_ids=columns_as_text(solid_columns.get("id"), len(solids)),
        control={name: _read(path, tables, name, ())[0] for name in CONTROL_LINES if name in tables},
    )


def _read(path: Path, tables: set[str], layer: str, names: tuple[str, ...]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    if layer not in tables:
        return np.empty(0, dtype=object), {}
    meta, _, geometry, values = pyogrio.raw.read(path, layer=layer, columns=list(names))
    shapes = shapely.from_wkb(geometry)
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    return shapes[there], {name: column[there] for name, column in zip(meta["fields"], values)}


def _numbers(column: np.ndarray | None, count: int) -> np.ndarray:
    return np.full(count, np.nan) if column is None else np.asarray(column, dtype=float)


def columns_as_text(column: np.ndarray | None, count: int) -> np.ndarray:
    """A column of codes as texts, empty where missing."""
    return np.array(
        [""] * count if column is None else ["" if value is None else str(value) for value in column], dtype=object
    )


def _grid(path: Path, table: str) -> Grid | None:
    try:
        with rasterio.open(path, driver="GPKG", TABLE=table) as source:
            values = source.read(1).astype(np.float32)
            if source.nodata is not None:
                values[values == source.nodata] = np.nan
            return Grid(values, source.transform)
    except rasterio.errors.RasterioIOError:
        return None


def land_colours() -> dict[str, tuple[str, tuple[float, float, float]]]:
    """Land-use code → (name, colour as three numbers 0..1), of the third survey and of the 2023 classification."""
    colours: dict[str, tuple[str, tuple[float, float, float]]] = {}
    for table in ("landuse_ydyh_2023.csv", "landuse_sandiao.csv"):
        for row in read_table(table):
            if row["r"] and row.get("code_kind", "DLBM") == "DLBM":
                colours[row["code"]] = (row["name"], (int(row["r"]) / 255, int(row["g"]) / 255, int(row["b"]) / 255))
    return colours
