"""The polar caps of GB/T 39409-2020, clause 5.3: rings around a cap that stays one cell.

The rings follow what is reported of the standard's text: 16 cells at level 2, digits 0 to 3 at level 3, at level 4 a
cap of 15 rings with cells of 24°. Figure 10 was not seen: that sectors count eastwards from 0° and rows towards the
pole is a convention, and the cap of levels 5 to 10 is taken to divide as that of level 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tim.codes.angle import UNITS_PER_DEGREE

POLAR_NOTE = (
    "极区（纬度 88° 以上）按标准第 5.3 条的转述编码，没有公布的算例（未核实）；"
    "扇区自 0° 向东数、行向极点数是本软件的约定"
)
POLAR = 88 * UNITS_PER_DEGREE
MARK = "000"  # after the hemisphere, instead of zone and row letter
_TURN = 360 * UNITS_PER_DEGREE
_SECTOR, _HALF_SECTOR = _TURN // 3, _TURN // 6


@dataclass(frozen=True)
class PolarLevel:
    """A ring's depth in units, and into how many columns and rows a cell is divided at this level."""

    depth: int
    columns: int
    rows: int
    single: bool = False


_MINUTE, _SECOND = 122_880, 2048
LEVELS = (  # of levels 2 to 10
    PolarLevel(30 * _MINUTE, 4, 4),
    PolarLevel(15 * _MINUTE, 2, 2, True),
    PolarLevel(_MINUTE, 15, 15),
    PolarLevel(4 * _SECOND, 15, 15),
    PolarLevel(2 * _SECOND, 2, 2, True),
    PolarLevel(512, 8, 8),
    PolarLevel(64, 8, 8),
    PolarLevel(8, 8, 8),
    PolarLevel(1, 8, 8),
)


def polar_digits(east: np.ndarray, y: np.ndarray, level: int) -> list[tuple[np.ndarray, ...]]:
    """The digits of each level from 2 to `level`: one or two arrays of small numbers.

    `east`: longitude eastwards in 0 … 360°, `y`: |latitude| from 88° to 90°, both in units.
    """
    rest = np.minimum(y - POLAR, 2 * UNITS_PER_DEGREE - 1)  # the pole lies in the cap
    width = np.full(len(east), _TURN)
    local, cap = east.copy(), np.ones(len(east), dtype=bool)
    digits: list[tuple[np.ndarray, ...]] = []
    for number, item in enumerate(LEVELS[: level - 1], 2):
        row, rest = np.divmod(rest, item.depth)
        whole = cap & (row == item.rows - 1)
        leaves = cap & ~whole
        if number == 2:
            sector, local = np.divmod(east, _SECTOR)
            half, inner = np.divmod(local, _HALF_SECTOR)
            first = np.where(row >= 2, 0, sector + 1)
            second = np.select([whole, row == 2], [0, sector + 1], half + 2 * row)
            digits.append((first, second))
            local, width = np.where(row < 2, inner, local), np.where(row < 2, _HALF_SECTOR, _SECTOR)
        else:
            divided = np.where(leaves, _TURN // _cap_columns(item, number), width // item.columns)
            column, within = np.divmod(np.where(cap, east, local), divided)
            column = np.where(whole, 0, column)
            if number == 3:
                code = np.select([whole, leaves], [0, column + 1], row * item.columns + column)
                digits.append((code,))
            else:
                digits.append((row * item.columns + column,) if item.single else (column, row))
            local, width = np.where(whole, east, within), np.where(whole, _TURN, divided)
        cap = whole
    return digits


class PolarCell:
    """Follows the digits of a code inwards: `west` (0 … 360°), `width`, `y` and `depth` in units."""

    def __init__(self) -> None:
        self.west, self.width, self.y, self.depth = 0, _TURN, POLAR, 2 * UNITS_PER_DEGREE
        self.cap = True

    def enter(self, number: int, digits: tuple[int, ...]) -> bool:
        """Go into a child; False when there is none with these digits."""
        item = LEVELS[number - 2]
        self.depth = item.depth
        if number == 2:
            return self._second(*digits)
        if self.cap and number == 3:
            column, row = (digits[0] - 1, 0) if digits[0] else (0, 1)
        elif item.single:
            row, column = divmod(digits[0], item.columns)
        else:
            column, row = digits
        if not (0 <= column < 15 and row < item.rows):
            return False
        self.y += row * item.depth
        if self.cap and row == item.rows - 1:
            return column == 0
        columns = _cap_columns(item, number) if self.cap else item.columns
        self.width //= columns
        self.west += column * self.width
        self.cap = False
        return column < columns

    def _second(self, first: int, second: int) -> bool:
        if max(first, second) > 3:
            return False
        ring = (3 if second == 0 else 2) if first == 0 else second // 2
        self.y += ring * self.depth
        if ring == 3:
            return True
        self.cap = False
        self.width = _SECTOR if ring == 2 else _HALF_SECTOR
        self.west = (second - 1) * _SECTOR if ring == 2 else (first - 1) * _SECTOR + second % 2 * _HALF_SECTOR
        return True


def _cap_columns(item: PolarLevel, number: int) -> int:
    return 3 if number == 3 else item.columns
