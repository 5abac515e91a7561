"""`tim script rules`: a table of indicators in a workbook as a rule file."""

from __future__ import annotations

from pathlib import Path

from tim.errors import TimError, UnusableInput, UsageError
from tim.files import atomic_output, check_target
from tim.job import Job
from tim.result import Result
from tim.rule_tables.headers import LAST_HEADER, Listed, Planned, find_header
from tim.rule_tables.program import RuleFile
from tim.rule_tables.sheet import Sheet, read_sheets
from tim.rule_tables.tables import Options, Problems, Table


def rules_from_table(
    table: str,
    sheet: str | None = None,
    header: int | None = None,
    layer: str = "宗地",
    basis: str | None = None,
    level: str = "强制",
    ratio: bool = False,
    out: str | None = None,
    overwrite: bool = False,
    *,
    job: Job,
) -> Result:
    """Write the rules that a workbook's table of indicators states.

    `sheet`: its name, otherwise the first one with a header that is known; `header`: its row, from 1. `layer`, `basis`
    and `level` stand for what the table does not say; `ratio`: percentages are 0.35 in the layer, not 35. The rules
    stand in the result as `translation`, or in the file `out`. Raises `UnusableInput` with every wrong cell.
    """
    if out:
        check_target(out, overwrite=overwrite)
    path = Path(table)
    chosen, layout = _choose(path, read_sheets(path), sheet, header)
    file = RuleFile(path.stem, f"由 {path.name} 的工作表“{chosen.name}”生成".replace("“", "「").replace("”", "」"))
    problems = Problems()
    reader = Table(chosen, file, Options(layer, basis or f"{path.stem}（{chosen.name}）", level, ratio), problems)
    if isinstance(layout, Listed):
        reader.listed(layout)
    else:
        if layout.unused:
            job.warn(f"工作表“{chosen.name}”里没有用到的列：{'、'.join(layout.unused)}")
        reader.planned(layout)
    _refuse(path, chosen, file, problems)
    text = file.text()
    _check(path, text)
    if problems.percent:
        said = "写成 0.35 的小数" if ratio else "写成 35（百分数）；如果写成 0.35，请加 --ratio"
        job.warn(f"“{'”“'.join(sorted(problems.percent))}”按百分数比较，要求图层里的数{said}")
    if not out:
        return Result(f"生成 {len(file.rules)} 条规则", data={"translation": text})
    with atomic_output(out, job, overwrite=overwrite) as working:
        working.write_text(text, encoding="utf-8")
    return Result(f"由“{path.name}”生成 {len(file.rules)} 条规则", [str(out)], data={"translation": None})


def _choose(path: Path, sheets: list[Sheet], name: str | None, header: int | None) -> tuple[Sheet, Listed | Planned]:
    """The sheet and its layout."""
    if name is not None:
        named = [item for item in sheets if item.name == name]
        if not named:
            raise UsageError(f"“{path.name}”里没有工作表“{name}”；有：{'、'.join(item.name for item in sheets)}")
        sheets = named
    for item in sheets:
        layout = find_header(item, header)
        if layout is not None:
            return item, layout
    where = f"第 {header} 行" if header else f"前 {LAST_HEADER} 行"
    raise UnusableInput(
        f"“{path.name}”{where}里没有找到表头；表头要有“规则名称”和“字段”，或者有“地块编号”“用地性质”和“容积率上限”这样的指标"
    )


def _refuse(path: Path, sheet: Sheet, file: RuleFile, problems: Problems) -> None:
    lines = [f"{place}：{message}" for place, message in problems.found]
    if lines:
        more = f"（共 {len(lines)} 处）" if len(lines) > 1 else ""
        raise UnusableInput(f"“{path.name}” {lines[0]}{more}", detail="\n".join(lines))
    if not file.rules:
        raise UnusableInput(f"“{path.name}”的工作表“{sheet.name}”里没有指标，没有规则可以生成")


def _check(path: Path, text: str) -> None:
    """What is generated passes the checks; a name of the table that makes it fail is told."""
    from zhscript import check_text

    errors = [item for item in check_text(text)[1] if item.severity == "error"]
    if errors:
        lines = [f"{item.message}（生成的第 {item.line} 行：{text.splitlines()[item.line - 1]}）" for item in errors]
        raise TimError(f"由“{path.name}”生成的规则没有通过检查：{lines[0]}", detail="\n".join(lines))
