"""Errors that only follow from what could not be read are not told."""

from __future__ import annotations

from typing import Sequence

from .characters import normalize
from .diagnostics import Problem
from .names import declarations

# what the whole file depends on: its kind and its permissions
_HEADS = ("规则集", "脚本", "工具箱", "权限")
_ABOUT_VALUES = frozenset(["ZH241", "ZH243", "ZH245"])


def independent(
    problems: Sequence[Problem], syntax: Sequence[Problem], text: str, broken: Sequence[tuple[int, int]]
) -> list[Problem]:
    """The problems of the readable blocks that have nothing to do with syntax errors nor with the broken blocks."""
    pieces = [text[start:end] for start, end in broken]
    heads = [(start, start + len(_declaring(piece))) for (start, _), piece in zip(broken, pieces)]
    lost = (
        {normalize(name) for name, end in declarations(text) if any(a < end <= b for a, b in heads)} if heads else set()
    )
    headless = any(piece.startswith(_HEADS) for piece in pieces)
    return [
        problem
        for problem in problems
        if not any(error.start <= problem.end and problem.start <= error.end for error in syntax)
        and not (headless and problem.code not in _ABOUT_VALUES)
        and not _needs(problem, text, lost, pieces)
    ]


def _declaring(piece: str) -> str:
    """The part of a broken block whose names are seen from outside: the first line of one with a body."""
    return piece.split("\n", 1)[0] if "结束" in piece else piece


def _needs(problem: Problem, text: str, lost: set[str], pieces: Sequence[str]) -> bool:
    """Whether the problem is about a name, a title or a layer that a broken block may declare."""
    words = text[problem.start : problem.end]
    if any(name in words for name in lost):
        return True
    if problem.code == "ZH261":
        return any(piece.startswith(("图层", "表格")) for piece in pieces)
    if problem.code != "ZH204":
        return False
    return any(title in piece for title in _quoted(problem.message) for piece in pieces)


def _quoted(message: str) -> list[str]:
    """What stands in quotation marks in a message."""
    return [part.split("”")[0] for part in message.split("“")[1:]]
