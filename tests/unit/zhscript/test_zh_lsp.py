"""The language server, asked by an ordinary client over standard input and output."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from contextlib import asynccontextmanager

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.lsp.client import LanguageClient

URI = "file:///tmp/%E8%A7%84%E5%88%99.zh"
TEXT = """规则集 用地
图层 宗地 来自“ZD”，字段 编号、用地性质、建筑高度（米）
参数 限高 为 24米，依据“某规范”
# 𠀀𠀁 两个平面外的字
规则“高度”
依据“某规范”
检查 宗地 中的每个 地块：
    要求 地块的建筑高度 不大于 限高，否则报告“𠀀{地块的编号}高{地块的建筑高度：米}”
结束
结束
"""
COMMAND = (sys.executable, "-m", "tim.cli.main", "script", "lsp")


@asynccontextmanager
async def editor(text: str = TEXT):
    """A client with one open text; `told` gets the diagnostics."""
    client = LanguageClient("test", "1")
    told: asyncio.Queue = asyncio.Queue()

    @client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def _(params: lsp.PublishDiagnosticsParams):
        told.put_nowait(params)

    await client.start_io(*COMMAND)
    await client.initialize_async(lsp.InitializeParams(capabilities=lsp.ClientCapabilities()))
    client.initialized(lsp.InitializedParams())
    item = lsp.TextDocumentItem(uri=URI, language_id="zhscript", version=1, text=text)
    client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
    try:
        yield client, told
    finally:
        await client.shutdown_async(None)
        client.exit(None)
        await client.stop()


def asked(body):
    """Run the coroutine of a test."""
    return asyncio.run(asyncio.wait_for(body(), 60))


NAME = lsp.TextDocumentIdentifier(URI)


def at(text: str, words: str, behind: int = 0) -> lsp.Position:
    """The position of some words in UTF-16 units."""
    before = text[: text.index(words) + behind].split("\n")
    return lsp.Position(len(before) - 1, len(before[-1].encode("utf-16-le")) // 2)


def applied(text: str, edits) -> str:
    """A text after edits of the protocol."""
    lines = [*text.splitlines(keepends=True), ""]
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def offset(position):
        units = lines[position.line].encode("utf-16-le")[: 2 * position.character]
        return starts[position.line] + len(units.decode("utf-16-le"))

    for edit in sorted(edits, key=lambda edit: offset(edit.range.start), reverse=True):
        text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
    return text


def test_diagnostics_and_repairs_follow_the_text():
    async def body():
        async with editor() as (client, told):
            assert not (await told.get()).diagnostics
            place = at(TEXT, "不大于")
            change = lsp.TextDocumentContentChangePartial(
                range=lsp.Range(place, lsp.Position(place.line, place.character + 3)), text="不大与"
            )
            client.text_document_did_change(
                lsp.DidChangeTextDocumentParams(lsp.VersionedTextDocumentIdentifier(2, URI), [change])
            )
            published = await told.get()
            (problem,) = published.diagnostics
            assert published.version == 2 and problem.severity == lsp.DiagnosticSeverity.Error
            assert problem.range.start.line == 7
            actions = await client.text_document_code_action_async(
                lsp.CodeActionParams(NAME, problem.range, lsp.CodeActionContext([problem]))
            )
            broken = TEXT.replace("不大于", "不大与")
            assert TEXT in [applied(broken, action.edit.changes[URI]) for action in actions]
            client.text_document_did_close(lsp.DidCloseTextDocumentParams(NAME))
            assert not (await told.get()).diagnostics

    asked(body)


def test_completion_by_pinyin_in_a_hole_behind_astral_characters():
    text = TEXT.replace("{地块的建筑高度：米}", "{地块的jz")

    async def body():
        async with editor(text) as (client, _):
            found = await client.text_document_completion_async(
                lsp.CompletionParams(NAME, at(text, "{地块的jz", len("{地块的jz")))
            )
            best = found.items[0]
            assert best.label == "建筑高度" and found.is_incomplete
            assert applied(text, [best.text_edit]) == text.replace("{地块的jz", "{地块的建筑高度")
            assert best.filter_text == "jz"
            units = await client.text_document_completion_async(lsp.CompletionParams(NAME, at(text, "24米", 2)))
            assert {"米", "亩", "公顷"} <= {item.label for item in units.items}
            assert await client.completion_item_resolve_async(best)

    asked(body)


def test_names_are_found_and_renamed():
    async def body():
        async with editor() as (client, _):
            place = at(TEXT, "地块的建筑高度：米", 4)
            hover = await client.text_document_hover_async(lsp.HoverParams(NAME, place))
            assert "建筑高度" in hover.contents.value and "米" in hover.contents.value
            (declared,) = await client.text_document_definition_async(lsp.DefinitionParams(NAME, place))
            assert declared.range.start == at(TEXT, "建筑高度（米）")
            uses = await client.text_document_references_async(
                lsp.ReferenceParams(lsp.ReferenceContext(True), NAME, place)
            )
            assert len(uses) == 3
            assert (
                len(await client.text_document_document_highlight_async(lsp.DocumentHighlightParams(NAME, place))) == 3
            )
            prepared = await client.text_document_prepare_rename_async(lsp.PrepareRenameParams(NAME, place))
            assert prepared.placeholder == "建筑高度"
            edit = await client.text_document_rename_async(lsp.RenameParams(NAME, place, "檐高（m）"))
            renamed = applied(TEXT, edit.changes[URI])
            assert renamed.count("【檐高（m）】") == 3 and "来自“建筑高度”" in renamed
            with pytest.raises(JsonRpcException, match="已经用过"):
                await client.text_document_rename_async(lsp.RenameParams(NAME, place, "编号"))

    asked(body)


def test_outline_colours_folds_signatures_and_format():
    text = TEXT.replace("    要求", "要求").replace("参数 限高 为 24米", "参数 限高=24米") + "显示 截取（“甲”，1\n"

    async def body():
        async with editor(text) as (client, _):
            outline = await client.text_document_document_symbol_async(lsp.DocumentSymbolParams(NAME))
            assert [(entry.detail, entry.name) for entry in outline] == [
                ("图层", "宗地"),
                ("参数", "限高"),
                ("规则", "高度"),
            ]
            assert [child.name for child in outline[0].children] == ["编号", "用地性质", "建筑高度"]
            folds = await client.text_document_folding_range_async(lsp.FoldingRangeParams(NAME))
            assert [(fold.start_line, fold.end_line) for fold in folds] == [(4, 8), (6, 7)]
            colours = await client.text_document_semantic_tokens_full_async(lsp.SemanticTokensParams(NAME))
            assert len(colours.data) % 5 == 0 and len(colours.data) > 100
            help_ = await client.text_document_signature_help_async(lsp.SignatureHelpParams(NAME, at(text, "，1\n", 2)))
            assert help_.signatures[0].label.startswith("截取（") and help_.active_parameter == 1
            edits = await client.text_document_formatting_async(
                lsp.DocumentFormattingParams(NAME, lsp.FormattingOptions(4, True))
            )
            formatted = applied(text, edits)
            assert "参数 限高 为 24米" in formatted and "\n    要求 地块" in formatted and "# 𠀀𠀁" in formatted

    asked(body)


def _frame(message: object) -> bytes:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def test_broken_messages_are_answered_and_the_end_of_input_ends():
    def request(number, method, params=None):
        return _frame({"jsonrpc": "2.0", "id": number, "method": method, "params": params})

    def note(method, params):
        return _frame({"jsonrpc": "2.0", "method": method, "params": params})

    text = {"textDocument": {"uri": "a"}}
    sent = [
        b"garbage\r\n\r\n",
        _frame(b"{not json"),
        request(1, "textDocument/hover", {}),
        _frame([{"jsonrpc": "2.0", "id": 2, "method": "initialize"}]),
        request(3, "initialize", {"capabilities": {}}),
        note("textDocument/didOpen", {"textDocument": {"uri": 5}}),
        note("textDocument/didOpen", {"textDocument": {"uri": "a", "text": "显示 1"}}),
        note("textDocument/didChange", {**text, "contentChanges": [3]}),
        request(4, "textDocument/hover", {**text, "position": {"line": -1, "character": 0}}),
        request(5, "textDocument/hover", {**text, "position": {"line": 99, "character": 99}}),
        request(6, "textDocument/completion", {"textDocument": {"uri": "没有"}}),
        request(7, "no/such", {}),
        request(8, "textDocument/rename", {**text, "position": {}, "newName": 1}),
    ]
    done = subprocess.run(COMMAND, input=b"".join(sent), capture_output=True, timeout=60)
    assert done.returncode == 0 and b"Traceback" not in done.stderr
    answers = {}
    for part in done.stdout.split(b"Content-Length: ")[1:]:
        message = json.loads(part.split(b"\r\n\r\n", 1)[1])
        answers.setdefault(message.get("id", message.get("method")), []).append(message)
    assert answers[1][0]["error"]["code"] == -32002 and "capabilities" in answers[3][0]["result"]
    assert answers[5][0]["result"] is None
    assert {number: answers[number][0]["error"]["code"] for number in (4, 6, 7, 8)} == {
        4: -32602,
        6: -32602,
        7: -32601,
        8: -32602,
    }
    assert len(answers[None]) >= 3 and all("error" in message for message in answers[None])
    assert all(not message["error"]["message"].isascii() for number in (4, 6, 7, 8) for message in answers[number])


def test_advice_comes_when_the_editor_is_quiet():
    text = TEXT + "测试“甲”\n    设定 没用 为 3\n    期望 真\n结束\n"

    async def body():
        async with editor(text) as (_, told):
            assert not (await told.get()).diagnostics
            (item,) = (await told.get()).diagnostics
            assert item.code == "ZH303" and item.severity == lsp.DiagnosticSeverity.Hint and "没用" in item.message

    asked(body)
