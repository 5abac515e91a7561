"""Operations that the engine itself uses; no door derives anything from them."""

from __future__ import annotations

from tim.declare import Kind, Operation, Parameter, Text

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

INTERNAL: tuple[Operation, ...] = (PROBE,)
