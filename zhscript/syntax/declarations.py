"""Nodes of declarations."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Optional

from .expressions import Expression
from .nodes import Identifier, Node
from .statements import Option, Statement, TypeName


@dataclass(eq=False, repr=False)
class Module(Statement):
    """规则集, 脚本 or 工具箱 and its name."""

    kind: str
    identifier: Identifier


@dataclass(eq=False, repr=False)
class Header(Statement):
    """A line of the head of a file, rule or tool: 版本, 权限, 等级 …."""

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
    """图层 or 表格 (`kind`)."""

    kind: str
    identifier: Identifier
    source: str
    options: list[Option]
    fields: list[Field]


@dataclass(eq=False, repr=False)
class Import(Statement):
    """引用“…”: `names` are those of 中的, `alias` that of 为; neither: its rules become part of this."""

    title: str
    names: list[Identifier]
    alias: Optional[Identifier]
    version: str


@dataclass(eq=False, repr=False)
class Fields(Statement):
    """字段 in a line of its own: more fields of the layer above."""

    fields: list[Field]


@dataclass(eq=False, repr=False)
class Basis(Statement):
    """依据; `text` is how it is cited."""

    text: str


@dataclass(eq=False, repr=False)
class Parameter(Statement):
    """参数 … 为 …，依据 …."""

    identifier: Identifier
    value: Expression
    basis: Optional[Basis]


@dataclass(eq=False, repr=False)
class Since(Node):
    """自某日起 为 … of a dated parameter."""

    date: datetime.date
    value: Expression
    basis: Optional[Basis]


@dataclass(eq=False, repr=False)
class DatedParameter(Statement):
    """参数 with values from several dates on."""

    identifier: Identifier
    values: list[Since]


@dataclass(eq=False, repr=False)
class Rule(Statement):
    """规则“…” with its basis and body."""

    title: str
    headers: list[Header]
    basis: list[Basis]
    body: list[Statement]


@dataclass(eq=False, repr=False)
class RuleException(Statement):
    """例外“…” 针对“规则”; all conditions must hold."""

    title: str
    target: str
    over: list[str]
    headers: list[Header]
    basis: list[Basis]
    conditions: list[Expression]


@dataclass(eq=False, repr=False)
class Formal(Node):
    """A parameter of a function or a standard."""

    identifier: Identifier
    annotation: Optional[TypeName]
    default: Optional[Expression]


@dataclass(eq=False, repr=False)
class Case(Node):
    """例外 … 如果 … 则取 … of a 标准; it goes before the cases named in `over` (优先于)."""

    title: str
    over: list[str]
    condition: Expression
    value: Expression
    basis: Optional[Basis]


@dataclass(eq=False, repr=False)
class Standard(Statement):
    """标准 …（…）: a value with a principle and cases."""

    identifier: Identifier
    formals: list[Formal]
    headers: list[Header]
    basis: list[Basis]
    principle: Expression
    cases: list[Case]


@dataclass(eq=False, repr=False)
class Function(Statement):
    """函数 …（…）; a short one has a single 返回."""

    identifier: Identifier
    formals: list[Formal]
    result: Optional[TypeName]
    headers: list[Header]
    body: list[Statement]


@dataclass(eq=False, repr=False)
class Given(Statement):
    """已知 图层 为 … of a test."""

    identifier: Identifier
    value: Expression


@dataclass(eq=False, repr=False)
class Expect(Statement):
    """期望 C of a test."""

    condition: Expression


@dataclass(eq=False, repr=False)
class ExpectFailure(Statement):
    """期望报错“…”：式子: evaluating it must end with an error that contains the text."""

    text: str
    value: Expression


@dataclass(eq=False, repr=False)
class Test(Statement):
    """测试“…”."""

    title: str
    body: list[Statement]


@dataclass(eq=False, repr=False)
class FormParameter(Statement):
    """参数 名：类型，… of a tool. `limits` holds (大于 | 小于 | 不大于 | 不小于 …, value), `range` the ends of 介于."""

    identifier: Identifier
    type: TypeName
    options: list[Option]
    default: Optional[Expression]
    limits: list[tuple[str, Expression]]
    range: Optional[tuple[Expression, Expression]]


@dataclass(eq=False, repr=False)
class Output(Statement):
    """输出 … of a tool."""

    identifier: Identifier
    type: TypeName
    options: list[Option]
    fields: list[Field]


@dataclass(eq=False, repr=False)
class Precondition(Node):
    """条件 …，否则报告“…” of a tool."""

    condition: Expression
    report: Optional[Expression]


@dataclass(eq=False, repr=False)
class Tool(Statement):
    """`parameters` are `FormParameter`s, and `Parameter`s or `DatedParameter`s for fixed values; `layers` its own."""

    title: str
    headers: list[Header]
    basis: list[Basis]
    parameters: list[Statement]
    outputs: list[Output]
    layers: list[Statement]
    preconditions: list[Precondition]
    body: list[Statement]
