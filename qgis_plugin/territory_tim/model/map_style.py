"""How layers are drawn that bring no style in the model's file: rasters, and layers taken over as they were."""

from __future__ import annotations

from qgis.core import (
    QgsColorRampShader,
    QgsFillSymbol,
    QgsHillshadeRenderer,
    QgsRasterLayer,
    QgsRasterShader,
    QgsSingleBandPseudoColorRenderer,
    QgsSingleSymbolRenderer,
    QgsSymbol,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QColor, QPainter

from ..texts import tr

_SAMPLES = 200  # cells along one side that are looked at for the range of a raster
_LINE_COLORS = ("#d7301f", "#1f78b4", "#33a02c", "#6a3d9a", "#b15928", "#e7298a", "#ff7f00", "#17becf")
_RELIEF = ("#b7d6a3", "#d6e5b5", "#f4efcf", "#ead4ac", "#d3b08a", "#ebe5df")


def style_outlines(layer: QgsVectorLayer, number: int) -> None:
    """A layer without a style of its own: coloured lines, so that nothing below it is hidden."""
    color = _LINE_COLORS[number % len(_LINE_COLORS)]
    symbol = QgsSymbol.defaultSymbol(layer.geometryType())
    if symbol is None:  # a mixed or missing geometry
        return
    symbol.setColor(QColor(color))
    if isinstance(symbol, QgsFillSymbol):
        symbol = QgsFillSymbol.createSimple({"style": "no", "outline_color": color, "outline_width": "0.6"})
    layer.setRenderer(QgsSingleSymbolRenderer(symbol))


def style_hillshade(layer: QgsRasterLayer) -> None:
    """Light from the north-west, 45° high, as on Chinese topographic maps."""
    layer.setRenderer(QgsHillshadeRenderer(layer.dataProvider(), 1, 315.0, 45.0))


def style_relief(layer: QgsRasterLayer) -> None:
    """Colours by height, multiplied with the shading below."""
    low, high = _range(layer)
    step = (high - low) / (len(_RELIEF) - 1)
    items = []
    for index, color in enumerate(_RELIEF):
        value = low + index * step
        items.append(QgsColorRampShader.ColorRampItem(value, QColor(color), tr("{} 米").format(f"{value:.1f}")))
    ramp = QgsColorRampShader(low, high)
    ramp.setColorRampType(QgsColorRampShader.Type.Interpolated)
    ramp.setColorRampItemList(items)
    shader = QgsRasterShader(low, high)
    shader.setRasterShaderFunction(ramp)
    renderer = QgsSingleBandPseudoColorRenderer(layer.dataProvider(), 1, shader)
    renderer.setClassificationMin(low)
    renderer.setClassificationMax(high)
    layer.setRenderer(renderer)
    layer.setBlendMode(QPainter.CompositionMode.CompositionMode_Multiply)


def _range(layer: QgsRasterLayer) -> tuple[float, float]:
    """The middle 96 % of a sample of the cells.

    The provider's own statistics are not used: it would keep them in a file beside the model.
    """
    block = layer.dataProvider().block(1, layer.extent(), _SAMPLES, _SAMPLES)
    cells = range(block.width() * block.height())
    values = sorted(block.value(index) for index in cells if not block.isNoData(index))
    if not values:
        return 0.0, 1.0
    margin = len(values) // 50
    low, high = values[margin], values[-1 - margin]
    return (low, high) if high - low > 0.01 else (low - 0.5, low + 0.5)
