"""Catalogues of texts: whole, and true to what stands in the code."""

from __future__ import annotations

import datetime as dt
import re
import string

import pytest
from babel.messages.pofile import read_po

from routeplan.language import (
    LANGUAGE_VARIABLE,
    LANGUAGES,
    Language,
    date_label,
    day_label,
    gettext,
    number_label,
    number_signs,
    period_label,
    plural_forms,
    plural_script,
    translation,
)
from tests.helpers.texts import PACKAGE, TRANSLATED, marked_texts, texts_by_file, unmarked_texts


def texts_in_code() -> set[str]:
    return {text if isinstance(text, str) else text[0] for _, text in texts_by_file()}


def fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text)} - {None}


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_of_the_code_has_its_translation_and_no_other_has(language: str) -> None:
    with (PACKAGE / "locale" / language / "routeplan.po").open("rb") as file:
        catalogue = read_po(file, locale=language, abort_invalid=True)
    there = {m.id if isinstance(m.id, str) else m.id[0] for m in catalogue if m.id}
    assert there == texts_in_code()
    for message in catalogue:
        forms = [message.string] if isinstance(message.string, str) else list(message.string or ())
        assert not message.fuzzy, f"{message.id}: marked as unsure"
        assert all(forms), f"{message.id}: not translated"
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        if message.id:
            allowed = set().union(*map(fields, ids))
            assert all(fields(form) <= allowed for form in forms), f"{message.id}: fields differ"


def test_every_message_is_marked_to_be_translated() -> None:
    assert not list(unmarked_texts(PACKAGE))


def test_every_marked_text_is_found_when_texts_are_extracted() -> None:
    """Such as stand inside the braces of an f-string are not, and would stay in English."""
    found = texts_in_code()
    assert [text for text in marked_texts(PACKAGE) if text not in found] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_plural_forms_of_a_catalogue_are_those_of_its_language(language: str) -> None:
    with (PACKAGE / "locale" / language / "routeplan.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    assert catalogue.num_plurals == {"ru": 3, "kk": 2}[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_date_is_written_in_the_letters_of_its_language(language: str) -> None:
    label = date_label(dt.date(2027, 5, 3), language)  # type: ignore[arg-type]
    letters = "[a-z]" if language == "en" else "[а-яәғқңөұүһі]"
    assert re.search(letters, label.lower())
    assert "3" in label


def test_a_period_names_a_year_once_unless_it_ends_in_another() -> None:
    may = dt.date(2027, 5, 3)
    assert period_label(may, may, "en") == "Mon 3 May 2027"
    assert period_label(may, dt.date(2027, 5, 7), "ru") == "пн, 3 мая – пт, 7 мая 2027"
    across = period_label(dt.date(2026, 12, 31), dt.date(2027, 1, 2), "en")
    assert across == "Thu 31 December 2026 – Sat 2 January 2027"


def test_in_kazakh_the_year_comes_first_and_the_weekday_last() -> None:
    may = dt.date(2027, 5, 3)
    assert date_label(may, "kk") == "3 мамыр, дс"
    assert period_label(may, may, "kk") == "2027 ж. 3 мамыр, дс"
    assert period_label(may, dt.date(2027, 5, 7), "kk") == "2027 ж. 3 мамыр, дс – 7 мамыр, жм"
    across = period_label(dt.date(2026, 12, 31), dt.date(2027, 1, 2), "kk")
    assert across == "2026 ж. 31 желтоқсан, бс – 2027 ж. 2 қаңтар, сб"


@pytest.mark.parametrize(
    ("language", "english", "phrase"),
    [
        ("kk", "All days", "Барлық күндер"),
        ("kk", "Closed on every day", "Барлық күндері жабық"),
        ("kk", "Ask from", "Қоңырау шалу уақыты"),
        ("kk", "No road leads there", "Картада ол жаққа жол жоқ"),
        ("kk", "{km} paved", "{km} төселген жол"),
        ("kk", "{km} unpaved", "{km} қара жол"),
        ("ru", "No road leads there", "На карте туда нет дороги"),
        ("ru", "Leave for {place} by {time} at the latest.", "Крайний выезд → {place}: {time}."),
        ("ru", "households reached", "дворов будет охвачено"),
        ("ru", "On the road", "В пути"),
        ("ru", "By crew", "Экипаж"),
        ("ru", "Night in", "Ночлег"),
    ],
)
def test_phrases_are_those_that_readers_use(language: Language, english: str, phrase: str) -> None:
    assert translation(language).gettext(english) == phrase


def test_one_word_is_used_for_a_night_and_a_plan_is_not_told_as_past() -> None:
    with (PACKAGE / "locale" / "ru" / "routeplan.po").open(encoding="utf-8") as file:
        text = file.read()
    assert not re.search("ночёвк|крайнем случае", text, re.IGNORECASE)
    assert not re.findall(r'msgstr.*"(?!.*будет).*\bохвачено\b', text, re.IGNORECASE)


def test_a_day_is_short_and_says_its_weekday() -> None:
    labels = [day_label(dt.date(2027, 5, 3), language) for language in LANGUAGES]
    assert labels == ["Mon 3", "дс 3", "пн 3"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_written_with_the_signs_that_are_told(language: Language) -> None:
    decimal, group = number_signs(language)
    assert number_label(1234.5, language) == f"1{group}234{decimal}5"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_has_each_form_that_its_language_counts_by(language: Language) -> None:
    ngettext = translation(language).ngettext
    forms = plural_forms(language, lambda n: ngettext("{n} household", "{n} households", n))
    assert all("{n}" in form for form in forms.values())
    assert forms.keys() == {"en": {"one", "other"}, "kk": {"one", "other"}}.get(
        language, {"one", "few", "many"}
    )
    assert all(f"'{name}'" in plural_script(language) for name in forms)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_empty_text_is_empty_and_not_the_header_of_a_catalogue(
    monkeypatch: pytest.MonkeyPatch, language: Language
) -> None:
    monkeypatch.setenv(LANGUAGE_VARIABLE, language)
    assert gettext("") == ""


def test_a_text_that_no_catalogue_knows_is_shown_as_it_is() -> None:
    assert translation("ru").gettext("no such text") == "no such text"
