"""What may have been meant: possible repairs near an error, the likeliest first."""

from __future__ import annotations

from typing import Iterable, Iterator, Optional

from ..diagnostics import Edit, Problem
from .edits import Candidate
from .ends import doubled_words, end_repairs
from .lexemes import deletions, insertions, swaps
from .marks import bracket_repairs, mark_repairs, quote_repairs
from .region import Region, region_at
from .spelling import (
    binding_repairs,
    chain_repairs,
    declaration_repairs,
    spelling_repairs,
    synonym_repairs,
    unit_repairs,
)

_MOST = 24  # candidates of an error that are kept
# the likelihood of fixes that come with an error
_OWN = {"ZH101": 1.5, "ZH201": 1.0, "ZH203": 1.0, "ZH205": 1.0, "ZH206": 1.0}
# a name that is not known is seldom a matter of what stands around it
_UNKNOWN = frozenset(["ZH201", "ZH203", "ZH205", "ZH207", "ZH208"])


def candidates(text: str, problem: Problem, alone: bool = False) -> list[Candidate]:
    """Possible repairs of a problem, with `alone` only those that come with it.

    Their statements can be read; whether the whole text can is not known yet.
    """
    cheapest: dict[tuple[Edit, ...], Candidate] = {}

    def keep(found: Iterable[Candidate]) -> None:
        for candidate in found:
            known = cheapest.get(candidate.edits)
            if known is None or candidate.cost < known.cost:
                cheapest[candidate.edits] = candidate

    keep(Candidate(_OWN.get(problem.code, 0.5), fix.title, fix.edits) for fix in problem.fixes)
    if alone:
        return list(cheapest.values())
    keep(end_repairs(text, problem))
    keep(doubled_words(text, problem))
    certain = set(cheapest)
    region = region_at(text, problem.start)
    if region is not None:
        keep(_all(region, problem))
    found = []
    for candidate in sorted(cheapest.values(), key=lambda candidate: candidate.cost):
        piece = _inside(candidate, region.start, region.end) if region and candidate.edits not in certain else None
        if region is None or piece is None or _reads(region, piece.apply(text[region.start : region.end])):
            found.append(candidate)
            if len(found) == _MOST:
                break
    return found


def _all(region: Region, problem: Problem) -> Iterator[Candidate]:
    first, last = _focus(region, problem)
    name = problem.code in _UNKNOWN and region.failing() == len(region.lexemes)
    later = 0.8 if name else 0.0
    yield from spelling_repairs(region, first, last)
    yield from synonym_repairs(region, first, last)
    yield from unit_repairs(region)
    yield from binding_repairs(region)
    yield from chain_repairs(region)
    for find in (insertions, deletions, swaps):
        for candidate in find(region, first, last):
            yield candidate._replace(cost=candidate.cost + later)
    if not name:
        yield from mark_repairs(region)
        yield from bracket_repairs(region)
        yield from quote_repairs(region)
    yield from declaration_repairs(region, first, last)


def _focus(region: Region, problem: Problem) -> tuple[int, int]:
    """The indices of the first and last lexeme that the problem is about."""
    failing = region.failing()
    if failing < len(region.lexemes):
        return failing, failing
    inside = [i for i, x in enumerate(region.lexemes) if x.end > problem.start and x.start < problem.end]
    return (inside[0], inside[-1]) if inside else (0, len(region.lexemes) - 1)


def _reads(region: Region, statement: str) -> bool:
    """Whether the statement could stand there; one that ends or divides a block changes what is around it."""
    return statement.startswith(("结束", "否则")) or region.reads(statement)


def _inside(candidate: Candidate, start: int, end: int) -> Optional[Candidate]:
    """The candidate for the piece of the text alone; None when it reaches beyond."""
    if any(edit.start < start or edit.end > end for edit in candidate.edits):
        return None
    edits = tuple(Edit(e.start - start, e.end - start, e.text) for e in candidate.edits)
    return candidate._replace(edits=edits)
