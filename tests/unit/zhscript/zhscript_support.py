"""What the tests of the language share."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import shapely

from zhscript import Program, check_text
from zhscript.characters import BLANK
from zhscript.engine import Table
from zhscript.grammar.driver import Branch
from zhscript.lexer import Lexeme, Lexer
from zhscript.names import declarations

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.zh"))
_HALF = str.maketrans("，：（）；＝＋－×÷＞＜％、", ",:();=+-*/><%,")


def checked(text: str) -> Program:
    """The program of a text that must be without errors."""
    program, diagnostics = check_text(text)
    errors = [f"{item.line}:{item.column} {item.message}" for item in diagnostics if item.severity == "error"]
    assert program is not None, errors
    return program


def errors(text: str) -> list[tuple[int, int, str]]:
    """(line, column, code) of every error."""
    _, diagnostics = check_text(text)
    return [(item.line, item.column, item.code) for item in diagnostics if item.severity == "error"]


def opener(crs: str = "EPSG:4547", **layers: object):
    """An `open_layer` over {name: shapes} or {name: (shapes, columns)}."""

    def open_layer(declaration):
        content = layers[declaration.name]
        shapes, columns = content if isinstance(content, tuple) else (content, {})
        array = np.empty(len(shapes), dtype=object)
        array[:] = shapes
        return Table(declaration.source, columns, array, crs)

    return open_layer


def box(left: float, bottom: float, right: float, top: float):
    return shapely.box(left, bottom, right, top)


def plain(tree: object, source: str) -> object:
    """A tree without positions and spelling: marks in one form, blanks removed."""
    if isinstance(tree, Branch):
        return (tree.rule, [plain(child, source) for child in tree.children])
    assert isinstance(tree, Lexeme)
    if tree.kind == "STRING":
        return ("STRING", tree.text[1:-1])
    text = re.sub(f"[{BLANK}]", "", tree.text.translate(_HALF))
    if tree.kind == "QUOTED":
        return ("NAME", text.strip("【】"))
    return (tree.kind, text)


def respell(source: str, how: str) -> str:
    """The same program with half-width marks ("half"), U+3000 as blank ("wide") or no optional blank ("glued")."""
    ends = {end for _, end in declarations(source)}
    pieces: list[str] = []
    last, before = 0, None
    for lexeme in Lexer(source).run():
        gap, text = source[last : lexeme.start], lexeme.text
        if how == "wide":
            gap = gap.replace(" ", "\u3000")
        elif how == "glued" and gap and not gap.strip(BLANK) and before is not None:
            open_name = before.kind == "WORD" or lexeme.kind in ("WORD", "_TURNS") or before.end in ends
            ascii_pair = source[before.end - 1].isascii() and text[:1].isascii() and text[:1].isalnum()
            gap = gap if open_name or ascii_pair else ""
        elif how == "half" and "注" not in gap:
            gap = gap.translate(_HALF)
        if how == "half" and lexeme.kind == "STRING" and text[0] == "“" and not re.search('[“”"]', text[1:-1]):
            text = f'"{text[1:-1]}"'
        elif how == "half" and lexeme.kind not in ("STRING", "BOOK", "QUOTED"):
            text = text.translate(_HALF)
        pieces += [gap, text]
        last, before = lexeme.end, lexeme
    return "".join(pieces) + source[last:]
