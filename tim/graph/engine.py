"""The embedded SPARQL engine (Oxigraph), filled from a model. Nothing of it reaches the network."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tim.errors import TimError, UsageError
from tim.graph.rdf import PREFIXES, triples
from tim.job import Job
from tim.store import open_store
from tim.store.base import Store

_BATCH = 200_000  # lines loaded at once
_MARK = "tim-index.json"
_IRI, _COMMENT, _WORD = r"<[^<>\"{}|^`\\\s]*>", r"#[^\n]*", r"\w+"
_LONG, _SHORT = r"\"\"\".*?\"\"\"|'''.*?'''", r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'"
_TOKENS = re.compile("|".join((_IRI, _LONG, _SHORT, _COMMENT, _WORD)), re.DOTALL)
_FORBIDDEN = {"SERVICE", "LOAD", "INSERT", "DELETE", "CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD"}


@contextmanager
def open_graph(place: str, index: str | None, job: Job) -> Iterator[Any]:
    """The graph of a model's present version, in memory or kept in the folder `index` until the model changes."""
    oxigraph = engine()
    with closing(open_store(place)) as store:
        if index is None:
            graph = oxigraph.Store()
            _fill(graph, store, job)
        else:
            graph = _kept(oxigraph, Path(index), store, job)
    yield graph
    del graph


def engine() -> Any:
    """The module of the engine. Raises `TimError` where it is not installed."""
    if find_spec("pyoxigraph") is None:
        raise TimError("知识图谱要用 pyoxigraph，这里没有安装；请运行 pip install pyoxigraph")
    import pyoxigraph

    return pyoxigraph


def refuse_changes(text: str) -> None:
    """Raise `UsageError` for a query that would change data or use the network."""
    words = {token.upper() for token in _TOKENS.findall(text) if token[0].isalpha()}
    wrong = sorted(words & _FORBIDDEN)
    if "SERVICE" in wrong:
        raise UsageError("查询里有 SERVICE，会访问网络，不能用；请去掉")
    if wrong and not words & {"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"}:
        raise UsageError(f"查询里有 {wrong[0]}，会改数据，这里只能查；要加关系请用 tim graph import")


def ask(graph: Any, text: str) -> Any:
    """The answer to a SPARQL query with our prefixes. Raises `UsageError` with the place of a mistake."""
    refuse_changes(text)
    try:
        return graph.query(text, prefixes=PREFIXES)
    except SyntaxError as error:
        place = re.search(r"(\d+):(\d+)", str(error))
        where = f"第 {place[1]} 行第 {place[2]} 个字符附近" if place else "请检查语句"
        raise UsageError(f"SPARQL 写法不对：{where}", detail=str(error)) from error


def _fill(graph: Any, store: Store, job: Job) -> int:
    """Load all triples; their number."""
    oxigraph, count, batch = engine(), 0, []
    for line in triples(store, job):
        batch.append(line)
        if len(batch) == _BATCH:
            count += _load(oxigraph, graph, batch)
            job.check()
    count += _load(oxigraph, graph, batch)
    return count


def _load(oxigraph: Any, graph: Any, batch: list[str]) -> int:
    graph.bulk_load("\n".join(batch).encode("utf-8", "replace"), format=oxigraph.RdfFormat.N_TRIPLES)
    count = len(batch)
    batch.clear()
    return count


def _kept(oxigraph: Any, folder: Path, store: Store, job: Job) -> Any:
    """The index in a folder, filled anew when the model is another than when it was filled."""
    mark = folder / _MARK
    state = _state(store)
    if mark.is_file() and json.loads(mark.read_text("utf-8")) == state:
        return oxigraph.Store.read_only(str(folder / "graph"))
    if folder.exists() and not mark.exists() and any(folder.iterdir()):
        raise UsageError(f"文件夹“{folder.name}”里有别的东西，没有改动；图谱索引请用新的或空的文件夹")
    mark.unlink(missing_ok=True)
    shutil.rmtree(folder / "graph", ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    mark.write_text("{}", "utf-8")  # ours, not yet complete
    graph = oxigraph.Store(str(folder / "graph"))
    _fill(graph, store, job)
    graph.flush()
    graph.optimize()
    mark.write_text(json.dumps(state, ensure_ascii=False), "utf-8")
    return graph


def _state(store: Store) -> dict[str, Any]:
    """What tells whether a model is the one that was indexed."""
    created = store.query("SELECT version, created FROM model_version ORDER BY version DESC LIMIT 1")[0]
    relations = store.query("SELECT count(*), max(fid) FROM relation WHERE version_to IS NULL")[0]
    counts = store.query("SELECT count(*), max(fid) FROM entity")[0]
    return {"name": store.name, "version": list(created), "relations": list(relations), "entities": list(counts)}
