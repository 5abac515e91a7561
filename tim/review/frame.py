"""The coordinate reference system of a review, and whether data may be brought into it."""

from __future__ import annotations

import numpy as np
import pyproj
import shapely
from pyproj.transformer import TransformerGroup

from tim.errors import UnusableInput
from tim.sources.crs import describe, horizontal, same_horizontal

# semi-major axis of GRS 1980, CGCS2000 and WGS 84: systems fixed to the earth's centre, within two metres of each other
_GEOCENTRIC_AXIS = 6378137.0
_FIRST_ZONE, _FIRST_MERIDIAN = 4534, 75  # EPSG:4534 is CGCS2000 / 3-degree Gauss-Kruger CM 75E, then one code per 3°
_FAR_APART = 10_000.0  # metres between the extents of two layers
_DISTORTION = 1e-3  # relative error of plane areas that is worth a warning; a 3° zone stays below 0.0006 at its edge


def require_plane(crs: pyproj.CRS, layer: str, geometry: np.ndarray) -> None:
    """Raise `UnusableInput` unless areas and distances in this CRS mean square metres and metres."""
    if crs.is_geographic:
        raise UnusableInput(
            f"图层“{layer}”的坐标系 {describe(crs)} 以度为单位，不能量算平面面积和距离；"
            f"请在规则文件开头写明投影坐标系，如 坐标系 “{zone_of(crs, geometry)}”"
        )
    if not crs.is_projected or any(abs(axis.unit_conversion_factor - 1) > 1e-9 for axis in crs.axis_info[:2]):
        raise UnusableInput(
            f"图层“{layer}”的坐标系 {describe(crs)} 不是以米为单位的投影坐标系，不能量算；"
            "请在规则文件开头写明投影坐标系，如 坐标系 “EPSG:4547”"
        )
    if crs.coordinate_operation is not None and "Pseudo Mercator" in crs.coordinate_operation.method_name:
        raise UnusableInput(
            f"图层“{layer}”的坐标系 {describe(crs)} 是网络墨卡托，面积和距离严重变形，不能用于审查；"
            "请在规则文件开头写明投影坐标系，如 坐标系 “EPSG:4547”"
        )


def check_transformation(source: pyproj.CRS, target: pyproj.CRS, layer: str) -> str | None:
    """A warning when the way between two CRSs is not known exactly; None when it is.

    Raises `UnusableInput` where PROJ knows no datum transformation and the datums differ by tens of metres or more
    (Beijing 1954 or Xian 1980 against CGCS2000): PROJ would then silently leave the shift out.
    """
    if same_horizontal(source, target):
        return None
    best = TransformerGroup(horizontal(source), horizontal(target), always_xy=True).transformers
    if best and "Ballpark" not in best[0].description:
        return None
    ways = f"{describe(source)}（{_datum(source)}）到 {describe(target)}（{_datum(target)}）"
    if not (_is_geocentric(source) and _is_geocentric(target)):
        raise UnusableInput(
            f"图层“{layer}”从 {ways} 没有公开的转换参数，直接转换会有几十米以上的偏差；请先用当地转换参数转换该图层"
        )
    return f"图层“{layer}”从 {ways} 按两个基准重合转换，偏差一般在两米以内"


def extent_of(geometry: np.ndarray) -> np.ndarray:
    """West, south, east, north of the geometries; NaN when there are none."""
    return shapely.total_bounds(geometry) if len(geometry) else np.full(4, np.nan)


def far_apart(extents: dict[str, np.ndarray]) -> list[str]:
    """Warnings for layers whose extents lie so far from each other that a wrong CRS is likely. Extents in metres."""
    names = list(extents)
    return [
        f"图层“{one}”与“{two}”的范围相距约 {gap / 1000:.0f} 公里，请检查坐标系和数据是否对应"
        for index, one in enumerate(names)
        for two in names[index + 1 :]
        if (gap := _gap(extents[one], extents[two])) > _FAR_APART
    ]


def areal_distortion(crs: pyproj.CRS, extent: np.ndarray) -> str | None:
    """A warning when plane areas in the middle of the data differ noticeably from those on the ellipsoid."""
    east, north = (extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2
    projection = pyproj.Proj(crs)
    scale = projection.get_factors(*projection(east, north, inverse=True)).areal_scale
    if not np.isfinite(scale) or abs(scale - 1) <= _DISTORTION:
        return None
    return (
        f"在 {describe(crs)} 中数据所在位置的平面面积比椭球面上的{'大' if scale > 1 else '小'} {abs(scale - 1):.2%}；"
        "请确认投影带，或把面积口径改为椭球面积（规则文件里写在开头）"
    )


def zone_of(crs: pyproj.CRS, geometry: np.ndarray) -> str:
    """The CGCS2000 3-degree zone in the middle of data in a geographic CRS."""
    bounds = extent_of(geometry)
    factor = np.rad2deg(crs.axis_info[0].unit_conversion_factor)
    longitude = (bounds[0] + bounds[2]) / 2 * factor
    if not 73.5 <= longitude <= 136.5:  # outside the zones of that system, and NaN without geometries
        return "EPSG:4547"
    return f"EPSG:{_FIRST_ZONE + round((longitude - _FIRST_MERIDIAN) / 3)}"


def _gap(one: np.ndarray, two: np.ndarray) -> float:
    return float(shapely.distance(shapely.box(*one), shapely.box(*two)))


def _is_geocentric(crs: pyproj.CRS) -> bool:
    return crs.ellipsoid is not None and abs(crs.ellipsoid.semi_major_metre - _GEOCENTRIC_AXIS) < 0.01


def _datum(crs: pyproj.CRS) -> str:
    geodetic = horizontal(crs).geodetic_crs
    return geodetic.name if geodetic is not None else "未知基准"
