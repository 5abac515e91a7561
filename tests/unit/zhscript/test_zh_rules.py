"""Rules over layers: verdicts, findings, messages, bad data."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
import shapely
from zhscript_support import box, checked, opener

from zhscript.engine import Cancelled, ScriptError, Table, run_rules, run_tests

FARMLAND = """规则集 占用
图层 项目 来自“XM”，字段 名称
图层 农田 来自“YJJBNTTB”
参数 误差 为 1平方米
规则“不得占用农田”
依据《土地管理法》第三十五条
等级“强制”
编号“ND-01”
检查 项目 中的每个 甲：
    设定 部分 为 甲 与 农田 的相交部分
    设定 占用 为 部分 的面积
    要求 占用 不大于 误差，否则报告“{甲的名称}占{占用：亩，两位小数}”，标注 部分，建议“调整红线”
结束
结束
"""


def run(text, open_layer, **options):
    return run_rules(checked(text), open_layer, **options)


def findings(text, open_layer, **options):
    return [(f.feature, f.verdict, f.message) for rule in run(text, open_layer, **options).rules for f in rule.findings]


def test_the_first_rule():
    projects = ([box(0, 0, 100, 100), box(200, 0, 300, 100), box(999, 0, 1000, 1)], {"名称": ["甲厂", "乙厂", "丙厂"]})
    report = run(FARMLAND, opener(项目=projects, 农田=[box(50, 0, 150, 100), box(300, 0, 400, 100)]))
    (rule,) = report.rules
    assert (rule.name, rule.level, rule.number, rule.checked, rule.violations) == (
        "不得占用农田",
        "强制",
        "ND-01",
        3,
        1,
    )
    assert rule.verdicts == {"通过": 2, "例外": 0, "无法判断": 0, "不通过": 1, "不适用": 0}
    (finding,) = rule.findings
    assert (finding.layer, finding.feature, finding.feature_index) == ("项目", "1", 0)
    assert (finding.verdict, finding.message, finding.suggestion) == ("不通过", "甲厂占7.50亩", "调整红线")
    assert finding.basis == "《土地管理法》第三十五条"
    assert finding.values == {"部分": "（图形）", "占用": "5000平方米"}
    assert finding.geometry.equals(box(50, 0, 100, 100))
    assert (report.area_basis, report.crs, report.warnings) == ("plane", "EPSG:4547", [])


def test_overlapping_red_lines_count_once():
    report = run(
        FARMLAND, opener(项目=([box(0, 0, 10, 10)], {"名称": ["甲"]}), 农田=[box(0, 0, 6, 10), box(4, 0, 9, 10)])
    )
    assert report.rules[0].findings[0].values["占用"] == "90平方米"


def test_missing_and_invalid_shapes_are_never_passed():
    bowtie = shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)])
    far = box(500, 500, 510, 510)
    report = run(
        FARMLAND,
        opener(
            项目=([None, shapely.Polygon(), bowtie, box(1, 1, 2, 2), far], {"名称": list("甲乙丙丁戊")}),
            农田=[bowtie, None],
        ),
    )
    assert report.rules[0].verdicts == {"通过": 1, "例外": 0, "无法判断": 4, "不通过": 0, "不适用": 0}
    assert "自相交" in report.rules[0].findings[2].message
    assert len(report.warnings) == 4


def test_the_key_column_names_the_feature():
    def open_layer(declaration):
        shapes = np.array([box(0, 0, 9, 9)], dtype=object)
        return Table(declaration.source, {"BSM": ["320214-7"], "名称": ["甲"]}, shapes, "EPSG:4547", key="BSM")

    assert run(FARMLAND, open_layer).rules[0].findings[0].feature == "320214-7"


ATTRIBUTES = """规则集 属性
图层 宗地 来自“ZD”，字段 编号、高度（米）、容积率（数值）、面积（亩）、批准（日期）、已建（是否）
参数 限高 为 24米
{rule}
"""


def attribute_rule(body: str, where: str = "") -> str:
    return ATTRIBUTES.format(rule=f"规则“甲”\n依据“某”\n检查 宗地 中的每个 地块{where}：\n{body}\n结束\n结束")


def parcels(**columns):
    fields = {
        "编号": ["a", "b", "c"],
        "高度": [10.0, 30.0, float("nan")],
        "容积率": [1.5, 2.5, 3],
        "面积": [15, 1.5, 30],
        "批准": ["2024-06-01", datetime.date(2020, 1, 31), np.datetime64("NaT")],
        "已建": ["是", "否", None],
        **columns,
    }
    return opener(宗地=([box(n, 0, n + 1, 1) for n in range(3)], fields))


def test_nulls_cannot_be_judged_but_decided_conditions_can():
    body = "要求 地块的高度 不大于 限高，否则报告“高{地块的高度：米，一位小数}”"
    assert findings(attribute_rule(body), parcels()) == [
        ("2", "不通过", "高30.0米"),
        ("3", "无法判断", "无法判断：“地块的高度”为空"),
    ]
    either = "要求 地块的高度 不大于 限高，或者 地块的容积率 大于 2"
    assert findings(attribute_rule(either), parcels()) == []
    assert findings(attribute_rule("要求 地块的高度 不为空"), parcels()) == [
        ("3", "不通过", "不满足“地块的高度 不为空”")
    ]


def test_a_filter_that_is_unknown_is_not_a_pass():
    report = run(attribute_rule("要求 真", "，其中 地块的高度 大于 20米"), parcels())
    assert report.rules[0].verdicts == {"通过": 1, "例外": 0, "无法判断": 1, "不通过": 0, "不适用": 1}
    assert report.rules[0].checked == 2


def test_a_declared_field_hides_the_library_word_and_has_its_unit():
    assert findings(attribute_rule("要求 地块的面积 等于 1公顷"), parcels()) == [
        ("2", "不通过", "不满足“地块的面积 等于 1公顷”：地块的面积＝1000平方米"),
        ("3", "不通过", "不满足“地块的面积 等于 1公顷”：地块的面积＝20000平方米"),
    ]


def test_dates_and_truth_values():
    body = "要求 地块的批准 加上 1个月 大于 2020年2月29日\n要求 地块的已建"
    assert [(f, v) for f, v, _ in findings(attribute_rule(body), parcels())] == [
        ("2", "不通过"),
        ("2", "不通过"),
        ("3", "无法判断"),
        ("3", "无法判断"),
    ]


@pytest.mark.parametrize(
    "columns, words",
    [
        ({"高度": ["10", "30", None]}, "第 1 个要素的字段“高度”应是米，数据里是“10”"),
        ({"批准": ["2024-13-01", None, None]}, "应是日期"),
        ({"已建": ["对", None, None]}, "应是是否"),
        ({"容积率": [1.0, 2.0]}, "有 2 个值，要素有 3 个"),
    ],
)
def test_wrong_data_is_named(columns, words):
    with pytest.raises(ScriptError) as caught:
        run(attribute_rule("要求 真"), parcels(**columns))
    assert words in caught.value.message


def test_a_missing_field_is_named_with_near_ones():
    text = attribute_rule("要求 真").replace("、高度（米）", "、高度 来自“GD”")
    with pytest.raises(ScriptError) as caught:
        run(text, parcels(GDM=[1, 2, 3]))
    assert "图层“宗地”（ZD）的数据里没有字段“GD”；数据里有：GDM" in caught.value.message


def test_text_is_not_compared_with_numbers():
    text = attribute_rule("要求 地块的编号 等于 “0701”")
    with pytest.raises(ScriptError) as caught:
        run(text, parcels(编号=[701, 702, 703]))
    assert (caught.value.line, "不能比较" in caught.value.message) == (7, True)
    assert caught.value.exit_status == 1


def test_levels_default_to_general():
    assert run(attribute_rule("要求 真"), parcels()).rules[0].level == "一般"


def test_hints_and_skips():
    body = "如果 地块的高度 为空，那么\n提示“{地块的编号}没有高度”\n跳过\n结束\n要求 地块的高度 小于 99米"
    report = run(attribute_rule(body), parcels())
    assert [(f.verdict, f.level, f.message) for f in report.rules[0].findings] == [("提示", "提示", "c没有高度")]
    assert (report.rules[0].violations, report.rules[0].verdicts["通过"]) == (0, 3)


EXCEPTED = """规则集 例外
图层 项目 来自“XM”，字段 机关、投资（亿元）
规则“不得占地”
依据“某法第三十条”
检查 项目 中的每个 甲：
    设定 占用 为 甲的面积
    要求 占用 等于 0平方米，否则报告“占地{占用：平方米，取整}”
