"""A known name glued to another known word is one unknown word, told as a whole."""

from __future__ import annotations

import pytest

from zhscript import check_text


@pytest.mark.parametrize(
    ("line", "column", "end"), [("显示 占地面", 4, 7), ("显示 “{占地面}”", 6, 9), ("显示 占地占地", 4, 8)]
)
def test_whole_word_is_told(line: str, column: int, end: int) -> None:
    program, diagnostics = check_text(f"设定 占地 为 5亩\n{line}\n")
    assert program is None
    assert [(item.line, item.column, item.end_column, item.code) for item in diagnostics] == [(2, column, end, "ZH201")]


def test_names_with_a_blank_between_stay_two() -> None:
    program, diagnostics = check_text("设定 占地 为 5亩\n显示 占地 面\n")
    assert program is None
    assert [(item.column, item.code) for item in diagnostics] == [(7, "ZH120")]
