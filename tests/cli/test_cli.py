"""What the command line answers, where it answers it, and with which exit code it ends."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
import pytest

import routeplan as rp
from routeplan import cli, packs
from routeplan.cli import plan_tables, roads
from routeplan.cli.commands import COMMANDS, Commands
from routeplan.cli.console import Steps
from routeplan.cli.demo import demo_folder
from routeplan.cli.output import Output
from routeplan.errors import Faults
from routeplan.files import INDEX
from routeplan.handouts import build_view
from routeplan.handouts.workbook import make_workbook
from routeplan.ledger import RecordedVisit, open_ledger
from routeplan.model.objective import kept_visits
from routeplan.model.plan import LeftOut, Reason
from routeplan.model.problem import Announced
from routeplan.model.results import VisitResult
from routeplan.planner import Progress
from routeplan.workflow.edits import fingerprint_of
from tests.bench.districts import make_district
from tests.helpers.campaign import HEADER, Undertaking
from tests.helpers.roads import District, at, place
from tests.helpers.toy import toy_plan, toy_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.model.problem import Problem

# Those that ask hosts are tested beside a host of their own.
OFFLINE = tuple(command for command in COMMANDS if not command.startswith("fetch "))
CHILDREN = Path(f"/proc/self/task/{os.getpid()}/children")
SEARCH = ("--iterations", "2")
KEY = packs.make_identity()
DAY = ("--crew", "A", "--day", "1", "--expires", "2999-01-01")
AT_ONCE = {"audit", "compare", "workbook read", "pack open", "pack keygen", "doctor", "wipe"}
AT_ONCE |= {"office"}
AT_ONCE |= {"record", "villages template", "ledger show", "ledger backup", "ledger restore"}
CELLS = ("--workers", "0")
STEPS = ["reading villages", "reading roads from district.osm", "building the road graph"]


class Answer(NamedTuple):
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def faults(self) -> list[str]:
        """Lines of complaint, without those of progress."""
        head = "routeplan: "
        return [line.removeprefix(head) for line in self.err.splitlines() if line.startswith(head)]


@dataclass
class Shell:
    """Runs commands in this process, in a folder of their own."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    def __call__(self, *arguments: object) -> Answer:
        self.capture.readouterr()
        with pytest.raises(SystemExit) as caught:
            cli.main([str(argument) for argument in arguments])
        code = caught.value.code
        assert isinstance(code, int)
        return Answer(code, *self.capture.readouterr())

    def refuses(self, code: int, *arguments: object) -> list[str]:
        """Run a command that fails; it says why, answers nothing, and leaves no file behind."""
        before = files_in(self.folder)
        answer = self(*arguments)
        assert (answer.code, answer.out) == (code, ""), answer.err
        assert "Traceback" not in answer.err
        assert files_in(self.folder) == before
        return answer.faults


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path, capsys)


@pytest.fixture
def toy(shell: Shell) -> Path:
    """Return the path of a sound scenario."""
    return Undertaking().write(shell.folder)


@functools.cache
def results() -> Path:
    """Return what `run` writes for a sound scenario; it runs once."""
    folder = Path(tempfile.mkdtemp())
    toy = Undertaking().write(folder)
    with pytest.raises(SystemExit) as ended:
        cli.main(["run", str(toy), "-o", str(folder / "out"), "--quiet", *SEARCH])
    assert ended.value.code == 0
    return folder / "out"


@pytest.fixture
def solved(shell: Shell, toy: Path) -> Path:
    """Return the folder with a problem and a plan for it."""
    del toy  # lies beside it
    return shutil.copytree(results(), shell.folder / "out")


def in_a_process(*arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "routeplan", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, **options)  # noqa: S603


# ---- Help ----


def test_the_help_names_every_command_and_every_exit_code(shell: Shell) -> None:
    answer = shell("--help")
    assert answer.code == 0
    text = " ".join(answer.out.split())
    _, _, exits = text.partition("exit codes: ")
    assert [int(code) for code in re.findall(r"\b([0-9]+) [a-z]", exits)] == [0, 1, 2, 3, 4, 5, 130]
    for command in COMMANDS:
        assert re.search(rf"^  {command}\s", answer.out, re.MULTILINE), command


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_and_all_its_options(shell: Shell, command: str) -> None:
    answer = shell(command, "--help")
    assert answer.code == 0
    assert answer.out.startswith(f"Usage: routeplan {command} ")
    context = click.Context(Commands())
    loaded = Commands().get_command(context, command)
    assert loaded is not None
    options = [each for each in loaded.get_params(context) if isinstance(each, click.Option)]
    assert all(option.help for option in options), options


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_listed_with_the_first_line_of_its_own_help(command: str) -> None:
    loaded = Commands().get_command(click.Context(Commands()), command)
    assert loaded is not None
    assert COMMANDS[command] == (loaded.help or "").partition("\n")[0]


@pytest.mark.parametrize("word", ["roads", "workbook", "ledger", "fetch"])
def test_the_first_word_of_commands_lists_them(shell: Shell, word: str) -> None:
    answer = shell(word, "--help")
    assert answer.code == 0
    listed = re.findall(r"^  ([a-z]+) {2,}", answer.out, re.MULTILINE)
    assert [f"{word} {name}" for name in listed] == [
        command for command in COMMANDS if command.startswith(f"{word} ")
    ]


def test_the_version_is_that_of_the_package(shell: Shell) -> None:
    assert shell("--version").out == f"routeplan {rp.__version__}\n"


