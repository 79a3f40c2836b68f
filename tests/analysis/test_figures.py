"""Figures: all their words and numbers are in the language of messages, and fit where they are."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

import routeplan as rp
from routeplan import cli, language
from routeplan.analysis import coverage_by_group, plots, report
from routeplan.analysis.labels import group_label
from routeplan.formats import plan_to_json, problem_to_json
from routeplan.language import LANGUAGE_VARIABLE
from tests.helpers.toy import toy_plan, toy_problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matplotlib.figure import Figure


QUICK = rp.Options(iterations=2, bound=False)
OTHERS = ("ru", "kk")
LATIN = re.compile("[A-Za-z]")
# A long name, with all letters that are in Kazakh alone.
NAME = "Әріптері көп атау: ә ғ қ ң ө ұ ү һ і Ә Ғ Қ Ң Ө Ұ Ү Һ І"


class Texts:
    """A catalogue that has a translation of every text.

    Whether the catalogues are whole is for other tests: a text that one lacks gets letters that
    are not Latin here, and fields as they are.
    """

    def __init__(self, name: language.Language) -> None:
        self._texts = translation(name)

    def gettext(self, text: str) -> str:
        return self._or_other(self._texts.gettext(text))

    def ngettext(self, one: str, many: str, n: int) -> str:
        return self._or_other(self._texts.ngettext(one, many, n))

    def _or_other(self, text: str) -> str:
        parts = re.split(r"(\{.*?\})", text)
        return "".join(part if part.startswith("{") else LATIN.sub("ы", part) for part in parts)


translation = language.translation


@pytest.fixture
def speak(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets the language of messages."""

    def choose(name: str) -> None:
        monkeypatch.setenv(LANGUAGE_VARIABLE, name)
        monkeypatch.setattr(language, "translation", Texts if name != "en" else translation)

    return choose


PROBLEM, PLAN = toy_problem(), toy_plan()
PLANS = {"бірінші": PLAN, NAME: rp.solve(PROBLEM, QUICK)}


def differences() -> gpd.GeoDataFrame:
    spots = [shapely.Point(68.25, 48.5), shapely.Point(68.5, 48.75), shapely.Point(69, 49)]
    values = {"difference": [0, 7, -1], "reached бірінші": [1, 1, 1], f"reached {NAME}": [1, 8, 0]}
    return gpd.GeoDataFrame(values, geometry=spots, crs=4326)


def isochrones() -> gpd.GeoDataFrame:
    rows = [
        (vehicle, sources, minutes, shapely.box(71, 51, 71 + minutes / 60, 52))
        for vehicle in ("car", "four_wheel_drive")
        for sources in ("bases", "bases and beds")
        for minutes in (30, 90.5)
    ]
    columns = ["vehicle", "sources", "minutes", "geometry"]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), crs=4326)


def comparison() -> Figure:
    table = rp.compare_plans(PLANS, PROBLEM)
    return rp.draw_comparison(table, coverage_by_group(PLANS, PROBLEM))


def comparison_by_district() -> Figure:
    table = rp.compare_plans(PLANS, PROBLEM)
    one = {PROBLEM.villages[0].place: "Солтүстік"}
    return rp.draw_comparison(table, coverage_by_group(PLANS, PROBLEM, districts=one))


@cache
def traced(*, of_hours: bool) -> rp.Frontier:
    hours = {"drive_hours": (2.0, 2.2)}
    axes = {"days": (1, 2), "crews": (1, 2), "nights": (0, 1)}
    return rp.trace_frontier(PROBLEM, hours if of_hours else {**axes, **hours}, QUICK)


@cache
def shared() -> rp.Country:
    return rp.plan_country({NAME: PROBLEM}, 2, QUICK, most=1)


def progress() -> Figure:
    reports: list[rp.Progress] = []
    plan = rp.solve(PROBLEM, rp.Options(iterations=5), report=reports.append)
    return rp.draw_progress(reports, plan)


def simulations() -> Figure:
    trials = rp.Trials(count=20)
    return rp.draw_simulations({n: rp.simulate(PROBLEM, p, trials) for n, p in PLANS.items()})


FIGURES: dict[str, Callable[[], Figure]] = {
    "comparison": comparison,
    "comparison by district": comparison_by_district,
    "country": lambda: rp.draw_country(shared()),
    "differences": lambda: rp.draw_differences(differences()),
    "frontier": lambda: rp.draw_frontier(traced(of_hours=False)),
    "frontier of hours": lambda: rp.draw_frontier(traced(of_hours=True)),
    "progress": progress,
    "reach": lambda: rp.draw_reach(isochrones(), rp.day_reach(PROBLEM)),
    "simulations": simulations,
    "report, days": lambda: report._draw_days(PROBLEM, PLAN),
    "report, sizes": lambda: report._draw_sizes(PROBLEM, PLAN),
}
every_figure = pytest.mark.parametrize("name", FIGURES)


