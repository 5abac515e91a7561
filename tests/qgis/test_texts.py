"""Both languages of the plugin's own texts."""

from __future__ import annotations

import ast
import re
import string

import pytest
from qgis.core import QgsSettings
from territory_tim import texts
from territory_tim.texts_en import ENGLISH


def literals(folder):
    """Every text literal that the plugin gives to `tr`."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tr":
                assert isinstance(node.args[0], ast.Constant), f"{path}:{node.lineno}"
                yield node.args[0].value


def test_every_text_has_its_english_and_every_english_its_text(plugins_folder):
    used = set(literals(plugins_folder / "territory_tim"))
    assert len(used) > 50
    assert used == set(ENGLISH)


def test_both_languages_have_the_same_blanks():
    for chinese, english in ENGLISH.items():
        blanks = [sum(field is not None for _, field, _, _ in string.Formatter().parse(x)) for x in (chinese, english)]
        assert blanks[0] == blanks[1], chinese
        assert not re.search("[\u4e00-\u9fff]", english), english


@pytest.mark.parametrize(
    ("locale", "chinese"),
    [("zh-Hans", True), ("zh_CN", True), ("zh-Hant", True), ("en_US", False), ("de", False), ("C", True)],
)
def test_the_language_follows_the_interface(locale, chinese, monkeypatch):
    monkeypatch.delenv("TIM_LANG")
    QgsSettings().setValue("locale/userLocale", locale)
    assert texts.is_chinese() is chinese
    assert texts.tr("建筑") == ("建筑" if chinese else "Buildings")
