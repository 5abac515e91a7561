"""Indicators and warnings."""

from __future__ import annotations

from dataclasses import replace

from tim.declare import Kind, Operation, Parameter, Text
from tim.operations.common import OVERWRITE, REPORT, TEMPLATE

MONITOR_GROUP = Text("指标与预警", "Indicators and warnings")

_LAYER = Parameter(
    "layer",
    Kind.LAYERS,
    Text("图层", "Layers"),
    Text("名称=源，可以多个；优先于数据文件里的图层", "Name=source, before the layers of the data"),
)
_STATISTICS = Parameter(
    "statistics",
    Kind.FILE,
    Text("统计数据", "Statistics"),
    Text("Excel 或 CSV：名称、数值、单位，可有年份、行政区", "Excel or CSV: name, value, unit, perhaps year, district"),
    suffixes=("xlsx", "csv"),
)
_DISTRICTS = Parameter(
    "districts",
    Kind.VECTOR,
    Text("统计区", "Districts"),
    Text("按这些面分区计算，如行政区", "Figures for each of these polygons"),
    geometry="polygon",
)
_DISTRICT_FIELD = Parameter(
    "district_field",
    Kind.TEXT,
    Text("统计区名称字段", "Name of districts"),
    Text("缺省找 XZQMC、名称等", "XZQMC and the like by default"),
    advanced=True,
)
_CATALOGUE = Parameter(
    "catalogue",
    Kind.FILE,
    Text("指标目录", "Catalogue"),
    Text("JSON；缺省为随软件提供的城市体检评估指标", "JSON; the packaged one by default"),
    suffixes=("json",),
)
_ONLY = Parameter(
    "only",
    Kind.TEXT,
    Text("只算这些指标", "Only these"),
    Text("名称或编号，可以多个", "Names or codes"),
    many=True,
)
_TARGETS = Parameter(
    "targets",
    Kind.FILE,
    Text("目标值", "Targets"),
    Text(
        "Excel 或 CSV：指标、目标值，可有方向、属性、基期值、基期年、目标年",
        "Excel or CSV: indicator, target, perhaps direction, property, base, years",
    ),
    suffixes=("xlsx", "csv"),
)
_LEVELS = Parameter(
    "levels",
    Kind.FILE,
    Text("预警等级", "Levels"),
    Text("JSON；缺省为随软件提供的设计建议", "JSON; the packaged proposal by default"),
    suffixes=("json",),
    advanced=True,
)
_CONFIRM = Parameter(
    "confirm_ambiguous",
    Kind.FLAG,
    Text("确认有歧义的公式", "Confirm ambiguous formulas"),
    Text("标记 A 的公式已由本单位核对，列入指标值并判断等级", "Formulas of flag A have been checked"),
    default=False,
)
_AREA = Parameter(
    "area",
    Kind.CHOICE,
    Text("面积口径", "Kind of area"),
    Text("自动：CGCS2000 的数据用椭球面积，其他用平面面积", "Ellipsoidal where the data are CGCS2000"),
    default="auto",
    choices=(
        ("auto", Text("自动", "Automatic")),
        ("plane", Text("平面面积", "Plane")),
        ("ellipsoid", Text("椭球面积", "Ellipsoidal")),
    ),
)
_HISTORY = Parameter(
    "history",
    Kind.OUTPUT_FILE,
    Text("指标台账", "Ledger"),
    Text("每次计算追加进去，供预警和历年比较；已有的内容不变", "Every run is added; nothing in it is changed"),
    suffixes=("sqlite",),
    grows=True,
)

INDICATORS = Operation(
    name="indicators",
    title=Text("指标计算", "Indicators"),
    summary=Text(
        "按指标目录从图层和统计数据计算指标，可分区、分年；每个数可以追溯到要素，缺数据的指标说明缺什么，不作 0。",
        "Compute the indicators of a catalogue from layers and statistics, by district and year, each traceable.",
    ),
    group=MONITOR_GROUP,
    parameters=(
        Parameter(
            "data",
            Kind.VECTOR,
            Text("数据", "Data"),
            Text("模型或数据库，图层按名称、代码或别名找", "A model or database whose layers are found by name"),
        ),
        _LAYER,
        Parameter(
            "epoch", Kind.TEXT, Text("时期", "Epoch"), Text("数据的年份，如 2024", "Year of the data"), default=""
        ),
        Parameter(
            "epochs",
            Kind.LAYERS,
            Text("多期数据", "Epochs"),
            Text("年份=数据，可以多个，如 2023=旧.gpkg 2024=新.gpkg", "Year=data, several"),
        ),
        _STATISTICS,
        _DISTRICTS,
        _DISTRICT_FIELD,
        _CATALOGUE,
        _ONLY,
        _TARGETS,
        _LEVELS,
        _CONFIRM,
        _AREA,
        Parameter(
            "crs",
            Kind.CRS,
            Text("坐标系", "Coordinate reference system"),
            Text("计算所用的投影坐标系；缺省为第一个图层的", "That of the first layer by default"),
            advanced=True,
        ),
        _HISTORY,
        Parameter(
            "trace",
            Kind.OUTPUT_FILE,
            Text("溯源文件", "Trace"),
            Text("新的 GeoPackage：指标值、公式里的项、每项的要素和数量", "Figures, terms, and features of each term"),
            suffixes=("gpkg",),
        ),
        REPORT,
        TEMPLATE,
        OVERWRITE,
    ),
    target="tim.indicators.command:indicators",
    result_keys=("indicators", "levels", "area_basis", "catalogue"),
)

WARNINGS_LIST = Operation(
    name="warnings list",
    title=Text("预警清单", "Warnings"),
    summary=Text(
        "列出指标台账里最近一期不正常的指标，最重的在前，并说明与上一期相比的变化。", "What the ledger warns of now."
    ),
    group=MONITOR_GROUP,
    parameters=(
        Parameter(
            "history",
            Kind.FILE,
            Text("指标台账", "Ledger"),
            Text("tim indicators --history 写的文件", "Written by tim indicators --history"),
            required=True,
            positional=True,
            suffixes=("sqlite",),
        ),
        _LEVELS,
        REPORT,
        TEMPLATE,
        OVERWRITE,
    ),
    target="tim.indicators.warn:list_warnings",
    result_keys=("warnings_found", "levels"),
)

WARNINGS_WATCH = Operation(
    name="warnings watch",
    title=Text("监测文件夹", "Watch a folder"),
    summary=Text(
        "文件夹里每来一份新数据就计算指标、判断预警、记入台账；可以只看一次，也可以每隔几分钟看一次。",
        "Compute the indicators of each new file in a folder and add them to the ledger.",
    ),
    group=MONITOR_GROUP,
    parameters=(
        Parameter(
            "folder",
            Kind.FILE,
            Text("文件夹", "Folder"),
            Text("新数据放在这里；文件名里的年份就是时期", "New data arrive here; a year in the name is the epoch"),
            required=True,
            positional=True,
        ),
        replace(_HISTORY, required=True),
        _LAYER,
        _STATISTICS,
        _DISTRICTS,
        _DISTRICT_FIELD,
        _CATALOGUE,
        _ONLY,
        _TARGETS,
        _LEVELS,
        _CONFIRM,
        _AREA,
        Parameter(
            "every",
            Kind.NUMBER,
            Text("间隔", "Interval"),
            Text("每隔几分钟看一次，直到取消；0 为只看一次", "Minutes between looks until cancelled; 0 looks once"),
            default=0.0,
            minimum=0,
            maximum=10080,
            unit="分钟",
        ),
    ),
    target="tim.indicators.warn:watch",
    result_keys=("processed", "refused"),
)
