"""Second pass: cut a text into lexemes by longest match over declared names, library words and active keywords."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import vocabulary as words
from .characters import BIDI_CONTROLS, BLANK, WORD, blanks, is_alphanumeric, is_word_character, word_run
from .diagnostics import MAXIMUM_PROBLEMS, Edit, Fix, Problem, nearest
from .names import COMMENT, declared_names, string_end
from .units import HAN_NUMERALS, MEASURES, UNIT_WORDS

MAXIMUM_BRACKETS = 60
MAXIMUM_LITERAL = 60


@dataclass(frozen=True)
class Lexeme:
    """A piece of the text; `kind` is a terminal of the grammar. `end` is exclusive."""

    kind: str
    text: str
    start: int
    end: int


_DIGIT = "[0-9０-９]"
_NUMBER = f"{_DIGIT}+(?:[.．]{_DIGIT}+)?"
_HAN = f"[{HAN_NUMERALS}]+"
_COUNT = f"(?:{_DIGIT}+|{_HAN})"
_UNIT = "(?:" + "|".join(map(re.escape, UNIT_WORDS)) + ")"
_DATE = f"{_DIGIT}{{4}}年(?:{_DIGIT}{{1,2}}月(?:{_DIGIT}{{1,2}}日)?)?"
_PER = f"(?:每[十百千万亿]*{_UNIT})?"

_PATTERNS = {
    "blank": f"[{BLANK}]+",
    "newline": r"\r\n|\n|\r",
    "comment": COMMENT.split("|(?:^")[0],
    "DATE": _DATE,
    "RATIO": f"{_NUMBER}[%％‰]|[百千万]分之(?:{_NUMBER}|{_HAN})|{_HAN}分之{_HAN}",
    "QUANTITY": f"{_NUMBER}[十百千万亿]*{_UNIT}{_PER}|{_HAN}{_UNIT}{_PER}",
    "NUMBER": f"{_NUMBER}[万亿]*|{_HAN}(?!{WORD})",
    "SINCE": f"自[{BLANK}]*{_DATE}[{BLANK}]*起",
    "ORDINAL": f"第{_COUNT}(?:个|项|行|列)|最后一个",
    "ARTICLE": f"第{_COUNT}条(?:之{_COUNT})?(?:第{_COUNT}款)?(?:第[（(]?{_COUNT}[）)]?项)?",
    "unit": f"[十百千万亿]*{_UNIT}每[十百千万亿]*{_UNIT}|[十百千万亿]+{_UNIT}",
    "REFERENCE": f'(?:规则|工具|标准|图层)(?=[{BLANK}]*[“"])',
    "_BASIS": f'依据(?=[{BLANK}]*[《“"])',
    "QUOTED": "【[^】\n]+】",
    "mark": ">=|<=|!=|[，,、：:（(）)＝=＋+－\\-−×*＊÷/／＞>＜<≥≤≠；;。]",
    "string": '[“"”「]',
    "BOOK": "《",
}
_MASTER = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _PATTERNS.items()))
_NOTE = re.compile("注[：:][^\n]*").match
_ALIKE = re.compile(",0[0-9]{2}(?![0-9])").match
# literals begin with one of these; every other Han character goes straight to the word tables
_LITERAL_STARTS = frozenset("自第最依规工标图注" + HAN_NUMERALS) | {unit[0] for unit in UNIT_WORDS}


def _lengths(table: dict[str, str]) -> dict[str, list[int]]:
    """The lengths of the words that begin with a character, longest first."""
    result: dict[str, set[int]] = {}
    for word in table:
        result.setdefault(word[0], set()).add(len(word))
    return {first: sorted(lengths, reverse=True) for first, lengths in result.items()}


def _by_first(table: dict[str, str]) -> dict[str, list[tuple[str, str]]]:
    result: dict[str, list[tuple[str, str]]] = {}
    for word, kind in table.items():
        result.setdefault(word[0], []).append((word, kind))
    for entries in result.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return result


class Lexer:
    """Cuts one text. `problems` holds what could not be read; such places give lexemes of kind `ERROR`."""

    def __init__(self, source: str, names: frozenset[str] | None = None, base: int = 0, head: bool = True) -> None:
        self.source = source
        self.names = declared_names(source) if names is None else names
        self.base = base
        self.problems: list[Problem] = []
        self._tables: dict[tuple[bool, str | None], tuple] = {}
        self._out: list[Lexeme] = []
        self._new_line(head)

    def run(self) -> list[Lexeme]:
        """All lexemes of the text; decoration (commas before connectives, marks at line ends) is dropped."""
        for place, character in enumerate(self.source):
            if character in BIDI_CONTROLS:
                message = "文本里有改变显示方向的隐藏字符，请删除"
                self._problem("ZH103", message, place, place + 1, "删除隐藏字符", "")
        position = 0
        while position < len(self.source):
            position = self._next(position)
        self._emit("_NL", len(self.source), len(self.source))
        return _drop_decoration(_glue(self._out))

    # -- state of the current statement

    def _new_line(self, head: bool = True) -> None:
        self._head = head  # a statement word is a keyword here
        self._first = head
        self._statement: str | None = None if head else ""
        self._depth = 0
        self._numbered = False  # between 第 and 个
        self._spaced = True
        self._comma = ""
        self._bound = False

    def _emit(self, kind: str, start: int, end: int) -> int:
        self._out.append(Lexeme(kind, self.source[start:end], self.base + start, self.base + end))
        return end

    def _problem(self, code: str, message: str, start: int, end: int, title: str = "", text: str | None = None) -> None:
        if len(self.problems) >= MAXIMUM_PROBLEMS:
            return
        fixes: tuple[Fix, ...] = ()
        if text is not None:
            fixes = (Fix(title, (Edit(self.base + start, self.base + end, text),)),)
        self.problems.append(Problem(code, message, self.base + start, self.base + end, fixes=fixes))

    # -- one step

    def _next(self, position: int) -> int:
        source = self.source
        character = source[position]
        match = None
        if not ("\u3400" <= character <= "\u9fff" and character not in _LITERAL_STARTS):
            match = _MASTER.match(source, position)
        group = match.lastgroup if match else None
        if match and group in ("blank", "comment"):
            self._spaced = True
            return match.end()
        if self._spaced:
            note = _NOTE(source, position)
            if note:
                return note.end()
        if match and group == "newline":
            return self._newline(position, match.end())
        if match and group == "mark":
            return self._mark(match.group(), position, match.end())
        self._spaced, self._comma = False, ""
        if match and group in ("string", "BOOK", "QUOTED"):
            return self._quoted(str(group), position, match.end())
        return self._word(position, match.end() if match else position, str(group) if group else "")

    def _newline(self, start: int, end: int) -> int:
        self._spaced = True
        goes_on = self._depth > 0 or (self._comma and self.source[end:].strip())
        if goes_on and (self._comma == "、" or not self._restarts(end)):
            return end
        self._emit("_NL", start, end)
        self._new_line()
        return end

    def _restarts(self, position: int) -> bool:
        """Whether a new statement begins here, although a bracket is open or a comma stands at the line end."""
        gap = blanks(self.source, position)
        start = gap.end() if gap else position
        if not self.source.startswith(words.RESTART_WORDS, start):
            return False
        found = self._known(start, self._words(True, None)[0])
        return not found or self.source[start : found[1]] in words.STATEMENT_WORDS

    def _mark(self, mark: str, start: int, end: int) -> int:
        kind = words.MARKS[mark]
        self._check_number_mark(mark, start)
        if kind == "_OPEN":
            self._depth += 1
            if self._depth == MAXIMUM_BRACKETS:
                self._problem("ZH104", f"括号套得太深（最多 {MAXIMUM_BRACKETS} 层）", start, end)
                kind = "ERROR"
        elif kind == "_CLOSE":
            self._depth = max(0, self._depth - 1)
        if kind == "_SEMICOLON":
            self._emit("_NL", start, end)
            self._new_line()
            return end
        self._comma = mark if kind == "_COMMA" else ""
        self._spaced = True
        if kind == "_COLON" and self._first is False and self._depth == 0:
            self._bound = self._bound and self._statement not in words.BINDING_KINDS
        return self._emit(kind, start, end)

    def _check_number_mark(self, mark: str, position: int) -> None:
        source = self.source
        if not position or mark not in ",。" or not source[position - 1].isdigit():
            return
        if mark == "。" and source[position + 1 : position + 2].isdigit():
            self._problem("ZH105", "小数点写成了句号", position, position + 1, "改为小数点", ".")
        elif _ALIKE(source, position):
            self._problem(
                "ZH106",
                "看不出是一个数还是两个数：一个数请写成 12000 或 1.2万，两个数请在逗号后空一格",
                position,
                position + 1,
                "是一个数：去掉逗号",
                "",
            )

    def _quoted(self, group: str, start: int, end: int) -> int:
        self._head = self._first = False
        if group == "QUOTED":
            if "__" in self.source[start:end]:
                self._problem("ZH108", "名字里不能有连续两个下划线", start, end)
            return self._emit("QUOTED", start, end)
        if self._statement is None:
            self._statement = ""
        stop = string_end(self.source, start)
        if stop < 0:
            line_end = self.source.find("\n", start)
            stop = len(self.source) if line_end < 0 else line_end
            closer = {"「": "」", "《": "》"}.get(self.source[start], "”")
            self._problem("ZH102", f"这段文字没有写完，缺少右边的“{closer}”", start, stop)
            return self._emit("ERROR", start, stop)
        if self.source[start] == "”":
            fix = "“" + self.source[start + 1 : stop - 1] + "”"
            self._problem("ZH107", "引号的方向反了", start, stop, "改正引号方向", fix)
        return self._emit("STRING" if group == "string" else "BOOK", start, stop)

    def _word(self, start: int, literal_end: int, group: str) -> int:
        # inside brackets of a 循环 line 到 measures a distance, outside it ends the range
        statement = None if self._statement == "_FOR" and self._depth else self._statement
        tables, keywords = self._words(self._head, statement)
        best = self._known(start, tables)
        if self._numbered and self.source[start] == "个" and (best is None or best[1] == start + 1):
            best, self._numbered = ("_PIECE", start + 1), False
        if best and best[0] in ("_IS", "EMPTY") and self._statement in words.BINDING_KINDS and not self._bound:
            best, self._bound = ("_IS", start + 1), True  # 变量 甲 为空 is 变量 甲 为 空
        reference = group in ("REFERENCE", "_BASIS") and not self._head
        if group and (best is None or literal_end > best[1] or reference):
            return self._literal(group, start, literal_end)
        if best:
            return self._keyword_or_name(best[0], start, best[1])
        if is_word_character(self.source, start):
            return self._unknown(start, keywords)
        if self.source[start] not in BIDI_CONTROLS:
            self._problem("ZH101", f"不认识的字符“{self.source[start]}”", start, start + 1, "删除这个字符", "")
        return self._emit("ERROR", start, start + 1)

    def _literal(self, group: str, start: int, end: int) -> int:
        self._head = self._first = False
        if self._statement is None:
            self._statement = group if group == "SINCE" else ""
        kind = "WORD" if group == "unit" else group
        if end - start > MAXIMUM_LITERAL:
            self._problem("ZH109", f"这个数太长（最多 {MAXIMUM_LITERAL} 字）", start, end)
            return self._emit("ERROR", start, end)
        if group == "NUMBER" and end < len(self.source) and is_word_character(self.source, end):
            following = self._known(end, self._words(False, self._statement)[0])
            if not following or following[0] in ("NAME", "_OTHER"):
                return self._bad_unit(start, end)
        return self._emit(kind, start, end)

    def _bad_unit(self, start: int, end: int) -> int:
        run = word_run(self.source, end)
        stop = run.end() if run else end + 1
        word = self.source[end:stop]
        hints = nearest(word[:4], MEASURES, 2) or ["平方米", "公顷", "亩", "米", "千米", "天", "个月", "元"]
        self._problem("ZH110", f"数字后面的“{word[:8]}”不是可用的单位；可用的有：{'、'.join(hints)}", end, stop)
        return self._emit("ERROR", start, stop)

    def _keyword_or_name(self, kind: str, start: int, end: int) -> int:
        if kind == "_NUMBERED":
            self._numbered = True
        if kind == "NAME" and "__" in self.source[start:end]:
            self._problem("ZH108", "名字里不能有连续两个下划线", start, end)
        if self._first:
            self._statement = kind if kind not in ("NAME", "_OTHER") else ""
        self._head = self._first = kind == "_THEN"
        if kind == "_THEN":
            self._statement, self._bound = None, False
        if kind == "_END":
            self._head = True  # 结束 may name its block
        return self._emit(kind, start, end)

    def _unknown(self, start: int, keywords: dict) -> int:
        """A word that is declared nowhere: up to the next keyword of two or more characters."""
        source, end = self.source, start + 1
        while end < len(source) and is_word_character(source, end):
            if any(source.startswith(word, end) for word, _ in keywords.get(source[end], ())):
                break
            end += 1
        if self._first:
            self._statement = ""
        self._head = self._first = False
        if "__" in source[start:end]:
            self._problem("ZH108", "名字里不能有连续两个下划线", start, end)
        return self._emit("WORD", start, end)

    # -- word tables

    def _words(self, head: bool, statement: str | None) -> tuple:
        """((kinds by word, lengths by first character), keywords of two or more characters by first character)."""
        key = (head, statement)
        if key not in self._tables:
            keywords = dict(words.CONNECTIVES)
            if statement is not None:
                keywords.update(words.LINE_WORDS.get(statement, {}))
            if head:
                keywords.update(words.STATEMENT_WORDS)
            table = dict.fromkeys(words.LIBRARY_WORDS, "NAME")
            table["其他"] = "_OTHER"
            table.update(dict.fromkeys(self.names, "NAME"))
            # where a keyword and a declared name are spelt alike, the keyword wins; 【】 gives the name
            table.update(keywords)
            long_keywords = {word: kind for word, kind in keywords.items() if len(word) > 1}
            self._tables[key] = ((table, _lengths(table)), _by_first(long_keywords))
        return self._tables[key]

    def _known(self, position: int, tables: tuple) -> tuple[str, int] | None:
        source = self.source
        kinds, lengths = tables
        for length in lengths.get(source[position], ()):
            end = position + length
            kind = kinds.get(source[position:end])
            if kind and end <= len(source):
                if kind == "NAME" and end < len(source) and is_alphanumeric(source, end):
                    continue  # 甲1 is one unknown word, not 甲 and 1
                return kind, end
        return None


def _glue(lexemes: list[Lexeme]) -> list[Lexeme]:
    """A known name glued to another or to an unknown rest is one unknown word; so is 一亩泉, numeral and unit first."""
    result: list[Lexeme] = []
    for lexeme in lexemes:
        if lexeme.kind in ("NAME", "WORD") and result and result[-1].end == lexeme.start:
            last = result[-1]
            han_quantity = lexeme.kind == "WORD" and last.kind == "QUANTITY" and not last.text[0].isdigit()
            if last.kind in ("NAME", "WORD") or han_quantity:
                result[-1] = Lexeme("WORD", last.text + lexeme.text, last.start, lexeme.end)
                continue
        result.append(lexeme)
    return result


def _drop_decoration(lexemes: list[Lexeme]) -> list[Lexeme]:
    result: list[Lexeme] = []
    for index, lexeme in enumerate(lexemes):
        following = lexemes[index + 1].kind if index + 1 < len(lexemes) else "_NL"
        if lexeme.kind in ("_COMMA", "_COLON") and (following == "_NL" or following in words.AFTER_COMMA):
            continue
        if lexeme.kind == "_NL" and (not result or result[-1].kind == "_NL"):
            continue
        result.append(lexeme)
    return result
