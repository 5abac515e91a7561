"""From what a user names — files, folders, EPT — to sources."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from pointcloud.errors import UnusableSource
from pointcloud.sources.binary_tables import PcdSource, PlySource
from pointcloud.sources.ept import EptSource
from pointcloud.sources.las import LasSource
from pointcloud.sources.source import PointSource
from pointcloud.sources.tables import TextSource
from pointcloud.task import Task

SUFFIXES = (".las", ".laz")  # what folders are searched for; tables only where they are named
_TABLES: dict[str, type[PlySource] | type[PcdSource] | type[TextSource]] = {
    ".ply": PlySource,
    ".pcd": PcdSource,
    ".xyz": TextSource,
    ".txt": TextSource,
    ".csv": TextSource,
}


def open_sources(paths: Iterable[str | Path], task: Task) -> list[PointSource]:
    """Open every LAS, LAZ, COPC and EPT that `paths` name; folders are searched with their subfolders.

    Headers are checked, points are not read. Raises `UnusableSource`, naming the file, for what is missing, empty,
    damaged or of another format. A file that is named twice counts once.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        for place in _find(Path(path)):
            found.setdefault(place.resolve(), place)
    if not found:
        raise UnusableSource("没有给出点云；请给出 LAS/LAZ/COPC 文件、EPT 目录或装有它们的文件夹")
    sources = []
    for place in found.values():
        task.check()
        sources.append(_open(place, task))
    for source in sources:
        for warning in source.warnings:
            task.warn(warning)
    return sources


def _open(place: Path, task: Task) -> PointSource:
    if place.is_dir():
        return EptSource(place, task)
    table = _TABLES.get(place.suffix.lower())
    return LasSource(place, task) if table is None else table(place, task)


def _find(path: Path) -> list[Path]:
    """The files and EPT folders under `path`, in the order of their names."""
    if path.is_dir():
        places = [path] if (path / "ept.json").is_file() else sorted(_walk(path))
        if not places:
            raise UnusableSource(f"文件夹“{path}”里没有点云（LAS、LAZ、COPC 或 EPT）；请检查路径")
        return places
    if not path.exists():
        raise UnusableSource(f"点云“{path}”不存在；请检查路径")
    if path.name == "ept.json":
        return [path.parent]
    if path.suffix.lower() not in (*SUFFIXES, *_TABLES):
        raise UnusableSource(f"“{path.name}”不是支持的点云格式；请用 LAS、LAZ、COPC、PLY、PCD、XYZ 文件或 EPT 目录")
    return [path]


def _walk(folder: Path) -> Iterable[Path]:
    for parent, folders, names in os.walk(folder):
        if "ept.json" in names:
            folders.clear()
            yield Path(parent)
            continue
        yield from (Path(parent, name) for name in names if name.lower().endswith(SUFFIXES))
