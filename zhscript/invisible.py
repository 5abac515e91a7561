"""Characters that nobody sees and that mean nothing: zero-width blanks, soft hyphens, byte order marks.

Web pages and word processors leave them in the middle of words. A text is read without them; places are those of the
text as it is.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Optional

_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
has_invisible = _INVISIBLE.search


class Visible(NamedTuple):
    """A text without invisible characters; `places` are the offsets of its characters, and of its end, as it was."""

    text: str
    places: list[int]

    def range(self, start: int, end: int) -> tuple[int, int]:
        """The place of a piece of the visible text in the text as it was."""
        return self.places[start], self.places[end - 1] + 1 if end > start else self.places[end]


def visible(text: str) -> Optional[Visible]:
    """The text without invisible characters, None when it has none."""
    if not has_invisible(text):
        return None
    places = [place for place, character in enumerate(text) if not has_invisible(character)]
    return Visible(_INVISIBLE.sub("", text), [*places, len(text)])
