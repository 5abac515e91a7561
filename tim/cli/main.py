"""The entry point of the command `tim`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TextIO

from tim.cli.extra import add_extra_commands
from tim.cli.parser import Commands, split_layers
from tim.errors import EXIT_FAILED, Failure, describe


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status: 0 done, 1 failed or violations, 2 unusable, 130 cancelled."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["worker"]:  # a frozen program starts itself for a job
        from tim.engine.worker import main as work

        work()
    sys.stdout = sys.stdout or _nowhere()  # None when the caller has closed them
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        return _run(given)
    except BrokenPipeError:
        _mute_output()  # the reader of a pipe has left
        return EXIT_FAILED
    except Exception as error:  # the edge of the process
        return _report(describe(error), given)
    except KeyboardInterrupt as error:
        return _report(describe(error), given)


def _run(given: list[str]) -> int:
    from tim.engine.catalogue import public_operations
    from tim.operations.script import SCRIPTS

    operations = (*public_operations(), *SCRIPTS)
    commands = Commands()
    for operation in operations:
        commands.add_operation(operation)
    add_extra_commands(commands)
    if given[:2] == ["script", "run"]:
        from tim.cli.tool import run_tool_command

        status = run_tool_command(given)
        if status is not None:
            return status
    arguments = commands.parser.parse_args(split_layers(given, operations))
    if hasattr(arguments, "call"):
        return int(arguments.call(arguments))
    from tim.cli.run import run_operation

    return run_operation(arguments.operation, arguments)


def _report(failure: Failure, given: list[str]) -> int:
    from tim.cli.run import print_failure

    try:
        return print_failure(failure, as_json="--json" in given, verbose="--verbose" in given)
    except OSError:  # standard output is on a full disk or a closed pipe; the line on standard error came first
        _mute_output()
        return failure.exit_status


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")


def _mute_output() -> None:
    """Let standard output go nowhere, so that the flush at the interpreter's exit does not fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


if __name__ == "__main__":
    sys.exit(main())
