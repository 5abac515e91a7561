"""The statement that an error stands in: its lexemes, and the states of the parser before it."""

from __future__ import annotations

from typing import NamedTuple, Optional, Sequence

from ..blocks import Line, replacement, split_blocks, split_lines
from ..grammar.driver import parser
from ..lexer import Lexeme, Lexer
from ..names import declared_names

LONGEST = 1500  # characters of a statement that is repaired
MOST_LEXEMES = 250


class Region(NamedTuple):
    """`text[start:end]` holds the statement; `states` are those of the parser before it."""

    text: str
    start: int
    end: int
    lexemes: list[Lexeme]
    states: list[int]
    names: frozenset[str]

    @property
    def kinds(self) -> list[str]:
        """The kinds of the lexemes."""
        return [lexeme.kind for lexeme in self.lexemes]

    def failing(self) -> int:
        """The index of the first lexeme that does not fit, or their number."""
        return parser().follow(self.kinds, self.states)[0]

    def fits(self, kinds: Sequence[str]) -> bool:
        """Whether a statement of such lexemes could stand here."""
        return parser().follow(kinds, self.states)[0] == len(kinds)

    def reads(self, text: str) -> bool:
        """Whether the text, cut anew, could stand here."""
        lexer = Lexer(text, self.names)
        lexemes = lexer.run()
        return not lexer.problems and self.fits([lexeme.kind for lexeme in lexemes])


def region_at(text: str, offset: int) -> Optional[Region]:
    """The statement around a place of the text; None when there is none or it is too long."""
    names = declared_names(text)
    for block in split_blocks(split_lines(Lexer(text, names).run()), text, []):
        own = [line for line in block.lines if line[-1].end > line[0].start]
        if not own or own[-1][-1].end < offset:
            continue
        for number, line in enumerate(block.lines):
            if line[-1].start > line[0].start and line[-1].end >= offset:
                return _region(text, block.lines, number, names)
    return None


def _region(text: str, lines: Sequence[Line], number: int, names: frozenset[str]) -> Optional[Region]:
    line = lines[number]
    start, end = line[0].start, line[-1].start
    if end - start > LONGEST or len(line) > MOST_LEXEMES:
        return None
    states: list[int] = []
    for before in lines[:number]:
        kinds = [lexeme.kind for lexeme in before]
        count, after = parser().follow(kinds, states)
        if count < len(kinds):
            stub = replacement(before) or []
            count, after = parser().follow([lexeme.kind for lexeme in stub], states)
            if count < len(stub):
                continue
        states = after
    return Region(text, start, end, list(line), states, names)
