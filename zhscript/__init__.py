"""zhscript: rules and scripts in Chinese. The front end: from text to a checked program or its errors."""

from __future__ import annotations

from typing import Optional

from .checker import check_items
from .collecting import Uncollected
from .consequences import independent
from .diagnostics import Diagnostic, Problem
from .finding import FileSources, Found, SourceProblem, Sources
from .parsing import Parsed, parse_text
from .program import LayerDeclaration, Program

LANGUAGE_VERSION = "0.1"
MAXIMUM_SIZE = 2_000_000

__all__ = [
    "LANGUAGE_VERSION",
    "Diagnostic",
    "FileSources",
    "Found",
    "LayerDeclaration",
    "Program",
    "SourceProblem",
    "check_text",
]


def check_text(text: str, path: str = "", sources: Optional[Sources] = None) -> tuple[Program | None, list[Diagnostic]]:
    """Check a whole file. The program is None when there is an error; diagnostics come in the order of the text.

    `sources` finds the files of 引用; without it they are looked for in the folder of `path`. Texts longer than
    2,000,000 characters are refused.
    """
    if len(text) > MAXIMUM_SIZE:
        message = f"文件太大（{len(text)} 字，最多 {MAXIMUM_SIZE} 字），不像是规则文件"
        return None, [Diagnostic(1, 1, 1, 1, "error", "ZH100", message)]
    if sources is None and path:
        sources = FileSources()
    with Uncollected():
        return _checked(text, path, sources)


def _checked(text: str, path: str, sources: Optional[Sources]) -> tuple[Program | None, list[Diagnostic]]:
    program, parsed, problems = _analyse(text, path, sources)
    if program is None:
        if not any(problem.code == "ZH104" for problem in problems):  # too deep to be searched
            problems = _repaired(text, path, sources, problems)
    elif parsed.doubts:
        from .ambiguity import ambiguities

        unclear = ambiguities(parsed, lambda changed: not _errors(_analyse(changed, path, sources)[2]))
        program, problems = None if unclear else program, once(problems + unclear)
    return program, [problem.diagnostic(parsed.source) for problem in problems]


def _analyse(text: str, path: str, sources: Optional[Sources]) -> tuple[Program | None, Parsed, list[Problem]]:
    parsed = parse_text(text)
    found: list[Problem] = []
    program = check_items(parsed.items, parsed.source, path, found, sources)
    if parsed.problems:
        found = independent(found, parsed.problems, text, parsed.broken)
    problems = once(parsed.problems + found)
    return None if _errors(problems) else program, parsed, problems


def _repaired(text: str, path: str, sources: Optional[Sources], problems: list[Problem]) -> list[Problem]:
    """The problems with fixes that have been tried, without errors that only follow from others."""
    from .repair import Repairer  # needed only when there is an error

    told = Repairer(lambda changed: _errors(_analyse(changed, path, sources)[2])).run(text, _errors(problems))
    return once(told + [problem for problem in problems if problem.severity != "error"])


def once(problems: list[Problem]) -> list[Problem]:
    """In the order of the text, each place and code once: an expression may be checked in several roles."""
    unique = {(problem.start, problem.end, problem.code): problem for problem in reversed(problems)}
    return [unique[key] for key in sorted(unique)]


def _errors(problems: list[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity == "error"]
