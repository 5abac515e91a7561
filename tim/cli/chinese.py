"""argparse in the language of the interface."""

from __future__ import annotations

import argparse
import os

_PHRASES = {
    "usage: ": "用法：",
    "positional arguments": "参数",
    "optional arguments": "选项",
    "options": "选项",
    "show this help message and exit": "显示这份帮助",
    "%(prog)s: error: %(message)s\n": "%(message)s\n",
    "argument %(argument_name)s: %(message)s": "参数 %(argument_name)s：%(message)s",
    "the following arguments are required: %s": "缺少参数：%s",
    "unrecognized arguments: %s": "不认识的参数：%s",
    "expected one argument": "后面应有一个值",
    "expected at least one argument": "后面应有一个或多个值",
    "expected at most one argument": "后面最多一个值",
    "invalid choice: %(value)r (choose from %(choices)s)": "没有选项“%(value)s”；可选：%(choices)s",
    "invalid choice: %(value)r, maybe you meant %(closest)r? (choose from %(choices)s)": (
        "没有选项“%(value)s”，你是不是想写 %(closest)s？可选：%(choices)s"
    ),
    "invalid %(type)s value: %(value)r": "值无效：%(value)r",
    "not allowed with argument %s": "不能与 %s 同时使用",
    "ambiguous option: %(option)s could match %(matches)s": "选项 %(option)s 不明确，可能是 %(matches)s",
    "ignored explicit argument %r": "不带值，却给了 %r",
    "unknown parser %(parser_name)r (choices: %(choices)s)": "没有命令“%(parser_name)s”；可用：%(choices)s",
    "subcommands": "命令",
    "expected %s argument": "后面应有 %s 个值",
    "expected %s arguments": "后面应有 %s 个值",
}


def english() -> bool:
    """Whether the interface was asked to speak English."""
    return os.environ.get("TIM_LANG", "zh").startswith("en")


def speak_chinese() -> None:
    """Let argparse use Chinese phrases. It looks its phrases up through two names of its module."""
    if english():
        return
    argparse._ = _phrase  # type: ignore[attr-defined]
    argparse.ngettext = _plural_phrase  # type: ignore[attr-defined]


def _phrase(text: str) -> str:
    return _PHRASES.get(text, text)


def _plural_phrase(_one: str, many: str, _count: int) -> str:
    return _phrase(many)
