"""The prompt: through a pseudo-terminal as people use it, and through a pipe."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time

import pytest

from zhscript.engine import ScriptError
from zhscript.engine.interactive import Interactive

COMMAND = (sys.executable, "-m", "tim.cli.main", "script", "repl")
PROMPT, MORE = "脚本> ", " ……> "


class Terminal:
    """A prompt in a pseudo-terminal."""

    def __init__(self) -> None:
        import pty

        self.child, self.master = pty.fork()
        if not self.child:
            os.execve(COMMAND[0], COMMAND, {**os.environ, "TERM": "dumb", "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"})
        self.seen = b""

    def until(self, words: str, seconds: float = 60) -> str:
        """What is printed up to and with these words."""
        end, wanted = time.monotonic() + seconds, words.encode()
        while wanted not in self.seen:
            assert time.monotonic() < end, self.seen.decode(errors="replace")
            if select.select([self.master], [], [], 0.2)[0]:
                self.seen += os.read(self.master, 65536)
        place = self.seen.index(wanted) + len(wanted)
        told, self.seen = self.seen[:place].decode(), self.seen[place:]
        return told

    def enter(self, line: str) -> str:
        """Type a line; what is told until the next prompt."""
        os.write(self.master, line.encode() + b"\n")
        return self.until(PROMPT)

    def status(self) -> int:
        """Wait for the end; the exit status."""
        self.seen = b""
        with contextlib.suppress(OSError, AssertionError):
            self.until("\0", 20)
        _, status = os.waitpid(self.child, 0)
        self.child = 0
        return os.waitstatus_to_exitcode(status)

    def close(self) -> None:
        """End what has not ended."""
        if self.child:
            os.kill(self.child, signal.SIGKILL)
            os.waitpid(self.child, 0)
        os.close(self.master)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_conversation_in_a_terminal():
    terminal = Terminal()
    try:
        terminal.until(PROMPT)
        terminal.enter("设定 占地 为 15亩")
        assert "1\r\n" in terminal.enter("占地 换算为 公顷")
        os.write(terminal.master, "占地 hsw\t".encode())  # completed by its initials
        assert "换算为" in terminal.until("换算为")
        assert "15" in terminal.enter(" 亩")
        loop = "如果 真，那么\n显示 “开{1 加上 1}始”\n只要 真，就重复：\n设定 甲 为 1\n结束\n结束\n"
        os.write(terminal.master, loop.encode())
        terminal.until("开2始")  # it runs now
        os.write(terminal.master, b"\x03")
        terminal.until("已停止")
        terminal.until(PROMPT)
        assert "占地 = 10000平方米" in terminal.enter(":变量")
        os.write(terminal.master, "如果 真，那么\n".encode())
        terminal.until(MORE)  # Ctrl-C drops what the terminal has not handed over yet
        os.write(terminal.master, b"\x03")
        terminal.until("已放弃")
        terminal.until(PROMPT)
        os.write(terminal.master, "：退出\n".encode())
        assert terminal.status() == 0
    finally:
        terminal.close()


def _piped(text: bytes) -> str:
    done = subprocess.run(COMMAND, input=text, capture_output=True, timeout=60)
    told = done.stdout.decode() + done.stderr.decode()
    assert done.returncode == 0 and "Traceback" not in told, told
    return told


def test_mistakes_and_bad_bytes_end_nothing():
    entries = [
        "1 除以 0",
        "某某名字",
        "（（（",
        "",
        "”",
        ":什么",
        ":载入 没有.zh",
        "图层 甲 来自“没有”",
        "显示 \udcff",
    ]
    told = _piped("\n".join([*entries, "设定 甲 为 1", "甲", ""]).encode("utf-8", "surrogateescape"))
    assert "除数是零" in told and "没有声明过“某某名字”" in told and "没有命令“什么”" in told
    assert told.rstrip().endswith(f"{PROMPT}1\n{PROMPT}".rstrip())


def _conversation(*entries: str) -> list[str]:
    told: list[str] = []
    session = Interactive(lambda _: None, told.append)
    for entry in entries:
        told += [item.message for item in session.enter(entry).errors]
    return told


def test_what_was_declared_stays_and_can_be_declared_anew():
    assert _conversation(
        "变量 数 为 0",
        "循环 i 从 1 到 3：\n数 增加 i\n结束",
        "数",
        "函数 双倍（x：面积） 为 x 乘以 2",
        "设定 地 为 1亩",
        "双倍（地） 换算为 亩",
        "设定 地 为 2亩",
        "双倍（地） 换算为 亩",
        "数 ＝ 9",
        "数",
        "截取（“甲乙丙”，2，1）",
    ) == ["6", "2", "4", "9", "乙"]


def test_an_entry_that_fails_changes_nothing():
    session = Interactive(lambda _: None, lambda _: None)
    session.enter("设定 甲 为 1")
    with pytest.raises(ScriptError, match="除数是零") as failure:
        session.enter("设定 乙 为 2\n显示 1 除以（甲 减去 1）")
    assert failure.value.line == 2
    assert list(session.values) == ["甲"]


def test_rules_and_tests_are_run_as_they_are_entered():
    session = Interactive(lambda _: None, lambda _: None)
    session.enter("设定 表 为 列表（要素（高：3），要素（高：5））")
    reply = session.enter("检查 表 中的每个 项：\n要求 项的高 不大于 4，否则报告“太高”\n结束")
    assert [rule.violations for rule in reply.rules] == [1]
    reply = session.enter("测试“换算”\n期望 15亩 等于 1公顷\n结束")
    assert [test.passed for test in reply.tests] == [True]


def test_layers_and_tables_are_opened_when_they_are_declared(tmp_path):
    import numpy as np
    import pyogrio
    import shapely

    (tmp_path / "人口.csv").write_text("村,户\n东,3\n西,4\n", encoding="utf-8")
    square = np.array([shapely.to_wkb(shapely.box(500000, 3400000, 500100, 3400100))], dtype=object)
    names = np.array(["甲"], dtype=object)
    file = str(tmp_path / "地块.gpkg")
    pyogrio.raw.write(file, square, [names], ["BH"], crs="EPSG:4547", geometry_type="Polygon", driver="GPKG")
    entries = "图层 地块 来自“地块.gpkg”，字段 编号 来自“BH”\n地块的面积的总和 换算为 亩\n读取表（“人口.csv”）的个数\n"
    done = subprocess.run(COMMAND, input=entries.encode(), capture_output=True, timeout=60, cwd=tmp_path)
    told = done.stdout.decode()
    assert f"{PROMPT}15\n" in told and f"{PROMPT}2\n" in told, told + done.stderr.decode()
