"""A model as a group of styled layers."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from contextlib import closing

import pytest
from qgis.core import (
    QgsAbstract3DSymbol,
    QgsExpression,
    QgsExpressionContext,
    QgsFeature,
    QgsProject,
    QgsRenderContext,
    QgsSingleBandPseudoColorRenderer,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
)
from small_model import make_model
from territory_tim.errors import InputError
from territory_tim.model.open import open_model, open_output

EXTRUSION = QgsAbstract3DSymbol.Property.PropertyExtrusionHeight


@pytest.fixture(autouse=True)
def empty_project():
    QgsProject.instance().clear()
    yield
    QgsProject.instance().clear()


@pytest.fixture
def model(tmp_path):
    return make_model(tmp_path / "示范 镇.gpkg")


def named(group):
    return {node.layer().name(): node for node in group.findLayers()}


def test_group_names_order_and_visibility(model):
    group = open_model(str(model))
    assert group.name() == "示范 镇"
    assert [node.layer().name() for node in group.findLayers()] == ["建筑", "河流", "土地利用", "地形", "地形晕渲"]
    assert all(node.layer().isValid() and node.isVisible() for node in group.findLayers())


def test_an_empty_project_takes_the_models_crs_and_a_full_one_keeps_its_own(model):
    open_model(str(model))
    assert QgsProject.instance().crs().authid() == "EPSG:4547"
    QgsProject.instance().clear()
    QgsProject.instance().addMapLayer(QgsVectorLayer("Point?crs=EPSG:4326", "原有", "memory"))
    before = QgsProject.instance().crs().authid()
    open_model(str(model))
    assert QgsProject.instance().crs().authid() == before


def test_buildings_are_coloured_by_height_and_none_is_missing(model):
    layer = named(open_model(str(model)))["建筑"].layer()
    renderer, context = layer.renderer(), QgsRenderContext()
    labels = [item.label() for item in renderer.ranges()]
    assert labels[0] == "6 米以下"
    assert labels[-2:] == ["100 米以上", "高度未知"]
    context.setExpressionContext(QgsExpressionContext())
    renderer.startRender(context, layer.fields())
    shown = {}
    for feature in layer.getFeatures():
        context.expressionContext().setFeature(QgsFeature(feature))
        shown[feature["id"]] = renderer.symbolForFeature(feature, context).color().name()
    renderer.stopRender(context)
    assert shown == {"B1": "#fedc8c", "B2": "#e25b3b", "B3": "#b0b0b0"}


def test_buildings_stand_up_in_3d_in_the_colours_of_the_map(model):
    layer = named(open_model(str(model)))["建筑"].layer()
    blocks = {}
    for feature in layer.getFeatures():
        context = QgsExpressionContext()
        context.setFeature(feature)
        context.setFields(layer.fields())
        for rule in layer.renderer3D().rootRule().children():
            if QgsExpression(rule.filterExpression()).evaluate(context):
                extrusion = rule.symbol().dataDefinedProperties().property(EXTRUSION)
                color = rule.symbol().material().diffuse().name()
                blocks[feature["id"]] = (extrusion.valueAsDouble(context)[0], color, rule.description())
    assert blocks == {"B1": (9.0, "#fedc8c", "6 – 10 米"), "B2": (31.0, "#e25b3b", "27 – 54 米")}


def test_terrain_is_colours_over_shading(model):
    layers = named(open_model(str(model)))
    relief, shade = layers["地形"].layer(), layers["地形晕渲"].layer()
    assert isinstance(relief.renderer(), QgsSingleBandPseudoColorRenderer)
    assert shade.renderer().type() == "hillshade"
    assert relief.renderer().classificationMin() == pytest.approx(30.1, abs=0.15)
    assert relief.renderer().classificationMax() == pytest.approx(35.8, abs=0.15)
    items = relief.renderer().shader().rasterShaderFunction().colorRampItemList()
    assert items[0].label.endswith(" 米")


def test_a_style_in_the_file_counts_more_than_ours(model):
    plain = QgsVectorLayer(f"{model}|layername=building", "x", "ogr")
    plain.setRenderer(QgsSingleSymbolRenderer.defaultRenderer(plain.geometryType()))
    plain.saveStyleToDatabase("自定", "", True, "")
    del plain
    layer = named(open_model(str(model)))["建筑"].layer()
    assert isinstance(layer.renderer(), QgsSingleSymbolRenderer)
    assert layer.renderer3D() is not None


def test_opening_twice_shows_the_same_group(model):
    first = open_model(str(model))
    again = open_model(str(model))
    assert again == first
    assert len(QgsProject.instance().mapLayers()) == 5


def test_the_file_is_not_changed_and_gets_no_company(model):
    before = hashlib.sha256(model.read_bytes()).digest()
    open_model(str(model))
    QgsProject.instance().clear()
    assert hashlib.sha256(model.read_bytes()).digest() == before
    assert os.listdir(model.parent) == [model.name]


def test_another_geopackage_is_no_model_but_can_be_a_result(model):
    with closing(sqlite3.connect(model)) as database, database:
        database.execute("DROP TABLE tim_metadata")
    with pytest.raises(InputError, match="不是国土空间信息模型"):
        open_model(str(model))
    names = set(named(open_output(str(model))))
    assert {"building", "河流"} <= names or {"建筑", "河流"} <= names


def test_a_newer_schema_is_refused(tmp_path):
    with pytest.raises(InputError, match="请升级插件"):
        open_model(str(make_model(tmp_path / "新.gpkg", schema="2")))


@pytest.mark.parametrize("content", [b"", b"no database at all", None])
def test_what_is_no_geopackage_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "坏.gpkg"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        open_model(str(path))
    assert "坏.gpkg" in caught.value.message
    assert "\n" not in caught.value.message
    assert not QgsProject.instance().mapLayers()


def test_a_truncated_model_is_refused(model, tmp_path):
    path = tmp_path / "截断.gpkg"
    path.write_bytes(model.read_bytes()[:20000])
    with pytest.raises(InputError):
        open_model(str(path))
    assert not QgsProject.instance().layerTreeRoot().children()
