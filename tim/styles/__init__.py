"""Default looks of a model's layers, as QGIS layer styles (QML) that QGIS 3.22 and later read."""
