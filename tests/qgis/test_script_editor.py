"""The script editor: files and their encodings, diagnostics and fixes, completion, runs in the real engine."""

from __future__ import annotations

import os
import time

import pytest
from make_layers import square, write_layer
from qgis.core import QgsApplication, QgsProject, QgsVectorLayer
from qgis.PyQt.QtWidgets import QMessageBox
from territory_tim.engine import locate
from territory_tim.errors import InputError
from territory_tim.script import highlight
from territory_tim.script.files import Script, read_script, write_script
from territory_tim.script.templates import RULES, SCRIPT, TOOL
from territory_tim.script.window import ScriptWindow

LOOP = "脚本 长\n变量 数 为 0\n循环 号 从 1 到 1000000000：\n    数 增加 1\n结束\n显示 数\n"


def wait_until(reached, seconds=15):
    """Let events pass until the condition holds."""
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end
        QgsApplication.processEvents()
        time.sleep(0.02)


@pytest.fixture
def window():
    window = ScriptWindow()
    window.show()
    yield window
    window.editor.setModified(False)
    window.close()
    QgsProject.instance().clear()


def write(window, text):
    """As if the text had been typed, and its diagnostics have come."""
    window.editor.setText(text)
    window.diagnostics.check()


def output(window):
    return window.output.toPlainText().splitlines()


# -- files


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_encoding_and_line_ends_are_kept(tmp_path, encoding, newline):
    path = tmp_path / "脚 本.zh"
    path.write_bytes(newline.join(["脚本 甲", "显示 1", ""]).encode(encoding))
    script = read_script(path)
    assert script.text == "脚本 甲\n显示 1\n"
    write_script(path, Script(script.text + "显示 2\n", script.encoding, script.newline))
    assert path.read_bytes().decode(encoding) == newline.join(["脚本 甲", "显示 1", "显示 2", ""])
    assert [item.name for item in tmp_path.iterdir()] == ["脚 本.zh"]


def test_a_character_that_the_encoding_lacks_makes_it_utf8(tmp_path):
    path = tmp_path / "甲.zh"
    write_script(path, Script("显示“𠮷”\n", "ascii"))
    assert path.read_text("utf-8") == "显示“𠮷”\n"


def test_files_that_cannot_be_used(tmp_path):
    (tmp_path / "图.zh").write_bytes(bytes(range(128, 256)) * 9)
    for name, told in (("没有.zh", "打不开"), ("图.zh", "不是文字文件")):
        with pytest.raises(InputError, match=told):
            read_script(tmp_path / name)
    (tmp_path / "文件").write_text("x")
    with pytest.raises(InputError, match="写不成"):
        write_script(tmp_path / "文件" / "甲.zh", Script("x"))


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "甲.zh"
    path.write_text("旧", "utf-8")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(InputError):
        write_script(path, Script("新"))
    assert path.read_text("utf-8") == "旧"
    assert [item.name for item in tmp_path.iterdir()] == ["甲.zh"]


# -- colours


def test_colours_of_words():
    text = "设定 占地 为 15亩  # 注释\n显示“面积”，占地的面积\n"
    found = [(text[start:end], style) for start, end, style in highlight.styles(text)]
    assert ("设定", highlight.KEYWORD) in found
    assert ("占地", highlight.NAME) in found
    assert ("15亩", highlight.NUMBER) in found
    assert ("# 注释", highlight.COMMENT) in found
    assert ("“面积”", highlight.STRING) in found
    assert ("面积", highlight.LIBRARY) in found


@pytest.mark.parametrize("text", ["", "“", "𠮷" * 50 + "（", "\n\n注：", "检查" * 2000, "（" * 5000, "\ud800x"])
def test_odd_texts_are_coloured_without_harm(window, text):
    write(window, text)
    places = highlight.styles(text)
    assert places == sorted(places)
    assert all(0 <= start < end <= len(text) for start, end, _ in places)


# -- what the language says


