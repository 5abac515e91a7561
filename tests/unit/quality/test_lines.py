"""Lines of boundaries: dangles, crossings, short ones, and those that leave the edges of polygons."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import shapely
from survey_database import X, Y, box, write

from tim.job import Job
from tim.quality.command import check_database
from tim.script.testing import test_scripts as run_tests

RULES = """规则集 界线检查
图层 界线 来自“XZQJX”，字段 线长（数值） 来自“@长度”
图层 悬挂 来自“XZQJX@悬挂点：0.001”，字段 端点（文本）
图层 离边 来自“XZQJX@不在边线上：XZQ，0.001”，字段 长度数（数值）
图层 自交 来自“XZQJX@无效图形”，字段 原因（文本）
规则“没有细碎线”
编号“4701”
检查 界线 中的每个 线条：
    要求 线条的线长 不小于 2，否则报告“线长{线条的线长：两位小数}米”
结束
结束
规则“没有悬挂点”
编号“悬挂”
检查 悬挂 中的每个 项：
    要求 假，否则报告“{项的端点}悬挂”
结束
结束
规则“界线在区界上”
编号“离边”
检查 离边 中的每个 项：
    要求 假，否则报告“{项的长度数：两位小数}”
结束
结束
规则“界线不自相交”
编号“自交”
检查 自交 中的每个 项：
    要求 假，否则报告“{项的原因}”
结束
结束
"""


def line(*places):
    return shapely.LineString([(X + x, Y + y) for x, y in places])


def found(tmp_path, lines):
    folder, data = tmp_path / "标准", tmp_path / "库.gpkg"
    folder.mkdir()
    (folder / "界线.zh").write_text(RULES, "utf-8")
    write(data, "XZQ", [box(0, 0, 100, 100), box(100, 0, 200, 100)], {"XZQDM": ["1", "2"]})
    write(data, "XZQJX", lines, {"BSM": [str(n) for n in range(len(lines))]})
    result = check_database(str(data), standard=str(folder), job=Job())
    return {rule["number"]: rule["states"]["错误"] for rule in result.data["rules"] if rule["states"]["错误"]}


CLEAN = [
    line((100, 0), (100, 100)),
    line((100, 0), (0, 0), (0, 100), (100, 100)),
    line((100, 100), (200, 100), (200, 0), (100, 0)),
]


def test_lines_on_the_edges_have_no_errors(tmp_path):
    assert found(tmp_path, CLEAN) == {}


def test_a_line_that_ends_nowhere_and_leaves_the_edge(tmp_path):
    assert found(tmp_path, [*CLEAN, line((100, 50), (150, 50))]) == {"悬挂": 1, "离边": 1}


def test_short_and_crossing_lines(tmp_path):
    short = line((0, 0), (0, 1))
    assert found(tmp_path, [*CLEAN, short]) == {"4701": 1}


def test_a_line_that_crosses_itself(tmp_path):
    bow = line((0, 0), (100, 100), (100, 0), (0, 100))
    assert found(tmp_path, [*CLEAN, bow]) == {"离边": 1, "自交": 1}


def test_the_packaged_standard_checks_lines_of_boundaries(database):
    """The district of the survey database is the square from 0 to 500."""
    edge = [line((0, 0), (500, 0), (500, 500)), line((500, 500), (0, 500), (0, 0))]
    told = []
    for lines in (edge, [*edge, line((100, 0), (100, 50)), line((0, 0), (0, 1))]):
        data = database()
        write(data, "XZQJX", lines, {"BSM": [str(n) for n in range(len(lines))]})
        rules = check_database(str(data), job=Job()).data["rules"]
        told.append({rule["number"]: rule["states"]["错误"] for rule in rules if rule["states"]["错误"]})
        assert {rule["number"] for rule in rules if rule["note"]} == {"T-GAP-CJDCQ", "4701-CJDCQJX", "T-LINE-CJDCQ"}
    assert told[0] == {}
    assert told[1] == {"4701-XZQJX": 1, "T-LINE-D": 1, "T-LINE-XZQ": 1}


def test_the_packaged_rules_pass_their_own_tests():
    folder = Path(str(resources.files("tim.quality.standards")))
    rows = run_tests([str(folder)], job=Job()).data["tests"]
    assert {Path(row["file"]).name for row in rows} == {file.name for file in folder.glob("*.zh")}
    assert all(row["passed"] for row in rows)
