"""The tree of a program. `start` and `end` are offsets in the text; `end` is exclusive."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from fractions import Fraction
from typing import Optional, Union

from .units import Dimension

# Nodes are compared by identity; fewer generated methods make the import three times as fast.


@dataclass(eq=False, repr=False)
class Node:
    start: int
    end: int


@dataclass(eq=False, repr=False)
class Identifier(Node):
    """A name: `name` is its key for comparison, `text` what the file says."""

    name: str
    text: str


# ---- expressions


@dataclass(eq=False, repr=False)
class Expression(Node):
    pass


@dataclass(eq=False, repr=False)
class Name(Expression):
    identifier: Identifier


@dataclass(eq=False, repr=False)
class Others(Expression):
    """其他 L: the layer without the feature that is being checked."""

    identifier: Identifier


@dataclass(eq=False, repr=False)
class Number(Expression):
    value: Fraction


@dataclass(eq=False, repr=False)
class Quantity(Expression):
    """A number with a unit; `value` counts base units."""

    value: Fraction
    dimension: Dimension
    text: str


@dataclass(eq=False, repr=False)
class Date(Expression):
    value: datetime.date


@dataclass(eq=False, repr=False)
class Text(Expression):
    value: str


@dataclass(eq=False, repr=False)
class Hole(Node):
    """{expression：format，format} of a template."""

    expression: Expression
    formats: list[Identifier]


@dataclass(eq=False, repr=False)
class Template(Expression):
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
    items: list[Expression]


@dataclass(eq=False, repr=False)
class Member(Expression):
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
    base: Expression


@dataclass(eq=False, repr=False)
class Located(Expression):
    """p 所在的 L."""

    base: Expression
    layer: Identifier


@dataclass(eq=False, repr=False)
class Argument(Node):
    name: Optional[Identifier]
    value: Expression


@dataclass(eq=False, repr=False)
class Call(Expression):
    """f（a）; `receiver` is x in x 的 f（a）."""

    function: Identifier
    receiver: Optional[Expression]
    arguments: list[Argument]


@dataclass(eq=False, repr=False)
class Relation(Expression):
    """A 与 B 的相交面积."""

    left: Expression
    right: Expression
    word: Identifier


@dataclass(eq=False, repr=False)
class Distance(Expression):
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
    operand: Expression


@dataclass(eq=False, repr=False)
class Arithmetic(Expression):
    """`operator` is one of + - × ÷."""

    left: Expression
    right: Expression
    operator: str


@dataclass(eq=False, repr=False)
class Convert(Expression):
    operand: Expression
    unit: Identifier


@dataclass(eq=False, repr=False)
class Not(Expression):
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
    operand: Expression
    low: Expression
    high: Expression


@dataclass(eq=False, repr=False)
class About(Expression):
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
    operand: Expression
    negated: bool


@dataclass(eq=False, repr=False)
class Absent(Expression):
    operand: Expression


@dataclass(eq=False, repr=False)
class Choose(Expression):
    """如果 … 则取 …，否则取 …."""

    choices: list[tuple[Expression, Expression]]
    otherwise: Expression


@dataclass(eq=False, repr=False)
class Range(Expression):
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


# ---- statements


@dataclass(eq=False, repr=False)
class Statement(Node):
    pass


@dataclass(eq=False, repr=False)
class TypeName(Node):
    name: str
    text: str
    detailed: bool


@dataclass(eq=False, repr=False)
class Binding(Statement):
    """设定 (`variable` false) or 变量."""

    identifier: Identifier
    annotation: Optional[TypeName]
    value: Expression
    variable: bool


@dataclass(eq=False, repr=False)
class Assign(Statement):
    """改为, 增加, 减少: `operator` is = + -."""

    target: Expression
    value: Expression
    operator: str


@dataclass(eq=False, repr=False)
class CallStatement(Statement):
    call: Expression


@dataclass(eq=False, repr=False)
class Require(Statement):
    condition: Expression
    report: Optional[Expression]
    mark: Optional[Expression]
    suggestion: Optional[Expression]


@dataclass(eq=False, repr=False)
class Hint(Statement):
    message: Expression
    mark: Optional[Expression]
    suggestion: Optional[Expression]


@dataclass(eq=False, repr=False)
class Skip(Statement):
    pass


@dataclass(eq=False, repr=False)
class Break(Statement):
    pass


@dataclass(eq=False, repr=False)
class Return(Statement):
    value: Optional[Expression]


@dataclass(eq=False, repr=False)
class Show(Statement):
    values: list[Expression]


@dataclass(eq=False, repr=False)
class Fail(Statement):
    message: Expression


@dataclass(eq=False, repr=False)
class Put(Statement):
    value: Expression
    target: Expression
    word: str
    options: int


@dataclass(eq=False, repr=False)
class If(Statement):
    branches: list[tuple[Expression, list[Statement]]]
    otherwise: list[Statement]


@dataclass(eq=False, repr=False)
class Check(Statement):
    source: Expression
    identifier: Identifier
    where: Optional[Expression]
    body: list[Statement]


@dataclass(eq=False, repr=False)
class ForEach(Statement):
    source: Expression
    identifier: Identifier
    numbering: Optional[Identifier]
    where: Optional[Expression]
    body: list[Statement]


@dataclass(eq=False, repr=False)
class For(Statement):
    identifier: Identifier
    low: Expression
    high: Expression
    step: Optional[Expression]
    down: bool
    body: list[Statement]


@dataclass(eq=False, repr=False)
class Repeat(Statement):
    count: Expression
    body: list[Statement]


@dataclass(eq=False, repr=False)
class While(Statement):
    condition: Expression
    body: list[Statement]


# ---- declarations


@dataclass(eq=False, repr=False)
class Module(Statement):
    kind: str
    identifier: Identifier


@dataclass(eq=False, repr=False)
class Header(Statement):
    word: str
    values: list[Expression]


@dataclass(eq=False, repr=False)
class Field(Node):
    """A declared column: `column` is its name in the data, `type` a type or unit word or None."""

    identifier: Identifier
    type: Optional[TypeName]
    column: str


@dataclass(eq=False, repr=False)
class Layer(Statement):
    kind: str
    identifier: Identifier
    source: str
    options: list[Identifier]
    fields: list[Field]


@dataclass(eq=False, repr=False)
class Fields(Statement):
    fields: list[Field]


@dataclass(eq=False, repr=False)
class Basis(Statement):
    """依据; `text` is how it is cited."""

    text: str


@dataclass(eq=False, repr=False)
class Parameter(Statement):
    identifier: Identifier
    value: Expression
    basis: Optional[Basis]


@dataclass(eq=False, repr=False)
class Since(Node):
    date: datetime.date
    value: Expression
    basis: Optional[Basis]


@dataclass(eq=False, repr=False)
class DatedParameter(Statement):
    identifier: Identifier
    values: list[Since]


@dataclass(eq=False, repr=False)
class Rule(Statement):
    title: str
    headers: list[Header]
    basis: list[Basis]
    body: list[Statement]


@dataclass(eq=False, repr=False)
class RuleException(Statement):
    title: str
    target: str
    headers: list[Header]
    basis: list[Basis]
    conditions: list[Expression]


@dataclass(eq=False, repr=False)
class Formal(Node):
    identifier: Identifier
    annotation: Optional[TypeName]
    default: Optional[Expression]


@dataclass(eq=False, repr=False)
class Case(Node):
    """例外 … 如果 … 则取 … of a 标准."""

    title: str
    condition: Expression
    value: Expression
    basis: Optional[Basis]


@dataclass(eq=False, repr=False)
class Standard(Statement):
    identifier: Identifier
    formals: list[Formal]
    headers: list[Header]
    basis: list[Basis]
    principle: Expression
    cases: list[Case]


@dataclass(eq=False, repr=False)
class Function(Statement):
    identifier: Identifier
    formals: list[Formal]
    result: Optional[TypeName]
    headers: list[Header]
    body: list[Statement]


@dataclass(eq=False, repr=False)
class Given(Statement):
    identifier: Identifier
    value: Expression


@dataclass(eq=False, repr=False)
class Expect(Statement):
    condition: Expression


@dataclass(eq=False, repr=False)
class Test(Statement):
    title: str
    body: list[Statement]


@dataclass(eq=False, repr=False)
class Unsupported(Statement):
    """A construct of the language that this version does not run; `what` names it in Chinese."""

    what: str
