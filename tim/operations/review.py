"""Checks written in Chinese."""

from __future__ import annotations

from tim.declare import Kind, Operation, Parameter, Text
from tim.operations.common import LIMITS, OVERWRITE, REPORT, REVIEW_GROUP, TEMPLATE

CHECK = Operation(
    name="check",
    title=Text("按规则审查", "Check against rules"),
    summary=Text(
        "用中文规则文件审查模型或图层，列出违反规则的要素；可写出 Word 或 HTML 报告。",
        "Check a model or layers against a Chinese rule file; write a Word or HTML report.",
    ),
    group=REVIEW_GROUP,
    parameters=(
        Parameter(
            "rules",
            Kind.SCRIPT,
            Text("规则文件", "Rule file"),
            Text("中文规则文件（.zh）", "A Chinese rule file (.zh)"),
            required=True,
            positional=True,
            suffixes=("zh",),
        ),
        Parameter(
            "data",
            Kind.MODEL,
            Text("模型或数据文件", "Model or data file"),
            Text("规则里的图层从这里按名称取", "The layers that the rules name are taken from here"),
            suffixes=("gpkg",),
        ),
        Parameter(
            "layer",
            Kind.LAYERS,
            Text("图层对应", "Layer mapping"),
            Text("规则里的图层名=数据源，可以多个", "Layer of the rules = source, repeatable"),
            many=True,
        ),
        Parameter(
            "findings",
            Kind.OUTPUT_FILE,
            Text("问题图层", "Findings"),
            Text("把问题位置写成 GeoPackage", "Write the findings as a GeoPackage"),
            suffixes=("gpkg",),
        ),
        REPORT,
        TEMPLATE,
        *LIMITS,
        OVERWRITE,
    ),
    target="tim.review.check:check_rules",
    result_keys=("rules",),
)
