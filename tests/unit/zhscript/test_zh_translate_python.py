"""Programs as Python do what the interpreter does. Translations are run here as their readers would run them."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys

import pytest
from hypothesis import given, settings
from script_programs import programs, tree
from translation_support import RULES, as_engine, engine_verdicts, worlds
from zhscript_support import CORPUS, checked

from zhscript import check_text
from zhscript.engine import ScriptError, run_script
from zhscript.translate import Untranslatable, from_python, to_python


def module(text):
    """The names of a module with this text."""
    names = {"__name__": "译文"}
    exec(compile(text, "译文.py", "exec"), names)
    return names


PROGRAM = checked(RULES)
RUN = module(to_python(PROGRAM))["运行"]


def rows(shapes, columns):
    return [
        {**{name: values[row] for name, values in columns.items()}, "形状": shape} for row, shape in enumerate(shapes)
    ]


@given(worlds())
@settings(max_examples=20, deadline=None)
def test_rules_come_to_the_verdicts_of_the_engine(world):
    expected = engine_verdicts(PROGRAM, world)
    given_rows = {name: rows(*content) for name, content in world.items()}
    for title, results in RUN(given_rows).items():
        assert as_engine([verdict for verdict, _ in results]) == expected[title], title


SCRIPTS = [path for path in CORPUS if path.read_text(encoding="utf-8").startswith(("脚本", "设定", "变量", "函数"))]


def printed(text):
    """What a script shows, or that it ended with an error."""
    try:
        return "".join(line + "\n" for line in run_script(checked(text), None).printed).splitlines()
    except ScriptError:
        return "错误"


def printed_by_python(text):
    """What its translation prints; an error of Python stands for one of the script."""
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out):
            module(to_python(checked(text)))
    except Exception as error:
        assert type(error).__name__ in ("脚本错误", "无法判断", "ZeroDivisionError", "TypeError"), error
        return "错误"
    return out.getvalue().splitlines()


@given(programs)
@settings(max_examples=30, deadline=None)
def test_scripts_print_what_the_interpreter_prints(text):
    assert printed_by_python(text) == printed(text)


@given(programs)
@settings(max_examples=30, deadline=None)
def test_there_and_back_again_is_the_same_tree(text):
    program = checked(text)
    back = checked(from_python(to_python(program)))
    assert tree(back.items) == tree(program.items)


def test_the_scripts_of_the_tour():
    translated = 0
    for path in SCRIPTS:
        text = path.read_text(encoding="utf-8")
        program, _ = check_text(text)
        if program is None:  # refers to files that are not here
            continue
        try:
            to_python(program)
        except Untranslatable as refused:
            assert all(item.line >= 1 and "Python" in item.message for item in refused.diagnostics), path
            continue
        assert printed_by_python(text) == printed(text), path
        translated += 1
    assert translated >= 8


def test_a_translation_runs_on_its_own(tmp_path):
    text = "设定 占地 为 15亩\n显示“占地{占地：公顷，两位小数}，{2.675：两位小数}”\n显示 2024年1月31日 加上 1个月\n"
    (tmp_path / "译文.py").write_text(to_python(checked(text)), encoding="utf-8")
    command = [sys.executable, "-I", "-X", "utf8", str(tmp_path / "译文.py")]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True, timeout=30)
    assert done.stdout.splitlines() == printed(text)


def test_lost_units_are_refused_where_they_are():
    with pytest.raises(Untranslatable) as refused:
        to_python(checked("变量 表 为 列表（）\n把 3亩 加入 表\n显示 表\n"))
    assert [(item.line, item.column) for item in refused.value.diagnostics] == [(2, 3)]


def test_names_that_python_keeps_for_itself():
    text = "设定 list 为 2\n设定 【2号 地】 为 list 加上 1\n设定 文 为 【2号 地】 乘以 list\n显示 文\n"
    assert printed_by_python(text) == printed(text) == ["6"]
