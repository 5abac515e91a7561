"""Service areas of facilities."""

from __future__ import annotations

from tim.declare import Kind, Operation, Parameter, Text
from tim.operations.area import ANALYSIS_GROUP
from tim.operations.common import OVERWRITE, REPORT, TEMPLATE


def _where(name: str, zh: str, en: str) -> Parameter:
    help_text = Text("字段=值，可以多个；如 类型=小学，地类编码=07*", "Field=value; all must hold, * is anything")
    return Parameter(name, Kind.TEXT, Text(zh, en), help_text, many=True, advanced=True)


SERVICE_AREA = Operation(
    name="analyse service-area",
    title=Text("服务范围分析", "Service areas"),
    summary=Text(
        "设施沿路网 5、10、15 分钟步行能到的范围，以及住宅用地和人口的覆盖率；没有路网时按直线距离，并在结果里说明。",
        "What lies within walking time of facilities along roads, and the share of homes and people within it.",
    ),
    group=ANALYSIS_GROUP,
    parameters=(
        Parameter(
            "facilities",
            Kind.VECTOR,
            Text("设施", "Facilities"),
            Text("点或面，如小学、卫生站、公园", "Points or polygons"),
            required=True,
            positional=True,
        ),
        Parameter(
            "network",
            Kind.VECTOR,
            Text("路网", "Roads"),
            Text("道路中心线；道路在共有节点处相通", "Centre lines that meet where they share a vertex"),
            geometry="line",
        ),
        Parameter(
            "minutes",
            Kind.NUMBER,
            Text("时间", "Minutes"),
            Text("分钟，可以多个", "One or several"),
            default=(5, 10, 15),
            many=True,
            minimum=0.1,
            maximum=240,
            unit="分钟",
        ),
        Parameter(
            "reference",
            Kind.VECTOR,
            Text("服务对象", "Reference"),
            Text("住宅用地、居民点等，算覆盖率的分母", "Homes or places whose share is asked"),
        ),
        Parameter(
            "population_field",
            Kind.TEXT,
            Text("人口字段", "Population field"),
            Text("服务对象的人口字段，给出时另算人口覆盖率", "Field of the reference with its people"),
        ),
        _where("facilities_where", "设施条件", "Which facilities"),
        _where("network_where", "路网条件", "Which roads"),
        _where("reference_where", "服务对象条件", "Which reference features"),
        Parameter(
            "speed",
            Kind.NUMBER,
            Text("步行速度", "Walking speed"),
            Text("缺省 4.5 千米/小时（1.25 米/秒），各地口径不同", "4.5 km/h by default; a convention"),
            default=4.5,
            minimum=0.5,
            maximum=120,
            unit="千米/小时",
        ),
        Parameter(
            "beside",
            Kind.NUMBER,
            Text("道路两侧宽度", "Width beside roads"),
            Text("可达道路两侧多少米算作服务范围", "Metres beside a reached road that count as served"),
            default=100.0,
            minimum=1,
            maximum=2000,
            unit="米",
            advanced=True,
        ),
        Parameter(
            "snap",
            Kind.NUMBER,
            Text("离路距离上限", "Distance to the road"),
            Text("离最近的道路超过它的设施和地点不可达", "Beyond it a place has no access"),
            default=300.0,
            minimum=1,
            maximum=10000,
            unit="米",
            advanced=True,
        ),
        Parameter(
            "crs",
            Kind.CRS,
            Text("坐标系", "Coordinate reference system"),
            Text("计算所用的投影坐标系；缺省为设施图层的", "That of the facilities by default"),
        ),
        Parameter(
            "out",
            Kind.OUTPUT_FILE,
            Text("服务范围图层", "Service areas"),
            Text("新的 GeoPackage：服务范围、设施、服务对象的到达时间", "A GeoPackage of areas and times"),
            suffixes=("gpkg",),
        ),
        REPORT,
        TEMPLATE,
        OVERWRITE,
    ),
    target="tim.network.coverage:service_area",
    result_keys=("coverage", "facilities", "unreachable_facilities", "method"),
)
