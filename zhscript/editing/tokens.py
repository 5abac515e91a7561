"""A text as logical lines: its lexemes with the decoration, comments and line breaks that lie between them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Iterator

from ..characters import BLANK, LINE_END, LINE_ENDS
from ..lexer import Lexeme, Lexer

_GAP = re.compile(
    f"(?P<blank>[{BLANK}]+)|(?P<newline>{LINE_END})|(?P<comment>(?:[#＃]|//|／／|注[:：])[^{LINE_ENDS}]*)"
    "|(?P<comma>[，,、])|(?P<colon>[：:])|(?P<end>[;；。])|(?P<other>.)"
)


@dataclass
class LogicalLine:
    """One statement, and what stands above and beside it."""

    before: list[str] = field(default_factory=list)  # lines above: comments, "" for a blank line
    lexemes: list[Lexeme] = field(default_factory=list)
    breaks: dict[int, list[str]] = field(default_factory=dict)  # lexemes that begin a new line, comment lines above
    beside: dict[int, str] = field(default_factory=dict)  # comments behind a lexeme, by its number

    @property
    def is_broken(self) -> bool:
        """Whether a part of it could not be read."""
        return any(lexeme.kind == "ERROR" for lexeme in self.lexemes)


class _Reader:
    """Sorts lexemes and the gaps between them into logical lines."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = [LogicalLine()]
        self.comments = [""]  # of the lines that the gap at hand touches
        self.ended = True  # whether a statement has ended since the last lexeme

    def run(self, lexemes: list[Lexeme]) -> list[LogicalLine]:
        position = 0
        for lexeme in lexemes:
            for piece in self._gap(position, lexeme.start):
                self._take(piece)
            if lexeme.kind == "_NL":
                self.ended = True
                position = min(lexeme.start, len(self.text))
            else:
                self._take(lexeme)
                position = lexeme.end
        for piece in self._gap(position, len(self.text)):
            self._take(piece)
        self.ended = True
        self.comments.append("")
        self._place_comments()
        return self.lines

    def _gap(self, start: int, end: int) -> Iterator[Lexeme]:
        """Note the comments and line breaks between two lexemes; give the decoration."""
        for match in _GAP.finditer(self.text, start, end):
            kind, text = match.lastgroup, match.group()
            if kind == "newline":
                self.comments.append("")
            elif kind == "comment":
                self.comments[-1] = text
            elif kind in ("comma", "colon"):
                if self.lines[-1].lexemes and not self.ended:
                    yield Lexeme("_COMMA" if kind == "comma" else "_COLON", text, match.start(), match.end())
            elif kind == "other":
                yield Lexeme("ERROR", text, match.start(), match.end())

    def _take(self, lexeme: Lexeme) -> None:
        self._place_comments()
        self.lines[-1].lexemes.append(lexeme)
        self.ended, self.comments = False, [""]

    def _place_comments(self) -> None:
        """Give the comments of the gap their places."""
        line, comments = self.lines[-1], self.comments
        if line.lexemes and comments[0]:
            line.beside[len(line.lexemes) - 1] = comments[0]
        if line.lexemes and self.ended:
            line = LogicalLine()
            self.lines.append(line)
            line.before = comments[1:-1]
        elif not line.lexemes:
            line.before += comments[:-1]
        elif len(comments) > 1:
            line.breaks[len(line.lexemes)] = [comment for comment in comments[1:-1] if comment]


def logical_lines(text: str) -> list[LogicalLine]:
    """The statements of a text; the last one has no lexemes when comments end the text."""
    return _Reader(text).run(Lexer(text).run())


def split_lexemes(lexemes: list[Lexeme]) -> list[list[Lexeme]]:
    """Lexemes by statement, without line ends."""
    result: list[list[Lexeme]] = [[]]
    for lexeme in lexemes:
        if lexeme.kind == "_NL":
            result.append([])
        else:
            result[-1].append(lexeme)
    return [line for line in result if line]
