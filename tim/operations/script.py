"""Scripts: operations of the command line and of the script editor, which shows what they print."""

from __future__ import annotations

from tim.declare import Kind, Operation, Parameter, Text
from tim.operations.common import LIMITS, OVERWRITE, SCRIPT_GROUP
from tim.operations.review import CHECK
from tim.operations.translation import TRANSLATIONS

_LAYERS = tuple(parameter for parameter in CHECK.parameters if parameter.name in ("data", "layer"))

SCRIPT_RUN = Operation(
    name="script run",
    title=Text("运行脚本", "Run a script"),
    summary=Text(
        "从上到下运行脚本，再检查其中的规则；“显示”的内容列在结果里。",
        "Run a script from top to bottom, then its rules; what it prints stands in the result.",
    ),
    group=SCRIPT_GROUP,
    parameters=(
        Parameter(
            "script",
            Kind.SCRIPT,
            Text("脚本", "Script"),
            Text("脚本文件（.zh）", "A script file (.zh)"),
            required=True,
            positional=True,
            suffixes=("zh",),
        ),
        *_LAYERS,
        Parameter(
            "folder",
            Kind.FILE,
            Text("允许的文件夹", "Granted folders"),
            Text(
                "除脚本所在文件夹外，允许脚本读写的文件夹，可以多个", "More folders that the script may use, repeatable"
            ),
            many=True,
            advanced=True,
        ),
        Parameter(
            "allow",
            Kind.CHOICE,
            Text("只允许", "Allow only"),
            Text("收窄脚本的权限；缺省按脚本开头的“权限”", "Narrow what the header of the script asks for"),
            choices=(
                ("检查", Text("检查", "read")),
                ("计算", Text("计算", "compute")),
                ("管理", Text("管理", "write files")),
            ),
            many=True,
            advanced=True,
        ),
        *LIMITS,
        OVERWRITE,
    ),
    target="tim.script.run:run_script",
    result_keys=("printed", "rules", "area_basis", "crs"),
)

SCRIPT_TEST = Operation(
    name="script test",
    title=Text("运行脚本里的测试", "Run the tests in scripts"),
    summary=Text(
        "运行脚本文件里的“测试”，列出没有通过的。",
        "Run the tests that stand in script files and tell which fail.",
    ),
    group=SCRIPT_GROUP,
    parameters=(
        Parameter(
            "scripts",
            Kind.SCRIPT,
            Text("脚本", "Scripts"),
            Text("脚本文件（.zh）或装有它们的文件夹，可以多个", "Script files or folders of them"),
            required=True,
            many=True,
            positional=True,
            suffixes=("zh",),
        ),
        Parameter(
            "coverage",
            Kind.FLAG,
            Text("列出覆盖率", "Coverage"),
            Text("列出测试没有运行到的行和只出现过一种结果的条件", "List lines and branches that no test runs"),
            default=False,
        ),
    ),
    target="tim.script.testing:test_scripts",
    result_keys=("tests", "coverage"),
)

SCRIPT_EXPLAIN = Operation(
    name="script explain",
    title=Text("解释规则", "Explain rules"),
    summary=Text(
        "列出规则的执行计划；给出要素时说明它的结论怎样得出：代入的值、依据、图形。",
        "Tell the plan of rules; for a feature tell why its verdict came out: values put in, basis, geometry.",
    ),
    group=SCRIPT_GROUP,
    parameters=(
        Parameter(
            "script",
            Kind.SCRIPT,
            Text("规则文件", "Rules"),
            Text("规则文件（.zh）", "A rule file (.zh)"),
            required=True,
            positional=True,
            suffixes=("zh",),
        ),
        Parameter("rule", Kind.TEXT, Text("规则", "Rule"), Text("只解释这条规则", "Only the rule of this title")),
        Parameter(
            "feature",
            Kind.TEXT,
            Text("要素", "Feature"),
            Text("要素的编号，与问题列表里的相同", "The feature's key, as in findings"),
        ),
        *_LAYERS,
    ),
    target="tim.script.explain:explain_script",
    result_keys=("printed",),
)

SCRIPTS: tuple[Operation, ...] = (SCRIPT_RUN, SCRIPT_TEST, SCRIPT_EXPLAIN, *TRANSLATIONS)
