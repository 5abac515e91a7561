"""Expressions as Python: plain operators where the types are known, functions of `support` elsewhere."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Optional

from .. import syntax as s
from ..formats import read_formats
from ..library import FUNCTIONS
from ..types import Type, named_type
from ..units import DAYS, MONTHS, find_unit, unit_name
from .python_base import ATOM, CHOICE, OR, PRODUCT, SIGN, SUM, Code, has_unit
from .python_conditions import PythonConditions
from .spelling import KEPT_WORDS

_OPERATORS = {"+": ("+", SUM), "-": ("-", SUM), "×": ("*", PRODUCT), "÷": ("/", PRODUCT)}
_SHORT = {
    "个数": "len({0})",
    "反转": "{0}[::-1]",
    "键列表": "list({0})",
    "值列表": "list({0}.values())",
    "字数": "len(文字值({0}))",
    "大写": "文字值({0}).upper()",
    "小写": "文字值({0}).lower()",
    "去空白": 're.sub(r"\\s", "", 文字值({0}))',
    "取整": "math.trunc(数值({0}))",
    "绝对值": "abs(数值({0}))",
    "年份": "日期值({0}).year",
    "月份": "日期值({0}).month",
    "日数": "日期值({0}).day",
    "星期": "日期值({0}).isoweekday()",
    "相隔天数": "abs((日期值({0}) - 日期值({1})).days)",
}


class PythonExpressions(PythonConditions):
    """Writes expressions of a program."""

    # -- literals and names

    def _name(self, node: s.Name) -> Code:
        name = node.identifier.name
        if name in self.declared:
            return Code(self.names.of(name))
        constants = {"真": "True", "是": "True", "假": "False", "否": "False", "空": "None", "换行": "'\\n'"}
        if name in constants:
            return Code(constants[name])
        if name == "今天":
            return self.today()
        raise self.refuse(f"“{node.identifier.text}”", node)

    declared: frozenset[str] = frozenset()

    def today(self) -> Code:
        """今天: the date of the header, or that of the run."""
        if self.program.date is None:
            return Code("datetime.date.today()")
        return Code(f"datetime.date({self.program.date.year}, {self.program.date.month}, {self.program.date.day})")

    def _text(self, node: s.Text) -> Code:
        return Code(repr(node.value))

    def _date(self, node: s.Date) -> Code:
        return Code(f"datetime.date({node.value.year}, {node.value.month}, {node.value.day})")

    def _group(self, node: s.Group) -> Code:
        return self.code(node.inner)

    def _listof(self, node: s.ListOf) -> Code:
        wanted = self.types[node].item
        return Code("[" + ", ".join(self.given(item, wanted) for item in node.items) + "]")

    def _template(self, node: s.Template) -> Code:
        pieces = [repr(part) if isinstance(part, str) else self._hole(part) for part in node.parts]
        if len(pieces) == 1 and not isinstance(node.parts[0], str):
            return Code(pieces[0])
        return Code(" + ".join(pieces), SUM) if len(pieces) > 1 else Code(pieces[0] if pieces else "''")

    def _hole(self, hole: s.Hole) -> str:
        text, options = self.text(hole.expression), self._format(hole)
        if self.settled(hole.expression):
            plain = self.kind(hole.expression) == "text" and self.sure.sure(hole.expression) and not options
            return text if plain else f"文({', '.join([text, *options])})"
        return f"洞({', '.join([f'lambda: {text}', *options])})"

    def _format(self, hole: s.Hole) -> list[str]:
        """The arguments of 文 for the formats of a hole."""
        form, _ = read_formats([word.text for word in hole.formats])
        unit, factor = self._unit(self.types[hole.expression]), Fraction(1)
        if form.unit:
            unit, factor = form.unit.name, form.unit.factor
        if form.percent:
            unit, factor = "%", factor / 100
        unit = "" if form.bare else unit
        options = [repr(unit)] if unit else []
        options += [f"换算={str(factor)!r}"] if factor != 1 else []
        options += [f"小数={form.decimals}"] if form.decimals is not None else []
        options += [f"补零={form.padding}"] if form.padding else []
        options += ["千分位=True"] if form.thousands else []
        return options + (["年月日=True"] if form.date else [])

    def _unit(self, kind: Optional[Type]) -> str:
        while kind is not None and kind.kind in ("list", "mapping"):
            kind = kind.item
        return unit_name(kind.dimension) if kind is not None and kind.kind == "number" else ""

    def shown(self, node: Any) -> str:
        """An expression as 显示 and 转为文本 write it."""
        if self.kind(node) == "text" and self.sure.sure(node):
            return self.text(node)
        unit = self._unit(self.types[node])
        return f"文({self.text(node)}, {unit!r})" if unit else f"文({self.text(node)})"

    # -- arithmetic

    def _negative(self, node: s.Negative) -> Code:
        if self.kind(node.operand) != "number":
            return Code(f"算('-', 0, {self.text(node.operand)})")
        return Code("-" + self.known(node.operand, SIGN), SIGN)

    def _arithmetic(self, node: s.Arithmetic) -> Code:
        left, right = self.types[node.left], self.types[node.right]
        if left.kind == "date":
            return self._moved(node, right)
        if left.kind == right.kind == "number":
            sign, level = _OPERATORS[node.operator]
            if node.operator == "÷" and not self.program.constants.get(node.right):
                return Code(f"除({self.known(node.left)}, {self.known(node.right)})")
            return Code(f"{self.known(node.left, level)} {sign} {self.known(node.right, level + 1)}", level)
        sign = _OPERATORS[node.operator][0]
        return Code(f"算({sign!r}, {self.given(node.left, None)}, {self.given(node.right, None)})")

    def _moved(self, node: s.Arithmetic, right: Type) -> Code:
        if right.kind == "date":
            return Code(f"({self.known(node.left, SUM)} - {self.known(node.right, PRODUCT)}).days")
        sign = "-" if node.operator == "-" else ""
        return self._later(node.left, node.right, sign)

    def _later(self, date: Any, period: Any, sign: str) -> Code:
        kind = self.types[period]
        if kind.kind != "number" or kind.dimension not in (DAYS, MONTHS):
            raise self.refuse("日期加减没有写类型的值", period)
        word = "天数" if kind.dimension == DAYS else "月数"
        return Code(f"推迟({self.text(date)}, {word}={sign}{self.known(period, SIGN if sign else CHOICE)})")

    def _convert(self, node: s.Convert) -> Code:
        unit = find_unit(node.unit.name)
        if unit is None or self.kind(node.operand) != "number":
            raise self.refuse("没有写类型的值的换算", node)
        text = self.known(node.operand, PRODUCT)
        factor = 1 / unit.factor
        text += f" * {factor.numerator}" if factor.numerator != 1 else ""
        text += f" / {factor.denominator}" if factor.denominator != 1 else ""
        return Code(text, PRODUCT if factor != 1 else CHOICE)

    # -- lists and dictionaries

    def _range(self, node: s.Range) -> Code:
        return Code(f"范围({self.text(node.low)}, {self.text(node.high)})")

    def _item(self, node: s.Item) -> Code:
        if node.ordinal:
            return Code(f"第几个({self.text(node.base)}, {self.given(node.key, None)})")
        if self.kind(node.base) not in ("mapping", "any"):
            raise self.refuse("按键取值", node)
        return Code(f"取键({self.text(node.base)}, {self.given(node.key, None)})")

    def _lastitem(self, node: s.LastItem) -> Code:
        return Code(f"最后一个({self.text(node.base)})")

    def elements(self, node: Any) -> str:
        """What a loop goes through."""
        return self.known(node)

    def _query(self, node: s.Query) -> Code:
        name = self.names.of(node.identifier.name)
        listing = name if node.listing is None else self.given(node.listing, self.types[node].item)
        where = f" if {self.condition(node.where, OR)}" if node.where is not None else ""
        return Code(f"[{listing} for {name} in {self.elements(node.source)}{where}]")

    def _quantifier(self, node: s.Quantifier) -> Code:
        name, word = self.names.of(node.identifier.name), "都满足" if node.every else "有满足"
        return Code(f"{word}({self.elements(node.source)}, lambda {name}: {self.condition(node.condition)})")

    # -- members and calls

    def _member(self, node: s.Member) -> Code:
        name = node.identifier.name
        kind = self.kind(node.base)
        if kind in ("mapping", "any") and name not in FUNCTIONS and name not in self.sure.functions:
            return Code(f"取键({self.text(node.base)}, {name!r})")
        return self._apply(node.identifier, [node.base], {}, node)

    def _call(self, node: s.Call) -> Code:
        given = [] if node.receiver is None else [node.receiver]
        given += [argument.value for argument in node.arguments if argument.name is None]
        named = {argument.name.name: argument.value for argument in node.arguments if argument.name}
        name = node.function.name
        if node.receiver is None and name not in self.sure.functions:
            if name == "列表":
                wanted = self.types[node].item
                return Code("[" + ", ".join(self.given(value, wanted) for value in given) + "]")
            if name == "字典":
                wanted = self.types[node].item
                pairs = (f"{key!r}: {self.given(value, wanted)}" for key, value in named.items())
                return Code("{" + ", ".join(pairs) + "}")
        return self._apply(node.function, given, named, node)

    def _apply(self, identifier: s.Identifier, given: list[Any], named: dict[str, Any], node: Any) -> Code:
        name = identifier.name
        if name in self.sure.functions:
            return self._own(self.sure.functions[name], given, named)
        if name == "取值":
            return self._get(given, named)
        if name == "推迟":
            return self._later(given[0], given[1], "")
        if name == "转为文本":
            return Code(self.shown(given[0]) if self.sure.sure(given[0]) else f"文({self.known(given[0])})")
        if name == "拼接":
            return self._joined(given)
        if name == "平方":
            value = self.known(given[0], PRODUCT)
            return Code(f"{value} * {value}", PRODUCT)
        keywords = {"排序": ("字段", "降序"), "分组": ()}.get(name, ())
        texts = [self.known(value) for value in given]
        texts += [f"{key}={self.text(value)}" for key, value in named.items() if key in keywords]
        if name in KEPT_WORDS or name == "分组":
            return Code(f"{name}({', '.join(texts)})")
        if name in _SHORT:
            operands = [Code(text, CHOICE if "(" in text or " " in text else ATOM) for text in texts]
            first = operands[0].at(ATOM) if _SHORT[name].startswith("{0}") else texts[0]
            return Code(_SHORT[name].format(first, *texts[1:]))
        return self.library(name, given, node)

    def library(self, name: str, _given: list[Any], node: Any) -> Code:
        """Functions of geometry and others that need more than values."""
        raise self.refuse(f"“{name}”", node)

    def _own(self, function: s.Function, given: list[Any], named: dict[str, Any]) -> Code:
        texts = []
        for formal, value in zip(function.formals, given):
            texts.append(self.given(value, self.formal_type(formal)))
        for formal in function.formals[len(given) :]:
            if formal.identifier.name in named:
                value = self.given(named[formal.identifier.name], self.formal_type(formal))
                texts.append(f"{self.names.of(formal.identifier.name)}={value}")
        return Code(f"{self.names.of(function.identifier.name)}({', '.join(texts)})")

    def formal_type(self, formal: s.Formal) -> Optional[Type]:
        """The type that is written for a parameter."""
        return named_type(formal.annotation.name) if formal.annotation else None

    def _get(self, given: list[Any], named: dict[str, Any]) -> Code:
        values = [*given[1:], *([named["缺省"]] if "缺省" in named else [])]
        item = self.types[given[0]].item
        if has_unit(item):
            raise self.refuse("字典里带单位的数的“取值”", given[0])
        return Code(f"{self.known(given[0], ATOM)}.get({', '.join(self.given(value, None) for value in values)})")

    def _joined(self, given: list[Any]) -> Code:
        mark = f"文字值({self.text(given[1])})" if len(given) > 1 else "''"
        item = self.types[given[0]].item
        if item is not None and item.kind == "text" and self.sure.sure_items(given[0]):
            return Code(f"{mark}.join({self.known(given[0])})")
        unit = self._unit(self.types[given[0]])
        shown = f"文(项, {unit!r})" if unit else "文(项)"
        return Code(f"{mark}.join({shown} for 项 in {self.known(given[0])})")
