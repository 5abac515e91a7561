"""Point clouds."""

from __future__ import annotations

from dataclasses import replace

from tim.declare import Kind, Operation, Parameter, Text
from tim.operations.common import OVERWRITE, POINTS, POINTS_GROUP

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

_POINTS = replace(POINTS, positional=True)
_CRS = Parameter(
    "crs",
    Kind.CRS,
    Text("坐标系", "Coordinate reference system"),
    Text("点云文件没有坐标系时必须给出，如 EPSG:4547 或 EPSG:4547+5737", "Required when the points carry none"),
)
_PRESET = Parameter(
    "preset",
    Kind.CHOICE,
    Text("地形类型", "Kind of terrain"),
    Text("滤波参数；自动：逐块按坡度和地物判断", "Parameters of the filter; automatic: judged block by block"),
    default="auto",
    choices=(
        ("auto", Text("自动", "Automatic")),
        ("flat", Text("平坦", "Flat")),
        ("relief", Text("起伏", "Rolling")),
        ("steep", Text("陡峻", "Steep")),
    ),
    advanced=True,
)
_GROUND = Parameter(
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
)
_RESOLUTION = Parameter(
    "resolution",
    Kind.NUMBER,
    Text("栅格分辨率", "Raster resolution"),
    Text("像元大小；不给时由点密度确定", "Cell size; from the point density when missing"),
    minimum=0.05,
    maximum=100.0,
    unit="米",
)
_RUNNING = (
    Parameter(
        "workers",
        Kind.INTEGER,
        Text("进程数", "Processes"),
        Text("同时计算的进程；不给时按点数和机器确定", "Processes side by side; chosen when missing"),
        minimum=1,
        maximum=256,
        advanced=True,
    ),
    Parameter(
        "scheduler",
        Kind.TEXT,
        Text("计算集群", "Cluster"),
        Text("Dask 调度程序的地址，如 tcp://10.0.0.5:8786；各机须能看到同一工作文件夹", "Address of a Dask scheduler"),
        advanced=True,
    ),
    Parameter(
        "work",
        Kind.TEXT,
        Text("工作文件夹", "Work folder"),
        Text(
            "保存中间结果；中断后用同一文件夹再运行，接着做没有做完的块", "Keeps finished tiles: a stopped run goes on"
        ),
        advanced=True,
    ),
    OVERWRITE,
)


def _raster(name: str, zh: str, en: str, help_zh: str, help_en: str, *, required: bool = False) -> Parameter:
    return Parameter(
        name, Kind.OUTPUT_FILE, Text(zh, en), Text(help_zh, help_en), required=required, suffixes=("tif", "tiff")
    )


_DENSITY = _raster("density", "点密度栅格", "Point density", "每平方米点数（GeoTIFF）", "Points per square metre")

POINTS_GROUND = Operation(
    name="points ground",
    title=Text("提取地面点", "Classify ground points"),
    summary=Text(
        "从点云中分出地面点和噪声（SMRF，地形类型自动判断），写出全部点并附每点的可信度。",
        "Ground points and noise (SMRF, kind of terrain chosen by itself), with a confidence for each point.",
    ),
    group=POINTS_GROUP,
    parameters=(
        _POINTS,
        Parameter(
            "out",
            Kind.OUTPUT_FILE,
            Text("分类后的点云", "Classified points"),
            Text("写出的 LAZ 或 LAS；原有字段都保留", "LAZ or LAS to write; all fields are kept"),
            required=True,
            suffixes=("laz", "las"),
        ),
        _CRS,
        _PRESET,
        Parameter(
            "heights",
            Kind.FLAG,
            Text("附相对高度", "Heights above ground"),
            Text("每点附离地高度字段 height_above_ground（米）", "Adds the field height_above_ground (m)"),
            default=False,
        ),
        *_RUNNING,
    ),
    target="tim.points.ground:points_ground",
    result_keys=("points", "classes", "points_per_second", "presets", "ground", "noise"),
)

