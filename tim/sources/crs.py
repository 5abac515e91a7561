"""Coordinate reference systems: words of the user, horizontal and vertical parts, units."""

from __future__ import annotations

import re

import pyproj
from pyproj.exceptions import CRSError

from tim.errors import UnusableInput, UsageError

_METRE_TOLERANCE = 1e-9


def parse_crs(text: str) -> pyproj.CRS:
    """The CRS that a user names: `EPSG:4547`, `4547`, `EPSG:4547+5737` (with heights) or WKT. Raises `UsageError`."""
    text = text.strip()
    if re.fullmatch(r"\d+(\+\d+)?", text):
        text = f"EPSG:{text}"
    text = re.sub(r"(?i)^(epsg:\d+)\+epsg:(\d+)$", r"\1+\2", text)
    try:
        return pyproj.CRS.from_user_input(text)
    except CRSError as error:
        shown = text if len(text) <= 40 else text[:40] + "…"
        raise UsageError(
            f"不认识坐标系“{shown}”；请写成 EPSG:4547、EPSG:4547+5737（平面+高程）或 WKT", detail=str(error)
        ) from error


def horizontal(crs: pyproj.CRS) -> pyproj.CRS:
    """The horizontal part of a CRS, two-dimensional."""
    if crs.is_compound:
        return horizontal(crs.sub_crs_list[0])
    if crs.is_bound and crs.source_crs is not None:
        return horizontal(crs.source_crs)
    return _catalogued(crs.to_2d() if len(crs.axis_info) > 2 else crs)


def _catalogued(crs: pyproj.CRS) -> pyproj.CRS:
    """The catalogue's CRS for one that names its EPSG code and agrees but for the axes, which WKT 1 leaves out."""
    if crs.to_epsg() is not None:
        return crs
    stated = crs.to_json_dict().get("id", {})
    if stated.get("authority") != "EPSG":
        return crs
    try:
        known = pyproj.CRS.from_epsg(stated["code"])
        return known if _wkt1(known) == _wkt1(crs) else crs
    except CRSError:
        return crs


def _wkt1(crs: pyproj.CRS) -> str:
    """WKT 1 without axes and codes: datum, projection, parameters, units."""
    return re.sub(r',AXIS\["[^"]*",\w+\]|,AUTHORITY\["\w+","\w+"\]', "", crs.to_wkt("WKT1_GDAL"))


def vertical(crs: pyproj.CRS) -> pyproj.CRS | None:
    """The height part of a compound CRS, or None."""
    return crs.sub_crs_list[1] if crs.is_compound else None


def with_heights(crs: pyproj.CRS, heights: pyproj.CRS | None) -> pyproj.CRS:
    """The compound of a horizontal CRS and a vertical one; the horizontal CRS alone when there is none."""
    base = horizontal(crs)
    if heights is None:
        return base
    codes = base.to_epsg(), heights.to_epsg()
    if all(codes):
        return pyproj.CRS.from_user_input(f"EPSG:{codes[0]}+{codes[1]}")
    return pyproj.crs.CompoundCRS(f"{base.name} + {heights.name}", [base, heights])


def same_horizontal(first: pyproj.CRS, second: pyproj.CRS) -> bool:
    """Whether two CRSs have the same horizontal part; order of axes does not count, data are stored as east, north."""
    one, two = horizontal(first), horizontal(second)
    if one.equals(two, ignore_axis_order=True):
        return True
    codes = one.to_epsg(), two.to_epsg()
    return codes[0] is not None and codes[0] == codes[1]


def require_metres(crs: pyproj.CRS) -> None:
    """Raise `UnusableInput` unless the horizontal part is a plane in metres."""
    base = horizontal(crs)
    if base.is_geographic:
        raise UnusableInput(
            f"坐标系“{describe(crs)}”以度为单位，不能量算；请先把点云投影到以米为单位的平面坐标系（如 EPSG:4547）"
        )
    if not (base.is_projected or base.is_engineering) or not _in_metres(base):
        units = "、".join(sorted({axis.unit_name or "?" for axis in base.axis_info}))
        raise UnusableInput(f"坐标系“{describe(crs)}”不是以米为单位的平面坐标系（单位：{units}）；请先转换点云")
    if _is_web_mercator(base):  # one metre on the map is cos(latitude) metres on the ground
        raise UnusableInput(
            f"坐标系“{describe(crs)}”是网络地图投影，长度和面积变形很大，不能量算；请先转换到当地的高斯投影坐标系"
        )


def _is_web_mercator(crs: pyproj.CRS) -> bool:
    operation = crs.coordinate_operation
    return operation is not None and "Pseudo Mercator" in operation.method_name


def describe(crs: pyproj.CRS | None) -> str:
    """A short name for people: `EPSG:4547`, `EPSG:4547+5737`, or the CRS's own name."""
    if crs is None:
        return "未知"
    if crs.is_compound:
        base, heights = (_code(part) for part in crs.sub_crs_list[:2])
        return f"{base}+{heights.replace('EPSG:', '')}"
    return _code(crs)


def _in_metres(crs: pyproj.CRS) -> bool:
    return all(abs(axis.unit_conversion_factor - 1) <= _METRE_TOLERANCE for axis in crs.axis_info)


def _code(crs: pyproj.CRS) -> str:
    code = _catalogued(crs).to_epsg()
    return f"EPSG:{code}" if code else crs.name
