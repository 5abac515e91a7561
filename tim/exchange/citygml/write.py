"""CityGML 2.0 (OGC 12-019) and 3.0 (OGC 20-010, 21-006) from a model, object by object."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from lxml import etree

from pointcloud.task import Task
from tim.data import read_table
from tim.errors import UnusableInput
from tim.exchange.city.classes import CLASS, is_core
from tim.exchange.city.objects import LINES, POINTS, SURFACES, CityObject, Geometry, Surface
from tim.exchange.city.stream import ModelCity
from tim.exchange.citygml.names import CORE, GML, MODULES, OBJECT_ID
from tim.exchange.citygml.xml import HREF, XLINK
from tim.exchange.counts import Counts
from tim.sources.crs import horizontal

_NCNAME = re.compile(r"[^\w.-]")
_BOUNDED = ("RoofSurface", "WallSurface", "GroundSurface", "ClosureSurface", "OuterCeilingSurface", "OuterFloorSurface")
_OWN = {  # attributes that CityGML has itself, in the order of its schema
    "bldg": ("class", "function", "usage", "yearOfConstruction", "yearOfDemolition", "roofType", "measuredHeight",
             "storeysAboveGround", "storeysBelowGround"),
    "luse": ("class", "function", "usage"),
    "wtr": ("class", "function", "usage"),
    "veg": ("class", "function", "usage"),
    "tran": ("class", "function", "usage"),
    "frn": ("class", "function", "usage"),
}  # fmt: skip
_PARTS = {"BuildingPart": "consistsOfBuildingPart", "BuildingInstallation": "outerBuildingInstallation",
          "BridgePart": "consistsOfBridgePart", "TunnelPart": "consistsOfTunnelPart"}  # fmt: skip
_PARTS_3 = {"BuildingPart": "buildingPart", "BuildingInstallation": "buildingInstallation", "BridgePart": "bridgePart",
            "TunnelPart": "tunnelPart"}  # fmt: skip
_SPACES = ("bldg", "brid", "tun", "wtr", "veg", "frn")


def write_citygml(model: ModelCity, path: Path, task: Task, *, version: str = "2.0") -> Counts:
    """Write a document. Coordinates are written in the order of axes that the CRS prescribes.

    Materials and textures are not written. Raises `UnusableInput` when the CRS has no EPSG code.
    """
    assert model.head.crs is not None
    names = _Names(version)
    writer = _Writer(names, _srs_name(model), _swapped(model))
    counts = Counts(model)
    if model.head.appearance:
        task.warn("材质和纹理没有写进 CityGML；要带它们请导出 CityJSON")
    with etree.xmlfile(str(path), encoding="utf-8") as document:
        document.write_declaration()
        with document.element(names.core("CityModel"), nsmap=names.nsmap):
            for family in model.families(task.part(0.3, 1.0)):
                by_id = {thing.id: thing for thing in family}
                for thing in family:
                    counts.add(thing)
                document.write(writer.member(family[0], by_id), pretty_print=True)
    for kind, number in sorted(writer.left_out.items()):
        task.warn(f"{number} 个几何（{kind}）CityGML {version} 的这类对象不能带，没有写出")
    counts.tell(task)
    return counts


class _Names:
    """Qualified names of a version."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.gml = GML[version]
        self.nsmap: dict[str, str] = {"core": CORE.format(version), "gml": self.gml, "xlink": XLINK}
        used = {row["citygml"] for row in read_table("city_classes.csv")} | {"gen", "app"}
        for prefix in sorted(used & MODULES.keys()):
            if version == "3.0" or prefix != "con":
                self.nsmap[prefix] = CORE.format(f"{MODULES[prefix]}/{version}")

    @property
    def is_3(self) -> bool:
        return self.version == "3.0"

    def core(self, name: str) -> str:
        return f"{{{self.nsmap['core']}}}{name}"

    def of(self, prefix: str, name: str) -> str:
        return f"{{{self.nsmap[prefix]}}}{name}"


