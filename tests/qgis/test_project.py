"""A QGIS project that the engine exports from a model."""

from __future__ import annotations

import subprocess

from qgis.core import QgsMapLayer, QgsProject


def test_the_project_shows_the_model_with_its_styles(engine_path, built_model, tmp_path):
    for ending in ("qgz", "qgs"):
        path = tmp_path / f"项目.{ending}"
        command = [str(engine_path), "export", str(built_model), "--to", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120)
        assert done.returncode == 0, done.stderr
        project = QgsProject()
        assert project.read(str(path))
        layers = {layer.name(): layer for layer in project.mapLayers().values()}
        assert all(layer.isValid() for layer in layers.values())
        assert {"建筑", "土地利用", "地形", "地表"} <= set(layers)
        assert layers["建筑"].featureCount() > 0
        assert layers["土地利用"].renderer().type() == "categorizedSymbol"
        assert layers["地形"].type() == QgsMapLayer.LayerType.RasterLayer
        assert project.crs().authid() == "EPSG:4547"
