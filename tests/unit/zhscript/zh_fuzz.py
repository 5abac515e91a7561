"""Programs that nobody would write, and what must hold for whatever is told about them. For tests and benchmarks."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from zh_mistakes import Mistakes
from zhscript_support import CORPUS

from zhscript import check_text
from zhscript.engine import Table, run_script
from zhscript.engine.compiler.limits import Limits
from zhscript.grammar import build
from zhscript.vocabulary import CONNECTIVES, LIBRARY_WORDS, MARKS, STATEMENT_WORDS

_SAMPLES = """甲 乙 地块 15亩 3.5万元每亩 三分之一 25% 2024年6月1日 “文{甲：亩}字” “ ” 《法》 第三条 第2个 【名（字）】
{ } < __ 12,000 3。5 5里 注： // if == None __class__ \\ ' 99999999999999999999"""
WORDS = [
    *sorted({*STATEMENT_WORDS, *CONNECTIVES, *LIBRARY_WORDS, *MARKS}),
    *_SAMPLES.split(),
    "\n",
    "\n",
    " ",
    "\u3000",
]
LATIN = re.compile("[A-Za-z_]{2,}")
TRADE = {
    "WKT",
    "EPSG",
    "GBK",
    "UTF",
    "XLSX",
    "CSV",
    "TXT",
    "DBF",
    "JSON",
    "SHP",
    "GPKG",
    "CGCS",
    "QGIS",
    "ZH",
    "GEOJSON",
    "DXF",
    "XLS",
}
_TERMINALS = {kind for row in json.loads(build.TABLE.read_text())["rows"] for kind in row if kind.isupper()}


def programs(count: int, seed: int) -> Iterator[tuple[str, str]]:
    """(kind, text) of `count` programs, the kinds in turn."""
    chance = random.Random(seed)
    kinds = [_mistake, _two_mistakes, _cut, _soup, _spliced, _characters, _bytes, _nested, _long, _numbers, _controls]
    for number in range(count):
        make = kinds[number % len(kinds)]
        yield make.__name__[1:], make(chance)


def _program(chance: random.Random) -> str:
    return chance.choice(CORPUS).read_text(encoding="utf-8")


def _mistake(chance: random.Random) -> str:
    text = _program(chance)
    return chance.choice(Mistakes(text, chance.random()).draw(1)).text


def _two_mistakes(chance: random.Random) -> str:
    text = _mistake(chance)
    place = chance.randrange(len(text))
    return text[:place] + chance.choice(WORDS) + text[place + chance.randrange(3) :]


