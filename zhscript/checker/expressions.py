"""Types and dimensions of expressions."""

from __future__ import annotations

from typing import Any, Optional

from .. import syntax as s
from ..diagnostics import Edit, Fix
from ..formats import EXAMPLES, read_formats
from ..library import AREAS, BUFFERS, FUNCTIONS, MEASURING, PLANNED, RELATION_TYPES, Function
from ..program import LayerDeclaration
from ..types import ANY, BOOLEAN, DATE, NULL, NUMBER, SHAPE, TEXT, Type, list_of, named_type, number_of
from ..units import DAYS, LENGTH, MONTHS, NONE, find_unit, unit_name
from .scope import Scopes, Symbol

_CONSTANTS = {"真": BOOLEAN, "是": BOOLEAN, "假": BOOLEAN, "否": BOOLEAN, "空": NULL, "今天": DATE, "换行": TEXT}
_ORDERING = frozenset({"大于", "小于", "不大于", "不小于"})
_TAKES = {
    "text": ("text",),
    "number": ("number",),
    "quantity": ("number",),
    "shape": ("shape", "feature"),
    "region": ("shape", "feature", "layer"),
    "list": ("list", "layer"),
    "mapping": ("mapping",),
    "date": ("date",),
}


class Expressions:
    """Finds the type of every expression and notes what is wrong with it."""

    def __init__(self, scopes: Scopes, layers: dict[str, LayerDeclaration]) -> None:
        self.scopes = scopes
        self.layers = layers
        self.rules: set[str] = set()
        self.measures = False  # areas or lengths
        self.measures_length = False
        self.uses_today: Optional[Any] = None
        self.in_test = False

    def type_of(self, node: Any) -> Type:
        """The type of an expression."""
        result = getattr(self, "_" + type(node).__name__.lower())(node)
        return result if isinstance(result, Type) else ANY

    def condition(self, node: Any) -> None:
        """Check an expression that must be true or false."""
        kind = self.type_of(node)
        if kind.kind not in ("boolean", "any"):
            self.scopes.error("ZH221", f"这里要写一个条件，现在是{kind}", node)

    def text(self, node: Any) -> None:
        """Check an expression that must be a text."""
        kind = self.type_of(node)
        if kind.kind not in ("text", "any"):
            self.scopes.error("ZH222", f"这里要写文字，现在是{kind}；把式子写进“{{}}”里", node)

    def shape(self, node: Any) -> None:
        """Check an expression that must have a geometry."""
        kind = self.type_of(node)
        if not kind.is_shape:
            self.scopes.error("ZH223", f"这里要写图形，现在是{kind}", node)

    def _error(self, code: str, message: str, node: Any, *fixes: Fix) -> Type:
        return self.scopes.error(code, message, node, *fixes)

    def _measuring(self, word: str) -> None:
        self.measures = self.measures or word in MEASURING
        self.measures_length = self.measures_length or word in MEASURING - AREAS

    # -- names and literals

    def _name(self, node: s.Name) -> Type:
        identifier = node.identifier
        symbol = self.scopes.find(identifier.name)
        if symbol:
            if symbol.role in ("function", "standard"):
                return self._error("ZH224", f"“{identifier.text}”要带括号使用，例如 {identifier.text}（…）", node)
            return symbol.type
        if identifier.name in _CONSTANTS:
            return _CONSTANTS[identifier.name]
        if identifier.name in FUNCTIONS:
            return self._error("ZH224", f"“{identifier.text}”要写成“甲 的{identifier.text}”", node)
        if identifier.name in PLANNED:
            return self._planned(identifier)
        return self.scopes.unknown("ZH201", f"没有声明过“{identifier.text}”", identifier, self.scopes.names())

    def _planned(self, identifier: s.Identifier) -> Type:
        return self._error("ZH299", f"这个版本还不支持“{identifier.text}”", identifier)

    def _others(self, node: s.Others) -> Type:
        layer = self._layer(node.identifier)
        if layer is None:
            return ANY
        if not any(symbol.type == Type("feature", layer=layer.key) for symbol in self._symbols()):
            self._error("ZH225", f"“其他 {layer.name}”只能用在检查“{layer.name}”中的要素时", node)
        return Type("layer", layer=layer.key)

    def _symbols(self) -> list[Symbol]:
        return [symbol for name in self.scopes.names() for symbol in [self.scopes.find(name)] if symbol]

    def _layer(self, identifier: s.Identifier) -> Optional[LayerDeclaration]:
        layer = self.layers.get(identifier.name)
        if layer is None:
            self.scopes.unknown("ZH203", f"没有声明过图层“{identifier.text}”", identifier, self.layers)
        return layer

    def _number(self, _node: s.Number) -> Type:
        return NUMBER

    def _quantity(self, node: s.Quantity) -> Type:
        return number_of(node.dimension)

    def _date(self, _node: s.Date) -> Type:
        return DATE

    def _text(self, _node: s.Text) -> Type:
        return TEXT

    def _template(self, node: s.Template) -> Type:
        for part in node.parts:
            if isinstance(part, s.Hole):
                self._hole(part)
        return TEXT

    def _hole(self, hole: s.Hole) -> None:
        kind = self.type_of(hole.expression)
        if kind.kind in ("feature", "layer", "mapping", "rule", "shape"):
            self._error("ZH226", f"{kind}不能直接写进文字", hole.expression)
        for word in hole.formats:
            form, unknown = read_formats([word.text])
            if unknown is not None:
                self._error("ZH227", f"不认识格式“{word.text}”；可用的有：{EXAMPLES}", word)
                continue
            if form.unit and kind.kind == "any":
                self._error("ZH228", f"这个值没有写单位，不能换成“{word.text}”；请在字段声明里写上单位", word)
            elif form.unit and (kind.kind != "number" or kind.dimension != form.unit.dimension):
                self._error("ZH228", f"{kind}不能写成“{word.text}”", word)
            elif form.date and kind.kind not in ("date", "any"):
                self._error("ZH228", f"{kind}不能写成“年月日”", word)
            elif form.percent and not (kind == NUMBER or kind.kind == "any"):
                self._error("ZH228", f"{kind}不能写成“百分数”", word)
            elif not (form.unit or form.date or form.percent) and kind.kind not in ("number", "any"):
                self._error("ZH228", f"“{word.text}”只能用于数，现在是{kind}", word)

    def _reference(self, node: s.Reference) -> Type:
        if node.kind != "规则" or not self.in_test:
            return self._error("ZH299", f"这个版本只在“测试”里支持引用规则，还不支持{node.kind}“{node.title}”", node)
        if node.title not in self.rules:
            return self._error("ZH204", f"没有名为“{node.title}”的规则", node)
        return Type("rule")

    def _group(self, node: s.Group) -> Type:
        return self.type_of(node.inner)

    def _listof(self, node: s.ListOf) -> Type:
        return list_of(self._common([self.type_of(item) for item in node.items]))

    def _common(self, kinds: list[Type]) -> Type:
        known = [kind for kind in kinds if kind.kind != "null"]
        return known[0] if known and all(kind == known[0] for kind in known) else ANY

    # -- members

    def _member(self, node: s.Member) -> Type:
        return self._member_of(self.type_of(node.base), node.identifier, node)

    def _member_of(self, base: Type, identifier: s.Identifier, node: s.Member) -> Type:
        name = identifier.name
        if base.kind in ("feature", "layer") or (base.kind == "list" and base.item and base.item.kind == "feature"):
            return self._feature_member(base, identifier, node)
        if base.kind == "rule":
            return self._rule_member(identifier)
        if base.kind == "mapping" and name not in FUNCTIONS:
            return base.item or ANY
        if base.kind == "any" and name not in FUNCTIONS and not self.scopes.find(name):
            return ANY
        return self._apply(identifier, [(base, node.base)], node)

    def _feature_member(self, base: Type, identifier: s.Identifier, node: s.Member) -> Type:
        name = identifier.name
        key = base.layer or (base.item.layer if base.item else "")
        layer = self.layers.get(key)
        found = layer.field_type(name) if layer else None
        whole = base.kind != "feature"
        if found:
            return list_of(found) if whole else found
        function = FUNCTIONS.get(name)
        if whole and function and function.parameters[:1] == ("shape",):
            self._measuring(name)
            return list_of(function.result_type([Type("feature", layer=key)]))
        symbol = self.scopes.find(name)
        if function or (symbol and symbol.role in ("function", "standard")):
            return self._apply(identifier, [(base, node.base)], node)
        if layer is None:
            return ANY
        if name in BUFFERS:
            return self._error("ZH229", f"“{name}”前面要写距离，例如“的500米{name}”", identifier)
        fields = [field for field, _, _ in layer.fields]
        return self.scopes.unknown(
            "ZH205", f"图层“{layer.name}”没有声明字段“{identifier.text}”，请把它加入字段表", identifier, fields
        )

    def _rule_member(self, identifier: s.Identifier) -> Type:
        if identifier.name == "报告数":
            return NUMBER
        if identifier.name == "报告":
            return list_of(ANY)
        return self._error("ZH205", "规则只有“报告数”和“报告”", identifier)

    def _measuredmember(self, node: s.MeasuredMember) -> Type:
        self.shape(node.base)
        self._measuring(node.identifier.name)
        if node.identifier.name not in BUFFERS:
            return self._error(
                "ZH230", f"不认识“{node.identifier.text}”；可以写 缓冲区、外扩范围、内缩范围", node.identifier
            )
        if node.measure.dimension != LENGTH:
            return self._error("ZH231", "缓冲区前面要写长度", node.measure)
        return SHAPE

    def _item(self, node: s.Item) -> Type:
        base, key = self.type_of(node.base), self.type_of(node.key)
        if node.ordinal:
            if base.kind not in ("list", "layer", "any"):
                return self._error("ZH232", f"{base}没有“第几个”", node)
            self._same(key, NUMBER, node.key)
            return Type("feature", layer=base.layer) if base.kind == "layer" else base.item or ANY
        if base.kind == "feature" and isinstance(node.key, s.Text):
            identifier = s.Identifier(node.key.start, node.key.end, node.key.value, node.key.value)
            return self._feature_member(base, identifier, s.Member(node.start, node.end, node.base, identifier))
        if base.kind == "feature":
            return self._error("ZH299", "这个版本还不支持用式子选字段，请直接写字段名", node)
        if base.kind not in ("mapping", "any"):
            return self._error("ZH232", f"{base}不能按键取值", node)
        return base.item or ANY

    def _lastitem(self, node: s.LastItem) -> Type:
        base = self.type_of(node.base)
        if base.kind not in ("list", "layer", "any"):
            return self._error("ZH232", f"{base}没有“最后一个”", node)
        return Type("feature", layer=base.layer) if base.kind == "layer" else base.item or ANY

    def _located(self, node: s.Located) -> Type:
        self.shape(node.base)
        layer = self._layer(node.layer)
        return Type("feature", layer=layer.key) if layer else ANY

    # -- calls

    def _call(self, node: s.Call) -> Type:
        given = []
        if node.receiver is not None:
            given.append((self.type_of(node.receiver), node.receiver))
        name = node.function.name
        symbol = self.scopes.find(name)
        if name in ("列表", "字典", "要素") and not symbol and node.receiver is None:
            return self._constructor(node)
        positional = [argument for argument in node.arguments if argument.name is None]
        named = {argument.name.name: argument for argument in node.arguments if argument.name}
        given += [(self.type_of(argument.value), argument.value) for argument in positional]
        named_types = {key: (self.type_of(argument.value), argument) for key, argument in named.items()}
        return self._apply(node.function, given, node, named_types)

    def _constructor(self, node: s.Call) -> Type:
        kinds = [self.type_of(argument.value) for argument in node.arguments]
        if node.function.name == "列表":
            return list_of(self._common(kinds) if kinds else ANY)
        if node.function.name == "字典":
            for argument in node.arguments:
                if argument.name is None:
                    self._error("ZH233", "字典里每一项要写成 键：值", argument)
            return Type("mapping", item=self._common(kinds) if kinds else ANY)
        for argument in node.arguments:
            if argument.name is None:
                self._error("ZH233", "要素里每一项要写成 字段：值", argument)
        return Type("feature")

    def _apply(self, identifier: s.Identifier, given: list, node: Any, named: Optional[dict] = None) -> Type:
        """The type of function(given…, named…)."""
        symbol = self.scopes.find(identifier.name)
        if symbol and symbol.role in ("function", "standard"):
            return self._apply_own(symbol, identifier, given, named or {}, node)
        if identifier.name in PLANNED:
            return self._planned(identifier)
        function = FUNCTIONS.get(identifier.name)
        if function is None:
            candidates = list(FUNCTIONS) + self.scopes.names()
            what = f"{given[0][0]}没有“{identifier.text}”" if given else f"没有叫“{identifier.text}”的函数"
            return self.scopes.unknown("ZH206", what, identifier, candidates)
        self._measuring(identifier.name)
        return self._apply_library(function, identifier, given, named or {}, node)

    def _apply_library(self, function: Function, identifier: s.Identifier, given: list, named: dict, node: Any) -> Type:
        for key, (kind, argument) in named.items():
            if key not in function.names:
                return self._error("ZH234", f"“{identifier.text}”没有叫“{argument.name.text}”的参数", argument)
            if function.names.index(key) < len(given):
                return self._error("ZH234", f"参数“{argument.name.text}”给了两次", argument)
            self._takes(kind, function.parameters[function.names.index(key)], argument)
        missing = [n for n in function.names[len(given) : function.required] if n not in named]
        if len(given) > len(function.parameters) or (
            len(given) < function.required and (missing or not function.names)
        ):
            wanted = f"{function.required}"
            if len(function.parameters) != function.required:
                wanted += f" 到 {len(function.parameters)}"
            return self._error("ZH234", f"“{identifier.text}”要 {wanted} 个值，这里给了 {len(given)} 个", node)
        for (kind, argument), takes in zip(given, function.parameters):
            self._takes(kind, takes, argument)
        return function.result_type([kind for kind, _ in given])

    def _takes(self, kind: Type, takes: str, node: Any) -> None:
        if takes == "value" or kind.kind == "any":
            return
        if kind.kind not in _TAKES[takes]:
            wanted = {"shape": "图形", "region": "图形或图层", "list": "列表", "number": "数值", "quantity": "数"}
            names = {"text": "文本", "mapping": "字典", "date": "日期", **wanted}
            self._error("ZH235", f"这里要{names[takes]}，现在是{kind}", node)
        elif takes == "number" and kind.dimension != NONE:
            self._error("ZH235", f"这里要不带单位的数，现在是{kind}；可以先“换算为 …”", node)

    def _apply_own(self, symbol: Symbol, identifier: s.Identifier, given: list, named: dict, node: Any) -> Type:
        formals: list[s.Formal] = symbol.node.formals
        if len(given) > len(formals):
            return self._error(
                "ZH234", f"“{identifier.text}”只有 {len(formals)} 个参数，这里给了 {len(given)} 个", node
            )
        names = [formal.identifier.name for formal in formals]
        for key, (_, argument) in named.items():
            if key not in names[len(given) :]:
                self._error("ZH234", f"“{identifier.text}”这里不能给参数“{argument.name.text}”", argument)
        for formal, (kind, argument) in zip(formals, given):
            self._same(kind, self.formal_type(formal), argument)
        for formal in formals[len(given) :]:
            name = formal.identifier.name
            if name in named:
                kind, argument = named[name]
                self._same(kind, self.formal_type(formal), argument)
            elif formal.default is None:
                self._error("ZH234", f"“{identifier.text}”还缺参数“{formal.identifier.text}”", node)
        return symbol.type

    def formal_type(self, formal: s.Formal) -> Type:
        """The declared type of a parameter, or any."""
        if formal.annotation is None:
            return ANY
        return self.type_named(formal.annotation)

    def type_named(self, name: s.TypeName) -> Type:
        """The type that a type name, a unit or a layer names."""
        if name.detailed:
            return self._error("ZH299", "这个版本在这里还不支持带括号或“的”的类型", name)
        if name.name in self.layers:
            return Type("feature", layer=name.name)
        found = named_type(name.name)
        if found:
            return found
        return self._error(
            "ZH207", f"不认识类型“{name.text}”；可以写 文本、数值、面积、长度、日期、是否、单位或图层名", name
        )

    def _same(self, kind: Type, wanted: Type, node: Any) -> None:
        """Note when a value does not fit where `wanted` is needed."""
        if "any" in (kind.kind, wanted.kind) or kind.kind == "null":
            return
        fits = kind.kind == wanted.kind and kind.dimension == wanted.dimension
        if fits and kind.layer and wanted.layer:
            fits = kind.layer == wanted.layer
        if kind.kind == "feature" and wanted.kind == "shape":
            fits = True
        if not fits:
            self._error("ZH236", f"这里要{wanted}，现在是{kind}", node)

    # -- space

    def _relation(self, node: s.Relation) -> Type:
        self.shape(node.left)
        self.shape(node.right)
        result = RELATION_TYPES[node.word.name]
        if result.kind == "number":
            self._measuring(node.word.name)
        return result

    def _distance(self, node: s.Distance) -> Type:
        self.shape(node.left)
        self.shape(node.right)
        self._measuring("距离")
        return number_of(LENGTH)

    def _touching(self, node: s.Touching) -> Type:
        self.shape(node.left)
        self.shape(node.right)
        return BOOLEAN

    # -- arithmetic

    def _quantities(self, *operands: Any) -> Optional[list[Type]]:
        kinds = [self.type_of(operand) for operand in operands]
        for kind, operand in zip(kinds, operands):
            if kind.kind not in ("number", "any"):
                self._error("ZH237", f"这里要数，现在是{kind}", operand)
                return None
        return None if any(kind.kind == "any" for kind in kinds) else kinds

    def _negative(self, node: s.Negative) -> Type:
        kinds = self._quantities(node.operand)
        return kinds[0] if kinds else ANY

    def _arithmetic(self, node: s.Arithmetic) -> Type:
        left, right = self.type_of(node.left), self.type_of(node.right)
        if node.operator in "+-":
            return self._sum(node, left, right)
        for kind, operand in ((left, node.left), (right, node.right)):
            if kind.kind not in ("number", "any"):
                return self._error("ZH237", f"这里要数，现在是{kind}", operand)
        if "any" in (left.kind, right.kind):
            other = right if left.kind == "any" else left
            if other.kind == "number" and other.dimension != NONE:
                if node.operator == "÷" and right.kind != "any":
                    return ANY
                return other if node.operator == "×" or right.kind == "any" else ANY
            return ANY
        if node.operator == "×":
            return number_of(left.dimension.times(right.dimension))
        if isinstance(node.right, (s.Number, s.Quantity)) and node.right.value == 0:
            return self._error("ZH238", "除数是零", node.right)
        return number_of(left.dimension.over(right.dimension))

    def _sum(self, node: s.Arithmetic, left: Type, right: Type) -> Type:
        word = "加上" if node.operator == "+" else "减去"
        if left.kind == "date":
            if right.kind == "date" and node.operator == "-":
                return number_of(DAYS)
            if right.kind == "any" or (right.kind == "number" and right.dimension in (DAYS, MONTHS)):
                return DATE if right.kind != "any" else ANY
            return self._error("ZH239", f"日期不能{word}{right}；可以加减 天、个月、年", node)
        if "text" in (left.kind, right.kind):
            return self._error("ZH240", "文字不能加减；要连成一段，请把式子写进“{}”里，或先“转为数值”", node)
        for kind, operand in ((left, node.left), (right, node.right)):
            if kind.kind not in ("number", "any"):
                return self._error("ZH237", f"这里要数，现在是{kind}", operand)
        if "any" in (left.kind, right.kind):
            known, operand = (right, node.left) if left.kind == "any" else (left, node.right)
            if known.kind == "number" and known.dimension != NONE:
                return self._unitless(operand, known)
            return ANY
        if left.dimension != right.dimension:
            return self._error("ZH241", f"{left}不能{word}{right}，单位不是一类", node)
        return left

    def _unitless(self, operand: Any, known: Type) -> Type:
        """A field without a unit meets a quantity: which unit its numbers have is not known."""
        if not isinstance(operand, s.Member) or self.type_of(operand.base).kind != "feature":
            return ANY
        identifier = operand.identifier
        layer = self.layers.get(self.type_of(operand.base).layer)
        if layer is None or layer.field_type(identifier.name) is None:
            return ANY
        unit = unit_name(known.dimension)
        example = f"{identifier.text}（{unit}）"
        message = f"字段“{identifier.text}”没有写单位，不能与{known}一起用；请在字段表里写上，例如 {example}"
        return self._error("ZH242", message, operand)

    def _convert(self, node: s.Convert) -> Type:
        kinds = self._quantities(node.operand)
        unit = find_unit(node.unit.name)
        if unit is None:
            return self._error("ZH208", f"不认识单位“{node.unit.text}”", node.unit)
        if kinds and kinds[0].dimension != unit.dimension:
            return self._error("ZH243", f"{kinds[0]}不能换算为“{node.unit.text}”", node)
        return NUMBER

    # -- conditions

    def _not(self, node: s.Not) -> Type:
        self.condition(node.operand)
        return BOOLEAN

    def _logical(self, node: s.Logical) -> Type:
        for side in (node.left, node.right):
            if isinstance(side, s.Logical) and side.operator != node.operator:
                self._mixed(node, side)
            self.condition(side)
        return BOOLEAN

    def _mixed(self, node: s.Logical, inner: s.Logical) -> None:
        """且 and 或 without brackets: both readings are offered."""

        def brackets(start: int, end: int) -> tuple:
            return (Edit(start, start, "（"), Edit(end, end, "）"))

        other = (inner.right.start, node.right.end) if inner is node.left else (node.left.start, inner.left.end)
        fixes = (
            Fix(f"先算“{inner.operator}”", brackets(inner.start, inner.end)),
            Fix(f"先算“{node.operator}”", brackets(*other)),
        )
        self._error("ZH210", "“且”和“或”混着用，看不出先算哪一个；请加括号", node, *fixes)

    def _compare(self, node: s.Compare) -> Type:
        left, right = self.type_of(node.left), self.type_of(node.right)
        word = node.operator
        if word in ("属于", "不属于"):
            self._member_test(node, left, right)
        elif word in ("包含", "不包含"):
            self._contains(node, left, right)
        elif word in ("位于", "不位于"):
            for kind, operand in ((left, node.left), (right, node.right)):
                if not kind.is_shape:
                    self._error("ZH223", f"这里要写图形，现在是{kind}", operand)
        elif word in ("开头是", "结尾是"):
            for kind, operand in ((left, node.left), (right, node.right)):
                if kind.kind not in ("text", "any"):
                    self._error("ZH222", f"这里要文字，现在是{kind}", operand)
        else:
            self._comparable(node, left, right, word in _ORDERING, node.left, node.right)
        return BOOLEAN

    def _comparable(self, node: Any, left: Type, right: Type, ordered: bool, a: Any, b: Any) -> None:
        if "null" in (left.kind, right.kind):
            self._error("ZH244", "与空比较请写“为空”或“不为空”", node)
            return
        if "any" in (left.kind, right.kind):
            known, operand = (right, a) if left.kind == "any" else (left, b)
            if known.kind == "number" and known.dimension != NONE:
                self._unitless(operand, known)
            return
        if left.kind != right.kind or (left.kind == "number" and left.dimension != right.dimension):
            detail = "；天数和月数长短不定，不能比较" if {left.dimension, right.dimension} == {DAYS, MONTHS} else ""
            self._error("ZH245", f"{left}不能与{right}比较{detail}", node)
        elif left.kind not in ("number", "text", "date", "boolean"):
            self._error("ZH245", f"{left}不能比较", node)
        elif ordered and left.kind in ("boolean", "text"):
            self._error("ZH245", f"{left}不能比大小", node)

    def _member_test(self, node: s.Compare, left: Type, right: Type) -> None:
        if right.kind not in ("list", "any"):
            self._error("ZH246", f"“{node.operator}”后面要写列表，例如（“甲”，“乙”），现在是{right}", node.right)
        elif right.item and right.item.kind != "any" and left.kind != "any":
            self._comparable(node, left, right.item, False, node.left, node.right)

    def _contains(self, node: s.Compare, left: Type, right: Type) -> None:
        if "any" in (left.kind, right.kind) or (left.kind == right.kind == "text"):
            return
        if left.kind == "list":
            if left.item and left.item.kind != "any":
                self._comparable(node, left.item, right, False, node.left, node.right)
        elif not (left.is_shape and right.is_shape):
            self._error("ZH247", f"{left}不能“{node.operator}”{right}", node)

    def _between(self, node: s.Between) -> Type:
        kinds = [self.type_of(part) for part in (node.operand, node.low, node.high)]
        self._comparable(node, kinds[0], kinds[1], True, node.operand, node.low)
        self._comparable(node, kinds[0], kinds[2], True, node.operand, node.high)
        return BOOLEAN

    def _about(self, node: s.About) -> Type:
        left, right = self.type_of(node.left), self.type_of(node.right)
        self._comparable(node, left, right, True, node.left, node.right)
        if node.tolerance is None:
            return self._error("ZH248", "“约等于”后面要写“误差不超过 …”", node)
        self._comparable(node, left, self.type_of(node.tolerance), True, node.left, node.tolerance)
        return BOOLEAN

    def _unique(self, node: s.Unique) -> Type:
        operand: Any = node.operand
        self.type_of(operand)
        layer = self.type_of(node.layer)
        base = self.type_of(operand.base) if isinstance(operand, s.Member) else ANY
        field = isinstance(operand, s.Member) and base.kind == "feature" and base.layer in self.layers
        is_field = field and self.layers[base.layer].field_type(operand.identifier.name) is not None
        if not is_field or layer.kind != "layer" or layer.layer != base.layer or isinstance(node.layer, s.Others):
            self._error("ZH249", "“中唯一”要写成“甲的字段 在 图层 中唯一”，字段属于这个图层", node)
        return BOOLEAN

    def _empty(self, node: s.Empty) -> Type:
        self.type_of(node.operand)
        return BOOLEAN

    def _absent(self, node: s.Absent) -> Type:
        self.type_of(node.operand)
        return BOOLEAN

    # -- choices and queries

    def _choose(self, node: s.Choose) -> Type:
        kinds = []
        for condition, value in node.choices:
            self.condition(condition)
            kinds.append(self.type_of(value))
        kinds.append(self.type_of(node.otherwise))
        known = [kind for kind in kinds if kind.kind not in ("any", "null")]
        for kind in known[1:]:
            if kind != known[0]:
                return self._error("ZH250", f"几个“则取”的值要是一类，这里有{known[0]}和{kind}", node)
        return self._common(kinds)

    def _range(self, node: s.Range) -> Type:
        for part in (node.low, node.high):
            self._takes(self.type_of(part), "number", part)
        return list_of(NUMBER)

    def element(self, source: Any) -> Type:
        """The type of the elements of what is looped over."""
        kind = self.type_of(source)
        if kind.kind == "layer":
            return Type("feature", layer=kind.layer)
        if kind.kind == "list":
            return kind.item or ANY
        if kind.kind != "any":
            self._error("ZH251", f"这里要写图层或列表，现在是{kind}", source)
        return ANY

    def _query(self, node: s.Query) -> Type:
        element = self.element(node.source)
        self.scopes.push()
        self.scopes.declare(node.identifier, Symbol("value", element))
        if node.where is not None:
            self.condition(node.where)
        result = self.type_of(node.listing) if node.listing is not None else element
        self.scopes.pop()
        return list_of(result)

    def _quantifier(self, node: s.Quantifier) -> Type:
        element = self.element(node.source)
        self.scopes.push()
        self.scopes.declare(node.identifier, Symbol("value", element))
        self.condition(node.condition)
        self.scopes.pop()
        return BOOLEAN
