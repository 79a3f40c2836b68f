"""The day of an organizer who reads Russian, or Kazakh, as it is typed: no English on the screen.

The language is that of the machine; nobody names it.
"""

from __future__ import annotations

import csv
import re
import shutil
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from routeplan import cli
from routeplan.cli.commands import COMMANDS
from routeplan.formats import plan_from_json, problem_from_json
from tests.helpers import paths
from tests.helpers.workbook import edited

if TYPE_CHECKING:
    from pathlib import Path

SEARCH = ("--iterations", "3")
PLACES = {"ru": "ru_RU.UTF-8", "kk": "kk_KZ.UTF-8"}
# Words of two or more letters in the Latin alphabet; those with a capital inside are names.
LATIN = re.compile(r"(?<![\w-])[A-Za-z][A-Za-z_]+")
# What has no other name in any language, the keys that may be pressed, and what help names of files
# and options: columns of tables, values that are typed.
NAMES = {
    *("routeplan", "Excel", "OpenStreetMap", "Overpass", "Nominatim", "Dask", "Python", "Linux"),
    *(
        "QGIS",
        "GeoPackage",
        "GeoJSON",
        "shapefile",
        "GPX",
        "KML",
        "PDF",
        "CSV",
        "XLSX",
        "ODS",
        "QR",
    ),
    *(
        "JSON",
        "TOML",
        "GPKG",
        "UTF",
        "Ctrl",
        "ID",
        "A",
        "B",
        "en",
        "kk",
        "ru",
        "matplotlib",
        "osmnx",
    ),
    *("columns", "routing", "bound", "outputs", "fetched", "tcp", "from", "to", "minutes", "date"),
    *("place_choice", "register_choice", "XLS", "PostgreSQL", "postgresql", "inf", "way"),
}
# What may stand in a line as it is typed: options and their values, tags of the map, files and
# folders, commands between quotes.
TYPED = re.compile(r"--[a-z-]+( [\w-]+:)?|[a-z_]+=\w+|[^\s«»:,;()]*[/.\\][^\s«»,;()]*|'[^']*'")


