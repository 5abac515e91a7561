"""Entwine Point Tiles: a folder with ept.json, a hierarchy and data in LAZ or binary nodes.

Format: Entwine Point Tile specification 1.0 and 1.1 (entwine.io).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import laspy
import numpy as np

from pointcloud.errors import UnusableSource
from pointcloud.sources.checks import check_las, implausible_extent
from pointcloud.sources.columns import columns_of, new_header, record_of
from pointcloud.sources.crs import crs_of_records
from pointcloud.sources.laz import check_chunks
from pointcloud.sources.native import reading
from pointcloud.sources.source import SPAN_POINTS, PointSource
from pointcloud.task import Task

_SUFFIX = {"laszip": ".laz", "binary": ".bin"}
_TYPES = {"signed": "i", "unsigned": "u", "float": "f"}
_MOST_HIERARCHY_FILES = 1_000_000


class EptSource(PointSource):
    """One EPT folder. `path` is the folder."""

    kind = "ept"

    def __init__(self, folder: Path, task: Task) -> None:
        """Read ept.json and the hierarchy. Raises `UnusableSource` when they are damaged or data files are missing."""
        self.path = folder
        self.warnings: list[str] = []
        information = _load_json(folder / "ept.json", dict)
        try:
            self._read_information(information)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise UnusableSource(f"EPT“{folder.name}”的 ept.json 缺少必要内容（{error}）；请重新取得该数据") from error
        self._hierarchy_files: list[Path] = []
        self._nodes = self._read_hierarchy(task)
        self._check_nodes()
        if trouble := implausible_extent(self.count, self.bounds):
            self.warnings.append(f"“{self.name}”：{trouble}")

    def files(self) -> list[Path]:
        return [*self.digest_files(), *(self._data_file(key) for key in self._nodes)]

    def digest_files(self) -> list[Path]:
        """`ept.json` and the hierarchy, which holds the number of points of every node."""
        return [self.path / "ept.json", *self._hierarchy_files]

    def header(self) -> laspy.LasHeader:
        names = {item["name"] for item in self._schema}
        scales = [(float(item.get("scale", 0.001)), float(item.get("offset", 0.0))) for item in self._axes()]
        return new_header({"Red", "Green", "Blue"} <= names, scales, self.crs)

    def records(self, task: Task, first: int = 0, count: int | None = None) -> Iterator[Any]:
        header = self.header()
        wanted = self.count - first if count is None else count
        start = 0
        for key, held in self._nodes.items():
            if start >= first + wanted:
                break
            if start >= first:
                yield self._node(key, held, header, task)
            start += held

    def records_touching(self, window: tuple[float, float, float, float], task: Task) -> Iterator[Any]:
        """The records of the nodes whose cubes touch (xmin, ymin, xmax, ymax)."""
        header = self.header()
        for key, held in self._nodes.items():
            depth, column, row, _ = (int(number) for number in key.split("-"))
            edge = (self._cube[3] - self._cube[0]) / 2**depth
            left, bottom = self._cube[0] + column * edge, self._cube[1] + row * edge
            if left <= window[2] and left + edge >= window[0] and bottom <= window[3] and bottom + edge >= window[1]:
                yield self._node(key, held, header, task)

    def spans(self) -> list[int]:
        spans = [0]
        for held in self._nodes.values():
            if spans[-1] + held > SPAN_POINTS and spans[-1]:
                spans.append(0)
            spans[-1] += held
        return spans

    def _node(self, key: str, held: int, header: laspy.LasHeader, task: Task) -> Any:
        path = self._data_file(key)
        with reading(path, task):
            columns = self._read_laz(path) if self._data_type == "laszip" else self._read_binary(path)
            found = len(columns["X"])
            if found == held:
                task.check()
                return record_of(columns, header)
        raise UnusableSource(f"EPT“{self.name}”的 {path.name} 应有 {held} 个点，读到 {found} 个；数据已损坏")

    def _axes(self) -> list[dict[str, Any]]:
        by_name = {item["name"]: item for item in self._schema}
        return [by_name[axis] for axis in "XYZ"]

    def _read_information(self, information: dict[str, Any]) -> None:
        self._data_type = information["dataType"]
        if self._data_type not in _SUFFIX:
            raise UnusableSource(
                f"EPT“{self.name}”的数据类型是 {self._data_type}，只支持 laszip 和 binary；请转换后再用"
            )
        bounds = tuple(float(value) for value in information.get("boundsConforming") or information["bounds"])
        if len(bounds) != 6:
            raise ValueError("bounds")
        self.bounds = bounds  # type: ignore[assignment]
        self._cube = tuple(float(value) for value in information.get("bounds", bounds))
        self.count = int(information["points"])
        self._schema = information["schema"]
        if missing := set("XYZ") - {item["name"] for item in self._schema}:
            raise KeyError(", ".join(sorted(missing)))
        srs = information.get("srs") or {}
        records = {2112: srs["wkt"].encode()} if srs.get("wkt") else {}
        self.crs, problem = crs_of_records(records)
        if self.crs is None and not problem and srs.get("horizontal"):
            self.crs, problem = _crs_of_code(srs)
        if problem:
            self.warnings.append(f"“{self.name}”：{problem}")

    def _read_hierarchy(self, task: Task) -> dict[str, int]:
        """Number of points by node key; a count of −1 points to a further hierarchy file."""
        nodes: dict[str, int] = {}
        waiting = ["0-0-0-0"]
        while waiting:
            task.check()
            root = waiting.pop()
            path = self.path / "ept-hierarchy" / f"{root}.json"
            self._hierarchy_files.append(path)
            for key, count in _load_json(path, dict).items():
                if not isinstance(count, int) or not _is_key(key):
                    raise UnusableSource(f"EPT“{self.name}”的层次文件 {path.name} 已损坏；请重新取得该数据")
                if count > 0:
                    nodes[key] = count
                elif count == -1 and key != root and len(self._hierarchy_files) < _MOST_HIERARCHY_FILES:
                    waiting.append(key)
        return nodes

    def _check_nodes(self) -> None:
        total = sum(self._nodes.values())
        if total == 0:
            raise UnusableSource(f"EPT“{self.name}”里没有点；请换一个数据")
        if total != self.count:
            self.warnings.append(f"“{self.name}”：ept.json 写有 {self.count} 个点，层次文件里共 {total} 个，按后者处理")
            self.count = total
        missing = [key for key in self._nodes if not self._data_file(key).is_file()]
        if missing:
            raise UnusableSource(
                f"EPT“{self.name}”缺少 {len(missing)} 个数据文件（如 {self._data_file(missing[0]).name}）；请补齐后再用"
            )

    def _data_file(self, key: str) -> Path:
        return self.path / "ept-data" / (key + _SUFFIX[self._data_type])

    def _read_laz(self, path: Path) -> dict[str, np.ndarray]:
        header = check_las(path)
        with laspy.open(path) as reader:
            check_chunks(path, header, reader.header)
            return columns_of(reader.read_points(-1))

    def _read_binary(self, path: Path) -> dict[str, np.ndarray]:
        dtype = np.dtype([(item["name"], f"<{_TYPES[item['type']]}{int(item['size'])}") for item in self._schema])
        data = path.read_bytes()
        if len(data) % dtype.itemsize:
            raise ValueError("node size")
        record = np.frombuffer(data, dtype=dtype)
        columns: dict[str, np.ndarray] = {}
        for item in self._schema:
            values = record[item["name"]]
            if "scale" in item or item["name"] in "XYZ":
                values = values.astype(np.float64) * float(item.get("scale", 1.0)) + float(item.get("offset", 0.0))
            columns[item["name"]] = values
        if "ClassFlags" in columns:
            columns["Withheld"] = (columns["ClassFlags"] & 4).astype(np.uint8)
        return columns


def _load_json(path: Path, kind: type) -> Any:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnusableSource(f"不能读取“{path}”（{error.strerror}）；请检查 EPT 数据是否完整") from error
    except (ValueError, RecursionError) as error:
        raise UnusableSource(f"“{path.name}”不是有效的 JSON，EPT 数据已损坏；请重新取得该数据") from error
    if not isinstance(value, kind):
        raise UnusableSource(f"“{path.name}”的内容不符合 EPT 格式；请重新取得该数据")
    return value


def _is_key(key: str) -> bool:
    """Node keys are depth-x-y-z; anything else could lead out of the folder."""
    parts = key.split("-")
    return len(parts) == 4 and all(part.isascii() and part.isdigit() for part in parts)


def _crs_of_code(srs: dict[str, Any]) -> tuple[Any, str]:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    code = f"{srs.get('authority', 'EPSG')}:{srs['horizontal']}" + (
        f"+{srs['vertical']}" if srs.get("vertical") else ""
    )
    try:
        return CRS.from_user_input(code), ""
    except CRSError:
        return None, f"数据里的坐标系 {code} 无法识别"
