"""Edits of a text and where places of the edited text came from."""

from __future__ import annotations

from typing import NamedTuple, Optional, Sequence

from ..diagnostics import Edit


class Candidate(NamedTuple):
    """A possible repair; the smaller its cost, the more likely it is what was meant.

    `sure`: another way of writing the same, so that repairs with another meaning are not offered beside it.
    """

    cost: float
    title: str
    edits: tuple[Edit, ...]
    sure: bool = False

    def apply(self, text: str) -> str:
        """The text after the repair."""
        for edit in sorted(self.edits, key=lambda edit: edit.start, reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return text


def one(cost: float, title: str, start: int, end: int, text: str, *, sure: bool = False) -> Candidate:
    """A candidate that replaces one piece of the text."""
    return Candidate(cost, title, (Edit(start, end, text),), sure)


class Tracks:
    """Places of an edited text in the original one."""

    def __init__(self) -> None:
        self._steps: list[list[Edit]] = []

    def add(self, edits: Sequence[Edit]) -> None:
        """Remember edits that were made to the text as it was before them."""
        self._steps.append(sorted(edits, key=lambda edit: edit.start))

    def back(self, offset: int) -> int:
        """Where a character of the edited text stood; the place of an edit for what the edit put in."""
        for edits in reversed(self._steps):
            shift = 0
            for edit in edits:
                start = edit.start + shift
                if offset < start:
                    break
                if offset <= start + len(edit.text) and offset - start < len(edit.text):
                    offset, shift = edit.start, 0
                    break
                shift += len(edit.text) - (edit.end - edit.start)
            offset -= shift
        return offset

    def edits_back(self, edits: Sequence[Edit]) -> Optional[tuple[Edit, ...]]:
        """The same edits for the original text; None when they touch what an earlier repair put in."""
        result = []
        for edit in edits:
            start = self.back(edit.start)
            end = self.back(edit.end)
            if end - start != edit.end - edit.start:
                return None
            result.append(Edit(start, end, edit.text))
        return tuple(result)
