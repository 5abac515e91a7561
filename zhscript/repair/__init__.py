"""Repairs of errors that are tried before they are offered.

The likeliest repair that leaves the fewest errors is applied, then the next error is looked at in the text as it is
then: so what is only a consequence of an earlier mistake is never told.
"""

from __future__ import annotations

from typing import Callable, NamedTuple, Sequence

from ..diagnostics import Fix, Problem
from ..names import declared_names
from .candidates import candidates
from .edits import Candidate, Tracks
from .excerpt import everything, excerpt
from .together import Repaired, settle, subject

Analyse = Callable[[str], "list[Problem]"]  # the errors of a text, in its order

OFFERED = 3  # fixes for an error
_TRIES = 32  # whole checks for a step
_FEW = 4  # as few errors may all come from one mistake: the surroundings of each are searched
_SEARCHES = 30  # surroundings that are searched in a text
_FOREIGN = 10  # characters unknown to the language: with more it is no program
_MANY = 12  # errors: such a text is worked on, its first errors are what matters
_MOST_REPAIRED = 12  # errors of a text that are repaired
_CHARACTERS = 90_000  # that all tries together may check


class _Step(NamedTuple):
    """A repair that works, and the errors that it leaves."""

    after: list[Problem]
    problem: Problem
    candidate: Candidate


class Repairer:
    """Repairs the errors of one text."""

    def __init__(self, analyse: Analyse) -> None:
        self._analyse = analyse
        self._left = _CHARACTERS
        self._searches = _SEARCHES

    def run(self, text: str, errors: Sequence[Problem]) -> list[Problem]:
        """The errors that do not follow from others, with their fixes; places and edits are those of `text`."""
        if sum(error.code == "ZH101" for error in errors) > _FOREIGN:
            return [_mapped(error, Tracks(), []) for error in errors]
        if len(errors) > _MANY:
            self._searches //= 4
        original = text
        tracks, remaining = Tracks(), list(errors)
        told: list[Repaired] = []
        passed = 0  # errors at the beginning that nothing repairs
        while passed < len(remaining) and len(told) < _MOST_REPAIRED and self._left >= len(text) and self._searches > 0:
            steps = self._steps(text, remaining, remaining[passed].start)
            if not steps:
                passed += 1
                continue
            best = steps[0]
            changed = best.candidate.apply(text)
            left = self._analyse(changed)
            offered = [best.candidate, *self._as_good(_equally_good(steps)[1:], text, len(left))]
            problem = _mapped(best.problem, tracks, offered)
            renames = declared_names(changed) != declared_names(text)
            told.append(Repaired(problem, best.candidate.title, tracks.edits_back(best.candidate.edits), renames))
            text, remaining = changed, left
            self._left -= len(text)
            tracks.add(best.candidate.edits)
        rest = [_mapped(problem, tracks, []) for problem in remaining]
        if rest or len(told) > 1:
            settle(original, told, rest, lambda changed: not self._analyse(changed))
        return [item.problem for item in told] + rest

    def _as_good(self, others: Sequence[Candidate], text: str, left: int) -> list[Candidate]:
        """Those that leave no more errors in the whole text; they were tried on a part of it."""
        good = []
        for candidate in others:
            self._left -= len(text)
            if self._left >= 0 and len(self._analyse(candidate.apply(text))) <= left:
                good.append(candidate)
        return good

    def _steps(self, whole: str, known: Sequence[Problem], place: int) -> list[_Step]:
        """What repairs the error at a place, or one of the next that is its cause; the best first."""
        part = excerpt(whole, place)
        errors = self._analyse(part.text)
        if not errors or not _is_part(errors, known) or _told_elsewhere(errors, known):
            part, errors = everything(whole), list(known)  # the cause may be outside of the block
        text = part.text
        found: list[_Step] = []
        for problem, candidate in self._likeliest(text, errors, part.inside(place)):
            if self._left < len(text):
                break
            self._left -= len(text)
            after = self._analyse(candidate.apply(text))
            if len(after) < len(errors) and _is_part(after, errors):
                start, end = part.whole(problem.start), part.whole(problem.end)
                told = Problem(problem.code, problem.message, start, max(start, end), problem.severity)
                found.append(_Step(after, told, part.outward(candidate)))
                if sum(not step.after for step in found) == OFFERED:
                    break
        return sorted(found, key=lambda step: (len(step.after), step.candidate.cost))

    def _likeliest(self, text: str, errors: Sequence[Problem], place: int) -> list[tuple[Problem, Candidate]]:
        """(the error, a candidate near it), each edit once, by cost."""
        chosen: dict[object, tuple[Problem, Candidate]] = {}
        begun = [error for error in errors if error.start >= place]
        for number, problem in enumerate(begun[: _FEW if len(errors) <= _FEW else 2]):
            self._searches -= 1
            for candidate in candidates(text, problem, alone=_bound_twice(problem, errors)):
                candidate = candidate._replace(cost=candidate.cost + 0.2 * number)
                known = chosen.get(candidate.edits)
                if known is None or candidate.cost < known[1].cost:
                    chosen[candidate.edits] = (problem, candidate)
        return sorted(chosen.values(), key=lambda entry: entry[1].cost)[:_TRIES]


def _bound_twice(problem: Problem, errors: Sequence[Problem]) -> bool:
    """Whether a name is bound twice and nothing else is wrong: another spelling of it cannot have been meant."""
    return all(error.code == "ZH202" for error in [problem, *errors])


def _equally_good(steps: Sequence[_Step]) -> list[Candidate]:
    """The candidates that leave as few errors as the best one; beside what was surely meant, nothing else."""
    best = steps[0]
    good = [step.candidate for step in steps if len(step.after) == len(best.after)]
    if best.candidate.sure:
        good = [candidate for candidate in good if candidate.sure]
    return good[:OFFERED]


def _told_elsewhere(errors: Sequence[Problem], known: Sequence[Problem]) -> bool:
    """Whether an error of the block is told in the same words, or of the same name, outside of it."""
    said = {subject(error) for error in errors}
    inside, everywhere = len(errors), sum(subject(error) in said for error in known)
    return everywhere > inside


def _is_part(some: Sequence[Problem], errors: Sequence[Problem]) -> bool:
    """Whether the errors are among `errors`, wherever they stand."""
    known = [(error.code, error.message) for error in errors]
    for error in some:
        if (error.code, error.message) not in known:
            return False
        known.remove((error.code, error.message))
    return True


def _mapped(problem: Problem, tracks: Tracks, repairs: Sequence[Candidate]) -> Problem:
    """The problem with its fixes, in places of the text before any repair."""
    fixes = []
    for candidate in repairs:
        edits = tracks.edits_back(candidate.edits)
        if edits is not None:
            fixes.append(Fix(candidate.title, edits))
    start, end = tracks.back(problem.start), tracks.back(problem.end)
    return Problem(problem.code, problem.message, start, max(start, end), problem.severity, tuple(fixes))
