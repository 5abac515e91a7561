"""The sum of a list without items is a zero of whatever dimension it meets, in every engine."""

from __future__ import annotations

import pytest

from zhscript import check_text
from zhscript.engine import run_script

SCRIPT = """脚本 空表
函数 合计（表，名：文本） 为（表 中的每个 项，其中 项的名称 等于 名，列出 项的大小）的总和
设定 甲 为 列表（字典（名称：“东”，大小：3亩））
显示 合计（甲，“西”） 等于 0平方米
显示 合计（甲，“东”） 加上 合计（甲，“西”） 等于 2000平方米
设定 面积表 为 甲 中的每个 项，其中 项的名称 等于 “西”，列出 1亩
显示“{面积表的总和：亩，两位小数}”，面积表的总和 换算为 公顷
变量 累计 为 5亩
累计 增加 合计（甲，“西”）
显示 累计 换算为 亩
"""


@pytest.mark.parametrize("options", [{}, {"indexed": False}])
def test_it_meets_areas(options):
    program, problems = check_text(SCRIPT)
    assert program is not None, problems
    assert run_script(program, None, **options).printed == ["是", "是", "0.00亩 0", "5"]
