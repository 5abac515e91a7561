"""Roofs of single buildings: made ones come back, solids are sound, nothing depends on the order of the points."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity

from pointcloud.roofs.fit import distances
from pointcloud.roofs.labelling import label_cells
from pointcloud.roofs.lines import Line
from pointcloud.roofs.manifold import without_pinches
from pointcloud.roofs.partition import owners, partition, shared_edges
from pointcloud.roofs.planes import detect_planes, ordered
from pointcloud.roofs.roof import Roof, reconstruct
from pointcloud.solids.check import defects
from pointcloud.solids.extrusion import extrude
from pointcloud.solids.faces import ROOF, normal, volume

Height = Callable[[np.ndarray, np.ndarray], np.ndarray]
FAR = np.array([500_000.0, 3_400_000.0])
BOX = shapely.box(0, 0, 14, 9)
ANGLE = shapely.Polygon([(0, 0), (16, 0), (16, 7), (8, 7), (8, 14), (0, 14)])


def gable(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return 9.0 - 0.8 * np.abs(y - 4.5)


def hip(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return 5.0 + 0.7 * np.minimum(np.minimum(x, 14 - x), np.minimum(y, 9 - y))


def flat_with_tower(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.where(x < 5, 15.0, 6.0)


def dormer(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.where((np.abs(x - 7) < 1.75) & (y < 3.5), np.maximum(8.0, gable(x, y)), gable(x, y))


def angle(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.maximum(np.where(y <= 7, 8 - 0.7 * np.abs(y - 3.5), 0), np.where(x <= 8, 8.5 - 0.7 * np.abs(x - 4), 0))


ROOFS: dict[str, tuple[shapely.Polygon, Height, int]] = {
    "flat": (BOX, lambda x, y: np.full(len(x), 6.0), 1),
    "gable": (BOX, gable, 2),
    "hip": (BOX, hip, 4),
    "tower": (BOX, flat_with_tower, 2),
    "dormer": (BOX, dormer, 3),
    "angle": (ANGLE, angle, 6),  # the first wing's planes show on both sides of the second
}


def scanned(footprint: shapely.Polygon, height: Height, density: float = 10.0, seed: int = 3) -> np.ndarray:
    random = np.random.default_rng(seed)
    west, south, east, north = footprint.bounds
    number = int((east - west) * (north - south) * density)
    x, y = random.uniform((west, south), (east, north), (number, 2)).T
    inside = shapely.contains_xy(footprint, x, y)
    x, y = x[inside], y[inside]
    return np.column_stack([x, y, height(x, y) + random.normal(0, 0.03, len(x))])


def turned(name: str, degrees: float) -> tuple[shapely.Polygon, np.ndarray, Height]:
    """A made roof far from the origin and turned: footprint, points, height by world coordinates."""
    footprint, height, _ = ROOFS[name]
    place = affinity.translate(affinity.rotate(footprint, degrees, origin=(0, 0)), *FAR)
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    points = scanned(footprint, height)
    xy = points[:, :2] @ np.array([[cos, sin], [-sin, cos]]) + FAR

    def world(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        u, v = x - FAR[0], y - FAR[1]
        return height(u * cos + v * sin, v * cos - u * sin)

    return place, np.column_stack([xy, points[:, 2]]), world


def model_heights(roof: Roof, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    z = np.full(len(x), np.nan)
    for face in (face for shell in roof.solids[-1].shells for face in shell if face.kind == ROOF):
        shell, *holes = (ring[:, :2] for ring in face.rings)
        inside = shapely.contains_xy(shapely.Polygon(shell, holes), x, y)
        start, (a, b, c) = face.rings[0][0], normal(face.rings[0])
        z[inside] = start[2] - ((x[inside] - start[0]) * a + (y[inside] - start[1]) * b) / c
    return z


@pytest.mark.parametrize("degrees", [0.0, 23.0])
@pytest.mark.parametrize("name", ROOFS)
def test_made_roofs_come_back(name: str, degrees: float) -> None:
    footprint, points, height = turned(name, degrees)
    roof = reconstruct(footprint, points, 0.0, float(np.percentile(points[:, 2], 70)))
    assert roof.lod == "2.2" and roof.reason == ""
    assert roof.planes == ROOFS[name][2]
    assert [solid.lod for solid in roof.solids] == ["1.2", "1.3", "2.2"]
    for solid in roof.solids:
        assert [defects(shell, planarity=0.001) for shell in solid.shells] == [[]]
    x, y = (axis.ravel() for axis in np.meshgrid(*(np.arange(-20, 20, 0.17) + start for start in FAR)))
    inside = shapely.contains_xy(footprint, x, y)
    off = np.abs(model_heights(roof, x[inside], y[inside]) - height(x[inside], y[inside]))
    assert np.mean(off < 0.1) > 0.95 and roof.fit.rmse < 0.06
    assert sum(map(volume, roof.solids[-1].shells)) == pytest.approx(
        footprint.area * height(x[inside], y[inside]).mean(), rel=0.02
    )


def test_levels_keep_steps_of_three_metres_only() -> None:
    footprint, points, _ = turned("tower", 0.0)
    middle = reconstruct(footprint, points, 0.0, 12.0).solids[1]
    heights = {round(float(face.rings[0][0, 2]), 1) for face in middle.shells[0] if face.kind == ROOF}
    assert middle.lod == "1.3" and heights == {6.0, 15.0}
    lower = np.where(points[:, 2] > 10, points[:, 2] - 7, points[:, 2])  # a step of 2 m
    middle = reconstruct(footprint, np.column_stack([points[:, :2], lower]), 0.0, 8.0).solids[1]
    assert sum(face.kind == ROOF for face in middle.shells[0]) == 1


@pytest.mark.parametrize("name", ["hip", "dormer", "angle"])
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=4, deadline=None)
def test_the_order_of_the_points_does_not_matter(name: str, seed: int) -> None:
    footprint, points, _ = turned(name, 11.0)
    first = reconstruct(footprint, points, 0.0, 7.0)
    again = reconstruct(footprint, np.random.default_rng(seed).permutation(points), 0.0, 7.0)
    assert first.fit == again.fit and len(first.solids) == len(again.solids)
    for one, other in zip(first.solids, again.solids):
        rings = [[ring for shell in solid.shells for face in shell for ring in face.rings] for solid in (one, other)]
        assert all(map(np.array_equal, *rings))


def test_what_has_no_plane_becomes_a_block_with_a_reason() -> None:
    random = np.random.default_rng(1)
    bush = np.column_stack([random.uniform(0, 9, (200, 2)), random.uniform(2, 9, 200)])
    roof = reconstruct(shapely.box(0, 0, 9, 9), bush, 0.0, 6.0)
    assert roof.lod in ("1.2", "1.3") and roof.reason
    few = reconstruct(shapely.box(0, 0, 9, 9), bush[:3], 0.0, 6.0)
    assert few.lod == "1.2" and "没有找到平面" in few.reason


def test_courtyards_and_parts() -> None:
    court = shapely.box(0, 0, 20, 20) - shapely.box(7, 7, 13, 13)
    points = scanned(court, lambda x, y: 6 + 0.2 * x)
    roof = reconstruct(court, points, 0.0, 8.0)
    assert roof.planes == 1 and [defects(shell) for shell in roof.solids[-1].shells] == [[]]
    two = shapely.MultiPolygon([BOX, shapely.box(30, 0, 40, 9)])
    roof = reconstruct(two, scanned(two, lambda x, y: np.where(x < 20, gable(x, y), 5.0)), 0.0, 6.0)
    assert len(roof.solids[-1].shells) == 2 and roof.planes == 3


def test_planes_are_those_of_the_points() -> None:
    points = ordered(scanned(BOX, gable))
    planes, label = detect_planes(points)
    assert len(planes) == 2 and (label >= 0).mean() > 0.97
    assert sorted(planes[:, 1]) == pytest.approx([-0.8, 0.8], abs=0.01)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_two_planes_are_shared_out_as_well_as_can_be(seed: int) -> None:
    """Every labelling of a small graph by two labels, looked at one by one."""
    random = np.random.default_rng(seed)
    count = int(random.integers(2, 9))
    costs = random.uniform(0, 4, (count, 2)).round(2)
    pairs = np.array([pair for pair in itertools.combinations(range(count), 2) if random.random() < 0.5], int).reshape(
        -1, 2
    )
    weights = random.uniform(0, 2, len(pairs)).round(2)

    def energy(labels: np.ndarray) -> float:
        return costs[np.arange(count), labels].sum() + weights[labels[pairs[:, 0]] != labels[pairs[:, 1]]].sum()

    best = min(energy(np.array(labels)) for labels in itertools.product((0, 1), repeat=count))
    assert energy(label_cells(costs, pairs, weights)) == pytest.approx(best, abs=1e-6)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_any_partition_with_any_planes_gives_a_sound_solid(seed: int) -> None:
    random = np.random.default_rng(seed)
    lines = [
        Line(float(random.uniform(0, np.pi)), float(random.uniform(-4, 12)), 0.0, 1.0, False)
        for _ in range(random.integers(0, 7))
    ]
    cells = partition(ANGLE, lines)
    planes = np.column_stack([random.uniform(-0.5, 0.5, (4, 2)), random.uniform(15, 30, 4)])
    costs = random.uniform(0, 1, (len(cells), 4))
    plane = without_pinches(cells, costs.argmin(axis=1), planes, costs)
    assert sum(shapely.area(cells)) == pytest.approx(ANGLE.area, rel=1e-3)
    shells = extrude(cells, plane, planes, 0.0)
    assert [defects(shell, planarity=0.001) for shell in shells] == [[]] * len(shells)
    middles = shapely.get_coordinates(shapely.centroid(cells))
    heights = (planes[plane] * np.column_stack([middles, np.ones(len(cells))])).sum(axis=1)
    assert sum(map(volume, shells)) == pytest.approx(float(shapely.area(cells) @ heights), rel=1e-3)


def test_shared_edges_and_owners() -> None:
    cells = np.array([shapely.box(0, 0, 2, 2), shapely.box(2, 0, 4, 2), shapely.box(0, 2, 2, 5)])
    pairs, lengths = shared_edges(cells)
    assert pairs.tolist() == [[0, 1], [0, 2]] and lengths.tolist() == [2.0, 2.0]
    places = np.array([[1.0, 1.0], [3.0, 1.0], [1.0, 4.0], [9.0, 9.0], [2.0, 1.0]])
    assert owners(cells, places).tolist() == [0, 1, 2, -1, 0]


def test_distances_to_roofs_and_walls() -> None:
    cells = np.array([shapely.box(0, 0, 4, 4), shapely.box(4, 0, 8, 4)])
    planes = np.array([[0.0, 0.0, 5.0], [0.0, 0.0, 9.0]])
    points = np.array([[2.0, 2.0, 5.3], [4.3, 2.0, 7.0], [3.8, 2.0, 8.0], [0.1, 2.0, 1.0], [6.0, 2.0, 8.0]])
    found = distances(cells, np.array([0, 1]), planes, 0.0, points)
    assert found == pytest.approx([0.3, 0.3, 0.2, 0.1, 1.0])
