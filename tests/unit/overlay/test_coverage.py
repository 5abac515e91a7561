"""Overlaps and gaps by faces against comparing every pair and against the union of all."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from pointcloud.task import Task
from tim.overlay.coverage import faces, shared


def _overlaps(shapes: np.ndarray) -> dict[tuple[int, int], float]:
    """m² of each pair that covers common ground, pair by pair."""
    found = {}
    for i in range(len(shapes)):
        for j in range(i + 1, len(shapes)):
            area = shapely.intersection(shapes[i], shapes[j]).area
            if area > 1e-9:
                found[i, j] = area
    return found


def _by_faces(shapes: np.ndarray) -> tuple[dict[tuple[int, int], float], float]:
    found = faces(shapes, Task())
    pairs = {key: float(shapely.area(parts).sum()) for key, parts in shared(found, shapes).items()}
    return pairs, float(shapely.area(found.geometry[found.count == 0]).sum())


def _holes(shapes: np.ndarray) -> float:
    """m² that the union encloses without covering it."""
    union = shapely.union_all(shapes)
    rings = [ring for part in shapely.get_parts(union) for ring in part.interiors]
    return shapely.difference(shapely.union_all(shapely.polygons(rings)), union).area if rings else 0.0


def _compare(shapes: np.ndarray) -> None:
    pairs, empty = _by_faces(shapes)
    expected = _overlaps(shapes)
    assert {key for key, area in pairs.items() if area > 1e-9} == set(expected)
    for key, area in expected.items():
        assert pairs[key] == pytest.approx(area, abs=1e-6)
    assert empty == pytest.approx(_holes(shapes), abs=1e-6)


MISTAKES = st.sampled_from(["grown", "shrunk", "moved", "missing", "twice", "none"])
boxes = st.tuples(*[st.integers(0, 12)] * 2, *[st.integers(1, 5)] * 2).map(
    lambda item: shapely.box(item[0], item[1], item[0] + item[2], item[1] + item[3])
)


@settings(max_examples=60, deadline=None)
@given(st.lists(boxes, min_size=1, max_size=9))
def test_boxes_on_a_grid(shapes):
    """Shared edges, edges that meet in the middle of others, duplicates, enclosed ground."""
    _compare(np.array(shapes, dtype=object))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.integers(4, 25), MISTAKES)
def test_a_coverage_with_one_mistake(seed, count, mistake):
    rng = np.random.default_rng(seed)
    window = shapely.box(0, 0, 100, 100)
    cells = shapely.voronoi_polygons(shapely.multipoints(rng.uniform(0, 100, (count, 2))), extend_to=window)
    shapes = shapely.intersection(shapely.get_parts(cells), window)
    at = int(rng.integers(len(shapes)))
    if mistake == "grown":
        shapes[at] = shapely.buffer(shapes[at], 2, join_style="mitre")
    elif mistake == "shrunk":
        shapes[at] = shapely.buffer(shapes[at], -0.2, join_style="mitre")
    elif mistake == "moved":
        shapes[at] = shapely.transform(shapes[at], lambda places: places + 1.5)
    elif mistake == "missing":
        shapes = np.delete(shapes, at)
    elif mistake == "twice":
        shapes = np.append(shapes, shapes[at])
    shapes = shapes[~shapely.is_empty(shapes)]
    if len(shapes):
        _compare(shapes)


def test_two_clean_coverages_over_each_other():
    """All inner edges of both cancel out; only the outline tells that the ground is covered twice."""
    one = [shapely.box(x, y, x + 1, y + 1) for x in range(4) for y in range(4)]
    other = [shapely.box(x, y, x + 1, y + 1) for x in range(1, 5) for y in range(1, 5)]
    found = faces(np.array([*one, *other], dtype=object), Task())
    assert shapely.area(found.geometry[found.count == 2]).sum() == 9
    assert sum(shapely.area(parts).sum() for parts in shared(found, np.array([*one, *other])).values()) == 9


def test_a_clean_layer_leaves_its_outline_only():
    shapes = np.array([shapely.box(x, y, x + 1, y + 1) for x in range(30) for y in range(30)], dtype=object)
    found = faces(shapes, Task())
    assert found.count.tolist() == [1]
    assert len(faces(np.array([None, shapely.Point(1, 1)], dtype=object), Task()).count) == 0
