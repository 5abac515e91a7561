"""Prepare the parser table from the grammar: `python -m zhscript.grammar.build`. For developers only; needs Lark."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lark import Lark, Token
from lark.lexer import Lexer

FOLDER = Path(__file__).parent
GRAMMAR = FOLDER / "zhscript.lark"
TABLE = FOLDER / "table.json"


class _GivenLexemes(Lexer):
    """Hands ready lexemes to Lark: the text is cut by our own lexer."""

    def __init__(self, _configuration: Any) -> None:
        pass

    def lex(self, data: Any) -> Any:  # type: ignore[override]
        for lexeme in data:
            yield Token(lexeme.kind, lexeme.text, lexeme.start)


def lark_parser(*, strict: bool = False) -> Lark:
    """Lark's own parser of the grammar; `strict` refuses every conflict (needs `interegular`)."""
    return Lark(
        GRAMMAR.read_text(encoding="utf-8"),
        parser="lalr",
        lexer=_GivenLexemes,
        start=["start", "hole"],
        strict=strict,
        maybe_placeholders=False,
    )


def table(lark: Lark) -> dict[str, Any]:
    """The LALR table as plain JSON.

    `rules`: [origin, name, kept, inline]; `kept` has a letter per symbol: k kept, x spliced, - dropped; `inline` rules
    with one child vanish. `rows`: action per terminal, n >= 0 shifts to state n, n < 0 reduces by rule -n-1.
    """
    parse_table = lark.parser.parser._parse_table  # type: ignore[attr-defined]
    ordered = sorted(lark.rules, key=lambda rule: (rule.origin.name, [symbol.name for symbol in rule.expansion]))
    numbers = {rule: number for number, rule in enumerate(ordered)}
    order = _breadth_first(parse_table)
    rows = [_row(parse_table.states[state], numbers, order) for state in order]
    return {
        "rules": [_rule(rule) for rule in ordered],
        "rows": rows,
        "start": {name: order[state] for name, state in parse_table.start_states.items()},
        "end": {name: order[state] for name, state in parse_table.end_states.items()},
    }


def _breadth_first(parse_table: Any) -> dict[int, int]:
    """Lark's state numbers differ from run to run; numbered from the start by sorted symbols they do not."""
    queue = [parse_table.start_states[name] for name in sorted(parse_table.start_states)]
    order = {state: number for number, state in enumerate(queue)}
    for state in queue:
        for _, (action, argument) in sorted(parse_table.states[state].items(), key=lambda entry: str(entry[0])):
            if getattr(action, "name", "") != "Reduce" and argument not in order:
                order[argument] = len(order)
                queue.append(argument)
    return order


def _row(actions: dict[Any, Any], numbers: dict[Any, int], order: dict[int, int]) -> dict[str, int]:
    row = {}
    for symbol, (action, argument) in actions.items():
        if getattr(action, "name", "") != "Reduce":
            row[str(symbol)] = order[argument]
        elif argument in numbers:  # the augmented start rule is not in the list
            row[str(symbol)] = -numbers[argument] - 1
    return row


def _rule(rule: Any) -> list[Any]:
    kept = "".join(_kept(symbol) for symbol in rule.expansion)
    return [rule.origin.name, rule.alias or rule.origin.name, kept, bool(rule.options.expand1) and not rule.alias]


def _kept(symbol: Any) -> str:
    if symbol.is_term:
        return "-" if symbol.filter_out else "k"
    return "x" if symbol.name.startswith("_") else "k"


def encode(content: dict[str, Any]) -> str:
    """The table as the text of its file."""
    return json.dumps(content, ensure_ascii=True, separators=(",", ":"), sort_keys=True) + "\n"


if __name__ == "__main__":
    TABLE.write_text(encode(table(lark_parser(strict=True))), encoding="ascii")
    print(f"{TABLE.name}: {TABLE.stat().st_size} bytes")
