"""A whole model from one store to another."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyproj
import rasterio
from rasterio.io import MemoryFile

from tim.errors import UsageError
from tim.job import Job
from tim.model import schema
from tim.model.writer import ModelWriter
from tim.sources.crs import horizontal
from tim.store.base import quoted
from tim.store.geopackage import to_blobs

if TYPE_CHECKING:
    from tim.store.file import FileStore
    from tim.store.server import ServerStore

TABLES = (*schema.ATTRIBUTE_TABLES, *schema.ATTRIBUTE_TABLES_2)
_HISTORY = "entity_history"


def to_server(source: FileStore, target: ServerStore, job: Job) -> None:
    """Fill the new, empty schema of a server with a model's file, in one transaction. Rasters go as GeoTIFF."""
    from tim.store.server import RASTERS, create_statements

    with target.told(), target.connection.transaction():
        target.execute(f"CREATE SCHEMA {quoted(target.schema)}")
        for statement in create_statements():
            target.execute(statement)
        job.progress(0.05, "复制表")
        for table in TABLES:
            names = [name for name in source.columns_of(table) if not (table == schema.STYLES and name == "id")]
            if table != _HISTORY:
                fields = ", ".join(map(quoted, names))
                target.insert(table, names, source.query(f"SELECT {fields} FROM {table} ORDER BY rowid"))
        _copy_history(source, target)
        layers = source.layers()
        for index, layer in enumerate(layers):
            job.progress(0.1 + 0.7 * index / max(len(layers), 1), f"复制图层 {layer.title}")
            target.create_layer(layer)
            target.write(layer.name, source.read(layer.name))
        for name, title in source.query(
            "SELECT table_name, identifier FROM gpkg_contents WHERE data_type = '2d-gridded-coverage'"
        ):
            job.progress(0.85, f"复制栅格 {title}")
            target.execute(f"INSERT INTO {RASTERS} VALUES (?, ?, ?)", (name, title, _as_tiff(source.path, name)))
    target.execute("ANALYZE")


def to_file(source: ServerStore, path: Path) -> None:
    """Write a server's model as a GeoPackage, which must not be there yet."""
    from tim.store.server import RASTERS

    writer = ModelWriter(path)
    whole = pyproj.CRS.from_wkt(source.metadata()["crs"])
    for layer in source.layers():
        rows = source.read(layer.name)
        crs = whole if layer.kind.endswith(" Z") else horizontal(whole)
        columns = {name: _typed(values, layer.columns[name]) for name, values in rows.columns.items()}
        writer.layer(layer.name, layer.title, columns, rows.geometry, kind=layer.kind, crs=crs)
    for name, title, tiff in source.query(f"SELECT name, title, tiff FROM {RASTERS}"):
        with MemoryFile(bytes(tiff)) as memory, memory.open() as grid:
            values = grid.read(1, masked=True).filled(np.nan)
            writer.grid(name, title, values, grid.transform, whole)
    writer.tables({table: list(_plain_rows(source, table)) for table in TABLES})
    writer.finish()


def _plain_rows(source: ServerStore, table: str) -> list[dict]:
    columns = [name for name in source.columns_of(table) if not (table == schema.STYLES and name == "id")]
    names, order = ", ".join(map(quoted, columns)), "id" if table == schema.STYLES else "fid"
    if table != _HISTORY:
        return [dict(zip(columns, row)) for row in source.query(f"SELECT {names} FROM {table} ORDER BY {order}")]
    found = source.query(f"SELECT {names}, geom FROM {table} ORDER BY {order}")
    shapes = source.shapes([row[-1] for row in found])
    return [{**dict(zip(columns, row)), "geom": blob} for row, blob in zip(found, to_blobs(shapes, 0))]


def _copy_history(source: FileStore, target: ServerStore) -> None:
    columns = ["table_name", "id", "version_from", "version_to", "valid_from", "valid_to", "attributes"]
    found = source.query(f"SELECT {', '.join(columns)}, geom FROM {_HISTORY} ORDER BY fid")
    shapes = target.geometry_values(source.shapes([row[-1] for row in found]))
    target.insert(_HISTORY, [*columns, "geom"], ((*row[:-1], shape) for row, shape in zip(found, shapes)))


def _typed(values: np.ndarray, kind: str) -> np.ndarray:
    """Columns without a value keep their type."""
    return values.astype(float) if kind in ("number", "integer") and values.dtype == object else values


def _as_tiff(path: Path, table: str) -> bytes:
    with rasterio.open(path, driver="GPKG", TABLE=table) as source:
        profile = {**source.profile, "driver": "GTiff", "compress": "deflate", "predictor": 3, "tiled": True}
        for name in ("blockxsize", "blockysize"):
            profile.pop(name, None)
        with MemoryFile() as memory:
            with memory.open(**profile) as target:
                target.write(source.read())
            return bytes(memory.getbuffer())


def copy_to_server(model: str, address: str, job: Job) -> str:
    """Put a model's file into a new schema of a server; the name of the model there."""
    from tim.store.opening import open_store
    from tim.store.server import ServerStore

    with closing(open_store(model)) as source:
        if source.has_companions():
            raise UsageError(
                f"模型“{source.name}”有导入的三维对象（CityJSON 等），还不能放进库，没有改动；请留在文件里"
            )
    with closing(open_store(model)) as source, closing(ServerStore(address, writable=True, create=True)) as target:
        to_server(source, target, job)  # type: ignore[arg-type]
        return target.name
