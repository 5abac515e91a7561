"""Checks statements: where each may stand, and the names they bind."""

from __future__ import annotations

from typing import Any, Optional

from .. import syntax as s
from ..diagnostics import Edit, Fix
from ..types import ANY, NOTHING, NUMBER, TEXT, Type, feature_of
from .expressions import Expressions
from .scope import Scopes, Symbol
from .writing import Writing

FAILURE = "出错原因"


class Statements:
    """Walks statements. In rules the body is pure: no changes, no output."""

    def __init__(self, scopes: Scopes, expressions: Expressions) -> None:
        self.scopes = scopes
        self.expressions = expressions
        self.kind = "脚本"
        self.writing = Writing(scopes, expressions)
        self._rule = 0
        self._loops: list[str] = []
        self._function: Optional[list[Type]] = None

    def statement(self, node: s.Statement) -> None:
        """Check one statement."""
        getattr(self, "_" + type(node).__name__.lower())(node)

    def block(self, body: list[s.Statement]) -> None:
        """Check the statements of a block in a scope of their own."""
        self.scopes.push()
        for node in body:
            self.statement(node)
        self.scopes.pop()

    def rule_body(self, rule: s.Rule) -> None:
        """Check the body of a rule."""
        self._enter_rule(1)
        self.block(rule.body)
        self._enter_rule(-1)

    def _enter_rule(self, step: int) -> None:
        self._rule += step
        self.expressions.permissions.in_rule = self._rule > 0

    def function_body(self, item: s.Function) -> Type:
        """Check the body of a function and give the type it returns."""
        self._function, outer = [], self._function
        loops, self._loops = self._loops, []
        self.expressions.permissions.function = item.identifier.name
        for node in item.body:
            self.statement(node)
        self.expressions.permissions.function = ""
        kinds = [kind for kind in self._function if kind.kind != "null"]
        self._function, self._loops = outer, loops
        if not kinds:
            return NOTHING if not item.body or item.result is None else ANY
        return kinds[0] if all(kind == kinds[0] for kind in kinds) else ANY

    def tool_body(self, tool: s.Tool) -> None:
        """Check the body of a tool."""
        loops, self._loops = self._loops, []
        self.block(tool.body)
        self._loops = loops

    def quiet(self, node: s.Binding) -> None:
        """Bind a name again without telling its problems twice."""
        count = len(self.scopes.problems)
        self.statement(node)
        del self.scopes.problems[count:]

    def exception_conditions(self, check: s.Check, conditions: list[Any]) -> None:
        """Check the conditions of an exception in the scope of the check that it concerns."""
        count = len(self.scopes.problems)
        self.scopes.push()
        self.scopes.declare(check.identifier, Symbol("value", self.expressions.element(check.source)))
        for node in check.body:
            if isinstance(node, s.Binding):
                self.statement(node)
        del self.scopes.problems[count:]
        for condition in conditions:
            self.expressions.condition(condition)
        self.scopes.pop()

    def _error(self, code: str, message: str, node: Any, *fixes: Fix) -> None:
        self.scopes.error(code, message, node, *fixes)

    def _misplaced(self, node: Any) -> None:
        what = {
            s.Rule: "规则",
            s.RuleException: "例外",
            s.Function: "函数",
            s.Standard: "标准",
            s.Test: "测试",
            s.Parameter: "参数",
            s.DatedParameter: "参数",
            s.Layer: "图层",
            s.Header: "说明行",
        }.get(type(node), "声明")
        self._error("ZH276", f"“{what}”不能写在这里", node)

    # -- names

    def _binding(self, node: s.Binding) -> None:
        kind = self.expressions.type_of(node.value)
        if node.annotation:
            wanted = self.expressions.type_named(node.annotation)
            self.expressions._same(kind, wanted, node.value)
            kind = wanted
        if node.variable and self._rule:
            self._error("ZH277", "规则里不能用“变量”，请用“设定”", node)
        if kind == NOTHING:
            self._error("ZH278", "这个函数没有返回值", node.value)
            kind = ANY
        if node.variable:
            symbol = Symbol("variable", kind, node)
        else:
            symbol = Symbol("value", kind, node, self.expressions.constants.get(node.value))
        self.scopes.declare(node.identifier, symbol, *self._meant_as_change(node))

    def _meant_as_change(self, node: s.Binding) -> list[Fix]:
        """Where a value is bound a second time, its change may have been meant."""
        known = self.scopes.find(node.identifier.name)
        if known is None or self._rule or node.annotation or not isinstance(known.node, s.Binding):
            return []
        name, start = node.identifier.text, known.node.start
        change = Edit(node.start, node.value.start, f"{name} 改为 ")
        if known.node.variable:
            return [Fix(f"改变它的值：“{name} 改为 …”", (change,))]
        edits = (Edit(start, start + 2, "变量"), change)
        return [Fix(f"前面声明为“变量 {name} 为 …”，这里改变它的值：“{name} 改为 …”", edits)]

    def _assign(self, node: s.Assign) -> None:
        if self._rule:
            self._error("ZH277", "规则里不能改变已有的值", node)
        target: Any = node.target
        value = self.expressions.type_of(node.value)
        if isinstance(target, s.Name):
            self._assign_name(node, target.identifier, value)
            return
        if not isinstance(target, s.Item):
            self._error("ZH279", "这里不能改变；可以改变的是变量、列表的第几个、字典的键", target)
            return
        root = target.base
        while isinstance(root, (s.Item, s.Member)):
            root = root.base
        self.expressions.type_of(target)
        if isinstance(root, s.Name):
            self._mutable(root.identifier)

    def _assign_name(self, node: s.Assign, identifier: s.Identifier, value: Type) -> None:
        symbol = self._mutable(identifier)
        if symbol is None or symbol.role != "variable":
            return
        if node.operator != "=" and symbol.type.kind not in ("number", "any"):
            self._error("ZH237", f"“增加”“减少”只能用于数，“{identifier.text}”是{symbol.type}", node)
        elif symbol.type.kind == "null":
            symbol.type = value
        elif symbol.type.kind == "list" and value.kind == "list":
            symbol.type = value if symbol.type.item in (None, ANY) else symbol.type
        else:
            self.expressions._same(value, symbol.type, node.value)
        self.expressions.types[node.target] = symbol.type

    def _mutable(self, identifier: s.Identifier) -> Optional[Symbol]:
        symbol = self.scopes.find(identifier.name)
        if symbol is None:
            self.scopes.unknown("ZH201", f"没有声明过“{identifier.text}”", identifier, self.scopes.names())
        elif symbol.role != "variable":
            fixes = []
            if isinstance(symbol.node, s.Binding):
                start = symbol.node.start
                fixes.append(Fix("把“设定”改成“变量”", (Edit(start, start + 2, "变量"),)))
            self._error("ZH280", f"“{identifier.text}”是设定的值，不能改变；要改变请声明为“变量”", identifier, *fixes)
        return symbol

    def _put(self, node: s.Put) -> None:
        if self._rule:
            self._error("ZH277", "规则里不能改变已有的值", node)
        self.writing.put(node, self._mutable)

    def _callstatement(self, node: s.CallStatement) -> None:
        if not isinstance(node.call, (s.Call, s.OperationCall)):
            self._error("ZH282", "这一行不是完整的语句", node)
        elif self._rule:
            self._error("ZH282", "规则里单独一行的函数没有作用", node)
        self.expressions.type_of(node.call)

    # -- rules

    def _check(self, node: s.Check) -> None:
        source = self.expressions.type_of(node.source)
        element = feature_of(source) if source.kind == "layer" else self._elements(node, source)
        if self._loops:
            self._error("ZH283", "“检查”不能写在循环里面", node)
        self.scopes.push()
        self.scopes.declare(node.identifier, Symbol("value", element))
        if node.where is not None:
            self.expressions.condition(node.where)
        self._enter_rule(1)
        self._loops.append("检查")
        self.block(node.body)
        self._loops.pop()
        self._enter_rule(-1)
        self.scopes.pop()

    def _elements(self, node: s.Check, source: Type) -> Type:
        if source.kind == "list" and source.item and source.item.kind == "feature":
            return source.item
        if source.kind != "any":
            self._error("ZH284", "“检查”后面要写图层", node.source)
        return ANY

    def _outside_rule(self, node: Any, word: str) -> bool:
        if not self._rule:
            self._error("ZH285", f"“{word}”只能写在规则或“检查”里", node)
        return not self._rule

    def _require(self, node: s.Require) -> None:
        self._outside_rule(node, "要求")
        self.expressions.condition(node.condition)
        self._remarks(node.report, node.mark, node.suggestion)
        self._bare_threshold(node.condition)

    def _bare_threshold(self, condition: Any) -> None:
        """A threshold that is written as a number has no reference: a hint."""
        if isinstance(condition, s.Logical):
            self._bare_threshold(condition.left)
            self._bare_threshold(condition.right)
        elif isinstance(condition, s.Compare):
            for side in (condition.left, condition.right):
                if isinstance(side, (s.Number, s.Quantity)) and side.value not in (0, 1):
                    self.scopes.note("hint", "ZH302", "这个限值没有来历；建议写成“参数 … 为 …，依据“…””", side)

    def _remarks(self, message: Any, mark: Any, suggestion: Any) -> None:
        for text in (message, suggestion):
            if text is not None:
                self.expressions.text(text)
        if mark is not None:
            self.expressions.shape(mark)

    def _hint(self, node: s.Hint) -> None:
        self._outside_rule(node, "提示")
        self._remarks(node.message, node.mark, node.suggestion)

    # -- flow

    def _if(self, node: s.If) -> None:
        for condition, body in node.branches:
            self.expressions.condition(condition)
            self.block(body)
        self.block(node.otherwise)

    def _loop(self, word: str, body: list[s.Statement]) -> None:
        self._loops.append(word)
        self.block(body)
        self._loops.pop()

    def _foreach(self, node: s.ForEach) -> None:
        element = self.expressions.element(node.source)
        self.scopes.push()
        self.scopes.declare(node.identifier, Symbol("value", element))
        if node.numbering:
            self.scopes.declare(node.numbering, Symbol("value", NUMBER))
        if node.where is not None:
            self.expressions.condition(node.where)
        self._loop("遍历", node.body)
        if node.failed is not None:
            self._failed(node.failed)
        self.scopes.pop()

    def _failed(self, body: list[s.Statement]) -> None:
        """如果出错: 出错原因 tells why; 跳出 ends the loop."""
        self.scopes.push()
        self.scopes.declare(s.Identifier(-1, -1, FAILURE, FAILURE), Symbol("value", TEXT))
        self._loop("遍历", body)
        self.scopes.pop()

    def _for(self, node: s.For) -> None:
        kinds = [self.expressions.type_of(part) for part in (node.low, node.high)]
        if node.step is not None:
            kinds.append(self.expressions.type_of(node.step))
        for kind in kinds:
            if kind.kind not in ("number", "any") or kind != kinds[0]:
                self._error("ZH286", "循环的起点、终点和每次增加的数要是同一类数", node)
                break
        self.scopes.push()
        self.scopes.declare(node.identifier, Symbol("value", kinds[0]))
        self._loop("循环", node.body)
        self.scopes.pop()

    def _repeat(self, node: s.Repeat) -> None:
        self.expressions._same(self.expressions.type_of(node.count), NUMBER, node.count)
        self._loop("重复", node.body)

    def _while(self, node: s.While) -> None:
        self.expressions.condition(node.condition)
        self._loop("只要", node.body)

    def _skip(self, node: s.Skip) -> None:
        if not self._loops:
            self._error("ZH287", "“跳过”只能写在循环或“检查”里", node)

    def _break(self, node: s.Break) -> None:
        if not self._loops or self._loops[-1] == "检查":
            self._error("ZH287", "“跳出”只能写在循环里", node)

    def _return(self, node: s.Return) -> None:
        kind = self.expressions.type_of(node.value) if node.value is not None else Type("null")
        if self._function is None:
            self._error("ZH288", "“返回”只能写在函数里", node)
        else:
            self._function.append(kind)

    def _show(self, node: s.Show) -> None:
        if self._rule or self.kind == "规则集":
            self._error("ZH289", "规则里不能用“显示”，请用“提示”", node)
        else:
            self.expressions.permissions.use("显示", "检查", node)
        for value in node.values:
            kind = self.expressions.type_of(value)
            if kind.kind in ("feature", "layer", "shape", "rule", "nothing"):
                self._error("ZH226", f"{kind}不能直接显示", value)

    def _fail(self, node: s.Fail) -> None:
        self.expressions.text(node.message)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") and not name.startswith("__"):
            return self._misplaced
        raise AttributeError(name)
