"""Points of a part of the area: of octrees (COPC, EPT) only the nodes that the window touches are read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import laspy
import numpy as np

from pointcloud.sources.ept import EptSource
from pointcloud.sources.native import reading
from pointcloud.sources.source import PointSource
from pointcloud.task import Task

Window = tuple[float, float, float, float]


def records_in(source: PointSource, window: Window | None, task: Task) -> Iterator[Any]:
    """Point records with xmin ≤ x ≤ xmax and ymin ≤ y ≤ ymax (units of the source); all without a window."""
    if window is None:
        yield from source.records(task)
        return
    low, high = source.bounds[:2], source.bounds[3:5]
    if window[0] > high[0] or window[1] > high[1] or window[2] < low[0] or window[3] < low[1]:
        return
    if source.kind == "copc":
        records: Iterator[Any] = _copc(source, window, task)
    elif isinstance(source, EptSource):
        records = source.records_touching(window, task)
    else:
        records = source.records(task)
    for record in records:
        x, y = np.asarray(record.x), np.asarray(record.y)
        inside = (x >= window[0]) & (x <= window[2]) & (y >= window[1]) & (y <= window[3])
        if inside.any():
            yield record if inside.all() else record[inside]


def _copc(source: PointSource, window: Window, task: Task) -> Iterator[Any]:
    bounds = laspy.copc.Bounds(mins=np.array([window[0], window[1]]), maxs=np.array([window[2], window[3]]))
    with reading(source.path, task), laspy.CopcReader.open(source.path) as reader:
        record = reader.query(bounds)
    if len(record):
        yield record
