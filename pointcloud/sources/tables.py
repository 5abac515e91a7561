"""Points in tables: PLY, PCD and plain text (XYZ, TXT, CSV). Read in pieces, with a first pass for number and extent.

Formats: Turk (1994), "The PLY polygon file format"; the PCD format of the Point Cloud Library, version 0.7.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import laspy
import numpy as np

from pointcloud.errors import UnusableSource
from pointcloud.sources.checks import implausible_extent
from pointcloud.sources.columns import axes_for, new_header, record_of
from pointcloud.sources.native import reading
from pointcloud.sources.source import PointSource
from pointcloud.task import Task

PIECE = 500_000  # points
_NAMES = {
    "intensity": "Intensity",
    "scalar_intensity": "Intensity",
    "red": "Red",
    "green": "Green",
    "blue": "Blue",
    "r": "Red",
    "g": "Green",
    "b": "Blue",
    "diffuse_red": "Red",
    "diffuse_green": "Green",
    "diffuse_blue": "Blue",
    "classification": "Classification",
    "scalar_classification": "Classification",
    "class": "Classification",
    "label": "Classification",
    "gps_time": "GpsTime",
    "gpstime": "GpsTime",
    "return_number": "ReturnNumber",
    "number_of_returns": "NumberOfReturns",
    "point_source_id": "PointSourceId",
    "x": "X",
    "y": "Y",
    "z": "Z",
}
_LIMITS = {"Intensity": 65535, "Classification": 255, "ReturnNumber": 15, "NumberOfReturns": 15, "PointSourceId": 65535}


class TableSource(PointSource):
    """A file with one row for each point. Rows without a coordinate (NaN) are left out and told."""

    def __init__(self, path: Path, task: Task) -> None:
        """Read the file once. Raises `UnusableSource` when it is damaged or holds no points."""
        self.path = path
        self.kind = path.suffix.lower().lstrip(".")
        self.crs = None
        self.warnings: list[str] = []
        self.count = 0
        low, high, most, lost = np.full(3, np.inf), np.full(3, -np.inf), 0.0, 0
        self._coloured = False
        for rows in self._guarded(task):
            columns, without = self._usable(rows)
            lost += without
            self.count += len(columns["X"])
            self._coloured |= "Red" in columns
            if len(columns["X"]):
                places = np.stack([columns[axis] for axis in "XYZ"])
                low, high = np.minimum(low, places.min(axis=1)), np.maximum(high, places.max(axis=1))
                if "Red" in columns:
                    most = max(most, float(np.max(columns["Red"])), float(np.max(columns["Blue"])))
        if self.count == 0:
            raise UnusableSource(f"点云文件“{path.name}”里没有点；请换一个文件")
        self._colour_factor = 257 if most <= 255 else 1
        self.bounds = (*low.tolist(), *high.tolist())  # type: ignore[assignment]
        if lost:
            self.warnings.append(f"“{path.name}”有 {lost} 个点没有有效坐标，已略过")
        if trouble := implausible_extent(self.count, self.bounds):
            self.warnings.append(f"“{path.name}”：{trouble}")

    @abstractmethod
    def rows(self) -> Iterator[Mapping[str, np.ndarray]]:
        """Pieces of the table, by the names in the file."""

    def header(self) -> laspy.LasHeader:
        low, high = np.array(self.bounds[:3]), np.array(self.bounds[3:])
        return new_header(self._coloured, axes_for(low, high), None)

    def spans(self) -> list[int]:
        return [self.count]

    def records(self, task: Task, first: int = 0, count: int | None = None) -> Iterator[Any]:  # noqa: ARG002 - one span
        header = self.header()
        if trouble := implausible_extent(self.count, self.bounds):
            raise UnusableSource(f"点云“{self.name}”的坐标不可用：{trouble}；请检查文件")
        for rows in self._guarded(task):
            columns, _ = self._usable(rows)
            if len(columns["X"]):
                task.check()
                yield record_of(self._fitting(columns), header)

    def _guarded(self, task: Task) -> Iterator[Mapping[str, np.ndarray]]:
        rows = self.rows()
        while True:
            with reading(self.path, task):
                piece = next(rows, None)
            if piece is None:
                return
            yield piece

    def _usable(self, rows: Mapping[str, np.ndarray]) -> tuple[dict[str, np.ndarray], int]:
        """Columns by the names of EPT without rows that lack a coordinate, and the number of these."""
        columns = {_NAMES[name.lower()]: values for name, values in rows.items() if name.lower() in _NAMES}
        if not {"X", "Y", "Z"} <= columns.keys():
            raise UnusableSource(f"点云文件“{self.path.name}”里没有 x、y、z 三列；请检查文件")
        if not {"Red", "Green", "Blue"} <= columns.keys():
            for name in ("Red", "Green", "Blue"):
                columns.pop(name, None)
        for axis in "XYZ":
            columns[axis] = np.asarray(columns[axis], dtype=np.float64)
        good = np.isfinite(columns["X"]) & np.isfinite(columns["Y"]) & np.isfinite(columns["Z"])
        if good.all():
            return columns, 0
        return {name: values[good] for name, values in columns.items()}, int((~good).sum())

    def _fitting(self, columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Values within what LAS holds: colours of 8 bits become 16, intensities from 0 to 1 become whole numbers."""
        result = dict(columns)
        for name in ("Red", "Green", "Blue"):
            if name in result:
                values = np.nan_to_num(result[name].astype(np.float64)) * self._colour_factor
                result[name] = np.clip(values, 0, 65535).astype(np.uint16)
        for name, limit in _LIMITS.items():
            if name in result:
                result[name] = np.clip(np.nan_to_num(result[name].astype(np.float64)), 0, limit).astype(np.uint16)
        return result


