"""Programs in other languages: Python, QGIS expressions, PostGIS SQL; and Python programs in this one."""

from __future__ import annotations

from typing import Callable, Iterable

from .. import syntax as s
from ..diagnostics import Diagnostic, Problem
from ..program import Program
from .from_python import PythonReader
from .from_python_expressions import Unknown
from .from_python_tree import parse
from .postgis import rule_query
from .python_module import script_text
from .python_rules import rules_text
from .qgis import rule_expression
from .refusal import Refusal

REFUSED = "ZH401"


class Untranslatable(Exception):
    """Parts of a program have no counterpart in the target; `diagnostics` tells all of them."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        super().__init__(diagnostics[0].message)
        self.diagnostics = diagnostics


def to_postgis(program: Program, titles: Iterable[str] = (), *, key: str = "id", geometry: str = "geom") -> str:
    """One PostGIS SELECT for each rule (those named by `titles`, otherwise all). Raises `Untranslatable`."""
    return "\n".join(_each(program, titles, lambda rule: rule_query(program, rule, key=key, geometry=geometry)))


def to_qgis(program: Program, titles: Iterable[str] = ()) -> str:
    """One QGIS expression for each rule, whose value is the verdict of a feature. Raises `Untranslatable`."""

    def write(rule: s.Rule) -> str:
        return f"/* 规则：{' '.join(rule.title.replace('*/', '').split())} */\n{rule_expression(program, rule)}\n"

    return "\n".join(_each(program, titles, write))


def to_python(program: Program) -> str:
    """A Python module that does the same: a script, or the rules over rows. Raises `Untranslatable`."""
    refusals = _imports(program)
    if refusals:
        raise refused(program, refusals)
    try:
        return rules_text(program) if program.kind == "规则集" else script_text(program)
    except Refusal as refusal:
        node = refusal.node if refusal.node is not None else s.Text(0, 0, "")
        raise refused(program, [Refusal(refusal.message, node)]) from refusal


def from_python(text: str) -> str:
    """A Python program as a script in Chinese that passes the checks. Raises `Untranslatable`, with lines of `text`."""
    from .. import check_text

    try:
        reader = PythonReader(parse(text))
        reader.run()
    except Unknown as unknown:
        raise Untranslatable([_told(unknown.message, getattr(unknown.node, "lineno", 1))]) from unknown
    if reader.problems:
        raise Untranslatable([_told(problem.message, problem.node.lineno) for problem in reader.problems])
    script = "".join(line + "\n" for line, _ in reader.lines)
    errors = [item for item in check_text(script)[1] if item.severity == "error"]
    if errors:
        lines = [reader.lines[min(item.line, len(reader.lines)) - 1][1] if reader.lines else 1 for item in errors]
        raise Untranslatable([_told(f"译成中文后不合规定：{e.message}", line) for e, line in zip(errors, lines)])
    return script


def _told(message: str, line: int) -> Diagnostic:
    return Diagnostic(line, 1, line, 1, "error", REFUSED, message)


def _each(program: Program, titles: Iterable[str], write: Callable[[s.Rule], str]) -> list[str]:
    """The texts of the rules; what is refused in any of them is told at once."""
    wanted = set(titles)
    rules = [rule for rule in program.of_kind(s.Rule) if not wanted or rule.title in wanted]
    texts: list[str] = []
    refusals = _imports(program)
    for rule in rules:
        try:
            texts.append(write(rule))
        except Refusal as refusal:
            refusals.append(refusal if refusal.node is not None else Refusal(refusal.message, rule))
    missing = sorted(wanted - {rule.title for rule in rules})
    refusals += [Refusal(f"没有名为“{title}”的规则", s.Text(0, 0, title)) for title in missing]
    if not rules and not missing:
        refusals.append(Refusal("没有规则可以翻译", s.Text(0, 0, "")))
    if refusals:
        raise refused(program, refusals)
    return texts


def _imports(program: Program) -> list[Refusal]:
    """What comes from other files would be missing in a translation."""
    message = "用到别的文件（引用），不能翻译；请把用到的规则和函数抄进来"
    return [Refusal(message, item) for item in program.items if isinstance(item, s.Import)]


def refused(program: Program, refusals: list[Refusal]) -> Untranslatable:
    """The error of refusals with their places."""
    problems = [Problem(REFUSED, refusal.message, refusal.node.start, refusal.node.end) for refusal in refusals]
    return Untranslatable([problem.diagnostic(program.source) for problem in problems])
