"""The plan of a check in Chinese: which index, which join, which conditions over columns, what is left to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import shapely

from ... import syntax as s
from ...program import Program
from ..table import Layer
from . import logic, numbers, queries, spatial
from .operators import Constant, Element, Field, Generic, LayerOf, Operator
from .run import Plan
from .steps import Bind, Block, Branch, Demand, Leave, Look, Step

SAMPLE = 1000  # features from which the number of pairs is estimated
_PLAIN = (s.Name, s.Number, s.Quantity, s.Text, s.Date, s.ListOf)
_WITH_LAYER = {
    "相交": "成批查出相交的要素",
    "相离": "成批查出相交的要素，没有的就是相离",
    "相邻": "成批查出相交的要素，再成批判断是否只有边界相接",
    "重叠": "成批查出相交的要素，再成批判断内部是否相接",
    "位于": "成批查出相交的要素，再成批判断是否被覆盖，遇到几个时合并后再判断",
    "所在": "成批查出所在的要素；面和线取重叠最多的一个，一样多的说不准",
    "相交部分": "成批查出相交的要素对，成批求交；遇到几个的合并，重叠处只算一次",
    "相交面积": "成批查出相交的要素对，成批求交并量面积；遇到几个的合并，重叠处只算一次",
    "相交长度": "成批查出相交的要素对，成批求交并量长度；遇到几个的合并，重叠处只算一次",
    "差异部分": "成批查出相交的要素，合并后成批求差",
    "距离": "成批查出最近的要素并量距离",
}


class Telling:
    """Lines that tell plans of one program; `layers` the data where they are there."""

    def __init__(self, program: Program, layers: Mapping[str, Layer]) -> None:
        self.program = program
        self.layers = layers
        self._told: set[Operator] = set()
        self._number = 0

    def check(self, check: s.Check) -> Iterator[str]:
        """The plan of one 检查."""
        yield f"检查 {self._text(check.source)} 中的每个 {check.identifier.text}"
        layer = self._layer(check.source)
        if not layer:
            yield self._line("", "要素不是来自一个图层，逐个要素判断")
            return
        plan = Plan(self.program, check, layer)
        self._checked = layer
        fields = sorted({operator.name for operator in _all(plan) if isinstance(operator, Field)})
        if fields:
            yield self._line("", f"把用到的字段按列读入：{'、'.join(fields)}")
        if plan.where is not None:
            yield from self._condition(
                plan.where, "", "其中 ", "不满足的记为“不适用”，满足的继续，说不准的留待逐个判断"
            )
        yield from self._block(plan.body, "")
        yield self._line("", "留待逐个判断的要素按图层的顺序逐个判断，取用上面已经算好的量；其余要素通过")

    def _layer(self, source: Any) -> str:
        kind = self.program.types.get(source)
        if isinstance(source, (s.Name, s.Others)) and any(
            item.key == source.identifier.name for item in self.program.layers
        ):
            return source.identifier.name
        if kind is None:
            return ""
        return kind.layer or (kind.item.layer if kind.item else "")

    def _text(self, node: Any) -> str:
        text = " ".join(self.program.source.slice(node.start, node.end).split())
        return text if len(text) <= 60 else text[:60] + "…"

    def _line(self, indent: str, text: str) -> str:
        self._number += 1
        return f"{indent}{self._number}. {text}"

    # -- statements

    def _block(self, block: Block, indent: str) -> Iterator[str]:
        for step in block.steps:
            yield from self._step(step, indent)

    def _step(self, step: Step, indent: str) -> Iterator[str]:
        if isinstance(step, Bind):
            yield from self._operators(step.operator, indent, f"设定 {step.node.identifier.text} ＝ ")
        elif isinstance(step, Demand):
            yield from self._condition(step.operator, indent, "要求 ", "满足的继续，其余的留待逐个判断")
            for operator in step.shown:
                yield from self._spatial(operator, indent)
        elif isinstance(step, Branch):
            yield from self._branch(step, indent)
        elif isinstance(step, Leave):
            yield self._line(indent, "跳过：到这里的要素不再往下")
        elif isinstance(step, Look):
            yield from self._look(step, indent)

    def _branch(self, step: Branch, indent: str) -> Iterator[str]:
        for operator, block in step.cases:
            yield from self._condition(operator, indent, "如果 ", "满足的要素")
            yield from self._block(block, indent + "  ")
        if step.otherwise.steps:
            yield self._line(indent, "否则：其余的要素")
            yield from self._block(step.otherwise, indent + "  ")

    def _look(self, step: Look, indent: str) -> Iterator[str]:
        if isinstance(step.node, s.Hint):
            for operator in step.shown:
                yield from self._spatial(operator, indent)
            yield self._line(indent, "提示：到这里的要素留待逐个判断，写出提示")
        else:
            yield self._line(indent, f"“{self._text(step.node)}”没有成批的算法：到这里的要素留待逐个判断")

    # -- expressions

    def _condition(self, operator: Operator, indent: str, word: str, then: str) -> Iterator[str]:
        """How a condition is worked out, and what becomes of the features."""
        known = operator in self._told
        self._told.add(operator)
        for child in () if known else operator.children:
            yield from self._operators(child, indent)
        how = "" if known else self._how(operator)
        yield self._line(indent, f"{word}{self._text(operator.node)}：{how + '；' if how else ''}{then}")

    def _operators(self, operator: Operator, indent: str, name: str = "") -> Iterator[str]:
        if operator in self._told or isinstance(operator, (Element, LayerOf)):
            return
        self._told.add(operator)
        for child in operator.children:
            yield from self._operators(child, indent)
        how = self._how(operator)
        if how:
            yield self._line(indent, f"{name}{self._text(operator.node)}：{how}")

    def _spatial(self, operator: Operator, indent: str) -> Iterator[str]:
        """What a finding shows, as far as it is worked out in bulk."""
        for item in _under(operator):
            if isinstance(item, (spatial.WithLayer, queries.Matches)):
                yield from self._operators(item, indent)

    def _how(self, operator: Operator) -> str:
        if isinstance(operator, Field):
            return ""
        if isinstance(operator, Constant):
            return "" if isinstance(operator.node, _PLAIN) else "与要素无关，只算一次"
        if isinstance(operator, spatial.WithLayer):
            own = "与同一图层的其他要素比，除去自己；" if operator.target.others else ""
            return f"{own}用“{self._title(operator.target)}”的空间索引{_WITH_LAYER[operator.word]}" + self._pairs(
                operator
            )
        if isinstance(operator, queries.Matches):
            rest = "" if operator.where is None else "，只对查出的要素逐个判断条件"
            return f"用“{self._title(operator.source)}”的空间索引成批查出相交的要素{rest}"
        if isinstance(operator, Generic):
            return self._generic(operator)
        return next((text for kind, text in _HOW.items() if isinstance(operator, kind)), "")

    def _generic(self, operator: Generic) -> str:
        if not operator.grouped:
            return "没有成批的算法，逐个要素计算"
        texts = "、".join(dict.fromkeys(self._text(child.node) for child in operator.children))
        if isinstance(operator.node, s.Call) and operator.node.function.name == "查找":
            return f"按 {texts} 连接（散列表），每个不同取值查一次"
        return f"按 {texts} 的不同取值各算一次"

    def _title(self, layer: LayerOf) -> str:
        return self.program.layer(layer.layer).name

    def _pairs(self, operator: spatial.WithLayer) -> str:
        one, two = self.layers.get(self._checked), self.layers.get(operator.target.layer)
        if not operator.joined or one is None or two is None or operator.word == "距离":
            return ""
        return f"（{len(one)} 个要素对 {len(two)} 个，约 {_estimate(one, two)} 对外接矩形相接）"


def _estimate(one: Layer, two: Layer) -> int:
    """How many pairs of features have boxes that meet, from a sample of the first layer."""
    places = np.flatnonzero(one.usable)
    if not len(places):
        return 0
    chosen = places[:: max(1, len(places) // SAMPLE)]
    tree = shapely.STRtree(two.shapes[two.usable])
    return round(len(tree.query(one.shapes[chosen])[0]) * len(places) / len(chosen))


def _under(operator: Operator) -> Iterator[Operator]:
    yield operator
    for child in operator.children:
        yield from _under(child)


def _all(plan: Plan) -> Iterator[Operator]:
    """The operators that a plan works out for the features."""
    if plan.where is not None:
        yield from _under(plan.where)
    yield from _in_block(plan.body)


def _in_block(block: Block) -> Iterator[Operator]:
    for step in block.steps:
        if isinstance(step, (Bind, Demand)):
            yield from _under(step.operator)
        if isinstance(step, Branch):
            for operator, inner in step.cases:
                yield from _under(operator)
                yield from _in_block(inner)
            yield from _in_block(step.otherwise)


_HOW: dict[type[Operator], str] = {
    spatial.OfTwo: "两个图形一行一对，成批计算",
    spatial.OfShape: "成批量算",
    spatial.Buffer: "成批求缓冲",
    spatial.Unique: "把字段的取值计数一遍（散列表），出现一次的唯一",
    queries.Count: "数查出的要素",
    queries.Exists: "看有没有查出的要素",
    numbers.Compare: "按列比较",
    numbers.Between: "按列比较",
    numbers.About: "按列比较",
    numbers.OfNumbers: "按列计算",
    logic.Choose: "按列选取",
    logic.Logical: "两个条件按行合并，前一个已能定的行不算后一个",
    logic.Not: "按列取反",
    logic.Empty: "按列判断是否为空",
}


def tell_plans(program: Program, layers: Mapping[str, Layer], rule: str = "") -> Iterator[str]:
    """How the rules of a program (or the one of this title) are evaluated, line by line."""
    for item in program.items:
        if isinstance(item, s.Rule) and (not rule or item.title == rule):
            yield f"规则“{item.title}”"
            yield from _told(program, layers, item.body)
        elif isinstance(item, s.Check) and not rule:
            yield from Telling(program, layers).check(item)


def _told(program: Program, layers: Mapping[str, Layer], body: list[s.Statement]) -> Iterator[str]:
    for statement in body:
        if isinstance(statement, s.Check):
            yield from Telling(program, layers).check(statement)
        else:
            text = " ".join(program.source.slice(statement.start, statement.end).split())
            yield f"整条规则只算一次：{text if len(text) <= 60 else text[:60] + '…'}"
