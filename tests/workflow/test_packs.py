"""Packs of all crews: each crew and day once, sealed for its crew alone, whole weeks at a time."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from typing import TYPE_CHECKING

import pytest

import routeplan as rp
from routeplan import packs
from routeplan.errors import InputError
from routeplan.packs.recipients import check_recipients, recipients_from_json, recipients_to_json
from routeplan.workflow.draw import trace_map_data
from routeplan.workflow.packs import Seal, Terms, draw_codes, seal_packs
from tests.helpers.paths import DEMO

if TYPE_CHECKING:
    from routeplan.handouts import MapData
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

MONDAY = dt.date(2027, 5, 3)
BEFORE = Terms(current_day=dt.date(2027, 5, 1))


@cache
def demo() -> tuple[Problem, Plan, MapData]:
    """Return a plan of the demo: two crews, five days."""
    prepared = rp.prepare(DEMO / "scenario.toml")
    plan = rp.plan_tours(prepared, rp.Options(iterations=2, bound=False))
    return prepared.problem, plan, trace_map_data(prepared, plan)


@cache
def identities() -> dict[str, packs.Identity]:
    return {team.id: packs.make_identity() for team in demo()[0].teams}


def seals() -> dict[str, Seal]:
    return {team: Seal(recipients=(each.recipient,)) for team, each in identities().items()}


def opened(data: bytes, team: str) -> tuple[packs.Manifest, dict[str, bytes]]:
    return packs.unbundle(packs.unseal(data, [identities()[team]], source="pack"), source="pack")


def test_each_crew_gets_a_pack_of_each_of_its_days_which_no_other_crew_opens() -> None:
    problem, plan, _data = demo()
    steps: list[str] = []
    sealed = seal_packs(demo(), seals(), BEFORE, on_step=steps.append)
    tours = [tour for tour in plan.tours if tour.stops or tour.start != tour.end]
    assert sorted(sealed) == sorted(f"{tour.team}_day{tour.day + 1}.age" for tour in tours)
    assert steps == [f"sealing pack {n} of {len(tours)}" for n in range(1, len(tours) + 1)]
    for tour in tours:
        data = sealed[f"{tour.team}_day{tour.day + 1}.age"]
        manifest, files = opened(data, tour.team)
        date = problem.days[tour.day].date
        assert (manifest.crew, manifest.date) == (tour.team, date)
        assert manifest.expires == date + dt.timedelta(days=1)
        names = [stop["name"] for stop in json.loads(files["day.json"])["stops"]]
        assert names == [problem.place(stop.place).name for stop in tour.stops]
        other = next(team for team in identities() if team != tour.team)
        with pytest.raises(InputError, match="was sealed to another key"):
            opened(data, other)


def test_codes_stand_for_all_names_and_are_the_same_in_all_packs() -> None:
    problem, _plan, _data = demo()
    codes = draw_codes((), problem)
    assert draw_codes(codes, problem) == codes
    sealed = seal_packs(demo(), seals(), Terms(BEFORE.current_day, codes=codes))
    known = {each.code for each in codes}
    names = {village.place: problem.place(village.place).name for village in problem.villages}
    for name, data in sealed.items():
        _manifest, files = opened(data, name[0])
        day = json.loads(files["day.json"])
        assert {stop["name"] for stop in day["stops"]} <= known
        text = b"".join(files[each] for each in ("map.html", "track.gpx", "day.json")).decode()
        assert not [each for each in names.values() if f'"{each}"' in text or f">{each}<" in text]


def test_days_whose_packs_nobody_could_open_any_more_are_left_out() -> None:
    on_wednesday = Terms(current_day=MONDAY + dt.timedelta(days=2))
    days = {name.partition("_")[2] for name in seal_packs(demo(), seals(), on_wednesday)}
    # The pack of Tuesday opens until Wednesday.
    assert days == {f"day{day}.age" for day in (2, 3, 4, 5)}
    with pytest.raises(InputError, match="all days of the plan are over"):
        seal_packs(demo(), seals(), Terms(current_day=dt.date(2027, 6, 1)))


def test_every_day_after_the_last_one_on_which_packs_open_is_named() -> None:
    terms = Terms(BEFORE.current_day, expires=dt.date(2027, 5, 5), place="last day")
    with pytest.raises(InputError) as refused:
        seal_packs(demo(), seals(), terms)
    assert [fault.message for fault in refused.value.faults] == [
        f"2027-05-05 lies before the day itself, 2027-05-0{day}" for day in (6, 7)
    ]


def test_a_seal_does_not_show_its_passphrase() -> None:
    assert "secret" not in repr(Seal(passphrase="secret words of a crew"))  # noqa: S106


def test_keys_of_crews_are_read_as_they_were_written_and_wrong_ones_are_named() -> None:
    keys = {team: each.recipient for team, each in identities().items()}
    assert recipients_from_json(recipients_to_json(keys), source="keys") == keys
    check_recipients(keys)
    wrong = {**keys, "A": "age1wrong", "Ә": identities()["A"].secret}
    with pytest.raises(InputError) as refused:
        check_recipients(wrong)
    assert [fault.where for fault in refused.value.faults] == ["A", "Ә"]
    assert identities()["A"].secret not in str(refused.value)
    with pytest.raises(InputError, match=r"recipients\.json"):
        recipients_from_json('{"format": "routeplan-recipients"}', source="recipients.json")


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_passphrases_are_five_words_that_can_be_typed_and_are_good_ones(language: str) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz" if language == "en" else packs.ORDERS[2]
    made = {packs.make_passphrase(language) for _ in range(50)}  # type: ignore[arg-type]
    assert len(made) == 50
    for passphrase in made:
        packs.check_passphrase(passphrase)
        assert len(passphrase.split(" ")) == 5
        assert set(passphrase) <= {*letters, " "}
