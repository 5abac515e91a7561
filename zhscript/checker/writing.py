"""Checks 把 … 加入 | 写入 | 保存为 …"""

from __future__ import annotations

from typing import Any, Callable, Optional

from .. import syntax as s
from ..types import ANY, NUMBER, TEXT, Type
from .expressions import Expressions
from .scope import Scopes, Symbol

_OPTIONS = {"工作表": TEXT, "图层": TEXT, "编码": TEXT}
_SAVED = ("layer", "list", "text", "any")


class Writing:
    """What may be put where. `mutable` of `put` finds a variable or notes that it is none."""

    def __init__(self, scopes: Scopes, expressions: Expressions) -> None:
        self.scopes = scopes
        self.expressions = expressions

    def put(self, node: s.Put, mutable: Callable[[s.Identifier], Optional[Symbol]]) -> None:
        """Check one 把 statement."""
        value = self.expressions.type_of(node.value)
        if value.kind == "nothing":
            self._error("ZH278", "这个函数没有返回值", node.value)
        if node.word != "保存为":
            for option in node.options:
                self._error("ZH255", f"“{node.word}”后面不能写“{option.identifier.text}”", option)
        if node.word == "加入":
            self._add(node, value, mutable)
        elif node.word == "写入":
            self._write(node, value)
        else:
            self._save(node, value)

    def _error(self, code: str, message: str, node: Any) -> None:
        self.scopes.error(code, message, node)

    def _add(self, node: s.Put, value: Type, mutable: Callable[[s.Identifier], Optional[Symbol]]) -> None:
        target = self.expressions.type_of(node.target)
        if target.kind not in ("list", "layer", "any"):
            self._error("ZH281", f"“加入”后面要写列表、表格或图层，现在是{target}", node.target)
            return
        if not isinstance(node.target, s.Name):
            self._error("ZH279", "“加入”后面要写变量的名字", node.target)
            return
        symbol = self.scopes.find(node.target.identifier.name)
        if target.kind == "layer":
            if not (symbol and symbol.role == "output"):
                self.expressions.permissions.use("加入", "计算", node)
            if symbol and symbol.role == "layer":
                self._error(
                    "ZH279",
                    f"“{node.target.identifier.text}”是读来的数据，不能加入；请用 新图层 或 新表格",
                    node.target,
                )
            elif symbol and symbol.role != "output":
                mutable(node.target.identifier)
            self._record(node.value, value, target)
            return
        symbol = mutable(node.target.identifier)
        if symbol and symbol.type.kind == "list":
            self._widen(symbol, value)

    def _widen(self, symbol: Symbol, value: Type) -> None:
        """A list that began empty holds what comes first; other types make it a list of anything."""
        if symbol.type.item != value:
            symbol.type = Type("list", item=ANY)

    def _record(self, node: Any, value: Type, target: Type) -> None:
        """What goes into a table or layer: 字典（…）, 要素（…） or a feature; its fields must be there."""
        if value.kind not in ("mapping", "feature", "any"):
            self._error("ZH281", f"加入表格或图层的要写成 字典（…） 或 要素（…），现在是{value}", node)
            return
        layer = self.expressions.layers.get(target.layer)
        if layer is None or layer.open_fields or not isinstance(node, s.Call):
            return
        names = [name for name, _, _ in layer.fields]
        for argument in node.arguments:
            if argument.name is None or (argument.name.name == "形状" and not target.plain):
                continue
            found = layer.field_type(argument.name.name)
            if found is None:
                message = f"“{layer.name}”没有字段“{argument.name.text}”"
                self.scopes.unknown("ZH205", message, argument.name, names)
            else:
                self.expressions._same(self.expressions.types[argument.value], found, argument.value)

    def _write(self, node: s.Put, value: Type) -> None:
        """写入 changes the working copy of a layer, or gives an 输出 its value; never the source."""
        target: Any = node.target
        if not isinstance(target, s.Name):
            self.expressions.permissions.use("写入", "计算", node)
        else:
            kind = self.expressions.type_of(target)
            symbol = self.scopes.find(target.identifier.name)
            if symbol and symbol.role == "output" and kind.kind != "layer":
                self.expressions._same(value, kind, node.value)
            elif symbol:
                self._error("ZH256", "“写入”后面要写要素的字段，例如 图斑的标注；改变变量请用“改为”", target)
            return
        if not isinstance(target, (s.Member, s.Item)):
            self.expressions.type_of(target)
            self._error("ZH256", "“写入”后面要写要素的字段，例如 图斑的标注", target)
            return
        base = self.expressions.type_of(target.base)
        if base.kind not in ("feature", "any"):
            self._error("ZH256", f"“写入”后面要写要素的字段，例如 图斑的标注，现在是{base}的一部分", target)
            return
        kind = self.expressions.type_of(target)
        layer = self.expressions.layers.get(base.layer)
        name = target.identifier.name if isinstance(target, s.Member) else ""
        if name and layer is not None and not layer.open_fields and layer.field_type(name) is None:
            if not kind.failed:
                self._error("ZH256", f"“{name}”是算出来的，不能写入", target)
            return
        self.expressions._same(value, kind, node.value)

    def _save(self, node: s.Put, value: Type) -> None:
        self.expressions.permissions.use("保存为", "管理", node)
        self.expressions.text(node.target)
        if value.kind not in _SAVED:
            self._error("ZH257", f"{value}不能保存为文件；可以保存图层、表格、列表和文字", node.value)
        for option in node.options:
            wanted = _OPTIONS.get(option.identifier.name)
            if wanted is None or option.value is None:
                message = f"“保存为”后面可以写 工作表“…”、图层“…”，不能写“{option.identifier.text}”"
                self._error("ZH255", message, option)
            else:
                self.expressions._same(self.expressions.type_of(option.value), wanted, option.value)


def source_options(options: list[s.Option], expressions: Expressions) -> tuple[tuple[str, Any], ...]:
    """The options of a declared 表格 or 图层 as (word, text or number)."""
    result = []
    for option in options:
        wanted = {"工作表": TEXT, "表头": NUMBER, "编码": TEXT, "图层": TEXT}.get(option.identifier.name)
        value = option.value
        if wanted is None or not isinstance(value, (s.Text, s.Number)) or expressions.type_of(value) != wanted:
            message = f"这里可以写 工作表“…”、表头 2、编码“…”，不能写“{option.identifier.text}”"
            expressions.scopes.error("ZH255", message, option)
            continue
        if isinstance(value, s.Number) and (value.value.denominator != 1 or not 1 <= value.value <= 1000):
            expressions.scopes.error("ZH255", "表头是第几行，要写 1 到 1000 的整数", option)
            continue
        result.append((option.identifier.name, value.value if isinstance(value, s.Text) else int(value.value)))
    return tuple(result)
