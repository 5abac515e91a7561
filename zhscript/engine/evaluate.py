"""Evaluates expressions of a checked program, one feature at a time."""

from __future__ import annotations

import datetime
from typing import Any, Callable

import shapely

from .. import syntax as s
from ..diagnostics import nearest
from ..formats import read_formats
from ..library import FUNCTIONS
from ..program import Program
from ..units import AREA, LENGTH, NONE, find_unit
from .errors import Mistake, ScriptError, Undetermined
from .functions import IMPLEMENTED, LONGEST, items, sorted_values
from .space import Space
from .table import Feature, Layer, View
from .values import Quantity, arithmetic, compare, exact, is_number, make, show, split

_CONSTANTS = {"真": True, "是": True, "假": False, "否": False, "空": None, "换行": "\n"}
_SHAPE_FUNCTIONS = frozenset({"面积", "总面积", "周长", "长度", "中心点", "形状", "边界", "节点数"})
MAXIMUM_CALLS = 100


class Evaluator:
    """Values of expressions. `scopes` holds the visible names, innermost last, some bound to an `Undetermined`."""

    def __init__(
        self,
        program: Program,
        layers: dict[str, Layer],
        space: Space,
        today: datetime.date | None,
        check: Callable[[], None],
    ) -> None:
        self.program = program
        self.layers = layers
        self.space = space
        self.today = today
        self.check = check
        self.scopes: list[dict[str, Any]] = [{}]
        self.functions: dict[str, s.Function] = {item.identifier.name: item for item in program.of_kind(s.Function)}
        self.standards: dict[str, s.Standard] = {item.identifier.name: item for item in program.of_kind(s.Standard)}
        self.call_body: Callable[[s.Function], Any] | None = None
        self.findings_of: Callable[[str], list[Any]] | None = None
        self._depth = 0
        self._methods: dict[type, Callable[[Any], Any]] = {}

    # -- entry points

    def value(self, node: Any) -> Any:
        """The value of an expression. Raises `Undetermined`, or `ScriptError` with the place."""
        method = self._methods.get(type(node))
        if method is None:
            method = self._methods[type(node)] = getattr(self, "_" + type(node).__name__.lower())
        try:
            return method(node)
        except Mistake as mistake:
            raise self.error(str(mistake), node) from mistake
        except shapely.errors.ShapelyError as error:
            raise Undetermined("图形计算没有成功，请检查图形", node.start) from error
        except Undetermined as reason:
            if reason.start < 0:
                reason.start = node.start
            raise

    def condition(self, node: Any) -> bool:
        """The truth of a condition."""
        value = self.value(node)
        if value is None:
            raise Undetermined(f"“{self.text_of(node)}”为空", node.start)
        if not isinstance(value, bool):
            raise self.error(f"这里要写条件，现在是“{show(value)}”", node)
        return value

    def error(self, message: str, node: Any) -> ScriptError:
        """A run-time error at the place of a node."""
        return ScriptError(message, *self.program.source.place(max(node.start, 0)))

    def text_of(self, node: Any) -> str:
        """What the program says there."""
        return self.program.source.slice(node.start, node.end).replace("\n", " ")

    # -- names

    def bind(self, name: str, value: Any) -> None:
        """Give a name a value in the innermost scope."""
        self.scopes[-1][name] = value

    def find(self, name: str) -> Any:
        """The value of a visible name; KeyError when there is none."""
        for scope in reversed(self.scopes):
            if name in scope:
                value = scope[name]
                if isinstance(value, Undetermined):
                    raise Undetermined(value.reason, value.start)
                return value
        raise KeyError(name)

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

    # -- literals

    def _number(self, node: s.Number) -> Any:
        return node.value.numerator if node.value.denominator == 1 else node.value

    def _quantity(self, node: s.Quantity) -> Any:
        return make(node.value, node.dimension)

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

    # -- members

    def _member(self, node: s.Member) -> Any:
        return self._member_of(self.value(node.base), node)

    def _member_of(self, base: Any, node: s.Member) -> Any:
        name = node.identifier.name
        if isinstance(base, Feature) and name in base.layer.columns:
            return base.value(name)
        whole = base.layer if isinstance(base, View) else None
        if whole and name in whole.columns:
            return [feature.value(name) for feature in self._features(base)]
        if isinstance(base, (View, list)) and name in _SHAPE_FUNCTIONS - {"总面积"}:
            return [self._shape_function(name, feature) for feature in self._features(base)]
        if isinstance(base, list) and base and isinstance(base[0], Feature) and name in base[0].layer.columns:
            return [feature.value(name) for feature in base]
        if isinstance(base, dict) and (name in base or name not in FUNCTIONS):
            return self._key(base, name)
        if isinstance(base, RuleFindings):
            return len(base.findings) if name == "报告数" else [finding.raw for finding in base.findings]
        if base is None:
            raise Undetermined(f"“{self.text_of(node.base)}”为空")
        if name in self.functions or name in self.standards or name in FUNCTIONS:
            return self._apply(node.identifier, [base], {})
        if isinstance(base, list) and not base:
            return []
        raise Mistake(f"这里没有“{node.identifier.text}”")

    def _features(self, value: Any) -> list[Any]:
        if isinstance(value, View):
            return [Feature(value.layer, index) for index in range(len(value.layer)) if index != value.without]
        return items(value)

    def _key(self, mapping: dict[Any, Any], key: Any) -> Any:
        if key in mapping:
            return mapping[key]
        close = nearest(str(key), [name for name in mapping if isinstance(name, str)])
        hint = f"；相近的有 {'、'.join(close)}" if close else ""
        raise Mistake(f"字典里没有“{show(key)}”{hint}")

    def _measuredmember(self, node: s.MeasuredMember) -> Any:
        distance = float(node.measure.value)
        if node.identifier.name == "内缩范围":
            distance = -distance
        return self.space.buffer(self.value(node.base), distance)

    def _item(self, node: s.Item) -> Any:
        base, key = self.value(node.base), self.value(node.key)
        if node.ordinal:
            return self._nth(base, key)
        if isinstance(base, Feature):
            return base.value(key)
        if isinstance(base, dict):
            return self._key(base, key)
        raise Mistake("这里不能按键取值")

    def _nth(self, base: Any, key: Any) -> Any:
        values = self._features(base)
        number, dimension = split(key)
        if dimension != NONE or number != int(number) or not 1 <= number <= len(values):
            raise Mistake(f"列表有 {len(values)} 个，没有第 {show(key)} 个")
        return values[int(number) - 1]

    def _lastitem(self, node: s.LastItem) -> Any:
        values = self._features(self.value(node.base))
        if not values:
            raise Mistake("列表是空的，没有最后一个")
        return values[-1]

    def _located(self, node: s.Located) -> Any:
        return self.space.located(self.value(node.base), View(self.layers[node.layer.name]))

    # -- calls

    def _call(self, node: s.Call) -> Any:
        name = node.function.name
        arguments = node.arguments
        if name in ("列表", "字典", "要素") and name not in self.functions and node.receiver is None:
            if name == "列表":
                return [self.value(argument.value) for argument in arguments]
            return {argument.name.name: self.value(argument.value) for argument in arguments if argument.name}
        given = [] if node.receiver is None else [self.value(node.receiver)]
        given += [self.value(argument.value) for argument in arguments if argument.name is None]
        named = {argument.name.name: self.value(argument.value) for argument in arguments if argument.name}
        return self._apply(node.function, given, named)

    def _apply(self, identifier: s.Identifier, given: list[Any], named: dict[str, Any]) -> Any:
        name = identifier.name
        if name in self.functions:
            return self._call_own(self.functions[name], given, named)
        if name in self.standards:
            return self._standard(self.standards[name], given, named)
        if name in _SHAPE_FUNCTIONS:
            return self._shape_function(name, given[0])
        if name == "排序":
            return self._sort(given, named)
        if name == "分组":
            return self._group_by(*given)
        if name == "取值" and "缺省" in named:
            given = [*given, named["缺省"]]
        if given and isinstance(given[0], View):
            given = [self._features(given[0]), *given[1:]]
        return IMPLEMENTED[name](*given)

    def _shape_function(self, name: str, value: Any) -> Any:
        space = self.space
        if value is None:
            raise Undetermined("图形为空")
        if name in ("面积", "总面积"):
            return make(space.area(value), AREA)
        if name in ("周长", "长度"):
            return make(space.perimeter(value), LENGTH)
        shape = space.shape(value)
        if name == "中心点":
            if shape.is_empty:
                raise Undetermined("图形为空")
            return shapely.centroid(shape)
        if name == "边界":
            return shapely.boundary(shape)
        return int(shapely.get_num_coordinates(shape)) if name == "节点数" else shape

    def _sort(self, given: list[Any], named: dict[str, Any]) -> list[Any]:
        values = self._features(given[0])
        field = given[1] if len(given) > 1 else named.get("字段")
        descending = bool(given[2] if len(given) > 2 else named.get("降序", False))
        keys = values if field is None else [self._field(value, field) for value in values]
        return sorted_values(values, keys, descending)

    def _group_by(self, source: Any, field: Any) -> dict[Any, list[Any]]:
        groups: dict[Any, list[Any]] = {}
        for value in self._features(source):
            groups.setdefault(self._field(value, field), []).append(value)
        return groups

    def _field(self, value: Any, field: str) -> Any:
        if isinstance(value, Feature):
            if field not in value.layer.columns:
                raise Mistake(f"图层“{value.layer.name}”没有声明字段“{field}”")
            return value.value(field)
        if isinstance(value, dict):
            return self._key(value, field)
        raise Mistake("只有要素和字典有字段")

    def _enter(self, formals: list[s.Formal], given: list[Any], named: dict[str, Any]) -> dict[str, Any]:
        """The scope of a call."""
        scope: dict[str, Any] = {}
        for formal, value in zip(formals, given):
            scope[formal.identifier.name] = value
        for formal in formals[len(given) :]:
            name = formal.identifier.name
            if name in named:
                scope[name] = named[name]
            elif formal.default is not None:
                scope[name] = self.value(formal.default)
            else:
                raise Mistake(f"还缺参数“{formal.identifier.text}”")
        return scope

    def _call_own(self, function: s.Function, given: list[Any], named: dict[str, Any]) -> Any:
        scope = self._enter(function.formals, given, named)
        self.check()
        if self._depth >= MAXIMUM_CALLS:
            raise Mistake(f"函数“{function.identifier.text}”一层层调用自己超过 {MAXIMUM_CALLS} 次")
        outer, self.scopes = self.scopes, [self.scopes[0], scope]
        self._depth += 1
        try:
            return self.call_body(function) if self.call_body else None
        finally:
            self._depth -= 1
            self.scopes = outer

    def _standard(self, standard: s.Standard, given: list[Any], named: dict[str, Any]) -> Any:
        """The value of a 标准: that of the exception that holds; two that hold with different values are an error."""
        outer, self.scopes = self.scopes, [self.scopes[0], self._enter(standard.formals, given, named)]
        try:
            holding = [(case, self.value(case.value)) for case in standard.cases if self.condition(case.condition)]
            for case, value in holding[1:]:
                first, chosen = holding[0]
                if value != chosen:
                    feature = next((item.key for item in given if isinstance(item, Feature)), "")
                    where = f"（要素 {feature}）" if feature else ""
                    raise Mistake(
                        f"标准“{standard.identifier.text}”的例外“{first.title}”和“{case.title}”同时成立{where}，"
                        f"一个是 {show(chosen)}，一个是 {show(value)}"
                    )
            return holding[0][1] if holding else self.value(standard.principle)
        finally:
            self.scopes = outer

    # -- space

    def _relation(self, node: s.Relation) -> Any:
        word = node.word.name
        result = self.space.relation(self.value(node.left), self.value(node.right), word)
        if word in ("相交面积", "相交长度"):
            return make(result, AREA if word == "相交面积" else LENGTH)
        return result

    def _distance(self, node: s.Distance) -> Any:
        metres = self.space.distance(self.value(node.left), self.value(node.right))
        return make(metres, LENGTH)

    def _touching(self, node: s.Touching) -> bool:
        return self.space.touching(self.value(node.left), self.value(node.right), node.word)

    # -- arithmetic

    def known(self, node: Any) -> Any:
        """The value of an expression that must not be 空."""
        value = self.value(node)
        if value is None:
            raise Undetermined(f"“{self.text_of(node)}”为空", node.start)
        return value

    def _negative(self, node: s.Negative) -> Any:
        number, dimension = split(self.known(node.operand))
        return make(-number, dimension)

    def _arithmetic(self, node: s.Arithmetic) -> Any:
        return arithmetic(node.operator, self.known(node.left), self.known(node.right))

    def _convert(self, node: s.Convert) -> Any:
        number, dimension = split(self.known(node.operand))
        unit = find_unit(node.unit.name)
        if unit is None or unit.dimension != dimension:
            raise Mistake(f"不能换算为“{node.unit.text}”")
        if isinstance(number, float):
            return number * unit.factor.denominator / unit.factor.numerator
        return arithmetic("÷", number, unit.factor)

    # -- conditions, three-valued: 假 且 空 is 假

    def _not(self, node: s.Not) -> bool:
        return not self.condition(node.operand)

    def _logical(self, node: s.Logical) -> bool:
        decisive = node.operator == "或"
        try:
            if self.condition(node.left) == decisive:
                return decisive
        except Undetermined:
            if self.condition(node.right) == decisive:
                return decisive
            raise
        return self.condition(node.right)

    def _compare(self, node: s.Compare) -> bool:
        left, right = self.known(node.left), self.known(node.right)
        word = node.operator
        if word in ("属于", "不属于"):
            return self._among(left, right) == (word == "属于")
        if word in ("位于", "不位于"):
            return self.space.inside(left, right) == (word == "位于")
        if word in ("包含", "不包含"):
            return self._contains(left, right) == (word == "包含")
        if word in ("开头是", "结尾是"):
            if not isinstance(left, str) or not isinstance(right, str):
                raise Mistake(f"“{word}”只能用于文字")
            return left.startswith(right) if word == "开头是" else left.endswith(right)
        return compare(word, left, right)

    def _among(self, value: Any, values: Any) -> bool:
        if any(item is None for item in items(values)):
            raise Undetermined("列表里有空值")
        return any(compare("等于", value, item) for item in values)

    def _contains(self, left: Any, right: Any) -> bool:
        if isinstance(left, str):
            if not isinstance(right, str):
                raise Mistake("“包含”两边都要是文字")
            return right in left
        if isinstance(left, list):
            return self._among(right, left)
        return self.space.inside(right, left)

    def _between(self, node: s.Between) -> bool:
        value = self.known(node.operand)
        return compare("不小于", value, self.known(node.low)) and compare("不大于", value, self.known(node.high))

    def _about(self, node: s.About) -> bool:
        left, right, tolerance = self.known(node.left), self.known(node.right), self.known(node.tolerance)
        number, dimension = split(arithmetic("-", left, right))
        return compare("不大于", make(-number if number < 0 else number, dimension), tolerance)

    def _unique(self, node: s.Unique) -> bool:
        feature = self.value(node.operand.base)  # type: ignore[attr-defined]
        value = self.known(node.operand)
        return self.space.count(feature.layer, node.operand.identifier.name, value) == 1  # type: ignore[attr-defined]

    def _empty(self, node: s.Empty) -> bool:
        return _is_empty(self.value(node.operand)) != node.negated

    def _absent(self, node: s.Absent) -> bool:
        value = self.value(node.operand)
        return _is_empty(value) or (isinstance(value, (list, dict)) and not value)

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
        if exact(low).denominator != 1 or exact(high).denominator != 1:
            raise Mistake("“至”两边要是整数")
        if high - low > LONGEST:
            raise Mistake(f"列表太长（最多 {LONGEST} 个）")
        return list(range(int(low), int(high) + 1))

    def elements(self, node: Any) -> list[Any]:
        """What a loop goes through."""
        return self._features(self.value(node))

    def _query(self, node: s.Query) -> list[Any]:
        result = []
        for element in self.elements(node.source):
            self.check()
            self.scopes.append({node.identifier.name: element})
            try:
                if node.where is None or self.condition(node.where):
                    result.append(element if node.listing is None else self.value(node.listing))
            finally:
                self.scopes.pop()
        return result

    def _quantifier(self, node: s.Quantifier) -> bool:
        """都满足 / 中有 … 满足; a decisive element settles it whatever the unknown ones are."""
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

    def _reference(self, node: s.Reference) -> Any:
        return RuleFindings(self.findings_of(node.title) if self.findings_of else [])


class RuleFindings:
    """规则“…” in a test: what it reported."""

    def __init__(self, findings: list[Any]) -> None:
        self.findings = findings


def _is_empty(value: Any) -> bool:
    """空, and a geometry without any point."""
    return value is None or (isinstance(value, shapely.Geometry) and value.is_empty)
