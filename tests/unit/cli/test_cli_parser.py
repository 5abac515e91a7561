"""The parser that is derived from the declarations."""

from __future__ import annotations

import pytest

from tim.cli.parser import Commands, split_layers
from tim.errors import UsageError
from tim.operations import OPERATIONS


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
