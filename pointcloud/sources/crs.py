"""The coordinate reference system that a LAS header states, as WKT or as GeoTIFF keys."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pointcloud.errors import UnusableSource
from pointcloud.sources.units import horizontal_part

if TYPE_CHECKING:
    from pointcloud.sources.source import PointSource

_WKT_RECORD, _KEYS_RECORD, _DOUBLES_RECORD, _ASCII_RECORD = 2112, 34735, 34736, 34737


def crs_of_records(records: dict[int, bytes]) -> tuple[Any, str]:
    """(`pyproj.CRS` or None, why a stated one could not be used) from the LASF_Projection records by their number.

    WKT goes before GeoTIFF keys, as LAS 1.4 demands.
    """
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    text = records.get(_WKT_RECORD, b"").split(b"\0")[0].decode("utf-8", "replace").strip()
    if text:
        try:
            return CRS.from_wkt(text), ""
        except CRSError:
            return None, "文件里的坐标系（WKT）无法识别"
    if _KEYS_RECORD in records:
        return _crs_of_keys(records)
    return None, ""


def _crs_of_keys(records: dict[int, bytes]) -> tuple[Any, str]:
    numbers = (_KEYS_RECORD, _DOUBLES_RECORD, _ASCII_RECORD)
    return _crs_of_packed(tuple((number, records[number]) for number in numbers if number in records))


@lru_cache(maxsize=64)
def _crs_of_packed(packed: tuple[tuple[int, bytes], ...]) -> tuple[Any, str]:
    """Let GDAL read the GeoTIFF keys, in a one-pixel TIFF made for them: it knows user-defined projections as well."""
    import rasterio
    from pyproj import CRS
    from pyproj.exceptions import CRSError
    from rasterio.errors import RasterioError

    unusable = (None, "文件里的坐标系（GeoTIFF 键）无法识别")
    try:
        image = rasterio.MemoryFile(_tiff_with_keys(dict(packed)))
        with rasterio.Env(GTIFF_REPORT_COMPD_CS=True), image, image.open() as opened:
            wkt = opened.crs.to_wkt() if opened.crs else ""
        return (CRS.from_wkt(wkt), "") if wkt and not wkt.startswith("LOCAL_CS") else unusable
    except (RasterioError, CRSError, ValueError):
        return unusable


def _tiff_with_keys(records: dict[int, bytes]) -> bytes:
    """A TIFF of one pixel with the GeoTIFF tags (TIFF 6.0 section 2; GeoTIFF 1.1 section 7.1)."""
    entries = [(tag, 3, struct.pack("<H", value)) for tag, value in ((256, 1), (257, 1), (258, 8), (259, 1), (262, 1))]
    entries += [(273, 4, struct.pack("<I", 8)), (277, 3, struct.pack("<H", 1)), (278, 3, struct.pack("<H", 1))]
    entries += [(279, 4, struct.pack("<I", 1)), (33550, 12, struct.pack("<3d", 1, 1, 0))]
    entries += [(33922, 12, struct.pack("<6d", 0, 0, 0, 0, 0, 0))]
    for tag, kind in ((_KEYS_RECORD, 3), (_DOUBLES_RECORD, 12), (_ASCII_RECORD, 2)):
        if records.get(tag):
            entries.append((tag, kind, records[tag]))
    start = 10  # header (8) and the pixel with its padding (2)
    values_at = start + 2 + 12 * len(entries) + 4
    directory, values = struct.pack("<H", len(entries)), b""
    for tag, kind, data in entries:
        count = len(data) // {2: 1, 3: 2, 4: 4, 12: 8}[kind]
        field = data.ljust(4, b"\0") if len(data) <= 4 else struct.pack("<I", values_at + len(values))
        directory += struct.pack("<HHI", tag, kind, count) + field
        if len(data) > 4:
            values += data + b"\0" * (len(data) % 2)
    return b"II*\0" + struct.pack("<I", start) + b"\0\0" + directory + struct.pack("<I", 0) + values


def common_crs(sources: Sequence[PointSource], given: Any = None) -> Any:
    """The CRS of all sources, or None where neither they nor the user state one.

    `given` (anything `pyproj.CRS` takes) fills in for sources without a CRS and may add a vertical CRS to that of the
    files. Raises `UnusableSource`, naming files, when the sources disagree with each other or with `given`.
    """
    given = parse_crs(given)
    stated = [source for source in sources if source.crs is not None]
    silent = [source for source in sources if source.crs is None]
    if not stated:
        return given
    first = stated[0]
    for source in stated[1:]:
        if not same_crs(first.crs, source.crs):
            raise UnusableSource(
                f"点云文件的坐标系不一致：“{first.name}”是 {first.crs.name}，“{source.name}”是 {source.crs.name}；"
                "请先转换到同一坐标系，或分开处理"
            )
    if given is None:
        if silent:
            raise UnusableSource(
                f"“{silent[0].name}”没有坐标系，而“{first.name}”有（{first.crs.name}）；确认相同后请用 --crs 给出"
            )
        return first.crs
    if not same_crs(horizontal_part(first.crs), horizontal_part(given)):
        raise UnusableSource(
            f"给出的坐标系（{given.name}）与点云文件“{first.name}”里的（{first.crs.name}）不一致；"
            "请改正 --crs，若文件标注有误请先改正文件"
        )
    return given if given.is_compound or not first.crs.is_compound else first.crs


def parse_crs(given: Any) -> Any:
    """A `pyproj.CRS` from what a user wrote, None for None or "". Raises `UnusableSource` for an unknown one."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    if given is None or given == "":
        return None
    try:
        return CRS.from_user_input(given)
    except CRSError as error:
        raise UnusableSource(f"不认识的坐标系“{given}”；请写成 EPSG:4547 或 EPSG:4547+5737 这样的形式") from error


def same_crs(one: Any, other: Any) -> bool:
    """Whether two `pyproj.CRS` mean the same, whatever their names and axis order."""
    return one == other or one.equals(other, ignore_axis_order=True)
