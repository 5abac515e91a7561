"""Pieces of QGIS layer styles (QML). Property lists are written in the form that 3.22 and all later versions read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Rule:
    """One line of the legend: features that `expression` selects, drawn with a fill. `ELSE` takes the rest."""

    label: str
    expression: str
    fill: Colour | None
    outline: Colour = (90, 90, 90)
    opacity: float = 1.0


def document(renderer: str, aliases: Mapping[str, str], extra: str = "") -> str:
    """A complete QML. `aliases` are Chinese titles of columns."""
    named = "".join(f"<alias field={quoteattr(name)} name={quoteattr(title)}/>" for name, title in aliases.items())
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
        '<qgis version="3.22.0" styleCategories="Symbology|Symbology3D|Fields">'
        f"{extra}{renderer}<aliases>{named}</aliases></qgis>"
    )


def rules(items: Iterable[Rule]) -> str:
    """A rule-based renderer of polygon fills."""
    listed, symbols = [], []
    for index, item in enumerate(items):
        expression = quoteattr(item.expression)
        listed.append(f'<rule key="r{index}" symbol="{index}" label={quoteattr(item.label)} filter={expression}/>')
        symbols.append(_fill(str(index), item.fill, item.outline, item.opacity))
    return (
        '<renderer-v2 type="RuleRenderer" symbollevels="0" enableorderby="0" forceraster="0">'
        f'<rules key="root">{"".join(listed)}</rules><symbols>{"".join(symbols)}</symbols></renderer-v2>'
    )


def categories(field: str, items: Iterable[tuple[str, str, Colour]]) -> str:
    """A categorised renderer of polygon fills: (value, label, colour)."""
    listed, symbols = [], []
    for index, (value, label, colour) in enumerate(items):
        named = f"value={quoteattr(value)} label={quoteattr(label)}"
        listed.append(f'<category symbol="{index}" {named} render="true" type="string"/>')
        symbols.append(_fill(str(index), colour, (110, 110, 110), 1.0))
    return (
        f'<renderer-v2 type="categorizedSymbol" attr={quoteattr(field)} symbollevels="0" enableorderby="0"'
        f' forceraster="0"><categories>{"".join(listed)}</categories>'
        f"<symbols>{''.join(symbols)}</symbols></renderer-v2>"
    )


def single(fill: Colour | None, outline: Colour) -> str:
    """One fill for all features."""
    symbol = _fill("0", fill, outline, 1.0)
    return (
        '<renderer-v2 type="singleSymbol" symbollevels="0" enableorderby="0" forceraster="0">'
        f"<symbols>{symbol}</symbols></renderer-v2>"
    )


def extruded(height_field: str, base_field: str, colour: Colour) -> str:
    """A 3D renderer: polygons raised to `base_field` and extruded by `height_field`, heights absolute."""
    return _solid_3d(
        f"{_field_property('extrusionHeight', height_field)}{_field_property('height', base_field)}", "centroid", colour
    )


def faces_3d(colour: Colour) -> str:
    """A 3D renderer for polygons that have heights of their own."""
    return _solid_3d("", "vertex", colour)


def _solid_3d(properties: str, binding: str, colour: Colour) -> str:
    red, green, blue = colour
    return (
        '<renderer-3d type="vector" layer=""><vector-layer-3d-tiling zoom-levels-count="3" show-bounding-boxes="0"/>'
        '<symbol type="polygon" material_type="phong">'
        f'<data alt-clamping="absolute" alt-binding="{binding}" height="0" extrusion-height="0"'
        ' culling-mode="no-culling" invert-normals="0" add-back-faces="1" rendered-facade="3"/>'
        f'<material ambient="{red // 3},{green // 3},{blue // 3},255" diffuse="{red},{green},{blue},255"'
        ' specular="40,40,40,255" shininess="0"/>'
        '<data-defined-properties><Option type="Map"><Option type="QString" name="name" value=""/>'
        f'<Option type="Map" name="properties">{properties}</Option>'
        '<Option type="QString" name="type" value="collection"/></Option></data-defined-properties>'
        '<edges enabled="1" width="1" color="70,70,70,255"/></symbol></renderer-3d>'
    )


def _field_property(name: str, field: str) -> str:
    return (
        f'<Option type="Map" name="{name}"><Option type="bool" name="active" value="true"/>'
        f'<Option type="QString" name="field" value={quoteattr(field)}/>'
        '<Option type="int" name="type" value="2"/></Option>'
    )


def _fill(name: str, fill: Colour | None, outline: Colour, opacity: float) -> str:
    properties = {
        "color": _colour(fill or (255, 255, 255)),
        "style": "solid" if fill else "no",
        "outline_color": _colour(outline),
        "outline_style": "solid",
        "outline_width": "0.18",
        "outline_width_unit": "MM",
        "joinstyle": "miter",
    }
    listed = "".join(f'<prop k="{key}" v="{value}"/>' for key, value in properties.items())
    return (
        f'<symbol type="fill" name="{name}" alpha="{opacity:g}" clip_to_extent="1" force_rhr="0">'
        f'<layer class="SimpleFill" enabled="1" locked="0" pass="0">{listed}</layer></symbol>'
    )


def _colour(colour: Colour) -> str:
    return ",".join(map(str, (*colour, 255)))