@pytest.mark.parametrize("text", [RULES, SCRIPT, TOOL])
def test_templates_are_right(window, text):
    window.new_script(text)
    assert [item.message for item in window.diagnostics.items if item.severity == "error"] == []
    assert window.outline.topLevelItemCount() >= 1
    assert "没有错误" in window._state.text()


def test_diagnostics_come_by_themselves_and_fixes_repair(window):
    window.new_script("脚本 甲\n设定 占地面积 为 15亩\n显示 占地面机\n")
    wait_until(lambda: window.problems.count() > 0)
    assert "第 3 行 错误" in window.problems.item(0).text()
    assert window.editor.markersAtLine(2)
    menu = window.editor.fixes_menu(2)
    fixes = [action for action in menu.actions() if not action.isSeparator()]
    assert fixes
    fixes[0].trigger()
    wait_until(lambda: not window.diagnostics.errors())
    assert window.editor.text() == "脚本 甲\n设定 占地面积 为 15亩\n显示 占地面积\n"
    assert not window.editor.markersAtLine(2)
    window.editor.undo()
    assert "面机" in window.editor.text()


def test_while_one_types_the_last_text_counts(window):
    tool = TOOL.split("\n", 3)[3]
    large = TOOL + "".join(tool.replace("挑出大图斑", f"工具{number}") for number in range(8))
    for number in range(4):
        window.editor.setText(large.replace("合计 增加", f"合计 增{number}", 1))
        wait_until(lambda: window.diagnostics._busy)
    window.editor.setText("脚本 甲\n显示 1\n")
    wait_until(lambda: window.diagnostics._checked[0] == window.editor.text())
    assert window.problems.count() == 0


def test_a_window_may_go_while_its_text_is_checked():
    window = ScriptWindow()
    window.editor.setText(TOOL.replace("合计 增加", "合计 增家"))
    wait_until(lambda: window.diagnostics._busy)
    window.editor.setModified(False)
    window.deleteLater()
    QgsApplication.sendPostedEvents(None, 52)  # QEvent.DeferredDelete
    end = time.monotonic() + 2
    while time.monotonic() < end:
        QgsApplication.processEvents()
        time.sleep(0.05)


def test_squiggles_stand_under_the_right_characters(window):
    write(window, "显示 “𠮷𠮷”，未知名\n")
    (item,) = [item for item in window.diagnostics.items if item.severity == "error"]
    first = window.editor.positionFromLineIndex(item.line - 1, item.column - 1)
    text = window.editor.text().encode("utf-8")
    assert text[first:].decode("utf-8").startswith("未知名")
    marked = window.editor.SendScintilla(window.editor.SCI_INDICATORVALUEAT, 8, first)
    assert marked == 1
    assert window.editor.SendScintilla(window.editor.SCI_INDICATORVALUEAT, 8, first - 1) == 0


def test_completion_by_initials(window):
    text = "图层 永久基本农田 来自“YJJBNTTB”\n显示 yjjb\n"
    write(window, text)
    window.editor.setCursorPosition(1, 7)
    window.editor._completion.ask()
    assert window.editor.isListActive()
    assert next(iter(dict(reversed(list(window.editor._completion._found.items()))))) == "永久基本农田"
    window.editor._completion._chosen(1, "永久基本农田")
    assert window.editor.text().splitlines()[1] == "显示 永久基本农田"


def test_formatting_is_one_step_back(window):
    write(window, "显示   1加上2\n")
    window.format()
    assert window.editor.text() == "显示 1 加上 2\n"
    window.editor.undo()
    assert window.editor.text() == "显示   1加上2\n"


def test_the_outline_leads_to_the_parts(window):
    window.new_script(TOOL)
    tool = window.outline.topLevelItem(0)
    assert tool.text(0) == "工具 挑出大图斑"
    window._go_to_part(tool.child(1), 0)
    line, _ = window.editor.getCursorPosition()
    assert window.editor.text(line).startswith("参数 最小面积")


# -- saving


