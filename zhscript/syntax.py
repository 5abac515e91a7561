"""The tree of a program. `start` and `end` are offsets in the text; `end` is exclusive."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from fractions import Fraction
from typing import Optional, Union

from .units import Dimension


@dataclass
class Node:
    start: int
    end: int


@dataclass
class Identifier(Node):
    """A name: `name` is its key for comparison, `text` what the file says."""

    name: str
    text: str


# ---- expressions


@dataclass
class Expression(Node):
    pass


@dataclass
class Name(Expression):
    identifier: Identifier


@dataclass
class Others(Expression):
    """其他 L: the layer without the feature that is being checked."""

    identifier: Identifier


@dataclass
class Number(Expression):
    value: Fraction


@dataclass
class Quantity(Expression):
    """A number with a unit; `value` counts base units."""

    value: Fraction
    dimension: Dimension
    text: str


@dataclass
class Date(Expression):
    value: datetime.date


@dataclass
class Text(Expression):
    value: str


@dataclass
class Hole(Node):
    """{expression：format，format} of a template."""

    expression: Expression
    formats: list[Identifier]


@dataclass
class Template(Expression):
    parts: list[Union[str, Hole]]


@dataclass
class Reference(Expression):
    """规则“…”."""

    kind: str
    title: str


@dataclass
class Group(Expression):
    """An expression in brackets."""

    inner: Expression


@dataclass
class ListOf(Expression):
    items: list[Expression]


@dataclass
class Member(Expression):
    base: Expression
    identifier: Identifier


@dataclass
class MeasuredMember(Expression):
    """g 的500米缓冲区."""

    base: Expression
    measure: Quantity
    identifier: Identifier


@dataclass
class Item(Expression):
    """d 的（k），d 的“k”, 表 的第 i 个; `ordinal` tells counting from key."""

    base: Expression
    key: Expression
    ordinal: bool


@dataclass
class LastItem(Expression):
    base: Expression


@dataclass
class Located(Expression):
    """p 所在的 L."""

    base: Expression
    layer: Identifier


@dataclass
class Argument(Node):
    name: Optional[Identifier]
    value: Expression


@dataclass
class Call(Expression):
    """f（a）; `receiver` is x in x 的 f（a）."""

    function: Identifier
    receiver: Optional[Expression]
    arguments: list[Argument]


@dataclass
class Relation(Expression):
    """A 与 B 的相交面积."""

    left: Expression
    right: Expression
    word: Identifier


@dataclass
class Distance(Expression):
    left: Expression
    right: Expression


@dataclass
class Touching(Expression):
    """A 与 B 相交."""

    left: Expression
    right: Expression
    word: str


@dataclass
class Negative(Expression):
    operand: Expression


@dataclass
class Arithmetic(Expression):
    """`operator` is one of + - × ÷."""

    left: Expression
    right: Expression
    operator: str


@dataclass
class Convert(Expression):
    operand: Expression
    unit: Identifier


@dataclass
class Not(Expression):
    operand: Expression


@dataclass
class Logical(Expression):
    """`operator` is 且 or 或."""

    left: Expression
    right: Expression
    operator: str


@dataclass
class Compare(Expression):
    """`operator` is the Chinese word: 大于, 不大于, 等于, 属于, 包含, 位于, 开头是 …"""

    left: Expression
    right: Expression
    operator: str


@dataclass
class Between(Expression):
    operand: Expression
    low: Expression
    high: Expression


@dataclass
class About(Expression):
    left: Expression
    right: Expression
    tolerance: Optional[Expression]


@dataclass
class Unique(Expression):
    """x 的 f 在 L 中唯一."""

    operand: Expression
    layer: Expression


@dataclass
class Empty(Expression):
    operand: Expression
    negated: bool


@dataclass
class Absent(Expression):
    operand: Expression


@dataclass
class Choose(Expression):
    """如果 … 则取 …，否则取 …."""

    choices: list[tuple[Expression, Expression]]
    otherwise: Expression


@dataclass
class Range(Expression):
    low: Expression
    high: Expression


@dataclass
class Query(Expression):
    """L 中的每个 x，其中 C，列出 E."""

    source: Expression
    identifier: Identifier
    where: Optional[Expression]
    listing: Optional[Expression]


@dataclass
class Quantifier(Expression):
    """L 中的每个 x 都满足 C; L 中有 x 满足 C."""

    source: Expression
    identifier: Identifier
    condition: Expression
    every: bool


# ---- statements


@dataclass
class Statement(Node):
    pass


@dataclass
class TypeName(Node):
    name: str
    text: str
    detailed: bool


@dataclass
class Binding(Statement):
    """设定 (`variable` false) or 变量."""

    identifier: Identifier
    annotation: Optional[TypeName]
    value: Expression
    variable: bool


@dataclass
class Assign(Statement):
    """改为, 增加, 减少: `operator` is = + -."""

    target: Expression
    value: Expression
    operator: str


@dataclass
class CallStatement(Statement):
    call: Expression


@dataclass
class Require(Statement):
    condition: Expression
    report: Optional[Expression]
    mark: Optional[Expression]
    suggestion: Optional[Expression]


@dataclass
class Hint(Statement):
    message: Expression
    mark: Optional[Expression]
    suggestion: Optional[Expression]


@dataclass
class Skip(Statement):
    pass


@dataclass
class Break(Statement):
    pass


@dataclass
class Return(Statement):
    value: Optional[Expression]


@dataclass
class Show(Statement):
    values: list[Expression]


@dataclass
class Fail(Statement):
    message: Expression


@dataclass
class Put(Statement):
    value: Expression
    target: Expression
    word: str
    options: int


@dataclass
class If(Statement):
    branches: list[tuple[Expression, list[Statement]]]
    otherwise: list[Statement]


@dataclass
class Check(Statement):
    source: Expression
    identifier: Identifier
    where: Optional[Expression]
    body: list[Statement]


@dataclass
class ForEach(Statement):
    source: Expression
    identifier: Identifier
    numbering: Optional[Identifier]
    where: Optional[Expression]
    body: list[Statement]


@dataclass
class For(Statement):
    identifier: Identifier
    low: Expression
    high: Expression
    step: Optional[Expression]
    down: bool
    body: list[Statement]


@dataclass
class Repeat(Statement):
    count: Expression
    body: list[Statement]


@dataclass
class While(Statement):
    condition: Expression
    body: list[Statement]


# ---- declarations


@dataclass
class Module(Statement):
    kind: str
    identifier: Identifier


@dataclass
class Header(Statement):
    word: str
    values: list[Expression]


@dataclass
class Field(Node):
    """A declared column: `column` is its name in the data, `type` a type or unit word or None."""

    identifier: Identifier
    type: Optional[TypeName]
    column: str


@dataclass
class Layer(Statement):
    kind: str
    identifier: Identifier
    source: str
    options: list[Identifier]
    fields: list[Field]


@dataclass
class Fields(Statement):
    fields: list[Field]


@dataclass
class Basis(Statement):
    """依据; `text` is how it is cited."""

    text: str


@dataclass
class Parameter(Statement):
    identifier: Identifier
    value: Expression
    basis: Optional[Basis]


@dataclass
class Since(Node):
    date: datetime.date
    value: Expression
    basis: Optional[Basis]


@dataclass
class DatedParameter(Statement):
    identifier: Identifier
    values: list[Since]


@dataclass
class Rule(Statement):
    title: str
    headers: list[Header]
    basis: list[Basis]
    body: list[Statement]


@dataclass
class RuleException(Statement):
    title: str
    target: str
    headers: list[Header]
    basis: list[Basis]
    conditions: list[Expression]


@dataclass
class Formal(Node):
    identifier: Identifier
    annotation: Optional[TypeName]
    default: Optional[Expression]


@dataclass
class Case(Node):
    """例外 … 如果 … 则取 … of a 标准."""

    title: str
    condition: Expression
    value: Expression
    basis: Optional[Basis]


@dataclass
class Standard(Statement):
    identifier: Identifier
    formals: list[Formal]
    headers: list[Header]
    basis: list[Basis]
    principle: Expression
    cases: list[Case]


@dataclass
class Function(Statement):
    identifier: Identifier
    formals: list[Formal]
    result: Optional[TypeName]
    headers: list[Header]
    body: list[Statement]


@dataclass
class Given(Statement):
    identifier: Identifier
    value: Expression


@dataclass
class Expect(Statement):
    condition: Expression


@dataclass
class Test(Statement):
    title: str
    body: list[Statement]


@dataclass
class Unsupported(Statement):
    """A construct of the language that this version does not run; `what` names it in Chinese."""

    what: str
