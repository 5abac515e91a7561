"""功能“…”（…）: checked against the declarations, run through the host, known to the editor."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from zhscript_support import checked, errors, opener

from installers.developer.operation_reference import PAGE, reference
from pointcloud.task import Cancelled
from tim.errors import TimError
from tim.job import Job
from tim.operations import OPERATIONS, find
from tim.script.catalogue import provide_operations
from tim.script.operations import Step
from tim.script.run import run_script as run_file
from tim.script.writing import write_layer
from zhscript import check_text, operations
from zhscript.editing.complete import complete
from zhscript.editing.format import format_text
from zhscript.editing.hover import hover
from zhscript.editing.model import read_model
from zhscript.editing.signature import signature
from zhscript.engine import ScriptError, run_script
from zhscript.engine.host import LayersOnly, OperationOutcome

HEAD = "脚本 甲\n权限 管理\n图层 红线 来自“HX”\n图层 农田 来自“NT”，字段 编号\n"


def _text(value: str) -> dict:
    return {"zh": value, "en": "x"}


def _parameter(name: str, kind: str, title: str, **more) -> dict:
    base = {"required": False, "many": False, "default": None, "choices": [], "minimum": None, "maximum": None}
    return {"name": name, "kind": kind, "title": _text(title), "help": _text(title), "unit": "", "suffixes": [],
            **base, **more}  # fmt: skip


DECLARED = {
    "name": "buffer_all",
    "title": _text("缓冲 分析"),
    "summary": _text("做缓冲"),
    "group": _text("分析"),
    "parameters": [
        _parameter("layer", "vector", "要缓冲的图层", required=True),
        _parameter("others", "layers", "其他图层"),
        _parameter("distance", "number", "距离", unit="km", minimum=0),
        _parameter("share", "number", "比例", unit="%"),
        _parameter("size", "number", "最小面积", unit="m²"),
        _parameter("dissolve", "flag", "融合"),
        _parameter("mode", "choice", "方式", choices=[{"value": "flat", "title": _text("平头")},
                                                      {"value": "round", "title": _text("圆头")}]),
        _parameter("tags", "text", "标签", many=True),
        _parameter("settings", "arguments", "设置"),
        _parameter("out", "output_file", "结果文件", suffixes=["gpkg"]),
        _parameter("overwrite", "flag", "覆盖已有结果"),
    ],
    "results": [{"name": "area_m2", "title": "总面积"}, {"name": "by_layer", "title": "by_layer"}],
}  # fmt: skip


class Recorder(LayersOnly):
    """A host that keeps what it is asked."""

    def __init__(self) -> None:
        super().__init__(
            opener(红线=[shapely.box(0, 0, 2, 2)], 农田=([shapely.box(0, 0, 1, 1)] * 3, {"编号": ["a", "b", "c"]}))
        )
        self.asked: list = []

    def run_operation(self, name, values):
        self.asked.append((name, values))
        data = {"area_m2": 12.5, "by_layer": [{"name": "农田", "area_m2": 3}]}
        return OperationOutcome("做完了", "violations", {"out": "甲.gpkg"}, ["甲.gpkg"], ["有一处重叠"], data)


@pytest.fixture
def declared():
    operations.provide(lambda: [DECLARED], {"name": "名称", "area_m2": "面积"})
    yield
    provide_operations()


def printed(*lines: str) -> tuple[list[str], list]:
    host = Recorder()
    return run_script(checked(HEAD + "\n".join(lines)), host).printed, host.asked


def test_values_reach_the_capability_in_its_own_terms(declared):
    _, asked = printed(
        "设定 挑出 为 农田 中的每个 块，其中 块的编号 不等于“b”",
        "功能“缓冲分析”（",
        "    要缓冲的图层：红线，",
        "    其他图层：（农田，红线），",
        "    距离：50米，比例：5%，最小面积：3亩，",
        "    融合：是，方式：“圆头”，标签：“甲”，设置：字典（距离：5米，个数：2，开：真），结果文件：“甲.gpkg”）",
        "功能“缓冲 分析”（要缓冲的图层：挑出，其他图层：字典（甲区：“a.gpkg|layername=x”，乙区：农田），",
        "    标签：（“甲”，“乙”）， 距离：空）",
    )
    (name, values), (_, second) = asked
    assert name == "buffer_all"
    assert values["layer"].name == "红线"
    assert list(values["others"]) == ["农田", "红线"]
    assert values["distance"] == 0.05
    assert values["share"] == 5
    assert values["size"] == 2000
    assert values["dissolve"] is True
    assert values["mode"] == "round"
    assert values["tags"] == ["甲"]
    assert values["settings"] == {"距离": "5米", "个数": 2, "开": True}
    assert values["out"] == "甲.gpkg"
    assert list(second["layer"].columns["编号"]) == ["a", "c"]
    assert second["others"]["甲区"] == "a.gpkg|layername=x"
    assert second["others"]["乙区"].name == "农田"
    assert second["tags"] == ["甲", "乙"]
    assert "distance" not in second


def test_the_result_is_asked_in_chinese_with_units(declared):
    call = "设定 果 为 功能“缓冲分析”（要缓冲的图层：红线，结果文件：“甲.gpkg”）"
    lines, _ = printed(
        call,
        "显示 果的摘要，果的状态，果的结果文件，果的文件，果的提醒",
        "显示 果的总面积，果的 area_m2，果的“总面积” 加上 1平方米",
        "显示 （果的 by_layer 的第1个）的“面积”，（果的 by_layer 的第1个）的名称",
    )
    assert lines == ["做完了 发现问题 甲.gpkg 甲.gpkg 有一处重叠", "12.5平方米 12.5平方米 13.5平方米", "3平方米 农田"]


CALL = "功能“缓冲分析”（要缓冲的图层：红线{}）"


@pytest.mark.parametrize(
    "line, code, told, repaired",
    [
        ("设定 果 为 功能“缓冲分折”（要缓冲的图层：红线）", "ZH296", "缓冲 分析", "缓冲 分析"),
        (CALL.format("，距里：5米"), "ZH234", "没有参数“距里”", "距离"),
        (CALL.format("，距离：5"), "ZH236", "要长度", "千米"),
        (CALL.format("，最小面积：5米"), "ZH236", "要面积", ""),
        (CALL.format("，方式：“方头”"), "ZH297", "“平头”、“圆头”", "“平头”"),
        (CALL.format("，融合：“是”"), "ZH236", "是或否", "是"),
        (CALL.format("，结果文件：“甲.shp”"), "ZH297", ".gpkg", "“甲.gpkg”"),
        (CALL.format("，覆盖已有结果：是"), "ZH234", "没有参数", ""),
        (CALL.format("，距离：1米，距离：2米"), "ZH234", "两次", ""),
        (CALL.format("，“甲”"), "ZH234", "参数名：值", ""),
        ("功能“缓冲分析”（距离：5米）", "ZH234", "还缺参数“要缓冲的图层”", ""),
        ("功能“缓冲分析”（要缓冲的图层：5）", "ZH236", "图层或图层文件", ""),
        (f"设定 果 为 {CALL.format('')}\n显示 果的总面", "ZH205", "结果里没有", "总面积"),
    ],
)  # fmt: skip
def test_mistakes_are_told_before_anything_runs(declared, line, code, told, repaired):
    text = HEAD + line + "\n"
    _, diagnostics = check_text(text)
    found = [item for item in diagnostics if item.severity == "error"]
    assert [item.code for item in found] == [code], found
    assert told in found[0].message
    texts = [edit["text"] for fix in found[0].fixes for edit in fix["edits"]]
    assert repaired in texts if repaired else not texts


def test_permissions_follow_from_what_is_written(declared):
    reads = HEAD.replace("权限 管理\n", "") + CALL.format("") + "\n"
    assert errors(reads) == []
    writes = HEAD.replace("权限 管理\n", "") + CALL.format("，结果文件：“甲.gpkg”") + "\n"
    assert [code for _, _, code in errors(writes)] == ["ZH254"]
    rule = "规则集 甲\n图层 红线 来自“HX”\n检查 红线 中的每个 甲：\n设定 乙 为 " + CALL.format("") + "\n结束\n"
    assert "ZH253" in [code for _, _, code in errors(rule)]


def test_values_that_are_only_known_later_are_told_at_the_line(declared):
    with pytest.raises(ScriptError, match="“距离”要长度") as told:
        printed("变量 表 为 字典（距：“五”，另：5米）", "功能“缓冲分析”（要缓冲的图层：红线，距离：表的距）")
    assert told.value.message.startswith("第 6 行：")
    with pytest.raises(ScriptError, match="给了两次"):
        printed("功能“缓冲分析”（要缓冲的图层：红线，其他图层：（红线，红线））")


def test_without_a_catalogue_a_call_is_left_to_the_run():
    operations.provide(None)
    try:
        program = checked(HEAD + "设定 果 为 功能“随便”（什么：5米）\n显示 果的什么\n")
        with pytest.raises(ScriptError, match="这里没有功能“随便”"):
            run_script(program, Recorder())
    finally:
        provide_operations()


# -- the editor


def labels(text: str) -> list[str]:
    return [item.label for item in complete(text, len(text))]


def test_the_editor_knows_titles_parameters_choices_and_results(declared):
    assert labels(HEAD + "设定 果 为 功能“")[0] == "缓冲 分析"
    assert labels(HEAD + "设定 果 为 功能“hcfx")[0] == "缓冲 分析"
    assert labels(HEAD + "设定 果 为 功能“缓冲分析”（")[:3] == ["要缓冲的图层", "其他图层", "距离"]
    assert labels(HEAD + "设定 果 为 功能“缓冲分析”（要缓冲的图层：红线，juli")[0] == "距离"
    assert labels(HEAD + "功能“缓冲分析”（要缓冲的图层：红线，方式：“") == ["平头", "圆头"]
    assert "总面积" in labels(HEAD + "设定 果 为 功能“缓冲分析”（要缓冲的图层：红线）\n显示 果的")
    whole = next(item for item in complete(HEAD + "显示 huanchong", len(HEAD) + 12) if "功能" in item.label)
    assert whole.insert == "功能“缓冲 分析”（要缓冲的图层：${1}）"
    text = HEAD + "功能“缓冲分析”（要缓冲的图层：红线，距离：5米）\n"
    model = read_model(text)
    assert "做缓冲" in hover(model, text.index("分析”")).lines[0]
    assert "不小于 0km" in hover(model, text.index("距离") + 1).lines[0]
    shown = signature(model, text.index("5米"))
    assert shown.parameters[shown.active] == "距离"
    assert format_text(format_text(text)) == format_text(text)
    assert checked(format_text(text)).items


# -- the declared operations


def test_the_page_lists_all_operations(project_root):
    page = reference()
    assert all(f"### {operation.title.zh}\n" in page for operation in OPERATIONS)
    assert PAGE.read_text(encoding="utf-8") == page, "run: python -m installers.developer.operation_reference"


def test_operations_run_inside_the_script(tmp_path):
    (tmp_path / "a.zh").write_text(
        "脚本 码\n设定 果 为 功能“求点的网格码”（经度：“120.5”，纬度：“30.2”，高程：500厘米，级别：5）\n"
        "显示 果的网格码，果的状态，果的文件的个数\n"
        "遍历（“http://x/y.gpkg”，“../a.gpkg”，“PG:dbname=x”，“没有.gpkg”） 中的每个 源：\n"
        "    功能“椭球面积”（图斑：源）\n"
        "如果出错\n    显示 出错原因\n结束\n",
        encoding="utf-8",
    )
    lines = run_file(str(tmp_path / "a.zh"), job=Job()).data["printed"]
    code = (
        find("code make")
        .function()(kind="beidou", lon="120.5", lat="30.2", height=5.0, level=5, job=Job())
        .data["code"]
    )
    assert lines[0] == f"{code} 完成 0"
    assert "网址" in lines[1]
    assert ".." in lines[2]
    assert "数据库" in lines[3]
    assert "找不到" in lines[4]


def test_results_never_replace_what_the_script_reads(tmp_path):
    script = tmp_path / "a.zh"
    text = "脚本 甲\n权限 管理\n功能“给图层加网格码”（图层：“a.gpkg”，结果：“a.gpkg”，级别：5）\n"
    script.write_text(text, encoding="utf-8")
    write_layer(tmp_path / "a.gpkg", "a", {"x": [1]}, np.array([shapely.Point(120, 30)]), "EPSG:4490")
    before = (tmp_path / "a.gpkg").read_bytes()
    with pytest.raises(TimError):
        run_file(str(script), overwrite=True, job=Job())
    assert (tmp_path / "a.gpkg").read_bytes() == before


def test_a_cancel_reaches_the_operation(tmp_path):
    job = Job()
    step = Step(job, 0.3, 0.5, "甲")
    told: list = []
    job._listener = lambda event, data: told.append((event, data))
    step.progress(0.5, "读取")
    assert told == [("progress", {"fraction": 0.4, "text": "甲：读取"})]
    step.warn("注意")
    assert step.warnings == ["注意"]
    assert job.warnings == []
    job.cancel()
    with pytest.raises(Cancelled):
        step.check()
