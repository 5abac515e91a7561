"""A walk through the plugin inside the real desktop: `qgis.bin --code tour.py`.

The plan comes from the environment: TOUR_OUT, a folder for pictures and the verdict `tour.json`; TOUR_MODEL, a model to
open; TOUR_SCAN, a scan to build another from. Every step runs from the event loop. QGIS is ended by `os._exit`: its own
way out asks questions, and its exit status says nothing about the plugin.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path

import processing
from qgis.core import QgsApplication, QgsProject
from qgis.gui import QgsOptionsPageWidget
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QAction, QLabel, QMenu, QPlainTextEdit, QTabWidget, QToolBar
from qgis.utils import iface, plugins

OUT = Path(os.environ["TOUR_OUT"])
MODEL = os.environ["TOUR_MODEL"]
SCAN = os.environ["TOUR_SCAN"]
PATIENCE = 240  # quarter seconds that a step may wait for something
verdict: dict = {"steps": [], "error": ""}


def picture(widget, name):
    """Keep what a window shows."""
    QgsApplication.processEvents()
    widget.grab().save(str(OUT / f"{name}.png"))


def screen(name):
    """Keep what the whole screen shows, lists that pop up included."""
    QgsApplication.processEvents()
    QgsApplication.primaryScreen().grabWindow(0).save(str(OUT / f"{name}.png"))


def window(name):
    """The top-level window with this class name or object name, or None."""
    for widget in QgsApplication.topLevelWidgets():
        if widget.isVisible() and name in (widget.objectName(), type(widget).__name__):
            return widget
    return None


def trigger(name):
    """Press a menu item, from the event loop: it may open a dialog that waits."""
    action = iface.mainWindow().findChild(QAction, f"territory_tim_{name}")
    QTimer.singleShot(0, action.trigger)


def step_loaded():
    main = iface.mainWindow()
    main.resize(1280, 800)
    menu = main.findChild(QMenu, "territory_tim_menu")
    verdict["menu"] = menu.title()
    verdict["actions"] = [action.text() for action in menu.actions() if action.text()]
    verdict["toolbar"] = main.findChild(QToolBar, "territory_tim_toolbar").isVisible()
    verdict["provider"] = len(QgsApplication.processingRegistry().providerById("territory_tim").algorithms())
    yield lambda: True


def step_model():
    plugins["territory_tim"]._menu.open_path(MODEL)
    yield lambda: not iface.mapCanvas().isDrawing()
    verdict["layers"] = [node.layer().name() for node in QgsProject.instance().layerTreeRoot().findLayers()]
    verdict["crs"] = QgsProject.instance().crs().authid()
    verdict["extent"] = iface.mapCanvas().extent().toString(0)
    picture(iface.mainWindow(), "model")


def step_menu():
    menu = iface.mainWindow().findChild(QMenu, "territory_tim_menu")
    menu.popup(iface.mainWindow().mapToGlobal(iface.mainWindow().rect().center()))
    yield menu.isVisible
    picture(menu, "menu")
    menu.close()


def step_algorithm():
    trigger("build")
    yield lambda: window("AlgorithmDialog")
    dialog = window("AlgorithmDialog")
    verdict["dialog"] = dialog.windowTitle()
    dialog.setParameters({"POINTS": [SCAN], "OUT": str(OUT / "built.gpkg")})
    picture(dialog, "build")
    QTimer.singleShot(0, dialog.runAlgorithm)
    yield lambda: len(QgsProject.instance().layerTreeRoot().findGroups()) >= 2
    yield lambda: not iface.mapCanvas().isDrawing()
    verdict["groups"] = [group.name() for group in QgsProject.instance().layerTreeRoot().findGroups()]
    picture(dialog, "build_log")
    dialog.close()


def step_tools():
    """A script that is saved in the profile's folder becomes a form."""
    from territory_tim.script.templates import TOOL
    from territory_tim.tools.folders import default_folder

    registry = QgsApplication.processingRegistry()
    default_folder().mkdir(parents=True)
    (default_folder() / "挑选.zh").write_text(TOOL, encoding="utf-8")
    yield lambda: registry.algorithmById("territory_tim:挑选_挑出大图斑")
    buildings = QgsProject.instance().mapLayersByName("Buildings") or QgsProject.instance().mapLayersByName("建筑")
    dialog = processing.createAlgorithmDialog("territory_tim:挑选_挑出大图斑")
    dialog.show()
    dialog.setParameters({"图斑图层": buildings[0].id(), "最小面积": 0.001})
    yield dialog.isVisible
    verdict["tool_dialog"] = dialog.windowTitle()
    picture(dialog, "tool")
    QTimer.singleShot(0, dialog.runAlgorithm)
    yield lambda: QgsProject.instance().mapLayersByName("大图斑")
    verdict["tool_features"] = QgsProject.instance().mapLayersByName("大图斑")[0].featureCount()
    picture(dialog, "tool_log")
    dialog.close()


