"""The conversation with engines that are good, slow, wrong, silent or dead."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from territory_tim.engine.errors import EngineDied, EngineError, JobFailed, ProtocolError
from territory_tim.engine.locate import EngineCommand
from territory_tim.engine.session import EngineSession, JobListener
from territory_tim.errors import Cancelled

FAKE = Path(__file__).with_name("fake_engine.py")


class Recorder(JobListener):
    """Keeps what it hears; cancels after `cancel_after` progress messages."""

    def __init__(self, cancel_after: int | None = None) -> None:
        self.heard: list[tuple] = []
        self.lines: list[str] = []
        self.cancel_after = cancel_after

    def progress(self, fraction, text, seconds_left):
        self.heard.append(("progress", fraction, text, seconds_left))

    def log(self, text):
        self.heard.append(("log", text))

    def warning(self, text):
        self.heard.append(("warning", text))

    def engine_line(self, text):
        self.lines.append(text)

    def is_cancelled(self):
        return self.cancel_after is not None and len(self.heard) >= self.cancel_after


@pytest.fixture
def pid_file(tmp_path):
    return tmp_path / "pid"


def session(mode, pid_file, listener=None, answer_seconds=20.0):
    command = EngineCommand(sys.executable, (str(FAKE), mode, str(pid_file)), "test")
    return EngineSession(command, listener or Recorder(), answer_seconds)


def is_running(pid_file):
    try:
        os.kill(int(pid_file.read_text(encoding="utf-8")), 0)
    except ProcessLookupError:
        return False
    return True


def test_progress_log_warning_and_result(pid_file):
    listener = Recorder()
    with session("good", pid_file, listener) as engine:
        result = engine.run("build", {"points": ["甲.laz"]})
        assert engine.version.engine == "0.0.1"
    assert result["parameters"] == {"points": ["甲.laz"]}
    assert listener.heard[0] == ("progress", 0.25, "第1步", 30.0)
    assert listener.heard[-2:] == [("log", "记录一行"), ("warning", "注意：高程基准未知")]
    assert not is_running(pid_file)


def test_one_engine_runs_several_jobs(pid_file):
    with session("good", pid_file) as engine:
        assert [engine.run("info", {"n": n})["parameters"] for n in range(3)] == [{"n": 0}, {"n": 1}, {"n": 2}]


def test_the_engine_gets_nothing_of_qgis(pid_file, monkeypatch):
    foreign = {
        "PYTHONPATH": "/x",
        "PYTHONHOME": "/x",
        "PROJ_LIB": "/x",
        "GDAL_DATA": "/x",
        "QT_PLUGIN_PATH": "/x",
        "LD_LIBRARY_PATH": "/usr/lib/grass82/lib",
    }
    # the fake engine needs no library of these places
    for name, value in foreign.items():
        monkeypatch.setenv(name, value)
    with session("good", pid_file) as engine:
        environment = engine.run("info", {})["environment"]
    assert not set(foreign) & set(environment)
    assert environment["PYTHONUTF8"] == "1"
    assert environment["TIM_LANG"] == "zh"
    assert environment["PATH"] == os.environ["PATH"]


def test_a_talkative_engine_does_not_block(pid_file):
    listener = Recorder()
    with session("talks", pid_file, listener) as engine:
        assert engine.run("build", {})["status"] == "ok"
    assert len(listener.lines) == 2000
    assert listener.lines[1999].startswith("第 1999 行 啰嗦")


def test_cancel_is_answered(pid_file):
    started = time.monotonic()
    with pytest.raises(Cancelled, match="已取消"), session("slow", pid_file, Recorder(cancel_after=1)) as engine:
        engine.run("build", {})
    assert time.monotonic() - started < 4
    assert not is_running(pid_file)


def test_an_engine_that_ignores_the_cancel_is_killed(pid_file, monkeypatch):
    monkeypatch.setattr("territory_tim.engine.session._GRACE_SECONDS", 0.5)
    with pytest.raises(Cancelled), session("deaf", pid_file, Recorder(cancel_after=1), answer_seconds=0.5) as engine:
        engine.run("build", {})
    assert not is_running(pid_file)


def test_death_is_told_with_the_last_lines(pid_file):
    with pytest.raises(EngineDied, match=r"引擎意外结束（退出码 139）") as caught, session("dies", pid_file) as engine:
        engine.run("build", {})
    assert "坏文件.laz" in caught.value.detail
    assert "\n" not in caught.value.message


def test_another_protocol_is_refused(pid_file):
    with pytest.raises(ProtocolError, match="版本不配套（协议 99 与 1）"), session("other version", pid_file):
        pass
    assert not is_running(pid_file)


def test_garbage_is_refused(pid_file):
    with pytest.raises(ProtocolError, match="无法识别"), session("garbage", pid_file):
        pass
    assert not is_running(pid_file)


def test_silence_has_an_end(pid_file):
    with pytest.raises(EngineError, match="没有回答"), session("silent", pid_file, answer_seconds=0.5):
        pass
    assert not is_running(pid_file)


def test_the_engines_words_reach_the_user(pid_file):
    with pytest.raises(JobFailed) as caught, session("fails", pid_file) as engine:
        engine.run("build", {})
    assert caught.value.message == "“坏.laz”已损坏"
    with pytest.raises(JobFailed, match="缺少参数 points"), session("refuses", pid_file) as engine:
        engine.run("build", {})


def test_questions_to_the_plugin_are_answered_at_once(pid_file):
    with session("asks", pid_file) as engine:
        answer = engine.run("check", {})["answer"]
    assert answer["id"] == 900
    assert answer["error"]["code"] == -32601


def test_an_engine_that_cannot_start(tmp_path):
    program = tmp_path / "tim"
    program.write_text("no program", encoding="utf-8")
    with pytest.raises(EngineError, match="启动不了"), EngineSession(EngineCommand(str(program), (), ""), Recorder()):
        pass


def test_an_engine_that_stays_after_the_end_is_killed(pid_file):
    with session("deaf", pid_file):
        assert is_running(pid_file)
    assert not is_running(pid_file)
