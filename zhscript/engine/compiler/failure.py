"""What Python or the runtime raises in generated code, told at the place and in the words of the interpreter.

Every instruction knows its range in the .zh text. Where Python itself refuses something (空 in a sum, zero as a
divisor), the interpreter evaluates the expression of that range again, with the values that the frame holds, and tells
what is wrong. It gets no host and its output is thrown away, so telling changes nothing.
"""

from __future__ import annotations

import sys
from types import FrameType, TracebackType
from typing import Any, Iterator, Mapping

import shapely

from ... import syntax as s
from ...diagnostics import Source
from ...program import Program
from ...syntax.nodes import walk as nodes
from ..errors import CallMistake, Mistake, OverLimit, ScriptError, Undetermined
from ..functions_outside import OUTSIDE
from ..table import Feature, Layer, View
from ..values import arithmetic, make
from .emitted import ROW, Variable
from .operations import Irregular, Told

Place = tuple[int, int, int, int]  # line, byte column, end line, end byte column


def script_error(error: BaseException, program: Program, variables: dict[str, Variable], runner: Any) -> ScriptError:
    """The error as people are told it; `runner` gives the data and makes a fresh interpreter for the program."""
    if isinstance(error, ScriptError):
        return error
    if isinstance(error, Told):
        return error.told
    frames = _frames(error.__traceback__, file_of(program))
    if isinstance(error, CallMistake) and len(frames) > 1:
        frames.pop()
    if not frames:
        raise error
    frame, instruction, line = frames[-1]
    place = position(frame, instruction, line)
    where = (line, column_of(program.source, place)) if place else (line, 1)
    if isinstance(error, OverLimit):
        there = error.at(*where)
        return ScriptError(there.reason, there.line, there.column)
    if isinstance(error, _FINAL):
        return ScriptError(_wording(error), *where)
    evaluator = runner.fresh().evaluator
    evaluator.scopes.append({})
    for outer, _, _ in frames:
        for variable, value in values_of(outer, variables, runner.layers):
            evaluator.scopes[variable.owner is not None][variable.name] = value
    told = _told_again(program, place, line, evaluator, error)
    if told is None and isinstance(error, Undetermined) and error.start >= 0:
        where = program.source.place(error.start)
    return told or ScriptError(_wording(error), *where)


def _frames(traceback: TracebackType | None, file: str) -> list[tuple[FrameType, int, int]]:
    """The frames of the program with their instructions and lines, outermost first: running ones, then those left."""
    running = []
    frame = traceback.tb_frame.f_back if traceback else None
    while frame is not None:
        if frame.f_code.co_filename == file:
            running.append((frame, frame.f_lasti, frame.f_lineno))
        frame = frame.f_back
    return running[::-1] + [(entry.tb_frame, entry.tb_lasti, entry.tb_lineno) for entry in entries(traceback, file)]


def file_of(program: Program) -> str:
    """What tracebacks and debuggers call the file."""
    return program.path or f"<{program.name or '脚本'}>"


_FINAL = (CallMistake, RecursionError, MemoryError)


def _wording(error: BaseException) -> str:
    if isinstance(error, shapely.errors.ShapelyError):
        return "图形计算没有成功，请检查图形"
    if isinstance(error, (Mistake, Undetermined)):
        return str(error)
    return next((text for kind, text in _GENERAL.items() if isinstance(error, kind)), "这里算不下去，请检查用到的值")


_GENERAL: dict[type, str] = {
    OverflowError: "结果太大",
    ZeroDivisionError: "除数是零",
    TypeError: "这里用到的值为空或不是一类",
    NameError: "这里用到的名字还没有值",
    RecursionError: "式子或函数套得太深",
    MemoryError: "内存不够，请减少数据或分批运行",
}


def entries(traceback: TracebackType | None, file: str) -> Iterator[TracebackType]:
    """The entries of a traceback that lie in the program's text."""
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == file:
            yield traceback
        traceback = traceback.tb_next


