"""What is stored on a machine: found by its marks, and nothing else removed."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from routeplan.errors import InputError
from routeplan.files import INDEX as FOLDER_INDEX
from routeplan.files import name_digest, write_whole
from routeplan.handouts import MapData, make_handouts
from routeplan.workflow.outputs import (
    INDEX,
    find_caches,
    remove_files,
    scan_folder,
    write_folder,
)
from tests.helpers.handouts import toy_plan, toy_problem

FIRST = {"map.html": b"1", "A/2027-05-03/map.html": b"2", "B/2027-05-03/map.html": b"3"}


def contents(folder: Path) -> dict[str, bytes]:
    """Return what the files in a folder hold, without the indexes of its folders."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != FOLDER_INDEX)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_a_folder_is_written_with_an_index_of_what_is_in_it(tmp_path: Path) -> None:
    write_folder(tmp_path / "out", FIRST)
    found = contents(tmp_path / "out")
    index = json.loads(found.pop(INDEX))
    assert found == FIRST
    assert (index["format"], index["version"]) == ("routeplan-handouts", 1)
    assert {row["name"] for row in index["files"]} == {name_digest(name) for name in FIRST}


def test_an_index_of_an_earlier_version_which_has_names_is_understood(tmp_path: Path) -> None:
    write_folder(tmp_path, FIRST)
    index = json.loads((tmp_path / INDEX).read_bytes())
    for row, name in zip(index["files"], sorted(FIRST, key=name_digest), strict=True):
        row["name"] = name
    (tmp_path / INDEX).write_text(json.dumps(index), encoding="utf-8")
    for path in tmp_path.rglob(FOLDER_INDEX):
        path.unlink()
    assert {tmp_path / name for name in FIRST} <= set(scan_folder(tmp_path).made)
    write_folder(tmp_path, {"map.html": b"1"})
    assert contents(tmp_path).keys() == {"map.html", INDEX}


def test_what_was_made_the_last_time_and_is_not_now_is_gone_and_strange_files_stay(
    tmp_path: Path,
) -> None:
    write_folder(tmp_path, FIRST)
    (tmp_path / "A" / "note.txt").write_text("mine", encoding="utf-8")
    write_folder(tmp_path, {"map.html": b"4", "C/map.html": b"5"})
    found = contents(tmp_path)
    del found[INDEX]
    assert found == {"map.html": b"4", "C/map.html": b"5", "A/note.txt": b"mine"}
    assert not (tmp_path / "B").exists()


def test_a_file_that_was_edited_since_is_not_written_over(tmp_path: Path) -> None:
    write_folder(tmp_path, FIRST)
    (tmp_path / "map.html").write_bytes(b"edited")
    before = contents(tmp_path)
    for files in ({"map.html": b"4"}, {"other.html": b"4"}):
        with pytest.raises(InputError, match=r"map\.html: was changed since it was made"):
            write_folder(tmp_path, files)
        assert contents(tmp_path) == before
    write_folder(tmp_path, {"map.html": b"edited"})


@pytest.mark.parametrize("name", ["../other.txt", "/other.txt", "a/../../other.txt", "C:\\x", ""])
def test_an_index_that_leads_out_of_its_folder_is_not_followed(tmp_path: Path, name: str) -> None:
    other = tmp_path / "other.txt"
    other.write_text("mine", encoding="utf-8")
    folder = tmp_path / "out"
    write_folder(folder, FIRST)
    index = json.loads((folder / INDEX).read_bytes())
    index["files"].append({"name": name, "sha256": ""})
    (folder / INDEX).write_text(json.dumps(index), encoding="utf-8")
    assert other not in scan_folder(folder).made
    write_folder(folder, {"map.html": b"1"})
    assert other.exists()


def manifest(name: str, text: str) -> str:
    """Return the manifest of a pack with one file."""
    row = {"name": name, "sha256": hashlib.sha256(text.encode()).hexdigest()}
    return json.dumps({"format": "routeplan-pack", "files": [row]})


