"""Rules as PostGIS queries: one SELECT per rule, giving key, verdict and what there is to say.

Each layer becomes a common table expression of the same name with its declared fields and with
`__key` (what identifies a feature), `__geom` (the stored geometry, which has the index), `__shape` (its horizontal
geometry where it is usable, else NULL) and `__bad` (whether there is an invalid one). Names with two underscores
cannot be names of the language, so they meet no field.
"""

from __future__ import annotations

import datetime
from typing import Any

from .. import syntax as s
from ..characters import normalize
from ..program import LayerDeclaration, Program
from .dialect import BLANKS, field_factor, field_word, join_null
from .formulas import Formulas
from .postgis_library import FUNCTIONS, Given
from .refusal import Refusal
from .space_sql import SpaceSql
from .sql_text import escaped, identifier, one_line, quoted
from .terms import EMPTY, NEVER, Later, Layer, Row, Scope, Term
from .verdicts import Verdicts, checked_rule, global_scope, message_text, verdict_text

_SQL = {"大于": ">", "小于": "<", "不大于": "<=", "不小于": ">=", "等于": "=", "不等于": "<>"}


class PostgisFormulas(SpaceSql, Formulas):
    """Expressions in PostGIS's SQL."""

    target = " PostGIS SQL "

    def text(self, value: str) -> Term:
        return Term(quoted(value) + "::text", "text", tight=True)

    def quote(self, text: str) -> str:
        return quoted(text)

    def date(self, value: datetime.date) -> Term:
        return Term(f"DATE '{value.isoformat()}'", "date", tight=True)

    def field(self, row: Row, name: str, kind: str) -> Term:
        word = field_word(row.layer, name)
        return Term(f"{row.alias}.{identifier(name)}", kind, EMPTY, True, bool(word) and field_factor(word) != 1)

    def double(self, term: Term) -> str:
        """Multiplying makes it double precision without a cast, which would take the text '5' for a number."""
        if term.kind not in ("number", "any"):
            raise Refusal("这里要数", None)
        if term.double:
            return term.bracketed
        if term.null == NEVER and term.tight and term.text.strip("(-)").replace(".", "").isdigit():
            return f"{term.text}::float8"
        return f"({term.bracketed} * float8 '1')"

    def as_date(self, term: Term) -> Term:
        if term.kind == "date" or term.text == "NULL":
            return term
        if term.kind != "any":
            raise Refusal("这里要日期", None)
        return Term(f"{term.bracketed}::date", "date", term.null, True)

    def compared(self, operator: str, left: Term, right: Term) -> str:
        return f"{left.bracketed} {_SQL[operator]} {right.bracketed}"

    def begins(self, left: Term, right: Term) -> str:
        return f"starts_with({left.text}, {right.text})"

    def ends(self, left: Term, right: Term) -> str:
        return f"right({left.text}, length({right.text})) = {right.bracketed}"

    def holds_text(self, left: Term, right: Term) -> str:
        return f"strpos({left.text}, {right.text}) > 0"

    def date_arithmetic(self, left: Term, right: Term, node: s.Arithmetic) -> Term:
        """A date and a period, or the days between two dates."""
        if right.kind == "date":
            return Term(f"{left.bracketed} - {right.bracketed}", "number", join_null(left, right))
        return self._moved(left, node.right, node.operator)

    def _moved(self, date: Term, period: Any, sign: str) -> Term:
        """A date some whole days or months later or earlier; the last day of the month where it has no such day."""
        amount = self.program.constants.get(period)
        kind = self.program.types[period]
        if amount is None or amount.denominator != 1 or kind.kind != "number" or kind.dimension.length:
            raise self.refuse("不是固定天数或月数的日期加减", period)
        unit = "months" if kind.dimension.month else "days"
        text = f"({date.bracketed} {sign} make_interval({unit} => {amount.numerator}))::date"
        return Term(text, "date", join_null(date), True)

    # -- library

    def library(self, name: str, node: Any, arguments: list[Any], scope: Scope) -> Any:
        """A call of a library function."""
        spatial = self.spatial(name, node, arguments, scope)
        if spatial is not None:
            return spatial
        write = FUNCTIONS.get(name)
        if write is None:
            raise self.refuse(f"“{name}”", node)
        terms = [self.term(argument, scope) for argument in arguments]
        return write(Given(self, terms, node, arguments))

    # -- layers

    def unique(self, layer: Layer, name: str, value: Term) -> Term:
        """Whether one feature only has this value in a field."""
        table, column = identifier(layer.layer.name), identifier(name)
        count = f"(SELECT count(*) FROM {table} b WHERE b.{column} = {value.bracketed}) = 1"
        return Term(f"CASE WHEN {value.bracketed} IS NOT NULL THEN {count} END", "boolean", join_null(value), True)

    def layer_query(self, layer: LayerDeclaration, key: str, geometry: str) -> str:
        """The layer as the language sees it: declared fields in base units, blank texts and NaN as NULL."""
        columns = [f"t.{identifier(key)} AS __key", f"t.{identifier(geometry)} AS __geom"]
        stored = f"t.{identifier(geometry)}"
        columns.append(
            f"CASE WHEN ST_IsValid({stored}) AND NOT ST_IsEmpty({stored}) THEN ST_Force2D({stored}) END AS __shape"
        )
        columns.append(f"NOT ST_IsValid({stored}) AND NOT ST_IsEmpty({stored}) AS __bad")
        for name, column, word in layer.fields:
            columns.append(f"{_cleaned(f't.{identifier(column)}', word)} AS {identifier(normalize(name))}")
        table = ".".join(identifier(part) for part in layer.source.split("."))
        body = ",\n           ".join(columns)
        return f"{identifier(layer.name)} AS NOT MATERIALIZED (\n    SELECT {body}\n    FROM {table} t)"


