"""The parts of a file for a side bar: rules, functions, tools, layers, parameters, tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional

from .. import syntax as s
from .model import Model


@dataclass
class Entry:
    """A part of a file. `start`..`end` is all of it, `name_start`..`name_end` what is shown when it is chosen."""

    name: str
    kind: str
    start: int
    end: int
    name_start: int
    name_end: int
    children: list[Entry] = field(default_factory=list)


_TITLED: dict[Any, str] = {s.Rule: "规则", s.RuleException: "例外", s.Test: "测试", s.Tool: "工具"}
_NAMED: dict[Any, str] = {
    s.Function: "函数",
    s.Standard: "标准",
    s.Parameter: "参数",
    s.DatedParameter: "参数",
    s.FormParameter: "参数",
    s.Output: "输出",
}


def outline(model: Model) -> list[Entry]:
    """The parts of a file in the order of its text."""
    entries: list[Entry] = []
    for item in model.items:
        if isinstance(item, s.Fields) and entries and entries[-1].kind in ("图层", "表格"):
            entries[-1].children += _fields(item.fields)
            continue
        entry = _entry(item, model)
        if entry:
            entries.append(entry)
    return entries


def _entry(item: Any, model: Model) -> Optional[Entry]:
    if isinstance(item, s.Layer):
        return _named(item, item.kind, _fields(item.fields))
    if isinstance(item, s.Binding):
        return _named(item, "变量" if item.variable else "设定", [])
    for kind, word in _NAMED.items():
        if isinstance(item, kind):
            return _named(item, word, [])
    for kind, word in _TITLED.items():
        if isinstance(item, kind):
            start = model.text.find(item.title, item.start)
            inner = [*item.parameters, *item.outputs] if isinstance(item, s.Tool) else []
            children = [entry for entry in (_entry(part, model) for part in inner) if entry]
            return Entry(item.title, word, item.start, item.end, start, start + len(item.title), children)
    return None


def _named(item: Any, kind: str, children: list[Entry]) -> Entry:
    name = item.identifier
    return Entry(name.text, kind, item.start, item.end, name.start, name.end, children)


def _fields(fields: list[s.Field]) -> list[Entry]:
    return [
        Entry(node.identifier.text, "字段", node.start, node.end, node.identifier.start, node.identifier.end)
        for node in fields
    ]
