"""A document as a PDF on A4, for filing: fonts of the machine inside, headers of tables on each page."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.platypus import CondPageBreak, Image, KeepTogether, SimpleDocTemplate, Spacer
from reportlab.platypus import Paragraph as Text
from reportlab.platypus import Table as Grid

from tim.report.document import Block, Document, Figure, Heading, Paragraph, Signatures, Table, clean

_MARGIN = 25 * mm
_WIDTH = A4[0] - 2 * _MARGIN
_MOST_HEIGHT = A4[1] - 2 * _MARGIN - 20 * mm
_START_OF_TABLE = 35 * mm  # a caption is not parted from the first rows
# what a bureau's machine may have, the likelier to look right first; only outlines of TrueType can be put into the file
_FAMILIES = (
    "SimSun",
    "NSimSun",
    "FangSong",
    "SimHei",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "AR PL UMing CN",
    "AR PL UKai CN",
)
_BUILT_IN = "STSong-Light"  # a font that PDF viewers bring themselves


def write_pdf(document: Document, path: Path) -> None:
    """Write the document to `path`."""
    font = chinese_font()
    styles = _styles(font)
    story: list[Any] = [
        Text(_text(document.title), styles["title"]),
        Text(_text(document.subtitle), styles["subtitle"]),
    ]
    for block, number in document.numbered():
        story += _block(block, number, styles)
    pages = SimpleDocTemplate(
        str(path),
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=clean(document.title),
        author="",
        lang="zh-CN",
    )

    def footer(canvas: Any, _: Any) -> None:
        canvas.setFont(font, 9)
        canvas.drawCentredString(A4[0] / 2, 12 * mm, f"第 {canvas.getPageNumber()} 页")

    pages.build(story, onFirstPage=footer, onLaterPages=footer)


@lru_cache(maxsize=1)
def chinese_font() -> str:
    """The name under which a Chinese font of this machine is registered; the viewer's own without one."""
    from matplotlib import font_manager

    there = {font.name: font.fname for font in font_manager.fontManager.ttflist}
    for family in _FAMILIES:
        if family in there:
            try:
                pdfmetrics.registerFont(TTFont(family, there[family]))
                return family
            except (TTFError, OSError):  # outlines that cannot be embedded: the next one
                continue
    pdfmetrics.registerFont(UnicodeCIDFont(_BUILT_IN))
    return _BUILT_IN


def _styles(font: str) -> dict[str, ParagraphStyle]:
    body = ParagraphStyle("body", fontName=font, fontSize=11, leading=18, spaceAfter=4, wordWrap="CJK")

    def style(name: str, **changes: Any) -> ParagraphStyle:
        return ParagraphStyle(name, parent=body, **changes)

    return {
        "body": body,
        "note": style("note", fontSize=9, leading=14, textColor=colors.HexColor("#444444")),
        "alert": style("alert", textColor=colors.HexColor("#B00000")),
        "title": style("title", fontSize=20, leading=28, alignment=TA_CENTER, spaceAfter=6),
        "subtitle": style("subtitle", alignment=TA_CENTER, spaceAfter=14),
        "heading1": style("heading1", fontSize=15, leading=22, spaceBefore=12, spaceAfter=6, keepWithNext=1),
        "heading2": style("heading2", fontSize=13, leading=20, spaceBefore=8, spaceAfter=4, keepWithNext=1),
        "heading3": style("heading3", fontSize=12, leading=18, spaceBefore=6, keepWithNext=1),
        "caption": style("caption", fontSize=10, leading=15, alignment=TA_CENTER),
        "cell": style("cell", fontSize=9, leading=12, spaceAfter=0),
        "number": style("number", fontSize=9, leading=12, spaceAfter=0, alignment=TA_RIGHT),
    }


def _block(block: Block, number: int | None, styles: dict[str, ParagraphStyle]) -> list[Any]:
    if isinstance(block, Heading):
        return [Text(_text(block.text), styles[f"heading{min(block.level, 3)}"])]
    if isinstance(block, Paragraph):
        return [Text(_text(block.text), styles[block.style])]
    if isinstance(block, Table):
        caption = Text(f"表{number} {_text(block.caption)}", styles["caption"])
        return [CondPageBreak(_START_OF_TABLE), caption, _table(block, styles), Spacer(1, 4 * mm)]
    if isinstance(block, Figure):
        return [KeepTogether([_picture(block), Text(f"图{number} {_text(block.caption)}", styles["caption"])])]
    assert isinstance(block, Signatures)
    labels = ("\u00a0" * 30).join(f"{_text(label)}：" for label in block.labels)  # blanks that no layout folds
    return [Spacer(1, 12 * mm), Text(labels, styles["body"])]


def _table(table: Table, styles: dict[str, ParagraphStyle]) -> Grid:
    total = sum(column.width for column in table.columns)
    kinds = [styles["number" if column.numeric else "cell"] for column in table.columns]
    rows = [[Text(_text(column.title), styles["cell"]) for column in table.columns]]
    rows += [[Text(_text(text), kind) for text, kind in zip(row, kinds)] for row in table.rows]
    look = [
        ("GRID", (0, 0), (-1, -1), 0.5, colors.HexColor("#666666")),
        ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#E8EEF4")),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
    ]
    widths = [_WIDTH * column.width / total for column in table.columns]
    return Grid(rows, colWidths=widths, repeatRows=1, style=look, splitInRow=1)


def _picture(figure: Figure) -> Image:
    picture = Image(BytesIO(figure.png))
    scale = min(_WIDTH / picture.imageWidth, _MOST_HEIGHT / picture.imageHeight)
    picture.drawWidth, picture.drawHeight = picture.imageWidth * scale, picture.imageHeight * scale
    return picture


def _text(text: object) -> str:
    return escape(clean(text), quote=False).replace("\n", "<br/>")
