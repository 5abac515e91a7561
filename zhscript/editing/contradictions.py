"""Conditions that can never hold: 甲 大于 5，且 甲 小于 3; 甲 等于“01”，且 甲 等于“02”; 1 大于 2."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Iterator, Optional

from .. import syntax as s
from ..program import Program

_TURNED = {"大于": "小于", "小于": "大于", "不大于": "不小于", "不小于": "不大于", "等于": "等于"}


@dataclass
class _Bounds:
    """What a conjunction says about one expression."""

    low: Optional[Fraction] = None
    low_open: bool = False
    high: Optional[Fraction] = None
    high_open: bool = False
    texts: list[frozenset[str]] = field(default_factory=list)

    def take(self, operator: str, value: Fraction) -> None:
        """Note 大于 value, 等于 value …"""
        if operator in ("大于", "不小于", "等于"):
            is_open = operator == "大于"
            if self.low is None or (value, is_open) > (self.low, self.low_open):
                self.low, self.low_open = value, is_open
        if operator in ("小于", "不大于", "等于"):
            is_open = operator == "小于"
            if self.high is None or (-value, is_open) > (-self.high, self.high_open):
                self.high, self.high_open = value, is_open

    @property
    def is_empty(self) -> bool:
        """Whether no value is left."""
        if self.low is not None and self.high is not None and self.low >= self.high:
            return self.low > self.high or self.low_open or self.high_open
        return bool(self.texts) and not frozenset.intersection(*self.texts)


def is_impossible(program: Program, *conditions: Any) -> bool:
    """Whether the conditions together hold for no values; False also when that cannot be told."""
    bounds: dict[str, _Bounds] = {}
    for condition in conditions:
        for part in _conjuncts(condition):
            if isinstance(part, s.Logical):
                if is_impossible(program, part.left) and is_impossible(program, part.right):
                    return True
            elif _note(part, program, bounds):
                return True
    return any(item.is_empty for item in bounds.values())


def _conjuncts(condition: Any) -> Iterator[Any]:
    if isinstance(condition, s.Logical) and condition.operator == "且":
        yield from _conjuncts(condition.left)
        yield from _conjuncts(condition.right)
    elif isinstance(condition, s.Group):
        yield from _conjuncts(condition.inner)
    else:
        yield condition


def _note(part: Any, program: Program, bounds: dict[str, _Bounds]) -> bool:
    """Take in one comparison; True when it is false by itself."""
    if isinstance(part, s.Between):
        low, high = program.constants.get(part.low), program.constants.get(part.high)
        mine = bounds.setdefault(_key(part.operand, program), _Bounds())
        for operator, value in (("不小于", low), ("不大于", high)):
            if value is not None:
                mine.take(operator, value)
        return False
    if not isinstance(part, s.Compare):
        return False
    left, right = program.constants.get(part.left), program.constants.get(part.right)
    operator = part.operator
    if left is not None and right is not None and operator in _TURNED:
        alone = _Bounds()
        alone.take(operator, right)
        alone.take("等于", left)
        return alone.is_empty
    if right is not None and operator in _TURNED:
        bounds.setdefault(_key(part.left, program), _Bounds()).take(operator, right)
    elif left is not None and operator in _TURNED:
        bounds.setdefault(_key(part.right, program), _Bounds()).take(_TURNED[operator], left)
    elif operator in ("等于", "属于"):
        texts = _texts(part.right)
        if texts is not None:
            bounds.setdefault(_key(part.left, program), _Bounds()).texts.append(texts)
    return False


def _texts(node: Any) -> Optional[frozenset[str]]:
    """The texts that a value may be, None when that is not written."""
    if isinstance(node, s.Text):
        return frozenset([node.value])
    if isinstance(node, s.Group):
        return _texts(node.inner)
    if isinstance(node, s.ListOf) and all(isinstance(item, s.Text) for item in node.items):
        return frozenset(item.value for item in node.items if isinstance(item, s.Text))
    return None


def _key(node: Any, program: Program) -> str:
    """The expression as written, blanks apart."""
    return "".join(program.source.slice(node.start, node.end).split())
