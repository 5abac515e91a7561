"""A made CityJSON with two levels of detail, parts, semantics, materials and textures, in EPSG:4547."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
_FACES = [[3, 2, 1, 0], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]]
KINDS = ["GroundSurface", "RoofSurface", "WallSurface"]
ROLES = [0, 1, 2, 2, 2, 2]


def box(vertices: list, west: int, south: int, size: int, top: int) -> list:
    """A closed box; its eight corners are added to `vertices` (whole millimetres)."""
    first = len(vertices)
    for z in (0, top):
        vertices += [[x, y, z] for x, y in ((west, south), (west + size, south), (west + size, south + size),
                                            (west, south + size))]  # fmt: skip
    return [[[first + corner for corner in face]] for face in _FACES]


def solid(vertices: list, lod: str, *place: int) -> Json:
    """A solid with semantics."""
    semantics = {"surfaces": [{"type": kind} for kind in KINDS], "values": [list(ROLES)]}
    return {"type": "Solid", "lod": lod, "boundaries": [box(vertices, *place)], "semantics": semantics}


def small_city() -> Json:
    """The document."""
    vertices: list = []
    house = solid(vertices, "1.2", 0, 0, 10_000, 9_000)
    fine = solid(vertices, "2.2", 0, 0, 10_000, 10_500)
    fine["semantics"]["surfaces"][1]["坡度"] = 12.5
    fine["material"] = {"": {"values": [[0, 1, 0, 0, 0, None]]}}
    rings = [[0, 0, 1, 2, 3]]
    fine["texture"] = {"风貌": {"values": [[[[None]], rings, [[None]], [[None]], [[None]], [[None]]]]}}
    parts = [solid(vertices, "2.2", 30_000 + 10_000 * n, 0, 10_000, 5_000 + 1_000 * n) for n in range(2)]
    vertices += [[0, 40_000, 0], [20_000, 40_000, 0], [20_000, 60_000, 0], [0, 60_000, 0], [5_000, 45_000, 0],
                 [5_000, 50_000, 0], [10_000, 50_000, 0]]  # fmt: skip
    n = len(vertices) - 7
    patch = {"type": "MultiSurface", "lod": "1", "boundaries": [[[n, n + 1, n + 2, n + 3], [n + 4, n + 5, n + 6]]]}
    return {
        "type": "CityJSON",
        "version": "2.0",
        "metadata": {"title": "测试城市", "referenceDate": "2026-01-31", "identifier": "x-1",
                     "referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/4547"},
        "transform": {"scale": [0.001, 0.001, 0.001], "translate": [500_000.0, 3_400_000.0, 12.5]},
        "CityObjects": {
            "甲楼": {"type": "Building", "attributes": {"层数": 3, "高": 10.5, "在用": True, "名称": "甲", "空": None,
                                                     "业主": {"姓": "张", "户": [1, 2]}}, "geometry": [house, fine]},
            "乙楼": {"type": "Building", "attributes": {}, "children": ["乙楼-1", "乙楼-2"], "geometry": []},
            "乙楼-1": {"type": "BuildingPart", "attributes": {"层数": 1}, "parents": ["乙楼"], "geometry": [parts[0]]},
            "乙楼-2": {"type": "BuildingPart", "attributes": {}, "parents": ["乙楼"], "geometry": [parts[1]]},
            "地块": {"type": "LandUse", "attributes": {"DLBM": "0701", "DLMC": "城镇住宅用地"}, "geometry": [patch]},
        },
        "vertices": vertices,
        "appearance": {
            "materials": [{"name": "墙", "diffuseColor": [0.9, 0.9, 0.8]}, {"name": "顶", "transparency": 0.5}],
            "textures": [{"type": "PNG", "image": "pictures/roof.png"}],
            "vertices-texture": [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]],
        },
    }  # fmt: skip


def plain(city: Json) -> dict[str, Any]:
    """What objects are, with coordinates (whole numbers of the scale) in place of the numbers of vertices."""
    places = city["vertices"]
    textures = city.get("appearance", {}).get("vertices-texture", [])

    def placed(numbers: Any) -> Any:
        return tuple(places[numbers]) if isinstance(numbers, int) else [placed(inner) for inner in numbers]

    def pictured(values: Any) -> Any:
        if values and not isinstance(values[0], list):
            return [values[0], *(tuple(textures[number]) for number in values[1:])]
        return [pictured(inner) for inner in values]

    result = {}
    for name, thing in city["CityObjects"].items():
        geometries = [
            {
                **part,
                "boundaries": placed(part["boundaries"]),
                "texture": {key: pictured(value["values"]) for key, value in part.get("texture", {}).items()},
            }
            for part in thing.get("geometry", [])
        ]
        result[name] = {"attributes": {}, "parents": [], "children": [], **thing, "geometry": geometries}
    return result
