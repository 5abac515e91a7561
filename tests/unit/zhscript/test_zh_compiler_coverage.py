"""Lines and branches that the tests of a file do not run."""

from __future__ import annotations

from zhscript_support import checked

from zhscript.engine import Coverage, run_tests

RULES = """规则集 甲
图层 地块 来自“D”，字段 高（米）、用途
函数 限（用途：文本）：长度
    如果 用途 等于“住”，那么 返回 24米
    返回 100米
结束
规则“高”
依据“甲”
检查 地块 中的每个 块，其中 块的用途 不为空：
    设定 上限 为 限（块的用途）
    如果 块的高 大于 50米，那么
        提示“很高”
    结束
    要求 块的高 不大于 上限，否则报告“超高”
结束
结束
"""
LOW = "测试“低”\n已知 地块 为 列表（要素（高：20米，用途：“住”））\n期望 规则“高”的报告数 等于 0\n结束\n"
HIGH = (
    "测试“高”\n已知 地块 为 列表（要素（高：200米，用途：“工”），要素（高：1米））\n"
    "期望 规则“高”的报告数 等于 1\n结束\n"
)


def covered(text):
    program = checked(text)
    coverage = Coverage(program)
    outcomes = run_tests(program, coverage=coverage)
    assert all(outcome.passed for outcome in outcomes), outcomes
    assert outcomes == run_tests(program)
    return coverage.report()


def test_lines_and_outcomes_that_never_came():
    report = covered(RULES + LOW)
    assert (report.lines, report.ran, report.missing) == (7, 5, (5, 12))
    assert (report.outcomes, report.came) == (8, 4)
    assert [(branch.line, branch.outcome) for branch in report.branches] == [
        (4, False),
        (9, False),
        (11, True),
        (14, False),
    ]
    assert str(report.branches[2]) == "第 11 行“块的高 大于 50米”从来没有成立过"


def test_all_is_run():
    report = covered(RULES + LOW + HIGH)
    assert (report.missing, report.branches) == ((), ())


def test_without_tests_nothing_has_run():
    report = Coverage(checked(RULES)).report()
    assert (report.ran, report.came, len(report.missing)) == (0, 0, 7)
