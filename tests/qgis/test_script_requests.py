"""What scripts ask of QGIS: layers of the project, the map, questions, algorithms of the list; in the real engine."""

from __future__ import annotations

import os
import time

import pytest
import qgis.utils
import territory_tim
from make_layers import EAST, NORTH, square, write_layer
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsFeedback,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
    QgsVectorLayer,
)
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, QTimer
from qgis.PyQt.QtWidgets import QApplication, QDialog
from territory_tim.engine.session import UnknownRequest
from territory_tim.errors import InputError
from territory_tim.script.desk import Desk
from territory_tim.script.requests import Requests
from territory_tim.script.window import ScriptWindow
from territory_tim.settings import Settings

ROWS = [
    (square(0, 0, 10), {"乡镇": "甲"}),
    (square(10, 0, 10), {"乡镇": "甲"}),
    (square(50, 0, 10), {"乡镇": "乙"}),
]


@pytest.fixture(autouse=True)
def native_algorithms(qgis_app):
    """QGIS's own algorithms, as in the desktop."""
    from qgis.analysis import QgsNativeAlgorithms

    registry = QgsApplication.processingRegistry()
    if registry.providerById("native") is None:
        registry.addProvider(QgsNativeAlgorithms(registry))
    yield
    QgsProject.instance().clear()


@pytest.fixture
def requests(tmp_path):
    """The answers to one run, called in the main thread."""
    parent = QObject()
    (tmp_path / "运行").mkdir()
    requests = Requests(Desk(parent), str(tmp_path / "运行"), QgsFeedback())
    requests.parent = parent
    return requests


@pytest.fixture
def project_layer(tmp_path):
    """Three squares, two of them of one township, in the project as 图斑."""
    layer = QgsVectorLayer(str(write_layer(tmp_path / "tb.gpkg", ROWS)), "图斑", "ogr")
    QgsProject.instance().addMapLayer(layer)
    return layer


def read(path):
    layer = QgsVectorLayer(path, "x", "ogr")
    assert layer.isValid(), path
    return layer


def wait_until(reached, seconds=30):
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end
        QgsApplication.processEvents()
        time.sleep(0.02)


# -- layers


def test_a_layer_is_its_own_file_or_a_copy_of_what_is_seen(requests, project_layer, tmp_path):
    answer = requests.answer("open_layer", {"name": "图斑"})
    assert (answer["name"], answer["path"].split("|")[0]) == ("图斑", str(tmp_path / "tb.gpkg"))
    project_layer.setSubsetString("\"乡镇\" = '乙'")
    answer = requests.answer("open_layer", {"name": "图斑"})
    assert answer["path"].startswith(str(tmp_path / "运行"))
    assert [feature["乡镇"] for feature in read(answer["path"]).getFeatures()] == ["乙"]


def test_edits_that_are_not_saved_count(requests, project_layer):
    project_layer.startEditing()
    feature = QgsFeature(project_layer.fields())
    feature.setGeometry(next(project_layer.getFeatures()).geometry())
    project_layer.addFeature(feature)
    assert read(requests.answer("open_layer", {"name": "图斑"})["path"]).featureCount() == 4
    project_layer.rollBack()


def test_layers_that_are_not_there_or_ambiguous(requests, project_layer):
    with pytest.raises(InputError, match="工程里没有矢量图层“道路”；有：图斑"):
        requests.answer("open_layer", {"name": "道路"})
    QgsProject.instance().addMapLayer(project_layer.clone())
    with pytest.raises(InputError, match="工程里有 2 个叫“图斑”的图层"):
        requests.answer("open_layer", {"name": "图斑"})


def test_a_shown_layer_stays_when_the_run_is_over(requests, tmp_path):
    path = write_layer(tmp_path / "结果.gpkg", ROWS)
    requests.answer("add_to_map", {"path": str(path), "name": "2024年"})
    path.unlink()
    (layer,) = QgsProject.instance().mapLayersByName("2024年")
    assert (layer.featureCount(), layer.crs().authid(), layer.isTemporary()) == (3, "EPSG:4547", True)
    with pytest.raises(InputError, match="不存在"):
        requests.answer("add_to_map", {"path": "/etc/passwd", "name": "甲"})


