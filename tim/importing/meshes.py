"""Meshes (glTF, OBJ, 3D Tiles) as building objects."""

from __future__ import annotations

from pathlib import Path

from pointcloud.task import Task
from tim.errors import UsageError
from tim.exchange.city.objects import City


def read_meshes(path: Path, origin: tuple[float, float, float] | None, task: Task) -> City:
    """To come with the readers of meshes."""
    raise UsageError(f"还不能导入“{path.name}”")
