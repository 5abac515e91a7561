"""The graph asked in the words of the language."""

from __future__ import annotations

from pathlib import Path

from epochs import box, write

from tim.assembly.layers import create_model
from tim.graph.link import link_model
from tim.job import Job
from tim.script.run import run_script

PARCEL = "330106001002GB00012"
SCRIPT = f"""脚本 问图谱
权限 管理
设定 宗 为 功能“一个实体的全部信息”（模型：“城.gpkg”，编码：“{PARCEL}”）
显示 宗的摘要
显示 宗的实体属性
遍历 宗的实体关系 中的每个 条：
    显示 条
结束
设定 答 为 功能“查询图谱（SPARQL）”（模型：“城.gpkg”，查询文件：“问.rq”，结果文件：“答.csv”）
显示 答的摘要
"""
QUESTION = "SELECT ?c WHERE { ?p a tim:parcel ; a:ZDDM ?c ; tim:hasLandUseState ?u }"


def test_a_clerk_asks_for_everything_about_a_parcel(tmp_path: Path) -> None:
    layers = {
        "parcel": str(write(tmp_path / "宗.gpkg", {PARCEL: (box(0, 0, 40, 40), {"YT": "住宅"})}, "ZDDM")),
        "land_use": str(write(tmp_path / "图.gpkg", {"图1": (box(0, 0, 30, 40), {"DLBM": "0701"})}, "BSM")),
    }
    create_model(layers=layers, out=str(tmp_path / "城.gpkg"), job=Job())
    link_model(model=str(tmp_path / "城.gpkg"), job=Job())
    (tmp_path / "问.rq").write_text(QUESTION, encoding="utf-8")
    script = tmp_path / "问.zh"
    script.write_text(SCRIPT, encoding="utf-8")
    lines = run_script(str(script), job=Job()).data["printed"]
    assert lines[0].startswith("宗地") and "1 条关系" in lines[0]
    assert "住宅" in lines[1]
    assert "0.75" in lines[2]
    assert PARCEL in (tmp_path / "答.csv").read_text(encoding="utf-8-sig")
