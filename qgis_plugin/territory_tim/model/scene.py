"""How the model's layers stand in the 3D view."""

from __future__ import annotations

from qgis._3d import (
    Qgs3DTypes,
    QgsPhongMaterialSettings,
    QgsPolygon3DSymbol,
    QgsRuleBased3DRenderer,
    QgsVectorLayer3DRenderer,
)
from qgis.core import (
    QgsAbstract3DSymbol,
    QgsFeatureRenderer,
    QgsProject,
    QgsProperty,
    QgsPropertyCollection,
    QgsRasterLayer,
    QgsRuleBasedRenderer,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QColor

from ..compat import HAS_PROJECT_TERRAIN

_PLAIN_COLOR = "#e8d8c3"
# in per cent; both lights together give a roof the colour that it has on the map
_DIFFUSE_DARKER, _AMBIENT_DARKER = 150, 220
_HAS_HEIGHT = '"height" > 0'


def set_up(layer: QgsVectorLayer, table: str) -> None:
    """Give the layer of a model's table its place in the 3D view, if it has one."""
    if table == "building":
        _raise_buildings(layer)
    elif table in ("building_solid", "building_solid_lower"):
        layer.setRenderer3D(QgsVectorLayer3DRenderer(_polygon_symbol(QColor(_PLAIN_COLOR))))


def _raise_buildings(layer: QgsVectorLayer) -> None:
    """Blocks of the buildings' height, in the classes and colours of the map."""
    root = QgsRuleBased3DRenderer.Rule(None)
    for color, condition, title in _classes(layer.renderer()):
        root.appendChild(QgsRuleBased3DRenderer.Rule(_block(color), condition, title))
    layer.setRenderer3D(QgsRuleBased3DRenderer(root))


def _classes(renderer: QgsFeatureRenderer) -> list[tuple[QColor, str, str]]:
    """Colour, condition and title of what the map tells apart. Buildings without a height are flat: left out."""
    if isinstance(renderer, QgsRuleBasedRenderer):
        rules = [rule for rule in renderer.rootRule().children() if rule.symbol() is not None]
        return [(rule.symbol().color(), f"({_filter(rule)}) AND {_HAS_HEIGHT}", rule.label()) for rule in rules]
    return [(QColor(_PLAIN_COLOR), _HAS_HEIGHT, "")]


def _filter(rule: QgsRuleBasedRenderer.Rule) -> str:
    return rule.filterExpression() or "TRUE"


def _block(color: QColor) -> QgsPolygon3DSymbol:
    """A block that stands at `ground_z` where the project has a terrain.

    QGIS before 3.26 opens its 3D view over a plane at height 0 and no plugin can change that: there blocks stand on
    the view's own terrain, or in a town at 1900 m they would float out of sight.
    """
    symbol = _polygon_symbol(color)
    properties = QgsPropertyCollection()
    height = QgsProperty.fromExpression('"height"')
    properties.setProperty(QgsAbstract3DSymbol.Property.PropertyExtrusionHeight, height)
    if HAS_PROJECT_TERRAIN:
        ground = QgsProperty.fromExpression('coalesce("ground_z", 0)')
        properties.setProperty(QgsAbstract3DSymbol.Property.PropertyHeight, ground)
    else:
        symbol.setAltitudeClamping(Qgs3DTypes.AltitudeClamping.AltClampRelative)
    symbol.setDataDefinedProperties(properties)
    return symbol


def set_terrain(project: QgsProject, layer: QgsRasterLayer) -> None:
    """Make the raster the terrain of new 3D views, where QGIS lets a plugin do so."""
    if not HAS_PROJECT_TERRAIN:
        return
    from qgis.core import QgsRasterDemTerrainProvider

    provider = QgsRasterDemTerrainProvider()
    provider.setLayer(layer)
    project.elevationProperties().setTerrainProvider(provider)


def _polygon_symbol(color: QColor) -> QgsPolygon3DSymbol:
    symbol = QgsPolygon3DSymbol()
    symbol.setAltitudeClamping(Qgs3DTypes.AltitudeClamping.AltClampAbsolute)
    symbol.setAltitudeBinding(Qgs3DTypes.AltitudeBinding.AltBindCentroid)
    symbol.setMaterial(_material(color))
    symbol.setEdgesEnabled(True)
    symbol.setEdgeColor(QColor("#6b5b4d"))
    symbol.setEdgeWidth(0.6)
    return symbol


def _material(color: QColor) -> QgsPhongMaterialSettings:
    material = QgsPhongMaterialSettings()
    material.setDiffuse(color.darker(_DIFFUSE_DARKER))
    material.setAmbient(color.darker(_AMBIENT_DARKER))
    material.setSpecular(QColor("#000000"))
    return material
