"""The default style of each layer of a model."""

from __future__ import annotations

from tim.landuse import classification, find_class
from tim.styles.qml import Colour, Rule, categories, document, extruded, faces_3d, rules, single

_UNKNOWN: Colour = (210, 210, 210)
_FACADE: Colour = (222, 203, 176)
# Limits in metres and shades from low to high
_HEIGHTS: tuple[tuple[float, float | None, Colour], ...] = (
    (0, 6, (255, 247, 188)),
    (6, 12, (254, 227, 145)),
    (12, 24, (254, 196, 79)),
    (24, 50, (251, 146, 47)),
    (50, 100, (217, 95, 14)),
    (100, None, (153, 52, 4)),
)
_BUILDING_TITLES = {
    "id": "身份编码",
    "ground_z": "地面高程（米）",
    "roof_z": "屋顶高程（米）",
    "height": "高度（米）",
    "area_m2": "平面面积（平方米）",
    "points": "屋顶点数",
    "roof_rmse": "屋顶中误差（米）",
    "height_source": "高度来源",
    "status": "状态",
    "reason": "说明",
    "lod": "细节层次",
    "lod_reason": "没有更高层次的原因",
    "planes": "屋顶面数",
    "fit_rmse": "模型与点的中误差（米）",
    "fit_p95": "模型与点的距离 95%（米）",
    "unexplained_share": "离模型 0.5 米以上的点的比例",
    "nodata_share": "没有点的面积比例",
}
_LAND_USE_TITLES = {
    "id": "身份编码",
    "code": "地类编码",
    "name": "地类名称",
    "code_version": "分类版本",
    "area_m2": "平面面积（平方米）",
}


def building_style() -> str:
    """Buildings by height; footprints without a height hatched grey; extruded in 3D."""
    shown = [Rule(_range(low, high), _between(low, high), colour) for low, high, colour in _HEIGHTS]
    shown.append(Rule("无高度", '"height" IS NULL', None, (140, 140, 140)))
    return document(rules(shown), _BUILDING_TITLES, extruded("height", "ground_z", _FACADE))


def solid_style() -> str:
    """Outlines in 2D, faces in 3D."""
    return document(
        single(None, (120, 90, 60)), {"id": "身份编码", "part": "部分", "lod": "细节层次"}, faces_3d(_FACADE)
    )


def land_use_style(version: str, codes: list[str]) -> str:
    """The codes that occur, in the colours of their classification; unknown codes grey."""
    classes = classification(version)
    listed = []
    for code in sorted(set(codes)):
        found = find_class(version, code)
        label = f"{code} {found.name}" if found else f"{code}（未知编码）"
        parent = classes.get(code[:2])
        colour = (found and found.colour) or (parent and parent.colour) or _UNKNOWN
        listed.append((code, label, colour))
    listed.append(("", "未填写", _UNKNOWN))
    return document(categories("code", listed), _LAND_USE_TITLES)


def _range(low: float, high: float | None) -> str:
    return f"{low:g} 米以上" if high is None else f"{low:g}–{high:g} 米"


def _between(low: float, high: float | None) -> str:
    return f'"height" >= {low:g}' + ("" if high is None else f' AND "height" < {high:g}')
