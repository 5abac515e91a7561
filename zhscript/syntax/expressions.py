"""Nodes of expressions."""

from __future__ import annotations

import datetime
from fractions import Fraction
from typing import Optional, Union

from ..records import record
from ..units import Dimension
from .nodes import Identifier, Node


@record
class Expression(Node):
    """What has a value."""


@record
class Name(Expression):
    """A name used as a value."""

    identifier: Identifier


@record
class Others(Expression):
    """其他 L: the layer without the feature that is being checked."""

    identifier: Identifier


@record
class Number(Expression):
    """A number without a unit."""

    value: Fraction


@record
class Quantity(Expression):
    """A number with a unit; `value` counts base units."""

    value: Fraction
    dimension: Dimension
    text: str


@record
class Date(Expression):
    """2024年6月1日."""

    value: datetime.date


@record
class Text(Expression):
    """A text without holes."""

    value: str


@record
class Hole(Node):
    """{expression：format，format} of a template."""

    expression: Expression
    formats: list[Identifier]


@record
class Template(Expression):
    """A text with holes, in pieces."""

    parts: list[Union[str, Hole]]


@record
class Reference(Expression):
    """规则“…”."""

    kind: str
    title: str


@record
class Group(Expression):
    """An expression in brackets."""

    inner: Expression


@record
class ListOf(Expression):
    """（a，b）: two items or more."""

    items: list[Expression]


@record
class Member(Expression):
    """甲 的 乙."""

    base: Expression
    identifier: Identifier


@record
class MeasuredMember(Expression):
    """g 的500米缓冲区."""

    base: Expression
    measure: Quantity
    identifier: Identifier


@record
class Item(Expression):
    """d 的（k），d 的“k”, 表 的第 i 个; `ordinal` tells counting from key."""

    base: Expression
    key: Expression
    ordinal: bool


@record
class LastItem(Expression):
    """表 的最后一个."""

    base: Expression


@record
class Located(Expression):
    """p 所在的 L."""

    base: Expression
    layer: Identifier


@record
class Argument(Node):
    """A value given to a function; `name` is that of the parameter or None."""

    name: Optional[Identifier]
    value: Expression


@record
class Call(Expression):
    """f（a）; `receiver` is x in x 的 f（a）."""

    function: Identifier
    receiver: Optional[Expression]
    arguments: list[Argument]


@record
class ToolCall(Expression):
    """工具“…”（…）."""

    title: str
    arguments: list[Argument]


@record
class OperationCall(Expression):
    """功能“…”（…）; `title` stands inside the quotation marks."""

    title: Identifier
    arguments: list[Argument]


@record
class Relation(Expression):
    """A 与 B 的相交面积."""

    left: Expression
    right: Expression
    word: Identifier


@record
class Distance(Expression):
    """A 到 B 的距离."""

    left: Expression
    right: Expression


@record
class Touching(Expression):
    """A 与 B 相交."""

    left: Expression
    right: Expression
    word: str


@record
class Negative(Expression):
    """− a."""

    operand: Expression


@record
class Arithmetic(Expression):
    """`operator` is one of + - × ÷."""

    left: Expression
    right: Expression
    operator: str


@record
class Convert(Expression):
    """a 换算为 unit."""

    operand: Expression
    unit: Identifier


@record
class Not(Expression):
    """并非 a."""

    operand: Expression


@record
class Logical(Expression):
    """`operator` is 且 or 或."""

    left: Expression
    right: Expression
    operator: str


@record
class Compare(Expression):
    """`operator` is the Chinese word: 大于, 不大于, 等于, 属于, 包含, 位于, 开头是 …"""

    left: Expression
    right: Expression
    operator: str


@record
class Between(Expression):
    """a 介于 low 至 high, both included."""

    operand: Expression
    low: Expression
    high: Expression


@record
class About(Expression):
    """a 约等于 b，误差不超过 t."""

    left: Expression
    right: Expression
    tolerance: Optional[Expression]


@record
class Unique(Expression):
    """x 的 f 在 L 中唯一."""

    operand: Expression
    layer: Expression


@record
class Empty(Expression):
    """a 为空; `negated`: 不为空."""

    operand: Expression
    negated: bool


@record
class Absent(Expression):
    """没有 a."""

    operand: Expression


@record
class Choose(Expression):
    """如果 … 则取 …，否则取 …."""

    choices: list[tuple[Expression, Expression]]
    otherwise: Expression


@record
class Range(Expression):
    """low 至 high."""

    low: Expression
    high: Expression


@record
class Query(Expression):
    """L 中的每个 x，其中 C，列出 E."""

    source: Expression
    identifier: Identifier
    where: Optional[Expression]
    listing: Optional[Expression]


@record
class Quantifier(Expression):
    """L 中的每个 x 都满足 C; L 中有 x 满足 C."""

    source: Expression
    identifier: Identifier
    condition: Expression
    every: bool
