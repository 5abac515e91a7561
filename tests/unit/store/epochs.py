"""Parcels of a few epochs, as files, and models made from them."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pyogrio.raw
import shapely
from postgis_server import PostgisServer

from tim.assembly.layers import create_model
from tim.job import Job
from tim.versions.command import update_model

_NUMBERS = itertools.count(1)
WEST, SOUTH = 500_000.0, 3_400_000.0  # EPSG:4547

Parcels = dict[str, tuple[shapely.Geometry, dict]]


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """A rectangle in metres from the south-west corner of the place."""
    return shapely.box(WEST + west, SOUTH + south, WEST + east, SOUTH + north)


def write(path: Path, parcels: Parcels, key: str | None = "ZDDM") -> Path:
    """Parcels as a GeoPackage; `key` names the field that holds their codes, None leaves it out."""
    shapes = np.array([shape for shape, _ in parcels.values()], dtype=object)
    columns = {} if key is None else {key: list(parcels)}
    for name in dict.fromkeys(name for _, own in parcels.values() for name in own):
        columns[name] = [own.get(name) for _, own in parcels.values()]
    arrays = [np.array(values, dtype=float if all(isinstance(v, float) for v in values) else object)
              for values in columns.values()]  # fmt: skip
    pyogrio.raw.write(
        path, shapely.to_wkb(shapes), arrays, list(columns), geometry_type="MultiPolygon", promote_to_multi=True,
        crs="EPSG:4547", driver="GPKG",
    )  # fmt: skip
    return path


FIRST: Parcels = {
    "A": (box(0, 0, 10, 10), {"YT": "住宅", "MJ": 100.0}),
    "B": (box(10, 0, 20, 10), {"YT": "商业", "MJ": 100.0}),
    "C": (box(20, 0, 40, 10), {"YT": "工业", "MJ": 200.0}),
    "D": (box(0, 10, 10, 20), {"YT": "绿地", "MJ": 100.0}),
    "E": (box(10, 10, 20, 20), {"YT": "绿地", "MJ": 100.0}),
    "F": (box(60, 60, 70, 70), {"YT": "道路", "MJ": 100.0}),
}
SECOND: Parcels = {  # A stays, B changes its use, C is split, D and E are merged, F ends, G is new
    "A": FIRST["A"],
    "B": (FIRST["B"][0], {"YT": "办公", "MJ": 100.0}),
    "C1": (box(20, 0, 32, 10), {"YT": "工业", "MJ": 120.0}),
    "C2": (box(32, 0, 40, 10), {"YT": "工业", "MJ": 80.0}),
    "DE": (box(0, 10, 20, 20), {"YT": "绿地", "MJ": 200.0}),
    "G": (box(80, 80, 90, 90), {"YT": "学校", "MJ": 100.0}),
}


def make_model(folder: Path, name: str = "宗地.gpkg", key: str | None = "BSM") -> Path:
    """A model of the first epoch (January 2020)."""
    path = folder / name
    source = write(folder / "一期.gpkg", FIRST, key)
    create_model(layers={"parcel": str(source)}, out=str(path), date="2020-01-01", overwrite=True, job=Job())
    return path


def second_epoch(model: str, folder: Path, key: str | None = "BSM", **options: object) -> dict:
    """Bring a model to the second epoch (June 2023); the result's data."""
    source = write(folder / "二期.gpkg", SECOND, key)
    where = {"store": model} if "://" in model else {"model": model}
    settings = {"date": "2023-06-30", **options}
    return update_model(**where, layers={"parcel": str(source)}, job=Job(), **settings).data  # type: ignore[arg-type]


def address(server: PostgisServer, schema: str = "") -> str:
    """The address of a model on the server; a new one without a name."""
    return f"postgresql://postgres@/tim?host={server.folder}&schema={schema or f'model_{next(_NUMBERS)}'}"
