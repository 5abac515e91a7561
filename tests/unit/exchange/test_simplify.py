"""Greedy insertion: the surface that comes out, measured by other means."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from scipy.spatial import ConvexHull

from tim.exchange.simplify import cells_of, simplify


def _hills(rows: int, columns: int) -> np.ndarray:
    y, x = np.mgrid[0:rows, 0:columns]
    rng = np.random.default_rng(7)
    return 30 * np.sin(x / 17) * np.cos(y / 23) + 0.05 * x + rng.normal(0, 0.03, (rows, columns))


def _largest_error(heights: np.ndarray, cells: np.ndarray, triangles: np.ndarray) -> float:
    """By barycentric coordinates of every cell in every triangle around it."""
    worst = 0.0
    row, column = np.nonzero(~np.isnan(heights))
    z = heights[cells[:, 1], cells[:, 0]]
    for triangle in triangles:
        (ax, ay), (bx, by), (cx, cy) = cells[triangle].astype(float)
        double = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        near = (column >= min(ax, bx, cx)) & (column <= max(ax, bx, cx))
        near &= (row >= min(ay, by, cy)) & (row <= max(ay, by, cy))
        x, y = column[near], row[near]
        b = ((x - ax) * (cy - ay) - (cx - ax) * (y - ay)) / double
        c = ((bx - ax) * (y - ay) - (x - ax) * (by - ay)) / double
        inside = (b >= -1e-9) & (c >= -1e-9) & (b + c <= 1 + 1e-9)
        if inside.any():
            surface = z[triangle[0]] * (1 - b - c) + z[triangle[1]] * b + z[triangle[2]] * c
            worst = max(worst, float(np.abs(heights[y, x] - surface)[inside].max()))
    return worst


def _assert_fills_the_hull(heights: np.ndarray, cells: np.ndarray, triangles: np.ndarray) -> None:
    """Each inner edge is shared by two triangles, once in each direction, and the areas add up to the hull."""
    edges = [edge for a, b, c in triangles.tolist() for edge in ((a, b), (b, c), (c, a))]
    assert len(set(edges)) == len(edges)
    border = [edge for edge in edges if edge[::-1] not in set(edges)]
    assert sorted(start for start, _ in border) == sorted(end for _, end in border)
    assert len(np.unique(cells, axis=0)) == len(cells) == len(np.unique(triangles))
    corners = cells[triangles].astype(float)
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    areas = (first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / 2
    assert (areas > 0).all()
    row, column = np.nonzero(~np.isnan(heights))
    assert areas.sum() == pytest.approx(ConvexHull(np.column_stack([column, row])).volume)


@pytest.mark.parametrize("holes", [False, True])
def test_all_cells_are_within_the_tolerance(holes: bool) -> None:
    heights = _hills(60, 80)
    if holes:
        heights[20:35, 30:50] = np.nan
        heights[:9, :11] = np.nan
    cells, triangles, error = simplify(heights, 0.1, 20_000, lambda part: None)
    assert error <= 0.1
    assert _largest_error(heights, cells, triangles) == pytest.approx(error)
    assert len(cells) < np.count_nonzero(~np.isnan(heights))
    _assert_fills_the_hull(heights, cells, triangles)


def test_the_most_vertices_are_kept_and_the_error_is_told() -> None:
    heights = _hills(60, 80)
    cells, triangles, error = simplify(heights, 0.1, 120, lambda part: None)
    assert len(cells) == 120
    assert error > 0.1
    assert _largest_error(heights, cells, triangles) == pytest.approx(error)
    _assert_fills_the_hull(heights, cells, triangles)


def test_a_plane_needs_its_corners_only() -> None:
    y, x = np.mgrid[0:40, 0:30]
    cells, triangles, error = simplify(0.2 * x - 0.1 * y + 5, 0.01, 100, lambda part: None)
    assert sorted(map(tuple, cells.tolist())) == [(0, 0), (0, 39), (29, 0), (29, 39)]
    assert len(triangles) == 2 and error < 1e-9


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (1, 9), (9, 1)])
def test_no_area_gives_nothing(shape: tuple[int, int]) -> None:
    assert simplify(np.zeros(shape), 0.1, 100, lambda part: None) is None
    assert simplify(np.full((9, 9), np.nan), 0.1, 100, lambda part: None) is None


def test_cells_of_triangles_are_exact() -> None:
    rng = np.random.default_rng(3)
    corners = rng.integers(0, 25, (300, 3, 2))
    edge, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    corners = corners[edge[:, 0] * other[:, 1] != edge[:, 1] * other[:, 0]]
    triangle, cells = cells_of(corners)
    y, x = (axis.ravel() for axis in np.mgrid[0:25, 0:25])
    for index, shape in enumerate(shapely.polygons(corners)):
        expected = shapely.intersects_xy(shape, x, y)
        assert sorted(map(tuple, cells[triangle == index].tolist())) == sorted(zip(x[expected], y[expected]))
