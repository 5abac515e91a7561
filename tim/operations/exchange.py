"""Exchange formats into and out of a model."""

from __future__ import annotations

from tim.declare import Kind, Operation, Parameter, Text
from tim.operations.common import MODEL, MODEL_GROUP, OVERWRITE

IMPORT = Operation(
    name="import",
    title=Text("导入到模型", "Import into a model"),
    summary=Text(
        "把 CityJSON、CityGML、矢量图层和高程栅格导入为新模型，或导入到已有模型的副本；"
        "标识、属性、各级细节的几何和语义都保留。",
        "CityJSON, CityGML, vector layers and elevation rasters as a new model, or into a copy of an existing one.",
    ),
    group=MODEL_GROUP,
    parameters=(
        Parameter(
            "sources",
            Kind.FILE,
            Text("导入的数据", "Sources"),
            Text(
                "CityJSON（.json、.jsonl）、CityGML（.gml）、矢量（.gpkg、.shp、.gdb、.geojson，"
                "可写 文件|layername=图层）、高程栅格（.tif）",
                "CityJSON, CityGML, vector sources (file|layername=x), elevation rasters",
            ),
            required=True,
            many=True,
            positional=True,
        ),
        Parameter(
            "base",
            Kind.MODEL,
            Text("已有模型", "Existing model"),
            Text("导入到它的副本里；原模型不变", "Import into a copy of it; it is not changed"),
            suffixes=("gpkg",),
        ),
        Parameter(
            "crs",
            Kind.CRS,
            Text("数据的坐标系", "CRS of the sources"),
            Text(
                "数据没有坐标系时必须给出，如 EPSG:4547 或 EPSG:4547+5737",
                "Required when the sources carry none, such as EPSG:4547+5737",
            ),
        ),
        Parameter(
            "override_crs",
            Kind.FLAG,
            Text("以给出的坐标系为准", "Override the CRS"),
            Text("数据自带的坐标系有错时，用给出的坐标系代替它", "Use the given CRS in place of the sources' own"),
            default=False,
            advanced=True,
        ),
        Parameter(
            "axis",
            Kind.CHOICE,
            Text("坐标次序", "Axis order"),
            Text("GML 里前两个坐标的次序", "Order of the first two coordinates in GML"),
            default="auto",
            choices=(
                ("auto", Text("按坐标系的规定", "As the CRS says")),
                ("xy", Text("东、北（经、纬）", "East, north")),
                ("yx", Text("北、东（纬、经）", "North, east")),
            ),
            advanced=True,
        ),
        Parameter(
            "kind",
            Kind.TEXT,
            Text("矢量的类", "Class of vector features"),
            Text(
                "building（建筑）、land_use（土地利用）或任意名称；不给时用图层名",
                "building, land_use or any name; the layer's name when missing",
            ),
        ),
        Parameter(
            "fields",
            Kind.TEXT,
            Text("字段对应", "Field mapping"),
            Text("写作 目标字段=源字段，可以多个，如 height=楼高", "new=old, several allowed"),
            many=True,
            advanced=True,
        ),
        Parameter(
            "fields_file",
            Kind.FILE,
            Text("字段对应表", "Field mapping table"),
            Text("有 目标字段、源字段 两列的 .xlsx 或 .csv", "A table with columns of new and old names"),
            suffixes=("xlsx", "csv"),
            advanced=True,
        ),
        Parameter(
            "encoding",
            Kind.TEXT,
            Text("文字编码", "Encoding"),
            Text("Shapefile 没有说明编码时必须给出：GBK 或 UTF-8", "Of a shapefile that does not tell: GBK or UTF-8"),
        ),
        Parameter(
            "origin",
            Kind.TEXT,
            Text("网格原点", "Origin of meshes"),
            Text("网格模型局部坐标的原点：东,北,高", "East, north, height of a mesh's local origin"),
            advanced=True,
        ),
        Parameter(
            "skip_invalid",
            Kind.FLAG,
            Text("跳过无效几何", "Skip invalid geometries"),
            Text("不采用点数不足的几何；缺省时报错停止", "Leave out geometries with too few points"),
            default=False,
            advanced=True,
        ),
        Parameter(
            "out",
            Kind.OUTPUT_MODEL,
            Text("模型文件", "Model file"),
            Text("写出的 GeoPackage", "The GeoPackage to write"),
            required=True,
            suffixes=("gpkg",),
        ),
        OVERWRITE,
    ),
    target="tim.importing.command:import_sources",
    result_keys=("entities", "crs", "extent", "lods", "sources", "versions", "imported"),
)

EXPORT = Operation(
    name="export",
    title=Text("导出模型", "Export a model"),
    summary=Text(
        "把模型导出为交换格式；格式由扩展名决定：.city.json（CityJSON 2.0）、.city.jsonl（CityJSONSeq）、"
        ".gml（CityGML 2.0）、.v3.gml（CityGML 3.0）、.glb（glTF）、.obj、.gpkg、.dxf、.qgz（QGIS 项目）；"
        "没有扩展名时写成 3D Tiles 1.1 文件夹。",
        "Write an exchange format, chosen by the extension: .city.json, .city.jsonl, .gml, .v3.gml, .glb, .obj, .gpkg,"
        " .dxf, .qgz; a folder of 3D Tiles without one.",
    ),
    group=MODEL_GROUP,
    parameters=(
        MODEL,
        Parameter(
            "to",
            Kind.OUTPUT_FILE,
            Text("导出文件", "File to write"),
            Text("扩展名决定格式；没有扩展名时是 3D Tiles 的文件夹", "The extension chooses the format"),
            required=True,
        ),
        Parameter(
            "classes",
            Kind.TEXT,
            Text("导出的类", "Classes to export"),
            Text(
                "只用于 GeoPackage、DXF 和 QGIS 项目：图层的名称或标题，可以多个；不给时全部",
                "GeoPackage, DXF, QGIS only",
            ),
            many=True,
        ),
        Parameter(
            "height_offset",
            Kind.NUMBER,
            Text("高程改正", "Height offset"),
            Text("只用于 3D Tiles：加到高程上，成为椭球高", "3D Tiles only: added to heights to make them ellipsoidal"),
            unit="米",
            minimum=-200.0,
            maximum=200.0,
            advanced=True,
        ),
        OVERWRITE,
    ),
    target="tim.exchange.export:export_model",
    result_keys=("entities", "format"),
)
