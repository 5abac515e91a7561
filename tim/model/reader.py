"""Opening a model's file for reading, and refusing files that are none."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from pyproj.exceptions import CRSError

from tim.errors import UnusableInput, UsageError
from tim.model import schema

_MAGIC = b"SQLite format 3\x00"
_WRITE_AHEAD = 2  # bytes 18 and 19 of the header


@contextmanager
def open_model(path: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection to a model. Raises `UsageError` when it is missing, `UnusableInput` when it is none."""
    if not path.is_file():
        raise UsageError(f"找不到模型“{path}”；请检查路径")
    with path.open("rb") as stream:
        head = stream.read(20)
    if not head.startswith(_MAGIC):
        raise UnusableInput(f"“{path.name}”不是 tim build 生成的模型（不是 GeoPackage 文件）")
    _finish_interrupted_write(path)
    with closing(_connect(path, head)) as connection:
        try:
            known = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not {"gpkg_contents", "tim_metadata", "entity"} <= known:
                raise UnusableInput(f"“{path.name}”不是 tim build 生成的模型：里面没有模型的表")
            stored = dict(connection.execute("SELECT key, value FROM tim_metadata"))
            if not {"schema", "crs", "vertical", "manifest"} <= stored.keys():
                raise UnusableInput(f"模型“{path.name}”的元数据不完整；请重新建立模型")
            if stored["schema"] not in map(str, schema.READABLE):
                own = f"模型“{path.name}”的结构版本是 {stored['schema']}"
                raise UnusableInput(f"{own}，本软件读取版本 1 至 {schema.VERSION}；请升级软件")
            yield connection
        except (sqlite3.DatabaseError, CRSError) as error:
            raise UnusableInput(f"模型“{path.name}”已损坏，无法读取；请重新建立模型", detail=str(error)) from error


def _finish_interrupted_write(path: Path) -> None:
    """Have SQLite undo what a killed writer left half done; a running writer is not disturbed."""
    journal = Path(f"{path}-journal")
    if not journal.exists() or not journal.stat().st_size:
        return
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=rw", uri=True)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.Error as error:
        message = f"模型“{path.name}”上次写入中断，要先撤销没有写完的部分，但不能写这个文件；请复制到可写的位置再打开"
        raise UnusableInput(message, detail=str(error)) from error


def tables(connection: sqlite3.Connection) -> list[dict[str, str]]:
    """The layers: `name`, `kind` (features, 2d-gridded-coverage, attributes), `title`."""
    rows = connection.execute("SELECT table_name, data_type, identifier FROM gpkg_contents ORDER BY rowid")
    return [{"name": name, "kind": kind, "title": title or name} for name, kind, title in rows]


def _connect(path: Path, head: bytes) -> sqlite3.Connection:
    """Read-only; a file in WAL mode whose log is gone is opened as immutable, so that no side files appear."""
    options = "mode=ro"
    if head[18:20] == bytes([_WRITE_AHEAD, _WRITE_AHEAD]) and not Path(f"{path}-wal").exists():
        options = "immutable=1"
    return sqlite3.connect(f"file:{quote(str(path.absolute()))}?{options}", uri=True)
