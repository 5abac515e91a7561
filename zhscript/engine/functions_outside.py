"""Library functions that reach outside through the host: files, the map, progress. And what 把 … does."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Callable

import numpy as np
from shapely.geometry.base import BaseGeometry

from ..characters import normalize
from ..program import LayerDeclaration
from . import draft
from .errors import Mistake, ScriptError
from .functions import items
from .functions_tables import record_of
from .host import asked
from .reference import check_reference
from .table import Feature, Table, View, fit_field
from .values import show, split

if TYPE_CHECKING:
    from .interpreter.calls import Calls as State

Named = dict[str, Any]
_LAYER_SUFFIXES = (".gpkg", ".shp", ".geojson", ".json", ".gml", ".kml", ".gdb")
_TABLE_SUFFIXES = (".xlsx", ".csv")


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Mistake(f"{what}要写文字，现在是“{show(value)}”")
    return value


def arranged(names: tuple[str, ...], given: list[Any], named: Named) -> Named:
    """Values by the names of the parameters; those that were not given are left out."""
    return {**dict(zip(names, given)), **named}


def opened(state: State, table: Table) -> View:
    """A layer or table of the host, in the reference system of the program. Raises `Mistake`."""
    try:
        view = draft.view_of(table)
        if table.geometry is None:
            return view
        if state.crs and view.layer.crs != state.crs and view.layer.missing < len(view.layer):
            table = asked((), state.host.reproject, table, state.crs)
            view = draft.view_of(table)
        crs = check_reference(state.program, [view.layer])
    except ScriptError as error:
        raise Mistake(error.reason) from error
    state.crs = state.crs or crs
    for count, what in ((view.layer.missing, "没有图形"), (len(view.layer.invalid), "图形无效")):
        if count:
            state.host.warnings.append(f"“{table.name}”有 {count} 个要素{what}")
    return view


def _default(values: Named) -> tuple[Any, ...]:
    return (values["缺省"],) if "缺省" in values else ()


def _options(values: Named, *left_out: str) -> Named:
    return {name: value for name, value in values.items() if name not in left_out and value is not None}


def _read_table(state: State, given: list[Any], named: Named) -> Any:
    values = arranged(("文件", "工作表", "表头行", "编码", "缺省"), given, named)
    path = _text(values.get("文件"), "文件名")
    table = asked(_default(values), state.host.read_table, path, _options(values, "文件", "缺省"))
    return opened(state, table) if isinstance(table, Table) else table


def _read_layer(state: State, given: list[Any], named: Named) -> Any:
    values = arranged(("文件", "图层", "编码", "缺省"), given, named)
    path = _text(values.get("文件"), "文件名")
    table = asked(_default(values), state.host.read_layer, path, _options(values, "文件", "缺省"))
    return opened(state, table) if isinstance(table, Table) else table


def _read_text(state: State, given: list[Any], named: Named) -> Any:
    values = arranged(("文件", "编码", "缺省"), given, named)
    path = _text(values.get("文件"), "文件名")
    return asked(_default(values), state.host.read_text, path, _options(values, "文件", "缺省"))


def _list_files(state: State, given: list[Any], named: Named) -> list[str]:
    values = arranged(("文件夹", "样式"), given, named)
    return asked((), state.host.list_files, _text(values.get("文件夹"), "文件夹"), values.get("样式", "*"))


def _file_name(_state: State, given: list[Any], _named: Named) -> str:
    """The name of a file without its folder and its suffix."""
    return PurePath(_text(given[0], "文件名").replace("\\", "/")).stem


def save(state: State, value: Any, path: Any, options: Named) -> None:
    """把 值 保存为“文件”: what is written depends on the suffix of the file."""
    target = _text(path, "文件名")
    suffix = PurePath(target).suffix.lower()
    if isinstance(value, str):
        if suffix in (*_TABLE_SUFFIXES, *_LAYER_SUFFIXES):
            raise Mistake(f"文字要保存为文字文件（.txt），不是“{suffix}”")
        asked((), state.host.save_text, value, target)
        return
    table = content(value)
    if suffix in _TABLE_SUFFIXES:
        table.geometry = None
        asked((), state.host.save_table, table, target, options)
    elif suffix in _LAYER_SUFFIXES:
        asked((), state.host.save_layer, table, target, options)
    else:
        raise Mistake(f"不知道怎样保存为“{suffix or target}”；可以写 .xlsx .csv .gpkg .shp .geojson .txt")


def content(value: Any) -> Table:
    """Layers, tables and lists of rows or values as a `Table`."""
    if isinstance(value, View):
        return draft.table_of(value.layer, without=value.without)
    rows = items(value)
    if rows and all(isinstance(row, Feature) and row.layer is rows[0].layer for row in rows):
        return draft.table_of(rows[0].layer, rows=[row.index for row in rows])
    if not all(isinstance(row, (Feature, dict)) for row in rows):
        rows = [{"值": row} for row in rows]
    records = [record_of(row) for row in rows]
    names = list(dict.fromkeys(name for record in records for name in record if name != draft.SHAPE))
    shaped = any(record.get(draft.SHAPE) is not None for record in records)
    made = draft.new("列表", names, "layer" if shaped else "table").layer
    for record in records:
        made.add(record)  # type: ignore[attr-defined]
    return draft.table_of(made)


def _save_table(state: State, given: list[Any], named: Named) -> None:
    values = arranged(("表", "文件", "工作表"), given, named)
    table = content(values.get("表"))
    table.geometry = None
    path = _text(values.get("文件"), "文件名")
    asked((), state.host.save_table, table, path, _options(values, "表", "文件"))


def _save_layer(state: State, given: list[Any], named: Named) -> None:
    values = arranged(("图层", "文件", "名称"), given, named)
    options = {"图层": values["名称"]} if values.get("名称") else {}
    asked((), state.host.save_layer, content(values.get("图层")), _text(values.get("文件"), "文件名"), options)


def _save_text(state: State, given: list[Any], named: Named) -> None:
    values = arranged(("文本", "文件"), given, named)
    asked((), state.host.save_text, show(values.get("文本")), _text(values.get("文件"), "文件名"))


def _fill(state: State, given: list[Any], named: Named) -> None:
    """填充模板（模板，字典，文件）: {名} in the document becomes the value."""
    values = arranged(("模板", "值", "文件"), given, named)
    texts = {str(key): show(value) for key, value in values["值"].items()}
    template, path = _text(values.get("模板"), "模板"), _text(values.get("文件"), "文件名")
    asked((), state.host.fill_template, template, texts, path)


def _request(word: str) -> Callable[[State, list[Any], Named], Any]:
    def ask(state: State, given: list[Any], named: Named) -> Any:
        arguments = [_outward(state, value) for value in given]
        options = {key: _outward(state, value) for key, value in named.items()}
        answer = asked((), state.host.request, word, arguments, options)
        return opened(state, answer) if isinstance(answer, Table) else answer

    return ask


def _outward(state: State, value: Any) -> Any:
    """A value as the host takes it: layers as `Table`, features and shapes as layers of one, numbers in base units."""
    if isinstance(value, BaseGeometry):
        return Table("图形", {}, np.array([value], dtype=object), state.crs)
    if isinstance(value, Feature):
        return draft.table_of(value.layer, rows=[value.index])
    if isinstance(value, View):
        return content(value)
    if isinstance(value, list):
        return [_outward(state, item) for item in value]
    return split(value)[0] if hasattr(value, "dimension") else value


def _progress(state: State, given: list[Any], named: Named) -> None:
    values = arranged(("第几", "共几"), given, named)
    place, total = values.get("第几"), values.get("共几")
    number = split(place)[0]
    if total is None:
        state.host.progress(None, f"第 {show(place)} 个")
        return
    whole = split(total)[0]
    if not whole > 0:
        raise Mistake("进度的总数要大于零")
    state.host.progress(min(max(number / whole, 0.0), 1.0), f"第 {show(place)} 个，共 {show(total)} 个")


OUTSIDE: dict[str, Callable[[State, list[Any], Named], Any]] = {
    "读取表": _read_table,
    "读取图层": _read_layer,
    "读取文本": _read_text,
    "文件列表": _list_files,
    "文件名": _file_name,
    "保存表": _save_table,
    "保存图层": _save_layer,
    "保存文本": _save_text,
    "填充模板": _fill,
    "进度": _progress,
    **{word: _request(word) for word in ("打开图层", "添加到地图", "缩放到", "运行算法", "询问", "询问文件")},
}


def add(state: State, target: View, value: Any) -> None:
    """把 记录 加入 表格或图层."""
    if not isinstance(target.layer, draft.Draft):
        raise Mistake(f"“{target.layer.name}”是读来的数据，不能加入；请用 新图层 或 新表格")
    layer, record = target.layer, record_of(value)
    if isinstance(value, Feature) and layer.declaration.fields:
        record = {name: item for name, item in record.items() if name in layer.columns or name == draft.SHAPE}
    layer.add({name: _checked(layer.declaration, name, item) for name, item in record.items()}, state.crs)


def write(feature: Any, name: str, value: Any) -> None:
    """把 值 写入 要素的字段: the working copy changes, never the source."""
    if not isinstance(feature, Feature):
        raise Mistake("“写入”后面要写要素的字段，例如 图斑的标注")
    layer, key = feature.layer, normalize(name)
    if key not in layer.columns:
        raise Mistake(f"图层“{layer.name}”没有声明字段“{name}”")
    draft.write(layer, feature.index, key, _checked(layer.declaration, key, value))


def _checked(declaration: LayerDeclaration, name: str, value: Any) -> Any:
    """The value for a field; `Mistake` when the declared type is another."""
    word = next((word for field, _, word in declaration.fields if normalize(field) == name), "")
    return fit_field(word, value, f"“{declaration.name}”的字段“{name}”") if word else value