def position(frame: FrameType, instruction: int, line: int) -> Place | None:
    """The range of an instruction; None where Python does not keep it (before 3.11)."""
    if sys.version_info < (3, 11):
        return None
    found = list(frame.f_code.co_positions())[instruction // 2]
    if None in found:
        return None
    first, last, column, end = found
    return first or line, column or 0, last or line, end or 0


def column_of(source: Source, place: Place) -> int:
    """The column in characters, from 1."""
    text = source.text.split("\n", place[0])[place[0] - 1] if place[0] else ""
    return len(text.encode("utf-8", "surrogatepass")[: place[1]].decode("utf-8", "surrogatepass")) + 1


def _told_again(
    program: Program, place: Place | None, line: int, evaluator: Any, error: BaseException
) -> ScriptError | None:
    """What the interpreter says about the expression at the place, if it refuses it too."""
    pure = isinstance(error, (Mistake, Undetermined))
    for node in _candidates(program, place, line, {*evaluator.functions, *OUTSIDE}, pure):
        try:
            value = _evaluate(evaluator, node)
        except ScriptError as refused:
            return refused
        except Mistake as mistake:
            return evaluator.error(str(mistake), node)
        except Undetermined as reason:
            start = reason.start if reason.start >= 0 else node.start
            return ScriptError(reason.reason, *program.source.place(start))
        if isinstance(error, Irregular) and value is None and (node.start, node.end) == _range(program.source, place):
            return evaluator.error(f"“{evaluator.text_of(node)}”为空", node)
    return None


def values_of(
    frame: FrameType, variables: dict[str, Variable], layers: Mapping[str, Layer]
) -> Iterator[tuple[Variable, Any]]:
    """The names of the program in a frame, with their values as the interpreter has them."""
    for python, value in frame.f_locals.items():
        variable = variables.get(python)
        if variable is not None:
            number = variable.type.kind == "number" and value is not None
            yield variable, make(value, variable.type.dimension) if number else value
        elif python.startswith(ROW):
            variable = variables[python[len(ROW) :]]
            yield variable, Feature(layers[variable.type.layer], value)


def _evaluate(evaluator: Any, node: Any) -> Any:
    if isinstance(node, s.Assign):
        value = evaluator.known(node.value)
        if node.operator != "=":
            arithmetic(node.operator, evaluator.known(node.target), value)
    elif isinstance(node, s.For):
        for part in (node.low, node.high, node.step):
            if part is not None:
                evaluator.known(part)
    elif isinstance(node, s.Put):
        parts = [node.value, node.target, *(option.value for option in node.options)]
        for part in parts if node.word == "保存为" else []:
            if part is not None:
                evaluator.known(part)
        if node.word == "加入" and not isinstance(evaluator.value(node.target), (list, View)):
            raise Mistake("“加入”后面要写列表、表格或图层")
    elif isinstance(node, s.Repeat):
        evaluator.known(node.count)
    else:
        return evaluator.value(node)
    return node


def _candidates(program: Program, place: Place | None, line: int, effects: set[str], pure: bool) -> Iterator[Any]:
    """The expressions around the place, outer ones first, for the interpreter looks at operands in its own order.

    Those with words that may have `effects` are left out, for they were called already; the innermost one only when
    `pure`. Where only the line is known, the expressions that begin there.
    """
    source = program.source
    if place is None:
        for node in nodes(program.items):
            if isinstance(node, _TOLD) and source.place(node.start)[0] == line:
                yield node
        return
    start, end = _range(source, place)
    around: list[Any] = []
    for node in nodes(program.items):
        if node.start <= start and end <= node.end:
            if any(isinstance(outer, (s.Query, s.Quantifier)) and outer.source is not node for outer in around[-1:]):
                around.clear()
            if isinstance(node, _TOLD):
                around.append(node)
    for node in around:
        last = node is around[-1] and not pure
        if last or not any(_acts(part, effects) for part in nodes(node)):
            yield node


def _acts(node: Any, effects: set[str]) -> bool:
    if isinstance(node, s.Identifier):
        return node.name in effects
    return isinstance(node, (s.ToolCall, s.OperationCall))


_TOLD = (s.Expression, s.Assign, s.For, s.Put, s.Repeat)


def _range(source: Source, place: Place | None) -> tuple[int, int]:
    """The offsets of a place; (-1, -1) when it is not known."""
    return (_offset(source, place[0], place[1]), _offset(source, place[2], place[3])) if place else (-1, -1)


def _offset(source: Source, line: int, column: int) -> int:
    lines = source.text.split("\n", line)
    before = sum(len(text) + 1 for text in lines[: line - 1])
    return before + len(lines[line - 1].encode("utf-8", "surrogatepass")[:column].decode("utf-8", "surrogatepass"))
