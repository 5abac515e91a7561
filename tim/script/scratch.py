"""Layers of a running script as files that others can read, and their removal."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from tim.job import Job
from tim.script.writing import write_layer
from zhscript.engine import Table

_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
_LONGEST_NAME = 40


class Scratch:
    """A folder of its own, made when it is first needed and announced to whoever supervises the job."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._folder: Path | None = None
        self._files = 0

    def written(self, table: Table) -> str:
        """The path of a new GeoPackage that holds the layer under its own name."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="territory_tim_script_"))
            self._job.partial(str(self._folder))
        self._files += 1
        name = table.name or "图层"
        path = self._folder / str(self._files) / f"{_UNSAFE.sub('_', name)[:_LONGEST_NAME].strip('. ') or '图层'}.gpkg"
        path.parent.mkdir()
        write_layer(path, name, table.columns, table.geometry, table.crs)
        return str(path)

    def close(self) -> None:
        """Remove everything."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._job.partial(str(self._folder), done=True)
            self._folder = None
