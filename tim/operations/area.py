"""Areas."""

from __future__ import annotations

from tim.declare import Kind, Operation, Parameter, Text

ANALYSIS_GROUP = Text("量算与分析", "Measurement and analysis")

AREA_ELLIPSOID = Operation(
    name="area ellipsoid",
    title=Text("椭球面积", "Ellipsoidal area of the land survey"),
    summary=Text(
        "按国土调查的椭球面积公式计算图斑面积（CGCS2000），逐图斑取两位小数。",
        "Areas of polygons by the land survey's ellipsoidal formula (CGCS2000), two decimals each.",
    ),
    group=ANALYSIS_GROUP,
    parameters=(
        Parameter(
            "layer",
            Kind.VECTOR,
            Text("图斑", "Polygons"),
            Text("任意矢量面数据", "Any polygon source"),
            required=True,
            positional=True,
            geometry="polygon",
        ),
        Parameter(
            "field",
            Kind.TEXT,
            Text("面积字段", "Area field"),
            Text(
                "与该字段里的面积（平方米）逐个比对，如 TBMJ", "Compare with the areas (m²) in this field, such as TBMJ"
            ),
        ),
        Parameter(
            "crs",
            Kind.CRS,
            Text("坐标系", "Coordinate reference system"),
            Text("数据没有坐标系时必须给出，如 EPSG:4525", "Required when the data carry none"),
        ),
    ),
    target="tim.measure:area_ellipsoid",
    result_keys=("areas_m2", "total_m2", "central_meridian", "differences"),
)
