"""`tim script check`: what people and programs are told about script files."""

from __future__ import annotations

import json

import pytest

from tim.cli.script import check_files
from tim.errors import UnusableInput, UsageError
from tim.script.checking import pointed

BAD = "设定 甲 为 1\n如果 甲 大鱼 2，那么 显示 甲\n"


def test_the_line_a_pointer_and_the_repair(tmp_path, capsys):
    file = tmp_path / "甲.zh"
    file.write_text(BAD, encoding="utf-8")
    assert check_files([str(file)], as_json=False) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{file}:2:6  错误 ZH124：“大鱼”不合语法，是不是想写“大于”？"
    assert lines[1] == "    如果 甲 大鱼 2，那么 显示 甲"
    assert lines[2] == "    " + " " * 8 + "^^^^"  # two columns a Han character
    assert lines[3].endswith("→  如果 甲 大于 2，那么 显示 甲")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_encodings_are_read_and_named(tmp_path, capsys, encoding):
    file = tmp_path / "甲.zh"
    file.write_bytes(BAD.encode(encoding))
    assert check_files([str(file)], as_json=True) == 1
    result = json.loads(capsys.readouterr().out)
    assert [(item["line"], item["column"]) for item in result["diagnostics"]] == [(2, 6)]
    assert bool(result["warnings"]) == (not encoding.startswith("utf-8"))


def test_a_folder_of_files(tmp_path, capsys):
    (tmp_path / "里").mkdir()
    (tmp_path / "甲.zh").write_text("显示 1\n", encoding="utf-8")
    (tmp_path / "里" / "乙.zh").write_text(BAD, encoding="utf-8")
    (tmp_path / "丙.txt").write_text("不是脚本", encoding="utf-8")
    assert check_files([str(tmp_path)], as_json=False) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "检查了 2 个文件，1 处错误"
    (tmp_path / "丁.zh").write_bytes(bytes(range(256)) * 9)
    assert check_files([str(tmp_path)], as_json=False) == 2
    (tmp_path / "空").mkdir()
    with pytest.raises(UsageError, match="没有脚本"):
        check_files([str(tmp_path / "空")], as_json=False)


def test_a_file_of_100_megabytes_is_refused_before_it_is_read(tmp_path):
    file = tmp_path / "大.zh"
    with file.open("wb") as stream:
        stream.truncate(100_000_000)
    with pytest.raises(UnusableInput, match="太大（100 MB）"):
        check_files([str(file)], as_json=False)


def test_ten_thousand_levels_of_nesting_are_one_sentence(tmp_path, capsys):
    file = tmp_path / "深.zh"
    file.write_text("设定 甲 为 " + "（" * 10_000 + "1" + "）" * 10_000, encoding="utf-8")
    assert check_files([str(file)], as_json=False) == 1
    first = capsys.readouterr().out.splitlines()
    assert "括号套得太深" in first[0] and max(map(len, first)) < 300


def test_pointers_of_long_lines_and_control_characters():
    line, pointer = pointed("甲" * 300 + "乙" + "丙" * 300, 301, 302)
    assert line.startswith("…") and line.endswith("…") and "乙" in line
    assert len(pointer) - 2 == 1 + 2 * (line.index("乙") - 1)
    assert pointed("\x07甲", 2, 3) == [" 甲", " ^^"]
