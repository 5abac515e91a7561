"""City models (CityJSON, CityGML …) into a model."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pyproj

from pointcloud.task import Task
from tim.errors import UnusableInput
from tim.exchange.city.classes import entity_class
from tim.exchange.city.objects import City
from tim.importing.checks import check_place, check_rings, check_size
from tim.importing.features import features_of
from tim.importing.target import Target
from tim.model.identity import identity_code
from tim.sources.crs import describe, horizontal, same_horizontal

_KEY = "gml_id"  # objects of CityGML and CityJSON are told apart by it, and get the same codes from both
_NO_LAYER = ("TINRelief",)  # its plan is the whole area


def add_city(target: Target, city: City, name: str, source: str, skip_invalid: bool, job: Task) -> dict[str, int]:
    """Write a city whose CRS is known. Returns the number of objects by class."""
    assert city.crs is not None
    if not city.objects:
        raise UnusableInput(f"“{name}”里没有对象；没有可导入的内容")
    check_rings(city, name, skip_invalid, job)
    places = _all_places(city)
    if len(places):
        check_size(places, name)
        check_place(places.min(axis=0), places.max(axis=0), city.crs, name, job)
    if target.crs is None:
        target.crs = city.crs
    elif not same_horizontal(city.crs, target.crs):
        job.log(f"“{name}”已从 {describe(city.crs)} 转换到 {describe(target.crs)}")
        _reproject(city, target.crs, name)
    for thing in city.objects.values():
        code = identity_code(entity_class(thing.type), _KEY, thing.id)
        thing.entity = target.claim(code, thing.id, name)
    things = list(city.objects.values())
    job.progress(0.5, "写出三维几何")
    target.city(city, things, source)
    counts: dict[str, int] = {}
    ordered = sorted(things, key=lambda thing: entity_class(thing.type))
    for entity, group in groupby(ordered, key=lambda thing: entity_class(thing.type)):
        job.check()
        members = list(group)
        features = features_of(city, members, target.plane, source, target.version)
        counts[entity] = len(members)
        if members[0].type in _NO_LAYER:
            target.entities(features.entities)
        else:
            target.features(features)
    return counts


def _all_places(city: City) -> np.ndarray:
    rings = [ring for _, geometry in city.geometries() for surface in geometry.surfaces for ring in surface]
    return np.concatenate(rings) if rings else np.empty((0, 3))


def _reproject(city: City, crs: pyproj.CRS, name: str) -> None:
    """Move all coordinates; heights stay as they are."""
    assert city.crs is not None
    transformer = pyproj.Transformer.from_crs(horizontal(city.crs), horizontal(crs), always_xy=True)
    for _, geometry in city.geometries():
        moved = []
        for surface in geometry.surfaces:
            rings = []
            for ring in surface:
                x, y = transformer.transform(ring[:, 0], ring[:, 1])
                rings.append(np.column_stack([x, y, ring[:, 2]]))
            moved.append(tuple(rings))
        if not all(np.isfinite(ring).all() for surface in moved for ring in surface):
            raise UnusableInput(f"“{name}”有坐标无法从 {describe(city.crs)} 转换到 {describe(crs)}；请检查它的坐标系")
        geometry.surfaces = moved
    city.crs, city.scale, city.translate = crs, None, None
