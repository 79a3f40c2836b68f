"""What the fuzzer of `tests.bench.fuzz` found to fail once, and that the fuzzer sees failures."""

from __future__ import annotations

import os
import random
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.bench.fuzz import running
from tests.bench.fuzz.cases import KINDS, write_seeds
from tests.bench.fuzz.mutations import mutate

if TYPE_CHECKING:
    from collections.abc import Callable

CORPUS = Path(__file__).parent / "fuzz_corpus"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="children are forked there")


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of sound files, which a child made: see `write_seeds`."""
    folder = tmp_path_factory.mktemp("seeds")
    running.preload()
    assert os.waitpid(running.in_child(lambda: write_seeds(folder)), 0)[1] == 0
    return folder


def judged(cases: list[running.Case], seeds: Path) -> list[running.Verdict]:
    left = iter(cases)
    return [verdict for _, verdict in running.run_all(lambda: next(left, None), seeds, 2)]


def kept() -> list[running.Case]:
    """Return the files that were kept, under ``kind/command-hash-name``."""
    found = []
    for path in sorted(CORPUS.glob("*/*-*-*")):
        command, _, name = path.name.split("-", 2)
        found.append(running.Case(path.parent.name, name, path.read_bytes(), int(command)))
    return found


def test_what_failed_once_is_refused_or_read(seeds: Path) -> None:
    cases = kept()
    assert cases
    assert [verdict for verdict in judged(cases, seeds) if verdict.what] == []


def test_sound_files_are_read(seeds: Path) -> None:
    cases = [
        running.Case(kind, known.files[0], (seeds / known.files[0]).read_bytes(), 0)
        for kind, known in KINDS.items()
    ]
    assert {verdict.code for verdict in judged(cases, seeds)} == {0}


@pytest.mark.parametrize(
    ("work", "what"),
    [
        (lambda: int("a"), "traceback"),
        (lambda: bytearray(5 << 30), "memory"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "crash"),
        (lambda: Path("new.json").write_text("{") and sys.exit(0), "half-written"),
        (lambda: Path("new.csv").write_text("a") and sys.exit(2), "half-written"),
        (lambda: __import__("time").sleep(60), "hang"),
    ],
)
def test_the_fuzzer_sees_every_kind_of_failure(
    work: Callable[[], object], what: str, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from routeplan.cli import commands  # noqa: PLC0415

    def fail(_: object) -> int:
        work()
        return 0

    monkeypatch.setitem(commands.COMMANDS, "audit", fail)
    monkeypatch.setattr(running, "SECONDS", 1.0 if what == "hang" else 20.0)
    case = running.Case("plan", "plan.json", (seeds / "plan.json").read_bytes(), 0)
    assert [verdict.what for verdict in judged([case], seeds)] == [what]


def test_a_changed_file_is_the_same_for_the_same_seed(seeds: Path) -> None:
    for known in KINDS.values():
        for name in known.files:
            data, ending = (seeds / name).read_bytes(), name.rpartition(".")[2]
            if ending not in ("xlsx", "bundle", "gpkg"):  # packed with the time of the day
                one, other = (mutate(data, ending, random.Random(7)) for _ in range(2))
                assert one == other
