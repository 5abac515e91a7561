"""Grid codes that divide degrees level by level: encoding and decoding in whole units, vectorised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tim.codes.angle import UNITS_PER_DEGREE, is_negative, whole_units
from tim.codes.height import height_units
from tim.codes.polar import LEVELS as POLAR_LEVELS
from tim.codes.polar import MARK, POLAR, POLAR_NOTE, PolarCell, polar_digits
from tim.codes.verdict import Verdict, broken
from tim.errors import UsageError

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUV"
_CODES = np.frombuffer(DIGITS.encode(), dtype=np.uint8)
HALF_TURN = 180 * UNITS_PER_DEGREE


@dataclass(frozen=True)
class Level:
    """One division. Sizes in units of 1/2048″; `columns` × `rows` cells in the parent.

    `style`: "pair" (column digit, row digit), "single" (row · columns + column), "band" (two decimal digits of the
    column, row letter). `height` is the size of a height step, written with `height_digits` decimal or base-32 digits.
    """

    width: int
    depth: int
    columns: int
    rows: int
    style: str
    height: int
    height_digits: int = 1

    @property
    def length(self) -> int:
        """Characters of the plane fragment."""
        return {"single": 1, "pair": 2, "band": 3}[self.style]


@dataclass(frozen=True)
class Cell2D:
    """A cell by quadrant and the corner nearest the origin, in units; `height` is (lowest |unit|, size, below).

    In the polar caps `x` counts eastwards from 0° to 360°.
    """

    west: bool
    south: bool
    x: int
    y: int
    level: int
    width: int
    depth: int
    height: tuple[int, int, bool] | None = None


@dataclass(frozen=True)
class Grid:
    """A family of codes.

    With `numbered` the columns of the first level are zones that count from the date line (31 begins at Greenwich).
    """

    name: str
    title: str
    levels: tuple[Level, ...]
    heads: tuple[str, ...]  # of north-east, north-west, south-east, south-west; N and S leave the side to the zone
    numbered: bool
    note: str = ""
    polar: bool = False  # whether there are codes beyond 88°

    @property
    def head_length(self) -> int:
        return len(self.heads[0])

    def length(self, level: int, solid: bool) -> int:
        """Characters of a code of this level (1…), in the plane or with height."""
        chosen = self.levels[:level]
        plane = self.head_length + sum(item.length for item in chosen)
        return plane + (1 + sum(item.height_digits for item in chosen) if solid else 0)

    def levels_of(self, length: int) -> list[tuple[int, bool]]:
        """(level, with height) of the codes of a length: in the plane first."""
        every = [(level, solid) for solid in (False, True) for level in range(1, len(self.levels) + 1)]
        return [(level, solid) for level, solid in every if self.length(level, solid) == length]

    def encode(self, lon: object, lat: object, level: int | None = None, height: object = None) -> np.ndarray:
        """Codes (text array) of points: degrees as floats or decimal texts (CGCS2000), ellipsoidal height in metres.

        A point on a border belongs to the cell farther from (0°, 0°); 0° counts as north and east, ±180° as the end of
        the easternmost cell. Raises `UsageError` off the globe, for |lat| ≥ 88° where the grid has no rule for it, and
        for a level that does not exist.
        """
        x, y = whole_units(lon), whole_units(lat)
        heights = None if height is None else height_units(height)
        return self.encode_units(is_negative(lon), is_negative(lat), x, y, level, heights)

    def encode_units(
        self,
        west: np.ndarray,
        south: np.ndarray,
        x: np.ndarray,
        y: np.ndarray,
        level: int | None = None,
        heights: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> np.ndarray:
        """As `encode`, for quadrants and whole units away from the origin; heights as `height_units` gives them."""
        level = len(self.levels) if level is None else level
        if not 1 <= level <= len(self.levels):
            raise UsageError(f"{self.title}有 1 至 {len(self.levels)} 级，没有第 {level} 级")
        self._inside(x, y)
        west, x = west & (x < HALF_TURN), np.minimum(x, HALF_TURN - 1)
        caps = y >= POLAR
        polar = polar_digits(np.where(west, 2 * HALF_TURN - 1 - x, x)[caps], y[caps], level) if caps.any() else []
        y = np.minimum(y, POLAR - 1)
        head = np.array([list(text.encode()) for text in self.heads], dtype=np.uint8)
        columns = [head[2 * south.astype(int) + west.astype(int), index] for index in range(self.head_length)]
        rest = None
        if heights is not None:
            rest, below = heights
            columns.append(_CODES[below.astype(int)])
        for number, item in enumerate(self.levels[:level]):
            (a, x), (b, y) = np.divmod(x, item.width), np.divmod(y, item.depth)
            if number == 0 and self.numbered:
                a = np.where(west, 30 - a, 31 + a)
            fragment = _fragment(item, a, b)
            if caps.any():
                digits: tuple[Any, ...] = polar[number - 1] if number else (0, 0, 0)
                for place, digit in zip(fragment, digits):
                    place[caps] = _CODES[digit]
            columns += fragment
            if rest is not None:
                step, rest = np.divmod(rest, item.height)
                columns += _number(step, item.height_digits)
        return np.stack(columns, axis=-1).view(f"S{len(columns)}").ravel().astype(f"U{len(columns)}")

    def decode(self, code: str, solid: bool | None = None) -> Cell2D:
        """The cell of a code. Raises `UsageError` with the reason and place for a code that is none.

        `solid` says whether it has heights; only in the polar caps may that be unclear (`N000000` is a cap of level 3
        or a body of level 1), and then None takes it for one of the plane.
        """
        found = self._read(code, solid)
        if isinstance(found, Verdict):
            raise UsageError(f"{self.title}“{code[:60]}”不对：{found.reason}")
        return found

    def check(self, code: str) -> Verdict:
        """Whether the code is one of this grid, with the first place that is wrong."""
        found = self._read(code)
        if isinstance(found, Verdict):
            return found
        return Verdict(True, note=POLAR_NOTE if found.y >= POLAR else self.note)

    def _inside(self, x: np.ndarray, y: np.ndarray) -> None:
        if (y > 90 * UNITS_PER_DEGREE).any():
            raise UsageError("纬度要在 -90° 与 90° 之间；经度和纬度是不是写反了？")
        if not self.polar and (y >= POLAR).any():
            raise UsageError(f"{self.title}在纬度 88° 以上的规则没有公布，不能编码；可用北斗网格位置码")
        if (x > HALF_TURN).any():
            raise UsageError("经度要在 -180° 与 180° 之间")

    def _read(self, code: str, wanted: bool | None = None) -> Cell2D | Verdict:
        head = code[: self.head_length]
        if head not in self.heads:
            return broken("半球", 1, f"开头应为 {'、'.join(dict.fromkeys(self.heads))}，现在是“{head}”", self.note)
        verdicts = []
        for level, solid in self.levels_of(len(code)):
            if wanted is not None and solid != wanted:
                continue
            try:
                return _Reader(self, code, level, solid).cell()
            except _Broken as error:
                verdicts.append(error.verdict)
        if verdicts:  # several readings have this length: the one that goes farther is what was meant
            return max(verdicts, key=lambda verdict: verdict.position)
        shown = "、".join(str(self.length(level, False)) for level in range(1, len(self.levels) + 1))
        return broken("长度", 0, f"有 {len(code)} 位，没有这样长的级别（二维为 {shown} 位）", self.note)


class _Broken(Exception):
    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.reason)
        self.verdict = verdict


class _Reader:
    """Reads one code from left to right."""

    def __init__(self, grid: Grid, code: str, level: int, solid: bool) -> None:
        self.grid, self.code, self.level, self.solid = grid, code, level, solid
        self.place = grid.head_length

    def cell(self) -> Cell2D:
        grid = self.grid
        quadrant = grid.heads.index(self.code[: grid.head_length])
        west, south = bool(quadrant % 2), quadrant >= 2
        below = bool(self._take("高程符号", 1, 10, 2)) if self.solid else False
        if grid.polar and self.code[self.place : self.place + len(MARK)] == MARK:
            return self._polar(south, below)
        x = y = tall = 0
        for number, item in enumerate(grid.levels[: self.level], 1):
            a, b = self._fragment(item, number)
            if number == 1 and grid.numbered:
                west, a = a < 31, (30 - a if a < 31 else a - 31)
            x, y = x + a * item.width, y + b * item.depth
            if self.solid:
                tall += self._height(item, number) * item.height
        return self._found(west, south, x, y, (item.width, item.depth), (tall, below))

    def _polar(self, south: bool, below: bool) -> Cell2D:
        self.place += len(MARK)
        cell, tall = PolarCell(), 0
        for number, item in enumerate(self.grid.levels[: self.level], 1):
            if number > 1:
                place = self.place
                count = 1 if POLAR_LEVELS[number - 2].single else 2
                digits = tuple(self._take(f"第 {number} 级", 1, 32, 15) for _ in range(count))
                if not cell.enter(number, digits):
                    self.place = place
                    self._fail(f"第 {number} 级", f"极区没有“{self.code[place : place + count]}”这样的网格")
            if self.solid:
                tall += self._height(item, number) * item.height
        return self._found(False, south, cell.west, cell.y, (cell.width, cell.depth), (tall, below))

    def _found(
        self, west: bool, south: bool, x: int, y: int, size: tuple[int, int], height: tuple[int, bool]
    ) -> Cell2D:
        solid = (height[0], self.grid.levels[self.level - 1].height, height[1]) if self.solid else None
        return Cell2D(west, south, x, y, self.level, *size, solid)

    def _fragment(self, item: Level, number: int) -> tuple[int, int]:
        if item.style == "single":
            b, a = divmod(self._take(f"第 {number} 级", 1, 32, item.columns * item.rows), item.columns)
            return a, b
        if item.style == "pair":
            return self._take(f"第 {number} 级的列", 1, 32, item.columns), self._take(
                f"第 {number} 级的行", 1, 32, item.rows
            )
        if self.grid.numbered:
            a = self._take("带号", 2, 10, 61, 1)
        else:
            a = self._take(f"第 {number} 级的列", 2, 10, item.columns)
        letter = self.code[self.place]
        last = chr(ord("A") + item.rows - 1)
        if not "A" <= letter <= last:
            self._fail(f"第 {number} 级的行", f"应为字母 A 至 {last}，现在是“{letter}”")
        self.place += 1
        return a, ord(letter) - ord("A")

    def _height(self, item: Level, number: int) -> int:
        if item.height_digits == 2:
            return self._take(f"第 {number} 级的高程", 2, 10, 64)
        ratio = self.grid.levels[number - 2].height // item.height if number > 1 else 32
        return self._take(f"第 {number} 级的高程", 1, 32, ratio)

    def _take(self, what: str, count: int, base: int, limit: int, first: int = 0) -> int:
        text = self.code[self.place : self.place + count]
        digits = [DIGITS.find(character) for character in text]
        if any(not 0 <= digit < base for digit in digits):
            self._fail(what, f"“{text}”不是数字")
        value = 0
        for digit in digits:
            value = value * base + digit
        if not first <= value < limit:
            shown = (str(first), str(limit - 1)) if count > 1 else (DIGITS[first], DIGITS[limit - 1])
            self._fail(what, f"应在 {shown[0]} 至 {shown[1]} 之间，现在是“{text}”")
        self.place += count
        return value

    def _fail(self, what: str, reason: str) -> None:
        raise _Broken(broken(what, self.place + 1, f"第 {self.place + 1} 位起（{what}）{reason}", self.grid.note))


def _fragment(item: Level, a: np.ndarray, b: np.ndarray) -> list[np.ndarray]:
    if item.style == "single":
        return [_CODES[b * item.columns + a]]
    if item.style == "pair":
        return [_CODES[a], _CODES[b]]
    return [*_number(a, 2), (b + ord("A")).astype(np.uint8)]


def _number(value: np.ndarray, digits: int) -> list[np.ndarray]:
    return [_CODES[value]] if digits == 1 else [_CODES[value // 10], _CODES[value % 10]]
