"""Statements and blocks of a cut text: each top-level block is parsed alone, so errors do not hide each other."""

from __future__ import annotations

from typing import List, NamedTuple, Optional, Sequence

from .diagnostics import Edit, Fix, Problem
from .lexer import Lexeme, Lexemes
from .messages import NAMES

Line = List[Lexeme]

_ALWAYS_OPEN = frozenset(["_RULE", "_STANDARD", "_TEST", "_TOOL", "_CHECK", "_FOREACH", "_FOR", "_REPEAT", "_WHILE"])
_MAY_OPEN = _ALWAYS_OPEN | {"_EXCEPTION", "_FUNCTION", "_PARAMETER", "_IF"}
_TOP = frozenset(["_RULE", "_STANDARD", "_TEST", "_TOOL", "_FUNCTION"])
_CLOSING = frozenset(["_END", "_ELSE", "_ELSEIF", "_ON_FAILURE"])


class Block:
    """Lines that belong together; `complete` tells whether every block inside is closed."""

    def __init__(self, lines: Optional[list[Line]] = None) -> None:
        self.lines = lines or []


def split_lines(lexemes: list[Lexeme]) -> list[Line]:
    """The lexemes by statement, each with its line end."""
    lines: list[Line] = []
    current: Line = []
    for lexeme in lexemes:
        current.append(lexeme)
        if lexeme.kind == "_NL":
            if len(current) > 1:
                lines.append(current)
            current = []
    return lines


def opener(line: Line) -> str:
    """The kind of block that a line opens, or ""."""
    return _opener([lexeme.kind for lexeme in line])


def _opener(kinds: Sequence[str]) -> str:
    kind = kinds[0]
    if kind in _ALWAYS_OPEN:
        return kind
    if kind == "_EXCEPTION":
        return kind if "_AGAINST" in kinds else ""
    if kind == "_FUNCTION":
        return "" if _is_short_function(kinds) else kind
    if kind == "_PARAMETER":
        return kind if len(kinds) == 3 else ""
    if kind == "_IF":
        return kind if "_THEN" not in kinds or kinds.index("_THEN") == len(kinds) - 2 else ""
    return ""


def _is_short_function(kinds: Sequence[str]) -> bool:
    depth = 0
    for kind in kinds:
        depth += (kind == "_OPEN") - (kind == "_CLOSE")
        if depth == 0 and kind in ("_IS", "_EQUALS"):
            return True
    return False


class Span(NamedTuple):
    """A top-level block: its lexemes are `first`..`last`; its nodes are nested at most `deepest` deep."""

    first: int
    last: int
    deepest: int


def spans(lexemes: Lexemes) -> Optional[list[Span]]:
    """The top-level blocks of a text in which every block is closed and named rightly, otherwise None."""
    kinds, result = lexemes.kinds, []
    stack: list[str] = []
    begin = deepest = 0
    for first, last in zip(lexemes.lines, lexemes.lines[1:]):
        kind = kinds[first]
        opens = _opener(kinds[first:last]) if kind in _MAY_OPEN else ""
        if stack and (kind in _TOP or (kind == "_EXCEPTION" and opens)):
            return None
        if kind == "_END":
            named = kinds[first + 1] if last - first > 2 else ""
            if not stack or (named in NAMES and named != stack[-1]):
                return None
            stack.pop()
        elif opens:
            stack.append(opens)
        deepest = max(deepest, 2 * len(stack) + last - first)
        if not stack:
            result.append(Span(begin, last, deepest))
            begin, deepest = last, 0
    return None if stack else result


def split_blocks(lines: list[Line], source: str, problems: list[Problem]) -> list[Block]:
    """Top-level blocks. Missing, surplus and misnamed 结束 are reported here; missing ones are supplied."""
    blocks: list[Block] = []
    current = Block()
    stack: list[Line] = []

    def close(before: Optional[Line]) -> None:
        nonlocal current, stack
        if stack:
            _missing_end(current, stack, before, source, problems)
            current.lines += [_stub(line[0], "_END") for line in stack]
        if current.lines:
            blocks.append(current)
        current, stack = Block(), []

    for line in lines:
        kind, opens = line[0].kind, opener(line)
        if stack and (kind in _TOP or (kind == "_EXCEPTION" and opens)):
            close(line)
        if kind == "_END" and not stack:
            first, last = line[0], line[-2]
            fix = Fix("删除这个“结束”", (Edit(first.start, last.end, ""),))
            problems.append(
                Problem("ZH121", "多了一个“结束”，前面没有与它对应的块", first.start, last.end, fixes=(fix,))
            )
            continue
        current.lines.append(line)
        if opens:
            stack.append(line)
        elif kind == "_END":
            _check_end_name(line, stack.pop(), problems)
        if not stack:
            close(None)
    close(None)
    return blocks


