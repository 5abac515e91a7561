"""The plugin in the real QGIS desktop on a virtual screen, in Chinese and in English, with an untouched profile.

Pictures are kept in build/screenshots.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOUR = Path(__file__).with_name("tour.py")
ENGINE = ROOT / ".venv" / "bin" / "tim"
PICTURES = ROOT / "build" / "screenshots"
NEEDED = ("qgis.bin", "xvfb-run")
SETTINGS = """
[PythonPlugins]
territory_tim=true
processing=true

[locale]
overrideFlag=true
userLocale={locale}

[qgis]
checkVersion=false
newsFeedEnabled=false
askToSaveProjectChanges=false
askToSaveMemoryLayers=false
showTips=false

[core]
NewsFeed\\httpsfeedqgisorg\\disabled=true

[Processing]
Configuration\\SHOW_CRS_DEF=true
"""


@pytest.fixture(scope="module")
def plugins_folder() -> Path:
    sys.path.insert(0, str(ROOT / "installers"))
    import plugin_zip

    return plugin_zip.stage(ROOT / "build" / "plugin").parent


@pytest.fixture(scope="module")
def needed():
    missing = [name for name in NEEDED if shutil.which(name) is None] + ([] if ENGINE.exists() else [str(ENGINE)])
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"CI needs {', '.join(missing)}")
    if missing:
        pytest.skip(f"missing: {', '.join(missing)}")


@pytest.fixture(scope="module")
def scan(needed, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("扫描") / "小区.laz"
    maker = ROOT / "tests" / "qgis" / "make_scan.py"
    subprocess.run([str(ENGINE.with_name("python")), str(maker), str(path)], check=True, timeout=60)
    return path


@pytest.fixture(scope="module")
def model(scan, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("模型") / "示范镇.gpkg"
    command = [str(ENGINE), "build", "--points", str(scan), "--out", str(path)]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
    return path


@pytest.fixture(scope="module", params=["zh-Hans", "en_US"])
def tour(request, plugins_folder, scan, model, tmp_path_factory) -> dict:
    """What the walk found, with the locale and QGIS's own output."""
    folder = tmp_path_factory.mktemp("tour")
    settings = folder / "settings.ini"
    settings.write_text(SETTINGS.format(locale=request.param), encoding="utf-8")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "LANG": "C.UTF-8",
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "QGIS_PLUGINPATH": str(plugins_folder),
        "TOUR_OUT": str(folder),
        "TOUR_MODEL": str(model),
        "TOUR_SCAN": str(scan),
    }
    command = ["xvfb-run", "-a", "-s", "-screen 0 1400x900x24", "timeout", "-k", "5", "150", "qgis.bin"]
    command += ["--noversioncheck", "--nologo", "--globalsettingsfile", str(settings), "--code", str(TOUR)]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=200
    )
    PICTURES.mkdir(parents=True, exist_ok=True)
    for old in PICTURES.glob(f"{request.param}_*.png"):
        old.unlink()
    for picture in folder.glob("*.png"):
        shutil.copy(picture, PICTURES / f"{request.param}_{picture.name}")
    assert (folder / "tour.json").is_file(), done.stdout + done.stderr
    found = json.loads((folder / "tour.json").read_text("utf-8"))
    return {**found, "chinese": request.param.startswith("zh"), "output": done.stdout + done.stderr}


def test_the_walk_came_to_its_end(tour):
    assert tour["error"] == ""
    assert tour["steps"][-1] == "step_log"


def test_menu_and_toolbar(tour):
    assert tour["menu"] == ("国土空间信息模型" if tour["chinese"] else "Territory TIM")
    wanted = ["建立模型…", "打开模型…", "按规则审查…", "脚本编辑器…", "刷新工具", "设置…", "帮助", "关于和诊断…"]
    if not tour["chinese"]:
        wanted = [
            "Build a model…",
            "Open a model…",
            "Check against rules…",
            "Script editor…",
            "Refresh tools",
            "Settings…",
            "Help",
            "About and diagnostics…",
        ]
    assert tour["actions"] == wanted
    assert tour["toolbar"]
    assert tour["provider"] >= 6
    assert tour["menus_after_reload"] == 1


def test_the_model_is_on_the_map(tour):
    names = ["建筑", "建筑体块", "地表", "地表晕渲", "地形", "地形晕渲"]
    if not tour["chinese"]:
        names = ["Buildings", "Building solids", "Surface", "Surface shading", "Terrain", "Terrain shading"]
    assert tour["layers"] == names
    assert tour["crs"] == "EPSG:4547"
    west = float(tour["extent"].split(",")[0])
    assert 499_900 < west < 500_001


def test_a_model_built_in_the_dialog_is_loaded(tour):
    title = "建立国土空间信息模型" if tour["chinese"] else "build a territory information model"
    assert title in tour["dialog"].lower()
    assert "built" in tour["groups"]


def test_a_tool_of_a_script_file_has_a_form_and_runs(tour):
    assert "挑出大图斑" in tour["tool_dialog"]
    assert tour["tool_features"] == 2  # the two roofs of the scan


def test_the_script_editor_repairs_completes_and_runs(tour):
    assert any("占地面积" in fix for fix in tour["fixes"])
    assert tour["completion"]
    assert tour["printed"][0] == "占地1公顷"


def test_the_options_page_finds_and_tests_the_engine(tour):
    assert tour["options_shown"]
    assert str(ENGINE) in tour["engine_found"]
    assert tour["engine_answer"].startswith("引擎可用：版本" if tour["chinese"] else "The engine works: version")


def test_nothing_of_ours_is_in_the_log_or_on_the_console(tour):
    text = "\n".join([*tour["messages"].values(), tour["output"]])
    assert "Traceback" not in text
    for line in text.splitlines():
        assert not ("territory_tim" in line and ("Warning" in line or "Error" in line)), line
