"""Nodes of statements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from .expressions import Argument, Expression
from .nodes import Identifier, Node


@dataclass(eq=False, repr=False)
class Statement(Node):
    pass


@dataclass(eq=False, repr=False)
class Option(Node):
    """，工作表“指标” after a declaration or a 保存为; without a value it is a bare word."""

    identifier: Identifier
    value: Optional[Expression]


@dataclass(eq=False, repr=False)
class TypeName(Node):
    """A type: 面积, 地类图层的字段 (`part` 字段), 选项（“甲”，“乙”） (`arguments`)."""

    name: str
    text: str
    part: Optional[Identifier]
    arguments: list[Argument]


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
    """把 value 加入 | 写入 | 保存为 (`word`) target，option…"""

    value: Expression
    target: Expression
    word: str
    options: list[Option]


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
    failed: Optional[list[Statement]]  # 如果出错: run when a turn ends with an error


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
