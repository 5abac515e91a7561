"""First pass: the names that a file declares. The second pass cuts the text with them."""

from __future__ import annotations

import re
from typing import Any

from .characters import BLANKS, LETTER, LINE_ENDS, WORD
from .scanning import CIRCLED_MARK, COMMENT, LIST_MARK
from .vocabulary import MARKS, RESTART_WORDS

_CLOSERS = {"“": "”", "「": "」", "《": "》"}
_NESTED = {opener: re.compile(f"[{opener}{closer}{LINE_ENDS}]") for opener, closer in _CLOSERS.items()}
_PLAIN = {'"': re.compile(f'["{LINE_ENDS}]'), "”": re.compile(f"[“”{LINE_ENDS}]")}


def string_end(source: str, start: int) -> int:
    """Offset after the text that opens at `start`, or -1 when its line ends first. “” and 「」 nest."""
    opener = source[start]
    if opener in _PLAIN:
        match = _PLAIN[opener].search(source, start + 1)
        return match.end() if match and match.group() not in LINE_ENDS else -1
    depth, position = 1, start + 1
    while depth:
        match = _NESTED[opener].search(source, position)
        if not match or match.group() in LINE_ENDS:
            return -1
        depth += 1 if match.group() == opener else -1
        position = match.end()
    return position


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
                end = _line_end(source, start).end()
            pieces.append(source[start] + "\x01" * (end - start - 2) + (source[end - 1] if end - start > 1 else ""))
        else:
            pieces.append(" " * (end - start))
        position = end


_line_end: Any = re.compile(f"[^{LINE_ENDS}]*").match

# the patterns below see one spelling of each mark: `|` is 、, `[…]` is 【…】, every statement begins a line
_MARKS = dict(zip("【】“”|[]", "[]" + '"' * 2 + "\x01" * 3))
_KINDS = {"_COMMA": ",", "_COLON": ":", "_OPEN": "(", "_CLOSE": ")", "_EQUALS": "=", "_SEMICOLON": "\n"}
_MARKS.update({mark: _KINDS[kind] for mark, kind in MARKS.items() if kind in _KINDS})
_MARKS.update(dict.fromkeys("、﹑", "|"))
_SEEN = str.maketrans({**dict.fromkeys(BLANKS, " "), **dict.fromkeys(LINE_ENDS, "\n"), **_MARKS})
_GAP = " *"
_NAME = f"{LETTER}{WORD}{{0,79}}"  # bounded lengths keep the searches linear
_NEW = f"(?:\\[([^\\]\n]+)\\]|({_NAME}))"
_ANY = f"(?:{_NAME}|\\[[^\\]\n]+\\])"
_LONGEST_HEAD = 300  # characters between 图层 and its 字段
# a list goes on over the line end after 、, and after ， unless a new statement follows
_REST = f"((?:[^\n]*(?:\\||,(?!{_GAP}\n{_GAP}(?:{'|'.join(RESTART_WORDS)}))){_GAP}\n)*[^\n]*)"