@dataclass
class _Writer:
    names: _Names
    srs: str
    swap: bool

    def __post_init__(self) -> None:
        self.left_out: dict[str, int] = {}
        self._used: set[str] = set()
        self._kinds = {row["type"]: row["citygml"] for row in read_table("city_classes.csv")}

    def member(self, root: CityObject, family: dict[str, CityObject]) -> Any:
        element = etree.Element(self.names.core("cityObjectMember"), nsmap=self.names.nsmap)
        element.append(self._feature(root, family))
        return element

    def _feature(self, thing: CityObject, family: dict[str, CityObject]) -> Any:
        kind = thing.type
        prefix = self._kinds.get(kind, "gen")
        if prefix not in self.names.nsmap or prefix in ("urf", "con", "grp"):
            prefix, kind = "gen", "GenericCityObject" if not self.names.is_3 else "GenericOccupiedSpace"
        elif prefix == "gen":
            kind = "GenericCityObject" if not self.names.is_3 else "GenericOccupiedSpace"
        if kind == "TINRelief":
            return self._relief(thing)
        name = {"TransportSquare": "Square", "BuildingRoom": "Room" if not self.names.is_3 else "BuildingRoom"}.get(
            kind, kind
        )
        element = self._element(prefix, name, thing.id)
        own = self._split(thing, prefix)
        if self.names.is_3:
            self._body_3(element, thing, prefix, own, family)
        else:
            self._body_2(element, thing, prefix, own, family)
        return element

    def _body_2(self, element: Any, thing: CityObject, prefix: str, own: dict, family: dict) -> None:
        self._generic(element, thing, own)
        self._own(element, thing, prefix, own)
        bounds: list[Any] = []
        above: list[Any] = []
        for geometry in sorted(thing.geometries, key=lambda geometry: geometry.lod):
            made = self._geometry(element, above, thing, geometry, prefix, bounds)
            if made is not None:
                (above if geometry.lod[:1] in ("3", "4") else element).append(made)
        element.extend([*bounds, *above])  # the schema has boundaries between LoD 2 and LoD 3
        for child in (family[name] for name in thing.children if name in family):
            holder = _PARTS.get(child.type)
            if holder is None:
                self.left_out[child.type] = self.left_out.get(child.type, 0) + 1
                continue
            etree.SubElement(element, self.names.of(prefix, holder)).append(self._feature(child, family))

    def _body_3(self, element: Any, thing: CityObject, prefix: str, own: dict, family: dict) -> None:
        self._generic(element, thing, own)
        for geometry in sorted(thing.geometries, key=lambda geometry: geometry.lod):
            made = self._geometry(element, [], thing, geometry, "core", [])
            if made is not None:
                element.append(made)
        self._own(element, thing, prefix, own)
        for child in (family[name] for name in thing.children if name in family):
            holder = _PARTS_3.get(child.type)
            if holder is None:
                self.left_out[child.type] = self.left_out.get(child.type, 0) + 1
                continue
            etree.SubElement(element, self.names.of(prefix, holder)).append(self._feature(child, family))

    def _relief(self, thing: CityObject) -> Any:
        element = self._element("dem", "ReliefFeature", f"{thing.id}-relief")
        lod = next((geometry.lod[:1] for geometry in thing.geometries if geometry.lod), "1")
        etree.SubElement(element, self.names.of("dem", "lod")).text = lod
        part = etree.SubElement(element, self.names.of("dem", "reliefComponent"))
        inner = self._element("dem", "TINRelief", thing.id)
        part.append(inner)
        self._generic(inner, thing, {})
        etree.SubElement(inner, self.names.of("dem", "lod")).text = lod
        surface = etree.SubElement(
            etree.SubElement(inner, self.names.of("dem", "tin")), self._gml("TriangulatedSurface"), srsName=self.srs,
            srsDimension="3",
        )  # fmt: skip
        patches = etree.SubElement(surface, self._gml("trianglePatches" if not self.names.is_3 else "patches"))
        for geometry in thing.geometries:
            for rings in geometry.surfaces:
                triangle = etree.SubElement(patches, self._gml("Triangle"))
                self._ring(etree.SubElement(triangle, self._gml("exterior")), rings[0])
        return element

    def _geometry(
        self, element: Any, above: list[Any], thing: CityObject, geometry: Geometry, prefix: str, bounds: list[Any]
    ) -> Any:
        """The element of a geometry, None when the class has none for it or it is taken.

        Semantic surfaces of buildings stand beside their solid, which refers to them: they are added to `bounds`.
        """
        lod = geometry.lod[:1] or "1"
        roles = geometry.roles and thing.type.startswith("Building") and lod in ("2", "3")
        bounded = roles and all(geometry.role_of(place) in _BOUNDED for place in range(len(geometry.surfaces)))
        tag = self._tag(thing, geometry, lod)
        taken = self.names.of(prefix, tag or "")
        if tag is None or any(part.tag == taken for part in (*element, *above)):
            key = f"LoD {geometry.lod} {geometry.kind}"
            self.left_out[key] = self.left_out.get(key, 0) + 1
            return None
        polygons = [self._polygon(surface) for surface in geometry.surfaces]
        names: list[str] | None = None
        if bounded and not self.names.is_3 and geometry.is_solid:
            names = [self._identity(f"{thing.id}_{place}_lod{geometry.lod}") for place in range(len(polygons))]
        holder = etree.Element(taken)
        holder.append(self._body(geometry, polygons, names))
        if names is not None:
            bounds += self._boundaries(geometry, polygons, names, lod, prefix)
        return holder

    def _boundaries(
        self, geometry: Geometry, polygons: list[Any], names: list[str], lod: str, prefix: str
    ) -> list[Any]:
        found = []
        for number, role in enumerate(geometry.roles):
            own = [place for place, of in enumerate(geometry.role) if of == number]
            if not own:
                continue
            bound = etree.Element(self.names.of(prefix, "boundedBy"))
            found.append(bound)
            surface = etree.SubElement(bound, self.names.of(prefix, role["type"]))
            holder = etree.SubElement(surface, self.names.of(prefix, f"lod{lod}MultiSurface"))
            multi = etree.SubElement(holder, self._gml("MultiSurface"), srsName=self.srs, srsDimension="3")
            for place in own:
                polygons[place].set(self._gml("id"), names[place])
                etree.SubElement(multi, self._gml("surfaceMember")).append(polygons[place])
        return found

    def _tag(self, thing: CityObject, geometry: Geometry, lod: str) -> str | None:
        """The element that holds a geometry, None where the class has none for it."""
        kind, three = geometry.kind, self.names.is_3
        if thing.type == "GenericCityObject" or (self._kinds.get(thing.type, "gen") in ("gen", "urf", "veg", "frn")):
            if not three and self._kinds.get(thing.type, "gen") in ("gen", "urf", "frn"):
                return f"lod{lod}Geometry"
            if not three and thing.type == "SolitaryVegetationObject":
                return f"lod{lod}Geometry"
        if geometry.is_solid:
            return f"lod{lod}Solid" if lod != "0" else None
        if kind in SURFACES:
            if lod == "0" and not three and thing.type in ("Building", "BuildingPart"):
                return "lod0FootPrint"
            return f"lod{lod}MultiSurface"
        if kind == LINES:
            return f"lod{lod}MultiCurve"
        return None

    def _body(self, geometry: Geometry, polygons: list[Any], names: list[str] | None) -> Any:
        members: list[Any]
        if geometry.kind in (POINTS, LINES):
            body = etree.Element(self._gml("MultiCurve"), srsName=self.srs, srsDimension="3")
            for (line,) in geometry.surfaces:
                curve = etree.SubElement(etree.SubElement(body, self._gml("curveMember")), self._gml("LineString"))
                etree.SubElement(curve, self._gml("posList")).text = self._places(line)
            return body
        members = (
            [self._reference(name) for name in names] if names else [self._member(polygon) for polygon in polygons]
        )
        if not geometry.is_solid:
            body = etree.Element(self._gml("MultiSurface"), srsName=self.srs, srsDimension="3")
            body.extend(members)
            return body
        start, solids = 0, []
        for shells in geometry.shells:
            solid = etree.Element(self._gml("Solid"), srsName=self.srs, srsDimension="3")
            for number, count in enumerate(shells):
                part = etree.SubElement(solid, self._gml("interior" if number else "exterior"))
                shell = etree.SubElement(part, self._gml("Shell" if self.names.is_3 else "CompositeSurface"))
                shell.extend(members[start : start + count])
                start += count
            solids.append(solid)
        if len(solids) == 1:
            return solids[0]
        body = etree.Element(self._gml("CompositeSolid" if geometry.kind == "CompositeSolid" else "MultiSolid"))
        for solid in solids:
            etree.SubElement(body, self._gml("solidMember")).append(solid)
        return body

    def _member(self, polygon: Any) -> Any:
        member = etree.Element(self._gml("surfaceMember"))
        member.append(polygon)
        return member

    def _reference(self, name: str) -> Any:
        return etree.Element(self._gml("surfaceMember"), {HREF: f"#{name}"})

    def _polygon(self, surface: Surface) -> Any:
        polygon = etree.Element(self._gml("Polygon"))
        for number, ring in enumerate(surface):
            self._ring(etree.SubElement(polygon, self._gml("interior" if number else "exterior")), ring)
        return polygon

    def _ring(self, holder: Any, ring: np.ndarray) -> None:
        linear = etree.SubElement(holder, self._gml("LinearRing"))
        etree.SubElement(linear, self._gml("posList")).text = self._places(np.concatenate([ring, ring[:1]]))

    def _places(self, places: np.ndarray) -> str:
        ordered = places[:, [1, 0, 2]] if self.swap else places
        return " ".join(_number(value) for value in ordered.ravel().tolist())

    def _split(self, thing: CityObject, prefix: str) -> dict[str, Any]:
        """The attributes that the class has itself."""
        plain = {name: value for name, value in thing.attributes.items() if not isinstance(value, (dict, bool))}
        return {name: plain[name] for name in _OWN.get(prefix, ()) if plain.get(name) is not None}

    def _own(self, element: Any, thing: CityObject, prefix: str, own: dict[str, Any]) -> None:
        spaces = thing.extra.get("codeSpaces", {})
        for name in (name for name in _OWN.get(prefix, ()) if name in own):
            for value in own[name] if isinstance(own[name], list) else [own[name]]:
                child = etree.SubElement(element, self.names.of(prefix, name))
                child.text = str(value)
                if name in spaces:
                    child.set("codeSpace", spaces[name])
                if name == "measuredHeight":
                    child.set("uom", "m")

    def _generic(self, element: Any, thing: CityObject, own: dict[str, Any]) -> None:
        """All other attributes as generic ones; meanings of codes are left out, they stand in the code lists."""
        spaces = thing.extra.get("codeSpaces", {})
        derived = {f"{name}_name" for name in spaces}
        changed = {} if element.get(self._gml("id")) in (thing.id, f"{thing.id}-relief") else {OBJECT_ID: thing.id}
        if not is_core(thing.type):
            changed[CLASS] = thing.type
        for name, value in _flat({**thing.attributes, **changed}):
            if name in own or name in derived or value is None:
                continue
            kind, text = _typed(value)
            if self.names.is_3:
                holder = etree.SubElement(element, self.names.core("genericAttribute"))
                attribute = etree.SubElement(holder, self.names.of("gen", f"{kind.capitalize()}Attribute"))
                etree.SubElement(attribute, self.names.of("gen", "name")).text = name
                etree.SubElement(attribute, self.names.of("gen", "value")).text = text
            else:
                attribute = etree.SubElement(element, self.names.of("gen", f"{kind}Attribute"), name=name)
                etree.SubElement(attribute, self.names.of("gen", "value")).text = text

    def _element(self, prefix: str, name: str, identity: str) -> Any:
        return etree.Element(self.names.of(prefix, name), {self._gml("id"): self._identity(identity)})

    def _identity(self, text: str) -> str:
        """A gml:id: an XML name that is not taken. Ids that are names already stay as they are."""
        name = _NCNAME.sub("_", text)
        name = name if name[:1].isalpha() or name[:1] == "_" else f"_{name}"
        base, number = name, 1
        while name in self._used:
            number += 1
            name = f"{base}_{number}"
        self._used.add(name)
        return name

    def _gml(self, name: str) -> str:
        return f"{{{self.names.gml}}}{name}"


