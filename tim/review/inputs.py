"""The layers of a review, read into one coordinate reference system and made fit for computing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely

from tim.area import gauss_kruger
from tim.errors import UnusableInput
from tim.job import Job
from tim.review.digest import digests
from tim.review.fields import bind_fields
from tim.review.frame import areal_distortion, check_transformation, extent_of, far_apart, require_plane
from tim.review.record import LayerUse
from tim.sources.crs import describe, horizontal, parse_crs
from tim.sources.near import Near
from tim.sources.sheets import Sheet
from tim.sources.vector import VectorLayer, measure_in_pieces, read_layer, read_pieces, reproject

Fields = Sequence[tuple[str, str]]
# where a ring covers ground twice it counts as covered; shapely 2.0 (Python 3.9) knows only the even-odd way
_REPAIR: dict[str, Any] = (
    {"method": "structure", "keep_collapsed": False} if "method" in signature(shapely.make_valid).parameters else {}
)
LARGE = 200_000  # features from which a layer is read piece by piece where the rules allow it
PIECE = 50_000
_LISTED = 5  # features named in a warning


@dataclass(frozen=True)
class Frame:
    """What the rules ask of space: the CRS of the header (or None), ellipsoidal areas, areas or distances at all."""

    crs: str | None = None
    ellipsoidal: bool = False
    measures: bool = True


@dataclass
class Inputs:
    """The layers by declared name, the CRS they are all in (None without geometries), and how each was used.

    `tables` holds the sheets of declared 表格, which have no part in space.
    """

    crs: pyproj.CRS | None
    layers: dict[str, VectorLayer] = field(default_factory=dict)
    uses: list[LayerUse] = field(default_factory=list)
    tables: dict[str, Sheet] = field(default_factory=dict)
    large: dict[str, LargeLayer] = field(default_factory=dict)


@dataclass
class LargeLayer:
    """A layer that is read piece by piece, each time anew: `count` features within `extent`.

    `doubts` is what the first pass found: features that are invalid or missing.
    """

    name: str
    spec: str
    crs: pyproj.CRS | None
    fields: Fields
    count: int
    extent: np.ndarray
    doubts: dict[str, list[Any]] = field(default_factory=dict)
    told: bool = False

    def pieces(self, job: Job) -> Iterator[VectorLayer]:
        """The features fit for computing. At the end of the first pass the job is told what was wrong with some."""
        for piece in read_pieces(self.spec, PIECE, job):
            layer, invalid, missing = _fit(bind_fields(piece, self.name, self.fields), self.crs)
            for word, chosen in (("invalid", invalid), ("missing", missing)):
                if not self.told:
                    self.doubts.setdefault(word, []).extend(layer.fids[chosen])
            yield layer
        if not self.told:
            _tell_doubts(self.name, self.doubts["invalid"], self.doubts["missing"], job)
            self.told = True


def open_layers(
    sources: Mapping[str, str],
    frame: Frame,
    job: Job,
    fields: Mapping[str, Fields] | None = None,
    *,
    around: str | None = None,
    in_pieces: Collection[str] = (),
    hashed: bool = True,
) -> Inputs:
    """Read the source of each declared layer; `fields`: declared name → (name in the rules, column) of each field.

    Without `hashed` no digests of the files are taken. Only what lies about the features of the layer `around` need be
    read of the others. Layers of `in_pieces` with many features are not held: they come as `large`, and only their
    first piece as a layer. Without a CRS in the header the first layer's counts. Geometries that cannot be used are
    None afterwards, invalid ones are repaired for the computation only; both are told as warnings. Raises `UsageError`
    and `UnusableInput`.
    """
    read: dict[str, VectorLayer] = {}
    sizes: dict[str, tuple[int, tuple[float, ...]]] = {}
    for number, (name, spec) in enumerate(sources.items()):
        job.progress(0.3 * number / len(sources), f"读取图层“{name}”")
        near = _near(read[around]) if around in read else None
        sizes[name] = measure_in_pieces(spec) if name in in_pieces else (0, ())
        large = sizes[name][0] >= LARGE
        layer = next(read_pieces(spec, PIECE, job)) if large else read_layer(spec, near=near, task=job)
        read[name] = bind_fields(layer, name, (fields or {}).get(name, ()))
    inputs = Inputs(_common_crs(read, frame))
    for name, (count, bounds) in sizes.items():
        if count >= LARGE:
            columns, extent = (fields or {}).get(name, ()), _extent(read[name], bounds, inputs.crs)
            inputs.large[name] = LargeLayer(name, sources[name], inputs.crs, columns, count, extent)
    files: dict[Path, tuple[tuple[str, str], ...]] = {}
    for name, layer in read.items():
        if not len(layer) and around in read and name != around:
            job.warn(f"图层“{name}”（{layer.path.name}）在“{around}”附近没有要素；请确认两者的位置和坐标系")
        inputs.layers[name] = _prepared(
            name, layer, inputs.crs, job, whole=name not in inputs.large, near=around in read and name != around
        )
        if layer.path not in files:
            files[layer.path] = digests(layer.path, job) if hashed else ()
        count = inputs.large[name].count if name in inputs.large else len(layer)
        inputs.uses.append(_use(name, layer, count, inputs.layers[name].notes, files[layer.path]))
    if inputs.crs is not None and inputs.crs.is_projected:
        _judge_frame(inputs, inputs.crs, frame, job)
    return inputs


def _near(layer: VectorLayer) -> Near | None:
    boxes = shapely.bounds(layer.geometry)
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    return Near(boxes, layer.crs) if layer.crs is not None and len(boxes) else None


def has_geometry(layer: VectorLayer) -> bool:
    """Whether the layer is one of geometries; a plain table has neither a CRS nor a single geometry."""
    return layer.crs is not None or not shapely.is_missing(layer.geometry).all()


def _common_crs(layers: Mapping[str, VectorLayer], frame: Frame) -> pyproj.CRS | None:
    spatial = {name: layer for name, layer in layers.items() if has_geometry(layer)}
    for name, layer in spatial.items():
        if layer.crs is None:
            raise UnusableInput(f"图层“{name}”（{layer.path.name}）没有坐标系，不能与其他图层叠加；请先为它定义坐标系")
    if not spatial:
        return None
    name, layer = next(iter(spatial.items()))
    crs = horizontal(parse_crs(frame.crs) if frame.crs else layer.crs)  # type: ignore[arg-type]  # checked above
    if frame.measures:
        require_plane(crs, name, layer.geometry)
    if frame.ellipsoidal:
        gauss_kruger(crs)
    return crs


def _prepared(
    name: str, layer: VectorLayer, crs: pyproj.CRS | None, job: Job, *, whole: bool, near: bool
) -> VectorLayer:
    """The layer fit for computing; what is wrong with features is told unless this is but a piece of it."""
    if not near:
        _tell_empty(name, layer, job)
    if crs is None or layer.crs is None:
        return layer
    doubt = check_transformation(layer.crs, crs, name)
    if doubt:
        job.warn(doubt)
    layer, invalid, missing = _fit(layer, crs)
    for note in layer.notes:
        job.log(f"{name}：{note}")
    if whole:
        _tell_doubts(name, list(layer.fids[invalid]), list(layer.fids[missing]), job)
    return layer


def _fit(layer: VectorLayer, crs: pyproj.CRS | None) -> tuple[VectorLayer, np.ndarray, np.ndarray]:
    """The layer in `crs` with usable geometries, and which were invalid and which are missing."""
    none = np.zeros(len(layer), dtype=bool)
    if crs is None or layer.crs is None:
        return layer, none, none
    layer = reproject(replace(layer, geometry=_usable(layer.geometry)), crs)
    geometry, invalid = _repaired(layer.geometry)
    return replace(layer, geometry=geometry), invalid, shapely.is_missing(geometry)


def _tell_doubts(name: str, invalid: Sequence[Any], missing: Sequence[Any], job: Job) -> None:
    if len(invalid):
        listed = _listed(invalid)
        job.warn(f"图层“{name}”有 {len(invalid)} 个无效图形，只为本次计算作了修复，原数据没有改动：{listed}")
    if len(missing):
        job.warn(f"图层“{name}”有 {len(missing)} 个要素没有可用的图形，不能参与叠加：{_listed(missing)}")


def _usable(geometry: np.ndarray) -> np.ndarray:
    """Flat geometries; None for empty ones and for those with coordinates that are no numbers."""
    usable = shapely.force_2d(geometry)
    usable[shapely.is_empty(usable)] = None
    coordinates, owner = shapely.get_coordinates(usable, return_index=True)
    usable[owner[~np.isfinite(coordinates).all(axis=1)]] = None
    return usable


def _repaired(geometry: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Valid geometries, None where nothing is left of one, and which were invalid."""
    invalid = ~shapely.is_missing(geometry) & ~shapely.is_valid(geometry)
    valid = geometry.copy()
    valid[invalid] = shapely.make_valid(geometry[invalid], **_REPAIR)
    valid[shapely.is_empty(valid)] = None
    return valid, invalid


