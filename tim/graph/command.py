"""`tim graph query`, `export`, `import`."""

from __future__ import annotations

import csv
import json
from contextlib import closing
from pathlib import Path
from typing import Any

from tim.errors import UnusableInput, UsageError
from tim.files import atomic_output
from tim.graph.engine import ask, engine, open_graph
from tim.graph.rdf import ENTITY, PREFIXES, TERM, triples
from tim.job import Job
from tim.report.spreadsheet import FORMULA
from tim.result import Result
from tim.store import open_store
from tim.store.opening import chosen

MOST = 1000
_LONGEST = 600.0  # s
_FORMATS = {".ttl": "TURTLE", ".jsonld": "JSON_LD", ".nt": "N_TRIPLES", ".rdf": "RDF_XML"}
_COLUMNS = ("subject", "predicate", "object", "confidence", "basis", "version")


def query_graph(
    model: str,
    *,
    query: str | None = None,
    text: str | None = None,
    index: str | None = None,
    out: str | None = None,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """Ask the graph of a model in SPARQL 1.1 (a file `query` or a `text`; SELECT, ASK, CONSTRUCT, DESCRIBE).

    `index` keeps the graph in a folder for the next question; `out`: .csv or .json for rows, .ttl, .jsonld or .nt for
    statements. Result keys: `columns`, `rows` (at most 1,000), `count`, `answer` of an ASK. Raises `UsageError` with
    the place of a mistake.
    """
    if (query is None) == (text is None):
        raise UsageError('请给出查询：文件（.rq），或 --text "SELECT …"，二者选一')
    asked = text if text is not None else _read(Path(query or ""))
    with open_graph(model, index, job) as graph:
        job.progress(0.9, "查询")
        with job.watch(_LONGEST, "查询图谱"):
            return _answer(ask(graph, asked), out, overwrite, job)


def export_graph(
    model: str | None = None,
    *,
    store: str | None = None,
    out: str,
    geometry: bool = False,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """The present version as RDF: Turtle (.ttl), JSON-LD (.jsonld), N-Triples (.nt) or RDF/XML (.rdf).

    With `geometry` shapes go along as GeoSPARQL literals in the model's CRS. Result key: `statements`.
    """
    kind = _format(out)
    with atomic_output(out, job, overwrite=overwrite) as working, closing(open_store(chosen(model, store))) as opened:
        lines = working.with_name("lines.nt")
        count = 0
        with lines.open("w", encoding="utf-8", newline="\n") as stream:
            for line in triples(opened, job, geometry=geometry):
                stream.write(line + "\n")
                count += 1
        job.progress(0.8, "转换格式")
        if kind == "N_TRIPLES":
            lines.rename(working)
        else:
            oxigraph = engine()
            quads = oxigraph.parse(path=str(lines), format=oxigraph.RdfFormat.N_TRIPLES)
            statements = (quad.triple for quad in quads)
            form = getattr(oxigraph.RdfFormat, kind)
            oxigraph.serialize(statements, output=str(working), format=form, prefixes=PREFIXES)
            lines.unlink()
        name = opened.name
    return Result(f"模型“{name}”写成 {count} 条 RDF 语句", [str(Path(out).absolute())], data={"statements": count})


def import_graph(model: str, file: str, *, job: Job) -> Result:
    """Add the relations of an RDF file to a model: statements whose subject and object are its entities.

    Described statements (rdf:Statement) bring their confidence. Result keys: `added`, `known`, `ignored` (statements
    that are no relations of entities of this model).
    """
    statements = _parse(Path(file), job)
    confidence = _confidences(statements)
    added, known, ignored = [], 0, 0
    with closing(open_store(model, writable=True)) as opened, opened.writing():
        there = {row[0] for row in opened.query("SELECT id FROM entity UNION SELECT id FROM source")}
        open_ones = set(opened.query("SELECT subject, predicate, object FROM relation WHERE version_to IS NULL"))
        version = opened.latest()
        for subject, predicate, target in dict.fromkeys(statements):
            key = (subject.removeprefix(ENTITY), predicate.removeprefix(TERM), target.removeprefix(ENTITY))
            is_ours = predicate.startswith(TERM) and key[0] in there and key[2] in there
            if not is_ours:
                ignored += 1
            elif key in open_ones:
                known += 1
            else:
                sure = confidence.get((subject, predicate, target), 1.0)
                added.append((*key, sure, "given", version))
        opened.insert("relation", _COLUMNS, added)
    message = f"加入 {len(added)} 条关系，{known} 条已有，{ignored} 条语句不是模型实体之间的关系，未用"
    return Result(message, data={"added": len(added), "known": known, "ignored": ignored})


def _parse(path: Path, job: Job) -> list[tuple[str, str, str]]:
    oxigraph = engine()
    try:
        form = oxigraph.RdfFormat.from_extension(path.suffix.lstrip(".").lower())
        if form is None:
            raise UsageError(f"“{path.name}”的扩展名应是 .ttl、.jsonld、.nt 或 .rdf")
        with job.watch(_LONGEST, f"读取 {path.name}"):
            quads = list(oxigraph.parse(path=str(path), format=form))
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        place = f"第 {line} 行" if line else "内容"
        raise UnusableInput(f"“{path.name}”{place}不是有效的 RDF；请检查文件", detail=str(error)) from error
    return [(_name(quad.subject), quad.predicate.value, _name(quad.object)) for quad in quads]


def _name(node: Any) -> str:
    return node.value if hasattr(node, "value") else str(node)


def _confidences(statements: list[tuple[str, str, str]]) -> dict[tuple[str, str, str], float]:
    """What rdf:Statement nodes say of statements."""
    rdf = PREFIXES["rdf"]
    nodes: dict[str, dict[str, str]] = {}
    for subject, predicate, target in statements:
        nodes.setdefault(subject, {})[predicate] = target
    result = {}
    for own in nodes.values():
        if own.get(f"{rdf}type") == f"{rdf}Statement" and f"{TERM}confidence" in own:
            key = (own.get(f"{rdf}subject", ""), own.get(f"{rdf}predicate", ""), own.get(f"{rdf}object", ""))
            result[key] = min(1.0, max(0.0, float(own[f"{TERM}confidence"])))
    return result


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableInput(f"读不出查询文件“{path.name}”（应为 UTF-8 文本）", detail=str(error)) from error


def _answer(found: Any, out: str | None, overwrite: bool, job: Job) -> Result:
    oxigraph = engine()
    if isinstance(found, oxigraph.QueryBoolean):
        answer = bool(found)
        return Result(
            "回答：是" if answer else "回答：否", data={"answer": answer, "columns": [], "rows": [], "count": 0}
        )
    if isinstance(found, oxigraph.QueryTriples):
        return _statements(found, out, overwrite, job)
    columns = [variable.value for variable in found.variables]
    rows = []
    for solution in found:
        rows.append([_value(solution[name]) for name in columns])
        if len(rows) % 10_000 == 0:
            job.check()
    if out:
        _write_rows(columns, rows, out, overwrite, job)
    data = {"columns": columns, "rows": [dict(zip(columns, row)) for row in rows[:MOST]], "count": len(rows)}
    return Result(f"查到 {len(rows)} 行", [str(Path(out).absolute())] if out else [], data=data)


def _statements(found: Any, out: str | None, overwrite: bool, job: Job) -> Result:
    statements = list(found)
    if out:
        oxigraph = engine()
        form = getattr(oxigraph.RdfFormat, _format(out))
        with atomic_output(out, job, overwrite=overwrite) as working:
            oxigraph.serialize(statements, output=str(working), format=form, prefixes=PREFIXES)
    rows = [dict(zip(("subject", "predicate", "object"), map(_value, triple))) for triple in statements[:MOST]]
    data = {"columns": ["subject", "predicate", "object"], "rows": rows, "count": len(statements)}
    return Result(f"得到 {len(statements)} 条语句", [str(Path(out).absolute())] if out else [], data=data)


def _write_rows(columns: list[str], rows: list[list[Any]], out: str, overwrite: bool, job: Job) -> None:
    if not out.lower().endswith((".csv", ".json")):
        raise UsageError("查询得到的是表，--out 的扩展名应是 .csv 或 .json")
    with atomic_output(out, job, overwrite=overwrite) as working:
        if out.lower().endswith(".json"):
            records = [dict(zip(columns, row)) for row in rows]
            working.write_text(json.dumps(records, ensure_ascii=False, indent=1), "utf-8")
            return
        with working.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(columns)
            writer.writerows([_guarded(cell) for cell in row] for row in rows)


def _guarded(cell: Any) -> Any:
    """A cell that a spreadsheet does not take for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def _value(node: Any) -> Any:
    """A term for people: entities by their codes, words of our vocabulary by their names, numbers as numbers."""
    if node is None:
        return None
    text = _name(node)
    kind = getattr(getattr(node, "datatype", None), "value", "")
    if kind.endswith(("#integer", "#long", "#int")):
        return int(text)
    if kind.endswith(("#double", "#decimal", "#float")):
        return float(text)
    if kind.endswith("#boolean"):
        return text == "true"
    for prefix in (ENTITY, TERM):
        text = text.removeprefix(prefix)
    return text


def _format(out: str) -> str:
    ending = Path(out).suffix.lower()
    if ending not in _FORMATS:
        raise UsageError(f"“{Path(out).name}”的扩展名应是 {' 或 '.join(_FORMATS)}")
    return _FORMATS[ending]
