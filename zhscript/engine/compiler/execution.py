"""Runs compiled programs over a runner of the interpreter, which lends its data and takes the output."""

from __future__ import annotations

import linecache
from contextlib import contextmanager
from typing import Any, Iterator

from ...program import Program
from ..codes import REFUSALS
from ..errors import OverLimit, ScriptError
from .debugging import Debugger, Decide
from .emitted import Observed, Uncovered
from .failure import file_of, script_error
from .limits import Clock
from .program import Compiled, compile_script
from .runtime import Runtime


def compiled_or_none(
    program: Program, statements: bool, decide: Decide | None = None, observed: Observed | None = None
) -> Compiled | None:
    """The code of a program; None when a part of what runs is not compiled, an error for a debugger (`decide`)."""
    try:
        compiled = compile_script(program, statements, observed)
    except Uncovered as part:
        if decide is not None:
            raise ScriptError(f"这个脚本用到了“{part}”，还不能逐行调试；可以去掉这一部分再试") from part
        return None
    if decide is not None and compiled.left_out:
        raise ScriptError(f"{compiled.left_out[0]}还不能逐行调试；可以去掉这一部分再试")
    return compiled


@contextmanager
def started(
    compiled: Compiled | None, program: Program, runner: Any, statements: bool, decide: Decide | None = None
) -> Iterator[None]:
    """Runs what stands before the rules, by its code or in the interpreter; outcomes of checks are `runner.loose`."""
    if compiled is None:
        runner.loose += runner.globals(statements=statements)
        yield
        return
    with running(compiled, program, runner, decide):
        yield


@contextmanager
def running(compiled: Compiled, program: Program, runner: Any, decide: Decide | None = None) -> Iterator[None]:
    """Runs what the code begins with over the data of a runner; inside, the runner's rules and tools are compiled.

    Output goes to `runner.printed`. `decide` makes all of it run under the debugger, feature by feature. Raises
    `ScriptError` and `Cancelled` as the interpreter does.
    """
    clock = Clock(runner.check)
    names = bound(compiled, program, runner, clock)
    clock.start(names)
    debugger = Debugger(compiled, runner.layers, runner.evaluator.scopes[0], decide) if decide else None
    try:
        if debugger:
            runner.planned = False
            debugger.start()
        try:
            names["f_script"]()
        except (*REFUSALS, OverLimit, MemoryError) as error:
            raise script_error(error, program, compiled.variables, runner) from error
        try:
            yield
        except OverLimit as over:
            raise script_error(over, program, compiled.variables, runner) from over
    finally:
        if debugger:
            debugger.end()
        clock.stop()


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
