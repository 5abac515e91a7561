"""A document as a Word file that WPS, LibreOffice and Word open and edit: styles, real tables, numbered captions."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu

from tim.report.document import Block, Document, Figure, Heading, Paragraph, Signatures, Table, clean
from tim.report.docx_styles import (
    ALERT,
    CAPTION,
    CELL,
    NOTE,
    NUMBER,
    SIGNATURE,
    TABLE,
    TEXT_WIDTH,
    add_field,
    add_styles,
    prepare,
)
from tim.report.docx_template import body_of, fill_fields, open_template

_PARAGRAPH_STYLES = {"body": "Normal", "note": NOTE, "alert": ALERT}


def write_docx(document: Document, path: Path, template: Path | None = None) -> None:
    """Write the document to `path`; `template`: a Word file of the bureau that says where what stands."""
    word = open_template(template) if template else docx.Document()
    if template:
        add_styles(word)
    else:
        prepare(word)
    properties = word.core_properties
    properties.title, properties.author, properties.comments = clean(document.title), "", ""
    properties.created = properties.modified = document.created.replace(tzinfo=None)
    properties.language = "zh-CN"
    if template:
        fill_fields(word, document)
    else:
        word.add_paragraph(clean(document.title), style="Title")
        word.add_paragraph(clean(document.subtitle), style="Subtitle")
    with body_of(word, template):
        for block, number in document.numbered():
            _add(word, block, number)
    word.save(str(path))


def _add(word: Any, block: Block, number: int | None) -> None:
    if isinstance(block, Heading):
        word.add_heading(clean(block.text), level=block.level)
    elif isinstance(block, Paragraph):
        word.add_paragraph(clean(block.text), style=_PARAGRAPH_STYLES[block.style])
    elif isinstance(block, Table):
        _caption(word, "表", number, block.caption).paragraph_format.keep_with_next = True
        _add_table(word, block)
    elif isinstance(block, Figure):
        _add_figure(word, block)
        _caption(word, "图", number, block.caption)
    elif isinstance(block, Signatures):
        word.add_paragraph("\t".join(f"{clean(label)}：\t" for label in block.labels), style=SIGNATURE)


def _caption(word: Any, label: str, number: int | None, text: str) -> Any:
    """A caption whose number is a SEQ field: it counts on when someone inserts a table by hand."""
    paragraph = word.add_paragraph(label, style=CAPTION)
    add_field(paragraph, f"SEQ {label} \\* ARABIC", str(number))
    paragraph.add_run(f" {clean(text)}")
    return paragraph


def _add_table(word: Any, table: Table) -> None:
    total = sum(column.width for column in table.columns)
    widths = [int(TEXT_WIDTH * column.width / total) for column in table.columns]
    element = word.add_table(rows=0, cols=len(widths), style=TABLE)
    element.autofit = False
    for grid_column, width in zip(element.columns, widths):
        grid_column.width = width
    styles = [NUMBER if column.numeric else CELL for column in table.columns]
    _add_row(element, [column.title for column in table.columns], [CELL] * len(widths), widths, header=True)
    for row in table.rows:
        _add_row(element, list(row), styles, widths)
    word.add_paragraph(style=NOTE)  # air below the table; two tables in sequence would grow together


def _add_row(table: Any, texts: list[str], styles: list[str], widths: list[int], *, header: bool = False) -> None:
    row = table.add_row()
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if header:
        properties.append(OxmlElement("w:tblHeader"))
    for cell, text, style, width in zip(row.cells, texts, styles, widths):
        cell.width = width
        paragraph = cell.paragraphs[0]
        paragraph.style = style
        paragraph.add_run(clean(text))


def _add_figure(word: Any, figure: Figure) -> None:
    word.add_picture(BytesIO(figure.png), width=Emu(TEXT_WIDTH))
    paragraph = word.paragraphs[-1]
    paragraph.style = CAPTION
    paragraph.paragraph_format.keep_with_next = True
    for properties in paragraph._p.iter(qn("wp:docPr")):
        properties.set("descr", clean(figure.alternative))
