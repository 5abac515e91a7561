"""The plugin in QGIS: its algorithms, its actions, and that nothing stays behind."""

from __future__ import annotations

import sys
from pathlib import Path
from unittest.mock import MagicMock

import pytest
import territory_tim
from qgis.core import Qgis, QgsApplication, QgsProcessingContext, QgsProject, QgsSettings, QgsVectorLayer
from qgis.PyQt.QtWidgets import QAction, QMainWindow, QMenu, QToolBar
from territory_tim.engine import locate

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tim.operations import OPERATIONS


class Desktop(QMainWindow):
    """As much of QGIS's window as the plugin touches."""

    def __init__(self):
        super().__init__()
        self.help_menu = self.menuBar().addMenu("帮助")
        self.factories = []
        self.messages = MagicMock()

    def mainWindow(self):
        return self

    def firstRightStandardMenu(self):
        return self.help_menu

    def messageBar(self):
        return self.messages

    def registerOptionsWidgetFactory(self, factory):
        self.factories.append(factory)

    def unregisterOptionsWidgetFactory(self, factory):
        self.factories.remove(factory)

    def addToolBar(self, name):
        return QMainWindow.addToolBar(self, name)


@pytest.fixture
def desktop():
    return Desktop()


@pytest.fixture
def headless():
    plugin = territory_tim.classFactory(None)
    plugin.initProcessing()
    yield QgsApplication.processingRegistry()
    plugin.unload()


def ours(window, kind):
    QgsApplication.sendPostedEvents(None, 52)  # QEvent.DeferredDelete
    return sorted(child.objectName() for child in window.findChildren(kind) if "territory" in child.objectName())


def test_the_toolbox_is_complete_without_an_engine(headless, monkeypatch):
    monkeypatch.setattr(locate, "_usual_places", lambda: iter(()))
    provider = headless.providerById("territory_tim")
    assert sorted(item.name() for item in provider.algorithms()) == sorted(item.identifier for item in OPERATIONS)
    for algorithm in provider.algorithms():
        good, reason = algorithm.canExecute()
        assert not good
        assert reason.startswith("没有找到引擎")
        assert "\n" not in reason


def test_every_algorithm_has_names_help_and_parameters(headless):
    for operation in OPERATIONS:
        algorithm = headless.algorithmById(f"territory_tim:{operation.identifier}")
        assert algorithm.displayName() == operation.title.zh
        assert algorithm.group() == operation.group.zh
        assert algorithm.shortHelpString() == operation.summary.zh
        page, _, anchor = algorithm.helpUrl().partition("#")
        text = Path(page.replace("file://", "")).read_text("utf-8")
        assert f'id="{anchor}"' in text
        names = {definition.name() for definition in algorithm.parameterDefinitions()}
        assert {parameter.name.upper() for parameter in operation.parameters} <= names
        for definition in algorithm.parameterDefinitions():
            assert definition.description()


def test_texts_are_english_in_an_english_interface(monkeypatch):
    monkeypatch.delenv("TIM_LANG")
    QgsSettings().setValue("locale/userLocale", "en_US")
    plugin = territory_tim.classFactory(None)
    plugin.initProcessing()
    build = QgsApplication.processingRegistry().algorithmById("territory_tim:build")
    assert build.displayName() == "Build a territory information model"
    assert build.parameterDefinition("POINTS").description() == "Points"
    plugin.unload()


def test_loading_twice_leaves_nothing_behind(desktop):
    for _ in range(2):
        plugin = territory_tim.classFactory(desktop)
        plugin.initGui()
        assert QgsApplication.processingRegistry().providerById("territory_tim") is not None
        assert ours(desktop, QMenu) == ["territory_tim_menu"]
        assert ours(desktop, QToolBar) == ["territory_tim_toolbar"]
        names = ["about", "build", "check", "help", "open", "script", "settings", "tools"]
        assert ours(desktop, QAction) == [f"territory_tim_{name}" for name in names]
        assert len(desktop.factories) == 1
        plugin.unload()
        assert QgsApplication.processingRegistry().providerById("territory_tim") is None
        assert not ours(desktop, QMenu) + ours(desktop, QToolBar) + ours(desktop, QAction) + desktop.factories
        assert [action.text() for action in desktop.menuBar().actions()] == ["帮助"]


def test_a_broken_plugin_says_so_and_harms_nothing(desktop, monkeypatch):
    monkeypatch.setitem(sys.modules, "territory_tim.plugin", None)
    plugin = territory_tim.classFactory(desktop)
    plugin.initGui()
    plugin.unload()
    (_, text), options = desktop.messages.pushMessage.call_args
    assert "插件没有加载" in text
    assert options["level"] == Qgis.MessageLevel.Critical
    assert territory_tim.classFactory(None).initProcessing() is None


def check(headless, parameters):
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    algorithm = headless.algorithmById("territory_tim:build")
    return algorithm.checkParameterValues({"POINTS": ["a.laz"], **parameters}, context)


def test_an_existing_result_is_refused_before_the_run(headless, tmp_path):
    target = tmp_path / "镇.gpkg"
    assert check(headless, {"OUT": str(target)})[0]
    target.write_text("旧", encoding="utf-8")
    good, reason = check(headless, {"OUT": str(target)})
    assert not good
    assert "已经存在" in reason
    assert check(headless, {"OUT": str(target), "OVERWRITE": True})[0]


def test_a_model_that_is_open_is_not_replaced(headless, tmp_path):
    from osgeo import ogr

    target = tmp_path / "镇.gpkg"
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(target))
    source.CreateLayer("building", geom_type=ogr.wkbPolygon)
    del source
    layer = QgsVectorLayer(f"{target}|layername=building", "建筑", "ogr")
    QgsProject.instance().addMapLayer(layer)
    good, reason = check(headless, {"OUT": str(target), "OVERWRITE": True})
    QgsProject.instance().clear()
    assert not good
    assert "正在工程中打开（图层“建筑”）" in reason
