"""The plugin's ZIP: what QGIS's plugin manager and the plugin site's scan demand of it."""

from __future__ import annotations

import ast
import configparser
import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import tim
from tim.operations import OPERATIONS

ID = "territory_tim"
LARGEST = 25 * 1024 * 1024
ALLOWED_SUFFIXES = {".py", ".txt", ".json", ".csv", ".svg", ".html"}
ALLOWED_MODULES = {  # of the standard library: nothing that runs code, opens a connection or a process
    *("__future__", "ast", "base64", "bisect", "collections", "configparser", "contextlib", "csv", "dataclasses"),
    *("concurrent", "datetime", "gc"),  # of concurrent only Future: an answer that another thread waits for
    *("decimal", "difflib", "enum", "fractions", "functools", "html", "importlib", "itertools", "json", "math", "os"),
    *(
        "operator",
        "pathlib",
        "platform",
        "re",
        "shutil",
        "sqlite3",
        "string",
        "sys",
        "tempfile",
        "textwrap",
        "time",
        "traceback",
    ),
    *("types", "typing", "unicodedata"),
}
ALLOWED_OTHERS = {"qgis", "osgeo", "processing"}
FORBIDDEN_CALLS = {"exec", "eval", "compile", "__import__", "system", "popen", "startfile"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory, project_root) -> Path:
    folder = tmp_path_factory.mktemp("打包 一")
    return build(project_root, folder)


@pytest.fixture(scope="module")
def unpacked(archive, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(archive) as file:
        file.extractall(folder)
    return folder / ID


@pytest.fixture(scope="module")
def sources(unpacked) -> dict[str, ast.Module]:
    return {
        path.relative_to(unpacked).as_posix(): ast.parse(path.read_text("utf-8"))
        for path in sorted(unpacked.rglob("*.py"))
    }


def build(root: Path, folder: Path) -> Path:
    command = [sys.executable, str(root / "installers" / "plugin_zip.py"), "--out", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


def test_the_same_sources_give_the_same_bytes(archive, project_root, tmp_path):
    again = build(project_root, tmp_path)
    assert again.name == archive.name == f"{ID}-{tim.__version__}.zip"
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(archive.read_bytes()).digest()


def test_names_and_size(archive):
    assert archive.stat().st_size <= LARGEST
    with zipfile.ZipFile(archive) as file:
        entries = file.infolist()
    assert {entry.filename.split("/")[0] for entry in entries} == {ID}
    for entry in entries:
        path = Path(entry.filename)
        assert path.suffix in ALLOWED_SUFFIXES or path.name == "LICENSE", entry.filename
        assert not re.search(r"\.\.|\\|__pycache__|__MACOSX|/\.|/tests?/", entry.filename), entry.filename
        assert (entry.external_attr >> 16) & 0o111 == 0, f"{entry.filename} is executable"
    names = {entry.filename for entry in entries}
    assert {f"{ID}/{name}" for name in ("__init__.py", "metadata.txt", "LICENSE", "declarations.json")} <= names


def test_files_are_short_enough_to_read(project_root):
    for path in (project_root / "qgis_plugin").rglob("*.py"):
        assert len(path.read_text("utf-8").splitlines()) < 400, path


def test_metadata(unpacked):
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(unpacked / "metadata.txt", encoding="utf-8")
    general = parser["general"]
    for key in ("name", "description", "about", "author", "email", "repository", "tracker", "homepage"):
        assert general[key].isascii(), key
        assert "<" not in general[key], key
    for key in ("name", "description", "about", "tags"):
        assert re.search("[\u4e00-\u9fff]", general[f"{key}[zh_cn]"]), key
    assert general["version"] == tim.__version__
    assert (general["qgisMinimumVersion"], general["qgisMaximumVersion"]) == ("3.22", "4.99")
    assert general["hasProcessingProvider"] == "yes"
    assert "supportsQt6" not in general
    assert (unpacked / general["icon"]).is_file()


def test_declarations_are_those_of_the_engine(unpacked):
    shipped = json.loads((unpacked / "declarations.json").read_text("utf-8"))["operations"]
    assert shipped == json.loads(json.dumps([operation.as_dict() for operation in OPERATIONS]))


def test_the_plugin_imports_only_qgis_and_harmless_modules(sources):
    assert len(sources) > 30
    for name, tree in sources.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                modules = [node.module or ""]
            else:
                continue
            for module in modules:
                top = module.split(".")[0]
                assert top in ALLOWED_MODULES | ALLOWED_OTHERS, f"{name} imports {module}"


def test_relative_imports_stay_inside_the_plugin(sources):
    for name, tree in sources.items():
        depth = name.count("/") + 1
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                assert node.level <= depth, f"{name} reaches out of the plugin"


def test_nothing_runs_code_or_programs(sources):
    for name, tree in sources.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            called = node.func
            if isinstance(called, ast.Name):
                assert called.id not in FORBIDDEN_CALLS, f"{name}:{node.lineno} calls {called.id}"
            elif isinstance(called, ast.Attribute):
                owner = called.value.id if isinstance(called.value, ast.Name) else ""
                assert owner != "os" or called.attr not in FORBIDDEN_CALLS, f"{name}:{node.lineno}"


def test_sources_are_readable_by_the_oldest_python(unpacked):
    for path in unpacked.rglob("*.py"):
        ast.parse(path.read_text("utf-8"), filename=str(path), feature_version=(3, 8))


def test_only_the_front_end_of_the_language_is_brought_along(unpacked):
    assert (unpacked / "libs" / "zhscript" / "__init__.py").is_file()
    assert not (unpacked / "libs" / "zhscript" / "engine").exists()


def test_the_front_end_works_under_the_plugins_name(unpacked):
    """In a Python without anything else: it needs neither our other packages nor a parser generator."""
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from libs.zhscript import check_text\n"
        "program, diagnostics = check_text('这不是程序'); assert diagnostics and diagnostics[0].message\n"
        "assert not {'lark', 'zhscript', 'tim', 'numpy'} & set(sys.modules)\n"
    )
    command = [sys.executable, "-I", "-S", "-c", program, str(unpacked)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert done.returncode == 0, done.stderr


def test_bandit_finds_nothing(unpacked):
    """Every finding of any severity blocks an upload; the rules are listed so that no configuration can drop one."""
    from bandit.core.extension_loader import MANAGER

    rules = ",".join(sorted({*MANAGER.plugins_by_id, *MANAGER.blacklist_by_id}))
    assert rules.count(",") > 60
    command = [sys.executable, "-m", "bandit", "-q", "-r", str(unpacked), "-f", "json", "-t", rules]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120)
    report = json.loads(done.stdout)
    assert not report["errors"]
    assert report["metrics"]["_totals"]["loc"] > 2000
    assert [f"{hit['filename']}:{hit['line_number']} {hit['test_id']}" for hit in report["results"]] == []


def test_detect_secrets_finds_nothing(unpacked):
    """It always exits with 0: the verdict is in its JSON. Every file is looked at, not only those that git knows."""
    command = [sys.executable, "-m", "detect_secrets", "scan", "--all-files", "."]
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", timeout=120, cwd=unpacked, env={**os.environ}
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["results"] == {}
