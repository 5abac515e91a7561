"""From text to the tree of a program, with all syntax errors."""

from __future__ import annotations

from typing import Optional, Sequence

from . import syntax
from .blocks import Block, Line, Span, replacement, spans, split_blocks, split_lines
from .builder import Builder
from .diagnostics import MAXIMUM_PROBLEMS, Edit, Fix, Problem, Source
from .grammar.driver import Columns, Unexpected, columns
from .invisible import Visible, visible
from .lexer import Doubt, Lexeme, Lexemes, Lexer
from .messages import unexpected
from .records import record
from .syntax.nodes import parts, walk

MAXIMUM_ERRORS_PER_BLOCK = 20
MAXIMUM_DEPTH = 120
MAXIMUM_HOLE_DEPTH = 30  # holes stand in texts that stand in holes


@record
class Parsed:
    """The items of a file that could be read, and everything that could not."""

    source: Source
    names: frozenset[str]
    items: list[syntax.Statement]
    problems: list[Problem]
    broken: list[tuple[int, int]]  # where blocks stand that could not be read
    doubts: list[Doubt]


def parse_text(text: str) -> Parsed:
    """Parse a whole file."""
    seen = visible(text)
    if seen is None:
        return _parse(text)
    result = _parse(seen.text)
    result.source = Source(text)
    _move(result, seen)
    return result


def _move(parsed: Parsed, seen: Visible) -> None:
    """Give everything its place in the text with invisible characters."""
    for node in {id(node): node for item in parsed.items for node in walk(item)}.values():
        node.start, node.end = seen.range(node.start, node.end)
    for problem in parsed.problems:
        problem.start, problem.end = seen.range(problem.start, problem.end)
        problem.fixes = tuple(Fix(fix.title, tuple(_moved(edit, seen) for edit in fix.edits)) for fix in problem.fixes)
    parsed.broken = [seen.range(*entry) for entry in parsed.broken]
    parsed.doubts = []  # invisible characters are blanks to who reads a piece alone


def _moved(edit: Edit, seen: Visible) -> Edit:
    return Edit(*seen.range(edit.start, edit.end), edit.text)


def _parse(text: str) -> Parsed:
    lexer = Lexer(text)
    lexemes, problems = lexer.cut(), lexer.problems
    result = Parsed(Source(text), lexer.names, [], problems, [], lexer.doubts)
    reader = BlockReader(lexer.names, problems, lexer.doubts)
    found = None if "ERROR" in lexemes.kinds else spans(lexemes)
    if found is None:
        _parse_carefully(lexemes, reader, result)
        return result
    ends = closing(lexemes)
    for span in found:
        if len(problems) >= MAXIMUM_PROBLEMS:
            break
        items = reader.items(block_columns(lexemes, ends, span), span.deepest)
        if items is None:
            items = reader.block(Block(split_lines(lexemes.between(span.first, span.last))))
            result.broken.append((lexemes.starts[span.first], ends[span.last - 1]))
        result.items += items or []
    return result


def block_columns(lexemes: Lexemes, ends: list[int], span: Span) -> Columns:
    """The lexemes of a block; `ends` are those of `closing`."""
    part = slice(span.first, span.last)
    return Columns(lexemes.kinds[part], lexemes.texts[part], lexemes.starts[part], ends[part])


def closing(lexemes: Lexemes) -> list[int]:
    """The ends of the lexemes; a line end ends where the lexeme before it ends."""
    ends = lexemes.ends[:]
    for after in lexemes.lines[1:]:
        ends[after - 1] = ends[after - 2]
    return ends


def _parse_carefully(lexemes: Lexemes, reader: BlockReader, result: Parsed) -> None:
    """Parse a text with unreadable places or blocks that are not closed."""
    lines = split_lines(lexemes.between(0, len(lexemes.kinds)))
    for block in split_blocks(lines, result.source.text, result.problems):
        if len(result.problems) >= MAXIMUM_PROBLEMS:
            break
        items = reader.block(block)
        if items is None:
            result.broken.append((block.lines[0][0].start, max(line[-1].end for line in block.lines)))
        result.items += items or []


def read_item(piece: str, start: int, names: frozenset[str], doubts: list[Doubt]) -> Optional[syntax.Statement]:
    """The only item of a piece of a text that begins at `start`; None when it has errors or is not one item."""
    lexer = Lexer(piece, names, base=start)
    lexemes, problems = lexer.cut(), lexer.problems
    found = None if "ERROR" in lexemes.kinds or problems else spans(lexemes)
    if found is None or len(found) != 1:
        return None
    doubts += lexer.doubts
    columns = block_columns(lexemes, closing(lexemes), found[0])
    items = BlockReader(names, problems, doubts).items(columns, found[0].deepest)
    return items[0] if items and not problems else None


