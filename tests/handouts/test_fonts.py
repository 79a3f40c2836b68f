"""Every letter of a name is printed on sheets, or it is told which are not."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest

from routeplan.handouts import unprintable_names
from routeplan.handouts.fonts import MISSING, printable, unprintable
from tests.helpers.sheets import drawn, long_day, packed, pages

DAY = "A_day1_2027-05-03.pdf"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ак\u2011Булак", "Ак-Булак"),
        ("Ак\u2010Булак", "Ак-Булак"),
        ("Qo\u02bbng\u02bbirot", "Qo‘ng‘irot"),
        ("Ак\u00adжол\u200b", "Акжол"),
        ("\ufeffАрал", "Арал"),
        ("Ａрал", "Aрал"),
        ("Сарыөзек → Арал", "Сарыөзек → Арал"),
        ("中川 Арал", f"{MISSING}{MISSING} Арал"),
        ("Тас \U0001f642\ufe0f", f"Тас {MISSING}"),
    ],
)
def test_signs_become_plain_ones_and_what_no_font_has_is_marked(name: str, shown: str) -> None:
    assert printable(name) == shown


def test_arabic_letters_are_joined_and_written_from_right_to_left() -> None:
    # alef stands alone, qaf begins and kaf ends half a word, waw joins on, lam stands alone
    assert printable("اقكول") == "\ufedd\ufeee\ufedc\ufed7\ufe8d"
    assert unprintable("اقكول بۇلاق ڭگىيە") == ""
    assert printable("Арал لا 5") == "Арал \ufefb 5"
    again = "".join(reversed(printable("بۇلاق")))
    assert unicodedata.normalize("NFKC", again) == "بۇلاق"


def test_names_are_on_the_sheets_with_all_their_letters() -> None:
    problem, plan = long_day(["Ак\u2011Булак", "Qo\u02bbng\u02bbirot", "اقكول", "Қарағаш"])
    text = pages(drawn(problem, plan, "ru")[DAY])[0].text
    for name in ("Ак-Булак", "Qo‘ng‘irot", "Қарағаш", "Крайний выезд →"):
        assert packed(name) in text
    assert set(text) >= set(printable("اقكول")) or "اقكول" in unicodedata.normalize("NFKC", text)


def test_a_remark_names_the_village_and_the_letters_that_are_not_printed() -> None:
    problem, _ = long_day(["Арал", "Бұлақ"])
    assert list(unprintable_names(problem)) == []
    places = [replace(p, name="中川 Арал") if p.id == "v0" else p for p in problem.places]
    assert list(unprintable_names(problem.replace(places=tuple(places)))) == [
        "sheets have no letters for '中川' of '中川 Арал' (v0)"
    ]
