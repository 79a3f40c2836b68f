"""Handouts, packs, doctor and wipe on the command line: what they leave, and what they refuse."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import routeplan as rp
from routeplan import packs
from routeplan.cli import doctor, pack_open
from routeplan.files import INDEX
from routeplan.workflow import wiping
from routeplan.workflow.outputs import Cache
from tests.cli.test_cli import Shell, files_in
from tests.handouts.test_team_days import DEMO, texts_of, traces_of
from tests.helpers.campaign import Undertaking
from tests.helpers.processor import busy_at_most

if TYPE_CHECKING:
    from collections.abc import Callable

BEFORE = dt.datetime(2027, 5, 1, 9, tzinfo=dt.UTC)
WORDS = "four words are enough"
HOLDS = {
    *("manifest.json", "day.json", "day_sheet.pdf", "map.html", "tally_sheets.pdf"),
    *("track.gpx", "track.kml"),
}

needs_age = pytest.mark.skipif(shutil.which("age") is None, reason="the tool age is not installed")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a scenario, and a problem and a plan for it in `out`."""
    folder = tmp_path_factory.mktemp("made")
    rp.run(Undertaking().write(folder), folder / "out", rp.Options(iterations=2))
    return folder


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pack_open, "this_moment", lambda: BEFORE)
    return Shell(tmp_path, capsys)


@pytest.fixture
def key(shell: Shell) -> str:
    """Return the public half of a key, whose secret half is in `key.txt`."""
    recipient: str = shell("pack", "keygen", "-o", "key.txt", "--json").json["recipient"]
    return recipient


@pytest.fixture
def seal(shell: Shell, made: Path, key: str) -> Callable[..., Path]:
    """Return what seals the first day of crew A to the key, asked for more."""

    def sealed(*more: object) -> Path:
        both = made / "scenario.toml", made / "out" / "plan.json"
        answer = shell("pack", *both, "--crew", "A", "--day", "1", "--recipient", key, *more)
        assert answer.code == 0, answer.err
        return shell.folder / "A_day1.age"

    return sealed


# ---- Packs ----


def test_a_pack_opens_with_its_key_into_a_folder_of_its_own(
    shell: Shell, seal: Callable[..., Path]
) -> None:
    pack = seal()
    answer = shell("pack", "open", pack, "--identity", "key.txt", "--json")
    assert answer.code == 0, answer.err
    assert set(answer.json["holds"]) == HOLDS
    assert (answer.json["crew"], answer.json["date"]) == ("A", "2027-05-03")
    assert {path.name for path in (shell.folder / "A_day1").iterdir()} == HOLDS | {INDEX}
    people = shell("pack", "open", pack, "--identity", "key.txt", "-o", "there")
    assert "crew A, Mon 03 May 2027" in people.out
    assert "expires after 2027-05-04: advice" in people.out
    assert {path.name for path in (shell.folder / "there").iterdir()} == HOLDS | {INDEX}


@needs_age
def test_a_pack_opens_with_the_tool_age(shell: Shell, seal: Callable[..., Path]) -> None:
    pack = seal()
    opened = subprocess.run(  # noqa: S603
        ["age", "--decrypt", "-i", "key.txt", str(pack)],  # noqa: S607
        cwd=shell.folder,
        capture_output=True,
        check=True,
    )
    with zipfile.ZipFile(io.BytesIO(opened.stdout)) as archive:
        assert set(archive.namelist()) == HOLDS
        assert json.loads(archive.read("day.json"))["crew"] == "A"


def test_options_may_stand_before_the_files_and_the_scenario_may_be_left_out(
    shell: Shell, made: Path, key: str
) -> None:
    asked = ["--crew", "A", "--day", "2027-05-04", "--recipient", key, "-o", "p.age"]
    for files in ([made / "scenario.toml", made / "out" / "plan.json"], [made / "out/plan.json"]):
        answer = shell("pack", *asked, *files)
        assert answer.code == 0, answer.err
        assert "Tue 04 May 2027" in answer.out
    answer = shell("pack", *asked, "a", "b", "c")
    assert (answer.code, "expected PLAN, or SCENARIO and PLAN" in answer.err) == (2, True)


def test_a_passphrase_locks_and_opens_and_a_wrong_one_says_so(shell: Shell, made: Path) -> None:
    (shell.folder / "words.txt").write_text(f"{WORDS}\r\nnot this\n", encoding="utf-8")
    (shell.folder / "wrong.txt").write_text("four wrong words\n", encoding="utf-8")
    asked = ["--crew", "A", "--day", "1", "--passphrase-file", "words.txt", "-o", "p.age"]
    assert shell("pack", made / "out" / "plan.json", *asked).code == 0
    (fault,) = shell.refuses(2, "pack", "open", "p.age", "--passphrase-file", "wrong.txt")
    assert fault.startswith("p.age: wrong passphrase")
    assert shell("pack", "open", "p.age", "--passphrase-file", "words.txt").code == 0


