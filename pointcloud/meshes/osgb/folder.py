"""A folder of OSGB tiles as photogrammetry delivers it: `Data/Tile_*/Tile_*.osgb` with levels, `metadata.xml`."""

from __future__ import annotations

import os
import re
from collections import OrderedDict
from pathlib import Path

from pointcloud.errors import UnusableSource
from pointcloud.meshes.dataset import MeshDataset, Tile
from pointcloud.meshes.mesh import Mesh
from pointcloud.meshes.metadata import read_metadata
from pointcloud.meshes.osgb.scene import OsgbFile, read_osgb
from pointcloud.task import Task

_CLIMB = 3  # folders above the tiles in which metadata.xml is looked for
_PIXELS = 16.0  # the error on the screen at which 3D Tiles viewers refine by default
_KEPT = 2  # files that stay in memory
_DEEPEST = 60  # levels; real ones have some ten


def open_osgb(path: Path, task: Task) -> MeshDataset:
    """Open one file, a `Data` folder or the folder above it; every file is read once.

    Children that are missing or damaged are named, and the coarser level stands in for them. Raises `UnusableSource`
    when there is nothing to read.
    """
    base = path if path.is_dir() else path.parent
    dataset = MeshDataset(path, "osgb")
    _georeference(dataset, base)
    scan = _Scan(dataset, base, task)
    if path.is_file():
        scan.tree(path, 0)
        return scan.finished()
    folders = _folders(base)
    if not folders:
        raise UnusableSource(f"文件夹“{path}”里没有 OSGB 文件；请选择含 Data 的文件夹或 Data 本身")
    for number, folder in enumerate(folders):
        task.progress(number / len(folders), "读取 OSGB")
        scan.folder(folder)
    return scan.finished()


def _folders(base: Path) -> list[Path]:
    """The folders under `base` that hold OSGB files."""
    found = []
    for parent, folders, names in os.walk(base):
        folders.sort()
        if any(name.lower().endswith(".osgb") for name in names):
            found.append(Path(parent))
    return found


def _georeference(dataset: MeshDataset, base: Path) -> None:
    """The nearest `metadata.xml`: in the folder, in one above, or beside `Data`."""
    places = [base, *base.parents[:_CLIMB]]
    found = [place / "metadata.xml" for place in places if (place / "metadata.xml").is_file()]
    if not found:
        below = base / "Data" / "metadata.xml"
        found = [below] if below.is_file() else []
    if not found:
        dataset.warnings.append("没有找到 metadata.xml：模型没有坐标系，只能按局部坐标使用")
        return
    metadata = read_metadata(found[0])
    dataset.georeference = metadata.georeference
    dataset.warnings += metadata.warnings
    inner = base / "Data" / "metadata.xml"
    if inner.is_file() and inner != found[0] and inner.read_bytes() != found[0].read_bytes():
        dataset.warnings.append("文件夹里和 Data 里的 metadata.xml 不同，采用了外面的一个；请核实")


