"""Pictures of a model."""

from __future__ import annotations

from dataclasses import replace

from tim.declare import Kind, Operation, Parameter, Text
from tim.operations.common import MODEL, MODEL_GROUP, OVERWRITE

_OUT = Parameter(
    "out",
    Kind.OUTPUT_FILE,
    Text("图片文件", "Picture"),
    Text("写出的 PNG 图片", "The PNG to write"),
    required=True,
    suffixes=("png",),
)

_SOURCE_HELP = Text(
    "模型（GeoPackage）、三维模型（OSGB、3D Tiles、glTF、OBJ、PLY）或点云",
    "A model (GeoPackage), a mesh (OSGB, 3D Tiles, glTF, OBJ, PLY) or a point cloud",
)

PICTURE_MAP = Operation(
    name="picture map",
    title=Text("绘制地图", "Draw a map"),
    summary=Text(
        "把模型画成带图例、比例尺、指北针和坐标系说明的地图图片。",
        "A map picture of a model with legend, scale bar, north arrow and coordinate reference system.",
    ),
    group=MODEL_GROUP,
    parameters=(
        MODEL,
        Parameter("title", Kind.TEXT, Text("图名", "Title"), Text("写在图上方的标题", "The title above the map")),
        _OUT,
        OVERWRITE,
    ),
    target="tim.picture.draw:draw_map",
    result_keys=("font",),
)

PICTURE_SCENE = Operation(
    name="picture scene",
    title=Text("绘制三维图", "Draw a 3D picture"),
    summary=Text(
        "把模型、三维模型或点云画成三维效果图；模型带日照阴影，三维模型用自己的贴图；不需要显示器。",
        "A 3D picture of a model in sunlight, of a mesh with its textures, or of a point cloud; needs no display.",
    ),
    group=MODEL_GROUP,
    parameters=(
        replace(MODEL, kind=Kind.FILE, suffixes=(), help=_SOURCE_HELP),
        Parameter(
            "renderer",
            Kind.CHOICE,
            Text("绘制方式", "Renderer"),
            Text("自动：有 Open3D 时带阴影，没有时用内置绘制", "Automatic: with shadows where Open3D is there"),
            default="auto",
            choices=(
                ("auto", Text("自动", "Automatic")),
                ("open3d", Text("Open3D 光线投射", "Open3D ray casting")),
                ("painter", Text("内置绘制", "Built-in painter")),
            ),
            advanced=True,
        ),
        _OUT,
        OVERWRITE,
    ),
    target="tim.picture.draw:draw_scene",
    result_keys=("renderer",),
)

PICTURE_VIEWER = Operation(
    name="picture viewer",
    title=Text("三维网页", "3D page"),
    summary=Text(
        "把模型、三维模型或点云写成一个网页文件，离线用浏览器旋转、缩放，点建筑看属性。",
        "A model, a mesh or a point cloud as one HTML file to turn and zoom without a network; click buildings.",
    ),
    group=MODEL_GROUP,
    parameters=(
        Parameter(
            "source",
            Kind.FILE,
            Text("要看的内容", "Source"),
            Text(
                "模型（GeoPackage）、三维模型（OSGB、3D Tiles、glTF、OBJ、PLY）或点云",
                "A model, a mesh or a point cloud",
            ),
            required=True,
            positional=True,
        ),
        Parameter("title", Kind.TEXT, Text("标题", "Title"), Text("显示在网页左上角", "Shown at the top left")),
        Parameter(
            "out",
            Kind.OUTPUT_FILE,
            Text("网页文件", "Page"),
            Text("写出的 HTML 文件", "The HTML file to write"),
            required=True,
            suffixes=("html",),
        ),
        OVERWRITE,
    ),
    target="tim.picture.viewer:write_viewer",
    result_keys=("triangles", "points", "bytes"),
)
