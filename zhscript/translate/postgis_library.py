"""Library functions in PostgreSQL's SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from .. import syntax as s
from .dialect import LONG_BLANKS, join_null
from .refusal import Refusal
from .sql_text import escaped, quoted
from .terms import UNKNOWN, Term

if TYPE_CHECKING:
    from .postgis import PostgisFormulas


class Given(NamedTuple):
    """A call: its arguments as formulas and as nodes."""

    formulas: PostgisFormulas
    terms: list[Term]
    node: Any
    arguments: list[Any]

    def number(self, place: int = 0) -> str:
        """An argument in double precision."""
        return self.formulas.double(self.terms[place])

    def date(self, place: int = 0) -> str:
        """An argument as a date."""
        return self.formulas.as_date(self.terms[place]).bracketed

    def result(self, text: str, kind: str, *, double: bool = False, null: str = "") -> Term:
        """The formula of the call, NULL where an argument is."""
        return Term(text, kind, null or join_null(*self.terms), text.endswith(")"), double)

    def fixed(self, place: int, what: str) -> int:
        """An argument that must be a whole number, written out."""
        value = self.formulas.program.constants.get(self.arguments[place])
        if value is None or value.denominator != 1:
            raise self.formulas.refuse(f"不是固定整数的{what}", self.arguments[place])
        return value.numerator

    def fixed_text(self, place: int, what: str) -> str:
        """An argument that must be a text, written out."""
        node = self.arguments[place]
        while isinstance(node, s.Group):
            node = node.inner
        if not isinstance(node, s.Text) or not node.value:
            raise self.formulas.refuse(f"不是直接写出的{what}", node)
        return node.value


_Write = Callable[[Given], Term]


def _number(text: str, null: str = "") -> _Write:
    return lambda given: given.result(text.format(given.number()), "number", double=True, null=null)


def _date_part(part: str) -> _Write:
    return lambda given: given.result(f"extract({part} FROM {given.date()})::int", "number")


def _half_up(given: Given) -> Term:
    places = given.fixed(1, "小数位数") if len(given.arguments) > 1 else 0
    if not 0 <= places <= 15:
        raise Refusal("小数位数要在 0 到 15 之间", given.node)
    return given.result(f"round({given.number()}::text::numeric, {places})::float8", "number", double=True)


def _cut(given: Given) -> Term:
    numbers = [given.fixed(place, "截取位置") for place in range(1, len(given.arguments))]
    if numbers[0] < 1 or min(numbers) < 0:
        raise Refusal("截取从第 1 个字数起，字数不能是负数", given.node)
    return given.result(f"substr({given.terms[0].text}, {', '.join(map(str, numbers))})", "text")


def _matches(given: Given) -> Term:
    pattern = given.fixed_text(1, "匹配样式")
    for mark in "!%_":
        pattern = pattern.replace(mark, "!" + mark)
    pattern = pattern.translate(str.maketrans("？＊?*", "_%_%"))
    return given.result(f"{given.terms[0].bracketed} LIKE {quoted(pattern)} ESCAPE '!'", "boolean")


def _replace(given: Given) -> Term:
    given.fixed_text(1, "被替换的字")
    return given.result(f"replace({', '.join(term.text for term in given.terms)})", "text")


def _without_blanks(given: Given) -> Term:
    return given.result(f"translate({given.terms[0].text}, {escaped(LONG_BLANKS)}, '')", "text")


def _months_between(given: Given) -> Term:
    dates = f"{given.date(0)}, {given.date(1)}"
    months = (
        "(extract(year FROM z) - extract(year FROM a)) * 12 + extract(month FROM z) - extract(month FROM a)"
        " - CASE WHEN extract(day FROM z) < extract(day FROM a) THEN 1 ELSE 0 END"
    )
    known = " AND ".join(f"{term.bracketed} IS NOT NULL" for term in given.terms)
    text = f"(SELECT ({months})::int FROM (SELECT least({dates}), greatest({dates})) d(a, z))"
    return given.result(f"(CASE WHEN {known} THEN {text} END)", "number")


def _power(given: Given) -> Term:
    exponent = given.fixed(1, "乘方次数")
    if not 0 <= exponent <= 50:
        raise given.formulas.refuse("0 到 50 以外的乘方次数", given.arguments[1])
    return given.result(f"power({given.number()}, {exponent})", "number", double=True)


FUNCTIONS: dict[str, _Write] = {
    "绝对值": _number("abs({0})"),
    "平方": _number("power({0}, 2)"),
    "平方根": _number("sqrt({0})", UNKNOWN),
    "取整": _number("trunc({0})"),
    "四舍五入": _half_up,
    "乘方": _power,
    "字数": lambda given: given.result(f"length({given.terms[0].text})", "number"),
    "去空白": _without_blanks,
    "替换": _replace,
    "截取": _cut,
    "匹配": _matches,
    "年份": _date_part("year"),
    "月份": _date_part("month"),
    "日数": _date_part("day"),
    "星期": _date_part("isodow"),
    "相隔天数": lambda given: given.result(f"abs({given.date(0)} - {given.date(1)})", "number"),
    "相隔月数": _months_between,
}