def test_zooming(requests, monkeypatch):
    monkeypatch.setattr(qgis.utils, "iface", None)
    bounds = {"bounds": [EAST, NORTH, EAST + 60, NORTH + 10], "crs": "EPSG:4547"}
    with pytest.raises(InputError, match="没有地图窗口"):
        requests.answer("zoom_to", bounds)
    canvas = QgsMapCanvas()
    canvas.resize(400, 300)
    monkeypatch.setattr(qgis.utils, "iface", type("Iface", (), {"mapCanvas": lambda _: canvas})())
    for crs, scale in (("EPSG:4547", 1.0), ("EPSG:4490", 1e-5)):
        canvas.setDestinationCrs(QgsCoordinateReferenceSystem(crs))
        requests.answer("zoom_to", bounds)
        assert 55 * scale < canvas.extent().width() < 90 * scale
        requests.answer("zoom_to", {**bounds, "bounds": [EAST, NORTH, EAST, NORTH]})
        assert 100 * scale < canvas.extent().width() < 500 * scale


def test_other_requests_are_unknown(requests):
    with pytest.raises(UnknownRequest):
        requests.answer("run_python", {})


# -- questions


def answer_dialog(monkeypatch, code, act=lambda _: None):
    """Every dialog ends at once."""
    shown = []

    def run(dialog):
        shown.append(dialog)
        act(dialog)
        return code

    for kind in ("QInputDialog", "QFileDialog"):
        monkeypatch.setattr(f"territory_tim.script.desk.{kind}.exec", run, raising=False)
    return shown


def test_questions(requests, monkeypatch, tmp_path):
    shown = answer_dialog(monkeypatch, QDialog.DialogCode.Accepted)
    assert requests.answer("ask", {"question": "哪年？", "default": "2024"}) == "2024"
    assert shown[0].labelText() == "哪年？"
    answer_dialog(monkeypatch, QDialog.DialogCode.Accepted, lambda dialog: dialog.setTextValue("2025"))
    assert requests.answer("ask", {"question": "哪年？", "default": ""}) == "2025"
    path = write_layer(tmp_path / "甲.gpkg", ROWS)
    shown = answer_dialog(monkeypatch, QDialog.DialogCode.Accepted)
    params = {"question": "选", "pattern": "*.gpkg", "default": str(path)}
    assert requests.answer("ask_file", params) == str(path)
    assert shown[0].nameFilters() == ["*.gpkg (*.gpkg)"]
    answer_dialog(monkeypatch, QDialog.DialogCode.Rejected)
    for method in ("ask", "ask_file"):
        with pytest.raises(InputError, match="“哪年？”没有得到回答"):
            requests.answer(method, {"question": "哪年？"})


# -- algorithms


def run(requests, name, **parameters):
    return requests.answer("run_algorithm", {"algorithm": name, "parameters": parameters})


def test_an_algorithm_gives_a_file(requests, tmp_path):
    source = write_layer(tmp_path / "tb.gpkg", ROWS)
    before = source.read_bytes()
    answer = run(requests, "native:dissolve", INPUT={"layer": str(source)}, FIELD="乡镇")
    assert answer["path"].startswith(str(tmp_path / "运行"))
    found = {feature["乡镇"]: feature.geometry().area() for feature in read(answer["path"]).getFeatures()}
    assert found == {"甲": pytest.approx(200), "乙": pytest.approx(100)}
    answer = run(requests, "native:buffer", INPUT={"layer": str(source)}, DISTANCE=2, DISSOLVE=True)
    (feature,) = read(answer["path"]).getFeatures()
    assert feature.geometry().area() == pytest.approx(525.1, abs=1)  # 300 + 2 × 100 + 8π, round corners as polygons
    assert source.read_bytes() == before


def test_several_layers_and_a_crs(requests, tmp_path):
    first, second = (write_layer(tmp_path / f"{name}.gpkg", ROWS) for name in "ab")
    layers = [{"layer": str(first)}, {"layer": str(second)}]
    assert read(run(requests, "native:mergevectorlayers", LAYERS=layers)["path"]).featureCount() == 6
    moved = run(requests, "native:reprojectlayer", INPUT=layers[0], TARGET_CRS="EPSG:4490")
    assert read(moved["path"]).crs().authid() == "EPSG:4490"
    with pytest.raises(InputError, match="距离按米计算"):
        run(requests, "native:buffer", INPUT={"layer": moved["path"]}, DISTANCE=2)


