"""Nodes of declarations."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Optional

from .expressions import Expression
from .nodes import Identifier, Node
from .statements import Statement, TypeName


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
