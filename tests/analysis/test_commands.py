"""The commands for analysts: what they read, write, answer and refuse."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import click
import pytest

from routeplan import cli
from routeplan.analysis import Floor, Sweep, Variant, read_sweep
from routeplan.cli.compare import parse_litres
from routeplan.cli.frontier import parse_axis
from routeplan.errors import InputError
from routeplan.formats import problem_from_json, problem_to_json
from routeplan.planner import Options
from tests.bench.districts import make_district
from tests.helpers import paths

if TYPE_CHECKING:
    from pathlib import Path

    from routeplan.model.problem import Problem

PROBLEM = make_district(3, 2, 2, 1, seed=3)
HEAD = 'format = "routeplan-sweep"\nversion = 1\n'
SEARCH = "[search]\niterations = 3\n"


def load(path: Path) -> Problem:
    return problem_from_json(path.read_bytes())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("problem", "north", "south"):
        (tmp_path / f"{name}.json").write_text(problem_to_json(PROBLEM.replace(name=name)))
    return tmp_path


def written(folder: Path, text: str) -> Path:
    (folder / "sweep.toml").write_text(HEAD + text)
    return folder / "sweep.toml"


def answer(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        cli.main([*map(str, arguments), "--json", "-q"])
    out, err = capsys.readouterr()
    assert ended.value.code == 0, err
    return json.loads(out)


# ---- Sweep files ----


def test_a_grid_is_every_combination_and_cells_stand_before_it(folder: Path) -> None:
    text = 'scenario = "problem.json"\n[[cells]]\nname = "home"\nnights = 0\n'
    sweep = read_sweep(written(folder, text + "[grid]\ncrews = [1, 2]\npace = [0.5, 1]\n"), load)
    assert [*sweep.variants] == [
        *("home", "crews 1, pace 0.5", "crews 1, pace 1", "crews 2, pace 0.5", "crews 2, pace 1")
    ]
    assert [*sweep.variants.values()][1] == Variant(crews=1, pace=0.5)


def test_a_sweep_varies_seasons_and_speeds_too(folder: Path) -> None:
    (folder / "slow.toml").touch()
    text = 'scenario = "problem.json"\n[[cells]]\nname = "slow"\nspeeds = "slow.toml"\n'
    sweep = read_sweep(written(folder, text + '[grid]\nseason = ["dry", "mud"]\n'), load)
    assert sweep.variants == {
        "slow": Variant(speeds=folder / "slow.toml"),
        "season dry": Variant(season="dry"),
        "season mud": Variant(season="mud"),
    }
    with pytest.raises(InputError, match="season: needs roads, and a problem has none"):
        Sweep("season", sweep.districts, {"": Variant(season="mud")}, sweep.options).run()


def test_every_fault_of_a_sweep_is_named_with_its_place(folder: Path) -> None:
    text = """[[districts]]
