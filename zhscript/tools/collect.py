"""From the nodes of a 工具 to its declaration. The checker reads it too, and is told of everything that is wrong."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import Any, Callable, Optional

from .. import syntax as s
from ..diagnostics import Source
from ..program import Program
from ..units import NONE, Dimension, find_unit
from .constants import NOT_CONSTANT, Amount, constant, unit_of
from .convert import convert, wanted
from .declaration import (
    DIMENSIONS,
    GEOMETRIES,
    KINDS,
    NUMBERS,
    RESERVED,
    SOURCES,
    Limit,
    ToolDeclaration,
    ToolError,
    ToolOutput,
    ToolParameter,
)

Note = Callable[[str, str, Any], Any]  # code, message, node
_ORDERED = ("不小于", "不大于", "大于", "小于", "等于", "不等于")
_TAKES_ARGUMENTS = frozenset({"layer", "choice", "choices", "file", "save"})


def tools_of(program: Program) -> list[ToolDeclaration]:
    """The tools of a checked program, those of referenced files first."""
    return [declare(tool, program.name, program.source, lambda *_: None) for tool in program.of_kind(s.Tool)]


def declare(tool: s.Tool, toolbox: str, source: Source, note: Note) -> ToolDeclaration:
    """The declaration of one tool; `note(code, message, node)` is told of what cannot be."""
    reader = _Reader(source, note)
    parameters = [
        item for node in tool.parameters if isinstance(node, s.FormParameter) for item in reader.parameter(node)
    ]
    outputs = [item for node in tool.outputs for item in reader.output(node)]
    reader.parents(tool, parameters)
    headers = {header.word: _text_of(header.values[0]) for header in tool.headers}
    return ToolDeclaration(
        tool.title,
        headers.get("说明", ""),
        headers.get("分组", "") or toolbox,
        reader.line(tool),
        tuple(parameters),
        tuple(outputs),
        source.file_of(source.place(tool.start)[0])[0],
    )


def _text_of(node: Any) -> str:
    if isinstance(node, s.Text):
        return node.value
    return node.identifier.text if isinstance(node, s.Name) else ""


@dataclass
class _Typed:
    """What the type of a parameter or output says."""

    kind: str
    word: str
    geometry: str = ""
    parent: str = ""
    options: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    dimension: Dimension = NONE
    unit: str = ""


class _Reader:
    """Reads the lines of one tool's head."""

    def __init__(self, source: Source, note: Note) -> None:
        self._source = source
        self._note = note
        self._names: set[str] = set()

    def line(self, node: Any) -> int:
        """The line where a node begins, in its own file."""
        return self._source.file_of(self._source.place(node.start)[0])[1]

    def parameter(self, node: s.FormParameter) -> list[ToolParameter]:
        """The parameter, or nothing when its type is not known."""
        self._name(node.identifier)
        typed = self._type(node.type)
        if typed is None:
            return []
        title, optional = self._options(node, ("标题", "可选"))
        limits = self._limits(node, typed)
        default_text = self._source.slice(node.default.start, node.default.end) if node.default is not None else ""
        parameter = ToolParameter(
            node.identifier.text,
            node.identifier.name,
            typed.kind,
            typed.word,
            title or node.identifier.text,
            self.line(node),
            typed.geometry,
            typed.parent,
            typed.options,
            typed.suffixes,
            typed.dimension,
            self._unit(node, typed),
            optional,
            default_text=_unquoted(default_text),
            limits=limits,
        )
        return [self._with_default(parameter, node.default)]

    def output(self, node: s.Output) -> list[ToolOutput]:
        """The output, or nothing when its type is not known."""
        self._name(node.identifier)
        typed = self._type(node.type)
        if typed is None:
            return []
        title, _ = self._options(node, ("标题",))
        if typed.kind not in SOURCES and node.fields:
            self._note("ZH212", "只有图层和表格的输出有“字段”", node)
        if typed.kind in ("field", "save", "file", "folder", "choice", "choices", "crs", "extent", "colour", "point"):
            self._note("ZH213", f"输出不能是“{typed.word}”；可以是图层、表格、数、文本、日期、是否", node.type)
        fields = [(field.identifier.text, field.type.text if field.type else "") for field in node.fields]
        return [
            ToolOutput(
                node.identifier.text,
                node.identifier.name,
                typed.kind if typed.kind in SOURCES else "value",
                typed.word,
                title or node.identifier.text,
                self.line(node),
                typed.geometry,
                typed.dimension,
                tuple(fields),
            )
        ]

    def parents(self, tool: s.Tool, parameters: list[ToolParameter]) -> None:
        """Fields must be fields of a layer or table of the same tool."""
        layers = {item.key for item in parameters if item.kind in SOURCES}
        layers |= {layer.identifier.name for layer in tool.layers if isinstance(layer, s.Layer)}
        for node in tool.parameters:
            if isinstance(node, s.FormParameter) and node.type.part and node.type.name not in layers:
                self._note("ZH214", f"“{node.type.text}”不是这个工具的图层或表格参数", node.type)

    def _name(self, identifier: s.Identifier) -> None:
        key = identifier.name.casefold()
        if key in self._names:
            self._note("ZH215", f"这个工具里已经有“{identifier.text}”了，请换一个名字", identifier)
        elif key in RESERVED:
            self._note("ZH215", f"“{identifier.text}”是每个工具都有的选项，请换一个名字", identifier)
        self._names.add(key)

    # -- types

    def _type(self, node: s.TypeName) -> Optional[_Typed]:
        if node.part is not None:
            return self._field_type(node)
        kind = KINDS.get(node.name)
        if kind is None:
            unit = find_unit(node.name)
            if unit is None and node.name.endswith("的字段"):
                self._note("ZH214", f"这个工具没有叫“{node.text[:-3]}”的图层或表格参数", node)
                return None
            if unit is None:
                self._note("ZH216", f"参数没有“{node.text}”这种类型；可以写 {'、'.join(KINDS)}，或单位", node)
                return None
            return _Typed(
                "quantity" if any(unit.dimension) else "number", node.text, dimension=unit.dimension, unit=node.text
            )
        typed = _Typed(kind, node.name)
        if node.name in DIMENSIONS:
            typed.dimension, typed.unit = DIMENSIONS[node.name]
        self._arguments(node, typed)
        return typed

    def _field_type(self, node: s.TypeName) -> Optional[_Typed]:
        if node.part is None or node.part.name != "字段" or node.arguments:
            self._note("ZH216", "这里只能写“图层名的字段”", node)
            return None
        return _Typed("field", self._source.slice(node.start, node.end), parent=node.name)

    def _arguments(self, node: s.TypeName, typed: _Typed) -> None:
        if node.arguments and typed.kind not in _TAKES_ARGUMENTS:
            self._note("ZH217", f"“{node.text}”后面不用写括号", node)
            return
        if typed.kind == "layer":
            self._geometry(node, typed)
            return
        words = [argument.value.value for argument in node.arguments if isinstance(argument.value, s.Text)]
        if len(words) != len(node.arguments) or any(not word.strip() for word in words):
            self._note("ZH217", f"“{node.text}”的括号里要写带引号的文字", node)
        elif len(set(words)) < len(words):
            self._note("ZH217", "同一个选项写了两次", node)
        if typed.kind in ("choice", "choices"):
            if not words:
                self._note("ZH217", f"要写出有哪些选项，例如 {node.text}（“甲”，“乙”）", node)
            typed.options = tuple(words)
        else:
            typed.suffixes = tuple(word.lower().lstrip("*").lstrip(".") for word in words)

    def _geometry(self, node: s.TypeName, typed: _Typed) -> None:
        words = [a.value.identifier.name if isinstance(a.value, s.Name) else "" for a in node.arguments]
        if len(words) > 1 or any(word not in GEOMETRIES for word in words):
            self._note("ZH217", "图层后面的括号里写 点、线 或 面 中的一个，不写则都可以", node)
        elif words:
            typed.geometry = GEOMETRIES[words[0]]

    def _options(self, node: Any, known: tuple[str, ...]) -> tuple[str, bool]:
        """(标题, whether 可选 stands there)."""
        title, optional = "", False
        for option in node.options:
            word = option.identifier.name
            if word not in known:
                self._note("ZH218", f"这里没有“{option.identifier.text}”这一项；可以写 {'、'.join(known)}", option)
            elif word == "可选":
                optional = True
            elif isinstance(option.value, s.Text) and option.value.value.strip():
                title = option.value.value
            else:
                self._note("ZH218", f"“{word}”后面要写带引号的文字", option)
        return title, optional

    # -- limits and defaults

    def _limits(self, node: s.FormParameter, typed: _Typed) -> tuple[Limit, ...]:
        pairs = list(node.limits)
        if node.range:
            pairs += [("不小于", node.range[0]), ("不大于", node.range[1])]
        if pairs and typed.kind not in NUMBERS and typed.kind != "date":
            self._note("ZH219", f"“{typed.word}”没有大小，不能写范围", node)
            return ()
        limits = []
        for operator, value in pairs:
            if operator not in _ORDERED:
                self._note("ZH219", f"范围要用 不小于、不大于、大于、小于、介于 写，不能用“{operator}”", value)
                continue
            limit = constant(value)
            if limit is NOT_CONSTANT or not self._fits(typed, limit):
                self._note("ZH219", f"范围要写成确定的{typed.word}", value)
            else:
                bound = limit.value if isinstance(limit, Amount) else limit
                limits.append(Limit(operator, bound, self._source.slice(value.start, value.end)))
        if node.range and len(limits) == 2 and limits[0].value > limits[1].value:
            self._note("ZH219", "“介于”前面的数要不大于后面的数", node.range[0])
        return tuple(limits)

    def _fits(self, typed: _Typed, value: Any) -> bool:
        """Whether a constant is a value of the type: a date, or a number of the same dimension."""
        if typed.kind == "date":
            return isinstance(value, datetime.date)
        return isinstance(value, Amount) and value.dimension == typed.dimension

    def _unit(self, node: s.FormParameter, typed: _Typed) -> str:
        """The unit that forms show: that of the default, else of a limit, else the usual one."""
        values = [node.default, *(value for _, value in node.limits), *(node.range or ())]
        written = [unit.name for unit in map(unit_of, values) if unit and unit.dimension == typed.dimension]
        return written[0] if written and typed.unit in {unit for _, unit in DIMENSIONS.values()} else typed.unit

    def _with_default(self, parameter: ToolParameter, node: Any) -> ToolParameter:
        value = NOT_CONSTANT if node is None else constant(node)
        if value is NOT_CONSTANT:
            return parameter  # computed when the tool is called; the checker looks at its type
        if not _is_default(parameter, value):
            self._note("ZH220", f"默认值要写{wanted(parameter)}", node)
            return parameter
        try:
            return replace(parameter, default=convert(parameter, value.value if isinstance(value, Amount) else value))
        except ToolError as error:
            self._note("ZH220", f"默认值不合适：{error.message.partition('）')[2]}", node)
            return parameter


def _is_default(parameter: ToolParameter, value: Any) -> bool:
    """Whether a constant is of the parameter's sort; `convert` alone would also take the text of a number."""
    if parameter.kind in NUMBERS:
        return isinstance(value, Amount) and value.dimension == parameter.dimension
    if parameter.kind in ("boolean", "date"):
        return isinstance(value, bool if parameter.kind == "boolean" else datetime.date)
    return isinstance(value, str) or (parameter.kind == "choices" and isinstance(value, list))


def _unquoted(text: str) -> str:
    return text[1:-1] if text[:1] in '“"「' and text[-1:] in '”"」' and len(text) > 1 else text
