"""Which colour each word of a text has in an editor that asks for it."""

from __future__ import annotations

import re
from typing import NamedTuple

from .. import vocabulary as words
from ..lexer import Lexeme, Lexer
from ..names import COMMENT
from ..templates import Piece, split_template
from .model import Model

# names of the Language Server Protocol
KINDS = ("keyword", "variable", "parameter", "property", "class", "function", "string", "number", "comment", "type")
_ROLES = {"图层": "class", "表格": "class", "字段": "property", "函数": "function", "标准": "function"}
_ROLES.update({"参数": "parameter", "形参": "parameter"})
_LITERALS = {"STRING": "string", "BOOK": "string", "ARTICLE": "string", "REFERENCE": "keyword"}
_LITERALS.update(dict.fromkeys(["NUMBER", "QUANTITY", "RATIO", "DATE", "ORDINAL", "SINCE"], "number"))
_COMMENT = re.compile(COMMENT)


class Colour(NamedTuple):
    """The characters `start`..`end` are of a kind; `declares` tells the place where a name is declared."""

    start: int
    end: int
    kind: str
    declares: bool = False


def colours(model: Model) -> list[Colour]:
    """The colours of a text in its order, without overlaps."""
    names = {}
    for symbol in model.symbols:
        for place in symbol.places:
            kind = _ROLES.get(symbol.role, "variable")
            names[place.start] = Colour(place.start, place.end, kind, place is symbol.declared)
    lexemes = Lexer(model.text, model.names).run()
    found = _of_lexemes(lexemes, names, model)
    position = 0
    for lexeme in [*lexemes, Lexeme("_NL", "", len(model.text), len(model.text))]:
        found += [
            Colour(match.start(), match.end(), "comment")
            for match in _COMMENT.finditer(model.text, position, max(position, lexeme.start))
        ]
        position = max(position, lexeme.end if lexeme.kind != "_NL" else lexeme.start)
    return sorted(found)


def _of_lexemes(lexemes: list[Lexeme], names: dict[int, Colour], model: Model) -> list[Colour]:
    found: list[Colour] = []
    for lexeme in lexemes:
        if lexeme.start in names and names[lexeme.start].end == lexeme.end:
            found.append(names[lexeme.start])
        elif lexeme.kind == "STRING":
            found += _of_text(lexeme, names, model)
        else:
            kind = _LITERALS.get(lexeme.kind) or _of_word(lexeme)
            if kind and lexeme.end > lexeme.start:
                found.append(Colour(lexeme.start, lexeme.end, kind))
    return found


def _of_word(lexeme: Lexeme) -> str:
    if lexeme.kind == "NAME":
        return "type" if lexeme.text in words.TYPE_WORDS else "function" if lexeme.text in words.LIBRARY_WORDS else ""
    is_word = lexeme.kind not in ("WORD", "QUOTED", "ERROR", "_NL") and lexeme.text[:1].isalpha()
    return "keyword" if is_word else ""


def _of_text(lexeme: Lexeme, names: dict[int, Colour], model: Model) -> list[Colour]:
    """A text with the code of its holes in the colours of code."""
    found: list[Colour] = []
    position = lexeme.start
    for piece in split_template(lexeme.text, lexeme.start, []) if lexeme.text[0] != "「" else ():
        if isinstance(piece, Piece):
            found.append(Colour(position, piece.start, "string"))
            inside = Lexer(piece.text, model.names, base=piece.start, head=False).run()
            found += _of_lexemes(inside, names, model)
            position = piece.start + len(piece.text)
    return [*found, Colour(position, lexeme.end, "string")]
