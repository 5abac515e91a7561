"""From text to the tree of a program, with all syntax errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from . import syntax
from .blocks import Block, Line, replacement, split_blocks, split_lines
from .builder import Builder
from .diagnostics import MAXIMUM_PROBLEMS, Problem, Source
from .grammar.driver import Branch, TooDeep, Unexpected, parser
from .lexer import Lexeme, Lexer
from .messages import unexpected

MAXIMUM_ERRORS_PER_BLOCK = 20


@dataclass
class Parsed:
    """The items of a file that could be read, and everything that could not."""

    source: Source
    names: frozenset[str]
    items: list[syntax.Statement]
    problems: list[Problem]
    broken: list[tuple[int, int]]  # where blocks stand that could not be read


def parse_text(text: str) -> Parsed:
    """Parse a whole file."""
    lexer = Lexer(text)
    lexemes = lexer.run()
    problems = lexer.problems
    items: list[syntax.Statement] = []
    broken: list[tuple[int, int]] = []
    for block in split_blocks(split_lines(lexemes), text, problems):
        if len(problems) >= MAXIMUM_PROBLEMS:
            break
        tree = _parse_block(block, lexer.names, problems)
        if tree is not None:
            items += build(tree, lexer.names, problems)
        else:
            broken.append((block.lines[0][0].start, max(line[-1].end for line in block.lines)))
    return Parsed(Source(text), lexer.names, items, problems, broken)


def build(tree: Branch, names: frozenset[str], problems: list[Problem]) -> list[syntax.Statement]:
    """The nodes of a parse tree; the holes of its texts are parsed with the names of the file."""

    def parse_hole(text: str, offset: int) -> Optional[Branch]:
        return _parse_hole(text, offset, names, problems)

    return Builder(parse_hole, problems).program(tree)


def _parse_block(block: Block, names: frozenset[str], problems: list[Problem]) -> Optional[Branch]:
    """The tree of a block, or None when it has errors, of which as many as possible are noted."""
    lines: list[Line] = []
    failed = False
    for line in block.lines:
        if any(lexeme.kind == "ERROR" for lexeme in line):
            failed = True
            stub = replacement(line)
            if stub is None:
                return None
            line = stub
        lines.append(line)
    replaced: set[int] = set()
    for _ in range(MAXIMUM_ERRORS_PER_BLOCK):
        flat = [lexeme for line in lines for lexeme in line]
        try:
            tree = parser().parse(flat)
            return None if failed else tree
        except TooDeep as error:
            problems.append(Problem("ZH104", "这一句套得太深或太长，请拆成几句", error.start, error.end))
            return None
        except Unexpected as error:
            failed = True
            number = _line_of(lines, error.index)
            if number in replaced:
                return None
            _note(error, flat, names, problems)
            stub = replacement(lines[number])
            if stub is None or (len(lines) == 1):
                return None
            lines[number] = stub
            replaced.add(number)
    return None


def _note(error: Unexpected, lexemes: list[Lexeme], names: frozenset[str], problems: list[Problem]) -> None:
    lexeme = lexemes[error.index] if error.index < len(lexemes) else None
    before = lexemes[error.index - 1] if error.index else None
    if before is not None and before.kind == "_NL":
        before = None
    problem = unexpected(lexeme, before, error.expected, names)
    if not any(problem.start == other.start and problem.code == other.code for other in problems):
        problems.append(problem)


def _line_of(lines: list[Line], index: int) -> int:
    count = 0
    for number, line in enumerate(lines):
        count += len(line)
        if index < count:
            return number
    return len(lines) - 1


def _parse_hole(text: str, offset: int, names: frozenset[str], problems: list[Problem]) -> Optional[Branch]:
    lexer = Lexer(text, names, base=offset, head=False)
    lexemes = lexer.run()
    problems += lexer.problems
    if any(lexeme.kind == "ERROR" for lexeme in lexemes):
        return None
    if len(lexemes) < 2:
        problems.append(Problem("ZH129", "文字里的“{}”中间要写式子", max(offset - 1, 0), offset + len(text) + 1))
        return None
    try:
        return parser().parse(lexemes, "hole")
    except TooDeep as error:
        problems.append(Problem("ZH104", "这一句套得太深或太长，请拆成几句", error.start, error.end))
    except Unexpected as error:
        _note(error, lexemes, names, problems)
    return None
