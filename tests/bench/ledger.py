"""How fast a ledger records and answers, and what is left of it after it was killed often.

``python -m tests.bench.ledger [--kills N]`` prints a table of times, and one of kills: how many of
them came in the middle of a transaction, and whether anything that was confirmed is missing.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import multiprocessing
import tempfile
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from routeplan.ledger import LedgerVillage, RecordedVisit, open_ledger
from routeplan.ledger.schema import VISIT
from routeplan.model.results import VisitResult
from tests.helpers.postgresql import running_server
from tests.ledger.campaign import MONDAY, new_ledger, record_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WORDS = "four words are enough"
TEAMS, DAYS, VISITS_A_DAY, VILLAGES = 20, 25, 10, 200
ONE_BY_ONE = 100
SEALED_KILLS = 10


def visits() -> list[RecordedVisit]:
    """Return the visits of a season of a large district."""
    return [
        RecordedVisit(
            VisitResult(
                f"team {team}",
                MONDAY + dt.timedelta(days=day),
                f"v{(team * VISITS_A_DAY + number + day) % VILLAGES}",
                *(20, 9, 1, 2, 8),
            )
        )
        for day in range(DAYS)
        for team in range(TEAMS)
        for number in range(VISITS_A_DAY)
    ]


@contextlib.contextmanager
def timed(label: str, each: int = 1) -> Iterator[None]:
    began = time.perf_counter()
    yield
    print(f"  {label:34} {(time.perf_counter() - began) / each * 1000:8.1f} ms", flush=True)


def measure(where: Path | str, folder: Path) -> None:
    with timed("make"):
        ledger = open_ledger(where, create=True)
    ledger.add_villages(LedgerVillage(f"v{n}", f"v{n}", 43, 79, 99, 99) for n in range(VILLAGES))
    season = visits()
    first, last = season[:-ONE_BY_ONE], season[-ONE_BY_ONE:]
    with timed(f"record {len(first)} visits at once"):
        ledger.record(first, source="bench")
    with timed("record one visit", ONE_BY_ONE):
        for visit in last:
            ledger.record([visit], source="bench")
    with timed("what remains"):
        ledger.remaining()
    with timed("all entries"):
        ledger.entries()
    with timed("back up"):
        ledger.backup(folder / f"{time.monotonic_ns()}.sqlite")
    ledger.close()
    with timed("open"):
        open_ledger(where).close()


def kill_often(where: Path | str, kills: int, words: str | None = None) -> None:
    """Kill a process that records, again and again; compare the ledger with what it confirmed."""
    processes: Any = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.ledger.campaign", "routeplan.ledger.ledger"])
    rng, confirmed, interrupted = Random(1), set[int](), 0
    new_ledger(where, passphrase=words).close()
    longest = 6 if words else 0.15
    for number in range(kills):
        receiver, sender = processes.Pipe(duplex=False)
        start = processes.Event()
        start.set()
        arguments = (where, f"p{number}", None, sender, start, words)
        process = processes.Process(target=record_on, args=arguments)
        process.start()
        sender.close()
        receiver.recv()
        process.join(rng.uniform(0, longest))
        process.kill()
        with contextlib.suppress(EOFError):
            while True:
                confirmed.update(receiver.recv())
        process.join()
        interrupted += Path(f"{where}-journal").exists()
        open_ledger(where, passphrase=words).close()
    with open_ledger(where, passphrase=words) as ledger, ledger._storage.reading() as rows:
        there = set(rows.scalars(sa.select(VISIT.c.id)))
    left = f"{interrupted} with a journal left; " if not words else ""
    lost = len(confirmed - there)
    print(
        f"  {kills} kills: {left}{len(confirmed)} rows confirmed, {lost} of them lost", flush=True
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    kills = parser.parse_args().kills
    with tempfile.TemporaryDirectory() as name, running_server() as server:
        folder = Path(name)
        places: dict[str, Callable[[], Path | str]] = {
            "SQLite": lambda: folder / f"{time.monotonic_ns()}.sqlite",
            "PostgreSQL": server.new_schema,
        }
        for database, place in places.items():
            print(database, flush=True)
            measure(place(), folder)
            kill_often(place(), kills)
        print("sealed", flush=True)
        kill_often(folder / "sealed.age", min(kills, SEALED_KILLS), WORDS)


if __name__ == "__main__":
    main()
