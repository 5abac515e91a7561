"""What evaluation knows: the program, its data, the visible names; and dispatch by node."""

from __future__ import annotations

import datetime
from typing import Any, Callable

import shapely

from ... import syntax as s
from ...program import Program
from ..codes import Codes
from ..errors import Mistake, OverLimit, ScriptError, Undetermined
from ..functions import items
from ..host import Host, LayersOnly
from ..space import AreaFunction, Space
from ..table import Feature, Layer, View
from ..values import show


class State:
    """Finds values of nodes and of names. `scopes` holds the visible names, innermost last, some an `Undetermined`."""

    def __init__(
        self,
        program: Program,
        layers: dict[str, Layer],
        space: Space,
        today: datetime.date | None,
        check: Callable[[], None],
    ) -> None:
        self.program = program
        self.layers = layers
        self.space = space
        self.today = today
        self.check = check
        self.scopes: list[dict[str, Any]] = [{}]
        self.functions: dict[str, s.Function] = {item.identifier.name: item for item in program.of_kind(s.Function)}
        self.standards: dict[str, s.Standard] = {item.identifier.name: item for item in program.of_kind(s.Standard)}
        self.host: Host = LayersOnly()
        self.crs = ""  # of the layers, "" while none is known
        self.ellipsoidal: AreaFunction | None = None
        self.call_body: Callable[[s.Function], Any] | None = None
        self.call_tool: Callable[[str, dict[str, Any]], Any] | None = None
        self.found: Callable[[Any], list[Any] | None] | None = None  # what a plan knows about a query
        self.findings_of: Callable[[str], list[Any]] | None = None
        self.codes: Codes | None = None
        self._depth = 0
        self._methods: dict[type, Callable[[Any], Any]] = {}

    def value(self, node: Any) -> Any:
        """The value of an expression. Raises `Undetermined`, or `ScriptError` with the place."""
        method = self._methods.get(type(node))
        if method is None:
            method = self._methods[type(node)] = getattr(self, "_" + type(node).__name__.lower())
        try:
            return method(node)
        except Mistake as mistake:
            raise self.error(str(mistake), node) from mistake
        except shapely.errors.ShapelyError as error:
            raise Undetermined("图形计算没有成功，请检查图形", node.start) from error
        except Undetermined as reason:
            if reason.start < 0:
                reason.start = node.start
            raise
        except OverLimit as over:
            raise over.at(*self.program.source.place(max(node.start, 0))) from over

    def condition(self, node: Any) -> bool:
        """The truth of a condition."""
        value = self.value(node)
        if value is None:
            raise Undetermined(f"“{self.text_of(node)}”为空", node.start)
        if not isinstance(value, bool):
            raise self.error(f"这里要写条件，现在是“{show(value)}”", node)
        return value

    def error(self, message: str, node: Any) -> ScriptError:
        """A run-time error at the place of a node."""
        return ScriptError(message, *self.program.source.place(max(node.start, 0)))

    def text_of(self, node: Any) -> str:
        """What the program says there."""
        return self.program.source.slice(node.start, node.end).replace("\n", " ")

    def known(self, node: Any) -> Any:
        """The value of an expression that must not be 空."""
        value = self.value(node)
        if value is None:
            raise Undetermined(f"“{self.text_of(node)}”为空", node.start)
        return value

    def elements(self, node: Any) -> list[Any]:
        """What a loop goes through."""
        return self._features(self.value(node))

    def _features(self, value: Any) -> list[Any]:
        if isinstance(value, View):
            return [Feature(value.layer, index) for index in range(len(value.layer)) if index != value.without]
        return items(value)

    def bind(self, name: str, value: Any) -> None:
        """Give a name a value in the innermost scope."""
        self.scopes[-1][name] = value

    def find(self, name: str) -> Any:
        """The value of a visible name; KeyError when there is none."""
        for scope in reversed(self.scopes):
            if name in scope:
                value = scope[name]
                if isinstance(value, Undetermined):
                    raise Undetermined(value.reason, value.start)
                return value
        raise KeyError(name)
