"""Tools of script files as algorithms: forms, refusals in the language's words, runs with the real engine."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import territory_tim
from make_layers import square, write_layer
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingFeedback,
    QgsProject,
    QgsRectangle,
    QgsReferencedRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QDate, QDateTime
from qgis.PyQt.QtGui import QColor
from territory_tim.language import language
from territory_tim.settings import Settings
from territory_tim.tools.folders import default_folder, tool_folders
from territory_tim.tools.watcher import Watcher

ALL = """工具箱 全部
权限 计算
工具“回显”
说明“把各种参数显示出来”
分组“试验”
参数 面图层：图层（面），标题“一个面图层”
参数 表：表格，可选
参数 字段名：面图层的字段，默认“DLMC”
参数 数一：数值，默认 0.5，介于 0 至 1
参数 数二：整数，默认 3，不小于 1
参数 数三：比率，默认 25%
参数 面积值：面积，默认 2亩，不小于 0亩
参数 长度值：长度，默认 500米
参数 天数：时长，默认 30天
参数 钱：金额，默认 1.5万元
参数 文字：文本，默认“无”
参数 方式：选项（“甲”，“乙”），默认“乙”
参数 几种：多选（“东”，“西”，“南”），默认（“东”、“南”）
参数 对否：是否，默认 是
参数 日子：日期，默认 2024年6月1日
参数 基准：坐标系，默认“EPSG:4547”
参数 地方：范围，可选
参数 点位：坐标，可选
参数 色：颜色，默认“#FF8000”
参数 输入：文件（“txt”），可选
参数 目录：文件夹，可选
参数 去向：保存文件（“xlsx”），可选
输出 块：图层（面），字段 名称（文本）、面积（平方米）
输出 总数：数值
输出 话：文本
变量 数 为 0
遍历 面图层 中的每个 甲块：
    数 增加 1
    把 要素（形状：甲块的形状，名称：甲块的（字段名），面积：甲块的面积） 加入 块
