"""Names in translated Python: those of the program where Python allows them, otherwise the nearest that it does."""

from __future__ import annotations

import re
import unicodedata

_RESERVED = frozenset(
    re.findall(
        r"\w+",
        """
        False None True and as assert async await break class continue def del elif else except finally for from global
        if import in is lambda nonlocal not or pass raise return try while with yield match case
        """
        # what translations use of Python itself
        "all any bool dict enumerate float int isinstance len list max min next print range sorted str sum tuple zip "
        "abs annotations calendar datetime functools math re shapely Exception Fraction",
    )
)


class Names:
    """Gives every name of a program one in Python, always the same one and never one twice."""

    def __init__(self, taken: frozenset[str] = frozenset()) -> None:
        self._names: dict[str, str] = {}
        self._used = set(taken)

    def of(self, name: str) -> str:
        """The Python name of a name (by its key)."""
        if name not in self._names:
            self._names[name] = self.new(name)
        return self._names[name]

    def new(self, wish: str) -> str:
        """A name like `wish` that nothing else has."""
        base = unicodedata.normalize("NFKC", re.sub(r"\W", "_", unicodedata.normalize("NFKC", wish)))
        base = base if base.isidentifier() else "_" + base
        base = base if base.isidentifier() else "".join(c if ("_" + c).isidentifier() else "_" for c in base)
        name, number = base, 1
        while name in self._used or name in _RESERVED:
            number += 1
            name = f"{base}_{number}"
        self._used.add(name)
        return name
