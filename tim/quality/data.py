"""The layers of a database as they are checked: nothing repaired, nothing reprojected, every value as it is stored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyproj
import shapely

from tim.area import ellipsoidal_area, round_areas
from tim.errors import UnusableInput, UsageError
from tim.job import Job
from tim.overlay.coverage import on_all_cores, valid_shapes
from tim.quality.reading import read_compact
from tim.review.digest import digests
from tim.review.names import normal
from tim.review.resolve import Available, candidates_of, list_available
from tim.sources.vector import VectorLayer

_KEYS = ("BSM", "标识码")
_PIECE = 20_000  # features for which intermediate arrays are held
_DEGREE = 111_320.0  # metres of a degree of latitude, for angles and rough lengths of data in degrees


def in_pieces(count: int) -> Iterator[slice]:
    """Slices over so many rows, small enough that what is computed for one of them needs little memory."""
    return (slice(start, start + _PIECE) for start in range(0, count, _PIECE))


@dataclass
class DataLayer:
    """One layer. `code` is its name in the field table; `kind` the geometry type that the file declares."""

    code: str
    source: VectorLayer
    kind: str
    stored: dict[str, str] = field(default_factory=dict)  # field → type in the file

    def __len__(self) -> int:
        return len(self.source)

    @property
    def geometry(self) -> np.ndarray:
        """The shapes as stored, in two dimensions."""
        return self._flat

    @cached_property
    def _flat(self) -> np.ndarray:
        shapes = self.source.geometry
        raised = shapely.has_z(shapes) | shapely.has_m(shapes)
        if not raised.any():  # the common case: nothing is held twice
            return shapes
        flat = shapes.copy()
        flat[raised] = shapely.force_2d(shapes[raised])
        return flat

    @cached_property
    def names(self) -> np.ndarray:
        """What features are called: their identifier where all have a distinct one, else their number in the file."""
        for key in _KEYS:
            name = self.column_name(key)
            if name is not None:
                values = self.source.columns[name]
                if all(isinstance(v, str) and v.strip() for v in values) and len(set(values)) == len(values):
                    return values
        return np.array([f"要素 {fid}" for fid in self.source.fids], dtype=object)

    def column_name(self, name: str) -> str | None:
        """The column that is spelt like `name`, whatever its case and width."""
        if name in self.source.columns:
            return name
        wanted = normal(name)
        return next((column for column in self.source.columns if normal(column) == wanted), None)

    @cached_property
    def plane(self) -> np.ndarray:
        """Shapes for angles and lengths: metres, roughly so where the data are in degrees."""
        crs = self.source.crs
        if crs is None or not crs.is_geographic:
            return self.geometry
        bounds = shapely.total_bounds(self.geometry)
        factor = np.array([_DEGREE * np.cos(np.radians((bounds[1] + bounds[3]) / 2)), _DEGREE])
        return shapely.transform(self.geometry, lambda places: places * factor)

    def areas(self, shapes: np.ndarray) -> np.ndarray:
        """m² of shapes in the layer's CRS: the survey's ellipsoidal area.

        Where that is not defined: plane, and for data in degrees along geodesics.
        """
        crs = self.source.crs
        if crs is None:
            return np.nan_to_num(shapely.area(shapes))
        if self.area_problem is None:
            return ellipsoidal_area(shapes, crs)
        if crs.is_geographic:
            geod = crs.get_geod()
            assert geod is not None
            return np.array([abs(geod.geometry_area_perimeter(shapely.orient_polygons(shape))[0]) for shape in shapes])
        return np.nan_to_num(shapely.area(shapes)) * crs.axis_info[0].unit_conversion_factor ** 2

    @cached_property
    def area_problem(self) -> str | None:
        """Why the survey's area cannot be computed; None when it can."""
        if self.source.crs is None:
            return f"图层 {self.code} 没有坐标系，不能算椭球面积"
        try:
            ellipsoidal_area(np.zeros(0, dtype=object), self.source.crs)
        except UnusableInput as error:
            return error.message
        return None

    def derived(self, name: str, rows: np.ndarray) -> np.ndarray | None:
        """A column that is measured on the shapes of `rows`: @椭球面积 @平面面积 @周长 @长度; None for no such one."""
        if name == "@椭球面积":
            return None if self.area_problem is not None else self._survey_areas[rows]
        measure = {"@平面面积": shapely.area, "@周长": shapely.length, "@长度": shapely.length}.get(name)
        return None if measure is None else np.asarray(measure(self.plane[rows]))

    @cached_property
    def _survey_areas(self) -> np.ndarray:
        """The survey's area of each polygon, m² to two decimals; NaN for other shapes."""
        crs = self.source.crs
        assert crs is not None
        pieces = [self.geometry[piece] for piece in in_pieces(len(self))]
        measured = on_all_cores(lambda shapes: ellipsoidal_area(shapes, crs), pieces)
        areas = round_areas(np.concatenate([np.zeros(0), *measured]))
        return np.where(shapely.get_dimensions(self.geometry) == 2, areas, np.nan)

    @cached_property
    def digests(self) -> np.ndarray:
        """A digest (n bytes of 8) of each feature: every value and the shape."""
        names = sorted(self.source.columns)
        head = repr(names).encode()
        made = np.empty(len(self), dtype="V8")
        for piece in in_pieces(len(self)):
            wkb = shapely.to_wkb(self.source.geometry[piece])
            columns = [self.source.columns[name][piece].tolist() for name in names]
            made[piece] = [
                hashlib.blake2b(head + repr(values).encode() + (shape or b""), digest_size=8).digest()
                for shape, *values in zip(wkb, *columns)
            ]
        return made


