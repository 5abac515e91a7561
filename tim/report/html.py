"""A document as one self-contained HTML file: pictures inside, no script, prints on A4."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from pathlib import Path
from typing import Optional

from tim.report.document import Block, Document, Figure, Heading, Paragraph, Signatures, Table, clean

_CSS = """
@page { size: A4; margin: 25mm 20mm; }
body { font: 12pt/1.6 "Songti SC", SimSun, 宋体, "Noto Serif CJK SC", serif; color: #111; background: #fff;
       max-width: 170mm; margin: 10mm auto; padding: 0 5mm; }
h1, h2, h3, h4, caption, figcaption, th { font-family: SimHei, 黑体, "Heiti SC", "Noto Sans CJK SC", sans-serif; }
h1 { font-size: 20pt; text-align: center; margin-bottom: 0; }
.subtitle { text-align: center; margin-top: 2mm; }
h2 { font-size: 15pt; border-bottom: 1px solid #999; margin-top: 10mm; }
h3 { font-size: 13pt; }
h2, h3, h4, caption, figcaption { break-after: avoid; }
table { border-collapse: collapse; width: 100%; font-size: 10pt; line-height: 1.4; margin: 4mm 0; }
caption, figcaption { font-size: 10.5pt; text-align: center; padding: 2mm 0; }
thead { display: table-header-group; }
tr, figure { break-inside: avoid; }
th, td { border: 1px solid #666; padding: 1mm 2mm; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: #e8eef4; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
figure { margin: 4mm 0; } img { width: 100%; height: auto; }
.note { font-size: 10pt; color: #444; }
.alert { border-left: 4px solid #b00; padding-left: 3mm; font-weight: bold; }
.signatures { display: flex; gap: 10mm; margin-top: 15mm; }
.signatures span { flex: 1; border-bottom: 1px solid #111; padding-bottom: 1mm; }
@media print { body { max-width: none; margin: 0; padding: 0; } th { print-color-adjust: exact; } }
"""


def write_html(document: Document, path: Path) -> None:
    """Write the document to `path` (UTF-8)."""
    path.write_text(render_html(document), encoding="utf-8", newline="\n")


def render_html(document: Document) -> str:
    """The document as text of a complete HTML page; every value is escaped."""
    body = "\n".join(_block(block, number) for block, number in document.numbered())
    title = _text(document.title)
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'\">\n"
        f'<meta name="viewport" content="width=device-width">\n<title>{title}</title>\n<style>{_CSS}</style>\n'
        f'</head>\n<body>\n<h1>{title}</h1>\n<p class="subtitle">{_text(document.subtitle)}</p>\n'
        f"{body}\n</body>\n</html>\n"
    )


def _block(block: Block, number: Optional[int]) -> str:
    if isinstance(block, Heading):
        level = block.level + 1  # h1 is the title
        return f"<h{level}>{_text(block.text)}</h{level}>"
    if isinstance(block, Paragraph):
        return f'<p class="{block.style}">{_text(block.text)}</p>'
    if isinstance(block, Table):
        return _table(block, number)
    if isinstance(block, Figure):
        return (
            f'<figure><img alt="{_text(block.alternative)}" '
            f'src="data:image/png;base64,{b64encode(block.png).decode("ascii")}">'
            f"<figcaption>图{number} {_text(block.caption)}</figcaption></figure>"
        )
    return _signatures(block)


def _table(table: Table, number: Optional[int]) -> str:
    total = sum(column.width for column in table.columns)
    widths = "".join(f'<col style="width:{100 * column.width / total:.1f}%">' for column in table.columns)
    head = "".join(f'<th scope="col">{_text(column.title)}</th>' for column in table.columns)
    rows = "\n".join(f"<tr>{_cells(table, row)}</tr>" for row in table.rows)
    return (
        f"<table><caption>表{number} {_text(table.caption)}</caption><colgroup>{widths}</colgroup>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table>"
    )


def _cells(table: Table, row: tuple[str, ...]) -> str:
    pairs = zip(table.columns, row)
    return "".join(f"<td{' class=number' if column.numeric else ''}>{_text(cell)}</td>" for column, cell in pairs)


def _signatures(signatures: Signatures) -> str:
    lines = "".join(f"<span>{_text(label)}：</span>" for label in signatures.labels)
    return f'<div class="signatures">{lines}</div>'


def _text(text: object) -> str:
    return escape(clean(text)).replace("\n", "<br>")
