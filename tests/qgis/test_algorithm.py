"""A run of an algorithm inside QGIS, with an engine that behaves as told."""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

import pytest
import territory_tim
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProject,
    QgsVectorLayer,
)

FAKE = Path(__file__).with_name("fake_engine.py")


class Feedback(QgsProcessingFeedback):
    """Keeps what a user would read."""

    def __init__(self):
        super().__init__(False)
        self.info, self.warnings, self.stages = [], [], []

    def pushInfo(self, info):
        self.info.append(info)

    def pushWarning(self, warning):
        self.warnings.append(warning)

    def setProgressText(self, text):
        self.stages.append(text)


@pytest.fixture
def processing():
    plugin = territory_tim.classFactory(None)
    plugin.initProcessing()
    yield QgsApplication.processingRegistry()
    plugin.unload()


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """Make the next engine behave in one way."""

    def behave(mode):
        program = tmp_path / "tim"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{FAKE}" {mode} "{tmp_path / "pid"}"\n', "utf-8")
        program.chmod(0o755)
        monkeypatch.setenv("TIM_ENGINE", str(program))

    return behave


def run(processing, name, parameters, feedback):
    """Outputs of a run; a failure is raised, as Processing does."""
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    context.setFeedback(feedback)
    algorithm = processing.createAlgorithmById(f"territory_tim:{name}")
    outputs, good = algorithm.run(parameters, context, feedback, {}, False)
    assert good
    return outputs


def test_everything_the_engine_says_is_shown(processing, engine):
    engine("good")
    feedback = Feedback()
    outputs = run(processing, "info", {"MODEL": "/d/镇.gpkg"}, feedback)
    assert json.loads(outputs["RESULT"])["parameters"] == {"model": "/d/镇.gpkg"}
    assert outputs["STATUS"] == "ok"
    assert feedback.progress() == 100.0
    assert feedback.stages[:2] == ["第1步（约剩 30 秒）", "第2步（约剩 15 秒）"]
    assert feedback.warnings == ["注意：高程基准未知"]
    assert {"记录一行", "完成"} <= set(feedback.info)


def test_a_failure_is_raised_in_the_engines_words(processing, engine):
    engine("fails")
    with pytest.raises(QgsProcessingException, match=r"“坏\.laz”已损坏"):
        run(processing, "info", {"MODEL": "/d/镇.gpkg"}, Feedback())


def test_a_death_is_raised_in_one_line(processing, engine):
    engine("dies")
    with pytest.raises(QgsProcessingException, match="引擎意外结束") as caught:
        run(processing, "info", {"MODEL": "/d/镇.gpkg"}, Feedback())
    assert "\n" not in str(caught.value)


def test_cancel_ends_the_run_at_once(processing, engine):
    engine("slow")
    feedback = Feedback()
    threading.Timer(1.0, feedback.cancel).start()
    started = time.monotonic()
    assert "RESULT" not in run(processing, "info", {"MODEL": "/d/镇.gpkg"}, feedback)
    assert time.monotonic() - started < 4
    assert "已取消，没有写出结果" in feedback.info


def test_a_memory_layer_is_written_and_its_copy_removed(processing, engine):
    engine("good")
    layer = QgsVectorLayer("Polygon?crs=EPSG:4547&field=DLBM:string", "图斑", "memory")
    QgsProject.instance().addMapLayer(layer)
    given = {"POINTS": ["/d/a.laz"], "LANDUSE": layer.id(), "OUT": "TEMPORARY_OUTPUT", "LOAD": False}
    sent = json.loads(run(processing, "build", given, Feedback())["RESULT"])["parameters"]
    QgsProject.instance().clear()
    assert sent["landuse"].endswith("layer1.gpkg")
    assert not Path(sent["landuse"]).exists()
    assert not Path(sent["landuse"]).parent.exists()
