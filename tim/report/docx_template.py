"""Word templates of a bureau: fields in double braces are filled, the text of the report goes where {{正文}} stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docx
from docx.opc.exceptions import PackageNotFoundError

from tim.errors import UnusableInput
from tim.report.document import Document, clean

BODY = "正文"
_FIELD = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")


def open_template(path: Path) -> Any:
    """The template as a python-docx document. Raises `UnusableInput` when it is none or has no place for the text."""
    try:
        word = docx.Document(str(path))
    except (PackageNotFoundError, KeyError, ValueError, OSError) as error:
        message = f"“{path.name}”不是能用的 Word 模板（.docx）；请用 Word 或 WPS 另存为 .docx"
        raise UnusableInput(message, detail=str(error)) from error
    places = [paragraph for paragraph in word.paragraphs if _names(paragraph.text) == [BODY]]
    if len(places) != 1:
        raise UnusableInput(
            f"Word 模板“{path.name}”里要有一段（且只有一段）是“{{{{{BODY}}}}}”，报告的内容放在那里；"
            f"现在有 {len(places)} 段"
        )
    return word


def fill_fields(word: Any, document: Document) -> None:
    """Fill the fields of paragraphs, tables, headers and footers. Raises `UnusableInput` for a name nobody knows."""
    values = fields_of(document)
    for paragraph in _paragraphs(word):
        if BODY not in _names(paragraph.text):
            _fill(paragraph, values)


def fields_of(document: Document) -> dict[str, str]:
    """What a template may name: title, dates, and the figures of the document."""
    created = document.created
    return {
        "标题": document.title,
        "副标题": document.subtitle,
        "日期": f"{created.year}年{created.month}月{created.day}日",
        "时间": f"{created:%H:%M}",
        "年份": str(created.year),
        **document.fields,
    }


@contextmanager
def body_of(word: Any, template: Path | None) -> Iterator[None]:
    """What the block appends to the end of the document is moved to the place of the text."""
    if template is None:
        yield
        return
    place = next(paragraph for paragraph in word.paragraphs if _names(paragraph.text) == [BODY])
    body = word.element.body
    before = list(body)
    yield
    there = set(map(id, before))  # the list holds the elements, so their ids stay theirs
    for element in [item for item in body if id(item) not in there]:
        place._p.addprevious(element)
    body.remove(place._p)


def _names(text: str) -> list[str]:
    return _FIELD.findall(text)


def _paragraphs(word: Any) -> Iterator[Any]:
    yield from word.paragraphs
    for table in word.tables:
        yield from _cells(table)
    for section in word.sections:
        for part in (section.header, section.footer, section.first_page_header, section.first_page_footer):
            yield from part.paragraphs
            for table in part.tables:
                yield from _cells(table)


def _cells(table: Any) -> Iterator[Any]:
    for row in table.rows:
        for cell in row.cells:
            yield from cell.paragraphs


def _fill(paragraph: Any, values: Mapping[str, str]) -> None:
    """Fill the fields of one paragraph; Word may have cut a field into several runs: its first one keeps the look."""
    while match := _FIELD.search(paragraph.text):
        name = match[1]
        if name not in values:
            known = "、".join([*values][:30])
            raise UnusableInput(f"Word 模板里的“{{{{{name}}}}}”没有对应的内容；可以用：{BODY}、{known}")
        _replace(paragraph.runs, match.start(), match.end(), clean(values[name]).replace("{{", "{ {"))


def _replace(runs: list[Any], start: int, end: int, text: str) -> None:
    offset = 0
    for run in runs:
        length = len(run.text)
        first, last = max(start - offset, 0), min(end - offset, length)
        if first < last or (first == last == 0 and not length and start == offset):
            run.text = run.text[:first] + text + run.text[last:]
            text = ""
        offset += length