class BlockReader:
    """Reads the blocks of a file with the names of the file; notes what is wrong with them in `problems`."""

    def __init__(self, names: frozenset[str], problems: list[Problem], doubts: list[Doubt]) -> None:
        self.names = names
        self.problems = problems
        self.doubts = doubts
        self._builder = Builder(self._hole, problems)
        self._holes = 0  # that are being read, one inside the other

    def items(self, lexemes: Columns, deepest: int) -> Optional[list[syntax.Statement]]:
        """The items of a block without errors, otherwise None. Its nodes are nested at most `deepest` deep."""
        before = len(self.problems)
        try:
            items = self._builder.items(lexemes)
        except Unexpected:
            del self.problems[before:]
            return None
        return items if deepest <= MAXIMUM_DEPTH or self._is_flat(items, MAXIMUM_DEPTH) else None

    def block(self, block: Block) -> Optional[list[syntax.Statement]]:
        """The items of a block, or None when it has errors, of which as many as possible are noted."""
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
            before = len(self.problems)
            try:
                items = self._builder.items(columns(flat))
                if failed:
                    del self.problems[before:]
                return None if failed or not self._is_flat(items, MAXIMUM_DEPTH) else items
            except Unexpected as error:
                del self.problems[before:]
                failed = True
                number = _line_of(lines, error.index)
                if number in replaced:
                    return None
                _note(error, flat, self.names, self.problems)
                stub = replacement(lines[number])
                if stub is None or (len(lines) == 1):
                    return None
                lines[number] = stub
                replaced.add(number)
        return None

    def _is_flat(self, items: Sequence[syntax.Node], limit: int) -> bool:
        """Whether nothing is nested deeper than later steps can follow."""
        waiting = [(node, node, 1) for node in items]
        while waiting:
            node, statement, depth = waiting.pop()
            if depth > limit:
                self.problems.append(
                    Problem("ZH104", "这一句套得太深或太长，请拆成几句", statement.start, statement.end)
                )
                return False
            if isinstance(node, syntax.Statement):
                statement = node
            waiting += [(part, statement, depth + 1) for part in parts(node)]
        return True

    def _hole(self, text: str, offset: int) -> Optional[syntax.Expression]:
        """The expression of a template hole, or None when it has errors."""
        if self._holes == MAXIMUM_HOLE_DEPTH:
            message = "文字里的“{}”套得太深，请先用“设定”起名字"
            self.problems.append(Problem("ZH104", message, offset, offset + len(text)))
            return None
        self._holes += 1
        try:
            return self._inside(text, offset)
        finally:
            self._holes -= 1

    def _inside(self, text: str, offset: int) -> Optional[syntax.Expression]:
        lexer = Lexer(text, self.names, base=offset, head=False)
        lexemes = lexer.cut()
        strange = [problem for problem in lexer.problems if problem.code == "ZH101"]
        literal = len(strange) == len(lexer.problems) > 0
        self.problems += [_no_hole(text, offset, strange[0])] if literal else lexer.problems
        self.doubts += lexer.doubts
        if "ERROR" in lexemes.kinds:
            return None
        if len(lexemes.kinds) < 2:
            start, end = max(offset - 1, 0), offset + len(text) + 1
            self.problems.append(Problem("ZH129", "文字里的“{}”中间要写式子", start, end))
            return None
        ends = closing(lexemes)
        try:
            expression = self._builder.hole(Columns(lexemes.kinds, lexemes.texts, lexemes.starts, ends))
        except Unexpected as error:
            _note(error, lexemes.between(0, len(lexemes.kinds)), self.names, self.problems)
            return None
        return expression if self._is_flat([expression], MAXIMUM_HOLE_DEPTH) else None


def _no_hole(text: str, offset: int, strange: Problem) -> Problem:
    """A hole with a character that no expression has: the braces themselves may have been meant."""
    start, end = offset - 1, offset + len(text) + 1
    fix = Fix("大括号写两遍，照原样显示", (Edit(start, offset, "{{"), Edit(end - 1, end, "}}")))
    message = f"{strange.message}；文字里的“{{…}}”是放一个值的地方，要写大括号本身请写两遍“{{{{…}}}}”"
    return Problem("ZH101", message, strange.start, strange.end, fixes=(fix,))


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
