"""The coarse cut of a text: word runs, marks, quoted texts, comments and line ends, whatever their meaning."""

from __future__ import annotations

import re

from .characters import BLANK, LINE_END, LINE_ENDS
from .units import HAN_NUMERALS
from .vocabulary import MARKS, STATEMENT_WORDS

DIGIT = "[0-9０-９]"
COUNT = f"(?:{DIGIT}+|[{HAN_NUMERALS}]+)"
DATE = f"{DIGIT}{{4}}年(?:{DIGIT}{{1,2}}月(?:{DIGIT}{{1,2}}日)?)?"
ARTICLE = f"第{COUNT}条(?:之{COUNT})?(?:第{COUNT}款)?(?:第[（(]?{COUNT}[）)]?项)?"
SINCE = f"自[{BLANK}]*{DATE}[{BLANK}]*起"
COMMENT = f"(?:#|＃|//|／／)[^{LINE_ENDS}]*|注(?<![^{LINE_ENDS}{BLANK}；;。：:）)]注)[：:][^{LINE_ENDS}]*"

# numbers and bullets that word processors and chats put in front of a line
_NUMERAL = f"(?:[0-9]{{1,3}}|[{HAN_NUMERALS}]{{1,3}})"
_BULLET = "[•●○■□◆◇▪▶►➢✓✔·*＊–—-]"
_CIRCLED = "[\u2460-\u2487\u3220-\u3229\u2776-\u277f]"
LIST_MARK = f"(?:[（(]{_NUMERAL}[）)]|(?:{_NUMERAL}|[a-zA-Z])[.．、)）](?!{DIGIT})|{_BULLET})[{BLANK}]*"
list_mark = re.compile(LIST_MARK).match
# these look like a part of a name, so they count only where it is plain that they are none
CIRCLED_MARK = f"{_CIRCLED}[、.．]?(?:[{BLANK}]+|(?={'|'.join(STATEMENT_WORDS)}))"
circled_mark = re.compile(f"[{BLANK}]*{CIRCLED_MARK}").match

# a comma glued into what looks like one number, and a full stop for a decimal point
doubtful_marks = re.compile("(?<=[0-9０-９])(?:,(?=0[0-9]{2}(?![0-9]))|。(?=[0-9０-９]))").finditer

QUOTES = '“"”「《'
_QUOTED = "|".join(
    (
        f"“[^“”{LINE_ENDS}]*”",
        f'"[^"{LINE_ENDS}]*"',
        f"”[^“”{LINE_ENDS}]*[“”]",
        f"「[^「」{LINE_ENDS}]*」",
        f"《[^《》{LINE_ENDS}]*》",
        f"[{QUOTES}][^{LINE_ENDS}]*",  # the rest of the line: the text holds others of its kind, or is not closed
    )
)
_SIGNED = r"[\w㎡%％‰]"
_RUN = f"{_SIGNED}+(?:(?<={DIGIT})[.．]{DIGIT}{_SIGNED}*)*"
_MARK = "|".join(sorted(map(re.escape, MARKS), key=len, reverse=True))
_BRACKETED_ARTICLE = f"第{COUNT}条(?:之{COUNT})?(?:第{COUNT}款)?第[（(]{COUNT}[）)]项"
_NEW_LINE = f"{LINE_END}[{BLANK}]*(?:{CIRCLED_MARK})?"
_ITEMS = (COMMENT, _QUOTED, f"【[^】{LINE_ENDS}]+】", SINCE, _BRACKETED_ARTICLE, _RUN, _MARK, _NEW_LINE, f"[^{BLANK}]")

# every character of a text belongs to one item; blanks belong to the item before them
scan = re.compile(f"(?:{'|'.join(_ITEMS)})[{BLANK}]*|[{BLANK}]+").findall
