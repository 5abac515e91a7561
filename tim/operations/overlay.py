"""Overlays of projects with layers."""

from __future__ import annotations

from tim.declare import Kind, Operation, Parameter, Text
from tim.operations.area import ANALYSIS_GROUP
from tim.operations.common import OVERWRITE, REPORT, TEMPLATE


def _result(name: str, zh: str, en: str, help_zh: str, suffixes: tuple[str, ...]) -> Parameter:
    return Parameter(name, Kind.OUTPUT_FILE, Text(zh, en), Text(help_zh, en), suffixes=suffixes)


OVERLAY = Operation(
    name="analyse overlay",
    title=Text("压占分析", "Overlay analysis"),
    summary=Text(
        "项目与任意多个图层叠加，按图层和地类列出压占面积，各部分之和等于项目面积；输出压占图斑、Excel 表和报告。",
        "What lies under projects, by layer and class, with areas that add up exactly.",
    ),
    group=ANALYSIS_GROUP,
    parameters=(
        Parameter(
            "projects",
            Kind.VECTOR,
            Text("项目", "Projects"),
            Text("项目范围（面），可以有几百个", "Polygons of projects"),
            required=True,
            positional=True,
            geometry="polygon",
        ),
        Parameter(
            "layer",
            Kind.LAYERS,
            Text("被压占的图层", "Layers"),
            Text("名称=源，可以多个，如 地类图斑=调查.gpkg|layername=DLTB", "Name=source, any number"),
            required=True,
        ),
        Parameter(
            "by",
            Kind.TEXT,
            Text("分类字段", "Fields of classes"),
            Text("图层=字段，可以多个；地类编码字段（DLBM 等）自动认定", "Layer=field; land-use codes are found"),
            many=True,
        ),
        Parameter(
            "name_field",
            Kind.TEXT,
            Text("项目名称字段", "Name field"),
            Text("缺省找 XMMC、项目名称、名称", "XMMC and the like by default"),
        ),
        Parameter(
            "area",
            Kind.CHOICE,
            Text("面积口径", "Kind of area"),
            Text("平面面积，或国土调查的椭球面积", "Plane, or by the land survey's formula"),
            default="plane",
            choices=(
                ("plane", Text("平面面积", "Plane")),
                ("ellipsoid", Text("椭球面积", "Ellipsoidal")),
            ),
        ),
        Parameter(
            "crs",
            Kind.CRS,
            Text("坐标系", "Coordinate reference system"),
            Text("叠加所用的投影坐标系；缺省为项目图层的", "That of the projects by default"),
        ),
        _result("out", "压占图斑", "Pieces", "新的 GeoPackage，每个图层一张表", ("gpkg",)),
        _result("table", "Excel 表", "Workbook", "汇总、分类、明细", ("xlsx",)),
        REPORT,
        Parameter(
            "reports",
            Kind.OUTPUT_FILE,
            Text("逐项目报告的文件夹", "Folder of reports"),
            Text("新的文件夹：每个项目一份 Word 报告，另有汇总表", "A Word report for each project, and a summary"),
        ),
        TEMPLATE,
        OVERWRITE,
    ),
    target="tim.overlay.command:overlay",
    result_keys=("projects", "parts", "total_m2", "closure_m2", "layers"),
)
