"""A model through time: schema, versions, history, backup."""

from __future__ import annotations

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

STORE: tuple[Operation, ...] = (MIGRATE,)
