"""Land use: conversion between classifications, change between dates."""

from __future__ import annotations

from dataclasses import replace

from tim.declare import Kind, Operation, Parameter, Text
from tim.operations.common import OVERWRITE, REPORT, TEMPLATE
from tim.operations.overlay import OVERLAY

LANDUSE_GROUP = Text("地类", "Land use")

_shared = {parameter.name: parameter for parameter in OVERLAY.parameters}


def _layer(name: str, zh: str, en: str) -> Parameter:
    return Parameter(
        name,
        Kind.VECTOR,
        Text(zh, en),
        Text("有地类编码字段（DLBM 等）的面图层", "Polygons with a field of land-use codes"),
        required=True,
        positional=True,
        geometry="polygon",
    )


def _field(name: str, zh: str, en: str) -> Parameter:
    return Parameter(name, Kind.TEXT, Text(zh, en), Text("缺省自动认定 DLBM 等", "DLBM and the like by default"))


LANDUSE_CONVERT = Operation(
    name="landuse convert",
    title=Text("地类转换", "Convert land-use codes"),
    summary=Text(
        "三调工作分类、用地用海分类（2020 试行）转为用地用海分类（2023）；没有唯一对应的列出来，由人确定。",
        "Codes as codes of the 2023 guide; what has no single target is listed.",
    ),
    group=LANDUSE_GROUP,
    parameters=(
        _layer("layer", "地类图斑", "Land use"),
        replace(_shared["out"], title=Text("结果", "Result"), help=Text("新的 GeoPackage", "A file"), required=True),
        _field("field", "地类编码字段", "Code field"),
        OVERWRITE,
    ),
    target="tim.landuse.conversion:convert_layer",
    result_keys=("version", "statuses", "unresolved"),
)

LANDUSE_MATRIX = Operation(
    name="analyse landuse-matrix",
    title=Text("地类变化", "Change of land use"),
    summary=Text(
        "两期地类图斑叠加，得转移矩阵、变化图斑、新增建设用地和耕地流入流出；各行之和等于前期面积。",
        "The transition matrix between two dates, with exact sums, and the pieces that changed.",
    ),
    group=LANDUSE_GROUP,
    parameters=(
        _layer("before", "前期地类图斑", "Earlier land use"),
        _layer("after", "后期地类图斑", "Later land use"),
        _field("before_field", "前期编码字段", "Earlier code field"),
        _field("after_field", "后期编码字段", "Later code field"),
        Parameter(
            "digits",
            Kind.INTEGER,
            Text("比较的位数", "Digits"),
            Text("只比较编码的前几位，2 为一级类；0 为全部", "Of the codes to compare; 0 for all"),
            default=0,
            minimum=0,
            maximum=6,
        ),
        replace(_shared["area"], default="ellipsoid"),
        _shared["crs"],
        replace(_shared["out"], title=Text("变化图斑", "Pieces that changed")),
        replace(_shared["table"], help=Text("转移矩阵、明细、主要变化、快报各表", "Matrix, details, accounts")),
        REPORT,
        TEMPLATE,
        OVERWRITE,
    ),
    target="tim.landuse.transition:land_use_change",
    result_keys=("version", "matrix", "new_construction_m2", "farmland_lost_m2", "farmland_won_m2"),
)
