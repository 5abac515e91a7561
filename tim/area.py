"""The land survey's ellipsoidal area (椭球面积).

Not the geodesic area: edges are straight in latitude and longitude and seconds are rounded, as in the production
systems of the national land survey. Formula, constants and rounding are those of such a system; the values stand in
`tim/data/ellipsoid_constants.json` with their source.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pyproj
import shapely

from tim.data import read_json
from tim.errors import UnusableInput
from tim.sources.crs import describe, horizontal

_ELLIPSOID_TOLERANCE = 1e-4  # metres; GRS 1980 and CGCS2000 share a and f
_MICROSECONDS = 1e6  # seconds of latitude and longitude are rounded to 6 decimals


@dataclass(frozen=True)
class GaussKruger:
    """The frame of the coordinates. `central_meridian` in degrees; None for plain longitude and latitude in degrees."""

    central_meridian: float | None
    false_easting: float = 500_000.0


def ellipsoidal_area(geometries: Iterable[shapely.Geometry | None], crs: pyproj.CRS) -> np.ndarray:
    """Ellipsoidal areas (float64, m², not rounded) of polygons and multipolygons; 0 for other and missing geometries.

    `crs`: CGCS2000 geographic, or CGCS2000 Gauss-Krüger (3° or 6°, with or without the zone in the easting); x = east.
    Vertices are taken as they are. Raises `UnusableInput` for another datum or projection.
    """
    shapes = np.asarray(geometries if isinstance(geometries, np.ndarray) else list(geometries), dtype=object)
    frame = gauss_kruger(crs)
    parts, part_owner = shapely.get_parts(shapes, return_index=True)
    polygonal = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    parts, part_owner = parts[polygonal], part_owner[polygonal]
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    if not len(rings):
        return np.zeros(len(shapes))
    coordinates, owner = shapely.get_coordinates(rings, return_index=True)
    latitude, longitude = _rounded_seconds(*_to_seconds(coordinates, frame))
    ring_areas = np.abs(_ring_sums(latitude, longitude, owner, len(rings)))
    is_shell = np.r_[True, np.diff(ring_part) > 0]
    signed = np.where(is_shell, ring_areas, -ring_areas)
    return np.bincount(part_owner[ring_part], weights=signed, minlength=len(shapes))


def round_area(area: float, decimals: int = 2) -> float:
    """Round half away from zero, as the survey does (binary doubles through their shortest decimal form)."""
    step = Decimal(1).scaleb(-decimals)
    return float(Decimal(repr(float(area))).quantize(step, rounding=ROUND_HALF_UP))


def round_areas(areas: np.ndarray) -> np.ndarray:
    """Areas (m², not negative) to two decimals as `round_area` does; only those near a tie are rounded one by one."""
    cents = np.asarray(areas, dtype=float) * 100
    below = np.floor(cents)
    result = (below + (cents - below >= 0.5)) / 100
    near_tie = np.abs(cents - below - 0.5) <= 1e-6 + np.abs(cents) * 1e-15
    for index in np.flatnonzero(near_tie):
        result[index] = round_area(areas[index])
    return result


def gauss_kruger(crs: pyproj.CRS) -> GaussKruger:
    """The frame of a CRS. Raises `UnusableInput` unless it is CGCS2000, geographic or Gauss-Krüger."""
    base = horizontal(crs)
    constants = read_json("ellipsoid_constants.json")["constants"]
    ellipsoid, datum = base.ellipsoid, (base.datum.name if base.datum else "")
    fits = (
        ellipsoid is not None
        and abs(ellipsoid.semi_major_metre - constants["a"]) < _ELLIPSOID_TOLERANCE
        and abs(ellipsoid.semi_minor_metre - constants["b"]) < _ELLIPSOID_TOLERANCE
    )
    if not fits or not _is_cgcs2000(datum):
        raise UnusableInput(f"椭球面积只对 CGCS2000 坐标系定义，数据是 {describe(crs)}；请先转换到 CGCS2000")
    if base.is_geographic:
        return GaussKruger(None)
    operation = base.coordinate_operation
    values = {item.name: item.value for item in operation.params} if operation is not None else {}
    plain = (
        operation is not None
        and operation.method_name == "Transverse Mercator"
        and values.get("Scale factor at natural origin") == 1
        and values.get("Latitude of natural origin") == 0
        and values.get("False northing") == 0
        and all(axis.unit_conversion_factor == 1 for axis in base.axis_info)
    )
    if not plain:
        raise UnusableInput(f"椭球面积需要高斯-克吕格投影或经纬度坐标，数据是 {describe(crs)}；请先转换")
    return GaussKruger(float(values["Longitude of natural origin"]), float(values["False easting"]))


def _is_cgcs2000(datum: str) -> bool:
    return any(word in datum.lower() for word in ("china 2000", "cgcs2000", "china_2000", "china geodetic"))


def _to_seconds(coordinates: np.ndarray, frame: GaussKruger) -> tuple[np.ndarray, np.ndarray]:
    """East and north (n, 2) → latitude and longitude in seconds of arc."""
    east, north = coordinates[:, 0], coordinates[:, 1]
    if frame.central_meridian is None:
        return north * 3600, east * 3600
    k = read_json("ellipsoid_constants.json")["constants"]
    e = k["k0"] * north
    sine = np.sin(e)
    foot = e + np.cos(e) * (k["k1"] * sine - k["k2"] * sine**3 + k["k3"] * sine**5 - k["k4"] * sine**7)
    t2 = np.tan(foot) ** 2
    eta2 = k["ep2"] * np.cos(foot) ** 2
    v2 = 1 + eta2
    q = (east - frame.false_easting) * np.sqrt(v2) / k["c_polar_radius"]
    series = q**2 - (5 + 3 * t2 + eta2 - 9 * eta2 * t2) * q**4 / 12 + (61 + 90 * t2 + 45 * t2**2) * q**6 / 360
    latitude = foot - 0.5 * v2 * np.tan(foot) * series
    difference = (
        q - (1 + 2 * t2 + eta2) * q**3 / 6 + (5 + 28 * t2 + 24 * t2**2 + 6 * eta2 + 8 * eta2 * t2) * q**5 / 120
    ) / np.cos(foot)
    return latitude * k["rho"], frame.central_meridian * 3600 + difference * k["rho"]


def _rounded_seconds(latitude: np.ndarray, longitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Seconds rounded to six decimals, half up, as radians."""
    rho = read_json("ellipsoid_constants.json")["constants"]["rho"]
    latitude, longitude = (np.floor(value * _MICROSECONDS + 0.5) / _MICROSECONDS for value in (latitude, longitude))
    return latitude / rho, longitude / rho


def _ring_sums(latitude: np.ndarray, longitude: np.ndarray, owner: np.ndarray, count: int) -> np.ndarray:
    """The signed trapezoid sum (m²) of each closed ring; `owner` (n,) is the ring of each vertex."""
    constants = read_json("ellipsoid_constants.json")
    series = constants["series_values"]
    same = owner[1:] == owner[:-1]
    step = (latitude[1:] - latitude[:-1])[same]
    middle = ((latitude[1:] + latitude[:-1]) / 2)[same]
    mean_longitude = ((longitude[1:] + longitude[:-1]) / 2)[same]
    total = np.zeros(len(step))
    for sign, odd, letter in ((1, 1, "A"), (-1, 3, "B"), (1, 5, "C"), (-1, 7, "D"), (1, 9, "E")):
        total += sign * series[letter] * np.sin(odd * step / 2) * np.cos(odd * middle)
    b = constants["constants"]["b"]
    edges = 2 * mean_longitude * b * b * total  # this order of the factors keeps the sixth decimal of the references
    return np.bincount(owner[1:][same], weights=edges, minlength=count)