@dataclass
class Day:
    """A folder in which commands are typed, and what is on the screen."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    allowed: set[str] = field(default_factory=lambda: set(NAMES))
    screens: list[str] = field(default_factory=list)

    def types(self, *words: object, code: int = 0) -> str:
        """Run a command, and keep what it shows."""
        typed = [str(word) for word in words]
        self.capture.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main(typed)
        answer = self.capture.readouterr()
        screen = answer.out + answer.err
        assert ended.value.code == code, screen
        self.allowed |= {part for word in typed for part in LATIN.findall(word)}
        self.screens.append(f"$ routeplan {' '.join(typed)}\n{screen}")
        return screen

    def reads(self, path: Path) -> None:
        """Allow the words of a file that the organizer wrote: its keys and values."""
        self.allowed |= set(LATIN.findall(path.read_text(encoding="utf-8").split("#")[0]))

    def english(self) -> dict[str, list[str]]:
        """Return the Latin words of each screen that are neither names nor typed."""
        found = {}
        for screen in self.screens:
            title, _, shown = screen.partition("\n")
            words = LATIN.findall(TYPED.sub(" ", shown))
            if rest := sorted({word for word in words if word not in self.allowed}):
                found[title] = rest
        return found

    def refuses(self, *words: object) -> str:
        """Run a command that fails because of what was handed in."""
        return self.types(*words, code=2)


def keys_of(value: Any) -> set[str]:
    """Return the keys and texts of a scenario."""
    if isinstance(value, dict):
        return set(value) | set().union(*map(keys_of, value.values()))
    if isinstance(value, list):
        return set().union(*map(keys_of, value))
    return set(LATIN.findall(str(value)))


def fill_in(template: Path, mistakes: dict[int, str]) -> None:
    """Fill the template of villages in, with mistakes in the households of some rows."""
    book = openpyxl.load_workbook(template)
    sheet = book.worksheets[0]
    with (paths.DEMO / "villages.csv").open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            households = mistakes.get(number, int(row["households"]))
            nights = int(row["teams_per_night"]) if row["teams_per_night"] else None
            cells = (row["name"], None, float(row["lat"]), float(row["lon"]), households)
            for column, cell in enumerate(cells, start=1):
                sheet.cell(number, column, cell)
            sheet.cell(number, 16, nights)
    book.save(template)


def write_scenario(path: Path, **changes: str) -> None:
    """Write the demo's scenario with a table of one's own, and lines changed."""
    text = (paths.DEMO / "scenario.toml").read_text(encoding="utf-8")
    lines = [line.partition("#")[0].rstrip() for line in text.splitlines()]
    text = "\n".join(lines).replace('"villages.csv"', '"ауылдар.xlsx"')
    text = text.replace('language = "en"', "").replace("(fictional district), week 1", "")
    for old, new in changes.items():
        text = re.sub(rf"(?m)^{old} = .*$", f"{old} = {new}", text)
    path.write_text(text, encoding="utf-8")


def edit_first_stop(folder: Path) -> None:
    """Strike the first visit out, and write a word as the households of the second."""
    problem = problem_from_json((folder / "апта1/problem.json").read_bytes())
    plan = plan_from_json((folder / "апта1/plan.json").read_bytes())
    tours = [tour for tour in plan.tours if tour.stops]
    first, second = ((tour.team, tour.day, tour.stops[0].place) for tour in tours[:2])
    assert first[2] in problem.village_at
    changes = {("stops", first, "strike"): "x", ("stops", second, "households"): "бәрі"}
    book = folder / "жоспар.xlsx"
    book.write_bytes(edited(book.read_bytes(), changes))


@pytest.fixture
def day(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Day:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", PLACES[request.param])
    shutil.copy(paths.DEMO / "steppe.osm.pbf", tmp_path)
    scenario = tomllib.loads((paths.DEMO / "scenario.toml").read_text(encoding="utf-8"))
    return Day(tmp_path, capsys, NAMES | keys_of(scenario))


@pytest.mark.parametrize("day", PLACES, indirect=True)
def test_an_organizer_plans_a_week_and_reads_no_word_of_english(day: Day) -> None:
    table, scenario = day.folder / "ауылдар.xlsx", day.folder / "апта.toml"
    problem, plan = "апта1/problem.json", "апта1/plan.json"
    day.refuses()
    day.refuses("план")
    day.types("--help")
    for command in COMMANDS:
        day.types(*command.split(), "--help")
    # The table and the scenario, with mistakes first.
    day.types("villages", "template", table.name)
    day.refuses("villages", scenario.name)
    write_scenario(scenario, first="03.05.2027", max_drive_hours_per_day="6,5", vehicle='"джип"')
    day.refuses("villages", scenario.name)
    write_scenario(scenario)
    fill_in(table, {5: "3O", 7: "-4"})
    day.refuses("villages", scenario.name)
    fill_in(table, {})
    day.types("villages", scenario.name)
    day.types("roads", "report", "steppe.osm.pbf")
    day.types("roads", "explain", scenario.name, "Ойдан", "Ұзынкөл")
    day.refuses("roads", "explain", scenario.name, "Ойдан", "Узынкол ауылы")
    # The plan, and a second one that would take its place.
    day.types("run", scenario.name, "-o", "апта1", *SEARCH)
    (day.folder / plan).write_text((day.folder / plan).read_text("utf-8") + " ", "utf-8")
    day.refuses("run", scenario.name, "-o", "апта1", *SEARCH)
    day.types("run", scenario.name, "-o", "апта1", "--overwrite", *SEARCH)
    day.types("audit", problem, plan)
    day.types("explain", problem, plan, "Ұзынкөл", *SEARCH)
    day.refuses("explain", problem, plan, "Ұзын")
    # What crews take along, and the edits of a workbook.
    day.types("handouts", scenario.name, plan, "-o", "қағаздар", "--only", "sheets")
    day.types("workbook", "write", problem, plan, "-o", "жоспар.xlsx")
    edit_first_stop(day.folder)
    day.types(
        *("workbook", "read", "жоспар.xlsx", problem, plan, "-o", "жаңа.json", *SEARCH), code=2
    )
    (day.folder / "құпия.txt").write_text("дұрыс ат батарея қапсырма", encoding="utf-8")
    passphrase = ("--passphrase-file", "құпия.txt")
    day.types(
        *("pack", plan, "--crew", "A", "--day", "1", "--expires", "2999-01-01", *passphrase),
        *("-o", "пакет.age"),
    )
    day.types("pack", "open", "пакет.age", *passphrase)
    day.refuses("pack", "open", "пакет.age", "--passphrase-file", table.name)
    # The end of the week.
    day.types("doctor")
    day.types("wipe", "апта1", "--dry-run")
    day.types("wipe", "апта1", "--yes")
    day.refuses("audit", problem, plan)
    assert day.english() == {}
