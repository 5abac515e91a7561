"""Values of calls: the library, functions of the file, 标准."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Callable

import shapely

from ... import syntax as s
from ...characters import normalize
from ...diagnostics import nearest
from ...units import AREA, LENGTH
from ..codes import REFUSALS
from ..errors import CallMistake, Mistake, Undetermined
from ..functions import IMPLEMENTED, sorted_values
from ..functions_outside import OUTSIDE
from ..functions_tables import TABLES
from ..space import AreaFunction
from ..table import Feature, View
from ..values import EMPTY_SUM, declared, fitted, make, show
from .state import State

WHOLE = frozenset({"总面积", "平面面积", "椭球面积"})  # of a layer: one area of all its features together
SHAPE_FUNCTIONS = WHOLE | {"面积", "周长", "长度", "中心点", "形状", "边界", "节点数"}
MAXIMUM_CALLS = 200


def standard_value(
    standard: s.Standard, given: Iterable[Any], outcomes: Sequence[bool], values: Sequence[Callable[[], Any]]
) -> Any:
    """The value of a 标准 whose conditions came out as in `outcomes`.

    `values` compute those of the cases, then that of the principle. Raises `CallMistake` where cases disagree.
    """
    cases = [(case, value) for case, value, holds in zip(standard.cases, values, outcomes) if holds]
    beaten = {title for case, _ in cases for title in case.over}
    holding = [(case, value()) for case, value in cases if case.title not in beaten]
    for case, value in holding[1:]:
        first, chosen = holding[0]
        if value != chosen:
            feature = next((item.key for item in given if isinstance(item, Feature)), "")
            where = f"（要素 {feature}）" if feature else ""
            raise CallMistake(
                f"标准“{standard.identifier.text}”的例外“{first.title}”和“{case.title}”同时成立{where}，"
                f"一个是 {show(chosen)}，一个是 {show(value)}"
            )
    return holding[0][1] if holding else values[-1]()


class Calls(State):
    """Evaluates calls."""

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
        if name in SHAPE_FUNCTIONS:
            return self._shape_function(name, given[0])
        outer = TABLES.get(name) or OUTSIDE.get(name)
        if outer is not None:
            return outer(self, given, named)
        if name == "排序":
            return self._sort(given, named)
        if name == "分组":
            return self._group_by(*given)
        if name == "取值" and "缺省" in named:
            given = [*given, named["缺省"]]
        if given and isinstance(given[0], View):
            given = [self._features(given[0]), *given[1:]]
        if name == "总和" and given[0] == []:
            kind = self.program.types.get(identifier)
            return make(0, kind.dimension) if kind is not None and kind.kind == "number" else EMPTY_SUM
        return IMPLEMENTED[name](*given)

    def _shape_function(self, name: str, value: Any) -> Any:
        space = self.space
        if value is None:
            raise Undetermined("图形为空")
        if name in ("面积", "总面积"):
            return make(space.area(value), AREA)
        if name == "平面面积":
            return make(space.area(value, shapely.area), AREA)
        if name == "椭球面积":
            return make(space.area(value, self._ellipsoidal_area()), AREA)
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

    def _ellipsoidal_area(self) -> AreaFunction:
        if self.ellipsoidal is None:
            raise Mistake("运行环境没有提供椭球面积的计算")
        return self.ellipsoidal

    def _sort(self, given: list[Any], named: dict[str, Any]) -> list[Any]:
        values = self._features(given[0])
        field = given[1] if len(given) > 1 else named.get("字段")
        descending = bool(given[2] if len(given) > 2 else named.get("降序", False))
        keys = values if field is None else [self.field(value, field) for value in values]
        return sorted_values(values, keys, descending)

    def _group_by(self, source: Any, field: Any) -> dict[Any, list[Any]]:
        groups: dict[Any, list[Any]] = {}
        for value in self._features(source):
            groups.setdefault(self.field(value, field), []).append(value)
        return groups

    def field(self, value: Any, field: str) -> Any:
        """The value of a field of a feature or dictionary, by its name."""
        if not isinstance(field, str):
            raise Mistake(f"字段名要是文字，现在是“{show(field)}”")
        if isinstance(value, Feature):
            key = normalize(field)
            if key not in value.layer.columns:
                close = nearest(key, list(value.layer.columns)) or list(value.layer.columns)[:8]
                there = f"；有：{'、'.join(close)}" if close else ""
                raise Mistake(f"图层“{value.layer.name}”没有字段“{field}”{there}")
            return value.value(key)
        if isinstance(value, dict):
            return self._key(value, field)
        raise Mistake("只有要素和字典有字段")

    def _enter(self, formals: list[s.Formal], given: list[Any], named: dict[str, Any]) -> dict[str, Any]:
        """The scope of a call."""
        scope: dict[str, Any] = {}
        for formal, value in zip(formals, given):
            scope[formal.identifier.name] = fitted(value, declared(formal.annotation, self.layers))
        for formal in formals[len(given) :]:
            name = formal.identifier.name
            if name in named:
                scope[name] = fitted(named[name], declared(formal.annotation, self.layers))
            elif formal.default is not None:
                scope[name] = fitted(self.value(formal.default), declared(formal.annotation, self.layers))
            else:
                raise Mistake(f"还缺参数“{formal.identifier.text}”")
        return scope

    def _call_own(self, function: s.Function, given: list[Any], named: dict[str, Any]) -> Any:
        scope = self._enter(function.formals, given, named)
        self.check()
        if self._depth >= MAXIMUM_CALLS:
            raise Mistake(f"函数“{function.identifier.text}”一层层调用自己超过 {MAXIMUM_CALLS} 次")
        code = self.codes.functions.get(function.identifier.name) if self.codes else None
        if code is not None:
            try:
                return code(scope, self._depth + 1)
            except REFUSALS:
                pass  # tell it from the start
        outer, self.scopes = self.scopes, [self.scopes[0], scope]
        self._depth += 1
        try:
            return self.call_body(function) if self.call_body else None
        finally:
            self._depth -= 1
            self.scopes = outer

    def _standard(self, standard: s.Standard, given: list[Any], named: dict[str, Any]) -> Any:
        """The value of a 标准: that of the exception that holds and that no other one goes before (优先于).

        Two that remain with different values are an error.
        """
        outer, self.scopes = self.scopes, [self.scopes[0], self._enter(standard.formals, given, named)]
        try:
            outcomes = [self.condition(case.condition) for case in standard.cases]
            parts = [*(case.value for case in standard.cases), standard.principle]
            return standard_value(standard, given, outcomes, [partial(self.value, part) for part in parts])
        finally:
            self.scopes = outer

    def _key(self, mapping: dict[Any, Any], key: Any) -> Any:
        if key in mapping:
            return mapping[key]
        close = nearest(str(key), [name for name in mapping if isinstance(name, str)])
        hint = f"；相近的有 {'、'.join(close)}" if close else ""
        raise Mistake(f"字典里没有“{show(key)}”{hint}")
