"""The knowledge graph over a model."""

from __future__ import annotations

from dataclasses import replace

from tim.declare import Kind, Operation, Parameter, Text
from tim.operations.common import MODEL, OVERWRITE
from tim.operations.store import STORE_ADDRESS

GRAPH_GROUP = Text("知识图谱", "Knowledge graph")

_MODEL = replace(MODEL, required=False)
_OUT = Parameter(
    "out",
    Kind.OUTPUT_FILE,
    Text("结果文件", "Result"),
    Text(
        "表写成 .csv 或 .json，语句写成 .ttl、.jsonld 或 .nt", "Rows as .csv or .json, statements as .ttl, .jsonld, .nt"
    ),
    suffixes=("csv", "json", "ttl", "jsonld", "nt"),
)

LINK = Operation(
    name="graph link",
    title=Text("建立实体之间的关系", "Relate entities"),
    summary=Text(
        "按编码（不动产单元号、宗地代码、监管号、项目代码、批文号）和按图形关联实体，关系带置信度存进模型。",
        "Relate entities by code and by shape, with a confidence, and store the relations in the model.",
    ),
    group=GRAPH_GROUP,
    parameters=(
        _MODEL,
        STORE_ADDRESS,
        Parameter(
            "only",
            Kind.CHOICE,
            Text("按什么关联", "By what"),
            Text("编码、图形或两样都用", "Codes, shapes or both"),
            default="all",
            choices=(
                ("all", Text("编码和图形", "Codes and shapes")),
                ("code", Text("只按编码", "Codes only")),
                ("geometry", Text("只按图形", "Shapes only")),
            ),
        ),
        Parameter(
            "least",
            Kind.NUMBER,
            Text("最低置信度", "Least confidence"),
            Text("置信度低于它的关系不要", "Relations below it are left out"),
            default=0.0,
            minimum=0.0,
            maximum=1.0,
            advanced=True,
        ),
    ),
    target="tim.graph.link:link_model",
    result_keys=("relations", "added", "closed", "kept"),
)

ABOUT = Operation(
    name="graph about",
    title=Text("一个实体的全部信息", "Everything about an entity"),
    summary=Text(
        "由身份编码、宗地代码、监管号等查一个实体：属性、关系、来源、历次变化和过去的状态。",
        "Attributes, relations, source, changes and former states of an entity, found by any of its codes.",
    ),
    group=GRAPH_GROUP,
    parameters=(
        replace(_MODEL, required=True),
        Parameter(
            "identity",
            Kind.TEXT,
            Text("编码", "Code"),
            Text("身份编码，或资料里的编号、宗地代码、监管号等", "Identity code, source key, or a code it carries"),
            required=True,
            positional=True,
        ),
    ),
    target="tim.graph.about:about_entity",
    result_keys=("entity", "attributes", "shape", "source", "relations", "parts", "past", "changes"),
)

QUERY = Operation(
    name="graph query",
    title=Text("查询图谱（SPARQL）", "Query the graph (SPARQL)"),
    summary=Text(
        "用 SPARQL 1.1 查询模型的实体、属性和关系；不访问网络，不改模型。",
        "Ask in SPARQL 1.1 for entities, attributes and relations; no network, no changes.",
    ),
    group=GRAPH_GROUP,
    parameters=(
        replace(_MODEL, required=True),
        Parameter(
            "query",
            Kind.FILE,
            Text("查询文件", "Query"),
            Text("SPARQL 文件（.rq）", "A SPARQL file"),
            positional=True,
            suffixes=("rq", "sparql"),
        ),
        Parameter("text", Kind.TEXT, Text("查询语句", "Text"), Text("代替查询文件的语句", "Instead of a file")),
        Parameter(
            "index",
            Kind.TEXT,
            Text("索引文件夹", "Index folder"),
            Text("把图谱存在这个文件夹里，下次直接用；模型变了会重建", "Kept for the next question"),
            advanced=True,
        ),
        _OUT,
        OVERWRITE,
    ),
    target="tim.graph.command:query_graph",
    result_keys=("columns", "rows", "count", "answer"),
)

GRAPH_EXPORT = Operation(
    name="graph export",
    title=Text("导出图谱（RDF）", "Export the graph (RDF)"),
    summary=Text("把模型写成 RDF：Turtle、JSON-LD、N-Triples 或 RDF/XML。", "Turtle, JSON-LD, N-Triples or RDF/XML."),
    group=GRAPH_GROUP,
    parameters=(
        _MODEL,
        STORE_ADDRESS,
        replace(
            _OUT,
            required=True,
            help=Text("扩展名决定格式", "The extension chooses the format"),
            suffixes=("ttl", "jsonld", "nt", "rdf"),
        ),
        Parameter(
            "geometry",
            Kind.FLAG,
            Text("带图形", "With shapes"),
            Text("图形写成 GeoSPARQL 的 WKT", "Shapes as GeoSPARQL literals"),
            default=False,
        ),
        OVERWRITE,
    ),
    target="tim.graph.command:export_graph",
    result_keys=("statements",),
)

GRAPH_IMPORT = Operation(
    name="graph import",
    title=Text("导入关系（RDF）", "Import relations (RDF)"),
    summary=Text(
        "把 RDF 文件里模型实体之间的关系加进模型。", "Add the relations of an RDF file between entities of the model."
    ),
    group=GRAPH_GROUP,
    parameters=(
        replace(_MODEL, required=True),
        Parameter(
            "file",
            Kind.FILE,
            Text("RDF 文件", "RDF file"),
            Text(".ttl、.jsonld、.nt 或 .rdf", ".ttl, .jsonld, .nt or .rdf"),
            required=True,
            positional=True,
            suffixes=("ttl", "jsonld", "nt", "rdf"),
        ),
    ),
    target="tim.graph.command:import_graph",
    result_keys=("added", "known", "ignored"),
)

GRAPH: tuple[Operation, ...] = (LINK, ABOUT, QUERY, GRAPH_EXPORT, GRAPH_IMPORT)
