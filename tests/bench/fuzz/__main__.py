"""Change sound files of every kind a little, and see what routeplan makes of them.

Run as ``python -m tests.bench.fuzz --seconds 600 --seed 1``. Each case runs in a process of its
own, with 2 GiB of memory more than it begins with and 20 seconds. What ends in a traceback, a
crash, too much memory, a hang or a file half-written is made as small as it goes, and kept in
``tests/fuzz_corpus``, whose files `tests/test_fuzz_corpus.py` runs again.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.fuzz.cases import KINDS, write_seeds
from tests.bench.fuzz.mutations import mutate
from tests.bench.fuzz.running import Case, in_child, preload, run_all
from tests.bench.tables import cell, show

if TYPE_CHECKING:
    from tests.bench.fuzz.running import Result

CORPUS = Path(__file__).parents[2] / "fuzz_corpus"
FAULTS = ("traceback", "exit", "crash", "hang", "memory", "half-written")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=600, help="for all kinds together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", nargs="+", default=[*KINDS], choices=[*KINDS])
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--keep", type=Path, default=CORPUS, help="where failures are kept")
    asked = parser.parse_args()
    preload()
    failed = False
    with tempfile.TemporaryDirectory(prefix="seeds") as folder:
        seeds = Path(folder)
        if os.waitpid(in_child(lambda: write_seeds(seeds)), 0)[1]:
            raise SystemExit("the sound files cannot be made")
        heads = (cell(fault, max(len(fault) + 2, 8)) for fault in FAULTS)
        show(cell("kind", 10), cell("cases", 7), cell("refused", 8), *heads)
        for kind in asked.kind:
            failed |= _fuzz(kind, asked, seeds, asked.seconds / len(asked.kind))
    raise SystemExit(1 if failed else 0)


def _fuzz(kind: str, asked: argparse.Namespace, seeds: Path, seconds: float) -> bool:
    _check_sound(kind, seeds, asked.jobs)
    rng = random.Random(f"{asked.seed} {kind}")
    end = time.monotonic() + seconds

    def todo() -> Case | None:
        return None if time.monotonic() > end else _drawn(kind, seeds, rng)

    results = run_all(todo, seeds, asked.jobs)
    counts = Counter(result.what for _, result in results)
    refused = sum(not result.what and result.code != 0 for _, result in results)
    show(
        *(cell(kind, 10), cell(len(results), 7), cell(refused, 8)),
        *(cell(counts[fault], max(len(fault) + 2, 8)) for fault in FAULTS),
    )
    found: dict[tuple[str, str], Case] = {}
    for case, result in results:
        if result.what:
            key = result.what, result.detail
            if key not in found or len(case.data) < len(found[key].data):
                found[key] = case
    for (what, detail), case in found.items():
        small = _minimised(case, what, detail, seeds, asked.jobs)
        path = asked.keep / kind / f"{small.command}-{hashlib.sha256(small.data).hexdigest()[:10]}"
        path = path.with_name(f"{path.name}-{small.name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(small.data)
        show(f"  {what}: {detail}\n    {path.relative_to(asked.keep)}")
    return bool(found)


def _check_sound(kind: str, seeds: Path, jobs: int) -> None:
    """End the run where a sound file is refused: its changed copies would show nothing."""
    known = KINDS[kind]
    numbers = range(len(known.commands))
    sound = iter(
        [Case(kind, name, (seeds / name).read_bytes(), n) for name in known.files for n in numbers]
    )
    for case, result in run_all(lambda: next(sound, None), seeds, jobs):
        if result.what or result.code != 0:
            raise SystemExit(f"{case.name} is sound, and command {case.command} says {result}")


def _drawn(kind: str, seeds: Path, rng: random.Random) -> Case:
    known = KINDS[kind]
    name = rng.choice(known.files)
    data = (seeds / name).read_bytes()
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        data = mutate(data, name.rpartition(".")[2], rng)
    return Case(kind, name, data, rng.randrange(len(known.commands)))


def _minimised(case: Case, what: str, detail: str, seeds: Path, jobs: int) -> Case:
    """Take out what is not needed for the same failure, in ever smaller pieces."""
    if what == "hang" or case.name.endswith((".xlsx", ".bundle", ".age", ".pbf", ".gpkg")):
        return case
    end = time.monotonic() + 8
    size = len(case.data) // 2
    while size and time.monotonic() < end:
        pieces = [
            case._replace(data=case.data[:at] + case.data[at + size :])
            for at in range(0, len(case.data), size)
        ]
        kept = _first_like(pieces, what, detail, seeds, jobs, end)
        if kept is None:
            size //= 2
        else:
            case = kept
            size = min(size, len(case.data))
    return case


def _first_like(
    pieces: list[Case], what: str, detail: str, seeds: Path, jobs: int, end: float
) -> Case | None:
    waiting = iter(pieces)
    found: list[Case] = []

    def alike(result: Result) -> bool:
        return (result.what, result.detail) == (what, detail)

    while time.monotonic() < end and not found:
        batch = [case for _, case in zip(range(jobs), waiting, strict=False)]
        if not batch:
            break
        left = iter(batch)
        results = run_all(lambda: next(left, None), seeds, jobs)  # noqa: B023  # it runs at once
        found = [case for case, result in results if alike(result)]
    return found[0] if found else None


if __name__ == "__main__":
    main()
