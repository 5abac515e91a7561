"""Whether a code is well formed, and where it is not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """`position` counts characters from 1 (0: the code as a whole).

    `segment` and `reason` are Chinese, empty when valid; `note` says what the check does not know, since parts of a
    standard are not published.
    """

    valid: bool
    segment: str = ""
    position: int = 0
    reason: str = ""
    note: str = ""


def broken(segment: str, position: int, reason: str, note: str = "") -> Verdict:
    """The verdict of a code that is wrong at this place."""
    return Verdict(False, segment, position, reason, note)