POINTS_DTM = Operation(
    name="points dtm",
    title=Text("生成地形栅格", "Terrain raster"),
    summary=Text(
        "由地面点建三角网、写成数字高程模型（GeoTIFF），可附晕渲、等高线和点密度；用预留的地面点检验误差。",
        "Terrain (DTM) from ground points as GeoTIFF, with hillshade, contours and density; error at withheld points.",
    ),
    group=POINTS_GROUP,
    parameters=(
        _POINTS,
        _raster("out", "地形栅格", "Terrain", "写出的 GeoTIFF（米）", "GeoTIFF to write (metres)", required=True),
        _CRS,
        _GROUND,
        _PRESET,
        _RESOLUTION,
        _raster("hillshade", "晕渲图", "Hillshade", "地形的光照图（GeoTIFF）", "Hillshade of the terrain"),
        Parameter(
            "contours",
            Kind.OUTPUT_FILE,
            Text("等高线", "Contours"),
            Text("写出的等高线（GeoPackage）", "Contour lines (GeoPackage)"),
            suffixes=("gpkg",),
        ),
        Parameter(
            "interval",
            Kind.NUMBER,
            Text("等高距", "Contour interval"),
            Text("相邻等高线的高差", "Height between lines"),
            default=1.0,
            minimum=0.05,
            maximum=1000.0,
            unit="米",
        ),
        _DENSITY,
        Parameter(
            "water",
            Kind.VECTOR,
            Text("水面", "Standing water"),
            Text("静止水面（面），每个压平到岸边的高程", "Polygons of standing water, each levelled to its banks"),
            geometry="polygon",
            advanced=True,
        ),
        *_RUNNING,
    ),
    target="tim.points.surface:points_dtm",
    result_keys=(
        "points",
        "resolution",
        "points_per_second",
        "crs",
        "ground_method",
        "presets",
        "error",
        "contours",
        "water",
    ),
)

POINTS_DSM = Operation(
    name="points dsm",
    title=Text("生成地表栅格", "Surface raster"),
    summary=Text(
        "由最高点写成数字表面模型（GeoTIFF），小空洞补平；可附地物高度（表面减地形）和点密度。",
        "Surface (DSM) from the highest points as GeoTIFF, pits closed; heights of objects and density on request.",
    ),
    group=POINTS_GROUP,
    parameters=(
        _POINTS,
        _raster("out", "地表栅格", "Surface", "写出的 GeoTIFF（米）", "GeoTIFF to write (metres)", required=True),
        _CRS,
        _GROUND,
        _PRESET,
        _RESOLUTION,
        _raster("height", "地物高度栅格", "Object heights", "表面减地形（GeoTIFF，米）", "Surface minus terrain (m)"),
        _DENSITY,
        *_RUNNING,
    ),
    target="tim.points.surface:points_dsm",
    result_keys=("points", "resolution", "points_per_second", "crs", "ground_method", "presets"),
)

POINTS_CONVERT = Operation(
    name="points convert",
    title=Text("转换点云格式", "Convert points"),
    summary=Text(
        "把点云写成 LAZ、LAS、PLY、XYZ/TXT/CSV 或 EPT（QGIS 可直接打开），可只取一个窗口。",
        "Points to LAZ, LAS, PLY, XYZ/TXT/CSV or EPT; a window of the area if wanted.",
    ),
    group=POINTS_GROUP,
    parameters=(
        _POINTS,
        Parameter(
            "out",
            Kind.OUTPUT_FILE,
            Text("转换结果", "Result"),
            Text(
                "扩展名 laz、las、ply、xyz、txt、csv 决定格式；没有扩展名为 EPT 文件夹", "By suffix; none: EPT folder"
            ),
            required=True,
        ),
        _CRS,
        Parameter(
            "window",
            Kind.TEXT,
            Text("窗口", "Window"),
            Text("只取这个范围：xmin,ymin,xmax,ymax（点云的坐标）", "xmin,ymin,xmax,ymax in the points' coordinates"),
        ),
        OVERWRITE,
    ),
    target="tim.points.convert:points_convert",
    result_keys=("points", "classes", "format"),
)
