"""Cut a word run into lexemes: longest match over declared names, library words and the keywords of the place.

What a run means depends on a few things about the statement before it, its `Place`. Each place remembers the runs that
it has met, so that a run is cut once and looked up from then on.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from typing import Any, Iterator, NamedTuple, Optional

from . import vocabulary as words
from .characters import BLANKS, LINE_ENDS, is_alphanumeric, is_word_character, word_run
from .diagnostics import nearest
from .literals import LITERAL_STARTS, literal
from .readings import readings
from .scanning import QUOTES
from .units import MEASURES

MAXIMUM_LITERAL = 60
MOST_READINGS = 8
LONGEST_RUN = 200  # characters of a run whose other readings are looked for

# in front of a quoted text these words refer to something by its title
REFERENCES = {
    "规则": "REFERENCE",
    "分类": "REFERENCE",
    "工具": "REFERENCE",
    "功能": "REFERENCE",
    "标准": "REFERENCE",
    "图层": "REFERENCE",
    "依据": "_BASIS",
}


class Fault(NamedTuple):
    """What is wrong with a run, counted from its beginning; `title` and `text` make a fix."""

    code: str
    message: str
    start: int
    end: int
    title: str = ""
    text: Optional[str] = None


class Several(NamedTuple):
    """Lexemes of one run, counted from its beginning, or a single one that needs more care than to be noted."""

    kinds: list[str]
    texts: list[str]
    starts: list[int]
    faults: list[Fault]
    readings: list[list[str]]  # other ways to cut the run into known words


class Piece(NamedTuple):
    """What an item of the text is at a place: a lexeme when `more` is None. `place` is where the text goes on.

    `more` is `Several`, a pair of pieces (when no quoted text follows, when one follows) or the name of what the lexer
    must do: joint (no comma before it), line, open, close, stop, text, skip, bad.
    """

    kind: str
    text: str
    place: Place
    more: Any = None


class Place(dict):
    """A place in a statement; maps each item met here to its `Piece`.

    `head`: a statement word is a keyword here. `first`: nothing of the statement has been read.
    `statement`: the kind of its first word where that matters. `unbound`: the first 为 of a binding line is to come.
    `numbered`: between 第 and 个. `depth`: open brackets, counted only where they matter.
    """

    def __init__(self, places: Places, *state: Any) -> None:
        super().__init__()
        self.places = places
        self.head, self.first, self.statement, self.unbound, self.numbered, self.depth = state
        # inside brackets of a 循环 line 到 measures a distance, outside it ends the range
        statement = "" if self.statement == "_FOR" and self.depth else self.statement
        self.kinds, self.lengths, self.keywords, self.joints = places.tables(self.head, statement)
        self._after: Optional[Place] = None

    @property
    def after(self) -> Place:
        """The place behind something that is no keyword."""
        if self._after is None:
            self._after = self.moved()
        return self._after

    def moved(
        self,
        head: bool = False,
        first: bool = False,
        statement: Optional[str] = None,
        unbound: Optional[bool] = None,
        numbered: Optional[bool] = None,
        depth: Optional[int] = None,
    ) -> Place:
        """The place that differs in these respects. A statement that begins with no word of its own is ""."""
        if statement is None:
            statement = "" if self.first else self.statement
        return self.places.at(
            head,
            first,
            statement,
            self.unbound if unbound is None else unbound,
            self.numbered if numbered is None else numbered,
            self.depth if depth is None else depth,
        )

    def __missing__(self, item: str) -> Piece:
        name = self.places.whole.get(item)
        if name is not None and not self.numbered and self.kinds[name] == "NAME":
            piece = self[item] = Piece("NAME", name, self.after)
            return piece
        first = item[0]
        if first in QUOTES or first == "”":
            return Piece("BOOK" if first == "《" else "STRING", item.rstrip(BLANKS), self.after, "text")
        core = item.rstrip(BLANKS)
        if not core or first in "#＃" or core[:2] in ("//", "／／", "注：", "注:"):
            return Piece("", "", self, "skip")
        piece = self[item] = self._piece(core)
        if piece.more is None and piece.kind == "NAME":
            self.places.whole[item] = core
        return piece

    def _piece(self, core: str) -> Piece:
        first = core[0]
        if core in words.MARKS:
            return self._mark(core)
        if first in LINE_ENDS:
            return Piece("_NL", "\n", self, "line")
        if first == "【" and len(core) > 1:
            faults = [_underscores(0, len(core))] if "__" in core else []
            more = Several(["QUOTED"], [core], [0], faults, []) if faults else None
            return Piece("QUOTED", core, self.after, more)
        kind = self.kinds.get(core)
        simple = kind == "NAME" and not self.numbered and "__" not in core and core[-2:] not in REFERENCES
        if simple and not self.begins_with_another(core):
            return Piece("NAME", core, self.after)
        if is_word_character(first) or first in "㎡%％‰":
            piece = _Cut(self, core, "").piece()
            reference = REFERENCES.get(core[-2:])
            if reference is None:
                return piece
            return Piece("", core, self, (piece, _Cut(self, core, reference).piece()))
        return Piece("ERROR", core, self, "bad")

    def _mark(self, mark: str) -> Piece:
        kind = words.MARKS[mark]
        if kind == "_SEMICOLON":
            return Piece("_NL", mark, self.places.start, "stop")
        counted = self.statement == "_FOR"
        if kind == "_OPEN":
            return Piece(kind, mark, self._at_depth(self.depth + 1) if counted else self, "open")
        if kind == "_CLOSE":
            return Piece(kind, mark, self._at_depth(max(0, self.depth - 1)) if counted else self, "close")
        return Piece(kind, mark, self)

    def _at_depth(self, depth: int) -> Place:
        return self.moved(self.head, self.first, self.statement, depth=depth)

    def begins_with_another(self, word: str) -> bool:
        """Whether a shorter known word begins like this one and could go on otherwise."""
        for length in self.lengths[word[0]]:
            kind = self.kinds.get(word[:length]) if length < len(word) else None
            if kind and (kind != "NAME" or word[length] in self.joints):
                return True
        return False

    def behind(self, kind: str) -> Place:
        """The place behind a keyword or a name."""
        if kind == "_THEN":  # a new statement begins
            return self.places.start
        if self.first:
            statement = "" if kind in ("NAME", "_OTHER") else kind
            # 结束 may name its block
            return self.moved(head=kind == "_END", statement=statement, unbound=statement in words.BINDING_KINDS)
        return self.moved(head=kind == "_END", numbered=True if kind == "_NUMBERED" else None)

    def words_at(self, text: str, position: int) -> Iterator[tuple[str, int]]:
        """Kind and end of every word of the tables that begins here, the longest first."""
        for length in self.lengths.get(text[position], ()):
            end = position + length
            kind = self.kinds.get(text[position:end])
            if kind and end <= len(text) and not (kind == "NAME" and end < len(text) and is_alphanumeric(text, end)):
                yield kind, end

    def known(self, text: str, position: int) -> Optional[tuple[str, int]]:
        """Kind and end of the longest word of the tables that begins here."""
        for length in self.lengths.get(text[position], ()):
            end = position + length
            kind = self.kinds.get(text[position:end])
            if kind and end <= len(text):
                if kind == "NAME" and end < len(text) and is_alphanumeric(text, end):
                    continue  # 甲1 is one unknown word, not 甲 and 1
                return kind, end
        return None


class Places:
    """The places of texts that declare these names."""

    def __init__(self, names: frozenset[str]) -> None:
        kinds = dict.fromkeys(words.LIBRARY_WORDS, "NAME")
        kinds["其他"] = "_OTHER"
        kinds.update(dict.fromkeys(names, "NAME"))
        self._kinds = kinds
        self.whole: dict[str, str] = {}  # items that are one name, with that name
        self._lengths = _lengths({}, kinds)
        self._places: dict[tuple[Any, ...], Place] = {}
        self._tables: dict[tuple[bool, Optional[str]], tuple] = {}
        self.start = self.at(True, True, None)
        self.inside = self.at(False, False, "")

    def at(
        self,
        head: bool,
        first: bool,
        statement: Optional[str],
        unbound: bool = False,
        numbered: bool = False,
        depth: int = 0,
    ) -> Place:
        """The place of this state; states in which all items are cut alike share one."""
        if not first and not head and statement not in words.LINE_WORDS:
            statement = "other"
        state = (head, first, statement, unbound, numbered, depth)
        place = self._places.get(state)
        if place is None:
            place = self._places[state] = Place(self, *state)
        return place

    def tables(self, head: bool, statement: Optional[str]) -> tuple:
        """Kinds by word, lengths of words by first character (longest first), keywords of two characters
        or more by first character, what a keyword begins with."""
        key = (head, statement if statement in words.LINE_WORDS else None)
        if key not in self._tables:
            keywords = dict(words.CONNECTIVES)
            keywords.update(words.LINE_WORDS.get(str(key[1]), {}))
            if head:
                keywords.update(words.STATEMENT_WORDS)
            # where a keyword and a declared name are spelt alike, the keyword wins; 【】 gives the name
            kinds = {**self._kinds, **keywords}
            joints = frozenset(word[0] for word in (*keywords, "其他"))
            self._tables[key] = kinds, _lengths(self._lengths, keywords), _by_first(keywords), joints
        return self._tables[key]


@lru_cache(maxsize=4)
def places_of(names: frozenset[str]) -> Places:
    """The places of texts with these names; those used last are kept with all they remember."""
    return Places(names)


def _lengths(known: dict[str, list[int]], table: dict[str, str]) -> dict[str, list[int]]:
    more: dict[str, set[int]] = {}
    for word in table:
        more.setdefault(word[0], set()).add(len(word))
    merged = {first: sorted(lengths.union(known.get(first, ())), reverse=True) for first, lengths in more.items()}
    return {**known, **merged}


def _by_first(keywords: dict[str, str]) -> dict[str, tuple[str, ...]]:
    result: dict[str, tuple[str, ...]] = {}
    for word in keywords:
        if len(word) > 1:
            result[word[0]] = (*result.get(word[0], ()), word)
    return result


def _underscores(start: int, end: int) -> Fault:
    return Fault("ZH108", "名字里不能有连续两个下划线", start, end)


class _Cut:
    """Cuts one run from left to right; `reference` is the kind of its last word in front of a quoted text, or ""."""

    def __init__(self, place: Place, run: str, reference: str) -> None:
        self.place = place
        self.run = run
        self.reference = reference
        self.kinds: list[str] = []
        self.texts: list[str] = []
        self.starts: list[int] = []
        self.faults: list[Fault] = []
        self.doubtful = False  # a word was taken although a shorter one begins like it
        self._first_place = place

    def piece(self) -> Piece:
        """The lexemes of the run. Words glued to each other are one unknown word."""
        position = 0
        while position < len(self.run):
            position = self._next(position)
        self._glue()
        kind = self.kinds[0]
        more: Any = "joint" if kind in words.AFTER_COMMA else None
        others = self._other_readings() if self.doubtful and not self.faults and not self.reference else []
        if len(self.kinds) > 1 or self.faults or others:
            more = Several(self.kinds, self.texts, self.starts, self.faults, others)
        return Piece(kind, self.texts[0], self.place, more)

    def _next(self, start: int) -> int:
        run, place = self.run, self.place
        match = literal(run, start) if run[start] in LITERAL_STARTS else None
        best = place.known(run, start)
        if place.numbered and run[start] == "个" and (best is None or best[1] == start + 1):
            self.place = place.moved(numbered=False)
            return self._emit("_PIECE", start, start + 1)
        if best and best[0] in ("_IS", "EMPTY") and place.unbound:
            self.place = place.moved(unbound=False)  # 变量 甲 为空 is 变量 甲 为 空
            return self._emit("_IS", start, start + 1)
        if self.reference and start == len(run) - 2 and not (place.head and run[start:] in words.STATEMENT_WORDS):
            self.place = place.after
            return self._emit(self.reference, start, start + 2)
        if match and (best is None or match.end() > best[1]):
            return self._literal(str(match.lastgroup), start, match.end())
        if best:
            return self._keyword_or_name(best[0], start, best[1])
        if is_word_character(run, start):
            return self._unknown(start)
        self.faults.append(Fault("ZH101", f"不认识的字符“{run[start]}”", start, start + 1, "删除这个字符", ""))
        return self._emit("ERROR", start, start + 1)

    def _emit(self, kind: str, start: int, end: int) -> int:
        self.kinds.append(kind)
        self.texts.append(self.run[start:end])
        self.starts.append(start)
        return end

    def _literal(self, group: str, start: int, end: int) -> int:
        since = group == "SINCE" and self.place.first
        self.place = self.place.moved(statement="SINCE", unbound=True) if since else self.place.after
        if end - start > MAXIMUM_LITERAL:
            self.faults.append(Fault("ZH109", f"这个数太长（最多 {MAXIMUM_LITERAL} 字）", start, end))
            return self._emit("ERROR", start, end)
        if group == "NUMBER" and end < len(self.run) and is_word_character(self.run, end):
            following = self.place.known(self.run, end)
            if not following or following[0] in ("NAME", "_OTHER"):
                return self._bad_unit(start, end)
        return self._emit("WORD" if group == "unit" else group, start, end)

    def _bad_unit(self, start: int, end: int) -> int:
        match = word_run(self.run, end)
        stop = match.end() if match else end + 1
        word = self.run[end:stop]
        from .repair.words import UNITS as written_otherwise  # only where there is such a mistake

        hints = (
            written_otherwise.get(word)
            or nearest(word[:4], MEASURES, 2)
            or ["平方米", "公顷", "亩", "米", "千米", "天", "个月", "元"]
        )
        message = f"数字后面的“{word[:8]}”不是可用的单位；可用的有：{'、'.join(hints)}"
        self.faults.append(Fault("ZH110", message, end, stop))
        return self._emit("ERROR", start, stop)

    def _keyword_or_name(self, kind: str, start: int, end: int) -> int:
        word = self.run[start:end]
        if kind == "NAME" and "__" in word:
            self.faults.append(_underscores(start, end))
        self.doubtful = self.doubtful or self.place.begins_with_another(word)
        self.place = self.place.behind(kind)
        return self._emit(kind, start, end)

    def _unknown(self, start: int) -> int:
        """A word that is declared nowhere: up to the next keyword of two or more characters."""
        run, keywords, end = self.run, self.place.keywords, start + 1
        while end < len(run) and is_word_character(run, end):
            if any(run.startswith(word, end) for word in keywords.get(run[end], ())):
                break
            end += 1
        self.place = self.place.after
        if "__" in run[start:end]:
            self.faults.append(_underscores(start, end))
        return self._emit("WORD", start, end)

    def _other_readings(self) -> list[list[str]]:
        if len(self.run) > LONGEST_RUN:
            return []
        found = readings(self._first_place, self.run, 0, "", set())
        return [reading for reading in islice(found, MOST_READINGS) if reading != self.texts]

    def _glue(self) -> None:
        """A known name glued to another or to an unknown rest is one unknown word; so is 一亩泉, a quantity first."""
        kinds, texts, starts = self.kinds, self.texts, self.starts
        index = 1
        while index < len(kinds):
            before = kinds[index - 1]
            glued = kinds[index] in ("NAME", "WORD") and before in ("NAME", "WORD")
            if kinds[index] == "WORD" and before == "QUANTITY" and not texts[index - 1][0].isdigit():
                glued = True
            if glued:
                kinds[index - 1] = "WORD"
                texts[index - 1] += texts[index]
                del kinds[index], texts[index], starts[index]
            else:
                index += 1
