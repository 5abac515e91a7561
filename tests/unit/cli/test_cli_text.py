"""Text for terminals: widths, tables, progress, results."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tim.cli.progress import ProgressDisplay, duration, progress_line
from tim.cli.show import result_lines
from tim.cli.table import clip, table, width, wrap


def test_width_of_chinese() -> None:
    assert width("地面a") == 5
    assert width("e\u0301") == 1


def test_clip() -> None:
    assert clip("地面分类", 5) == "地面"
    assert clip("地面", 4) == "地面"


def test_table_columns_begin_at_the_same_place() -> None:
    lines = table(("名称", "数量"), [("地面（2）", "10"), ("a", "1,234")], right=(1,))
    assert {width(line) for line in lines} == {16}
    assert lines[2] == "a          1,234"


@given(st.text("地面，。ab 1=、", max_size=60), st.integers(8, 30))
def test_wrapped_text_keeps_its_letters(text: str, columns: int) -> None:
    lines = wrap(text, columns)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_wrapped_lines_are_short_and_do_not_begin_with_a_mark() -> None:
    lines = wrap("由点云和可选的建筑轮廓、土地利用等资料，建立模型：地面分类、GeoPackage。" * 3, 30)
    assert max(map(width, lines)) <= 32
    assert not any(line[0] in "，。：、" for line in lines)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "1 秒"), (59.4, "59 秒"), (80, "1 分 20 秒"), (7260, "2 小时 1 分")]
)
def test_duration(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_progress_line() -> None:
    assert progress_line(0.45, "地面分类", 80.0) == " 45%  地面分类  还需约 1 分 20 秒"
    assert progress_line(0.0, "", None) == "  0%"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_terminal_line_renews_itself() -> None:
    stream = Terminal()
    display = ProgressDisplay(stream)
    display("progress", {"fraction": 0.1, "text": "读取很长的名字", "seconds_left": None})
    display("progress", {"fraction": 0.2, "text": "短", "seconds_left": None})
    display("warning", {"text": "缺坐标系"})
    display.close()
    assert "\n" not in stream.getvalue().partition("注意：缺坐标系")[0]
    assert stream.getvalue().endswith("注意：缺坐标系\n")


def test_other_streams_get_few_lines() -> None:
    stream = io.StringIO()
    display = ProgressDisplay(stream)
    for step in range(100):
        display("progress", {"fraction": step / 100, "text": "读取", "seconds_left": None})
    display("log", {"text": "细节"})
    assert stream.getvalue() == ""


def test_result_in_words() -> None:
    result = {
        "status": "ok",
        "message": "完成",
        "outputs": ["/a/b.gpkg"],
        "seconds": 1.0,
        "warnings": ["注意"],
        "entities": {"building": 1234, "terrain": 1},
        "crs": "EPSG:4547",
        "extent": [500000.0, 3300000.0, 501000.5, 3301000.0],
        "rules": [{"name": "不得占用", "violations": 3, "features": [1, 2, 3]}],
        "empty": [],
    }
    text = "\n".join(result_lines(result))
    assert text.startswith("完成\n")
    assert "1,234" in text
    assert "建筑" in text
    assert "坐标系：EPSG:4547" in text
    assert "X 500000.000 至 501000.500；Y 3300000.000 至 3301000.000" in text
    assert "不得占用" in text
    assert "empty" not in text
    assert text.endswith("已写出：/a/b.gpkg")
