"""Imports point one way, and nothing of QGIS enters the kernel."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

FORBIDDEN = {
    "zhscript": {"pointcloud", "tim", "qgis", "PyQt5", "PyQt6", "qgis_plugin"},
    "pointcloud": {"zhscript", "tim", "qgis", "PyQt5", "PyQt6", "qgis_plugin"},
    "tim": {"qgis", "PyQt5", "PyQt6", "qgis_plugin"},
    "qgis_plugin": {"pointcloud", "tim", "PyQt5", "PyQt6", "numpy", "shapely"}
    | {"socket", "urllib", "requests", "subprocess"},
}
FRONT_END_FORBIDDEN = {"numpy", "shapely", "lark", "pickle", "marshal", "shelve", "subprocess", "socket", "importlib"}
FRONT_END_CALLS = {"exec", "eval", "compile", "__import__"}


def sources(root: Path, package: str) -> list[Path]:
    files = sorted((root / package).rglob("*.py"))
    assert files, f"no source files in {package}"
    return files


def imported(path: Path) -> set[str]:
    """Top-level names of all absolute imports of a file, also those inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", FORBIDDEN)
def test_package_keeps_to_its_side(project_root: Path, package: str) -> None:
    crossings = {str(path): imported(path) & FORBIDDEN[package] for path in sources(project_root, package)}
    assert not {path: names for path, names in crossings.items() if names}


def front_end(root: Path) -> list[Path]:
    """The part of the language that the plugin carries: all but engine, translation and what builds the tables."""
    return [
        path
        for path in sources(root, "zhscript")
        if not {"engine", "translate"} & set(path.relative_to(root / "zhscript").parts) and path.name != "build.py"
    ]


def test_language_front_end_is_pure(project_root: Path) -> None:
    for path in front_end(project_root):
        assert not imported(path) & (FRONT_END_FORBIDDEN | {"zhscript"}), path
        tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))
        called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
        assert not {name.id for name in called if isinstance(name, ast.Name)} & FRONT_END_CALLS, path


def test_plugin_is_python_3_8(project_root: Path) -> None:
    for path in sources(project_root, "qgis_plugin"):
        ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))


@pytest.mark.parametrize("module", ["tim.operations", "tim.errors", "tim.files"])
def test_declarations_import_nothing_heavy(module: str) -> None:
    import subprocess
    import sys

    probe = f"import sys, {module}; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "shapely", "pyproj", "rasterio", "open3d", "lark"} & set(loaded)
