"""Where the figures of a report come from: files, coordinate systems, digests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tim.report.document import Block, Column, Heading, Paragraph, Table
from tim.review.record import LayerUse


def source_blocks(uses: Sequence[LayerUse], heading: str = "三、数据来源") -> Iterable[Block]:
    """A chapter with the sources of layers and the SHA-256 of their files."""
    yield Heading(heading)
    columns = (Column("图层", 1.5), Column("文件", 2.5), Column("坐标系", 2), Column("要素数", 0.8, numeric=True))
    yield Table("数据来源", columns, [(use.name, use.path.name, use.crs, str(use.features)) for use in uses])
    digests = dict.fromkeys((name, digest) for use in uses for name, digest in use.files)
    if digests:
        yield Table("数据文件的校验值（SHA-256）", (Column("文件", 1.5), Column("校验值", 4)), list(digests))
    for use in uses:
        for note in use.notes:
            yield Paragraph(f"{use.name}：{note}。", "note")
