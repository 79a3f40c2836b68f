"""Handouts by raw HTTP: opened to be printed, and sealed so that nobody else can read them."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pypdfium2
import pytest

from routeplan import packs
from routeplan.files import INDEX
from routeplan.handouts import codes_from_json
from routeplan.web.guard import SHEET_POLICY
from routeplan.workflow.outputs import scan_folder
from tests.helpers.office import Answer, RunningOffice, running_office
from tests.helpers.week import planned_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LATE = "expires=2999-01-01"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return planned_folder(tmp_path_factory.mktemp("campaign"))


@pytest.fixture(scope="module")
def office(folder: Path) -> Iterator[RunningOffice]:
    with running_office(folder) as opened:
        opened.enter()
        opened.post("/handouts")
        opened.get("/job")
        yield opened


@pytest.fixture(scope="module")
def key() -> packs.Identity:
    return packs.make_identity()


def seal(office: RunningOffice, form: str) -> str:
    """Seal packs, and return the page after that."""
    assert office.post("/handouts/packs", form).status == 303
    assert office.get("/job").text.endswith("event: end\ndata:\n\n")
    return office.get("/handouts").text


def packs_in(folder: Path) -> dict[str, bytes]:
    found = (folder / "outputs" / "handouts" / "packs").glob("*.age")
    return {path.name: path.read_bytes() for path in found}


def pages_of(answer: Answer) -> list[str]:
    """Return the texts of the pages of a document, and look at how it was sent."""
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'inline; filename="routeplan.pdf"'
    assert answer.headers["content-security-policy"] == SHEET_POLICY
    document = pypdfium2.PdfDocument(io.BytesIO(answer.body))
    assert document.get_metadata_dict(skip_empty=True) == {"Title": "routeplan"}
    return [page.get_textpage().get_text_range() for page in document]


def numbers_of(office: RunningOffice, name: str) -> list[int]:
    """Return the numbers in the list of the files of a name."""
    page = office.get("/handouts").text
    listed = re.findall(r'href="/handouts/(\d+)" download>([^<]*)<', page)
    return [int(number) for number, own in listed if own == name]


def test_a_sheet_is_opened_in_a_tab_of_its_own(office: RunningOffice) -> None:
    (sheet,) = numbers_of(office, "A-2027-05-03.pdf")
    (track,) = numbers_of(office, "A-2027-05-03.gpx")
    assert "3 May 2027" in pages_of(office.get(f"/handouts/{sheet}/open"))[0]
    assert office.get(f"/handouts/{track}/open").status == 404


def test_all_sheets_of_a_day_and_of_a_crew_are_one_document(office: RunningOffice) -> None:
    day = pages_of(office.get("/handouts/day/0"))
    assert any("Tally" in page or "Row" in page for page in day)
    assert "Check-in sheet" in day[-1]
    assert all("4 May" not in page for page in day)
    crew = pages_of(office.get("/handouts/crew/0"))
    assert any("3 May" in page for page in crew)
    assert any("4 May" in page for page in crew)
    assert not any("Check-in sheet" in page for page in crew)
    for path in ("/handouts/day/2", "/handouts/crew/1"):
        assert office.get(path).status == 404


def test_a_sheet_that_is_damaged_is_named_as_such(office: RunningOffice, folder: Path) -> None:
    path = folder / "outputs/handouts/A/2027-05-04/A-2027-05-04.pdf"
    data = path.read_bytes()
    path.write_bytes(b"%PDF-1.4\nnothing")
    answer = office.get("/handouts/crew/0")
    path.write_bytes(data)
    assert (answer.status, "one of the sheets is damaged" in answer.text) == (422, True)


def test_packs_are_sealed_to_the_keys_of_crews_and_listed(
    office: RunningOffice, folder: Path, key: packs.Identity
) -> None:
    page = seal(office, f"key0={key.recipient}&{LATE}")
    assert "Sealed packs" in page
    assert "Show the passphrases" not in page
    assert key.recipient not in page
    assert not (folder / "recipients.json").exists()
    sealed = packs_in(folder)
    assert set(sealed) == {"A_day1.age", "A_day2.age"}
    (number,) = numbers_of(office, "A_day1.age")
    sent = office.get(f"/handouts/{number}")
    assert sent.headers["content-disposition"].startswith("attachment;")
    assert sent.body == sealed["A_day1.age"]
    whole = packs.unseal(sent.body, [key], source="pack")
    manifest, _files = packs.unbundle(whole, source="pack")
    assert (manifest.crew, str(manifest.expires)) == ("A", "2999-01-01")
    # What is written is found again by `wipe`, and what is not is not listed.
    made = {path.name for path in scan_folder(folder).made if path.parent.name == "packs"}
    assert made == {*sealed, INDEX, "handouts.json"}
    assert "handouts.json" not in page


def test_keys_are_kept_only_where_that_is_said(
    office: RunningOffice, folder: Path, key: packs.Identity
) -> None:
    kept = folder / "recipients.json"
    assert key.recipient in seal(office, f"key0={key.recipient}&keep=yes&{LATE}")
    assert key.recipient in kept.read_text(encoding="utf-8")
    assert kept in scan_folder(folder).made
    assert key.recipient not in seal(office, f"key0={key.recipient}&{LATE}")
    assert not kept.exists()


def test_passphrases_are_shown_once_and_are_in_no_file(office: RunningOffice, folder: Path) -> None:
    page = seal(office, f"codes=yes&{LATE}")
    assert "Show the passphrases" in page
    shown = office.post("/handouts/words")
    assert shown.headers["cache-control"] == "no-store"
    words = shown.text.partition("<dd>")[2].partition("</dd>")[0]
    assert len(words.split(" ")) == 5
    for data in packs_in(folder).values():
        packs.unseal_with_passphrase(data, words, source="pack")
    assert office.post("/handouts/words").status == 422
    assert "Show the passphrases" not in office.get("/handouts").text
    for path in folder.rglob("*"):
        if path.is_file():
            assert words.encode() not in path.read_bytes()
    codes = codes_from_json((folder / "codes.json").read_bytes(), source="codes")
    assert {each.name for each in codes} > {"Kemer"}


def test_passphrases_of_packs_that_were_not_written_are_not_shown(
    office: RunningOffice, folder: Path
) -> None:
    before = packs_in(folder)
    page = seal(office, "expires=2027-05-03")
    assert "2027-05-03 lies before the day itself, 2027-05-04" in page
    assert "Show the passphrases" not in page
    assert office.post("/handouts/words").status == 422
    assert packs_in(folder) == before


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("key0=age1wrong", "A: &#39;age1wrong&#39; is no public key"),
        ("key0=AGE-SECRET-KEY-1QQ", "is a secret key, and now seen by others"),
        ("expires=soon", "&#39;soon&#39; is no date"),
        ("expires=<b>", "&lt;b&gt;"),
    ],
)
def test_a_key_or_a_date_that_is_none_is_refused_and_shown_as_text(
    office: RunningOffice, form: str, expected: str
) -> None:
    answer = office.post("/handouts/packs", form)
    assert answer.status == 422
    assert expected in answer.text
    assert "QQ" not in answer.text
    assert "At work" not in office.get("/handouts").text


def test_a_file_of_the_users_own_is_not_replaced_by_keys_or_codes(
    office: RunningOffice, folder: Path, key: packs.Identity
) -> None:
    own = folder / "recipients.json"
    own.write_text("{}", encoding="utf-8")
    page = seal(office, f"key0={key.recipient}&keep=yes&{LATE}")
    assert "was not made by routeplan" in page
    assert own.read_text(encoding="utf-8") == "{}"
    own.unlink()
