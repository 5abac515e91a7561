"""Point clouds."""

from __future__ import annotations

from dataclasses import replace

from tim.declare import Operation, Text
from tim.operations.common import POINTS, POINTS_GROUP

POINTS_INFO = Operation(
    name="points info",
    title=Text("查看点云", "Point cloud information"),
    summary=Text(
        "点数、分类、范围、密度、坐标系。",
        "Points, classes, extent, density, coordinate reference system.",
    ),
    group=POINTS_GROUP,
    parameters=(replace(POINTS, positional=True),),
    target="tim.points.info:points_info",
    result_keys=("points", "classes", "extent", "crs", "density_per_m2", "sources"),
)
