"""`tim script debug`: a script line by line on the terminal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from tim.errors import EXIT_DONE
from tim.job import Job

_HELP = """回车或 单步（s）：运行这一行，进到函数里；　下行（n）：运行这一行，不进函数；　跳出（o）：运行到这个函数返回
继续（c）：运行到下一个断点；　断点 行号（b 行号）：设置或取消断点；　变量（v）：列出名字和值；　名字：看一个值
列表（l）：列出附近的行；　调用（w）：现在在哪个函数里；　结束（q）：停止运行"""
_WORDS = {
    "": "step", "s": "step", "单步": "step", "n": "next", "下行": "next", "o": "out", "跳出": "out",
    "c": "continue", "继续": "continue", "q": "quit", "结束": "quit",
}  # fmt: skip
_BREAK = re.compile(r"(?:b|断点)\s*([0-9]+)")
_AROUND = 4  # lines before and after the one that is next


class Terminal:
    """Asks on the terminal how a script that has stopped is to go on."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()

    def decide(self, stop: Any, debugger: Any) -> str:
        """Show the line and read commands until one lets the script go on."""
        self._show(stop.line, debugger.breakpoints, 0)
        while True:
            try:
                entry = input("调试> ").strip()
            except (EOFError, KeyboardInterrupt):
                print()
                return "quit"
            if entry in _WORDS:
                return _WORDS[entry]
            self._answer(entry, stop, debugger)

    def _answer(self, entry: str, stop: Any, debugger: Any) -> None:
        found = _BREAK.fullmatch(entry)
        if found:
            self._toggle(int(found.group(1)), debugger)
        elif entry in ("v", "变量"):
            for name, value in stop.names.items():
                print(f"  {name} ＝ {value}")
        elif entry in ("l", "列表"):
            self._show(stop.line, debugger.breakpoints, _AROUND)
        elif entry in ("w", "调用"):
            for call in stop.calls:
                print(f"  第 {call.line} 行，{call}")
        elif entry in stop.names:
            print(f"  {entry} ＝ {stop.names[entry]}")
        else:
            print(_HELP)

    def _toggle(self, line: int, debugger: Any) -> None:
        if line in debugger.breakpoints:
            debugger.breakpoints.discard(line)
            print(f"  取消了第 {line} 行的断点")
        elif line in debugger.lines:
            debugger.breakpoints.add(line)
            print(f"  第 {line} 行设了断点")
        else:
            print(f"  第 {line} 行没有可以停的语句")

    def _show(self, line: int, breakpoints: set[int], around: int) -> None:
        for number in range(max(1, line - around), min(len(self._lines), line + around) + 1):
            mark = "●" if number in breakpoints else "　"
            print(f"{'→' if number == line else '　'}{mark}{number:>4}  {self._lines[number - 1]}")


def main(
    script: str,
    data: str | None = None,
    layer: Mapping[str, str] | None = None,
    tool: str | None = None,
    arguments: Mapping[str, str] | None = None,
) -> int:
    """Debug a script, or a call of one of its tools, on standard input and output.

    Errors are those of `tim.script.run.run_script` and `tim.script.tool.run_tool`.
    """
    from tim.review.program import parse_rules, read_rules
    from zhscript.engine import Cancelled

    job, path = Job(), Path(script)
    program = parse_rules(path, read_rules(path, job), job)
    print(_HELP)
    decide = Terminal(program.source.text).decide
    try:
        if tool is None:
            lines = _script(program, path, data, layer, decide, job)
        else:
            lines = _tool(script, tool, arguments, data, layer, decide, job)
    except Cancelled:
        print("已停止")
        return EXIT_DONE
    for line in lines:
        print(line)
    return EXIT_DONE


def _script(
    program: Any, path: Path, data: str | None, layer: Mapping[str, str] | None, decide: Any, job: Job
) -> list[str]:
    """Run the whole script; gives what it shows, and what its rules find."""
    from tim.review.check import open_inputs
    from tim.review.run import evaluate
    from tim.script.host import ScriptHost, check_permissions
    from tim.script.paths import Folders, project_of
    from zhscript.engine import run_script

    check_permissions(program, None)
    inputs = open_inputs(program, data, layer, job)
    host = ScriptHost(inputs, Folders(project_of(path), []), job, overwrite=False)
    host.protect([path])
    result = evaluate(partial(run_script, decide=decide), program, inputs, date.today(), job, host)
    findings = [f"{rule.name}：{finding.message}" for rule in result.rules for finding in rule.findings]
    return [*result.printed, *findings]


def _tool(
    script: str,
    tool: str,
    arguments: Mapping[str, str] | None,
    data: str | None,
    layer: Mapping[str, str] | None,
    decide: Any,
    job: Job,
) -> list[str]:
    """Run one tool; gives what it shows and its results."""
    from tim.script.tool import call_tool

    result = call_tool(script, tool, arguments, data, layer, job=job, decide=decide)
    values = [f"{item['title']}：{item['text']}" for item in result.data["results"]]
    return [*result.data["printed"], *values]
