"""CityJSON 1.0, 1.1 and 2.0 (OGC 20-072) and CityJSONSeq as a city."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
from pyproj.exceptions import CRSError

from pointcloud.task import Task
from tim.errors import UnusableInput
from tim.exchange.city.classes import restore_class
from tim.exchange.city.objects import Appearance, City, CityObject, Json
from tim.exchange.cityjson.document import load, parse
from tim.exchange.cityjson.geometry import Context, Wrong, read_geometry

VERSIONS = ("1.0", "1.1", "2.0")
_EPSG = re.compile(r"(?:/EPSG/[\d.]*/|EPSG:[\d.]*:|^EPSG:)(\d+)$", re.IGNORECASE)
_OWN_MEMBERS = ("type", "attributes", "parents", "children", "geometry", "members")
_TROUBLES = (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError, RecursionError)
_CHECK_EVERY = 2000


def read_cityjson(path: Path, job: Task) -> City:
    """The city of a .json or a .jsonl file. Raises `UnusableInput` for what is no CityJSON or contradicts itself."""
    with job.watch(1800.0, f"读取 {path.name}"):
        try:
            first = _first_line(path)
            return _read_sequence(path, job) if first is not None else _read_one(load(path), path.name, job)
        except Wrong as error:
            raise UnusableInput(f"“{path.name}”{error}") from error
        except _TROUBLES as error:
            raise UnusableInput(f"“{path.name}”的结构不符合 CityJSON 规范，不能读取", detail=repr(error)) from error


def is_cityjson(path: Path) -> bool:
    """Whether the beginning of a file says that it is CityJSON (or a sequence)."""
    with path.open("rb") as stream:
        head = stream.read(4096)
    return bool(re.search(rb'"type"\s*:\s*"CityJSON(Feature)?"', head)) or b'"CityObjects"' in head


def _first_line(path: Path) -> str | None:
    """The first line of a sequence, None for a plain document."""
    with path.open("rb") as stream:
        line = stream.readline(1 << 28)
        more = stream.readline(1 << 12)
    if not more.lstrip().startswith(b"{") or not line.lstrip(b"\xef\xbb\xbf \t").startswith(b"{"):
        return None
    return line.decode("utf-8-sig") if line.rstrip().endswith(b"}") else None


def _read_one(document: Any, name: str, job: Task) -> City:
    city = _head(document, name)
    scale, translate = city.scale, city.translate
    vertices = _vertices(document.get("vertices", []), scale, translate)
    appearance = document.get("appearance") or {}
    templates = document.get("geometry-templates") or {}
    context = Context(
        vertices,
        _texture_places(appearance.get("vertices-texture", [])),
        templates.get("templates", []),
        _vertices(templates.get("vertices-templates", []), None, None),
        len(city.appearance.materials),
        len(city.appearance.textures),
    )
    _add_objects(city, document.get("CityObjects"), context, job)
    _check_relations(city, name)
    if context.instances:
        city.notes.append(f"“{name}”的 {context.instances} 个模板实例已展开为普通几何")
    return city


def _read_sequence(path: Path, job: Task) -> City:
    """A CityJSONSeq: the first line has transform and metadata, each further line one feature."""
    size = path.stat().st_size
    city: City | None = None
    templates: Json = {}
    instances = read = 0
    with path.open("rb") as stream:
        for number, raw in enumerate(stream, start=1):
            read += len(raw)
            if not raw.strip():
                continue
            where = f"{path.name}”第 {number} 行“"[:-1]
            line = parse(_decoded(raw, path.name, number), where)
            if city is None:
                city = _head(line, path.name)
                templates = line.get("geometry-templates", {})
                continue
            if not isinstance(line, dict) or line.get("type") != "CityJSONFeature":
                raise Wrong(f"第 {number} 行不是 CityJSONFeature")
            context = _feature_context(line, city, templates)
            _add_objects(city, line.get("CityObjects"), context, job)
            instances += context.instances
            if number % _CHECK_EVERY == 0:
                job.progress(0.3 * read / size, f"读取 {path.name}")
    if city is None:
        raise Wrong("是空的")
    _check_relations(city, path.name)
    if instances:
        city.notes.append(f"“{path.name}”的 {instances} 个模板实例已展开为普通几何")
    return city


def _decoded(raw: bytes, name: str, number: int) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableInput(f"“{name}”第 {number} 行不是 UTF-8 编码") from error


def _feature_context(line: Json, city: City, templates: Json) -> Context:
    """A feature's vertices, with its own materials and textures put behind those that the city has."""
    own = line.get("appearance", {})
    first_material, first_texture = len(city.appearance.materials), len(city.appearance.textures)
    city.appearance.materials += own.get("materials", [])
    city.appearance.textures += own.get("textures", [])
    return Context(
        _vertices(line.get("vertices", []), city.scale, city.translate),
        _texture_places(own.get("vertices-texture", [])),
        templates.get("templates", []),
        _vertices(templates.get("vertices-templates", []), None, None),
        len(city.appearance.materials),
        len(city.appearance.textures),
        first_material if own.get("materials") else 0,
        first_texture if own.get("textures") else 0,
    )