def step_script():
    """The editor: a slip is underlined and repaired, names are completed by initials, the script runs."""
    trigger("script")
    yield lambda: window("territory_tim_script_window")
    editor = window("territory_tim_script_window")
    editor.resize(1000, 640)
    editor.editor.setText("脚本 试\n设定 占地面积 为 15亩\n显示“占地{占地面机：公顷}”\n")
    yield lambda: editor.problems.count() > 0
    picture(editor, "script_problem")
    fixes = [action for action in editor.editor.fixes_menu(2).actions() if not action.isSeparator()]
    verdict["fixes"] = [action.text() for action in fixes]
    fixes[0].trigger()
    yield lambda: editor.problems.count() == 0
    editor.editor.insertAt("显示 zd\n", 3, 0)
    editor.editor.setCursorPosition(3, 5)
    editor.editor._completion.ask()
    verdict["completion"] = editor.editor.isListActive()
    yield lambda: True
    screen("script_completion")
    editor.editor.cancelList()
    editor.editor.setCursorPosition(3, 0)
    editor.editor.setSelection(3, 0, 4, 0)
    editor.editor.removeSelectedText()
    editor._save_to(str(OUT / "试.zh"))
    editor.run()
    yield lambda: editor._run is None
    verdict["printed"] = editor.output.toPlainText().splitlines()
    picture(editor, "script_run")
    editor.close()


def step_options():
    trigger("settings")
    yield lambda: window("QgsOptionsBase")
    dialog = window("QgsOptionsBase")
    page = dialog.findChild(QgsOptionsPageWidget, "territory_tim_options")
    verdict["options_shown"] = page.isVisible()
    verdict["engine_found"] = page.findChild(QLabel, "territory_tim_engine_found").text()
    page.findChild(QLabel, "territory_tim_engine_answer").parent().test()
    answer = page.findChild(QLabel, "territory_tim_engine_answer")
    yield lambda: "…" not in answer.text()
    verdict["engine_answer"] = answer.text()
    picture(dialog, "options")
    dialog.reject()


def step_about():
    trigger("about")
    yield lambda: window("territory_tim_about_dialog")
    dialog = window("territory_tim_about_dialog")
    picture(dialog, "about")
    dialog.reject()


def step_reload():
    import qgis.utils

    for _ in range(2):
        assert qgis.utils.reloadPlugin("territory_tim")
    QgsApplication.sendPostedEvents(None, 52)
    verdict["menus_after_reload"] = len(iface.mainWindow().findChildren(QMenu, "territory_tim_menu"))
    yield lambda: True


def step_log():
    """Everything in the log panel, tab by tab."""
    verdict["messages"] = {}
    for tabs in iface.mainWindow().findChildren(QTabWidget):
        for index in range(tabs.count()):
            if isinstance(tabs.widget(index), QPlainTextEdit):
                verdict["messages"][tabs.tabText(index)] = tabs.widget(index).toPlainText()
    yield lambda: True


STEPS = [step_loaded, step_model, step_menu, step_algorithm, step_tools, step_script]
STEPS += [step_options, step_about, step_reload, step_log]


def walk():
    """All steps after each other; each yields conditions to wait for."""
    for step in STEPS:
        for reached in step():
            for _ in range(PATIENCE):
                if reached():
                    break
                yield
            else:
                raise AssertionError(f"{step.__name__} waited in vain")
            yield
        verdict["steps"].append(step.__name__)


def advance(walking):
    """One turn of the walk; afterwards the next one is asked for."""
    try:
        next(walking)
    except StopIteration:
        finish()
    except Exception:  # the edge: whatever goes wrong must reach the verdict
        verdict["error"] = traceback.format_exc()
        picture(iface.mainWindow(), "error")
        finish()
    QTimer.singleShot(250, lambda: advance(walking))


def finish():
    """Write the verdict and end QGIS."""
    (OUT / "tour.json").write_text(json.dumps(verdict, ensure_ascii=False, indent=1), encoding="utf-8")
    sys.stdout.flush()
    os._exit(0)


QTimer.singleShot(1000, lambda: advance(walk()))
