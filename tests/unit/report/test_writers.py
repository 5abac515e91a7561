"""Word, HTML, PDF and Excel writers: styles, numbering, repeated headers, hostile text."""

from __future__ import annotations

import re
import struct
import subprocess
import zipfile
import zlib
from datetime import datetime
from pathlib import Path

import docx
import openpyxl
import pytest
from docx.oxml.ns import qn

from tim.errors import UnusableInput
from tim.report.document import Column, Document, Figure, Heading, Paragraph, Signatures, Table, clean
from tim.report.docx import write_docx
from tim.report.html import render_html
from tim.report.write import write_report


def _png() -> bytes:
    """A white picture of 4 × 2 pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = zlib.compress((b"\0" + b"\xff" * 12) * 2)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 2, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


@pytest.fixture
def document() -> Document:
    columns = (Column("要素", 2), Column("面积（平方米）", 1, numeric=True))
    made = Document("报告<1>", "副标题", datetime(2026, 1, 2, 3, 4, 5))
    made.add(
        Heading("一、概况"),
        Paragraph("正文 & “引号”"),
        Paragraph("重要", "alert"),
        Paragraph("小字", "note"),
        Table("汇总", columns, [("甲\n乙", "1.00")]),
        Figure("位置", _png(), "地图"),
        Heading("二、规则", 2),
        Table("问题", columns, [(f"{number}", "2.00") for number in range(100)]),
        Signatures(("审查", "复核", "日期")),
    )
    return made


@pytest.fixture
def word(document: Document, tmp_path: Path) -> tuple[Path, docx.document.Document]:
    path = tmp_path / "报告.docx"
    write_docx(document, path)
    return path, docx.Document(str(path))


def test_table_rows_must_fit() -> None:
    with pytest.raises(ValueError):
        Table("表", (Column("甲"),), [("1", "2")])


def test_clean_marks_what_xml_cannot_hold() -> None:
    assert clean("a\x00b\x0b\ud800") == "a\ufffdb\ufffd\ufffd"
    assert clean("换行\n制表\t𠮷") == "换行\n制表\t𠮷"
    assert clean(None) == ""


def test_word_captions_are_numbered_fields(word: tuple[Path, docx.document.Document]) -> None:
    fields = [element.get(qn("w:instr")) for element in word[1].element.body.iter(qn("w:fldSimple"))]
    assert fields == ["SEQ 表 \\* ARABIC", "SEQ 图 \\* ARABIC", "SEQ 表 \\* ARABIC"]
    paragraphs = [item for item in word[1].element.body if item.findall(qn("w:fldSimple"))]
    captions = ["".join(text.text for text in item.iter(qn("w:t"))) for item in paragraphs]
    assert captions == ["表1 汇总", "图1 位置", "表2 问题"]


def test_word_tables_repeat_their_header(word: tuple[Path, docx.document.Document]) -> None:
    for table in word[1].tables:
        headers = [row._tr.trPr.find(qn("w:tblHeader")) is not None for row in table.rows]
        assert headers == [True] + [False] * (len(table.rows) - 1)
        assert table.style.name == "审查表格"


def test_word_uses_styles_and_chinese_fonts(word: tuple[Path, docx.document.Document]) -> None:
    styles = word[1].styles
    for name, font in (("Normal", "宋体"), ("Heading 1", "黑体"), ("Title", "黑体"), ("表格文字", "宋体")):
        fonts = styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) == font
        assert not [key for key in fonts.attrib if key.endswith("Theme")]
    runs = [run for paragraph in word[1].element.body.iter(qn("w:p")) for run in paragraph.iter(qn("w:rPr"))]
    assert runs == []  # no run carries formatting of its own
    with zipfile.ZipFile(word[0]) as archive:
        assert "SimSun" in archive.read("word/fontTable.xml").decode()


def test_word_properties_name_no_person(word: tuple[Path, docx.document.Document]) -> None:
    properties = word[1].core_properties
    assert (properties.title, properties.author, properties.last_modified_by) == ("报告<1>", "", "")
    assert properties.created is not None and properties.created.year == 2026


def test_html_is_one_escaped_page(document: Document) -> None:
    page = render_html(document)
    assert "<h1>报告&lt;1&gt;</h1>" in page
    assert "正文 &amp; “引号”" in page
    assert "表1 汇总" in page and "图1 位置" in page and "表2 问题" in page
    assert page.count("<thead>") == 2
    assert "甲<br>乙" in page
    assert "data:image/png;base64," in page
    assert "<script" not in page and "http" not in page.replace("http-equiv", "")


def test_pdf_holds_the_text_and_repeats_heads(document: Document, tmp_path: Path) -> None:
    document.add(Table("长表", (Column("甲"), Column("乙", numeric=True)), [(str(i), "1.50") for i in range(150)]))
    write_report(document, tmp_path / "a.pdf")
    content = (tmp_path / "a.pdf").read_bytes()
    assert content.startswith(b"%PDF") and content.count(b"/Type /Page\n") >= 3
    text = subprocess.run(["pdftotext", "-layout", tmp_path / "a.pdf", "-"], capture_output=True, text=True, check=True)
    plain = "".join(text.stdout.split())
    assert "表3长表" in plain and "第3页" in plain
    assert plain.count("甲") >= 3  # the head stands on every page of the table


def test_workbook_holds_numbers_as_numbers_and_no_formulas(document: Document, tmp_path: Path) -> None:
    document.add(Table("值[1]", (Column("名"), Column("面积", numeric=True)), [("=1+1", "12.50"), ("空", "—")]))
    write_report(document, tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    sheet = book["表3 值1"]
    assert [cell.value for cell in sheet["B"]] == ["面积", 12.5, "—"]
    assert sheet["A2"].data_type == "s" and sheet["A2"].value.endswith("=1+1")
    assert book["说明"]["A1"].value == "报告<1>"


def _template(path: Path, *texts: str) -> Path:
    made = docx.Document()
    for text in texts:
        made.add_paragraph(text)
    header = made.sections[0].header.paragraphs[0]
    header.add_run("文号 {{年")
    header.add_run("份}}-1")  # Word cuts fields into runs as it likes
    made.save(str(path))
    return path


def test_word_template_takes_text_and_fields(document: Document, tmp_path: Path) -> None:
    document.fields["耕地保有量"] = "12.34 万亩"
    template = _template(tmp_path / "模板.docx", "某市自然资源局", "保有量 {{ 耕地保有量 }}", "{{正文}}", "（盖章）")
    before = template.read_bytes()
    write_report(document, tmp_path / "a.docx", str(template))
    made = docx.Document(str(tmp_path / "a.docx"))
    texts = [paragraph.text for paragraph in made.paragraphs]
    assert texts[:3] == ["某市自然资源局", "保有量 12.34 万亩", "一、概况"] and texts[-1] == "（盖章）"
    assert made.sections[0].header.paragraphs[0].text == "文号 2026-1"
    assert len(made.tables) == 2 and template.read_bytes() == before


@pytest.mark.parametrize(
    ("texts", "words"),
    [(("没有位置",), "{{正文}}"), (("{{正文}}", "{{正文}}"), "2 段"), (("{{正文}}", "{{没有的}}"), "没有的")],
)
def test_templates_that_cannot_be_used_are_told(
    document: Document, tmp_path: Path, texts: tuple[str, ...], words: str
) -> None:
    template = _template(tmp_path / "模板.docx", *texts)
    with pytest.raises(UnusableInput, match=re.escape(words)):
        write_report(document, tmp_path / "a.docx", str(template))


def test_a_text_file_is_no_template(document: Document, tmp_path: Path) -> None:
    (tmp_path / "模板.docx").write_text("不是 Word")
    with pytest.raises(UnusableInput, match="不是能用的 Word 模板"):
        write_report(document, tmp_path / "a.docx", str(tmp_path / "模板.docx"))
