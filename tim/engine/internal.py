"""Operations that the engine itself uses; no door derives anything from them."""

from __future__ import annotations

from tim.declare import Kind, Operation, Parameter, Text
from tim.operations.script import SCRIPT_RUN

_GROUP = Text("引擎", "Engine")

PROBE = Operation(
    name="engine probe",
    title=Text("试用程序库", "Try libraries"),
    summary=Text("逐个加载程序库、试用功能，报告版本或出错原因。", "Import libraries and try functions one by one."),
    group=_GROUP,
    parameters=(
        Parameter(
            "items",
            Kind.TEXT,
            Text("项目", "Items"),
            Text("module:名称 或 function:名称", "module:NAME or function:NAME"),
            required=True,
            many=True,
        ),
    ),
    target="tim.engine.probe:probe",
)

TOOL = Operation(
    name="script tool",
    title=Text("运行工具", "Run a tool"),
    summary=Text("运行脚本文件里的一个工具。", "Run one tool of a script file."),
    group=_GROUP,
    parameters=(
        Parameter(
            "script",
            Kind.SCRIPT,
            Text("脚本", "Script"),
            Text("脚本文件（.zh）", "A script file (.zh)"),
            required=True,
            suffixes=("zh",),
        ),
        Parameter("tool", Kind.TEXT, Text("工具", "Tool"), Text("工具的名字", "Name of the tool"), required=True),
        Parameter(
            "arguments",
            Kind.ARGUMENTS,
            Text("参数", "Arguments"),
            Text("参数名和值，输出名和文件", "Names of parameters and values, names of outputs and files"),
        ),
        *(item for item in SCRIPT_RUN.parameters if item.name in ("data", "layer", "folder", "allow", "overwrite")),
    ),
    target="tim.script.tool:run_tool",
    result_keys=("printed", "results", "layers"),
)

INTERNAL: tuple[Operation, ...] = (PROBE, TOOL)
