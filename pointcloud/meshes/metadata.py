"""`metadata.xml` beside the tiles of oblique photogrammetry: coordinate system and origin."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from pointcloud.errors import UnusableSource
from pointcloud.meshes.georeference import Georeference, enu_frame
from pointcloud.meshes.osgb.stream import decoded
from pointcloud.sources.units import horizontal_part

_LARGEST = 1 << 20
_NUMBER = r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
_AGREES = 0.001  # metres between what a label says and what the parameters say


@dataclass
class Metadata:
    """The georeference that a file states, and what is odd about it."""

    georeference: Georeference
    warnings: list[str] = field(default_factory=list)


def read_metadata(path: Path) -> Metadata:
    """Read `metadata.xml` in any of its variants (EPSG code, `ENU:lat,lon`, WKT, PROJ text, local).

    Raises `UnusableSource` when the file cannot be understood: a model at a wrong place is worse than none.
    """
    fields, readable = _fields(path)
    srs, origin = fields.get("SRS", "").strip(), _numbers(fields.get("SRSOrigin", ""), path)
    warnings = [] if readable else [f"“{path.name}”不是合格的 XML，只取出了坐标系和原点"]
    if not srs or srs.lower().startswith("local"):
        return Metadata(Georeference(origin=origin, text=srs), [*warnings, _no_system(path, srs)])
    if srs.upper().startswith("ENU"):
        return Metadata(Georeference(matrix=_enu(srs, origin, path), text=srs), warnings)
    crs = _system(srs, path)
    plane, odd = _without_wrong_label(horizontal_part(crs), origin, path)
    warnings += odd
    crs = plane if any("自相矛盾" in text for text in odd) or not crs.is_compound else crs
    georeference = Georeference(crs, origin, text=crs.name if len(srs) > 40 else srs)
    warnings += _implausible(georeference, path)
    return Metadata(georeference, warnings)


def _fields(path: Path) -> tuple[dict[str, str], bool]:
    """The texts of the elements that count, and whether the file was sound XML."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnusableSource(f"读不了“{path}”（{error.strerror}）；请检查权限") from error
    if len(data) > _LARGEST:
        raise UnusableSource(f"“{path.name}”超过 1 MB，不是三维模型的 metadata.xml；请检查文件")
    names = ("SRS", "SRSOrigin")
    if b"<!" in re.sub(rb"<!--.*?-->", b"", data, flags=re.S):  # declarations could expand without end
        return _by_pattern(data, names), False
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError):
        return _by_pattern(data, names), False
    found = {name: root.findtext(f".//{name}") or "" for name in names}
    return found, True


def _by_pattern(data: bytes, names: tuple[str, ...]) -> dict[str, str]:
    text = decoded(data)
    found = {}
    for name in names:
        match = re.search(rf"<{name}\b[^>]*>(.*?)</{name}>", text, re.S)
        found[name] = match[1] if match else ""
    return found


def _numbers(text: str, path: Path) -> np.ndarray:
    if not text.strip():
        return np.zeros(3)
    values = [float(value) for value in re.findall(_NUMBER, text)]
    if not 2 <= len(values) <= 3 or not np.isfinite(values).all():
        raise UnusableSource(f"“{path}”里的 SRSOrigin“{text.strip()[:40]}”不是三个数；请改正后再读")
    return np.array([*values, 0.0][:3])


def _enu(srs: str, origin: np.ndarray, path: Path) -> np.ndarray:
    """`ENU:lat,lon`: a plane that touches the ellipsoid there; the origin is a shift within it."""
    values = [float(value) for value in re.findall(_NUMBER, srs.partition(":")[2])]
    if len(values) not in (2, 3) or not -90 <= values[0] <= 90 or not -180 <= values[1] <= 180:
        raise UnusableSource(f"“{path}”里的坐标系“{srs[:40]}”应写成 ENU:纬度,经度；请改正后再读")
    latitude, longitude, height = [*values, 0.0][:3]
    frame = enu_frame(longitude, latitude, height)
    frame[:3, 3] += frame[:3, :3] @ origin
    return frame


def _system(srs: str, path: Path) -> Any:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    text = re.sub(r"(?i)^epsg:\s*(\d+)(?:\s*\+\s*(?:epsg:)?\s*(\d+))?$", _code, srs)
    try:
        crs = CRS.from_user_input(text)
    except CRSError as error:
        raise UnusableSource(
            f"“{path}”里的坐标系“{srs[:40]}”不认识；请改成 EPSG 代码或 WKT", detail=str(error)
        ) from error
    if crs.is_geocentric or (crs.is_vertical and not crs.is_compound):
        raise UnusableSource(f"“{path}”里的坐标系“{crs.name}”不是平面坐标系；请改正后再读")
    return crs


