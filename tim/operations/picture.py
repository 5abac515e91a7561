"""Pictures of a model."""

from __future__ import annotations

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
        "把模型画成三维效果图：地形、土地利用、树木和建筑，带日照阴影；不需要显示器。",
        "A 3D picture of a model: terrain, land use, trees and buildings in sunlight; needs no display.",
    ),
    group=MODEL_GROUP,
    parameters=(
        MODEL,
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
