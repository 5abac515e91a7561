"""Vector inputs of a model: read, brought into the model's CRS, checked, given identities."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pyproj
import shapely

from tim.errors import UnusableInput
from tim.job import Job
from tim.model import schema
from tim.model.identity import feature_keys, identity_code
from tim.sources.crs import describe
from tim.sources.vector import VectorLayer, read_layer, reproject

_NAMED = 5  # features named in a warning
Extent = tuple[float, float, float, float]


@dataclass(frozen=True)
class Features:
    """A layer ready for the model: `ids` are identity codes, made from `keys`, which come from `key_field`."""

    spec: str
    layer: VectorLayer
    source_crs: pyproj.CRS
    ids: np.ndarray
    keys: list[str]
    key_field: str | None

    @property
    def geometry(self) -> np.ndarray:
        return self.layer.geometry


def read_features(
    spec: str,
    title: str,
    entity_class: str,
    crs: pyproj.CRS,
    extent: Extent,
    job: Job,
    *,
    must_overlap: bool = True,
    shapeless: bool = False,
) -> Features:
    """Read a layer for the model. `title` names its role in messages; `extent` is that of the points, in `crs`.

    With `shapeless` features without a geometry stay. Raises `UnusableInput` when it has no features, no CRS,
    or (with `must_overlap`) lies elsewhere than the points.
    """
    raw = read_layer(spec, task=job)
    where = f"{title}“{raw.path.name}”"
    if not len(raw):
        raise UnusableInput(f"{where}的图层“{raw.name}”是空的，没有要素；请检查数据")
    keys, key_field = feature_keys(raw.columns, raw.geometry)
    has_shape = ~(shapely.is_missing(raw.geometry) | shapely.is_empty(raw.geometry))
    if shapeless and not has_shape.any():
        raw = replace(raw, crs=crs)  # a plain table
    layer = reproject(raw, crs)
    for note in layer.notes:
        job.log(note)
    if shapeless:
        has_shape[:] = True
    if not has_shape.any():
        raise UnusableInput(f"{where}的要素都没有图形；请检查数据")
    if not has_shape.all():
        job.warn(f"{where}有 {int((~has_shape).sum())} 个要素没有图形，未采用")
        layer, keys = _keep(layer, has_shape), list(np.array(keys, dtype=object)[has_shape])
    _check_place(layer, where, raw.crs, extent, job, must_overlap)
    origin = [key_field] if key_field else []
    ids = np.array([identity_code(entity_class, *origin, key) for key in keys], dtype=object)
    assert raw.crs is not None  # reproject has refused a layer without one
    return Features(str(spec), layer, raw.crs, ids, keys, key_field)


def polygons_only(features: Features, title: str, job: Job) -> Features:
    """The polygons of a layer, made valid and two-dimensional. Raises `UnusableInput` when there are none."""
    where = f"{title}“{features.layer.path.name}”"
    is_area = shapely.get_dimensions(features.geometry) == 2
    if not is_area.any():
        raise UnusableInput(f"{where}的图层“{features.layer.name}”里没有面要素；这里需要多边形")
    if not is_area.all():
        job.warn(f"{where}有 {int((~is_area).sum())} 个要素不是面，未采用")
        features = keep(features, is_area)
    flat = replace(features, layer=replace(features.layer, geometry=shapely.force_2d(features.geometry)))
    features = repaired(flat, title, job)
    if not len(features.ids):
        raise UnusableInput(f"{where}里没有可用的多边形")
    return features


def repaired(features: Features, title: str, job: Job) -> Features:
    """The layer with its polygons made valid; polygons that have no area fall away. Warnings name the features."""
    where = f"{title}“{features.layer.path.name}”"
    shapes = features.geometry.copy()
    broken = (shapely.get_dimensions(shapes) == 2) & ~shapely.is_valid(shapes)
    if broken.any():
        shapes[broken] = [_areas_of(shape) for shape in shapely.make_valid(shapes[broken])]
        job.warn(f"{where}有 {int(broken.sum())} 个要素的多边形无效，已修复：{_names(features, broken)}")
        features = replace(features, layer=replace(features.layer, geometry=shapes))
    gone = shapely.is_empty(shapes)
    if gone.any():
        job.warn(f"{where}有 {int(gone.sum())} 个要素没有面积，未采用：{_names(features, gone)}")
        features = keep(features, ~gone)
    return features


def keep(features: Features, chosen: np.ndarray) -> Features:
    """The chosen features (mask or places, in that order)."""
    keys = list(np.array(features.keys, dtype=object)[chosen])
    return replace(features, layer=_keep(features.layer, chosen), ids=features.ids[chosen], keys=keys)


def own_columns(features: Features, taken: Iterable[str]) -> dict[str, np.ndarray]:
    """The source's columns; a name that the model uses itself becomes `source_…`."""
    used = {name.lower() for name in taken} | {schema.FID_COLUMN, schema.GEOMETRY_COLUMN}
    result = {}
    for name, column in features.layer.columns.items():
        free = name
        while free.lower() in used:
            free = f"source_{free}"
        used.add(free.lower())
        result[free] = column
    return result


def _keep(layer: VectorLayer, chosen: np.ndarray) -> VectorLayer:
    columns = {name: column[chosen] for name, column in layer.columns.items()}
    return replace(layer, columns=columns, geometry=layer.geometry[chosen], fids=layer.fids[chosen])


def _check_place(
    layer: VectorLayer, where: str, own: pyproj.CRS | None, extent: Extent, job: Job, must_overlap: bool
) -> None:
    bounds = shapely.total_bounds(layer.geometry)
    if len(layer) and shapely.intersects(shapely.box(*bounds), shapely.box(*extent)):
        return
    message = (
        f"{where}与点云没有重叠：它在 {_shown(bounds)}（原坐标系 {describe(own)}），"
        f"点云在 {_shown(extent)}；请检查坐标系和数据"
    )
    if must_overlap:
        raise UnusableInput(message)
    job.warn(message)


def _shown(bounds: Extent | np.ndarray) -> str:
    return f"X {bounds[0]:.0f}–{bounds[2]:.0f}、Y {bounds[1]:.0f}–{bounds[3]:.0f}"


def _areas_of(shape: shapely.Geometry) -> shapely.Geometry:
    """The polygons of what repairing gave; lines and points fall away."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def _names(features: Features, chosen: np.ndarray) -> str:
    """Features as people find them: by key field, else by the source's feature id."""
    if features.key_field:
        names = [f"{features.key_field}={key}" for key, kept in zip(features.keys, chosen) if kept]
    else:
        names = [f"第 {fid} 号要素" for fid in features.layer.fids[chosen]]
    return "、".join(names[:_NAMED]) + (f" 等 {len(names)} 个" if len(names) > _NAMED else "")
