"""Space codes and business codes: make, parse, validate, neighbours, covering cells."""

from __future__ import annotations

from tim.codes.business import BUSINESS_CODES, check_code
from tim.codes.cells import Cell, cell_of, cover, neighbours
from tim.codes.geosot import GEOSOT
from tim.codes.grid import Grid
from tim.codes.standards import BEIDOU, LOCATION
from tim.codes.verdict import Verdict

GRIDS: dict[str, Grid] = {"beidou": BEIDOU, "location": LOCATION}

__all__ = [
    "BEIDOU",
    "BUSINESS_CODES",
    "GEOSOT",
    "GRIDS",
    "LOCATION",
    "Cell",
    "Grid",
    "Verdict",
    "cell_of",
    "check_code",
    "cover",
    "neighbours",
]
