"""The worker process: one request in, events out, one result or failure at the end.

Started by the supervisor as `python -m tim.engine.worker`; the protocol stands in docs/architecture.md.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
import threading
import time
from contextlib import suppress
from typing import Any, BinaryIO, NoReturn

from tim.engine.channel import EventWriter, take_standard_streams
from tim.engine.guard import GRACE, dismiss_guard, start_guard
from tim.errors import Failure, UsageError, describe
from tim.job import Job

# libraries of data frames that pyogrio imports where they are installed, half a second that nothing here uses
_UNUSED = ("geopandas", "pandas", "pyarrow")


def main() -> NoReturn:
    """Serve one request and end the process at once: exit handlers of native libraries may hang or crash."""
    started = time.monotonic()
    requests, events = take_standard_streams()
    guard = start_guard(requests, events)
    faulthandler.enable()
    _volunteer_for_shortage()
    sys.modules.update(dict.fromkeys(_UNUSED))  # type: ignore[arg-type]  # None stands for "is not there"
    write = EventWriter(events)
    try:
        _serve(requests, write, started)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        dismiss_guard(guard)
        os._exit(0)


def _volunteer_for_shortage() -> None:
    """When memory runs out the system shall end this process, not the user's QGIS with unsaved work. Linux only."""
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as stream:
        stream.write("900")


def _serve(requests: BinaryIO, write: EventWriter, started: float) -> None:
    job = Job(write)
    try:
        request = json.loads(requests.readline().decode("utf-8"))
        job.interactive = request.get("host", False)
        threading.Thread(target=_follow_requests, args=(requests, job), daemon=True).start()
        result = _call(request, job)
        write("result", {"result": result.as_dict(seconds=time.monotonic() - started, warnings=job.warnings)})
    except BaseException as error:  # the edge of the process; Rust panics are no Exception
        write("failure", {"failure": describe(error).as_dict()})


def _call(request: dict[str, Any], job: Job) -> Any:
    from tim.engine.catalogue import find_operation

    operation = find_operation(request["operation"])
    if operation is None:
        raise UsageError(f"没有名为“{request['operation']}”的功能")
    return operation.function()(**request["parameters"], job=job)


def _follow_requests(requests: BinaryIO, job: Job) -> None:
    """Hand on answers of the host; cancel on request, and at the end of input, which also ends work that goes on."""
    for line in requests:
        message = json.loads(line)
        if "host" in message:
            job.answer(message["host"])
        else:
            job.cancel()
    job.cancel()
    time.sleep(GRACE)
    os._exit(Failure("cancelled", "").exit_status)


if __name__ == "__main__":
    main()
