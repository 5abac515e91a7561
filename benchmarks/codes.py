"""Codes a minute, made for arrays of points over China.

`python -m benchmarks.codes [--points 1000000]`
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from tim.codes import BEIDOU, GEOSOT, LOCATION


def main() -> None:
    """Print millions of codes a minute of processor time, at the finest level."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=1_000_000)
    count = parser.parse_args().points
    random = np.random.default_rng(1)
    lon, lat, height = random.uniform(73, 135, count), random.uniform(18, 53, count), random.uniform(0, 500, count)
    for grid, deepest in ((BEIDOU, 10), (LOCATION, 16), (GEOSOT, 32)):
        for label, heights in (("plane", None), ("with height", height)):
            started = time.process_time()
            grid.encode(lon, lat, deepest, heights)
            rate = count * 60 / (time.process_time() - started) / 1e6
            print(f"{grid.title}, {label}: {rate:,.0f} million codes a minute")


if __name__ == "__main__":
    main()
