"""The lexeme under the cursor."""

from __future__ import annotations

from typing import Optional

from ..lexer import Lexeme, Lexer
from ..templates import Piece, split_template
from .context import block_start

_TEXTS = frozenset(["STRING", "BOOK"])


def lexeme_at(text: str, offset: int, names: frozenset[str]) -> Optional[Lexeme]:
    """The lexeme at an offset, inside the holes of texts too; behind its last character counts when no other begins."""
    line_start = text.rfind("\n", 0, offset) + 1
    line_end = text.find("\n", offset)
    start = block_start(text, line_start)
    stretch = text[start : line_end if line_end >= 0 else len(text)]
    return _find(Lexer(stretch, names, base=start).run(), offset, names)


def _find(lexemes: list[Lexeme], offset: int, names: frozenset[str]) -> Optional[Lexeme]:
    touching = [lexeme for lexeme in lexemes if lexeme.start <= offset <= lexeme.end and lexeme.kind != "_NL"]
    found = next((lexeme for lexeme in touching if offset < lexeme.end), touching[-1] if touching else None)
    if found is None or found.kind != "STRING" or found.text[0] == "「":
        return found
    for piece in split_template(found.text, found.start, []):
        if isinstance(piece, Piece) and piece.start <= offset <= piece.start + len(piece.text):
            inside = Lexer(piece.text, names, base=piece.start, head=False).run()
            return _find(inside, offset, names)
    return found
