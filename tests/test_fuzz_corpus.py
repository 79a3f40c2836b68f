"""What the fuzzer of `tests.bench.fuzz` found to fail once, and that the fuzzer sees failures."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.bench.fuzz import running
from tests.bench.fuzz.cases import KINDS, write_seeds
from tests.bench.fuzz.mutations import mutate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CORPUS = Path(__file__).parent / "fuzz_corpus"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="children are forked there")


@pytest.fixture(scope="module")
def fresh() -> Iterator[ProcessPoolExecutor]:
    """Begin a process that has no threads: a copy of one that has them may wait for ever."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        process.submit(running.preload).result()
        yield process


@pytest.fixture(scope="module")
def seeds(fresh: ProcessPoolExecutor, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of sound files, which a child made: see `write_seeds`."""
    folder = tmp_path_factory.mktemp("seeds")
    assert fresh.submit(seeded, folder).result() == 0
    return folder


def seeded(folder: Path) -> int:
    return os.waitpid(running.in_child(lambda: write_seeds(folder)), 0)[1]


def judged(cases: list[running.Case], seeds: Path) -> list[running.Result]:
    left = iter(cases)
    return [result for _, result in running.run_all(lambda: next(left, None), seeds, 2)]


def kept() -> list[running.Case]:
    """Return the files that were kept, under ``kind/command-hash-name``."""
    found = []
    for path in sorted(CORPUS.glob("*/*-*-*")):
        command, _, name = path.name.split("-", 2)
        found.append(running.Case(path.parent.name, name, path.read_bytes(), int(command)))
    return found


def test_what_failed_once_is_refused_or_read(fresh: ProcessPoolExecutor, seeds: Path) -> None:
    cases = kept()
    assert cases
    found = fresh.submit(judged, cases, seeds).result()
    assert [result for result in found if result.what] == []


def test_sound_files_are_read(fresh: ProcessPoolExecutor, seeds: Path) -> None:
    cases = [
        running.Case(kind, known.files[0], (seeds / known.files[0]).read_bytes(), 0)
        for kind, known in KINDS.items()
    ]
    found = fresh.submit(judged, cases, seeds).result()
    assert {result.code for result in found} == {0}


FAILURES: dict[str, tuple[Callable[[], object], str]] = {
    "error": (lambda: int("a"), "traceback"),
    "much memory": (lambda: bytearray(5 << 30), "memory"),
    "killed": (lambda: os.kill(os.getpid(), signal.SIGKILL), "crash"),
    "half a file": (lambda: Path("new.json").write_text("{") and sys.exit(0), "half-written"),
    "a file of none": (lambda: Path("new.csv").write_text("a") and sys.exit(2), "half-written"),
    "much time": (lambda: time.sleep(60), "hang"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_the_fuzzer_sees_every_kind_of_failure(
    fresh: ProcessPoolExecutor, seeds: Path, failure: str
) -> None:
    found = fresh.submit(judged_failing, failure, seeds).result()
    assert [result.what for result in found] == [FAILURES[failure][1]]


def judged_failing(failure: str, seeds: Path) -> list[running.Result]:
    from routeplan.cli import audit  # noqa: PLC0415

    work, what = FAILURES[failure]
    case = running.Case("plan", "plan.json", (seeds / "plan.json").read_bytes(), 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit.audit, "callback", lambda **_: work() and 0)
        patch.setattr(running, "SECONDS", 1.0 if what == "hang" else 20.0)
        return judged([case], seeds)


def test_a_changed_file_is_the_same_for_the_same_seed(seeds: Path) -> None:
    for known in KINDS.values():
        for name in known.files:
            data, ending = (seeds / name).read_bytes(), name.rpartition(".")[2]
            if ending not in ("xlsx", "bundle", "gpkg"):  # packed with the time of the day
                one, other = (mutate(data, ending, random.Random(7)) for _ in range(2))
                assert one == other
