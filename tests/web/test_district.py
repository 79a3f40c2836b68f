"""The table of villages is taken, looked at and completed by raw HTTP, and never lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from routeplan.errors import InputError
from routeplan.web.guard import LARGEST_UPLOAD_BYTES
from routeplan.web.table_files import take_table
from routeplan.workflow.outputs import scan_folder
from routeplan.workflow.prepare import locate
from tests.helpers.campaign import Undertaking, table
from tests.helpers.office import RunningOffice, running_office
from tests.helpers.roads import VILLAGES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from routeplan.villages import Unplaced

BOUNDARY = "x3f"
FORM = f"multipart/form-data; boundary={BOUNDARY}"


def write(folder: Path) -> None:
    """Write a campaign whose gazetteer has Aral twice, in place of what is there."""
    for each in folder.iterdir():
        if each.is_file() and not each.name.startswith("."):
            each.unlink()
    villages = 'table = "villages.csv"  # ours\nplaces = "places.csv"'
    Undertaking(villages=villages).write(folder)
    rows = [f"{spot.id},{spot.name},{spot.lat},{spot.lon}" for spot in VILLAGES]
    aral = next(spot for spot in VILLAGES if spot.id == "Aral")
    rows.append(f"other,{aral.name},{aral.lat + 0.01},{aral.lon}")
    (folder / "places.csv").write_text("\n".join(["id,name,lat,lon", *rows]), encoding="utf-8")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOffice]:
    path = tmp_path_factory.mktemp("above") / "campaign"
    path.mkdir()
    write(path)
    with running_office(path) as opened:
        opened.enter()
        yield opened


@pytest.fixture
def folder(office: RunningOffice) -> Path:
    write(office.folder)
    return office.folder


def sent(content: str, *, name: str = "villages.csv", field: str = "table", more: str = "") -> str:
    """Return the body of a form with a file."""
    return (
        f"--{BOUNDARY}\r\n"
        f'Content-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
        f"Content-Type: text/csv\r\n\r\n{content}\r\n{more}--{BOUNDARY}--\r\n"
    )


def take(office: RunningOffice, content: str, **values: str) -> str:
    """Send a table, wait until it is looked at, and return the page."""
    assert office.post("/district", sent(content, **values), Content_Type=FORM).status == 303
    office.get("/job")
    return office.get("/district").text


def look(office: RunningOffice) -> str:
    assert office.post("/district/look").headers["location"] == "/district"
    office.get("/job")
    return office.get("/district").text


def files(folder: Path) -> dict[str, bytes]:
    """Return what the organizer sees in the folder."""
    found = (each for each in folder.iterdir() if each.is_file())
    return {each.name: each.read_bytes() for each in found if not each.name.startswith(".")}


NAMES = [f"{spot.name};10" for spot in VILLAGES if spot.id in {"Aq", "Bulaq", "Kemer"}]
OTHERS = "\n".join(["село;дворы", *NAMES, ""])


def test_villages_are_listed_with_where_they_were_found(
    office: RunningOffice, folder: Path
) -> None:
    page = look(office)
    assert "7 villages" in page
    assert page.count("coordinates of the table") == 7
    assert "<svg" in page
    assert (folder / "villages.csv").is_file()


def test_a_table_takes_the_place_of_the_old_one_which_is_kept_for_wipe_to_find(
    office: RunningOffice, folder: Path
) -> None:
    before = files(folder)
    page = take(office, OTHERS)
    assert "villages-old-1.csv" in page
    assert "3 villages" in page
    after = files(folder)
    assert after["villages.csv"] == OTHERS.encode()
    assert after["villages-old-1.csv"] == before["villages.csv"]
    assert after.keys() == before.keys() | {"villages-old-1.csv"}
    assert after["scenario.toml"] == before["scenario.toml"]
    assert folder / "villages-old-1.csv" in scan_folder(folder).made


def test_every_fault_is_named_by_row_and_column_and_nothing_is_replaced(
    office: RunningOffice, folder: Path
) -> None:
    before = files(folder)
    page = take(office, "name;lat;lon;households\n<i>;48;67;3O\nB;x;67;5\n")
    assert "was not taken" in page
    rows = re.findall(r"<tr><td>(\d+)</td><th scope=\"row\">(\w+)</th>", page)
    assert "mend this first" in page
    assert rows == [("2", "households"), ("3", "lat")]
    assert "did you mean 30?" in page
    assert "<i>" not in page
    assert files(folder) == before
    assert "3O" not in take(office, OTHERS)


def test_the_name_that_a_browser_gives_is_no_path(office: RunningOffice, folder: Path) -> None:
    before = files(folder)
    around = sorted(folder.parent.iterdir())
    take(office, OTHERS, name="../../x.csv")
    take(office, OTHERS + " ", name="scenario.toml")
    assert files(folder).keys() == before.keys() | {"villages-old-1.csv", "villages-old-2.csv"}
    assert files(folder)["scenario.toml"] == before["scenario.toml"]
    assert sorted(folder.parent.iterdir()) == around


def test_a_table_of_another_kind_gets_a_name_of_ours_and_the_scenario_names_it(
    folder: Path,
) -> None:
    (folder / "villages.csv").rename(folder / "старая.xlsx")
    scenario = folder / "scenario.toml"
    text = scenario.read_text(encoding="utf-8").replace("villages.csv", "старая.xlsx")
    scenario.write_text(text, encoding="utf-8")
    assert take_table(folder, OTHERS.encode(), find=False) == ("villages.csv", "старая-old-1.xlsx")
    assert scenario.read_text(encoding="utf-8") == text.replace("старая.xlsx", "villages.csv")
    assert {"villages.csv", "старая-old-1.xlsx"} <= files(folder).keys()
    assert "старая.xlsx" not in files(folder)


def test_a_missing_table_does_not_keep_one_from_being_taken(folder: Path) -> None:
    (folder / "villages.csv").unlink()
    assert take_table(folder, OTHERS.encode(), find=False) == ("villages.csv", "")
    assert (folder / "villages.csv").read_bytes() == OTHERS.encode()


def test_villages_without_coordinates_may_be_looked_for_on_the_map_of_the_roads(
    folder: Path,
) -> None:
    scenario = folder / "scenario.toml"
    text = scenario.read_text(encoding="utf-8").replace('places = "places.csv"\n', "")
    scenario.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="has no column 'lat'"):
        take_table(folder, OTHERS.encode(), find=False)
    assert scenario.read_text(encoding="utf-8") == text
    take_table(folder, OTHERS.encode(), find=True)
    changed = scenario.read_text(encoding="utf-8")
    assert changed == text.replace("# ours\n", '# ours\nplaces = "district.osm"\n')


@pytest.mark.parametrize("content", [b"\x00\x01", b"<html>", b"PK\x03\x04", b"name\n", b"\xff" * 9])
def test_what_is_no_table_changes_nothing(folder: Path, content: bytes) -> None:
    before = files(folder)
    with pytest.raises(InputError, match="villages"):
        take_table(folder, content, find=True)
    assert files(folder) == before


def test_a_form_without_a_file_or_with_two_is_refused(office: RunningOffice, folder: Path) -> None:
    before = files(folder)
    nothing = office.post("/district", sent("", name=""), Content_Type=FORM)
    assert nothing.status == 422
    assert office.post("/district", sent(OTHERS, field="x"), Content_Type=FORM).status == 422
    assert office.post("/district", "no form", Content_Type=FORM).status in {400, 422}
    two = sent(OTHERS).replace(f"--{BOUNDARY}--", "") + sent(OTHERS)
    assert office.post("/district", two, Content_Type=FORM).status == 400
    assert files(folder) == before


def test_only_the_form_with_a_file_is_let_in_and_no_larger_than_its_limit(
    office: RunningOffice, folder: Path
) -> None:
    before = files(folder)
    assert office.post("/district", "x=1").status == 415
    for path in ("/teams", "/district/look", "/district/9", "/district/", "/plan", "/nothing"):
        assert office.post(path, sent(OTHERS), Content_Type=FORM).status == 415
    too_large = sent("a" * LARGEST_UPLOAD_BYTES)
    assert office.post("/district", too_large, Content_Type=FORM).status == 413
    strange = {"Content_Type": FORM, "Origin": "http://evil.example"}
    assert office.post("/district", sent(OTHERS), **strange).status == 403
    assert files(folder) == before


def test_a_table_is_not_taken_while_other_work_goes_on(office: RunningOffice, folder: Path) -> None:
    before = files(folder)
    office.post("/plan", "seconds=600")
    answer = office.post("/district", sent(OTHERS), Content_Type=FORM)
    assert answer.status == 422
    assert "Other work is going on" in answer.text
    office.post("/job/stop")
    office.get("/job")
    assert files(folder)["villages.csv"] == before["villages.csv"]


def test_a_choice_is_written_into_the_table_and_gives_the_village_its_place(
    office: RunningOffice, folder: Path
) -> None:
    own = [line for line in table() if not line.startswith("Aral")]
    aral = next(spot for spot in VILLAGES if spot.id == "Aral")
    own[0] += ",топливо"
    own.insert(3, f"Aral,{aral.name},,,9,,остаётся")
    before = "\r\n".join([*own, ""])
    (folder / "villages.csv").write_bytes(before.encode())
    page = look(office)
    assert "1 village has no place yet" in page
    assert 'href="/district/4"' in page
    shown = office.get("/district/4").text
    assert shown.count('type="radio"') == 2
    assert 'href="#choice-2"' in shown
    assert aral.name not in shown.partition("<title>")[2].partition("</title>")[0]
    for wrong in ("candidate=3", "candidate=0", "candidate=٢", "candidate=<b>", ""):
        assert office.post("/district/4", wrong).status == 422
    assert office.post("/district/5", "candidate=1").status == 404
    assert (folder / "villages.csv").read_bytes() == before.encode()
    assert office.post("/district/4", "candidate=2").status == 303
    office.get("/job")
    assert "chosen by hand" in office.get("/district").text
    after = (folder / "villages.csv").read_bytes().decode()
    changed = [line for line in after.split("\r\n") if line not in before.split("\r\n")]
    assert [line.startswith(("id,name", "Aral,")) for line in changed] == [True, True]
    assert changed[1].startswith(f"Aral,{aral.name},,,9,,остаётся,")
    assert "other" in changed[1]
    assert files(folder)["villages-old-1.csv"] == before.encode()
    assert office.get("/district/4").status == 404


def test_a_choice_among_candidates_of_another_table_is_refused(
    office: RunningOffice, folder: Path
) -> None:
    path = folder / "villages.csv"
    aral = next(spot for spot in VILLAGES if spot.id == "Aral")
    path.write_text(f"name,households\n{aral.name},9\nAq,4\n", encoding="utf-8")
    look(office)
    path.write_text(f"name,households\nAq,4\n{aral.name},9\n", encoding="utf-8")
    before = path.read_bytes()
    answer = office.post("/district/2", "candidate=1")
    assert answer.status == 422
    assert "look at the district again" in answer.text
    assert path.read_bytes() == before


def test_a_broken_scenario_is_named_by_its_line_and_the_page_still_opens(
    office: RunningOffice, folder: Path
) -> None:
    with (folder / "scenario.toml").open("a", encoding="utf-8") as file:
        file.write("\nsize = <b>\n")
    before = files(folder)
    for path in ("/district", "/teams"):
        answer = office.get(path)
        assert answer.status == 200
        assert re.search(r"scenario\.toml:\d+", answer.text)
        assert "<b>" not in answer.text
    with pytest.raises(InputError, match=r"scenario\.toml:\d+"):
        take_table(folder, OTHERS.encode(), find=False)
    assert files(folder) == before


def test_a_base_without_a_place_is_named_with_its_team(folder: Path) -> None:
    scenario = folder / "scenario.toml"
    text = scenario.read_text(encoding="utf-8").replace('base = "base"', 'base = "Aral"')
    scenario.write_text(text, encoding="utf-8")
    aral = next(spot for spot in VILLAGES if spot.id == "Aral")
    rows = [line for line in table() if not line.startswith("Aral")]
    lines = "\n".join([*rows, f"Aral,{aral.name},,,9,"])
    (folder / "villages.csv").write_text(lines, encoding="utf-8")
    unplaced: list[Unplaced] = []
    with pytest.raises(InputError, match=r"team A: its base .* has no position yet"):
        locate(scenario, on_unplaced=unplaced.append)
    assert [each.row.id for each in unplaced] == ["Aral"]
