"""The statement that an error stands in: its lexemes, and the states of the parser before it."""

from __future__ import annotations

from typing import NamedTuple, Optional, Sequence

from ..blocks import Line, replacement, split_blocks, split_lines
from ..characters import is_word_character
from ..grammar.driver import parser
from ..lexer import Lexeme, Lexer
from ..names import declared_names
from ..templates import Piece, split_template
from ..vocabulary import AFTER_COMMA

LONGEST = 1500  # characters of a statement that is repaired
MOST_LEXEMES = 250
_LONGEST_RUN = 24


class Run(NamedTuple):
    """Word characters without a gap: one or several lexemes."""

    start: int
    end: int
    text: str


class Region(NamedTuple):
    """`text[start:end]` holds the statement or the inside of a hole; `states` are those of the parser before it."""

    text: str
    start: int
    end: int
    lexemes: list[Lexeme]
    states: list[int]
    names: frozenset[str]
    hole: bool = False

    @property
    def kinds(self) -> list[str]:
        """The kinds of the lexemes."""
        return [lexeme.kind for lexeme in self.lexemes]

    def failing(self) -> int:
        """The index of the first lexeme that does not fit, or their number."""
        return parser().follow(self.kinds, self.states)[0]

    def fits(self, kinds: Sequence[str]) -> bool:
        """Whether a statement of such lexemes could stand here."""
        plain = _undecorated(kinds)
        return parser().follow(plain, self.states)[0] == len(plain)

    def reads(self, text: str) -> bool:
        """Whether the text, cut anew, could stand here."""
        names = self.names if self.hole else self.names | declared_names(text)
        lexer = Lexer(text, names, head=not self.hole)
        kinds = [lexeme.kind for lexeme in lexer.run()]
        return not lexer.problems and parser().follow(kinds, self.states)[0] == len(kinds)

    def run_at(self, lexeme: Lexeme) -> Run:
        """The word characters around a lexeme."""
        start, end = lexeme.start, lexeme.end
        while start > self.start and lexeme.start - start < _LONGEST_RUN and is_word_character(self.text, start - 1):
            start -= 1
        while end < self.end and end - lexeme.end < _LONGEST_RUN and is_word_character(self.text, end):
            end += 1
        return Run(start, end, self.text[start:end])


def _undecorated(kinds: Sequence[str]) -> list[str]:
    """The kinds without commas before connectives and marks before a line end, as the lexer drops them."""
    result: list[str] = []
    for kind in kinds:
        if result and result[-1] in ("_COMMA", "_COLON") and (kind == "_NL" or kind in AFTER_COMMA):
            result.pop()
        result.append(kind)
    return result


def region_at(text: str, offset: int) -> Optional[Region]:
    """The statement around a place of the text; None when there is none or it is too long."""
    names = declared_names(text)
    for block in split_blocks(split_lines(Lexer(text, names).run()), text, []):
        for number, line in enumerate(block.lines):
            if line[-1].start > line[0].start and (line[-1].start >= offset or line[-1].end > offset):
                return _hole(text, line, offset, names) or _statement(text, block.lines, number, names)
    return None


def _statement(text: str, lines: Sequence[Line], number: int, names: frozenset[str]) -> Optional[Region]:
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


def _hole(text: str, line: Line, offset: int, names: frozenset[str]) -> Optional[Region]:
    """The expression in {…} of a text that the place is in."""
    literal = next((x for x in line if x.kind == "STRING" and x.start < offset < x.end), None)
    if literal is None or literal.text[0] == "「" or len(literal.text) > LONGEST:
        return None
    for piece in split_template(literal.text, literal.start, []):
        if isinstance(piece, Piece) and piece.start <= offset <= piece.start + len(piece.text):
            lexemes = Lexer(piece.text, names, base=piece.start, head=False).run()
            states = parser().follow([], start="hole")[1]
            return Region(text, piece.start, piece.start + len(piece.text), lexemes, states, names, True)
    return None
