"""The front end is vendored into the plugin: what it may not contain."""

from __future__ import annotations

import ast
from pathlib import Path

import zhscript

FOLDER = Path(zhscript.__file__).parent
FILES = [
    path
    for path in sorted(FOLDER.rglob("*.py"))
    if not {"engine", "support"} & set(path.relative_to(FOLDER).parts) and path.name != "build.py"
]
ALLOWED = {
    "__future__",
    "ast",
    "bisect",
    "csv",
    "dataclasses",
    "operator",
    "types",
    "datetime",
    "enum",
    "fractions",
    "functools",
    "json",
    "pathlib",
}
ALLOWED |= {"gc", "re", "itertools", "typing", "unicodedata"}


def test_only_relative_imports_and_a_few_standard_modules():
    assert len(FILES) > 12
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert {alias.name for alias in node.names} <= ALLOWED, path
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                assert node.module in ALLOWED, path
            elif isinstance(node, ast.ImportFrom):
                assert node.module is None or not node.module.startswith("engine"), path


def test_nothing_runs_code():
    refused = {"exec", "eval", "compile", "__import__", "open", "globals"}
    for path in FILES:
        calls = {
            node.func.id
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert not calls & refused, path


def test_the_front_end_is_python_3_8():
    for path in FILES:
        ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))
