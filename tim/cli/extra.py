"""Commands that are no operations: the engine's server, the doctor, quick checks of scripts."""

from __future__ import annotations

from argparse import Namespace

from tim.cli.parser import Commands
from tim.declare import Text

_FILE, _SCRIPT, _SOURCE = Text("文件", "FILE"), Text("脚本", "SCRIPT"), Text("名称=源", "NAME=SOURCE")


def add_extra_commands(commands: Commands) -> None:
    """Add the commands; what they need is imported when they are called."""
    commands.add(
        "serve",
        Text("引擎：在标准输入输出上提供服务（JSON-RPC）", "The engine on standard input and output"),
        call=_serve,
    )
    commands.add(
        "doctor",
        Text("这台机器上什么能用，什么不能用，为什么", "What works on this machine and what does not"),
        call=_doctor,
    )
    check = commands.add("script check", Text("检查脚本有没有错误", "Check scripts for mistakes"), call=_check)
    check.add_argument(
        "files", nargs="+", metavar=str(_FILE), help=str(Text("脚本文件（.zh）或文件夹", "Files or folders"))
    )
    how = Text("text 给人看，json 给程序用（同 --json）", "text for people, json for programs")
    check.add_argument("--format", choices=("text", "json"), default="text", help=str(how))
    form = commands.add(
        "script format",
        Text("整理脚本的空格、标点和缩进，意思和注释不变", "Format scripts: blanks, marks, indentation"),
        call=_format,
    )
    form.add_argument(
        "files", nargs="+", metavar=str(_FILE), help=str(Text("脚本文件（.zh）或文件夹", "Files or folders"))
    )
    form.add_argument("--check", action="store_true", help=str(Text("只检查，不改动文件", "Change nothing")))
    repl = commands.add(
        "script repl", Text("逐句运行中文脚本的提示符", "A prompt for scripts in Chinese"), call=_prompt
    )
    repl.add_argument("--data", metavar=str(_FILE), help=str(Text("图层按名称从这里取", "Where layers come from")))
    more = Text("图层对应，可以多个", "Layer = source")
    repl.add_argument("--layer", metavar=str(_SOURCE), action="append", default=[], help=str(more))
    debug = commands.add("script debug", Text("逐行运行脚本，看变量、设断点", "A script line by line"), call=_debug)
    debug.add_argument("script", metavar=str(_SCRIPT), help=str(Text("脚本文件（.zh）", "A script file (.zh)")))
    debug.add_argument("tool", nargs="?", help=str(Text("只运行这个工具", "Run only this tool")))
    value = Text("名=值", "NAME=VALUE")
    told = Text("工具的参数，可以写多次", "An argument of the tool; may be repeated")
    debug.add_argument("--set", metavar=str(value), action="append", default=[], help=str(told))
    debug.add_argument("--data", metavar=str(_FILE), help=str(Text("图层按名称从这里取", "Where layers come from")))
    debug.add_argument("--layer", metavar=str(_SOURCE), action="append", default=[], help=str(more))
    commands.add(
        "script lsp",
        Text("语言服务器：在标准输入输出上为编辑器服务（LSP）", "The language server for editors (LSP)"),
        call=_language_server,
    )
    tools = commands.add("script tools", Text("列出脚本里的工具", "List the tools in scripts"), call=_tools)
    tools.add_argument(
        "files", nargs="+", metavar=str(_FILE), help=str(Text("脚本文件（.zh）或文件夹", "Files or folders"))
    )


def _serve(_: Namespace) -> int:
    from tim.engine.server import main

    return main()


def _check(arguments: Namespace) -> int:
    from tim.cli.script import check_files

    return check_files(arguments.files, as_json=arguments.json or arguments.format == "json")


def _format(arguments: Namespace) -> int:
    from tim.cli.script import format_scripts

    return format_scripts(arguments.files, check=arguments.check, as_json=arguments.json)


def _tools(arguments: Namespace) -> int:
    from tim.cli.tools import list_tools

    return list_tools(arguments.files, as_json=arguments.json)


def _prompt(arguments: Namespace) -> int:
    from tim.script.repl import main

    return main(arguments.data, arguments.layer)


def _debug(arguments: Namespace) -> int:
    from tim.script.debug import main
    from tim.script.repl import pairs

    given = pairs(arguments.set, "--set 要写成 名=值")
    return main(arguments.script, arguments.data, pairs(arguments.layer), arguments.tool, given)


def _language_server(_: Namespace) -> int:
    from tim.script.lsp.server import main

    return main()


def _doctor(arguments: Namespace) -> int:
    from tim.cli.doctor import run_doctor

    return run_doctor(as_json=arguments.json)
