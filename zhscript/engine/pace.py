"""Functions of the library that go through many values ask now and then whether the run is to stop."""

from __future__ import annotations

import heapq
import threading
from typing import Any, Callable, Iterable, Iterator, Sequence

BETWEEN = 4096  # values between two looks
_RUN = 65_536  # values that are sorted in one go


class _Current(threading.local):
    """The check of the run of this thread."""

    check: Callable[[], None] = staticmethod(lambda: None)


_current = _Current()


def set_check(check: Callable[[], None]) -> None:
    """Make the check of a run that of this thread; it raises what ends the run."""
    _current.check = check


def paced(values: Sequence[Any]) -> Iterator[Any]:
    """The values, with a look at the run between some thousands of them."""
    for start in range(0, len(values), BETWEEN):
        _current.check()
        yield from values[start : start + BETWEEN]


def look() -> None:
    """Look at the run now."""
    _current.check()


def sort_paced(values: list[Any], key: Callable[[Any], Any], reverse: bool) -> Iterable[Any]:
    """`sorted`, in pieces that are merged where there are many values; as stable."""
    if len(values) <= _RUN:
        return sorted(values, key=key, reverse=reverse)
    runs = []
    for start in range(0, len(values), _RUN):
        look()
        runs.append(sorted(values[start : start + _RUN], key=key, reverse=reverse))
    return _watched(heapq.merge(*runs, key=key, reverse=reverse))


def _watched(values: Iterable[Any]) -> Iterator[Any]:
    for number, value in enumerate(values):
        if number % BETWEEN == 0:
            look()
        yield value
