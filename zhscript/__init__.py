"""zhscript: rules and scripts in Chinese. The front end: from text to a checked program or its errors."""

from __future__ import annotations

from .checker import check_items
from .consequences import independent
from .diagnostics import Diagnostic, Problem, Source
from .parsing import parse_text
from .program import LayerDeclaration, Program

LANGUAGE_VERSION = "0.1"
MAXIMUM_SIZE = 2_000_000

__all__ = ["LANGUAGE_VERSION", "Diagnostic", "LayerDeclaration", "Program", "check_text"]


def check_text(text: str, path: str = "") -> tuple[Program | None, list[Diagnostic]]:
    """Check a whole file. The program is None when there is an error; diagnostics come in the order of the text.

    `path` is only remembered. Texts longer than 2,000,000 characters are refused.
    """
    if len(text) > MAXIMUM_SIZE:
        message = f"文件太大（{len(text)} 字，最多 {MAXIMUM_SIZE} 字），不像是规则文件"
        return None, [Diagnostic(1, 1, 1, 1, "error", "ZH100", message)]
    program, source, problems = _analyse(text, path)
    if program is None:
        problems = _repaired(text, problems)
    return program, [problem.diagnostic(source) for problem in problems]


def _analyse(text: str, path: str = "") -> tuple[Program | None, Source, list[Problem]]:
    parsed = parse_text(text)
    found: list[Problem] = []
    program = check_items(parsed.items, parsed.source, path, found)
    if parsed.problems:
        found = independent(found, parsed.problems, text, parsed.broken)
    problems = _once(parsed.problems + found)
    return None if _errors(problems) else program, parsed.source, problems


def _repaired(text: str, problems: list[Problem]) -> list[Problem]:
    """The problems with fixes that have been tried, without errors that only follow from others."""
    from .repair import Repairer  # needed only when there is an error

    told = Repairer(lambda changed: _errors(_analyse(changed)[2])).run(text, _errors(problems))
    return _once(told + [problem for problem in problems if problem.severity != "error"])


def _once(problems: list[Problem]) -> list[Problem]:
    """In the order of the text, each place and code once: an expression may be checked in several roles."""
    unique = {(problem.start, problem.end, problem.code): problem for problem in reversed(problems)}
    return [unique[key] for key in sorted(unique)]


def _errors(problems: list[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity == "error"]
