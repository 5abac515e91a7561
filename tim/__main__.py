"""`python -m tim` is the command `tim`."""

from __future__ import annotations

import sys

from tim.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