@pytest.mark.parametrize(
    "arguments", [(), ("fly",), ("run",), ("solve", "p.json", "--seconds", "soon")]
)
def test_what_is_no_command_is_refused_with_the_usage(
    shell: Shell, arguments: tuple[str, ...]
) -> None:
    answer = shell(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("Usage: routeplan")


# ---- Answers: for people, for machines, quietly ----


def ask(command: str, toy: Path, solved: Path) -> list[object]:
    """Return sound arguments of each command."""
    problem, plan = solved / "problem.json", solved / "plan.json"
    arguments: dict[str, list[object]] = {
        "demo": ["demo", "-o", "made", *SEARCH],
        "run": ["run", toy, "-o", "made", *SEARCH],
        "roads report": ["roads", "report", toy.parent / "district.osm"],
        "roads explain": ["roads", "explain", toy, "base", "Bulaq"],
        "roads learn": ["roads", "learn", toy, reports_in(toy.parent), "-o", "made/speeds.toml"],
        "villages": ["villages", toy],
        "villages match": [
            *("villages", "match", toy.parent / "villages.csv"),
            *("--osm", toy.parent / "district.osm", "-o", "made/matched.xlsx"),
        ],
        "villages template": ["villages", "template", "made/villages.xlsx", "--language", "kk"],
        "problem": ["problem", toy, "-o", "made/problem.json"],
        "solve": ["solve", problem, "-o", "made/plan.json", *SEARCH],
        "replan": ["replan", plan, "--from", "2", "-o", "made/later", *SEARCH],
        "evening": [
            *("evening", plan, "--day", "1", "--no-search"),
            *("--ledger", ledger_in(toy.parent)),
        ],
        "week new": [
            *("week", "new", toy, "--after", solved, "--ledger", ledger_in(toy.parent)),
            *("-o", "made/week2", *SEARCH),
        ],
        "audit": ["audit", problem, plan],
        "explain": ["explain", problem, plan, "Aral", *SEARCH],
        "map": ["map", toy, plan, "-o", "made/map.html"],
        "sheets": ["sheets", toy, plan, "-o", "made"],
        "phone": ["phone", toy, plan, "-o", "made/phone"],
        "workbook write": ["workbook", "write", toy, plan, "-o", "made/week1.xlsx"],
        "workbook read": ["workbook", "read", workbook_of(problem, plan), problem, plan],
        "record": [
            *("record", plan, "--look", "Bulaq", "--ledger", toy.parent / "campaign.sqlite")
        ],
        "layers": ["layers", toy, plan, "-o", "made/plan.gpkg"],
        "report": ["report", toy, plan, "--draws", "20", "-o", "made/report.html"],
        "handouts": ["handouts", toy, plan, "-o", "made", "--only", "map"],
        "pack": ["pack", toy, plan, *DAY, "--recipient", KEY.recipient, "-o", "made/A.age"],
        "pack open": ["pack", "open", *sealed_in(toy.parent)],
        "pack keygen": ["pack", "keygen", "-o", "made/key.txt"],
        "ledger create": ["ledger", "create", new("made/new.sqlite"), toy],
        "ledger show": ["ledger", "show", ledger_in(toy.parent), "--visits"],
        "ledger backup": [
            *("ledger", "backup", ledger_in(toy.parent), "-o", new("made/backup.sqlite"))
        ],
        "ledger restore": [
            *("ledger", "restore", ledger_in(toy.parent), "-o", new("made/restored.sqlite"))
        ],
        "office": ["office", ".", "--shortcut"],
        "doctor": ["doctor"],
        "wipe": ["wipe", "--dry-run"],
        "compare": ["compare", solved, plan, "-o", "made"],
        "frontier": ["frontier", problem, "--crews", "1:2", "-o", "made", *CELLS, *SEARCH],
        "sweep": ["sweep", sweep_file(solved), "-o", "made", *CELLS],
        "country": ["country", sweep_file(solved), "--crews", "1", "-o", "made", *CELLS],
        "coverage": ["coverage", toy, "--hosts", "0"],
    }
    return arguments[command]


def new(name: str) -> str:
    """Return the name of a file that is not there."""
    Path(name).unlink(missing_ok=True)
    return name


@functools.cache
def small_ledger() -> bytes:
    """Return the file of a ledger with one plan and one visit."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        path = Path(folder) / "campaign.sqlite"
        with open_ledger(path, create=True) as ledger:
            ledger.add_plan(toy_problem(), toy_plan(), name="week 1")
            visit = VisitResult("A", dt.date(2027, 5, 3), "mill", reached=36, signed=30)
            ledger.record([RecordedVisit(visit)], source="typed")
        return path.read_bytes()


def ledger_in(folder: Path) -> Path:
    path = folder / "campaign.sqlite"
    path.write_bytes(small_ledger())
    return path


def reports_in(folder: Path) -> Path:
    """Write minutes that a driver reports."""
    text = "from,to,minutes,vehicle,date\nbase,Kemer,12,car,2027-05-03\n"
    (folder / "reports.csv").write_text(text, encoding="utf-8")
    return folder / "reports.csv"


def workbook_of(problem_file: Path, plan_file: Path) -> Path:
    """Write the workbook of a plan beside it."""
    path = plan_file.with_suffix(".xlsx")
    path.write_bytes(workbook_bytes(problem_file.read_bytes(), plan_file.read_bytes()))
    return path


@functools.cache
def workbook_bytes(problem_json: bytes, plan_json: bytes) -> bytes:
    problem, plan = rp.problem_from_json(problem_json), rp.plan_from_json(plan_json)
    view = build_view(problem, plan)
    return make_workbook(problem, plan, view, fingerprint=fingerprint_of(plan))


def sealed_in(folder: Path) -> list[object]:
    """Return what opens a pack, which is written with its key."""
    date = dt.date(2999, 5, 3)
    manifest = packs.Manifest("A", date, dt.datetime(2999, 5, 1, tzinfo=dt.UTC), date)
    pack, key = folder / "A.age", folder / "key.txt"
    pack.write_bytes(packs.seal(packs.bundle(manifest, {"map.html": b""}), [KEY.recipient]))
    key.write_text(KEY.secret, encoding="utf-8")
    return [pack, "--identity", key, "-o", "opened"]


def sweep_file(solved: Path) -> Path:
    """Write a sweep with one district beside its problem."""
    lines = [
        *('format = "routeplan-sweep"', "version = 1"),
        *("[search]", "iterations = 2", "[[districts]]"),
        *('name = "Aral"', 'scenario = "problem.json"'),
    ]
    (solved / "sweep.toml").write_text("\n".join(lines), encoding="utf-8")
    return solved / "sweep.toml"


WORDS = {
    "demo": ["unreachable", "map: made/outputs/map.html", "routeplan office made"],
    "run": ["Mon 3 May", "Aral", "unreachable", "40 of 191 households reached", "made/map.html"],
    "roads report": ["tertiary", "four_wheel_drive", "33 km of roads; 2 places; 1 way cut"],
    "roads explain": ["Bulaq by car", "km/h"],
    "roads learn": ["Learned", "speeds: made/speeds.toml"],
    "villages": ["Bulaq", "8500 m", "7 villages, 191 unsigned households"],
    "villages match": ["7 villages, 7 with a position", "matched: made/matched.xlsx"],
    "villages template": ["үлгі: made/villages.xlsx"],
    "problem": ["problem: made/problem.json"],
    "solve": ["40 of 191 households reached", "plan: made/plan.json"],
    "replan": ["households: ", "what can be kept of the plan of before", "made/later/map.html"],
    "evening": ["planned", "reached", "To be visited again"],
    "week new": ["households have signed", "plan: made/week2/plan.json"],
    "audit": ["the plan keeps every rule: 2 tours, 40 households reached"],
    "explain": ["Aral: 0 of 9 households reached", "why not more: unreachable"],
    "map": ["map: made/map.html"],
    "sheets": ["A_day1_2027-05-03.pdf: made/A_day1_2027-05-03.pdf", "check-in_day2_2027-05-04.pdf"],
    "phone": ["A-2027-05-03.gpx: made/phone/A-2027-05-03.gpx"],
    "workbook write": ["workbook: made/week1.xlsx"],
    "workbook read": ["nothing was edited"],
    "record": ["nothing is recorded"],
    "layers": ["layers: made/plan.gpkg"],
    "report": ["report: made/report.html"],
    "handouts": ["made: 1 files", "made/A/2027-05-03: 1 files"],
    "pack": ["crew A, Mon 03 May 2027: manifest.json, day.json", "advice", "made/A.age"],
    "pack open": ["crew A, Fri 03 May 2999: manifest.json, map.html", "opened/map.html"],
    "pack keygen": ["public key: age1", "identity: made/key.txt"],
    "ledger create": ["made/new.sqlite: 7 villages"],
    "ledger show": ["week 1", "Mill", "2027-05-03", "1 visit recorded, 30 households signed"],
    "ledger backup": ["backup: made/backup.sqlite"],
    "ledger restore": ["made/restored.sqlite: 1 visit recorded"],
    "office": ["routeplan-office."],
    "doctor": [f"routeplan {rp.__version__}", "nothing leaves this machine, unless"],
    "wipe": ["none removed"],
    "compare": ["households", "40", "Overlap of what is visited", "plans.csv: made/plans.csv"],
    "frontier": ["What one more brings", "least", "frontier.png: made/frontier.png"],
    "sweep": ["as it is", "40", "sweep.csv: made/sweep.csv"],
    "country": ["crews: 1; households reached:", "plan.json: made/plan.json"],
    "coverage": ["How far crews get", "Reached in a day from"],
}
KEYS = {
    "demo": {"summary", "run", "left_out", "files"},
    "run": {"summary", "run", "left_out", "files"},
    "roads report": {
        "ways",
        "cut_ways",
        "places",
        "km",
        "km_by_class",
        "km_by_surface",
        "vehicles",
        "ignored_restrictions",
    },
    "roads explain": {"remarks", "legs"},
    "roads learn": {"learned", "files"},
    "villages": {"villages", "without_population"},
    "villages match": {"counts", "rows", "files"},
    "villages template": {"files"},
    "problem": {"files"},
    "solve": {"summary", "run", "left_out", "files"},
    "replan": {
        *("summary", "run", "change_worth", "most_changes", "bonus", "moved", "value", "bound"),
        *("stay", "before", "after", "visits", "sheets", "files"),
    },
    "evening": {"teams", "villages", "missed", "tomorrow", "learned"},
    "week new": {"summary", "progress", "learned", "files"},
    "audit": {"violations"},
    "explain": {"place", "households", "reached", "reason", "requirements", "forced", "conclusion"},
    "map": {"files"},
    "sheets": {"files"},
    "phone": {"files"},
    "workbook write": {"files"},
    "workbook read": {"kept", "not_kept"},
    "record": {"entries"},
    "layers": {"files"},
    "report": {"files"},
    "handouts": {"files"},
    "pack": {"crew", "date", "expires", "holds", "files"},
    "pack open": {"crew", "date", "expires", "holds", "files"},
    "pack keygen": {"recipient", "files"},
    "ledger create": {"ledger", "villages"},
    "ledger show": {"ledger", "totals", "plans", "villages", "visits"},
    "ledger backup": {"files"},
    "ledger restore": {"ledger", "visits"},
    "office": {"files"},
    "doctor": {"libraries", "languages", "stores", "leaves"},
    "wipe": {"removed", "paths"},
    "compare": {"plans", "reached_by_size", "overlap_of_what_is_visited", "files"},
    "frontier": {"frontier", "what_one_more_brings", "files"},
    "sweep": {"sweep", "files"},
    "country": {"country", "note", "files"},
    "coverage": {"how_far_crews_get", "reached_in_a_day_from", "villages", "files"},
}


@pytest.mark.parametrize("command", OFFLINE)
def test_people_read_the_answer_on_standard_output_and_progress_beside_it(
    shell: Shell, toy: Path, solved: Path, command: str
) -> None:
    answer = shell(*ask(command, toy, solved))
    assert answer.code == 0
    for words in WORDS[command]:
        assert words in answer.out
    assert all(re.fullmatch(r".+: [0-9.]+ s", line) for line in answer.err.splitlines())
    assert bool(answer.err) == (command not in AT_ONCE)
    assert "reading" not in answer.out


@pytest.mark.parametrize("command", OFFLINE)
def test_machines_get_json_and_nothing_else(
    shell: Shell, toy: Path, solved: Path, command: str
) -> None:
    answer = shell(*ask(command, toy, solved), "--json")
    assert answer.code == 0
    assert answer.json.keys() >= KEYS[command]
    for path in answer.json.get("files", {}).values():
        assert (shell.folder / path).is_file()


# Keys are never alike.
@pytest.mark.parametrize("command", [name for name in OFFLINE if name != "pack keygen"])
def test_a_quiet_command_shows_no_progress(
    shell: Shell, toy: Path, solved: Path, command: str
) -> None:
    loud, quiet = (
        shell(*ask(command, toy, solved), *more, "--json") for more in ((), ("--quiet",))
    )
    assert (quiet.code, quiet.err) == (0, "")
    left = ({**answer.json, "run": None} for answer in (loud, quiet))
    assert next(left) == next(left)


def test_the_steps_of_the_line_give_what_the_whole_line_gives(
    shell: Shell, toy: Path, solved: Path
) -> None:
    assert shell("problem", toy, "-o", "p.json").code == 0
    assert shell("solve", "p.json", "-o", "plan.json", *SEARCH).code == 0
    assert shell("audit", "p.json", "plan.json").code == 0
    assert shell("map", toy, "plan.json").code == 0
    made = files_in(shell.folder)
    assert made["p.json"] == made["out/problem.json"]
    mine, whole = (json.loads(made[name]) for name in ("plan.json", "out/plan.json"))
    assert mine["tours"] == whole["tours"]
    assert mine["summary"] == whole["summary"]
    assert shell("map", toy, solved / "plan.json").code == 0
    assert files_in(shell.folder)["map.html"] == made["out/map.html"]


def test_a_map_is_in_the_language_of_its_scenario_unless_another_is_asked_for(
    shell: Shell, toy: Path, solved: Path
) -> None:
    text = toy.read_text(encoding="utf-8")
    toy.write_text(f'{text}\n[handouts]\nlanguage = "ru"\n', encoding="utf-8")
    assert shell("map", toy, solved / "plan.json").code == 0
    assert b'<html lang="ru">' in files_in(shell.folder)["map.html"]
    assert shell("map", toy, solved / "plan.json", "--language", "kk").code == 0
    assert b'<html lang="kk">' in files_in(shell.folder)["map.html"]
    assert shell("map", toy, solved / "plan.json", "--language", "kz").code == 2


def test_a_plan_without_a_place_for_it_goes_to_standard_output(shell: Shell, solved: Path) -> None:
    answer = shell("solve", solved / "problem.json", *SEARCH)
    plan = rp.plan_from_json(answer.out)
    problem = rp.problem_from_json((solved / "problem.json").read_bytes())
    assert rp.audit_plan(problem, plan) == ()
    assert "planning" in answer.err


def test_names_are_shown_as_they_are_written(shell: Shell) -> None:
    lat, lon = at(100, 50)
    rows = [HEADER, f"v1,[red]Ақ[/x] :smile:,{lat},{lon},5,"]
    toy = replace(Undertaking(), table=rows).write(shell.folder)
    for command in (["villages", toy], ["run", toy, "-o", "out[1]", *SEARCH]):
        answer = shell(*command)
        assert answer.code == 0, answer.err
    assert "map: out[1]/map.html" in answer.out
    assert "[red]Ақ[/x] :smile:" in shell("villages", toy).out


def test_pipes_carry_any_alphabet_whatever_the_machine_is_set_to(shell: Shell) -> None:
    toy = Undertaking(villages="osm = true\npeople_per_household = 4").write(shell.folder)
    narrow = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    for more, expected in ((), "Ақ"), (("--json",), '"name": "Ақ"'):
        ended = in_a_process("villages", toy, *more, env=narrow)
        assert ended.returncode == 0, ended.stderr
        assert expected in ended.stdout.decode("utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="breaks pipes as POSIX does")
def test_a_reader_that_goes_away_is_no_error(toy: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "routeplan", "villages", str(toy), "-q"]
    ended = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)  # noqa: S603
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_the_command_works_as_a_process_and_keeps_to_its_seconds(shell: Shell) -> None:
    ended = in_a_process("demo", "--seconds", "2", "--json", "-o", shell.folder / "demo")
    assert ended.returncode == 0, ended.stderr
    answer = json.loads(ended.stdout)
    assert answer["run"]["stopped_by"] == "time"
    assert answer["run"]["seconds"] > 1.5
    plan = rp.plan_from_json((shell.folder / "demo" / "outputs" / "plan.json").read_bytes())
    assert plan.summary.households == answer["summary"]["households"] > 0


def test_the_demo_leaves_a_scenario_of_its_own_which_is_not_replaced_once_it_is_changed(
    shell: Shell,
) -> None:
    asked = ("demo", "-o", "d", *SEARCH)
    assert shell(*asked, "--language", "ru").code == 0
    scenario = shell.folder / "d" / "scenario.toml"
    assert rp.read_scenario(scenario).language == "ru"
    assert shell(*asked).code == 0
    assert rp.read_scenario(scenario).language == "en"
    scenario.write_text(scenario.read_text(encoding="utf-8") + "\n# mine\n", encoding="utf-8")
    (fault,) = shell.refuses(2, *asked)
    assert "scenario.toml: was changed since the last run" in fault
    assert "# mine" in scenario.read_text(encoding="utf-8")
    assert shell(*asked, "--overwrite").code == 0


# ---- Sheets ----


def test_sheets_of_one_crew_and_day_are_asked_for_by_number_or_date(
    shell: Shell, toy: Path, solved: Path
) -> None:
    asked = ("sheets", toy, solved / "plan.json", "--crew", "A")
    for folder, day in (("one", "2"), ("two", "2027-05-04")):
        assert shell(*asked, "-o", folder, "--day", day, "--language", "kk").code == 0
    one, two = (files_in(shell.folder / folder) for folder in ("one", "two"))
    assert one == two
    assert "A_day2_2027-05-04.pdf" in one
    del one[INDEX]
    assert all(name.startswith("A_day2_2027-05-04") for name in one)
    assert all(pdf.startswith(b"%PDF") for pdf in one.values())


def test_sheets_of_no_crew_or_day_are_refused_and_none_is_written(
    shell: Shell, toy: Path, solved: Path
) -> None:
    asked = ("sheets", toy, solved / "plan.json", "-o", "made")
    crew, day = shell.refuses(2, *asked, "--crew", "a", "--day", "3")
    assert "no crew has the id 'a'" in crew
    assert "there is no day 3; the days are 1 to 2" in day
    (word,) = shell.refuses(2, *asked, "--day", "tuesday")
    assert "the days are 1 to 2, or 2027-05-03 to 2027-05-04" in word


def test_sheets_of_a_plan_for_another_problem_are_refused(
    shell: Shell, toy: Path, solved: Path
) -> None:
    text = toy.read_text(encoding="utf-8").replace("size = 2", "size = 3")
    toy.write_text(text, encoding="utf-8")
    (fault,) = shell.refuses(2, "sheets", toy, solved / "plan.json", "-o", "made")
    assert "was not made for the problem" in fault


# ---- Exit codes ----


def test_a_plan_that_breaks_rules_ends_with_5_and_every_violation(
    shell: Shell, solved: Path
) -> None:
    path = solved / "plan.json"
    plan = json.loads(path.read_bytes())
    plan["tours"][0]["arrive"] += 5 * 86_400
    plan["summary"]["households"] += 1
    path.write_text(json.dumps(plan))
    answer = shell("audit", solved / "problem.json", path)
    assert answer.code == 5
    found = shell("audit", solved / "problem.json", path, "--json")
    assert found.code == 5
    assert len(found.json["violations"]) == len(answer.out.splitlines()) >= 2
    assert answer.err == found.err == ""


def test_what_is_required_and_cannot_be_ends_with_4(shell: Shell, solved: Path) -> None:
    problem = rp.problem_from_json((solved / "problem.json").read_bytes())
    villages = tuple(replace(v, required=v.place in {"Aral", "Shet"}) for v in problem.villages)
    text = rp.problem_to_json(problem.replace(villages=villages))
    (shell.folder / "required.json").write_text(text, encoding="utf-8")
    faults = shell.refuses(4, "solve", "required.json", "-o", "plan.json", *SEARCH)
    assert len(faults) == 2
    assert all("required" in fault for fault in faults)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (rp.RouteplanError("broken"), 1),
        (rp.InputError("broken"), 2),
        (rp.RoadError("broken"), 3),
        (rp.PlanError("broken"), 4),
        (rp.AuditError("broken"), 5),
    ],
)
def test_each_kind_of_error_has_its_exit_code(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, error: rp.RouteplanError, code: int
) -> None:
    monkeypatch.setattr(roads.roads_report, "callback", _raising(error))
    assert shell.refuses(code, "roads", "report", "x.osm") == ["broken"]


def test_ctrl_c_outside_the_search_ends_with_130_and_a_word(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roads.roads_report, "callback", _raising(KeyboardInterrupt()))
    assert shell.refuses(130, "roads", "report", "x.osm") == ["stopped"]


def test_a_very_long_list_of_faults_is_cut(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = Faults()
    for row in range(15_000):
        faults.add(f"villages.csv:{row}", "is wrong")
    monkeypatch.setattr(roads.roads_report, "callback", _raising(rp.InputError(faults)))
    said = shell.refuses(2, "roads", "report", "x.osm")
    assert len(said) == 51
    assert said[0] == "villages.csv:0: is wrong"
    assert said[-1] == "and 14,950 more"
    monkeypatch.setattr(roads.roads_report, "callback", _raising(rp.InputError(list(faults)[:50])))
    assert shell.refuses(2, "roads", "report", "x.osm")[-1] == "villages.csv:49: is wrong"


def _raising(error: BaseException) -> Callable[..., int]:
    def command(**_: object) -> int:
        raise error

    return command


# ---- Ctrl-C for real ----


@pytest.fixture(scope="module")
def district() -> Problem:
    return make_district(40, 2, 4, 8, seed=3)


@pytest.mark.skipif(not CHILDREN.exists(), reason="looks at processes in /proc")
@pytest.mark.parametrize("moment", ["first plan", "routing"])
def test_ctrl_c_in_the_search_keeps_the_best_plan_and_leaves_no_process(
    tmp_path: Path, district: Problem, moment: str
) -> None:
    (tmp_path / "problem.json").write_text(rp.problem_to_json(district), encoding="utf-8")
    command = [sys.executable, "-m", "routeplan", "solve", "problem.json", "-o", "plan.json"]
    engine, seconds = ("columns", "600") if moment == "first plan" else ("routing", "16")
    terminal, errors = pytest.importorskip("pty").openpty()
    process = subprocess.Popen(  # noqa: S603
        [*command, "--seconds", seconds, "--engine", engine, "--json"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=errors,
    )
    os.close(errors)
    seen = bytearray()
    reader = threading.Thread(target=_read_all, args=(terminal, seen))
    reader.start()
    while b"households after" not in seen and process.poll() is None:
        time.sleep(0.02)
    workers = _workers(process.pid, wait=moment == "routing")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=120)
    reader.join()
    os.close(terminal)
    assert process.returncode == 130, seen.decode()
    assert b"Traceback" not in seen
    assert json.loads(out)["run"]["stopped_by"] == "interrupt"
    plan = rp.plan_from_json((tmp_path / "plan.json").read_bytes())
    assert plan.run.stopped_by == "interrupt"
    assert plan.summary.households > 0
    assert rp.audit_plan(district, plan) == ()
    assert bool(workers) == (moment == "routing")
    assert not any(_is_worker(worker) for worker in workers)
    assert sorted(path.name for path in tmp_path.iterdir()) == [INDEX, "plan.json", "problem.json"]


def test_ctrl_c_while_modules_load_ends_with_the_code_of_the_command(tmp_path: Path) -> None:
    """Python keeps in mind a Ctrl-C that hit a string being executed, though it was caught."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "import routeplan.cli\n"
        "def main():\n"
        "    try:\n"
        "        exec('raise KeyboardInterrupt')\n"
        "    except KeyboardInterrupt:\n"
        "        sys.exit(130)\n"
        "routeplan.cli.main = main\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "routeplan"],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        cwd=Path(rp.__file__).parents[1],
        check=False,
    )
    assert done.returncode == 130


