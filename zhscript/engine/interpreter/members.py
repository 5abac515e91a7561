"""Values of members (甲 的面积) and of items."""

from __future__ import annotations

from typing import Any, ClassVar

from ... import syntax as s
from ...library import FUNCTIONS
from ...units import NONE
from ..errors import Mistake, Undetermined
from ..operations import Outcome
from ..report import EXCEPTED, FAILED, HINT, UNDETERMINED
from ..table import Feature, Layer, View
from ..values import show, split
from .calls import SHAPE_FUNCTIONS, WHOLE, Calls


class RuleFindings:
    """规则“…” in a test: what it reported."""

    COUNTED: ClassVar = {"报告数": FAILED, "例外数": EXCEPTED, "无法判断数": UNDETERMINED, "提示数": HINT}

    def __init__(self, findings: list[Any]) -> None:
        self.findings = findings

    def member(self, name: str) -> Any:
        """How many findings there are of a sort; 报告: the values behind each violation."""
        chosen = [finding for finding in self.findings if finding.verdict == self.COUNTED.get(name, FAILED)]
        return len(chosen) if name in self.COUNTED else [finding.raw for finding in chosen]


class Members(Calls):
    """Evaluates chains of 的 and items of lists and dictionaries."""

    def _member(self, node: s.Member) -> Any:
        return self._member_of(self.value(node.base), node)

    def _member_of(self, base: Any, node: s.Member) -> Any:
        name = node.identifier.name
        if isinstance(base, Feature) and self._has_column(base.layer, name):
            return base.value(name)
        whole = base.layer if isinstance(base, View) else None
        if whole and self._has_column(whole, name):
            return [feature.value(name) for feature in self._features(base)]
        if isinstance(base, (View, list)) and name in SHAPE_FUNCTIONS - WHOLE:
            return [self._shape_function(name, feature) for feature in self._features(base)]
        if isinstance(base, list) and base and isinstance(base[0], Feature) and self._has_column(base[0].layer, name):
            return [feature.value(name) for feature in base]
        if isinstance(base, Outcome):
            return base.member(name)
        if isinstance(base, dict) and (name in base or name not in FUNCTIONS):
            return self._key(base, name)
        if isinstance(base, RuleFindings):
            return base.member(name)
        if base is None:
            raise Undetermined(f"“{self.text_of(node.base)}”为空")
        if name in self.functions or name in self.standards or name in FUNCTIONS:
            return self._apply(node.identifier, [base], {})
        if isinstance(base, list) and not base:
            return []
        raise Mistake(f"这里没有“{node.identifier.text}”")

    def _has_column(self, layer: Layer, name: str) -> bool:
        """Whether a member is a column. In layers that were not declared the library comes first: 面积 is computed."""
        if name not in layer.columns:
            return False
        declaration = layer.declaration
        return not (declaration.open_fields and declaration.kind == "layer" and name in FUNCTIONS)

    def _measuredmember(self, node: s.MeasuredMember) -> Any:
        distance = float(node.measure.value)
        if node.identifier.name == "内缩范围":
            distance = -distance
        return self.space.buffer(self.value(node.base), distance)

    def _item(self, node: s.Item) -> Any:
        base, key = self.value(node.base), self.value(node.key)
        return self._nth(base, key) if node.ordinal else self.item_of(base, key)

    def item_of(self, base: Any, key: Any) -> Any:
        """The value of a key of a dictionary or of a field whose name is computed."""
        if isinstance(base, Feature):
            return self.field(base, key)
        if isinstance(base, View):
            return [self.field(feature, key) for feature in self._features(base)]
        if isinstance(base, Outcome):
            return base.member(show(key))
        if isinstance(base, dict):
            return self._key(base, key)
        raise Mistake("这里不能按键取值")

    def _nth(self, base: Any, key: Any) -> Any:
        values = self._features(base)
        number, dimension = split(key)
        if dimension != NONE or number != int(number) or not 1 <= number <= len(values):
            raise Mistake(f"列表有 {len(values)} 个，没有第 {show(key)} 个")
        return values[int(number) - 1]

    def _lastitem(self, node: s.LastItem) -> Any:
        values = self._features(self.value(node.base))
        if not values:
            raise Mistake("列表是空的，没有最后一个")
        return values[-1]

    def _located(self, node: s.Located) -> Any:
        return self.space.located(self.value(node.base), View(self.layers[node.layer.name]))
