"""Texts and parameters that several operations share."""

from __future__ import annotations

from tim.declare import Kind, Parameter, Text

MODEL_GROUP = Text("国土空间信息模型", "Territory information model")
POINTS_GROUP = Text("点云与实景三维", "Point clouds and real-scene 3D")
REVIEW_GROUP = Text("审查", "Review")
SCRIPT_GROUP = Text("中文脚本", "Scripts in Chinese")

MODEL = Parameter(
    "model",
    Kind.MODEL,
    Text("模型", "Model"),
    Text("tim build 生成的 GeoPackage 文件", "A GeoPackage made by tim build"),
    required=True,
    positional=True,
    suffixes=("gpkg",),
)
POINTS = Parameter(
    "points",
    Kind.POINTS,
    Text("点云", "Points"),
    Text(
        "LAS/LAZ/COPC/PLY/PCD/XYZ 文件、EPT 目录或装有 LAS/LAZ/EPT 的文件夹，可以多个",
        "LAS, LAZ or COPC files, EPT folders, or folders of them",
    ),
    required=True,
    many=True,
    suffixes=("laz", "las", "json", "ply", "pcd", "xyz", "txt", "csv"),
)
REPORT = Parameter(
    "report",
    Kind.OUTPUT_FILE,
    Text("报告", "Report"),
    Text(
        "扩展名决定格式：.docx、.pdf、.html 或 .xlsx", "The extension chooses the format: .docx, .pdf, .html or .xlsx"
    ),
    suffixes=("docx", "pdf", "html", "xlsx"),
)
TEMPLATE = Parameter(
    "template",
    Kind.FILE,
    Text("Word 模板", "Word template"),
    Text(
        "本单位的 .docx 模板，“{{正文}}”处放报告内容；只用于 .docx 报告",
        "Your own .docx; the text goes where the body field stands",
    ),
    suffixes=("docx",),
    advanced=True,
)
LIMITS = (
    Parameter(
        "seconds",
        Kind.NUMBER,
        Text("限时", "Time limit"),
        Text("规则和脚本运行超过这么久就停止；缺省不限", "The rules or script stop after this time; none by default"),
        minimum=1,
        unit="秒",
        advanced=True,
    ),
    Parameter(
        "memory",
        Kind.NUMBER,
        Text("内存上限", "Memory limit"),
        Text("规则和脚本用的内存超过这么多就停止", "The rules or script stop when they use more memory"),
        default=4096,
        minimum=64,
        unit="MB",
        advanced=True,
    ),
)
OVERWRITE = Parameter(
    "overwrite",
    Kind.FLAG,
    Text("覆盖已有结果", "Overwrite"),
    Text("结果文件已存在时覆盖；缺省保留原文件并报错", "Replace an existing result instead of refusing"),
    default=False,
    advanced=True,
)
