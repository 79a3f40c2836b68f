"""Team orienteering: what the engines reach on Chao's instances, beside the best known.

Run as ``python -m tests.bench.top``; reads ``../shared/bench/top_chao``.
"""

from __future__ import annotations

import argparse

from tests.bench.instances import read_top, spread
from tests.bench.tables import add_arguments, compare


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, nargs="+", default=[4, 7])
    parser.add_argument("--limit", type=int, help="so many instances, spread over them all")
    add_arguments(parser, seconds=10.0)
    arguments = parser.parse_args()
    starts = tuple(f"p{number}." for number in arguments.sets)
    # Where nothing can be reached, teams may not even get to their end: there is no plan.
    instances = [i for i in read_top() if i.name.startswith(starts) and i.best]
    compare(spread(instances, arguments.limit), arguments)


if __name__ == "__main__":
    main()
