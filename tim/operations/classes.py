"""Classes of points, buildings, trees and changes found among them."""

from __future__ import annotations

from dataclasses import replace

from tim.declare import Kind, Operation, Parameter, Text
from tim.operations.common import OVERWRITE, POINTS, POINTS_GROUP

CRS_OF_POINTS = Parameter(
    "crs",
    Kind.CRS,
    Text("坐标系", "Coordinate reference system"),
    Text("点云文件没有坐标系时必须给出，如 EPSG:4547 或 EPSG:4547+5737", "Required when the points carry none"),
)
GROUND_OF_POINTS = Parameter(
    "ground",
    Kind.CHOICE,
    Text("地面点", "Ground points"),
    Text("用文件里已有的分类，还是重新计算", "Take the classes of the file or compute them"),
    default="auto",
    choices=(
        ("auto", Text("自动：文件有地面分类则采用", "Automatic: the file's classes if it has any")),
        ("file", Text("用文件的分类", "Classes of the file")),
        ("smrf", Text("重新计算（SMRF）", "Compute (SMRF)")),
    ),
    advanced=True,
)

POINTS_CLASSIFY = Operation(
    name="points classify",
    title=Text("点云分类", "Classify points"),
    summary=Text(
        "把点分为地面、低中高植被、建筑物、水体、桥面、导线和噪声，写成 LAZ；其余属性原样保留。",
        "Ground, low, medium and high vegetation, building, water, bridge, wire and noise; all else is kept.",
    ),
    group=POINTS_GROUP,
    parameters=(
        replace(POINTS, positional=True),
        CRS_OF_POINTS,
        GROUND_OF_POINTS,
        Parameter(
            "medium",
            Kind.NUMBER,
            Text("中等植被起始高度", "Medium vegetation from"),
            Text("离地面的高度；标准没有规定，请按项目要求", "Height above ground; no standard states it"),
            default=0.5,
            minimum=0.0,
            maximum=20.0,
            unit="米",
            advanced=True,
        ),
        Parameter(
            "high",
            Kind.NUMBER,
            Text("高大植被起始高度", "High vegetation from"),
            Text("离地面的高度；标准没有规定，请按项目要求", "Height above ground; no standard states it"),
            default=1.5,
            minimum=0.1,
            maximum=50.0,
            unit="米",
            advanced=True,
        ),
        Parameter(
            "out",
            Kind.OUTPUT_FILE,
            Text("分类后的点云", "Classified points"),
            Text("写出的 LAZ 或 LAS 文件；多个输入合为一个", "The LAZ or LAS file; several inputs become one"),
            required=True,
            suffixes=("laz", "las"),
        ),
        OVERWRITE,
    ),
    target="tim.points.classify:classify_points",
    result_keys=("points", "classes", "ground", "points_per_second"),
)

CLASSES = (POINTS_CLASSIFY,)
