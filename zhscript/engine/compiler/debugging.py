"""Stops in compiled scripts: breakpoints, steps, names with values as people see them. Lines are those of the text."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any, Callable, Iterator, Mapping

from ..errors import Cancelled, Mistake
from ..table import Layer
from ..wording import text_of_value
from .failure import values_of
from .program import Compiled

_HELPER = re.compile(r"f_\d+")  # functions that the compiler made for parts of an expression
CONTINUE, STEP, NEXT, OUT, QUIT = "continue", "step", "next", "out", "quit"


@dataclass(frozen=True)
class Call:
    """A function that is running: its name ("" for the script itself) and the line (from 1) where it is."""

    function: str
    line: int


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
    first line. QUIT raises `Cancelled`.
    """

    def __init__(self, compiled: Compiled, layers: Mapping[str, Layer], decide: Decide) -> None:
        self.breakpoints: set[int] = set()
        self.lines = lines_of(compiled.code)
        self._file = compiled.code.co_filename
        self._variables = compiled.variables
        self._layers = layers
        self._decide = decide
        self._way = STEP
        self._depth = 0  # calls of functions of the program that are running
        self._from = 0  # the depth at which NEXT and OUT were asked for
        self._last: tuple[int, int] = (0, 0)

    def __enter__(self) -> Debugger:
        self._before = sys.gettrace()
        sys.settrace(self._called)
        return self

    def __exit__(self, *_: object) -> None:
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
        elif event == "line":
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
        names: dict[str, str] = {}
        for outer in frames:
            values = values_of(outer, self._variables, self._layers)
            names.update((variable.name, _shown(value)) for variable, value in values)
        calls = tuple(
            Call(function_of(outer.f_code), outer.f_lineno) for outer in frames if not is_helper(outer.f_code)
        )
        self._way = self._decide(Stop(calls, names), self)
        self._from = self._depth
        if self._way == QUIT:
            raise Cancelled


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


def function_of(code: CodeType) -> str:
    """The name of a function of the program; "" for the script itself."""
    return "" if code.co_name == "f_script" else code.co_name[2:]


def lines_of(code: CodeType) -> set[int]:
    """The lines that code can run: where breakpoints can be."""
    found = {line for _, _, line in code.co_lines() if line}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= lines_of(constant)
    return found
