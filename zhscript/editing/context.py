"""Where the cursor stands: in code, in a text, in a hole of a text, and what the grammar allows there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Optional

from ..blocks import opener, replacement
from ..characters import BLANK, is_word_character
from ..grammar.driver import parser
from ..lexer import Lexeme, Lexer
from ..names import COMMENT, declared_names, string_end
from ..vocabulary import AFTER_COMMA, LIBRARY_WORDS
from .tokens import split_lexemes

CODE, TEXT, FORMAT, COMMENTED = "code", "text", "format", "comment"
_DECORATION = re.compile("[，,、：:]")
_WINDOW = 120  # lines that are read when no block begins nearer
_LONGEST_WINDOW = 6000  # characters
_TOP = re.compile(f"^[{BLANK}]*(?:(?:规则|标准|测试|工具|函数)(?![{BLANK}]*[集箱])|例外[^\n]*针对)", re.MULTILINE)
_COMMENT = re.compile(COMMENT)
_NUMBER = re.compile(r"(?<![\w.．])[0-9０-９]+(?:[.．][0-9０-９]+)?([^\W0-9０-９]*)$")


@dataclass
class Context:
    """What is known of the place before the cursor.

    `place`: CODE, TEXT (inside quotation marks), FORMAT (behind the colon of a hole), COMMENTED. `typed` is what has
    been written of the word at hand, from `start` on. `before` holds the lexemes of the statement before that word;
    `expected` the kinds of lexemes that fit there. `hole` tells that the code stands inside a text.
    `lines` are the statements of the block before this one.
    """

    place: str
    typed: str
    start: int
    before: list[Lexeme] = field(default_factory=list)
    expected: frozenset[str] = frozenset()
    hole: bool = False
    lines: list[list[Lexeme]] = field(default_factory=list)
    after_number: bool = False

    @property
    def statement(self) -> str:
        """The kind of the first word of the statement, "" when that is no keyword or not written yet."""
        kind = self.before[0].kind if self.before else ""
        thens = [number for number, lexeme in enumerate(self.before) if lexeme.kind == "_THEN"]
        if thens:
            kind = self.before[thens[-1] + 1].kind if thens[-1] + 1 < len(self.before) else ""
        return "" if kind in ("NAME", "WORD", "QUOTED") else kind

    @property
    def at_head(self) -> bool:
        """Whether a new statement begins here."""
        return not self.hole and (not self.before or self.before[-1].kind == "_THEN")

    @property
    def last(self) -> str:
        """The kind of the lexeme before, "" at the head of a statement."""
        return self.before[-1].kind if self.before else ""


def contexts(text: str, offset: int, names: frozenset[str]) -> list[Context]:
    """The readings of the place before `offset`: usually one, two when the word at hand may be the rest of another."""
    line_start = text.rfind("\n", 0, offset) + 1
    place, opened = _quoted(text[line_start:offset])
    start = block_start(text, line_start)
    line_end = text.find("\n", offset)
    declared = declared_names(text[start : line_end if line_end >= 0 else len(text)])
    known = names if declared <= names else names | declared
    if place == COMMENTED:
        return [Context(COMMENTED, "", offset)]
    if place == CODE:
        number = _NUMBER.search(text, line_start, offset)
        if number and (number.group(1) or offset == number.end()):
            earlier, before = _cut(text, start, number.start(), known)
            lines = split_lexemes(earlier)
            units = Context(CODE, number.group(1), number.start(1), before, lines=lines, after_number=True)
            return [units, *(_code(text, start, offset, known) if number.group(1) else [])]
        return _code(text, start, offset, known)
    opened += line_start
    earlier, before = _cut(text, start, opened, known)
    lines = split_lexemes(earlier)
    hole = _hole(text, opened, offset) if text[opened] in '“"' else None
    if hole is None:
        return [Context(TEXT, text[opened + 1 : offset], opened + 1, before, lines=lines)]
    begin, colon = hole
    if colon >= 0:
        typed = re.split("[，,、]", text[colon + 1 : offset])[-1].strip(" \u3000")
        return [Context(FORMAT, typed, offset - len(typed))]
    readings = _code(text, begin, offset, known, hole=True)
    for reading in readings:
        reading.lines = [*lines, before]
    return readings


def _quoted(line: str) -> tuple[str, int]:
    """Whether the end of a line stands in code, in a comment or in a text that opens at the offset given."""
    position = 0
    while position < len(line):
        if line[position] in '“”"「《':
            end = string_end(line, position)
            if end < 0:
                return TEXT, position
            position = end
        elif _COMMENT.match(line, position):
            return COMMENTED, position
        else:
            position += 1
    return CODE, 0


def _hole(text: str, opened: int, offset: int) -> Optional[tuple[int, int]]:
    """The start of the expression of a hole that is open at `offset`, and its colon or -1."""
    inside = text[opened + 1 : offset].replace("{{", "\x00\x00").replace("｛｛", "\x00\x00")
    brace = max(inside.rfind("{"), inside.rfind("｛"))
    if brace < 0 or any(mark in inside[brace:] for mark in "}｝"):
        return None
    depth, colon = 0, -1
    for position in range(brace + 1, len(inside)):
        depth += (inside[position] in "（(") - (inside[position] in "）)")
        if inside[position] in "：:" and depth == 0:
            colon = opened + 1 + position
            break
    return opened + 1 + brace + 1, colon


def block_start(text: str, line_start: int) -> int:
    """Where the block that is being written begins, or a line some way above."""
    begin = line_start
    for _ in range(_WINDOW):
        above = text.rfind("\n", 0, max(begin - 1, 0)) + 1
        if begin == 0 or line_start - above > _LONGEST_WINDOW:
            break
        begin = above
        if _TOP.match(text, begin):
            return begin
    return begin


def _cut(text: str, start: int, offset: int, names: frozenset[str], hole: bool = False) -> tuple[list, list]:
    """The lexemes of the statements above, and of the one that goes on at the offset."""
    lexemes = Lexer(text[start:offset], names, base=start, head=not hole).run()
    if lexemes and lexemes[-1].kind == "_NL" and lexemes[-1].start >= offset:
        lexemes.pop()  # the statement goes on at the cursor
        end = lexemes[-1].end if lexemes else start
        mark = _DECORATION.search(text, end, offset)  # at the end of a line it would have been dropped
        if mark and lexemes:
            kind = "_COLON" if mark.group() in "：:" else "_COMMA"
            lexemes.append(Lexeme(kind, mark.group(), mark.start(), mark.end()))
    cut = max((number for number, lexeme in enumerate(lexemes) if lexeme.kind == "_NL"), default=-1) + 1
    return lexemes[:cut], lexemes[cut:]


def _code(text: str, start: int, offset: int, names: frozenset[str], hole: bool = False) -> list[Context]:
    earlier, before = _cut(text, start, offset, names, hole)
    readings = [("", offset, before)]
    if before and before[-1].end == offset and is_word_character(before[-1].text[-1]):
        last = before[-1]
        readings = [(last.text, last.start, before[:-1])]
        if last.kind not in ("NAME", "WORD", "ERROR"):
            readings.append(("", offset, before))
        split = _known_part(last.text, names) if last.kind == "WORD" else 0
        if split:
            head = Lexeme("NAME", last.text[:split], last.start, last.start + split)
            readings.append((last.text[split:], last.start + split, [*before[:-1], head]))
    states = _states(earlier, hole)
    return [
        Context(CODE, typed, place, words, _expected(states, words, hole), hole, split_lexemes(earlier))
        for typed, place, words in readings
    ]


def _known_part(word: str, names: frozenset[str]) -> int:
    """How much of an unknown word is a known name: 面积dayu begins with 面积."""
    for length in range(len(word) - 1, 0, -1):
        if word[:length] in names or word[:length] in LIBRARY_WORDS:
            return length
    return 0


def _states(earlier: list[Lexeme], hole: bool) -> list[int]:
    """The parser's states behind the lines above; lines that the grammar refuses count as harmless ones."""
    follow = parser().follow
    states = follow([], start="hole" if hole else "start")[1]
    for line in _balanced([[*line, Lexeme("_NL", "", 0, 0)] for line in split_lexemes(earlier)]):
        for attempt in (line, replacement(line) or []):
            count, after = follow([lexeme.kind for lexeme in attempt], states)
            if count == len(attempt):
                states = after
                break
    return states


def _expected(states: list[int], before: list[Lexeme], hole: bool) -> frozenset[str]:
    """The kinds of lexemes that the grammar allows, in the block or else in the statement on its own."""
    kinds = [lexeme.kind for lexeme in before]
    found = _acceptable(states, kinds) or _acceptable([], kinds, "hole" if hole else "start")
    if kinds and kinds[-1] == "_COMMA":  # before a connective it is decoration
        found |= AFTER_COMMA & (_acceptable(states, kinds[:-1]) or _acceptable([], kinds[:-1]))
    return found


def _acceptable(states: list[int], kinds: list[str], start: str = "start") -> frozenset[str]:
    count, after = parser().follow(kinds, states, start=start)
    return frozenset(parser().acceptable(after)) if count == len(kinds) else frozenset()


def _balanced(lines: list[list[Lexeme]]) -> list[list[Lexeme]]:
    """Without ends and branches of blocks that begin above the lines at hand."""
    result, depth = [], 0
    for line in lines:
        if depth == 0 and line[0].kind in ("_END", "_ELSE", "_ELSEIF"):
            continue
        depth += bool(opener(line)) - (line[0].kind == "_END")
        result.append(line)
    return result
