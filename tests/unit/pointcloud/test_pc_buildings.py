"""Buildings: outlines, components across seams, heights and their reasons."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity

from pointcloud.buildings.buckets import Buckets
from pointcloud.buildings.components import connected
from pointcloud.buildings.mask import plane_residual, without_small_holes
from pointcloud.buildings.outline import level_short_walls, main_direction, outline, regularised, without_overlaps
from pointcloud.tiles.grid import Frame

RECTANGLE = shapely.box(0, 0, 40, 12)
ANGLE = shapely.union_all([shapely.box(0, 0, 40, 12), shapely.box(0, 12, 11, 30)])
COURT = shapely.box(0, 0, 40, 40) - shapely.box(12, 12, 28, 28)


def rasterised(shape: shapely.Geometry, cell: float) -> tuple[np.ndarray, Frame]:
    frame = Frame.around(shape.bounds, cell).grown(2)
    x, y = np.meshgrid(*frame.centres())
    return shapely.contains_xy(shape, x, y), frame


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_outline_is_the_cells(seed):
    mask = np.random.default_rng(seed).random((9, 13)) < 0.5
    shape = outline(mask, Frame(2.0, -3, 5, 10, 14))
    assert shape.area == pytest.approx(4.0 * mask.sum())
    assert shape.is_valid


@pytest.mark.parametrize("degrees", [0, 7, 33, 45, 61, 89])
@pytest.mark.parametrize(("shape", "corners"), [(RECTANGLE, 4), (ANGLE, 6), (COURT, 8)])
def test_right_angled_buildings_come_back(shape, corners, degrees):
    truth = affinity.translate(affinity.rotate(shape, degrees), 500_000, 3_400_000)
    mask, frame = rasterised(truth, 0.5)
    found = regularised(outline(mask, frame), 0.5, 1.5)
    assert found.is_valid
    assert found.intersection(truth).area / found.union(truth).area > 0.95
    assert sum(len(ring.coords) - 1 for ring in [found.exterior, *found.interiors]) <= corners + 2


def test_round_building_is_only_simplified():
    truth = shapely.Point(0, 0).buffer(15)
    mask, frame = rasterised(truth, 0.5)
    found = regularised(outline(mask, frame), 0.5, 1.5)
    assert found.intersection(truth).area / found.union(truth).area > 0.9


@pytest.mark.parametrize("degrees", [0, 20, 44, 70])
def test_main_direction(degrees):
    assert math.degrees(main_direction(affinity.rotate(ANGLE, degrees))) == pytest.approx(degrees, abs=1e-6)


@given(st.integers(0, 2**32 - 1), st.floats(0.5, 6))
@settings(max_examples=60, deadline=None)
def test_short_walls_go_and_corners_stay_right(seed, shortest):
    random = np.random.default_rng(seed)
    mask = cv2.morphologyEx(
        (random.random((24, 30)) < 0.75).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)
    )
    parts = [part for part in shapely.get_parts(outline(mask > 0, Frame(1.0, 0, 0, 30, 24))) if part.area >= 20]
    for part in parts:
        ring = level_short_walls(shapely.get_coordinates(part.exterior)[:-1], shortest)
        steps = np.diff(np.vstack([ring, ring[:1]]), axis=0)
        assert (np.abs(steps).min(axis=1) < 1e-9).all()
        assert len(ring) == 4 or np.abs(steps).max(axis=1).min() >= shortest - 1e-9


def test_overlaps_go_to_the_larger():
    shapes = np.array([shapely.box(0, 0, 10, 10), shapely.box(8, 2, 14, 6), shapely.box(20, 0, 25, 5)], dtype=object)
    result = without_overlaps(shapes)
    assert shapely.area(result).tolist() == [100.0, 16.0, 25.0]
    assert shapely.union_all(result).area == pytest.approx(sum(shapely.area(result)))


@given(st.integers(0, 2**32 - 1), st.integers(2, 9), st.integers(2, 11))
@settings(max_examples=40, deadline=None)
def test_components_are_those_of_the_whole(seed, tall, wide):
    """Whatever the tiles, the groups are those that one labelling of the whole finds."""
    mask = (np.random.default_rng(seed).random((18, 22)) < 0.55).astype(np.uint8)
    whole = Frame(1.0, -4, 7, 18, 25)
    parts = []
    for bottom in range(whole.bottom, whole.top, tall):
        for left in range(whole.left, whole.right, wide):
            part = Frame(1.0, left, bottom, left + wide, bottom + tall).clipped(whole)
            parts.append((part, np.ascontiguousarray(mask[part.within(whole)])))
    found = connected(parts)
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    assert sorted(component.cells for component in found) == sorted(boxes[1:, cv2.CC_STAT_AREA].tolist())
    for component in found:
        row, column = whole.top - 1 - component.seed[1], component.seed[0] - whole.left
        rows, columns = np.nonzero(labels == labels[row, column])
        assert component.box == Frame(
            1.0,
            whole.left + columns.min(),
            whole.top - 1 - rows.max(),
            whole.left + columns.max() + 1,
            whole.top - rows.min(),
        )


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_buckets_find_what_a_full_search_finds(seed):
    random = np.random.default_rng(seed)
    x, y = random.uniform(0, 80, (2, 300))
    polygon = shapely.Polygon(random.uniform(-20, 100, (3, 2)))
    assert np.array_equal(Buckets(x, y).inside(polygon), np.flatnonzero(shapely.contains_xy(polygon, x, y)))


def test_residual_of_planes_and_of_trees():
    random = np.random.default_rng(4)
    x, y = random.uniform(0, 20, (2, 6000)) + 500_000
    roof = 30 + 0.8 * (x - 500_000) + random.normal(0, 0.05, len(x))
    z = np.where(x < 500_010, roof, 30 + random.uniform(0, 8, len(x)))
    frame = Frame(1.0, 500_000, 500_000, 500_020, 500_020)
    row, column, _ = frame.locate(x, y)
    residual = plane_residual(x, y, z, row * 20 + column, frame)
    assert np.abs(residual[:, 2:8] - 0.05).max() < 0.02
    assert residual[:, 12:].min() > 1.0


def test_courtyards_stay_and_chimneys_go():
    mask = np.ones((20, 20), bool)
    mask[3:5, 3:5] = mask[8:16, 8:16] = False
    mask[:4, 18:] = False
    filled = without_small_holes(mask, 10)
    assert filled[3:5, 3:5].all() and not filled[8:16, 8:16].any() and not filled[:4, 18:].any()
