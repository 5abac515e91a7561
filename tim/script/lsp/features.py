"""Answers to the requests of an editor, as plain JSON."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

from tim.script.lsp.documents import OpenDocument
from zhscript.editing.complete import complete
from zhscript.editing.folding import folds
from zhscript.editing.format import format_text
from zhscript.editing.hover import hover
from zhscript.editing.outline import Entry, outline
from zhscript.editing.rename import rename
from zhscript.editing.signature import signature

_SEVERITIES = {"error": 1, "warning": 2, "hint": 4}
# kinds of the protocol
_COMPLETION_KINDS = {
    "关键字": 14,
    "名字": 6,
    "字段": 5,
    "图层": 7,
    "函数": 3,
    "单位": 11,
    "值": 12,
    "类型": 25,
    "模板": 15,
}
_SYMBOL_KINDS = {
    "规则": 5,
    "例外": 5,
    "测试": 12,
    "工具": 12,
    "函数": 12,
    "标准": 12,
    "参数": 14,
    "输出": 13,
    "图层": 23,
    "表格": 23,
    "字段": 8,
    "设定": 13,
    "变量": 13,
}


def diagnostics(document: OpenDocument) -> list[dict[str, Any]]:
    """The diagnostics of a text."""
    return [
        {
            "range": _range(document, vars(item)),
            "severity": _SEVERITIES.get(item.severity, 3),
            "code": item.code,
            "source": "zhscript",
            "message": item.message,
        }
        for item in document.diagnostics()
    ]


def code_actions(document: OpenDocument, span: dict[str, Any]) -> list[dict[str, Any]]:
    """The repairs of the diagnostics that touch a range; each has been tried."""
    start, end = document.positions.offset(span.get("start")), document.positions.offset(span.get("end"))
    told = diagnostics(document)
    actions = []
    for item, plain in zip(document.diagnostics(), told, strict=True):
        first, last = _offsets(document, vars(item))
        if first <= end and start <= last:
            actions += [
                {
                    "title": fix["title"],
                    "kind": "quickfix",
                    "diagnostics": [plain],
                    "isPreferred": number == 0 and len(item.fixes) == 1,
                    "edit": {"changes": {document.uri: _fix_edits(document, fix)}},
                }
                for number, fix in enumerate(item.fixes)
            ]
    return actions


def _fix_edits(document: OpenDocument, fix: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"range": _range(document, edit), "newText": edit["text"]} for edit in fix["edits"]]


def _offsets(document: OpenDocument, place: dict[str, Any]) -> tuple[int, int]:
    source = document.source
    start = source.line_start(place["line"]) + place["column"] - 1
    return start, source.line_start(place["end_line"]) + place["end_column"] - 1


def _range(document: OpenDocument, place: dict[str, Any]) -> dict[str, Any]:
    return document.positions.range(*_offsets(document, place))


def completions(document: OpenDocument, position: Any) -> dict[str, Any]:
    """The completion list. It is asked for anew after each letter: the editor cannot match pinyin itself."""
    offset = document.positions.offset(position)
    items = []
    model = document.recent_model
    for number, item in enumerate(complete(document.text, offset, model) if model else []):
        items.append(
            {
                "label": item.label,
                "kind": _COMPLETION_KINDS[item.kind],
                "detail": item.detail,
                "sortText": f"{number:03d}",
                "filterText": document.text[item.start : item.end] or item.label,
                "insertTextFormat": 2 if item.snippet else 1,
                "textEdit": {"range": document.positions.range(item.start, item.end), "newText": item.insert},
                "data": {"documentation": item.documentation},
            }
        )
    return {"isIncomplete": True, "items": items}


def resolve(item: dict[str, Any]) -> dict[str, Any]:
    """A completion item with its documentation."""
    data = item.get("data")
    told = data.get("documentation") if isinstance(data, dict) else ""
    return {**item, "documentation": {"kind": "plaintext", "value": told}} if told else item


def hover_at(document: OpenDocument, position: Any) -> dict[str, Any] | None:
    """What is shown over a word."""
    found = hover(document.model, document.positions.offset(position)) if document.model else None
    if found is None:
        return None
    content = {"kind": "plaintext", "value": "\n".join(found.lines)}
    return {"contents": content, "range": document.positions.range(found.start, found.end)}


def definition(document: OpenDocument, position: Any) -> list[dict[str, Any]]:
    """Where the name at a position is declared."""
    symbol = document.model.symbol_at(document.positions.offset(position)) if document.model else None
    return [_location(document, symbol.declared)] if symbol else []


def references(document: OpenDocument, position: Any, declaration: bool) -> list[dict[str, Any]]:
    """Where the name at a position stands."""
    symbol = document.model.symbol_at(document.positions.offset(position)) if document.model else None
    if symbol is None:
        return []
    places = symbol.places if declaration else sorted(symbol.uses, key=lambda use: use.start)
    return [_location(document, place) for place in places]


def highlights(document: OpenDocument, position: Any) -> list[dict[str, Any]]:
    """The places of the name at a position; that of its declaration counts as writing."""
    symbol = document.model.symbol_at(document.positions.offset(position)) if document.model else None
    if symbol is None:
        return []
    return [
        {
            "range": document.positions.range(place.start, place.end),
            "kind": 3 if place is symbol.declared else 2,
        }
        for place in symbol.places
    ]


def _location(document: OpenDocument, place: Any) -> dict[str, Any]:
    return {"uri": document.uri, "range": document.positions.range(place.start, place.end)}


def prepare_rename(document: OpenDocument, position: Any) -> dict[str, Any] | None:
    """The name that would be renamed."""
    offset = document.positions.offset(position)
    symbol = document.model.symbol_at(offset) if document.model else None
    if symbol is None:
        return None
    place = next(place for place in symbol.places if place.start <= offset <= place.end)
    return {"range": document.positions.range(place.start, place.end), "placeholder": symbol.text}


def rename_at(document: OpenDocument, position: Any, name: str) -> dict[str, Any] | None:
    """The edits that rename. Raises `Refused`."""
    if document.model is None:
        return None
    edits = rename(document.model, document.positions.offset(position), name)
    plain = [{"range": document.positions.range(edit.start, edit.end), "newText": edit.text} for edit in edits]
    return {"changes": {document.uri: plain}}


def symbols(document: OpenDocument) -> list[dict[str, Any]]:
    """The outline."""
    return [_symbol(document, entry) for entry in outline(document.model)] if document.model else []


def _symbol(document: OpenDocument, entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name.strip() or entry.kind,
        "detail": entry.kind,
        "kind": _SYMBOL_KINDS[entry.kind],
        "range": document.positions.range(entry.start, entry.end),
        "selectionRange": document.positions.range(
            max(entry.start, entry.name_start), min(entry.end, max(entry.start, entry.name_end))
        ),
        "children": [_symbol(document, child) for child in entry.children],
    }


def formatting(document: OpenDocument) -> list[dict[str, Any]]:
    """The lines that the formatter changes."""
    if document.is_large:
        return []
    before = document.text
    line_end = "\r\n" if "\r\n" in before else "\n"
    after = format_text(before.replace("\r\n", "\n")).replace("\n", line_end)
    return [
        {"range": document.positions.range(start, end), "newText": text} for start, end, text in _changes(before, after)
    ]


def _changes(before: str, after: str) -> Iterator[tuple[int, int, str]]:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    for tag, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield starts[i], starts[j], "".join(new[k:m])


def folding(document: OpenDocument) -> list[dict[str, Any]]:
    """Blocks that can be folded: from their first line to the line before 结束."""
    ranges = []
    for start, end in [] if document.is_large else folds(document.text):
        first, last = document.positions.position(start)["line"], document.positions.position(end)["line"] - 1
        if last > first:
            ranges.append({"startLine": first, "endLine": last})
    return ranges


def signature_help(document: OpenDocument, position: Any) -> dict[str, Any] | None:
    """The parameters of the function whose brackets are open."""
    found = signature(document.model, document.positions.offset(position)) if document.model else None
    if found is None:
        return None
    parameters = [{"label": name} for name in found.parameters]
    content = {"label": found.label, "documentation": found.documentation, "parameters": parameters}
    return {"signatures": [content], "activeSignature": 0, "activeParameter": found.active}
