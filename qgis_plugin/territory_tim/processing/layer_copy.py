"""A layer as the user sees it: its file where that says the same, else a temporary GeoPackage."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransformContext,
    QgsFeature,
    QgsFeatureRequest,
    QgsFields,
    QgsProcessingFeatureSource,
    QgsProcessingFeedback,
    QgsProviderRegistry,
    QgsVectorFileWriter,
    QgsVectorLayer,
    QgsVectorLayerFeatureSource,
    QgsWkbTypes,
)

from ..errors import Cancelled, InputError
from ..texts import tr

_CHECK_CANCEL_EVERY = 500


def own_file(layer: QgsVectorLayer) -> str:
    """`path` or `path|layername=x` when that file says exactly what the layer shows, else ""."""
    if layer.providerType() != "ogr" or layer.isModified() or layer.subsetString() or layer.vectorJoins():
        return ""
    fields = layer.fields()
    if any(fields.fieldOrigin(index) == QgsFields.FieldOrigin.OriginExpression for index in range(fields.count())):
        return ""
    if layer.crs() != layer.dataProvider().crs():
        return ""
    parts = QgsProviderRegistry.instance().decodeUri("ogr", layer.source())
    path, name = str(parts.get("path") or ""), str(parts.get("layerName") or "")
    if not os.path.exists(path) or parts.get("openOptions") or parts.get("geometryType") or parts.get("vsiPrefix"):
        return ""
    if name:
        return f"{path}|layername={name}"
    return path if layer.dataProvider().subLayerCount() <= 1 else ""


@dataclass(frozen=True)
class LayerCopy:
    """What must be written before the engine can read it. `features` reads a snapshot, in any thread."""

    features: Callable[[], Iterable[QgsFeature]]
    fields: QgsFields
    geometry_type: QgsWkbTypes.Type
    crs: QgsCoordinateReferenceSystem
    name: str

    @classmethod
    def of_layer(cls, layer: QgsVectorLayer) -> LayerCopy:
        """All that the layer shows, edits, joins, virtual fields and filter included."""
        source = QgsVectorLayerFeatureSource(layer)
        return cls(
            lambda: source.getFeatures(QgsFeatureRequest()), layer.fields(), layer.wkbType(), layer.crs(), layer.name()
        )

    @classmethod
    def of_source(cls, source: QgsProcessingFeatureSource) -> LayerCopy:
        """What a Processing source gives, such as the selected features."""
        # the engine judges geometries itself and names the feature
        unchecked = QgsProcessingFeatureSource.Flag.FlagSkipGeometryValidityChecks
        return cls(
            lambda: source.getFeatures(QgsFeatureRequest(), unchecked),
            source.fields(),
            source.wkbType(),
            source.sourceCrs(),
            source.sourceName(),
        )

    def write(self, folder: str, number: int, feedback: QgsProcessingFeedback) -> str:
        """Write the GeoPackage `<folder>/layer<number>.gpkg` and return its path. Raises `InputError`."""
        path = os.path.join(folder, f"layer{number}.gpkg")
        options = QgsVectorFileWriter.SaveVectorOptions()
        options.driverName = "GPKG"
        options.layerName = f"layer{number}"
        # the layer's own columns may be called fid and geom
        options.layerOptions = ["FID=_tim_fid", "GEOMETRY_NAME=_tim_geometry"]
        writer = QgsVectorFileWriter.create(
            path, self.fields, self.geometry_type, self.crs, QgsCoordinateTransformContext(), options
        )
        self._require(writer)
        for index, feature in enumerate(self.features()):
            if index % _CHECK_CANCEL_EVERY == 0 and feedback.isCanceled():
                raise Cancelled(tr("已取消，没有写出结果"))
            if not writer.addFeature(QgsFeature(feature)):
                self._require(writer)
        writer.flushBuffer()
        self._require(writer)
        return path

    def _require(self, writer: QgsVectorFileWriter) -> None:
        if writer.hasError() != QgsVectorFileWriter.WriterError.NoError:
            message = tr("图层“{}”写不成临时文件（{}）；请先另存为 GeoPackage 再选用")
            raise InputError(message.format(self.name, writer.errorMessage()))
