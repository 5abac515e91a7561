"""A model as RDF: entities, attributes, relations, sources, versions, as lines of N-Triples.

Names: entities `urn:territory-tim:entity:ID`, terms `urn:territory-tim:vocabulary#term`, attributes of layers
`urn:territory-tim:attribute#COLUMN`. Relations are plain statements; those of a confidence below 1 are described, too
(rdf:Statement with confidence and basis).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import shapely

from tim.job import Job
from tim.model import schema
from tim.model.classes import entity_classes, kind_of
from tim.store.base import ENTITY_COLUMNS, Store, plain_values

ENTITY, TERM, ATTRIBUTE = (
    "urn:territory-tim:entity:",
    "urn:territory-tim:vocabulary#",
    "urn:territory-tim:attribute#",
)
PREFIXES = {
    "tim": TERM,
    "a": ATTRIBUTE,
    "e": ENTITY,
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "prov": "http://www.w3.org/ns/prov#",
    "geo": "http://www.opengis.net/ont/geosparql#",
}
_TYPE = f"<{PREFIXES['rdf']}type>"
_LABEL = f"<{PREFIXES['rdfs']}label>"
_FROM = f"<{PREFIXES['prov']}wasDerivedFrom>"
_XSD = PREFIXES["xsd"]
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_SAFE = ":/-._~%"


def triples(store: Store, job: Job, *, geometry: bool = False) -> Iterator[str]:
    """The present version as N-Triples, one statement a line without its line end."""
    yield from _classes(store)
    yield from _sources(store)
    job.progress(0.05, "写出实体")
    yield from _entities(store)
    layers = [layer for layer in store.layers() if layer.name not in schema.SOLIDS]
    for index, layer in enumerate(layers):
        job.progress(0.2 + 0.5 * index / len(layers), f"写出属性 {layer.title}")
        yield from _attributes(store, layer.name, geometry, job)
    job.progress(0.7, "写出关系")
    yield from _relations(store)
    yield from _origins(store)


def entity_node(identity: str) -> str:
    """The name of an entity or source."""
    return f"<{ENTITY}{_iri(identity)}>"


def term(name: str) -> str:
    """The name of a word of the vocabulary."""
    return f"<{TERM}{_iri(name)}>"


def literal(value: Any) -> str:
    """A value as a literal: numbers typed, all else text."""
    if isinstance(value, bool):
        return f'"{str(value).lower()}"^^<{_XSD}boolean>'
    if isinstance(value, int):
        return f'"{value}"^^<{_XSD}integer>'
    if isinstance(value, float):
        return f'"{value!r}"^^<{_XSD}double>'
    return f'"{str(value).translate(_ESCAPES)}"'


def _date(text: str) -> str:
    return f'"{text}"^^<{_XSD}date>'


def _iri(text: str) -> str:
    """Text as it may stand in an IRI: Chinese stays, what IRIs do not allow is escaped."""
    return "".join(c if c.isalnum() or c in _SAFE or ord(c) > 0xA0 else quote(c, safe="") for c in text)


def _classes(store: Store) -> Iterator[str]:
    for name, item in entity_classes().items():
        yield f"{term(name)} {_LABEL} {literal(item.title)} ."
    for name, kind, title in store.query("SELECT class, kind, title FROM entity_class"):
        if name not in entity_classes():
            yield f"{term(name)} {_LABEL} {literal(title)} ."
            yield f"{term(name)} <{PREFIXES['rdfs']}subClassOf> {term(kind)} ."


def _sources(store: Store) -> Iterator[str]:
    for identity, kind, path, sha in store.query("SELECT id, kind, path, sha256 FROM source"):
        node = entity_node(identity)
        yield f"{node} {_TYPE} {term('Source')} ."
        for name, value in (("kind", kind), ("path", path), ("sha256", sha)):
            yield f"{node} {term(name)} {literal(value)} ."


def _entities(store: Store) -> Iterator[str]:
    texts = {"source_key": "sourceKey", "lods": "lods", "class_code": "classCode", "space_code": "spaceCode"}
    nodes = {name: term(word) for name, word in texts.items()}
    dates = {"valid_from": term("validFrom"), "valid_to": term("validTo")}
    version, part = term("version"), term("partOf")
    for row in store.query(f"SELECT {', '.join(ENTITY_COLUMNS)} FROM entity"):
        entity = dict(zip(ENTITY_COLUMNS, row))
        node = entity_node(entity["id"])
        yield f"{node} {_TYPE} {term(entity['class'])} ."
        kind = kind_of(entity["class"])
        if kind != entity["class"]:
            yield f"{node} {_TYPE} {term(kind)} ."
        yield f"{node} {version} {literal(entity['version'])} ."
        if entity["name"]:
            yield f"{node} {_LABEL} {literal(entity['name'])} ."
        for name, word in nodes.items():
            if entity[name]:
                yield f"{node} {word} {literal(entity[name])} ."
        for name, word in dates.items():
            if entity[name]:
                yield f"{node} {word} {_date(entity[name])} ."
        if entity["source_id"]:
            yield f"{node} {_FROM} {entity_node(entity['source_id'])} ."
        if entity["parent_id"]:
            yield f"{node} {part} {entity_node(entity['parent_id'])} ."


def _attributes(store: Store, layer: str, geometry: bool, job: Job) -> Iterator[str]:
    rows = store.read(layer)
    nodes = [entity_node(identity) for identity in rows.ids]
    for name, values in rows.columns.items():
        job.check()
        if name == "id":
            continue
        word = f"<{ATTRIBUTE}{_iri(name)}>"
        for node, value in zip(nodes, plain_values(values)):
            if value is not None:
                yield f"{node} {word} {literal(value)} ."
    area, word = shapely.area(rows.geometry), term("areaM2")
    for node, value in zip(nodes, area.tolist()):
        if value > 0:
            yield f"{node} {word} {literal(round(value, 3))} ."
    if geometry:
        yield from _shapes(nodes, rows.geometry, store.crs().to_epsg())


def _shapes(nodes: list[str], geometry: Any, code: int | None) -> Iterator[str]:
    system = f"<http://www.opengis.net/def/crs/EPSG/0/{code}> " if code else ""
    has, wkt = f"<{PREFIXES['geo']}hasGeometry>", f"<{PREFIXES['geo']}asWKT>"
    for node, text in zip(nodes, shapely.to_wkt(geometry, rounding_precision=3)):
        if text is not None:
            shape = node[:-1] + "/geometry>"
            yield f"{node} {has} {shape} ."
            yield f'{shape} {wkt} "{system}{text}"^^<{PREFIXES["geo"]}wktLiteral> .'


def _relations(store: Store) -> Iterator[str]:
    rdf, confident, based = PREFIXES["rdf"], term("confidence"), term("basis")
    rows = store.query(
        "SELECT fid, subject, predicate, object, confidence, basis FROM relation WHERE version_to IS NULL"
    )
    for fid, subject, predicate, target, confidence, basis in rows:
        s, p, o = entity_node(subject), term(predicate), entity_node(target)
        yield f"{s} {p} {o} ."
        if confidence is not None and confidence < 1:
            node = f"_:r{fid}"
            yield f"{node} {_TYPE} <{rdf}Statement> ."
            for word, value in zip(("subject", "predicate", "object"), (s, p, o)):
                yield f"{node} <{rdf}{word}> {value} ."
            yield f"{node} {confident} {literal(float(confidence))} ."
            yield f"{node} {based} {literal(basis or '')} ."


def _origins(store: Store) -> Iterator[str]:
    words = {"split": term("splitFrom"), "merged": term("mergedFrom")}
    for kind, identity, other in store.query(
        "SELECT kind, id, other_id FROM entity_change WHERE other_id IS NOT NULL ORDER BY fid"
    ):
        yield f"{entity_node(identity)} {words[kind]} {entity_node(other)} ."
    for identity, entity_class in store.query("SELECT id, class FROM entity_change WHERE kind = 'ended'"):
        yield f"{entity_node(identity)} {_TYPE} {term('Ended')} ."
        yield f"{entity_node(identity)} {term('formerClass')} {term(entity_class)} ."
