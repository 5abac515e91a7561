"""Meshes of real-scene 3D."""

from __future__ import annotations

from dataclasses import replace

from tim.declare import Kind, Operation, Parameter, Text
from tim.operations.common import OVERWRITE, POINTS_GROUP

_MESH = Parameter(
    "mesh",
    Kind.FILE,
    Text("三维模型", "Mesh"),
    Text(
        "OSGB 成果文件夹或其中的 metadata.xml、单个 OSGB、tileset.json、glTF/GLB、OBJ、PLY",
        "A folder of OSGB or its metadata.xml, an OSGB file, tileset.json, glTF/GLB, OBJ or PLY",
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

_PLACING = (_SOURCE_CRS, _SOURCE_ORIGIN, OVERWRITE)

MESH_DSM = Operation(
    name="mesh dsm",
    title=Text("三维模型生成表面", "Surface of a mesh"),
    summary=Text(
        "由三维模型最细一级生成数字表面模型（GeoTIFF），像元取中心处的最高面。",
        "A surface raster (GeoTIFF) of the finest level; a cell holds the highest surface at its centre.",
    ),
    group=POINTS_GROUP,
    parameters=(
        _MESH,
        Parameter(
            "out",
            Kind.OUTPUT_FILE,
            Text("表面栅格", "Surface raster"),
            Text("写出的 GeoTIFF", "The GeoTIFF to write"),
            required=True,
            suffixes=("tif", "tiff"),
        ),
        Parameter(
            "resolution",
            Kind.NUMBER,
            Text("分辨率", "Resolution"),
            Text("像元大小", "Cell size"),
            required=True,
            minimum=0.01,
            maximum=100.0,
            unit="米",
        ),
        _CRS,
        *_PLACING,
    ),
    target="tim.meshes.surface:mesh_dsm",
    result_keys=("crs", "extent", "cells", "covered", "lowest", "highest"),
)

MESH_SAMPLE = Operation(
    name="mesh sample",
    title=Text("三维模型采样成点云", "Points of a mesh"),
    summary=Text(
        "在三维模型最细一级的表面上均匀采样，写成带颜色的 LAZ。",
        "Points spread evenly over the finest level of a mesh, as a LAZ with colours.",
    ),
    group=POINTS_GROUP,
    parameters=(
        _MESH,
        Parameter(
            "out",
            Kind.OUTPUT_FILE,
            Text("点云文件", "Point cloud"),
            Text("写出的 LAZ 或 LAS", "The LAZ or LAS to write"),
            required=True,
            suffixes=("laz", "las"),
        ),
        Parameter(
            "density",
            Kind.NUMBER,
            Text("密度", "Density"),
            Text("每平方米表面的点数", "Points per square metre of surface"),
            default=25.0,
            minimum=0.001,
            maximum=100000.0,
            unit="点/平方米",
        ),
        _CRS,
        *_PLACING,
    ),
    target="tim.meshes.sample:mesh_sample",
    result_keys=("points", "surface_m2", "crs"),
)

MESH_SPLIT = Operation(
    name="mesh split",
    title=Text("三维模型单体化", "Single buildings of a mesh"),
    summary=Text(
        "按建筑轮廓把三维模型切成单体：每栋一个文件，带原来的贴图，另有一张属性表。",
        "Cut a mesh along footprints: one file for each building with its own pictures, and a table.",
    ),
    group=POINTS_GROUP,
    parameters=(
        _MESH,
        Parameter(
            "footprints",
            Kind.VECTOR,
            Text("建筑轮廓", "Footprints"),
            Text("面图层；结果用它的坐标系", "A layer of polygons; the result is in its CRS"),
            required=True,
            geometry="polygon",
        ),
        Parameter(
            "out",
            Kind.OUTPUT_FILE,
            Text("单体文件夹", "Folder of buildings"),
            Text("写出的文件夹", "The folder to write"),
            required=True,
        ),
        Parameter(
            "key",
            Kind.TEXT,
            Text("编号字段", "Field of names"),
            Text("轮廓里用来命名文件的字段；不给时顺序编号", "The field that names the files; numbers when missing"),
        ),
        Parameter(
            "buffer",
            Kind.NUMBER,
            Text("外扩", "Widening"),
            Text("轮廓向外扩多少再切，使外墙不被切掉", "How far footprints are widened, so that walls stay"),
            default=0.5,
            minimum=0.0,
            maximum=20.0,
            unit="米",
        ),
        Parameter(
            "form",
            Kind.CHOICE,
            Text("单体格式", "Format"),
            Text("每栋建筑的文件格式", "Format of the buildings"),
            default="glb",
            choices=(("glb", Text("GLB", "GLB")), ("obj", Text("OBJ 和贴图", "OBJ with pictures"))),
        ),
        *_PLACING,
    ),
    target="tim.meshes.split:split_mesh",
    result_keys=("buildings", "empty", "triangles", "crs", "origin"),
)

MESH_TEXTURE = Operation(
    name="mesh texture",
    title=Text("给建筑模型贴图", "Pictures for building models"),
    summary=Text(
        "从倾斜摄影等三维模型取屋面和墙面的贴图，写成带贴图的建筑模型（GLB）。",
        "Take pictures of roofs and walls from a mesh and write the buildings of a model with them (GLB).",
    ),
    group=POINTS_GROUP,
    parameters=(
        Parameter(
            "model",
            Kind.MODEL,
            Text("模型", "Model"),
            Text("有建筑三维体的模型", "A model with solids of buildings"),
            required=True,
            positional=True,
            suffixes=("gpkg",),
        ),
        replace(_MESH, positional=False),
        Parameter(
            "out",
            Kind.OUTPUT_FILE,
            Text("带贴图的模型", "Textured model"),
            Text("写出的 GLB；可再转换为 3D Tiles 或 OBJ", "The GLB to write; convert it further as needed"),
            required=True,
            suffixes=("glb",),
        ),
        Parameter(
            "lod",
            Kind.CHOICE,
            Text("细节层次", "Level of detail"),
            Text("缺省取每栋建筑最高的", "The highest of each building by default"),
            choices=tuple((lod, Text(f"LoD{lod}", f"LoD{lod}")) for lod in ("1.2", "1.3", "2.2")),
        ),
        Parameter(
            "resolution",
            Kind.NUMBER,
            Text("分辨率", "Resolution"),
            Text("贴图像元的大小；一栋的贴图超过 4096 像元时放大", "Pixel size; wider where a picture gets too large"),
            default=0.1,
            minimum=0.01,
            maximum=10.0,
            unit="米",
        ),
        Parameter(
            "reach",
            Kind.NUMBER,
            Text("搜索距离", "Reach"),
            Text("沿面的法线方向，这么近的三维模型才取色", "How far along a face's normal the mesh may be"),
            default=2.0,
            minimum=0.05,
            maximum=50.0,
            unit="米",
        ),
        *_PLACING,
    ),
    target="tim.meshes.texture:texture_model",
    result_keys=("buildings", "plain", "textured", "crs", "origin"),
)

MESHES = (MESH_INFO, MESH_CONVERT, MESH_DSM, MESH_SAMPLE, MESH_SPLIT, MESH_TEXTURE)