def _read_all(terminal: int, seen: bytearray) -> None:
    # The end of a terminal that nobody writes to any more is an error.
    with contextlib.suppress(OSError):
        while data := os.read(terminal, 10_000):
            seen += data


def _workers(parent: int, *, wait: bool) -> list[int]:
    """Return the numbers of a process's children that plan routes, once there are any."""
    for _ in range(1200 if wait else 1):
        found = [number for number in _children(parent) if _is_worker(number)]
        if found:
            return found
        time.sleep(0.02)
    return []


def _children(parent: int) -> list[int]:
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return [int(number) for number in listed.split()]


def _is_worker(number: int) -> bool:
    try:
        return b"ortools_routing" in Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:
        return False


# ---- Bad input: roads ----


def roads_of(folder: Path, data: bytes, name: str = "district.osm") -> None:
    (folder / name).write_bytes(data)


@pytest.mark.parametrize("command", ["run", "roads"])
def test_an_osm_file_that_is_cut_off_empty_or_without_roads_ends_with_3(
    shell: Shell, toy: Path, command: str
) -> None:
    path = shell.folder / "district.osm"
    asked = ["roads", "report", path] if command == "roads" else ["run", toy, *SEARCH]
    whole = path.read_bytes()
    river = District()
    river.node(1, 0, 0)
    river.node(2, 10, 0)
    river.way([1, 2], waterway="river")
    for data, word in [
        (whole[: len(whole) // 2], "cut off"),
        (b"", "is empty"),
        (b"\x00\x01 nothing that anyone knows", "damaged"),
        (river.xml().encode(), "holds no roads"),
    ]:
        path.write_bytes(data)
        (fault,) = shell.refuses(3, *asked)
        assert word in fault
        assert "district.osm" in fault


def test_a_pbf_that_is_cut_off_ends_with_3(shell: Shell) -> None:
    whole = (demo_folder() / "steppe.osm.pbf").read_bytes()
    (shell.folder / "cut.osm.pbf").write_bytes(whole[:-1000])
    (fault,) = shell.refuses(3, "roads", "report", "cut.osm.pbf")
    assert "cut off" in fault


def test_a_file_that_is_no_file_of_roads_by_its_name_ends_with_2(shell: Shell, toy: Path) -> None:
    (fault,) = shell.refuses(2, "roads", "report", toy)
    assert fault.endswith("known are .osm.pbf, .pbf, .osm, .osm.gz, .osm.bz2, .graphml")


def test_a_base_that_cannot_be_reached_ends_with_3(shell: Shell) -> None:
    aral = place("Aral", 20500, 30)
    toy = Undertaking(lat=aral.lat, lon=aral.lon).write(shell.folder)
    (fault,) = shell.refuses(3, "run", toy, *SEARCH)
    assert "team A: its base 'base' cannot be reached" in fault


# ---- Bad input: table and scenario ----


def test_every_fault_of_a_table_is_named_at_once(shell: Shell) -> None:
    lat, lon = at(100, 50)
    rows = [
        *("Aq,Aq,{lat},{lon},40,", "Aq,Again,{lat},{lon},5,", "neg,N,{lat},{lon},-3,"),
        *("frac,F,{lat},{lon},2.5,", "word,W,{lat},{lon},many,", "pole,P,95,{lon},5,"),
    ]
    table = [HEADER, *(row.format(lat=lat, lon=lon) for row in rows)]
    faults = shell.refuses(2, "run", Undertaking(table=table).write(shell.folder), *SEARCH)
    expected = [
        *(("villages.csv:3 id", "is the id of"), ("villages.csv:4 households", "-3")),
        *(("villages.csv:5 households", "2.5"), ("villages.csv:6 households", "many")),
        ("villages.csv:7 lat", "95"),
    ]
    assert len(faults) == len(expected)
    for where, word in expected:
        assert any(fault.startswith(where) and word in fault for fault in faults), where


def test_villages_in_the_sea_or_with_swapped_coordinates_end_with_2(shell: Shell) -> None:
    lat, lon = at(100, 50)
    table = [*Undertaking().table, f"swapped,,{lon},{lat},5,", "sea,,42,51,5,"]
    toy = Undertaking(table=table).write(shell.folder)
    swapped, sea = shell.refuses(2, "villages", toy)
    assert swapped.startswith("villages.csv:9 lat: ")
    assert swapped.endswith("are lat and lon swapped?")
    assert sea.startswith("villages.csv:10: lat 42.0, lon 51.0 is 2,151 km from every road")


def test_every_fault_of_a_scenario_is_named_at_once(shell: Shell) -> None:
    toy = Undertaking(first="2027-05-09", work='["21:00", "08:00"]', lat=200, roads="distrikt.osm")
    faults = shell.refuses(2, "run", toy.write(shell.folder), *SEARCH)
    assert all(fault.startswith("scenario.toml:") for fault in faults)
    for where, word in [
        ("roads.file", "did you mean 'district.osm'?"),
        ("places[0].lat", "200"),
        ("days", "2027-05-04"),
        ("days.work", "08:00"),
    ]:
        assert any(f": {where}" in fault and word in fault for fault in faults), where


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b'format = "routeplan-scenario"\nversion = 1\n[days\n', "scenario.toml:3"),
        (b"a = " + b"[" * 100_000, "brackets too deep"),
        (b"a = " + b"1" * 5000, "number that is too long"),
        (b"\xff\xfe", "is not in UTF-8"),
        (b"", "expected is the line format"),
    ],
    ids=["broken", "deep", "long", "binary", "empty"],
)
def test_a_scenario_that_is_no_toml_ends_with_2(
    shell: Shell, toy: Path, text: bytes, words: str
) -> None:
    toy.write_bytes(text)
    for command in ("run", "villages"):
        assert words in shell.refuses(2, command, toy)[0]


