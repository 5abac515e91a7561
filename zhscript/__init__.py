"""zhscript: rules and scripts in Chinese. The front end: from text to a checked program or its errors."""

from __future__ import annotations

from .checker import check_items
from .diagnostics import Diagnostic, Problem, Source
from .parsing import parse_text
from .program import LayerDeclaration, Program

LANGUAGE_VERSION = "0.1"
MAXIMUM_SIZE = 2_000_000
MAXIMUM_TRIED = 20

__all__ = ["LANGUAGE_VERSION", "Diagnostic", "LayerDeclaration", "Program", "check_text"]


def check_text(text: str, path: str = "") -> tuple[Program | None, list[Diagnostic]]:
    """Check a whole file. The program is None when there is an error; diagnostics come in the order of the text.

    `path` is only remembered. Texts longer than 2,000,000 characters are refused.
    """
    if len(text) > MAXIMUM_SIZE:
        message = f"文件太大（{len(text)} 字，最多 {MAXIMUM_SIZE} 字），不像是规则文件"
        return None, [Diagnostic(1, 1, 1, 1, "error", "ZH100", message)]
    program, source, problems = _analyse(text, path)
    _verify_fixes(problems, text)
    return program, [problem.diagnostic(source) for problem in problems]


def _analyse(text: str, path: str = "") -> tuple[Program | None, Source, list[Problem]]:
    parsed = parse_text(text)
    program = None
    if not _errors(parsed.problems):
        program = check_items(parsed.items, parsed.source, path, parsed.problems)
    problems = _once(parsed.problems)
    return None if _errors(problems) else program, parsed.source, problems


def _verify_fixes(problems: list[Problem], text: str) -> None:
    """Keep the fixes that leave fewer errors. Those beyond the first twenty are not tried, so not offered."""
    tried = 0
    for problem in problems:
        kept = []
        for fix in problem.fixes:
            tried += 1
            if tried <= MAXIMUM_TRIED and _errors(_analyse(fix.apply(text))[2]) < _errors(problems):
                kept.append(fix)
        problem.fixes = tuple(kept)


def _once(problems: list[Problem]) -> list[Problem]:
    """In the order of the text, each place and code once: an expression may be checked in several roles."""
    unique = {(problem.start, problem.end, problem.code): problem for problem in reversed(problems)}
    return [unique[key] for key in sorted(unique)]


def _errors(problems: list[Problem]) -> int:
    return sum(problem.severity == "error" for problem in problems)
