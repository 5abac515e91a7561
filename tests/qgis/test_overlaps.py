"""Overlaps that the database check finds against those of QGIS's own tool, to the last feature.

QGIS lists features that overlap any other; the check lists pairs, each once, however many pieces they share. QGIS also
lists features whose common ground is nothing but rounding, and compares invalid shapes, which the check lists apart
and takes out of the topology.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from qgis.core import QgsSpatialIndex, QgsVectorLayer

TOLERANCE = 0.001  # m²: that of the rule


def features(path):
    layer = QgsVectorLayer(str(path), "layer", "ogr")
    assert layer.isValid()
    return {feature["BSM"]: feature for feature in layer.getFeatures()}


@pytest.fixture(scope="module")
def case(engine_path, tmp_path_factory, qgis_app):
    folder = tmp_path_factory.mktemp("overlaps")
    script = Path(__file__).with_name("make_overlaps.py")
    made = subprocess.run(
        [str(engine_path.with_name("python")), str(script), str(folder)],
        capture_output=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    data, out = folder / "data.gpkg", folder / "qgis.gpkg"
    tool = shutil.which("qgis_process.bin") or "qgis_process"
    arguments = [f"INPUT={data}", "PREDICATE=5", f"INTERSECT={data}", f"OUTPUT={out}"]
    subprocess.run(
        [tool, "run", "native:extractbylocation", "--", *arguments], check=True, capture_output=True, timeout=120,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    return json.loads(made.stdout), features(data), set(features(out))


def overlapping(layer):
    """Every pair of features that QGIS's predicate calls overlapping."""
    index, names = QgsSpatialIndex(), {}
    for name, feature in layer.items():
        index.addFeature(feature)
        names[feature.id()] = name
    pairs = set()
    for name, feature in layer.items():
        for other in index.intersects(feature.geometry().boundingBox()):
            if names[other] != name and feature.geometry().overlaps(layer[names[other]].geometry()):
                pairs.add(frozenset((name, names[other])))
    return pairs


def test_features_pairs_and_pieces_are_reconciled(case):
    ours, layer, listed = case
    found = [frozenset(pair[:2]) for pair in ours["pairs"]]
    assert len(set(found)) == len(found)
    pairs = overlapping(layer)
    assert set().union(*pairs) == listed  # QGIS counts the features of these pairs
    invalid = {name for name, feature in layer.items() if not feature.geometry().isGeosValid()}
    assert invalid == set(ours["invalid"])
    with_invalid = {pair for pair in pairs if pair & invalid}
    shared = {pair: layer[min(pair)].geometry().intersection(layer[max(pair)].geometry()) for pair in pairs}
    rounding = {pair for pair in pairs - with_invalid if shared[pair].area() <= TOLERANCE}
    assert set(found) == pairs - with_invalid - rounding
    assert len(found) > 10
    assert with_invalid


def test_pieces_of_a_pair_are_counted_as_one_overlap(case):
    ours, layer, _ = case
    for one, other, pieces in ours["pairs"]:
        common = layer[one].geometry().intersection(layer[other].geometry())
        parts = [part for part in common.asGeometryCollection() if part.area() > TOLERANCE]
        assert len(parts) == pieces
