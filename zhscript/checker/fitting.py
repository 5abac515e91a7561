"""What every check of an expression uses: dispatch by node, and whether a type fits where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Optional

from .. import syntax as s
from ..constants import Constants
from ..diagnostics import Fix
from ..library import AREAS, MEASURING
from ..program import LayerDeclaration
from ..types import ANY, FAILED, Type, different_bases, named_type
from ..units import LENGTH, NONE
from .permissions import Permissions
from .scope import Scopes

if TYPE_CHECKING:
    from ..tools.declaration import ToolDeclaration

_TAKES = {
    "text": ("text",),
    "number": ("number",),
    "quantity": ("number",),
    "shape": ("shape", "feature"),
    "region": ("shape", "feature", "layer"),
    "layer": ("layer",),
    "length": ("number",),
    "list": ("list", "layer"),
    "mapping": ("mapping",),
    "date": ("date",),
}
_WANTED = {
    "text": "文本",
    "number": "数值",
    "quantity": "数",
    "shape": "图形",
    "region": "图形或图层",
    "layer": "图层",
    "length": "长度",
    "list": "列表",
    "mapping": "字典",
    "date": "日期",
}


class Fitting:
    """Finds the type of a node and notes where another is needed."""

    def __init__(self, scopes: Scopes, layers: dict[str, LayerDeclaration]) -> None:
        self.scopes = scopes
        self.layers = layers
        self.rules: set[str] = set()
        self.tools: dict[str, ToolDeclaration] = {}
        self.tool_layers: list[Any] = []  # what is given to tools: (tool, argument, its type)
        self.failed_fields: set[tuple[str, str]] = set()  # (layer, field) whose declared type is not known
        self.measures = False  # areas or lengths
        self.measures_length = False
        self.uses_today: Optional[Any] = None
        self.in_test = False
        self.basis = "plane"  # of areas, by the header
        self.permissions = Permissions(scopes)
        self.own_calls: list[s.Identifier] = []  # names of functions of this and other files, where they are called
        self.module_calls: list[tuple[s.Call, str]] = []  # 代码库的县名（…） and the key of the function
        self.types: dict[Any, Type] = {}  # of every expression
        self.constants = Constants()
        self._failed = False  # whether a part of the expression at hand has failed
        self._checks: dict[type, Callable[[Any], Any]] = {}  # by class of node

    def type_of(self, node: Any) -> Type:
        """The type of an expression. What is made of a failed one has failed too."""
        outer, self._failed = self._failed, False
        check = self._checks.get(type(node))
        if check is None:
            check = self._checks[type(node)] = getattr(self, "_" + type(node).__name__.lower())
        result = check(node)
        kind = result if isinstance(result, Type) else ANY
        if kind.kind == "any" and self._failed:
            kind = FAILED
        self._failed = outer or kind.failed
        self.types[node] = kind
        return kind

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

    def _layer(self, identifier: s.Identifier) -> Optional[LayerDeclaration]:
        layer = self.layers.get(identifier.name)
        if layer is None:
            self.scopes.unknown("ZH203", f"没有声明过图层“{identifier.text}”", identifier, self.layers)
        return layer

    def _common(self, kinds: list[Type]) -> Type:
        if any(kind.failed for kind in kinds):
            return FAILED
        known = [kind for kind in kinds if kind.kind != "null"]
        return known[0] if known and all(kind == known[0] for kind in known) else ANY

    def _takes(self, kind: Type, takes: str, node: Any) -> None:
        if takes == "value" or kind.kind == "any":
            return
        if kind.kind not in _TAKES[takes] or (kind.plain and takes in ("shape", "region", "layer")):
            self._error("ZH235", f"这里要{_WANTED[takes]}，现在是{kind}", node)
        elif takes == "length" and kind.dimension != LENGTH:
            self._error("ZH235", f"这里要长度，例如 500米，现在是{kind}", node)
        elif takes == "number" and kind.dimension != NONE:
            self._error("ZH235", f"这里要不带单位的数，现在是{kind}；可以先“换算为 …”", node)

    def _same(self, kind: Type, wanted: Type, node: Any) -> None:
        """Note when a value does not fit where `wanted` is needed."""
        if "any" in (kind.kind, wanted.kind) or kind.kind == "null":
            return
        fits = kind.kind == wanted.kind and kind.dimension == wanted.dimension
        if fits and kind.layer and wanted.layer:
            fits = kind.layer == wanted.layer
        if kind.kind == "feature" and wanted.kind == "shape":
            fits = not kind.plain
        if kind.kind == "layer" and fits:
            fits = kind.plain == wanted.plain
        if fits and different_bases(kind, wanted):
            self._mixed_bases(kind, wanted, node)
        elif not fits:
            self._error("ZH236", f"这里要{wanted}，现在是{kind}", node)

    def _mixed_bases(self, left: Type, right: Type, node: Any) -> Type:
        return self._error("ZH252", f"{left}和{right}口径不同，不能放在一起；请统一用一种面积口径", node)

    def formal_type(self, formal: s.Formal) -> Type:
        """The declared type of a parameter, or any."""
        if formal.annotation is None:
            return ANY
        return self.type_named(formal.annotation)

    def type_named(self, name: s.TypeName) -> Type:
        """The type that a type name, a unit or a layer names."""
        if name.part or name.arguments:
            return self._error("ZH207", f"带括号或“的”的类型“{name.text}”只能写在工具的参数里", name)
        if name.name in self.layers:
            return Type("feature", layer=name.name, plain=self.layers[name.name].kind == "table")
        found = named_type(name.name)
        if found:
            return found
        return self._error(
            "ZH207", f"不认识类型“{name.text}”；可以写 文本、数值、面积、长度、日期、是否、单位或图层名", name
        )
