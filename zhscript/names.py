"""First pass: the names that a file declares. The second pass cuts the text with them."""

from __future__ import annotations

import re
from typing import Any

from .characters import BLANK, LETTER, WORD
from .vocabulary import RESTART_WORDS

_CLOSERS = {"“": "”", "「": "」", "《": "》"}
_NESTED = {opener: re.compile(f"[{opener}{closer}\\n]") for opener, closer in _CLOSERS.items()}
_PLAIN = {'"': re.compile('["\\n]'), "”": re.compile("[“”\\n]")}


def string_end(source: str, start: int) -> int:
    """Offset after the text that opens at `start`, or -1 when its line ends first. “” and 「」 nest."""
    opener = source[start]
    if opener in _PLAIN:
        match = _PLAIN[opener].search(source, start + 1)
        return match.end() if match and match.group() != "\n" else -1
    depth, position = 1, start + 1
    while depth:
        match = _NESTED[opener].search(source, position)
        if not match or match.group() == "\n":
            return -1
        depth += 1 if match.group() == opener else -1
        position = match.end()
    return position


COMMENT = f"(?:#|＃|//|／／)[^\\n]*|(?:^|(?<=[\\n{BLANK}]))注[：:][^\\n]*"
_OPAQUE = re.compile(f'[“"”「《]|{COMMENT}')


def mask(source: str) -> str:
    """The text with the inside of strings, titles and comments blanked; same length."""
    pieces, position = [], 0
    while True:
        match = _OPAQUE.search(source, position)
        if not match:
            pieces.append(source[position:])
            return "".join(pieces)
        start, end = match.span()
        pieces.append(source[position:start])
        if match.group() in '“"”「《':
            end = string_end(source, start)
            if end < 0:
                end = source.find("\n", start)
                end = len(source) if end < 0 else end
            pieces.append(source[start] + "\x01" * (end - start - 2) + (source[end - 1] if end - start > 1 else ""))
        else:
            pieces.append(" " * (end - start))
        position = end


# the patterns below see one spelling of each mark: `|` is 、, `[…]` is 【…】
_AS_SEEN = ",:;()=|[]" + '"' * 2 + "\x01" * 3 + " " * 4
_MARKS: dict[int, Any] = {
    ord(mark): seen for mark, seen in zip("，：；（）＝、【】“”|[]\u3000\u00a0\u2060\ufeff", _AS_SEEN)
}
_MARKS.update(dict.fromkeys(range(0x2000, 0x200E), " "))
_GAP = "[ \t]*"
_NAME = f"{LETTER}{WORD}{{0,79}}"  # bounded lengths keep the searches linear
_LINE_HEAD = f"(?:^|(?<=[\n;])){_GAP}"
_NEW = f"(?:\\[([^\\]\n]+)\\]|({_NAME}))"
_ANY = f"(?:{_NAME}|\\[[^\\]\n]+\\])"
_LONGEST_HEAD = 300  # characters between 图层 and its 字段

_DECLARATIONS = [
    re.compile(pattern)
    for pattern in (
        f"{_LINE_HEAD}(?:规则集|脚本|工具箱|图层|表格|参数|输出|设定|变量|函数|标准|已知|循环){_GAP}{_NEW}"
        "(?=[ \t\n\r=:(,;。]|$)",
        f"那么{_GAP}(?:设定|变量){_GAP}{_NEW}(?=[ \t=])",
        f"中的每个{_GAP}{_NEW}(?=[ \t\n\r:,();。]|$)",
        f"中有{_GAP}{_NEW}(?=[ \t])",
        f"中的每个{_GAP}{_ANY}{_GAP}\\({_GAP}第{_GAP}{_NEW}(?={_GAP}个)",
        f'{_LINE_HEAD}引用{_GAP}"[^\n"]*"{_GAP}为{_GAP}{_NEW}',
    )
]
# a list goes on over the line end after 、, and after ， unless a new statement follows
_REST = f"((?:[^\n]*(?:\\||,(?!{_GAP}\r?\n{_GAP}(?:{'|'.join(RESTART_WORDS)}))){_GAP}\r?\n)*[^\n]*)"
_LISTS = [
    re.compile(pattern)
    for pattern in (
        f"{_LINE_HEAD}(?:(?:图层|表格|输出)[^\n;]{{0,{_LONGEST_HEAD}}}?)?字段{_GAP}{_REST}",
        f"{_LINE_HEAD}(?:函数|标准){_GAP}{_ANY}{_GAP}\\(([^\n]*)",
        f'{_LINE_HEAD}引用{_GAP}"[^\n"]*"{_GAP}中的{_GAP}{_REST}',
    )
]
_LIST_ITEM = re.compile(f"(?:^|(?<=[|,]))[ \t\r\n]*{_NEW}")
_BRACKETED = re.compile(r"\([^()]*\)")


def declared_names(source: str) -> frozenset[str]:
    """The names that the text declares, as they are spelt there (without 【】)."""
    return frozenset(name for name, _ in declarations(source))


def declarations(source: str) -> set[tuple[str, int]]:
    """Every declared name with the offset where it ends (after its 】): there it must be closed by a blank or mark."""
    text = mask(source).translate(_MARKS)
    names = set()
    for pattern in _DECLARATIONS:
        for match in pattern.finditer(text):
            names.add(_declared(source, match, 0))
    for pattern in _LISTS:
        for match in pattern.finditer(text):
            body = _until_own_bracket(match.group(1))
            body = _BRACKETED.sub(lambda bracket: "\x01" * len(bracket.group()), body)
            for item in _LIST_ITEM.finditer(body):
                names.add(_declared(source, item, match.start(1)))
    return names


def _declared(source: str, match: re.Match[str], offset: int) -> tuple[str, int]:
    group = 2 if match.group(1) is None else 1
    start, end = offset + match.start(group), offset + match.end(group)
    return source[start:end], end + (group == 1)


def _until_own_bracket(text: str) -> str:
    """The part of a parameter list before the bracket that closes it."""
    depth = 0
    for position, character in enumerate(text):
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth < 0:
                return text[:position]
    return text
