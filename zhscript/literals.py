"""Numbers, dates, shares, quantities and ordinals: what is cut by its form, not by a table of words."""

from __future__ import annotations

import re

from .characters import WORD
from .scanning import ARTICLE, COUNT, DATE, DIGIT, SINCE
from .units import HAN_NUMERALS, UNIT_WORDS

_NUMBER = f"{DIGIT}+(?:[.．]{DIGIT}+)?"
_HAN = f"[{HAN_NUMERALS}]+"
_UNIT = "(?:" + "|".join(map(re.escape, UNIT_WORDS)) + ")"
_PER = f"(?:每[十百千万亿]*{_UNIT})?"
_LITERALS = {
    "DATE": DATE,
    "RATIO": f"{_NUMBER}[%％‰]|[百千万]分之(?:{_NUMBER}|{_HAN})|{_HAN}分之{_HAN}",
    "QUANTITY": f"(?:{_NUMBER}[十百千万亿]*|{_HAN}){_UNIT}{_PER}",
    "NUMBER": f"{_NUMBER}[万亿]*|{_HAN}(?!{WORD})",
    "SINCE": SINCE,
    "ORDINAL": f"第{COUNT}(?:个|项|行|列)|最后一个",
    "ARTICLE": ARTICLE,
    "unit": f"[十百千万亿]*{_UNIT}每[十百千万亿]*{_UNIT}|[十百千万亿]+{_UNIT}",
}
literal = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _LITERALS.items())).match
LITERAL_STARTS = frozenset("自第最0123456789０１２３４５６７８９" + HAN_NUMERALS) | {unit[0] for unit in UNIT_WORDS}
