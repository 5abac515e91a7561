"""CityGML as a city."""

from __future__ import annotations

import re
from pathlib import Path

import pyproj
from pyproj.exceptions import CRSError

from pointcloud.task import Task
from tim.errors import UnusableInput
from tim.exchange.city.classes import restore_class
from tim.exchange.city.objects import City, CityObject
from tim.exchange.citygml.appearance import Appearances
from tim.exchange.citygml.codelists import CodeLists
from tim.exchange.citygml.geometry import BadGml
from tim.exchange.citygml.names import OBJECT_ID
from tim.exchange.citygml.objects import Builder
from tim.exchange.citygml.xml import elements, local, root_of, text
from tim.sources.crs import horizontal

_MEMBERS = ("cityObjectMember", "featureMember")
_TITLES = {"xlink": "不能解析的引用", "ImplicitRepresentation": "隐式几何（库对象）"}
_CODE = re.compile(r"EPSG[:/][\d.]*[:/]?(\d+)", re.IGNORECASE)
_IN_NAME = re.compile(r"_(\d{4,5})_")
_FORMAL = ("urn:", "http:", "https:")


def is_citygml(path: Path) -> bool:
    """Whether a file's first element is a CityModel."""
    namespace, name = root_of(path)
    return name == "CityModel" and "citygml" in namespace


def read_citygml(path: Path, axis: str, task: Task) -> City:
    """The city of a file. `axis`: "auto", "xy" or "yx", the order of the first two coordinates.

    "auto" is the order of the CRS for formal names (urn:…, http:…), and x, y for short ones (EPSG:n). Raises
    `UnusableInput`.
    """
    with task.watch(1800.0, f"读取 {path.name}"):
        appearances, metadata, stated, dimension = _first_pass(path, task)
        crs = _crs_of(stated, path.name) if stated else None
        swap = axis == "yx" or (axis == "auto" and crs is not None and _north_first(crs, stated))
        builder = Builder(swap, CodeLists(path), appearances, dimension)
        try:
            for member in elements(path, _MEMBERS):
                task.check()
                for feature in member:
                    if local(feature):
                        builder.add(feature)
        except BadGml as error:
            raise UnusableInput(f"“{path.name}”{error}") from error
        except KeyError as error:
            raise UnusableInput(
                f"“{path.name}”里标识“{str(error.args[0])[:80]}”重复出现；请先改正重复的标识"
            ) from error
    city = City(_own_names(builder.objects), crs, metadata, appearances.appearance)
    _check_names(builder.srs, stated, path.name)
    city.notes = _notes(path, builder, crs)
    return city


def _own_names(objects: dict[str, CityObject]) -> dict[str, CityObject]:
    """Objects with the ids and classes that they had before our writer made XML names and generic objects of them."""
    for thing in objects.values():
        restore_class(thing)
    names = {old: str(thing.attributes.pop(OBJECT_ID, old)) for old, thing in objects.items()}
    if len(set(names.values())) < len(names):
        return objects
    for old, thing in objects.items():
        thing.id = names[old]
        thing.parents = [names.get(name, name) for name in thing.parents]
        thing.children = [names.get(name, name) for name in thing.children]
    return {thing.id: thing for thing in objects.values()}


def _first_pass(path: Path, task: Task) -> tuple[Appearances, dict, str, int]:
    """Appearances (they may stand behind the objects), name and description, srsName and dimension."""
    appearances, metadata, stated, dimension = Appearances(), dict[str, str](), "", 3
    for element in elements(path, ("Appearance", "Envelope", *_MEMBERS)):
        task.check()
        name = local(element)
        try:
            if name == "Appearance":
                appearances.read(element)
            elif name == "Envelope" and not stated:
                stated = (element.get("srsName") or "").strip()
                dimension = 2 if element.get("srsDimension") == "2" else 3
            elif name in _MEMBERS and not stated:
                found = next((str(inner.get("srsName")) for inner in element.iter() if inner.get("srsName")), "")
                stated = found.strip()
        except ValueError as error:
            raise UnusableInput(f"“{path.name}”的外观（Appearance）里有不是数的文字", detail=str(error)) from error
        if name in _MEMBERS:
            continue
        parent = element.getparent()
        if parent is not None and local(parent) == "boundedBy" and local(parent.getparent()) == "CityModel":
            for sibling in parent.getparent():
                if local(sibling) in ("name", "description"):
                    metadata["title" if local(sibling) == "name" else "description"] = text(sibling)
    kept = {"title": metadata["title"]} if "title" in metadata else {}
    return appearances, kept, stated, dimension


def _crs_of(text: str, name: str) -> pyproj.CRS:
    """The CRS of an srsName; two codes are a horizontal and a vertical one."""
    codes = _CODE.findall(text)
    try:
        if not codes or len(codes) > 2:
            raise CRSError(text)
        return pyproj.CRS.from_user_input("EPSG:" + "+".join(codes))
    except CRSError as error:
        raise UnusableInput(f"“{name}”的 srsName“{text[:80]}”不认识；请用 --crs 指定坐标系") from error


def _north_first(crs: pyproj.CRS, stated: str) -> bool:
    axes = horizontal(crs).axis_info
    return stated.lower().startswith(_FORMAL) and bool(axes) and axes[0].direction.lower() in ("north", "south")


def _check_names(found: set[str], stated: str, name: str) -> None:
    """Refuse geometries whose srsName is another CRS than the file's."""
    codes = {tuple(_CODE.findall(text)) for text in found}
    own = tuple(_CODE.findall(stated))
    other = [text for text in sorted(found) if tuple(_CODE.findall(text)) != own]
    if len(codes | {own}) > 1 and other:
        raise UnusableInput(
            f"“{name}”的 srsName 互相矛盾：文件是“{stated[:60]}”，几何里有“{other[0][:60]}”；请改正后再导入"
        )


def _notes(path: Path, builder: Builder, crs: pyproj.CRS | None) -> list[str]:
    notes = builder.codes.notes(path.name)
    if crs is not None:
        own = {horizontal(crs).to_epsg(), crs.to_epsg()}
        named = [code for code in _IN_NAME.findall(path.name) if int(code) not in own and _is_code(int(code))]
        own_code = crs.to_epsg() or horizontal(crs).to_epsg()
        if named:
            notes.append(f"“{path.name}”的文件名写着 {named[0]}，srsName 却是 EPSG:{own_code}；已按 srsName 读取")
        elif horizontal(crs).to_epsg() != crs.to_epsg() and any(
            int(code) == horizontal(crs).to_epsg() for code in _IN_NAME.findall(path.name)
        ):
            notes.append(
                f"“{path.name}”的文件名写着平面坐标系 {horizontal(crs).to_epsg()}，srsName 是 EPSG:{own_code}；"
                "已按 srsName 读取"
            )
    for name, count in sorted(builder.left_out.items()):
        title = _TITLES.get(name, "地形交线" if name.endswith("TerrainIntersection") else name)
        notes.append(f"“{path.name}”有 {count} 处{title}没有导入")
    if builder.appearances.skipped:
        notes.append(f"“{path.name}”有 {builder.appearances.skipped} 个地理配准纹理没有导入")
    if builder.unnamed:
        notes.append(f"“{path.name}”有 {builder.unnamed} 个对象没有 gml:id，已按次序编号；再次导入时次序变了编号也会变")
    return notes


def _is_code(code: int) -> bool:
    try:
        pyproj.CRS.from_epsg(code)
    except CRSError:
        return False
    return True
