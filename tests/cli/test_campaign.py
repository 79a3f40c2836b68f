"""A fortnight of a campaign as it is typed: plan, record, replan without a car, next week."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from routeplan import cli
from routeplan.audit import audit_plan
from routeplan.formats import plan_from_json, problem_from_json, problem_sha256
from routeplan.ledger import open_ledger
from routeplan.tally import sheet_code, tally_rows
from tests.helpers import paths
from tests.helpers.villages import csv_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from routeplan.language import Language
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

SEARCH = ("--iterations", "60", "--no-bound")
LEDGER = ("--ledger", "campaign.sqlite")
LANGUAGES: tuple[Language, ...] = ("en", "kk", "ru")
HEADER = ("code", "reached", "signed", "refused", "come back", "not home", "door_minutes")


@dataclass
class Campaign:
    """A folder in which commands are typed, in Kazakh where nothing else is said."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    def types(self, *words: object, language: Language = "kk") -> str:
        """Run a command that succeeds, and return what it shows."""
        self.capture.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main([*map(str, words), "--language", language])
        answer = self.capture.readouterr()
        assert ended.value.code == 0, answer.err
        return answer.out

    def reviews(self, week: str, day: int) -> set[str]:
        """Review an evening in each language, and return what is shown."""
        line = ("evening", week, "--day", day, *LEDGER, "--no-search")
        shown = {self.types(*line, language=language) for language in LANGUAGES}
        assert len(shown) == len(LANGUAGES)
        return shown

    def plan(self, week: str) -> tuple[Problem, Plan]:
        """Return the plan of a week, which keeps every rule of its problem."""
        text = (self.folder / week / "problem.json").read_bytes()
        plan = plan_from_json((self.folder / week / "plan.json").read_bytes())
        problem = problem_from_json(text)
        assert audit_plan(problem, plan, problem_sha256=problem_sha256(text)) == ()
        return problem, plan

    def fills_in(self, week: str, days: range) -> tuple[str, int]:
        """Fill in the tally sheets of some days; return their file, and who signed on them."""
        draw, signed_in_all = random.Random(len(days)), 0
        rows: list[Sequence[object]] = [HEADER]
        for sheet in tally_rows(*self.plan(week)):
            if sheet.day not in days:
                continue
            reached = round(sheet.planned * draw.uniform(0.6, 0.9))
            signed, refused = round(reached * 0.7), round(reached * 0.1)
            minutes = round(reached * 60 / 15 * draw.uniform(1.1, 1.3))
            away = sheet.planned - reached
            rows.append((sheet_code(sheet.number), reached, signed, refused, 1, away, minutes))
            signed_in_all += signed
        name = f"{week}-{days.start}.csv"
        (self.folder / name).write_bytes(csv_bytes(rows))
        return name, signed_in_all


@pytest.fixture
def campaign(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Campaign:
    monkeypatch.chdir(tmp_path)
    for name in ("steppe.osm.pbf", "villages.csv", "scenario.toml"):
        shutil.copy(paths.DEMO / name, tmp_path)
    with (tmp_path / "scenario.toml").open("a", encoding="utf-8") as file:
        file.write('\n[campaign]\nledger = "campaign.sqlite"\ngoal = 4000\n')
    return Campaign(tmp_path, capsys)


def test_a_fortnight_of_a_campaign(campaign: Campaign) -> None:
    campaign.types("run", "scenario.toml", "-o", "week1", *SEARCH)
    campaign.types("ledger", "create", "campaign.sqlite", "scenario.toml")
    first, signed = campaign.fills_in("week1", range(3))
    campaign.types("record", "week1/plan.json", first, *LEDGER)
    for evening in campaign.reviews("week1", 3):
        assert {"A", "B"} <= set(re.findall(r"\b[AB]\b", evening))
    before = (campaign.folder / "week1" / "plan.json").read_bytes()

    # A car breaks on Wednesday: its people join the other crew.
    changes = ("--from", "4", "--without", "B", "--join", "B:A", "--change-worth", "20")
    line = ("replan", "week1/plan.json", *changes, *LEDGER, "--scenario", "scenario.toml")
    shown = campaign.types(*line, "-o", "week1b", "--handouts", *SEARCH)
    assert (campaign.folder / "week1" / "plan.json").read_bytes() == before
    problem, plan = campaign.plan("week1b")
    assert {tour.team for tour in plan.tours if tour.stops} == {"A"}
    assert all(tour.day >= 3 for tour in plan.tours if tour.stops)
    assert "A" in shown
    made = {path.name for path in (campaign.folder / "week1b" / "handouts").iterdir()}
    assert "B" not in made, "only sheets that change are made again"

    second, more = campaign.fills_in("week1b", range(3, 5))
    campaign.types("record", "week1b/plan.json", second, *LEDGER)
    campaign.reviews("week1b", 5)

    next_week = ("week", "new", "scenario.toml", "--after", "week1b", "-o", "week2", "--json")
    answer = json.loads(campaign.types(*next_week, *SEARCH))
    problem, plan = campaign.plan("week2")
    assert [f"{day.date}" for day in problem.days] == [f"2027-05-{n}" for n in range(10, 15)]
    with open_ledger(campaign.folder / "campaign.sqlite") as ledger:
        remaining = ledger.remaining()
        assert sum(each.signed for each in remaining.values()) == signed + more
    assert {v.place: v.households for v in problem.villages} == {
        place: each.unsigned for place, each in remaining.items()
    }
    # A village is visited once a week, unless one day is too short for those who are at home.
    visits = Counter(stop.place for tour in plan.tours for stop in tour.stops)
    once = [place for place, count in visits.items() if count == 1]
    assert len(once) > 0.7 * len(visits)
    # Who was slower than assumed is planned with less.
    assert all(team.households_per_hour < 15 for team in problem.teams if team.households_per_hour)
    assert answer["progress"]["goal"] == 4000
    assert answer["progress"]["earliest"] < answer["progress"]["latest"]
    assert (campaign.folder / "week2" / "handouts" / "plan.xlsx").exists()