def test_a_passphrase_is_typed_twice_and_never_shown(
    shell: Shell, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = iter([WORDS, "four other words", "short"])
    monkeypatch.setattr("getpass.getpass", lambda _: next(typed))
    asked = ["pack", made / "out" / "plan.json", "--crew", "A", "--day", "1", "--passphrase"]
    assert shell.refuses(2, *asked) == ["passphrase: the two are not the same; type it anew"]
    (fault,) = shell.refuses(2, *asked)
    assert "fewer than 12 letters" in fault
    assert "short" not in fault


def test_a_passphrase_may_come_through_a_pipe(
    shell: Shell, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []

    def sealed(data: bytes, passphrase: str) -> bytes:
        heard.append(passphrase)
        return data

    monkeypatch.setattr(packs, "seal_with_passphrase", sealed)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{WORDS}\n"))
    asked = ["--crew", "A", "--day", "1", "--passphrase-file", "-"]
    assert shell("pack", made / "out" / "plan.json", *asked).code == 0
    assert heard == [WORDS]


def test_without_a_terminal_nobody_is_asked_for_a_passphrase(
    shell: Shell, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_terminal(_: str) -> str:
        raise EOFError

    monkeypatch.setattr("getpass.getpass", no_terminal)
    (fault,) = shell.refuses(
        *(2, "pack", made / "out" / "plan.json", "--crew", "A", "--day", "1", "--passphrase")
    )
    assert "there is no terminal to ask for it; give it with --passphrase-file" in fault


def test_no_option_takes_a_passphrase_from_the_command_line(shell: Shell, made: Path) -> None:
    plan = made / "out" / "plan.json"
    answer = shell("pack", plan, "--crew", "A", "--day", "1", f"--passphrase={WORDS}")
    assert answer.code == 2
    assert "option '--passphrase' does not take a value" in answer.err


@pytest.mark.parametrize(
    "more",
    [[], ["--passphrase", "--recipient", "age1x"], ["--passphrase", "--passphrase-file", "x"]],
)
def test_a_pack_has_one_lock(shell: Shell, made: Path, more: list[str]) -> None:
    plan = made / "out" / "plan.json"
    (fault,) = shell.refuses(2, "pack", plan, "--crew", "A", "--day", "1", *more)
    assert "give one of --recipient, --passphrase, --passphrase-file" in fault


@pytest.mark.parametrize("change", ["cut", "altered", "other"])
def test_of_a_cut_or_altered_pack_nothing_is_written(
    shell: Shell, seal: Callable[..., Path], change: str
) -> None:
    pack = seal()
    data = bytearray(pack.read_bytes())
    data[-1] ^= 1
    changed = {"cut": bytes(data[:-9]), "altered": bytes(data), "other": b"%PDF-1.4"}
    pack.write_bytes(changed[change])
    (fault,) = shell.refuses(2, "pack", "open", pack, "--identity", "key.txt")
    assert fault.startswith("A_day1.age: is ")


def test_a_pack_is_not_opened_after_it_expired_and_the_message_says_that_this_is_advice(
    shell: Shell, seal: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = seal("--expires", "2027-05-10")
    for day, code in ((10, 0), (11, 2)):
        monkeypatch.setattr(
            pack_open, "this_moment", lambda day=day: dt.datetime(2027, 5, day, tzinfo=dt.UTC)
        )
        assert shell("pack", "open", pack, "--identity", "key.txt").code == code
    (fault,) = shell.refuses(2, "pack", "open", pack, "--identity", "key.txt")
    assert "its last day was 2027-05-10, and today is 2027-05-11" in fault
    assert "advice" in fault


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2027-05-02", "2027-05-02 lies before the day itself, 2027-05-03"),
        ("soon", "'soon' is no date; write it as 2027-05-05"),
    ],
)
def test_a_pack_that_nobody_could_open_is_not_made(
    shell: Shell, made: Path, key: str, date: str, expected: str
) -> None:
    plan = made / "out" / "plan.json"
    asked = ["--crew", "A", "--day", "1", "--recipient", key, "--expires", date]
    (fault,) = shell.refuses(2, "pack", plan, *asked)
    assert expected in fault


def test_a_pack_of_days_gone_by_is_not_made(
    shell: Shell, made: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = dt.datetime(2027, 5, 20, tzinfo=dt.UTC)
    monkeypatch.setattr(pack_open, "this_moment", lambda: later)
    asked = ["--crew", "A", "--day", "1", "--recipient", key]
    (fault,) = shell.refuses(2, "pack", made / "out" / "plan.json", *asked)
    assert "nobody could open it: 2027-05-04 is over" in fault


@pytest.mark.parametrize(
    ("crew", "day", "expected"),
    [
        ("a", "1", "no crew has the id 'a'; known are 'A'"),
        ("A", "soon", "'soon' is no day; the days are 1 to 2, or 2027-05-03 to 2027-05-04"),
        ("A", "3", "there is no day 3; the days are 1 to 2"),
    ],
)
def test_a_crew_or_day_that_there_is_not_is_named(
    shell: Shell, made: Path, key: str, crew: str, day: str, expected: str
) -> None:
    asked = ["--crew", crew, "--day", day, "--recipient", key]
    assert expected in shell.refuses(2, "pack", made / "out" / "plan.json", *asked)[0]


def test_codes_are_the_same_in_every_pack_and_their_key_stays_outside(
    shell: Shell, seal: Callable[..., Path], made: Path
) -> None:
    seal("--codes", "codes.json")
    keys = (shell.folder / "codes.json").read_bytes()
    seal("--codes", "codes.json")
    assert (shell.folder / "codes.json").read_bytes() == keys
    code = {row["place"]: row["code"] for row in json.loads(keys)["codes"]}
    shell("pack", "open", "A_day1.age", "--identity", "key.txt")
    opened = files_in(shell.folder / "A_day1")
    day = json.loads(opened["day.json"])
    plan = rp.plan_from_json((made / "out" / "plan.json").read_bytes())
    (tour,) = (tour for tour in plan.tours if (tour.team, tour.day) == ("A", 0))
    assert [stop["name"] for stop in day["stops"]] == [code[stop.place] for stop in tour.stops]
    assert day["from"]["name"] == code[tour.start]


@pytest.mark.skipif(sys.platform == "win32", reason="owners are others there")
def test_keys_codes_and_packs_are_for_their_owner_alone(
    shell: Shell, seal: Callable[..., Path]
) -> None:
    seal("--codes", "codes.json")
    shell("pack", "open", "A_day1.age", "--identity", "key.txt")
    for path in (path for path in shell.folder.rglob("*") if path.is_file()):
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_key_is_not_written_over(shell: Shell, key: str) -> None:
    assert key.startswith("age1")
    (fault,) = shell.refuses(2, "pack", "keygen", "-o", "key.txt")
    assert "key.txt: is there already" in fault


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a plan for the demo: two crews, five days."""
    folder = tmp_path_factory.mktemp("demo")
    rp.run(DEMO, folder, rp.Options(iterations=2, bound=False))
    return folder


@needs_age
def test_what_the_tool_age_finds_in_a_pack_of_the_demo_tells_of_no_other_village(
    shell: Shell, demo: Path, key: str
) -> None:
    problem = rp.problem_from_json((demo / "problem.json").read_bytes())
    plan = rp.plan_from_json((demo / "plan.json").read_bytes())
    tour = next(tour for tour in plan.tours_of("B") if tour.stops)
    asked = ["--crew", "B", "--day", str(tour.day + 1), "--recipient", key, "-o", "b.age"]
    assert shell("pack", DEMO, demo / "plan.json", *asked).code == 0
    opened = subprocess.run(
        ["age", "--decrypt", "-i", "key.txt", "b.age"],  # noqa: S607
        cwd=shell.folder,
        capture_output=True,
        check=True,
    )
    with zipfile.ZipFile(io.BytesIO(opened.stdout)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    text = "\n".join(texts_of(files))
    own = {tour.start, tour.end, *(stop.place for stop in tour.stops)}
    for place in problem.places:
        assert (place.name in text) if place.id in own else (traces_of(place, text) == []), place


# ---- All handouts ----


def test_the_handouts_of_the_demo_take_less_than_half_a_minute(shell: Shell, demo: Path) -> None:
    with busy_at_most(30):
        answer = shell("handouts", DEMO, demo / "plan.json", "-o", "all", "--json")
    # A map, a day sheet, tally sheets and two files for phones, for each crew and day.
    out = [name for name in answer.json["files"] if name.count("/") == 2]
    assert len({name.rpartition("/")[0] for name in out}) * 5 == len(out) == 50


def test_all_handouts_stand_in_folders_by_crew_and_day(shell: Shell, made: Path) -> None:
    answer = shell("handouts", made / "scenario.toml", made / "out" / "plan.json", "-o", "all")
    assert answer.code == 0, answer.err
    found = set(files_in(shell.folder / "all"))
    assert {"map.html", "plan.xlsx", "plan.gpkg", "handouts.json", "stops.csv"} <= found
    own = {f"A/2027-05-03/A-2027-05-03{end}" for end in (".html", ".pdf", "_tally.pdf", ".gpx")}
    assert own <= found
    assert any(name.startswith("check-in") for name in found)
    assert "all/A/2027-05-03" in answer.out.replace("\\", "/")
    for step in ("drawing maps", "drawing sheets", "writing layers"):
        assert step in answer.err


def test_one_kind_of_handouts_is_made_by_itself(shell: Shell, made: Path) -> None:
    plan = made / "out" / "plan.json"
    answer = shell("handouts", plan, "-o", "all", "--only", "phone", "--json", "-q")
    assert (answer.code, answer.err) == (0, "")
    assert {Path(name).suffix for name in answer.json["files"]} == {".gpx", ".kml"}


def test_handouts_say_what_is_missing_or_does_not_belong(
    shell: Shell, made: Path, tmp_path: Path
) -> None:
    shutil.copy(made / "out" / "plan.json", tmp_path / "plan.json")
    (fault,) = shell.refuses(2, "handouts", "plan.json")
    assert "problem.json: is not there" in fault
    assert "give the scenario, or the problem, before the plan" in fault
    problem = json.loads((made / "out" / "problem.json").read_bytes())
    (tmp_path / "problem.json").write_text(json.dumps({**problem, "name": "other"}))
    (fault,) = shell.refuses(2, "handouts", "plan.json")
    assert "was not made for the problem in problem.json" in fault


def test_a_workbook_that_was_edited_is_not_written_over(shell: Shell, made: Path) -> None:
    asked = ["handouts", made / "out" / "plan.json", "-o", "all", "--only", "workbook"]
    assert shell(*asked).code == 0
    (shell.folder / "all" / "plan.xlsx").write_bytes(b"edited")
    (fault,) = shell.refuses(2, *asked)
    assert "plan.xlsx: was changed since it was made, and would be lost" in fault


# ---- Stores ----


@pytest.fixture
def caches(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the only cache that is known, with one file in it."""
    folder = shell.folder / "cache"
    folder.mkdir()
    (folder / "roads.npz").write_bytes(b"12345")

    def find_caches() -> tuple[Cache, ...]:
        return (Cache("roads", "roads", folder, tuple(folder.iterdir())),)

    for module in (doctor, wiping):
        monkeypatch.setattr(module, "find_caches", find_caches)
    return folder


def test_the_doctor_tells_what_is_stored_and_what_could_leave(
    shell: Shell, caches: Path, made: Path
) -> None:
    assert shell("handouts", made / "out" / "plan.json", "--only", "map", "-q").code == 0
    reported = shell("doctor", "--json").json
    assert reported["routeplan"] == rp.__version__
    assert reported["languages"] == ["en", "kk", "ru"]
    assert reported["outputs"]["files"] > 1
    (store,) = reported["stores"]
    assert (store["folder"], store["files"], store["bytes"]) == (str(caches), 1, 5)
    people = shell("doctor").out
    assert "nothing leaves this machine, unless 'routeplan fetch' is run" in people
    assert "solid-state disk" in people
    assert str(caches) in people


def test_a_dry_run_lists_what_would_go_and_removes_nothing(shell: Shell, caches: Path) -> None:
    before = files_in(shell.folder)
    answer = shell("wipe", "--dry-run")
    assert str(caches / "roads.npz") in answer.out
    assert "1 files, none removed" in answer.out
    assert files_in(shell.folder) == before
    assert shell("wipe", "--dry-run", "--json").json["removed"] is False


def test_wiping_a_folder_removes_what_was_made_there_and_caches_only_where_they_are_named(
    shell: Shell, caches: Path, made: Path
) -> None:
    shell("handouts", made / "out" / "plan.json", "-o", "all", "--only", "map", "-q")
    (shell.folder / "all" / "notes.txt").write_text("mine", encoding="utf-8")
    notes = str(Path("all") / "notes.txt")
    answer = shell("wipe", "all", "--yes")
    assert "files removed" in answer.out
    assert f"kept: {notes} (not made by routeplan)" in answer.out
    assert "cannot make unreadable" in answer.out
    assert set(files_in(shell.folder)) == {notes, str(Path("cache") / "roads.npz")}
    answer = shell("wipe", "all", "--caches", "--yes", "--json")
    assert answer.json["paths"] == [str(caches / "roads.npz")]
    assert set(files_in(shell.folder)) == {notes}


def test_a_cache_below_the_folder_is_left_and_named_unless_it_is_asked_for(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, made: Path
) -> None:
    cache = shell.folder / "all" / "cache"
    monkeypatch.setenv("ROUTEPLAN_CACHE", str(cache))
    assert shell("run", made / "scenario.toml", "-o", "all/out", "--iterations", "1").code == 0
    entries = files_in(cache)
    assert entries
    answer = shell("wipe", "all", "--yes")
    assert files_in(cache) == entries
    assert not Path("all", "out").exists()
    assert answer.out.count("in the cache, which --caches empties") == len(entries)
    # Who names the cache itself means it.
    assert shell("wipe", cache, "--yes").code == 0
    assert not cache.exists()


def test_a_pack_from_elsewhere_and_what_lies_beside_the_folder_are_left(
    shell: Shell, caches: Path, made: Path
) -> None:
    for folder in ("all", "all2"):
        shell("handouts", made / "out" / "plan.json", "-o", folder, "--only", "map", "-q")
    Path("all", "given.age").write_bytes(b"age-encryption.org/v1\nx")
    beside = files_in(shell.folder / "all2")
    answer = shell("wipe", "all", "--yes")
    pack = Path("all", "given.age")
    assert f"kept: {pack} (a sealed pack by its name, not made here)" in answer.out
    assert [path.name for path in Path("all").iterdir()] == ["given.age"]
    assert files_in(shell.folder / "all2") == beside
    assert caches.exists()


def test_what_was_changed_since_it_was_made_is_named_and_kept_unless_asked_for(
    shell: Shell, caches: Path, made: Path
) -> None:
    write = ("workbook", "write", made / "scenario.toml", made / "out" / "plan.json")
    shell(*write, "-o", "all/week.xlsx", "--csv", "-q")
    stops, key = Path("all", "stops.csv"), Path("all", "key.txt")
    with stops.open("a", encoding="utf-8") as file:
        file.write("edited\n")
    shell("pack", "keygen", "-o", key)
    reported = shell("doctor", "all", "--json").json["outputs"]
    assert (reported["changed"], reported["keys"]) == ([str(stops)], [str(key)])
    for option in ("--dry-run", "--yes"):
        answer = shell("wipe", "all", option)
        assert f"kept: {stops} (made by routeplan and changed since; --changed" in answer.out
        assert f"kept: {key} (a secret key of packs)" in answer.out
    # The index stays with it: the next time, too, it is known who made it.
    assert {path.name for path in Path("all").iterdir()} == {"stops.csv", "key.txt", INDEX}
    shell(*write, "-o", "all/week.xlsx", "--csv", "-q")
    stops.write_text("edited", encoding="utf-8")
    assert shell("wipe", "all", "--changed", "--yes").code == 0
    assert [path.name for path in Path("all").iterdir()] == ["key.txt"]
    assert caches.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="asks nobody there whether a process runs")
def test_the_doctor_sweeps_what_runs_that_did_not_end_left_and_names_it(
    shell: Shell, caches: Path
) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    old, young = (Path("made", f".routeplan-{number}-abc") for number in (ended.pid, os.getpid()))
    old.parent.mkdir()
    old.touch()
    young.touch()
    answer = shell("doctor")
    assert f"{old}: a temporary file of a run that did not end; removed now" in answer.out
    assert f"{young}: a temporary file of a run that did not end; its writer may" in answer.out
    assert (old.exists(), young.exists()) == (False, True)
    assert shell("wipe", "made", "--yes").code == 0
    assert not young.exists()
    assert caches.exists()


@pytest.mark.parametrize(("word", "gone"), [("yes", True), ("no", False), ("", False)])
def test_wiping_asks_first(
    shell: Shell, caches: Path, monkeypatch: pytest.MonkeyPatch, word: str, *, gone: bool
) -> None:
    terminal = io.StringIO(f"{word}\n")
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stdin", terminal)
    answer = shell("wipe")
    assert str(caches / "roads.npz") in answer.err
    assert "Type yes" in answer.err
    assert caches.exists() is not gone


def test_where_nobody_can_be_asked_nothing_is_wiped(
    shell: Shell, caches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))
    (fault,) = shell.refuses(2, "wipe")
    assert "look with --dry-run, then repeat it with --yes" in fault
    assert caches.exists()


def test_a_folder_that_is_not_there_is_not_wiped(shell: Shell, caches: Path) -> None:
    assert shell.refuses(2, "wipe", "nowhere") == ["nowhere: is no folder"]
    assert caches.exists()