def _cleaned(column: str, word: str) -> str:
    blank = f"btrim({column}::text, {escaped(BLANKS)})"
    if word == "文本":
        return f"CASE WHEN btrim({column}, {escaped(BLANKS)}) <> '' THEN {column} END"
    if word == "日期":
        return f"NULLIF({blank}, '')::date"
    if word == "是否":
        yes, no = "('是', '真', '1', 'true')", "('否', '假', '0', 'false')"
        return f"CASE WHEN {column}::text IN {yes} THEN TRUE WHEN {column}::text IN {no} THEN FALSE END"
    if not word:
        real = "('real'::regtype, 'double precision'::regtype, 'numeric'::regtype)"
        nan = f"({column}::text = 'NaN' AND pg_typeof({column}) IN {real})"
        return f"CASE WHEN {blank} <> '' AND NOT {nan} THEN {column} END"
    factor = field_factor(word)
    scaled = column
    if factor != 1:
        scaled = f"{column} * float8 '{factor.numerator}' / float8 '{factor.denominator}'"
    return f"CASE WHEN {column}::text <> 'NaN' THEN {scaled} END"


def rule_query(program: Program, rule: s.Rule, *, key: str = "id", geometry: str = "geom") -> str:
    """One SELECT for a rule. Raises `Refusal` where a part has no counterpart.

    The result has a row for every feature: 要素 (its `key`), 结论 (通过, 例外, 无法判断, 不通过, 不适用) and 说明.
    Tables are those that the layers' 来自 names (“模式.表” for one in a schema), their geometries in the column
    `geometry`.
    """
    formulas = PostgisFormulas(program)
    formulas.globals = global_scope(formulas)
    if program.area_basis != "plane" and program.measures:
        raise Refusal("椭球面积在 PostGIS 里的算法不同，结论可能不一样，不能翻译", rule)
    part = checked_rule(formulas, rule, "a")
    formulas.srid = (
        f"(SELECT ST_SRID(x.__geom) FROM {identifier(part.layer.name)} x WHERE x.__geom IS NOT NULL LIMIT 1)"
    )
    verdicts = Verdicts(formulas, "greatest", part)
    level = verdicts.level()
    messages = [
        f"CASE WHEN {test.bracketed} IS FALSE THEN {said.text} END"
        for test, said in _said(formulas, part.check, part.scope)
    ]
    said = f"CASE WHEN v.level = 3 THEN concat_ws('；', {', '.join(messages)}) END" if messages else "NULL::text"
    used = [layer for layer in program.layers if identifier(layer.name) in level or layer is part.layer]
    tables = ",\n".join(formulas.layer_query(layer, key, geometry) for layer in used)
    comment = f"-- 规则：{one_line(rule.title)}\n"
    comment += "".join(f"-- 依据：{one_line(basis.text)}\n" for basis in rule.basis)
    return (
        f"{comment}WITH {tables}\nSELECT a.__key AS 要素,\n       {verdict_text('v.level', quoted)} AS 结论,\n"
        f"       {said} AS 说明\nFROM {identifier(part.layer.name)} a\n"
        f"CROSS JOIN LATERAL (SELECT {level} AS level) v\nORDER BY a.__key;\n"
    )


def _said(formulas: PostgisFormulas, check: s.Check, scope: Scope) -> list[tuple[Term, Term]]:
    """Requirements at the top of a check with what is said where they do not hold."""
    found = []
    scope = dict(scope)
    for statement in check.body:
        if isinstance(statement, s.Binding):
            scope[statement.identifier.name] = Later(statement.value, dict(scope))
        elif isinstance(statement, s.Require):
            found.append((formulas.condition(statement.condition, scope), message_text(formulas, statement, scope)))
        elif isinstance(statement, s.If):
            return []
    return found
