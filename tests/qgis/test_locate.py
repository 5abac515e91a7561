"""Where the engine is looked for."""

from __future__ import annotations

import pytest
from territory_tim.engine import locate
from territory_tim.engine.errors import EngineNotFound
from territory_tim.settings import Settings


@pytest.fixture
def nothing_installed(monkeypatch):
    monkeypatch.setattr(locate, "_usual_places", lambda: iter(()))


def program(folder, name="tim"):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_the_environment_comes_before_the_setting(tmp_path, monkeypatch, nothing_installed):
    Settings().engine_path = str(program(tmp_path / "设置"))
    assert locate.find_engine().origin == "设置"
    monkeypatch.setenv("TIM_ENGINE", str(program(tmp_path / "环境")))
    found = locate.find_engine()
    assert (found.program, found.arguments) == (str(tmp_path / "环境" / "tim"), ("serve",))
    assert found.origin == "环境变量 TIM_ENGINE"


def test_a_folder_may_be_given(tmp_path, nothing_installed):
    path = program(tmp_path / "引擎" / "bin")
    assert locate.find_engine(str(tmp_path / "引擎")).program == str(path)


def test_a_python_is_started_isolated(tmp_path, nothing_installed):
    path = program(tmp_path, "python3.11")
    assert locate.find_engine(str(path)).arguments == ("-I", "-m", "tim.cli.main", "serve")


def test_a_given_path_is_never_replaced_by_another(tmp_path):
    with pytest.raises(EngineNotFound, match="不存在或不能运行（来自设置）"):
        locate.find_engine(str(tmp_path / "nothing"))


def test_a_file_that_is_no_program_is_refused(tmp_path):
    path = tmp_path / "tim"
    path.write_text("text", encoding="utf-8")
    with pytest.raises(EngineNotFound):
        locate.find_engine(str(path))


def test_without_an_engine_one_line_says_what_to_do(nothing_installed):
    with pytest.raises(EngineNotFound) as caught:
        locate.find_engine()
    assert caught.value.message.startswith("没有找到引擎")
    assert "\n" not in caught.value.message


def test_the_checkouts_engine_is_found_by_itself(engine_path):
    found = locate.find_engine()
    assert (found.program, found.origin) == (str(engine_path), "开发目录")