@pytest.mark.parametrize(
    ("name", "parameters", "told"),
    [
        ("native:shellexec", {}, "不能运行算法"),
        ("native:savefeatures", {}, "不能运行算法"),
        ("qgis:executesql", {}, "不能运行算法"),
        ("territory_tim:build", {}, "不能运行算法"),
        ("native:dissolve", {"OUTPUT": "/tmp/不写.gpkg"}, "参数“OUTPUT”不能由脚本给出"),
        ("native:dissolve", {"INPUT": "/etc/passwd"}, "参数“INPUT”要写图层"),
        ("native:dissolve", {"INPUT": {"layer": "/vsicurl/http://x/a.gpkg"}}, "参数“INPUT”要写图层"),
        ("native:dissolve", {"没有": 1}, "参数“没有”不能"),
        ("native:reprojectlayer", {"TARGET_CRS": "/etc/passwd"}, "参数“TARGET_CRS”不能"),
        ("native:dissolve", {}, "没有完成"),
    ],
)
def test_what_is_refused(requests, name, parameters, told):
    with pytest.raises(InputError, match=told):
        run(requests, name, **parameters)


def test_invalid_shapes_are_told_and_can_be_repaired(requests, tmp_path):
    bow = f"POLYGON(({EAST} {NORTH},{EAST + 9} {NORTH + 9},{EAST + 9} {NORTH},{EAST} {NORTH + 9},{EAST} {NORTH}))"
    source = write_layer(tmp_path / "坏.gpkg", [(bow, {"乡镇": "甲"})])
    with pytest.raises(InputError, match="native:fixgeometries"):
        run(requests, "native:dissolve", INPUT={"layer": str(source)})
    good = run(requests, "native:fixgeometries", INPUT={"layer": str(source)})
    assert run(requests, "native:dissolve", INPUT={"layer": good["path"]})["name"] == "dissolve"


# -- a script from end to end


SCRIPT = """脚本 融合并上图
权限 管理、主机
设定 年份值 为 询问（“统计哪一年？”，缺省：“2024”）
设定 图 为 打开图层（“图斑”）
设定 融合后 为 运行算法（“native:dissolve”，INPUT：图，FIELD：“乡镇”）
添加到地图（融合后，名称：“{年份值}年乡镇”）
显示 融合后的个数
"""


@pytest.fixture
def window(engine_path, tmp_path):
    window = ScriptWindow()
    window.show()
    window._save_to(str(tmp_path / "甲.zh"))
    yield window
    window.editor.setModified(False)
    window.close()


def start(window, text):
    window.editor.setText(text)
    window.diagnostics.check()
    assert [item.message for item in window.diagnostics.items if item.severity == "error"] == []
    window.run()


def test_a_script_uses_the_project_and_the_map(window, project_layer, monkeypatch):
    answer_dialog(monkeypatch, QDialog.DialogCode.Accepted)
    start(window, SCRIPT)
    wait_until(lambda: window._run is None)
    assert window.output.toPlainText().splitlines()[0] == "2"
    (layer,) = QgsProject.instance().mapLayersByName("2024年乡镇")
    found = {feature["乡镇"]: feature.geometry().area() for feature in layer.getFeatures()}
    assert found == {"甲": pytest.approx(200), "乙": pytest.approx(100)}
    assert os.path.isfile(layer.source().split("|")[0])


BATCH = """脚本 批量检查并上图
权限 管理、主机
设定 年份值 为 询问（“统计哪一年？”，缺省：“2024”） 的转为数值
设定 文件夹路径 为 “变更图斑”
变量 失败 为 列表（）
遍历 文件列表（文件夹路径，“*.gpkg”） 中的每个 文件路径（第 序 个）：
    设定 图斑表 为 读取图层（文件路径，缺省：空）
    如果 没有 图斑表，那么
        把 文件路径 加入 失败
        跳过
    结束
    设定 融合后 为 运行算法（“native:dissolve”，INPUT：图斑表，FIELD：“乡镇”）
    添加到地图（融合后，名称：“{年份值}年{文件路径的文件名}”）
    进度（序）
结束
如果 失败的个数 大于 0，那么 显示“有{失败的个数}个文件读不了：{拼接（失败，“、”）}”
"""


