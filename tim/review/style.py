"""Symbols of the findings layers as QGIS layer styles (QML), read by QGIS 3.22 and later."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from tim.review.record import EXEMPT, FAILS, HINT, UNDECIDED

COLOURS = {FAILS: "215,25,28", UNDECIDED: "253,141,20", EXEMPT: "44,123,182", HINT: "120,120,120"}
TITLES = {
    "rule": "规则", "basis": "依据", "level": "等级", "layer": "图层", "feature": "要素", "verdict": "结论",
    "message": "说明", "details": "计算值", "area_m2": "面积（平方米）", "area_mu": "面积（亩）",
}  # fmt: skip


def findings_qml(kind: str) -> str:
    """The style of a findings layer; `kind` is "fill", "line" or "marker". One colour for each verdict."""
    categories = "".join(
        f'<category render="true" value="{verdict}" label="{verdict}" symbol="{index}"/>'
        for index, verdict in enumerate(COLOURS)
    )
    symbols = "".join(
        f'<symbol type="{kind}" name="{index}" alpha="1" clip_to_extent="1">{symbol_layer(kind, colour)}</symbol>'
        for index, colour in enumerate(COLOURS.values())
    )
    aliases = "".join(
        f'<alias field="{name}" name={quoteattr(title)} index="{index}"/>'
        for index, (name, title) in enumerate(TITLES.items())
    )
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        '<qgis version="3.22.0" styleCategories="Symbology|Fields|MapTips">'
        f'<renderer-v2 type="categorizedSymbol" attr="verdict" symbollevels="0" enableorderby="0" forceraster="0">'
        f"<categories>{categories}</categories><symbols>{symbols}</symbols></renderer-v2>"
        f"<aliases>{aliases}</aliases><mapTip>[% rule %]&lt;br>[% message %]</mapTip></qgis>"
    )


def _layer(symbol_class: str, **properties: str) -> str:
    listed = "".join(f'<prop k="{key}" v="{value}"/>' for key, value in properties.items())
    return f'<layer class="{symbol_class}" enabled="1" locked="0" pass="0">{listed}</layer>'


_LAYERS = {
    "fill": lambda colour: _layer(
        "SimpleFill", color=f"{colour},110", style="solid", outline_color=f"{colour},255", outline_width="0.6"
    ),
    "line": lambda colour: _layer("SimpleLine", line_color=f"{colour},255", line_width="0.9"),
    "marker": lambda colour: _layer(
        "SimpleMarker", name="circle", color=f"{colour},255", outline_color="255,255,255,255", size="3"
    ),
}


def symbol_layer(kind: str, colour: str) -> str:
    """The layer of a symbol: `kind` fill, line or marker, `colour` as red,green,blue."""
    return _LAYERS[kind](colour)
