"""Writing a model's file: one GeoPackage with rasters, layers, attribute tables and styles."""

from __future__ import annotations

import errno
import itertools
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import pyproj
import rasterio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, GeometryError
from rasterio.enums import Resampling
from rasterio.errors import RasterioError, RasterioIOError
from rasterio.windows import Window

from tim.errors import TimError
from tim.model import schema
from tim.model.classes import code_rows

NODATA = -9999.0
_SMALLEST_OVERVIEW = 256  # cells
_BAND_ROWS = 1024  # a multiple of the tiles' 256
_NEARLY_FULL = 4_000_000  # bytes
_GPKG_VERSION = "1.2"  # what the GDAL of QGIS 3.22 knows in full
_MULTI_KINDS = {0: "MultiPoint", 1: "MultiLineString", 2: "MultiPolygon"}
_TIMESTAMP = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"


class ModelWriter:
    """Fills a new GeoPackage: first `layer`s and `grid`s, then `tables`, then `finish`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._layers: list[str] = []

    def layer(
        self,
        table: str,
        title: str,
        columns: Mapping[str, np.ndarray],
        geometry: np.ndarray,
        *,
        kind: str,
        crs: pyproj.CRS,
    ) -> None:
        """Write features. `kind` is the geometry type of the table (MultiPolygon, "MultiPolygon Z" …)."""
        values = [np.asarray(column) for column in columns.values()]
        with self._told():
            pyogrio.raw.write(
                self.path,
                shapely.to_wkb(geometry, include_srid=False),
                [_writable(column) for column in values],
                list(columns),
                field_mask=[_missing(column) for column in values],
                layer=table,
                driver="GPKG",
                geometry_type=kind,
                crs=_crs_text(crs),
                promote_to_multi=kind.startswith("Multi"),
                dataset_options={"VERSION": _GPKG_VERSION},
                layer_options={
                    "IDENTIFIER": title,
                    "GEOMETRY_NAME": schema.GEOMETRY_COLUMN,
                    "FID": schema.FID_COLUMN,
                    "SPATIAL_INDEX": "YES",
                },
            )
        self._layers.append(table)

    def append(
        self, table: str, columns: Mapping[str, np.ndarray], geometry: np.ndarray, *, kind: str, crs: pyproj.CRS
    ) -> None:
        """Add features to a table that is there and has the columns."""
        values = [np.asarray(column) for column in columns.values()]
        with self._told():
            pyogrio.raw.write(
                self.path,
                shapely.to_wkb(geometry, include_srid=False),
                [_writable(column) for column in values],
                list(columns),
                field_mask=[_missing(column) for column in values],
                layer=table,
                driver="GPKG",
                geometry_type=kind,
                crs=_crs_text(crs),
                promote_to_multi=kind.startswith("Multi"),
                append=True,
            )

    def grid(self, table: str, title: str, values: np.ndarray, transform: Any, crs: pyproj.CRS) -> None:
        """Write a gridded coverage (float32 metres, NaN where unknown) with overviews."""
        height, width = values.shape
        profile = {"width": width, "height": height, "count": 1, "dtype": "float32", "crs": _crs_text(crs)}
        options = {
            "RASTER_TABLE": table,
            "RASTER_IDENTIFIER": title,
            "RASTER_DESCRIPTION": title,
            "TILE_FORMAT": "TIFF",
            "APPEND_SUBDATASET": "YES" if self.path.exists() else "NO",
        }
        with (
            self._told(),
            rasterio.open(self.path, "w", driver="GPKG", transform=transform, **profile, **options) as target,
        ):
            for window in _bands(height, width):
                block = values[window.toslices()]
                target.write(np.where(np.isnan(block), np.float32(NODATA), block).astype("float32"), 1, window=window)
        with self._told():
            self._declare_nodata(table)
            factors = _overview_factors(max(height, width))
            with rasterio.open(self.path, "r+", driver="GPKG", TABLE=table) as target:
                if factors:
                    target.build_overviews(factors, Resampling.average)
            self._read_back(table, values)

    def tables(self, rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
        """Make the attribute tables and fill them; `rows` maps table names to rows.

        The tables of classes, attributes and code lists are filled for the classes of the given entities.
        """
        with self._told(), closing(sqlite3.connect(self.path)) as connection, connection:
            connection.executescript(schema.create_statements())
            for table, title in {**schema.ATTRIBUTE_TABLES, **schema.ATTRIBUTE_TABLES_2}.items():
                register(connection, table, title)
                insert(connection, table, rows.get(table, ()))
            describe_classes(connection)
            for layer in self._layers:
                index_identities(connection, layer)

    def style(self, table: str, name: str, qml: str) -> None:
        """Store the default style of a layer, in QGIS's own table."""
        with self._told(), closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
                " styleQML, styleSLD, useAsDefault, description, owner) VALUES ('', '', ?, ?, ?, ?, '', 1, ?, '')",
                (table, schema.GEOMETRY_COLUMN, name, qml, name),
            )

    def finish(self) -> None:
        """Leave one file without a journal, compact."""
        with self._told(), closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            # Written before the nodata value was declared: the cells without data had been counted in
            if connection.execute(
                "SELECT 1 FROM sqlite_master WHERE name = 'gpkg_2d_gridded_tile_ancillary'"
            ).fetchone():
                connection.execute(
                    "UPDATE gpkg_2d_gridded_tile_ancillary SET min = NULL, max = NULL, mean = NULL, std_dev = NULL"
                )
            connection.execute("ANALYZE")

    def _read_back(self, table: str, values: np.ndarray) -> None:
        """Compare with what was stored: on a full disk the raster driver loses tiles without an error."""
        with rasterio.open(self.path, driver="GPKG", TABLE=table) as source:
            for window in _bands(*values.shape):
                stored = source.read(1, window=window, masked=True).filled(np.nan)
                if not np.array_equal(stored, np.asarray(values[window.toslices()], dtype="float32"), equal_nan=True):
                    raise RasterioIOError(f"{table}: stored values differ")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Words for failures of the libraries, which seldom tell that the disk is full."""
        try:
            yield
        except (DataSourceError, DataLayerError, FeatureError, GeometryError, RasterioError, sqlite3.Error) as error:
            if shutil.disk_usage(self.path.parent).free < _NEARLY_FULL:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self.path.name) from error
            raise TimError("模型文件没有写成；请检查输出位置的磁盘", detail=str(error)) from error

    def _declare_nodata(self, table: str) -> None:
        """GDAL writes no nodata value into the coverage's description; averages in overviews need it."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(
                "UPDATE gpkg_2d_gridded_coverage_ancillary SET data_null = ?, field_name = '高程', uom = 'm'"
                " WHERE tile_matrix_set_name = ?",
                (NODATA, table),
            )


