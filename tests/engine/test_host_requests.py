"""A running script asks the client: answers, refusals, silence, cancels; and runs where nobody can answer."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from engine_client import Client, wait_until_gone
from pyogrio.raw import read as read_raw

from tim.script.writing import write_layer

ASKING = "脚本 问\n权限 主机\n设定 年份 为 询问（“统计哪一年？”，缺省：“2024”）\n显示“{年份}年”\n"


@pytest.fixture
def asking(environment: dict[str, str]) -> Iterator[Client]:
    """A running engine whose client says that it answers."""
    client = Client(environment, initialize=False)
    client.result("initialize", client="test", protocol=1, locale="zh", host=True)
    yield client
    client.close()


def written(folder: Path, text: str) -> Path:
    """A script file."""
    path = folder / "问.zh"
    path.write_text(text, encoding="utf-8")
    return path


def next_request(client: Client, job: str) -> dict[str, Any]:
    """The next question of a job."""
    while True:
        for note in client.notes:
            if note.get("method") == "host/request":
                client.notes.remove(note)
                assert note["params"]["job"] == job
                return note
        message = client.receive()
        assert message is not None
        client.notes.append(message)


def answer(client: Client, request: dict[str, Any], **content: Any) -> None:
    """Answer a question."""
    client.send({"jsonrpc": "2.0", "id": request["id"], **content})


def test_an_answer_reaches_the_script(asking: Client, tmp_path: Path) -> None:
    job = asking.start("script_run", script=str(written(tmp_path, ASKING)))
    request = next_request(asking, job)
    assert request["params"]["method"] == "ask"
    assert request["params"]["params"] == {"question": "统计哪一年？", "default": "2024"}
    answer(asking, {"id": "host-99"}, result="谁也没有问")
    answer(asking, request, result='"cancel" 2025')
    assert asking.finished(job)["result"]["printed"] == ['"cancel" 2025年']


def test_two_jobs_get_their_own_answers(asking: Client, tmp_path: Path) -> None:
    script = str(written(tmp_path, ASKING))
    jobs = [asking.start("script_run", script=script) for _ in range(2)]
    requests: dict[str, dict[str, Any]] = {}
    while len(requests) < 2:
        message = asking.receive()
        assert message is not None
        if message.get("method") == "host/request":
            requests[message["params"]["job"]] = message
    for job in reversed(jobs):
        answer(asking, requests[job], result=f"第{job}个")
    assert [asking.finished(job)["result"]["printed"] for job in jobs] == [[f"第{job}个年"] for job in jobs]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ({"code": -32000, "message": "用户没有回答“统计哪一年？”"}, "用户没有回答“统计哪一年？”"),
        ({"code": -32601, "message": "unknown"}, "“询问”要在 QGIS 里运行"),
        ("乱", "“询问”要在 QGIS 里运行"),
    ],
)
def test_a_refusal_is_the_scripts_error(asking: Client, tmp_path: Path, error: Any, told: str) -> None:
    job = asking.start("script_run", script=str(written(tmp_path, ASKING)))
    answer(asking, next_request(asking, job), error=error)
    failure = asking.finished(job)["failure"]
    assert failure["message"] == f"规则文件 问.zh 第 3 行：{told}"


def test_a_client_that_did_not_say_so_is_not_asked(client: Client, tmp_path: Path) -> None:
    job = client.start("script_run", script=str(written(tmp_path, "显示 1\n" + ASKING.split("\n", 1)[1])))
    message = client.finished(job)["failure"]["message"]
    assert "这个脚本要在 QGIS 里运行：第 3 行“询问”" in message
    assert [note for note in client.notes if note["method"] == "host/request"] == []


def test_on_the_command_line_nobody_is_asked(environment: dict[str, str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tim", "script", "run", str(written(tmp_path, ASKING))]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False
    )
    assert done.returncode != 0
    assert "这个脚本要在 QGIS 里运行：第 3 行“询问”要用地图" in done.stderr


def test_cancel_while_nobody_answers(asking: Client, tmp_path: Path) -> None:
    job = asking.start("script_run", script=str(written(tmp_path, ASKING)))
    request = next_request(asking, job)
    processes = asking.descendants()
    started = time.monotonic()
    asking.result("job/cancel", job=job)
    assert asking.finished(job, 5)["failure"]["kind"] == "cancelled"
    assert time.monotonic() - started < 2.0
    assert wait_until_gone(processes, 1.0) == []
    answer(asking, request, result="太晚了")
    again = asking.start("script_run", script=str(written(tmp_path, ASKING)))
    answer(asking, next_request(asking, again), result="2026")
    assert asking.finished(again)["result"]["printed"] == ["2026年"]


@pytest.mark.parametrize("end", ["input", "exit"])
def test_the_engine_ends_although_nobody_answers(environment: dict[str, str], tmp_path: Path, end: str) -> None:
    client = Client(environment, initialize=False)
    client.result("initialize", client="test", protocol=1, locale="zh", host=True)
    job = client.start("script_run", script=str(written(tmp_path, ASKING)))
    next_request(client, job)
    processes = client.descendants()
    if end == "input":
        client.process.stdin.close()
    else:
        client.send({"jsonrpc": "2.0", "method": "exit"})
    client.process.wait(5)
    assert wait_until_gone(processes, 1.0) == []


def test_layers_travel_as_files(asking: Client, tmp_path: Path) -> None:
    source = tmp_path / "工程 图斑.gpkg"
    squares = np.array([shapely.box(x, 0, x + 10, 10) for x in (500000, 500010)], dtype=object)
    write_layer(source, "tb", {"乡镇": ["甲", "甲"]}, squares, "EPSG:4547")
    before = source.read_bytes()
    script = """脚本 融合
