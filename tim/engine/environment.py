"""How a worker is started: its command and a clean environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

# set by QGIS, desktop launchers and other Python installations; in our process they load foreign libraries and data
_FOREIGN = ("PYTHON", "PROJ_", "GDAL_", "OGR_", "QT_", "CPL_", "LD_LIBRARY_PATH", "LD_PRELOAD", "QGIS_")
_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "RAYON_NUM_THREADS",
)
MAX_THREADS = 8


def worker_command() -> list[str]:
    """The command that starts a worker: the frozen program itself, or this Python isolated from the user's folders."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "worker"]
    return [sys.executable, "-I", "-X", "utf8", "-m", "tim.engine.worker"]


def worker_environment(inherited: Mapping[str, str] | None = None) -> dict[str, str]:
    """The inherited environment without what belongs to another Python, GDAL, PROJ or Qt, and with bounded threads."""
    environment = {}
    for name, value in (os.environ if inherited is None else inherited).items():
        kept = _own_paths(value) if name.upper().startswith(_FOREIGN) else value
        if kept:
            environment[name] = kept
    threads = str(min(usable_cores(), MAX_THREADS))
    for name in _THREADS:
        environment.setdefault(name, threads)
    # results must not depend on grids that happen to be reachable over the network
    return {**environment, "PYTHONUTF8": "1", "PROJ_NETWORK": "OFF"}


def usable_cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _own_paths(value: str) -> str:
    """Those elements of a path list that lie in our own installation."""
    own = [os.path.realpath(root) for root in (sys.prefix, getattr(sys, "_MEIPASS", "")) if root]
    parts = [part for part in value.split(os.pathsep) if part]
    return os.pathsep.join(part for part in parts if any(_inside(os.path.realpath(part), root) for root in own))


def _inside(path: str, root: str) -> bool:
    return os.path.isabs(path) and (path == root or path.startswith(root + os.sep))
