"""What is done to the rings of many geometries at once, against one ring at a time."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tim.exchange.city.flat import flat, surfaces_of
from tim.exchange.city.objects import Geometry
from tim.exchange.city.shapes import footprints

_POINT = st.tuples(*[st.integers(-2, 2)] * 3)
_RING = st.lists(_POINT, min_size=3, max_size=6).map(lambda ring: np.array(ring, dtype=float))
_SURFACE = st.lists(_RING, min_size=1, max_size=3).map(tuple)
_GROUPS = st.lists(st.lists(_SURFACE, min_size=1, max_size=4), min_size=1, max_size=4)


def _normal(ring: np.ndarray) -> np.ndarray:
    """Sum of the triangles from the origin: the cross products of neighbours."""
    return sum(np.cross(ring[k - 1], ring[k]) for k in range(len(ring)))


@settings(max_examples=50, deadline=None)
@given(_GROUPS)
def test_all_rings_at_once_are_each_ring_by_itself(groups: list) -> None:
    together = flat(groups)
    surfaces = [surface for group in groups for surface in group]
    rings = [ring for surface in surfaces for ring in surface]
    np.testing.assert_allclose(together.normals(), [_normal(surface[0]) for surface in surfaces], atol=1e-9)
    for least in (2, 3):
        assert together.degenerate(least).tolist() == [len(set(map(tuple, ring.tolist()))) < least for ring in rings]
    z = [np.concatenate([ring[:, 2] for surface in group for ring in surface]) for group in groups]
    assert together.heights().tolist() == [[heights.min(), heights.max()] for heights in z]
    shapes = together.multipolygons()
    expected = [shapely.MultiPolygon([_polygon(s) for s in group]) for group in groups]
    assert [shape.wkb for shape in shapes] == [shape.wkb for shape in expected]
    back = surfaces_of(shapes)
    assert [[[ring.tolist() for ring in s] for s in group] for group in back] == [
        [[ring.tolist() for ring in s] for s in group] for group in groups
    ]
    assert [plan.wkb for plan in together.plans()] == [shapely.force_2d(_polygon(s)).wkb for s in surfaces]


def _polygon(surface: tuple[np.ndarray, ...]) -> shapely.Polygon:
    """Rings with the first point said again, as the simple feature has them."""
    shell, *holes = (np.concatenate([ring, ring[:1]]) for ring in surface)
    return shapely.Polygon(shell, holes)


def _square(x: float, z: float, *, down: bool = False) -> tuple[np.ndarray]:
    ring = np.array([[x, 0, z], [x + 1, 0, z], [x + 1, 1, z], [x, 1, z]], dtype=float)
    return (ring[::-1] if down else ring,)


def _wall() -> tuple[np.ndarray]:
    return (np.array([[0, 0, 0], [1, 0, 0], [1, 0, 3], [0, 0, 3]], dtype=float),)


def test_the_plan_is_the_ground_else_what_faces_down_else_everything() -> None:
    roles = [{"type": "GroundSurface"}, {"type": "RoofSurface"}]
    named = Geometry("MultiSurface", "2", [_square(0, 0), _square(0, 3), _square(5, 3)], [], roles, [0, 1, 1])
    solid = Geometry("Solid", "1", [_square(0, 0, down=True), _square(1, 0, down=True), _square(7, 3)], [[3]])
    ground_is_wall = Geometry("MultiSurface", "2", [_wall(), _square(2, 3)], [], roles, [0, 1])
    nothing = Geometry("MultiSurface", "2", [_wall()])
    points = Geometry("MultiPoint", "0", [(np.array([[1.0, 2.0, 3.0]]),)])
    plans = footprints([named, points, solid, nothing, ground_is_wall])
    assert plans[0].equals(shapely.box(0, 0, 1, 1)) and plans[2].equals(shapely.box(0, 0, 2, 1))
    assert plans[1].equals(shapely.Point(1, 2)) and plans[3] is None
    assert plans[4].equals(shapely.box(2, 0, 3, 1))
    assert not any(shapely.has_z(plan) for plan in plans if plan is not None)


def test_a_plan_that_crosses_itself_is_made_valid() -> None:
    ring = np.array([[0, 0, 0], [2, 2, 0], [2, 0, 0], [0, 2, 0], [-1, 1, 0]], dtype=float)
    (plan,) = footprints([Geometry("MultiSurface", "1", [(ring,)])])
    assert plan.is_valid and plan.geom_type == "MultiPolygon"
    assert plan.area == pytest.approx(shapely.make_valid(shapely.Polygon(ring[:, :2])).area)
