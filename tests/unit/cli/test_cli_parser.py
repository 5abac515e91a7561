"""The parser that is derived from the declarations."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tim.cli.parser import Commands, split_layers
from tim.errors import UsageError
from tim.operations import OPERATIONS
from tim.operations.script import SCRIPTS


@pytest.fixture
def commands() -> Commands:
    commands = Commands()
    for operation in OPERATIONS:
        commands.add_operation(operation)
    return commands


def parse(commands: Commands, text: str) -> dict:
    return vars(commands.parser.parse_args(split_layers(text.split(), OPERATIONS)))


def test_every_operation_has_a_command_with_help(commands: Commands, capsys: pytest.CaptureFixture[str]) -> None:
    for operation in OPERATIONS:
        with pytest.raises(SystemExit) as end:
            commands.parser.parse_args([*operation.name.split(), "--help"])
        assert end.value.code == 0
        text = capsys.readouterr().out
        assert "用法：tim " + operation.name in text
        for parameter in operation.parameters:
            assert parameter.title.zh in text


def test_many_values_of_one_option(commands: Commands) -> None:
    arguments = parse(commands, "build --points A.laz B.laz 目录 --points C.laz --out x.gpkg")
    assert arguments["points"] == ["A.laz", "B.laz", "目录", "C.laz"]
    assert arguments["overwrite"] is False
    assert arguments["operation"].name == "build"


@pytest.mark.parametrize(
    "text",
    [
        "check --layer 甲=a.gpkg 乙=b.gpkg|layername=c rules.zh",
        "check --layer 甲=a.gpkg --layer 乙=b.gpkg|layername=c rules.zh",
        "check rules.zh --layer 甲=a.gpkg 乙=b.gpkg|layername=c",
        "check rules.zh --layer=甲=a.gpkg --layer=乙=b.gpkg|layername=c",
    ],
)
def test_layers_leave_the_positional_alone(commands: Commands, text: str) -> None:
    arguments = parse(commands, text)
    assert arguments["rules"] == "rules.zh"
    assert arguments["layer"] == ["甲=a.gpkg", "乙=b.gpkg|layername=c"]


def test_layers_do_not_take_values_of_other_options(commands: Commands) -> None:
    arguments = parse(commands, "check rules.zh --layer 甲=a --data b=c.gpkg --report d=e.html")
    assert arguments["layer"] == ["甲=a"]
    assert (arguments["data"], arguments["report"]) == ("b=c.gpkg", "d=e.html")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("build --out a.gpkg", "缺少参数：--points"),
        ("build --out a.gpkg --poi b.laz", "缺少参数：--points"),
        ("points", "缺少参数：命令"),
        ("info", "缺少参数：模型"),
        ("info a.gpkg b.gpkg", "不认识的参数：b.gpkg"),
    ],
)
def test_mistakes_are_chinese(commands: Commands, text: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(commands, text)
    assert words in caught.value.message
    assert "用法见 tim" in caught.value.message


ENGLISH = """
from argparse import _SubParsersAction
from tim.cli.extra import add_extra_commands
from tim.cli.parser import Commands
from tim.operations import OPERATIONS
from tim.operations.script import SCRIPTS
from tim.operations.script import SCRIPTS

commands = Commands()
for operation in (*OPERATIONS, *SCRIPTS):
    commands.add_operation(operation)
add_extra_commands(commands)
waiting = [commands.parser]
while waiting:
    parser = waiting.pop()
    print(parser.format_help())
    for action in parser._actions:
        if isinstance(action, _SubParsersAction):
            waiting += action.choices.values()
"""


def test_help_in_english_is_english() -> None:
    """What is left in Chinese are values: words of the language, titles of standards, names of layers."""
    run = subprocess.run(
        [sys.executable, "-c", ENGLISH],
        env={**os.environ, "TIM_LANG": "en"},
        capture_output=True,
        text=True,
        check=True,
    )
    parameters = [parameter for operation in (*OPERATIONS, *SCRIPTS) for parameter in operation.parameters]
    values = {value for parameter in parameters for value, _ in parameter.choices}
    values |= {str(parameter.default) for parameter in parameters}
    words = "".join(values)
    text = run.stdout
    assert text.count("usage: tim") > len(OPERATIONS)
    lines = [line for line in text.split("\n") if any("\u4e00" <= letter <= "\u9fff" for letter in line)]
    assert not [line for line in lines if any("\u4e00" <= x <= "\u9fff" and x not in words for x in line)]