def test_files_that_are_not_there_end_with_2(shell: Shell, toy: Path) -> None:
    asked: list[list[object]] = [
        ["run", "none"],
        ["villages", "none"],
        ["problem", "none", "-o", "p.json"],
        ["solve", "none"],
        ["audit", "none", "none"],
        ["explain", "none", "none", "Aq"],
        ["map", toy, "none"],
    ]
    for arguments in asked:
        (fault,) = shell.refuses(2, *arguments)
        assert fault.startswith("none: cannot be read: ")


# ---- Bad input: problems and plans ----


def test_a_problem_that_is_no_json_ends_with_2(shell: Shell) -> None:
    path = shell.folder / "problem.json"
    for data in (b"", b'{"format": ', b"[" * 100_000, b"\xff", b"[]"):
        path.write_bytes(data)
        assert shell.refuses(2, "solve", path, "-o", "plan.json")[0].startswith("problem.json")


def test_every_fault_of_a_problem_is_named_at_once(shell: Shell, solved: Path) -> None:
    path = solved / "problem.json"
    problem = json.loads(path.read_bytes())
    problem["travel"]["car"]["seconds"].pop()
    problem["villages"][0]["households"] = -1
    problem["villages"][1]["househlods"] = 5
    problem["days"][0]["knock"] = [72000, 36000]
    problem["days"][1]["date"] = "2027-05-01"
    path.write_text(json.dumps(problem))
    faults = shell.refuses(2, "solve", path, "-o", "plan.json")
    for where in ("travel.car.seconds", "villages[0]", "villages[1]", "days[0].knock", "days[1]"):
        assert any(f"problem.json {where}" in fault for fault in faults), (where, faults)


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (["--engine", "rooting"], "engine: there is no engine 'rooting'; did you mean 'routing'?"),
        (["--seconds", "0"], "seconds: 0 is not above 0 and at most 604800 (a week)"),
        (["--seconds", "nan"], "seconds: nan is not above 0 and at most 604800 (a week)"),
        (["--seconds", "inf"], "seconds: inf is not above 0 and at most 604800 (a week)"),
        (["--iterations", "-1"], "iterations: -1 is below 0"),
    ],
)
def test_a_search_that_cannot_be_is_refused_by_every_command_that_searches(
    shell: Shell, toy: Path, solved: Path, options: list[str], fault: str
) -> None:
    for asked in (["run", toy], ["solve", solved / "problem.json", "-o", "plan.json"], ["demo"]):
        assert shell.refuses(2, *asked, *options) == [fault]


