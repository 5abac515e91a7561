"""Quality checks of databases."""

from __future__ import annotations

from tim.declare import Kind, Operation, Parameter, Text
from tim.operations.common import OVERWRITE, REPORT, TEMPLATE

QUALITY_GROUP = Text("质检", "Quality checks")


def _result(name: str, zh: str, en: str, help_zh: str, help_en: str, suffixes: tuple[str, ...]) -> Parameter:
    return Parameter(name, Kind.OUTPUT_FILE, Text(zh, en), Text(help_zh, help_en), suffixes=suffixes)


QUALITY_CHECK = Operation(
    name="quality check",
    title=Text("数据库质检", "Check a database"),
    summary=Text(
        "按标准检查数据库：结构、代码、必填、唯一、拓扑、面积、属性逻辑；规则是可以修改的中文规则文件。"
        "输出带状态（错误、已改正、例外）的问题图层、Excel 表和报告，复查时只查变动的部分。",
        "Structure, codes, topology, areas and logic of a database, after rule files that can be edited.",
    ),
    group=QUALITY_GROUP,
    parameters=(
        Parameter(
            "data",
            Kind.FILE,
            Text("数据库", "Database"),
            Text("要检查的数据库（gpkg、gdb）或装有 shp 的文件夹", "A database, or a folder of shapefiles"),
            positional=True,
            suffixes=("gpkg", "gdb"),
        ),
        Parameter(
            "layer",
            Kind.LAYERS,
            Text("图层对应", "Layer mapping"),
            Text("图层代码=数据源，如 DLTB=图斑.shp，可以多个", "Code of a layer = source, repeatable"),
            many=True,
        ),
        Parameter(
            "standard",
            Kind.TEXT,
            Text("检查标准", "Standard"),
            Text("三调、三线、详细规划，或装有规则文件的文件夹", "A packaged one, or a folder of rule files"),
            default="三调",
        ),
        Parameter(
            "fields",
            Kind.FILE,
            Text("字段表", "Field table"),
            Text("代替标准自带的：CSV、Excel 或空库", "Instead of the standard's: CSV, Excel or an empty database"),
            suffixes=("xlsx", "csv", "gpkg", "gdb"),
        ),
        Parameter(
            "rules",
            Kind.SCRIPT,
            Text("另加的规则文件", "More rule files"),
            Text("在标准之外再检查的规则", "Checked besides those of the standard"),
            many=True,
            suffixes=("zh",),
        ),
        Parameter(
            "previous",
            Kind.FILE,
            Text("上一次的结果", "Earlier result"),
            Text("只重新检查变动的要素，保留例外", "Only what changed is checked again, exceptions stay"),
            suffixes=("gpkg",),
        ),
        Parameter(
            "factor",
            Kind.NUMBER,
            Text("缺陷调整系数", "Factor of defects"),
            Text("缺陷扣分乘以它（可信度 M）", "By which scores of defects are multiplied"),
            default=1.0,
            minimum=0.0,
            maximum=100.0,
            advanced=True,
        ),
        _result(
            "out", "问题图层", "Defects", "新的 GeoPackage，可用作下一次的“上一次的结果”", "A GeoPackage", ("gpkg",)
        ),
        _result("table", "问题表", "Workbook", "Excel：规则汇总、问题、没有检查的内容", "Rules and defects", ("xlsx",)),
        REPORT,
        TEMPLATE,
        OVERWRITE,
    ),
    target="tim.quality.command:check_database",
    result_keys=("rules", "states", "score", "deductions", "not_checked"),
)

QUALITY_RULES = Operation(
    name="quality rules",
    title=Text("复制质检规则", "Copy the rules of a standard"),
    summary=Text(
        "把自带的检查标准（规则文件和字段表）复制到文件夹，修改后用作自己的标准。",
        "Copy a packaged standard to a folder, to be changed.",
    ),
    group=QUALITY_GROUP,
    parameters=(
        Parameter(
            "name",
            Kind.CHOICE,
            Text("自带的标准", "Packaged standard"),
            Text("要复制的标准", "The one to copy"),
            required=True,
            positional=True,
            choices=(
                ("三调", Text("国土变更调查", "Land survey")),
                ("三线", Text("三条控制线", "Control lines")),
                ("详细规划", Text("详细规划", "Detailed plans")),
            ),
        ),
        Parameter(
            "out", Kind.OUTPUT_FILE, Text("规则文件夹", "Folder"), Text("新的文件夹", "A new folder"), required=True
        ),
        OVERWRITE,
    ),
    target="tim.quality.command:copy_rules",
    result_keys=("files",),
)

QUALITY: tuple[Operation, ...] = (QUALITY_CHECK, QUALITY_RULES)
