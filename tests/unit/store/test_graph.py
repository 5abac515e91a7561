"""Relations by code and by shape, what is known of a thing, SPARQL and RDF."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas
import numpy as np
import pyoxigraph
import pytest
import shapely
from epochs import Parcels, address, box, write
from hypothesis import given, settings
from hypothesis import strategies as st
from postgis_server import PostgisServer

from tim.assembly.layers import create_model
from tim.errors import UnusableInput, UsageError
from tim.graph.about import about_entity
from tim.graph.command import export_graph, import_graph, query_graph
from tim.graph.link import link_model
from tim.graph.rdf import ENTITY, TERM, literal
from tim.job import Job
from tim.model.validate import find_errors
from tim.store import open_store
from tim.store.copying import copy_to_server
from tim.versions.command import update_model

PARCEL, OTHER = "330106001002GB00012", "330106001002GB00013"
LAYERS: dict[str, Parcels] = {
    "parcel": {PARCEL: (box(0, 0, 40, 40), {"YT": "住宅"}), OTHER: (box(40, 0, 80, 40), {"YT": "商业"})},
    "ZRZ": {
        "幢1": (box(5, 5, 15, 15), {"BDCDYH": f"{PARCEL}F00010001", "DZJGH": "3301062023A000000001"[:19]}),
        "幢2": (box(35, 5, 43, 15), {"BDCDYH": "不是编码", "DZJGH": None}),
    },
    "land_use": {"图1": (box(0, 0, 30, 40), {"DLBM": "0701"}), "图2": (box(30, 0, 90, 40), {"DLBM": "05H1"})},
    "STBHHX": {"红线": (box(70, -10, 100, 50), {"PFWH": "某政发〔2022〕9号"})},
    "approval": {"批1": (box(0, 0, 40, 40), {"DZJGH": "3301062023A000000001"[:19], "PFWH": "某政发〔2022〕9号"})},
    "road": {"路": (shapely.LineString([(500_000 - 5, 3_400_000 + 20), (500_000 + 55, 3_400_000 + 20)]), {})},
}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("图谱")
    sources = {}
    for name, features in LAYERS.items():
        key = "ZDDM" if name == "parcel" else "BSM"
        sources[name] = str(_write(folder / f"{name}.gpkg", features, key))
    create_model(layers=sources, out=str(folder / "城.gpkg"), date="2022-01-01", job=Job())
    return folder / "城.gpkg"


def _write(path: Path, features: Parcels, key: str) -> Path:
    if next(iter(features.values()))[0].geom_type == "Polygon":
        return write(path, features, key)
    frame = geopandas.GeoDataFrame(
        {key: list(features)}, geometry=[shape for shape, _ in features.values()], crs="EPSG:4547"
    )
    frame.to_file(path, driver="GPKG")
    return path


@pytest.fixture(params=["file", "server"])
def linked(request: pytest.FixtureRequest, city: Path, tmp_path: Path) -> str:
    path = tmp_path / "城.gpkg"
    path.write_bytes(city.read_bytes())
    place = str(path)
    if request.param == "server":
        place = address(request.getfixturevalue("postgis"))
        copy_to_server(str(path), place, Job())
    link_model(**({"store": place} if "://" in place else {"model": place}), job=Job())
    return place


def _relations(place: str) -> dict[tuple[str, str, str, str], float]:
    """(source key, predicate, source key, basis) → confidence of the open relations."""
    with closing(open_store(place)) as store:
        keys = dict(store.query("SELECT id, source_key FROM entity"))
        rows = store.query(
            "SELECT subject, predicate, object, basis, confidence FROM relation WHERE version_to IS NULL"
        )
        return {(keys[s], p, keys[o], basis): confidence for s, p, o, basis, confidence in rows}


def test_relations_by_code_and_by_shape(linked: str) -> None:
    found = _relations(linked)
    by_code = {key: value for key, value in found.items() if key[3] != "geometry"}
    assert by_code == {
        ("幢1", "locatedIn", PARCEL, "code:BDCDYH"): 1.0,
        ("幢1", "authorizedBy", "批1", "code:DZJGH"): 1.0,
        ("红线", "authorizedBy", "批1", "code:PFWH"): 1.0,
    }
    by_shape = {key[:3]: value for key, value in found.items() if key[3] == "geometry"}
    assert by_shape == {
        ("幢1", "locatedIn", PARCEL): 1.0,
        ("幢2", "locatedIn", PARCEL): 0.625,  # 5 of 8 m
        (PARCEL, "hasLandUseState", "图1"): 0.75,
        (PARCEL, "hasLandUseState", "图2"): 0.25,
        (OTHER, "hasLandUseState", "图2"): 1.0,
        (OTHER, "constrainedBy", "红线"): 0.25,
        ("图2", "constrainedBy", "红线"): 0.3333,
        ("批1", "covers", PARCEL): 1.0,
    }


def test_shares_agree_with_geopandas(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    frames = {}
    for name, count, size in (("parcel", 60, 25), ("land_use", 40, 45)):
        x, y, w, h = (rng.uniform(low, high, count) for low, high in ((0, 300), (0, 300), (2, size), (2, size)))
        shapes = [box(a, b, a + c, b + d).buffer(-0.5).union(box(a, b, a + 1, b + 1)) for a, b, c, d in zip(x, y, w, h)]
        codes = [f"{name}{n}" for n in range(count)]
        frames[name] = geopandas.GeoDataFrame({"BSM": codes, "DLBM": "0701"}, geometry=shapes, crs="EPSG:4547")
        frames[name].to_file(tmp_path / f"{name}.gpkg", driver="GPKG")
    path = tmp_path / "随机.gpkg"
    create_model(layers={name: str(tmp_path / f"{name}.gpkg") for name in frames}, out=str(path), job=Job())
    link_model(str(path), job=Job())
    cut = geopandas.overlay(frames["parcel"], frames["land_use"], how="intersection", keep_geom_type=True)
    whole = dict(zip(frames["parcel"]["BSM"], frames["parcel"].area))
    expected = {(s, o): area / whole[s] for s, o, area in zip(cut["BSM_1"], cut["BSM_2"], cut.area)}
    expected = {key: share for key, share in expected.items() if share >= 0.01}
    found = {(s, o): share for (s, p, o, _), share in _relations(str(path)).items() if p == "hasLandUseState"}
    assert found.keys() == expected.keys() and len(found) > 25
    assert all(share == pytest.approx(expected[key], abs=1e-4) for key, share in found.items())


def test_linking_again_changes_nothing_and_linking_later_keeps_what_was(linked: str, tmp_path: Path) -> None:
    where = {"store": linked} if "://" in linked else {"model": linked}
    again = link_model(**where, job=Job()).data
    assert (again["added"], again["closed"], again["kept"]) == (0, 0, 11)
    moved = write(tmp_path / "图斑.gpkg", {"图1": (box(0, 0, 40, 40), {"DLBM": "0701"}),
                                           "图2": (box(40, 0, 90, 40), {"DLBM": "05H1"})}, "BSM")  # fmt: skip
    update_model(**where, layers={"land_use": str(moved)}, date="2023-01-01", job=Job())
    later = link_model(**where, job=Job()).data
    assert later["closed"] == 3 and later["added"] == 2
    found = _relations(linked)
    assert found[PARCEL, "hasLandUseState", "图1", "geometry"] == 1.0
    assert (PARCEL, "hasLandUseState", "图2", "geometry") not in found
    with closing(open_store(linked)) as store:
        closed = store.query("SELECT version, version_to FROM relation WHERE version_to IS NOT NULL")
    assert set(closed) == {(1, 2)} and len(closed) == 3


def test_everything_about_a_parcel_by_any_of_its_codes(linked: str) -> None:
    data = about_entity(linked, PARCEL, job=Job()).data
    told = {(row["title"], row["class"], row["confidence"]) for row in data["relations"]}
    assert {("现状地类", "土地利用图斑", 0.75), ("包含", "自然幢", 1.0), ("在…批准范围内", "批准文件", 1.0)} <= told
    assert data["attributes"] == {"ZDDM": PARCEL, "YT": "住宅"} and data["shape"]["area_m2"] == 1600
    assert data["source"]["path"] == "parcel.gpkg" and data["past"] == data["changes"] == []
    assert about_entity(linked, data["entity"]["id"], job=Job()).data == data
    assert about_entity(linked, f"{PARCEL}F00010001", job=Job()).data["entity"]["source_key"] == "幢1"
    with pytest.raises(UsageError, match="没有"):
        about_entity(linked, "没有这个", job=Job())


def test_what_has_ended_is_known_with_what_became_of_it(linked: str, tmp_path: Path) -> None:
    where = {"store": linked} if "://" in linked else {"model": linked}
    parts = write(tmp_path / "分割.gpkg", {"甲": (box(0, 0, 25, 40), {"YT": "住宅"}),
                                           "乙": (box(25, 0, 40, 40), {"YT": "住宅"}),
                                           OTHER: LAYERS["parcel"][OTHER]}, "ZDDM")  # fmt: skip
    identity = about_entity(linked, PARCEL, job=Job()).data["entity"]["id"]
    update_model(**where, layers={"parcel": str(parts)}, date="2024-01-01", job=Job())
    data = about_entity(linked, identity, job=Job()).data
    assert data["entity"]["present"] is False and data["changes"][0]["kind"] == "终止"
    assert [row["title"] for row in data["relations"]] == ["分割成", "分割成"]
    state = data["past"][0]
    assert state["attributes"]["YT"] == "住宅" and (state["valid_from"], state["valid_to"]) == (
        "2022-01-01",
        "2024-01-01",
    )
    child = about_entity(linked, "乙", job=Job()).data
    assert [(row["title"], row["id"], row["name"]) for row in child["relations"]] == [
        ("由…分割而来", identity, "已终止")
    ]
    if "model" in where:
        assert find_errors(Path(linked), Job()) == []


def test_questions_in_sparql(linked: str, tmp_path: Path) -> None:
    query = tmp_path / "问.rq"
    query.write_text(
        "SELECT ?code ?use WHERE { ?p a tim:parcel ; a:ZDDM ?code ; tim:hasLandUseState ?u . ?u rdfs:label ?use ."
        " FILTER NOT EXISTS { ?p tim:constrainedBy ?line } } ORDER BY ?use",
        "utf-8",
    )
    data = query_graph(linked, query=str(query), out=str(tmp_path / "答.csv"), job=Job()).data
    assert data["rows"] == [{"code": PARCEL, "use": "商业服务业设施用地"}, {"code": PARCEL, "use": "城镇住宅用地"}]
    assert (tmp_path / "答.csv").read_text("utf-8-sig").splitlines()[0] == "code,use"
    area = "SELECT (SUM(?m2) AS ?total) WHERE { ?p a tim:parcel ; tim:areaM2 ?m2 }"
    assert query_graph(linked, text=area, job=Job()).data["rows"] == [{"total": 3200.0}]
    index = str(tmp_path / "索引")
    for _ in range(2):
        assert query_graph(linked, text="ASK { ?x a tim:ZRZ, tim:building }", index=index, job=Job()).data["answer"]


def test_queries_that_are_wrong_or_reach_out_are_refused(city: Path, tmp_path: Path) -> None:
    for text, words in (
        ("SELECT ?x WHERE { ?x ?y }", "第 1 行"),
        ("SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }", "SERVICE"),
        ("DELETE WHERE { ?s ?p ?o }", "会改数据"),
    ):
        with pytest.raises(UsageError, match=words):
            query_graph(str(city), text=text, job=Job())
    assert query_graph(str(city), text="ASK { ?x rdfs:label 'SERVICE' }", job=Job()).data["answer"] is False
    foreign = tmp_path / "别的"
    foreign.mkdir()
    (foreign / "要紧.txt").write_text("x")
    with pytest.raises(UsageError, match="没有改动"):
        query_graph(str(city), text="ASK { }", index=str(foreign), job=Job())
    assert (foreign / "要紧.txt").read_text() == "x"


@pytest.mark.parametrize("ending", ["ttl", "jsonld", "nt", "rdf"])
def test_rdf_goes_out_whole_and_relations_come_in(city: Path, ending: str, tmp_path: Path) -> None:
    linked, bare = tmp_path / "有.gpkg", tmp_path / "无.gpkg"
    for path in (linked, bare):
        path.write_bytes(city.read_bytes())
    link_model(str(linked), job=Job())
    out = tmp_path / f"图谱.{ending}"
    count = export_graph(str(linked), out=str(out), geometry=True, job=Job()).data["statements"]
    form = pyoxigraph.RdfFormat.from_extension(ending)
    statements = list(pyoxigraph.parse(path=str(out), format=form))
    assert len(statements) == count
    shapes = [s.object.value for s in statements if s.predicate.value.endswith("asWKT")]
    assert len(shapes) == 9 and all("EPSG/0/4547" in text for text in shapes)
    assert import_graph(str(bare), str(out), job=Job()).data["added"] == len(
        {key[:3] for key in _relations(str(linked))}
    )
    came = {key[:3]: value for key, value in _relations(str(bare)).items()}
    went = {}
    for key, value in _relations(str(linked)).items():
        went[key[:3]] = min(value, went.get(key[:3], 1.0))
    assert came == pytest.approx(went)
    assert import_graph(str(bare), str(out), job=Job()).data["added"] == 0


def test_json_ld_is_json(city: Path, tmp_path: Path) -> None:
    export_graph(str(city), out=str(tmp_path / "图谱.jsonld"), job=Job())
    json.loads((tmp_path / "图谱.jsonld").read_text("utf-8"))


def test_rdf_that_is_none_is_told(city: Path, tmp_path: Path) -> None:
    model = tmp_path / "城.gpkg"
    model.write_bytes(city.read_bytes())
    wrong = tmp_path / "坏.ttl"
    wrong.write_text("<a> <b> <c> .\n<a <b> .\n", "utf-8")
    with pytest.raises(UnusableInput, match="RDF"):
        import_graph(str(model), str(wrong), job=Job())
    other = tmp_path / "别.ttl"
    other.write_text(f"<{ENTITY}PCL-X> <{TERM}partOf> <{ENTITY}PCL-Y> .", "utf-8")
    assert import_graph(str(model), str(other), job=Job()).data == {"added": 0, "known": 0, "ignored": 1}


@settings(max_examples=60)
@given(st.text() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans())
def test_every_value_is_a_literal(value: object) -> None:
    if isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value):
        return
    line = f"<urn:a> <urn:b> {literal(value)} ."
    found = next(iter(pyoxigraph.parse(line, format=pyoxigraph.RdfFormat.N_TRIPLES))).object.value
    if isinstance(value, bool):
        assert found == str(value).lower()
    elif isinstance(value, float):
        assert float(found) == value
    else:
        assert found == str(value)


def test_prefixes_of_the_user_count(city: Path) -> None:
    text = "PREFIX tim: <urn:mine#>\nSELECT ?x { ?x a tim:parcel }"
    assert query_graph(str(city), text=text, job=Job()).data["count"] == 0


def test_the_server_gives_the_same_graph(city: Path, postgis: PostgisServer, tmp_path: Path) -> None:
    place = address(postgis)
    copy_to_server(str(city), place, Job())
    for name, where in (("文件.nt", {"model": str(city)}), ("库.nt", {"store": place})):
        export_graph(**where, out=str(tmp_path / name), geometry=True, job=Job())
    one, other = (sorted((tmp_path / name).read_text("utf-8").splitlines()) for name in ("文件.nt", "库.nt"))
    assert one == other


def test_approvals_need_no_shape(tmp_path: Path) -> None:
    table = tmp_path / "批准.csv"
    table.write_text("DZJGH,PFWH,备注\n330106A1,某政发〔2022〕9号,甲\n330106A2,,乙\n", "utf-8")
    parcel = write(tmp_path / "宗地.gpkg", {PARCEL: (box(0, 0, 40, 40), {"DZJGH": "330106A2"})}, "ZDDM")
    path = tmp_path / "批.gpkg"
    create_model(layers={"parcel": str(parcel), "approval": str(table)}, out=str(path), job=Job())
    link_model(str(path), job=Job())
    assert find_errors(path, Job()) == []
    told = about_entity(str(path), PARCEL, job=Job()).data["relations"]
    assert [(row["title"], row["class"]) for row in told] == [("经…批准", "批准文件")]
    ids = {row["id"] for row in told}
    table.write_text("备注,DZJGH,PFWH\n乙,330106A2,\n甲,330106A1,某政发〔2022〕9号\n", "utf-8")
    create_model(layers={"parcel": str(parcel), "approval": str(table)}, out=str(tmp_path / "又.gpkg"), job=Job())
    with closing(open_store(str(tmp_path / "又.gpkg"))) as store:
        assert ids <= set(store.read("approval").ids)
    table.write_text("DZJGH,PFWH,备注\n330106A1,某政发〔2022〕9号,丙\n330106A2,,乙\n", "utf-8")
    data = update_model(str(path), layers={"approval": str(table)}, date="2024-01-01", scope="partial", job=Job()).data
    assert data["changes"][0]["unchanged"] == 1


def test_looking_for_parts_never_scans_the_entities(tmp_path):
    """Most entities have no parent, and statistics that count them must not keep SQLite from the index."""
    squares = [shapely.box(x, 0, x + 1, 1) for x in range(300)]
    source, model = tmp_path / "宗地.gpkg", tmp_path / "模型.gpkg"
    geopandas.GeoDataFrame(geometry=squares, crs="EPSG:4549").to_file(source)
    create_model(layers={"parcel": str(source)}, out=str(model), job=Job())
    with closing(sqlite3.connect(model)) as opened:
        plan = opened.execute("EXPLAIN QUERY PLAN SELECT id FROM entity WHERE parent_id = ?", ("x",)).fetchall()
    assert "entity_parent" in plan[0][3]
