"""Edits of a scenario file change what they name, and nothing else."""

from __future__ import annotations

import datetime as dt
import re
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeplan.cli.demo import demo_folder
from routeplan.errors import InputError
from routeplan.scenario.editing import ScenarioText

DEMO = (demo_folder() / "scenario.toml").read_text(encoding="utf-8")

names = st.text(alphabet="абвABC \"'\\#=[]ңө", max_size=8)
dates = st.dates(dt.date(2027, 5, 1), dt.date(2027, 5, 31))
comments = st.lists(names.map(lambda text: f"# {text}"), max_size=2)


@st.composite
def scenarios(draw: st.DrawFn) -> str:
    """Draw a file with sections in any order, comments everywhere, and fields nobody edits."""

    def lines(*fields: str, within: bool = False) -> list[str]:
        kept = [field for field in fields if draw(st.booleans())]
        written: list[str] = []
        for field in draw(st.permutations(kept)):
            # What is between the fields of a table that is removed goes with it.
            written += ["#within"] * draw(st.integers(0, 1)) if within else draw(comments)
            ending = "  # of a line" if draw(st.booleans()) else ""
            written.append(field + ending)
            written += [""] * draw(st.integers(0, 1))
        return written + draw(comments)

    team = ("size = 3", "households_per_hour = 5.5", "hidden = [1, 2]", 'base = "b"')
    teams = [
        line
        for n in range(draw(st.integers(1, 3)))
        for line in ("[[teams]]", f'id = "{n}"', *lines(*team, within=True))
    ]
    night = [
        line
        for n in range(draw(st.integers(0, 2)))
        for line in ("[[nights.places]]", f'place = "{n}"', *lines("teams = 2", within=True))
    ]
    sections = [
        ["[days]", *lines("first = 2027-05-03", "skip = [2027-05-04, 2027-05-06]", "hidden = 1")],
        ["[nights]", *lines("home_every_night = true", "hidden = 'x'")],
        ["[campaign]", *lines("goal = 100", "hidden = { a = 1 }")],
        teams,
        ["[hidden]", *lines("a = 1", "b = 'x'")],
    ]
    head = lines('name = "Week"', "version = 1")
    parts = [head, *draw(st.permutations(sections))]
    # Where it belongs, or elsewhere below.
    at = next(n for n, part in enumerate(parts, start=1) if "[nights]" in part)
    parts.insert(draw(st.sampled_from([at, at, at, len(parts)])), night)
    line_end = draw(st.sampled_from(["\n", "\r\n"]))
    text = line_end.join(line for part in parts for line in part)
    return draw(st.sampled_from(["", "\ufeff"])) + text + draw(st.sampled_from(["", line_end]))


edits = st.one_of(
    st.tuples(st.just("name"), names),
    st.tuples(st.just("days.first"), dates),
    st.tuples(st.just("days.skip"), st.lists(dates, unique=True, max_size=4).map(sorted)),
    st.tuples(st.just("days.work"), st.just(["08:00", "20:00"])),
    st.tuples(st.just("rules.max_drive_hours_per_day"), st.sampled_from([5, 5.5, None])),
    st.tuples(st.just("nights.home_every_night"), st.booleans()),
    st.tuples(st.just("campaign.goal"), st.integers(1, 10**6)),
    st.tuples(st.just("teams[0].size"), st.sampled_from([1, 2, None])),
    st.tuples(st.just("+teams"), names),
    st.tuples(st.just("-teams"), st.integers(0, 2)),
    st.tuples(st.just("+nights.places"), names),
    st.tuples(st.just("-nights.places"), st.integers(0, 2)),
)


def own_lines_of_comments(text: str, mark: str) -> list[str]:
    return sorted(line for line in re.split("\ufeff|\r?\n", text) if line.startswith(mark))


def hidden(values: object) -> object:
    """Return the values without the fields that edits name."""
    edited = {"name", "first", "skip", "work", "max_drive_hours_per_day", "home_every_night"}
    edited |= {"goal", "size", "teams", "places"}
    if isinstance(values, dict):
        kept = {key: hidden(value) for key, value in values.items() if key not in edited}
        return {key: value for key, value in kept.items() if value != {}}
    return values


def edit(document: ScenarioText, path: str, value: object) -> None:
    if path.startswith("+"):
        key = "id" if path == "+teams" else "place"
        document.append(path[1:], {key: value, "size": 2})
    elif path.startswith("-"):
        count = len(document.get(path[1:]) or ())
        if count:
            document.remove(path[1:], int(str(value)) % count)
    elif path != "teams[0].size" or document.get("teams"):
        document.set(path, value)


@given(scenarios(), st.lists(edits, max_size=6))
def test_comments_and_fields_that_no_edit_names_survive(
    text: str, changes: list[tuple[str, object]]
) -> None:
    document = ScenarioText(text)
    before = tomllib.loads(text.removeprefix("\ufeff"))
    for path, value in changes:
        edit(document, path, value)
    after = document.text
    is_whole = not [path for path, _ in changes if path.startswith("-")]
    for mark in ("# ", "#within") if is_whole else ("# ",):
        assert own_lines_of_comments(after, mark) == own_lines_of_comments(text, mark)
    values = tomllib.loads(after.removeprefix("\ufeff"))
    assert values == document.values
    assert hidden(values) == hidden(before)
    assert after.startswith("\ufeff") == text.startswith("\ufeff")
    if "\r\n" in text:
        assert not re.search("(?<!\r)\n", after)


@given(scenarios())
def test_what_is_set_to_what_it_is_changes_no_byte(text: str) -> None:
    document = ScenarioText(text)
    for path in ("name", "days.first", "days.skip", "teams[0].size", "campaign.goal", "a.b"):
        document.set(path, document.get(path))
    assert document.text == text


def test_the_demo_keeps_every_other_line() -> None:
    document = ScenarioText(DEMO)
    document.set("days.first", dt.date(2027, 5, 10))
    document.set("days.work", ["09:00", "21:00"])
    document.set("teams[0].size", 4)
    document.append("teams", {**document.get("teams[1]"), "id": "C"})
    before, after = DEMO.splitlines(), document.text.splitlines()
    assert [line for line in before if line not in after] == [
        "first = 2027-05-03             # a Monday",
        'work = ["08:30", "21:00"]      # no crew leaves earlier or arrives later',
        "size = 3                       # people who knock",
    ]
    at = after.index('id = "C"')
    assert after[at - 1] == "[[teams]]"
    assert after[at + 5].startswith("[nights]") or after[at + 6].startswith("[nights]")


@pytest.mark.parametrize("text", ["name = ", "[[teams]]\n[x]\n[[teams]]\n"])
def test_what_cannot_be_edited_alone_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        ScenarioText(text)
