"""A program that has passed the checks, ready to run."""

from __future__ import annotations

import datetime
from typing import Any, Optional, TypeVar

from . import syntax
from .characters import normalize
from .constants import Constants
from .diagnostics import Source
from .records import value
from .types import Type, named_type

_Item = TypeVar("_Item", bound=syntax.Statement)


@value
class LayerDeclaration:
    """A layer that the program reads.

    `source` is the name that the host knows; `fields` holds (name, column in the data, type or unit word or "").
    `kind` is "layer" or "table". With `open_fields` the fields are only known when the data are read.
    `options` says how to read a file: 工作表, 表头 (its row, from 1), 编码, 图层.
    """

    name: str
    source: str
    fields: tuple[tuple[str, str, str], ...] = ()
    kind: str = "layer"
    open_fields: bool = False
    options: tuple[tuple[str, Any], ...] = ()

    @property
    def key(self) -> str:
        """The name as the program compares it."""
        return normalize(self.name)

    def field_type(self, name: str) -> Optional[Type]:
        """The type of a declared field (by its key), any when none is written, None when there is no such field."""
        for field_name, _, word in self.fields:
            if normalize(field_name) == name:
                return named_type(word) if word else Type("any")
        return None


class Program:
    """A checked program. `kind` is 规则集 or 脚本; `area_basis` "plane" or "ellipsoid"; `crs` "" when not written.

    `types` tells the type of every expression by its node, `constants` the exact value of constant ones.
    """

    def __init__(self, name: str, kind: str, source: Source, path: str = "", area_basis: str = "plane") -> None:
        self.name = name
        self.kind = kind
        self.source = source
        self.path = path
        self.version = ""
        self.area_basis = area_basis
        self.crs = ""
        self.date: Optional[datetime.date] = None
        self.layers: list[LayerDeclaration] = []
        self.items: list[syntax.Statement] = []
        self.measures = False  # areas or lengths
        self.measures_length = False
        self.permissions: frozenset[str] = frozenset({"检查"})
        self.host_words: list[tuple[str, int]] = []  # what needs a map: (word, offset)
        self.writes_files = False
        self.types: dict[Any, Type] = {}
        self.constants = Constants()

    def layer(self, key: str) -> LayerDeclaration:
        """The declaration of a layer by its key."""
        return next(layer for layer in self.layers if layer.key == key)

    def of_kind(self, kind: type[_Item]) -> list[_Item]:
        """The top-level items of one class, in the order of the file."""
        return [item for item in self.items if isinstance(item, kind)]
