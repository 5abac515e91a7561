"""Nodes of statements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from .expressions import Expression
from .nodes import Identifier, Node


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