def _head(document: Any, name: str) -> City:
    """Version, metadata, transform and appearance."""
    if not isinstance(document, dict) or document.get("type") != "CityJSON":
        raise Wrong('不是 CityJSON（没有 "type": "CityJSON"）')
    version = str(document.get("version", ""))
    if not any(version == known or version.startswith(known + ".") for known in VERSIONS):
        raise Wrong(f"的版本是“{version[:20]}”，本软件读取 {'、'.join(VERSIONS)}")
    metadata = dict(document.get("metadata") or {})
    transform = document.get("transform")
    scale = translate = None
    if transform is not None:
        scale, translate = [float(v) for v in transform["scale"]], [float(v) for v in transform["translate"]]
        if len(scale) != 3 or len(translate) != 3 or not np.isfinite([*scale, *translate]).all() or min(scale) <= 0:
            raise Wrong("的 transform 不是三个正的比例和三个平移值")
    elif version != "1.0" and not version.startswith("1.0."):
        raise Wrong("没有 transform（坐标的比例和平移）")
    appearance = document.get("appearance") or {}
    kept = {key: value for key, value in appearance.items() if key.startswith("default-theme")}
    known = Appearance(list(appearance.get("materials", [])), list(appearance.get("textures", [])), kept)
    city = City({}, None, metadata, known, scale, translate, dict(document.get("extensions") or {}))
    stated = metadata.get("referenceSystem")
    if stated is not None:
        city.crs = crs_of(str(stated), name)
    return city


def crs_of(text: str, name: str) -> pyproj.CRS:
    """The CRS that a reference (URL, URN, `EPSG:n`) names. Raises `UnusableInput` for one that is not known."""
    match = _EPSG.search(text.strip())
    try:
        if match is None:
            raise CRSError(text)
        return pyproj.CRS.from_epsg(int(match[1]))
    except (CRSError, OverflowError) as error:
        raise UnusableInput(f"“{name}”声明的坐标系“{text[:80]}”不认识；请用 --crs 指定坐标系") from error


def _vertices(values: Any, scale: list[float] | None, translate: list[float] | None) -> np.ndarray:
    if not isinstance(values, list):
        raise Wrong("的 vertices 不是列表")
    if not values:
        return np.empty((0, 3))
    table = np.array(values, dtype=float)
    if table.ndim != 2 or table.shape[1] != 3 or not np.isfinite(table).all():
        raise Wrong("的 vertices 里有不是三个有效数值的坐标")
    if scale is not None and translate is not None:
        table = table * np.array(scale) + np.array(translate)
    return table


def _texture_places(values: Any) -> np.ndarray:
    return np.array(values, dtype=float).reshape(-1, 2) if values else np.empty((0, 2))


def _add_objects(city: City, things: Any, context: Context, job: Task) -> None:
    if not isinstance(things, dict):
        raise Wrong("没有 CityObjects，或它不是对象")
    for number, (identity, thing) in enumerate(things.items()):
        if number % _CHECK_EVERY == 0:
            job.check()
        if identity in city.objects:
            raise Wrong(f"里标识“{identity[:80]}”重复出现；请先改正重复的标识")
        city.objects[identity] = _object(identity, thing, context)


def _object(identity: str, thing: Any, context: Context) -> CityObject:
    where = f"的对象“{identity[:80]}”"
    if not isinstance(thing, dict) or not isinstance(thing.get("type"), str):
        raise Wrong(f"{where}没有 type")
    attributes: Any = thing.get("attributes") or {}
    geometries: Any = thing.get("geometry") or []
    if not isinstance(attributes, dict) or not isinstance(geometries, list):
        raise Wrong(f"{where}的 attributes 或 geometry 写法不对")
    result = CityObject(
        identity,
        thing["type"],
        attributes,
        [str(name) for name in thing.get("parents") or ()],
        [str(name) for name in thing.get("children") or thing.get("members") or ()],
        extra={key: value for key, value in thing.items() if key not in _OWN_MEMBERS},
    )
    restore_class(result)
    for part in geometries:
        try:
            result.geometries.append(read_geometry(part, context))
        except Wrong as error:
            raise Wrong(f"{where}{error}") from error
        except _TROUBLES as error:
            raise Wrong(f"{where}的几何结构不符合规范（{type(error).__name__}）") from error
    return result


def _check_relations(city: City, name: str) -> None:
    """Parents and children must be there and must not run in circles."""
    missing = {
        other for thing in city.objects.values() for other in (*thing.parents, *thing.children)
        if other not in city.objects
    }  # fmt: skip
    if missing:
        shown = "、".join(sorted(missing)[:3])
        city.notes.append(f"“{name}”提到 {len(missing)} 个不存在的对象（{shown}），这些关系没有保留")
        for thing in city.objects.values():
            thing.parents = [other for other in thing.parents if other not in missing]
            thing.children = [other for other in thing.children if other not in missing]
    for thing in city.objects.values():
        seen, here = {thing.id}, thing
        while here.parents and here.type != "CityObjectGroup":
            here = city.objects[here.parents[0]]
            if here.id in seen:
                raise Wrong(f"的对象“{thing.id[:80]}”的父子关系成环")
            seen.add(here.id)
