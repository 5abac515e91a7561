"""`tim script repl`: a prompt that runs Chinese statements as they are entered."""

from __future__ import annotations

import signal
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from tim.errors import EXIT_DONE, UsageError, describe
from tim.job import Job
from tim.script.catalogue import provide_operations

PROMPT, MORE = "脚本> ", " ……> "
_MOST_FINDINGS = 20
_WELCOME = "中文脚本。输入语句或式子，回车运行；多行的块以“结束”收尾。:帮助 看说明，:退出 离开。"
_HELP = """输入一句就运行一句，例如：设定 面积 为 15亩　　面积 换算为 公顷
规则、检查、遍历、如果、函数等多行的块，写到“结束”才运行；空行提前结束输入
同一个名字再写一次“设定”，就换成新的
:变量　列出现有的名字和值　　:清空　从头开始　　:载入 文件　运行一个脚本文件
:帮助　这些说明　　:退出　离开（也可以按 Ctrl-D）
Ctrl-C 放弃正在输入的内容，或停止正在运行的语句"""


class Repl:
    """A prompt on standard input and output. Nothing that is entered ends it but :退出 and the end of input."""

    def __init__(self, data: str | None = None, layer: Mapping[str, str] | None = None) -> None:
        self._data, self._layer = data, dict(layer or {})
        self._interrupted = False
        self._restart()

    def _restart(self) -> None:
        from tim.script.repl_host import ReplHost
        from zhscript.engine.interactive import Interactive

        host = ReplHost(self._data, self._layer)
        self._session = Interactive(host, print, ellipsoidal_area=host.areas, cancelled=self._is_cancelled)

    def run(self) -> int:
        """Read, run, print until the end; the exit status is 0."""
        _prepare_line_editing(lambda: self._session.text)
        print(_WELCOME)
        while True:
            try:
                entry = self._read()
            except EOFError:
                print()
                return EXIT_DONE
            except KeyboardInterrupt:
                print("\n（已放弃）")
                continue
            command = entry.strip()
            if command[:1] in (":", "："):
                if not self._command(command[1:].strip()):
                    return EXIT_DONE
            elif command:
                self._enter(entry)

    def _read(self) -> str:
        lines = [input(PROMPT)]
        while _goes_on("\n".join(lines)):
            line = input(MORE)
            if not line.strip():
                break
            lines.append(line)
        return "\n".join(lines)

    # -- commands

    def _command(self, command: str) -> bool:
        """Run a command; False for the one that leaves."""
        word, _, rest = command.partition(" ")
        if word in ("退出", "离开", "q", "quit", "exit"):
            return False
        if word in ("帮助", "help", "h", "?", "？"):
            print(_HELP)
        elif word == "变量":
            for name, value in self._session.values.items():
                print(f"{name} = {value}")
            if not self._session.values:
                print("还没有名字")
        elif word == "清空":
            self._restart()
            print("已清空")
        elif word == "载入":
            self._load(rest.strip())
        else:
            print(f"没有命令“{word}”；:帮助 看有哪些")
        return True

    def _load(self, name: str) -> None:
        from pathlib import Path

        from tim.review.program import read_rules

        try:
            text = read_rules(Path(name), Job())
        except Exception as error:  # the edge: a file that cannot be read is told, the prompt goes on
            print(describe(error).message)
            return
        self._enter(text)

    # -- entries

    def _enter(self, entry: str) -> None:
        from zhscript.engine import Cancelled

        try:
            with self._interruptible():
                reply = self._session.enter(entry)
        except Cancelled:
            print("（已停止）")
        except Exception as error:  # the edge: whatever an entry does, the prompt goes on
            print(describe(error).message)
        else:
            _tell(reply, entry)

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Ctrl-C asks the running entry to stop instead of ending the prompt."""

        def interrupt(*_: Any) -> None:
            self._interrupted = True

        self._interrupted = False
        before = signal.signal(signal.SIGINT, interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _is_cancelled(self) -> bool:
        return self._interrupted


def _goes_on(text: str) -> bool:
    """Whether an entry is not complete: a block or a bracket is open, or a comma ends it."""
    from zhscript.blocks import opener
    from zhscript.editing.tokens import split_lexemes
    from zhscript.lexer import Lexeme, Lexer

    if text.strip()[:1] in (":", "："):
        return False
    depth = 0
    lexemes = Lexer(text).run()
    for line in split_lexemes(lexemes):
        depth += bool(opener([*line, Lexeme("_NL", "", 0, 0)])) - (line[0].kind == "_END")
    brackets = sum((lexeme.kind == "_OPEN") - (lexeme.kind == "_CLOSE") for lexeme in lexemes)
    return depth > 0 or brackets > 0 or text.rstrip()[-1:] in ("、", "，", ",")


def _tell(reply: Any, entry: str) -> None:
    """Print mistakes with the line and a mark under the place, and what rules and tests came to."""
    lines = entry.split("\n")
    for item in reply.diagnostics:
        if item.severity == "hint":
            continue
        print(f"第 {item.line} 行：{item.message}")
        if item.line <= len(lines):
            line = lines[item.line - 1]
            print(f"    {line}\n    {' ' * _width(line[: item.column - 1])}^")
    for rule in reply.rules:
        print(f"{rule.name}：检查 {rule.checked} 个要素，违反 {rule.violations} 处")
        for finding in rule.findings[:_MOST_FINDINGS]:
            print(f"  {finding.verdict} {finding.feature}：{finding.message}")
        if len(rule.findings) > _MOST_FINDINGS:
            print(f"  ……共 {len(rule.findings)} 条")
    for test in reply.tests:
        print(f"测试“{test.name}”" + ("通过" if test.passed else f"没有通过：{test.message}"))


def _width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(1 + (unicodedata.east_asian_width(character) in "WF") for character in text)


def _prepare_line_editing(program: Callable[[], str]) -> None:
    """History with the arrow keys and completion with Tab, where the system has them."""
    for stream in (sys.stdin, sys.stdout):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        import readline
    except ImportError:  # Windows
        return
    found: list[str] = []

    def complete(_word: str, number: int) -> str | None:
        if number == 0:
            found[:] = _completions(
                program(), readline.get_line_buffer()[: readline.get_endidx()], readline.get_begidx()
            )
        return found[number] if number < len(found) else None

    readline.set_completer(complete)
    readline.set_completer_delims(' \t\n　，。：；（）、,:;()【】“”"{}')
    readline.parse_and_bind("tab: complete")


def _completions(program: str, line: str, begin: int) -> list[str]:
    """What can stand in the place of the word that begins at `begin`; what is no statement counts as an expression."""
    from zhscript.editing.complete import complete

    found: dict[str, None] = {}
    for before in (program, f"{program}显示 "):
        text, start = before + line, len(before) + begin
        for item in complete(text, len(text)):
            if not item.snippet and item.start >= start:
                found.setdefault(text[start : item.start] + item.insert)
    return list(found)


def main(data: str | None = None, layers: Sequence[str] = ()) -> int:
    """Run the prompt; `layers` are of the form 名称=源. Raises `UsageError` for one that is not."""
    provide_operations()
    return Repl(data, pairs(layers)).run()


def pairs(layers: Sequence[str], option: str = "--layer 要写成 名称=源") -> dict[str, str]:
    """The sources by the names of layers, from texts of the form 名称=源; `option` tells how it must be written."""
    sources = {}
    for given in layers:
        name, equals, source = given.partition("=")
        if not (name and equals and source):
            raise UsageError(f"{option}，现在是“{given}”")
        sources[name] = source
    return sources
