"""Checks that every import makes: where the data lies, rings that are none, references without a definition."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pyproj
from pyproj.exceptions import CRSError

from pointcloud.task import Task
from tim.errors import UnusableInput, UsageError
from tim.exchange.city.flat import flat as flat_rings
from tim.exchange.city.objects import LINES, POINTS, City, Geometry
from tim.sources.crs import describe, horizontal, same_horizontal

_BEYOND = 2.0  # degrees that data may lie beyond the area of use of its CRS
_NAMED = 3
_FARTHEST = 1e9  # metres or degrees
_LEAST = {POINTS: 1, LINES: 2}  # points of a ring; 3 elsewhere


def chosen_crs(own: pyproj.CRS | None, given: pyproj.CRS | None, override: bool, name: str, job: Task) -> pyproj.CRS:
    """The CRS of a source: its own, else the given one. Raises when there is none, or when the two contradict."""
    if own is None and given is None:
        raise UnusableInput(f"“{name}”没有坐标系；请用 --crs 指定（如 EPSG:4547 或 EPSG:4547+5737）")
    if own is None or given is None:
        return own or given  # type: ignore[return-value]
    if same_horizontal(own, given):
        return given if given.is_compound or not own.is_compound else own
    if not override:
        raise UsageError(
            f"“{name}”自带坐标系 {describe(own)}，与 --crs 的 {describe(given)} 不同；"
            "要以 --crs 为准请加 --override-crs，否则去掉 --crs"
        )
    job.warn(f"“{name}”自带坐标系 {describe(own)}，已按要求当作 {describe(given)}，坐标没有换算")
    return given


def check_size(places: np.ndarray, name: str) -> None:
    """Refuse coordinates (n, 3) that no CRS on the earth has."""
    with np.errstate(invalid="ignore"):
        wrong = ~(np.abs(places) <= _FARTHEST).all(axis=1)
    if wrong.any():
        x, y, z = places[wrong][0]
        raise UnusableInput(
            f"“{name}”有 {int(wrong.sum())} 个坐标大得不可能（如 {x:.4g}，{y:.4g}，{z:.4g}）；请检查数据"
        )


def check_place(low: np.ndarray, high: np.ndarray, crs: pyproj.CRS, name: str, job: Task) -> None:
    """Whether x, y between `low` and `high` lie where the CRS is used.

    Raises `UnusableInput` when they do not but would with x and y exchanged; warns when they lie elsewhere.
    """
    area = crs.area_of_use or horizontal(crs).area_of_use
    base = horizontal(crs)
    if area is None or base.is_engineering or not np.isfinite([*low[:2], *high[:2]]).all():
        return
    middle = (np.asarray(low[:2]) + np.asarray(high[:2])) / 2
    if _inside(middle, base, area.bounds):
        return
    if _inside(middle[::-1], base, area.bounds):
        raise UnusableInput(
            f"“{name}”的坐标次序与坐标系 {describe(crs)} 不符：东、北（经、纬）像是颠倒了；"
            "请用 --axis 指定次序（xy 或 yx）"
        )
    job.warn(
        f"“{name}”在坐标系 {describe(crs)} 的适用范围之外"
        f"（X {low[0]:.6g}–{high[0]:.6g}，Y {low[1]:.6g}–{high[1]:.6g}）；"
        "请检查坐标系"
    )


def _inside(place: np.ndarray, crs: pyproj.CRS, bounds: tuple[float, float, float, float]) -> bool:
    if crs.is_geographic:
        longitude, latitude = place
    else:
        assert crs.geodetic_crs is not None
        transformer = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
        longitude, latitude = transformer.transform(*place)
        if not np.isfinite([longitude, latitude]).all():
            return False
        back = transformer.transform(longitude, latitude, direction="INVERSE")
        if np.abs(np.array(back) - place).max() > 1000:  # far away the projection is not unique
            return False
    west, south, east, north = bounds
    return bool(
        abs(latitude) <= 90
        and west - _BEYOND <= longitude <= east + _BEYOND
        and south - _BEYOND <= latitude <= north + _BEYOND
    )


def check_definition(path: Path, name: str) -> None:
    """Refuse a GeoPackage whose definition of a CRS contradicts the EPSG code that labels it."""
    if path.suffix.lower() != ".gpkg":
        return
    query = (
        "SELECT organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE lower(organization) = 'epsg' AND"
        " srs_id IN (SELECT srs_id FROM gpkg_contents)"
    )
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?immutable=1", uri=True)) as connection:
            rows = connection.execute(query).fetchall()
    except sqlite3.Error:
        return
    for code, definition in rows:
        contradiction = contradicts(str(definition), int(code))
        if contradiction:
            raise UnusableInput(
                f"“{name}”的坐标系标为 EPSG:{code}，但写明的参数与它不符（{contradiction}）；"
                "请用 --crs 与 --override-crs 指定"
            )


def contradicts(definition: str, code: int) -> str:
    """What differs between a definition (WKT) and the EPSG code that it is labelled with, "" when nothing does."""
    try:
        stated, known = pyproj.CRS.from_wkt(definition), pyproj.CRS.from_epsg(code)
    except CRSError:
        return ""
    first, second = _numbers(horizontal(stated)), _numbers(horizontal(known))
    names = [
        name for name, value in second.items() if name in first and abs(first[name] - value) > 1e-9 * max(1, abs(value))
    ]
    return "、".join(f"{name} {first[name]:g} 而不是 {second[name]:g}" for name in names[:_NAMED])


_TITLES = {
    "longitude of natural origin": "中央经线",
    "latitude of natural origin": "原点纬度",
    "false easting": "东偏",
    "false northing": "北偏",
    "scale factor at natural origin": "比例因子",
}


def _numbers(crs: pyproj.CRS) -> dict[str, float]:
    """Parameters of projection and ellipsoid by Chinese names."""
    operation = crs.coordinate_operation
    found = {}
    for parameter in operation.params if operation is not None else ():
        title = _TITLES.get(re.sub(r"\s+", " ", parameter.name.lower()))
        if title:
            found[title] = float(parameter.value)
    if crs.ellipsoid is not None:
        found["椭球长半轴"] = float(crs.ellipsoid.semi_major_metre)
    return found


def check_rings(city: City, name: str, skip: bool, task: Task) -> None:
    """Refuse rings of fewer than three points; with `skip` their geometries are left out and told.

    Rings without area, whose points repeat, are kept and told: `tim validate` finds and repairs them.
    """
    wrong: list[str] = []
    kept: list[tuple[str, Geometry]] = []
    for thing in city.objects.values():
        sound = []
        for geometry in thing.geometries:
            least = _LEAST.get(geometry.kind, 3)
            if not geometry.surfaces or not all(s and min(map(len, s)) >= least for s in geometry.surfaces):
                wrong.append(thing.id)
                continue
            sound.append(geometry)
            kept.append((thing.id, geometry))
        thing.geometries = sound
    flat = _without_area(kept)
    if wrong and not skip:
        raise UnusableInput(
            f"“{name}”有 {len(wrong)} 个几何含空的或不足三个点的环（对象 {_shown(wrong)}）；"
            "请修复数据，或加 --skip-invalid 不采用这些几何"
        )
    if wrong:
        task.warn(f"“{name}”有 {len(wrong)} 个几何含空的或不足三个点的环，未采用（对象 {_shown(wrong)}）")
    if flat:
        task.warn(
            f"“{name}”有 {len(flat)} 个几何含没有面积的环（点重复），照原样导入（对象 {_shown(flat)}）；"
            "可用 tim validate --repair 修复"
        )


def _shown(names: list[str]) -> str:
    return "、".join(list(dict.fromkeys(names))[:_NAMED])[:120]


def _without_area(geometries: list[tuple[str, Geometry]]) -> list[str]:
    """The names of geometries with a ring of fewer different points than its kind needs."""
    found = []
    for least in (2, 3):
        chosen = [(name, part) for name, part in geometries if _LEAST.get(part.kind, 3) == least]
        if chosen:
            together = flat_rings([part.surfaces for _, part in chosen])
            surface = np.repeat(np.arange(len(together.rings)), together.rings)[together.degenerate(least)]
            found += [chosen[place][0] for place in together.owner[surface].tolist()]
    return found
