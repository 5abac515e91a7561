"""Areas."""

from __future__ import annotations

from tim.declare import Kind, Operation, Parameter, Text
from tim.operations.common import OVERWRITE

ANALYSIS_GROUP = Text("量算与分析", "Measurement and analysis")
_POLYGONS = Parameter(
    "layer",
    Kind.VECTOR,
    Text("图斑", "Polygons"),
    Text("任意矢量面数据", "Any polygon source"),
    required=True,
    positional=True,
    geometry="polygon",
)
_CRS = Parameter(
    "crs",
    Kind.CRS,
    Text("坐标系", "Coordinate reference system"),
    Text("数据没有坐标系时必须给出，如 EPSG:4525", "Required when the data carry none"),
)

AREA_ELLIPSOID = Operation(
    name="area ellipsoid",
    title=Text("椭球面积", "Ellipsoidal area of the land survey"),
    summary=Text(
        "按国土调查的椭球面积公式计算图斑面积（CGCS2000），逐图斑取两位小数。",
        "Areas of polygons by the land survey's ellipsoidal formula (CGCS2000), two decimals each.",
    ),
    group=ANALYSIS_GROUP,
    parameters=(
        _POLYGONS,
        Parameter(
            "field",
            Kind.TEXT,
            Text("面积字段", "Area field"),
            Text(
                "与该字段里的面积（平方米）逐个比对，如 TBMJ", "Compare with the areas (m²) in this field, such as TBMJ"
            ),
        ),
        _CRS,
    ),
    target="tim.measure:area_ellipsoid",
    result_keys=("areas_m2", "total_m2", "central_meridian", "differences"),
)

AREA_ADJUST = Operation(
    name="area adjust",
    title=Text("控制面积平差", "Adjust areas to control areas"),
    summary=Text(
        "图斑的椭球面积按控制面积（图幅理论面积、控制区）比例配赋并取整，余数按面积从大到小逐个分配，各控制区之和严格相等。",
        "Areas prorated to control areas and rounded, with exact sums.",
    ),
    group=ANALYSIS_GROUP,
    parameters=(
        _POLYGONS,
        Parameter(
            "by",
            Kind.TEXT,
            Text("控制区字段", "Field of groups"),
            Text("写明图斑属于哪个控制区；没有控制区图层时是标准图幅号", "Which control area; else a sheet number"),
        ),
        Parameter(
            "control",
            Kind.VECTOR,
            Text("控制区图层", "Control areas"),
            Text("面图层；不给时按图幅理论面积", "Polygons; else sheets"),
            geometry="polygon",
        ),
        Parameter(
            "control_by",
            Kind.TEXT,
            Text("控制区图层的字段", "Key of control areas"),
            Text("与控制区字段的值相同；缺省同名", "Of the same name by default"),
        ),
        Parameter(
            "control_field",
            Kind.TEXT,
            Text("控制面积字段", "Control-area field"),
            Text("平方米；不给时计算控制区的椭球面积", "m²; computed when not given"),
        ),
        Parameter(
            "unit",
            Kind.CHOICE,
            Text("取位单位", "Unit"),
            Text("未核对标准原文，可改", "Not confirmed by a standard"),
            default="hectare",
            choices=(
                ("hectare", Text("公顷", "Hectare")),
                ("m2", Text("平方米", "Square metre")),
                ("mu", Text("亩", "Mu")),
            ),
        ),
        Parameter(
            "decimals",
            Kind.INTEGER,
            Text("小数位", "Decimals"),
            Text("按单位取几位小数", "Of the unit"),
            default=1,
            minimum=0,
            maximum=6,
        ),
        _CRS,
        Parameter(
            "out",
            Kind.OUTPUT_FILE,
            Text("平差后的图斑", "Adjusted layer"),
            Text("新的 GeoPackage", "A new GeoPackage"),
            suffixes=("gpkg",),
        ),
        Parameter(
            "table",
            Kind.OUTPUT_FILE,
            Text("平差表", "Workbook"),
            Text("Excel：控制区、图斑", "Control areas and pieces"),
            suffixes=("xlsx",),
        ),
        OVERWRITE,
    ),
    target="tim.adjust:area_adjust",
    result_keys=("groups", "unit", "adjusted"),
)
