"""Repairs of errors that are tried before they are offered.

The first error is repaired in the way that is likeliest and leaves the fewest errors, then the next one in the text as
it would be then: so what is only a consequence of an earlier mistake is never told.
"""

from __future__ import annotations

from typing import Callable, List, Optional, Sequence

from ..diagnostics import Fix, Problem
from .candidates import candidates
from .edits import Candidate, Tracks
from .region import region_at

Analyse = Callable[[str], List[Problem]]  # the errors of a text, in its order

OFFERED = 3  # fixes for an error
_TRIES = 14  # whole checks for an error
_MOST_REPAIRED = 12  # errors of a text that are repaired
_CHARACTERS = 60_000  # that all tries together may check


class Repairer:
    """Repairs the errors of one text."""

    def __init__(self, analyse: Analyse) -> None:
        self._analyse = analyse
        self._left = _CHARACTERS

    def run(self, text: str, errors: Sequence[Problem]) -> list[Problem]:
        """The errors that do not follow from others, with their fixes; places and edits are those of `text`."""
        tracks, told, remaining = Tracks(), [], list(errors)
        place = 0
        for _ in range(_MOST_REPAIRED):
            problem = next((error for error in remaining if error.start >= place), None)
            if problem is None or self._left < len(text):
                break
            accepted = self._accepted(text, remaining, problem)
            if not accepted:
                place = problem.start + 1
                continue
            told.append(_mapped(problem, tracks, [candidate for _, candidate in accepted[:OFFERED]]))
            after, best = accepted[0]
            text, remaining = best.apply(text), after
            tracks.add(best.edits)
            place = max(0, place + sum(len(e.text) - (e.end - e.start) for e in best.edits if e.start < place))
        return told + [_mapped(problem, tracks, []) for problem in remaining]

    def _accepted(
        self, text: str, errors: Sequence[Problem], problem: Problem
    ) -> list[tuple[list[Problem], Candidate]]:
        """(errors then, repair) of the repairs that leave fewer errors and cause none, best first."""
        accepted = []
        for candidate in self._ranked(text, problem)[:_TRIES]:
            if self._left < len(text):
                break
            self._left -= len(text)
            after = self._analyse(candidate.apply(text))
            if len(after) < len(errors) and _is_part(after, errors):
                accepted.append((after, candidate))
                if len(accepted) >= OFFERED + 1:
                    break
        accepted.sort(key=lambda entry: (len(entry[0]), entry[1].cost))
        return accepted

    def _ranked(self, text: str, problem: Problem) -> list[Candidate]:
        """The candidates whose statement can be read, likeliest first."""
        own = [Candidate(0.5, fix.title, fix.edits) for fix in problem.fixes]
        region = region_at(text, problem.start)
        if region is None:
            return own
        found = []
        for candidate in candidates(region, problem):
            piece = _inside(candidate, region.start, region.end)
            if piece is None or region.reads(piece.apply(text[region.start : region.end])):
                found.append(candidate)
            if len(found) >= 2 * _TRIES:
                break
        return sorted(own + found, key=lambda candidate: candidate.cost)


def _is_part(some: Sequence[Problem], errors: Sequence[Problem]) -> bool:
    """Whether the errors are among `errors`, wherever they stand."""
    known = [(error.code, error.message) for error in errors]
    for error in some:
        if (error.code, error.message) not in known:
            return False
        known.remove((error.code, error.message))
    return True


def _inside(candidate: Candidate, start: int, end: int) -> Optional[Candidate]:
    """The candidate for the piece alone; None when it reaches beyond."""
    if any(edit.start < start or edit.end > end for edit in candidate.edits):
        return None
    edits = tuple(type(e)(e.start - start, e.end - start, e.text) for e in candidate.edits)
    return candidate._replace(edits=edits)


def _mapped(problem: Problem, tracks: Tracks, repairs: Sequence[Candidate]) -> Problem:
    fixes = []
    for candidate in repairs:
        edits = tracks.edits_back(candidate.edits)
        if edits is not None:
            fixes.append(Fix(candidate.title, edits))
    start, end = tracks.back(problem.start), tracks.back(problem.end)
    return Problem(problem.code, problem.message, start, max(start, end), problem.severity, tuple(fixes))
