"""A model through time: schema, versions, history, backup."""

from __future__ import annotations

from dataclasses import replace

from tim.declare import Kind, Operation, Parameter, Text
from tim.operations.common import MODEL, MODEL_GROUP, OVERWRITE

_NEW_MODEL = Parameter(
    "out",
    Kind.OUTPUT_MODEL,
    Text("新模型", "New model"),
    Text("写出的 GeoPackage", "The GeoPackage to write"),
    required=True,
    suffixes=("gpkg",),
)

_MODEL = replace(MODEL, required=False)
STORE_ADDRESS = Parameter(
    "store",
    Kind.TEXT,
    Text("模型库", "Store"),
    Text(
        "PostGIS 库里的模型：postgresql://用户@主机/库?schema=模型名；密码放在 PGPASSWORD 或 .pgpass 里",
        "A model in PostGIS: postgresql://user@host/database?schema=name; the password in PGPASSWORD or .pgpass",
    ),
    advanced=True,
)
_AS_OF = Parameter(
    "as_of",
    Kind.TEXT,
    Text("时点", "As of"),
    Text("日期，如 2024-06-30，或版本号，如 v2", "A date such as 2024-06-30, or a version such as v2"),
)

_DATE = Parameter(
    "date",
    Kind.TEXT,
    Text("资料时点", "Date of the data"),
    Text("资料反映的日期，如 2024-12-31", "The date that the data show"),
)

MIGRATE = Operation(
    name="model migrate",
    title=Text("升级模型的结构", "Upgrade the schema of a model"),
    summary=Text(
        "把旧结构的模型另存为现在的结构（可存历史、变化和代码表）；原文件不变。",
        "Write a model of an older schema anew in the present one; the old file stays.",
    ),
    group=MODEL_GROUP,
    parameters=(MODEL, _NEW_MODEL, OVERWRITE),
    target="tim.model.migrate:migrate_model",
    result_keys=("schema_from", "schema_to"),
)

CREATE = Operation(
    name="model create",
    title=Text("由矢量资料建立模型", "Build a model from vector data"),
    summary=Text(
        "没有点云时，由宗地、建筑轮廓、土地利用、规划、控制线等矢量资料建立模型。",
        "A model from parcels, footprints, land use, plans and control lines, without points.",
    ),
    group=MODEL_GROUP,
    parameters=(
        Parameter(
            "layers",
            Kind.LAYERS,
            Text("图层", "Layers"),
            Text(
                "写作 名称=源，可以多个（如 parcel=宗地.shp land_use=图斑.gpkg building=轮廓.gpkg）",
                "Layers as name=source",
            ),
            required=True,
            many=True,
        ),
        replace(_NEW_MODEL, title=Text("模型文件", "Model file")),
        Parameter(
            "crs",
            Kind.CRS,
            Text("坐标系", "Coordinate reference system"),
            Text("模型的坐标系，如 EPSG:4547；不给时取第一个图层的", "That of the first layer when missing"),
        ),
        _DATE,
        OVERWRITE,
    ),
    target="tim.assembly.layers:create_model",
    result_keys=("entities", "crs", "extent", "lods", "sources", "versions"),
)

UPDATE = Operation(
    name="model update",
    title=Text("更新模型（新的一期）", "Add an epoch to a model"),
    summary=Text(
        "用新资料或新模型给模型加一版：判定新增、变化、终止、分割、合并的实体，旧状态留在历史里，什么都不覆盖。",
        "Add a version from sources or another model: entities created, changed, ended, split, merged; the old stays.",
    ),
    group=MODEL_GROUP,
    parameters=(
        _MODEL,
        STORE_ADDRESS,
        Parameter(
            "layers",
            Kind.LAYERS,
            Text("新资料", "New data"),
            Text("写作 图层=源，可以多个（如 land_use=2024变更.shp）；模型没有的图层会新建", "Layers as name=source"),
            many=True,
        ),
        Parameter(
            "new_model",
            Kind.MODEL,
            Text("新一期的模型", "Model of the new epoch"),
            Text("由新点云等建立的模型；与新资料二者选一", "A model built from new data, instead of layers"),
            suffixes=("gpkg",),
        ),
        replace(
            _DATE,
            help=Text("新资料反映的日期，如 2024-12-31；不给按今天", "The date that the data show; today when missing"),
        ),
        Parameter("note", Kind.TEXT, Text("版本说明", "Note"), Text("写进版本表的一句话", "Kept with the version")),
        Parameter(
            "scope",
            Kind.CHOICE,
            Text("新资料的范围", "Scope of the data"),
            Text("新资料里没有的实体怎么办", "What becomes of entities that the new data lack"),
            default="complete",
            choices=(
                ("complete", Text("全部：没有的即已终止", "Complete: what is missing has ended")),
                ("partial", Text("部分：没有的不动", "Partial: what is missing stays")),
            ),
        ),
        Parameter(
            "overlap",
            Kind.NUMBER,
            Text("认作同一实体的重叠比例", "Overlap of one thing"),
            Text(
                "没有编码可对时，公共面积占并集的比例达到它就认作同一实体（可调的经验值）", "Common share of the union"
            ),
            default=0.5,
            minimum=0.3,
            maximum=1.0,
            advanced=True,
        ),
        Parameter(
            "tolerance",
            Kind.NUMBER,
            Text("高度容差", "Height tolerance"),
            Text("建筑高度、高程之差在它以内算不变（可调的经验值）", "Heights that differ less are the same"),
            default=0.2,
            minimum=0.0,
            maximum=10.0,
            unit="米",
            advanced=True,
        ),
        Parameter(
            "preview",
            Kind.FLAG,
            Text("只预演", "Preview"),
            Text("只报告会有什么变化，不写", "Tell what would change; write nothing"),
            default=False,
        ),
        replace(
            _NEW_MODEL,
            required=False,
            title=Text("另存为", "Write to a copy"),
            help=Text("更新写在这个新文件里；不给则就地更新", "The updated copy; in place when missing"),
        ),
        OVERWRITE,
    ),
    target="tim.versions.command:update_model",
    result_keys=("version", "date", "changes", "preview"),
)