def _cut(chance: random.Random) -> str:
    text = _program(chance)
    return text[chance.randrange(len(text) // 2) : chance.randrange(len(text) // 2, len(text))]


def _soup(chance: random.Random) -> str:
    return "".join(chance.choice(WORDS) + chance.choice(["", " "]) for _ in range(chance.randint(1, 40)))


def _spliced(chance: random.Random) -> str:
    lines = _program(chance).split("\n") + _program(chance).split("\n")
    return "\n".join(chance.sample(lines, min(len(lines), chance.randint(1, 12))))


def _characters(chance: random.Random) -> str:
    ranges = [
        (32, 126),
        (0xA0, 0x2FF),
        (0x2000, 0x303F),
        (0x4E00, 0x9FFF),
        (0xFF00, 0xFFEF),
        (0x1F300, 0x20010),
        (0xD800, 0xDFFF),
    ]
    return "".join(chr(chance.randint(*chance.choice(ranges))) for _ in range(chance.randint(1, 60)))


def _bytes(chance: random.Random) -> str:
    """Text read in a wrong encoding."""
    piece = _program(chance)[: chance.randint(20, 200)]
    written, read = chance.choice(
        [("gb18030", "utf-8"), ("utf-8", "gb18030"), ("utf-16", "latin-1"), ("utf-8", "latin-1")]
    )
    return piece.encode(written).decode(read, errors="replace")


def _nested(chance: random.Random) -> str:
    depth = chance.choice([30, 100, 1000])
    opening, closing = chance.choice(
        [("（", "）"), ("如果 真，那么\n", "结束\n"), ("并非 ", ""), ("－", ""), ("“{", "}”"), ("列表（", "）")]
    )
    return (
        "设定 甲 为 " * (opening[0] != "如")
        + opening * depth
        + chance.choice(["1", "", "真"])
        + closing * chance.choice([depth, 0])
    )


def _long(chance: random.Random) -> str:
    return chance.choice(["显示 1", "显示 ", ""]) + chance.choice(
        [" 加上 1", "，2", "甲", "的面积", " 且 真", "“"]
    ) * chance.choice([200, 2000])


def _numbers(chance: random.Random) -> str:
    number = "".join(chance.choice("0123456789.,万亿百分之年月%") for _ in range(chance.randint(1, 50)))
    unit, operator = chance.choice(["", "亩", "米", "元", "天"]), chance.choice(["乘以", "除以", "加上"])
    return f"设定 甲 为 {number}{unit}\n显示 甲 {operator} {number}\n"


def _controls(chance: random.Random) -> str:
    text = list(_program(chance)[:300])
    for _ in range(4):
        text[chance.randrange(len(text))] = chr(
            chance.choice([0, 1, 8, 11, 12, 13, 27, 0x7F, 0x85, 0x202E, 0x2028, 0xFEFF, 0xFFFF])
        )
    return "".join(text)


def complaint(message: str, text: str) -> str:
    """What is wrong with a message about the text: foreign words in it, or "" when it is Chinese alone."""
    own = {word.upper() for word in LATIN.findall(text)} | TRADE
    foreign = [word for word in LATIN.findall(message) if word.upper() not in own and not _of_own(word, own)]
    if foreign:
        return f"foreign words {foreign}"
    named = [kind for kind in _TERMINALS if len(kind) > 2 and kind in message and kind not in text]
    return f"terminals {named}" if named else "" if re.search("[一-鿿]", message) else "not Chinese"


def _of_own(word: str, own: set[str]) -> bool:
    """Whether the word is a piece of one of the text's, which was shortened."""
    return any(word.upper() in other for other in own)


def examine(text: str) -> list[str]:
    """What is wrong with what is told about a text; the program runs when it has no errors."""
    program, diagnostics = check_text(text)
    lines = text.split("\n")
    found = []
    for item in diagnostics:
        found.append(complaint(item.message, text))
        found += [complaint(fix["title"], text) for fix in item.fixes]
        inside = 1 <= item.line <= item.end_line <= len(lines) and 1 <= item.column <= len(lines[item.line - 1]) + 1
        found.append("" if inside and re.fullmatch("ZH[0-9]{3}", item.code) else f"misplaced {item}")
    if program is not None:
        found += [
            complaint(message, text) for engine in ("compiled", "interpreter") for message in run(program, engine)
        ]
    elif not any(item.severity == "error" for item in diagnostics):
        found.append("no program and no error")
    return [problem for problem in found if problem]


def run(program: Any, engine: str) -> list[str]:
    """The messages of a run on small data with gaps: findings, hints, the error that ends it."""
    try:
        result = run_script(program, _open, engine=engine, limits=Limits(seconds=2))
    except Exception as error:
        return [getattr(error, "message", "") or f"{type(error).__name__}: {error}"]
    return [str(finding.message) for rule in result.rules for finding in rule.findings] + list(result.warnings)


def _open(declaration: Any) -> Table:
    shapes = np.array([shapely.box(0, 0, 30, 40), None, shapely.box(20, 20, 60, 50)], dtype=object)
    texts, numbers = np.array([12.5, None, "0701"], dtype=object), np.array([12.5, np.nan, 3.0])
    columns = {column: texts if "码" in name or "质" in name else numbers for name, column, _ in declaration.fields}
    return Table(declaration.source, columns, shapes, "EPSG:4547")
