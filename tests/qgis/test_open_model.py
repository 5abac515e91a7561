"""A model as a group of styled layers."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from qgis.core import (
    QgsAbstract3DSymbol,
    QgsExpression,
    QgsExpressionContext,
    QgsProject,
    QgsSingleBandPseudoColorRenderer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import Qt
from territory_tim.errors import InputError
from territory_tim.model.open import open_model, open_output

EXTRUSION = QgsAbstract3DSymbol.Property.PropertyExtrusionHeight


@pytest.fixture(autouse=True)
def empty_project():
    QgsProject.instance().clear()
    yield
    QgsProject.instance().clear()


@pytest.fixture
def model(built_model, tmp_path):
    """A copy of the built model, alone in its folder."""
    return Path(shutil.copyfile(built_model, tmp_path / "示范 镇.gpkg"))


def change(path, *statements):
    with closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            database.execute(statement)


def named(group):
    return {node.layer().name(): node for node in group.findLayers()}


def test_group_names_order_and_visibility(model):
    group = open_model(str(model))
    assert group.name() == "示范 镇"
    names = [node.layer().name() for node in group.findLayers()]
    assert names == ["建筑", "建筑体块", "河流", "土地利用", "地表", "地表晕渲", "地形", "地形晕渲"]
    assert all(node.layer().isValid() for node in group.findLayers())
    hidden = [node.layer().name() for node in group.findLayers() if not node.isVisible()]
    assert hidden == ["建筑体块", "地表", "地表晕渲"]


def test_an_empty_project_takes_the_models_crs_and_a_full_one_keeps_its_own(model):
    open_model(str(model))
    assert QgsProject.instance().crs().authid() == "EPSG:4547"
    QgsProject.instance().clear()
    QgsProject.instance().addMapLayer(QgsVectorLayer("Point?crs=EPSG:4326", "原有", "memory"))
    before = QgsProject.instance().crs().authid()
    open_model(str(model))
    assert QgsProject.instance().crs().authid() == before


def test_buildings_have_a_chinese_legend_of_heights(model):
    renderer = named(open_model(str(model)))["建筑"].layer().renderer()
    labels = [rule.label() for rule in renderer.rootRule().children()]
    assert len(labels) > 4
    assert sum("米" in label for label in labels) == len(labels) - 1  # and one for buildings without a height
    assert all('"height"' in rule.filterExpression() for rule in renderer.rootRule().children())


def test_buildings_stand_up_in_3d_in_the_colours_of_the_map(model):
    layer = named(open_model(str(model)))["建筑"].layer()
    on_map = {rule.label(): rule.symbol().color() for rule in layer.renderer().rootRule().children()}
    blocks, hues = [], set()
    for feature in layer.getFeatures():
        context = QgsExpressionContext()
        context.setFeature(feature)
        context.setFields(layer.fields())
        for rule in layer.renderer3D().rootRule().children():
            if QgsExpression(rule.filterExpression()).evaluate(context):
                height = rule.symbol().dataDefinedProperties().property(EXTRUSION).valueAsDouble(context)[0]
                blocks.append(round(height, 1))
                hues.add((rule.symbol().material().diffuse().hue(), on_map[rule.description()].hue()))
    assert sorted(blocks) == [9.3, 15.3]
    assert len(hues) == 2
    assert all(abs(block - drawn) <= 1 for block, drawn in hues)


def test_land_use_has_the_standard_colours(model):
    renderer = named(open_model(str(model)))["土地利用"].layer().renderer()
    labels = {item.value(): item.label() for item in renderer.categories()}
    colors = {item.symbol().color().name() for item in renderer.categories()}
    assert "旱地" in labels["0103"]
    assert len(colors) > 1


def test_terrain_is_colours_over_shading(model):
    layers = named(open_model(str(model)))
    relief, shade = layers["地形"].layer(), layers["地形晕渲"].layer()
    assert isinstance(relief.renderer(), QgsSingleBandPseudoColorRenderer)
    assert shade.renderer().type() == "hillshade"
    assert relief.renderer().classificationMin() == pytest.approx(30.05, abs=0.15)
    assert relief.renderer().classificationMax() == pytest.approx(32.35, abs=0.15)
    items = relief.renderer().shader().rasterShaderFunction().colorRampItemList()
    assert items[0].label.endswith(" 米")


def test_layers_without_a_style_hide_nothing(model):
    change(model, "DELETE FROM layer_styles WHERE f_table_name = 'land_use'")
    layers = named(open_model(str(model)))
    patches = layers["土地利用"].layer().renderer().symbol()
    assert patches.symbolLayer(0).brushStyle() == Qt.BrushStyle.NoBrush
    assert patches.symbolLayer(0).strokeColor() != layers["河流"].layer().renderer().symbol().color()


def test_buildings_without_their_style_stand_up_all_the_same(model):
    change(model, "DELETE FROM layer_styles")
    layer = named(open_model(str(model)))["建筑"].layer()
    assert len(layer.renderer3D().rootRule().children()) == 1


def test_opening_twice_shows_the_same_group(model):
    first = open_model(str(model))
    again = open_model(str(model))
    assert again == first
    assert len(QgsProject.instance().mapLayers()) == 8


def test_the_file_is_not_changed_and_gets_no_company(model):
    before = hashlib.sha256(model.read_bytes()).digest()
    open_model(str(model))
    QgsProject.instance().clear()
    assert hashlib.sha256(model.read_bytes()).digest() == before
    assert os.listdir(model.parent) == [model.name]


def test_another_geopackage_is_no_model_but_can_be_a_result(model):
    change(model, "DROP TABLE tim_metadata", "DELETE FROM gpkg_contents WHERE table_name = 'tim_metadata'")
    with pytest.raises(InputError, match="不是国土空间信息模型"):
        open_model(str(model))
    assert {"建筑", "河流"} <= set(named(open_output(str(model))))


def test_a_newer_schema_is_refused(model):
    change(model, "UPDATE tim_metadata SET value = '99' WHERE key = 'schema'")
    with pytest.raises(InputError, match="请升级插件"):
        open_model(str(model))


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