name = "north"
scenario = "nroth.json"
[[districts]]
name = "north"
scenario = "south.json"
[grid]
crew = [1]
days = [1, "2"]
[[cells]]
nights = -1
[search]
iterations = -3
engine = "colums"
"""
    with pytest.raises(InputError) as caught:
        read_sweep(written(folder, text), load)
    faults = "\n".join(str(fault) for fault in caught.value.faults)
    for expected in (
        "sweep.toml:5: districts[0].scenario: there is no file 'nroth.json'",
        "sweep.toml:7: districts[1].name: 'north' is already at districts[0]",
        "sweep.toml:10: grid.crew: is not a known field; did you mean 'crews'?",
        "sweep.toml:11: grid.days[1]: expected a whole number",
        "sweep.toml:13: cells[0].nights: -1 is not a number of 0 or more",
        "sweep.toml:15: search.iterations: -3 is below 0",
        "there is no engine 'colums'; did you mean 'columns'?",
    ):
        assert expected in faults


def test_a_sweep_of_another_version_is_refused(folder: Path) -> None:
    path = written(folder, "")
    path.write_text(path.read_text().replace("1", "2"))
    with pytest.raises(InputError, match=r"sweep\.toml:2: version: 2 is not known"):
        read_sweep(path, load)


def test_the_sweep_of_the_readme_has_floors_and_seconds_of_the_processor(folder: Path) -> None:
    readme = (paths.ROOT / "routeplan" / "analysis" / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)
    for name in re.findall(r'scenario = "(.*?)"', example):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("")
    (folder / "sweep.toml").write_text(example, encoding="utf-8")
    sweep = read_sweep(folder / "sweep.toml", lambda _path: PROBLEM)
    assert sweep.floors == {[*sweep.districts][1]: Floor(200, 5)}
    assert sweep.options == Options(cpu_seconds=20)


# ---- Commands ----


def test_a_sweep_writes_a_row_a_cell(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(folder, f'scenario = "problem.json"\n[grid]\ncrews = [1, 2]\n{SEARCH}')
    found = answer(capsys, "sweep", path, "-o", folder / "out", "--workers", 0)
    one, two = found["sweep"]
    assert (one["variant"], two["variant"]) == ("crews 1", "crews 2")
    assert one["households"] <= two["households"]
    lines = (folder / "out" / "sweep.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 3


def test_seeds_show_the_range_of_what_they_find(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(folder, f'scenario = "problem.json"\n[grid]\ncrews = [1, 2]\n{SEARCH}')
    made = ("-o", folder / "out", "--workers", 0, "--seeds", 2)
    for row in answer(capsys, "sweep", path, *made)["sweep"]:
        assert row["low"] <= row["high"] == row["objective"]
    search = ("--crews", "1:2", "--iterations", 3)
    found = answer(capsys, "frontier", folder / "problem.json", *search, *made)
    assert all(row["low"] <= row["high"] == row["objective"] for row in found["frontier"])
    assert all(row["low"] <= row["found"] <= row["high"] for row in found["what_one_more_brings"])


def test_a_frontier_writes_tables_and_a_figure(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    search = ("--iterations", 3, "--workers", 0, "-o", folder / "out")
    axes = ("--crews", "1:2", "--days", "1,2", "--nights", "0:1")
    found = answer(capsys, "frontier", folder / "problem.json", *axes, *search)
    assert len(found["frontier"]) == 8
    assert len(found["what_one_more_brings"]) == 12
    assert (folder / "out" / "frontier.png").read_bytes().startswith(b"\x89PNG")


def test_a_country_leaves_a_plan_that_its_own_audit_passes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    districts = "".join(
        f'[[districts]]\nname = "{n}"\nscenario = "{n}.json"\n' for n in ("north", "south")
    )
    out = folder / "out"
    path = written(folder, districts + SEARCH)
    found = answer(capsys, "country", path, "--crews", 2, "--workers", 0, "-o", out)
    assert sum(row["crews"] for row in found["country"]) == 2
    checked = answer(capsys, "audit", out / "problem.json", out / "plan.json")
    assert checked == {"violations": []}


def two_districts(folder: Path) -> Path:
    districts = "".join(
        f'[[districts]]\nname = "{n}"\nscenario = "{n}.json"\n' for n in ("north", "south")
    )
    return written(folder, f"{districts}[grid]\ncrews = [1, 2]\n{SEARCH}")


def test_a_country_says_what_its_floors_cost(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = two_districts(folder)
    text = path.read_text().replace('"south.json"', '"south.json"\nmin_households = 5')
    path.write_text(text)
    asked = ("--crews", 2, "--most", 2, "--min-crew-days", 1, "--seeds", 2, "--workers", 0)
    found = answer(capsys, "country", path, *asked, "-o", folder / "out")
    north, south = found["country"]
    assert (north["min_households"], north["min_crew_days"]) == (0, 1)
    assert (south["min_households"], south["min_crew_days"]) == (5, 1)
    assert south["reached"] >= 5
    assert {"low", "high", "crews_without_floors"} <= south.keys()
    assert re.search(r"; floors cost [0-9]+ households: without them [0-9]+ are", found["note"])
    assert b"drawPlan" in (folder / "out" / "map.html").read_bytes()
    path.write_text(text.replace("= 5", "= -5"))
    with pytest.raises(InputError, match=r"districts\[1\]\.min_households: -5 is below 0"):
        read_sweep(path, load)


@pytest.mark.parametrize("command", ["sweep", "country", "frontier"])
def test_every_plan_lies_in_a_folder_that_other_commands_take_as_it_is(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    asked: dict[str, tuple[object, ...]] = {
        "sweep": (two_districts(folder),),
        "country": (two_districts(folder), "--crews", 2, "--most", 1),
        "frontier": (folder / "problem.json", "--crews", "1:2", "--iterations", 3),
    }
    out = folder / "out"
    found = answer(capsys, command, *asked[command], "-o", out, "--workers", 0)
    rows = found[command]
    assert len({row["folder"] for row in rows}) == len(rows) == {"sweep": 4}.get(command, 2)
    assert {row["stopped_by"] for row in rows} <= {"proved", "iterations"}
    assert all(row["iterations"] >= 0 for row in rows)
    folders = [out / row["folder"] for row in rows]
    compared = answer(capsys, "compare", *folders)["plans"]
    reached = "reached" if command == "country" else "households"
    assert [row["households"] for row in compared] == [row[reached] for row in rows]
    plan = folders[-1] / "plan.json"
    answer(capsys, "audit", plan.with_name("problem.json"), plan)
    answer(capsys, "map", plan, "-o", folder / "map.html")
    assert b"<html" in (folder / "map.html").read_bytes()
    made = answer(capsys, "handouts", plan, "-o", folder / "handouts", "--only", "phone")
    assert made["files"]


def test_plans_of_cells_that_are_no_more_go_but_for_those_that_were_changed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def sweep(crews: str) -> set[str]:
        path = written(folder, f'scenario = "problem.json"\n[grid]\ncrews = {crews}\n{SEARCH}')
        answer(capsys, "sweep", path, "-o", folder / "out", "--workers", 0)
        found = (folder / "out" / "plans").rglob("*.json")
        return {path.relative_to(folder / "out").as_posix() for path in found}

    files = ("problem.json", "plan.json")
    assert sweep("[1, 2, 3]") == {f"plans/crews_{n}/{name}" for n in (1, 2, 3) for name in files}
    kept = folder / "out" / "plans" / "crews_3" / "plan.json"
    kept.write_text(kept.read_text() + " ")
    assert sweep("[1]") == {f"plans/crews_1/{name}" for name in files} | {"plans/crews_3/plan.json"}


def test_where_one_plan_cannot_be_written_nothing_is(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = folder / "out" / "plans" / "south_crews_2" / "plan.json"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    with pytest.raises(SystemExit) as ended:
        cli.main(["sweep", str(two_districts(folder)), "-o", str(folder / "out"), "--workers", "0"])
    assert ended.value.code == 2
    assert "was not made by routeplan" in capsys.readouterr().err
    assert [path.name for path in (folder / "out").rglob("*") if path.is_file()] == ["plan.json"]


def test_plans_are_compared_by_folder_or_file(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed in (1, 2):
        out = folder / f"plan{seed}.json"
        search = ("--iterations", seed, "--seed", seed, "-o", out)
        answer(capsys, "solve", folder / "problem.json", *search)
    run = folder / "run"
    run.mkdir()
    (run / "problem.json").write_bytes((folder / "problem.json").read_bytes())
    (run / "plan.json").write_bytes((folder / "plan1.json").read_bytes())
    (folder / "districts.csv").write_text("id;district\nv0001;Шығыс\n", encoding="utf-8")
    plans = (run, folder / "plan2.json")
    options = ("--districts", folder / "districts.csv", "--litres", "car=0", "-o", folder / "cmp")
    found = answer(capsys, "compare", *plans, *options)
    assert [row["plan"] for row in found["plans"]] == ["run", "plan2"]
    assert {row["group"] for row in found["reached_by_district"]} == {"Шығыс", "elsewhere"}
    assert len(json.loads((folder / "cmp" / "differences.geojson").read_text())["features"]) == 3
    assert (folder / "cmp" / "plans.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_plan_of_another_problem_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = folder / "plan.json"
    answer(capsys, "solve", folder / "north.json", "--iterations", 1, "-o", plan)
    with pytest.raises(SystemExit) as ended:
        cli.main(["compare", str(plan)])
    assert ended.value.code == 2
    assert "was not made for the problem in" in capsys.readouterr().err


def test_a_frontier_of_nothing_says_what_can_be_asked(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["frontier", str(folder / "problem.json")])
    assert ended.value.code == 2
    assert "--crews 1:5" in capsys.readouterr().err


def test_ranges_hold_both_ends() -> None:
    assert parse_axis("1:3") == (1, 2, 3)
    assert parse_axis("3:6:0.5")[-2:] == (5.5, 6)
    assert parse_axis("2,5") == (2, 5)
    assert parse_litres("car=9.5") == ("car", 9.5)


@pytest.mark.parametrize("text", ["", "a", "3:1", "1:2:0", "1:2:3:4", "1:1000", "1:2:-1"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        parse_axis(text)