def test_saving_and_leaving(window, tmp_path, monkeypatch):
    path = tmp_path / "甲.zh"
    path.write_bytes("脚本 甲\r\n显示 1\r\n".encode("gb18030"))
    window.open_path(str(path))
    window.editor.insertAt("显示 2\n", 2, 0)
    assert window.windowTitle() == "*甲.zh - 脚本编辑器"
    assert window.save()
    assert window.windowTitle() == "甲.zh - 脚本编辑器"
    assert path.read_bytes() == "脚本 甲\r\n显示 1\r\n显示 2\r\n".encode("gb18030")
    window.editor.insertAt("显示 3\n", 3, 0)
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Cancel)
    assert not window.close()
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Discard)
    assert window.close()
    assert "显示 3" not in path.read_text("gb18030")


# -- runs


def test_a_script_runs_and_shows_what_it_prints(window, engine_path, tmp_path):
    window._save_to(str(tmp_path / "甲.zh"))
    write(window, "脚本 甲\n显示“占地{15亩：公顷}”\n显示 1 加上 2\n")
    window.run()
    assert not window.action("run").isEnabled()
    wait_until(lambda: window._run is None)
    assert output(window)[:2] == ["占地1公顷", "3"]
    assert window.action("run").isEnabled()


def test_an_error_at_run_time_is_one_line(window, engine_path, tmp_path):
    window._save_to(str(tmp_path / "甲.zh"))
    write(window, "脚本 甲\n设定 表 为 列表（1，2）\n显示 表的第 5 个\n")
    window.run()
    wait_until(lambda: window._run is None)
    (line,) = output(window)
    assert "第 3 行" in line


def test_rules_find_the_layers_of_the_project(window, engine_path, tmp_path):
    data = write_layer(tmp_path / "ZD.gpkg", [(square(0, 0, 60), {"BH": "甲"}), (square(90, 0, 10), {"BH": "乙"})])
    QgsProject.instance().addMapLayer(QgsVectorLayer(str(data), "ZD", "ogr"))
    window._save_to(str(tmp_path / "规则.zh"))
    rule = "规则“不小于一亩”\n依据“试验”\n检查 宗地 中的每个 块：\n    要求 块的面积 不小于 1亩\n结束\n结束\n"
    write(window, "规则集 甲\n图层 宗地 来自“ZD”，字段 编号 来自“BH”\n" + rule)
    window.run()
    wait_until(lambda: window._run is None)
    assert "规则“不小于一亩”：检查 2，不通过 1" in output(window)


def test_tests_are_run(window, engine_path, tmp_path):
    window._save_to(str(tmp_path / "甲.zh"))
    write(window, "脚本 甲\n测试“对”\n    期望 1公顷 等于 15亩\n结束\n测试“错”\n    期望 1 等于 2\n结束\n")
    window.test()
    wait_until(lambda: window._run is None)
    assert output(window)[0] == "✓ 对"
    assert output(window)[1].startswith("✗ 错（第 6 行）")


def test_a_run_can_be_stopped(window, engine_path, tmp_path):
    window._save_to(str(tmp_path / "长.zh"))
    write(window, LOOP)
    window.run()
    wait_until(lambda: "%" in window._state.text() or time.sleep(1.5) is None)
    started = time.monotonic()
    window.stop()
    wait_until(lambda: window._run is None)
    assert time.monotonic() - started < 6
    assert output(window) == ["已取消，没有写出结果"]
    assert [item.name for item in tmp_path.iterdir()] == ["长.zh"]


def test_without_an_engine_one_line_says_so(window, monkeypatch, tmp_path):
    monkeypatch.setattr(locate, "_usual_places", lambda: iter(()))
    write(window, "脚本 甲\n显示 1\n")
    assert "只能编辑，不能运行：没有找到引擎" in window._state.text()
    window._save_to(str(tmp_path / "甲.zh"))
    window.run()
    wait_until(lambda: window._run is None)
    assert output(window)[0].startswith("没有找到引擎")