def register(connection: sqlite3.Connection, table: str, title: str) -> None:
    """Make a plain table known as one of the GeoPackage's."""
    connection.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id)"
        f" VALUES (?, 'attributes', ?, ?, {_TIMESTAMP}, 0)",
        (table, title, title),
    )


def insert(connection: sqlite3.Connection, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows; neighbours with the same columns go together."""
    for names, group in itertools.groupby(rows, key=tuple):
        marks = ", ".join("?" * len(names))
        statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"
        connection.executemany(statement, (tuple(row.values()) for row in group))


def describe_classes(connection: sqlite3.Connection) -> None:
    """Fill the tables of classes, attributes and code lists for the classes that have entities and are new in them."""
    known = {name for (name,) in connection.execute("SELECT class FROM entity_class")}
    classes = [name for (name,) in connection.execute("SELECT DISTINCT class FROM entity ORDER BY class")]
    fresh = [name for name in classes if name not in known]
    insert(connection, "entity_class", map(schema.class_row, fresh))
    insert(connection, "entity_attribute", schema.attribute_rows(fresh))
    if not known:
        insert(connection, "code_list", code_rows())


def index_identities(connection: sqlite3.Connection, layer: str) -> None:
    """An index on the identity codes of a layer."""
    table = layer.replace('"', '""')
    if "id" in {row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')}:
        connection.execute(f'CREATE INDEX IF NOT EXISTS "index_{table}_id" ON "{table}" (id)')


def uniform_geometry(geometry: np.ndarray) -> tuple[np.ndarray, str]:
    """Geometries of one dimension as a table takes them, with its type; mixed ones stay and get "Unknown"."""
    dimensions = set(shapely.get_dimensions(geometry).tolist())
    solid = bool(shapely.has_z(geometry).any())
    shapes = shapely.force_3d(geometry) if solid else geometry
    if (
        len(dimensions) != 1
        or dimensions == {-1}
        or (shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION).any()
    ):
        return shapes, "Unknown"
    kind = _MULTI_KINDS[dimensions.pop()]
    return shapes, f"{kind} Z" if solid else kind


def _bands(height: int, width: int) -> Iterator[Window]:
    """Windows of whole tiles over the full width."""
    for row in range(0, height, _BAND_ROWS):
        yield Window(0, row, width, min(_BAND_ROWS, height - row))


def _overview_factors(size: int) -> list[int]:
    factors, factor = [], 2
    while size / factor > _SMALLEST_OVERVIEW / 2:
        factors.append(factor)
        factor *= 2
    return factors


def _crs_text(crs: pyproj.CRS) -> str:
    """EPSG codes where there are some: GDAL then writes the registered definition."""
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else crs.to_wkt()


def _writable(column: np.ndarray) -> np.ndarray:
    """Arrays as the library takes them: texts as objects of str, other objects as texts."""
    if column.dtype.kind == "U":
        return column.astype(object)
    if column.dtype == object:
        return np.array([None if value is None else str(value) for value in column], dtype=object)
    return column


def _missing(column: np.ndarray) -> np.ndarray:
    if column.dtype == object:
        return np.array([value is None for value in column], dtype=bool)
    if column.dtype.kind == "f":
        return np.isnan(column)
    if column.dtype.kind == "M":
        return np.isnat(column)
    return np.zeros(len(column), dtype=bool)
