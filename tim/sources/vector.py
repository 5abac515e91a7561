"""Vector layers of any OGR source as plain arrays. Inputs are never changed and get no side files."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyogrio.raw
import pyproj
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FieldError, GeometryError

from pointcloud.task import Task
from tim.errors import UnusableInput, UsageError
from tim.sources.crs import describe, horizontal, same_horizontal
from tim.sources.curves import curved_features
from tim.sources.near import Near, read_near
from tim.sources.text import BYTES, decode_columns, needs_decoding

_READ_SECONDS = 600.0
_STRAIGHTEN = "曲线读成折线会改变面积，请先按成果要求的精度打散为折线再用"
_SQLITE_MAGIC = b"SQLite format 3\x00"
_ROUGH_METRES = 0.1


@dataclass(frozen=True)
class VectorLayer:
    """A layer in memory.

    `columns`: field name → array (text as object with None, numbers, datetime64). `geometry`: shapely array (n,), None
    where a feature has none, x = east, y = north. `fids`: (n,) feature ids of the source. `notes` tells in Chinese what
    reading did (reprojection, encoding).
    """

    name: str
    columns: dict[str, np.ndarray]
    geometry: np.ndarray
    crs: pyproj.CRS | None
    path: Path
    fids: np.ndarray
    notes: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.geometry)


def split_spec(spec: str | Path) -> tuple[Path, str | None]:
    """`file` or `file|layername=x` → path and layer name. Raises `UsageError` when the file is missing."""
    text = str(spec)
    if Path(text).exists():
        return Path(text), None
    pieces = text.split("|")  # names of files may hold bars, too: the longest one that exists counts
    ends = [end for end in range(len(pieces), 0, -1) if Path("|".join(pieces[:end])).exists()]
    end = ends[0] if ends else 1
    path, options, layer = Path("|".join(pieces[:end])), pieces[end:], None
    for option in options:
        key, _, value = option.partition("=")
        if key.strip().lower() != "layername" or not value:
            raise UsageError(f"数据源“{text}”写法不对；应为 文件 或 文件|layername=图层名")
        layer = value
    if not path.exists():
        raise UsageError(f"找不到文件“{path}”；请检查路径")
    return path, layer


def list_layers(path: str | Path) -> list[tuple[str, str | None]]:
    """Names and geometry types (None for plain tables) of a source. Raises `UnusableInput`."""
    with _untouched(Path(path)) as readable, _told(Path(path)):
        return [(str(name), kind if kind is None else str(kind)) for name, kind in pyogrio.list_layers(readable)]


def layer_crs(spec: str | Path) -> pyproj.CRS | None:
    """The CRS of a layer, without reading its features. Raises what `read_layer` raises."""
    path, layer = split_spec(spec)
    with _untouched(path) as readable, _told(path):
        crs = pyogrio.read_info(readable, layer=_choose_layer(path, readable, layer))["crs"]
    return pyproj.CRS.from_user_input(crs) if crs else None


def read_layer(
    spec: str | Path,
    *,
    target_crs: pyproj.CRS | None = None,
    columns: Sequence[str] | None = None,
    near: Near | None = None,
    encoding: str | None = None,
    curves: bool = False,
    task: Task | None = None,
) -> VectorLayer:
    """Read a layer, reprojected to `target_crs` when given.

    A source with several geometry layers needs `|layername=`. `columns` limits the fields read, `near` the features
    where the source has a spatial index, `encoding` is that of a shapefile's texts where the caller knows it. Layers
    with arcs, which are read as straight edges with another area, are refused unless `curves` allows that.
    Raises `UsageError` for a missing file, layer or field, `UnusableInput` for files that are no vector data, or that
    carry no CRS when `target_crs` asks for one.
    """
    path, layer = split_spec(spec)
    task = task or Task()
    with task.watch(_READ_SECONDS, f"读取 {path.name}"), _untouched(path) as readable, _told(path):
        name = _choose_layer(path, readable, layer)
        if not curves:
            _refuse_curves(path, readable, name)
        found = _read(readable, name, columns, near)
    result = _vector_layer(path, name, columns, found, encoding)
    return result if target_crs is None else reproject(result, target_crs)


def measure_in_pieces(spec: str | Path) -> tuple[int, tuple[float, ...]]:
    """How many features a layer has that `read_pieces` can read, and its extent in its own CRS (west, south, …).

    No features are told where the format has no quick way to skip some.
    """
    path, layer = split_spec(spec)
    if path.suffix.lower() not in (".gpkg", ".fgb"):
        return 0, ()
    with _untouched(path) as readable, _told(path):
        name = _choose_layer(path, readable, layer)
        info = pyogrio.read_info(readable, layer=name, force_feature_count=True, force_total_bounds=True)
        return max(0, int(info["features"])), tuple(info["total_bounds"] or ())


def read_pieces(
    spec: str | Path, size: int, task: Task | None = None, *, curves: bool = False
) -> Iterator[VectorLayer]:
    """Read a layer `size` features at a time, one piece at least. Arcs and errors are those of `read_layer`."""
    path, layer = split_spec(spec)
    task = task or Task()
    with _untouched(path) as readable:
        with _told(path):
            name = _choose_layer(path, readable, layer)
            if not curves:
                _refuse_curves(path, readable, name)
        start, more = 0, True
        while more:
            with task.watch(_READ_SECONDS, f"读取 {path.name}"), _told(path):
                found = pyogrio.raw.read(readable, layer=name, skip_features=start, max_features=size, return_fids=True)
            more = len(found[1]) == size
            if len(found[1]) or not start:
                yield _vector_layer(path, name, None, found)
            start += size


def _vector_layer(
    path: Path, name: str, columns: Sequence[str] | None, found: Any, encoding: str | None = None
) -> VectorLayer:
    """A layer from what OGR read of it."""
    meta, fids, wkb, values = found
    texts, notes = decode_columns(path, list(meta["fields"]), list(values), encoding)
    if columns is not None:
        _require(columns, list(texts), name)
        texts = {column: texts[column] for column in columns}
    geometry = np.full(len(fids), None) if wkb is None else shapely.from_wkb(wkb, on_invalid="fix")
    _require_finite(geometry, fids, f"“{path.name}”的图层“{name}”")
    crs = pyproj.CRS.from_user_input(meta["crs"]) if meta["crs"] else None
    return VectorLayer(name, texts, geometry, crs, path, fids, tuple(notes))


def reproject(layer: VectorLayer, target: pyproj.CRS) -> VectorLayer:
    """The layer in another CRS (heights stay as they are). Raises `UnusableInput` when the layer has no CRS."""
    if layer.crs is None:
        raise UnusableInput(f"“{layer.path.name}”的图层“{layer.name}”没有坐标系，无法对齐；请先为它定义坐标系")
    if same_horizontal(layer.crs, target):
        return layer
    transformer = pyproj.Transformer.from_crs(horizontal(layer.crs), horizontal(target), always_xy=True)
    geometry = layer.geometry.copy()
    for chosen, solid in ((shapely.has_z(geometry), True), (~shapely.has_z(geometry), False)):
        geometry[chosen] = shapely.transform(
            geometry[chosen], lambda x, y, *z: (*transformer.transform(x, y), *z), include_z=solid, interleaved=False
        )
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        ways = f"从 {describe(layer.crs)} 转换到 {describe(target)}"
        raise UnusableInput(f"“{layer.path.name}”有坐标无法{ways}；请检查它的坐标系")
    note = f"“{layer.path.name}”已从 {describe(layer.crs)} 转换到 {describe(target)}"
    accuracy = transformer.accuracy
    if accuracy is None or accuracy < 0:
        note += "（转换精度不明）"
    elif accuracy > _ROUGH_METRES:
        note += f"（转换精度约 {accuracy:g} 米）"
    return VectorLayer(layer.name, layer.columns, geometry, target, layer.path, layer.fids, (*layer.notes, note))


def _refuse_curves(path: Path, readable: Path, layer: str) -> None:
    fids, kinds = curved_features(readable, layer)
    if len(fids):
        told = f"有 {len(fids)} 个真曲线（第 {fids[0]} 号要素，{kinds[0]}）"
        raise UnusableInput(f"“{path.name}”的图层“{layer}”{told}；{_STRAIGHTEN}")


def _require_finite(geometry: np.ndarray, fids: np.ndarray, where: str) -> None:
    """Raise `UnusableInput` for coordinates that are no numbers, which no operation on shapes survives."""
    places, owners = shapely.get_coordinates(geometry, return_index=True)
    wrong = ~np.isfinite(places).all(axis=1)
    if wrong.any():
        raise UnusableInput(f"{where}的第 {fids[owners[wrong][0]]} 号要素有坐标不是有效数值；请修复数据")


def _read(
    path: Path, layer: str, columns: Sequence[str] | None, near: Near | None
) -> tuple[dict[str, Any], np.ndarray, Any, Any]:
    options: dict[str, Any] = {"columns": columns}
    if needs_decoding(path):  # names of fields are not known yet: all are read, byte by byte
        options = {"encoding": BYTES}
    elif columns is not None:
        _require(columns, list(pyogrio.read_info(path, layer=layer)["fields"]), layer)
    found = read_near(path, layer, near, options) if near else None
    return found or pyogrio.raw.read(path, layer=layer, return_fids=True, **options)


def _require(columns: Sequence[str], available: Sequence[str], layer: str) -> None:
    missing = [column for column in columns if column not in available]
    if missing:
        raise UsageError(f"图层“{layer}”没有字段“{'、'.join(missing)}”；它的字段有：{'、'.join(available) or '无'}")


def _choose_layer(path: Path, readable: Path, layer: str | None) -> str:
    layers = pyogrio.list_layers(readable)
    names = [str(name) for name, _ in layers]
    if layer is not None:
        if layer not in names:
            raise UsageError(f"“{path.name}”里没有图层“{layer}”；它的图层有：{'、'.join(names) or '无'}")
        return layer
    spatial = [str(name) for name, kind in layers if kind is not None] or names
    if not spatial:
        raise UnusableInput(f"“{path.name}”里没有矢量图层")
    if len(spatial) > 1:
        raise UsageError(f"“{path.name}”有多个图层：{'、'.join(spatial)}；请写成 {path.name}|layername=图层名")
    return spatial[0]


@contextmanager
def _untouched(path: Path) -> Iterator[Path]:
    """A path that can be opened without leaving side files beside the user's file.

    SQLite files with a write-ahead log or a journal, and GML (its driver writes .gfs), are copied to a temporary
    folder first.
    """
    if not path.exists():
        raise UsageError(f"找不到文件“{path}”；请检查路径")
    if path.is_file() and path.stat().st_size == 0:
        raise UnusableInput(f"文件“{path.name}”是空的（0 字节）")
    companions = _companions(path)
    if companions is None:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="tim-") as folder:
        for file in (path, *companions):
            shutil.copyfile(file, Path(folder) / file.name)
        yield Path(folder) / path.name


def _companions(path: Path) -> list[Path] | None:
    """Files to copy with `path` before it is opened; None when it can be opened in place."""
    if not path.is_file():
        return None
    with path.open("rb") as stream:
        head = stream.read(20)
    if head.startswith(_SQLITE_MAGIC):
        beside = [Path(f"{path}{suffix}") for suffix in ("-wal", "-journal")]
        existing = [file for file in beside if file.exists()]
        write_ahead = len(head) == 20 and 2 in head[18:20]
        return existing if existing or write_ahead else None
    if path.suffix.lower() in (".gml", ".xml"):
        return [file for file in (path.with_suffix(".xsd"),) if file.exists()]
    return None


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn errors of the reading library into words."""
    try:
        yield
    except (DataSourceError, DataLayerError, FieldError, GeometryError, sqlite3.Error) as error:
        message = f"不能把“{path.name}”当作矢量数据读取；文件损坏或不是矢量格式"
        if isinstance(error, GeometryError):
            message = f"“{path.name}”的图形类型读不了，多半是真曲线；{_STRAIGHTEN}"
        raise UnusableInput(message, detail=str(error)) from error
