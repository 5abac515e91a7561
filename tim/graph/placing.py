"""Relations that shapes tell: what lies in, on or across what, with the share of it that does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from tim.graph.rules import Rule, shape_rules
from tim.job import Job
from tim.model import schema
from tim.model.classes import kind_of
from tim.model.entities import Relation
from tim.store.base import Store
from tim.versions.matching import as_areas

BASIS = "geometry"
_CHUNK = 4_000


@dataclass(frozen=True)
class _Shapes:
    ids: np.ndarray
    subjects: np.ndarray  # as they are, in the plane
    areas: np.ndarray  # lines and points widened by a metre


def relations_by_shape(store: Store, version: int, job: Job) -> Iterator[Relation]:
    """Relations between entities of this version. The confidence is the share of the subject's area or length that
    lies in the object; a point has it whole or not at all.
    """
    layers = [layer.name for layer in store.layers() if layer.name not in schema.SOLIDS]
    work = [
        (rule, subject, target)
        for rule in shape_rules()
        for subject in layers
        if kind_of(subject) == rule.subject
        for target in layers
        if kind_of(target) == rule.object
    ]
    read: dict[str, _Shapes] = {}
    for index, (rule, subject, target) in enumerate(work):
        job.progress(index / len(work), f"关联{schema.class_title(subject)}与{schema.class_title(target)}")
        for name in (subject, target):
            if name not in read:
                read[name] = _shapes(store, name)
        yield from _related(rule, read[subject], read[target], version, job)


def _shapes(store: Store, layer: str) -> _Shapes:
    rows = store.read(layer)
    flat = shapely.force_2d(rows.geometry)
    broken = ~shapely.is_valid(flat) & ~shapely.is_missing(flat)
    flat[broken] = shapely.make_valid(flat[broken])
    return _Shapes(rows.ids, flat, as_areas(rows.geometry))


def _related(rule: Rule, subject: _Shapes, target: _Shapes, version: int, job: Job) -> Iterator[Relation]:
    tree = shapely.STRtree(target.areas)
    shapely.prepare(target.areas)
    size = _size(subject.subjects)
    for start in range(0, len(subject.ids), _CHUNK):
        job.check()
        chosen = subject.subjects[start : start + _CHUNK]
        one, other = tree.query(chosen, predicate="intersects")
        one_place = one + start
        share = np.ones(len(one))
        cut = ~shapely.contains_properly(target.areas[other], chosen[one]) & (size[one_place] > 0)
        common = shapely.intersection(chosen[one[cut]], target.areas[other[cut]])
        share[cut] = np.minimum(1.0, _size(common, shapely.get_dimensions(chosen[one[cut]])) / size[one_place[cut]])
        kept = (share >= rule.share) & (share > 0)
        for s, o, part in zip(one_place[kept], other[kept], np.round(share[kept], 4)):
            if subject.ids[s] != target.ids[o]:
                yield Relation(subject.ids[s], rule.predicate, target.ids[o], float(part), BASIS, version)


def _size(shapes: np.ndarray, dimensions: np.ndarray | None = None) -> np.ndarray:
    """Areas of polygons, lengths of lines, 0 of points."""
    known = shapely.get_dimensions(shapes) if dimensions is None else dimensions
    return np.where(known == 2, shapely.area(shapes), np.where(known == 1, shapely.length(shapes), 0.0))
