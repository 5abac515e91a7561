"""Digests of the files a layer is read from."""

from __future__ import annotations

import glob
import hashlib
from pathlib import Path

from tim.job import Job

_CHUNK = 1 << 20
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def digests(path: Path, job: Job) -> tuple[tuple[str, str], ...]:
    """(name, SHA-256) of every file of a source: a shapefile's parts, a database's log, what is in a folder."""
    return tuple((file.name, sha256(file, job)) for file in _parts(path))


def sha256(path: Path, job: Job) -> str:
    """SHA-256 of one file in hexadecimal. Checks for cancellation."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            job.check()
            digest.update(chunk)
    return digest.hexdigest()


def _parts(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.is_file())
    if path.suffix.lower() == ".shp":
        beside = sorted(path.parent.glob(f"{glob.escape(path.stem)}.*"))
        return [file for file in beside if file.suffix.lower() in _SHAPEFILE_PARTS]
    log = Path(f"{path}-wal")
    return [path, log] if log.exists() else [path]
