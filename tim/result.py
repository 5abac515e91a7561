"""What a capability returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

OK, VIOLATIONS, FAILED = "ok", "violations", "failed"


@dataclass
class Result:
    """The outcome of one capability call: a Chinese line, the files written, and the keys the operation documents."""

    message: str
    outputs: list[str] = field(default_factory=list)
    status: str = OK
    data: dict[str, Any] = field(default_factory=dict)

    def as_dict(self, *, seconds: float, warnings: list[str]) -> dict[str, Any]:
        """The machine-readable object of the command line and of the protocol."""
        return {
            "status": self.status,
            "message": self.message,
            "outputs": self.outputs,
            "seconds": round(seconds, 3),
            "warnings": warnings,
            **self.data,
        }
