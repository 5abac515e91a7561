"""Where the engine is: environment, setting, then the places where installers put it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qgis.PyQt.QtCore import QStandardPaths

from ..settings import Settings
from ..texts import tr
from .errors import EngineNotFound

ENVIRONMENT_VARIABLE = "TIM_ENGINE"
_WINDOWS = os.name == "nt"
_PROGRAM = "tim.exe" if _WINDOWS else "tim"
_SCRIPTS = "Scripts" if _WINDOWS else "bin"


@dataclass(frozen=True)
class EngineCommand:
    """The engine's program, its arguments, and where this was found, in words."""

    program: str
    arguments: tuple[str, ...]
    origin: str


def find_engine(chosen_path: str | None = None) -> EngineCommand:
    """The engine to use. Raises `EngineNotFound` with one line that says what to do.

    A path that was given is used or refused, never silently replaced by another. `chosen_path` stands for the setting.
    """
    given = os.environ.get(ENVIRONMENT_VARIABLE, "")
    if given:
        return _given(given, tr("环境变量 TIM_ENGINE"))
    chosen = Settings().engine_path if chosen_path is None else chosen_path.strip()
    if chosen:
        return _given(chosen, tr("设置"))
    for path, origin in _usual_places():
        if _is_program(path):
            return _command(path, origin)
    raise EngineNotFound(tr("没有找到引擎：请安装引擎，或在“设置 → 选项 → 国土空间信息模型”中指定它的路径"))


def _given(text: str, origin: str) -> EngineCommand:
    path = Path(text).expanduser()
    candidates = (path, path / _PROGRAM, path / _SCRIPTS / _PROGRAM) if path.is_dir() else (path,)
    for candidate in candidates:
        if _is_program(candidate):
            return _command(candidate, origin)
    raise EngineNotFound(tr("引擎“{}”不存在或不能运行（来自{}）；请改正路径").format(text, origin))


def _command(path: Path, origin: str) -> EngineCommand:
    arguments: tuple[str, ...] = ("serve",)
    if path.name.startswith("python"):  # the engine as a package of a Python, isolated from the user's own packages
        arguments = ("-I", "-m", "tim.cli.main", "serve")
    return EngineCommand(str(path), arguments, origin)


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _usual_places() -> Iterator[tuple[Path, str]]:
    for checkout in _checkouts():
        yield checkout / ".venv" / _SCRIPTS / _PROGRAM, tr("开发目录")
    for folder in QStandardPaths.standardLocations(QStandardPaths.StandardLocation.GenericDataLocation):
        for path in _programs(Path(folder) / "territory-tim"):
            yield path, tr("数据目录")
    system = Path(os.environ.get("PROGRAMFILES", "C:/Program Files")) if _WINDOWS else Path("/opt")
    for path in _programs(system / "territory-tim"):
        yield path, tr("安装目录")


def _programs(folder: Path) -> tuple[Path, Path]:
    return folder / _PROGRAM, folder / _SCRIPTS / _PROGRAM


def _checkouts() -> Iterator[Path]:
    """A developer's checkout that holds this file, also when the plugin's folder is a link into it."""
    for folder in Path(__file__).resolve().parents:
        if (folder / "pyproject.toml").is_file() and (folder / "tim").is_dir():
            yield folder
