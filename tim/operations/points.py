"""Point clouds."""

from __future__ import annotations

from tim.declare import Kind, Operation, Parameter, Text
from tim.operations.common import POINTS_GROUP

POINTS_INFO = Operation(
    name="points info",
    title=Text("查看点云", "Point cloud information"),
    summary=Text(
        "点数、分类、范围、密度、坐标系。",
        "Points, classes, extent, density, coordinate reference system.",
    ),
    group=POINTS_GROUP,
    parameters=(
        Parameter(
            "points",
            Kind.POINTS,
            Text("点云", "Points"),
            Text("LAS/LAZ/COPC 文件、EPT 目录或装有它们的文件夹，可以多个", "LAS/LAZ/COPC files, EPT or folders of them"),
            required=True,
            many=True,
            positional=True,
            suffixes=("laz", "las", "json"),
        ),
    ),
    target="tim.points.info:points_info",
    result_keys=("points", "classes", "extent", "crs", "density_per_m2", "sources"),
)