def _flat(attributes: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in attributes.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{inner}", deeper) for inner, deeper in _flat(value))
        elif isinstance(value, list):
            yield name, ", ".join(map(str, value))
        else:
            yield name, value


def _typed(value: Any) -> tuple[str, str]:
    if isinstance(value, bool):
        return "string", "true" if value else "false"
    if isinstance(value, int):
        return "int", str(value)
    return ("double", repr(value)) if isinstance(value, float) else ("string", str(value))


def _number(value: float) -> str:
    """The shortest text of a number to a hundred-millionth, without an exponent."""
    text = f"{value:.9f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _srs_name(model: ModelCity) -> str:
    crs = model.head.crs
    assert crs is not None
    code = crs.to_epsg()
    if code:
        return f"urn:ogc:def:crs:EPSG::{code}"
    parts = [part.to_epsg() for part in crs.sub_crs_list] if crs.is_compound else []
    if parts and all(parts):
        return "urn:ogc:def:crs," + ",".join(f"crs:EPSG::{part}" for part in parts)
    raise UnusableInput("模型的坐标系没有 EPSG 编号，CityGML 不能写明它；请换用有编号的坐标系")


def _swapped(model: ModelCity) -> bool:
    assert model.head.crs is not None
    axes = horizontal(model.head.crs).axis_info
    return bool(axes) and axes[0].direction.lower() in ("north", "south")