_BY_NUMBER = {
    3: ("x", "y", "z"),
    4: ("x", "y", "z", "intensity"),
    6: ("x", "y", "z", "red", "green", "blue"),
    7: ("x", "y", "z", "intensity", "red", "green", "blue"),
}


class TextSource(TableSource):
    """Numbers in columns, separated by blanks, commas or semicolons; a first line may name the columns.

    Without names: x y z, x y z intensity, x y z red green blue, x y z intensity red green blue.
    """

    def rows(self) -> Iterator[Mapping[str, np.ndarray]]:
        with self.path.open(encoding="utf-8-sig", errors="replace") as stream:
            names: tuple[str, ...] = ()
            line_number = 0
            while True:
                lines = []
                for line in stream:
                    line_number += 1
                    text = line.strip().replace(",", " ").replace(";", " ").replace("\t", " ")
                    if not text or text.startswith(("#", "//")):
                        continue
                    if not names:
                        names, is_name = self._names(text)
                        if is_name:
                            continue
                    lines.append(text)
                    if len(lines) >= PIECE:
                        break
                if not lines:
                    return
                yield self._table(lines, names, line_number)

    def _names(self, text: str) -> tuple[tuple[str, ...], bool]:
        words = text.split()
        try:
            [float(word) for word in words]
        except ValueError:
            return tuple(word.lower().strip('"') for word in words), True
        if len(words) == 1 and words[0].isdigit():  # the number of points, as some programs write first
            return (), True
        if len(words) not in _BY_NUMBER:
            raise UnusableSource(
                f"点云文件“{self.path.name}”每行有 {len(words)} 个数，不知道各是什么；请在第一行写上列名（x y z …）"
            )
        return _BY_NUMBER[len(words)], False

    def _table(self, lines: list[str], names: tuple[str, ...], last: int) -> dict[str, np.ndarray]:
        try:
            table = np.loadtxt(lines, dtype=np.float64, ndmin=2)
        except ValueError as error:
            raise UnusableSource(
                f"点云文件“{self.path.name}”在第 {last} 行之前有不是数的内容或列数不同的行；请检查文件",
                detail=str(error),
            ) from error
        if table.shape[1] != len(names):
            raise UnusableSource(f"点云文件“{self.path.name}”有 {len(names)} 个列名，每行却有 {table.shape[1]} 个数")
        return dict(zip(names, table.T))
