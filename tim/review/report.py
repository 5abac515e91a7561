"""The report of a review as a document: what was checked, what was found, on what it rests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tim.report.document import Block, Column, Document, Figure, Heading, Paragraph, Signatures, Table
from tim.review.record import EXEMPT, FAILS, Finding, Review, RuleOutcome, Value
from tim.review.wording import (
    AREA_DECIMALS,
    MU_DECIMALS,
    SQUARE_METRE,
    is_number,
    mu,
    plain,
    rounded,
    value_text,
)

MOST_ROWS = 500  # findings listed for one rule; Word becomes unusable with tables of many thousand rows
MOST_DRAWN = 200  # numbers on the map; more cannot be told apart on A4
_MOST_AREA_COLUMNS = 2


def make_report(review: Review, map_png: bytes | None) -> Document:
    """The report; `map_png` shows `drawn_findings(review)`, None where there are none."""
    created = review.created
    subtitle = f"规则集“{review.title}”　审查时间 {plain(created)} {created:%H:%M}"
    document = Document(review.title.removesuffix("审查") + "审查报告", subtitle, created)
    document.add(*_summary(review))
    if map_png is not None:
        document.add(
            Figure(_map_caption(review), map_png, "违反规则的位置和所审查图层的地图，编号与各规则的问题表一致")
        )
    document.add(Heading("二、各规则的审查结果"))
    numbers = {id(finding): str(number) for number, finding in enumerate(drawn_findings(review), 1)}
    for number, rule in enumerate(review.rules, 1):
        document.add(*_rule(number, rule, numbers))
    document.add(*_grounds(review), *_limits(review), Signatures(("审查", "复核", "日期")))
    return document


def drawn_findings(review: Review) -> list[Finding]:
    """The violations that the map shows; their places in this list are their numbers on it."""
    violations = (finding for rule in review.rules for finding in rule.findings if finding.verdict == FAILS)
    return [finding for finding in violations if finding.geometry is not None][:MOST_DRAWN]


def _map_caption(review: Review) -> str:
    drawn = len(drawn_findings(review))
    return f"违反规则的位置（前 {drawn} 处）" if drawn == MOST_DRAWN else "违反规则的位置"


def _summary(review: Review) -> Iterable[Block]:
    yield Heading("一、审查概况")
    yield Paragraph(totals(review))
    undecided = review.total("undecided")
    if undecided:
        advice = "须补齐数据后重新审查或由人工判断"
        yield Paragraph(f"有 {undecided} 处无法判断（缺少数值或图形），不算通过，{advice}。", "alert")
    for warning in review.warnings:
        yield Paragraph(f"注意：{warning}。", "alert")
    columns = (
        Column("序号", 0.7, numeric=True),
        Column("规则", 4),
        Column("等级", 0.9),
        *(Column(title, 0.9, numeric=True) for title in ("检查数", "通过数", "违反数", "无法判断", "例外", "提示")),
    )
    rows = [
        (str(number), _title(rule), rule.level, *map(str, _counts(rule))) for number, rule in enumerate(review.rules, 1)
    ]
    yield Table("审查结果汇总", columns, rows)


def totals(review: Review) -> str:
    """The totals in one sentence, the same in the message of the result and in the report."""
    evaluated = [rule for rule in review.rules if not rule.note]
    counts = [f"检查 {len(evaluated)} 条规则、{review.total('checked')} 个要素次"]
    violations = review.total("violations")
    if violations:
        mandatory = sum(rule.violations for rule in review.rules if rule.is_mandatory)
        counts.append(f"违反 {violations} 处（强制规则 {mandatory} 处）")
    else:
        counts.append("未发现违反所列规则的要素")
    for title, count in (("无法判断", "undecided"), ("例外", "exempt"), ("提示", "hints")):
        if review.total(count):
            counts.append(f"{title} {review.total(count)} 处")
    return "，".join(counts) + "。"


def _counts(rule: RuleOutcome) -> tuple[int, ...]:
    return rule.checked, rule.passed, rule.violations, rule.undecided, rule.exempt, rule.hints


def _title(rule: RuleOutcome) -> str:
    return f"{rule.name}（没有检查）" if rule.note else rule.name


def _rule(number: int, rule: RuleOutcome, numbers: Mapping[int, str]) -> Iterable[Block]:
    yield Heading(f"{number}. {rule.name}", 2)
    checked, passed, violations, undecided, exempt, hints = _counts(rule)
    label = f"编号：{rule.number}。" if rule.number else ""
    yield Paragraph(f"{label}依据：{rule.basis or '规则文件没有写明'}。等级：{rule.level}。")
    if rule.note:
        yield Paragraph(f"本规则没有检查：{rule.note}。", "alert")
        return
    yield Paragraph(
        f"检查 {checked} 个要素，通过 {passed} 个；违反 {violations} 处，无法判断 {undecided} 处，"
        f"例外 {exempt} 处，提示 {hints} 处。"
    )
    if rule.findings:
        yield _findings(rule, numbers)
    if len(rule.findings) > MOST_ROWS:
        yield Paragraph(f"本表列出前 {MOST_ROWS} 条，共 {len(rule.findings)} 条；其余见问题图层。", "note")


def _findings(rule: RuleOutcome, numbers: Mapping[int, str]) -> Table:
    """One row for each finding; up to two areas get columns of their own, other values are written out."""
    shown = rule.findings[:MOST_ROWS]
    areas = list(dict.fromkeys(item.name for finding in shown for item in finding.values if _is_area(item)))
    areas = areas if len(areas) <= _MOST_AREA_COLUMNS else []
    has_others = any(item.name not in areas for finding in shown for item in finding.values)
    columns = [Column("图号", 0.7, numeric=True), Column("要素", 1.5), Column("结论", 1), Column("说明", 2.6)]
    for name in areas:
        columns += [Column(f"{name}（平方米）", 1.2, numeric=True), Column(f"{name}（亩）", 1.1, numeric=True)]
    columns += [Column("计算值", 2.2)] if has_others else []
    rows = []
    for finding in shown:
        row = [numbers.get(id(finding), "—"), f"{finding.layer} {finding.feature}", finding.verdict, _message(finding)]
        for name in areas:
            row += _area_cells(finding, name)
        if has_others:
            row.append("\n".join(value_text(item) for item in finding.values if item.name not in areas))
        rows.append(tuple(row))
    return Table(f"“{rule.name}”的问题", tuple(columns), rows)


def _message(finding: Finding) -> str:
    """What was found, the basis of an exception, and what the rules suggest."""
    lines = [finding.message]
    if finding.verdict == EXEMPT:
        lines.append(f"例外依据：{finding.basis}")
    if finding.suggestion:
        lines.append(f"建议：{finding.suggestion}")
    return "\n".join(lines)


def _is_area(item: Value) -> bool:
    return item.unit == SQUARE_METRE and is_number(item.value)


def _area_cells(finding: Finding, name: str) -> list[str]:
    for item in finding.values:
        if item.name == name and is_number(item.value):
            return [rounded(item.value, AREA_DECIMALS), rounded(mu(item.value), MU_DECIMALS)]
    return ["—", "—"]


def _grounds(review: Review) -> Iterable[Block]:
    yield Heading("三、审查依据的数据和参数")
    yield Table("审查条件", (Column("项目", 1), Column("内容", 3)), _conditions(review))
    if review.parameters:
        columns = (Column("参数", 1.2), Column("取值", 1.5), Column("依据", 2))
        yield Table("规则中的参数", columns, list(review.parameters))
    titles = (("图层", 1.2), ("来源", 1.5), ("坐标系", 1.1))
    rows: list[tuple[str, ...]] = [
        (layer.name, f"{layer.path.name}，{layer.table}", layer.crs, str(layer.features)) for layer in review.layers
    ]
    yield Table("数据来源", (*(Column(*title) for title in titles), Column("要素数", 0.7, numeric=True)), rows)
    digests = {(name, digest): None for layer in review.layers for name, digest in layer.files}
    yield Table("数据文件的校验值", (Column("文件", 1), Column("SHA-256", 3.2)), [*digests])
    for layer in review.layers:
        for note in layer.notes:
            yield Paragraph(f"{layer.name}：{note}。", "note")


def _conditions(review: Review) -> list[tuple[str, ...]]:
    return [
        ("规则文件", review.rules_file.name),
        ("规则版本", review.rules_version or "未注明"),
        ("规则文件 SHA-256", review.rules_digest),
        ("面积口径", review.area_basis),
        ("坐标系", review.crs_name),
        ("参数日期", plain(review.reference_date)),
        ("软件", review.software),
    ]


def _limits(review: Review) -> Iterable[Block]:
    yield Heading("四、适用范围")
    evaluated = [rule for rule in review.rules if not rule.note]
    names = "；".join(f"（{number}）{rule.name}" for number, rule in enumerate(evaluated, 1))
    yield Paragraph(
        f"本报告只说明上表所列数据对下列 {len(evaluated)} 条规则的检查结果：{names}。"
        "未列入的规定没有检查；本报告不是对项目总体合规性的结论，最终结论由主管部门作出。"
    )
    yield Paragraph(
        "面积修约到 0.01 平方米和 0.0001 亩（GB/T 8170），1 亩按 2000/3 平方米换算；是否违反按未修约的数值判断。"
        "字体：正文宋体、标题黑体；没有这些字体的计算机会用相近字体显示。",
        "note",
    )
