"""Classes of named values: the constructor of each is made of its annotations when the module is loaded.

What `dataclasses` does too, but that compiles a text for each class, and is slow to import: half of the time in which
the front end is ready would go there. Here constructors are copies of a few functions with other names in them.
"""

from __future__ import annotations

from operator import attrgetter
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, Callable, TypeVar

if TYPE_CHECKING:
    from typing import dataclass_transform
else:

    def dataclass_transform(**_: Any) -> Any:
        return lambda decorated: decorated


_Class = TypeVar("_Class", bound=type)
_Item = TypeVar("_Item")


@dataclass_transform(eq_default=False)
def record(cls: _Class) -> _Class:
    """Give a class the constructor that its annotations describe, after those of its bases; compared by identity."""
    defaults: dict[str, Any] = dict(getattr(cls, "_defaults", {}))
    names: tuple[str, ...] = tuple(getattr(cls, "_names", ()))
    for name in cls.__dict__.get("__annotations__", {}):  # noqa: RUF063 - its own ones, in every version of Python
        names += (name,)
        if name in cls.__dict__:
            defaults[name] = cls.__dict__[name]
    cls._names, cls._defaults = names, defaults  # type: ignore[attr-defined]
    cls.__init__ = _constructor(names, defaults)  # type: ignore[misc]
    return cls


@dataclass_transform(eq_default=True)
def value(cls: _Class) -> _Class:
    """The same for values: equal and hashed by their attributes, but those in `_uncompared`. They should not change."""
    record(cls)
    names = [name for name in cls._names if name not in getattr(cls, "_uncompared", ())]  # type: ignore[attr-defined]
    key: Callable[[Any], Any] = attrgetter(*names)

    def equal(self: Any, other: Any) -> Any:
        return self is other or (key(self) == key(other) if other.__class__ is cls else NotImplemented)

    def hashed(self: Any) -> int:
        return hash(key(self))

    cls.__eq__ = equal  # type: ignore[method-assign,assignment]
    cls.__hash__ = hashed  # type: ignore[method-assign,assignment]
    cls.__repr__ = _shown  # type: ignore[method-assign,assignment]
    return cls


def replace(item: _Item, **changes: Any) -> _Item:
    """A copy of an object with other values of some attributes."""
    copy = object.__new__(type(item))
    vars(copy).update(vars(item), **changes)
    return copy


def _shown(self: Any) -> str:
    parts = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._names)
    return f"{type(self).__name__}({parts})"


def _constructor(names: tuple[str, ...], defaults: dict[str, Any]) -> Any:
    code: CodeType = _PATTERNS[len(names)].__code__
    code = code.replace(co_varnames=("self", *names), co_names=names)
    last = tuple(defaults[name] for name in names if name in defaults)
    return FunctionType(code, {}, "__init__", last or None)


def _one(self, a):  # type: ignore[no-untyped-def]
    self.a = a


def _two(self, a, b):  # type: ignore[no-untyped-def]
    self.a = a
    self.b = b


def _three(self, a, b, c):  # type: ignore[no-untyped-def]
    self.a = a
    self.b = b
    self.c = c


def _four(self, a, b, c, d):  # type: ignore[no-untyped-def]
    self.a = a
    self.b = b
    self.c = c
    self.d = d


def _five(self, a, b, c, d, e):  # type: ignore[no-untyped-def]
    self.a = a
    self.b = b
    self.c = c
    self.d = d
    self.e = e


def _six(self, a, b, c, d, e, f):  # type: ignore[no-untyped-def]
    self.a = a
    self.b = b
    self.c = c
    self.d = d
    self.e = e
    self.f = f


def _seven(self, a, b, c, d, e, f, g):  # type: ignore[no-untyped-def]
    self.a = a
    self.b = b
    self.c = c
    self.d = d
    self.e = e
    self.f = f
    self.g = g


def _eight(self, a, b, c, d, e, f, g, h):  # type: ignore[no-untyped-def]
    self.a = a
    self.b = b
    self.c = c
    self.d = d
    self.e = e
    self.f = f
    self.g = g
    self.h = h


def _nine(self, a, b, c, d, e, f, g, h, i):  # type: ignore[no-untyped-def]
    self.a = a
    self.b = b
    self.c = c
    self.d = d
    self.e = e
    self.f = f
    self.g = g
    self.h = h
    self.i = i


def _ten(self, a, b, c, d, e, f, g, h, i, j):  # type: ignore[no-untyped-def]
    self.a = a
    self.b = b
    self.c = c
    self.d = d
    self.e = e
    self.f = f
    self.g = g
    self.h = h
    self.i = i
    self.j = j


_PATTERNS: Any = (None, _one, _two, _three, _four, _five, _six, _seven, _eight, _nine, _ten)
