"""Renames a name everywhere, with 【】 where the new one needs them, or says why not."""

from __future__ import annotations

from .. import syntax as s
from ..characters import normalize
from ..diagnostics import Edit
from ..vocabulary import STATEMENT_WORDS
from .complete import needs_quotes
from .lookup import lexeme_at
from .model import Model, read_model
from .symbols import Symbol, Use

_LONGEST = 80


class Refused(Exception):
    """A renaming that cannot be done; `message` says why, in Chinese."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def rename(model: Model, offset: int, new: str) -> list[Edit]:
    """The edits that rename the symbol at an offset. Raises `Refused`.

    The renamed text is read again: every place must then be one of the same symbol.
    """
    symbol = model.symbol_at(offset)
    if symbol is None:
        raise Refused("这里不是可以改名的名字；可以改名的是图层、字段、参数、设定、变量、函数等声明过的名字")
    new = new.strip().strip("【】")
    _check_name(new)
    if normalize(new) == symbol.name and new == symbol.text:
        return []
    _check_collision(model, symbol, normalize(new))
    edits = [_edit(use, new, model) for use in symbol.places] + _column(symbol, model)
    _check_result(model, symbol, edits, new)
    return edits


def _check_name(new: str) -> None:
    if not new or len(new) > _LONGEST or any(mark in new for mark in '【】“”"\n\r') or not normalize(new):
        raise Refused(f"新名字不能为空，不能有引号、【】和换行，最多 {_LONGEST} 字")
    if "__" in new:
        raise Refused("名字里不能有连续两个下划线")


def _check_collision(model: Model, symbol: Symbol, new: str) -> None:
    for other in model.symbols:
        if other is symbol or other.name != new:
            continue
        same_place = other.owner == symbol.owner
        overlap = other.start_of_life < symbol.end_of_life and symbol.start_of_life < other.end_of_life
        if same_place and overlap:
            line, _ = model.source.place(other.declared.start)
            raise Refused(f"名字“{other.text}”第 {line} 行已经用过了，请换一个")


def _edit(use: Use, new: str, model: Model) -> Edit:
    bare = use.quoted or not (needs_quotes(new) or new in STATEMENT_WORDS or _glued(model, use, new))
    text = new if bare else f"【{new}】"
    return Edit(use.start, use.end, text)


def _column(symbol: Symbol, model: Model) -> list[Edit]:
    """A field without 来自 is the column of its own name: that must be written now."""
    node = symbol.node
    if not isinstance(node, s.Field) or "来自" in model.text[node.identifier.end : node.end]:
        return []
    return [Edit(node.end, node.end, f" 来自“{symbol.text}”")]


def _glued(model: Model, use: Use, new: str) -> bool:
    """Whether the new name would run together with what stands beside it."""
    before, after = model.text[use.start - 1 : use.start], model.text[use.end : use.end + 1]
    if not any(side.isalnum() or side == "_" for side in (before, after)):
        return False
    changed = model.text[: use.start] + new + model.text[use.end :]
    lexeme = lexeme_at(changed, use.start, model.names | {new})
    return lexeme is None or (lexeme.start, lexeme.text) != (use.start, new)


def _check_result(model: Model, symbol: Symbol, edits: list[Edit], new: str) -> None:
    """The renamed text must hold the same symbol at the same places, and every other one as before."""
    text = model.text
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    after = read_model(text)
    owner = normalize(new) if symbol.role in ("图层", "表格") else symbol.owner
    found = [item for item in after.symbols if item.name == normalize(new) and item.owner in (symbol.owner, owner)]
    same = any(len(item.places) == len(symbol.places) for item in found)
    others = sorted(len(item.places) for item in model.symbols) == sorted(len(item.places) for item in after.symbols)
    if not (same and others):
        raise Refused(f"改成“{new}”以后，有的地方读起来就不是这个名字了；请换一个名字")
