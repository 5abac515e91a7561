"""Nodes of declarations."""

from __future__ import annotations

import datetime
from typing import Optional

from ..records import record
from .expressions import Expression
from .nodes import Identifier, Node
from .statements import Option, Statement, TypeName


@record
class Module(Statement):
    """规则集, 脚本 or 工具箱 and its name."""

    kind: str
    identifier: Identifier


@record
class Header(Statement):
    """A line of the head of a file, rule or tool: 版本, 权限, 等级 …."""

    word: str
    values: list[Expression]


@record
class Field(Node):
    """A declared column: `column` is its name in the data, `type` a type or unit word or None."""

    identifier: Identifier
    type: Optional[TypeName]
    column: str


@record
class Layer(Statement):
    """图层 or 表格 (`kind`)."""

    kind: str
    identifier: Identifier
    source: str
    options: list[Option]
    fields: list[Field]


@record
class Import(Statement):
    """引用“…”: `names` are those of 中的, `alias` that of 为; neither: its rules become part of this."""

    title: str
    names: list[Identifier]
    alias: Optional[Identifier]
    version: str


@record
class Fields(Statement):
    """字段 in a line of its own: more fields of the layer above."""

    fields: list[Field]


@record
class Basis(Statement):
    """依据; `text` is how it is cited."""

    text: str


@record
class Parameter(Statement):
    """参数 … 为 …，依据 …."""

    identifier: Identifier
    value: Expression
    basis: Optional[Basis]


@record
class Since(Node):
    """自某日起 为 … of a dated parameter."""

    date: datetime.date
    value: Expression
    basis: Optional[Basis]


@record
class DatedParameter(Statement):
    """参数 with values from several dates on."""

    identifier: Identifier
    values: list[Since]


@record
class Rule(Statement):
    """规则“…” with its basis and body."""

    title: str
    headers: list[Header]
    basis: list[Basis]
    body: list[Statement]


@record
class RuleException(Statement):
    """例外“…” 针对“规则”; all conditions must hold."""

    title: str
    target: str
    over: list[str]
    headers: list[Header]
    basis: list[Basis]
    conditions: list[Expression]


@record
class Formal(Node):
    """A parameter of a function or a standard."""

    identifier: Identifier
    annotation: Optional[TypeName]
    default: Optional[Expression]


@record
class Case(Node):
    """例外 … 如果 … 则取 … of a 标准; it goes before the cases named in `over` (优先于)."""

    title: str
    over: list[str]
    condition: Expression
    value: Expression
    basis: Optional[Basis]


@record
class Standard(Statement):
    """标准 …（…）: a value with a principle and cases."""

    identifier: Identifier
    formals: list[Formal]
    headers: list[Header]
    basis: list[Basis]
    principle: Expression
    cases: list[Case]


@record
class Function(Statement):
    """函数 …（…）; a short one has a single 返回."""

    identifier: Identifier
    formals: list[Formal]
    result: Optional[TypeName]
    headers: list[Header]
    body: list[Statement]


@record
class Given(Statement):
    """已知 图层 为 … of a test."""

    identifier: Identifier
    value: Expression


@record
class Expect(Statement):
    """期望 C of a test."""

    condition: Expression


@record
class ExpectFailure(Statement):
    """期望报错“…”：式子: evaluating it must end with an error that contains the text."""

    text: str
    value: Expression


@record
class Test(Statement):
    """测试“…”."""

    title: str
    body: list[Statement]


@record
class FormParameter(Statement):
    """参数 名：类型，… of a tool. `limits` holds (大于 | 小于 | 不大于 | 不小于 …, value), `range` the ends of 介于."""

    identifier: Identifier
    type: TypeName
    options: list[Option]
    default: Optional[Expression]
    limits: list[tuple[str, Expression]]
    range: Optional[tuple[Expression, Expression]]


@record
class Output(Statement):
    """输出 … of a tool."""

    identifier: Identifier
    type: TypeName
    options: list[Option]
    fields: list[Field]


@record
class Precondition(Node):
    """条件 …，否则报告“…” of a tool."""

    condition: Expression
    report: Optional[Expression]


@record
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
