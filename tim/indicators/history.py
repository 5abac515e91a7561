"""The ledger of figures: every run adds its figures, nothing is changed or removed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tim.errors import TimError, UnusableInput
from tim.indicators.compute import Figure

_SCHEMA = """
CREATE TABLE IF NOT EXISTS run (id INTEGER PRIMARY KEY, created TEXT NOT NULL, catalogue TEXT, catalogue_digest TEXT,
    sources TEXT, parameters TEXT);
CREATE TABLE IF NOT EXISTS figure (run INTEGER NOT NULL REFERENCES run (id), epoch TEXT, district TEXT, code TEXT,
    name TEXT, unit TEXT, value REAL, target REAL, level TEXT, reason TEXT, note TEXT);
CREATE INDEX IF NOT EXISTS figure_series ON figure (code, district, epoch);
"""
_WAIT = 10.0  # seconds for another writer


@dataclass(frozen=True)
class Record:
    """A figure of an earlier run."""

    created: str
    epoch: str
    district: str
    code: str
    name: str
    unit: str
    value: float | None
    target: float | None
    level: str
    reason: str


def append(
    path: str, figures: Sequence[Figure], catalogue: str, digest: str, sources: Sequence[object], parameters: object
) -> None:
    """Add a run to the ledger, which is made when it is not there. One transaction: all figures or none."""
    rows = [
        (
            item.epoch,
            item.district,
            item.indicator.code,
            item.indicator.name,
            item.indicator.unit,
            item.value,
            item.target.value if item.target else None,
            item.level,
            item.reason,
            item.note,
        )
        for item in figures
    ]
    with _opened(Path(path)) as connection:
        connection.executescript(_SCHEMA)
        with connection:
            cursor = connection.execute(
                "INSERT INTO run (created, catalogue, catalogue_digest, sources, parameters) VALUES (?, ?, ?, ?, ?)",
                (
                    datetime.now().isoformat(timespec="seconds"),
                    catalogue,
                    digest,
                    json.dumps(list(sources), ensure_ascii=False),
                    json.dumps(parameters, ensure_ascii=False),
                ),
            )
            connection.executemany(
                f"INSERT INTO figure VALUES ({cursor.lastrowid}, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows
            )


def read(path: str) -> list[Record]:
    """All figures in the order of their runs; none when there is no ledger yet. Raises `UnusableInput`."""
    if not Path(path).exists():
        return []
    with _opened(Path(path)) as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not names:
            return []
        if not {"run", "figure"} <= names:
            raise UnusableInput(f"“{Path(path).name}”不是指标台账；请换一个文件")
        query = (
            "SELECT run.created, epoch, district, code, name, unit, value, target, level, reason FROM figure "
            "JOIN run ON run.id = figure.run ORDER BY run.id, figure.rowid"
        )
        return [Record(*row) for row in connection.execute(query)]


def source_digests(path: str) -> set[str]:
    """SHA-256 of every file that a run of the ledger used."""
    if not Path(path).exists():
        return set()
    with _opened(Path(path)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'run'").fetchone():
            return set()
        texts = [row[0] for row in connection.execute("SELECT sources FROM run")]
    return {digest for text in texts for use in json.loads(text or "[]") for _, digest in use["files"]}


def series(records: Sequence[Record], code: str, district: str) -> list[tuple[int, float]]:
    """(year, value) of an indicator by epochs that are years; the last run of an epoch counts."""
    values = {
        int(item.epoch[:4]): item.value
        for item in records
        if item.code == code and item.district == district and item.value is not None and item.epoch[:4].isdigit()
    }
    return sorted(values.items())


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(path, timeout=_WAIT)) as connection:
            yield connection
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise TimError(f"指标台账“{path.name}”正被别的程序占用；请稍后再试") from error
        raise TimError(f"不能读写指标台账“{path.name}”；请检查权限和磁盘空间", detail=str(error)) from error
    except sqlite3.DatabaseError as error:
        raise UnusableInput(f"“{path.name}”不是指标台账或已经损坏；请换一个文件", detail=str(error)) from error
