"""The sum of a list without items is a zero of whatever dimension it meets, in every engine."""

from __future__ import annotations

import pytest

from zhscript import check_text
from zhscript.engine import run_script

SCRIPT = """脚本 空表
函数 合计（表，名：文本） 为（表 中的每个 项，其中 项的名称 等于 名，列出 项的大小）的总和
设定 甲 为 列表（字典（名称：“东”，大小：3亩））
显示“{合计（甲，“西”）：亩，两位小数}”
显示 合计（甲，“西”） 等于 0平方米
显示 合计（甲，“东”） 加上 合计（甲，“西”） 等于 2000平方米
"""


@pytest.mark.parametrize("options", [{}, {"indexed": False}])
def test_it_meets_areas(options):
    program, problems = check_text(SCRIPT)
    assert program is not None, problems
    assert run_script(program, None, **options).printed == ["0.00亩", "是", "是"]
