"""Lines of programs that refer to other files: what is told names the file and its own line."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Iterable, Iterator

from ..program import Program
from .errors import OverLimit, ScriptError
from .report import RuleOutcome


@contextmanager
def placed(program: Program) -> Iterator[None]:
    """Errors inside tell the line in the file where it stands; `OverLimit` becomes a `ScriptError`."""
    try:
        yield
    except (ScriptError, OverLimit) as error:
        file, line = program.source.file_of(error.line)
        if isinstance(error, ScriptError) and (not file or error.file):
            raise
        raise ScriptError(error.reason, line, error.column, file) from error


def place_findings(program: Program, outcomes: Iterable[RuleOutcome]) -> None:
    """Findings of referenced rules tell the line in the file where the rule stands."""
    if program.source.files:
        for outcome in outcomes:
            for finding in outcome.findings:
                finding.file, finding.line = program.source.file_of(finding.line)
