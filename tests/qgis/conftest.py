"""Tests that run in QGIS's own Python. They load the plugin as it ships, not its sources.

QT_QPA_PLATFORM=offscreen .venv-qgis/bin/python -m pytest tests/qgis
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / ".venv" / "bin" / "tim"
HAS_QGIS = importlib.util.find_spec("qgis") is not None

os.environ["TIM_LANG"] = "zh"
os.environ.pop("TIM_ENGINE", None)

if not HAS_QGIS:
    if os.environ.get("CI") == "true":
        raise pytest.UsageError("CI needs QGIS in this Python")
    collect_ignore_glob = ["test_*.py"]


def pytest_report_header() -> str | None:
    """Say why nothing is collected."""
    return None if HAS_QGIS else "tests/qgis: left out, this Python has no QGIS"


def stage_plugin() -> Path:
    """The folder to search for plugins, with the plugin freshly put together in it."""
    sys.path.insert(0, str(ROOT / "installers"))
    import plugin_zip

    return plugin_zip.stage(ROOT / "build" / "plugin").parent


if HAS_QGIS:
    PLUGINS = stage_plugin()
    sys.path.insert(0, str(PLUGINS))


@pytest.fixture(autouse=True)
def untouched_settings(qgis_app):
    """QGIS is initialised, and no test sees what another has set."""
    from qgis.core import QgsSettings

    yield
    QgsSettings().remove("territory_tim")
    QgsSettings().remove("locale")


@pytest.fixture(scope="session")
def plugins_folder() -> Path:
    """The folder that holds the plugin under test."""
    return PLUGINS


@pytest.fixture(scope="session")
def engine_path() -> Path:
    """The real engine of this checkout."""
    if not ENGINE.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI needs the engine at {ENGINE}")
        pytest.skip(f"no engine at {ENGINE}")
    return ENGINE


@pytest.fixture(scope="session")
def small_scan(engine_path, tmp_path_factory) -> Path:
    """A LAZ file, 120 m square with a slope and two flat roofs of 9 m and 15 m, in EPSG:4547."""
    path = tmp_path_factory.mktemp("点云 数据") / "小区.laz"
    script = Path(__file__).with_name("make_scan.py")
    subprocess.run([str(engine_path.with_name("python")), str(script), str(path)], check=True, timeout=60)
    return path


@pytest.fixture(scope="session")
def built_model(engine_path, small_scan, tmp_path_factory) -> Path:
    """What the real engine makes of the scan, two land-use patches and a river."""
    from make_layers import write_land_use, write_river

    folder = tmp_path_factory.mktemp("模型 成果")
    path = folder / "示范镇.gpkg"
    command = [str(engine_path), "build", "--points", str(small_scan), "--landuse", str(write_land_use(folder))]
    command += ["--layers", f"河流={write_river(folder)}", "--out", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert done.returncode == 0, done.stderr
    return path
