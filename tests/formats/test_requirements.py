"""What a village would take, in words of every language; files are in English in all of them."""

from __future__ import annotations

import tomllib

import pytest

from routeplan.errors import InputError
from routeplan.formats import (
    detail_of,
    plan_to_json,
    problem_to_json,
    requirement_text,
)
from routeplan.formats.toml import parse_toml
from routeplan.language import LANGUAGE_VARIABLE, LANGUAGES, Language
from routeplan.model.plan import LeftOut, Reason, Requirement, RequirementKind
from tests.helpers.toy import full_toy_plan, full_toy_problem, toy_problem


def requirements(kind: RequirementKind) -> list[Requirement]:
    """Return requirements of a kind: with all that may be known, and with as little as may be."""
    values = {"team": "A", "day": 0, "place": "base", "minutes": 1, "households": 1, "nights": 2}
    text = "as the file says" if kind is RequirementKind.NOTE else None
    whole = Requirement(kind, **values, text=text)  # type: ignore[arg-type]  # by name
    of_team = {RequirementKind.MINUTES, RequirementKind.SEARCH}
    if kind is RequirementKind.NOTE or kind in of_team:
        return [whole]
    numbered = {RequirementKind.NIGHT, RequirementKind.DETOUR}
    least = Requirement(kind, households=7 if kind in numbered else None)
    if kind is RequirementKind.DETOUR:
        least = Requirement(kind, "A", 1, minutes=5, households=7)
    return [whole, least]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", RequirementKind)
def test_every_requirement_has_words_in_every_language(
    kind: RequirementKind, language: Language
) -> None:
    for requirement in requirements(kind):
        for visited in (False, True):
            for problem in (None, toy_problem()):
                text = requirement_text(
                    requirement, visited=visited, problem=problem, language=language
                )
                assert text or (kind is RequirementKind.NOTE and language != "en")
                assert not {"None", "{", "}"} & {*text.split(), *text}, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_wrong_with_roads_is_said_by_the_file_in_english_only(language: Language) -> None:
    road = Requirement(RequirementKind.ROAD, metres=4100, trouble="island", text="no road: 4 km")
    text = requirement_text(road, language=language)
    if language == "en":
        assert text == "no road: 4 km"
    else:
        assert "no road" not in text
        assert "4,1" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_of_messages_changes_a_file(
    language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = (RequirementKind.NIGHT, RequirementKind.CREW_DAY)
    left = LeftOut("dell", 10, Reason.NO_TIME, tuple(requirements(kind)[0] for kind in kinds))
    plan = full_toy_plan()
    reduced = plan.replace(left_out=(left,))
    problem = full_toy_problem()
    before = problem_to_json(problem), plan_to_json(reduced), detail_of(left, visited=False)
    monkeypatch.setenv(LANGUAGE_VARIABLE, language)
    after = problem_to_json(problem), plan_to_json(reduced), detail_of(left, visited=False)
    assert after == before
    assert "all crew-days are full; a night at base" in after[2]


@pytest.mark.parametrize(
    "line",
    [
        *("a = 1\na = 2", "a = [", "a 1", "[a", "[[a", "a = 1 2", "a = 2027-13-01", 'a = "\\ug"'),
        *("= 1", "a = ", "a = {", 'a = "', "a = '", "[a]\n[a]", "a = {b = 1, b = 2}", "a = '\x01'"),
        *("a = 'b\nc'", "[a.b]\n[a]\nb.c = 1", "a = {}\n[a.b]", 'a = "\\q"', "[[a]]\n[a]"),
    ],
)
def test_why_a_line_is_no_toml_is_told_as_python_tells_it(line: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as found:
        tomllib.loads(line)
    reason = str(found.value).partition(" (at ")[0]
    with pytest.raises(InputError) as caught:
        parse_toml(line.encode(), "x.toml")
    assert reason in str(caught.value)
