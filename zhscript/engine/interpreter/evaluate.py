"""Evaluates expressions of a checked program, one feature at a time."""

from __future__ import annotations

import datetime
from typing import Any

from ... import syntax as s
from ...codes import class_codes
from ...constants import rounded
from ...formats import read_formats
from ..errors import Mistake, Undetermined
from ..functions import LONGEST
from ..operations import call_operation
from ..table import Feature, View
from ..values import Quantity, is_number, make, show, whole
from .conditions import Conditions
from .members import Members, RuleFindings

_CONSTANTS = {"真": True, "是": True, "假": False, "否": False, "空": None, "换行": "\n"}


class Evaluator(Members, Conditions):
    """Values of all expressions."""

    # -- names and literals

    def _name(self, node: s.Name) -> Any:
        name = node.identifier.name
        try:
            return self.find(name)
        except KeyError:
            if name == "今天":
                if self.today is None:
                    raise Mistake("没有“参数日期”，不知道“今天”是哪一天；请在文件开头写 参数日期") from None
                return self.today
            if name in _CONSTANTS:
                return _CONSTANTS[name]
            raise Mistake(f"“{node.identifier.text}”在这里还没有值") from None

    def _others(self, node: s.Others) -> View:
        layer = self.layers[node.identifier.name]
        for scope in reversed(self.scopes):
            for value in scope.values():
                if isinstance(value, Feature) and value.layer is layer:
                    return View(layer, value.index)
        raise Mistake(f"“其他 {layer.name}”在这里没有当前的要素")

    def _number(self, node: s.Number) -> Any:
        return rounded(node.value)

    def _quantity(self, node: s.Quantity) -> Any:
        return make(rounded(node.value), node.dimension)

    def _date(self, node: s.Date) -> datetime.date:
        return node.value

    def _text(self, node: s.Text) -> str:
        return node.value

    def _template(self, node: s.Template) -> str:
        result = "".join(part if isinstance(part, str) else self._hole(part) for part in node.parts)
        if len(result) > LONGEST:
            raise Mistake(f"文字太长（最多 {LONGEST} 字）")
        return result

    def _hole(self, hole: s.Hole) -> str:
        try:
            value = self.value(hole.expression)
        except Undetermined:
            return "（无法判断）"
        form, _ = read_formats([word.text for word in hole.formats])
        return show(value, form)

    def _group(self, node: s.Group) -> Any:
        return self.value(node.inner)

    def _listof(self, node: s.ListOf) -> list[Any]:
        return [self.value(item) for item in node.items]

    # -- choices and queries

    def _choose(self, node: s.Choose) -> Any:
        for condition, value in node.choices:
            if self.condition(condition):
                return self.value(value)
        return self.value(node.otherwise)

    def _range(self, node: s.Range) -> list[Any]:
        low, high = self.known(node.low), self.known(node.high)
        if not (is_number(low) and is_number(high)) or isinstance(low, Quantity) or isinstance(high, Quantity):
            raise Mistake("“至”两边要是整数")
        first, last = whole(low), whole(high)
        if first is None or last is None:
            raise Mistake("“至”两边要是整数")
        if last - first > LONGEST:
            raise Mistake(f"列表太长（最多 {LONGEST} 个）")
        return list(range(first, last + 1))

    def _query(self, node: s.Query) -> list[Any]:
        result = []
        found = self.found(node) if self.found else None
        for element in self.elements(node.source) if found is None else found:
            self.check()
            self.scopes.append({node.identifier.name: element})
            try:
                if found is not None or node.where is None or self.condition(node.where):
                    result.append(element if node.listing is None else self.value(node.listing))
            finally:
                self.scopes.pop()
        return result

    def _quantifier(self, node: s.Quantifier) -> bool:
        """都满足 / 中有 … 满足; a decisive element settles it whatever the unknown ones are."""
        found = self.found(node) if self.found else None
        if found is not None:
            return len(found) > 0
        unknown = None
        for element in self.elements(node.source):
            self.check()
            self.scopes.append({node.identifier.name: element})
            try:
                if self.condition(node.condition) != node.every:
                    return not node.every
            except Undetermined as reason:
                unknown = unknown or reason
            finally:
                self.scopes.pop()
        if unknown is not None:
            raise unknown
        return node.every

    def _toolcall(self, node: s.ToolCall) -> Any:
        given = {argument.name.name: self.value(argument.value) for argument in node.arguments if argument.name}
        return self.call_tool(node.title, given) if self.call_tool else None

    def _operationcall(self, node: s.OperationCall) -> Any:
        given = {argument.name.name: self.value(argument.value) for argument in node.arguments if argument.name}
        return call_operation(self, node.title.text, given)

    def _reference(self, node: s.Reference) -> Any:
        if node.kind == "分类":
            return sorted(class_codes(node.title)[0])
        return RuleFindings(self.findings_of(node.title) if self.findings_of else [])