OURS = {
    "plan.json": '{"format": "routeplan-plan", "version": 1}',
    "deep/problem.json": '{\n  "format": "routeplan-problem"}',
    "codes.json": '{"format":"routeplan-codes"}',
    "map.html": '<!DOCTYPE html><head><meta name="generator" content="routeplan"></head>',
    "a.gpx": '<?xml version="1.0"?><gpx creator="routeplan"/>',
    "a.kml": "beside a track of ours",
    "A_day2.age": "age-encryption.org/v1\n-> X25519 …",
    ".routeplan-x7": "half written",
    ".routeplan-7-x7.osm.pbf": "half written",
    "roads/1.cache": "routeplan cache 1\n…",
    "opened/manifest.json": manifest("day_sheet.pdf", "named by the manifest"),
    "opened/day_sheet.pdf": "named by the manifest",
}
STRANGE = {
    "plan2.json": '{"format": "other-plan"}',
    "notes.json": "[1, 2]",
    "page.html": "<p>routeplan</p>",
    "b.gpx": '<gpx creator="OsmAnd"/>',
    "b.kml": "beside another track",
    "c.kml": "alone",
    "book.xlsx": "no workbook",
    "layers.gpkg": "no database",
    "B_day2.age": "something else",
    "secret.age": "age-encryption.org/v1\n",
    "key.txt": "AGE-SECRET-KEY-1",
    "day_sheet.pdf": "of somebody else",
    "broken/manifest.json": "{",
    "other/manifest.json": manifest("kept.txt", "").replace("routeplan-", ""),
    "other/kept.txt": "",
    ".routeplan.index": "no index",
    ".routeplan": "no temporary file",
    "1.cache": "of another program",
    "0123456789abcdef0123456789abcdef01234567.json": "{}",
}


def test_files_are_known_by_their_marks_and_never_by_their_names_alone(tmp_path: Path) -> None:
    for name, text in {**OURS, **STRANGE}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = scan_folder(tmp_path).made
    assert {path.relative_to(tmp_path).as_posix() for path in found} == set(OURS)
    remove_files(found, within=tmp_path)
    assert set(contents(tmp_path)) == set(STRANGE) - {FOLDER_INDEX}
    assert (tmp_path / FOLDER_INDEX).exists()
    assert not (tmp_path / "opened").exists()


def test_every_handout_is_known_without_an_index_but_tables(tmp_path: Path) -> None:
    steps = make_handouts(toy_problem(), toy_plan(), MapData(), fingerprint="0" * 64)
    files = {name: data for _, make in steps for name, data in make().items()}
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    found = {path.relative_to(tmp_path).as_posix() for path in scan_folder(tmp_path).made}
    assert found == {name for name in files if not name.endswith(".csv")}
    assert {Path(name).suffix for name in found} == {
        *(".html", ".pdf", ".gpx", ".kml", ".xlsx", ".gpkg"),
    }


@pytest.mark.skipif(os.name == "nt", reason="links are for the mighty there")
def test_links_are_not_followed(tmp_path: Path) -> None:
    other, folder = tmp_path / "other", tmp_path / "out"
    other.mkdir()
    folder.mkdir()
    (other / "plan.json").write_text(OURS["plan.json"], encoding="utf-8")
    (folder / "linked").symlink_to(other)
    (folder / "plan.json").symlink_to(other / "plan.json")
    assert scan_folder(folder).made == ()
    assert scan_folder(folder).others == (folder / "linked", folder / "plan.json")


@pytest.mark.parametrize(
    "name", ["stops.csv", "isochrones.geojson", "plans.png", "speeds.toml", "kz.osm.pbf", "a.age"]
)
def test_what_was_written_is_found_whatever_it_is_and_what_was_changed_since_is_not_removed(
    tmp_path: Path, name: str
) -> None:
    same, edited, mine = (tmp_path / folder / name for folder in ("same", "edited", "mine"))
    write_whole({same: "made", edited: "made"})
    edited.write_text("edited", encoding="utf-8")
    mine.parent.mkdir()
    mine.write_text("made", encoding="utf-8")
    found = scan_folder(tmp_path)
    assert same in found.made
    assert (found.changed, found.others) == ((edited,), (mine,))
    remove_files(found.made, within=tmp_path)
    assert contents(tmp_path) == {f"edited/{name}": b"edited", f"mine/{name}": b"made"}
    assert not list(tmp_path.rglob(FOLDER_INDEX))


