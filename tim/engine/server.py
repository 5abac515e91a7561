"""The engine: JSON-RPC 2.0 on standard input and output. The protocol stands in docs/architecture.md."""

from __future__ import annotations

import os
import platform
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO

import tim
from tim.engine.catalogue import find_operation, public_operations
from tim.engine.framing import FrameError, FrameReader, FrameWriter
from tim.engine.hosting import HostRequests
from tim.engine.jobs import Jobs
from tim.engine.parameters import check_parameters
from tim.errors import TimError, UsageError, describe

PROTOCOL = 1
PARSE_ERROR, INVALID_REQUEST, UNKNOWN_METHOD, INVALID_PARAMS, INTERNAL_ERROR = -32700, -32600, -32601, -32602, -32603
NOT_INITIALIZED, UNKNOWN_JOB, USAGE = -32001, -32002, -32010

_NO_ANSWER: Any = object()  # in the place of the id that a notification does not have


class RpcError(Exception):
    """An error answer."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data

    def as_dict(self) -> dict[str, Any]:
        """The error member of an answer."""
        error = {"code": self.code, "message": self.message}
        return error if self.data is None else {**error, "data": self.data}


class Server:
    """Answers one client on two byte streams until `exit`, end of input, or `stop`."""

    def __init__(self, reader: BinaryIO, writer: BinaryIO) -> None:
        self._reader = FrameReader(reader)
        self._writer = FrameWriter(writer)
        self._jobs = Jobs(self._notify)
        self._requests = HostRequests(self._send)
        self._scripts = ThreadPoolExecutor(1, "script")
        self._initialized = False
        self._shutting_down = False
        self._methods: dict[str, Callable[[dict[str, Any]], Any]] = {
            "initialize": self._initialize,
            "tim/operations": lambda _: {"operations": [operation.as_dict() for operation in public_operations()]},
            "job/start": self._start_job,
            "job/cancel": self._cancel_job,
            "shutdown": self._shutdown,
        }

    def serve(self) -> int:
        """Serve until the end; returns the exit status of the Language Server Protocol: 0 after `shutdown`, else 1."""
        try:
            while True:
                try:
                    message = self._reader.read()
                except FrameError as error:
                    self._answer(None, error=RpcError(error.code, error.message))
                    continue
                if isinstance(message, dict) and message.get("method") == "exit":
                    return 0 if self._shutting_down else 1
                self._handle(message)
                self._jobs.begin_added()
        except (EOFError, OSError):
            return 0
        finally:
            self.stop()

    def stop(self) -> None:
        """End all jobs and wait until their processes are gone."""
        self._scripts.shutdown(wait=False)
        self._jobs.stop()

    def _handle(self, message: Any) -> None:
        if isinstance(message, list):
            self._answer(None, error=RpcError(INVALID_REQUEST, "不支持批量请求；请逐条发送"))
            return
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            self._answer(None, error=RpcError(INVALID_REQUEST, "不是 JSON-RPC 2.0 消息"))
            return
        if "method" not in message and ("result" in message or "error" in message):
            self._requests.answered(message)
            return
        identity, params = message.get("id", _NO_ANSWER), message.get("params", {})
        if not isinstance(message.get("method"), str) or isinstance(identity, (dict, list)):
            self._answer(None, error=RpcError(INVALID_REQUEST, "消息缺少 method，或 id 不是文字或数"))
        elif not isinstance(params, dict):
            self._answer(identity, error=RpcError(INVALID_PARAMS, "params 应是对象"))
        elif message["method"] == "script/check" and self._initialized:
            self._scripts.submit(self._call, _check_script, identity, params)
        else:
            self._call(lambda given: self._dispatch(message["method"], given), identity, params)

    def _call(self, method: Callable[[dict[str, Any]], Any], identity: Any, params: dict[str, Any]) -> None:
        """Call a method and send its answer; a notification (no id) gets none."""
        try:
            result = method(params)
        except RpcError as error:
            self._answer(identity, error=error)
        except TimError as error:
            self._answer(identity, error=RpcError(USAGE, error.message, describe(error).as_dict()))
        except Exception as error:  # the edge of the process: the engine goes on
            failure = describe(error)
            self._answer(identity, error=RpcError(INTERNAL_ERROR, failure.message, failure.as_dict()))
        else:
            self._answer(identity, result)

    def _dispatch(self, name: str, params: dict[str, Any]) -> Any:
        method = self._methods.get(name)
        if method is None and name != "script/check":
            raise RpcError(UNKNOWN_METHOD, f"没有方法“{name}”")
        if method is None or (not self._initialized and name != "initialize"):
            raise RpcError(NOT_INITIALIZED, "请先发送 initialize")
        if self._shutting_down:
            raise RpcError(INVALID_REQUEST, "引擎正在关闭")
        return method(params)

    def _initialize(self, params: dict[str, Any]) -> dict[str, Any]:
        wanted = params.get("protocol", PROTOCOL)
        if wanted != PROTOCOL:
            raise RpcError(
                INVALID_PARAMS, f"引擎使用协议版本 {PROTOCOL}，客户端要求 {wanted}；请安装同一版本的插件和引擎"
            )
        self._initialized = True
        if params.get("host") is True:
            self._jobs.ask = self._requests.ask
        return {
            "protocol": PROTOCOL,
            "engine": tim.__version__,
            "language": _language_version(),
            "python": platform.python_version(),
            "pid": os.getpid(),
        }

    def _start_job(self, params: dict[str, Any]) -> dict[str, Any]:
        name, given = params.get("operation"), params.get("parameters", {})
        if not isinstance(name, str) or not isinstance(given, dict):
            raise RpcError(INVALID_PARAMS, "job/start 需要 operation（文字）和 parameters（对象）")
        operation = find_operation(name)
        if operation is None:
            raise UsageError(f"没有名为“{name}”的功能")
        return {"job": self._jobs.add(operation, check_parameters(operation, given))}

    def _cancel_job(self, params: dict[str, Any]) -> dict[str, Any]:
        if not self._jobs.cancel(str(params.get("job"))):
            raise RpcError(UNKNOWN_JOB, f"没有任务“{params.get('job')}”")
        return {}

    def _shutdown(self, _: dict[str, Any]) -> None:
        self._shutting_down = True
        self._jobs.stop()

    def _notify(self, method: str, params: dict[str, Any]) -> None:
        if method == "job/finished":
            self._requests.forget(params["job"])
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def _answer(self, identity: Any, result: Any = None, *, error: RpcError | None = None) -> None:
        if identity is not _NO_ANSWER:
            content = {"result": result} if error is None else {"error": error.as_dict()}
            self._send({"jsonrpc": "2.0", "id": identity, **content})

    def _send(self, message: dict[str, Any]) -> None:
        try:
            self._writer.write(message)
        except (OSError, ValueError):
            self._jobs.cancel_all()  # nobody reads any more; the end of input follows


def _check_script(params: dict[str, Any]) -> dict[str, Any]:
    from tim.engine.scripts import check_script

    text, path = params.get("text"), params.get("path", "")
    if not isinstance(text, str) or not isinstance(path, str):
        raise RpcError(INVALID_PARAMS, "script/check 需要 text 和 path（文字）")
    return {"diagnostics": check_script(text, path)}


def _language_version() -> str:
    import zhscript

    return str(zhscript.LANGUAGE_VERSION)


def main() -> int:
    """Serve on this process's standard streams. What anything else prints goes to standard error."""
    from tim.engine.channel import take_standard_streams

    reader, writer = take_standard_streams()
    server = Server(reader, writer)

    def end() -> None:
        server.stop()
        os._exit(0)

    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: threading.Thread(target=end, daemon=True).start())
    status = server.serve()
    sys.stderr.flush()
    os._exit(status)  # threads of a client that no longer reads must not hold the process
