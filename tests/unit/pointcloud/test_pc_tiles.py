"""Frames, the tile store and the lattice of the whole area."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointcloud.sources.source import Points
from pointcloud.task import Task
from pointcloud.tiles.grid import Frame, Grid
from pointcloud.tiles.lattice import LatticeCounts, Occupancy
from pointcloud.tiles.runner import run_tiles
from pointcloud.tiles.store import TileStore


def as_points(xyz: np.ndarray) -> Points:
    zeros = np.zeros(len(xyz), np.uint8)
    wide = zeros.astype(np.uint16)
    return Points(*xyz.T, zeros, zeros + 1, zeros + 1, np.arange(len(xyz), dtype=np.uint16), wide, zeros.astype(bool))


@given(
    st.floats(-1e6, 1e7), st.floats(-1e6, 1e7), st.floats(0, 500), st.floats(0, 500), st.sampled_from([0.25, 0.3, 1, 5])
)
@settings(max_examples=60, deadline=None)
def test_frame_holds_what_it_is_around(x, y, width, height, cell):
    frame = Frame.around((x, y, x + width, y + height), cell)
    left, bottom, right, top = frame.bounds
    assert left <= x + 1e-6 * cell and right >= x + width - 1e-6 * cell
    assert bottom <= y + 1e-6 * cell and top >= y + height - 1e-6 * cell
    assert right - left < width + 2.01 * cell and top - bottom < height + 2.01 * cell


def test_frame_parts_and_places():
    outer, inner = Frame(2.0, 0, 0, 10, 6), Frame(2.0, 3, 1, 5, 4)
    array = np.zeros(outer.shape)
    array[inner.within(outer)] = 1
    row, column, inside = outer.locate(np.array([6.0, 9.9, 10.0, -0.1]), np.array([2.0, 7.9, 7.9, 3.0]))
    assert inside.tolist() == [True, True, True, False]
    assert array[row[:3], column[:3]].tolist() == [1, 1, 0]
    assert array.sum() == 6
    x, y = inner.centres()
    assert x.tolist() == [7.0, 9.0] and y.tolist() == [7.0, 5.0, 3.0]


def test_grid_samples_between_centres():
    grid = Grid(np.array([[0.0, 1.0], [2.0, np.nan]], dtype=np.float32), 100.0, 204.0, 2.0)
    assert grid.bounds == (100.0, 200.0, 104.0, 204.0)
    values = grid.sample(np.array([101.0, 102.0, 101.0, 103.0, 99.0]), np.array([203.0, 203.0, 202.0, 203.0, 203.0]))
    assert values[:4].tolist() == [0.0, 0.5, 1.0, 1.0] and np.isnan(values[4])
    assert np.isnan(grid.sample(np.array([103.0]), np.array([201.0])))[0]


@given(st.integers(1, 400), st.floats(3, 60), st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_store_gives_back_every_point_of_a_box_once(tmp_path_factory, count, size, seed):
    random = np.random.default_rng(seed)
    xyz = random.uniform(-100, 100, (count, 3))
    store = TileStore(tmp_path_factory.mktemp("tiles"), size)
    for number, part in enumerate(np.array_split(xyz, 3)):
        stored, order = store.write(str(number), as_points(part), 1.0, 1.0)
        assert np.array_equal(stored.z, part[order, 2])
    store.seal()
    low, high = np.sort(random.uniform(-110, 110, (2, 2)), axis=0)
    found = store.read((*low, *high))
    expected = xyz[((xyz[:, :2] >= low) & (xyz[:, :2] < high)).all(axis=1)]
    assert np.array_equal(np.sort(found["z"]), np.sort(expected[:, 2]))
    assert sum(len(store.read_tile(tile)) for tile in store.tiles()) == count
    for tile in store.tiles():
        points, bounds = store.read_tile(tile), store.bounds(tile)
        assert (points["x"] >= bounds[0]).all() and (points["x"] <= bounds[2]).all()


def test_store_scales_to_metres(tmp_path):
    store = TileStore(tmp_path, 100.0)
    store.write("0", as_points(np.array([[1000.0, 2000.0, 10.0]])), 1200 / 3937, 1200 / 3937)
    store.seal()
    (point,) = store.read((0, 0, 1e4, 1e4))
    assert (point["x"], point["y"], point["z"]) == pytest.approx((304.8006096, 609.6012192, 3.048006096))


def test_strays_are_left_out_and_holes_are_inside():
    counts = LatticeCounts(5.0)
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(0.5, 400), np.arange(0.5, 300)))
    hole = (np.abs(x - 200) < 60) & (np.abs(y - 150) < 60)
    counts.add(x[~hole], y[~hole])
    counts.add(np.array([10_000.0, -4e7]), np.array([150.0, 7.0]))
    occupancy = Occupancy.of(counts)
    assert occupancy.strays == 2
    assert occupancy.contains(np.array([10.0, 10_000.0, 200.0]), np.array([10.0, 150.0, 150.0])).tolist() == [
        True,
        False,
        False,
    ]
    assert occupancy.covers(np.array([200.0, 410.0]), np.array([150.0, 150.0])).tolist() == [True, False]
    assert occupancy.area == pytest.approx(400 * 300 - 120**2, rel=0.02)


def test_two_towns_far_apart_both_count():
    counts = LatticeCounts(5.0)
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(0.5, 60), np.arange(0.5, 60)))
    counts.add(x, y)
    counts.add(x + 5000, y)
    occupancy = Occupancy.of(counts)
    assert occupancy.strays == 0
    assert occupancy.covers(np.array([30.0, 2500.0, 5030.0]), np.full(3, 30.0)).tolist() == [True, False, True]


def test_runner_shares_progress(recorder):
    seen = run_tiles(lambda job, task: task.progress(0.5, "半") or job * 2, [1, 2], recorder, "做", [1, 3])
    assert seen == [2, 4]
    fractions = [data["fraction"] for name, data in recorder.events if name == "progress"]
    assert fractions == pytest.approx([0, 0.125, 0.25, 0.625, 1.0])
    assert run_tiles(lambda job, task: job, [], Task(), "做", []) == []
