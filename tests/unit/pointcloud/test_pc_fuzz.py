"""A sample of the fuzz run of the benchmarks: damaged files of every format are read or told."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from benchmarks.points_fuzz import read, run
from pointcloud.errors import UnusableSource
from pointcloud.sources import open_sources
from pointcloud.steps import StepOptions, label, start
from pointcloud.task import Task


def test_damaged_files_are_read_or_told():
    assert set(run(165, seed=3)) <= {"read", "told"}


def test_chunks_that_would_take_all_memory_are_refused(tmp_path, write_las):
    """Found by the run: 2 thousand million points a chunk; the decompressor ends the process when memory is refused."""
    path = write_las(tmp_path / "a.laz", np.random.default_rng(1).uniform(0, 9, (500, 3)), crs=None, point_format=1)
    data = bytearray(path.read_bytes())
    at = data.index(b"laszip encoded") - 2 + 54 + 12
    data[at : at + 4] = struct.pack("<I", 0x7F7F7F7F)
    path.write_bytes(data)
    assert read(path) == "told"


@pytest.mark.parametrize("count", [1, 3, 9])
def test_a_few_points_are_too_few_for_a_terrain(tmp_path, write_las, count):
    path = write_las(tmp_path / "a.laz", np.random.default_rng(1).uniform(0, 50, (count, 3)))
    with pytest.raises(UnusableSource, match=f"只有 {count} 个可用的点"):
        start(open_sources([path], Task()), StepOptions(), tmp_path / "s", Task())


def labelled(path, scratch):
    begun = start(open_sources([path], Task()), StepOptions(ground="smrf"), scratch, Task())
    counts, _ = label(begun.plan, Task())
    return sum(count.ground for count in counts), sum(count.noise for count in counts)


def test_odd_clouds_are_labelled(tmp_path, write_las):
    random = np.random.default_rng(4)
    flat = random.uniform((500_000, 3_400_000, 9.98), (500_080, 3_400_060, 10.02), (20_000, 3))
    ground, noise = labelled(write_las(tmp_path / "plain.laz", flat), tmp_path / "1")
    assert (ground, noise) == (20_000, 0)
    far = np.concatenate([flat, [[510_000, 3_400_000, 10], [500_030, 3_410_000, 5]]])
    ground, noise = labelled(write_las(tmp_path / "far.laz", far), tmp_path / "2")
    assert (ground, noise) == (20_000, 2)
    twice = np.concatenate([flat, flat])
    assert labelled(write_las(tmp_path / "twice.laz", twice), tmp_path / "3") == (40_000, 0)
    heap = np.tile([[500_001.0, 3_400_001.0, 7.0]], (500, 1))
    assert labelled(write_las(tmp_path / "heap.laz", heap), tmp_path / "4") == (500, 0)


def test_feet_give_the_same_ground(tmp_path, write_las):
    """The scene of a block on a plane, in metres and in US survey feet."""
    random = np.random.default_rng(5)
    xyz = random.uniform((300_000, 60_000, 9.98), (300_080, 60_060, 10.02), (20_000, 3))
    xyz[(np.abs(xyz[:, 0] - 300_040) < 8) & (np.abs(xyz[:, 1] - 60_030) < 8), 2] += 6
    metres = labelled(write_las(tmp_path / "m.laz", xyz, crs="EPSG:32618"), tmp_path / "1")
    feet = labelled(write_las(tmp_path / "ft.laz", xyz * 3937 / 1200, crs="EPSG:2263"), tmp_path / "2")
    assert metres[0] == pytest.approx(feet[0], rel=1e-3) and metres[1] == feet[1] == 0
