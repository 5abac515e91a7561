"""Script files that nobody should have written: encodings, sizes, depth. One line, no traceback, no hang."""

from __future__ import annotations

import pytest
from zhscript_support import checked

from tim.errors import UnusableInput
from tim.job import Job
from tim.review.program import read_rules
from tim.script.run import run_script
from zhscript import check_text

TEXT = "脚本 编码\n设定 村 为 “东村”\n显示“{村}”\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_scripts_in_every_encoding_run(tmp_path, encoding, line_end):
    content = TEXT.replace("\n", line_end).encode(encoding)
    if encoding == "utf-16-be":
        content = b"\xfe\xff" + content
    (tmp_path / "甲.zh").write_bytes(content)
    assert run_script(str(tmp_path / "甲.zh"), job=Job()).data["printed"] == ["东村"]


@pytest.mark.parametrize(
    "content", [b"", b" \n", b"\xff\xfe\x00", b"\x00\x81\xff" * 50, b"\x89PNG\r\n\x1a\n" + bytes(100)]
)
def test_files_that_are_no_scripts(tmp_path, content):
    (tmp_path / "甲.zh").write_bytes(content)
    with pytest.raises(UnusableInput):
        run_script(str(tmp_path / "甲.zh"), job=Job())


def test_a_file_of_100_megabytes_is_refused_unread(tmp_path):
    with (tmp_path / "甲.zh").open("wb") as stream:
        stream.truncate(100_000_000)
    with pytest.raises(UnusableInput, match="太大"):
        read_rules(tmp_path / "甲.zh", Job())


@pytest.mark.parametrize(
    "text",
    [
        "显示 " + "（" * 10_000 + "1" + "）" * 10_000,
        "如果 真，那么\n" * 10_000 + "显示 1\n" + "结束\n" * 10_000,
        "显示 " + "并非 " * 10_000 + "真",
        "显示 " + "－" * 10_000 + "1",
        "显示 1" + " 加上 1" * 10_000,
        "设定 甲 为 1\n显示 甲" + "的甲" * 10_000,
        "显示 " + "“{" * 10_000 + "1" + "}”" * 10_000,
        "显示 " + "列表（" * 10_000 + "）" * 10_000,
    ],
    ids=["brackets", "blocks", "negations", "signs", "sums", "chains", "templates", "calls"],
)
def test_ten_thousand_levels_are_told_in_a_line(text):
    program, diagnostics = check_text(text)
    assert program is None
    assert 0 < len(diagnostics) < 300
    assert all(item.message and "\n" not in item.message for item in diagnostics)


def test_a_long_flat_script_is_fine():
    assert checked("\n".join(f"设定 名{number} 为 {number}" for number in range(3000)))