结束
结束
例外“重大项目” 针对“不得占地”
依据“某法第四十四条”
条件 甲的机关 等于“国务院”
条件 甲的投资 不小于 10亿元，且 占用 小于 1公顷
结束
"""


def test_exceptions_have_their_own_basis():
    columns = {"机关": ["国务院", "国务院", "省", "国务院"], "投资": [10, 9.9, 99, None]}
    report = run(EXCEPTED, opener(项目=([box(0, 0, 10, 10)] * 4, columns)))
    assert [(f.verdict, f.basis) for f in report.rules[0].findings] == [
        ("例外", "某法第四十四条"),
        ("不通过", "某法第三十条"),
        ("不通过", "某法第三十条"),
        ("无法判断", "某法第三十条"),
    ]
    assert report.rules[0].violations == 2


DATED = """规则集 分期
{date}
图层 项目 来自“XM”
参数 标准：
    自2020年1月1日起 为 3.5万元每亩，依据“甲公告”
    自2024年1月1日起 为 4.2万元每亩，依据“乙公告”
结束
规则“补偿”
依据“某”
{force}
检查 项目 中的每个 甲：
    要求 甲的面积 小于 1平方米，否则报告“{{甲的面积 乘以 标准：万元，取整}}”
结束
结束
"""


@pytest.mark.parametrize(
    "date, cost",
    [("2020年1月1日", 350), ("2023年12月31日", 350), ("2024年1月1日", 420), ("2030年1月1日", 420)],
)
def test_dated_parameters(date, cost):
    hundred_mu = box(0, 0, 1000, 1000 / 15)
    found = findings(DATED.format(date=f"参数日期 {date}", force=""), opener(项目=[hundred_mu]))
    assert found[0][2] == f"{cost}万元"


def test_before_the_first_date_is_an_error_not_zero():
    with pytest.raises(ScriptError, match="还没有值"):
        run(DATED.format(date="参数日期 2019年12月31日", force=""), opener(项目=[box(0, 0, 1, 1)]))
    with pytest.raises(ScriptError, match="参数日期"):
        run(DATED.format(date="", force=""), opener(项目=[box(0, 0, 1, 1)]))
    today = datetime.date(2025, 1, 1)
    assert run(DATED.format(date="", force=""), opener(项目=[box(0, 0, 9, 9)]), today=today).rules[0].violations == 1


def test_rules_apply_only_while_in_force():
    text = DATED.format(date="参数日期 2024年6月1日", force="废止日期 2024年6月1日")
    report = run(text, opener(项目=[box(0, 0, 9, 9)]))
    assert (report.rules[0].checked, "已废止" in report.rules[0].note) == (0, True)
    assert report.warnings


STANDARD = """规则集 停车
图层 宗地 来自“ZD”，字段 户数、车位数
图层 站点 来自“ZDian”
标准 户均（地块：宗地）：
    依据“标准”
    原则上 为 1.0
    例外“近站点” 如果 地块 到 站点 的距离 不大于 500米 则取 0.8
    例外“老小区” 如果 地块的户数 小于 100 则取 0.6，依据“办法”
