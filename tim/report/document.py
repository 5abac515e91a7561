"""The document of a report, independent of the format it is written in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Optional, Union

# what XML 1.0 cannot hold; attribute values of real layers do contain such characters
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: object) -> str:
    """Any value as text that every format can hold: control characters become a visible mark, None becomes empty."""
    return "" if text is None else _FORBIDDEN.sub("\ufffd", str(text))


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is a chapter."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; `style` is "body", "note" (small print) or "alert" (must not be overlooked)."""

    text: str
    style: str = "body"


@dataclass(frozen=True)
class Column:
    """A column of a table; `width` is relative to the others."""

    title: str
    width: float = 1.0
    numeric: bool = False


@dataclass(frozen=True)
class Table:
    """A table with a caption that the writer numbers (表1 …); every row has one text for each column."""

    caption: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[str, ...]]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"table “{self.caption}”: a row does not have {len(self.columns)} cells")


@dataclass(frozen=True)
class Figure:
    """A PNG picture over the width of the text, with a caption that the writer numbers (图1 …)."""

    caption: str
    png: bytes
    alternative: str


@dataclass(frozen=True)
class Signatures:
    """Lines that people sign on paper."""

    labels: tuple[str, ...]


Block = Union[Heading, Paragraph, Table, Figure, Signatures]


@dataclass
class Document:
    """A title block and the blocks below it, in order. `fields`: single figures that a Word template may name."""

    title: str
    subtitle: str
    created: datetime
    blocks: list[Block] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)

    def add(self, *blocks: Block) -> None:
        """Append blocks."""
        self.blocks.extend(blocks)

    def numbered(self) -> Iterator[tuple[Block, Optional[int]]]:
        """The blocks with the numbers of tables and of figures, which count separately."""
        counts = {Table: 0, Figure: 0}
        for block in self.blocks:
            kind = type(block)
            if kind in counts:
                counts[kind] += 1
                yield block, counts[kind]
            else:
                yield block, None
