"""Terrain from triangles, gaps, highest points."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import LinearNDInterpolator

from pointcloud.surface.cells import cell_means, highest, with_small_holes_filled
from pointcloud.surface.triangles import LARGEST_RADIUS, circumradius, rasterise, triangulate
from pointcloud.task import Task
from pointcloud.tiles.grid import Frame

RANDOM = np.random.default_rng(11)


def test_circumradius():
    vertices = np.array([[0, 0, 0], [3, 0, 0], [0, 4, 9], [6, 0, 0]], dtype=float)
    assert circumradius(vertices, np.array([[0, 1, 2], [0, 1, 3]])) == pytest.approx([2.5, np.inf])


@pytest.mark.parametrize("cell", [0.5, 3.0])
def test_heights_are_those_of_a_reference_triangulation(cell):
    xy = RANDOM.uniform((500_000, 3_400_000), (500_060, 3_400_040), (800, 2))
    z = np.hypot(*(xy - xy[0]).T)
    frame = Frame.around((*xy.min(axis=0), *xy.max(axis=0)), cell)
    vertices, triangles = triangulate(np.column_stack([xy, z]), Task())
    heights = rasterise(vertices, triangles, frame, Task())
    x, y = np.meshgrid(*frame.centres())
    base = xy.mean(axis=0)
    expected = LinearNDInterpolator(xy - base, z)(x - base[0], y - base[1])
    both = ~np.isnan(heights) & ~np.isnan(expected)
    assert (np.isnan(heights) != np.isnan(expected)).sum() <= 2
    assert np.quantile(np.abs(heights - expected)[both], 0.999) < 1e-3


def test_square_grids_of_points_are_triangulated_alike_wherever_they_are_cut():
    """Four points on a circle everywhere: the choice of the diagonal must not depend on the window."""
    x, y = (axis.ravel().astype(float) for axis in np.meshgrid(np.arange(60), np.arange(40)))
    points = np.column_stack([x, y, RANDOM.normal(0, 1, len(x))])
    frame = Frame(0.5, 20, 20, 60, 60)
    whole = rasterise(*triangulate(points, Task()), frame, Task())
    part = points[(points[:, 0] < 50) & (points[:, 1] > 2)]
    cut = rasterise(*triangulate(part[::-1], Task()), frame, Task())
    assert np.array_equal(whole, cut)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_than_three_points(count):
    vertices, triangles = triangulate(np.zeros((count, 3)), Task())
    assert len(triangles) == 0
    assert np.isnan(rasterise(vertices, triangles, Frame(1.0, 0, 0, 3, 3), Task())).all()


def test_points_in_a_line_or_at_one_place():
    line = np.column_stack([np.arange(9.0), np.arange(9.0), np.zeros(9)])
    for points in (line, np.ones((9, 3))):
        vertices, triangles = triangulate(points, Task())
        small = triangles[circumradius(vertices, triangles) <= LARGEST_RADIUS]
        assert np.nan_to_num(rasterise(vertices, small, Frame(1.0, 0, 0, 9, 9), Task())).max() <= 1.0


def test_cell_means():
    points = np.array([[0.5, 0.5, 1.0], [0.7, 0.1, 3.0], [1.5, 0.5, 5.0], [9.0, 9.0, 9.0]])
    means = cell_means(*points.T, Frame(1.0, 0, 0, 2, 1))
    assert np.allclose(means, [[0.6, 0.3, 2.0], [1.5, 0.5, 5.0]])
    assert cell_means(*points[:0].T, Frame(1.0, 0, 0, 2, 1)).shape == (0, 3)


def test_highest_point_of_a_cell():
    xyz = np.array([[0.5, 0.5, 1.0], [0.6, 0.6, 4.0], [1.5, 1.5, -2.0]])
    grid = highest(*xyz.T, Frame(1.0, 0, 0, 2, 2))
    assert np.array_equal(grid, np.array([[np.nan, -2], [4, np.nan]], np.float32), equal_nan=True)


def test_only_small_holes_are_filled():
    grid = np.full((20, 20), 3.0, np.float32)
    grid[2:4, 2:4] = np.nan
    grid[8:18, 8:18] = np.nan
    filled = with_small_holes_filled(grid, 2)
    assert not np.isnan(filled[:8]).any()
    assert np.isnan(filled).sum() == 36
    assert np.nanmin(filled) == np.nanmax(filled) == 3.0
