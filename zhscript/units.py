"""Units, dimensions and numerals, exact.

A dimension holds the exponents of length, day, month, money and angle. Every unit is a `Fraction` of its base unit:
metre, day, month (个月), yuan, degree. 1 亩 = 2000/3 m² (15 亩 = 1 公顷, State Council order on legal units, 1984).
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple


class Dimension(NamedTuple):
    """Exponents of the base quantities."""

    length: int = 0
    day: int = 0
    month: int = 0
    money: int = 0
    angle: int = 0

    def times(self, other: Dimension) -> Dimension:
        """The dimension of a product."""
        return Dimension(*(a + b for a, b in zip(self, other)))

    def over(self, other: Dimension) -> Dimension:
        """The dimension of a quotient."""
        return Dimension(*(a - b for a, b in zip(self, other)))


NONE = Dimension()
LENGTH = Dimension(length=1)
AREA = Dimension(length=2)
VOLUME = Dimension(length=3)
DAYS = Dimension(day=1)
MONTHS = Dimension(month=1)
MONEY = Dimension(money=1)
ANGLE = Dimension(angle=1)

# name in Chinese and the unit in which a value is printed when no format is given
KNOWN = {
    NONE: ("数值", ""),
    LENGTH: ("长度", "米"),
    AREA: ("面积", "平方米"),
    VOLUME: ("体积", "立方米"),
    DAYS: ("天数", "天"),
    MONTHS: ("月数", "个月"),
    MONEY: ("金额", "元"),
    ANGLE: ("角度", "度"),
}
_BASES = ("米", "天", "个月", "元", "度")


class Unit(NamedTuple):
    """A unit: `factor` base units of `dimension`."""

    name: str
    factor: Fraction
    dimension: Dimension


def _measures() -> dict[str, Unit]:
    table = {
        LENGTH: {"毫米": "1/1000", "厘米": "1/100", "分米": "1/10", "米": "1", "千米": "1000", "公里": "1000"},
        AREA: {
            "平方厘米": "1/10000",
            "平方米": "1",
            "㎡": "1",
            "平方千米": "1000000",
            "平方公里": "1000000",
            "公顷": "10000",
            "亩": "2000/3",
        },
        VOLUME: {"立方米": "1"},
        DAYS: {"天": "1", "日": "1", "周": "7", "小时": "1/24", "分钟": "1/1440", "秒": "1/86400"},
        MONTHS: {"个月": "1", "年": "12"},
        MONEY: {"元": "1"},
        ANGLE: {"度": "1"},
    }
    return {name: Unit(name, Fraction(factor), d) for d, units in table.items() for name, factor in units.items()}


MEASURES = _measures()
COUNTERS = (
    "个",
    "宗",
    "户",
    "人",
    "处",
    "块",
    "栋",
    "幢",
    "套",
    "间",
    "层",
    "家",
    "次",
    "条",
    "辆",
    "位",
    "项",
    "张",
    "座",
)
UNITS = {**MEASURES, **{name: Unit(name, Fraction(1), NONE) for name in COUNTERS}}
UNIT_WORDS = tuple(sorted(UNITS, key=len, reverse=True))

MULTIPLIERS = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")}
DIGITS.update({"〇": 0, "两": 2})
HAN_NUMERALS = "".join(DIGITS) + "".join(MULTIPLIERS)
_UNIT_PATTERN = "|".join(map(re.escape, UNIT_WORDS))
COMPOUND_UNIT = re.compile(f"([十百千万亿]*)({_UNIT_PATTERN})(?:每([十百千万亿]*)({_UNIT_PATTERN}))?")
_NUMBER = re.compile(r"([0-9]+)(?:\.([0-9]+))?")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．％", "0123456789.%")


@lru_cache(maxsize=1024)
def find_unit(text: str) -> Unit | None:
    """The unit that `text` names (亩, 万元, 元每平方米, 万元每亩), or None."""
    match = COMPOUND_UNIT.fullmatch(text)
    if not match:
        return None
    multiplier, upper, lower_multiplier, lower = match.groups()
    unit = UNITS[upper]
    factor, dimension = unit.factor * _multiply(multiplier), unit.dimension
    if lower:
        below = UNITS[lower]
        factor /= below.factor * _multiply(lower_multiplier)
        dimension = dimension.over(below.dimension)
    return Unit(text, factor, dimension)


def _multiply(characters: str) -> int:
    product = 1
    for character in characters or "":
        product *= MULTIPLIERS[character]
    return product


def dimension_name(dimension: Dimension) -> str:
    """A dimension in Chinese: 面积, 金额, or 元每平方米 for composed ones."""
    return KNOWN[dimension][0] if dimension in KNOWN else unit_name(dimension)


def unit_name(dimension: Dimension) -> str:
    """The base unit of a dimension in Chinese: 平方米, 元/平方米."""
    if dimension in KNOWN:
        return KNOWN[dimension][1]
    above = "·".join(_power(base, n) for base, n in zip(_BASES, dimension) if n > 0)
    below = "·".join(_power(base, -n) for base, n in zip(_BASES, dimension) if n < 0)
    return f"{above or '1'}每{below}" if below else above


def _power(base: str, exponent: int) -> str:
    if base == "米" and exponent in (2, 3):
        return {2: "平方米", 3: "立方米"}[exponent]
    return base if exponent == 1 else f"{base}的{exponent}次方"


def han_number(text: str) -> int:
    """The value of a Han numeral such as 五百 or 一万二千; digits in a row (二〇二四) are read one by one."""
    if not any(character in MULTIPLIERS for character in text):
        return int("".join(str(DIGITS[character]) for character in text))
    total = section = digit = 0
    for character in text:
        if character in DIGITS:
            digit = DIGITS[character]
            continue
        multiplier = MULTIPLIERS[character]
        if multiplier < 10**4:
            section += (digit or 1) * multiplier
        else:
            total = (total + section + digit or 1) * multiplier
            section = 0
        digit = 0
    return total + section + digit


@lru_cache(maxsize=4096)
def number(text: str) -> Fraction:
    """The exact value of a numeral: 12.5, １２, 1.2万, 五百."""
    text = text.translate(_FULL_WIDTH)
    match = _NUMBER.match(text)
    if not match:
        return Fraction(han_number(text))
    value = Fraction(match.group())
    for character in text[match.end() :]:
        value *= MULTIPLIERS[character]
    return value


@lru_cache(maxsize=1024)
def ratio(text: str) -> Fraction:
    """The exact value of 25%, 3‰, 三分之一, 百分之八十, 千分之五."""
    text = text.translate(_FULL_WIDTH)
    if "分之" not in text:
        return number(text[:-1]) / (1000 if text[-1] == "‰" else 100)
    below, above = text.split("分之")
    return number(above) / (MULTIPLIERS[below] if below in MULTIPLIERS else number(below))


_QUANTITY = re.compile(f"([0-9０-９]+(?:[.．][0-9０-９]+)?|[{HAN_NUMERALS}]+?)({COMPOUND_UNIT.pattern})")


@lru_cache(maxsize=4096)
def quantity(text: str) -> tuple[Fraction, Unit]:
    """The number and the unit of a literal such as 15亩, 五百米, 3.5万元每亩."""
    match = _QUANTITY.fullmatch(text)
    if not match:
        raise ValueError(text)
    unit = find_unit(match.group(2))
    if unit is None:
        raise ValueError(text)
    return number(match.group(1)), unit
