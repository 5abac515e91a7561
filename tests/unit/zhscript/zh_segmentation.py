"""Conditions over real names without a blank, and every way in which the grammar lets them be read."""

from __future__ import annotations

import csv
import json
import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import zhscript.data
from zhscript.grammar.driver import parser
from zhscript.units import UNITS
from zhscript.vocabulary import CONNECTIVES, LIBRARY_WORDS, LINE_WORDS, MARKS, STATEMENT_WORDS

Token = tuple[str, str]

KEYWORDS = {**CONNECTIVES, **LINE_WORDS["_REQUIRE"], "其他": "_OTHER"}
_BARE = re.compile(r"[^\W\d]\w*")
_LITERALS = [
    ("NUMBER", re.compile(r"[0-9]+(?:\.[0-9]+)?[万亿]*|[零一二两三四五六七八九十百千万亿〇]+(?!\w)")),
    ("RATIO", re.compile(r"[0-9.]+%|[百千万]分之[零一二两三四五六七八九十百千万亿〇]+")),
    ("STRING", re.compile("“[^”]*”")),
    ("QUOTED", re.compile("【[^】]*】")),
]
_NUMERAL = re.compile(r"[0-9]+(?:\.[0-9]+)?[十百千万亿]*|[零一二两三四五六七八九十百千万亿〇]+")


def field_names() -> list[str]:
    """Names of fields of the shipped dictionaries."""
    folder = Path(zhscript.data.__file__).parent
    names = set()
    for file in ("field_aliases.csv", "layer_fields.csv"):
        with open(folder / file, encoding="utf-8", newline="") as rows:
            names |= {row["title"].strip() for row in csv.DictReader(rows)}
    return sorted(name for name in names if len(name) > 1 and not re.search("[【】\n_]", name))


def layer_names() -> list[str]:
    """Names of layers of the shipped dictionary."""
    with open(Path(zhscript.data.__file__).parent / "layers.csv", encoding="utf-8", newline="") as rows:
        return sorted({row["title"] for row in csv.DictReader(rows)})


def place_names(data_folder: Path) -> list[str]:
    """Names of counties and cities."""
    waiting = json.loads((data_folder / "vector/china_admin/pca-code.json").read_text(encoding="utf-8"))
    names = set()
    while waiting:
        place = waiting.pop()
        names.add(place["name"])
        waiting += place.get("children", [])
    return sorted(names)


@dataclass
class Condition:
    """A 要求 line: its lexemes as they are meant."""

    tokens: list[Token]

    @property
    def text(self) -> str:
        """The line without a blank."""
        return "".join(text for _, text in self.tokens)

    @property
    def spaced(self) -> str:
        """The line with a blank between all words."""
        return " ".join(text for _, text in self.tokens)


