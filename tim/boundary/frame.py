"""The coordinate system that a boundary-point file describes: datum, zone width, zone number."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyproj

from tim.errors import UnusableInput

# first EPSG code of: 3° by zone (25…45), 3° by meridian (75°…135°), 6° by zone (13…23), 6° by meridian
_FIRST = {
    "CGCS2000": (4513, 4534, 4491, 4502),
    "西安 80": (2349, 2370, 2327, 2338),
    "北京 54": (2401, 2422, 21413, 21453),
}
_GEOGRAPHIC = {"CGCS2000": 4490, "西安 80": 4610, "北京 54": 4214}
_DATUMS = (("2000", "CGCS2000"), ("80", "西安 80"), ("西安", "西安 80"), ("54", "北京 54"), ("北京", "北京 54"))
_ZONE = 1_000_000


@dataclass(frozen=True)
class Frame:
    """`degrees` 3 or 6; `prefixed`: the zone stands before the easting."""

    datum: str
    degrees: int
    zone: int
    prefixed: bool

    @property
    def crs(self) -> pyproj.CRS:
        """The catalogued Gauss-Krüger CRS."""
        by_zone, by_meridian = _FIRST[self.datum][:2] if self.degrees == 3 else _FIRST[self.datum][2:]
        offset = self.zone - (25 if self.degrees == 3 else 13)
        return pyproj.CRS((by_zone if self.prefixed else by_meridian) + offset)


def frame_of(header: dict[str, str], points: np.ndarray, where: str) -> pyproj.CRS:
    """The CRS of the points (N×2: x north, y east; or latitude, longitude), from the header and the numbers.

    Raises `UnusableInput` when the two contradict each other or do not tell the zone: nothing is guessed.
    """
    datum = _datum(header, where)
    if (np.abs(points) <= 180).all():
        return pyproj.CRS(_GEOGRAPHIC[datum])
    prefixes = np.unique((points[:, 1] // _ZONE).astype(int))
    if len(prefixes) > 1:
        raise UnusableInput(f"{where}的点分属 {'、'.join(map(str, prefixes))} 带；请按带分成几个文件")
    prefix = int(prefixes[0])
    zone = _number(header.get("带号", ""))
    degrees = _number(header.get("几度分带", ""))
    if degrees is None and prefix:
        degrees = 3 if prefix >= 25 else 6
    if degrees not in (3, 6):
        raise UnusableInput(f"{where}没有写明几度分带（3 或 6），不能确定坐标系；请用 --crs 指明，如 --crs EPSG:4547")
    if prefix and zone and prefix != zone:
        raise UnusableInput(f"{where}的文件头写 {zone} 带，坐标却在 {prefix} 带；请核对，或用 --crs 指明")
    chosen = prefix or zone
    low, high = (25, 45) if degrees == 3 else (13, 23)
    if chosen is None:
        raise UnusableInput(f"{where}没有带号，坐标前也没有带号，不能确定坐标系；请用 --crs 指明，如 --crs EPSG:4547")
    if not low <= chosen <= high:
        raise UnusableInput(f"{where}的带号 {chosen} 不是 {degrees} 度分带在我国的带号（{low}–{high}）；请核对文件头")
    return Frame(datum, degrees, chosen, bool(prefix)).crs


def north_first(points: np.ndarray, where: str) -> tuple[np.ndarray, str]:
    """Points as (north, east) or (latitude, longitude), and a note when they had to be turned.

    Degrees tell their order in China (latitudes below 60°, longitudes above). Raises `UnusableInput` for metres with
    the zone before the first number.
    """
    x, y = points[:, 0], points[:, 1]
    if (np.abs(points) <= 180).all():
        if (x > 60).all() and (y < 60).all():
            return points[:, ::-1], f"{where}的坐标是经度在前、纬度在后"
        return points, ""
    if ((x > 10 * _ZONE) & (y < 10 * _ZONE)).any():
        raise UnusableInput(f"{where}的坐标像是东坐标在前；应为 X（北）在前、Y（东）在后，核对后可加 --east-first 读入")
    return points, ""


def describe_frame(crs: pyproj.CRS) -> dict[str, str]:
    """The header lines of a Gauss-Krüger or geographic CRS of China. Raises `UnusableInput` for another one."""
    code = crs.to_epsg()
    for datum, (by_zone, by_meridian, by_zone6, by_meridian6) in _FIRST.items():
        for first, degrees, count, zone in (
            (by_zone, 3, 21, 25),
            (by_meridian, 3, 21, 25),
            (by_zone6, 6, 11, 13),
            (by_meridian6, 6, 11, 13),
        ):
            if code is not None and first <= code < first + count:
                return _header(datum, str(degrees), "高斯克吕格", "米", str(zone + code - first))
        if code == _GEOGRAPHIC[datum]:
            return _header(datum, "", "", "度", "")
    raise UnusableInput(f"坐标系“{crs.name}”不是高斯-克吕格分带坐标，不能写界址点文件；请用 --crs 指明要写成的坐标系")


def geographic_of(crs: pyproj.CRS) -> pyproj.CRS:
    """Longitude and latitude of the datum of a CRS that `describe_frame` knows."""
    return pyproj.CRS(_GEOGRAPHIC[_datum(describe_frame(crs), "")])


def zone_prefix(crs: pyproj.CRS) -> int:
    """What is added to eastings so that they carry the zone: 0 when they do, or for degrees."""
    header = describe_frame(crs)
    if not header["带号"] or "zone" in crs.name:
        return 0
    return int(header["带号"]) * _ZONE


def _header(datum: str, degrees: str, projection: str, unit: str, zone: str) -> dict[str, str]:
    names = {"CGCS2000": "2000国家大地坐标系", "西安 80": "1980西安坐标系", "北京 54": "1954年北京坐标系"}
    return {
        "坐标系": names[datum],
        "几度分带": degrees,
        "投影类型": projection,
        "计量单位": unit,
        "带号": zone,
    }


def _datum(header: dict[str, str], where: str) -> str:
    text = header.get("坐标系", "")
    found = next((datum for word, datum in _DATUMS if word in text), None)
    if found is None:
        told = f"“{text}”认不出来" if text else "没有写"
        raise UnusableInput(f"{where}的坐标系{told}；请用 --crs 指明，如 --crs EPSG:4547")
    return found


def _number(text: str) -> int | None:
    match = re.search(r"\d+", text)
    return int(match.group()) if match else None
