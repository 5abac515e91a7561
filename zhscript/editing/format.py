"""The formatter: canonical blanks, marks and indentation. Words, comments and meaning stay as they are."""

from __future__ import annotations

from typing import NamedTuple, Optional

from .. import vocabulary as words
from ..blocks import opener
from ..lexer import Lexeme
from .spacing import OPERANDS, blank_before
from .tokens import LogicalLine, logical_lines

INDENT = "    "
BEFORE_COMMENT = "  "
_FULL_WIDTH = dict(zip(",:()+-−*/><", "，：（）＋－－×÷＞＜"))
_FULL_WIDTH.update({"＊": "×", "／": "÷", ">=": "≥", "<=": "≤", "!=": "≠"})
# the content of these stands at the margin, as people write rules and tools
_UNINDENTED = frozenset(["_RULE", "_EXCEPTION", "_TOOL"])
_COLON_BEHIND = frozenset(["_CHECK", "_FOREACH", "_FOR", "_REPEAT", "_WHILE", "_STANDARD", "_PARAMETER"])
# the other connectives that swallow a comma read well without one
_COMMA_BEFORE = words.AFTER_COMMA - {"_AND", "_OR", "_ALL", "_MEETS", "_TAKE", "_AGAINST", "INTO"}
_DECORATION = frozenset(["_COMMA", "_COLON"])
_MOST_ATTEMPTS = 4
_DEEPEST = 30  # levels of indentation; what is nested deeper stands at the same margin


class Piece(NamedTuple):
    """A lexeme as it will be written; `number` is its place in the statement, -1 for what is added."""

    kind: str
    text: str
    number: int


def format_text(text: str) -> str:
    """The text in canonical form, every line ended by a line feed.

    What cannot be read is left as it is, but for its indentation. Formatting the result again changes nothing, and the
    lexemes, so the tree, are those of the given text: a statement of which that cannot be shown is not touched.
    """
    lines = logical_lines(text)
    written = [_pieces(line) for line in lines]
    for _ in range(_MOST_ATTEMPTS):
        result = "\n".join(_layout(lines, written, text))
        result = result and result + "\n"
        changed = _differences(lines, written, result)
        if not changed:
            return result
        for number in changed:
            written[number] = None
    return text


def _differences(lines: list[LogicalLine], written: list[Optional[list[Piece]]], result: str) -> set[int]:
    """The statements that are cut otherwise after formatting; all of them when they cannot be compared."""
    after = [line for line in logical_lines(result) if line.lexemes]
    before = [number for number, line in enumerate(lines) if line.lexemes]
    if len(after) != len(before):
        return set(before)
    changed = set()
    for number, line in zip(before, after):
        wanted = written[number] or _as_pieces(lines[number].lexemes)
        if _bare(wanted) != _bare(_as_pieces(line.lexemes)):
            changed.add(number)
    return changed


def _as_pieces(lexemes: list[Lexeme]) -> list[Piece]:
    return [Piece(lexeme.kind, lexeme.text, number) for number, lexeme in enumerate(lexemes)]


def _bare(pieces: list[Piece]) -> list[tuple[str, str]]:
    """Kinds and texts without decoration."""
    following = [piece.kind for piece in pieces[1:]] + ["_NL"]
    return [
        (piece.kind, piece.text)
        for piece, kind in zip(pieces, following)
        if piece.kind not in _DECORATION or not (kind == "_NL" or kind in words.AFTER_COMMA)
    ]


# -- one statement

_COMMA = Piece("_COMMA", "，", -1)


def _pieces(line: LogicalLine) -> Optional[list[Piece]]:
    """The lexemes of a statement in canonical spelling; None when it must be left as it is."""
    if line.is_broken or not line.lexemes:
        return None
    result: list[Piece] = []
    statement, binds, depth = line.lexemes[0].kind, True, 0
    for number, lexeme in enumerate(line.lexemes):
        kind, text = lexeme.kind, _FULL_WIDTH.get(lexeme.text, lexeme.text)
        depth += (kind == "_OPEN") - (kind == "_CLOSE")
        if kind == "_MINUS" and not (result and result[-1].kind in OPERANDS):
            text = lexeme.text  # a sign
        elif kind == "_EQUALS":
            kind, text = _equals(statement) if binds and depth == 0 else ("COMPARE", "等于")
        elif kind == "STRING" and text[0] == '"' and not set(text[1:-1]) & set("“”"):
            text = f"“{text[1:-1]}”"
        binds = binds and not (kind in ("_IS", "_BECOMES") and depth == 0)
        if kind in _COMMA_BEFORE and result and result[-1].kind not in (*_DECORATION, "_OPEN"):
            result.append(_COMMA)
        result.append(Piece(kind, text, number))
        if kind == "_THEN" and number + 1 < len(line.lexemes):
            statement, binds = line.lexemes[number + 1].kind, True
    return _decorated(result, _opened(line))


