"""After a type error, nothing is told about the unit of the value that it leaves unknown."""

from __future__ import annotations

import pytest

from zhscript import check_text

RULE = """规则集 试
图层 地 来自“地”
字段 面（面机）
规则“一”
依据“试”
检查 地 中的每个 子：
    要求 子 的面 不大于 3亩，否则报告“{子 的面：亩}”
结束
结束
"""


def error_codes(text: str) -> list[str]:
    return [item.code for item in check_text(text)[1] if item.severity == "error"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("显示 “{“文” 加上 3亩：公顷}”", "ZH240"),
        ("设定 甲 为 “文” 加上 3亩\n显示 “{甲：公顷}”", "ZH240"),
        ("设定 甲 为 无名\n设定 乙 为（甲 乘以 2）加上 1\n显示 “{乙：公顷}”", "ZH201"),
        ("设定 甲 为 列表（无名，1亩）\n显示 “{甲 的第 1 个：公顷}”", "ZH201"),
        (RULE, "ZH207"),
    ],
)
def test_only_the_first_is_told(text: str, code: str) -> None:
    assert error_codes(text + "\n") == [code]


def test_a_value_without_a_unit_is_still_told() -> None:
    text = RULE.replace("（面机）", "").replace("子 的面 不大于 3亩", "假")
    assert error_codes(text) == ["ZH228"]
