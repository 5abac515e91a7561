"""The points as they came, with new classes and how sure they are: written once, from the raw records kept on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Callable

import laspy
import numpy as np

from pointcloud.ground.choice import GROUND_CLASS
from pointcloud.ground.noise import NOISE_CLASSES
from pointcloud.plan import GROUND, NOISE, Plan
from pointcloud.sources import PointSource
from pointcloud.task import Task
from pointcloud.tiles.store import TileKey
from pointcloud.writers.header import moved, output_header

_UNCLASSIFIED = 1
_KEPT_ON_GROUND = 9  # water lies at the ground: its class tells more
_UNTOUCHED = 255
_CONFIDENCE = laspy.ExtraBytesParams("confidence", np.uint8, "ground label, percent sure")
_HEIGHT = laspy.ExtraBytesParams("height_above_ground", np.float32, "metres above the terrain")


def write_labelled(
    path: Path,
    sources: Sequence[PointSource],
    plan: Plan,
    raw: Path,
    parts: Sequence[str],
    crs: Any,
    task: Task,
    *,
    heights: bool = False,
) -> dict[int, int]:
    """Write all points of `sources`, in their order, to a LAS or LAZ file (by the suffix); points by class.

    Ground becomes class 2 (water stays 9), noise 7; points that were of class 2 or 0 and are not ground become 1; other
    classes stay. The extra dimension "confidence" holds percent, `heights` adds "height_above_ground" in metres.
    """
    header = output_header(sources, crs)
    header.add_extra_dim(_CONFIDENCE)
    if heights:
        header.add_extra_dim(_HEIGHT)
    where = _stretches(plan)
    counts = np.zeros(256, np.int64)
    headers = [source.header() for source in sources]
    with laspy.open(path, mode="w", header=header, do_compress=path.suffix.lower() == ".laz") as writer:
        for done, part in enumerate(parts):
            task.progress(done / len(parts), "写出点云")
            record = _raw_record(raw / f"{part}.raw", headers[int(part.split("_")[0])])
            labels, sure, above = _of_part(plan, raw / f"{part}.order", where.get(part, []), len(record), heights)
            result = _widened(moved(record, header), header)
            result["confidence"] = sure
            if heights:
                result["height_above_ground"] = above
            result["classification"] = _new_classes(np.asarray(record["classification"]), labels)
            counts += np.bincount(np.asarray(result["classification"]), minlength=256)
            writer.write_points(result)
    return {int(code): int(counts[code]) for code in np.flatnonzero(counts)}


def _new_classes(old: np.ndarray, labels: np.ndarray) -> np.ndarray:
    classes = old.copy()
    classes[(labels != _UNTOUCHED) & ((old == GROUND_CLASS) | (old == 0))] = _UNCLASSIFIED
    classes[(labels == GROUND) & (old != _KEPT_ON_GROUND)] = GROUND_CLASS
    classes[labels == NOISE] = NOISE_CLASSES[0]
    return classes


def _raw_record(path: Path, header: laspy.LasHeader) -> Any:
    array = np.fromfile(path, dtype=header.point_format.dtype())
    return laspy.ScaleAwarePointRecord(array, header.point_format, header.scales, header.offsets)


def _widened(record: Any, header: laspy.LasHeader) -> Any:
    """The same points in the point format of `header`, which has more extra dimensions."""
    result = laspy.ScaleAwarePointRecord.zeros(len(record), header=header)
    for name in record.array.dtype.names:
        result.array[name] = record.array[name]
    return result


def _stretches(plan: Plan) -> dict[str, list[tuple[TileKey, int, int]]]:
    """For each part: (tile, first point in the tile, points), in the order in which they lie in the part."""
    found: dict[str, list[tuple[TileKey, int, int]]] = {}
    for tile in sorted(plan.store.tiles(), key=lambda place: (place[1], place[0])):
        first = 0
        for part, count in plan.store.stretches(tile):
            found.setdefault(part, []).append((tile, first, count))
            first += count
    return found


def _of_part(
    plan: Plan, order: Path, stretches: list[tuple[TileKey, int, int]], count: int, heights: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(label, confidence, height above ground) of a part's points in their original order."""
    labels, sure = np.full(count, _UNTOUCHED, np.uint8), np.zeros(count, np.uint8)
    above = np.full(count, np.nan, np.float32)
    places = np.fromfile(order, dtype=np.uint32)
    labels[places] = _joined(plan.labels_path, stretches)
    sure[places] = _joined(plan.confidence_path, stretches)
    if heights:
        above[places] = _joined(plan.heights_path, stretches)
    return labels, sure, above


def _joined(path: Callable[[TileKey], Path], stretches: list[tuple[TileKey, int, int]]) -> np.ndarray:
    parts = [np.load(path(tile), mmap_mode="r")[first : first + count] for tile, first, count in stretches]
    return np.concatenate(parts) if parts else np.empty(0, np.uint8)