def test_a_plan_for_another_problem_is_not_drawn(shell: Shell, toy: Path, solved: Path) -> None:
    plan = solved / "plan.json"
    toy.write_text(toy.read_text().replace("2027-05-04", "2027-05-05"), encoding="utf-8")
    (fault,) = shell.refuses(2, "map", toy, plan)
    assert fault == (
        f"{plan}: was not made for the problem that {toy} poses now; plan it anew with 'run'"
    )


def test_a_plan_that_names_strange_places_is_not_drawn(
    shell: Shell, toy: Path, solved: Path
) -> None:
    path = solved / "plan.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"from": "base"', '"from": "Atlantis"'), encoding="utf-8")
    faults = shell.refuses(2, "map", toy, path)
    assert faults[0] == "tours[0]: no place has the id 'Atlantis'; " + faults[0].partition("; ")[2]


# ---- Places that cannot be written ----


@pytest.mark.parametrize("command", ["demo", "run", "problem", "solve", "map"])
def test_a_place_that_cannot_be_written_is_refused_before_the_work(
    shell: Shell, toy: Path, solved: Path, command: str
) -> None:
    asked = ask(command, toy, solved)
    asked[asked.index("-o") + 1] = toy / "below" / "a" / "file"
    faults = shell.refuses(2, *asked)
    assert all("cannot be written: not a directory" in fault for fault in faults)
    assert "building" not in shell(*asked).err


