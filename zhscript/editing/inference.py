"""The type of what stands before the cursor, from lexemes alone: the statement at hand cannot be checked yet."""

from __future__ import annotations

from typing import Optional

from ..blocks import opener
from ..characters import normalize
from ..lexer import Lexeme
from ..library import FUNCTIONS
from ..types import ANY, DATE, SHAPE, TEXT, Type, list_of
from ..units import find_unit
from . import dictionaries
from .context import Context
from .model import Model
from .operations import called
from .symbols import Symbol, Use

_MOST_LINES = 400


class Inference:
    """Types of names, chains of 的 and brackets before a place."""

    def __init__(self, model: Model, context: Context, visible_at: int) -> None:
        self.model = model
        self.context = context
        self._visible_at = visible_at
        self.local: dict[str, Symbol] = {}
        self._types: dict[str, Type] = {}
        stack: list[dict[str, Symbol]] = []
        for line in context.lines[-_MOST_LINES:]:
            if line[0].kind == "_END":
                self.local = stack.pop() if stack else {}
            if opener([*line, Lexeme("_NL", "", line[-1].end, line[-1].end)]):
                stack.append(dict(self.local))
            self._declare(line)
        self._declare(context.before)

    def _declare(self, line: list[Lexeme]) -> None:
        """Note the names that a statement of the block declares, as the model may not hold the block."""
        kinds = [lexeme.kind for lexeme in line]
        if kinds[:1] in (["_LET"], ["_VARIABLE"]) and "_IS" in kinds[2:]:
            self._note(line[1], line[0].text, self.type_before(len(line), line, kinds.index("_IS") + 1))
        for number, kind in enumerate(kinds[:-1]):
            if kind == "_EACH":
                whole = self.type_before(number, line, 1)
                element = Type("feature", layer=whole.layer) if whole.kind == "layer" else whole.item or ANY
                self._note(line[number + 1], "要素", element)

    def _note(self, lexeme: Lexeme, role: str, kind: Type) -> None:
        if lexeme.kind not in ("NAME", "WORD", "QUOTED"):
            return
        name, text = normalize(lexeme.text), lexeme.text.strip("【】")
        self._types[name] = kind
        use = Use(lexeme.start, lexeme.end, text)
        self.local[name] = Symbol(name, text, role, use, None, lexeme.end, len(self.model.text) + 1)

    def type_before(self, end: int, line: Optional[list[Lexeme]] = None, begin: int = 0) -> Type:
        """The type of the chain of lexemes that ends before `end`."""
        line = self.context.before if line is None else line
        if end <= begin:
            return ANY
        last = line[end - 1]
        before = line[end - 2].kind if end - 2 >= begin else ""
        if last.kind == "_CLOSE":
            return self._bracket(end, line, begin)
        if last.kind in ("NAME", "WORD", "QUOTED"):
            name = normalize(last.text)
            if before == "_LOCATED":
                return Type("feature", layer=name)
            if before == "_OF":
                return self._member(name, self.type_before(end - 2, line, begin))
            return self._name(name)
        if last.kind == "ORDINAL" and before == "_OF":
            return self._item(self.type_before(end - 2, line, begin))
        if last.kind == "QUANTITY":
            unit = find_unit(last.text.lstrip("0123456789.０１２３４５６７８９．"))
            return Type("number", unit.dimension) if unit else ANY
        if last.kind == "STRING":
            return Type("rule") if before == "REFERENCE" else TEXT
        return {"NUMBER": Type("number"), "RATIO": Type("number"), "DATE": DATE}.get(last.kind, ANY)

    def _name(self, name: str) -> Type:
        found = [symbol for symbol in self.model.visible(self._visible_at) if symbol.name == name]
        kind = self._symbol(found[-1]) if found else {"今天": DATE}.get(name, ANY)
        return self._types.get(name, ANY) if kind.kind == "any" and name in self.local else kind

    def _symbol(self, symbol: Symbol) -> Type:
        if symbol.role in ("图层", "表格"):
            return Type("layer", layer=symbol.name, plain=symbol.role == "表格")
        kind = self.model.program.types.get(symbol.value) if symbol.value is not None else None
        if kind is None:
            return ANY
        if symbol.role in ("要素", "遍历"):
            return self._item(kind)
        return kind

    def _item(self, whole: Type) -> Type:
        return Type("feature", layer=whole.layer, plain=whole.plain) if whole.kind == "layer" else whole.item or ANY

    def _member(self, name: str, base: Type) -> Type:
        layer = base.layer or (base.item.layer if base.item is not None else "")
        found = self.field_type(layer, name) if layer else None
        if found is not None:
            return found if base.kind == "feature" else list_of(found)
        function = FUNCTIONS.get(name)
        if function is not None:
            return function.result_type([base])
        return SHAPE if name in ("相交部分", "合并部分", "差异部分", "缓冲区", "外扩范围", "内缩范围") else ANY

    def field_type(self, layer: str, name: str) -> Optional[Type]:
        """The declared type of a field, None when the layer has no such field."""
        for declaration in self.model.program.layers:
            if declaration.key == layer:
                return declaration.field_type(name)
        return None

    def _bracket(self, end: int, line: list[Lexeme], begin: int) -> Type:
        depth, start = 0, end - 1
        while start >= begin:
            depth += (line[start].kind == "_CLOSE") - (line[start].kind == "_OPEN")
            if depth == 0:
                break
            start -= 1
        operation = called(line, start)
        if operation is not None:
            return Type("outcome", layer=operation.title)
        if start > begin and line[start - 1].kind in ("NAME", "WORD"):
            receiver = self.type_before(start - 2, line, begin) if line[start - 2].kind == "_OF" else ANY
            function = FUNCTIONS.get(line[start - 1].text)
            return function.result_type([receiver]) if function is not None else ANY
        kinds = [lexeme.kind for lexeme in line[start:end]]
        if "_EACH" in kinds:
            return list_of(self._item(self.type_before(start + kinds.index("_EACH"), line, start + 1)))
        if "_UNTIL" in kinds or "_COMMA" in kinds:  # （1 至 10）, （“甲”，“乙”）
            return list_of(self.type_before(end - 1, line, start + 1))
        return self.type_before(end - 1, line, start + 1)

    def compares_land_use(self) -> bool:
        """Whether the text at hand is compared with a field that holds land-use codes."""
        before = self.context.before
        for number in range(len(before) - 1, 0, -1):
            if before[number].kind == "COMPARE":
                name = before[number - 1].text.strip("【】")
                columns = [
                    column
                    for layer in self.model.program.layers
                    for field, column, _ in layer.fields
                    if normalize(field) == normalize(name)
                ]
                return dictionaries.holds_land_use(name, *columns)
            if before[number].kind in ("_AND", "_OR", "_THEN"):
                break
        return False