def test_a_plan_that_was_edited_is_kept_although_it_has_its_mark(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_whole({path: OURS["plan.json"]})
    path.write_text(OURS["plan.json"] + "\n", encoding="utf-8")
    assert scan_folder(tmp_path).changed == (path,)


def test_keys_are_kept_whoever_wrote_them(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "key.txt", tmp_path / "age.key"
    write_whole({ours: "# secret key of packs\nAGE-SECRET-KEY-1\n"})
    theirs.write_text("# created: …\nAGE-SECRET-KEY-1\n", encoding="utf-8")
    assert scan_folder(tmp_path).keys == (theirs, ours)


@pytest.mark.skipif(os.name == "nt", reason="links are for the mighty there")
def test_nothing_is_removed_through_a_link_that_an_index_names(tmp_path: Path) -> None:
    """Neither by wiping nor by handouts that make room, though name and hash are right."""
    other, folder = tmp_path / "other", tmp_path / "out"
    other.mkdir()
    thesis = other / "thesis.txt"
    thesis.write_text("2", encoding="utf-8")
    write_folder(folder, {"map.html": b"1", "sub/thesis.txt": b"2"})
    for name in ("thesis.txt", FOLDER_INDEX):
        (folder / "sub" / name).unlink()
    (folder / "sub").rmdir()
    (folder / "sub").symlink_to(other)
    assert folder / "sub" / "thesis.txt" not in scan_folder(folder).made
    write_folder(folder, {"map.html": b"1"})
    assert thesis.exists()
    (folder / "map.html").unlink()
    (folder / "map.html").symlink_to(thesis)
    (folder / "loop").symlink_to(folder)
    found = scan_folder(folder)
    assert found.others == tuple(folder / name for name in ("loop", "map.html", "sub"))
    with pytest.raises(InputError, match="a link leads out of it"):
        remove_files([*found.made, folder / "sub" / "thesis.txt"], within=folder)
    assert all(path.exists() for path in found.made)
    remove_files(found.made, within=folder)
    assert sorted(path.name for path in folder.iterdir()) == ["loop", "map.html", "sub"]
    assert thesis.read_text(encoding="utf-8") == "2"


@pytest.mark.parametrize("name", ["../thesis.txt", "out/../../thesis.txt"])
def test_a_path_with_dots_that_leads_out_is_not_removed(tmp_path: Path, name: str) -> None:
    thesis, folder = tmp_path / "thesis.txt", tmp_path / "out"
    thesis.touch()
    (folder / "out").mkdir(parents=True)
    with pytest.raises(InputError, match="leads out"):
        remove_files([folder / name], within=folder)
    assert thesis.exists()


@pytest.mark.parametrize("index", [INDEX, "manifest.json"])
def test_an_index_that_names_a_file_with_another_hash_does_not_have_it_removed(
    tmp_path: Path, index: str
) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    (tmp_path / index).write_text(manifest("thesis.txt", "made"), encoding="utf-8")
    found = scan_folder(tmp_path)
    assert (found.made, found.changed) == ((tmp_path / index,), (tmp_path / "thesis.txt",))


def test_removing_leaves_nothing_of_what_is_gone_in_an_index(tmp_path: Path) -> None:
    write_whole({tmp_path / "plan.json": "1", tmp_path / "A.csv": "2"})
    remove_files([tmp_path / "A.csv"], within=tmp_path)
    write_whole({tmp_path / "other" / "plan.json": "1"})
    left, alone = (folder / FOLDER_INDEX for folder in (tmp_path, tmp_path / "other"))
    assert left.read_bytes() == alone.read_bytes()


def test_an_empty_folder_of_outputs_is_removed_with_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    write_folder(folder, FIRST)
    remove_files(scan_folder(folder).made, within=folder)
    assert not folder.exists()
    assert tmp_path.exists()


def test_the_current_folder_is_not_removed_with_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "out"
    write_folder(folder, FIRST)
    monkeypatch.chdir(folder)
    remove_files(scan_folder(folder).made, within=folder)
    assert list(folder.iterdir()) == []


def test_caches_are_found_where_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROUTEPLAN_CACHE", str(tmp_path / "own"))
    answer = tmp_path / "cache" / f"{'0a' * 20}.json"
    kept = tmp_path / "own" / "roads" / f"{'0a' * 32}.cache"
    others = (tmp_path / "cache" / "mine.json", tmp_path / "own" / "letters.txt")
    for path in (answer, kept, *others):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"12345")
    stores = {store.name: store for store in find_caches()}
    assert [path.resolve() for path in stores["osmnx"].files] == [answer]
    assert stores["roads"].files == (kept,)
    assert sum(path.stat().st_size for path in stores["roads"].files) == 5
    assert not stores["matplotlib"].wiped