@cache
def drawn_in(spoken: str, name: str) -> Figure:
    """Return a figure, drawn in the language that is set; that names it here."""
    del spoken
    figure = FIGURES[name]()
    figure.draw_without_rendering()
    return figure


def texts(figure: Figure) -> list[str]:
    """All that a figure that was drawn has written on it."""
    return [text.get_text() for text in figure.findobj(Text)]


def test_each_function_that_draws_a_figure_is_here() -> None:
    functions = {name.removeprefix("draw_") for name in rp.__all__ if name.startswith("draw_")}
    assert functions - {"map"} == {name for name in FIGURES if " " not in name}


@every_figure
@pytest.mark.parametrize("spoken", OTHERS)
def test_a_figure_has_no_latin_word_in_russian_and_kazakh(
    speak: Callable[[str], None], name: str, spoken: str
) -> None:
    speak(spoken)
    shown = texts(drawn_in(spoken, name))
    teams = {team.id for team in PROBLEM.teams}
    assert [text for text in shown if LATIN.search(text) and text not in teams] == []
    assert any(re.search("[а-яәғқңөұүһі]", text) for text in shown)


@pytest.mark.parametrize(("spoken", "sign"), [("en", "."), ("ru", ","), ("kk", ",")])
def test_numbers_of_axes_have_the_decimal_sign_of_the_language(
    speak: Callable[[str], None], spoken: str, sign: str
) -> None:
    speak(spoken)
    shown = texts(drawn_in(spoken, "frontier of hours"))
    numbers = [text for text in shown if re.fullmatch(r"\d+[.,]\d+", text)]
    assert numbers
    assert all(sign in number for number in numbers)


@every_figure
@pytest.mark.parametrize("spoken", ["en", *OTHERS])
def test_titles_are_no_wider_than_their_panels(
    speak: Callable[[str], None], name: str, spoken: str
) -> None:
    speak(spoken)
    figure = drawn_in(spoken, name)
    for panel in figure.axes:
        longest = max(map(len, panel.title.get_text().split()), default=0)
        if longest < 20:
            own = panel.get_position(original=True).width * figure.bbox.width
            assert panel.title.get_window_extent().width <= 1.05 * own


def test_the_font_of_figures_has_all_letters_of_kazakh() -> None:
    font = FT2Font(font_manager.findfont("DejaVu Sans"))
    assert [letter for letter in NAME if not font.get_char_index(ord(letter))] == []
    # matplotlib warns of a letter that it cannot draw, which is an error here.
    assert plots.png(FIGURES["country"]()).startswith(b"\x89PNG")


def test_each_column_of_a_frontier_s_panels_has_numbers_below_it() -> None:
    figure = FIGURES["frontier"]()
    figure.draw_without_rendering()
    shown = [panel for panel in figure.axes if panel.get_visible()]
    assert len(shown) == 4
    numbered = [
        any(label.get_visible() and label.get_text() for label in panel.get_xticklabels())
        for panel in shown
    ]
    assert numbered == [False, True, True, True]
    assert [bool(panel.get_xlabel()) for panel in shown] == numbered
    assert [bool(panel.get_ylabel()) for panel in shown] == [True, False, False, True]


def test_groups_are_named_in_the_language_of_messages(speak: Callable[[str], None]) -> None:
    named = [group_label(name) for name in ("0 to 24", "200 or more", "elsewhere", "Oidan")]
    assert named == ["0 to 24", "200 or more", "elsewhere", "Oidan"]
    speak("kk")
    named = [group_label(name) for name in ("0 to 24", "200 or more", "elsewhere", "Oidan")]
    assert named == ["0–24", "200 және одан көп", "басқа жерде", "Oidan"]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures that a command writes."""
    figures: list[Figure] = []

    def keep(figure: Figure) -> bytes:
        figures.append(figure)
        return b""

    monkeypatch.setattr(plots, "png", keep)
    return figures


@pytest.mark.parametrize("spoken", OTHERS)
def test_a_command_writes_figures_in_the_language_that_it_is_asked_for(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    drawn: list[Figure],
    spoken: str,
) -> None:
    monkeypatch.setattr(language, "translation", Texts)
    for folder in ("бір", "екі"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "problem.json").write_text(problem_to_json(PROBLEM))
        (tmp_path / folder / "plan.json").write_text(plan_to_json(PLAN))
    arguments: list[Any] = ["compare", tmp_path / "бір", tmp_path / "екі"]
    arguments += ["-o", tmp_path / "out", "--language", spoken]
    with pytest.raises(SystemExit) as ended:
        cli.main([*map(str, arguments)])
    assert ended.value.code == 0
    assert len(drawn) == 2
    for figure in drawn:
        figure.draw_without_rendering()
        assert [text for text in texts(figure) if LATIN.search(text)] == []
    assert "0 to 24" not in capsys.readouterr().out
