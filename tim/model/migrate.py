"""`tim model migrate`: a model of an older schema, written anew in the present one. The old file stays as it is."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from tim.errors import UnusableInput
from tim.files import atomic_output
from tim.job import Job
from tim.model import schema
from tim.model.reader import open_model, tables
from tim.model.writer import describe_classes, index_identities, register
from tim.result import Result


def migrate_model(model: str, out: str, *, overwrite: bool = False, job: Job) -> Result:
    """A copy of a model in the present schema. Result keys: `schema_from`, `schema_to`. Raises `UnusableInput`."""
    path = Path(model)
    with open_model(path) as connection:
        before = schema_version(connection)
        job.progress(0.1, "复制模型")
        with atomic_output(out, job, overwrite=overwrite) as working:
            with closing(sqlite3.connect(working)) as copy:
                connection.backup(copy)
            upgrade(working, path.name)
            job.progress(0.9, "写出模型")
    if before == schema.VERSION:
        message = f"模型“{path.name}”已是结构版本 {schema.VERSION}，原样复制"
    else:
        message = f"模型“{path.name}”已由结构版本 {before} 升级到 {schema.VERSION}；原文件没有改动"
    return Result(message, [str(Path(out).absolute())], data={"schema_from": before, "schema_to": schema.VERSION})


def schema_version(connection: sqlite3.Connection) -> int:
    """The schema version that a model says it has."""
    return int(connection.execute("SELECT value FROM tim_metadata WHERE key = 'schema'").fetchone()[0])


def upgrade(path: Path, name: str) -> None:
    """Bring a model's file to the present schema, in one transaction. `name` is what messages call it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        if schema_version(connection) == schema.VERSION:
            return
        taken = {table["name"].lower() for table in tables(connection)} & schema.ATTRIBUTE_TABLES_2.keys()
        if taken:
            raise UnusableInput(
                f"模型“{name}”的图层“{'、'.join(sorted(taken))}”与新结构的表同名；请改图层名后重新建立模型"
            )
        connection.execute("BEGIN IMMEDIATE")
        _one_to_two(connection)
        connection.execute("UPDATE tim_metadata SET value = ? WHERE key = 'schema'", (str(schema.VERSION),))
        connection.execute("COMMIT")


def _one_to_two(connection: sqlite3.Connection) -> None:
    """Columns and tables that schema 2 brought, taken from the one definition; indexes; descriptions of classes."""
    connection.execute("DROP INDEX IF EXISTS entity_class")  # the name of a table now
    for statement in filter(str.strip, schema.create_statements().split(";")):
        kind, name = re.match(r"\s*CREATE (TABLE|INDEX) (\w+)", statement).groups()  # type: ignore[union-attr]
        if kind == "INDEX":
            connection.execute(statement.replace("CREATE INDEX", "CREATE INDEX IF NOT EXISTS"))
        elif name in schema.ATTRIBUTE_TABLES_2:
            connection.execute(statement)
            register(connection, name, schema.ATTRIBUTE_TABLES_2[name])
        else:
            _add_columns(connection, name, statement)
    describe_classes(connection)
    for table in tables(connection):
        if table["kind"] == "features":
            index_identities(connection, table["name"])


def _add_columns(connection: sqlite3.Connection, table: str, statement: str) -> None:
    there = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
    for line in statement.strip().splitlines()[1:-1]:
        name, _, definition = line.strip().rstrip(",").partition(" ")
        if name and name not in there:
            connection.execute(f"ALTER TABLE {table} ADD COLUMN {name} {definition}")
