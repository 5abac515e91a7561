"""Put a model, or the findings of a review, into the project as a group of layers."""

from __future__ import annotations

import os

from qgis.core import (
    QgsLayerTreeGroup,
    QgsMapLayer,
    QgsProject,
    QgsRasterLayer,
    QgsReferencedRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QTimer

from ..compat import HAS_3D
from ..errors import InputError
from ..texts import tr
from . import map_style
from .contents import SCHEMAS, Contents, read_contents
from .order import is_shown, rank, title_of

_MARGIN = 1.1  # of the extent that is zoomed to
GROUP_PROPERTY = "territory_tim/path"


def open_output(path: str, project: QgsProject | None = None) -> QgsLayerTreeGroup:
    """Open a model styled, any other GeoPackage plainly. Raises `InputError`."""
    contents = read_contents(path)
    if contents.is_model:
        return open_model(path, project)
    return _open(contents, project or QgsProject.instance())


def open_model(path: str, project: QgsProject | None = None) -> QgsLayerTreeGroup:
    """The group of the model's layers, at the top of the tree; a model that is open already is only shown again.

    An empty project takes over the model's coordinate reference system. Raises `InputError` when the file is no model.
    """
    contents = read_contents(path)
    if not contents.is_model:
        raise InputError(tr("“{}”不是国土空间信息模型；请选择由“建立国土空间信息模型”生成的文件").format(path))
    if contents.schema not in SCHEMAS:
        raise InputError(tr("“{}”由较新的版本建立（结构版本 {}）；请升级插件").format(path, contents.schema))
    return _open(contents, project or QgsProject.instance())


def _open(contents: Contents, project: QgsProject) -> QgsLayerTreeGroup:
    group = _existing_group(project, contents.path)
    if group is None:
        was_empty = not project.mapLayers()
        group = _new_group(contents, project)
        if was_empty:
            _take_crs(project, group)
    _show(group)
    return group


def _existing_group(project: QgsProject, path: str) -> QgsLayerTreeGroup | None:
    for group in project.layerTreeRoot().findGroups():
        opened = group.customProperty(GROUP_PROPERTY, "")
        if opened and os.path.realpath(opened) == os.path.realpath(path) and group.findLayers():
            return group
    return None


def _new_group(contents: Contents, project: QgsProject) -> QgsLayerTreeGroup:
    layers = [(table, _vector(contents, table, number)) for number, table in enumerate(contents.vectors)]
    rasters = [(table, _raster(contents, table)) for table in contents.rasters]
    group = project.layerTreeRoot().insertGroup(0, os.path.splitext(os.path.basename(contents.path))[0])
    group.setCustomProperty(GROUP_PROPERTY, contents.path)
    for table, layer in sorted(layers + rasters, key=lambda item: rank(item[0])):
        if isinstance(layer, QgsRasterLayer):
            _add_relief(contents, table, layer, group, project)
        else:
            project.addMapLayer(layer, False)
            node = group.addLayer(layer)
            node.setItemVisibilityChecked(is_shown(table))
            node.setExpanded(table == "building")
    return group


def _vector(contents: Contents, table: str, number: int) -> QgsVectorLayer:
    title = title_of(table, contents.vectors[table])
    layer = QgsVectorLayer(f"{contents.path}|layername={table}", title, "ogr")
    _require(layer, contents, title)
    if table not in contents.styled:
        map_style.style_outlines(layer, number)
    if contents.is_model and HAS_3D:
        from . import scene

        scene.set_up(layer, table)
    return layer


def _raster(contents: Contents, table: str) -> QgsRasterLayer:
    title = title_of(table, contents.rasters[table])
    layer = QgsRasterLayer(f"GPKG:{contents.path}:{table}", title, "gdal")
    _require(layer, contents, title)
    return layer


def _require(layer: QgsMapLayer, contents: Contents, title: str) -> None:
    if not layer.isValid():
        raise InputError(
            tr("“{}”里的图层“{}”打不开；请检查模型文件").format(contents.path, title), layer.error().summary()
        )


def _add_relief(
    contents: Contents, table: str, relief: QgsRasterLayer, group: QgsLayerTreeGroup, project: QgsProject
) -> None:
    """Colours over shading, as a group of two layers."""
    shade = _raster(contents, table)
    shade.setName(tr("{}晕渲").format(relief.name()))
    map_style.style_hillshade(shade)
    map_style.style_relief(relief)
    both = group.addGroup(relief.name())
    for layer in (relief, shade):
        project.addMapLayer(layer, False)
        both.addLayer(layer).setExpanded(False)
    both.setItemVisibilityChecked(is_shown(table))
    both.setExpanded(False)
    if table == "terrain" and HAS_3D:
        from . import scene

        scene.set_terrain(project, relief)


def _take_crs(project: QgsProject, group: QgsLayerTreeGroup) -> None:
    for node in group.findLayers():
        if isinstance(node.layer(), QgsVectorLayer) and node.layer().crs().isValid():
            project.setCrs(node.layer().crs())
            return


def _show(group: QgsLayerTreeGroup) -> None:
    """Select the group in the tree and zoom to it, where there is a desktop."""
    from qgis.utils import iface

    layers = [node.layer() for node in group.findLayers() if node.layer() is not None]
    if iface is None or not layers:
        return
    iface.layerTreeView().setCurrentLayer(layers[0])
    place = layers[-1]  # the terrain, which covers the scanned area; other layers may reach far beyond it
    if not place.extent().isEmpty():
        extent = QgsReferencedRectangle(place.extent().scaled(_MARGIN), place.crs())
        # later: after its first layers QGIS itself zooms to everything, as soon as it is idle
        QTimer.singleShot(0, lambda: iface.mapCanvas().setReferencedExtent(extent))
