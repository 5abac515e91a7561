"""The layers of a review, read into one coordinate reference system and made fit for computing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from tim.sources.vector import VectorLayer, read_layer, reproject

Fields = Sequence[tuple[str, str]]
# where a ring covers ground twice it counts as covered; shapely 2.0 (Python 3.9) knows only the even-odd way
_REPAIR: dict[str, Any] = (
    {"method": "structure", "keep_collapsed": False} if "method" in signature(shapely.make_valid).parameters else {}
)
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


def open_layers(
    sources: Mapping[str, str],
    frame: Frame,
    job: Job,
    fields: Mapping[str, Fields] | None = None,
    *,
    around: str | None = None,
) -> Inputs:
    """Read the source of each declared layer; `fields`: declared name → (name in the rules, column) of each field.

    Only what lies about the features of the layer `around` need be read of the others. Without a CRS in the header the
    first layer's counts. Geometries that cannot be used are None afterwards, invalid
    ones are repaired for the computation only; both are told as warnings. Raises `UsageError` and `UnusableInput`.
    """
    read: dict[str, VectorLayer] = {}
    for number, (name, spec) in enumerate(sources.items()):
        job.progress(0.3 * number / len(sources), f"读取图层“{name}”")
        near = _near(read[around]) if around in read else None
        read[name] = bind_fields(read_layer(spec, near=near, task=job), name, (fields or {}).get(name, ()))
    inputs = Inputs(_common_crs(read, frame))
    files: dict[Path, tuple[tuple[str, str], ...]] = {}
    for name, layer in read.items():
        inputs.layers[name] = _prepared(name, layer, inputs.crs, job)
        if layer.path not in files:
            files[layer.path] = digests(layer.path, job)
        inputs.uses.append(_use(name, layer, inputs.layers[name].notes, files[layer.path]))
    if inputs.crs is not None and inputs.crs.is_projected:
        _judge_frame(inputs.layers, inputs.crs, frame, job)
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


def _prepared(name: str, layer: VectorLayer, crs: pyproj.CRS | None, job: Job) -> VectorLayer:
    if crs is None or layer.crs is None:
        _tell_empty(name, layer, job)
        return layer
    doubt = check_transformation(layer.crs, crs, name)
    if doubt:
        job.warn(doubt)
    layer = reproject(replace(layer, geometry=_usable(layer.geometry)), crs)
    for note in layer.notes:
        job.log(f"{name}：{note}")
    _tell_empty(name, layer, job)
    geometry, invalid = _repaired(layer.geometry)
    if invalid.any():
        listed = _listed(layer, invalid)
        job.warn(f"图层“{name}”有 {invalid.sum()} 个无效图形，只为本次计算作了修复，原数据没有改动：{listed}")
    missing = shapely.is_missing(geometry)
    if missing.any():
        job.warn(f"图层“{name}”有 {missing.sum()} 个要素没有可用的图形，不能参与叠加：{_listed(layer, missing)}")
    return replace(layer, geometry=geometry)


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


def _listed(layer: VectorLayer, chosen: np.ndarray) -> str:
    keys = [f"要素 {fid}" for fid in layer.fids[chosen][:_LISTED]]
    return "、".join(keys) + (" 等" if chosen.sum() > _LISTED else "")


def _tell_empty(name: str, layer: VectorLayer, job: Job) -> None:
    if not len(layer):
        job.warn(f"图层“{name}”（{layer.path.name}）没有要素，请确认数据是否完整")


def _judge_frame(layers: Mapping[str, VectorLayer], crs: pyproj.CRS, frame: Frame, job: Job) -> None:
    """Warn when layers lie far from each other, or where plane areas are off."""
    bounds = {name: extent_of(layer.geometry) for name, layer in layers.items()}
    extents = {name: extent for name, extent in bounds.items() if np.isfinite(extent).all()}
    for warning in far_apart(extents):
        job.warn(warning)
    first: Sequence[np.ndarray] = list(extents.values())[:1]
    distortion = areal_distortion(crs, first[0]) if first and not frame.ellipsoidal else None
    if distortion:
        job.warn(distortion)


def _use(name: str, layer: VectorLayer, notes: tuple[str, ...], files: tuple[tuple[str, str], ...]) -> LayerUse:
    crs = describe(layer.crs) if layer.crs is not None else "无（表格）"
    return LayerUse(name, layer.name, layer.path, crs, len(layer), files, notes)
