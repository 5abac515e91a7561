"""All points classified, and written with everything else that the files hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import laspy
import numpy as np

from pointcloud.classes import codes
from pointcloud.classes.cells import find_cells
from pointcloud.classes.codes import VegetationHeights
from pointcloud.classes.points import ClassJob, classify_tile, fingerprint
from pointcloud.errors import UnusableSource
from pointcloud.ground.noise import NOISE_CLASSES
from pointcloud.sources import PointSource
from pointcloud.sources.native import reading
from pointcloud.steps import Start
from pointcloud.task import Task
from pointcloud.tiles.runner import run_tiles

CHUNK = 1_000_000


@dataclass(frozen=True)
class Classified:
    """Where the classes of the tiles are, and how many points got each class."""

    prepared: Start
    folder: Path
    counts: dict[int, int]

    def classes_of(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """The class of places in source units as read; 0 for those that were left out."""
        across, up = self.prepared.factors
        x, y, z = x * across, y * across, z * up
        size = self.prepared.plan.store.size
        column, row = np.floor(x / size).astype(np.int64), np.floor(y / size).astype(np.int64)
        result = np.zeros(len(x), np.uint8)
        names = fingerprint(x, y, z)
        tiles, tile = np.unique(np.column_stack([column, row]), axis=0, return_inverse=True)
        for number, (c, r) in enumerate(tiles.tolist()):
            path = self.folder / f"{c}_{r}.npz"
            chosen = np.flatnonzero(tile.ravel() == number)
            if path.is_file():
                known, classes = _load(path)
                at = np.searchsorted(known, names[chosen])
                found = at < len(known)
                found[found] = known[at[found]] == names[chosen][found]
                result[chosen[found]] = classes[at[found]]
        return result


@lru_cache(maxsize=8)
def _load(path: Path) -> tuple[np.ndarray, np.ndarray]:
    with np.load(path) as stored:
        return stored["names"], stored["classes"]


def classify(prepared: Start, heights: VegetationHeights, task: Task) -> Classified:
    """The class of every point; the building class of the files is not looked at."""
    plan = replace(prepared.plan, has_buildings=False)
    folder = plan.scratch / "classes"
    folder.mkdir()
    cells = find_cells(plan, task.part(0.0, 0.4))
    tiles = plan.store.tiles()
    jobs = [ClassJob(plan, tile, cells, heights, folder) for tile in tiles]
    counts = sum(run_tiles(classify_tile, jobs, task.part(0.4, 1.0), "分类点", []), np.zeros(256, np.int64))
    return Classified(prepared, folder, {int(code): int(counts[code]) for code in np.flatnonzero(counts)})


def write_classified(sources: Sequence[PointSource], classified: Classified, out: Path, task: Task) -> dict[int, int]:
    """Write the sources as one LAS or LAZ file in which only the classes are new; counts by class.

    Points that the survey left out (withheld, noise) keep the class that they had. Raises `UnusableSource` when the
    files' point formats differ or a source is no LAS file.
    """
    for source in sources:
        if source.kind == "ept":
            raise UnusableSource(f"“{source.name}”是 EPT 目录，不能带着全部属性写成 LAZ；请改用它的原始 LAS/LAZ 文件")
    counts = np.zeros(256, np.int64)
    total = sum(source.count for source in sources)
    done = 0
    with laspy.open(sources[0].path) as first:
        header = first.header
    header.vlrs = [vlr for vlr in header.vlrs if vlr.user_id not in ("copc", "laszip encoded")]
    header.evlrs = [vlr for vlr in header.evlrs or [] if vlr.user_id != "copc"]
    _check_formats(sources, header)
    with laspy.open(out, mode="w", header=header, do_compress=out.suffix.lower() == ".laz") as writer:
        for source in sources:
            with reading(source.path, task):
                reader = laspy.open(source.path)
            with reader:
                for _ in range(0, source.count, CHUNK):
                    with reading(source.path, task):
                        points = reader.read_points(min(CHUNK, source.count))
                    counts += _renew(points, classified)
                    if not _same_scale(points, header):
                        points.change_scaling(header.scales, header.offsets)
                    writer.write_points(points)
                    done += len(points)
                    task.progress(done / total, "写出点云")
    return {int(code): int(counts[code]) for code in np.flatnonzero(counts)}


def _renew(points: Any, classified: Classified) -> np.ndarray:
    """Set the classes of a record; counts (256,) by class."""
    old = np.asarray(points.classification, np.uint8)
    found = classified.classes_of(*(np.asarray(points[axis], np.float64) for axis in "xyz"))
    kept = (found == 0) | np.isin(old, NOISE_CLASSES)
    new = np.where(kept, old, found).astype(np.uint8)
    points.classification = new
    return np.bincount(new, minlength=256)


def _check_formats(sources: Sequence[PointSource], header: Any) -> None:
    for source in sources[1:]:
        with laspy.open(source.path) as other:
            if other.header.point_format != header.point_format:
                raise UnusableSource(f"“{source.name}”与“{sources[0].name}”的点格式不同，不能写成一个文件；请分别处理")


def _same_scale(points: Any, header: Any) -> bool:
    return bool(np.array_equal(points.scales, header.scales) and np.array_equal(points.offsets, header.offsets))


__all__ = ["Classified", "classify", "codes", "write_classified"]
