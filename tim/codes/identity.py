"""The space identity code of basic geographic entities: location code, class code, sequence.

Lengths that the standards' published parts do not give are settings, and the verdict says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from tim.codes.standards import LOCATION
from tim.codes.verdict import Verdict, broken

_NOTE = "专有标识域、顺序码和扩展域的长度没有公布，按设置检查（未核实）"


@dataclass(frozen=True)
class IdentityProfile:
    """Lengths of the parts, in characters. `location` is 26 (plane) or 44 (with height)."""

    prefix: int = 0
    location: int = 26
    class_code: int = 6
    sequence: int = 6
    extension: int = 0

    @property
    def length(self) -> int:
        """Characters of the whole code."""
        return self.prefix + self.location + self.class_code + self.sequence + self.extension


def check_identity(code: str, profile: IdentityProfile | None = None) -> Verdict:
    """Whether a space identity code has the parts of its profile, each well formed."""
    profile = profile or IdentityProfile()
    if len(code) != profile.length:
        return broken("长度", 0, f"有 {len(code)} 位，按设置应为 {profile.length} 位", _NOTE)
    start = profile.prefix
    place = LOCATION.check(code[start : start + profile.location])
    if not place.valid:
        position = start + place.position if place.position else start + 1
        return broken(f"位置码·{place.segment}", position, f"位置码{place.reason}", _NOTE)
    start += profile.location
    for name, length in (("分类码", profile.class_code), ("顺序码", profile.sequence)):
        part = code[start : start + length]
        if not (part.isascii() and part.isdigit()):
            return broken(name, start + 1, f"第 {start + 1} 位起（{name}）应为 {length} 位数字，现在是“{part}”", _NOTE)
        start += length
    return Verdict(True, note=_NOTE)
