"""Completion: time over 5,000 names against a plain peer in the same run; how often the right name is among the first.

    python benchmarks/zhscript_completion.py [--data FOLDER]

The names are those of the packaged dictionaries (layers, fields, land-use classes) and, where there is the folder of
real data, of provinces, cities, counties, roads and stations. Five letters are typed, as by people who know the name:

* mixed: the initials of its characters, and more of the first syllables where it has less than five characters
* initials: the initials of its first five characters, fewer for shorter names
* pinyin: the first five letters of its full pinyin

The peer asks for each name whether its pinyin, made anew, begins with what is typed, or its initials do.
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, Callable, Iterator

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from zhscript.data import read_table  # noqa: E402
from zhscript.editing.complete import complete  # noqa: E402
from zhscript.editing.model import read_model  # noqa: E402
from zhscript.editing.pinyin import NameIndex, readings  # noqa: E402
from zhscript.lexer import Lexer  # noqa: E402
from zhscript.names import declarations  # noqa: E402
from zhscript.vocabulary import CONNECTIVES, STATEMENT_WORDS  # noqa: E402

TYPED = 5
FIRST = 5
SAMPLE = 400
COUNT = 5000


def packaged_names() -> Iterator[str]:
    """Titles of layers, fields and land-use classes."""
    for table, column in (
        ("layers.csv", "title"),
        ("layer_fields.csv", "title"),
        ("field_aliases.csv", "title"),
        ("landuse_ydyh_2023.csv", "name"),
        ("landuse_sandiao.csv", "name"),
        ("landuse_ydyh_2020_trial.csv", "name"),
    ):
        yield from (row[column] for row in read_table(table))


def real_names(folder: Path) -> Iterator[str]:
    """Names of places, roads and stations in the folder of real data."""
    places = json.loads((folder / "vector/china_admin/pca-code.json").read_text("utf-8"))
    while places:
        place = places.pop()
        yield place["name"]
        places += place.get("children", [])
    for file in sorted((folder / "vector/china_cities_osm").glob("*.geojson")):
        for feature in json.loads(file.read_text("utf-8"))["features"]:
            yield str(feature["properties"].get("name") or "")
    for table in sorted((folder.parent / "domain/tables").glob("*.csv")):
        with table.open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines):
                yield from (row.get(column) or "" for column in ("name", "alias_zh", "title", "indicator"))


def is_name(text: str) -> bool:
    """Whether a text is a name in Chinese."""
    return 2 <= len(text) <= 20 and any("\u3400" <= letter <= "\u9fff" for letter in text) and "\n" not in text


def syllables(name: str) -> list[str]:
    """The usual readings of the characters of a name."""
    return [readings().get(letter, letter.lower()).split("/")[0] for letter in name if letter.isalnum()]


def initials(name: str) -> str:
    """永久基本农田 → yjjbn."""
    return "".join(syllable[0] for syllable in syllables(name))[:TYPED]


def pinyin(name: str) -> str:
    """永久基本农田 → yongj."""
    return "".join(syllables(name))[:TYPED]


def mixed(name: str) -> str:
    """建始县 → jiasx... as much of the first syllables as makes five letters."""
    spelt = syllables(name)
    spare, typed = max(0, TYPED - len(spelt)), ""
    for syllable in spelt:
        length = min(len(syllable), 1 + spare)
        spare -= length - 1
        typed += syllable[:length]
    return typed[:TYPED]


def plain_search(names: list[str], typed: str) -> list[str]:
    """The peer: every name spelt anew."""
    return [name for name in names if pinyin_of(name).startswith(typed) or initials_of(name).startswith(typed)]


def pinyin_of(name: str) -> str:
    """The full pinyin of a name."""
    return "".join(syllables(name))


def initials_of(name: str) -> str:
    """All initials of a name."""
    return "".join(syllable[0] for syllable in syllables(name))


def seconds(work: Callable[..., Any], *arguments: Any) -> float:
    """The processor time of one call."""
    before = time.process_time()
    work(*arguments)
    return time.process_time() - before


def report(names: list[str]) -> None:
    """Print hit rates and times."""
    index = NameIndex(names)
    print(f"{len(names)} 个名字")
    for way in (mixed, initials, pinyin):
        hits = 0
        for name in names:
            found = index.find(way(name))[:FIRST]
            hits += name in [names[match.number] for match in found]
        alike = Counter(map(way, names))
        most = sum(min(FIRST, count) for count in alike.values()) / len(names)
        said = f"{way.__name__:10s} 五个字母后，名字在前五个里：{hits / len(names):6.1%}"
        print(f"{said}；字母相同的名字不止五个，怎样排序都不会超过 {most:.1%}")
    listed = (names * (COUNT // len(names) + 1))[:COUNT] if len(names) < COUNT else names[:COUNT]
    listed = [name if number < len(names) else f"{name}二" for number, name in enumerate(listed)]
    built = seconds(NameIndex, listed)
    index = NameIndex(listed)
    sample = listed[:: max(1, len(listed) // SAMPLE)]
    typed = [mixed(name)[:length] for name in sample for length in range(1, TYPED + 1)]
    ours = [seconds(index.find, text) for text in typed]
    peer = [seconds(plain_search, listed, text) for text in typed[:: len(typed) // 40]]
    middle, ordered = statistics.median(ours), sorted(ours)
    slow = ordered[int(len(ours) * 0.95)]
    print(f"{COUNT} 个名字：建索引 {_ms(built)}；查找 中位 {_ms(middle)}，", end="")
    print(f"最慢百分之五 {_ms(slow)}，最慢 {_ms(ordered[-1])}")
    print(f"逐个拼写的对照：{_ms(statistics.median(peer))}，是 {statistics.median(peer) / middle:.0f} 倍")
    whole(listed)


def whole(names: list[str]) -> None:
    """A completion in a program that declares all the names as fields."""
    fields = "、".join(f"【{name}】" for name in dict.fromkeys(names) if "】" not in name)
    text = f"图层 宗地 来自“ZD”，字段 {fields}\n检查 宗地 中的每个 地块：\n    要求 地块的"
    model = read_model(text)
    complete(text + "a", len(text) + 1, model)  # the index is made once for a list of names
    typed = [mixed(name) for name in names[:: len(names) // 60]]
    times = [seconds(complete, text + word, len(text) + len(word), model) for word in typed]
    print(f"整个补全（{COUNT} 个字段的图层）：中位 {_ms(statistics.median(times))}，最慢 {_ms(max(times))}")


def in_place() -> None:
    """Every known word of the worked scripts where it stands, typed by its initials."""
    hits = total = 0
    for path in sorted((ROOT / "docs" / "zhscript" / "范例").glob("*.zh")):
        text = path.read_text("utf-8")
        model, new = read_model(text), {end for _, end in declarations(text)}
        for lexeme in Lexer(text).run():
            word = lexeme.text.strip("【】")
            known = lexeme.kind in ("NAME", "QUOTED") or word in STATEMENT_WORDS or word in CONNECTIVES
            if known and len(word) > 1 and lexeme.end not in new:
                before = text[: lexeme.start] + initials(word)
                found = complete(before + text[lexeme.end :], len(before), model)[:FIRST]
                hits += word in [item.label for item in found]
                total += 1
    print(f"范例里的 {total} 个词，在原处输入首字母（至多五个），在前五个里：{hits / total:6.1%}")


def _ms(duration: float) -> str:
    return f"{duration * 1e3:.1f} 毫秒"


def main() -> None:
    """Measure with the names at hand."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    folder = parser.parse_args().data
    names = list(packaged_names()) + (list(real_names(folder)) if folder.is_dir() else [])
    in_place()
    report([name for name in dict.fromkeys(names) if is_name(name)])


if __name__ == "__main__":
    main()
