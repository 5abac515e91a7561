"""Library functions that make lists, tables and layers of others. Each takes the state of the run and its values."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Callable

import numpy as np
import shapely

from ..characters import normalize
from ..program import LayerDeclaration
from ..records import replace
from .draft import MAXIMUM_ROWS, Draft, declared, new
from .errors import Mistake, Undetermined
from .functions import items
from .space import BUFFER_SEGMENTS
from .table import Feature, Layer, View
from .values import compare, show, split

if TYPE_CHECKING:
    from .interpreter.calls import Calls as State

Named = dict[str, Any]
CHUNK = 1000  # shapes between two looks at the cancel flag


def _view(value: Any, what: str = "图层") -> View:
    if not isinstance(value, View):
        raise Mistake(f"这里要{what}，现在是“{show(value)}”" if value is not None else f"这里要{what}，现在是空")
    return value


def _rows(view: View) -> np.ndarray:
    places = np.arange(len(view.layer))
    return places[places != view.without] if view.without >= 0 else places


def _layer(view: View, rows: np.ndarray, shapes: np.ndarray, name: str) -> View:
    """A layer of some rows with other shapes."""
    layer = view.layer
    columns = {key: [values[row] for row in rows] for key, values in layer.columns.items()}
    declaration = replace(layer.declaration, name=f"{layer.name}的{name}")
    return View(Layer(declaration, shapes, columns, [layer.keys[row] for row in rows], layer.crs))


def _refuse_invalid(state: State, view: View) -> None:
    if len(view.layer.invalid):
        state.space.shape(Feature(view.layer, int(view.layer.invalid[0])))


def _chunks(state: State, shapes: np.ndarray, act: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    result = np.empty(len(shapes), dtype=object)
    for start in range(0, len(shapes), CHUNK):
        state.check()
        result[start : start + CHUNK] = act(shapes[start : start + CHUNK])
    return result


def _dissolve(state: State, given: list[Any], named: Named) -> View:
    """融合（图层，字段）: one feature for each value of the field, or one for all."""
    view = _view(given[0])
    field = given[1] if len(given) > 1 else named.get("字段")
    _refuse_invalid(state, view)
    layer = view.layer
    groups: dict[Any, list[int]] = {}
    for row in _rows(view):
        groups.setdefault(None if field is None else state.field(Feature(layer, int(row)), field), []).append(int(row))
    fields = tuple(entry for entry in layer.declaration.fields if field and normalize(entry[0]) == normalize(field))
    if field and not fields:
        fields = ((field, field, ""),)
    result = Draft(LayerDeclaration(f"{layer.name}的融合", "", fields), layer.crs)
    for value, rows in groups.items():
        state.check()
        shapes = layer.shapes[[row for row in rows if layer.usable[row]]]
        shape = shapely.union_all(shapes) if len(shapes) else None
        result.add({"形状": shape, **({normalize(field): value} if field else {})}, layer.crs)
    return View(result)


def _clip(state: State, given: list[Any], _named: Named) -> View:
    """裁剪（图层，范围）: the parts inside, of the dimension of the feature."""
    view, region = _view(given[0]), state.space.shape(given[1])
    _refuse_invalid(state, view)
    rows = _rows(view)
    shapes = view.layer.shapes[rows]
    shapely.prepare(region)
    parts = _chunks(state, shapes, lambda some: shapely.intersection(some, region))
    parts = np.array([_of_dimension(part, shape) for part, shape in zip(parts, shapes)] or [], dtype=object)
    kept = ~(shapely.is_missing(parts) | shapely.is_empty(parts))
    return _layer(view, rows[kept], parts[kept], "裁剪")


def _of_dimension(part: Any, shape: Any) -> Any:
    """The pieces that have the dimension of the shape they come from: a touching corner is no piece of land."""
    if part is None or shape is None or part.is_empty:
        return None
    pieces = shapely.get_parts(part)
    if len(pieces) == 1:
        return part if shapely.get_dimensions(part) == shapely.get_dimensions(shape) else None
    pieces = pieces[shapely.get_dimensions(pieces) == shapely.get_dimensions(shape)]
    return shapely.union_all(pieces) if len(pieces) else None


def _buffer(state: State, given: list[Any], _named: Named) -> View:
    """缓冲（图层，距离）: every feature widened."""
    view, (distance, _) = _view(given[0]), split(given[1])
    _refuse_invalid(state, view)
    rows = _rows(view)

    def widen(some: np.ndarray) -> np.ndarray:
        return shapely.buffer(some, float(distance), quad_segs=BUFFER_SEGMENTS)

    return _layer(view, rows, _chunks(state, view.layer.shapes[rows], widen), "缓冲")


def _lookup(state: State, given: list[Any], named: Named) -> Any:
    """查找（字段：值）: the only row with these values; 空 without one, unknown with several."""
    source = given[0]
    if any(value is None for value in named.values()):
        raise Undetermined("查找的值为空")
    if isinstance(source, View):
        found: list[Any] = [Feature(source.layer, row) for row in _matching(source, named)]
        name = source.layer.name
    else:
        found = [item for item in items(source) if all(_same(state.field(item, key), named[key]) for key in named)]
        name = "列表"
    if len(found) > 1:
        what = "，".join(f"{key}＝{show(value)}" for key, value in named.items())
        raise Undetermined(f"“{name}”里有 {len(found)} 行 {what}，不知道用哪一行")
    return found[0] if found else None


def _matching(view: View, named: Named) -> list[int]:
    layer = view.layer
    key = ("rows", *named)
    if key not in layer.memory:
        index: dict[tuple[Any, ...], list[int]] = {}
        for name in named:
            if name not in layer.columns:
                raise Mistake(f"“{layer.name}”没有“{name}”这一列；有：{'、'.join(list(layer.columns)[:8])}")
        for row, values in enumerate(zip(*(layer.columns[name] for name in named))):
            index.setdefault(values, []).append(row)
        layer.memory[key] = index
    return [row for row in layer.memory[key].get(tuple(named.values()), []) if row != view.without]


def _same(left: Any, right: Any) -> bool:
    return left is not None and compare("等于", left, right)


def _join(_state: State, given: list[Any], named: Named) -> View:
    """连接表（表，另一表，字段，另一字段）: the columns of the other table beside each row; 空 where there is none."""
    values = [*given, *(named[name] for name in ("表", "另一表", "字段", "另一字段")[len(given) :] if name in named)]
    left, right = _view(values[0], "表格或图层"), _view(values[1], "表格或图层")
    field, other = normalize(values[2]), normalize(values[3] if len(values) > 3 else values[2])
    if field not in left.layer.columns or other not in right.layer.columns:
        raise Mistake(f"“{left.layer.name}”没有“{field}”这一列，或“{right.layer.name}”没有“{other}”这一列")
    rows = _rows(left)
    new_fields = [entry for entry in right.layer.declaration.fields if normalize(entry[0]) != other]
    clash = [name for name, _, _ in new_fields if normalize(name) in left.layer.columns]
    if clash:
        raise Mistake(f"两张表都有“{'”“'.join(clash[:3])}”这一列，不能连接")
    columns = {key: [column[row] for row in rows] for key, column in left.layer.columns.items()}
    places = []
    for value in columns[field]:
        found = [] if value is None else _matching(right, {other: value})
        if len(found) > 1:
            raise Undetermined(f"“{right.layer.name}”里有 {len(found)} 行 {other}＝{show(value)}，不知道用哪一行")
        places.append(found[0] if found else None)
    for name, _, _ in new_fields:
        column = right.layer.columns[normalize(name)]
        columns[normalize(name)] = [None if place is None else column[place] for place in places]
    declaration = replace(left.layer.declaration, fields=(*left.layer.declaration.fields, *new_fields))
    shapes = left.layer.shapes[rows]
    return View(Layer(declaration, shapes, columns, [left.layer.keys[row] for row in rows], left.layer.crs))


def record_of(value: Any) -> dict[str, Any]:
    """A feature, 要素（…） or 字典（…） as what a draft takes."""
    if isinstance(value, Feature):
        shape = value.layer.shapes[value.index]
        fields = {key: column[value.index] for key, column in value.layer.columns.items()}
        return fields if value.layer.declaration.kind == "table" else {**fields, "形状": shape}
    if not isinstance(value, dict):
        raise Mistake(f"加入表格或图层的要写成 字典（…） 或 要素（…），现在是“{show(value)}”")
    return {normalize(key) if isinstance(key, str) else show(key): item for key, item in value.items()}


def _merge(state: State, given: list[Any], _named: Named) -> Any:
    """合并（甲，乙） of two lists, dictionaries (the later wins), tables or layers."""
    left, right = given
    if isinstance(left, View) and isinstance(right, View):
        return _stack(state, left, right)
    if isinstance(left, dict) and isinstance(right, dict):
        return {**left, **right}
    return _limited([*items(left), *items(right)])


def _stack(state: State, left: View, right: View) -> View:
    one, other = left.layer, right.layer
    if one.declaration.kind != other.declaration.kind:
        raise Mistake("表格和图层不能合并")
    known = {normalize(entry[0]): entry for entry in one.declaration.fields}
    extra = [entry for entry in other.declaration.fields if normalize(entry[0]) not in known]
    fields = (*one.declaration.fields, *extra)
    result = Draft(LayerDeclaration(f"{one.name}和{other.name}", "", fields, one.declaration.kind), one.crs)
    for view in (left, right):
        for row in _rows(view):
            state.check()
            result.add(record_of(Feature(view.layer, int(row))), one.crs)
    return View(result)


def _limited(values: list[Any]) -> list[Any]:
    if len(values) > MAXIMUM_ROWS:
        raise Mistake(f"列表太长（最多 {MAXIMUM_ROWS} 个）")
    return values


def _append(_state: State, given: list[Any], _named: Named) -> list[Any]:
    return _limited([*items(given[0]), given[1]])


def _remove(_state: State, given: list[Any], _named: Named) -> Any:
    """移除（列表，项） without every equal item; 移除（字典，键） without the key."""
    if isinstance(given[0], dict):
        return {key: value for key, value in given[0].items() if key != given[1]}
    return [item for item in items(given[0]) if item != given[1]]


def _mode(_state: State, given: list[Any], _named: Named) -> Any:
    values = items(given[0])
    if any(value is None for value in values):
        raise Undetermined("列表里有空值，不能求众数")
    counts = Counter(values).most_common(2)
    if not counts:
        raise Undetermined("列表是空的，不能求众数")
    if len(counts) > 1 and counts[0][1] == counts[1][1]:
        raise Undetermined(f"众数不止一个：{show(counts[0][0])}、{show(counts[1][0])} 都出现 {counts[0][1]} 次")
    return counts[0][0]


def _new_table(_state: State, given: list[Any], _named: Named) -> View:
    return new("新表格", given, "table")


def _new_layer(_state: State, given: list[Any], named: Named) -> View:
    kind = named.get("类型", "")
    if kind not in ("", "点", "线", "面"):
        raise Mistake(f"新图层的类型只能是 “点”“线”“面”，现在是“{show(kind)}”")
    view = new("新图层", given, "layer")
    return View(Draft(view.layer.declaration, kind=kind))


TABLES: dict[str, Callable[[State, list[Any], Named], Any]] = {
    "融合": _dissolve,
    "裁剪": _clip,
    "缓冲": _buffer,
    "查找": _lookup,
    "连接表": _join,
    "合并": _merge,
    "添加": _append,
    "移除": _remove,
    "众数": _mode,
    "新表格": _new_table,
    "新图层": _new_layer,
}
__all__ = ["TABLES", "declared", "record_of"]
