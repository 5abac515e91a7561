"""The loop of the language server: messages in, answers and diagnostics out."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable
from typing import Any, BinaryIO

import tim
from tim.engine.framing import FrameError, FrameReader, FrameWriter
from tim.errors import describe
from tim.script.catalogue import provide_operations
from tim.script.lsp import features
from tim.script.lsp.documents import OpenDocument
from tim.script.lsp.tokens import LEGEND, semantic_tokens
from zhscript.editing.rename import Refused

INVALID_REQUEST, UNKNOWN_METHOD, INVALID_PARAMS, INTERNAL_ERROR = -32600, -32601, -32602, -32603
NOT_INITIALIZED, REQUEST_FAILED, CANCELLED = -32002, -32803, -32800
_QUIET_SECONDS = 0.15  # without a message, before a changed text is checked
_IDLE_SECONDS = 0.4  # before advice is looked for
_END = object()

CAPABILITIES: dict[str, Any] = {
    "positionEncoding": "utf-16",
    "textDocumentSync": {"openClose": True, "change": 2},
    "completionProvider": {"resolveProvider": True, "triggerCharacters": list("的“：{（，、 ")},
    "hoverProvider": True,
    "signatureHelpProvider": {"triggerCharacters": list("（(，")},
    "definitionProvider": True,
    "referencesProvider": True,
    "documentHighlightProvider": True,
    "documentSymbolProvider": True,
    "codeActionProvider": {"codeActionKinds": ["quickfix"]},
    "documentFormattingProvider": True,
    "renameProvider": {"prepareProvider": True},
    "foldingRangeProvider": True,
    "semanticTokensProvider": {"legend": LEGEND, "full": True},
}


class LspError(Exception):
    """An error answer."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class LanguageServer:
    """Serves one editor on two byte streams until `exit` or the end of input."""

    def __init__(self, reader: BinaryIO, writer: BinaryIO) -> None:
        self._reader, self._writer = FrameReader(reader), FrameWriter(writer)
        self._inbox: queue.Queue[Any] = queue.Queue()
        self._cancelled: set[Any] = set()
        self._documents: dict[str, OpenDocument] = {}
        self._initialized = self._shut_down = False
        self._requests: dict[str, Callable[[dict[str, Any]], Any]] = {
            "initialize": self._initialize,
            "shutdown": self._shutdown,
            "textDocument/completion": lambda p: features.completions(self._document(p), p.get("position")),
            "completionItem/resolve": features.resolve,
            "textDocument/hover": lambda p: features.hover_at(self._document(p), p.get("position")),
            "textDocument/signatureHelp": lambda p: features.signature_help(self._document(p), p.get("position")),
            "textDocument/definition": lambda p: features.definition(self._document(p), p.get("position")),
            "textDocument/references": self._references,
            "textDocument/documentHighlight": lambda p: features.highlights(self._document(p), p.get("position")),
            "textDocument/documentSymbol": lambda p: features.symbols(self._document(p)),
            "textDocument/codeAction": lambda p: features.code_actions(self._document(p), p.get("range") or {}),
            "textDocument/formatting": lambda p: features.formatting(self._document(p)),
            "textDocument/prepareRename": lambda p: features.prepare_rename(self._document(p), p.get("position")),
            "textDocument/rename": self._rename,
            "textDocument/foldingRange": lambda p: features.folding(self._document(p)),
            "textDocument/semanticTokens/full": lambda p: semantic_tokens(self._document(p)),
        }
        self._notifications: dict[str, Callable[[dict[str, Any]], None]] = {
            "textDocument/didOpen": self._open,
            "textDocument/didChange": self._change,
            "textDocument/didClose": self._close,
        }

    def serve(self) -> int:
        """Serve until the end; the exit status is 0 after `shutdown` or at the end of input, else 1."""
        threading.Thread(target=self._read, daemon=True).start()
        try:
            while True:
                message = self._next()
                if message is _END:
                    return 0
                if isinstance(message, FrameError):
                    self._answer(None, error=LspError(message.code, message.message))
                elif isinstance(message, dict) and message.get("method") == "exit":
                    return 0 if self._shut_down else 1
                else:
                    self._handle(message)
        except OSError:  # nobody reads any more
            return 0

    def _read(self) -> None:
        while True:
            try:
                message = self._reader.read()
            except FrameError as error:
                message = error
            except (EOFError, OSError):
                self._inbox.put(_END)
                return
            if isinstance(message, dict) and message.get("method") == "$/cancelRequest":
                params = message.get("params")
                self._cancelled.add(params.get("id") if isinstance(params, dict) else None)
            else:
                self._inbox.put(message)

    def _next(self) -> Any:
        """The next message; changed texts are checked when the editor is quiet, and advised when it stays so."""
        while True:
            unchecked = [document for document in self._documents.values() if not document.is_checked]
            unadvised = [document for document in self._documents.values() if not document.is_advised]
            wait = _QUIET_SECONDS if unchecked else _IDLE_SECONDS if unadvised else None
            try:
                return self._inbox.get(timeout=wait)
            except queue.Empty:
                for document in unchecked:
                    self._publish(document)
                if not unchecked:
                    self._advise(unadvised[0])

    # -- one message

    def _handle(self, message: Any) -> None:
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            self._answer(None, error=LspError(INVALID_REQUEST, "不是 JSON-RPC 2.0 消息"))
            return
        method, identity = message.get("method"), message.get("id")
        params = message.get("params")
        params = {} if params is None else params
        if not isinstance(method, str):
            if "result" not in message and "error" not in message:
                self._answer(None, error=LspError(INVALID_REQUEST, "消息缺少 method"))
        elif "id" in message:
            self._request(method, identity, params)
        elif self._initialized and isinstance(params, dict) and method in self._notifications:
            self._call(self._notifications[method], params)

    def _request(self, method: str, identity: Any, params: Any) -> None:
        if isinstance(identity, (dict, list)) or not isinstance(params, dict):
            self._answer(None, error=LspError(INVALID_PARAMS, "id 应是数或文字，params 应是对象"))
        elif identity in self._cancelled:
            self._cancelled.discard(identity)
            self._answer(identity, error=LspError(CANCELLED, "已取消"))
        elif method not in self._requests:
            self._answer(identity, error=LspError(UNKNOWN_METHOD, f"没有方法“{method}”"))
        elif not self._initialized and method != "initialize":
            self._answer(identity, error=LspError(NOT_INITIALIZED, "请先发送 initialize"))
        else:
            result = self._call(self._requests[method], params)
            if isinstance(result, LspError):
                self._answer(identity, error=result)
            else:
                self._answer(identity, result)

    def _call(self, method: Callable[[dict[str, Any]], Any], params: dict[str, Any]) -> Any:
        """The result of a method, or the error that it ends with."""
        try:
            return method(params)
        except LspError as error:
            return error
        except Refused as refusal:
            return LspError(REQUEST_FAILED, refusal.message)
        except ValueError as error:
            return LspError(INVALID_PARAMS, f"参数不对：{error}")
        except Exception as error:  # the edge of the process: the server goes on
            return LspError(INTERNAL_ERROR, describe(error).message)

    def _answer(self, identity: Any, result: Any = None, error: LspError | None = None) -> None:
        message: dict[str, Any] = {"jsonrpc": "2.0", "id": identity}
        if error is not None:
            message["error"] = {"code": error.code, "message": error.message}
        else:
            message["result"] = result
        self._writer.write(message)

    # -- life of the server and of its texts

    def _initialize(self, _params: dict[str, Any]) -> dict[str, Any]:
        self._initialized = True
        return {"capabilities": CAPABILITIES, "serverInfo": {"name": "zhscript", "version": tim.__version__}}

    def _shutdown(self, _params: dict[str, Any]) -> None:
        self._shut_down = True

    def _document(self, params: dict[str, Any]) -> OpenDocument:
        name = params.get("textDocument")
        uri = name.get("uri") if isinstance(name, dict) else None
        if uri not in self._documents:
            raise LspError(INVALID_PARAMS, f"没有打开过“{uri}”")
        return self._documents[uri]

    def _open(self, params: dict[str, Any]) -> None:
        item = params.get("textDocument")
        if not isinstance(item, dict) or not isinstance(item.get("uri"), str) or not isinstance(item.get("text"), str):
            raise ValueError("textDocument 缺少 uri 或 text")
        self._documents[item["uri"]] = document = OpenDocument(item["uri"], item["text"], item.get("version"))
        self._publish(document)

    def _change(self, params: dict[str, Any]) -> None:
        changes = params.get("contentChanges")
        document = self._document(params)
        document.change(changes if isinstance(changes, list) else [], params["textDocument"].get("version"))

    def _close(self, params: dict[str, Any]) -> None:
        document = self._document(params)
        del self._documents[document.uri]
        self._notify(document.uri, None, [])

    def _publish(self, document: OpenDocument) -> None:
        found = self._call(lambda _: features.diagnostics(document), {})
        document.is_checked = True
        if isinstance(found, list):
            self._notify(document.uri, document.version, found)

    def _advise(self, document: OpenDocument) -> None:
        if self._call(lambda _: document.advise(), {}) is True:
            self._publish(document)
        document.is_advised = True
        self._call(lambda _: document.model, {})  # ready for the next request

    def _notify(self, uri: str, version: int | None, found: list[dict[str, Any]]) -> None:
        params: dict[str, Any] = {"uri": uri, "diagnostics": found}
        if isinstance(version, int):
            params["version"] = version
        self._writer.write({"jsonrpc": "2.0", "method": "textDocument/publishDiagnostics", "params": params})

    def _references(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        context = params.get("context")
        declaration = bool(context.get("includeDeclaration", True)) if isinstance(context, dict) else True
        return features.references(self._document(params), params.get("position"), declaration)

    def _rename(self, params: dict[str, Any]) -> Any:
        name = params.get("newName")
        if not isinstance(name, str):
            raise ValueError("缺少 newName")
        return features.rename_at(self._document(params), params.get("position"), name)


def main() -> int:
    """Serve on standard input and output. Prints of other code go to standard error."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    provide_operations()
    return LanguageServer(sys.stdin.buffer, output).serve()
