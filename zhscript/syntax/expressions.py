"""Nodes of expressions."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from fractions import Fraction
from typing import Optional, Union

from ..units import Dimension
from .nodes import Identifier, Node


@dataclass(eq=False, repr=False)
class Expression(Node):
    """What has a value."""


@dataclass(eq=False, repr=False)
class Name(Expression):
    """A name used as a value."""

    identifier: Identifier


@dataclass(eq=False, repr=False)
class Others(Expression):
    """其他 L: the layer without the feature that is being checked."""

    identifier: Identifier


@dataclass(eq=False, repr=False)
class Number(Expression):
    """A number without a unit."""

    value: Fraction


@dataclass(eq=False, repr=False)
class Quantity(Expression):
    """A number with a unit; `value` counts base units."""

    value: Fraction
    dimension: Dimension
    text: str


@dataclass(eq=False, repr=False)
class Date(Expression):
    """2024年6月1日."""

    value: datetime.date


@dataclass(eq=False, repr=False)
class Text(Expression):
    """A text without holes."""

    value: str


@dataclass(eq=False, repr=False)
class Hole(Node):
    """{expression：format，format} of a template."""

    expression: Expression
    formats: list[Identifier]


@dataclass(eq=False, repr=False)
class Template(Expression):
    """A text with holes, in pieces."""

    parts: list[Union[str, Hole]]


@dataclass(eq=False, repr=False)
class Reference(Expression):
    """规则“…”."""

    kind: str
    title: str


@dataclass(eq=False, repr=False)
class Group(Expression):
    """An expression in brackets."""

    inner: Expression


@dataclass(eq=False, repr=False)
class ListOf(Expression):
    """（a，b）: two items or more."""

    items: list[Expression]


@dataclass(eq=False, repr=False)
class Member(Expression):
    """甲 的 乙."""

    base: Expression
    identifier: Identifier


@dataclass(eq=False, repr=False)
class MeasuredMember(Expression):
    """g 的500米缓冲区."""

    base: Expression
    measure: Quantity
    identifier: Identifier


@dataclass(eq=False, repr=False)
class Item(Expression):
    """d 的（k），d 的“k”, 表 的第 i 个; `ordinal` tells counting from key."""

    base: Expression
    key: Expression
    ordinal: bool


@dataclass(eq=False, repr=False)
class LastItem(Expression):
    """表 的最后一个."""

    base: Expression


@dataclass(eq=False, repr=False)
class Located(Expression):
    """p 所在的 L."""

    base: Expression
    layer: Identifier


@dataclass(eq=False, repr=False)
class Argument(Node):
    """A value given to a function; `name` is that of the parameter or None."""

    name: Optional[Identifier]
    value: Expression


@dataclass(eq=False, repr=False)
class Call(Expression):
    """f（a）; `receiver` is x in x 的 f（a）."""

    function: Identifier
    receiver: Optional[Expression]
    arguments: list[Argument]


@dataclass(eq=False, repr=False)
class ToolCall(Expression):
    """工具“…”（…）."""

    title: str
    arguments: list[Argument]


@dataclass(eq=False, repr=False)
class OperationCall(Expression):
    """功能“…”（…）; `title` stands inside the quotation marks."""

    title: Identifier
    arguments: list[Argument]


@dataclass(eq=False, repr=False)
class Relation(Expression):
    """A 与 B 的相交面积."""

    left: Expression
    right: Expression
    word: Identifier


@dataclass(eq=False, repr=False)
class Distance(Expression):
    """A 到 B 的距离."""

    left: Expression
    right: Expression


@dataclass(eq=False, repr=False)
class Touching(Expression):
    """A 与 B 相交."""

    left: Expression
    right: Expression
    word: str


@dataclass(eq=False, repr=False)
class Negative(Expression):
    """− a."""

    operand: Expression


@dataclass(eq=False, repr=False)
class Arithmetic(Expression):
    """`operator` is one of + - × ÷."""

    left: Expression
    right: Expression
    operator: str


@dataclass(eq=False, repr=False)
class Convert(Expression):
    """a 换算为 unit."""

    operand: Expression
    unit: Identifier


@dataclass(eq=False, repr=False)
class Not(Expression):
    """并非 a."""

    operand: Expression


@dataclass(eq=False, repr=False)
class Logical(Expression):
    """`operator` is 且 or 或."""

    left: Expression
    right: Expression
    operator: str


@dataclass(eq=False, repr=False)
class Compare(Expression):
    """`operator` is the Chinese word: 大于, 不大于, 等于, 属于, 包含, 位于, 开头是 …"""

    left: Expression
    right: Expression
    operator: str


@dataclass(eq=False, repr=False)
class Between(Expression):
    """a 介于 low 至 high, both included."""

    operand: Expression
    low: Expression
    high: Expression


@dataclass(eq=False, repr=False)
class About(Expression):
    """a 约等于 b，误差不超过 t."""

    left: Expression
    right: Expression
    tolerance: Optional[Expression]


@dataclass(eq=False, repr=False)
class Unique(Expression):
    """x 的 f 在 L 中唯一."""

    operand: Expression
    layer: Expression


@dataclass(eq=False, repr=False)
class Empty(Expression):
    """a 为空; `negated`: 不为空."""

    operand: Expression
    negated: bool


@dataclass(eq=False, repr=False)
class Absent(Expression):
    """没有 a."""

    operand: Expression


@dataclass(eq=False, repr=False)
class Choose(Expression):
    """如果 … 则取 …，否则取 …."""

    choices: list[tuple[Expression, Expression]]
    otherwise: Expression


@dataclass(eq=False, repr=False)
class Range(Expression):
    """low 至 high."""

    low: Expression
    high: Expression


@dataclass(eq=False, repr=False)
class Query(Expression):
    """L 中的每个 x，其中 C，列出 E."""

    source: Expression
    identifier: Identifier
    where: Optional[Expression]
    listing: Optional[Expression]


@dataclass(eq=False, repr=False)
class Quantifier(Expression):
    """L 中的每个 x 都满足 C; L 中有 x 满足 C."""

    source: Expression
    identifier: Identifier
    condition: Expression
    every: bool
