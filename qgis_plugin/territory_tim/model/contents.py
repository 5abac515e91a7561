"""What is in a GeoPackage, read without changing it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..texts import tr

SCHEMAS = (1, 2)  # that this plugin reads
_STYLED = "SELECT f_table_name FROM layer_styles WHERE useAsDefault"


@dataclass(frozen=True)
class Contents:
    """Tables in their order in the file: name → title; and which of them bring their own style."""

    path: str
    schema: int | None
    vectors: dict[str, str]
    rasters: dict[str, str]
    styled: frozenset[str]

    @property
    def is_model(self) -> bool:
        """Whether this is a territory information model and not just any GeoPackage."""
        return self.schema is not None


def read_contents(path: str) -> Contents:
    """Look into the GeoPackage. Raises `InputError` for what is none."""
    if not os.path.isfile(path):
        raise InputError(tr("“{}”不存在；请检查路径").format(path))
    try:
        with closing(sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True)) as database:
            return _read(path, database)
    except sqlite3.Error as error:
        raise InputError(tr("“{}”不是有效的 GeoPackage 文件；请另选文件").format(path), str(error)) from error


def _read(path: str, database: sqlite3.Connection) -> Contents:
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")}
    rows = database.execute("SELECT table_name, data_type, identifier FROM gpkg_contents ORDER BY rowid").fetchall()
    styled = database.execute(_STYLED).fetchall() if "layer_styles" in tables else []
    schema = None
    if "tim_metadata" in tables:
        row = database.execute("SELECT value FROM tim_metadata WHERE key = 'schema'").fetchone()
        schema = int(row[0]) if row and str(row[0]).isdigit() else None
    return Contents(
        path=path,
        schema=schema,
        vectors={name: title or name for name, kind, title in rows if kind == "features"},
        rasters={name: title or name for name, kind, title in rows if kind in ("2d-gridded-coverage", "tiles")},
        styled=frozenset(name for (name,) in styled),
    )
