"""What a model was made from, with what and when."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path

import pyogrio
import rasterio
import shapely

import tim
from pointcloud.task import Task

_LIBRARIES = ("numpy", "scipy", "shapely", "pyproj", "pyogrio", "rasterio", "laspy", "lazrs", "startinpy")
_BLOCK = 1 << 24
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def now() -> str:
    """The time as ISO 8601 in UTC, to the second."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def software() -> dict[str, str]:
    """Versions of this software, the interpreter, the libraries and the native parts inside them."""
    versions = {"territory-tim": tim.__version__, "python": platform.python_version(), "platform": platform.platform()}
    for name in _LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "?"
    versions["geos"] = ".".join(map(str, shapely.geos_version))
    versions["gdal (vector)"] = ".".join(map(str, pyogrio.__gdal_version__))
    versions["gdal (raster)"] = rasterio.__gdal_version__
    return versions


def parts_of(path: Path) -> list[Path]:
    """The files that make up a vector source: the parts of a shapefile, the files of a folder, else the file."""
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.is_file())
    if path.suffix.lower() == ".shp":
        beside = {file.name.lower(): file for file in path.parent.iterdir()}
        names = [path.stem.lower() + suffix for suffix in _SHAPEFILE_PARTS]
        return [beside[name] for name in names if name in beside]
    return [path]


def digest(files: Iterable[Path], task: Task) -> str:
    """SHA-256 (hex) over the contents of files in their order."""
    total = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            while block := stream.read(_BLOCK):
                total.update(block)
                task.check()
    return total.hexdigest()