def _equals(statement: str) -> tuple[str, str]:
    """The word that ＝ stands for when it is the first of a statement."""
    if statement in words.BINDING_KINDS or statement == "_FUNCTION":
        return "_IS", "为"
    return ("_BECOMES", "改为") if statement in ("NAME", "WORD", "QUOTED") else ("COMPARE", "等于")


def _decorated(pieces: list[Piece], opened: str) -> list[Piece]:
    """With the mark that ends the statement's line: a colon where a block opens, else none."""
    end = len(pieces)
    while end > 1 and pieces[end - 1].kind in _DECORATION:
        end -= 1
    return pieces[:end] + [Piece("_COLON", "：", -1)] * (opened in _COLON_BEHIND)


def _opened(line: LogicalLine) -> str:
    """The kind of block that a statement opens, or ""."""
    plain = [lexeme for lexeme in line.lexemes if lexeme.kind not in _DECORATION] or line.lexemes[:1]
    return opener([*plain, Lexeme("_NL", "", plain[-1].end, plain[-1].end)]) if plain else ""


# -- the whole text


def _layout(lines: list[LogicalLine], written: list[Optional[list[Piece]]], text: str) -> list[str]:
    output: list[str] = []
    stack: list[str] = []
    for line, pieces, below in zip(lines, written, [*lines[1:], LogicalLine()]):
        first, inner = line.lexemes[0].kind if line.lexemes else "", _level(stack)
        level = inner
        if first in ("_END", "_ELSE", "_ELSEIF") and stack:
            level = _level(stack[:-1])
            stack = stack[:-1] if first == "_END" else stack
        _above(line.before, INDENT * inner, output)
        level += first == "_FIELDS"  # goes on with the line of its layer
        if pieces is not None:
            goes_on = line.lexemes[-1].kind == "_COMMA" and below.lexemes[:1] and below.lexemes[0].kind == "_FIELDS"
            output += _statement(line, [*pieces, _COMMA] if goes_on else pieces, level)
        elif line.lexemes:
            verbatim = text[line.lexemes[0].start : line.lexemes[-1].end]
            output.append(INDENT * level + verbatim + _beside(line, [len(line.lexemes) - 1]))
        if line.lexemes and _opened(line):
            stack = [*stack, _opened(line)]
    while output and not output[-1]:
        output.pop()
    return output


def _level(stack: list[str]) -> int:
    return min(_DEEPEST, sum(kind not in _UNINDENTED for kind in stack))


def _above(before: list[str], margin: str, output: list[str]) -> None:
    """Comments on their own lines; of blank lines in a row one stays, of those at the top of the file none."""
    for comment in before:
        if comment:
            output.append(margin + comment)
        elif output and output[-1]:
            output.append("")


def _statement(line: LogicalLine, pieces: list[Piece], level: int) -> list[str]:
    """The lines of a statement; further ones are indented once more."""
    output: list[str] = []
    current = INDENT * level
    numbers: list[int] = []
    for place, piece in enumerate(pieces):
        if piece.number in line.breaks and place:
            output.append(current + _beside(line, numbers))
            output += [INDENT * (level + 1) + comment for comment in line.breaks[piece.number]]
            current, numbers = INDENT * (level + (piece.kind != "_CLOSE")), []
        elif place and blank_before(pieces, place):
            current += " "
        current += piece.text
        numbers.append(piece.number)
    last = max(numbers, default=-1)
    return [*output, current + _beside(line, [*numbers, *range(last + 1, len(line.lexemes))])]


def _beside(line: LogicalLine, numbers: list[int]) -> str:
    return "".join(BEFORE_COMMENT + line.beside[number] for number in numbers if number in line.beside)
