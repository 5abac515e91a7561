"""Space codes and codes of registers."""

from __future__ import annotations

from dataclasses import replace

from tim.declare import Kind, Operation, Parameter, Text
from tim.operations.common import OVERWRITE

CODES_GROUP = Text("空间码", "Codes")

_GRIDS = (
    ("beidou", Text("北斗网格位置码", "BeiDou grid code")),
    ("location", Text("基础地理实体位置码", "Location code of geographic entities")),
    ("geosot", Text("GeoSOT 剖分编码", "GeoSOT")),
)
_REGISTERS = (
    ("identity", Text("空间身份编码", "Space identity code")),
    ("unit_code", Text("不动产单元代码", "Real-estate unit code")),
    ("parcel_code", Text("宗地代码", "Parcel code")),
    ("admin_code", Text("行政区划代码", "Administrative code")),
    ("project_code", Text("投资项目统一代码", "Project code")),
    ("use_control_code", Text("用途管制电子监管号", "Use control number")),
    ("supply_code", Text("供地电子监管号", "Land supply number")),
    ("check_point_code", Text("检测点编号", "Check point number")),
    ("class_code", Text("基础地理实体分类代码", "Class code of geographic entities")),
    ("bsm", Text("标识码（BSM）", "Feature identifier (BSM)")),
)
_KIND = Parameter(
    "kind",
    Kind.CHOICE,
    Text("编码种类", "Kind of code"),
    Text("编码所依的规则", "The rules of the code"),
    default="beidou",
    choices=_GRIDS,
)
_LEVEL = Parameter(
    "level",
    Kind.INTEGER,
    Text("级别", "Level"),
    Text("北斗 1–10，位置码 1–16，GeoSOT 1–32；缺省为最细一级", "BeiDou 1-10, location 1-16, GeoSOT 1-32"),
    minimum=1,
    maximum=32,
)
_OUT = Parameter(
    "out",
    Kind.OUTPUT_FILE,
    Text("结果", "Result"),
    Text("新的 GeoPackage", "A new GeoPackage"),
    required=True,
    suffixes=("gpkg",),
)
_LAYER = Parameter(
    "layer",
    Kind.VECTOR,
    Text("图层", "Layer"),
    Text("任意矢量数据", "Any vector source"),
    required=True,
    positional=True,
)

CODE_MAKE = Operation(
    name="code make",
    title=Text("求点的网格码", "Code of a point"),
    summary=Text("由经纬度（CGCS2000）和高程求网格码。", "The grid code of a place (CGCS2000)."),
    group=CODES_GROUP,
    parameters=(
        _KIND,
        Parameter("lon", Kind.TEXT, Text("经度", "Longitude"), Text("十进制度，西经为负", "Degrees"), required=True),
        Parameter("lat", Kind.TEXT, Text("纬度", "Latitude"), Text("十进制度，南纬为负", "Degrees"), required=True),
        Parameter(
            "height",
            Kind.NUMBER,
            Text("高程", "Height"),
            Text("椭球高；给出时为三维编码", "Above the ellipsoid; makes a code in 3D"),
            unit="m",
        ),
        _LEVEL,
    ),
    target="tim.codes.command:make_code",
    result_keys=("code", "grid_level", "bounds", "heights", "note"),
)

CODE_CHECK = Operation(
    name="code check",
    title=Text("检查编码", "Check codes"),
    summary=Text(
        "逐段检查空间码、不动产单元代码、宗地代码、行政区划代码等，指出哪一位不对。",
        "Check codes segment by segment and tell the character that is wrong.",
    ),
    group=CODES_GROUP,
    parameters=(
        Parameter(
            "codes",
            Kind.TEXT,
            Text("编码", "Codes"),
            Text("一个或多个编码", "One or more codes"),
            many=True,
            positional=True,
        ),
        replace(_KIND, choices=_GRIDS + _REGISTERS),
        replace(_LAYER, required=False, positional=False),
        Parameter("field", Kind.TEXT, Text("字段", "Field"), Text("图层里装编码的字段", "The field of the codes")),
    ),
    target="tim.codes.command:check_codes",
    result_keys=("checked", "wrong", "invalid", "note"),
)

CODE_NEIGHBOURS = Operation(
    name="code neighbours",
    title=Text("相邻网格", "Neighbouring cells"),
    summary=Text("一个网格的范围和周围的网格码。", "The bounds of a cell and the codes around it."),
    group=CODES_GROUP,
    parameters=(
        Parameter("code", Kind.TEXT, Text("编码", "Code"), Text("网格码", "Code"), required=True, positional=True),
        _KIND,
    ),
    target="tim.codes.command:code_neighbours",
    result_keys=("bounds", "heights", "neighbours"),
)

CODE_COVER = Operation(
    name="code cover",
    title=Text("面的覆盖网格", "Covering cells"),
    summary=Text("与面有公共面积的同级网格，连同编码写成图层。", "Cells of one level that cover polygons."),
    group=CODES_GROUP,
    parameters=(
        replace(_LAYER, geometry="polygon"),
        _OUT,
        _KIND,
        replace(_LEVEL, required=True),
        OVERWRITE,
    ),
    target="tim.codes.command:cover_layer",
    result_keys=("cells",),
)

CODE_LAYER = Operation(
    name="code layer",
    title=Text("给图层加网格码", "Codes for a layer"),
    summary=Text(
        "另存图层，每个要素按其内部一点加上网格码（字段 grid_code）。",
        "A copy of a layer with the code of a point inside each feature.",
    ),
    group=CODES_GROUP,
    parameters=(
        _LAYER,
        _OUT,
        _KIND,
        _LEVEL,
        Parameter(
            "height_field",
            Kind.TEXT,
            Text("高程字段", "Height field"),
            Text("椭球高（米）；给出时为三维编码", "Metres above the ellipsoid; makes codes in 3D"),
        ),
        OVERWRITE,
    ),
    target="tim.codes.command:code_layer",
    result_keys=("coded", "without"),
)

CODES: tuple[Operation, ...] = (CODE_MAKE, CODE_CHECK, CODE_NEIGHBOURS, CODE_COVER, CODE_LAYER)
