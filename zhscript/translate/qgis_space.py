"""Geometry in QGIS expressions.

A shape is a formula of a geometry together with what must hold for it to be known (`needs`): geometries that are there
and valid. Its NULL means that it is empty.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Callable, Optional

from .. import syntax as s
from .formulas import Formulas
from .terms import NEVER, UNKNOWN, Later, Layer, Located, Row, Scope, Selection, Term

_TOTALS = {"总和": "sum", "平均值": "mean", "最大值": "max", "最小值": "min"}
_SHAPES = frozenset({"面积", "总面积", "周长", "长度", "中心点", "形状", "节点数"})
_COVERED = ("T*F**F***", "*TF**F***", "**FT*F***", "**F*TF***")  # masks of ‘covered by’ (OGC 06-103r4 and JTS)
BUFFER_SEGMENTS = 32  # per quarter circle, as the engine


@dataclass(frozen=True)
class Shape:
    """A geometry: `text`, the conditions for it to be known, and whether it is a feature's own."""

    text: str
    needs: tuple[str, ...]
    own: bool = False


class QgisSpace(Formulas):
    """The spatial part of `QgisFormulas`. `inner` is the feature that the aggregate at hand goes through."""

    inner: Optional[Row] = None

    def quote(self, text: str) -> str:
        """A string literal."""
        raise NotImplementedError

    def geometry(self, row: Row) -> str:
        """The geometry of a feature."""
        return "$geometry" if self.inner is None or row is self.inner else "geometry(@parent)"

    def _usable(self, row: Row) -> str:
        return f"coalesce(is_valid({self.geometry(row)}), FALSE)"  # empty geometries are not valid

    def shape(self, node: Any, scope: Scope) -> Shape:
        """A geometry that is no layer."""
        while isinstance(node, s.Group):
            node = node.inner
        if isinstance(node, s.Name):
            value = scope.get(node.identifier.name)
            if isinstance(value, Row):
                return Shape(self.geometry(value), (self._usable(value),), True)
            if isinstance(value, Later):
                return self.shape(value.node, value.scope)
        if isinstance(node, s.MeasuredMember):
            inner = self.shape(node.base, scope)
            metres = float(node.measure.value) * (-1 if node.identifier.name == "内缩范围" else 1)
            return replace(inner, text=f"buffer({inner.text}, {metres!r}, {BUFFER_SEGMENTS})", own=False)
        if isinstance(node, s.Member) and node.identifier.name in ("中心点", "形状"):
            inner = self.shape(node.base, scope)
            if node.identifier.name == "形状":
                return inner
            if not inner.own:
                raise self.refuse("不是要素的“中心点”", node)
            return replace(inner, text=f"centroid({inner.text})", own=False)
        if isinstance(node, s.Relation) and node.word.name in ("相交部分", "差异部分"):
            return self._part(node, scope)
        raise self.refuse("这里的图形", node)

    def known(self, text: str, kind: str, *needs: str) -> Term:
        """A formula that is NULL unless what it needs holds."""
        return Term(f"CASE WHEN {' AND '.join(dict.fromkeys(needs))} THEN {text} END", kind, UNKNOWN, True)

    # -- aggregates

    def aggregate(
        self, layer: Layer, function: str, value: Callable[[Row], str], where: Callable[[Row], str] | None
    ) -> str:
        """An aggregate over the features of a layer."""
        if self.inner is not None:
            raise self.refuse("对图层的计算里再套对图层的计算", None)
        if layer.without is not None:
            raise self.refuse("这里的“其他”", None)
        self.inner = row = Row(layer.layer, "each")
        try:
            parts = [self.quote(layer.layer.source), self.quote(function), value(row)]
            parts += [where(row)] if where else []
            return f"aggregate({', '.join(parts)})"
        finally:
            self.inner = None

    def _count(self, layer: Layer, where: Callable[[Row], str]) -> str:
        return f"coalesce({self.aggregate(layer, 'count', lambda _: '1', where)}, 0)"

    def _no_invalid_near(self, layer: Layer, node: Any, scope: Scope) -> str:
        """No feature near the shape has an invalid geometry."""

        def bad(row: Row) -> str:
            there = f"NOT is_valid({self.geometry(row)}) AND NOT is_empty({self.geometry(row)})"
            return f"{there} AND {self._gap(row, node, scope)} <= 0"

        return f"{self._count(layer, bad)} = 0"

    def _gap(self, row: Row, node: Any, scope: Scope) -> str:
        """How far the bounds of a feature and of the shape are apart, on the axis where they are farther."""
        a, b = self.geometry(row), self.shape(node, scope).text
        sides = (f"{axis}_min({one}) - {axis}_max({two})" for axis in "xy" for one, two in ((a, b), (b, a)))
        return f"max({', '.join(sides)}, 0)"

    def _meeting(self, layer: Layer, node: Any, scope: Scope, more: str = "") -> str:
        """How many usable features meet the shape, with a further condition on {0} (theirs) and {1} (the shape)."""

        def meets(row: Row) -> str:
            theirs, ours = self.geometry(row), self.shape(node, scope).text
            return f"is_valid({theirs}) AND intersects({theirs}, {ours})" + more.format(theirs, ours)

        return self._count(layer, meets)

    def _operands(self, left: Any, right: Any, scope: Scope) -> tuple[Any, Optional[Layer]]:
        """The node of the shape and the layer that it meets, if one side is a layer."""
        first, second = self._layer(left, scope), self._layer(right, scope)
        if first and second:
            raise self.refuse("两个图层之间的关系", left)
        return (left, second) if second else (right, first)

    def _layer(self, node: Any, scope: Scope) -> Optional[Layer]:
        if isinstance(node, (s.Name, s.Others, s.Group)):
            value = self.value(node, scope) if not self._is_shape_name(node) else None
            return value if isinstance(value, Layer) else None
        return None

    def _is_shape_name(self, node: Any) -> bool:
        while isinstance(node, s.Group):
            node = node.inner
        return isinstance(node, s.Name) and self.program.types[node].kind in ("shape", "feature")

    # -- relations

    def _touching(self, node: s.Touching, scope: Scope) -> Term:
        place, layer = self._operands(node.left, node.right, scope)
        if layer is None:
            a, b = self.shape(node.left, scope), self.shape(node.right, scope)
            meet = f"coalesce(intersects({a.text}, {b.text}), FALSE)"
            touch = f"coalesce(touches({a.text}, {b.text}), FALSE)"
            words = {"相交": meet, "相离": f"NOT {meet}", "相邻": touch, "重叠": f"({meet} AND NOT {touch})"}
            return self.known(words[node.word], "boolean", *a.needs, *b.needs)
        shape, own = self.shape(place, scope), 0
        if layer.without is not None:
            if not shape.own:
                raise self.refuse("这里的“其他”", node)
            layer, own = Layer(layer.layer), 1  # a feature meets itself
        inside = self._meeting(layer, place, scope, " AND NOT touches({0}, {1})")
        words = {
            "相交": f"{self._meeting(layer, place, scope)} > {own}",
            "相离": f"{self._meeting(layer, place, scope)} = {own}",
            "相邻": f"({self._meeting(layer, place, scope)} > {own} AND {inside} = {own})",
            "重叠": f"{inside} > {own}",
        }
        return self.known(words[node.word], "boolean", *shape.needs, self._no_invalid_near(layer, place, scope))

    def _relation(self, node: s.Relation, scope: Scope) -> Term:
        if node.word.name != "相交面积":
            raise self.refuse(f"“{node.word.name}”", node)
        return self._area(self._part(node, scope))

    def _part(self, node: s.Relation, scope: Scope) -> Shape:
        """相交部分 or 差异部分. What a layer's features share with the shape is joined by a buffer of width 0."""
        place, layer = self._operands(node.left, node.right, scope)
        meet = node.word.name == "相交部分" or node.word.name == "相交面积"
        if layer is None:
            a, b = self.shape(node.left, scope), self.shape(node.right, scope)
            return Shape(f"{'intersection' if meet else 'difference'}({a.text}, {b.text})", a.needs + b.needs)
        if not meet and place is not node.left:
            raise self.refuse("图层减去图形的“差异部分”", node)
        shape = self.shape(place, scope)
        if layer.without is not None:
            return self._with_others(shape, Layer(layer.layer), place, scope, meet)

        def theirs(row: Row) -> str:
            """Areas only: collect takes the type of the first geometry and drops the others."""
            return f"buffer(intersection({self.geometry(row)}, {self.shape(place, scope).text}), 0)"

        def met(row: Row) -> str:
            a = self.geometry(row)
            ours = self.shape(place, scope).text
            return f"is_valid({a}) AND intersects({a}, {ours}) AND NOT touches({a}, {ours})"

        shared = f"buffer({self.aggregate(layer, 'collect', theirs, met)}, 0)"
        needs = (*shape.needs, self._no_invalid_near(layer, place, scope))
        return Shape(shared if meet else f"coalesce(difference({shape.text}, {shared}), {shape.text})", needs)

    def _with_others(self, shape: Shape, layer: Layer, place: Any, scope: Scope, meet: bool) -> Shape:
        """The same with the other features of the feature's own layer, which overlay functions leave it out of."""
        if not shape.own or self.inner is not None:
            raise self.refuse("这里的“其他”", place)
        found = f"overlay_intersects({self.quote(layer.layer.source)}, $geometry)"
        union = f"buffer(collect_geometries({found}), 0)"
        needs = (*shape.needs, self._no_invalid_near(layer, place, scope))
        if meet:
            return Shape(f"intersection({shape.text}, {union})", needs)
        return Shape(f"coalesce(difference({shape.text}, {union}), {shape.text})", needs)

    def inside(self, left: Any, right: Any, scope: Scope) -> Term:
        """Whether no point of one shape lies outside another; in a layer, outside the union of its areas."""
        layer = self._layer(right, scope)
        if self._layer(left, scope):
            raise self.refuse("图层的“位于”", left)
        if layer is None:
            a, b = self.shape(left, scope), self.shape(right, scope)
            return self.known(_covered(a.text, b.text), "boolean", *a.needs, *b.needs)
        shape = self.shape(left, scope)

        def met(row: Row) -> str:
            a = self.geometry(row)
            return f"is_valid({a}) AND intersects({a}, {self.shape(left, scope).text})"

        union = f"buffer({self.aggregate(layer, 'collect', self.geometry, met)}, 0)"
        covering = self._count(
            layer, lambda row: f"{met(row)} AND {_covered(self.shape(left, scope).text, self.geometry(row))}"
        )
        text = f"({covering} > 0 OR {_covered(shape.text, union)})"
        return self.known(text, "boolean", *shape.needs, self._no_invalid_near(layer, left, scope))

    def _distance(self, node: s.Distance, scope: Scope) -> Term:
        place, layer = self._operands(node.left, node.right, scope)
        if layer is None:
            a, b = self.shape(node.left, scope), self.shape(node.right, scope)
            return self.known(f"distance({a.text}, {b.text})", "number", *a.needs, *b.needs)
        shape = self.shape(place, scope)
        nearest = self.aggregate(
            layer,
            "min",
            lambda row: f"distance({self.geometry(row)}, {self.shape(place, scope).text})",
            lambda row: f"coalesce(is_valid({self.geometry(row)}), FALSE)",
        )

        invalid = self.aggregate(
            layer,
            "min",
            lambda row: self._gap(row, place, scope),
            lambda row: f"NOT is_valid({self.geometry(row)}) AND NOT is_empty({self.geometry(row)})",
        )
        return self.known(nearest, "number", *shape.needs, f"coalesce({invalid}, 1e300) > {nearest}")

    # -- measures

    def _area(self, shape: Shape) -> Term:
        """QGIS knows the area of polygons only; a buffer of width 0 takes them out of a collection."""
        text = f"coalesce(area({shape.text}), area(buffer({shape.text}, 0)), 0)"
        return self.known(text, "number", *shape.needs)

    def spatial(self, name: str, node: Any, arguments: list[Any], scope: Scope) -> Any:
        """A call of a function of geometry or over a layer; None for others."""
        if name in _TOTALS or name == "个数":
            value = self.value(arguments[0], scope)
            value = Selection(value, scope=scope) if isinstance(value, Layer) else value
            if not isinstance(value, Selection):
                raise self.refuse(f"不是图层的“{name}”", node)
            return self.selected(value, name, node)
        if name not in _SHAPES:
            return None
        if self._layer(arguments[0], scope):
            raise self.refuse(f"整个图层的“{name}”", node)
        shape = self.shape(arguments[0], scope)
        if name in ("面积", "总面积"):
            return self._area(shape)
        if name in ("周长", "长度") and shape.own:
            return self.known(f"coalesce(perimeter({shape.text}), length({shape.text}), 0)", "number", *shape.needs)
        if name == "节点数" and shape.own:
            return self.known(f"num_points({shape.text})", "number", *shape.needs)
        raise self.refuse(f"“{name}”", node)

    def _member(self, node: s.Member, scope: Scope) -> Any:
        if self.program.types[node.base].kind == "shape":  # a geometry is no value by itself
            return self._apply(node.identifier, [node.base], {}, node, scope)
        return super()._member(node, scope)

    def emptiness(self, node: Any, scope: Scope) -> Term:
        """空. What two shapes share is empty where they are apart, though QGIS may lose points and lines of it."""
        while isinstance(node, s.Group) or (isinstance(node, s.Name) and self._is_shape_name(node)):
            if isinstance(node, s.Group):
                node = node.inner
                continue
            value: Any = scope.get(node.identifier.name)
            if not isinstance(value, Later):
                break
            node, scope = value.node, value.scope
        if isinstance(node, s.Relation) and node.word.name == "相交部分":
            return self._touching(s.Touching(node.start, node.end, node.left, node.right, "相离"), scope)
        if isinstance(node, s.Relation) and node.word.name == "差异部分":
            return self.inside(node.left, node.right, scope)
        if isinstance(node, s.MeasuredMember):
            shape = self.shape(node, scope)
            return self.known(f"coalesce(is_empty({shape.text}), TRUE)", "boolean", *shape.needs)
        return super().emptiness(node, scope)

    # -- features in which a point lies

    def _located(self, node: s.Located, scope: Scope) -> Located:
        if not (isinstance(node.base, s.Member) and node.base.identifier.name == "中心点"):
            raise self.refuse("不是中心点的“所在的”", node)
        return Located(Term("", "shape"), self.layers[node.layer.name], True, (node, scope))

    def _places(self, located: Located) -> tuple[str, tuple[str, ...]]:
        node, scope = located.node
        layer = Layer(located.layer)
        needs = (*self.shape(node.base, scope).needs, self._no_invalid_near(layer, node.base, scope))
        return self._meeting(layer, node.base, scope), needs

    def is_none(self, located: Located) -> str:
        """Whether no feature holds the point; NULL where several do."""
        count, needs = self._places(located)
        return self.known(f"CASE WHEN {count} = 0 THEN TRUE WHEN {count} = 1 THEN FALSE END", "boolean", *needs).text

    def located_field(self, located: Located, name: str, kind: str) -> Term:
        """A field of the one feature that holds the point."""
        node, scope = located.node

        def holds(row: Row) -> str:
            theirs = self.geometry(row)
            return f"is_valid({theirs}) AND intersects({theirs}, {self.shape(node.base, scope).text})"

        values = self.aggregate(Layer(located.layer), "array_agg", lambda row: self.field(row, name, kind).text, holds)
        count, needs = self._places(located)
        return self.known(f"array_get({values}, 0)", kind, *needs, f"{count} = 1")

    # -- selections

    def selected(self, selection: Selection, function: str, _node: Any) -> Term:
        """个数, 总和 … of the features that meet a condition."""
        scope = dict(selection.scope or {})

        def where(row: Row) -> Term:
            if selection.where is None:
                return Term("TRUE", "boolean", NEVER, True)
            return self.condition(selection.where, {**scope, selection.name: row})

        def listed(row: Row) -> Term:
            listing: Any = selection.listing
            inner = {**scope, selection.name: row}
            if listing is None:
                return Term("1", "number", NEVER, True)
            if not isinstance(listing, s.Identifier):
                return self.term(listing, inner)
            key = s.Identifier(listing.start, listing.end, selection.name, selection.name)
            member = s.Member(listing.start, listing.end, s.Name(listing.start, listing.end, key), listing)
            return self.term(member, inner)

        if function not in _TOTALS:
            total = self._count(selection.source, lambda row: where(row).text)
        else:
            total = self.aggregate(
                selection.source, _TOTALS[function], lambda row: listed(row).text, lambda row: where(row).text
            )
            total = f"coalesce({total}, 0)" if function == "总和" else total

        def doubtful(row: Row) -> str:
            condition, value = where(row), listed(row)
            text = f"{condition.bracketed} IS NULL"
            missing = f"{text} OR ({condition.bracketed} AND {value.bracketed} IS NULL)"
            return missing if function in _TOTALS else text

        return self.known(total, "number", f"{self._count(selection.source, doubtful)} = 0")

    def quantified(self, selection: Selection, every: bool, _node: Any) -> Term:
        """都满足 and 中有 … 满足: a decisive feature settles it whatever the unknown ones are."""
        scope = dict(selection.scope or {})

        def test(row: Row) -> Term:
            return self.condition(selection.where, {**scope, selection.name: row})

        decisive = self._count(selection.source, lambda row: f"NOT {test(row).bracketed}" if every else test(row).text)
        doubtful = self._count(selection.source, lambda row: f"{test(row).bracketed} IS NULL")
        verdict, other = ("FALSE", "TRUE") if every else ("TRUE", "FALSE")
        text = f"CASE WHEN {decisive} > 0 THEN {verdict} WHEN {doubtful} > 0 THEN NULL ELSE {other} END"
        return Term(text, "boolean", UNKNOWN, True)


def _covered(a: str, b: str) -> str:
    return "(" + " OR ".join(f"coalesce(relate({a}, {b}, '{mask}'), FALSE)" for mask in _COVERED) + ")"
