"""GeoSOT codes in the plane: GB/T 40087-2021."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from tim.codes.angle import UNITS_PER_DEGREE, is_negative, whole_units
from tim.codes.verdict import Verdict, broken
from tim.errors import UsageError

_MINUTE, _SECOND = 122_880, 2048
_NOTE = "西半球、南半球以符号位表示，没有公布的算例（未核实）"
_FORM = re.compile(r"G([0-3]{1,9})(?:-([0-3]{1,6})(?:-([0-3]{1,6})(?:\.([0-3]{1,11}))?)?)?")


@dataclass(frozen=True)
class GeoSot:
    """Encoding and decoding; coordinates are truncated to 1/2048″."""

    name: str = "geosot"
    title: str = "GeoSOT 剖分编码"
    deepest: int = 32

    def encode(self, lon: object, lat: object, level: int = 32) -> np.ndarray:
        """Codes (text array) of points in degrees (floats or decimal texts). Raises `UsageError` off the globe."""
        if not 1 <= level <= self.deepest:
            raise UsageError(f"{self.title}有 1 至 {self.deepest} 级，没有第 {level} 级")
        x, y = self._word(lon, 180, level), self._word(lat, 90, level)
        digits = np.empty((len(x), level), dtype=np.uint8)
        for place in range(level):
            bit = np.uint64(31 - place)
            one = np.uint64(1)
            digits[:, place] = ((y >> bit) & one) * 2 + ((x >> bit) & one)
        texts = (digits + ord("0")).view(f"S{level}").ravel().astype(f"U{level}")
        return np.array([_punctuated(text) for text in texts])

    def morton(self, code: str) -> int:
        """The code as one 64-bit number: bit 2i from the longitude, bit 2i + 1 from the latitude."""
        digits = "".join(filter(str.isdigit, code))
        return int(digits, 4) << 2 * (32 - len(digits))

    def bounds(self, code: str) -> tuple[float, float, float, float]:
        """(west, south, east, north) in degrees. Raises `UsageError` for a code that is none."""
        found = self._read(code)
        if isinstance(found, Verdict):
            raise UsageError(f"{self.title}“{code[:60]}”不对：{found.reason}")
        (west, east), (south, north) = found
        return west, south, east, north

    def check(self, code: str) -> Verdict:
        """Whether the code names a real cell: minutes and seconds below 60, degrees within the globe."""
        found = self._read(code)
        return found if isinstance(found, Verdict) else Verdict(True, note=_NOTE)

    def _word(self, values: object, limit: int, level: int) -> np.ndarray:
        units = whole_units(values)
        if (units > limit * UNITS_PER_DEGREE).any():
            raise UsageError(f"坐标超出 ±{limit}°")
        degrees, rest = np.divmod(units, UNITS_PER_DEGREE)
        minutes, rest = np.divmod(rest, _MINUTE)
        seconds, part = np.divmod(rest, _SECOND)
        word = (is_negative(values).astype(np.int64) << 31) | degrees << 23 | minutes << 17 | seconds << 11 | part
        return (word >> (32 - level) << (32 - level)).astype(np.uint64)

    def _read(self, code: str) -> tuple[tuple[float, float], tuple[float, float]] | Verdict:
        match = _FORM.fullmatch(code)
        groups = [group or "" for group in match.groups()] if match else []
        full = (9, 6, 6)
        if not match or any(groups[i + 1] and len(groups[i]) != full[i] for i in range(3)):
            place = _wrong_place(code)
            return broken("形式", place, "应为 G 加四进制数字，写作 G#########-######-######.###########", _NOTE)
        digits = "".join(groups)
        pairs = [(int(digit) & 1, int(digit) >> 1) for digit in digits]
        sides = []
        for axis, limit, name in ((0, 180, "经度"), (1, 90, "纬度")):
            word = 0
            for pair in pairs:
                word = word << 1 | pair[axis]
            side = _extent(word << (32 - len(digits)), len(digits), limit)
            if side is None:
                return broken(name, 0, f"{name}的度、分或秒超出范围，这样的网格不存在", _NOTE)
            sides.append(side)
        return sides[0], sides[1]


def _extent(word: int, level: int, limit: int) -> tuple[float, float] | None:
    """From and to in degrees, west or south negative; None for a cell that does not exist."""
    size = 1 << (32 - level)
    negative, magnitude = word >> 31, word & 0x7FFFFFFF
    start = _units(magnitude)
    if start is None or start >= limit * UNITS_PER_DEGREE:
        return None
    after = magnitude + size
    end = min(_rounded_up(after), limit * UNITS_PER_DEGREE)
    low, high = start / UNITS_PER_DEGREE, end / UNITS_PER_DEGREE
    return (-high, -low) if negative else (low, high)


def _units(magnitude: int) -> int | None:
    degrees, minutes, seconds = magnitude >> 23, magnitude >> 17 & 63, magnitude >> 11 & 63
    if minutes >= 60 or seconds >= 60:
        return None
    return degrees * UNITS_PER_DEGREE + minutes * _MINUTE + seconds * _SECOND + (magnitude & 2047)


def _rounded_up(magnitude: int) -> int:
    """Units of a border; a border inside the unused slots 60–63 lies at the next whole minute or degree."""
    degrees, minutes, seconds = magnitude >> 23, magnitude >> 17 & 63, magnitude >> 11 & 63
    rest = min(seconds * _SECOND + (magnitude & 2047), _MINUTE)
    return degrees * UNITS_PER_DEGREE + min(minutes * _MINUTE + rest, UNITS_PER_DEGREE)


def _punctuated(digits: str) -> str:
    text = "G" + digits[:9]
    for start, end, mark in ((9, 15, "-"), (15, 21, "-"), (21, 32, ".")):
        if len(digits) > start:
            text += mark + digits[start:end]
    return text


def _wrong_place(code: str) -> int:
    """The first character (from 1) after which nothing can make the code right; 0 when only its end is missing."""
    pattern = "G" + "d" * 9 + "-" + "d" * 6 + "-" + "d" * 6 + "." + "d" * 11
    for place, character in enumerate(code):
        if place >= len(pattern):
            return place + 1
        if character not in "0123" if pattern[place] == "d" else character != pattern[place]:
            return place + 1
    return 0


GEOSOT = GeoSot()
