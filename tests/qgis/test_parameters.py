"""Every kind of declared parameter as Processing shows it, and its value as the engine gets it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingFeedback,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingParameterDefinition,
    QgsProject,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from territory_tim.errors import Cancelled, InputError
from territory_tim.processing.algorithm import OperationAlgorithm
from territory_tim.processing.parameters import make_parameters
from territory_tim.processing.values import Reader

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tim.declare import Kind, Operation, Parameter, Text

TEXT = Text("标题", "Title")


# the arguments of a tool are parameters of its own form
KINDS = [kind for kind in Kind if kind is not Kind.ARGUMENTS]


def declared(kind, name="value", **options):
    if kind is Kind.CHOICE:
        options["choices"] = (("a", Text("甲", "A")), ("b", Text("乙", "B")))
    return Parameter(name, kind, TEXT, Text("说明", "Help"), **options)


def algorithm(*parameters):
    made = OperationAlgorithm(Operation("test", TEXT, TEXT, TEXT, parameters, "m:f").as_dict())
    made.initAlgorithm()
    return made


def values(parameters, given, folder):
    """What the engine would get, and the layers written for it."""
    made = algorithm(*parameters)
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    request = Reader(made.parameterDefinition, given, context).request([item.as_dict() for item in parameters])
    return request.written(str(folder), QgsProcessingFeedback())


@pytest.fixture(autouse=True)
def empty_project():
    yield
    QgsProject.instance().clear()


@pytest.fixture
def plots(tmp_path):
    """A GeoPackage with three squares, as a layer of the project called 地块."""
    memory = QgsVectorLayer("Polygon?crs=EPSG:4547&field=fid:string&field=名称:string", "地块", "memory")
    for index in range(3):
        feature = QgsFeature(memory.fields())
        feature.setAttributes([f"k{index}", f"地块{index}"])
        west = 500000 + 20 * index
        feature.setGeometry(QgsGeometry.fromWkt(f"POLYGON(({west} 0,{west + 9} 0,{west + 9} 9,{west} 9,{west} 0))"))
        memory.dataProvider().addFeature(feature)
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.layerName, options.layerOptions = "GPKG", "plots", ["FID=id"]
    path = str(tmp_path / "地块.gpkg")
    context = QgsProject.instance().transformContext()
    assert QgsVectorFileWriter.writeAsVectorFormatV3(memory, path, context, options)[0] == 0
    layer = QgsVectorLayer(f"{path}|layername=plots", "地块", "ogr")
    QgsProject.instance().addMapLayer(layer)
    return layer


def read_back(source):
    layer = QgsVectorLayer(source, "copy", "ogr")
    assert layer.isValid()
    return layer


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_parameter(kind, many):
    made = make_parameters(declared(kind, many=many, required=True, advanced=True).as_dict())
    assert made[0].name() == "VALUE"
    assert made[0].description() == "标题"
    assert made[0].help()
    assert made[0].flags() & QgsProcessingParameterDefinition.Flag.FlagAdvanced


def test_titles_carry_the_unit_and_numbers_their_range():
    parameter = make_parameters(declared(Kind.NUMBER, unit="米", minimum=0.05, maximum=100.0).as_dict())[0]
    assert parameter.description() == "标题（米）"
    assert (parameter.minimum(), parameter.maximum()) == (0.05, 100.0)
    assert not parameter.checkValueIsAcceptable(0.01)


def test_english(monkeypatch):
    monkeypatch.setenv("TIM_LANG", "en")
    parameter = make_parameters(declared(Kind.TEXT).as_dict())[0]
    assert (parameter.description(), parameter.help()) == ("Title", "Help")


@pytest.mark.parametrize(
    ("kind", "options", "given", "sent"),
    [
        (Kind.POINTS, {"many": True}, "/d/甲.laz", ["/d/甲.laz"]),
        (Kind.POINTS, {"many": True}, ["/d/甲.laz", "/d/ept.json"], ["/d/甲.laz", "/d/ept.json"]),
        (Kind.MODEL, {}, "/d/镇.gpkg", "/d/镇.gpkg"),
        (Kind.SCRIPT, {}, "/d/规则.zh", "/d/规则.zh"),
        (Kind.CRS, {}, "EPSG:4547+5737", "EPSG:4547+5737"),
        (Kind.CRS, {}, "EPSG:4547", "EPSG:4547"),
        (Kind.CHOICE, {"default": "a"}, 1, "b"),
        (Kind.CHOICE, {"default": "b"}, None, "b"),
        (Kind.FLAG, {"default": False}, True, True),
        (Kind.FLAG, {"default": False}, None, False),
        (Kind.NUMBER, {}, 0.5, 0.5),
        (Kind.INTEGER, {}, "12", 12),
        (Kind.TEXT, {}, "文字", "文字"),
        (Kind.TEXT, {"many": True}, "一\n\n二", ["一", "二"]),
        (Kind.OUTPUT_FILE, {"suffixes": ("obj",)}, "/d/x.obj", "/d/x.obj"),
        (Kind.OUTPUT_MODEL, {"suffixes": ("gpkg",)}, QgsProcessingOutputLayerDefinition("/d/x.gpkg"), "/d/x.gpkg"),
        (Kind.LAYERS, {"many": True}, ["/d/基本农田.gpkg"], {"基本农田": "/d/基本农田.gpkg"}),
    ],
)
def test_values_reach_the_engine(kind, options, given, sent, tmp_path):
    got = values([declared(kind, **options)], {"VALUE": given} if given is not None else {}, tmp_path)
    assert got == {"value": sent}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not Kind.FLAG])
def test_what_is_left_open_is_left_out(kind, tmp_path):
    assert values([declared(kind)], {}, tmp_path) == {}


def test_a_crs_object_becomes_its_code(tmp_path):
    got = values([declared(Kind.CRS)], {"VALUE": QgsCoordinateReferenceSystem("EPSG:4549")}, tmp_path)
    assert got == {"value": "EPSG:4549"}


def test_an_unknown_crs_is_refused(tmp_path):
    with pytest.raises(InputError, match="坐标系“西安”无法识别"):
        values([declared(Kind.CRS)], {"VALUE": "西安"}, tmp_path)


def test_temporary_results_get_the_first_suffix(tmp_path):
    got = values([declared(Kind.OUTPUT_FILE, suffixes=("city.json", "obj"))], {"VALUE": "TEMPORARY_OUTPUT"}, tmp_path)
    assert got["value"].endswith(".city.json")


def test_a_saved_layer_is_read_from_its_file(plots, tmp_path):
    for given in (plots.id(), "地块", plots, QgsProcessingFeatureSourceDefinition(plots.id())):
        got = values([declared(Kind.VECTOR)], {"VALUE": given}, tmp_path)
        assert got == {"value": plots.source()}


def test_a_file_is_given_on_as_it_is(plots, tmp_path):
    path = plots.source().partition("|")[0]
    assert values([declared(Kind.VECTOR)], {"VALUE": path}, tmp_path) == {"value": path}


def test_unsaved_edits_are_what_counts(plots, tmp_path):
    plots.startEditing()
    plots.deleteFeature(next(plots.getFeatures()).id())
    got = read_back(values([declared(Kind.VECTOR)], {"VALUE": plots.id()}, tmp_path)["value"])
    assert [feature["名称"] for feature in got.getFeatures()] == ["地块1", "地块2"]
    assert plots.isModified()
    plots.rollBack()


def test_a_filter_counts(plots, tmp_path):
    plots.setSubsetString("\"名称\" = '地块1'")
    got = read_back(values([declared(Kind.VECTOR)], {"VALUE": plots.id()}, tmp_path)["value"])
    assert [feature["名称"] for feature in got.getFeatures()] == ["地块1"]


def test_a_selection_counts_when_asked_for(plots, tmp_path):
    plots.selectByExpression("\"名称\" = '地块2'")
    given = QgsProcessingFeatureSourceDefinition(plots.id(), True)
    got = read_back(values([declared(Kind.VECTOR)], {"VALUE": given}, tmp_path)["value"])
    assert [feature["名称"] for feature in got.getFeatures()] == ["地块2"]


def test_another_crs_set_by_the_user_counts(plots, tmp_path):
    plots.setCrs(QgsCoordinateReferenceSystem("EPSG:4549"))
    got = read_back(values([declared(Kind.VECTOR)], {"VALUE": plots.id()}, tmp_path)["value"])
    assert got.crs().authid() == "EPSG:4549"


def test_a_memory_layer_with_awkward_names_is_written(tmp_path):
    layer = QgsVectorLayer("Polygon?crs=EPSG:4547&field=fid:string&field=geom:string", "内存", "memory")
    feature = QgsFeature(layer.fields())
    feature.setAttributes(["甲", "乙"])
    feature.setGeometry(QgsGeometry.fromWkt("POLYGON((0 0,1 0,1 1,0 0))"))
    layer.dataProvider().addFeature(feature)
    QgsProject.instance().addMapLayer(layer)
    got = read_back(values([declared(Kind.VECTOR)], {"VALUE": layer.id()}, tmp_path)["value"])
    written = next(got.getFeatures())
    assert (written["fid"], written["geom"]) == ("甲", "乙")
    assert written.geometry().area() == 0.5


def test_layers_go_under_their_own_or_a_given_name(plots, tmp_path):
    got = values(
        [declared(Kind.LAYERS, many=True)],
        {"VALUE": [plots.id()], "VALUE_NAMED": "保护线=/d/线.gpkg|layername=a\n\n别名=地块"},
        tmp_path,
    )
    assert got == {"value": {"地块": plots.source(), "保护线": "/d/线.gpkg|layername=a", "别名": plots.source()}}


def test_a_name_without_a_source_is_refused(tmp_path):
    with pytest.raises(InputError, match="“保护线”应写作 名称=数据源"):
        values([declared(Kind.LAYERS, many=True)], {"VALUE_NAMED": "保护线"}, tmp_path)


def test_one_name_for_two_layers_is_refused(plots, tmp_path):
    with pytest.raises(InputError, match="给了两次"):
        values([declared(Kind.LAYERS, many=True)], {"VALUE": [plots.id()], "VALUE_NAMED": "地块=/d/x.gpkg"}, tmp_path)


def test_writing_a_layer_can_be_cancelled(plots, tmp_path):
    plots.setSubsetString('"id" > 0')
    made = algorithm(declared(Kind.VECTOR))
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    request = Reader(made.parameterDefinition, {"VALUE": plots.id()}, context).request(
        [declared(Kind.VECTOR).as_dict()]
    )
    feedback = QgsProcessingFeedback()
    feedback.cancel()
    with pytest.raises(Cancelled):
        request.written(str(tmp_path), feedback)


def test_an_invalid_geometry_is_left_to_the_engine(tmp_path):
    layer = QgsVectorLayer("Polygon?crs=EPSG:4547", "自相交", "memory")
    feature = QgsFeature()
    feature.setGeometry(QgsGeometry.fromWkt("POLYGON((0 0,2 2,2 0,0 2,0 0))"))
    layer.dataProvider().addFeature(feature)
    layer.selectAll()
    QgsProject.instance().addMapLayer(layer)
    given = QgsProcessingFeatureSourceDefinition(layer.id(), True)
    got = read_back(values([declared(Kind.VECTOR)], {"VALUE": given}, tmp_path)["value"])
    assert got.featureCount() == 1
