"""The report of a database check: what was checked, what was found, what was not checked."""

from __future__ import annotations

from collections.abc import Iterable

from tim.quality.record import CORRECTED, EXCEPTION, SCORES, STATES, QualityCheck, RuleResult
from tim.report.document import Block, Column, Document, Figure, Heading, Paragraph, Signatures, Table

MOST_ROWS = 200  # defects of one rule in the report; all are in the result file and the workbook
MOST_DRAWN = 200


def make_report(check: QualityCheck, map_png: bytes | None) -> Document:
    """The report; `map_png` shows where errors are, None where none has a place."""
    made = check.created
    subtitle = f"“{check.title}”　标准“{check.standard}”　检查时间 {made.year}年{made.month}月{made.day}日 {made:%H:%M}"
    document = Document("数据库质量检查报告", subtitle, made)
    document.add(*_summary(check))
    if map_png is not None:
        document.add(Figure("问题的位置", map_png, "错误的位置图"))
    document.add(Heading("二、各条规则的检查结果"))
    for number, rule in enumerate(check.evaluated, 1):
        document.add(*_rule(number, rule, check))
    document.add(*_unchecked(check), *_grounds(check), Signatures(("检查", "复核", "日期")))
    return document


def totals(check: QualityCheck) -> str:
    """The outcome in one sentence."""
    counts = [f"{state} {check.count(state)} 处" for state in STATES if check.count(state)]
    features = sum(use.features for use in check.layers)
    told = "、".join(counts) or "所检查的规则没有发现问题"
    missing = len(check.rules) - len(check.evaluated)
    return f"{features} 个要素，检查了 {len(check.evaluated)} 条规则（{missing} 条没有检查）：{told}"


def clauses_not_checked(check: QualityCheck) -> list[tuple[str, str]]:
    """(what, why) of all that this check does not speak of."""
    rows = [(f"{rule.number} {rule.title}", rule.note) for rule in check.rules if rule.note]
    return rows + [(clause, "没有检查规则，须另行检查") for clause in check.not_checked]


def _summary(check: QualityCheck) -> Iterable[Block]:
    yield Heading("一、概况")
    yield Paragraph(totals(check) + "。")
    if check.previous:
        counts = "、".join(f"{code} {count} 个" for code, count in check.rechecked.items())
        yield Paragraph(f"在上一次结果（{check.previous}）的基础上复查，重新检查的要素：{counts}。")
    deductions = check.deductions
    formula = "；".join(f"{name} 类 {deductions[name]} 处 × {score}" for name, score in SCORES.items())
    yield Paragraph(
        f"缺陷扣分：{formula}，调整系数 {check.factor:g}，得分 {check.score:g}（100 减去扣分，不低于 0）。"
        "分值按在用软件采用的 GB/T 24356 缺陷分值，未核对原文（可信度 M）；只反映所检查的规则。"
    )
    for warning in check.warnings:
        yield Paragraph(f"注意：{warning}。", "alert")
    columns = (
        Column("编号", 1.1), Column("规则", 3), Column("类别", 0.6), Column("检查数", 1, numeric=True),
        *(Column(state, 0.9, numeric=True) for state in STATES),
    )  # fmt: skip
    counts_of = check.counts()
    rows = [
        (
            rule.number, rule.title + ("（没有检查）" if rule.note else ""), rule.defect_class or "—",
            "—" if rule.note else str(rule.checked), *(str(counts_of[rule.number][state]) for state in STATES),
        )
        for rule in check.rules
    ]  # fmt: skip
    yield Table("检查结果汇总", columns, rows)


def _rule(number: int, rule: RuleResult, check: QualityCheck) -> Iterable[Block]:
    found = [defect for defect in check.defects if defect.rule == rule.number and defect.state != CORRECTED]
    if not found:
        return
    yield Heading(f"{number}. {rule.title}", 2)
    yield Paragraph(f"编号 {rule.number}；依据：{rule.basis}；等级：{rule.level}；规则文件 {rule.file}。")
    columns = (Column("图层", 0.9), Column("要素", 1.8), Column("状态", 0.7), Column("说明", 3.6))
    rows: list[tuple[str, ...]] = [
        (
            defect.layer, defect.feature or "—", defect.state,
            defect.message + (f"（例外理由：{defect.reason}）" if defect.state == EXCEPTION and defect.reason else ""),
        )
        for defect in found[:MOST_ROWS]
    ]  # fmt: skip
    yield Table(f"“{rule.title}”的问题", columns, rows)
    if len(found) > MOST_ROWS:
        yield Paragraph(f"本表列出前 {MOST_ROWS} 处，共 {len(found)} 处；其余见问题图层和 Excel 表。", "note")


def _unchecked(check: QualityCheck) -> Iterable[Block]:
    yield Heading("三、检查了什么，没有检查什么")
    names = "；".join(f"{rule.number} {rule.title}" for rule in check.evaluated)
    yield Paragraph(f"检查了下列规则：{names or '无'}。")
    rows: list[tuple[str, ...]] = [*clauses_not_checked(check)]
    if rows:
        yield Table("没有检查的内容", (Column("内容", 2), Column("原因", 2)), rows)
    yield Paragraph(
        "本报告只说明所列规则在所列数据上的检查结果，不是“符合规范”的结论；没有列出的条款没有检查，结论由主管部门作出。",
        "alert",
    )


def _grounds(check: QualityCheck) -> Iterable[Block]:
    yield Heading("四、数据、规则和参数")
    columns = (Column("图层", 1), Column("来源", 2), Column("坐标系", 1.4), Column("要素数", 0.8, numeric=True))
    rows: list[tuple[str, ...]] = [
        (use.name, f"{use.path.name}，{use.table}", use.crs, str(use.features)) for use in check.layers
    ]
    yield Table("数据来源", columns, rows)
    files: list[tuple[str, ...]] = [*dict.fromkeys(item for use in check.layers for item in use.files)]
    files += check.rule_files
    yield Table("数据和规则文件的校验值", (Column("文件", 1), Column("SHA-256", 3.2)), files)
    heads: tuple[Column, ...]
    if check.parameters:
        heads = (Column("参数", 1.2), Column("取值", 1.6), Column("依据", 2.4))
        yield Table("规则中的参数", heads, list(check.parameters))
    basis: list[tuple[str, ...]] = [(rule.number, rule.basis, rule.confidence, rule.file) for rule in check.evaluated]
    heads = (Column("编号", 1), Column("依据", 3.4), Column("可信度", 0.8), Column("规则文件", 1.2))
    yield Table("规则的依据", heads, basis)
    yield Paragraph(f"字段表：{check.field_table}。软件：{check.software}。", "note")
    yield Paragraph(
        "面积为国土调查椭球面积（没有 CGCS2000 坐标系时为平面面积，另有提示）；拓扑按原图形判断，没有修改数据。"
        "可信度：H 有在用软件的做法可查，M 来源单一或凭记忆，L 推断；都可以在规则文件和字段表里改。",
        "note",
    )
