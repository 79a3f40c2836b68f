"""What is kept for the next run: found again, never half-written, never taken for another."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import random
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from routeplan.analysis import Variant
from routeplan.errors import RoadError
from routeplan.files import cache_folder, store
from routeplan.roads import buffer_around, read_speeds
from routeplan.workflow import inputs as cached
from routeplan.workflow.inputs import load_roads, load_times
from tests.helpers.roads import VILLAGES, District, toy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from routeplan.roads import RoadGraph
    from routeplan.workflow.inputs import CachedRoads

TABLE = read_speeds()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ROUTEPLAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return toy().write(tmp_path / "district.osm")


def entries(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.cache"))


def same(one: RoadGraph, other: RoadGraph) -> bool:
    pairs = [
        (getattr(one, field.name), getattr(other, field.name)) for field in dataclasses.fields(one)
    ]
    return all(
        np.array_equal(first, second) and first.dtype == second.dtype
        if isinstance(first, np.ndarray)
        else first == second and type(first) is type(second)
        for first, second in pairs
    )


def refuse(*_: object) -> Any:
    raise AssertionError("was worked out again")


def test_the_second_run_reads_no_roads_and_has_the_same_ones(
    file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load_roads(file, TABLE)
    times = load_times(first, "car", VILLAGES, 2000.0)
    assert [path.parent.name for path in entries(folder)] == ["roads", "times"]
    for name in ("read_roads", "build_graph", "snap", "travel_times"):
        monkeypatch.setattr(cached, name, refuse)
    second = load_roads(file, TABLE)
    assert same(first.graph, second.graph)
    assert (first.places, first.key) == (second.places, second.key)
    assert load_times(second, "car", VILLAGES, 2000.0) == times


def test_whatever_changes_makes_another_entry(file: Path, tmp_path: Path) -> None:
    plain = load_roads(file, TABLE)
    other = dataclasses.replace(TABLE, off_road_kmh=(5.0, 5.0))
    region = buffer_around([(43.0, 77.0)], 5000)
    wider = dataclasses.replace(region, margin_metres=26_000.0)
    district = toy()
    district.node(900, 1, 1)
    changed = district.write(tmp_path / "changed.osm")
    runs = [
        plain,
        load_roads(file, other),
        load_roads(file, TABLE, region),
        load_roads(file, TABLE, wider),
        load_roads(changed, TABLE),
    ]
    assert len({run.key for run in runs}) == len(runs)


def test_a_file_that_was_only_moved_is_known_again(file: Path, tmp_path: Path) -> None:
    first = load_roads(file, TABLE)
    assert load_roads(file.rename(tmp_path / "moved.osm"), TABLE).key == first.key


def test_a_key_is_the_same_in_every_process() -> None:
    code = (
        "from routeplan.files.store import key_of; from routeplan.roads import read_speeds; "
        "print(key_of(read_speeds(), 1.5, None))"
    )
    found = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == store.key_of(TABLE, 1.5, None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((1, 2), (12,)),
        (("a", "b"), ("ab",)),
        (((1,), 2), ((1, 2),)),
        ((1,), (True,)),
        ((1,), (1.0,)),
        ((None,), ("None",)),
        ((Variant(crews=1),), (Variant(days=1),)),
        ((Variant(nights=None),), (Variant(),)),
        (({"a": 1},), ({"a": 2},)),
        ((np.arange(3),), (np.arange(3.0),)),
    ],
)
def test_different_values_have_different_keys(
    one: tuple[object, ...], other: tuple[object, ...]
) -> None:
    assert store.key_of(*one) != store.key_of(*other)


def test_the_order_of_a_mapping_or_a_set_does_not_matter() -> None:
    assert store.key_of({"a": 1, "b": 2}) == store.key_of({"b": 2, "a": 1})
    assert store.key_of(frozenset("abc")) == store.key_of(frozenset("cab"))


def test_what_does_not_say_all_of_itself_can_be_no_part_of_a_key() -> None:
    with pytest.raises(TypeError, match="a object can be no part of a key"):
        store.key_of(object())


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1],
        lambda _: b"",
        lambda data: data[:500] + bytes([data[500] ^ 1]) + data[501:],
        lambda data: b"routeplan cache 0\n" + data[18:],
    ],
    ids=["half", "one byte short", "empty", "one bit", "another version"],
)
def test_a_damaged_entry_is_made_again(
    file: Path, folder: Path, damage: Callable[[bytes], bytes]
) -> None:
    first = load_roads(file, TABLE)
    (path,) = entries(folder)
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert same(load_roads(file, TABLE).graph, first.graph)
    assert path.read_bytes() == whole


def test_a_folder_that_cannot_be_written_is_done_without(
    file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write_text("no folder", encoding="utf-8")
    first = load_roads(file, TABLE)
    assert folder.read_text(encoding="utf-8") == "no folder"
    monkeypatch.setenv("ROUTEPLAN_CACHE", str(folder.with_name("other")))
    assert same(load_roads(file, TABLE).graph, first.graph)


def test_a_missing_file_is_told_as_without_a_cache(tmp_path: Path) -> None:
    with pytest.raises(RoadError, match="does not exist"):
        load_roads(tmp_path / "none.osm", TABLE)


def test_the_folder_is_the_users_unless_one_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache_folder() == folder
    monkeypatch.delenv("ROUTEPLAN_CACHE")
    assert cache_folder().name.lower() in ("routeplan", "cache")
    assert "routeplan" in str(cache_folder()).lower()


def test_names_of_villages_are_in_no_entry(file: Path, folder: Path) -> None:
    load_times(load_roads(file, TABLE), "car", VILLAGES, 2000.0)
    (path,) = folder.glob("times/*.cache")
    text = path.read_bytes()
    assert not [village for village in VILLAGES if village.name.encode() in text]


def test_the_oldest_entries_go_where_there_are_too_many(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "LARGEST_BYTES", 26_000)
    for number in range(4):
        store.save("roads", f"{number}", {"a": np.zeros(1000)})
        os.utime(folder / "roads" / f"{number}.cache", (number + 1, number + 1))
        # Use makes an entry young again.
        assert store.load("roads", "0") is not None
    left = {path.stem for path in entries(folder)}
    assert left == {"0", "2", "3"}


def test_what_killed_runs_left_is_taken_away_later(folder: Path) -> None:
    (folder / "roads").mkdir(parents=True)
    old, young = (folder / "roads" / f".routeplan-{name}" for name in ("old", "young"))
    for path in (old, young):
        path.write_bytes(b"half")
    hours_ago = time.time() - 7200
    os.utime(old, (hours_ago, hours_ago))
    store.save("roads", "key", {"a": np.zeros(3)})
    assert (old.exists(), young.exists()) == (False, True)


def grid(folder: Path) -> Path:
    """Write a town large enough for reading and writing it to take a moment."""
    district, side = District(), 30
    for number in range(side * side):
        tags = {"place": "village"} if number % 97 == 0 else {}
        district.node(number + 1, 100 * (number % side), 100 * (number // side), **tags)
    for row in range(side):
        line = range(row * side + 1, (row + 1) * side + 1)
        district.way(list(line), highway="residential")
        district.way(list(range(row + 1, side * side + 1, side)), highway="track")
    return district.write(folder / "town.osm.pbf")


def work(file: Path, folder: Path) -> None:
    """Read roads and work out times, from the start and over again, until killed."""
    os.environ["ROUTEPLAN_CACHE"] = str(folder)
    while True:
        _asked(file)
        for path in entries(folder):
            path.unlink()


def _asked(file: Path) -> tuple[CachedRoads, Any]:
    roads = load_roads(file, TABLE)
    return roads, load_times(roads, "car", VILLAGES, 2000.0)


@pytest.mark.skipif(sys.platform == "win32", reason="needs processes that are forked")
def test_killed_twenty_times_at_random_moments_the_next_run_works(
    tmp_path: Path, folder: Path
) -> None:
    file = grid(tmp_path)
    before = time.perf_counter()
    expected, expected_times = _asked(file)
    seconds = time.perf_counter() - before
    context = multiprocessing.get_context("forkserver")
    # Libraries are loaded once, and not by each of the twenty.
    context.set_forkserver_preload(["tests.workflow.test_cache"])
    random_moment = random.Random(1)
    met = set()
    for _ in range(20):
        process = context.Process(target=work, args=(file, folder), daemon=True)
        process.start()
        time.sleep(random_moment.uniform(0, 2 * seconds))
        process.kill()
        process.join()
        left = entries(folder)
        met.add(len(left))
        # What stands there is whole, each entry of it.
        assert all(store.load(path.parent.name, path.stem) is not None for path in left)
        roads, times = _asked(file)
        assert same(roads.graph, expected.graph)
        assert times == expected_times
        for path in folder.glob("*/*.cache"):
            path.unlink()
    assert len(met) > 1, "all were killed at one and the same stage"
