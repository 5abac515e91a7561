"""Nodes of statements."""

from __future__ import annotations

from typing import Optional

from ..records import record
from .expressions import Argument, Expression
from .nodes import Identifier, Node


@record
class Statement(Node):
    """A line or a block of the program."""


@record
class Option(Node):
    """，工作表“指标” after a declaration or a 保存为; without a value it is a bare word."""

    identifier: Identifier
    value: Optional[Expression]


@record
class TypeName(Node):
    """A type: 面积, 地类图层的字段 (`part` 字段), 选项（“甲”，“乙”） (`arguments`)."""

    name: str
    text: str
    part: Optional[Identifier]
    arguments: list[Argument]


@record
class Binding(Statement):
    """设定 (`variable` false) or 变量."""

    identifier: Identifier
    annotation: Optional[TypeName]
    value: Expression
    variable: bool


@record
class Assign(Statement):
    """改为, 增加, 减少: `operator` is = + -."""

    target: Expression
    value: Expression
    operator: str


@record
class CallStatement(Statement):
    """A call in a line of its own."""

    call: Expression


@record
class Require(Statement):
    """要求 C，否则报告 …，标注 …，建议 …."""

    condition: Expression
    report: Optional[Expression]
    mark: Optional[Expression]
    suggestion: Optional[Expression]


@record
class Hint(Statement):
    """提示 …，标注 …，建议 …."""

    message: Expression
    mark: Optional[Expression]
    suggestion: Optional[Expression]


@record
class Skip(Statement):
    """跳过: the next turn."""


@record
class Break(Statement):
    """跳出: leave the loop."""


@record
class Return(Statement):
    """返回 …; `value` None gives 空."""

    value: Optional[Expression]


@record
class Show(Statement):
    """显示 …，…."""

    values: list[Expression]


@record
class Fail(Statement):
    """报错 …."""

    message: Expression


@record
class Put(Statement):
    """把 value 加入 | 写入 | 保存为 (`word`) target，option…"""

    value: Expression
    target: Expression
    word: str
    options: list[Option]


@record
class If(Statement):
    """如果 and 否则如果 as (condition, body), then the body of 否则."""

    branches: list[tuple[Expression, list[Statement]]]
    otherwise: list[Statement]


@record
class Check(Statement):
    """检查 L 中的每个 x，其中 C: a pure loop."""

    source: Expression
    identifier: Identifier
    where: Optional[Expression]
    body: list[Statement]


@record
class ForEach(Statement):
    """遍历 L 中的每个 x（第 n 个），其中 C."""

    source: Expression
    identifier: Identifier
    numbering: Optional[Identifier]
    where: Optional[Expression]
    body: list[Statement]
    failed: Optional[list[Statement]]  # 如果出错: run when a turn ends with an error


@record
class For(Statement):
    """循环 i 从 a 到 b，每次增加 c; `down`: 每次减少."""

    identifier: Identifier
    low: Expression
    high: Expression
    step: Optional[Expression]
    down: bool
    body: list[Statement]


@record
class Repeat(Statement):
    """重复 n 次."""

    count: Expression
    body: list[Statement]


@record
class While(Statement):
    """只要 C，就重复."""

    condition: Expression
    body: list[Statement]
