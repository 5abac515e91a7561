"""Build, look into, validate and export a model."""

from __future__ import annotations

from dataclasses import replace

from tim.declare import Kind, Operation, Parameter, Text
from tim.operations.common import MODEL, MODEL_GROUP, OVERWRITE, POINTS, REPORT, TEMPLATE

BUILD = Operation(
    name="build",
    title=Text("建立国土空间信息模型", "Build a territory information model"),
    summary=Text(
        "由点云和可选的建筑轮廓、土地利用等资料建立模型：地面分类、地形与表面栅格、带高度的建筑，写成一个 GeoPackage。",
        "From points and optional footprints and land use to one GeoPackage: terrain, surface, buildings with heights.",
    ),
    group=MODEL_GROUP,
    parameters=(
        POINTS,
        Parameter(
            "footprints",
            Kind.VECTOR,
            Text("建筑轮廓", "Building footprints"),
            Text("任意矢量面数据；不给时由点云提取", "Any polygon source; found from the points when missing"),
            geometry="polygon",
        ),
        Parameter(
            "landuse",
            Kind.VECTOR,
            Text("土地利用图斑", "Land-use patches"),
            Text("带地类编码字段（如 DLBM）的面数据", "Polygons with a land-use code field such as DLBM"),
            geometry="polygon",
        ),
        Parameter(
            "layers",
            Kind.LAYERS,
            Text("其他图层", "More layers"),
            Text(
                "随模型保存的图层，写作 名称=源，可以多个（如 永久基本农田=yjjbnt.gpkg）",
                "Layers kept in the model: name=source",
            ),
            many=True,
            advanced=True,
        ),
        Parameter(
            "crs",
            Kind.CRS,
            Text("坐标系", "Coordinate reference system"),
            Text("点云文件没有坐标系时必须给出，如 EPSG:4547 或 EPSG:4547+5737", "Required when the points carry none"),
        ),
        Parameter(
            "lod",
            Kind.CHOICE,
            Text("细节层次", "Level of detail"),
            Text(
                "建筑模型的细节层次；LoD2 重建屋顶，做不到的建筑退到较低层次并写明原因",
                "Level of detail of the buildings; with LoD2 roofs, else a lower level and why",
            ),
            default="1",
            choices=(("1", Text("LoD1 体块", "LoD1 blocks")), ("2", Text("LoD2 屋顶", "LoD2 roofs"))),
            advanced=True,
        ),
        Parameter(
            "ground",
            Kind.CHOICE,
            Text("地面点", "Ground points"),
            Text("用文件里已有的分类，还是重新计算", "Take the classes of the file or compute them"),
            default="auto",
            choices=(
                ("auto", Text("自动：文件有地面分类则采用", "Automatic: the file's classes if it has any")),
                ("file", Text("用文件的分类", "Classes of the file")),
                ("smrf", Text("重新计算（SMRF）", "Compute (SMRF)")),
            ),
            advanced=True,
        ),
        Parameter(
            "resolution",
            Kind.NUMBER,
            Text("栅格分辨率", "Raster resolution"),
            Text("地形与表面栅格的像元大小；不给时由点密度确定", "Cell size; from the point density when missing"),
            minimum=0.05,
            maximum=100.0,
            unit="米",
            advanced=True,
        ),
        Parameter(
            "out",
            Kind.OUTPUT_MODEL,
            Text("模型文件", "Model file"),
            Text("写出的 GeoPackage", "The GeoPackage to write"),
            required=True,
            suffixes=("gpkg",),
        ),
        OVERWRITE,
    ),
    target="tim.assembly.pipeline:build_model",
    result_keys=("entities", "crs", "extent", "lods", "sources", "versions"),
)

INFO = Operation(
    name="info",
    title=Text("查看模型", "Model information"),
    summary=Text(
        "模型里有什么：各类实体数量、范围、坐标系、细节层次、版本、来源。",
        "What is in a model: entities by class, extent, CRS, LoD, versions, sources.",
    ),
    group=MODEL_GROUP,
    parameters=(MODEL,),
    target="tim.model.info:model_info",
    result_keys=("entities", "crs", "extent", "lods", "sources", "versions"),
)

VALIDATE = Operation(
    name="validate",
    title=Text("检查模型", "Validate a model"),
    summary=Text(
        "检查模型文件的完整性、编码唯一性和几何有效性（环、面、闭合的壳和体，按 ISO 19107，错误编号同 val3dity）；"
        "可另存修复后的模型。",
        "Integrity of the file, uniqueness of codes, validity of geometries by ISO 19107; a repaired copy on request.",
    ),
    group=MODEL_GROUP,
    parameters=(
        MODEL,
        Parameter(
            "repair",
            Kind.OUTPUT_MODEL,
            Text("修复后的模型", "Repaired model"),
            Text("另存一份，修复能安全修复的几何；原模型不变", "A copy with what can be repaired safely"),
            suffixes=("gpkg",),
        ),
        Parameter(
            "findings",
            Kind.OUTPUT_FILE,
            Text("问题图层", "Layer of errors"),
            Text("把每个问题写成一个要素", "Each error as a feature"),
            suffixes=("gpkg",),
        ),
        OVERWRITE,
    ),
    target="tim.model.validate:validate_model",
    result_keys=("checked", "errors", "repaired", "not_repaired"),
)

REPORT_MODEL = Operation(
    name="report",
    title=Text("模型报告", "Model report"),
    summary=Text(
        "把模型里有什么写成报告：实体数量、地图、三维视图、建筑高度、土地利用面积、数据来源和版本。",
        "What a model holds as a report: counts, map, view, heights, land use, sources and versions.",
    ),
    group=MODEL_GROUP,
    parameters=(
        MODEL,
        replace(REPORT, name="out", required=True),
        TEMPLATE,
        Parameter(
            "no_scene",
            Kind.FLAG,
            Text("不放三维视图", "Without the 3D view"),
            Text("报告里只放地图，写得快一些", "Only the map, which is quicker"),
            default=False,
            advanced=True,
        ),
        OVERWRITE,
    ),
    target="tim.model.report:model_report",
    result_keys=("entities",),
)
