"""What every source of points offers, whatever its format."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from pointcloud.sources.units import unit_factors
from pointcloud.task import Task

CHUNK_POINTS = 1_000_000
SPAN_POINTS = 8_000_000  # whole chunks of LAZ (50,000 points)
READ_SECONDS = 10.0
_DIGEST_BLOCK = 1 << 24


@dataclass
class Points:
    """Points as parallel arrays of one length.

    `x`, `y`, `z`: float64 in the units of the source. `classification`, `return_number`, `number_of_returns`: uint8;
    `intensity`, `source_id`: uint16. `withheld`: bool, points that the producer marked as not to be used.
    """

    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    classification: np.ndarray
    return_number: np.ndarray
    number_of_returns: np.ndarray
    intensity: np.ndarray
    source_id: np.ndarray
    withheld: np.ndarray

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: Any) -> Points:
        return Points(*(getattr(self, field.name)[index] for field in fields(self)))


class PointSource(ABC):
    """One file or one EPT whose header has been checked; the points are not read yet.

    `kind` is "las", "laz", "copc" or "ept"; `count` the number of points; `bounds` is
    (xmin, ymin, zmin, xmax, ymax, zmax) in source units; `crs` a `pyproj.CRS`, or None where the source states none.
    `warnings` are Chinese sentences about oddities that do not hinder reading.
    """

    kind: str
    path: Path
    count: int
    bounds: tuple[float, float, float, float, float, float]
    crs: Any
    warnings: list[str]

    @property
    def name(self) -> str:
        """The name that people know this source by."""
        return self.path.name

    @property
    def xy_unit_factor(self) -> float:
        """Metres in one unit of x and y; 1 where the source states no CRS."""
        return unit_factors(self.crs)[0]

    @property
    def z_unit_factor(self) -> float:
        """Metres in one unit of z; 1 where the source states no CRS."""
        return unit_factors(self.crs)[1]

    @abstractmethod
    def header(self) -> Any:
        """The `laspy.LasHeader` of `records()`; a new one at every call."""

    @abstractmethod
    def records(self, task: Task, first: int = 0, count: int | None = None) -> Iterator[Any]:
        """Points `first` … `first + count` in pieces of at most some million, as laspy point records.

        `first` and `count` are sums of `spans()`. Raises `UnusableSource` when the file turns out damaged.
        """

    def chunks(self, task: Task, first: int = 0, count: int | None = None) -> Iterator[Points]:
        """The same as columns; all points by default."""
        for record in self.records(task, first, count):
            yield as_points(record)

    def spans(self) -> list[int]:
        """Numbers of points, in order, between which reading may start."""
        return [min(SPAN_POINTS, self.count - first) for first in range(0, self.count, SPAN_POINTS)]

    def files(self) -> list[Path]:
        """The files this source consists of."""
        return [self.path]

    def digest_files(self) -> list[Path]:
        """The files whose content identifies this source."""
        return [self.path]

    def digest(self, task: Task | None = None) -> str:
        """SHA-256 (hex) of `digest_files()` in their order."""
        result = hashlib.sha256()
        for path in self.digest_files():
            with path.open("rb") as stream:
                while block := stream.read(_DIGEST_BLOCK):
                    result.update(block)
                    if task is not None:
                        task.check()
        return result.hexdigest()


def as_points(record: Any) -> Points:
    """The columns of a laspy point record."""
    return Points(
        np.asarray(record.x, dtype=np.float64),
        np.asarray(record.y, dtype=np.float64),
        np.asarray(record.z, dtype=np.float64),
        np.asarray(record.classification, dtype=np.uint8),
        np.asarray(record.return_number, dtype=np.uint8),
        np.asarray(record.number_of_returns, dtype=np.uint8),
        np.asarray(record.intensity, dtype=np.uint16),
        np.asarray(record.point_source_id, dtype=np.uint16),
        np.asarray(record.withheld, dtype=bool),
    )


def fits_32_bits(low: np.ndarray, high: np.ndarray, scales: np.ndarray, offsets: np.ndarray) -> bool:
    """Whether coordinates from `low` to `high` can be written as whole numbers of 32 bits."""
    return bool((np.maximum(np.abs(low - offsets), np.abs(high - offsets)) / scales < 2**31 - 1).all())
