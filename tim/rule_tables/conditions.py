"""适用条件 and 取值范围: what a cell says of fields that are no limits."""

from __future__ import annotations

import re

from tim.rule_tables.limits import Unreadable
from tim.rule_tables.program import ROW, RuleFile, text_of

_TEXT_FIELDS = re.compile("(代码|编码|编号|性质|类型|类别|用途|名称|等级)$")
_PART = re.compile(r"\s*(.+?)\s*(不等于|不属于|不大于|不小于|等于|属于|大于|小于|≠|≤|≥|<=|>=|=|＝|为|<|>)\s*(.+?)\s*")
_WORDS = {"=": "等于", "＝": "等于", "为": "等于", "≠": "不等于", "≤": "不大于", "<=": "不大于", "≥": "不小于"}
_WORDS.update({">=": "不小于", "<": "小于", ">": "大于"})
_ORDER = frozenset({"不大于", "不小于", "大于", "小于"})


def read_where(text: str, file: RuleFile, layer: str) -> str:
    """A condition of the language for 用地性质=0701 且 高度≥24. Raises `Unreadable`."""
    parts = [_one(part, file, layer) for part in re.split("且|并且|；|;|，|,(?!\\d)", text) if part.strip()]
    return "，且 ".join(parts)


def _one(part: str, file: RuleFile, layer: str) -> str:
    found = _PART.fullmatch(part)
    if not found:
        raise Unreadable(f"看不懂条件“{part.strip()}”；可以写 用地性质=0701、用地性质属于0701、070102、高度≥24")
    name, operator, value = found.groups()
    word = _WORDS.get(operator, operator)
    values = [item.strip() for item in re.split("、|/|和|或", value) if item.strip()]
    if word in _ORDER:
        if len(values) != 1 or not re.fullmatch(r"\d+(\.\d+)?", values[0]):
            raise Unreadable(f"“{word}”后面要写一个数，不能是“{value}”")
        return f"{ROW}的{file.declare(layer, name, '数值')} {word} {values[0]}"
    kinds = {_is_number(name, item) for item in values}
    if len(kinds) > 1:
        raise Unreadable(f"“{value}”里有数也有文字；文字请加引号")
    kind = "数值" if kinds == {True} else "文本"
    literals = [item if kinds == {True} else text_of(item.strip("“”\"'")) for item in values]
    left = f"{ROW}的{file.declare(layer, name, kind)}"
    negated = word.startswith("不")
    if len(literals) == 1:
        return f"{left} {'不等于' if negated else '等于'} {literals[0]}"
    return f"{left} {'不属于' if negated else '属于'}（{'，'.join(literals)}）"


def _is_number(name: str, value: str) -> bool:
    """Codes are texts: quoted, with a leading zero, or in a field that holds codes and names."""
    number = re.fullmatch(r"\d+(\.\d+)?", value) is not None
    leading = len(value) > 1 and value.startswith("0") and not value.startswith("0.")
    return number and not leading and not _TEXT_FIELDS.search(name)


def read_values(text: str) -> list[str]:
    """The texts that 取值范围 lists. Raises `Unreadable`."""
    values = [item.strip().strip("“”\"'") for item in re.split("[、，,;；/\n]", text)]
    values = [item for item in values if item]
    if len(set(values)) < len(values):
        raise Unreadable(f"“{text}”里有重复的值")
    return values
