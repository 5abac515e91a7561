"""Programs in other languages, and rules from tables."""

from __future__ import annotations

from tim.declare import Kind, Operation, Parameter, Text
from tim.operations.common import OVERWRITE, SCRIPT_GROUP

TRANSLATE = Operation(
    name="script translate",
    title=Text("翻译脚本", "Translate a script"),
    summary=Text(
        "把脚本或规则译成 Python、QGIS 表达式或 PostGIS SQL，或者把 Python 译成中文脚本；"
        "没有对应写法的地方逐处指出，不会悄悄改变意思。",
        "Scripts and rules as Python, QGIS expressions or PostGIS SQL, and Python as a script in Chinese; what has no "
        "counterpart is told, place by place.",
    ),
    group=SCRIPT_GROUP,
    parameters=(
        Parameter(
            "script",
            Kind.SCRIPT,
            Text("脚本", "Script"),
            Text("中文脚本（.zh），译成中文脚本时是 Python 文件（.py）", "A script (.zh), or Python (.py)"),
            required=True,
            positional=True,
            suffixes=("zh", "py"),
        ),
        Parameter(
            "to",
            Kind.CHOICE,
            Text("译成", "To"),
            Text("译成哪种语言", "The language of the translation"),
            required=True,
            choices=(
                ("python", Text("Python", "Python")),
                ("qgis", Text("QGIS 表达式", "QGIS expressions")),
                ("postgis", Text("PostGIS SQL", "PostGIS SQL")),
                ("zhscript", Text("中文脚本", "Script in Chinese")),
            ),
        ),
        Parameter(
            "rule",
            Kind.TEXT,
            Text("规则", "Rules"),
            Text(
                "只译这些规则（QGIS 表达式和 PostGIS SQL）；缺省全译",
                "Only these rules (for QGIS and PostGIS), otherwise all",
            ),
            many=True,
        ),
        Parameter(
            "key",
            Kind.TEXT,
            Text("编号列", "Key column"),
            Text("PostGIS 表里标识要素的列", "The column of PostGIS tables that identifies features"),
            default="id",
            advanced=True,
        ),
        Parameter(
            "geometry",
            Kind.TEXT,
            Text("图形列", "Geometry column"),
            Text("PostGIS 表里图形的列", "The column of PostGIS tables that holds geometries"),
            default="geom",
            advanced=True,
        ),
        Parameter(
            "out",
            Kind.OUTPUT_FILE,
            Text("结果文件", "Result"),
            Text("译文写到这个文件；缺省显示出来", "Write the translation to this file instead of showing it"),
            suffixes=("py", "txt", "sql", "zh"),
        ),
        OVERWRITE,
    ),
    target="tim.script.translate:translate_script",
    result_keys=("translation",),
)

RULES = Operation(
    name="script rules",
    title=Text("指标表生成规则", "Rules from a table"),
    summary=Text(
        "由 Excel 或 WPS 的指标表（.xlsx）生成规则文件；看不懂的单元格逐个指出，不会悄悄略过。",
        "A rule file from a workbook with planning indicators; every cell that is not understood is told.",
    ),
    group=SCRIPT_GROUP,
    parameters=(
        Parameter(
            "table",
            Kind.FILE,
            Text("指标表", "Table"),
            Text("工作簿（.xlsx）", "A workbook (.xlsx)"),
            required=True,
            positional=True,
            suffixes=("xlsx", "xlsm"),
        ),
        Parameter(
            "sheet",
            Kind.TEXT,
            Text("工作表", "Sheet"),
            Text("工作表的名字；缺省是第一个有指标表头的", "Its name, otherwise the first with a known header"),
        ),
        Parameter(
            "header",
            Kind.INTEGER,
            Text("表头行", "Header row"),
            Text("表头在第几行；缺省自动找", "The row of the header, otherwise it is looked for"),
            minimum=1,
            maximum=1000,
        ),
        Parameter(
            "layer",
            Kind.TEXT,
            Text("图层", "Layer"),
            Text("表里没写图层时检查哪个图层", "The layer to check where the table names none"),
            default="宗地",
        ),
        Parameter(
            "basis",
            Kind.TEXT,
            Text("依据", "Basis"),
            Text("表里没写依据时的依据；缺省是表的名字", "The basis where the table has none; otherwise its name"),
        ),
        Parameter(
            "level",
            Kind.CHOICE,
            Text("等级", "Level"),
            Text("表里没写等级时的等级", "The level where the table has none"),
            default="强制",
            choices=(
                ("强制", Text("强制", "mandatory")),
                ("一般", Text("一般", "ordinary")),
                ("提示", Text("提示", "hint")),
            ),
        ),
        Parameter(
            "ratio",
            Kind.FLAG,
            Text("图层里的百分数写成小数", "Percentages as fractions"),
            Text("图层里写成 0.35；缺省写成 35", "The layer has 0.35; otherwise 35"),
            default=False,
        ),
        Parameter(
            "out",
            Kind.OUTPUT_FILE,
            Text("规则文件", "Rules"),
            Text("规则写到这个文件；缺省显示出来", "Write the rules to this file instead of showing them"),
            suffixes=("zh",),
        ),
        OVERWRITE,
    ),
    target="tim.script.rules:rules_from_table",
    result_keys=("translation",),
)

TRANSLATIONS: tuple[Operation, ...] = (TRANSLATE, RULES)
