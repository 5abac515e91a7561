"""No script gets out: published escapes in the form nearest to them, and the verifier against foreign trees."""

from __future__ import annotations

import ast
import csv
import random
from pathlib import Path

import pytest
from zh_programs import random_script

from tim.script.paths import Folders
from tim.script.writing import write_csv
from zhscript import check_text
from zhscript.engine import Limits, ScriptError, run_script
from zhscript.engine.compiler.emitted import Requests
from zhscript.engine.compiler.layout import Layout
from zhscript.engine.compiler.program import Emitter
from zhscript.engine.compiler.verifier import ALLOWED, PREFIXES, Refused, verify
from zhscript.engine.host import Refused as NoFile
from zhscript.engine.host import Unreadable

FILE = Path(__file__).parent / "sandbox" / "escapes.txt"


def escapes():
    """(identifier, kind of outcome, its words, program) of every block."""
    for block in FILE.read_text(encoding="utf-8").split("\n=== ")[1:]:
        head, _, program = block.partition("\n---\n")
        title, expected = head.split("\n")
        kind, words = expected.split(" ", 1)
        yield pytest.param(kind, words, program.strip("\n") + "\n", id=title.partition(" |")[0])


@pytest.mark.parametrize("engine", ["compiled", "interpreter"])
@pytest.mark.parametrize("kind, words, text", escapes())
def test_published_escapes_lead_nowhere(kind, words, text, engine):
    program, diagnostics = check_text(text)
    codes = {item.code for item in diagnostics if item.severity == "error"}
    if kind == "检查":
        assert program is None
        assert words in codes, [(item.code, item.message) for item in diagnostics]
        return
    assert program is not None, diagnostics
    if kind == "显示":
        assert run_script(program, None, engine=engine).printed == [words]
        return
    with pytest.raises(ScriptError) as caught:
        run_script(program, None, engine=engine, limits=Limits(seconds=20))
    assert words in caught.value.reason, caught.value.reason


def trees():
    """Generated trees of random scripts."""
    for seed in range(8):
        program, _ = check_text(random_script(seed))
        if program is not None:
            yield Emitter(program, Layout(program.source.text), Requests()).script()


FOREIGN = [
    "a.b", "lambda: 1", "f'{a}'", "(yield)", "{1, 2}", "{a: b for a in c}", "{a for a in b}",
    "(a for a in b)", "a[1:2]",    "*a, b = c", "import os", "from os import path", "class A: pass",
    "try:\n pass\nexcept A:\n pass", "raise A",
    "with a: pass", "del a", "global a", "assert a", "async def f(): pass", "a @ b", "a ** b", "a << b", "~a", "a in b",
    "a // b", "a += 1", "a: int = 1", "def f(*a): pass", "def f(a=1): pass", "def f(a, /): pass", "@a\ndef f(): pass",
    "def f() -> a: pass", "def f(a: b): pass", "f(**a)", "b'x'", "1j", "...", "try:\n pass\nexcept* A:\n pass",
]  # fmt: skip


def foreign(code):
    """The parts of a Python tree that scripts never become."""
    return [node for node in ast.walk(ast.parse(code)) if type(node) not in (ast.Module, ast.Load, ast.Store)]


@pytest.mark.parametrize("code", FOREIGN)
def test_the_verifier_passes_nothing_foreign(code):
    with pytest.raises(Refused):
        verify(ast.parse(code))


def test_the_verifier_passes_generated_trees_only_as_they_are():
    """Each tree passes; with a foreign node, name or literal put anywhere into it, it does not."""
    chance = random.Random(7)
    pieces = [node for code in FOREIGN for node in foreign(code) if type(node) not in ALLOWED]
    mutated = 0
    for tree in trees():
        verify(tree)
        assert {type(node) for node in ast.walk(tree)} <= ALLOWED
        places = [
            (node, name)
            for node in ast.walk(tree)
            for name, value in ast.iter_fields(node)
            if isinstance(value, ast.AST) or (isinstance(value, list) and value and isinstance(value[0], ast.AST))
        ]
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        for _ in range(90):
            node, field = chance.choice(places)
            value = getattr(node, field)
            piece = chance.choice(pieces)
            changed = [*value[1:], piece] if isinstance(value, list) else piece
            setattr(node, field, changed)
            with pytest.raises(Refused):
                verify(tree)
            setattr(node, field, value)
            name = chance.choice(names)
            before = name.id
            name.id = chance.choice(["__import__", "open", "k__globals__", "u___class__", "eval", "print", "甲", ""])
            with pytest.raises(Refused):
                verify(tree)
            name.id = before
            mutated += 2
        verify(tree)
    assert mutated > 1000


def test_generated_code_never_binds_a_name_of_the_runtime():
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                assert node.id.startswith(PREFIXES)
                assert isinstance(node.ctx, ast.Load) or not node.id.startswith("k_")
    with pytest.raises(Refused):
        verify(ast.parse("k_stop = 1"))
    with pytest.raises(Refused):
        verify(ast.parse("def k_look(): pass"))
    with pytest.raises(Refused):
        verify(ast.parse("def f_1(k_stop): pass"))


@pytest.mark.parametrize(
    "name",
    [
        "../x.gpkg", "a/../../x.gpkg", "..\\x.gpkg", "/etc/passwd", "C:\\Windows\\win.ini", "\\\\server\\share\\x.gpkg",
        "file:///etc/passwd", "http://127.0.0.1/x.gpkg", "PG:host=127.0.0.1", "GPKG:x.gpkg:t", "/vsicurl/http://a/x",
        "/vsizip/a.zip/x.shp", "a/vsimem/x", "/VSISTDIN/", "x\0.gpkg", "", " ", "外面/x.gpkg",
        "~/x.gpkg", "/proc/self/environ",
    ],
)  # fmt: skip
def test_paths_stay_in_the_project(name, tmp_path):
    project, outside = tmp_path / "项目", tmp_path / "外面"
    project.mkdir()
    outside.mkdir()
    (outside / "x.gpkg").write_bytes(b"x")
    (project / "外面").symlink_to(outside)
    folders = Folders(project)
    with pytest.raises((NoFile, Unreadable)):
        folders.existing(name)
    if name != "~/x.gpkg":  # a folder called ~ in the project
        with pytest.raises(NoFile):
            folders.target(name)


def test_texts_never_become_formulas(tmp_path):
    evil = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1"]
    write_csv(tmp_path / "表.csv", {"甲": evil})
    with (tmp_path / "表.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    assert [row[0][0] for row in rows[1:]] == ["'"] * len(evil)
