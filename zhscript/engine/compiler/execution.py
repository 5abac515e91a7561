"""Runs compiled scripts over a runner of the interpreter, which lends its data and takes the output."""

from __future__ import annotations

import linecache
from contextlib import nullcontext
from typing import Any

import shapely

from ...program import Program
from ..errors import Mistake, OverLimit, ScriptError, Undetermined
from .debugging import Debugger, Decide
from .emitted import Uncovered
from .failure import file_of, script_error
from .limits import Clock
from .program import Compiled, compile_script
from .runtime import Runtime


def run_compiled(program: Program, runner: Any, decide: Decide | None = None) -> bool:
    """Compile a script and run it; output goes to `runner.printed`. False when a part of it is not compiled.

    `decide` makes it run under the debugger. Raises `ScriptError` and `Cancelled` as the interpreter does.
    """
    try:
        compiled = compile_script(program)
    except Uncovered as part:
        if decide is not None:
            raise ScriptError(f"这个脚本用到了“{part}”，还不能逐行调试；可以去掉这一部分再试") from part
        return False
    execute(compiled, program, runner, decide)
    return True


def execute(compiled: Compiled, program: Program, runner: Any, decide: Decide | None = None) -> None:
    """Run compiled code over the data of a runner."""
    clock = Clock(runner.check)
    names = bound(compiled, program, runner, clock)
    clock.start(names)
    try:
        with Debugger(compiled, runner.layers, decide) if decide else nullcontext():
            names["f_script"]()
    except _TOLD as error:
        raise script_error(error, program, compiled.variables, runner) from error
    finally:
        clock.stop()


_TOLD = (
    Mistake, OverLimit, Undetermined, ArithmeticError, TypeError, NameError, RecursionError, MemoryError,
    shapely.errors.ShapelyError,
)  # fmt: skip


def bound(compiled: Compiled, program: Program, runner: Any, clock: Clock) -> dict[str, Any]:
    """The globals of the code over the data of a runner; `f_script` runs the script's body."""

    def explain(error: BaseException) -> ScriptError:
        return script_error(error, program, compiled.variables, runner)

    names = Runtime(runner, explain).namespace(compiled.makers)
    names.update(clock.names())
    remember_text(program)
    exec(compiled.code, names)
    return names


def remember_text(program: Program) -> None:
    """Give tracebacks and debuggers the lines of the program."""
    text, file = program.source.text, file_of(program)
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
