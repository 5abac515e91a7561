"""From the expressions of a check to operators. Equal expressions share one operator."""

from __future__ import annotations

from typing import Any

from ... import syntax as s
from ...program import Program
from ...units import find_unit
from . import logic, numbers, queries, spatial
from .operators import Bindings, Constant, Element, Field, Generic, LayerOf, Operator
from .trees import children, has_others, names_in, shape_of, walk

_SORTS = {"shape": "shape", "feature": "feature", "boolean": "condition"}
_PARTS = frozenset({"相交部分", "相交面积", "相交长度"})


class Builder:
    """Operators for the expressions of one check; `element` is the name of the feature, `layer` the key of its layer.

    `names` holds what the 设定 of the check stand for, in the blocks that are open.
    """

    def __init__(self, program: Program, element: str, layer: str) -> None:
        self.program = program
        self.element = element
        self.layer = layer
        self.names: dict[str, Operator] = {}
        self.bindings: Bindings = {}
        self._layers = {item.key: item for item in program.layers}
        self._own = {item.identifier.name for item in program.items if isinstance(item, (s.Function, s.Standard))}
        self._made: dict[Any, Operator] = {}
        self.matches: dict[s.Node, queries.Matches] = {}  # by query and quantifier

    def open(self) -> Builder:
        """The same, for a block with names of its own."""
        inner = Builder.__new__(Builder)
        inner.__dict__.update(self.__dict__, names=dict(self.names), bindings=dict(self.bindings))
        return inner

    def bind(self, binding: s.Binding) -> Operator:
        """设定: what the name stands for from here on."""
        operator = self.build(binding.value)
        self.names[binding.identifier.name] = operator
        self.bindings[binding.identifier.name] = binding
        return operator

    # -- what an expression depends on

    def needed(self, node: s.Node) -> Bindings:
        """The 设定 of the check that an expression uses, directly or through others, in their order."""
        wanted: set[str] = set()
        found = set(names_in(node)) & set(self.bindings)
        while found:
            name = found.pop()
            wanted.add(name)
            found |= (set(names_in(self.bindings[name].value)) & set(self.bindings)) - wanted
        return {name: binding for name, binding in self.bindings.items() if name in wanted}

    def depends(self, node: s.Node) -> bool:
        """Whether the value may be different from feature to feature."""
        parts = [node, *(binding.value for binding in self.needed(node).values())]
        return any(self.element in names_in(part) or has_others(part) for part in parts)

    # -- building

    def build(self, node: Any) -> Operator:
        """The operator of an expression."""
        if isinstance(node, s.Group):
            return self.build(node.inner)
        if isinstance(node, s.Name):
            return self._name(node)
        if isinstance(node, s.Others):
            return LayerOf(node, node.identifier.name, True)
        needed = self.needed(node)
        key = (shape_of(node), tuple(needed.values()))
        if key in self._made:
            self._same(self._made[key].node, node)
        else:
            if not self.depends(node):
                self._made[key] = self._constant(node)
            else:
                method = getattr(self, "_build_" + type(node).__name__.lower(), self.generic)
                self._made[key] = method(node)
        return self._made[key]

    def _same(self, one: Any, two: Any) -> None:
        """What is known about the queries in an expression holds for those in an equal one."""
        for known, item in zip(walk(one), walk(two)):
            if known in self.matches:
                self.matches[item] = self.matches[known]  # type: ignore[index]

    def _name(self, node: s.Name) -> Operator:
        name = node.identifier.name
        if name == self.element:
            return self._made.setdefault("element", Element(node, self.layer))
        if name in self.names:
            return self.names[name]
        if name in self._layers:
            return LayerOf(node, name, False)
        return self._constant(node)

    def _constant(self, node: Any) -> Operator:
        kind = self.program.types.get(node)
        return Constant(node, _SORTS.get(kind.kind, "value") if kind else "value", self.needed(node))

    def generic(self, node: Any) -> Operator:
        """The interpreter's evaluation, grouped by the values that the expression depends on where that can be."""
        kind = self.program.types.get(node)
        sort = _SORTS.get(kind.kind, "value") if kind else "value"
        leaves = self._leaves(node, frozenset())
        inside = [self.matches[item] for item in walk(node) if item in self.matches]
        operator = Generic(node, sort, leaves, self.needed(node), inside)
        operator.layer = kind.layer if kind and sort == "feature" else ""
        return operator

    def _leaves(self, node: Any, inner: frozenset[str]) -> list[Operator] | None:
        """The operators whose values decide an expression; None when the feature itself does."""
        if isinstance(node, (s.Query, s.Quantifier)):
            inner |= {node.identifier.name}
        leaves: list[Operator] = []
        for child in children(node):
            if not self.depends(child):
                continue
            if names_in(child) & inner or not isinstance(child, s.Expression):
                found = self._leaves(child, inner)
            else:
                found = _decisive(self.build(child))
            if found is None:
                return None
            leaves += found
        if isinstance(node, s.Name) and node.identifier.name == self.element:
            return None
        return leaves

    # -- nodes

    def _build_member(self, node: s.Member) -> Operator:
        base, name = self.build(node.base), node.identifier.name
        declaration = self._layers.get(base.layer) if base.sort == "feature" else None
        if declaration is not None and declaration.field_type(name) is not None:
            return Field(node, base, name)
        return self._of_shape(node, name, base)

    def _of_shape(self, node: Any, name: str, base: Operator) -> Operator:
        if name in spatial.OF_SHAPE and name not in self._own and base.sort in ("feature", "shape"):
            return spatial.OfShape(node, name, base)
        return self.generic(node)

    def _build_call(self, node: s.Call) -> Operator:
        given = [node.receiver] if node.receiver else []
        given += [argument.value for argument in node.arguments if argument.name is None]
        name = node.function.name
        if name == "个数" and len(given) == 1 and name not in self._own:
            return self._counted(node, given[0])
        return self._of_shape(node, name, self.build(given[0])) if len(given) == 1 else self.generic(node)

    def _counted(self, node: Any, source: Any) -> Operator:
        operator = self.build(source)
        return queries.Count(node, operator) if isinstance(operator, queries.Matches) else self.generic(node)

    def _build_measuredmember(self, node: s.MeasuredMember) -> Operator:
        base = self.build(node.base)
        if base.sort not in ("feature", "shape"):
            return self.generic(node)
        metres = float(node.measure.value)
        return spatial.Buffer(node, base, -metres if node.identifier.name == "内缩范围" else metres)

    def _spatial(self, node: Any, word: str, left: Operator, right: Operator, symmetric: bool) -> Operator:
        if symmetric and left.sort == "layer" and right.sort != "layer":
            left, right = right, left
        if left.sort in ("feature", "shape"):
            if isinstance(right, LayerOf) and word != "合并部分":
                return spatial.WithLayer(node, word, left, right)
            if right.sort in ("feature", "shape"):
                return spatial.OfTwo(node, word, left, right)
        return self.generic(node)

    def _build_relation(self, node: s.Relation) -> Operator:
        word = node.word.name
        return self._spatial(node, word, self.build(node.left), self.build(node.right), word in _PARTS)

    def _build_touching(self, node: s.Touching) -> Operator:
        return self._spatial(node, node.word, self.build(node.left), self.build(node.right), True)

    def _build_distance(self, node: s.Distance) -> Operator:
        return self._spatial(node, "距离", self.build(node.left), self.build(node.right), True)

    def _build_located(self, node: s.Located) -> Operator:
        return self._spatial(node, "所在", self.build(node.base), LayerOf(node, node.layer.name, False), False)

    def _build_unique(self, node: s.Unique) -> Operator:
        field = self.build(node.operand)
        if isinstance(field, Field):
            return spatial.Unique(node, field.children[0], field.name)
        return self.generic(node)

    def _build_compare(self, node: s.Compare) -> Operator:
        word = node.operator
        left, right = self.build(node.left), self.build(node.right)
        if word in numbers.COMPARISONS:
            return numbers.Compare(node, self.generic(node), left, right)
        if word in ("位于", "不位于") or (word in ("包含", "不包含") and left.sort in ("feature", "shape", "layer")):
            one, two = (left, right) if word in ("位于", "不位于") else (right, left)
            inside = self._spatial(node, "位于", one, two, False)
            if isinstance(inside, Generic) or word in ("位于", "包含"):
                return inside
            return logic.Not(node, inside)
        return self.generic(node)

    def _build_arithmetic(self, node: s.Arithmetic) -> Operator:
        return numbers.Arithmetic(node, self.generic(node), self.build(node.left), self.build(node.right))

    def _build_negative(self, node: s.Negative) -> Operator:
        return numbers.Negative(node, self.generic(node), self.build(node.operand))

    def _build_convert(self, node: s.Convert) -> Operator:
        unit = find_unit(node.unit.name)
        generic = self.generic(node)
        return numbers.Convert(node, generic, self.build(node.operand), unit) if unit else generic

    def _build_between(self, node: s.Between) -> Operator:
        parts = (self.build(part) for part in (node.operand, node.low, node.high))
        return numbers.Between(node, self.generic(node), *parts)

    def _build_about(self, node: s.About) -> Operator:
        if node.tolerance is None:
            return self.generic(node)
        parts = (self.build(part) for part in (node.left, node.right, node.tolerance))
        return numbers.About(node, self.generic(node), *parts)

    def _build_logical(self, node: s.Logical) -> Operator:
        return logic.Logical(node, self.build(node.left), self.build(node.right))

    def _build_not(self, node: s.Not) -> Operator:
        return logic.Not(node, self.build(node.operand))

    def _build_empty(self, node: s.Empty) -> Operator:
        return self._emptiness(node, node.operand, node.negated, False)

    def _build_absent(self, node: s.Absent) -> Operator:
        return self._emptiness(node, node.operand, False, True)

    def _emptiness(self, node: Any, operand: Any, negated: bool, lists: bool) -> Operator:
        child = self.build(operand)
        planned = not isinstance(child, (LayerOf, Generic)) or isinstance(child, queries.Matches)
        return logic.Empty(node, child, negated, lists) if planned else self.generic(node)

    def _build_choose(self, node: s.Choose) -> Operator:
        choices = [(self.build(condition), self.build(value)) for condition, value in node.choices]
        return logic.Choose(node, self.generic(node), choices, self.build(node.otherwise))

    def _build_query(self, node: s.Query) -> Operator:
        found = None if node.where is None else self._match(node, node.where)
        return self.generic(node) if found is None or node.listing is not None else found

    def _build_quantifier(self, node: s.Quantifier) -> Operator:
        found = None if node.every else self._match(node, node.condition)
        return self.generic(node) if found is None else queries.Exists(node, found)

    def _match(self, node: Any, where: Any) -> queries.Matches | None:
        source = self.build(node.source)
        found = queries.match(self, node, source, where) if isinstance(source, LayerOf) else None
        if found is not None:
            self.matches[node] = found
        return found


def _decisive(operator: Operator) -> list[Operator] | None:
    if isinstance(operator, (Element, LayerOf)):
        return None
    if isinstance(operator, Generic):
        return list(operator.children) if operator.grouped else None
    return [operator]
