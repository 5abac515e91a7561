"""Stops in compiled scripts: breakpoints, steps, names with values as people see them. Lines are those of the text."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any, Callable, Iterator, Mapping

from ..errors import Cancelled, Mistake
from ..table import Layer, View
from ..wording import text_of_value
from .failure import values_of
from .program import Compiled

_HELPER = re.compile(r"f_\d+")  # functions that the compiler made for parts of an expression
CONTINUE, STEP, NEXT, OUT, QUIT = "continue", "step", "next", "out", "quit"


@dataclass(frozen=True)
class Call:
    """What is running: `function` is its name or title ("" for the script itself, and for a 检查).

    `word` tells what it is: 脚本, 函数, 标准, 规则, 检查 or 工具; `line` (from 1) where it is.
    """

    function: str
    line: int
    word: str = "脚本"

    def __str__(self) -> str:
        return f"{self.word}“{self.function}”" if self.function else self.word


@dataclass(frozen=True)
class Stop:
    """Where a script has stopped: before the line of the innermost of `calls` (outermost first).

    `names` tells the values of the visible names as text, those of the innermost function last.
    """

    calls: tuple[Call, ...]
    names: dict[str, str]

    @property
    def line(self) -> int:
        """The line that runs next."""
        return self.calls[-1].line


class Debugger:
    """Asks `decide` at every stop how to go on: CONTINUE, STEP, NEXT (over calls), OUT (of the function) or QUIT.

    `breakpoints` are lines, of those in `lines`; `decide` may change them at any stop. The script stops before its
    first line. QUIT raises `Cancelled`. `given` holds the names of the script once it has ended and rules run.
    """

    def __init__(
        self, compiled: Compiled, layers: Mapping[str, Layer], given: Mapping[str, Any], decide: Decide
    ) -> None:
        self.breakpoints: set[int] = set()
        self.lines = lines_of(compiled.code)
        self._file = compiled.code.co_filename
        self._variables = compiled.variables
        self._titles = compiled.titles
        self._layers = layers
        self._given = given
        self._decide = decide
        self._way = STEP
        self._depth = 0  # calls of functions of the program that are running
        self._from = 0  # the depth at which NEXT and OUT were asked for
        self._last: tuple[int, int] = (0, 0)

    def start(self) -> None:
        """Begin to trace the calls that this thread makes from now on."""
        self._before = sys.gettrace()
        sys.settrace(self._called)

    def end(self) -> None:
        """Trace no more."""
        sys.settrace(self._before)

    def _called(self, frame: FrameType, _event: str, _value: Any) -> Any:
        if frame.f_code.co_filename != self._file or frame.f_code.co_name == "<module>":
            return None
        if not is_helper(frame.f_code):
            self._depth += 1
        return self._traced

    def _traced(self, frame: FrameType, event: str, _value: Any) -> Any:
        helper = is_helper(frame.f_code)
        if event == "return" and not helper:
            self._depth -= 1
        elif event == "line" and frame.f_lineno:  # 0: what the compiler added
            place = (self._depth, frame.f_lineno)
            repeated = helper and place == self._last
            self._last = place
            if not repeated and self._is_wanted(frame.f_lineno):
                self._stop(frame)
        return self._traced

    def _is_wanted(self, line: int) -> bool:
        if line in self.breakpoints or self._way == STEP:
            return True
        if self._way == NEXT:
            return self._depth <= self._from
        return self._way == OUT and self._depth < self._from

    def _stop(self, frame: FrameType) -> None:
        frames = list(_frames(frame, self._file))
        names = {name: _shown(value) for name, value in self._given.items() if not isinstance(value, View)}
        for outer in frames:
            values = values_of(outer, self._variables, self._layers)
            names.update((variable.name, _shown(value)) for variable, value in values)
        calls = tuple(self._call(outer) for outer in frames if not is_helper(outer.f_code))
        self._way = self._decide(Stop(calls, names), self)
        self._from = self._depth
        if self._way == QUIT:
            raise Cancelled

    def _call(self, frame: FrameType) -> Call:
        word, title = self._titles.get(frame.f_code.co_name, ("脚本", ""))
        return Call(title, frame.f_lineno, word)


Decide = Callable[[Stop, Debugger], str]


def _shown(value: Any) -> str:
    try:
        return text_of_value(value)
    except Mistake as mistake:  # what cannot be written, such as numbers out of range
        return f"（{mistake}）"


def _frames(frame: FrameType | None, file: str) -> Iterator[FrameType]:
    """The frames of the program around a frame, outermost first."""
    found = []
    while frame is not None:
        if frame.f_code.co_filename == file and frame.f_code.co_name != "<module>":
            found.append(frame)
        frame = frame.f_back
    return reversed(found)


def is_helper(code: CodeType) -> bool:
    """Whether a function is a part of an expression, not one of the program."""
    return _HELPER.fullmatch(code.co_name) is not None or code.co_name.startswith("<")


def lines_of(code: CodeType) -> set[int]:
    """The lines that code can run: where breakpoints can be."""
    found = {line for _, _, line in code.co_lines() if line}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= lines_of(constant)
    return found
