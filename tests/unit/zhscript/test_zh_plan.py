"""Plans decide as the interpreter does: the same verdicts, findings, messages, geometries and errors."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from zh_worlds import HEAD, programs, worlds
from zhscript_support import checked, opener

from zhscript.engine import Cancelled, ScriptError, Stream, Table, bulk, run_rules, streamable


def stretched(shapes, crs):
    """Areas that are not those of the plane."""
    return shapely.area(shapes) * 1.01


def told(program, open_layer, indexed, run=run_rules):
    """Everything that a run tells."""
    try:
        report = run(program, open_layer, indexed=indexed, ellipsoidal_area=stretched)
    except ScriptError as error:
        return error.message
    return [
        (
            rule.checked,
            rule.violations,
            rule.verdicts,
            [
                (f.feature, f.feature_index, f.line, f.verdict, f.message, f.values, f.basis, _wkt(f.geometry))
                for f in rule.findings
            ],
        )
        for rule in report.rules
    ]


def _wkt(geometry):
    return None if geometry is None else shapely.to_wkt(geometry, rounding_precision=-1)


@given(programs(), worlds())
@settings(max_examples=150, deadline=None)
def test_a_plan_tells_what_the_interpreter_tells(text, open_layer):
    program = checked(text)
    assert told(program, open_layer, True) == told(program, open_layer, False)


def in_pieces(open_layer, size):
    """The same layers, 项目 as a stream of tables of `size` features."""

    def opened(declaration):
        table = open_layer(declaration)
        if declaration.name != "项目":
            return table

        def tables():
            for start in range(0, max(1, len(table.geometry)), size):
                columns = {name: values[start : start + size] for name, values in table.columns.items()}
                yield Table(table.name, columns, table.geometry[start : start + size], table.crs)

        return Stream(table.name, table.crs, len(table.geometry), tables)

    return opened


STREAMED = """规则“占用”
依据“对照”
检查 项目 中的每个 甲，其中 甲的占比 不大于 2：
    设定 归属 为 甲 所在的 分区
    要求 甲 与 农田 的相交面积 不大于 2平方米，否则报告“占{甲 与 农田 的相交面积}”，标注 甲 与 农田 的相交部分
    要求 归属的限值 不小于 甲的高度
结束
结束
规则“邻近”
依据“对照”
检查 项目 中的每个 甲：
    要求 甲 到 道路 的距离 大于 1米
结束
结束
"""


@given(worlds(), st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_a_layer_in_pieces_gives_what_the_whole_layer_gives(open_layer, size):
    program = checked(HEAD + STREAMED)
    assert "项目" in streamable(program)
    assert told(program, in_pieces(open_layer, size), True) == told(program, open_layer, False)


@given(programs(), worlds())
@settings(max_examples=40, deadline=None)
def test_a_layer_in_pieces_is_put_together_where_rules_need_it_as_a_whole(text, open_layer):
    program = checked(text)
    assert told(program, in_pieces(open_layer, 2), True) == told(program, open_layer, True)


def test_layers_that_conditions_refer_to_are_no_streams():
    for use in ("甲 与 其他 项目 的相交面积 等于 0平方米", "甲的编号 在 项目 中唯一", "甲 所在的 项目 不为空"):
        text = f"规则“一”\n检查 项目 中的每个 甲：\n要求 {use}\n结束\n结束"
        assert "项目" not in streamable(checked(HEAD + text))
    alone = "规则集 项目\n图层 项目 来自“项目”\n检查 项目 中的每个 甲：\n要求 甲 的面积 大于 1平方米\n结束"
    assert streamable(checked(alone)) == {"项目"}


def rough(count, seed):
    """Stars on top of each other."""
    rng = np.random.default_rng(seed)
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    reach = 100 * rng.uniform(0.6, 1, (count, 24, 1))
    return list(shapely.polygons(rng.uniform(0, 400, (count, 1, 2)) + reach * directions))


@pytest.mark.parametrize("measure", ["的相交面积 不小于 0平方米", "重叠", "的差异部分 的面积 不小于 0平方米"])
def test_work_of_geos_is_cut_into_pieces_and_a_cancel_is_seen_between_them(measure, monkeypatch):
    monkeypatch.setattr(bulk, "VERTICES", 400)
    program = checked(
        f"规则集 取消\n图层 甲 来自“甲”\n图层 乙 来自“乙”\n检查 甲 中的每个 子：\n要求 子 与 乙 {measure}\n结束"
    )
    layers = opener(甲=rough(40, 1), 乙=rough(40, 2))
    looks = []
    run_rules(program, layers, cancelled=lambda: looks.append(1))
    whole = len(looks)
    assert whole > 40  # many looks for the one chunk of 40 features

    def cancelled():
        looks.append(1)
        return len(looks) > whole // 2

    looks.clear()
    with pytest.raises(Cancelled):
        run_rules(program, layers, cancelled=cancelled)
    assert len(looks) == whole // 2 + 1


def test_pieces_shrink_where_work_takes_long(monkeypatch):
    clock = iter(np.arange(0, 1000, 0.1))
    monkeypatch.setattr(bulk.time, "perf_counter", lambda: next(clock))
    sizes = [piece.stop - piece.start for piece in bulk.pieces(np.ones(40), 80)]
    assert sizes[:3] == [10, 2, 1]
    assert sum(sizes) == 40
