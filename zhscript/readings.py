"""All ways to cut a word run into known words, for the question whether it could mean something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from .literals import LITERAL_STARTS, literal

if TYPE_CHECKING:
    from .cutting import Place


def readings(place: Place, run: str, start: int, before: str, dead: set[tuple]) -> Iterator[list[str]]:
    """Every way to cut the rest of a run into known words and literals, without two names side by side."""
    if start == len(run):
        yield []
        return
    state = (id(place), start, before == "NAME")
    if state in dead:
        return
    alive = False
    for kind, end, after in _steps(place, run, start):
        if kind == "NAME" and before == "NAME":
            continue
        for rest in readings(after, run, end, kind, dead):
            alive = True
            yield [run[start:end], *rest]
    if not alive:
        dead.add(state)


def _steps(place: Place, run: str, start: int) -> Iterator[tuple[str, int, Place]]:
    for kind, end in place.words_at(run, start):
        if kind == "_IS" and place.unbound:
            yield kind, end, place.moved(unbound=False)
        else:
            yield kind, end, place.behind(kind)
    if place.numbered and run[start] == "个":
        yield "_PIECE", start + 1, place.moved(numbered=False)
    match = literal(run, start) if run[start] in LITERAL_STARTS else None
    if match:
        yield str(match.lastgroup), match.end(), place.after