def test_no_command_overwrites_what_it_reads(shell: Shell, toy: Path, solved: Path) -> None:
    problem, plan = solved / "problem.json", solved / "plan.json"
    for asked in (
        ["problem", toy, "-o", toy],
        ["solve", problem, "-o", problem, *SEARCH],
        ["map", toy, plan, "-o", plan],
    ):
        (fault,) = shell.refuses(2, *asked)
        assert "would be overwritten" in fault


def test_a_failed_command_leaves_no_new_folder(shell: Shell) -> None:
    toy = Undertaking(base="nowhere").write(shell.folder)
    shell.refuses(2, "run", toy, "-o", "new/folder", *SEARCH)
    assert not (shell.folder / "new").exists()


def test_tours_too_many_to_be_listed_are_added_up_by_team(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """So are the villages left out, by reason: none is passed over in silence."""
    plan = toy_plan()
    more = tuple(LeftOut("hill", n, Reason.TOO_FAR) for n in (1, 2))
    monkeypatch.setattr(plan_tables, "MAX_ROWS", 2)
    out = Output(as_json=False, quiet=True)
    plan_tables.show_plan(out, toy_problem(), plan.replace(left_out=plan.left_out + more), {})
    rows = [re.split(r"\s*│\s*", line)[1:-1] for line in capsys.readouterr().out.splitlines()]
    assert ["A", "3", "5", "155", "150", "2:30"] in rows
    assert ["B", "2", "4", "100", "140", "2:20"] in rows
    assert ["2 more", "3", "too_far", "see the plan"] in rows


def test_a_problem_of_version_1_is_written_where_nothing_of_version_2_is_used(
    shell: Shell, toy: Path
) -> None:
    assert shell("problem", toy, "-o", "p1.json", "--format-version", 1).code == 0
    assert json.loads((shell.folder / "p1.json").read_text(encoding="utf-8"))["version"] == 1
    more = '[rules]\nrest_minutes_per_day = 45\nrest_between = ["10:30", "11:00"]\n'
    (shell.folder / "lunch").mkdir()
    lunch = Undertaking(more=more).write(shell.folder / "lunch")
    refused = shell("problem", lunch, "-o", "p2.json", "--format-version", 1)
    assert refused.code == 2
    assert "rules.rest_between: version 1 has no rest_between of rules; write version 2" in (
        refused.err
    )
    assert not (shell.folder / "p2.json").exists()


def test_what_a_plan_is_worth_and_announced_visits_are_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    announced = (Announced("A", 0, "mill", 4.0), Announced("B", 2, "ford", 4.0))
    problem = toy_problem().replace(announced=announced)
    kept = {each.visit for each in kept_visits(problem, toy_plan().tours)}
    assert ("A", 0, "mill") in kept
    summary = replace(toy_plan().summary, objective=300.0, upper_bound=330.0)
    out = Output(as_json=False, quiet=True)
    plan_tables.show_plan(out, problem, toy_plan().replace(summary=summary), {})
    lines = capsys.readouterr().out.splitlines()
    what = "weighted, with bonuses and the price of driving"
    assert f"worth 300.0 ({what})" in lines
    assert f"no plan is worth more than 330.0 ({what}): 10.0 % more than this one" in lines
    assert f"{len(kept)} of 2 announced visits kept" in lines
    assert [line for line in lines if line.startswith("not kept")] == [
        f"not kept: {toy_problem().place(each.place).name}, by {each.team} on 2027-05-06"
        for each in announced
        if each.visit not in kept
    ]
    plan_tables.show_plan(Output(as_json=True, quiet=True), problem, toy_plan(), {})
    answer = json.loads(capsys.readouterr().out)
    assert [each["kept"] for each in answer["announced"]] == [a.visit in kept for a in announced]


def test_the_gap_that_is_shown_meanwhile_is_that_of_the_objective() -> None:
    steps = Steps(quiet=True)
    steps.report(Progress(90, 95.0, bound=110.0, seconds=1.0, objective=100.0))
    assert "at most 110 (10.0 % more)" in str(steps._status.status)
