"""Which characters form words, blanks, line ends and marks, and how names are compared."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# letters of any script, all planes of Han included; categories compile to much faster patterns than ranges
LETTER = r"[^\W\d]"
WORD = r"\w"
BLANK = " \t\u1680\u180e\u00a0\u00ad\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff"
BLANKS = BLANK.replace("\u2000-\u200d", "".join(map(chr, range(0x2000, 0x200E))))
# a soft line end of a word processor arrives as one of these
LINE_ENDS = "\n\r\x0b\x0c\x85\u2028\u2029"
LINE_END = f"(?:\r\n|[{LINE_ENDS}])"
# marks that reorder what is displayed: a text with them can look like another text
BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

blanks = re.compile(f"[{BLANK}]*").match
is_word_character = re.compile(WORD).match
is_alphanumeric = re.compile("[A-Za-z0-9_０-９]").match
word_run = re.compile(f"{WORD}+").match
bidi_controls = re.compile(f"[{''.join(sorted(BIDI_CONTROLS))}]").finditer


@lru_cache(maxsize=1 << 14)
def normalize(name: str) -> str:
    """The key under which a name is compared: compatibility forms folded, brackets 【】 and outer blanks removed."""
    if len(name) > 1 and name[0] == "【" and name[-1] == "】":
        name = name[1:-1]
    return name if name.isascii() else unicodedata.normalize("NFKC", name).strip()
