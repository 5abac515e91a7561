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


def _gpkg(zh: str, en: str) -> Parameter:
    return Parameter(
        "out",
        Kind.OUTPUT_FILE,
        Text(zh, en),
        Text("写出的 GeoPackage", "The GeoPackage to write"),
        required=True,
        suffixes=("gpkg",),
    )


def _number(name: str, zh: str, en: str, help_zh: str, help_en: str, default: float, unit: str) -> Parameter:
    title, text = Text(zh, en), Text(help_zh, help_en)
    return Parameter(
        name, Kind.NUMBER, title, text, default=default, minimum=0.0, maximum=100.0, unit=unit, advanced=True
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

POINTS_BUILDINGS = Operation(
    name="points buildings",
    title=Text("由点云提取建筑", "Buildings from points"),
    summary=Text(
        "提取直角化的建筑轮廓和高度，或按给定轮廓重建；可重建屋顶（LoD2）。写成轮廓和三维体两个图层。",
        "Straightened footprints with heights, or roofs over given footprints; layers of footprints and solids.",
    ),
    group=POINTS_GROUP,
    parameters=(
        replace(POINTS, positional=True),
        Parameter(
            "footprints",
            Kind.VECTOR,
            Text("建筑轮廓", "Building footprints"),
            Text("任意矢量面数据；不给时由点云提取", "Any polygon source; found from the points when missing"),
            geometry="polygon",
        ),
        CRS_OF_POINTS,
        GROUND_OF_POINTS,
        Parameter(
            "lod",
            Kind.CHOICE,
            Text("细节层次", "Level of detail"),
            Text("LoD2 重建屋顶，做不到的退到较低层次并写明原因", "With LoD2 roofs, else a lower level and why"),
            default="1",
            choices=(("1", Text("LoD1 体块", "LoD1 blocks")), ("2", Text("LoD2 屋顶", "LoD2 roofs"))),
        ),
        _gpkg("建筑文件", "Buildings"),
        OVERWRITE,
    ),
    target="tim.points.buildings:points_buildings",
    result_keys=("buildings", "area_m2", "lods", "fit_rmse"),
)

POINTS_TREES = Operation(
    name="points trees",
    title=Text("提取单木", "Single trees"),
    summary=Text(
        "由冠层高度找树顶、分树冠，给出每棵树的位置、高和冠幅；建筑不算。",
        "Tops and crowns in the canopy height: place, height and crown of each tree; buildings are left out.",
    ),
    group=POINTS_GROUP,
    parameters=(
        replace(POINTS, positional=True),
        CRS_OF_POINTS,
        GROUND_OF_POINTS,
        _number("lowest", "最低树高", "Smallest tree", "低于它的不算树", "Lower ones are no trees", 3.0, "米"),
        _number("window", "树顶间距", "Window", "两个树顶的最小距离（低树）", "Least distance of two tops", 2.0, "米"),
        _number(
            "widening",
            "间距随高增加",
            "Widening",
            "树每高 1 米，间距加多少米",
            "Metres more per metre of height",
            0.06,
            "",
        ),
        _gpkg("单木文件", "Trees"),
        OVERWRITE,
    ),
    target="tim.points.trees:points_trees",
    result_keys=("trees", "height_median", "height_max", "crown_area_m2", "per_hectare"),
)

POINTS_CHANGE = Operation(
    name="points change",
    title=Text("两期点云变化", "Changes between two epochs"),
    summary=Text(
        "先在未变的地面和屋顶上配准，再求表面之差和检测限，给出变化图斑，逐座建筑判断新建、拆除、加高、降低或未变。",
        "Registered on what did not change; patches above the level of detection, and the state of each building.",
    ),
    group=POINTS_GROUP,
    parameters=(
        replace(POINTS, name="before", title=Text("前一期点云", "Points before")),
        replace(POINTS, name="after", title=Text("后一期点云", "Points after")),
        Parameter(
            "footprints",
            Kind.VECTOR,
            Text("建筑轮廓", "Building footprints"),
            Text("任意矢量面数据；不给时由两期点云提取", "Any polygon source; found from the points when missing"),
            geometry="polygon",
        ),
        CRS_OF_POINTS,
        GROUND_OF_POINTS,
        Parameter(
            "register",
            Kind.CHOICE,
            Text("配准", "Registration"),
            Text("后一期移动到前一期上的方式", "How the second epoch is laid on the first"),
            default="full",
            choices=(
                ("full", Text("平面和高程", "Horizontal and vertical")),
                ("vertical", Text("只改高程", "Vertical only")),
                ("none", Text("不配准", "None")),
            ),
            advanced=True,
        ),
        _number("threshold", "最小变化", "Smallest change", "小于它或检测限的不算变化", "Smaller is none", 0.5, "米"),
        _number(
            "smallest", "最小图斑", "Smallest patch", "面积更小的图斑不要", "Smaller ones are left", 20.0, "平方米"
        ),
        Parameter(
            "m3c2_spacing",
            Kind.NUMBER,
            Text("M3C2 间距", "M3C2 spacing"),
            Text("给出时另算 M3C2 距离，核心点按此间距取；需要 py4dgeo", "Also M3C2 at this spacing; needs py4dgeo"),
            minimum=0.1,
            maximum=100.0,
            unit="米",
            advanced=True,
        ),
        _gpkg("变化文件", "Changes"),
        Parameter(
            "raster",
            Kind.OUTPUT_FILE,
            Text("高差栅格", "Raster of differences"),
            Text("后减前的 GeoTIFF，可不写", "GeoTIFF of after minus before, optional"),
            suffixes=("tif",),
        ),
        OVERWRITE,
    ),
    target="tim.points.change:points_change",
    result_keys=("changed_area_m2", "patches", "buildings", "lod_m", "shift_m", "stable_cells"),
)

CLASSES = (POINTS_CLASSIFY, POINTS_BUILDINGS, POINTS_TREES, POINTS_CHANGE)
