"""Rules as one formula: the verdict of a feature as a level, and what there is to say.

Levels are those of the language, the worst counts: 0 通过, 1 例外, 2 无法判断, 3 不通过; 4 stands for 不适用.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from .. import syntax as s
from ..program import LayerDeclaration, Program
from .formulas import LONGEST, Formulas
from .refusal import Refusal
from .terms import NEVER, Later, Layer, Row, Scope, Term

LEVELS = ("通过", "例外", "无法判断", "不通过", "不适用")
_UNKNOWN, _FAILED, _INAPPLICABLE = 2, 3, 4
_DATES = ("施行日期", "废止日期")


@dataclass
class CheckedRule:
    """A rule with its one 检查: the feature `row` of `layer` in `scope`."""

    rule: s.Rule
    check: s.Check
    layer: LayerDeclaration
    row: Row
    scope: Scope
    exceptions: list[s.RuleException]


def global_scope(formulas: Formulas) -> Scope:
    """参数 and 设定 of the file; a dated 参数 has its value of the 参数日期."""
    scope: Scope = {}
    program = formulas.program
    for item in program.items:
        if isinstance(item, (s.Parameter, s.Binding)):
            scope[item.identifier.name] = Later(item.value, dict(scope))
        elif isinstance(item, s.DatedParameter):
            chosen = _since(program, item)
            scope[item.identifier.name] = Later(chosen.value, dict(scope)) if chosen else None
    return scope


def _since(program: Program, item: s.DatedParameter) -> Optional[s.Since]:
    if program.date is None:
        return None
    chosen = [since for since in item.values if since.date <= program.date]
    return chosen[-1] if chosen else None


def checked_rule(formulas: Formulas, rule: s.Rule, alias: str) -> CheckedRule:
    """The parts of a rule. Raises `Refusal` for rules without exactly one 检查 over a layer, or not in force."""
    _in_force(formulas.program, rule)
    scope = dict(formulas.globals)
    check: Optional[s.Check] = None
    for statement in rule.body:
        if isinstance(statement, s.Binding) and check is None:
            scope[statement.identifier.name] = Later(statement.value, dict(scope))
        elif isinstance(statement, s.Check) and check is None:
            check = statement
        else:
            raise formulas.refuse("规则里“检查”之外的语句（只能有一个“检查”，前面可以有“设定”）", statement)
    if check is None:
        raise formulas.refuse("没有“检查”的规则", rule)
    source = formulas.value(check.source, scope)
    if not isinstance(source, Layer) or source.without:
        raise formulas.refuse("不是对图层的“检查”", check.source)
    row = Row(source.layer, alias)
    scope[check.identifier.name] = row
    exceptions = [item for item in formulas.program.of_kind(s.RuleException) if item.target == rule.title]
    return CheckedRule(rule, check, source.layer, row, scope, exceptions)


def _in_force(program: Program, rule: s.Rule) -> None:
    for header in rule.headers:
        value: Any = header.values[0]
        if header.word not in _DATES:
            continue
        if program.date is None:
            raise Refusal(f"规则写了“{header.word}”，请在文件开头写 参数日期", header)
        starts = header.word == "施行日期"
        if (program.date < value.value) if starts else (program.date >= value.value):
            raise Refusal(f"规则在参数日期 {program.date} 不施行，不翻译", header)


class Verdicts:
    """Writes the level of a rule's feature. `worst` spells the greatest of several numbers."""

    def __init__(self, formulas: Formulas, worst: str, part: CheckedRule) -> None:
        self.formulas = formulas
        self.worst = worst
        self.part = part

    def level(self) -> str:
        """The formula of the level."""
        check = self.part.check
        body = self._level(check.body, self.part.scope, check)
        if check.where is None:
            return body
        where = self.formulas.condition(check.where, self.part.scope)
        unknown = f"WHEN {where.bracketed} IS NULL THEN {_UNKNOWN} " if where.null != NEVER else ""
        return f"CASE {unknown}WHEN NOT {where.bracketed} THEN {_INAPPLICABLE} ELSE {body} END"

    def _level(self, body: list[s.Statement], scope: Scope, node: Any) -> str:
        """The level that the statements give. A condition of 如果 that cannot be known ends them."""
        levels: list[str] = []
        scope = dict(scope)
        for number, statement in enumerate(body):
            if isinstance(statement, s.Binding):
                scope[statement.identifier.name] = Later(statement.value, dict(scope))
            elif isinstance(statement, s.Require):
                levels.append(self._require(statement, scope))
            elif isinstance(statement, s.Hint):
                self._hint(statement)
            elif isinstance(statement, s.Skip):
                break
            elif isinstance(statement, s.If):
                levels.append(self._if(statement, body[number + 1 :], scope))
                break
            else:
                raise self.formulas.refuse("规则里除设定、如果、要求、提示、跳过以外的语句", statement)
        text = levels[0] if len(levels) == 1 else f"{self.worst}({', '.join(levels)})" if levels else "0"
        if len(text) > LONGEST:
            raise Refusal(f"译成{self.formulas.target}太长了，请把规则拆开", node)
        return text

    def _if(self, node: s.If, rest: list[s.Statement], scope: Scope) -> str:
        text = ""
        for condition, body in node.branches:
            term = self.formulas.condition(condition, scope)
            if term.null != NEVER:
                text += f"WHEN {term.bracketed} IS NULL THEN {_UNKNOWN} "
            text += f"WHEN {term.text} THEN {self._branch(body, rest, scope)} "
        return f"CASE {text}ELSE {self._branch(node.otherwise, rest, scope)} END"

    def _branch(self, body: list[s.Statement], rest: list[s.Statement], scope: Scope) -> str:
        """A branch and what follows it."""
        return self._level([*body, *rest], scope, body[0] if body else rest[0] if rest else self.part.check)

    def _hint(self, node: s.Hint) -> None:
        """提示 changes no verdict, but a text that cannot be known would end the check."""
        if not isinstance(node.message, (s.Text, s.Template)):
            raise self.formulas.refuse("内容不是带引号文字的“提示”", node)

    def _require(self, node: s.Require, scope: Scope) -> str:
        term = self.formulas.condition(node.condition, scope)
        unknown = f"WHEN {term.bracketed} IS NULL THEN {_UNKNOWN} " if term.null != NEVER else ""
        return f"CASE {unknown}WHEN {term.text} THEN 0 ELSE {self._failed(scope)} END"

    def _failed(self, scope: Scope) -> str:
        """不通过, or 例外 where an exception holds; one that cannot be known counts when none holds."""
        holding, doubtful = "", ""
        for exception in self.part.exceptions:
            terms = [self.formulas.condition(condition, scope) for condition in exception.conditions]
            holding += f"WHEN {' AND '.join(term.bracketed for term in terms)} THEN 1 "
            for number, term in enumerate(terms):
                if term.null != NEVER:
                    before = [earlier.bracketed for earlier in terms[:number]]
                    doubt = " AND ".join([*before, f"{term.bracketed} IS NULL"])
                    doubtful += f"WHEN {doubt} THEN {_UNKNOWN} "
        return f"CASE {holding}{doubtful}ELSE {_FAILED} END" if holding else str(_FAILED)


def verdict_text(level: str, quoted: Any) -> str:
    """The verdict in words of a formula that gives its level."""
    choices = " ".join(f"WHEN {number} THEN {quoted(word)}" for number, word in enumerate(LEVELS))
    return f"CASE {level} {choices} END"


def message_text(formulas: Formulas, node: s.Require, scope: Scope) -> Term:
    """What is said where a requirement does not hold: its text where that can be written, else the condition."""
    if node.report is not None:
        try:
            return formulas.term(node.report, scope)
        except Refusal:
            pass
    return formulas.text(f"不满足“{formulas.program.source.slice(node.condition.start, node.condition.end)}”")
