"""Orienteering with hotel selection: what the engines reach, and what they prove.

Run as ``python -m tests.bench.ophs``; reads ``../shared/bench/ophs``.
"""

from __future__ import annotations

import argparse

from tests.bench.instances import OPHS_UNITS, read_ophs, spread
from tests.bench.tables import add_arguments, compare


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trips", type=int, nargs="+", default=[2, 3], choices=[2, 3, 4, 6])
    parser.add_argument("--units", type=int, default=OPHS_UNITS, help="seconds in a unit of length")
    parser.add_argument("--limit", type=int, help="so many instances, spread over them all")
    add_arguments(parser, seconds=10.0)
    arguments = parser.parse_args()
    instances = [
        i for i in read_ophs(units=arguments.units) if len(i.problem.days) in arguments.trips
    ]
    compare(spread(instances, arguments.limit), arguments)


if __name__ == "__main__":
    main()
