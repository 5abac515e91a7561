"""Types of names, literals and texts with holes."""

from __future__ import annotations

from .. import syntax as s
from ..codes import class_codes
from ..formats import EXAMPLES, read_formats
from ..library import FUNCTIONS
from ..types import ANY, BOOLEAN, DATE, NULL, NUMBER, TEXT, Type, list_of, number_of
from .fitting import Fitting
from .scope import Symbol

_CONSTANTS = {"真": BOOLEAN, "是": BOOLEAN, "假": BOOLEAN, "否": BOOLEAN, "空": NULL, "今天": DATE, "换行": TEXT}


class Values(Fitting):
    """Checks what an expression starts from."""

    def _name(self, node: s.Name) -> Type:
        identifier = node.identifier
        symbol = self.scopes.find(identifier.name)
        if symbol:
            if symbol.role in ("function", "standard"):
                return self._error("ZH224", f"“{identifier.text}”要带括号使用，例如 {identifier.text}（…）", node)
            self.constants.put(node, symbol.constant)
            return symbol.type
        if identifier.name in _CONSTANTS:
            return _CONSTANTS[identifier.name]
        if identifier.name in FUNCTIONS:
            return self._error("ZH224", f"“{identifier.text}”要写成“甲 的{identifier.text}”", node)
        return self.scopes.unknown("ZH201", f"没有声明过“{identifier.text}”", identifier, self.scopes.names())

    def _others(self, node: s.Others) -> Type:
        layer = self._layer(node.identifier)
        if layer is None:
            return ANY
        if not any(symbol.type == Type("feature", layer=layer.key) for symbol in self._symbols()):
            self._error("ZH225", f"“其他 {layer.name}”只能用在检查“{layer.name}”中的要素时", node)
        return Type("layer", layer=layer.key, plain=layer.kind == "table")

    def _symbols(self) -> list[Symbol]:
        return [symbol for name in self.scopes.names() for symbol in [self.scopes.find(name)] if symbol]

    def _number(self, _node: s.Number) -> Type:
        return NUMBER

    def _quantity(self, node: s.Quantity) -> Type:
        return number_of(node.dimension)

    def _date(self, _node: s.Date) -> Type:
        return DATE

    def _text(self, _node: s.Text) -> Type:
        return TEXT

    def _template(self, node: s.Template) -> Type:
        for part in node.parts:
            if isinstance(part, s.Hole):
                self._hole(part)
        return TEXT

    def _hole(self, hole: s.Hole) -> None:
        kind = self.type_of(hole.expression)
        if kind.kind in ("feature", "layer", "mapping", "rule", "shape"):
            self._error("ZH226", f"{kind}不能直接写进文字", hole.expression)
        for word in hole.formats:
            form, unknown = read_formats([word.text])
            if unknown is not None:
                self._error("ZH227", f"不认识格式“{word.text}”；可用的有：{EXAMPLES}", word)
                continue
            if kind.failed:
                continue
            if form.unit and kind.kind == "any":
                self._error("ZH228", f"这个值没有写单位，不能换成“{word.text}”；请在字段声明里写上单位", word)
            elif form.unit and (kind.kind != "number" or kind.dimension != form.unit.dimension):
                self._error("ZH228", f"{kind}不能写成“{word.text}”", word)
            elif form.date and kind.kind not in ("date", "any"):
                self._error("ZH228", f"{kind}不能写成“年月日”", word)
            elif form.percent and not (kind == NUMBER or kind.kind == "any"):
                self._error("ZH228", f"{kind}不能写成“百分数”", word)
            elif not (form.unit or form.date or form.percent) and kind.kind not in ("number", "any"):
                self._error("ZH228", f"“{word.text}”只能用于数，现在是{kind}", word)

    def _reference(self, node: s.Reference) -> Type:
        if node.kind == "分类":
            _, wrong = class_codes(node.title)
            if wrong:
                return self._error("ZH258", wrong, node)
            return list_of(TEXT)
        if node.kind != "规则":
            return self._error("ZH259", f"这里不能写{node.kind}“{node.title}”；请直接写它的名字", node)
        if not self.in_test:
            return self._error("ZH259", f"规则“{node.title}”的报告只能在“测试”里用", node)
        if node.title not in self.rules:
            return self._error("ZH204", f"没有名为“{node.title}”的规则", node)
        return Type("rule")

    def _group(self, node: s.Group) -> Type:
        return self.type_of(node.inner)

    def _listof(self, node: s.ListOf) -> Type:
        return list_of(self._common([self.type_of(item) for item in node.items]))
