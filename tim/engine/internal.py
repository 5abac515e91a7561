"""Operations that the engine itself uses; no door shows them."""

from __future__ import annotations

from tim.declare import Kind, Operation, Parameter, Text

_GROUP = Text("引擎", "Engine")

PROBE = Operation(
    name="engine probe",
    title=Text("检查程序库", "Probe libraries"),
    summary=Text("逐个加载程序库，报告版本。", "Import libraries one by one and report their versions."),
    group=_GROUP,
    parameters=(
        Parameter(
            "modules",
            Kind.TEXT,
            Text("模块", "Modules"),
            Text("模块名", "Module names"),
            required=True,
            many=True,
        ),
    ),
    target="tim.engine.probe:probe_modules",
)

INTERNAL: tuple[Operation, ...] = (PROBE,)
