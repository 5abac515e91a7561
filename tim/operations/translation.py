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
    result_keys=("text",),
)

TRANSLATIONS: tuple[Operation, ...] = (TRANSLATE,)