结束
显示 字段名，数一，数二，数三，面积值，长度值，天数，钱，文字，方式，几种，对否，日子，基准，色
如果 地方 不为空，那么 显示 地方 的面积
如果 点位 不为空，那么 显示 点位 的1米缓冲区 的面积 大于 3平方米
把 数 写入 总数
把 “共{数}个” 写入 话
结束
"""
BROKEN = "工具箱 坏\n工具“甲”\n参数 乙：面际\n显示 1\n结束\n"


class Feedback(QgsProcessingFeedback):
    """Keeps what a user would read."""

    def __init__(self):
        super().__init__(False)
        self.info, self.warnings = [], []

    def pushInfo(self, info):
        self.info.append(info)

    def pushWarning(self, warning):
        self.warnings.append(warning)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "工具 文件夹"
    folder.mkdir()
    (folder / "全部.zh").write_text(ALL, encoding="utf-8")
    Settings().tool_folders = [str(folder)]
    return folder


@pytest.fixture
def registry(folder):
    plugin = territory_tim.classFactory(None)
    plugin.initProcessing()
    yield QgsApplication.processingRegistry()
    plugin.unload()
    QgsProject.instance().clear()


@pytest.fixture(scope="module")
def patches(tmp_path_factory):
    rows = [(square(0, 0, 60), {"DLMC": "旱地"}), (square(60, 0, 10), {"DLMC": "林地"})]
    return write_layer(tmp_path_factory.mktemp("数据") / "地类图斑.gpkg", rows)


def algorithm(registry, name="全部_回显"):
    return registry.createAlgorithmById(f"territory_tim:{name}")


def names(registry):
    return {item.name() for item in registry.providerById("territory_tim").algorithms()}


def run(registry, parameters, name="全部_回显"):
    """Outputs, feedback; a failure is raised, as Processing does."""
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    feedback = Feedback()
    made = algorithm(registry, name)
    good, reason = made.checkParameterValues(parameters, context)
    assert good, reason
    outputs, good = made.run(parameters, context, feedback, {}, False)
    assert good
    return outputs, feedback


def refused(registry, **parameters):
    context = QgsProcessingContext()
    good, reason = algorithm(registry).checkParameterValues(parameters, context)
    assert not good
    assert "\n" not in reason
    return reason


def wait_until(reached):
    """Let events pass until the condition holds."""
    end = time.monotonic() + 15
    while not reached():
        assert time.monotonic() < end
        QgsApplication.processEvents()
        time.sleep(0.02)


def test_the_form_without_an_engine(registry, monkeypatch, folder):
    monkeypatch.setenv("TIM_ENGINE", "/nowhere")
    made = algorithm(registry)
    assert (made.displayName(), made.group()) == ("回显", "试验")
    kinds = {
        item.name(): type(item).__name__.replace("QgsProcessingParameter", "") for item in made.parameterDefinitions()
    }
    assert kinds == {
        "面图层": "FeatureSource",
        "表": "FeatureSource",
        "字段名": "Field",
        "数一": "Number",
        "数二": "Number",
        "数三": "Number",
        "面积值": "Number",
        "长度值": "Distance",
        "天数": "Number",
        "钱": "Number",
        "文字": "String",
        "方式": "Enum",
        "几种": "Enum",
        "对否": "Boolean",
        "日子": "DateTime",
        "基准": "Crs",
        "地方": "Extent",
        "点位": "Point",
        "色": "Color",
        "输入": "File",
        "目录": "File",
        "去向": "FileDestination",
        "块": "VectorDestination",
        "OVERWRITE": "Boolean",
    }
    assert {item.name() for item in made.outputDefinitions()} >= {"块", "总数", "话", "去向"}
    assert made.parameterDefinition("面积值").description() == "面积值（亩）"
    assert made.parameterDefinition("面积值").defaultValue() == 2
    assert made.parameterDefinition("面积值").minimum() == 0
    assert made.parameterDefinition("数一").maximum() == 1
    assert made.parameterDefinition("字段名").parentLayerParameterName() == "面图层"
    assert made.parameterDefinition("几种").defaultValue() == ["东", "南"]
    assert made.parameterDefinition("日子").defaultValue().date() == QDate(2024, 6, 1)
    assert made.parameterDefinition("面图层").description() == "一个面图层"
    text = made.shortHelpString()
    assert "把各种参数显示出来" in text
    assert "面积，带单位，例如 2亩；不小于 0亩；缺省 2亩" in text
    assert f"{folder / '全部.zh'} 第 3 行" in text
    assert not made.canExecute()[0]


def test_defaults_and_results(registry, engine_path, patches):
    outputs, feedback = run(registry, {"面图层": str(patches), "块": "TEMPORARY_OUTPUT"})
    shown = "DLMC 0.5 3 0.25 1333.33333333平方米 500米 30天 15000元 无 乙 东、南 是 2024-06-01 EPSG:4547 #FF8000"
    assert shown in feedback.info
    assert "总数：2" in feedback.info
    assert (outputs["总数"], outputs["话"], outputs["STATUS"]) == (2, "共2个", "ok")
    layer = QgsVectorLayer(outputs["块"], "块", "ogr")
    assert [feature["名称"] for feature in layer.getFeatures()] == ["旱地", "林地"]
    assert [feature["面积"] for feature in layer.getFeatures()] == [3600, 100]
    assert layer.crs().authid() == "EPSG:4547"
    assert json.loads(outputs["RESULT"])["layers"][0]["features"] == 2


def test_values_of_the_form(registry, engine_path, patches, tmp_path):
    given = {
        "面图层": str(patches),
        "字段名": "DLMC",
        "数一": 1,
        "数二": 4,
        "数三": 0.1,
        "面积值": 0.001,
        "长度值": 1e-7,
        "文字": "东 “村”",
        "方式": "甲",
        "几种": ["西"],
        "对否": False,
        "日子": QDateTime(QDate(2020, 2, 29)),
        "基准": QgsCoordinateReferenceSystem("EPSG:4490"),
        "地方": QgsReferencedRectangle(
            QgsRectangle(500000, 3400000, 500010, 3400020), QgsCoordinateReferenceSystem("EPSG:4547")
        ),
        "点位": "500000,3400000 [EPSG:4547]",
        "色": QColor("#0000ff"),
        "块": str(tmp_path / "块.gpkg"),
    }
    outputs, feedback = run(registry, given)
    shown = "DLMC 1 4 0.1 0.666666666667平方米 0.0000001米 30天 15000元 东 “村” 甲 西 否 2020-02-29 EPSG:4490 #0000FF"
    assert shown in feedback.info
    assert "200平方米" in feedback.info
    assert "是" in feedback.info
    assert outputs["块"] == str(tmp_path / "块.gpkg")


def test_texts_as_other_algorithms_and_commands_give_them(registry, engine_path, patches):
    given = {"面图层": str(patches), "面积值": "1公顷", "长度值": "2公里", "方式": "甲", "几种": "西,南", "对否": "否"}
    _, feedback = run(registry, {**given, "日子": "2021-01-02", "地方": "0,10,0,20", "块": "TEMPORARY_OUTPUT"})
    assert any("10000平方米 2000米" in line and "甲 西、南 否 2021-01-02" in line for line in feedback.info)


def test_what_the_layer_shows_is_what_is_computed(registry, engine_path, patches):
    project = QgsProject.instance()
    layer = QgsVectorLayer(str(patches), "地类图斑", "ogr")
    memory = QgsVectorLayer("Polygon?crs=EPSG:4547&field=DLMC:string", "草图", "memory")
    feature = QgsFeature(memory.fields())
    feature.setGeometry(QgsGeometry.fromWkt(square(0, 0, 5)))
    feature["DLMC"] = "园地"
    memory.dataProvider().addFeature(feature)
    project.addMapLayers([layer, memory])
    outputs, _ = run(registry, {"面图层": memory.id(), "块": "TEMPORARY_OUTPUT"})
    assert outputs["总数"] == 1
    layer.selectByExpression("DLMC = '林地'")
    selected = QgsProcessingFeatureSourceDefinition(layer.id(), selectedFeaturesOnly=True)
    outputs, _ = run(registry, {"面图层": selected, "块": "TEMPORARY_OUTPUT"})
    assert outputs["总数"] == 1


@pytest.mark.parametrize(
    ("name", "form", "command"),
    [
        ("面积值", -1, "-1亩"),
        ("面积值", "abc", "abc"),
        ("面积值", "5米", "5米"),
        ("数一", 3, "3"),
        ("数二", 0, "0"),
        ("数二", 2.5, "2.5"),
        ("方式", "丙", "丙"),
        ("对否", "也许", "也许"),
        ("日子", "去年", "去年"),
        ("色", "红", "红"),
        ("去向", "结果.doc", "结果.doc"),
        ("输入", "说明.pdf", "说明.pdf"),
    ],
)
def test_a_wrong_value_gets_the_same_words_as_on_the_command_line(registry, name, form, command):
    tools = language("tools")
    program, _ = language().check_text(ALL)
    with pytest.raises(tools.ToolError) as caught:
        tools.bind(tools.tools_of(program)[0], {"面图层": "a.gpkg", name: command})
    assert refused(registry, 面图层="a.gpkg", **{name: form}) == caught.value.message


def test_what_is_missing_is_told_by_the_language(registry):
    assert refused(registry) == "缺少参数“面图层”（一个面图层，第 6 行），要写面图层"


def test_an_existing_result_is_refused_until_overwriting_is_ticked(registry, patches, tmp_path):
    target = tmp_path / "块.gpkg"
    target.write_text("旧", encoding="utf-8")
    assert "已经存在" in refused(registry, 面图层=str(patches), 块=str(target))
    assert algorithm(registry).checkParameterValues(
        {"面图层": str(patches), "块": str(target), "OVERWRITE": True}, QgsProcessingContext()
    )[0]


def test_errors_at_run_time_name_the_line(registry, engine_path, patches):
    with pytest.raises(QgsProcessingException, match="没有字段“没有”") as caught:
        run(registry, {"面图层": str(patches), "字段名": "没有", "块": "TEMPORARY_OUTPUT"})
    assert "\n" not in str(caught.value)
    assert "第 " in str(caught.value)


def test_a_file_with_errors_has_an_entry_that_says_why(registry, folder):
    (folder / "坏.zh").write_text(BROKEN, encoding="utf-8")
    (folder / "不是文字.zh").write_bytes(bytes(range(128, 256)) * 3)
    (folder / "空.zh").write_bytes(b"")
    registry.providerById("territory_tim").refreshAlgorithms()
    good, reason = algorithm(registry, "broken_坏").canExecute()
    assert not good
    assert reason.startswith("坏.zh 第 3 行：参数没有“面际”这种类型")
    assert "broken_不是文字" in names(registry)
    assert "全部_回显" in names(registry)


def test_changes_are_picked_up(registry, folder):
    provider = registry.providerById("territory_tim")
    watcher = Watcher(provider.refreshAlgorithms)
    (folder / "全部.zh").write_text(ALL.replace("工具“回显”", "工具“新名”"), encoding="utf-8")
    wait_until(lambda: "全部_新名" in names(registry))
    assert "全部_回显" not in names(registry)
    deeper = folder / "分类"
    deeper.mkdir()
    (deeper / "又一个.zh").write_text(ALL.replace("工具箱 全部", "工具箱 又"), encoding="utf-8")
    wait_until(lambda: "又一个_回显" in names(registry))
    (folder / "全部.zh").unlink()
    wait_until(lambda: "全部_新名" not in names(registry))
    watcher.stop()


def test_tools_of_the_project_come_first(registry, folder, tmp_path):
    home = tmp_path / "工程"
    (home / "脚本").mkdir(parents=True)
    (home / "脚本" / "全部.zh").write_text(ALL.replace("分组“试验”", "分组“工程的”"), encoding="utf-8")
    QgsProject.instance().setPresetHomePath(str(home))
    assert tool_folders() == [home / "脚本", folder]
    registry.providerById("territory_tim").refreshAlgorithms()
    assert algorithm(registry).group() == "工程的"
    QgsProject.instance().setPresetHomePath("")


def test_the_default_folder_is_in_the_profile():
    Settings().tool_folders = []
    assert tool_folders() == [default_folder()]
    assert default_folder().parts[-2:] == ("territory_tim", "脚本")
    assert Path(QgsApplication.qgisSettingsDirPath()) in default_folder().parents


def test_layers_of_the_file_itself_are_part_of_the_form(registry, folder, engine_path, patches):
    text = (
        "工具箱 箱\n权限 计算\n图层 图斑 来自“DLTB”，字段 DLMC\n工具“数”\n输出 总数：数值\n"
        "把 图斑 的个数 写入 总数\n结束\n"
    )
    (folder / "箱.zh").write_text(text, encoding="utf-8")
    provider = registry.providerById("territory_tim")
    provider.refreshAlgorithms()
    assert algorithm(registry, "箱_数").parameterDefinition("图斑").defaultValue() is None
    layer = QgsVectorLayer(str(patches), "DLTB", "ogr")
    QgsProject.instance().addMapLayer(layer)
    assert algorithm(registry, "箱_数").parameterDefinition("图斑").defaultValue() == layer.id()
    outputs, _ = run(registry, {"图斑": layer.id()}, "箱_数")
    assert outputs["总数"] == 2