结束
规则“车位”
依据“标准”
检查 宗地 中的每个 地块：
    要求 地块的车位数 不小于 地块的户数 乘以 户均（地块）
结束
结束
"""


def test_standards_with_exceptions_and_their_conflict():
    parcels = [box(0, 0, 10, 10), box(2000, 0, 2010, 10), box(5000, 0, 5010, 10)]
    columns = {"户数": [200, 99, 100], "车位数": [160, 59, 99]}
    report = run(STANDARD, opener(宗地=(parcels, columns), 站点=[shapely.Point(100, 5)]))
    assert [f.feature for f in report.rules[0].findings] == ["2", "3"]
    with pytest.raises(ScriptError) as caught:
        run(STANDARD, opener(宗地=(parcels, columns), 站点=[shapely.Point(2100, 5)]))
    assert all(word in caught.value.message for word in ("近站点", "老小区", "要素 2", "0.8", "0.6"))


def test_rules_over_whole_layers():
    text = """规则集 覆盖
图层 小学 来自“XX”
图层 居住 来自“JZ”
规则“覆盖率”
依据“标准”
设定 范围 为 小学 的500米缓冲区
设定 覆盖率 为 居住 与 范围 的相交面积 除以 居住 的总面积
要求 覆盖率 不小于 百分之八十，否则报告“仅{覆盖率：百分数，一位小数}”
结束
"""
    report = run(text, opener(小学=[shapely.Point(0, 0)], 居住=[box(0, 0, 100, 100), box(900, 0, 1000, 100)]))
    assert [(f.layer, f.feature_index, f.message) for f in report.rules[0].findings] == [("", -1, "仅50.0%")]
    assert report.rules[0].checked == 1


def test_the_ellipsoidal_area_comes_from_the_host():
    text = FARMLAND.replace("图层 项目", "面积口径 椭球面积\n图层 项目")
    layers = opener(项目=([box(0, 0, 10, 10)], {"名称": ["甲"]}), 农田=[box(0, 0, 5, 10), box(5, 0, 7, 10)])
    calls = []

    def area(shapes, crs):
        calls.append((len(shapes), crs))
        return 2 * shapely.area(shapes)

    report = run(text, layers, ellipsoidal_area=area)
    assert report.rules[0].findings[0].values["占用"] == "140平方米"
    assert calls and {crs for _, crs in calls} == {"EPSG:4547"}
    assert report.area_basis == "ellipsoid"
    with pytest.raises(ScriptError, match="椭球面积"):
        run(text, layers)


@pytest.mark.parametrize(
    "crs, words", [("EPSG:4490", "经纬度"), ("", "没有坐标系"), ("乱写", "不认识坐标系"), ("EPSG:2263", "不以米为单位")]
)
def test_areas_need_metres(crs, words):
    with pytest.raises(ScriptError) as caught:
        run(FARMLAND, opener(crs=crs, 项目=([box(0, 0, 1, 1)], {"名称": ["甲"]}), 农田=[box(0, 0, 1, 1)]))
    assert words in caught.value.message


def test_layers_in_different_systems_are_refused():
    def open_layer(declaration):
        shapes = np.array([box(0, 0, 1, 1)], dtype=object)
        crs = {"项目": "EPSG:4547", "农田": "EPSG:4548"}[declaration.name]
        return Table(declaration.source, {"名称": ["甲"]}, shapes, crs)

    with pytest.raises(ScriptError, match="坐标系不一致"):
        run(FARMLAND, open_layer)


def test_cancelling_stops_between_features():
    layers = opener(项目=([box(0, 0, 1, 1)] * 500, {"名称": ["甲"] * 500}), 农田=[box(0, 0, 1, 1)])
    asked = []

    def cancelled():
        asked.append(1)
        return len(asked) > 3

    with pytest.raises(Cancelled) as caught:
        run(FARMLAND, layers, cancelled=cancelled)
    assert (len(asked), caught.value.exit_status) == (4, 130)


def test_progress_rises_to_one():
    told = []
    layers = opener(项目=([box(0, 0, 1, 1)] * 500, {"名称": ["甲"] * 500}), 农田=[box(5, 0, 9, 1)])
    run(FARMLAND, layers, progress=lambda fraction, text: told.append((fraction, text)))
    assert [f for f, _ in told] == sorted(f for f, _ in told)
    assert told[-1] == (1.0, "完成") and len(told) > 4


def test_runs_are_repeatable_and_leave_the_data_alone():
    shapes = [box(0, 0, 100, 100)]
    before = shapely.to_wkb(shapes[0])
    layers = opener(项目=(shapes, {"名称": ["甲"]}), 农田=[box(50, 0, 150, 100)])
    assert findings(FARMLAND, layers) == findings(FARMLAND, layers)
    assert shapely.to_wkb(shapes[0]) == before


TESTED = (
    FARMLAND
    + """
测试“压占一半”
    已知 项目 为 列表（要素（名称：“甲厂”，形状：矩形（0，0，100，100）））
    已知 农田 为 列表（要素（形状：矩形（50，0，150，100）））
    期望 规则“不得占用农田” 的报告数 等于 个数
    期望 规则“不得占用农田” 的报告 的第1个 的占用 约等于 5000平方米，误差不超过 0.01平方米
结束
"""
)


def with_count(count):
    return TESTED.replace("个数", str(count))


def test_tests_beside_the_rules():
    (passed,) = run_tests(checked(with_count(1)))
    assert (passed.name, passed.passed) == ("压占一半", True)
    (failed,) = run_tests(checked(with_count(2)))
    assert (failed.passed, failed.line) == (False, 19)
    assert "报告数＝1" in failed.message


def test_a_planted_wrong_threshold_is_killed():
    text = with_count(1).replace("误差 为 1平方米", "误差 为 1公顷")
    assert [test.passed for test in run_tests(checked(text))] == [False]
