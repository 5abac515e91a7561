"""The pieces of projects in the features of a layer, in bulk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import shapely

from pointcloud.task import Task
from tim.overlay.coverage import faces

_CHUNK = 2_000  # pairs for each call of GEOS: cancelling waits for one of them
_COVERED = 1e-4  # m²: of a project that may be uncovered without a word; a hundredth of what is told
_SLIVER = 1e-6  # m²: what arithmetic leaves where shapes only touch


@dataclass(frozen=True)
class Pieces:
    """Pieces in the order of projects, then features; `geometry` polygons of one CRS."""

    project: np.ndarray
    feature: np.ndarray
    geometry: np.ndarray

    def __len__(self) -> int:
        return len(self.project)


def intersect(projects: np.ndarray, features: np.ndarray, job: Task) -> Pieces:
    """The common area of each project with each feature (valid shapely arrays, None allowed), where there is any.

    Features inside a project are taken whole; the others are cut, on all cores.
    """
    tree = shapely.STRtree(features)
    shapely.prepare(projects)
    project, feature = tree.query(projects, predicate="intersects")
    inside = shapely.contains_properly(projects[project], features[feature])
    geometry = features[feature].copy()
    cut = np.flatnonzero(~inside)
    for done, (places, shapes) in enumerate(_cut(projects[project], features[feature], cut), 1):
        geometry[places] = shapes
        job.check()
        job.progress(min(1.0, done * _CHUNK / max(len(cut), 1)), "求相交部分")
    geometry = polygonal(geometry)
    kept = shapely.area(geometry) > _SLIVER
    order = np.lexsort((feature[kept], project[kept]))
    return Pieces(project[kept][order], feature[kept][order], geometry[kept][order])


def remainders(projects: np.ndarray, pieces: Pieces, features: np.ndarray, job: Task) -> tuple[np.ndarray, np.ndarray]:
    """For each project: what the pieces leave uncovered (shape or None), and the m² that several of them cover.

    Where the `features` behind the pieces cover no ground twice, areas tell which projects are covered to the last bit.
    """
    rest = np.full(len(projects), None, dtype=object)
    doubled = np.zeros(len(projects))
    starts = np.searchsorted(pieces.project, np.arange(len(projects) + 1))
    todo = np.flatnonzero(~shapely.is_missing(projects))
    several = np.unique(pieces.feature)
    if len(several) < 2 or not (faces(features[several], job.part(0.9, 1.0)).count > 1).any():
        covered = np.bincount(pieces.project, weights=shapely.area(pieces.geometry), minlength=len(projects))
        todo = todo[np.abs(shapely.area(projects[todo]) - covered[todo]) > _COVERED]
    for index in todo:
        job.check()
        shape = projects[index]
        own = pieces.geometry[starts[index] : starts[index + 1]]
        if not len(own):
            rest[index] = shape
            continue
        covered = shapely.union_all(own)
        doubled[index] = max(0.0, float(shapely.area(own).sum() - covered.area))
        left = polygonal(np.array([shapely.difference(shape, covered)], dtype=object))[0]
        rest[index] = left if left is not None and left.area > _SLIVER else None
    return rest, doubled


def polygonal(geometry: np.ndarray) -> np.ndarray:
    """The polygons of each geometry; None where it has none."""
    kinds = shapely.get_type_id(geometry)
    result = geometry.copy()
    result[~np.isin(kinds, (3, 6, 7))] = None
    for index in np.flatnonzero(kinds == 7):
        parts = shapely.get_parts(shapely.get_parts(geometry[index]))
        parts = parts[shapely.get_type_id(parts) == 3]
        result[index] = shapely.multipolygons(parts) if len(parts) else None
    result[shapely.is_empty(result)] = None
    return result


def _cut(ones: np.ndarray, others: np.ndarray, places: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    chunks = [places[start : start + _CHUNK] for start in range(0, len(places), _CHUNK)]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:  # GEOS works outside the interpreter's lock
        yield from zip(chunks, pool.map(lambda chunk: shapely.intersection(ones[chunk], others[chunk]), chunks))
