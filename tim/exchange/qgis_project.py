"""A QGIS project (.qgz, .qgs) that shows a model with its own styles; QGIS 3.22 and later open it."""

from __future__ import annotations

import os
import sqlite3
import zipfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pyproj
from lxml import etree

from pointcloud.task import Task
from tim.errors import UnusableInput
from tim.exchange.plan import PlanLayer, plan_layers
from tim.sources.crs import horizontal

_VERSION = "3.22.0"
_SHAPES = {"POINT": "Point", "MULTIPOINT": "Point", "LINESTRING": "Line", "MULTILINESTRING": "Line"}
_KEPT = ("renderer-v2", "renderer-3d", "labeling", "blendMode", "layerOpacity", "fieldConfiguration", "aliases")


def write_project(
    model: Path, path: Path, classes: Sequence[str], task: Task, *, folder: Path | None = None
) -> dict[str, int]:
    """Write a project whose layers are those of the model's file; returns the number of features of each.

    The file is named relative to `folder`, where the project will lie (default: that of `path`).
    """
    layers, crs = plan_layers(model, classes)
    if not layers:
        raise UnusableInput(f"模型“{model.name}”没有可显示的图层")
    source = os.path.relpath(model.absolute(), (folder or path.parent).absolute()).replace(os.sep, "/")
    source = source if source.startswith(".") else f"./{source}"
    with closing(sqlite3.connect(f"file:{quote(str(model.absolute()))}?mode=ro", uri=True)) as connection:
        root, counts = _project(connection, layers, crs, source, model.stem)
    task.progress(0.9, "写出项目")
    text = etree.tostring(root, encoding="UTF-8", doctype="<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>",
                          pretty_print=True)  # fmt: skip
    if path.suffix.lower() == ".qgs":
        path.write_bytes(text)
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{path.stem}.qgs", text)
    return counts


def _project(
    connection: sqlite3.Connection, layers: list[PlanLayer], crs: pyproj.CRS, source: str, title: str
) -> tuple[etree._Element, dict[str, int]]:
    root = etree.Element("qgis", projectname=title, version=_VERSION)
    etree.SubElement(root, "title").text = title
    root.append(_system("projectCrs", crs))
    group = etree.SubElement(root, "layer-tree-group")
    canvas = etree.SubElement(root, "mapcanvas", name="theMapCanvas")
    etree.SubElement(canvas, "units").text = "degrees" if horizontal(crs).is_geographic else "meters"
    canvas.append(_extent(connection))
    canvas.append(_system("destinationsrs", crs))
    holder = etree.SubElement(root, "projectlayers")
    styles = _styles(connection)
    counts = {}
    for layer in sorted(layers, key=lambda layer: layer.kind != "features"):
        is_grid = layer.kind != "features"
        place = f"GPKG:{source}:{layer.name}" if is_grid else f"{source}|layername={layer.name}"
        identity = f"tim_{layer.name}"
        etree.SubElement(
            group, "layer-tree-layer", id=identity, name=layer.title, source=place,
            providerKey="gdal" if is_grid else "ogr", checked="Qt::Unchecked" if is_grid else "Qt::Checked",
            expanded="0",
        )  # fmt: skip
        kind = "raster" if is_grid else "vector"
        element = etree.SubElement(
            holder, "maplayer", type=kind, autoRefreshEnabled="0", hasScaleBasedVisibilityFlag="0"
        )
        for name, value in (("id", identity), ("datasource", place), ("layername", layer.title)):
            etree.SubElement(element, name).text = value
        element.append(_system("srs", crs))
        provider = etree.SubElement(element, "provider", encoding="UTF-8")
        provider.text = "gdal" if is_grid else "ogr"
        if not is_grid:
            element.set("geometry", _shape(connection, layer.name))
            element.extend(styles.get(layer.name, []))
            counts[layer.name] = _count(connection, layer.name)
    properties = etree.SubElement(root, "properties")
    etree.SubElement(etree.SubElement(properties, "Paths"), "Absolute", type="bool").text = "false"
    projection = etree.SubElement(properties, "SpatialRefSys")
    etree.SubElement(projection, "ProjectionsEnabled", type="int").text = "1"
    return root, counts


def _system(tag: str, crs: pyproj.CRS) -> etree._Element:
    """A CRS as QGIS states it; by its EPSG code where it has one."""
    base = horizontal(crs)
    element = etree.Element(tag)
    inner = etree.SubElement(element, "spatialrefsys")
    etree.SubElement(inner, "wkt").text = base.to_wkt("WKT2_2019")
    code = base.to_epsg()
    if code:
        etree.SubElement(inner, "authid").text = f"EPSG:{code}"
    etree.SubElement(inner, "description").text = base.name
    etree.SubElement(inner, "geographicflag").text = "true" if base.is_geographic else "false"
    return element


def _extent(connection: sqlite3.Connection) -> etree._Element:
    query = "SELECT min(min_x), min(min_y), max(max_x), max(max_y) FROM gpkg_contents WHERE min_x IS NOT NULL"
    values = connection.execute(query).fetchone()
    element = etree.Element("extent")
    for name, value in zip(("xmin", "ymin", "xmax", "ymax"), values):
        etree.SubElement(element, name).text = repr(float(value or 0.0))
    return element


def _styles(connection: sqlite3.Connection) -> dict[str, list[etree._Element]]:
    """The parts of each layer's stored style that a project takes."""
    found = {}
    query = "SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault"
    for name, text in connection.execute(query):
        try:
            root = etree.fromstring(text.encode("utf-8"), etree.XMLParser(resolve_entities=False, no_network=True))
        except etree.XMLSyntaxError:
            continue
        found[name] = [child for child in root if child.tag in _KEPT]
    return found


def _shape(connection: sqlite3.Connection, table: str) -> str:
    query = "SELECT geometry_type_name FROM gpkg_geometry_columns WHERE table_name = ?"
    row = connection.execute(query, (table,)).fetchone()
    return _SHAPES.get(row[0].upper() if row else "", "Polygon")


def _count(connection: sqlite3.Connection, table: str) -> int:
    quoted = table.replace('"', '""')
    return int(connection.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()[0])
