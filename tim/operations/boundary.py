"""Boundary points."""

from __future__ import annotations

from tim.declare import Kind, Operation, Parameter, Text
from tim.operations.common import OVERWRITE

BOUNDARY_GROUP = Text("界址点", "Boundary points")


def _field(name: str, zh: str, en: str) -> Parameter:
    return Parameter(name, Kind.TEXT, Text(zh, en), Text(f"图层里的{zh}", f"The layer's {en.lower()}"))


_LAYER = Parameter(
    "layer",
    Kind.VECTOR,
    Text("地块", "Plots"),
    Text("任意矢量面数据", "Any polygon source"),
    required=True,
    positional=True,
    geometry="polygon",
)
_DECIMALS = Parameter(
    "decimals",
    Kind.INTEGER,
    Text("坐标小数位", "Decimals"),
    Text("坐标的小数位数", "Decimals of coordinates"),
    default=3,
    minimum=0,
    maximum=8,
)


def _out(suffix: str, help_zh: str, help_en: str) -> Parameter:
    return Parameter(
        "out", Kind.OUTPUT_FILE, Text("结果", "Result"), Text(help_zh, help_en), required=True, suffixes=(suffix,)
    )


BOUNDARY_READ = Operation(
    name="boundary read",
    title=Text("读入界址点文件", "Read boundary-point files"),
    summary=Text(
        "把界址点 TXT 读成面图层；编码、带号按内容认定，互相矛盾或没有写明时说明，不猜。",
        "Boundary-point text files as polygons; encoding and zone are recognised, contradictions are told.",
    ),
    group=BOUNDARY_GROUP,
    parameters=(
        Parameter(
            "files",
            Kind.FILE,
            Text("界址点文件", "Files"),
            Text("一个或多个 TXT 文件", "One or more text files"),
            required=True,
            many=True,
            positional=True,
            suffixes=("txt",),
        ),
        _out("gpkg", "新的 GeoPackage", "A new GeoPackage"),
        Parameter(
            "crs",
            Kind.CRS,
            Text("坐标系", "Coordinate reference system"),
            Text("代替文件头写的坐标系，如 EPSG:4547", "Instead of what the header says"),
        ),
        Parameter(
            "east_first",
            Kind.FLAG,
            Text("东坐标在前", "East first"),
            Text("点行里东坐标写在北坐标前面", "Points tell east before north"),
            default=False,
        ),
        OVERWRITE,
    ),
    target="tim.boundary.command:read_files",
    result_keys=("plots", "files"),
)

BOUNDARY_WRITE = Operation(
    name="boundary write",
    title=Text("写出界址点文件", "Write a boundary-point file"),
    summary=Text(
        "把面图层写成界址点 TXT：X 为北、Y 为东（带带号），外圈自西北角起顺时针。",
        "Polygons as a boundary-point text file.",
    ),
    group=BOUNDARY_GROUP,
    parameters=(
        _LAYER,
        _out("txt", "新的 TXT 文件", "A new text file"),
        _field("number_field", "地块编号字段", "Number field"),
        _field("name_field", "地块名称字段", "Name field"),
        _field("use_field", "地块用途字段", "Use field"),
        _field("class_field", "地类编码字段", "Class field"),
        _field("sheet_field", "图幅号字段", "Sheet field"),
        Parameter(
            "producer", Kind.TEXT, Text("数据产生单位", "Producer"), Text("写入文件头", "For the header"), default=""
        ),
        Parameter("date", Kind.TEXT, Text("数据产生日期", "Date"), Text("写入文件头", "For the header"), default=""),
        Parameter(
            "crs",
            Kind.CRS,
            Text("坐标系", "Coordinate reference system"),
            Text("写成这个坐标系，如 EPSG:4528；缺省为图层的", "That of the file; the layer's by default"),
        ),
        Parameter(
            "variant",
            Kind.CHOICE,
            Text("用途", "Variant"),
            Text("文件给谁用；没有核实的按报批的格式写", "Whom the file is for"),
            default="approval",
            choices=(
                ("approval", Text("建设用地报批", "Land approval")),
                ("enforcement", Text("执法（短记录、经纬度）", "Enforcement (degrees)")),
                ("linkage", Text("增减挂钩（加边长）", "Linkage (distances)")),
                ("one-map", Text("一张图（未核实）", "One map (unconfirmed)")),
                ("supply", Text("供地（未核实）", "Land supply (unconfirmed)")),
                ("balance", Text("进出平衡（未核实）", "Farmland balance (unconfirmed)")),
            ),
        ),
        Parameter(
            "decimals",
            Kind.INTEGER,
            Text("坐标小数位", "Decimals"),
            Text("坐标的小数位数；缺省米 3 位、度 9 位", "3 in metres and 9 in degrees by default"),
            minimum=0,
            maximum=12,
        ),
        Parameter(
            "distances",
            Kind.FLAG,
            Text("写边长", "Distances"),
            Text("每个点后加一列到下一点的边长（增减挂钩用）", "The length to the next point after each point"),
            default=False,
        ),
        Parameter(
            "encoding",
            Kind.CHOICE,
            Text("编码", "Encoding"),
            Text("文件的字符编码", "Of the text"),
            default="gbk",
            choices=(("gbk", Text("GBK", "GBK")), ("utf-8", Text("UTF-8", "UTF-8"))),
        ),
        OVERWRITE,
    ),
    target="tim.boundary.command:write_file",
    result_keys=("plots",),
)

BOUNDARY_TABLE = Operation(
    name="boundary table",
    title=Text("界址点成果表", "Table of boundary points"),
    summary=Text(
        "列出界址点坐标、边长、方位角，给出相邻图层时另列四至，写成 Excel。",
        "Points, lengths and bearings, and with a layer of neighbours the four sides, as a workbook.",
    ),
    group=BOUNDARY_GROUP,
    parameters=(
        _LAYER,
        _out("xlsx", "新的 Excel 文件", "A new workbook"),
        _field("name_field", "地块名称字段", "Name field"),
        Parameter(
            "neighbours",
            Kind.VECTOR,
            Text("相邻图层", "Neighbours"),
            Text("列四至用的面图层，如宗地", "Polygons around the plots"),
            geometry="polygon",
        ),
        _field("neighbour_field", "相邻图层的名称字段", "Neighbours' name field"),
        _DECIMALS,
        OVERWRITE,
    ),
    target="tim.boundary.command:point_table",
    result_keys=("plots", "boundary_points"),
)

BOUNDARY: tuple[Operation, ...] = (BOUNDARY_READ, BOUNDARY_WRITE, BOUNDARY_TABLE)
