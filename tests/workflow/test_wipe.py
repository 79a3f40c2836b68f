"""What any command leaves on a machine is found by `wipe`, and nothing else is removed."""

from __future__ import annotations

import stat
import sys
import tempfile
from pathlib import Path

import pytest

from routeplan.errors import RouteplanError
from routeplan.fetch import ExtractRequest, OverpassRequest, fetch_extract, fetch_osm
from routeplan.files import INDEX
from routeplan.workflow.outputs import scan_folder, write_folder
from tests.cli.test_cli import OFFLINE, SEARCH, Shell, ask, files_in, in_a_process
from tests.fetch.test_fetch import BOX, QUICK, STEPPE
from tests.helpers.campaign import Undertaking
from tests.helpers.fetch_server import serve

OTHERS = {
    "thesis.txt": "mine",
    "notes.json": "{}",
    "made/mine.csv": "place;households\n",
    "made/deep/photo.png": "mine",
    "made/.routeplan": "mine",
}


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    """Return a shell whose folders for temporary files, caches and the user are its own."""
    for name in ("cache", "home", "inputs", "work"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("ROUTEPLAN_CACHE", str(tmp_path / "cache"))
    for variable in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    # What is not there cannot be used in passing.
    for variable in ("TMPDIR", "TEMP", "TMP", "CPL_TMPDIR", "SQLITE_TMPDIR"):
        monkeypatch.setenv(variable, str(tmp_path / "none"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path / "work")
    return Shell(tmp_path, capsys)


def asked(command: str, toy: Path, solved: Path, folder: Path) -> list[object]:
    """Return arguments of a command whose output goes into a folder."""
    arguments = [*ask(command, toy, solved), *(["-o", "made"] if command == "coverage" else [])]
    return [
        folder / str(argument) if str(argument).startswith(("made", "opened")) else argument
        for argument in arguments
    ]


def modes(folder: Path) -> set[tuple[str, int]]:
    """Return the rights of the files and folders in a folder."""
    paths = folder.rglob("*")
    return {((path.is_dir() and "d") or "f", stat.S_IMODE(path.stat().st_mode)) for path in paths}


def test_after_every_command_wipe_leaves_what_was_there_before_and_nothing_of_ours(
    shell: Shell,
) -> None:
    """All work in a folder that nobody may write to, and leave nothing there either."""
    work, inputs = Path.cwd(), shell.folder / "inputs"
    toy = Undertaking().write(inputs)
    assert shell("run", toy, "-o", inputs / "out", *SEARCH).code == 0
    made = shell.folder / "elsewhere"
    # The office writes nothing but its launcher, which belongs beside the scenario.
    commands = [command for command in OFFLINE if command != "office"]
    arguments = {command: asked(command, toy, inputs / "out", made) for command in commands}
    before = files_in(inputs)
    work.chmod(0o500)
    for command in commands:
        assert shell(*arguments[command]).code == 0, command
    assert files_in(inputs) == before
    assert files_in(shell.folder / "home") == {}
    assert not list(work.iterdir())
    work.chmod(0o700)
    assert {path.suffix for path in made.rglob("*") if path.is_file()} >= {
        *(".age", ".csv", ".geojson", ".gpkg", ".gpx", ".html", ".json", ".kml", ".pdf", ".png"),
        *(".txt", ".xlsx"),
    }
    assert sys.platform == "win32" or modes(made) == {("f", 0o600), ("d", 0o700)}
    for name, text in OTHERS.items():
        (made / name).parent.mkdir(exist_ok=True)
        (made / name).write_text(text, encoding="utf-8")
    answer = shell("wipe", made, "--yes", "--json")
    assert answer.code == 0
    ledgers = [str(Path("made", f"{name}.sqlite")) for name in ("new", "backup", "restored")]
    assert set(files_in(made)) == {*OTHERS, *ledgers, str(Path("made", "key.txt"))}
    assert {row["path"] for row in answer.json["kept"]} == {str(made / n) for n in files_in(made)}
    assert files_in(inputs) == before
    assert files_in(shell.folder / "cache")
    assert shell("wipe", "--yes").code == 0
    assert not files_in(shell.folder / "cache")
    assert shell("wipe", inputs, "--yes").code == 0
    assert set(files_in(inputs)) == {
        *(
            "A.age",
            "campaign.sqlite",
            "district.osm",
            "key.txt",
            "reports.csv",
            "scenario.toml",
            "villages.csv",
        ),
        str(Path("out", "sweep.toml")),
    }


IN_FOLDERS = ["run", "phone", "sheets", "handouts", "pack open", "compare", "sweep", "coverage"]


@pytest.mark.parametrize("command", [*IN_FOLDERS, "workbook write"])
def test_no_file_of_the_users_own_is_replaced_by_one_that_was_not_named(
    shell: Shell, command: str
) -> None:
    toy = Undertaking().write(shell.folder / "inputs")
    solved = shell.folder / "inputs" / "out"
    assert shell("run", toy, "-o", solved, *SEARCH).code == 0
    made = Path.cwd()
    arguments = asked(command, toy, solved, made)
    if command == "workbook write":
        arguments.append("--csv")
    assert shell(*arguments).code == 0
    written = [path for path in files_in(made) if not path.endswith((INDEX, ".xlsx"))]
    assert written
    for path in written:
        (made / path).write_text("mine", encoding="utf-8")
        (made / path).with_name(INDEX).unlink(missing_ok=True)
    (made / "made" / "handouts.json").unlink(missing_ok=True)
    before = files_in(made)
    answer = shell(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert "was not made by routeplan" in answer.err
    assert files_in(made) == before


def test_a_fetched_map_goes_with_all_that_stands_beside_it(shell: Shell) -> None:
    work = Path.cwd()
    with serve() as host:
        host.files["/kz.osm.pbf"] = STEPPE.read_bytes()
        fetch_extract(ExtractRequest(f"{host.url}/kz.osm.pbf", work / "kz.osm.pbf"), QUICK)
        host.failures = ["cut", "504", "504", "504"]
        with pytest.raises(RouteplanError):
            fetch_extract(ExtractRequest(f"{host.url}/kz.osm.pbf", work / "cut.osm.pbf"), QUICK)
        host.failures = []
        request = OverpassRequest(
            *(work / "maps" / "district.osm.gz", work / "maps" / "fetched"),
            bounds=BOX,
            overpass=f"{host.url}/api",
            nominatim=f"{host.url}/",
        )
        fetch_osm(request, QUICK)
    assert set(files_in(work)) >= {
        *("kz.osm.pbf", "kz.osm.pbf.source.json", "cut.osm.pbf.part", "cut.osm.pbf.part.json"),
        str(Path("maps", "district.osm.gz")),
    }
    assert len(list(request.folder.glob("*.json"))) > 1
    assert sys.platform == "win32" or modes(work) == {("f", 0o600), ("d", 0o700)}
    (work / "thesis.txt").touch()
    found = scan_folder(work)
    assert (found.changed, found.keys, found.others) == ((), (), (work / "thesis.txt",))
    assert shell("wipe", work, "--yes").code == 0
    assert set(files_in(work)) == {"thesis.txt"}
    assert not (work / "maps").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="has no modes")
def test_what_libraries_keep_lies_in_the_cache_and_is_for_the_user_alone(shell: Shell) -> None:
    toy = Undertaking().write(Path.cwd())
    assert shell("run", toy, "-o", "out", *SEARCH).code == 0
    done = in_a_process("compare", "out", "-o", "made", umask=0o022)
    assert done.returncode == 0, done.stderr
    assert files_in(shell.folder / "home") == {}
    assert not (shell.folder / "none").exists()
    cache = shell.folder / "cache"
    assert any(path.name.startswith("fontlist") for path in cache.rglob("*"))
    assert modes(cache) == {("f", 0o600), ("d", 0o700)}
    assert shell("wipe", "--yes").code == 0
    assert not cache.exists()


def test_a_folder_is_written_without_the_workbook_that_is_open_and_again_once_it_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(tmp_path, {"plan.xlsx": b"old", "a.txt": b"old", "gone.txt": b"old"})
    replace = Path.replace

    def locked(self: Path, target: Path) -> Path:
        if Path(target).suffix == ".xlsx":
            raise PermissionError(13, "Permission denied")
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", locked)
        with pytest.raises(RouteplanError, match=r"plan\.xlsx: cannot .*; close it in Excel"):
            write_folder(tmp_path, {"plan.xlsx": b"new", "a.txt": b"new"})
    assert (tmp_path / "plan.xlsx").read_bytes() == b"old"
    assert (tmp_path / "a.txt").read_bytes() == b"new"
    assert not (tmp_path / "gone.txt").exists()
    write_folder(tmp_path, {"plan.xlsx": b"newer", "a.txt": b"newer"})
    assert (tmp_path / "plan.xlsx").read_bytes() == b"newer"
