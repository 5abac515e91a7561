"""Geometry in PostGIS's SQL: measures, relations, layers as the union of their features.

A shape is a formula whose NULL means that it cannot be known: missing and invalid geometries are such.
"""

from __future__ import annotations

from typing import Any, Optional

from .. import syntax as s
from ..characters import normalize
from ..program import LayerDeclaration
from .dialect import field_factor, field_word, join_null
from .formulas import Formulas
from .terms import NEVER, UNKNOWN, Layer, Located, Row, Scope, Selection, Term

_MEASURES = {"面积": "ST_Area", "总面积": "ST_Area"}
_SHAPES = frozenset({"面积", "总面积", "周长", "长度", "中心点", "形状", "边界", "节点数"})
_TOTALS = {"总和": "sum", "平均值": "avg", "最大值": "max", "最小值": "min"}
BUFFER_SEGMENTS = 32  # per quarter circle, as the engine
_MEET = "ST_Intersects(s.g, b.__shape)"


def _table(layer: LayerDeclaration) -> str:
    return '"' + layer.name.replace('"', '""') + '"'


class SpaceSql(Formulas):
    """The spatial part of `PostgisFormulas`. `srid` is a formula of the reference system of the layers."""

    srid = "0"

    @property
    def empty_shape(self) -> str:
        """A geometry without points."""
        return f"ST_SetSRID('POLYGON EMPTY'::geometry, {self.srid})"

    def shape(self, node: Any, scope: Scope) -> Term:
        """A geometry; a layer is the union of its features."""
        value = self.value(node, scope)
        if isinstance(value, Row):
            return Term(f"{value.alias}.__shape", "shape", UNKNOWN, True)
        if isinstance(value, Layer):
            return self._region(value)
        if isinstance(value, Located):
            return self._lying(value, "b.__shape", "shape")
        if isinstance(value, Term) and value.kind == "shape":
            return value
        raise self.refuse("这里的图形", node)

    def _layer(self, node: Any, scope: Scope) -> Optional[Layer]:
        value = self.value(node, scope)
        return value if isinstance(value, Layer) else None

    def _others_than(self, layer: Layer) -> str:
        return f" AND b.__key <> {layer.without.alias}.__key" if layer.without else ""

    def _region(self, layer: Layer) -> Term:
        union = f"coalesce(ST_Union(b.__shape), {self.empty_shape})"
        text = (
            f"(SELECT CASE WHEN bool_or(b.__bad) THEN NULL ELSE {union} END FROM {_table(layer.layer)} b"
            f" WHERE TRUE{self._others_than(layer)})"
        )
        return Term(text, "shape", UNKNOWN, True)

    def _near(self, shape: Term, layer: Layer, aggregate: str, kind: str) -> Term:
        """An aggregate over the features `b` of a layer that may meet the shape `s.g`; NULL beside an invalid one."""
        text = (
            f"(SELECT CASE WHEN s.g IS NULL OR bool_or(b.__bad) THEN NULL ELSE {aggregate} END"
            f" FROM (SELECT {shape.text} AS g) s LEFT JOIN {_table(layer.layer)} b"
            f" ON b.__geom && s.g{self._others_than(layer)} GROUP BY s.g)"
        )
        return Term(text, kind, UNKNOWN, True, kind == "number")

    def _operands(self, left: Any, right: Any, scope: Scope) -> tuple[Any, Optional[Layer]]:
        """The shape of one side and the layer of the other, or both shapes' nodes when there is no single layer."""
        first, second = self._layer(left, scope), self._layer(right, scope)
        if second and not first:
            return self.shape(left, scope), second
        if first and not second:
            return self.shape(right, scope), first
        return None, None

    # -- relations

    def _relation(self, node: s.Relation, scope: Scope) -> Term:
        word = node.word.name
        if word in ("相交面积", "相交长度"):
            part = self._part(node, scope)
            function = "ST_Area" if word == "相交面积" else "ST_Length"
            return Term(f"{function}({part.text})", "number", join_null(part), True, True)
        if word == "相交部分":
            return self._part(node, scope)
        if word == "合并部分":
            both = (self.shape(node.left, scope), self.shape(node.right, scope))
            return Term(f"ST_Union({both[0].text}, {both[1].text})", "shape", UNKNOWN, True)
        layer = self._layer(node.right, scope)
        if layer and not self._layer(node.left, scope):
            cut = f"ST_Difference(s.g, ST_Union(b.__shape) FILTER (WHERE {_MEET}))"
            return self._near(self.shape(node.left, scope), layer, f"coalesce({cut}, s.g)", "shape")
        both = (self.shape(node.left, scope), self.shape(node.right, scope))
        return Term(f"ST_Difference({both[0].text}, {both[1].text})", "shape", UNKNOWN, True)

    def _part(self, node: s.Relation, scope: Scope) -> Term:
        shape, layer = self._operands(node.left, node.right, scope)
        if layer:
            union = f"ST_Union(ST_Intersection(s.g, b.__shape)) FILTER (WHERE {_MEET})"
            return self._near(shape, layer, f"coalesce({union}, {self.empty_shape})", "shape")
        both = (self.shape(node.left, scope), self.shape(node.right, scope))
        return Term(f"ST_Intersection({both[0].text}, {both[1].text})", "shape", UNKNOWN, True)

    def _touching(self, node: s.Touching, scope: Scope) -> Term:
        shape, layer = self._operands(node.left, node.right, scope)
        if layer:
            only = "bool_and(ST_Touches(s.g, b.__shape))"
            met = {
                "相交": f"coalesce(bool_or({_MEET}), FALSE)",
                "相离": f"NOT coalesce(bool_or({_MEET}), FALSE)",
                "相邻": f"coalesce({only} FILTER (WHERE {_MEET}), FALSE)",
                "重叠": f"coalesce(NOT {only} FILTER (WHERE {_MEET}), FALSE)",
            }[node.word]
            return self._near(shape, layer, met, "boolean")
        a, b = self.shape(node.left, scope).text, self.shape(node.right, scope).text
        text = {
            "相交": f"ST_Intersects({a}, {b})",
            "相离": f"NOT ST_Intersects({a}, {b})",
            "相邻": f"ST_Touches({a}, {b})",
            "重叠": f"ST_Intersects({a}, {b}) AND NOT ST_Touches({a}, {b})",
        }[node.word]
        return Term(text, "boolean", UNKNOWN)

    def inside(self, left: Any, right: Any, scope: Scope) -> Term:
        """Whether no point of one shape lies outside another."""
        layer = self._layer(right, scope)
        if layer and not self._layer(left, scope):
            covered = f"bool_or(ST_CoveredBy(s.g, b.__shape)) FILTER (WHERE {_MEET})"
            union = f"ST_CoveredBy(s.g, ST_Union(b.__shape) FILTER (WHERE {_MEET}))"
            return self._near(self.shape(left, scope), layer, f"coalesce({covered} OR {union}, FALSE)", "boolean")
        both = (self.shape(left, scope), self.shape(right, scope))
        return Term(f"ST_CoveredBy({both[0].text}, {both[1].text})", "boolean", UNKNOWN, True)

    def _distance(self, node: s.Distance, scope: Scope) -> Term:
        shape, layer = self._operands(node.left, node.right, scope)
        if layer is None:
            both = (self.shape(node.left, scope), self.shape(node.right, scope))
            return Term(f"ST_Distance({both[0].text}, {both[1].text})", "number", UNKNOWN, True, True)
        table, others = _table(layer.layer), self._others_than(layer)
        nearest = (
            f"SELECT ST_Distance(s.g, b.__shape) AS v FROM {table} b WHERE b.__shape IS NOT NULL{others}"
            " ORDER BY b.__geom <-> s.g LIMIT 1"
        )
        bad = f"SELECT FROM {table} b WHERE b.__bad AND b.__geom && ST_Expand(s.g, d.v){others}"
        text = (
            f"(SELECT CASE WHEN NOT EXISTS ({bad}) THEN d.v END"
            f" FROM (SELECT {shape.text} AS g) s CROSS JOIN LATERAL ({nearest}) d)"
        )
        return Term(text, "number", UNKNOWN, True, True)

    # -- measures and derived shapes

    def spatial(self, name: str, node: Any, arguments: list[Any], scope: Scope) -> Any:
        """A call of a function of geometry or over a layer; None for others."""
        if name in _TOTALS or name == "个数":
            value = self.value(arguments[0], scope)
            if isinstance(value, Layer):
                value = Selection(value, scope=scope)
            if not isinstance(value, Selection):
                raise self.refuse(f"不是图层的“{name}”", node)
            return self.selected(value, name, node)
        if name == "矩形":
            corners = ", ".join(self.double(self.term(argument, scope)) for argument in arguments)
            return Term(f"ST_MakeEnvelope({corners}, {self.srid})", "shape", NEVER, True)
        if name not in _SHAPES:
            return None
        shape = self.shape(arguments[0], scope)
        null = join_null(shape)
        if name in _MEASURES:
            return Term(f"{_MEASURES[name]}({shape.text})", "number", null, True, True)
        if name in ("周长", "长度"):
            return Term(f"(ST_Perimeter({shape.text}) + ST_Length({shape.text}))", "number", null, True, True)
        if name == "节点数":
            return Term(f"ST_NPoints({shape.text})", "number", null, True)
        if name == "形状":
            return shape
        if name == "边界":
            return Term(f"ST_Boundary({shape.text})", "shape", null, True)
        centre = f"ST_Centroid({shape.text})"
        if not isinstance(self.value(arguments[0], scope), Row):
            centre = f"CASE WHEN NOT ST_IsEmpty({shape.text}) THEN {centre} END"
            null = UNKNOWN
        return Term(centre, "shape", null, True)

    def _measuredmember(self, node: s.MeasuredMember, scope: Scope) -> Term:
        distance = float(node.measure.value) * (-1 if node.identifier.name == "内缩范围" else 1)
        shape = self.shape(node.base, scope)
        text = f"ST_Buffer({shape.text}, {distance!r}, 'quad_segs={BUFFER_SEGMENTS}')"
        return Term(text, "shape", join_null(shape), True)

    def without_points(self, shape: Term) -> str:
        return f"ST_IsEmpty({shape.text})"

    # -- features in which a place lies

    def _lying(self, located: Located, what: str, kind: str, none: str = "NULL") -> Term:
        """`what` of the one feature `b` that shares most of the place; NULL where two share as much."""
        size = (
            "CASE ST_Dimension(s.g) WHEN 2 THEN ST_Area(ST_Intersection(s.g, c.__shape))"
            " WHEN 1 THEN ST_Length(ST_Intersection(s.g, c.__shape)) ELSE 1 END"
        )
        table = _table(located.layer)
        text = (
            f"(SELECT CASE WHEN s.g IS NULL OR ST_IsEmpty(s.g)"
            f" OR EXISTS (SELECT FROM {table} c WHERE c.__bad AND c.__geom && s.g) OR count(b.__key) > 1 THEN NULL"
            f" WHEN count(b.__key) = 0 THEN {none} ELSE (array_agg({what}))[1] END"
            f" FROM (SELECT {located.place.text} AS g) s LEFT JOIN LATERAL (SELECT * FROM"
            f" (SELECT c.*, {size} AS __size, rank() OVER (ORDER BY {size} DESC) AS __rank FROM {table} c"
            f" WHERE c.__geom && s.g AND ST_Intersects(s.g, c.__shape)) c"
            " WHERE c.__rank = 1 AND c.__size > 0) b ON TRUE GROUP BY s.g)"
        )
        return Term(text, kind, UNKNOWN, True)

    def _located(self, node: s.Located, scope: Scope) -> Located:
        return Located(self.shape(node.base, scope), self.layers[node.layer.name], False, node)

    def is_none(self, located: Located) -> str:
        return self._lying(located, "FALSE", "boolean", "TRUE").text

    def located_field(self, located: Located, name: str, kind: str) -> Term:
        term = self._lying(located, f"b.{_quoted(name)}", kind)
        word = field_word(located.layer, name)
        return Term(term.text, kind, UNKNOWN, True, bool(word) and field_factor(word) != 1)

    # -- selections of features

    def _selected_rows(self, selection: Selection) -> tuple[str, Scope, Optional[Term]]:
        """FROM … WHERE of the features, the scope of the condition, and the condition."""
        self._depth += 1
        alias = f"e{self._depth}"
        row = Row(selection.source.layer, alias)
        scope = {**(selection.scope or {}), selection.name: row}
        others = selection.source.without
        source = f"FROM {_table(selection.source.layer)} {alias}"
        source += f" WHERE {alias}.__key <> {others.alias}.__key" if others else ""
        try:
            where = self.condition(selection.where, scope) if selection.where is not None else None
            return source, scope, where
        finally:
            self._depth -= 1

    def selected(self, selection: Selection, function: str, node: Any) -> Term:
        source, scope, where = self._selected_rows(selection)
        kept = f" FILTER (WHERE {where.text})" if where else ""
        unknown = [f"bool_or({where.bracketed} IS NULL)"] if where and where.null != NEVER else []
        if function == "个数":
            total, kind = f"count(*){kept}", "number"
        else:
            listing = self._listing(selection, scope, node)
            kind = "date" if listing.kind == "date" else "number"
            number = self.double(listing) if kind == "number" else listing.text
            total = f"{_TOTALS[function]}({number}){kept}"
            total = f"coalesce({total}, 0)" if function == "总和" else total
            if listing.null != NEVER:
                unknown.append(f"bool_or({listing.bracketed} IS NULL){kept}")
        text = f"CASE WHEN {' OR '.join(unknown)} THEN NULL ELSE {total} END" if unknown else total
        null = NEVER if function == "个数" and not unknown else UNKNOWN
        return Term(f"(SELECT {text} {source})", kind, null, True, function not in ("个数",) and kind == "number")

    def _listing(self, selection: Selection, scope: Scope, node: Any) -> Term:
        listing = selection.listing
        if listing is None:
            raise self.refuse("没有“列出”的总和、平均值", node)
        if not isinstance(listing, s.Identifier):
            return self.term(listing, scope)
        row: Any = scope[selection.name]
        kind = self.field_kind(row.layer, listing.name)
        if kind:
            return self.field(row, listing.name, kind)
        key = s.Identifier(listing.start, listing.end, selection.name, selection.name)
        return self.spatial(listing.name, node, [s.Name(listing.start, listing.end, key)], scope)

    def quantified(self, selection: Selection, every: bool, _node: Any) -> Term:
        source, _, where = self._selected_rows(selection)
        assert where is not None
        decisive = f"NOT {where.bracketed}" if every else where.text
        verdict, other = ("FALSE", "TRUE") if every else ("TRUE", "FALSE")
        unknown = f" WHEN bool_or({where.bracketed} IS NULL) THEN NULL" if where.null != NEVER else ""
        text = f"(SELECT CASE WHEN bool_or({decisive}) THEN {verdict}{unknown} ELSE {other} END {source})"
        return Term(text, "boolean", join_null(where), True)


def _quoted(name: str) -> str:
    return '"' + normalize(name).replace('"', '""') + '"'
