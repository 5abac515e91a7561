"""Run an operation for the command line: signals cancel it, events are shown, the outcome is printed."""

from __future__ import annotations

import json
import signal
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tim.cli.progress import ProgressDisplay
from tim.cli.show import result_lines
from tim.declare import Operation
from tim.engine.parameters import check_parameters
from tim.engine.supervisor import Supervisor
from tim.errors import EXIT_DONE, EXIT_FAILED, Failure
from tim.result import FAILED, OK, Result


def run_operation(operation: Operation, arguments: Namespace) -> int:
    """Run an operation with parsed arguments; returns the exit status."""
    given = {parameter.name: getattr(arguments, parameter.name) for parameter in operation.parameters}
    started = time.monotonic()
    result = supervise(operation, given, verbose=arguments.verbose)
    if isinstance(result, Failure):
        seconds = time.monotonic() - started
        return print_failure(result, as_json=arguments.json, verbose=arguments.verbose, seconds=seconds)
    print_result(result, as_json=arguments.json)
    return EXIT_DONE if result["status"] == OK else EXIT_FAILED


def supervise(operation: Operation, given: dict[str, Any], *, verbose: bool) -> dict[str, Any] | Failure:
    """Check the parameters and run the operation in a worker. Raises `UsageError` for bad parameters."""
    display = ProgressDisplay(verbose=verbose)
    supervisor = Supervisor(operation, check_parameters(operation, given), display)
    with _cancelled_by_signals(supervisor):
        outcome = supervisor.run()
    display.close()
    return outcome.failure if outcome.failure is not None else outcome.result or {}


@contextmanager
def _cancelled_by_signals(supervisor: Supervisor) -> Iterator[None]:
    """The first signal cancels, the second kills at once."""
    received: list[int] = []

    def handle(number: int, _: object) -> None:
        received.append(number)
        supervisor.cancel() if len(received) == 1 else supervisor.kill()

    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def print_result(result: dict[str, Any], *, as_json: bool) -> None:
    """The result on standard output."""
    print(json.dumps(result, ensure_ascii=False) if as_json else "\n".join(result_lines(result)), flush=True)


def print_failure(failure: Failure, *, as_json: bool, verbose: bool, seconds: float = 0.0) -> int:
    """One line with the reason on standard error, with `as_json` the object on standard output; the exit status."""
    hint = "（加 --verbose 显示细节）" if failure.kind == "internal" and not verbose else ""
    print(failure.message + hint, file=sys.stderr, flush=True)
    if verbose and failure.detail:
        print(failure.detail.rstrip(), file=sys.stderr, flush=True)
    if as_json:
        result = Result(failure.message, status=FAILED, data={"kind": failure.kind, "detail": failure.detail})
        print_result(result.as_dict(seconds=seconds, warnings=[]), as_json=True)
    return failure.exit_status
