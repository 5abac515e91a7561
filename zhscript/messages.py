"""Words for syntax errors: what stands there and what could."""

from __future__ import annotations

from typing import Optional

from .diagnostics import Edit, Fix, Problem, nearest
from .lexer import Lexeme
from .vocabulary import CONNECTIVES, LIBRARY_WORDS, LINE_WORDS, STATEMENT_WORDS

_SPECIAL = {
    "NAME": "名字",
    "WORD": "名字",
    "QUOTED": "名字",
    "STRING": "“文字”",
    "BOOK": "《文件名》",
    "ARTICLE": "第几条",
    "NUMBER": "数",
    "QUANTITY": "带单位的数",
    "RATIO": "百分数",
    "DATE": "日期",
    "REFERENCE": "规则“…”",
    "ORDINAL": "第几个",
    "SINCE": "自某日起",
    "COMPARE": "比较词（大于、等于…）",
    "TOUCHES": "相交、相邻、重叠、相离",
    "EMPTY": "为空",
    "META": "说明行（等级、编号…）",
    "MODULE": "规则集",
    "LAYER": "图层",
    "INTO": "加入",
    "STEP": "每次增加",
    "_NL": "行末",
    "$END": "文件末尾",
    "_OPEN": "（",
    "_CLOSE": "）",
    "_COMMA": "，",
    "_COLON": "：",
    "_EQUALS": "＝",
    "_PIECE": "个",
    "_OTHER": "其他",
}


def _names() -> dict[str, str]:
    result = {}
    tables = [STATEMENT_WORDS, CONNECTIVES, *LINE_WORDS.values()]
    for table in reversed(tables):
        for word, kind in reversed(list(table.items())):
            result[kind] = word
    result.update(_SPECIAL)
    return result


NAMES = _names()
# what a reader most likely wants to know first
_ORDER = ["名字", "为", "行末", "，", "）", "大于", "的"]
_ALWAYS = frozenset(
    ["_OF", "_WITH", "_TO", "_LOCATED", "_PLUS", "_MINUS", "_TIMES", "_DIVIDE", "_CONVERT", "_OPEN", "_AND", "_OR"]
)


def expected_words(kinds: list[str], limit: int = 6) -> str:
    """The Chinese names of the kinds that could stand here, the least common operators left out."""
    chosen = [kind for kind in kinds if kind not in _ALWAYS] or kinds
    names = sorted({NAMES[kind] for kind in chosen}, key=lambda name: (_rank(name), name))
    return "、".join(names[:limit]) + ("等" if len(names) > limit else "")


def _rank(name: str) -> int:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


def unexpected(
    lexeme: Optional[Lexeme], before: Optional[Lexeme], expected: list[str], names: frozenset[str]
) -> Problem:
    """The problem of a lexeme that does not fit, in one Chinese sentence."""
    if lexeme is None or lexeme.kind == "_NL":
        return _ends_early(lexeme, before, expected)
    start, end = lexeme.start, lexeme.end
    if lexeme.kind == "_END" and "_END" not in expected:
        return Problem("ZH123", "这一块里还没有内容就“结束”了", start, end)
    if lexeme.kind == "TOUCHES" and "_WITH" in expected:
        place = before.start if before else start
        return Problem("ZH117", f"“{lexeme.text}”要写成“甲 与 乙 {lexeme.text}”", place, end)
    misspelt = _misspelt_keyword(lexeme, expected)
    if misspelt:
        fix = Fix(f"改为“{misspelt}”", (Edit(start, end, misspelt),))
        return Problem("ZH124", f"“{lexeme.text}”不合语法，是不是想写“{misspelt}”？", start, end, fixes=(fix,))
    if "_IS" in expected and before is not None and before.text.endswith("为") and before.kind in ("NAME", "WORD"):
        fix = Fix("在“为”前空一格", (Edit(before.end - 1, before.end - 1, " "),))
        return Problem("ZH125", "新名字后面要空一格，再写“为”", before.start, before.end, fixes=(fix,))
    if lexeme.kind == "WORD":
        close = nearest(lexeme.text, names | LIBRARY_WORDS, 1)
        hint = f"是不是想写“{close[0]}”？" if close else f"这里可以是：{expected_words(expected)}"
        return Problem("ZH126", f"不认识“{lexeme.text}”，{hint}", start, end)
    return Problem("ZH120", f"“{_shown(lexeme)}”放在这里不合语法；这里可以是：{expected_words(expected)}", start, end)


def _ends_early(lexeme: Optional[Lexeme], before: Optional[Lexeme], expected: list[str]) -> Problem:
    place = before.end if before else (lexeme.start if lexeme else 0)
    start = before.start if before else place
    if "_CLOSE" in expected and "_OPEN" not in expected[:1]:
        fix = (Fix("补上右括号", (Edit(place, place, "）"),)),)
        return Problem("ZH127", "这一句没有写完，可能少了右括号“）”", start, place, fixes=fix)
    return Problem("ZH128", f"这一句没有写完；后面可以是：{expected_words(expected)}", start, place)


def _misspelt_keyword(lexeme: Lexeme, expected: list[str]) -> str:
    if lexeme.kind != "WORD":
        return ""
    candidates = [
        word
        for table in (STATEMENT_WORDS, CONNECTIVES, *LINE_WORDS.values())
        for word, kind in table.items()
        if kind in expected and len(word) > 1
    ]
    close = [word for word in nearest(lexeme.text, candidates, 3) if abs(len(word) - len(lexeme.text)) <= 1]
    return close[0] if close else ""


def _shown(lexeme: Lexeme) -> str:
    text = lexeme.text if len(lexeme.text) <= 20 else lexeme.text[:20] + "…"
    return text.replace("\n", " ")
