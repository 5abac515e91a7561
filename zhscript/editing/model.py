"""What an editor knows of a text, with errors or without: its nodes, types and names."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Optional

from .. import syntax as s
from ..checker import check_items
from ..diagnostics import Problem, Source
from ..finding import FileSources
from ..names import declared_names
from ..parsing import parse_text
from ..program import Program
from .symbols import Symbol, collect


@dataclass
class Model:
    """A text as far as it can be read. `program` may be incomplete: parts with errors are left out."""

    text: str
    program: Program
    names: frozenset[str]
    symbols: list[Symbol]
    groups: dict[Any, Any] = field(default_factory=dict, repr=False)  # what completion has made of the symbols

    @property
    def source(self) -> Source:
        """The text with its lines."""
        return self.program.source

    @property
    def items(self) -> list[s.Statement]:
        """The items of this file, without those of referenced ones."""
        return [item for item in self.program.items if item.start < len(self.text)]

    @cached_property
    def used_at(self) -> dict[int, Symbol]:
        """The symbols by the offsets of their uses."""
        return {use.start: symbol for symbol in self.symbols for use in symbol.uses}

    def symbol_at(self, offset: int) -> Optional[Symbol]:
        """The symbol that is declared or used at an offset; the place behind its last character counts too."""
        found = [symbol for symbol in self.symbols for use in symbol.places if use.start <= offset <= use.end]
        touching = [symbol for symbol in found if any(use.start <= offset < use.end for use in symbol.places)]
        return next(iter(touching or found), None)

    def visible(self, offset: int) -> list[Symbol]:
        """The symbols that can be used at an offset by their bare names, innermost last."""
        return [
            symbol
            for symbol in self.symbols
            if symbol.owner is None and symbol.start_of_life <= offset < symbol.end_of_life
        ]


def model_of(program: Program) -> Model:
    """The model of a text that has been checked."""
    files = program.source.files  # referenced ones follow the text
    end = program.source.line_start(files[0][0]) - 1 if files else len(program.source.text)
    text = program.source.text[:end]
    return Model(text, program, declared_names(text), collect(program, len(text)))


def read_model(text: str, path: str = "") -> Model:
    """The model of a text."""
    parsed = parse_text(text)
    problems: list[Problem] = []
    program = check_items(parsed.items, parsed.source, path, problems, FileSources() if path else None)
    return Model(text, program, parsed.names, collect(program, len(text)))
