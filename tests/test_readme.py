"""The READMEs stay true: their commands, files, fields and examples."""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

import routeplan as rp
from routeplan.cli import main
from routeplan.cli.commands import COMMANDS
from routeplan.formats import problem_sha256
from routeplan.formats.versions import NEW_FIELDS
from routeplan.model.problem import Problem, Rules, Team
from routeplan.scenario import read_scenario
from tests.cli import command_table
from tests.helpers import paths

if TYPE_CHECKING:
    from pathlib import Path

ROOT = paths.ROOT
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / "README.md", *sorted(ROOT.glob("routeplan/*/README.md"))]
DOCUMENTS += sorted([*ROOT.glob(".github/*.md"), *ROOT.glob("routeplan/locale/*.md")])
FORMATS = (ROOT / "routeplan/formats/README.md").read_text(encoding="utf-8")
SCENARIO = (ROOT / "routeplan/scenario/README.md").read_text(encoding="utf-8")
TEST_COMMAND = (
    "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/python -m pytest"
)
DEMO_COMMAND = "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/routeplan demo"
MAX_BYTES = 8_000


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def commands_in(text: str) -> set[str]:
    """Return the words that a text puts behind ``routeplan`` where it is typed."""
    typed = re.findall(r"(?:`|^|bin/)routeplan ([a-z]+)( [a-z]+)?", text, flags=re.MULTILINE)
    return {first + more if first + more in COMMANDS else first for first, more in typed}


def examples(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


# ---- The README ----


def test_the_readme_is_short() -> None:
    assert len(README.encode()) <= MAX_BYTES


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_command_that_is_named_exists(path: Path) -> None:
    words = {command.partition(" ")[0] for command in COMMANDS}
    assert commands_in(path.read_text(encoding="utf-8")) <= words | set(COMMANDS)


@pytest.mark.parametrize("command", sorted(commands_in(README)))
def test_every_command_of_the_readme_has_help(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"routeplan {command}" in capsys.readouterr().out


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_file_that_is_named_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    names = set(re.findall(r"`((?:routeplan|data|tests|notebooks|\.ci)/[\w./]+)`", text))
    missing = {name for name in names if not (ROOT / name).exists()}
    linked = set(re.findall(r"\]\(([\w./]+)\)", text))
    assert missing | {name for name in linked if not (path.parent / name).exists()} == set()


def test_the_two_commands_have_a_line_each() -> None:
    lines = README.splitlines()
    assert TEST_COMMAND in lines
    assert DEMO_COMMAND in lines


def test_the_gate_runs_the_test_command_of_the_readme() -> None:
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    pattern = re.search(r'grep -m1 -o "([^"]+)" README.md', gate)
    assert pattern is not None
    assert pattern.group(1).replace("\\", "") == TEST_COMMAND


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_the_modules_that_are_named_can_be_run(path: Path) -> None:
    for module in re.findall(r"python -m ([\w.]+)", path.read_text(encoding="utf-8")):
        if module.startswith(("tests.", "routeplan.")):
            assert importlib.util.find_spec(module) is not None


# ---- The references ----


def test_the_table_of_commands_is_that_of_the_commands() -> None:
    assert command_table.written() == command_table.table()


def test_the_examples_of_the_formats_are_a_problem_and_its_best_plan() -> None:
    problem_text, plan_text, *_ = examples(FORMATS, "json")
    problem, plan = rp.problem_from_json(problem_text), rp.plan_from_json(plan_text)
    sha256 = problem_sha256(rp.problem_to_json(problem))
    assert rp.audit_plan(problem, plan, problem_sha256=sha256) == ()
    assert plan.summary.weighted == plan.summary.upper_bound
    best = rp.solve(problem, rp.Options(iterations=1))
    assert best.tours == plan.tours
    assert json.loads(rp.plan_to_json(plan)) == json.loads(plan_text)
    assert json.loads(rp.problem_to_json(problem)) == json.loads(problem_text)


def test_the_examples_of_version_2_are_a_problem_that_uses_all_of_it_and_its_best_plan() -> None:
    *_, problem_text, plan_text = examples(FORMATS, "json")
    problem, plan = rp.problem_from_json(problem_text), rp.plan_from_json(plan_text)
    sha256 = problem_sha256(rp.problem_to_json(problem))
    assert rp.audit_plan(problem, plan, problem_sha256=sha256) == ()
    assert plan.summary.objective == plan.summary.upper_bound
    assert json.loads(rp.plan_to_json(plan)) == json.loads(plan_text)
    written = json.loads(rp.problem_to_json(problem))
    assert written["travel"] == json.loads(problem_text)["travel"]
    with pytest.raises(rp.InputError) as refused:
        rp.problem_to_json(problem, version=1)
    assert len(refused.value.faults) == sum(
        len(NEW_FIELDS[kind]) for kind in (Problem, Rules, Team)
    )


def keys_of(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for each in value.values() for key in keys_of(each)}
    if isinstance(value, list):
        return {key for each in value for key in keys_of(each)}
    return set()


def test_every_field_of_the_files_is_in_the_reference() -> None:
    keys = {key for text in examples(FORMATS, "json") for key in keys_of(json.loads(text))}
    for key in keys - {"format", "version", "car", "weighted", "engine", "seed", "iterations"}:
        assert re.search(rf"`{key}`|`{key} |\"{key}\"", FORMATS), key


def test_the_example_of_a_scenario_is_read_and_its_fields_are_in_the_reference(
    tmp_path: Path,
) -> None:
    (example,) = examples(SCENARIO, "toml")
    values = tomllib.loads(example)
    for name in re.findall(r'"([\w.]+\.(?:pbf|csv|toml|geojson))"', example):
        (tmp_path / name).touch()
    (tmp_path / "scenario.toml").write_text(example, encoding="utf-8")
    assert read_scenario(tmp_path / "scenario.toml").language == values["handouts"]["language"]
    reference = SCENARIO.replace(example, "")
    for section in ("roads", "villages", "days", "rules", "nights", "handouts"):
        for field in values[section]:
            assert f"`{field}`" in reference, (section, field)
    for section in ("places", "teams", "announced", "districts"):
        for field in values[section][0]:
            assert f"`{field}`" in reference, (section, field)


# ---- What helps those who change it ----


@pytest.mark.parametrize(
    "path", [ROOT / ".pre-commit-config.yaml", *sorted(ROOT.glob(".github/**/*.yml"))], ids=name_of
)
def test_settings_are_sound_yaml_and_name_no_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert importlib.import_module("yaml").safe_load(text)
    assert not re.search("/root/|/work/|/home/|https?:", text)


def test_the_workflow_runs_the_gate_on_the_oldest_and_newest_python() -> None:
    text = (ROOT / ".github/workflows/check.yml").read_text(encoding="utf-8")
    jobs = importlib.import_module("yaml").safe_load(text)["jobs"]
    matrix = jobs["check"]["strategy"]["matrix"]
    assert {system.partition("-")[0] for system in matrix["system"]} == {
        *("ubuntu", "macos", "windows")
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == f">={matrix['python'][0]}"
    assert {"run": ".ci/run"} in jobs["check"]["steps"]


def test_templates_ask_for_the_doctor_and_never_for_villages() -> None:
    for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"):
        text = path.read_text(encoding="utf-8")
        assert "routeplan doctor" in text
        assert "name no village" in text


def test_the_changes_name_the_version_of_the_package() -> None:
    changes = (ROOT / ".github/CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {rp.__version__}" in changes
