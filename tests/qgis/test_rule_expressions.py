"""Rules as QGIS expressions come to the verdicts of the engine, in the real QGIS."""

from __future__ import annotations

import datetime
import json
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from qgis.core import (
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsFeature,
    QgsGeometry,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QDate

TABLES = {"地块": "ZD", "农田": "NT", "分区": "FQ"}
TYPES = {
    "MJ": "double",
    "高度": "double",
    "户数": "integer",
    "批准": "date",
    "容积率（计容）": "double",
    "限高": "double",
}
TOLD = ("例外", "无法判断", "不通过")


@pytest.fixture(scope="module")
def cases(engine_path):
    script = Path(__file__).with_name("make_verdicts.py")
    command = [str(engine_path.with_name("python")), str(script), "7", "18"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def make_layer(name, content):
    fields = "".join(f"&field={column}:{TYPES.get(column, 'string')}" for column in content["columns"])
    layer = QgsVectorLayer(f"Polygon?crs=EPSG:4547{fields}", TABLES[name], "memory")
    features = []
    for row, wkt in enumerate(content["wkt"]):
        feature = QgsFeature(layer.fields())
        if wkt is not None:
            feature.setGeometry(QgsGeometry.fromWkt(wkt))
        for place, (column, values) in enumerate(content["columns"].items()):
            value = values[row]
            if TYPES.get(column) == "date" and value is not None:
                value = QDate(datetime.date.fromisoformat(value))
            feature.setAttribute(place, value)
        features.append(feature)
    assert layer.dataProvider().addFeatures(features)[0]
    layer.updateExtents()
    return layer


def verdicts(layer, text):
    expression = QgsExpression(text)
    assert not expression.hasParserError(), f"{expression.parserErrorString()}\n{text}"
    context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    expression.prepare(context)
    result = []
    for feature in layer.getFeatures():
        context.setFeature(feature)
        result.append(expression.evaluate(context))
        assert not expression.hasEvalError(), f"{expression.evalErrorString()}\n{text}"
    return result


def test_verdicts_are_those_of_the_engine(cases, qgis_app):
    for world in cases["worlds"]:
        project = QgsProject.instance()
        project.clear()
        layers = {name: make_layer(name, content) for name, content in world["layers"].items()}
        project.addMapLayers(layers.values())
        for title, text in cases["expressions"].items():
            found = verdicts(layers["地块"], text)
            told, counts = world["expected"][title]
            assert {str(row): verdict for row, verdict in enumerate(found) if verdict in TOLD} == told, (title, text)
            assert Counter(found) == counts, (title, text)
    QgsProject.instance().clear()


def test_what_has_no_counterpart_is_refused_in_chinese(cases):
    assert len(cases["expressions"]) >= 40
    for condition, message in cases["refused"].items():
        assert "QGIS" in message or "图层" in message, condition
