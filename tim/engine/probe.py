"""Import libraries in a worker, where one that crashes takes nothing else with it."""

from __future__ import annotations

from importlib import import_module

from tim.job import Job
from tim.result import Result

SECONDS = 60.0


def probe_modules(*, modules: list[str], job: Job) -> Result:
    """Import `modules` in order. Key `errors`: module → why it cannot be imported; the log names each good one."""
    errors: dict[str, str] = {}
    for name in modules:
        with job.watch(SECONDS, f"加载 {name}"):
            try:
                import_module(name)
            except (ImportError, OSError) as error:
                errors[name] = f"{type(error).__name__}: {error}"
        job.log(name)
    return Result("已检查", data={"errors": errors})
