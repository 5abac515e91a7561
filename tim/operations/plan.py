"""Control lines and plans."""

from __future__ import annotations

from dataclasses import replace

from tim.declare import Kind, Operation, Parameter, Text
from tim.operations.common import OVERWRITE, REPORT, REVIEW_GROUP, TEMPLATE
from tim.operations.overlay import OVERLAY

_shared = {parameter.name: parameter for parameter in OVERLAY.parameters}

PLAN_CONFORMITY = Operation(
    name="plan conformity",
    title=Text("三线与规划符合性", "Control lines and conformity"),
    summary=Text(
        "永久基本农田、生态保护红线、城镇开发边界之间的重叠，项目在线内线外，两个版本之间什么变成了什么；规则是可以修改的中文规则文件。",
        "Overlaps among control lines, projects inside and outside, changes between versions, by editable rules.",
    ),
    group=REVIEW_GROUP,
    parameters=(
        Parameter(
            "layer",
            Kind.LAYERS,
            Text("控制线和项目图层", "Lines and projects"),
            Text("永久基本农田=源 生态保护红线=源 城镇开发边界=源 项目=源", "Name=source, one may hold the projects"),
            required=True,
        ),
        Parameter(
            "before",
            Kind.LAYERS,
            Text("前期图层", "Earlier versions"),
            Text("同名的前一版，如 永久基本农田=旧三线.gpkg", "Of the same names"),
        ),
        replace(
            _shared["by"],
            title=Text("类别字段", "Fields of classes"),
            help=Text("图层=字段；城镇开发边界缺省用 GHFQMC，生态保护红线用 LHLX", "Layer=field"),
        ),
        Parameter(
            "rules",
            Kind.SCRIPT,
            Text("符合性规则", "Rules"),
            Text("代替自带的规则文件", "Instead of the packaged rule file"),
            suffixes=("zh",),
        ),
        replace(_shared["area"], default="ellipsoid"),
        _shared["crs"],
        replace(
            _shared["out"], title=Text("结果图层", "Layers"), help=Text("问题、重叠、项目、变化", "Findings and more")
        ),
        replace(_shared["table"], help=Text("报告里的各张表", "The tables of the report")),
        REPORT,
        TEMPLATE,
        OVERWRITE,
    ),
    target="tim.conformity.command:plan_conformity",
    result_keys=("totals", "overlaps", "projects", "changes", "rules", "not_checked"),
)
