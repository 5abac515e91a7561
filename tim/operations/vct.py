"""VCT files."""

from __future__ import annotations

from tim.declare import Kind, Operation, Parameter, Text
from tim.operations.common import OVERWRITE

VCT_READ = Operation(
    name="vct read",
    title=Text("读入 VCT 文件", "Read a VCT file"),
    summary=Text(
        "把 VCT 3.0 交换文件读成 GeoPackage：由线构成面，属性保持类型；编码和坐标系按内容认定，矛盾时说明，不猜。",
        "A VCT 3.0 exchange file as a GeoPackage.",
    ),
    group=Text("交换格式", "Exchange formats"),
    parameters=(
        Parameter(
            "file",
            Kind.FILE,
            Text("VCT 文件", "VCT file"),
            Text("VCT 3.0 文本文件", "A text file"),
            required=True,
            positional=True,
            suffixes=("vct",),
        ),
        Parameter(
            "out",
            Kind.OUTPUT_FILE,
            Text("结果", "Result"),
            Text("新的 GeoPackage，每个属性表一个图层", "A GeoPackage"),
            required=True,
            suffixes=("gpkg",),
        ),
        Parameter(
            "crs",
            Kind.CRS,
            Text("坐标系", "Coordinate reference system"),
            Text("代替文件头写的坐标系，如 EPSG:4528", "Instead of what the head says"),
        ),
        OVERWRITE,
    ),
    target="tim.vct.command:read_file",
    result_keys=("layers", "encoding", "crs"),
)
