"""Features of CityGML as city objects."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tim.exchange.city.objects import CityObject, Json
from tim.exchange.citygml.appearance import Appearances
from tim.exchange.citygml.codelists import CodeLists
from tim.exchange.citygml.geometry import (
    Face,
    Made,
    Reader,
    line_geometry,
    point_geometry,
    solid_geometry,
    surface_geometry,
)
from tim.exchange.citygml.names import (
    CHILDREN,
    INTEGERS,
    NUMBERS,
    ROLE_NAMES,
    SKIPPED,
    SURFACE_ROLES,
    TYPES,
)
from tim.exchange.citygml.xml import HREF, gml_id, local, text

_LOD = re.compile(r"^lod(\d(?:\.\d)?)(\w+)$")
_GENERIC = {"string": str, "int": int, "double": float, "measure": float, "date": str, "uri": str, "code": str}
_RELIEF = ("tin", "reliefPoints", "ridgeOrValleyLines")


@dataclass
class Builder:
    """Makes objects of features; counts what it could not take along."""

    swap: bool
    codes: CodeLists
    appearances: Appearances
    dimension: int = 3
    objects: dict[str, CityObject] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    srs: set[str] = field(default_factory=set)
    unnamed: int = 0

    def add(self, feature: Any, parent: CityObject | None = None) -> list[CityObject]:
        """The object of a feature and those below it. Raises `BadGml`, `KeyError` for a repeated identity."""
        name = local(feature)
        if name == "ReliefFeature":
            inner = [child for part in feature if local(part) == "reliefComponent" for child in part if local(child)]
            return [thing for child in inner for thing in self.add(child, parent)]
        if name in ("MassPointRelief", "BreaklineRelief", "RasterRelief"):
            self.left_out[name] += 1
            return []
        identity = gml_id(feature)
        if identity is None:
            self.unnamed += 1
            identity = f"{name}-{self.unnamed}"
        if identity in self.objects:
            raise KeyError(identity)
        thing = CityObject(identity, TYPES.get(name, "GenericCityObject" if name.startswith("Generic") else name))
        if parent is not None:
            thing.parents.append(parent.id)
            parent.children.append(identity)
        self.objects[identity] = thing
        index = {found: element for element in feature.iter() if (found := gml_id(element)) is not None}
        reader = Reader(index.get, self.swap, self.dimension)
        self._fill(thing, feature, reader)
        self.srs |= reader.srs
        if reader.unresolved:
            self.left_out["xlink"] += reader.unresolved
        return [thing]

    def _fill(self, thing: CityObject, feature: Any, reader: Reader) -> None:
        made: list[Made] = []
        roles: list[Json] = []
        role_of: dict[str, int] = {}
        owners: dict[str, tuple[str, ...]] = {}
        loose: dict[str, list[tuple[Face, int]]] = {}
        spaces: dict[str, str] = {}
        for child in feature:
            name = local(child)
            inner = [part for part in child if local(part)]
            match = _LOD.match(name)
            if match or name in _RELIEF:
                part = self._geometry(
                    match[1] if match else _relief_lod(feature), match[2] if match else name, child, reader
                )
                if part is not None:
                    made.append(part)
            elif inner and local(inner[0]) in SURFACE_ROLES:
                for surface in inner:
                    self._role(surface, None, reader, roles, role_of, owners, loose)
            elif inner and local(inner[0]) in CHILDREN:
                for part in inner:
                    self.add(part, thing)
            elif name == "groupMember":
                thing.children.append((child.get(HREF) or "").rpartition("#")[2])
            elif name == "address":
                thing.extra.setdefault("address", []).append(_nested(child))
            elif name not in SKIPPED and name:
                self._attribute(thing.attributes, child, spaces)
        for part in made:
            _assign(part, role_of, roles)
        _add_loose(made, loose, roles)
        for part in made:
            self.appearances.apply(part, [owners.get(face.id or "", ()) for face in part.faces])
            thing.geometries.append(part.geometry)
        if spaces:
            thing.extra["codeSpaces"] = spaces

    def _geometry(self, lod: str, sort: str, element: Any, reader: Reader) -> Made | None:
        if sort == "ImplicitRepresentation" or sort.endswith("TerrainIntersection"):
            self.left_out[sort] += 1
            return None
        inner = next((child for child in element if local(child)), None)
        if inner is None:
            return None
        kind = local(inner)
        if kind in ("Solid", "CompositeSolid", "MultiSolid"):
            solids = [solid for solid in reader.solids(inner) if solid]
            return solid_geometry(solids, lod, kind == "CompositeSolid") if solids else None
        if kind in ("MultiCurve", "LineString", "Curve", "CompositeCurve"):
            lines = reader.lines(inner)
            return line_geometry(lines, lod) if lines else None
        if kind in ("MultiPoint", "Point"):
            return point_geometry(reader.points(inner), lod)
        faces = reader.faces(inner)
        composite = kind in ("CompositeSurface", "TriangulatedSurface", "Tin")
        return surface_geometry(faces, lod, "CompositeSurface" if composite else "MultiSurface") if faces else None

    def _role(
        self,
        surface: Any,
        parent: int | None,
        reader: Reader,
        roles: list[Json],
        role_of: dict[str, int],
        owners: dict[str, tuple[str, ...]],
        loose: dict[str, list[tuple[Face, int]]],
    ) -> None:
        """A semantic surface: its attributes, and which polygons are its."""
        number, name = len(roles), local(surface)
        role: Json = {"type": ROLE_NAMES.get(name, name)}
        if gml_id(surface):
            role["id"] = gml_id(surface)
        if parent is not None:
            role["parent"] = parent
            roles[parent].setdefault("children", []).append(number)
        roles.append(role)
        for child in surface:
            match = _LOD.match(local(child))
            inner = [part for part in child if local(part)]
            if match:
                for face in reader.faces(child):
                    loose.setdefault(match[1], []).append((face, number))
                    owner = (gml_id(surface), next((gml_id(part) for part in inner), None))
                    if face.id is not None:
                        role_of[face.id] = number
                        owners[face.id] = tuple(identity for identity in owner if identity)
            elif inner and local(inner[0]) in SURFACE_ROLES:
                for opening in inner:
                    self._role(opening, number, reader, roles, role_of, owners, loose)
            elif local(child) and local(child) not in SKIPPED:
                self._attribute(role, child, {})

    def _attribute(self, attributes: Json, element: Any, spaces: dict[str, str]) -> None:
        name = local(element)
        generic = re.match(r"^(string|int|double|measure|date|uri|code)Attribute$", name)
        if generic:
            value = next((text(child) for child in element if local(child) == "value"), "")
            _put(attributes, element.get("name") or "", _number(value, _GENERIC[generic[1]]))
        elif name == "genericAttribute":
            for inner in element:
                self._attribute_3(attributes, inner)
        elif name == "genericAttributeSet":
            inside: Json = {}
            for child in element:
                self._attribute(inside, child, {})
            _put(attributes, element.get("name") or "", inside)
        elif len(element):
            _put(attributes, name, self._complex(element))
        else:
            self._simple(attributes, element, name, spaces)

    def _simple(self, attributes: Json, element: Any, name: str, spaces: dict[str, str]) -> None:
        value = text(element)
        if not value and element.get(HREF):
            value = str(element.get(HREF))
        kind = int if name in INTEGERS else float if name in NUMBERS and " " not in value else str
        _put(attributes, name, _number(value, kind))
        space = element.get("codeSpace")
        if space:
            spaces[name] = space
            meaning = self.codes.meaning(space, value)
            if meaning is not None:
                _put(attributes, f"{name}_name", meaning)

    def _attribute_3(self, attributes: Json, element: Any) -> None:
        """A generic attribute of CityGML 3: gen:StringAttribute with gen:name and gen:value."""
        kind = re.match(r"^(String|Int|Double|Measure|Date|Uri|Code)Attribute$", local(element))
        parts = {local(child): child for child in element if local(child)}
        if kind and "name" in parts and "value" in parts:
            _put(attributes, text(parts["name"]), _number(text(parts["value"]), _GENERIC[kind[1].lower()]))

    def _complex(self, element: Any) -> Json:
        """Nested elements as nested members; a lone wrapper (uro:LandUseDetailAttribute …) is left out."""
        inner = [child for child in element if local(child)]
        if len(inner) == 1 and len(inner[0]) and local(inner[0])[:1].isupper():
            return self._complex(inner[0])
        result: Json = {}
        for child in inner:
            if len(child):
                _put(result, local(child), self._complex(child))
            else:
                self._simple(result, child, local(child), {})
        return result


def _assign(part: Made, role_of: dict[str, int], roles: list[Json]) -> None:
    """Semantics of a geometry by the identities of its polygons; roles that it does not use are left out."""
    numbers = [role_of.get(face.id or "") for face in part.faces]
    _set_roles(part, numbers, roles)


def _set_roles(part: Made, numbers: list[int | None], roles: list[Json]) -> None:
    used = {number for number in numbers if number is not None}
    used |= {roles[number]["parent"] for number in used if "parent" in roles[number]}
    if not used:
        return
    new = {old: place for place, old in enumerate(sorted(used))}
    part.geometry.roles = [_renumbered(roles[old], new) for old in sorted(used)]
    part.geometry.role = [None if number is None else new[number] for number in numbers]


def _renumbered(role: Json, new: dict[int, int]) -> Json:
    result = dict(role)
    if "parent" in result:
        result["parent"] = new[result["parent"]]
    if "children" in result:
        result["children"] = [new[child] for child in result["children"] if child in new]
        if not result["children"]:
            del result["children"]
    return result


def _add_loose(made: list[Made], loose: dict[str, list[tuple[Face, int]]], roles: list[Json]) -> None:
    """Semantic surfaces that no solid of their LoD refers to become a MultiSurface of their own."""
    for lod, pairs in loose.items():
        referred = {face.id for part in made if part.geometry.lod == lod for face in part.faces if face.id}
        kept = [(face, number) for face, number in pairs if face.id is None or face.id not in referred]
        if kept:
            part = surface_geometry([face for face, _ in kept], lod)
            _set_roles(part, [number for _, number in kept], roles)
            made.append(part)


def _relief_lod(feature: Any) -> str:
    return next((text(child) for child in feature if local(child) == "lod"), "1")


def _put(attributes: Json, name: str, value: Any) -> None:
    """Set an attribute; one that is there already becomes a list."""
    if name not in attributes:
        attributes[name] = value
    elif isinstance(attributes[name], list):
        attributes[name].append(value)
    else:
        attributes[name] = [attributes[name], value]


def _number(value: str, kind: type) -> Any:
    if kind is str:
        return value
    try:
        return kind(value)
    except ValueError:
        return value


def _nested(element: Any) -> Any:
    """An element as nested members, texts at the ends."""
    inner = [child for child in element if local(child)]
    if not inner:
        return text(element)
    result: Json = {}
    for child in inner:
        _put(result, local(child), _nested(child))
    return result
