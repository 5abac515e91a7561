"""A file geodatabase is checked as the same data in a GeoPackage are."""

from __future__ import annotations

import pyogrio
import pyogrio.raw

from tim.job import Job
from tim.quality.command import check_database


def test_a_file_geodatabase_gives_the_same_errors(database, tmp_path):
    def spoil(shapes, columns):
        columns["DLMC"][3], columns["BSM"][5] = "农村宅基地", columns["BSM"][4]

    source, target = database(spoil), tmp_path / "三调.gdb"
    for layer, _ in pyogrio.list_layers(source):
        meta, _, shapes, values = pyogrio.raw.read(source, layer=layer)
        options = {"geometry_type": "MultiPolygon", "promote_to_multi": True, "crs": meta["crs"]}
        pyogrio.raw.write(
            str(target), shapes, values, list(meta["fields"]), layer=str(layer), driver="OpenFileGDB",
            append=target.exists(), **options,
        )  # fmt: skip
    told = []
    for data in (source, target):
        rules = check_database(str(data), job=Job()).data["rules"]
        told.append({rule["number"]: rule["states"]["错误"] for rule in rules if rule["states"]["错误"]})
    assert told[0] == {"DLMC": 1, "BSM-U": 2}
    assert told[1] == told[0]