class Generator:
    """One rule file: thirty fields, ten layers, a few values, and conditions over them."""

    def __init__(self, chance: random.Random, fields: list[str], layers: list[str], values: list[str]) -> None:
        self.chance = chance
        pool = chance.sample(fields, 26)
        # names made of others: what may be read in two ways
        for first, second in zip(pool[:4], pool[4:8]):
            glue = chance.choice(("的", "与", "或", "且", "为", "不大于", "其他", ""))
            pool.append(f"{first}{glue}{second}" if chance.random() < 0.6 else f"其他{first}")
        self.fields = [name for name in dict.fromkeys(pool) if name not in ("地块", "宗地")]
        self.types = {name: chance.choice(("米", "数值", "文本")) for name in self.fields}
        taken = {*self.fields, "地块", "宗地"}
        self.layers = [name for name in chance.sample(layers, 10) if name not in taken]
        made = [f"地块的{name}" for name in self.fields if self.types[name] == "米"][: chance.randrange(2)]
        candidates = [name for name in (*chance.sample(values, 6), *made) if _BARE.fullmatch(name)]
        self.values = [name for name in candidates if name not in taken and name not in self.layers]

    def head(self) -> str:
        """The file up to its conditions."""
        fields = "、".join(f"{self.name(field)[1]}（{self.types[field]}）" for field in self.fields)
        lines = ["规则集 检验", f"图层 宗地 来自“ZD”，字段 {fields}"]
        lines += [f"图层 {self.name(layer)[1]} 来自“L”" for layer in self.layers]
        lines += [f"设定 {self.name(value)[1]} 为 {number}米" for number, value in enumerate(self.values, 1)]
        return "\n".join([*lines, "规则“甲”", "依据“乙”", "检查 宗地 中的每个 地块：", ""])

    def name(self, name: str) -> Token:
        """The lexeme of a name."""
        bare = _BARE.fullmatch(name) and name not in KEYWORDS and name not in STATEMENT_WORDS
        return ("NAME", name) if bare else ("QUOTED", f"【{name}】")

    def condition(self) -> Condition:
        """One to three clauses."""
        glue = self.chance.choice((("_AND", "且"), ("_AND", "并且"), ("_OR", "或"), ("_OR", "或者")))
        tokens = [("_REQUIRE", "要求"), *self._clause()]
        for _ in range(self.chance.choice((0, 0, 1, 2))):
            tokens += [glue, *self._clause()]
        return Condition(tokens)

    def _clause(self) -> list[Token]:
        chance, own = self.chance, ("NAME", "地块")
        layer = self.name(chance.choice(self.layers))
        with_layer = [own, ("_WITH", "与"), layer]
        kind = chance.randrange(10)
        if kind == 0:
            return [*with_layer, ("TOUCHES", chance.choice(("相交", "相邻", "重叠", "相离")))]
        if kind == 1:
            return [
                *with_layer,
                ("_OF", "的"),
                ("NAME", "相交面积"),
                self._compare(),
                self._quantity("平方米", "亩", "公顷"),
            ]
        if kind == 2:
            far = [own, ("_TO", "到"), layer, ("_OF", "的"), ("NAME", "距离")]
            return [*far, self._compare(), self._length()]
        field = chance.choice(self.fields)
        member = [own, ("_OF", "的"), self.name(field)]
        if kind == 3:
            return [*member, ("EMPTY", chance.choice(("为空", "不为空")))]
        if self.types[field] == "文本":
            word = chance.choice(("等于", "不等于", "包含", "开头是", "结尾是"))
            return [*member, ("COMPARE", word), ("STRING", "“甲”")]
        amount = self._length if self.types[field] == "米" else self._number
        if kind == 4:
            return [*member, ("_BETWEEN", "介于"), amount(), ("_UNTIL", "至"), amount()]
        if kind == 5:
            return [("_NOT", "并非"), *member, self._compare(), amount()]
        if kind == 6:
            return [
                *member,
                (chance.choice((("_PLUS", "加上"), ("_MINUS", "减去")))),
                amount(),
                self._compare(),
                amount(),
            ]
        return [*member, self._compare(), amount()]

    def _compare(self) -> Token:
        return ("COMPARE", self.chance.choice(("大于", "小于", "等于", "不大于", "不小于", "不等于")))

    def _length(self) -> Token:
        if self.values and self.chance.random() < 0.4:
            return self.name(self.chance.choice(self.values))
        return self._quantity("米", "千米", "厘米")

    def _quantity(self, *units: str) -> Token:
        amount = self.chance.choice(("5", "12.5", "五百", "3", "二十"))
        return ("QUANTITY", amount + self.chance.choice(units))

    def _number(self) -> Token:
        return ("NUMBER", self.chance.choice(("5", "2.5", "100", "1.2万")))


class Readings:
    """Every way to read a 要求 line: all cuts into known words and literals that the grammar takes."""

    def __init__(self, names: set[str]) -> None:
        self._kinds = {**dict.fromkeys(LIBRARY_WORDS, "NAME"), **dict.fromkeys(names, "NAME"), **KEYWORDS}
        self._longest = max(map(len, self._kinds))
        header = ["_RULE", "STRING", "_NL", "_CHECK", "NAME", "_EACH", "NAME", "_NL"]
        self._start = parser().follow(header)[1]

    def of(self, text: str) -> list[list[Token]]:
        """The readings of a line."""
        return list(self._read(text, 2, parser().follow(["_REQUIRE"], self._start)[1], [("_REQUIRE", "要求")]))

    def _read(self, text: str, position: int, states: list[int], before: list[Token]) -> Iterator[list[Token]]:
        if position == len(text):
            if parser().follow(["_NL"], states)[0]:
                yield before
            return
        for kind, end in self._words(text, position):
            count, after = parser().follow([kind], states)
            if count:
                yield from self._read(text, end, after, [*before, (kind, text[position:end])])

    def _words(self, text: str, position: int) -> Iterator[tuple[str, int]]:
        for length in range(1, self._longest + 1):
            kind = self._kinds.get(text[position : position + length])
            if kind and position + length <= len(text):
                yield kind, position + length
        for kind, pattern in _LITERALS:
            match = pattern.match(text, position)
            if match:
                yield kind, match.end()
        numeral = _NUMERAL.match(text, position)
        if numeral:
            for unit in UNITS:
                if text.startswith(unit, numeral.end()):
                    yield "QUANTITY", numeral.end() + len(unit)
        if text[position] in MARKS:
            yield MARKS[text[position]], position + 1
