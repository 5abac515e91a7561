"""Meshes of real-scene 3D."""

from __future__ import annotations

from tim.declare import Kind, Operation, Parameter, Text
from tim.operations.common import OVERWRITE, POINTS_GROUP

_MESH = Parameter(
    "mesh",
    Kind.FILE,
    Text("三维模型", "Mesh"),
    Text(
        "OSGB 文件或文件夹（含 Data 和 metadata.xml）、tileset.json、glTF/GLB、OBJ、PLY",
        "An OSGB file or folder (with Data and metadata.xml), tileset.json, glTF/GLB, OBJ or PLY",
    ),
    required=True,
    positional=True,
)
_SOURCE_CRS = Parameter(
    "source_crs",
    Kind.CRS,
    Text("源坐标系", "CRS of the source"),
    Text("三维模型的坐标系；不给时用文件里写的", "CRS of the mesh; what its files state when missing"),
    advanced=True,
)
_SOURCE_ORIGIN = Parameter(
    "source_origin",
    Kind.TEXT,
    Text("源原点", "Origin of the source"),
    Text("局部坐标的原点，写成 东,北,高；不给时用文件里写的", "Origin of the local coordinates as east,north,height"),
    advanced=True,
)
_CRS = Parameter(
    "crs",
    Kind.CRS,
    Text("目标坐标系", "Target CRS"),
    Text("结果的坐标系；不给时与源相同", "CRS of the result; that of the source when missing"),
)

MESH_INFO = Operation(
    name="mesh info",
    title=Text("查看三维模型", "Mesh information"),
    summary=Text(
        "三维模型里有什么：顶点、三角形、层级、瓦片、缺失的文件、坐标系和原点。",
        "What is in a mesh: vertices, triangles, levels, tiles, missing files, CRS and origin.",
    ),
    group=POINTS_GROUP,
    parameters=(_MESH,),
    target="tim.meshes.info:mesh_info",
    result_keys=("vertices", "triangles", "levels", "tiles", "missing", "crs", "origin"),
)

MESH_CONVERT = Operation(
    name="mesh convert",
    title=Text("转换三维模型", "Convert a mesh"),
    summary=Text(
        "把三维模型写成 OBJ、GLB 或 3D Tiles 1.1；每个顶点按双精度转换。",
        "Write a mesh as OBJ, GLB or 3D Tiles 1.1; every vertex is transformed in double precision.",
    ),
    group=POINTS_GROUP,
    parameters=(
        _MESH,
        Parameter(
            "out",
            Kind.OUTPUT_FILE,
            Text("输出", "Output"),
            Text("扩展名 .obj 或 .glb；没有扩展名的是 3D Tiles 文件夹", ".obj, .glb, or a folder for 3D Tiles"),
            required=True,
        ),
        _CRS,
        Parameter(
            "level",
            Kind.INTEGER,
            Text("层级", "Level"),
            Text(
                "OBJ 和 GLB 用哪一级，0 最粗；不给时用最细的",
                "Level for OBJ and GLB, 0 the coarsest; the finest if missing",
            ),
            minimum=0,
            maximum=40,
        ),
        Parameter(
            "height_offset",
            Kind.NUMBER,
            Text("高程改正", "Height offset"),
            Text(
                "加到高程上得到椭球高（当地高程异常）；只用于 3D Tiles",
                "Added to heights to make them ellipsoidal (height of the quasi-geoid); 3D Tiles only",
            ),
            minimum=-200.0,
            maximum=200.0,
            unit="米",
        ),
        _SOURCE_CRS,
        _SOURCE_ORIGIN,
        OVERWRITE,
    ),
    target="tim.meshes.convert:convert_mesh",
    result_keys=("format", "vertices", "triangles", "tiles", "crs", "origin"),
)

MESHES = (MESH_INFO, MESH_CONVERT)