def test_a_folder_of_layers_goes_to_the_map(window, tmp_path, monkeypatch):
    answer_dialog(monkeypatch, QDialog.DialogCode.Accepted)
    (tmp_path / "变更图斑").mkdir()
    for name in ("东乡", "西乡"):
        write_layer(tmp_path / "变更图斑" / f"{name}.gpkg", ROWS)
    (tmp_path / "变更图斑" / "坏.gpkg").write_bytes(b"x")
    start(window, BATCH)
    wait_until(lambda: window._run is None)
    assert window.output.toPlainText().splitlines()[0] == "有1个文件读不了：变更图斑/坏.gpkg"
    shown = {layer.name(): layer.featureCount() for layer in QgsProject.instance().mapLayers().values()}
    assert shown == {"2024年东乡": 2, "2024年西乡": 2}


def test_what_qgis_refuses_is_the_scripts_error(window):
    start(window, "脚本 甲\n权限 主机\n设定 图 为 打开图层（“道路”）\n显示 图的个数\n")
    wait_until(lambda: window._run is None)
    (line,) = window.output.toPlainText().splitlines()
    assert line.endswith("第 3 行：工程里没有矢量图层“道路”；有：无")


def test_stopping_closes_the_question(window):
    start(window, SCRIPT)
    run = window._run
    stopped = []

    def stop():
        if run.desk._dialog is None:
            QTimer.singleShot(50, stop)
        else:
            stopped.append(time.monotonic())
            window.stop()

    stop()
    wait_until(lambda: window._run is None)
    assert stopped
    assert time.monotonic() - stopped[0] < 6
    assert window.output.toPlainText().splitlines() == ["已取消，没有写出结果"]
    assert run.desk._dialog is None


TOOL = """工具箱 上图
权限 管理、主机
工具“融合”
参数 字段名：文本，默认“乡镇”
输出 个：数值
设定 年份值 为 询问（“统计哪一年？”，缺省：“2024”）
设定 融合后 为 运行算法（“native:dissolve”，INPUT：打开图层（“图斑”），FIELD：字段名）
添加到地图（融合后，名称：“{年份值}年乡镇”）
把 融合后的个数 写入 个
结束
"""


@pytest.fixture
def tool(tmp_path, engine_path):
    """The algorithm of a tool, with a context and a feedback."""
    (tmp_path / "工具").mkdir()
    (tmp_path / "工具" / "上图.zh").write_text(TOOL, encoding="utf-8")
    Settings().tool_folders = [str(tmp_path / "工具")]
    plugin = territory_tim.classFactory(None)
    plugin.initProcessing()
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    yield QgsApplication.processingRegistry().createAlgorithmById("territory_tim:上图_融合"), context
    plugin.unload()


def in_the_background(tool, feedback):
    """Run as Processing's dialog does; the main thread goes on."""
    made, context = tool
    ended = []
    task = QgsProcessingAlgRunnerTask(made, {}, context, feedback)
    task.executed.connect(lambda good, results: ended.append((good, results)))
    QgsApplication.taskManager().addTask(task)
    return ended


@pytest.mark.parametrize("background", [True, False])
def test_a_tool_of_the_toolbox_uses_the_map_too(tool, project_layer, monkeypatch, background):
    answer_dialog(monkeypatch, QDialog.DialogCode.Accepted)
    feedback = QgsProcessingFeedback(False)
    if background:
        ended = in_the_background(tool, feedback)
        wait_until(lambda: ended)
    else:
        results, good = tool[0].run({}, tool[1], feedback, {}, False)
        ended = [(good, results)]
    assert ended[0][0], feedback.textLog()
    assert ended[0][1]["个"] == 2
    (layer,) = QgsProject.instance().mapLayersByName("2024年乡镇")
    assert layer.featureCount() == 2


def test_cancelling_a_tool_closes_its_question(tool, project_layer):
    feedback = QgsProcessingFeedback(False)
    started = time.monotonic()
    ended = in_the_background(tool, feedback)
    QTimer.singleShot(50, lambda: cancel_when(open_questions, feedback))
    wait_until(lambda: ended)
    assert time.monotonic() - started < 20
    assert not open_questions()
    assert not QgsProject.instance().mapLayersByName("2024年乡镇")


def open_questions():
    found = QApplication.topLevelWidgets()
    return [item for item in found if item.objectName() == "territory_tim_question" and item.isVisible()]


def cancel_when(reached, feedback):
    """Cancel as soon as a question is open."""
    if reached():
        feedback.cancel()
    else:
        QTimer.singleShot(50, lambda: cancel_when(reached, feedback))
