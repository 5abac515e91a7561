"""One conversation with the engine: greeting, requests, jobs. It pumps its own connection, in any thread."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..errors import Cancelled, UserError
from ..texts import locale_name, tr
from ..version import plugin_version
from .errors import EngineError, JobFailed, ProtocolError
from .framing import Decoder, encode
from .locate import EngineCommand
from .process import EngineProcess

PROTOCOL = 1
_METHOD_NOT_FOUND = -32601
_REFUSED = -32000
_ANSWER_SECONDS = 30.0
_GRACE_SECONDS = 5.0

Message = dict


@dataclass(frozen=True)
class EngineVersion:
    """What the engine said of itself in its greeting."""

    engine: str
    language: str
    python: str


class UnknownRequest(Exception):
    """The engine asks what this program does not know."""


class JobListener:
    """Hears of a running job. Every method may be overridden.

    `host(method, params)`, where there is one, answers what the job asks while it runs. It raises `UserError` or
    `UnknownRequest`, and ends soon after the job is cancelled.
    """

    host: Callable[[str, dict[str, Any]], Any] | None = None

    def progress(self, fraction: float, text: str, seconds_left: float | None) -> None:
        """`fraction` (0..1) is done; `text` names the stage; the time left is None while unknown."""

    def log(self, text: str) -> None:
        """Something worth keeping."""

    def warning(self, text: str) -> None:
        """Something that the user has to know about the result."""

    def engine_line(self, text: str) -> None:
        """A line of the engine's standard error."""

    def is_cancelled(self) -> bool:
        """Whether the user asked to stop; asked twenty times a second."""
        return False


class EngineSession:
    """A running engine as a context manager: started and greeted on entry, gone on exit."""

    def __init__(self, command: EngineCommand, listener: JobListener, answer_seconds: float = _ANSWER_SECONDS) -> None:
        self._listener = listener
        self._answer_seconds = answer_seconds
        self._process = EngineProcess(command, listener.engine_line)
        self._decoder = Decoder()
        self._answers: dict[int, Message] = {}
        self._notes: deque[Message] = deque()
        self._last_id = 0
        self.version = EngineVersion("", "", "")

    def __enter__(self) -> EngineSession:
        try:
            self._process.start()
            self._greet()
        except BaseException:
            self._process.kill()
            raise
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        if kind is None:
            self._send({"method": "exit"})
            self._process.end()
        else:
            self._process.kill()

    def request(self, method: str, params: dict[str, Any]) -> Any:
        """The result of a request. Raises `EngineError` in the engine's words, or when no answer comes in time."""
        self._last_id += 1
        number = self._last_id
        self._send({"id": number, "method": method, "params": params})
        self._pump_until(lambda: number in self._answers, self._answer_seconds)
        if number not in self._answers:
            message = tr("引擎在 {} 秒内没有回答；请重试，仍不行请重启 QGIS")
            raise EngineError(message.format(round(self._answer_seconds)))
        answer = self._answers.pop(number)
        if "error" in answer:
            raise _error(answer["error"])
        return answer.get("result")

    def run(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """The result object of one job. Raises `JobFailed`, `Cancelled` or another `EngineError`."""
        job = _field(self.request("job/start", {"operation": operation, "parameters": parameters}), "job")
        while True:
            for note in self._take_notes(job):
                if note["method"] == "job/finished":
                    return _result(note["params"])
                self._tell(note)
            if self._listener.is_cancelled():
                self._cancel(job)
            self._pump()

    def _greet(self) -> None:
        params = {
            "client": f"territory_tim {plugin_version()}",
            "protocol": PROTOCOL,
            "locale": locale_name(),
            "host": self._listener.host is not None,
        }
        answer = self.request("initialize", params)
        if _field(answer, "protocol") != PROTOCOL:
            message = tr("引擎与插件的版本不配套（协议 {} 与 {}）；请安装同一版本的引擎和插件")
            raise ProtocolError(message.format(answer["protocol"], PROTOCOL))
        self.version = EngineVersion(*(str(answer.get(key, "")) for key in ("engine", "language", "python")))

    def _cancel(self, job: str) -> None:
        """Ask the job to stop and wait for that; after the grace time the engine is killed by `__exit__`."""
        try:
            self.request("job/cancel", {"job": job})
            self._pump_until(lambda: any(note["method"] == "job/finished" for note in self._notes), _GRACE_SECONDS)
        except EngineError as error:
            self._listener.engine_line(error.message)
        raise Cancelled(tr("已取消，没有写出结果"))

    def _tell(self, note: Message) -> None:
        params = note["params"]
        if note["method"] == "job/progress":
            fraction, text = float(params.get("fraction") or 0.0), str(params.get("text") or "")
            self._listener.progress(fraction, text, params.get("seconds_left"))
        elif note["method"] == "job/log":
            self._listener.log(str(params.get("text", "")))
        elif note["method"] == "job/warning":
            self._listener.warning(str(params.get("text", "")))

    def _take_notes(self, job: str) -> list[Message]:
        taken = [note for note in self._notes if note["params"].get("job") == job]
        self._notes.clear()
        return taken

    def _pump_until(self, reached: Callable[[], bool], seconds: float) -> None:
        end = time.monotonic() + seconds
        while not reached() and time.monotonic() < end:
            self._pump()

    def _pump(self) -> None:
        for message in self._decoder.feed(self._process.read()):
            self._sort(message)

    def _sort(self, message: Message) -> None:
        if "method" not in message:
            if isinstance(message.get("id"), int):
                self._answers[message["id"]] = message
        elif "id" in message:  # waiting for the engine while it waits for us would be a deadlock: answer at once
            self._send({"id": message["id"], **self._answer(message)})
        elif isinstance(message.get("params"), dict):
            self._notes.append(message)

    def _answer(self, message: Message) -> Message:
        """What this program says to a request of the engine: a result or an error."""
        params = message.get("params")
        try:
            if message["method"] != "host/request" or self._listener.host is None or not isinstance(params, dict):
                raise UnknownRequest(message["method"])
            return {"result": self._listener.host(str(params.get("method")), params.get("params") or {})}
        except UnknownRequest as error:
            return {"error": {"code": _METHOD_NOT_FOUND, "message": tr("此处不支持 {}").format(error)}}
        except UserError as error:
            return {"error": {"code": _REFUSED, "message": error.message}}

    def _send(self, message: Message) -> None:
        self._process.write(encode({"jsonrpc": "2.0", **message}))


def _field(answer: Any, name: str) -> Any:
    if not isinstance(answer, dict) or name not in answer:
        raise ProtocolError(tr("引擎的回答无法识别；请在“设置”中检查引擎路径"), repr(answer)[:200])
    return answer[name]


def _result(params: dict[str, Any]) -> dict[str, Any]:
    failure = params.get("failure")
    if failure is None:
        result = _field(params, "result")
        if not isinstance(result, dict):
            raise ProtocolError(tr("引擎的回答无法识别；请在“设置”中检查引擎路径"), repr(result)[:200])
        return result
    if failure.get("kind") == "cancelled":
        raise Cancelled(str(failure.get("message", "")))
    raise JobFailed(str(failure.get("message", "")), str(failure.get("detail", "")))


def _error(error: Any) -> EngineError:
    error = error if isinstance(error, dict) else {}
    data = error.get("data")
    if isinstance(data, dict) and "message" in data:
        return JobFailed(str(data["message"]), str(data.get("detail", "")))
    return EngineError(tr("引擎拒绝了请求：{}").format(error.get("message", "?")), str(data or ""))
