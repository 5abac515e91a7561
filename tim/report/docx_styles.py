"""The styles, fonts and page of a Word report."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

# bureaus expect these two families by name; `altName` in the font table names what stands in where they are absent
SONG, HEI, LATIN = "宋体", "黑体", "Times New Roman"
_STAND_INS = {
    SONG: ("SimSun", "Songti SC", "Noto Serif CJK SC", "FandolSong", "WenQuanYi Micro Hei"),
    HEI: ("SimHei", "Heiti SC", "Noto Sans CJK SC", "FandolHei", "WenQuanYi Micro Hei"),
}
NOTE, ALERT, CAPTION, CELL, NUMBER, SIGNATURE = "小字说明", "重要提示", "Caption", "表格文字", "表格数字", "签字栏"
TABLE = "审查表格"
_NEEDED = {NOTE, ALERT, CAPTION, CELL, NUMBER, SIGNATURE, TABLE, "Heading 1", "Heading 2", "Heading 3"}
TEXT_WIDTH = int(Mm(210 - 2 * 25))
_BLACK = RGBColor(0, 0, 0)


def prepare(word: Any) -> None:
    """Give an empty python-docx document our page, styles, fonts and footer."""
    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(25)
    section.top_margin = section.bottom_margin = Mm(25)
    _paragraph_styles(word.styles)
    _table_style(word.styles)
    _default_language(word.styles)
    _font_table(word)
    _footer(section)


def add_styles(word: Any) -> None:
    """Give a bureau's own document those of our styles that it does not define; what it defines stays."""
    from docx import Document

    ours = Document()
    prepare(ours)
    there = {style.name for style in word.styles}
    for style in ours.styles:
        if style.name in _NEEDED and style.name not in there:
            word.styles.element.append(deepcopy(style.element))


def _paragraph_styles(styles: Any) -> None:
    normal = styles["Normal"]
    _set_font(normal, SONG, 12)
    normal.paragraph_format.line_spacing = 1.5
    normal.paragraph_format.space_after = Pt(6)
    for name, size in (("Title", 20), ("Subtitle", 12), ("Heading 1", 15), ("Heading 2", 13), ("Heading 3", 12)):
        _set_font(styles[name], HEI if name != "Subtitle" else SONG, size)
        styles[name].font.italic = False
    for name in ("Title", "Subtitle"):
        styles[name].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _remove_border(styles["Title"])
    _set_font(styles["Footer"], SONG, 9)
    styles["Footer"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _set_font(styles[CAPTION], HEI, 10.5, bold=False)
    styles[CAPTION].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _add_style(styles, NOTE, SONG, 10)
    _add_style(styles, ALERT, HEI, 12).font.color.rgb = RGBColor(0xB0, 0, 0)
    for name, alignment in ((CELL, WD_ALIGN_PARAGRAPH.LEFT), (NUMBER, WD_ALIGN_PARAGRAPH.RIGHT)):
        style = _add_style(styles, name, SONG, 10)
        style.paragraph_format.alignment = alignment
        style.paragraph_format.space_after = Pt(0)
        style.paragraph_format.line_spacing = 1.15
    signature = _add_style(styles, SIGNATURE, SONG, 12)
    signature.paragraph_format.space_before = Pt(36)
    for position, leader in ((50, "LINES"), (55, "SPACES"), (105, "LINES"), (110, "SPACES"), (160, "LINES")):
        signature.paragraph_format.tab_stops.add_tab_stop(
            Mm(position), WD_TAB_ALIGNMENT.LEFT, getattr(WD_TAB_LEADER, leader)
        )


def _add_style(styles: Any, name: str, font: str, size: float) -> Any:
    style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = styles["Normal"]
    _set_font(style, font, size)
    return style


def _set_font(style: Any, chinese: str, size: float, *, bold: bool | None = None) -> None:
    """Name the fonts for Latin and for East Asian text; theme fonts would override the names, so they go."""
    style.font.name, style.font.size, style.font.color.rgb = LATIN, Pt(size), _BLACK
    if bold is not None:
        style.font.bold = bold
    fonts = style.element.rPr.rFonts
    for attribute in [name for name in fonts.attrib if name.endswith("Theme")]:
        del fonts.attrib[attribute]
    for script, name in (("ascii", LATIN), ("hAnsi", LATIN), ("cs", LATIN), ("eastAsia", chinese)):
        fonts.set(qn(f"w:{script}"), name)


def _remove_border(style: Any) -> None:
    for border in style.element.findall(f".//{qn('w:pBdr')}"):
        border.getparent().remove(border)


def _table_style(styles: Any) -> None:
    """A table style with a grid and a shaded bold first row, so that no cell carries formatting of its own."""
    sides = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="666666"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    styles.element.append(
        parse_xml(
            f'<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="ReviewTable">'
            f'<w:name w:val="{TABLE}"/><w:basedOn w:val="TableNormal"/><w:qFormat/>'
            f"<w:tblPr><w:tblBorders>{sides}</w:tblBorders><w:tblCellMar>"
            '<w:top w:w="40" w:type="dxa"/><w:left w:w="85" w:type="dxa"/>'
            '<w:bottom w:w="40" w:type="dxa"/><w:right w:w="85" w:type="dxa"/></w:tblCellMar></w:tblPr>'
            '<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr>'
            '<w:tcPr><w:shd w:val="clear" w:color="auto" w:fill="E8EEF4"/></w:tcPr></w:tblStylePr></w:style>'
        )
    )


def _default_language(styles: Any) -> None:
    """Chinese as the language of the text, so that no program marks every word as misspelt."""
    for language in styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "en-US")
        language.set(qn("w:eastAsia"), "zh-CN")


def _font_table(word: Any) -> None:
    """Name stand-ins for the two Chinese families (the first is the same font under its English name)."""
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{",".join(others)}"/><w:charset w:val="86"/>'
        '<w:family w:val="auto"/><w:pitch w:val="variable"/></w:font>'
        for name, others in _STAND_INS.items()
    )
    for part in word.part.package.iter_parts():
        if str(part.partname) == "/word/fontTable.xml":
            part._blob = (
                '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
                f'<w:fonts {nsdecls("w")}>{fonts}<w:font w:name="{LATIN}"><w:charset w:val="00"/>'
                '<w:family w:val="roman"/><w:pitch w:val="variable"/></w:font></w:fonts>'
            ).encode()


def add_field(paragraph: Any, instruction: str, shown: str) -> None:
    """Append a field with the text that is shown until the reader's program updates it."""
    element = OxmlElement("w:fldSimple")
    element.set(qn("w:instr"), instruction)
    run = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = shown
    run.append(text)
    element.append(run)
    paragraph._p.append(element)


def _footer(section: Any) -> None:
    paragraph = section.footer.paragraphs[0]
    paragraph.add_run("第 ")
    add_field(paragraph, "PAGE", "1")
    paragraph.add_run(" 页 共 ")
    add_field(paragraph, "NUMPAGES", "1")
    paragraph.add_run(" 页")