AS_OF = Operation(
    name="model as-of",
    title=Text("模型的过去状态", "A model as of a time"),
    summary=Text(
        "模型在某一日期或某一版的样子：另存为模型，或在模型里建视图（QGIS 能直接打开）。",
        "The model as of a date or version: a copy, or views in the model that QGIS opens.",
    ),
    group=MODEL_GROUP,
    parameters=(
        _MODEL,
        STORE_ADDRESS,
        replace(_AS_OF, required=True),
        replace(_NEW_MODEL, required=False, title=Text("另存为", "Write to a copy")),
        Parameter(
            "views",
            Kind.FLAG,
            Text("在模型里建视图", "Make views"),
            Text("每个图层一个视图，名字加 _v版本号", "A view for each layer, named after the version"),
            default=False,
        ),
        OVERWRITE,
    ),
    target="tim.versions.looking_back:model_as_of",
    result_keys=("version", "entities", "layers"),
)

DIFF = Operation(
    name="model diff",
    title=Text("比较模型的两版", "Compare versions of a model"),
    summary=Text(
        "两个时点之间新增、变化、终止的实体，写成图层和表，逐字段给出原值和新值。",
        "Entities created, changed and ended between two times, as a layer and a table with old and new values.",
    ),
    group=MODEL_GROUP,
    parameters=(
        _MODEL,
        STORE_ADDRESS,
        replace(_AS_OF, name="before", title=Text("前一时点", "Before"), required=True),
        replace(_AS_OF, name="after", title=Text("后一时点", "After"), help=Text("不给为现在", "Now when missing")),
        Parameter(
            "out",
            Kind.OUTPUT_FILE,
            Text("变化图层", "Layer of changes"),
            Text("新的 GeoPackage", "A new GeoPackage"),
            suffixes=("gpkg",),
        ),
        Parameter(
            "table",
            Kind.OUTPUT_FILE,
            Text("变化明细表", "Table of changes"),
            Text("新的 Excel 文件", "A new Excel file"),
            suffixes=("xlsx",),
        ),
        OVERWRITE,
    ),
    target="tim.versions.looking_back:model_diff",
    result_keys=("from_version", "to_version", "changes", "differences"),
)

_TO_STORE = replace(STORE_ADDRESS, name="to_store", title=Text("放进库", "Into a store"))

COPY = Operation(
    name="model copy",
    title=Text("模型与库之间复制", "Copy a model to or from a store"),
    summary=Text(
        "把模型文件放进 PostGIS 库，或把库里的模型写成文件；历史、关系、栅格都带上。",
        "Put a model's file into PostGIS, or write a stored model as a file; history, relations and rasters included.",
    ),
    group=MODEL_GROUP,
    parameters=(_MODEL, STORE_ADDRESS, _TO_STORE, replace(_NEW_MODEL, required=False), OVERWRITE),
    target="tim.store.archive:copy_model",
    result_keys=("model",),
)

BACKUP = Operation(
    name="model backup",
    title=Text("备份模型", "Back up a model"),
    summary=Text(
        "把模型写成一个带指纹的备份文件；别人可以同时读写。",
        "One file with the model and its digests, while others work.",
    ),
    group=MODEL_GROUP,
    parameters=(
        _MODEL,
        STORE_ADDRESS,
        Parameter(
            "out",
            Kind.OUTPUT_FILE,
            Text("备份文件", "Backup"),
            Text("写出的备份（.timbak）", "The backup to write"),
            required=True,
            suffixes=("timbak",),
        ),
        OVERWRITE,
    ),
    target="tim.store.archive:backup_model",
    result_keys=("sha256", "tables"),
)

RESTORE = Operation(
    name="model restore",
    title=Text("恢复模型", "Restore a model"),
    summary=Text(
        "核对指纹，把备份恢复成新的模型文件或库里的新模型。",
        "Check the digests and write the model anew, as a file or into a store.",
    ),
    group=MODEL_GROUP,
    parameters=(
        Parameter(
            "backup",
            Kind.FILE,
            Text("备份文件", "Backup"),
            Text("tim model backup 写出的文件", "Written by tim model backup"),
            required=True,
            positional=True,
            suffixes=("timbak",),
        ),
        replace(_NEW_MODEL, required=False),
        _TO_STORE,
        OVERWRITE,
    ),
    target="tim.store.archive:restore_model",
    result_keys=("sha256",),
)

REPAIR = Operation(
    name="model repair",
    title=Text("修复模型", "Repair a model"),
    summary=Text(
        "另存一份修好的模型：重建索引，去掉重复和没有着落的记录；原文件不变，修不了的列出来。",
        "A sound copy: indexes rebuilt, doubled and stray rows removed; what is left is told. The old file stays.",
    ),
    group=MODEL_GROUP,
    parameters=(MODEL, _NEW_MODEL, OVERWRITE),
    target="tim.store.repair:repair_model",
    result_keys=("repaired", "errors"),
)

STORE: tuple[Operation, ...] = (CREATE, MIGRATE, UPDATE, AS_OF, DIFF, COPY, BACKUP, RESTORE, REPAIR)
