"""The planning layers of the sample, with the field names of the survey and planning databases, in one GeoPackage."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from pyproj import CRS

from tim.area import ellipsoidal_area, round_area
from tim.sample.buildings import Building
from tim.sample.terrain import HEIGHT, HORIZONTAL, RIVER_HALF_WIDTH, WIDTH, river_centre
from tim.sample.town import CENTRE, Town
from tim.sample.truth import to_world

COUNTY, COUNTY_NAME = "990121", "示例县"  # 99 is no province
VILLAGE, VILLAGE_NAME = "990121001001", "云溪村"
YEAR = 2024

FIELDS = {  # farmland patches: west, south, east, north; code; whether permanent
    "F1": ((10, 16, 90, 52), "0101", True),
    "F2": ((90, 16, 170, 52), "0101", True),
    "F3": ((10, 56, 90, 92), "0101", True),
    "F4": ((90, 56, 170, 92), "0102", True),
    "F5": ((200, 14, 285, 49), "0102", True),
    "F6": ((285, 14, 372, 49), "0103", True),
    "F7": ((200, 61, 285, 86), "0103", False),
    "F8": ((285, 61, 360, 86), "0103", False),
}
PROJECTS = {  # clear of permanent farmland; over it by 36 m x 25 m, across two patches; only sharing an edge with it
    "云溪镇粮食烘干中心": (300, 64, 350, 84),
    "云溪镇物流中转站": (72, 27, 108, 56),
    "云溪村变电站": (170, 58, 183, 90),
}
OVERLAP = (72, 27, 108, 52)
BANK_KEEP = 2.0  # metres of bank counted as water surface
NAMES = {
    "0101": "水田", "0102": "水浇地", "0103": "旱地", "0301": "乔木林地", "0404": "其他草地", "0307": "其他林地",
    "05H1": "商业服务业设施用地", "0601": "工业用地", "0701": "城镇住宅用地", "0702": "农村宅基地",
    "08H2": "科教文卫用地", "0810": "公园与绿地",
    "1003": "公路用地", "1004": "城镇村道路用地", "1006": "农村道路", "1101": "河流水面",
}  # fmt: skip
USES = {
    "houses": "住宅",
    "slabs": "住宅",
    "commerce": "商业",
    "public": "教育",
    "industry": "工业",
    "village": "住宅",
    "park": "公园",
}


@dataclass
class Layer:
    """A layer in world coordinates: fields as columns in order."""

    name: str
    title: str
    geometry: list[shapely.Geometry]
    fields: dict[str, list[Any]]


def make_layers(town: Town, known: list[Building]) -> list[Layer]:
    """All layers of the sample. `known` are the buildings whose footprints are in the register."""
    area = shapely.box(0, 0, WIDTH, HEIGHT)
    return [
        _footprints(known),
        _parcels(town),
        _land_use(town),
        _permanent_farmland(),
        _redline(),
        _growth_boundary(),
        _projects(),
        _district(area),
    ]


def write_layers(path: Path, layers: list[Layer]) -> None:
    """Write the layers as tables of one GeoPackage in EPSG:4547."""
    for layer in layers:
        columns = [_column(values) for values in layer.fields.values()]
        pyogrio.raw.write(
            str(path),
            shapely.to_wkb(np.array(layer.geometry, dtype=object)),
            columns,
            list(layer.fields),
            layer=layer.name,
            driver="GPKG",
            geometry_type="Polygon",
            crs=HORIZONTAL,
            append=path.exists(),
            layer_options={"IDENTIFIER": layer.title},
        )


def _column(values: list[Any]) -> np.ndarray:
    return np.array(values, dtype=object) if isinstance(values[0], str) else np.array(values)


def _areas(polygons: list[shapely.Polygon]) -> list[float]:
    """Ellipsoidal areas as the survey computes and rounds them."""
    return [round_area(area) for area in ellipsoidal_area(polygons, CRS.from_user_input(HORIZONTAL))]


def _codes(prefix: str, count: int, digits: int) -> list[str]:
    return [f"{prefix}{number:0{digits}d}" for number in range(1, count + 1)]


def _footprints(known: list[Building]) -> Layer:
    polygons = [to_world(item.footprint) for item in known]
    return Layer(
        "ZRZ",
        "自然幢",
        polygons,
        {
            "LZDM": [f"{VILLAGE}{item.number:04d}" for item in known],
            "ZRZH": [f"{item.number:04d}" for item in known],
            "ZCS": [item.storeys for item in known],
            "ZZDMJ": [round(polygon.area, 2) for polygon in polygons],
            "SJYT": [USES[item.use] for item in known],
        },
    )


def _parcels(town: Town) -> Layer:
    lots = town.lots
    polygons = [to_world(lot.polygon) for lot in lots]
    return Layer(
        "ZD",
        "宗地",
        polygons,
        {
            "ZDDM": [
                f"{VILLAGE[:9]}{'JC' if lot.code == '0702' else 'GB'}{number:05d}" for number, lot in enumerate(lots, 1)
            ],
            "TDYT": [lot.code for lot in lots],
            "TDYTMC": [NAMES[lot.code] for lot in lots],
            "ZDMJ": _areas(polygons),
        },
    )


def _land_use(town: Town) -> Layer:
    """A full coverage: all outlines are noded together, each face takes the use that comes first in the list."""
    layers = _land_use_by_priority(town)
    outlines = [layer.boundary for _, layer in layers] + [shapely.box(0, 0, WIDTH, HEIGHT).boundary]
    lines = shapely.union_all(
        [shapely.intersection(line, shapely.box(0, 0, WIDTH, HEIGHT)) for line in outlines], grid_size=0.001
    )
    faces = shapely.get_parts(shapely.polygonize([lines]))
    owner = np.full(len(faces), len(layers))
    for number, (_, polygon) in reversed(list(enumerate(layers))):
        shapely.prepare(polygon)
        owner[shapely.contains(polygon, shapely.point_on_surface(faces))] = number
    polygons, codes = [], []
    for number in np.unique(owner):
        merged = shapely.coverage_union_all(faces[owner == number])
        for part in shapely.get_parts(merged):
            polygons.append(to_world(part))
            codes.append(layers[number][0] if number < len(layers) else "0404")
    areas = _areas(polygons)
    deducted = [round(0.08 if code == "0103" else 0.0, 4) for code in codes]  # field ridges in dry land
    ridges = [round(area * share, 2) for area, share in zip(areas, deducted)]
    state = [
        "20" if code in ("1003", "1004", "1101", "0701", "05H1", "0601", "08H2", "0810") else "30" for code in codes
    ]
    return Layer(
        "DLTB",
        "地类图斑",
        polygons,
        {
            "BSM": _codes(COUNTY + "2001", len(codes), 8),
            "YSDM": ["2001010100"] * len(codes),
            "TBBH": _codes("", len(codes), 4),
            "DLBM": codes,
            "DLMC": [NAMES[code] for code in codes],
            "QSXZ": state,
            "QSDWDM": [VILLAGE + "0000000"] * len(codes),
            "QSDWMC": [VILLAGE_NAME] * len(codes),
            "ZLDWDM": [VILLAGE + "0000000"] * len(codes),
            "ZLDWMC": [VILLAGE_NAME] * len(codes),
            "TBMJ": areas,
            "KCDLBM": ["1203" if share else "" for share in deducted],
            "KCXS": deducted,
            "KCMJ": ridges,
            "TBDLMJ": [round(area - ridge, 2) for area, ridge in zip(areas, ridges)],
            "SJNF": [YEAR] * len(codes),
            "MSSM": ["00"] * len(codes),
        },
    )


def _land_use_by_priority(town: Town) -> list[tuple[str, shapely.Geometry]]:
    roads = shapely.union_all(town.roads)
    x = np.arange(-10.0, WIDTH + 11.0, 6.0)
    water = shapely.LineString(np.column_stack((x, river_centre(x)))).buffer(RIVER_HALF_WIDTH + BANK_KEEP, quad_segs=4)
    t = np.linspace(0.0, 2.0 * np.pi, 49)[:-1]
    forest = shapely.Polygon(np.column_stack((540.0 + 95.0 * np.cos(t), 400.0 + 118.0 * np.sin(t))))
    return [
        ("1003", roads),
        ("1101", water),
        ("1004", shapely.union_all(town.streets)),
        ("1006", town.village_road),
        ("1006", shapely.box(10, 52, 170, 56)),
        *((lot.code, lot.polygon) for lot in town.lots),
        *((code, shapely.box(*bounds)) for bounds, code, _ in FIELDS.values()),
        ("0301", forest),
    ]


def _permanent_farmland() -> Layer:
    fields = [(bounds, code) for bounds, code, permanent in FIELDS.values() if permanent]
    polygons = [to_world(shapely.box(*bounds)) for bounds, _ in fields]
    areas = _areas(polygons)
    n = len(fields)
    return Layer(
        "YJJBNTTB",
        "永久基本农田图斑",
        polygons,
        {
            "BSM": _codes(COUNTY + "2005", n, 8),
            "YSDM": ["2005010100"] * n,
            "XZQDM": [VILLAGE] * n,
            "XZQMC": [VILLAGE_NAME] * n,
            "YJJBNTTBBH": _codes(VILLAGE, n, 5),
            "TBBH": _codes("", n, 4),
            "DLBM": [code for _, code in fields],
            "DLMC": [NAMES[code] for _, code in fields],
            "QSXZ": ["30"] * n,
            "ZLDWDM": [VILLAGE + "0000000"] * n,
            "ZLDWMC": [VILLAGE_NAME] * n,
            "YJJBNTTBMJ": areas,
            "YJJBNTMJ": areas,
            "SJNF": [YEAR] * n,
        },
    )


def _redline() -> Layer:
    t = np.linspace(0.0, 2.0 * np.pi, 37)[:-1]
    polygon = to_world(shapely.Polygon(np.column_stack((540.0 + 58.0 * np.cos(t), 402.0 + 80.0 * np.sin(t)))))
    fields: dict[str, list[Any]] = {
        "XJXZQDM": [COUNTY],
        "SJXZQMC": ["示例市"],
        "XJXZQMC": [COUNTY_NAME],
        "LHLX": ["水源涵养"],
        "MJ": _areas([polygon]),
    }
    return Layer("STBHHX", "生态保护红线", [polygon], fields)


def _growth_boundary() -> Layer:
    x, y = CENTRE
    polygon = to_world(shapely.affinity.rotate(shapely.box(x - 200, y - 134, x + 200, y + 134), -8.0, origin=CENTRE))
    polygon = shapely.intersection(polygon, to_world(shapely.box(0, 0, WIDTH, HEIGHT)))
    fields: dict[str, list[Any]] = {
        "BSM": _codes(COUNTY + "2090", 1, 8),
        "YSDM": ["2090020520"],
        "XZQDM": [COUNTY],
        "XZQMC": [COUNTY_NAME],
        "GHFQDM": ["1"],
        "GHFQMC": ["集中建设区"],
        "MJ": _areas([polygon]),
    }
    return Layer("CZKFBJ", "城镇开发边界", [polygon], fields)


def _projects() -> Layer:
    polygons = [to_world(shapely.box(*bounds)) for bounds in PROJECTS.values()]
    n = len(polygons)
    fields: dict[str, list[Any]] = {
        "YSDM": ["2003010100"] * n,
        "XMDM": _codes(f"{YEAR}-{COUNTY}-47-01-", n, 6),
        "XMMC": list(PROJECTS),
        "XZQDM": [COUNTY] * n,
        "YDMJ": _areas(polygons),
    }
    return Layer("JSXM", "建设项目", polygons, fields)


def _district(area: shapely.Polygon) -> Layer:
    polygon = to_world(area)
    size = _areas([polygon])
    fields: dict[str, list[Any]] = {
        "BSM": _codes(COUNTY + "1000", 1, 8),
        "XZQDM": [VILLAGE],
        "XZQMC": [VILLAGE_NAME],
        "DCMJ": size,
        "JSMJ": size,
        "MSSM": ["00"],
    }
    return Layer("XZQ", "行政区", [polygon], fields)