def _listed(fids: Sequence[Any]) -> str:
    keys = [f"要素 {fid}" for fid in fids[:_LISTED]]
    return "、".join(keys) + (" 等" if len(fids) > _LISTED else "")


def _tell_empty(name: str, layer: VectorLayer, job: Job) -> None:
    if not len(layer):
        job.warn(f"图层“{name}”（{layer.path.name}）没有要素，请确认数据是否完整")


def _extent(piece: VectorLayer, bounds: tuple[float, ...], crs: pyproj.CRS | None) -> np.ndarray:
    """The extent of a layer, known in the CRS of its first piece, in `crs`."""
    if crs is None or piece.crs is None or len(bounds) != 4 or not np.isfinite(bounds).all():
        return np.full(4, np.nan)
    outline = shapely.segmentize(shapely.box(*bounds), max(bounds[2] - bounds[0], bounds[3] - bounds[1], 1e-9) / 16)
    return extent_of(reproject(replace(piece, geometry=np.array([outline], dtype=object)), crs).geometry)


def _judge_frame(inputs: Inputs, crs: pyproj.CRS, frame: Frame, job: Job) -> None:
    """Warn when layers lie far from each other, or where plane areas are off."""
    bounds = {
        name: inputs.large[name].extent if name in inputs.large else extent_of(layer.geometry)
        for name, layer in inputs.layers.items()
    }
    extents = {name: extent for name, extent in bounds.items() if np.isfinite(extent).all()}
    for warning in far_apart(extents):
        job.warn(warning)
    first: Sequence[np.ndarray] = list(extents.values())[:1]
    distortion = areal_distortion(crs, first[0]) if first and not frame.ellipsoidal else None
    if distortion:
        job.warn(distortion)


def _use(
    name: str, layer: VectorLayer, count: int, notes: tuple[str, ...], files: tuple[tuple[str, str], ...]
) -> LayerUse:
    crs = describe(layer.crs) if layer.crs is not None else "无（表格）"
    return LayerUse(name, layer.name, layer.path, crs, count, files, notes)
