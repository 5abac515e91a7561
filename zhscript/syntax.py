"""The tree of a program. `start` and `end` are offsets in the text; `end` is exclusive."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Optional, Union

from .units import Dimension

# nodes are compared by identity; fewer generated methods make the import three times as fast
node = partial(dataclass, eq=False, repr=False)


@node
class Node:
    start: int
    end: int


@node
class Identifier(Node):
    """A name: `name` is its key for comparison, `text` what the file says."""

    name: str
    text: str


# ---- expressions


@node
class Expression(Node):
    pass


@node
class Name(Expression):
    identifier: Identifier


@node
class Others(Expression):
    """其他 L: the layer without the feature that is being checked."""

    identifier: Identifier


@node
class Number(Expression):
    value: Fraction


@node
class Quantity(Expression):
    """A number with a unit; `value` counts base units."""

    value: Fraction
    dimension: Dimension
    text: str


@node
class Date(Expression):
    value: datetime.date


@node
class Text(Expression):
    value: str


@node
class Hole(Node):
    """{expression：format，format} of a template."""

    expression: Expression
    formats: list[Identifier]


@node
class Template(Expression):
    parts: list[Union[str, Hole]]


@node
class Reference(Expression):
    """规则“…”."""

    kind: str
    title: str


@node
class Group(Expression):
    """An expression in brackets."""

    inner: Expression


@node
class ListOf(Expression):
    items: list[Expression]


@node
class Member(Expression):
    base: Expression
    identifier: Identifier


@node
class MeasuredMember(Expression):
    """g 的500米缓冲区."""

    base: Expression
    measure: Quantity
    identifier: Identifier


@node
class Item(Expression):
    """d 的（k），d 的“k”, 表 的第 i 个; `ordinal` tells counting from key."""

    base: Expression
    key: Expression
    ordinal: bool


@node
class LastItem(Expression):
    base: Expression


@node
class Located(Expression):
    """p 所在的 L."""

    base: Expression
    layer: Identifier


@node
class Argument(Node):
    name: Optional[Identifier]
    value: Expression


@node
class Call(Expression):
    """f（a）; `receiver` is x in x 的 f（a）."""

    function: Identifier
    receiver: Optional[Expression]
    arguments: list[Argument]


@node
class Relation(Expression):
    """A 与 B 的相交面积."""

    left: Expression
    right: Expression
    word: Identifier


@node
class Distance(Expression):
    left: Expression
    right: Expression


@node
class Touching(Expression):
    """A 与 B 相交."""

    left: Expression
    right: Expression
    word: str


@node
class Negative(Expression):
    operand: Expression


@node
class Arithmetic(Expression):
    """`operator` is one of + - × ÷."""

    left: Expression
    right: Expression
    operator: str


@node
class Convert(Expression):
    operand: Expression
    unit: Identifier


@node
class Not(Expression):
    operand: Expression


@node
class Logical(Expression):
    """`operator` is 且 or 或."""

    left: Expression
    right: Expression
    operator: str


@node
class Compare(Expression):
    """`operator` is the Chinese word: 大于, 不大于, 等于, 属于, 包含, 位于, 开头是 …"""

    left: Expression
    right: Expression
    operator: str


@node
class Between(Expression):
    operand: Expression
    low: Expression
    high: Expression


@node
class About(Expression):
    left: Expression
    right: Expression
    tolerance: Optional[Expression]


@node
class Unique(Expression):
    """x 的 f 在 L 中唯一."""

    operand: Expression
    layer: Expression


@node
class Empty(Expression):
    operand: Expression
    negated: bool


@node
class Absent(Expression):
    operand: Expression


@node
class Choose(Expression):
    """如果 … 则取 …，否则取 …."""

    choices: list[tuple[Expression, Expression]]
    otherwise: Expression


@node
class Range(Expression):
    low: Expression
    high: Expression


@node
class Query(Expression):
    """L 中的每个 x，其中 C，列出 E."""

    source: Expression
    identifier: Identifier
    where: Optional[Expression]
    listing: Optional[Expression]


@node
class Quantifier(Expression):
    """L 中的每个 x 都满足 C; L 中有 x 满足 C."""

    source: Expression
    identifier: Identifier
    condition: Expression
    every: bool


# ---- statements


@node
class Statement(Node):
    pass


@node
class TypeName(Node):
    name: str
    text: str
    detailed: bool


@node
class Binding(Statement):
    """设定 (`variable` false) or 变量."""

    identifier: Identifier
    annotation: Optional[TypeName]
    value: Expression
    variable: bool


@node
class Assign(Statement):
    """改为, 增加, 减少: `operator` is = + -."""

    target: Expression
    value: Expression
    operator: str


@node
class CallStatement(Statement):
    call: Expression


@node
class Require(Statement):
    condition: Expression
    report: Optional[Expression]
    mark: Optional[Expression]
    suggestion: Optional[Expression]


@node
class Hint(Statement):
    message: Expression
    mark: Optional[Expression]
    suggestion: Optional[Expression]


@node
class Skip(Statement):
    pass


@node
class Break(Statement):
    pass


@node
class Return(Statement):
    value: Optional[Expression]


@node
class Show(Statement):
    values: list[Expression]


@node
class Fail(Statement):
    message: Expression


@node
class Put(Statement):
    value: Expression
    target: Expression
    word: str
    options: int


@node
class If(Statement):
    branches: list[tuple[Expression, list[Statement]]]
    otherwise: list[Statement]


@node
class Check(Statement):
    source: Expression
    identifier: Identifier
    where: Optional[Expression]
    body: list[Statement]


@node
class ForEach(Statement):
    source: Expression
    identifier: Identifier
    numbering: Optional[Identifier]
    where: Optional[Expression]
    body: list[Statement]


@node
class For(Statement):
    identifier: Identifier
    low: Expression
    high: Expression
    step: Optional[Expression]
    down: bool
    body: list[Statement]


@node
class Repeat(Statement):
    count: Expression
    body: list[Statement]


@node
class While(Statement):
    condition: Expression
    body: list[Statement]


# ---- declarations


@node
class Module(Statement):
    kind: str
    identifier: Identifier


@node
class Header(Statement):
    word: str
    values: list[Expression]


@node
class Field(Node):
    """A declared column: `column` is its name in the data, `type` a type or unit word or None."""

    identifier: Identifier
    type: Optional[TypeName]
    column: str


@node
class Layer(Statement):
    kind: str
    identifier: Identifier
    source: str
    options: list[Identifier]
    fields: list[Field]


@node
class Fields(Statement):
    fields: list[Field]


@node
class Basis(Statement):
    """依据; `text` is how it is cited."""

    text: str


@node
class Parameter(Statement):
    identifier: Identifier
    value: Expression
    basis: Optional[Basis]


@node
class Since(Node):
    date: datetime.date
    value: Expression
    basis: Optional[Basis]


@node
class DatedParameter(Statement):
    identifier: Identifier
    values: list[Since]


@node
class Rule(Statement):
    title: str
    headers: list[Header]
    basis: list[Basis]
    body: list[Statement]


@node
class RuleException(Statement):
    title: str
    target: str
    headers: list[Header]
    basis: list[Basis]
    conditions: list[Expression]


@node
class Formal(Node):
    identifier: Identifier
    annotation: Optional[TypeName]
    default: Optional[Expression]


@node
class Case(Node):
    """例外 … 如果 … 则取 … of a 标准."""

    title: str
    condition: Expression
    value: Expression
    basis: Optional[Basis]


@node
class Standard(Statement):
    identifier: Identifier
    formals: list[Formal]
    headers: list[Header]
    basis: list[Basis]
    principle: Expression
    cases: list[Case]


@node
class Function(Statement):
    identifier: Identifier
    formals: list[Formal]
    result: Optional[TypeName]
    headers: list[Header]
    body: list[Statement]


@node
class Given(Statement):
    identifier: Identifier
    value: Expression


@node
class Expect(Statement):
    condition: Expression


@node
class Test(Statement):
    title: str
    body: list[Statement]


@node
class Unsupported(Statement):
    """A construct of the language that this version does not run; `what` names it in Chinese."""

    what: str
