"""Standard map sheets of China (GB/T 13989): their extent from their number, and their theoretical area."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction

from tim.data import read_json
from tim.errors import UnusableInput

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUV"
# letter of the scale → (title, sheets along one side of a sheet 1:1 000 000)
SCALES = {
    "B": ("1:50万", 2),
    "C": ("1:25万", 4),
    "D": ("1:10万", 12),
    "E": ("1:5万", 24),
    "F": ("1:2.5万", 48),
    "G": ("1:1万", 96),
    "H": ("1:5000", 192),
}
_NUMBER = re.compile(r"([A-V])(\d{2})(?:([B-H])(\d{3})(\d{3}))?")


@dataclass(frozen=True)
class Sheet:
    """A sheet: degrees of its south-west corner and of its sides, exact."""

    number: str
    south: Fraction
    west: Fraction
    height: Fraction
    width: Fraction

    @property
    def area(self) -> float:
        """m² on the ellipsoid between the parallels and meridians: (b²Δλ/2)·[q(B2) − q(B1)] in closed form."""
        constants = read_json("ellipsoid_constants.json")["constants"]
        a, e = constants["a"], math.sqrt(constants["e2"])

        def q(degrees: Fraction) -> float:
            sine = math.sin(math.radians(degrees))
            return sine / (1 - (e * sine) ** 2) + math.log((1 + e * sine) / (1 - e * sine)) / (2 * e)

        width = math.radians(self.width)
        return a * a * (1 - e * e) * width / 2 * (q(self.south + self.height) - q(self.south))


def find_sheet(number: str) -> Sheet:
    """The sheet of a number such as H50E001001. Raises `UnusableInput`."""
    match = _NUMBER.fullmatch(number.strip().upper())
    if match is None:
        raise UnusableInput(f"“{number}”不是标准图幅号；应如 H50 或 H50E001001")
    row, column = _LETTERS.index(match[1]), int(match[2])
    if not 1 <= column <= 60:
        raise UnusableInput(f"图幅号“{number}”的列 {column} 不在 1–60")
    south, west = Fraction(4 * row), Fraction(6 * (column - 31))
    if match[3] is None:
        return Sheet(match[0], south, west, Fraction(4), Fraction(6))
    title, parts = SCALES[match[3]]
    down, right = int(match[4]), int(match[5])
    if not (1 <= down <= parts and 1 <= right <= parts):
        raise UnusableInput(f"图幅号“{number}”的行列号不在 1–{parts}（{title}）")
    height, width = Fraction(4, parts), Fraction(6, parts)
    return Sheet(match[0], south + 4 - down * height, west + (right - 1) * width, height, width)
