"""Types of members (甲 的面积), items and calls."""

from __future__ import annotations

from typing import Any, Optional

from .. import syntax as s
from ..characters import normalize
from ..library import BUFFERS, CONSTRUCTORS, FUNCTIONS, Function
from ..types import ANY, FAILED, NUMBER, SHAPE, TEXT, Type, feature_of, list_of
from ..units import LENGTH
from .conditions import Conditions
from .scope import Symbol


class Members(Conditions):
    """Checks chains of 的, items of lists and dictionaries, and calls."""

    def _member(self, node: s.Member) -> Type:
        module = self._module_of(node.base)
        if module is not None:
            return self._module_member(module, node)
        return self._member_of(self.type_of(node.base), node.identifier, node)

    def _module_of(self, node: Any) -> Any:
        """The referenced file that a name stands for (引用“…” 为 名), or None."""
        symbol = self.scopes.find(node.identifier.name) if isinstance(node, s.Name) else None
        return symbol.node if symbol and symbol.role == "module" else None

    def _module_member(self, module: Any, node: s.Member) -> Type:
        self.types[node.base] = Type("mapping", item=ANY)
        symbol = module.symbols.get(node.identifier.name)
        if symbol is None:
            return self._unknown_in(module, node.identifier)
        if symbol.role in ("function", "standard"):
            text = node.identifier.text
            return self._error("ZH224", f"“{text}”要带括号使用，例如 {text}（…）", node)
        return symbol.type

    def _unknown_in(self, module: Any, identifier: s.Identifier) -> Type:
        message = f"“{module.title}”里没有“{identifier.text}”"
        return self.scopes.unknown("ZH291", message, identifier, module.symbols)

    def _module_call(self, module: Any, node: s.Call, given: list, named: dict) -> Type:
        symbol = module.symbols.get(node.function.name)
        if symbol is None or symbol.role not in ("function", "standard"):
            return self._unknown_in(module, node.function)
        self.module_calls.append((node, symbol.key))
        return self._apply_own(symbol, node.function, given, named, node)

    def _member_of(self, base: Type, identifier: s.Identifier, node: s.Member) -> Type:
        name = identifier.name
        if base.kind in ("feature", "layer") or (base.kind == "list" and base.item and base.item.kind == "feature"):
            return self._feature_member(base, identifier, node)
        if base.kind == "rule":
            return self._rule_member(identifier)
        if base.kind == "result":
            from .tools import result_type  # few files have tools

            return result_type(base.layer, identifier, self)
        if base.kind == "outcome":
            from .operations import outcome_type

            return outcome_type(base.layer, identifier, self)
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
        if (key, name) in self.failed_fields:
            found = FAILED
        if found:
            return list_of(found) if whole else found
        function = FUNCTIONS.get(name)
        if whole and function and function.parameters[:1] == ("shape",):
            self._measuring(name)
            return list_of(function.result_type([Type("feature", layer=key)], self.basis))
        symbol = self.scopes.find(name)
        plain = base.plain or (base.item is not None and base.item.plain)
        if (
            plain
            and (layer is None or layer.open_fields)
            and function
            and function.parameters[0] in ("shape", "region")
        ):
            return ANY  # a column of a table that is read when the program runs
        if function or (symbol and symbol.role in ("function", "standard")):
            return self._apply(identifier, [(base, node.base)], node)
        if layer is None or layer.open_fields:
            return ANY
        if name in BUFFERS:
            return self._error("ZH229", f"“{name}”前面要写距离，例如“的500米{name}”", identifier)
        fields = [field for field, _, _ in layer.fields]
        return self.scopes.unknown(
            "ZH205", f"图层“{layer.name}”没有声明字段“{identifier.text}”，请把它加入字段表", identifier, fields
        )

    def _rule_member(self, identifier: s.Identifier) -> Type:
        if identifier.name in ("报告数", "例外数", "无法判断数", "提示数"):
            return NUMBER
        if identifier.name == "报告":
            return list_of(ANY)
        return self._error("ZH205", "规则只有“报告”和“报告数”“例外数”“无法判断数”“提示数”", identifier)

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
            return feature_of(base) if base.kind == "layer" else base.item or ANY
        if base.kind == "feature" and isinstance(node.key, s.Text):
            identifier = s.Identifier(node.key.start, node.key.end, node.key.value, node.key.value)
            return self._feature_member(base, identifier, s.Member(node.start, node.end, node.base, identifier))
        if base.kind in ("feature", "layer"):
            self._same(key, TEXT, node.key)
            return ANY
        if base.kind == "outcome" and isinstance(node.key, s.Text):
            from .operations import outcome_type

            name = s.Identifier(node.key.start + 1, node.key.end - 1, normalize(node.key.value), node.key.value)
            return outcome_type(base.layer, name, self)
        if base.kind not in ("mapping", "any", "outcome"):
            return self._error("ZH232", f"{base}不能按键取值", node)
        return base.item or ANY

    def _lastitem(self, node: s.LastItem) -> Type:
        base = self.type_of(node.base)
        if base.kind not in ("list", "layer", "any"):
            return self._error("ZH232", f"{base}没有“最后一个”", node)
        return feature_of(base) if base.kind == "layer" else base.item or ANY

    def _located(self, node: s.Located) -> Type:
        self.shape(node.base)
        layer = self._layer(node.layer)
        if layer is not None and layer.kind == "table":
            return self._error("ZH223", f"表格“{layer.name}”没有图形", node.layer)
        return Type("feature", layer=layer.key) if layer else ANY

    def _call(self, node: s.Call) -> Type:
        given = []
        module = self._module_of(node.receiver)
        if node.receiver is not None and module is None:
            given.append((self.type_of(node.receiver), node.receiver))
        name = node.function.name
        symbol = self.scopes.find(name)
        if name in CONSTRUCTORS and not symbol and node.receiver is None:
            return self._constructor(node)
        positional = [argument for argument in node.arguments if argument.name is None]
        named = {argument.name.name: argument for argument in node.arguments if argument.name}
        given += [(self.type_of(argument.value), argument.value) for argument in positional]
        named_types = {key: (self.type_of(argument.value), argument) for key, argument in named.items()}
        if module is not None:
            return self._module_call(module, node, given, named_types)
        return self._apply(node.function, given, node, named_types)

    def _toolcall(self, node: s.ToolCall) -> Type:
        from .tools import check_call

        return check_call(node, self)

    def _operationcall(self, node: s.OperationCall) -> Type:
        from .operations import check_operation

        return check_operation(node, self)

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
        if symbol and symbol.role == "failed":
            return FAILED
        function = FUNCTIONS.get(identifier.name)
        if function is None:
            candidates = list(FUNCTIONS) + self.scopes.names()
            what = f"{given[0][0]}没有“{identifier.text}”" if given else f"没有叫“{identifier.text}”的函数"
            return self.scopes.unknown("ZH206", what, identifier, candidates)
        self._measuring(identifier.name)
        self.permissions.use(identifier.text, function.permission, identifier)
        return self._apply_library(function, identifier, given, named or {}, node)

    def _apply_library(self, function: Function, identifier: s.Identifier, given: list, named: dict, node: Any) -> Type:
        for key, (kind, argument) in named.items():
            if function.free:
                continue
            if key not in function.names:
                return self._error("ZH234", f"“{identifier.text}”没有叫“{argument.name.text}”的参数", argument)
            if function.names.index(key) < len(given) and not function.rest:
                return self._error("ZH234", f"参数“{argument.name.text}”给了两次", argument)
            place = function.names.index(key)
            self._takes(kind, function.parameters[place] if function.parameters else "text", argument)
        missing = [n for n in function.names[len(given) : function.required] if n not in named]
        if (len(given) > len(function.parameters) and not function.rest) or (
            len(given) < function.required and (missing or not function.names)
        ):
            wanted = f"{function.required}"
            if len(function.parameters) != function.required:
                wanted += f" 到 {len(function.parameters)}"
            return self._error("ZH234", f"“{identifier.text}”要 {wanted} 个值，这里给了 {len(given)} 个", node)
        for (kind, argument), takes in zip(given, function.parameters):
            self._takes(kind, takes, argument)
        for kind, argument in given[len(function.parameters) :]:
            self._takes(kind, function.rest, argument)
        if identifier.name == "查找":
            self._lookup(given[0][0], named, node)
        result = function.result_type([kind for kind, _ in given], self.basis)
        if identifier.name == "总和":
            self.types[identifier] = result  # of an empty list: zero of which dimension
        return result

    def _lookup(self, table: Type, named: dict, node: Any) -> None:
        """查找（字段：值）: the fields must be there and of the type of the value."""
        layer = self.layers.get(table.layer)
        if not named:
            self._error("ZH234", "“查找”里要写 字段：值，例如 查找（编号：“A-01”）", node)
        for key, (kind, argument) in named.items():
            found = layer.field_type(key) if layer else None
            if found:
                self._comparable(argument.value, found, kind, False, argument.value, argument.value)
            elif layer is not None and not layer.open_fields:
                fields = [field for field, _, _ in layer.fields]
                what = "表格" if table.plain else "图层"
                message = f"{what}“{layer.name}”没有声明字段“{argument.name.text}”"
                self.scopes.unknown("ZH205", message, argument.name, fields)

    def _apply_own(self, symbol: Symbol, identifier: s.Identifier, given: list, named: dict, node: Any) -> Type:
        formals: list[s.Formal] = symbol.node.formals
        self.permissions.call(symbol.key or identifier.name, identifier)
        self.own_calls.append(identifier)
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
