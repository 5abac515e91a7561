"""How the model's layers are drawn on the map, where the file brings no style of its own."""

from __future__ import annotations

from qgis.core import (
    QgsColorRampShader,
    QgsFillSymbol,
    QgsGraduatedSymbolRenderer,
    QgsHillshadeRenderer,
    QgsRasterLayer,
    QgsRasterShader,
    QgsRendererRange,
    QgsSingleBandPseudoColorRenderer,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QColor, QPainter

from ..texts import tr
from .heights import CLASSES, HEIGHT, UNKNOWN, UNKNOWN_COLOR, class_label

_SAMPLES = 200  # cells along one side that are looked at for the range of a raster
_RELIEF = ("#4f8f5f", "#a9c87f", "#f3e9a9", "#cfa167", "#99693f", "#f4f0ec")
_OUTLINE = "#5b4636"


def style_buildings(layer: QgsVectorLayer) -> None:
    """Classes of height; buildings without a height are grey, not missing."""
    limits = [limit for limit, _ in CLASSES] + [10_000.0]
    ranges = [
        QgsRendererRange(limits[index], limits[index + 1], _fill(color), class_label(index))
        for index, (_, color) in enumerate(CLASSES)
    ]
    ranges.append(QgsRendererRange(UNKNOWN, UNKNOWN, _fill(UNKNOWN_COLOR), tr("高度未知")))
    layer.setRenderer(QgsGraduatedSymbolRenderer(HEIGHT, ranges))


def style_solids(layer: QgsVectorLayer) -> None:
    """Outlines only: the faces lie over each other in plan."""
    layer.setRenderer(QgsSingleSymbolRenderer(_fill("#00000000")))


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


def _fill(color: str) -> QgsFillSymbol:
    return QgsFillSymbol.createSimple({"color": color, "outline_color": _OUTLINE, "outline_width": "0.12"})
