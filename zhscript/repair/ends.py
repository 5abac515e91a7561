"""What stands somewhere in the block of an error and may be its cause: 结束 too many, words written twice."""

from __future__ import annotations

import re

from ..diagnostics import Problem
from .edits import Candidate, one
from .spelling import KEYWORDS

_END = re.compile("(?m)^[ \t\u3000]*结束[^\n]*\n?")
_DOUBLED = re.compile("([一-鿿]{2,6})[ \t\u3000]*\\1")
_WORDS = frozenset(word for words in KEYWORDS.values() for word in words)
_LOOK_BACK = 200  # characters
_MOST = 4


def end_repairs(text: str, problem: Problem) -> list[Candidate]:
    """A 结束 too many is seldom the last one: those before it that indentation speaks against come first."""
    if problem.code not in ("ZH120", "ZH121", "ZH122", "ZH123", "ZH201", "ZH282"):
        return []
    found = [match for match in _END.finditer(text) if match.start() <= problem.end]
    doubtful = []
    for before, match in zip(found, found[1:]):
        if _margin(before.group()) <= _margin(match.group()) and before.end() == match.start():
            doubtful.append(before)
    chosen = doubtful[-_MOST:] + found[-2:]
    return [one(1.0 + 0.1 * n, "删除多出的“结束”", m.start(), m.end(), "") for n, m in enumerate(chosen)]


def doubled_words(text: str, problem: Problem) -> list[Candidate]:
    """Words written twice in the lines before an error."""
    begin = max(0, problem.start - _LOOK_BACK)
    found = [match for match in _DOUBLED.finditer(text, begin, problem.end + _LOOK_BACK) if match.group(1) in _WORDS]
    return [one(1.4, f"删除多出的“{m.group(1)}”", m.end(1), m.end(), "") for m in found[-_MOST:]]


def _margin(line: str) -> int:
    return len(line) - len(line.lstrip(" \t\u3000"))