@dataclass
class Data:
    """All layers that were found, by code."""

    path: Path | None
    layers: dict[str, DataLayer]
    expected: tuple[str, ...]
    titles: dict[str, str]
    files: list[tuple[str, str]]
    job: Job
    _valid: dict[str, np.ndarray] = field(default_factory=dict)
    memory: dict[str, Any] = field(default_factory=dict)  # faces of layers, which several checks share
    outlines: dict[str, np.ndarray] = field(default_factory=dict)  # edges that do not cancel out, by layer

    def usable(self, code: str) -> np.ndarray:
        """Places of the features of a layer whose shapes are valid polygons."""
        if code not in self._valid:
            self._valid[code] = valid_shapes(self.layers[code].geometry, self.job)
        return np.flatnonzero(self._valid[code] & (shapely.get_dimensions(self.layers[code].geometry) == 2))

    def valid(self, code: str) -> np.ndarray:
        """Which shapes of a layer are valid."""
        self.usable(code)
        return self._valid[code]


def open_data(
    data: str | None, given: Mapping[str, str], codes: Iterable[str], titles: Mapping[str, str], job: Job
) -> Data:
    """Read the layers of the field table that are there. Layers that are missing are simply not in the result.

    Raises `UsageError` when a layer has several candidates or nothing fits at all, `UnusableInput` for damaged files.
    """
    codes = tuple(codes)
    unknown = [name for name in given if name not in codes]
    if unknown:
        raise UsageError(f"--layer 里的“{'、'.join(unknown)}”不是标准里的图层；标准有 {'、'.join(codes)}")
    available = list_available(data) if data else []
    found: dict[str, DataLayer] = {}
    files: dict[Path, tuple[tuple[str, str], ...]] = {}
    for number, code in enumerate(codes):
        spec = given.get(code) or _spec(code, available)
        if spec is None:
            continue
        job.progress(0.25 * number / len(codes), f"读取图层 {code}")
        source = read_compact(spec, job)
        for note in source.notes:
            job.log(f"{code}：{note}")
        found[code] = DataLayer(code, source, *_declared(source))
        if source.path not in files:
            files[source.path] = digests(source.path, job)
    if not found:
        there = "、".join(map(str, available)) or "无"
        raise UnusableInput(
            f"数据里没有标准的任何图层（{'、'.join(codes)}）；数据里有：{there}。可用 --layer 代码=数据源 指定"
        )
    listed = [item for group in files.values() for item in group]
    return Data(Path(data) if data else None, found, codes, dict(titles), listed, job)


def _spec(code: str, available: list[Available]) -> str | None:
    candidates = candidates_of(code, None, available)
    if len(candidates) > 1:
        raise UsageError(f"图层 {code} 有多个候选：{'、'.join(map(str, candidates))}；请用 --layer {code}=数据源 指定")
    return candidates[0].spec if candidates else None


def _declared(source: VectorLayer) -> tuple[str, dict[str, str]]:
    """The geometry type and the types of fields as the file declares them."""
    info: dict[str, Any] = pyogrio.read_info(source.path, layer=source.name)
    kinds = dict(zip(map(str, info["fields"]), map(str, info.get("ogr_types", info["dtypes"]))))
    return str(info["geometry_type"]), kinds


def same_crs(one: DataLayer, other: DataLayer) -> pyproj.CRS | None:
    """The CRS into which `other` must be brought to meet `one`; None when they share it."""
    from tim.sources.crs import same_horizontal

    if one.source.crs is None or other.source.crs is None or same_horizontal(one.source.crs, other.source.crs):
        return None
    return one.source.crs