def _code(match: re.Match[str]) -> str:
    return f"EPSG:{match[1]}" + (f"+{match[2]}" if match[2] else "")


def _no_system(path: Path, srs: str) -> str:
    stated = f"写的是“{srs}”" if srs else "没有写坐标系"
    return f"“{path.name}”{stated}：模型没有坐标系，只能按局部坐标使用"


def _without_wrong_label(crs: Any, origin: np.ndarray, path: Path) -> tuple[Any, list[str]]:
    """The CRS by its parameters: a label (EPSG code) that means another place is taken off and told."""
    from pyproj import CRS, Geod
    from pyproj.exceptions import CRSError

    warnings = _odd_name(crs, path)
    stated = crs.to_json_dict()
    label = stated.get("id", {})
    if label.get("authority") != "EPSG":
        return crs, warnings
    try:
        known = CRS.from_epsg(label["code"])
    except CRSError:
        known = None
    bare = CRS.from_json_dict({key: value for key, value in stated.items() if key != "id"})
    if known is None:
        return bare, [*warnings, f"“{path.name}”标注的代码 EPSG:{label['code']} 不存在，按坐标系参数计算"]
    places = [_longitude_latitude(system, origin) for system in (bare, known)]
    if not np.isfinite(places).all():
        return bare, warnings
    distance = Geod(ellps="GRS80").inv(*places[0], *places[1])[2]
    if distance <= _AGREES:
        return crs, warnings
    shown = f"{distance / 1000:.1f} km" if distance >= 1000 else f"{distance:.3f} m"
    return bare, [
        *warnings,
        f"“{path.name}”自相矛盾：坐标系标注为 EPSG:{label['code']}（{known.name}），参数却{_differences(bare, known)}；"
        f"两者在原点处相差 {shown}。已按参数计算，没有采用该代码；请向数据提供单位核实",
    ]


def _longitude_latitude(crs: Any, origin: np.ndarray) -> tuple[float, float]:
    from pyproj import Transformer

    way = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    return tuple(way.transform(origin[0], origin[1]))


def _parameters(crs: Any) -> dict[str, float]:
    operation = crs.coordinate_operation
    return {} if operation is None else {part.name: part.value for part in operation.params}


_SPOKEN = {
    "Longitude of natural origin": "中央子午线",
    "False easting": "东偏移",
    "False northing": "北偏移",
    "Scale factor at natural origin": "尺度",
    "Latitude of natural origin": "起始纬度",
}


def _differences(crs: Any, known: Any) -> str:
    ours, theirs = _parameters(crs), _parameters(known)
    parts = [
        f"{_SPOKEN.get(name, name)}是 {value:g} 而不是 {theirs[name]:g}"
        for name, value in ours.items()
        if name in theirs and value != theirs[name]
    ]
    return "、".join(parts) or "不同"


def _odd_name(crs: Any, path: Path) -> list[str]:
    """A central meridian in the name that is not the one of the parameters."""
    match = re.search(rf"CM\s*({_NUMBER})\s*E", crs.name)
    meridian = _parameters(crs).get("Longitude of natural origin")
    if match is None or meridian is None or abs(float(match[1]) - meridian) < 1e-9:
        return []
    return [f"“{path.name}”坐标系名称里的中央子午线是 {match[1]}，参数里是 {meridian:g}，按参数计算"]


def _implausible(georeference: Georeference, path: Path) -> list[str]:
    """An origin far outside of where the CRS is used: swapped axes, a missing or superfluous zone number."""
    area = georeference.crs.area_of_use
    longitude, latitude = _longitude_latitude(georeference.crs, georeference.origin)
    if not np.isfinite((longitude, latitude)).all():
        return [f"“{path.name}”里的原点不在坐标系“{georeference.crs.name}”的范围内；请核实坐标系、带号和原点"]
    if area is None:
        return []
    outside = not (area.west - 5 <= longitude <= area.east + 5 and area.south - 5 <= latitude <= area.north + 5)
    if not outside:
        return []
    return [
        f"“{path.name}”里的原点在东经 {longitude:.3f}°、北纬 {latitude:.3f}°，不在坐标系“{georeference.crs.name}”"
        "的使用范围内；请核实坐标系、带号和原点"
    ]
