"""Runs compiled scripts over a runner of the interpreter, which lends its data and takes the output."""

from __future__ import annotations

import linecache
from typing import Any

from ...program import Program
from ..errors import Cancelled, ScriptError
from .emitted import Uncovered
from .failure import script_error
from .limits import Clock
from .program import Compiled, compile_script, file_of
from .runtime import Runtime


def run_compiled(program: Program, runner: Any) -> bool:
    """Compile a script and run it; output goes to `runner.printed`. False when a part of it is not compiled.

    Raises `ScriptError` and `Cancelled` as the interpreter does.
    """
    try:
        compiled = compile_script(program)
    except Uncovered:
        return False
    execute(compiled, program, runner)
    return True


def execute(compiled: Compiled, program: Program, runner: Any) -> None:
    """Run compiled code over the data of a runner."""
    clock = Clock(runner.check)
    names = bound(compiled, program, runner, clock)
    clock.start(names)
    try:
        names["f_script"]()
    except (Cancelled, ScriptError):
        raise
    except Exception as error:
        raise script_error(error, program, file_of(program), compiled.variables, runner.fresh) from error
    finally:
        clock.stop()


def bound(compiled: Compiled, program: Program, runner: Any, clock: Clock) -> dict[str, Any]:
    """The globals of the code over the data of a runner; `f_script` runs the script's body."""
    names = Runtime(runner).namespace(compiled.makers)
    names.update(clock.names())
    remember_text(program)
    exec(compiled.code, names)
    return names


def remember_text(program: Program) -> None:
    """Give tracebacks and debuggers the lines of the program."""
    text, file = program.source.text, file_of(program)
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
