"""Which blocks of a text can be folded."""

from __future__ import annotations

from ..blocks import opener
from ..lexer import Lexeme, Lexer
from .tokens import split_lexemes


def folds(text: str) -> list[tuple[int, int]]:
    """Offsets of the first word of each block and of its 结束, as far as they can be matched."""
    result: list[tuple[int, int]] = []
    stack: list[int] = []
    for line in split_lexemes(Lexer(text).run()):
        if line[0].kind == "_END" and stack:
            result.append((stack.pop(), line[0].start))
        elif opener([*line, Lexeme("_NL", "", line[-1].end, line[-1].end)]):
            stack.append(line[0].start)
    return sorted(result)