_BINDING = re.compile(f"{_GAP}{_NEW}(?=[ \n=:(,]|$)")
_FIELDS = re.compile(f"{_GAP}{_REST}")
_LATER_FIELDS = re.compile(f"[^\n]{{0,{_LONGEST_HEAD}}}?字段{_GAP}{_REST}")
_FORMALS = re.compile(f"{_GAP}{_ANY}{_GAP}\\(([^\n]*)")
_IMPORT = f'{_GAP}"[^\n"]*"(?:[^\n"]*"[^\n"]*")?'
_IMPORTED_AS = re.compile(f"{_IMPORT}{_GAP}为{_GAP}{_NEW}")
_IMPORTED = re.compile(f"{_IMPORT}{_GAP}中的{_GAP}{_REST}")
# what may follow the first word of a statement: a new name, a list of new names
_BINDERS: dict[str, tuple[Any, Any]] = {
    **dict.fromkeys(("规则集", "脚本", "工具箱", "参数", "设定", "变量", "已知", "循环"), (_BINDING, None)),
    **dict.fromkeys(("图层", "表格", "输出"), (_BINDING, _LATER_FIELDS)),
    **dict.fromkeys(("函数", "标准"), (_BINDING, _FORMALS)),
    "字段": (None, _FIELDS),
    "引用": (_IMPORTED_AS, _IMPORTED),
}
_HEAD = re.compile(f"^{_GAP}(?:{LIST_MARK.replace('、', '|')}|{CIRCLED_MARK})?({'|'.join(_BINDERS)})", re.MULTILINE)
_INSIDE = [
    re.compile(pattern)
    for pattern in (
        f"那么{_GAP}(?:设定|变量){_GAP}{_NEW}(?=[ =])",
        f"中的每个{_GAP}{_NEW}(?=[ \n:,()]|$)",
        f"中有{_GAP}{_NEW}(?= )",
        f"中的每个{_GAP}{_ANY}{_GAP}\\({_GAP}第{_GAP}{_NEW}(?={_GAP}个)",
    )
]
# 功能“…”（名：值，…）: the names before the colons may hold words of the language, as 被压占的图层 does
_CALLED = re.compile(f'功能{_GAP}"[^\n"]*"{_GAP}\\(')
_ARGUMENT = re.compile(f"[ \n]*{_NEW}{_GAP}:")
_ARGUMENT_MARK = re.compile("[(),|]")
_LONGEST_CALL = 5000  # characters
_LIST_ITEM = re.compile(f"(?:^|(?<=[|,]))[ \n]*{_NEW}")
_BRACKET = re.compile("[()]")
_BRACKETED = re.compile(r"\([^()]*\)")


def declared_names(source: str) -> frozenset[str]:
    """The names that the text declares, as they are spelt there (without 【】)."""
    return frozenset(name for name, _ in declarations(source))


def declarations(source: str) -> set[tuple[str, int]]:
    """Every declared name with the offset where it ends (after its 】): there it must be closed by a blank or mark."""
    text = mask(source).replace("\r\n", " \n").translate(_SEEN)
    names = set()
    for head in _HEAD.finditer(text):
        binding, listing = _BINDERS[head.group(1)]
        match = binding.match(text, head.end()) if binding else None
        if match:
            names.add(_declared(source, match, 0))
        match = listing.match(text, head.end()) if listing else None
        if match:
            names |= _listed(source, match)
    for pattern in _INSIDE:
        for match in pattern.finditer(text):
            names.add(_declared(source, match, 0))
    for call in _CALLED.finditer(text):
        names |= _arguments(source, text, call.end())
    return names


def _arguments(source: str, text: str, start: int) -> set[tuple[str, int]]:
    """The names of the arguments of the call whose bracket opens before `start`."""
    names, depth, position = set(), 1, start
    while depth and position < min(len(text), start + _LONGEST_CALL):
        match = _ARGUMENT.match(text, position) if depth == 1 else None
        if match:
            names.add(_declared(source, match, 0))
        mark = _ARGUMENT_MARK.search(text, position)
        if not mark:
            break
        depth += (mark.group() == "(") - (mark.group() == ")")
        position = mark.end()
    return names


def _listed(source: str, match: re.Match[str]) -> set[tuple[str, int]]:
    body = _until_own_bracket(match.group(1))
    body = _BRACKETED.sub(lambda bracket: "\x01" * len(bracket.group()), body)
    return {_declared(source, item, match.start(1)) for item in _LIST_ITEM.finditer(body)}


def _declared(source: str, match: re.Match[str], offset: int) -> tuple[str, int]:
    group = 2 if match.group(1) is None else 1
    start, end = offset + match.start(group), offset + match.end(group)
    return source[start:end], end + (group == 1)


def _until_own_bracket(text: str) -> str:
    """The part of a parameter list before the bracket that closes it."""
    depth = 0
    for match in _BRACKET.finditer(text):
        depth += 1 if match.group() == "(" else -1
        if depth < 0:
            return text[: match.start()]
    return text
