"""How a model's rasters are drawn; its vector layers bring their style in the file."""

from __future__ import annotations

from qgis.core import (
    QgsColorRampShader,
    QgsHillshadeRenderer,
    QgsRasterLayer,
    QgsRasterShader,
    QgsSingleBandPseudoColorRenderer,
)
from qgis.PyQt.QtGui import QColor, QPainter

from ..texts import tr

_SAMPLES = 200  # cells along one side that are looked at for the range of a raster
_RELIEF = ("#b7d6a3", "#d6e5b5", "#f4efcf", "#ead4ac", "#d3b08a", "#ebe5df")


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
