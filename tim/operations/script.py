"""Scripts: operations of the command line and of the script editor, which shows what they print."""

from __future__ import annotations

from tim.declare import Kind, Operation, Parameter, Text
from tim.operations.review import CHECK

SCRIPT_GROUP = Text("中文脚本", "Scripts in Chinese")
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
    ),
    target="tim.script.run:run_script",
    result_keys=("printed", "rules"),
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
    ),
    target="tim.script.testing:test_scripts",
    result_keys=("tests",),
)

SCRIPTS: tuple[Operation, ...] = (SCRIPT_RUN, SCRIPT_TEST)
