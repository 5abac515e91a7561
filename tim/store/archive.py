"""`tim model copy`, `backup`, `restore`: whole models, with digests that tell whether what came back is what went."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import tempfile
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import tim
from pointcloud.task import Task
from tim.assembly.manifest import now
from tim.errors import UnusableInput, UsageError
from tim.files import atomic_output
from tim.job import Job
from tim.model.reader import open_model
from tim.result import Result
from tim.store.copying import TABLES, copy_to_server
from tim.store.opening import chosen, is_address, open_store

_MODEL, _MANIFEST = "model.gpkg", "manifest.json"
_FORMAT = "tim-model-backup"
_BLOCK = 1 << 22


def copy_model(
    model: str | None = None,
    *,
    store: str | None = None,
    to_store: str | None = None,
    out: str | None = None,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """A model from a file to a server or back, history and all. The target must not hold a model of that name yet."""
    place = chosen(model, store)
    if (out is None) == (to_store is None):
        raise UsageError("请给出去处：--out 新模型.gpkg，或 --to-store postgresql://…，二者选一")
    if to_store is not None:
        if is_address(place):
            raise UsageError("库之间请先用 tim model copy 写成文件，再放进另一个库")
        name = copy_to_server(place, to_store, job)
        return Result(f"模型“{Path(place).name}”已放进库：{name}", data={"model": name})
    assert out is not None
    with atomic_output(out, job, overwrite=overwrite) as working, closing(open_store(place)) as opened:
        job.progress(0.1, "复制模型")
        opened.backup(working)
        name = opened.name
    return Result(f"模型“{name}”已写成文件", [str(Path(out).absolute())], data={"model": Path(out).name})


def backup_model(
    model: str | None = None, *, store: str | None = None, out: str, overwrite: bool = False, job: Job
) -> Result:
    """One file with the model as it is now and its digests; others may read and write meanwhile.

    Result keys: `sha256` (of the model inside), `tables` (rows and digest of each table).
    """
    with closing(open_store(chosen(model, store))) as opened, atomic_output(out, job, overwrite=overwrite) as working:
        job.progress(0.1, "复制模型")
        inside = working.with_name(_MODEL)
        opened.backup(inside)
        name = opened.name
        tables = table_digests(inside, job)
        manifest = {
            "format": _FORMAT,
            "software": f"territory-tim {tim.__version__}",
            "created": now(),
            "sha256": _digest(inside, job),
            "tables": tables,
        }
        with zipfile.ZipFile(working, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.write(inside, _MODEL)
            archive.writestr(_MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
        inside.unlink()
    rows = sum(table["rows"] for table in tables.values())
    message = f"已备份模型“{name}”：{rows} 行，SHA-256 {str(manifest['sha256'])[:16]}…"
    return Result(message, [str(Path(out).absolute())], data={key: manifest[key] for key in ("sha256", "tables")})


def restore_model(
    backup: str, *, out: str | None = None, to_store: str | None = None, overwrite: bool = False, job: Job
) -> Result:
    """The model of a backup as a file or in a new schema of a server; refused when a digest does not agree."""
    if (out is None) == (to_store is None):
        raise UsageError("请给出去处：--out 新模型.gpkg，或 --to-store postgresql://…，二者选一")
    if out is not None:
        with atomic_output(out, job, overwrite=overwrite) as working:
            manifest = _unpack(Path(backup), working, job)
        return Result(_restored(manifest), [str(Path(out).absolute())], data={"sha256": manifest["sha256"]})
    with tempfile.TemporaryDirectory(prefix="tim-") as folder:
        manifest = _unpack(Path(backup), Path(folder) / _MODEL, job)
        name = copy_to_server(str(Path(folder) / _MODEL), to_store or "", job)
    return Result(f"{_restored(manifest)}，在库 {name}", data={"sha256": manifest["sha256"]})


def table_digests(path: Path, task: Task) -> dict[str, dict[str, Any]]:
    """Rows and SHA-256 over the contents of each table of a model, whatever the order of its rows."""
    result = {}
    with open_model(path) as connection:
        for name in _digested(connection):
            task.check()
            total, rows = 0, 0
            for row in connection.execute(f'SELECT * FROM "{name}"'):
                rows += 1
                total = (total + int.from_bytes(hashlib.sha256(repr(row[1:]).encode()).digest(), "big")) % (1 << 256)
            result[name] = {"rows": rows, "sha256": f"{total:064x}"}
    return result


def _digested(connection: sqlite3.Connection) -> list[str]:
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    layers = [name for (name,) in connection.execute("SELECT table_name FROM gpkg_geometry_columns ORDER BY 1")]
    return [name for name in (*TABLES, *layers) if name in tables]


def _unpack(backup: Path, target: Path, job: Job) -> dict[str, Any]:
    broken = f"“{backup.name}”不是完整的模型备份，没有恢复；请换一份备份"
    try:
        with zipfile.ZipFile(backup) as archive:
            manifest = json.loads(archive.read(_MANIFEST))
            if manifest["format"] != _FORMAT:
                raise UnusableInput(broken)
            with archive.open(_MODEL) as source, target.open("wb") as copy:
                while block := source.read(_BLOCK):
                    copy.write(block)
                    job.check()
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError) as error:
        raise UnusableInput(broken, detail=str(error)) from error
    job.progress(0.6, "核对指纹")
    if _digest(target, job) != manifest["sha256"]:
        raise UnusableInput(f"备份“{backup.name}”里的模型与它的指纹不符，没有恢复；请换一份备份")
    return manifest


def _restored(manifest: dict[str, Any]) -> str:
    return f"已恢复 {manifest['created']} 的备份，指纹相符"


def _digest(path: Path, task: Task) -> str:
    total = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            total.update(block)
            task.check()
    return total.hexdigest()
