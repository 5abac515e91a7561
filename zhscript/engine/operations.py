"""Calls of what the program around the language can do: values out to the host, its result back as values."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, Mapping, Sequence

from ..operations import (
    OUTPUT_KINDS,
    OperationDeclaration,
    OperationParameter,
    find_operation,
    result_dimension,
    result_title,
)
from ..types import number_of
from ..units import NONE
from .errors import Mistake
from .functions import items
from .functions_outside import content
from .host import OperationOutcome, asked
from .table import Feature, View
from .values import exact, is_number, make, show, split

if TYPE_CHECKING:
    from .interpreter.calls import Calls as State

_STATES = {"ok": "完成", "violations": "发现问题", "failed": "没有通过"}


class Outcome(dict):
    """The values of a result by their Chinese names; keys of machine-readable results lead to the same values."""

    def __init__(self, title: str, values: Mapping[str, Any], names: Mapping[str, str]) -> None:
        super().__init__(values)
        self.title = title
        self._names = names

    def member(self, name: str) -> Any:
        """One value. Raises `Mistake` for one that this result does not have."""
        name = self._names.get(name, name)
        if name not in self:
            raise Mistake(f"功能“{self.title}”的这次结果里没有“{name}”；有：{'、'.join(self)}")
        return self[name]


def call_operation(state: State, title: str, given: Mapping[str, Any]) -> Outcome:
    """Run 功能“title”（given…）. Raises `Mistake` in the host's words."""
    operation = find_operation(title)
    if operation is None:
        raise Mistake(f"这里没有功能“{title}”")
    values = {}
    for name, value in given.items():
        parameter = operation.parameter(name)
        if parameter is None:
            raise Mistake(f"功能“{operation.title}”没有参数“{name}”")
        if value is not None:
            values[parameter.name] = _outward(parameter, value)
    return _inward(operation, values, asked((), state.host.run_operation, operation.name, values))


# -- values for the capability


def _outward(parameter: OperationParameter, value: Any) -> Any:
    if parameter.kind == "layers":
        return _layers(parameter, value)
    if parameter.kind == "arguments":
        return {str(name): _plain(parameter, item) for name, item in _mapping(parameter, value).items()}
    if not parameter.many:
        return _one(parameter, value)
    if isinstance(value, list) and not _is_layer(value):
        return [_one(parameter, item) for item in value]
    return [_one(parameter, value)]


def _one(parameter: OperationParameter, value: Any) -> Any:
    kind = parameter.kind
    if kind == "vector" and not isinstance(value, str):
        return _table(parameter, value)
    if kind == "flag":
        if not isinstance(value, bool):
            raise _wrong(parameter, value)
        return value
    if kind in ("number", "integer"):
        return _number(parameter, value)
    if not isinstance(value, str):
        raise _wrong(parameter, value)
    if kind == "choice":
        chosen = [name for name, title in parameter.choices if value in (title, name)]
        if not chosen:
            raise _wrong(parameter, value)
        return chosen[0]
    return value


def _number(parameter: OperationParameter, value: Any) -> Any:
    """The number in the unit of the parameter."""
    amount, dimension = split(value) if is_number(value) else (0, None)
    if dimension != parameter.dimension:
        raise _wrong(parameter, value)
    measure = parameter.measure
    number = exact(amount) / measure.factor if measure is not None else exact(amount)
    return int(number) if number.denominator == 1 else float(number)


def _layers(parameter: OperationParameter, value: Any) -> dict[str, Any]:
    """Layers by name: a dictionary, or layers under their own names."""
    if isinstance(value, dict):
        return {str(name): item if isinstance(item, str) else _table(parameter, item) for name, item in value.items()}
    listed = [value] if _is_layer(value) else value if isinstance(value, list) else [value]
    tables = [_table(parameter, item) for item in listed]
    names = [table.name for table in tables]
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise Mistake(f"参数“{parameter.label}”里图层“{repeated}”给了两次；请写成 字典（名称：图层）")
    return dict(zip(names, tables))


def _is_layer(value: Any) -> bool:
    return isinstance(value, View) or (isinstance(value, list) and bool(value) and isinstance(value[0], Feature))


def _table(parameter: OperationParameter, value: Any) -> Any:
    if not _is_layer(value):
        raise _wrong(parameter, value)
    table = content(value)
    if table.geometry is None:
        raise Mistake(f"参数“{parameter.label}”要图层，“{table.name}”是没有图形的表格")
    return table


def _mapping(parameter: OperationParameter, value: Any) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise _wrong(parameter, value)
    return value


def _plain(parameter: OperationParameter, value: Any) -> Any:
    """An argument of another declaration, which judges it: texts, numbers with their units as texts, lists of them."""
    if isinstance(value, list):
        return [_plain(parameter, item) for item in items(value)]
    if value is None or isinstance(value, (bool, str)):
        return value
    if is_number(value) and split(value)[1] == NONE:
        return split(value)[0]
    if is_number(value) or isinstance(value, datetime.date):
        return show(value)
    raise _wrong(parameter, value)


def _wrong(parameter: OperationParameter, value: Any) -> Mistake:
    wanted = parameter.wanted
    if parameter.kind in ("number", "integer") and parameter.dimension != NONE:
        wanted = f"{number_of(parameter.dimension)}（带单位）"
    shown = f"图层“{value.layer.name}”" if isinstance(value, View) else f"“{show(value)[:60]}”"
    return Mistake(f"参数“{parameter.label}”要{wanted}，给出的是{shown}")


# -- the result


def _inward(operation: OperationDeclaration, values: Mapping[str, Any], outcome: OperationOutcome) -> Outcome:
    titles = {item.name: item.title for item in operation.results}
    result: dict[str, Any] = {
        "摘要": outcome.message,
        "状态": _STATES.get(outcome.status, outcome.status),
        "文件": list(outcome.files),
        "提醒": list(outcome.warnings),
    }
    for parameter in operation.parameters:
        if parameter.kind in OUTPUT_KINDS and parameter.name in values:
            result[parameter.label] = outcome.outputs.get(parameter.name, values[parameter.name])
    for key, value in outcome.data.items():
        result[titles.get(key, key)] = _value(key, value)
    return Outcome(operation.title, result, titles)


def _value(key: str, value: Any) -> Any:
    """A value of a machine-readable result: numbers with the unit that their key tells, known keys by their titles."""
    if isinstance(value, Mapping):
        names = [str(name) for name in value]
        return {result_title(name): _value(_inner(key, name), item) for name, item in zip(names, value.values())}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_value(key, item) for item in value]
    if is_number(value):
        return make(value, result_dimension(key))
    return value if value is None or isinstance(value, (bool, str, datetime.date)) else str(value)


def _inner(outer: str, name: str) -> str:
    """The key that tells the unit of a value inside a mapping: its own, or that of the mapping (areas_m2 by class)."""
    return name if result_dimension(name) != NONE or result_dimension(outer) == NONE else outer
