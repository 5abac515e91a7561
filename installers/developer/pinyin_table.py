"""Makes `zhscript/data/pinyin.csv` from pypinyin's data (MIT; from Unicode's Unihan and other open lists).

    python installers/developer/pinyin_table.py

Each row holds readings without tones, the usual one first, and the characters that are read so. ü is written v, as it
is typed.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

from pypinyin.constants import PINYIN_DICT

TARGET = Path(__file__).resolve().parents[2] / "zhscript" / "data" / "pinyin.csv"
RANGES = ((0x3007, 0x3007), (0x3400, 0x4DBF), (0x4E00, 0x9FFF))
MOST_READINGS = 4


def plain(syllable: str) -> str:
    """A syllable without its tone: lǜ → lv."""
    letters = unicodedata.normalize("NFD", syllable).replace("u\u0308", "v").replace("ê", "e")
    return "".join(letter for letter in letters if letter.isascii() and letter.isalpha())


def rows() -> dict[str, str]:
    """Characters by their readings."""
    result: dict[str, list[str]] = {}
    for first, last in RANGES:
        for code in range(first, last + 1):
            readings = dict.fromkeys(filter(None, map(plain, PINYIN_DICT.get(code, "").split(","))))
            if readings:
                result.setdefault(" ".join(list(readings)[:MOST_READINGS]), []).append(chr(code))
    return {key: "".join(characters) for key, characters in sorted(result.items())}


if __name__ == "__main__":
    lines = ["readings,characters", *(f"{key},{characters}" for key, characters in rows().items())]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {len(lines) - 1} 行，{TARGET.stat().st_size} 字节")