class _Scan:
    def __init__(self, dataset: MeshDataset, base: Path, task: Task) -> None:
        self.dataset, self.base, self.task = dataset, base, task
        self._seen: set[Path] = set()
        self._kept: OrderedDict[Path, OsgbFile] = OrderedDict()
        self._first_error: UnusableSource | None = None

    def folder(self, folder: Path) -> None:
        """The trees of one folder: of the file with the folder's name, and of every file that no other refers to."""
        files = sorted(entry for entry in folder.iterdir() if entry.suffix.lower() == ".osgb")
        named = [entry for entry in files if entry.stem.lower() == folder.name.lower()]
        for entry in named:
            self.tree(entry, 0)
        left = [entry for entry in files if entry.resolve() not in self._seen]
        if named and left:
            self.dataset.warnings.append(f"“{folder.name}”里有 {len(left)} 个文件没有被上级引用，未计入")
            return
        referred = set()
        for entry in left:
            file = self._read(entry)
            referred |= {self._find(entry, name) for name in file.children} if file else set()
        for entry in left:
            if entry.resolve() not in referred:
                self.tree(entry, 0)

    def tree(self, path: Path, level: int) -> None:
        self.dataset.roots += self._tiles(path, level)

    def finished(self) -> MeshDataset:
        dataset = self.dataset
        if not dataset.roots and self._first_error is not None:
            raise self._first_error
        for name in dataset.damaged:
            dataset.warnings.append(f"OSGB 文件“{name}”损坏，没有读入")
        if dataset.missing:
            dataset.warnings.append(
                f"缺少 {len(dataset.missing)} 个被引用的文件（如“{dataset.missing[0]}”），该处用上一级代替"
            )
        for root in dataset.roots:
            _settle_errors(root)
        return dataset

    def _tiles(self, path: Path, level: int) -> list[Tile]:
        """A tile for each part of a file, with those of its children."""
        self.task.check()
        place = path.resolve()
        if level > _DEEPEST:
            raise UnusableSource(f"“{path.name}”一带的层级超过 {_DEEPEST} 级，不像真实的成果；请检查数据")
        if place in self._seen:
            self.dataset.warnings.append(f"“{path.name}”被引用多次，只计入一次")
            return []
        self._seen.add(place)
        file = self._read(path)
        if file is None:
            return []
        self.dataset.files += 1
        self.dataset.warnings += file.warnings
        label = match[1] if (match := re.search(r"_(L\d+)_", path.name)) else ""
        tiles = []
        for number, part in enumerate(file.parts):
            if not part.meshes and not part.children:
                continue
            tile = Tile(path.stem, level, _Loader(self, path, number), label=label)
            tile.measure(part.meshes)
            tile.error = _error(part.radius, part.pixels)
            tiles.append((tile, part.children))
        for tile, names in tiles:
            tile.children = self._children(path, names, level + 1)
        if len(tiles) > 1:
            for number, (tile, _) in enumerate(tiles):
                tile.name += f"_{number}"
        return [tile for tile, _ in tiles]

    def _children(self, path: Path, names: list[str], level: int) -> list[Tile]:
        """The tiles of the files of one part; none when one of them is missing, so that no hole appears."""
        places = [(name, self._find(path, name)) for name in names]
        gone = [name for name, place in places if place is None]
        if gone:
            self.dataset.missing += [name for name in gone if name not in self.dataset.missing]
            return []
        return [tile for _, place in places if place is not None for tile in self._tiles(place, level)]

    def _find(self, path: Path, name: str) -> Path | None:
        """The file that a reference means; nothing outside of the data is opened, whatever the name says."""
        for candidate in (path.parent / name, path.parent / Path(name).name):
            place = candidate.resolve()
            if place.is_relative_to(self.base.resolve()) and place.is_file():
                return place
        return None

    def _read(self, path: Path) -> OsgbFile | None:
        try:
            return self.file(path)
        except UnusableSource as error:
            self._first_error = self._first_error or error
            if path.name not in self.dataset.damaged:
                self.dataset.damaged.append(path.name)
            return None

    def file(self, path: Path) -> OsgbFile:
        """A file; the last few stay in memory."""
        place = path.resolve()
        if place not in self._kept:
            self._kept[place] = read_osgb(path)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return self._kept[place]


class _Loader:
    """Gives the meshes of one part of a file."""

    def __init__(self, scan: _Scan, path: Path, part: int) -> None:
        self.scan, self.path, self.part = scan, path, part

    def __call__(self) -> list[Mesh]:
        return self.scan.file(self.path).parts[self.part].meshes


def _error(radius: float, pixels: float) -> float:
    """The geometric error that lets a viewer of 3D Tiles refine where OpenSceneGraph would.

    A sphere of this radius is `pixels` wide on the screen where an error e shows as e / (2 · radius) · pixels; viewers
    refine when that passes 16 pixels.
    """
    return _PIXELS * 2.0 * radius / pixels if pixels > 0 else 0.0


def _settle_errors(tile: Tile) -> float:
    """Errors that never grow towards the finer levels; 0 at the finest, a share of the size where none is stated."""
    below = max((_settle_errors(child) for child in tile.children), default=0.0)
    if not tile.children:
        tile.error = 0.0
        return 0.0
    if tile.error <= below:
        size = float((tile.box[1] - tile.box[0]).max()) if tile.box is not None else 0.0
        tile.error = max(2.0 * below, size / 64.0)
    return tile.error
