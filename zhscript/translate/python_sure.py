"""Which expressions of a program are never 空, and which can be evaluated without 无法判断: those need no guard."""

from __future__ import annotations

from typing import Any

from .. import syntax as s
from ..program import Program
from ..syntax.nodes import walk

_SAME_ITEMS = frozenset({"排序", "去重", "反转", "前几个"})
_MAYBE_EMPTY = frozenset({"取值", "查找"})
_VALUES = (
    s.Number,
    s.Quantity,
    s.Text,
    s.Date,
    s.Template,
    s.ListOf,
    s.Range,
    s.Query,
    s.Arithmetic,
    s.Negative,
    s.Convert,
    s.Compare,
    s.Between,
    s.About,
    s.Not,
    s.Logical,
    s.Empty,
    s.Absent,
    s.Quantifier,
    s.Unique,
    s.Relation,
    s.Touching,
    s.Distance,
    s.MeasuredMember,
)


class Sureness:
    """What is known of a program's names, whatever the order in which it runs.

    A name counts as sure when no binding of that name anywhere can give 空: the largest set that agrees with itself.
    """

    def __init__(self, program: Program) -> None:
        self.functions = {item.identifier.name: item for item in program.of_kind(s.Function)}
        self._types = program.types
        self._layers = {layer.key for layer in program.layers}
        self._values: dict[str, list[Any]] = {}  # name -> what it is bound to
        self._items: dict[str, list[Any]] = {}  # name -> what is put into it
        self._elements: dict[str, list[Any]] = {}  # name -> lists whose elements it is
        self._doubtful: set[str] = set()
        self._doubtful_items: set[str] = set()
        for item in program.items:
            for node in walk(item):
                self._note(node)
        while self._narrow():
            pass

    def _note(self, node: Any) -> None:
        if isinstance(node, (s.Binding, s.Parameter)):
            self._values.setdefault(node.identifier.name, []).append(node.value)
        elif isinstance(node, s.Assign) and isinstance(node.target, s.Name):
            self._values.setdefault(node.target.identifier.name, []).append(node.value)
        elif isinstance(node, (s.Assign, s.Put)):
            root: Any = node.target
            while isinstance(root, (s.Item, s.Member, s.LastItem)):
                root = root.base
            if isinstance(root, s.Name):
                self._items.setdefault(root.identifier.name, []).append(node.value)
        elif isinstance(node, (s.ForEach, s.Query, s.Quantifier, s.Check)):
            self._elements.setdefault(node.identifier.name, []).append(node.source)
        elif isinstance(node, s.DatedParameter):
            self._values.setdefault(node.identifier.name, []).extend(since.value for since in node.values)
        elif isinstance(node, (s.Call, s.Member)):
            self._arguments(node)

    def _arguments(self, node: Any) -> None:
        """Arguments of the file's functions are what its parameters are bound to."""
        name = node.function.name if isinstance(node, s.Call) else node.identifier.name
        function = self.functions.get(name)
        if function is None:
            return
        given = [node.receiver if isinstance(node, s.Call) else node.base]
        given = [item for item in given if item is not None]
        arguments = node.arguments if isinstance(node, s.Call) else []
        given += [argument.value for argument in arguments if argument.name is None]
        for formal, value in zip(function.formals, given):
            self._values.setdefault(formal.identifier.name, []).append(value)
        for argument in arguments:
            if argument.name is not None:
                self._values.setdefault(argument.name.name, []).append(argument.value)
        for formal in function.formals[len(given) :]:
            if formal.default is not None:
                self._values.setdefault(formal.identifier.name, []).append(formal.default)

    def _narrow(self) -> bool:
        """Take out names that can be 空 after all; whether there were any."""
        names = set(self._values) | set(self._elements) | set(self._items)
        doubtful = {name for name in names - self._doubtful if not self._is_sure(name)}
        items = {name for name in names - self._doubtful_items if not self._has_sure_items(name)}
        self._doubtful |= doubtful
        self._doubtful_items |= items
        return bool(doubtful or items)

    def _is_sure(self, name: str) -> bool:
        return all(map(self.sure, self._values.get(name, []))) and all(
            map(self.sure_items, self._elements.get(name, []))
        )

    def _has_sure_items(self, name: str) -> bool:
        puts = self._items.get(name, [])
        if name in self._elements:
            return False
        return all(map(self.sure, puts)) and all(map(self.sure_items, self._values.get(name, [])))

    def sure(self, node: Any) -> bool:
        """Whether the value cannot be 空."""
        if isinstance(node, _VALUES):
            return True
        if isinstance(node, s.Group):
            return self.sure(node.inner)
        if isinstance(node, s.Name):
            return node.identifier.name not in self._doubtful and node.identifier.name != "空"
        if isinstance(node, s.Choose):
            return all(self.sure(value) for _, value in node.choices) and self.sure(node.otherwise)
        if isinstance(node, s.Call):
            return self._sure_result(node.function.name)
        if isinstance(node, (s.Item, s.LastItem)):
            return self.sure_items(node.base)
        if isinstance(node, s.Member) and self._types[node.base].kind not in ("feature", "mapping", "any"):
            return self._sure_result(node.identifier.name)
        return False

    def _sure_result(self, name: str) -> bool:
        function = self.functions.get(name)
        if function is None:
            return name not in _MAYBE_EMPTY
        returned = [node.value for node in walk(function) if isinstance(node, s.Return)]
        return always_returns(function.body) and all(value is not None and self.sure(value) for value in returned)

    def sure_items(self, node: Any) -> bool:
        """Whether the value is a list without 空."""
        if isinstance(node, s.Group):
            return self.sure_items(node.inner)
        if isinstance(node, s.ListOf):
            return all(map(self.sure, node.items))
        if isinstance(node, s.Name):
            name = node.identifier.name
            return name in self._layers or (name in self._values and name not in self._doubtful_items)
        if isinstance(node, s.Call):
            values = [argument.value for argument in node.arguments]
            values = values if node.receiver is None else [node.receiver, *values]
            if node.function.name == "列表":
                return all(map(self.sure, values))
            if node.function.name in _SAME_ITEMS:
                return bool(values) and self.sure_items(values[0])
            return node.function.name == "拆分"
        if isinstance(node, s.Member) and node.identifier.name in _SAME_ITEMS:
            return self.sure_items(node.base)
        return isinstance(node, s.Range)


def always_returns(body: list[s.Statement]) -> bool:
    """Whether the statements cannot end without 返回."""
    last = body[-1] if body else None
    if isinstance(last, s.If):
        return all(always_returns(block) for _, block in last.branches) and always_returns(last.otherwise)
    return isinstance(last, (s.Return, s.Fail))
