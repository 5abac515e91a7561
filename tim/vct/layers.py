"""The layers of a VCT file: shapes from lines, attributes in the types of its tables, the CRS from its head."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
import shapely

from tim.boundary.frame import Frame
from tim.boundary.plots import nested
from tim.errors import UnusableInput
from tim.job import Job
from tim.vct.parse import VctFile, VctTable

_ZONE = 1_000_000
_DATUMS = (("cgcs2000", "CGCS2000"), ("2000", "CGCS2000"), ("80", "西安 80"), ("krass", "北京 54"), ("54", "北京 54"))


@dataclass(frozen=True)
class VctLayer:
    """A table with its shapes. `identifiers`: ids of objects in the file."""

    name: str
    title: str
    geometry: np.ndarray
    columns: dict[str, Any]
    identifiers: list[str]


def crs_of_head(content: VctFile, where: str) -> pyproj.CRS:
    """The CRS that the head describes, held against the coordinates. Raises `UnusableInput` when they disagree."""
    advice = "；请核对，或用 --crs 指明，如 --crs EPSG:4528"
    spheroid = content.head.get("Spheroid", "").partition(",")[0]
    datum = next((name for word, name in _DATUMS if word in spheroid.lower()), None)
    if datum is None:
        raise UnusableInput(f"{where}的椭球“{spheroid or '没有写'}”认不出来{advice}")
    places = _coordinates(content)
    if content.head.get("CoordinateSystemType", "P").upper().startswith("D"):
        if datum != "CGCS2000":
            raise UnusableInput(f"{where}是 {datum} 的经纬度{advice}")
        return pyproj.CRS(4490)
    numbers = [float(text) for text in re.findall(r"-?\d+(?:\.\d+)?", content.head.get("Parameters", ""))]
    if len(numbers) < 3:
        raise UnusableInput(f"{where}没有写投影参数（Parameters）{advice}")
    meridian, easting = _degrees(numbers[0]), numbers[2]
    prefixes = np.unique((places[:, 0] // _ZONE).astype(int)) if len(places) else np.zeros(1, dtype=int)
    if len(prefixes) > 1:
        raise UnusableInput(f"{where}的坐标分属 {'、'.join(map(str, prefixes))} 带{advice}")
    prefix = int(prefixes[0])
    stated = int(easting // _ZONE)
    if (stated and prefix and stated != prefix) or bool(stated) != bool(prefix):
        told = f"坐标前的带号是 {prefix or '（无）'}"
        raise UnusableInput(f"{where}的投影参数写东偏 {easting:g}，{told}，两者矛盾{advice}")
    degrees, zone = _zone(meridian, numbers[4] if len(numbers) > 4 else None, prefix)
    if zone is None:
        raise UnusableInput(f"{where}的中央子午线 {meridian:g}° 不是分带的，或与带号 {prefix} 不符{advice}")
    return Frame(datum, degrees, zone, bool(prefix)).crs


def _degrees(number: float) -> float:
    """A meridian in degrees; packed degrees (1170000) are unpacked."""
    if number <= 180:
        return number
    degrees, rest = divmod(number, 10_000)
    return degrees + rest // 100 / 60 + rest % 100 / 3600


def _zone(meridian: float, width: float | None, prefix: int) -> tuple[int, int | None]:
    """(degrees, zone) of a meridian; None when it is that of no zone, or of another than the prefix."""
    choices = [(3, meridian / 3)] if meridian % 3 == 0 else []
    choices += [(6, (meridian + 3) / 6)] if (meridian + 3) % 6 == 0 else []
    if width in (3, 6):
        choices = [item for item in choices if item[0] == width]
    fitting = [(degrees, int(zone)) for degrees, zone in choices if not prefix or int(zone) == prefix]
    return fitting[0] if fitting else (3, None)


def _coordinates(content: VctFile) -> np.ndarray:
    parts = [places for _, places in content.lines.values()]
    parts += [place.reshape(1, 2) for _, place in content.points.values()]
    return np.vstack(parts) if parts else np.zeros((0, 2))


def check_head(content: VctFile, where: str) -> None:
    """Raise `UnusableInput` for heads whose meaning is not known; note an extent that the coordinates contradict."""
    head = content.head
    if head.get("XAxisDirection", "E").upper() not in ("E", "东") or head.get("Dim", "2").strip() not in ("2", ""):
        raise UnusableInput(f"{where}的 X 轴不是向东，或不是二维；没有可靠的说明，不读")
    offset = [float(text) for text in re.findall(r"-?\d+(?:\.\d+)?", head.get("Offset", "0"))]
    if any(offset):
        raise UnusableInput(f"{where}的 Offset 是 {head['Offset']}；它的含义没有核实，不读")
    places = _coordinates(content)
    stated = [
        float(text) for key in ("ExtentMin", "ExtentMax") for text in head.get(key, "").split(",") if text.strip()
    ]
    if len(stated) == 4 and len(places):
        real = [*places.min(axis=0), *places.max(axis=0)]
        if not np.allclose(stated, real, rtol=0, atol=1.0):
            content.notes.append("文件头写的范围与坐标不符（有的软件会写错），以坐标为准")


def layers(content: VctFile, where: str, job: Job) -> list[VctLayer]:
    """One layer for each table that has objects with shapes, and one for lines and points without attributes."""
    shapes: dict[str, Any] = {identifier: shapely.Point(place) for identifier, (_, place) in content.points.items()}
    used: set[str] = set()
    for identifier, (_, references) in content.polygons.items():
        shape, problem = _polygon(identifier, references, content, where)
        used.update(reference.lstrip("+-") for reference in references)
        if problem:
            content.notes.append(problem)
        if identifier in shapes:
            raise UnusableInput(f"{where}的编号 {identifier} 既是点又是面")
        shapes[identifier] = shape
    codes = {
        key: code for records in (content.points, content.lines, content.polygons) for key, (code, _) in records.items()
    }
    for identifier, (_, places) in content.lines.items():
        if identifier not in shapes:
            shapes[identifier] = shapely.LineString(places)
    owners = {key: name for name, table in content.tables.items() for key in table.rows}
    groups: dict[str, list[str]] = {}
    for identifier in shapes:
        told = owners.get(identifier) or content.codes.get(codes[identifier], ("", "", ""))[2]
        if not told and identifier in content.lines and identifier in used:
            continue  # a boundary that polygons share
        groups.setdefault(told or f"code_{codes[identifier]}", []).append(identifier)
    lost = [key for key in owners if key not in shapes]
    if lost:
        job.warn(f"{where}有 {len(lost)} 个对象只有属性没有图形，没有读入：{'、'.join(lost[:5])}")
    return [_layer(name, identifiers, shapes, content) for name, identifiers in groups.items()]


def _polygon(identifier: str, references: list[str], content: VctFile, where: str) -> tuple[Any, str]:
    """The polygon of signed lines, and what is wrong with it."""
    rings: list[np.ndarray] = []
    current: list[np.ndarray] = []
    for reference in references:
        key = reference.lstrip("+-")
        if key not in content.lines:
            raise UnusableInput(f"{where}的面 {identifier} 用到线 {key}，文件里没有这条线")
        places = content.lines[key][1]
        places = places[::-1] if reference.startswith("-") else places
        if current and (current[-1][-1] != places[0]).any():
            return None, f"面 {identifier} 的线首尾不相接（线 {key} 处），没有图形"
        current.append(places if not current else places[1:])
        if (current[0][0] == current[-1][-1]).all():
            rings.append(np.vstack(current))
            current = []
    if current:
        return None, f"面 {identifier} 的边界没有闭合，没有图形"
    if any(len(ring) < 4 for ring in rings) or not rings:
        return None, f"面 {identifier} 的边界不成面，没有图形"
    return nested(rings), ""


def _layer(name: str, identifiers: list[str], shapes: dict[str, Any], content: VctFile) -> VctLayer:
    table = content.tables.get(name, VctTable())
    empty = [""] * len(table.fields)
    rows = [table.rows.get(key, empty) for key in identifiers]
    columns = {field: _column([row[i] for row in rows], kind) for i, (field, kind, _, _) in enumerate(table.fields)}
    title = next((told for told, _, owner in content.codes.values() if owner == name), name)
    geometry = np.array([*(shapes[key] for key in identifiers), None], dtype=object)[:-1]
    return VctLayer(name, title, geometry, columns, identifiers)


def _column(values: list[str], kind: str) -> Any:
    """Values in the type of the field; numbers that are none make the column a text, so that nothing is lost."""
    if re.match(r"(?i)int|long|short", kind):
        try:
            if all(values):
                return np.array([int(float(value)) for value in values], dtype=np.int64)
            return np.array([float(value) if value else np.nan for value in values])
        except ValueError:
            return values
    if re.match(r"(?i)float|double|num|dec", kind):
        try:
            return np.array([float(value) if value else np.nan for value in values])
        except ValueError:
            return values
    return [value or None for value in values]
