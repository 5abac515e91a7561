"""Names, texts and numbers as the language writes them."""

from __future__ import annotations

from typing import Any, Optional

from ..characters import normalize
from ..vocabulary import CONNECTIVES, LIBRARY_WORDS, LINE_WORDS, STATEMENT_WORDS

_WORDS = frozenset(
    [*STATEMENT_WORDS, *CONNECTIVES, *LIBRARY_WORDS, *(word for table in LINE_WORDS.values() for word in table)]
)
# functions of the library that are called so in Python too
KEPT_WORDS = frozenset(
    [
        *("总和", "平均值", "最大值", "最小值", "中位数", "排序", "去重", "前几个", "替换", "拆分", "截取", "匹配"),
        *("转为数值", "转为日期", "四舍五入", "平方根", "乘方", "余数", "商", "相隔月数"),
    ]
)
LONGEST_NAME = 80


def spelt_name(name: str) -> Optional[str]:
    """A name, in 【】 where it is a word of the language or no plain identifier; None where none can be written."""
    if not name.strip() or "__" in name or len(name) > LONGEST_NAME or any(c in "【】\n\r\t" for c in name):
        return None
    plain = name.isidentifier() and normalize(name) == name and name not in _WORDS and name[0] != "_"
    return name if plain else f"【{name}】"


def spelt_text(text: str) -> Optional[str]:
    """The inside of a “text”; None where its quotes do not pair or it has control characters."""
    depth = 0
    for character in text:
        depth += (character == "“") - (character == "”")
        if depth < 0:
            break
    if depth or any(c < " " and c != "\n" for c in text) or any(c in "\u2028\u2029\x85" for c in text):
        return None
    for brace in "{}｛｝":
        text = text.replace(brace, brace * 2)
    return text.replace("\n", "{换行}")


def spelt_number(value: Any) -> str:
    """A number that is not negative: without an exponent, and read back as the same number."""
    if isinstance(value, int):
        return str(value)
    for digits in range(1, 340):
        text = f"{value:.{digits}f}"
        if float(text) == value:
            return text
    raise ValueError(value)