def _check_end_name(line: Line, opened: Line, problems: list[Problem]) -> None:
    if len(line) > 2 and line[1].kind in NAMES and line[1].kind != opened[0].kind:
        own, other = NAMES[opened[0].kind], NAMES[line[1].kind]
        fix = Fix(f"改为“结束{own}”", (Edit(line[1].start, line[1].end, own),))
        message = f"这里结束的是“{own}”，不是“{other}”；请核对前面的块是否都写了“结束”"
        problems.append(Problem("ZH122", message, line[0].start, line[1].end, fixes=(fix,)))


def _missing_end(block: Block, stack: list[Line], before: Optional[Line], source: str, problems: list[Problem]) -> None:
    opened, place = _by_indentation(block, source) or (stack[-1], before[0].start if before else len(source))
    word = NAMES[opened[0].kind]
    line_start = source.rfind("\n", 0, place) + 1
    if place == len(source):
        line_start = place
    margin = source[source.rfind("\n", 0, opened[0].start) + 1 : opened[0].start]
    text = f"{margin}结束\n"
    if line_start == len(source) and source and not source.endswith("\n"):
        text = f"\n{margin}结束"
    fix = Fix(f"为这个“{word}”补上“结束”", (Edit(line_start, line_start, text),))
    message = f"这个“{word}”没有与它对应的“结束”"
    problems.append(Problem("ZH119", message, opened[0].start, opened[-2].end, fixes=(fix,)))


def _by_indentation(block: Block, source: str) -> Optional[tuple[Line, int]]:
    """The first opener whose block is left by indentation without 结束, and the place of the line that leaves it."""
    stack: list[tuple[Line, int, bool]] = []  # with its indentation, and whether its body is indented further
    before: Line | None = None
    for line in block.lines:
        kind, indent = line[0].kind, _indent(line, source)
        if stack:
            opened, margin, indented = stack[-1]
            if before is opened:
                indented = indent > margin
                stack[-1] = (opened, margin, indented)
            if indented and (indent < margin or (indent == margin and kind not in _CLOSING)):
                return opened, line[0].start
        if opener(line):
            stack.append((line, indent, False))
        elif kind == "_END" and stack:
            stack.pop()
        before = line
    return None


def _indent(line: Line, source: str) -> int:
    start = line[0].start
    margin = source[source.rfind("\n", 0, start) + 1 : start]
    return sum({"\t": 4, "\u3000": 2}.get(character, 1) for character in margin)


def _stub(place: Lexeme, *kinds: str) -> Line:
    """A line of the given kinds that stands for one that could not be read."""
    texts = {"NUMBER": "1", "NAME": "真"}
    return [Lexeme(kind, texts.get(kind, ""), place.start, place.start) for kind in (*kinds, "_NL")]


def replacement(line: Line) -> Optional[Line]:
    """A harmless line of the same role, so that the rest of the block can be parsed; None when there is none."""
    first, opens = line[0], opener(line)
    if opens == "_IF":
        return _stub(first, "_IF", "NAME")
    if opens in ("_CHECK", "_FOREACH", "_FOR", "_REPEAT", "_WHILE"):
        return _stub(first, "_REPEAT", "NUMBER")
    if opens:
        return None
    fixed = {
        "_ELSEIF": ("_ELSEIF", "NAME"),
        "_ELSE": ("_ELSE",),
        "_ON_FAILURE": ("_ON_FAILURE",),
        "_END": ("_END",),
        "_CONDITION": ("_CONDITION", "NAME"),
        "_PRINCIPLE": ("_PRINCIPLE", "NAME"),
    }
    if first.kind in ("META", "_BASIS", "SINCE"):
        return []
    return _stub(first, *fixed.get(first.kind, ("_SKIP",)))
