"""From text to lexemes: items of the text, what each is at its place, where statements end."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Any, NamedTuple, Optional

from . import vocabulary as words
from .characters import BIDI_CONTROLS, BLANK, BLANKS, bidi_controls, blanks
from .cutting import Piece, Place, Several, places_of
from .diagnostics import MAXIMUM_PROBLEMS, Edit, Fix, Problem
from .names import declared_names, string_end
from .scanning import circled_mark, doubtful_marks, list_mark, scan

MAXIMUM_BRACKETS = 60
_MOST_AGAIN = 50_000_000  # characters that are scanned more than once
_CLOSERS = {"「": "」", "《": "》"}
_ENDS = {"“": "”", '"': '"', "”": "“”", "「": "」", "《": "》"}


class Lexeme(NamedTuple):
    """A piece of the text; `kind` is a terminal of the grammar. `end` is exclusive."""

    kind: str
    text: str
    start: int
    end: int


class Doubt(NamedTuple):
    """A run that could be cut in other ways; `words` is how it has been cut."""

    start: int
    end: int
    words: list[str]
    readings: list[list[str]]


class Lexemes:
    """The lexemes of a text as parallel lists. Statement n is `lines[n]`..`lines[n + 1]`, its line end included."""

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.texts: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.lines: list[int] = [0]

    def between(self, first: int, last: int) -> list[Lexeme]:
        """Lexemes as objects."""
        columns = (self.kinds, self.texts, self.starts, self.ends)
        return [Lexeme(*entry) for entry in zip(*(column[first:last] for column in columns))]


_is_argument = re.compile(f"[{BLANK}]*[：:]").match  # 图层：… on a line of its own is no declaration


class Lexer:
    """Cuts one text. `problems` holds what could not be read; such places give lexemes of kind `ERROR`.

    `base` is the offset of the text in its file; without `head` the text is the inside of a statement.
    """

    def __init__(self, source: str, names: Optional[frozenset[str]] = None, base: int = 0, head: bool = True) -> None:
        self.source = source
        self.names = declared_names(source) if names is None else names
        self.base = base
        self.problems: list[Problem] = []
        self.doubts: list[Doubt] = []
        self.lexemes = Lexemes()
        self._places = places_of(self.names)
        self._head = head
        self._again = 0  # characters behind texts in texts
        self._items: list[str] = []  # what is to come, the next one last

    def run(self) -> list[Lexeme]:
        """All lexemes as objects."""
        return self.cut().between(0, len(self.lexemes.kinds))

    def cut(self) -> Lexemes:
        """All lexemes of the text; decoration (commas before connectives, marks at line ends) is dropped."""
        result, start = self.lexemes, self._places.start
        kinds, texts, starts = result.kinds, result.texts, result.starts
        offset, depth = self.base, 0
        for match in bidi_controls(self.source):
            self._problem("ZH103", "文本里有改变显示方向的隐藏字符，请删除", *match.span(), "删除隐藏字符", "")
        first = circled_mark(self.source) if self._head else None
        offset += first.end() if first else 0
        self._items = items = scan(self.source, offset - self.base)[::-1]
        if self._head:
            offset += self._list_mark(offset)
        place = start if self._head else self._places.inside
        while items:
            item = items.pop()
            kind, text, after, more = place[item]
            if more is None:
                kinds.append(kind)
                texts.append(text)
                starts.append(offset)
                place = after
            elif more == "joint":
                self._drop_decoration()
                self._emit(kind, text, offset)
                place = after
            elif more == "line":
                if not (depth or (kinds and kinds[-1] == "_COMMA")) or not self._goes_on(offset + len(item)):
                    self._end_line(text, offset)
                    place, depth = start, 0
                    offset += self._list_mark(offset + len(item))
            elif more == "open":
                depth += 1
                self._emit(kind if depth != MAXIMUM_BRACKETS else self._deep(offset), text, offset)
                place = after
            elif more == "close":
                depth = max(0, depth - 1)
                self._emit(kind, text, offset)
                place = after
            elif more == "stop":
                self._end_line(text, offset)
                place, depth = after, 0
            elif more == "text":
                item = self._text(item, kind, text, offset)
                place = after
            elif more != "skip":
                place = self._special(item, kind, text, after, more, offset)
            offset += len(item)
        self._end_line("", offset)
        result.ends = list(map(int.__add__, starts, map(len, texts)))
        self._check_number_marks()
        return result

    # -- what is more than a lexeme

    def _special(self, item: str, kind: str, text: str, place: Place, more: Any, offset: int) -> Place:
        if more == "bad":
            start = offset - self.base
            if text not in BIDI_CONTROLS:
                self._problem("ZH101", f"不认识的字符“{text}”", start, start + 1, "删除这个字符", "")
            self._emit(kind, text, offset)
        elif type(more) is Several:
            self._several(more, offset)
        else:
            return self._before_text(item, text, more, offset)
        return place

    def _emit(self, kind: str, text: str, offset: int) -> None:
        lexemes = self.lexemes
        lexemes.kinds.append(kind)
        lexemes.texts.append(text)
        lexemes.starts.append(offset)

    def _drop_decoration(self) -> None:
        """A comma before a connective and a mark at the line end say nothing."""
        lexemes = self.lexemes
        if lexemes.kinds and lexemes.kinds[-1] in ("_COMMA", "_COLON"):
            del lexemes.kinds[-1], lexemes.texts[-1], lexemes.starts[-1]

    def _several(self, more: Several, offset: int) -> None:
        if more.readings:
            last = more.starts[-1] + len(more.texts[-1])
            self.doubts.append(Doubt(offset, offset + last, more.texts, more.readings))
        for kind, text, start in zip(more.kinds, more.texts, more.starts):
            if kind in words.AFTER_COMMA:
                self._drop_decoration()
            self._emit(kind, text, offset + start)
        start = offset - self.base
        for fault in more.faults:
            self._problem(fault.code, fault.message, start + fault.start, start + fault.end, fault.title, fault.text)

    def _before_text(self, item: str, text: str, pieces: tuple[Piece, Piece], offset: int) -> Place:
        following = offset - self.base + len(item)
        quotes = '“"《' if text.endswith("依据") else '“"'
        piece = pieces[self.source[following : following + 1] in tuple(quotes)]
        if type(piece.more) is Several:
            self._several(piece.more, offset)
            return piece.place
        if piece.more == "joint":
            self._drop_decoration()
        self._emit(piece.kind, piece.text, offset)
        return piece.place

    def _deep(self, offset: int) -> str:
        start = offset - self.base
        self._problem("ZH104", f"括号套得太深（最多 {MAXIMUM_BRACKETS} 层）", start, start + 1)
        return "ERROR"

    def _text(self, item: str, kind: str, text: str, offset: int) -> str:
        """Note a quoted text. Gives its item: of one that holds others of its kind, what follows is scanned anew."""
        start, closer = offset - self.base, _CLOSERS.get(text[0], "”")
        if len(text) < 2 or text[-1] not in _ENDS[text[0]] or text[0] in text[1:-1]:
            end = string_end(self.source, start)
            rest = item[end - start :]
            self._again += len(rest)
            if end < 0 or self._again > _MOST_AGAIN:
                message = f"这段文字没有写完，缺少右边的“{closer}”" if end < 0 else "这一行太长，引号太多，请分成几行"
                self._problem("ZH102", message, start, start + len(text))
                self._emit("ERROR", text, offset)
                return item
            gap = len(rest) - len(rest.lstrip(BLANKS))
            self._items += scan(rest[gap:])[::-1]
            item, text = item[: end - start + gap], item[: end - start]
        if text[0] == "”":
            self._problem("ZH107", "引号的方向反了", start, start + len(text), "改正引号方向", f"“{text[1:-1]}”")
        self._emit(kind, text, offset)
        return item

    # -- statements

    def _goes_on(self, offset: int) -> bool:
        """Whether the statement goes on behind the line end; a bracket is open or the last lexeme is a comma."""
        lexemes = self.lexemes
        if len(lexemes.kinds) > lexemes.lines[-1] and lexemes.texts[-1] == "、":
            return True
        return not self._restarts(offset - self.base)

    def _end_line(self, text: str, offset: int) -> None:
        lexemes, begin = self.lexemes, self.lexemes.lines[-1]
        if len(lexemes.kinds) > begin:
            self._drop_decoration()
        if len(lexemes.kinds) > begin:
            self._emit("_NL", text, offset)
            lexemes.lines.append(len(lexemes.kinds))

    def _restarts(self, position: int) -> bool:
        """Whether a new statement begins here, although a bracket is open or a comma stands at the line end."""
        gap = blanks(self.source, position)
        start = gap.end() if gap else position
        if not self.source.startswith(words.RESTART_WORDS, start):
            return False
        found = self._places.start.known(self.source, start)
        if not found:
            return True
        word = self.source[start : found[1]]
        return word in words.STATEMENT_WORDS and (word == "否则" or not _is_argument(self.source, found[1]))

    def _list_mark(self, offset: int) -> int:
        """The length of a bullet or number in front of a statement; its items are passed over."""
        match = list_mark(self.source, offset - self.base)
        passed = 0
        while match and passed < match.end() - match.start():
            passed += len(self._items.pop())
        return passed

    # -- problems

    def _check_number_marks(self) -> None:
        for match in doubtful_marks(self.source):
            place, mark = match.start(), match.group()
            index = bisect_left(self.lexemes.starts, place + self.base)
            if self.lexemes.texts[index : index + 1] != [mark] or self.lexemes.starts[index] != place + self.base:
                continue
            if mark == "。":
                self._problem("ZH105", "小数点写成了句号", place, place + 1, "改为小数点", ".")
                continue
            message = "看不出是一个数还是两个数：一个数请写成 12000 或 1.2万，两个数请在逗号后空一格"
            self._problem("ZH106", message, place, place + 1, "是一个数：去掉逗号", "")

    def _problem(
        self, code: str, message: str, start: int, end: int, title: str = "", text: Optional[str] = None
    ) -> None:
        if len(self.problems) >= MAXIMUM_PROBLEMS:
            return
        start, end = start + self.base, end + self.base
        fixes = () if text is None else (Fix(title, (Edit(start, end, text),)),)
        self.problems.append(Problem(code, message, start, end, fixes=fixes))