权限 主机
设定 图 为 打开图层（“图斑”）
设定 融合后 为 运行算法（“native:dissolve”，INPUT：图，FIELD：“乡镇”，DISTANCE：2米）
添加到地图（融合后，名称：“结果”）
缩放到（融合后）
遍历 图 中的每个 块：
    缩放到（块的中心点）
    跳出
结束
显示 融合后的个数
"""
    job = asking.start("script_run", script=str(written(tmp_path, script)))
    request = next_request(asking, job)
    assert (request["params"]["method"], request["params"]["params"]) == ("open_layer", {"name": "图斑"})
    answer(asking, request, result={"path": f"{source}|layername=tb", "name": "图斑"})

    request = next_request(asking, job)
    given = request["params"]["params"]
    assert given["algorithm"] == "native:dissolve"
    sent = Path(given["parameters"].pop("INPUT")["layer"])
    assert given["parameters"] == {"FIELD": "乡镇", "DISTANCE": 2}
    meta, _, geometries, fields = read_raw(str(sent))
    assert (list(meta["fields"]), [list(field) for field in fields]) == (["乡镇"], [["甲", "甲"]])
    assert shapely.area(shapely.from_wkb(geometries)).sum() == pytest.approx(200)
    assert sent != source
    return_path = tmp_path / "融合.gpkg"
    write_layer(return_path, "x", {"乡镇": ["甲"]}, np.array([shapely.union_all(squares)], dtype=object), "EPSG:4547")
    answer(asking, request, result={"path": str(return_path), "name": "融合"})

    request = next_request(asking, job)
    assert (request["params"]["method"], request["params"]["params"]["name"]) == ("add_to_map", "结果")
    shown = Path(request["params"]["params"]["path"])
    assert shown.parent.parent == sent.parent.parent  # both lie in the scratch folder of the run
    answer(asking, request, result=None)
    request = next_request(asking, job)
    assert request["params"]["params"] == {"bounds": [500000, 0, 500020, 10], "crs": "EPSG:4547"}
    answer(asking, request, result=None)
    request = next_request(asking, job)
    assert request["params"]["params"] == {"bounds": [500005, 5, 500005, 5], "crs": "EPSG:4547"}
    answer(asking, request, result=None)
    assert asking.finished(job)["result"]["printed"] == ["1"]
    assert not sent.parent.parent.exists()
    assert source.read_bytes() == before


def test_files_for_the_map_go_with_a_cancelled_job(asking: Client, tmp_path: Path) -> None:
    script = "脚本 甲\n权限 计算、主机\n设定 图 为 打开图层（“图斑”）\n添加到地图（图，名称：“甲”）\n"
    source = tmp_path / "图斑.gpkg"
    write_layer(source, "tb", {"乡镇": ["甲"]}, np.array([shapely.box(0, 0, 1, 1)], dtype=object), "EPSG:4547")
    job = asking.start("script_run", script=str(written(tmp_path, script)))
    answer(asking, next_request(asking, job), result={"path": str(source), "name": "图斑"})
    folder = Path(next_request(asking, job)["params"]["params"]["path"]).parent
    assert folder.is_dir()
    asking.result("job/cancel", job=job)
    assert asking.finished(job, 5)["failure"]["kind"] == "cancelled"
    assert not folder.exists()


def test_a_file_that_the_user_chose_may_be_read(asking: Client, tmp_path: Path) -> None:
    elsewhere = tmp_path / "别处"
    elsewhere.mkdir()
    (elsewhere / "说明.txt").write_text("你好", encoding="utf-8")
    (elsewhere / "别的.txt").write_text("不", encoding="utf-8")
    project = tmp_path / "项目"
    project.mkdir()
    script = f"""脚本 甲
权限 管理、主机
设定 文件 为 询问文件（“选一个”，样式：“*.txt”）
显示 读取文本（文件）
显示 读取文本（“{elsewhere}/别的.txt”）
"""
    job = asking.start("script_run", script=str(written(project, script)))
    request = next_request(asking, job)
    assert request["params"]["params"] == {"question": "选一个", "pattern": "*.txt", "default": ""}
    answer(asking, request, result=str(elsewhere / "说明.txt"))
    assert "第 5 行" in (message := asking.finished(job)["failure"]["message"])
    assert "在项目文件夹之外" in message
