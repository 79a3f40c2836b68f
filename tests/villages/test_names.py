"""Place names in many spellings, and the place that each of them matches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeplan.villages.matching import Match, MatchType, PlaceRecord, match_names, stem
from routeplan.villages.names import (
    PlaceType,
    normalise,
    place_type_of,
    split_names,
    written_form,
)
from routeplan.villages.register import district_keys

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

LETTERS = "абвгдежзийклмнопрстуфхцчшщъыьэюяәғқңөұүһіёabcdefghijklmnopqrstuvwxyzşçğñıýäöü"
ALPHABETS = ("абвгежзийклмнопрстуфцчшщъыьэюяәғқңөұүһіё", "abcdefghijklmnopqrstuvwxyzşçğñıýäöü")
TEXTS = st.text(LETTERS + LETTERS.upper() + " -.’'№0123456789()", max_size=25)
SYLLABLES = st.sampled_from(["ақ", "бұлақ", "қара", "су", "жар", "төбе", "ново", "ка", "5", "ағаш"])
DISTRICTS: list[tuple[str, ...]] = [(), ("A",), ("B",), ("A", "B")]
NAMES = st.lists(SYLLABLES, min_size=1, max_size=4).map("".join)


@st.composite
def places(draw: st.DrawFn) -> list[PlaceRecord]:
    parts = draw(
        st.lists(
            st.tuples(
                st.lists(NAMES, min_size=1, max_size=2),
                st.sampled_from(DISTRICTS),
                st.sampled_from([PlaceType.UNKNOWN, PlaceType.VILLAGE, PlaceType.FARM]),
            ),
            max_size=8,
        )
    )
    return [
        PlaceRecord(f"k{n}", tuple(names), districts, place_type)
        for n, (names, districts, place_type) in enumerate(parts)
    ]


def village(key: str, *names: str, districts: Sequence[str] = ("A",)) -> PlaceRecord:
    return PlaceRecord(key, names, tuple(districts))


def one(queries: PlaceRecord, *gazetteer: PlaceRecord) -> Match:
    (match,) = match_names([queries], gazetteer)
    return match


@given(TEXTS)
def test_the_key_of_a_key_is_itself(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.one_of([st.text(letters + " -0123456789()", max_size=25) for letters in ALPHABETS]))
def test_neither_case_nor_spaces_change_a_key_of_one_alphabet(text: str) -> None:
    assert normalise(f"  {text.upper()} ") == normalise(text)


@pytest.mark.parametrize(
    "spellings",
    [
        ("Қызылқұм а.", "с. Кызылкум", "Qyzylqūm", "Kyzylkum", "Qyzylqum ауылы", "QYZYLQUM"),
        ("Аягөз қ.", "г. Аягоз", "Aıagóz", "Ayagöz", "Ayagoz"),
        ("Шымкент", "Чимкент", "Şymkent", "Shymkent", "Chimkent"),
        ("Ақсу", "Аксу", "Aqsý", "Aqsu", "Aksu", "Ак-Су", "Aqsū"),
        ("Маңғыстау", "Мангистау", "Mañğystau", "Mangystau", "Mangghystau"),
        ("Жаңажол", "Джанажол", "Zhangazhol", "Dzhanazhol", "Jañajol"),
        ("Өзён", "Озен", "Özen", "Ózen"),
        ("имени Абая", "с. им. Абая", "Imeni Abaya"),
        ("рзд №5", "разъезд 5", "5 разъезд", "рзд. № 5", "Razyezd No. 5"),
        ("Усть-Таловка", "Усть Таловка", "Ūst’-Talovka", "Ust-Talovka"),
    ],
)
def test_every_usual_spelling_of_a_name_has_one_key(spellings: tuple[str, ...]) -> None:
    assert len({normalise(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("left", "right"),
    [("Жырақұдық 1", "Жырақұдық 2"), ("Ақтау", "Ақтай"), ("Қаратөбе", "Ақтөбе"), ("Ферма 2", "2")],
)
def test_names_of_different_places_have_different_keys(left: str, right: str) -> None:
    assert normalise(left) != normalise(right)


@pytest.mark.parametrize(
    ("names", "place_type"),
    [
        (("с.Карааул", "Қараауыл а.", "аул Караул", "Семей қ."), PlaceType.VILLAGE),
        (("рзд.82 км", "Сарыоба ст.", "станция Сарыоба"), PlaceType.STATION),
        (("зимовка Бакан 3", "Бакан 3 қыстауы", "уч.Молкокпек", "отг.Найзатас"), PlaceType.FARM),
        (("Карааул", "Qaraaul"), PlaceType.UNKNOWN),
    ],
)
def test_words_beside_a_name_give_the_type_of_the_place(
    names: tuple[str, ...], place_type: PlaceType
) -> None:
    assert {place_type_of(name) for name in names} == {place_type}


def test_russian_endings_that_come_and_go_leave_one_stem() -> None:
    assert len({stem(normalise(name)) for name in ("Павловка", "Павловское", "Павлово")}) == 1
    assert stem(normalise("Новотроицкое")) == normalise("Новотроицк")
    assert stem(normalise("Ақтөбе")) == normalise("Ақтөбе")


def test_a_cell_may_hold_several_names() -> None:
    assert split_names("Ақкөл (Акколь); Azat") == ("Ақкөл", "Акколь", "Azat")


def test_what_is_written_is_kept_where_spellings_count() -> None:
    assert written_form("с. Ақ-Бұлақ") == "ақбұлақ"
    assert written_form("Ақбулақ") != written_form("Ақбұлақ")


@pytest.mark.parametrize(
    ("russian", "kazakh"),
    [
        ("Абайский район", "Абай ауданы"),
        ("Алгинский", "Алға ауданы"),
        ("Аксуатский", "Ақсуат"),
        ("Семей Г.А.", "Семей Қ.Ә."),
        ("Район им.Казыбек би", "Қазыбек би атын.ауданы"),
    ],
)
def test_a_district_is_known_in_both_languages(russian: str, kazakh: str) -> None:
    assert district_keys(russian) & district_keys(kazakh)


def test_the_written_name_counts_more_than_the_normalised_one() -> None:
    match = one(village("", "Ақбұлақ"), village("k1", "Ақбұлақ а."), village("k2", "Акбулак"))
    assert (match.how, match.found) == (MatchType.EXACT, "k1")


def test_a_name_in_another_alphabet_is_found_by_its_key() -> None:
    match = one(village("", "Aqbulaq"), village("k1", "Ақбұлақ а."), village("k2", "Қарасу"))
    assert (match.how, match.found) == (MatchType.FOLDED, "k1")


def test_a_misspelling_is_found_where_nothing_else_is_near() -> None:
    gazetteer = [village("k1", "Ұзынағаш"), village("k2", "Қарасу")]
    assert one(village("", "Узунагач"), *gazetteer).how is MatchType.NEAR
    rival = village("k3", "Узанагаш")
    match = one(village("", "Узунагач"), *gazetteer, rival)
    assert (match.how, match.found) == (MatchType.AMBIGUOUS, "")
    assert {candidate.key for candidate in match.candidates} == {"k1", "k3"}


def test_numbers_and_first_letters_are_never_misspelt() -> None:
    for queries, gazetteer in (("Жырақұдық 1", "Жырақұдық 2"), ("Аралтобе", "Каратобе")):
        assert not one(village("", queries), village("k1", gazetteer)).found


def test_two_places_of_one_name_are_both_candidates_and_none_is_taken() -> None:
    match = one(village("", "Ақжар"), village("k1", "с.Акжар"), village("k2", "с.Акжар"))
    assert (match.how, match.found) == (MatchType.AMBIGUOUS, "")
    assert [candidate.key for candidate in match.candidates] == ["k1", "k2"]


def test_a_village_is_meant_before_a_winter_hut_of_its_name_which_is_noted() -> None:
    gazetteer = [village("k1", "зимовка Акжар"), village("k2", "с.Акжар")]
    match = one(village("", "Акжар"), *gazetteer)
    assert match.found == "k2"
    assert "зимовка Акжар" in match.note
    assert one(village("", "зимовка Акжар"), *gazetteer).found == "k1"


def test_a_place_without_a_type_may_be_the_village_that_is_meant() -> None:
    gazetteer = [village("k1", "Бұлақ"), village("k2", "с.Ақ", "с.Бұлақ")]
    match = one(village("", "Бұлақ"), *gazetteer)
    assert (match.how, match.found) == (MatchType.AMBIGUOUS, "")
    assert one(village("", "с.Бұлақ"), *gazetteer).found == "k2"


def test_two_rows_that_fit_one_place_are_both_ambiguous_unless_one_fits_better() -> None:
    gazetteer = [village("k1", "Ақбұлақ"), village("k2", "Қарасу")]
    alike = match_names([village("", "Ақбұлақ"), village("", "Ақбұлақ")], gazetteer)
    assert [match.how for match in alike] == [MatchType.AMBIGUOUS] * 2
    better = match_names([village("", "Ақбұлақ"), village("", "Aqbulaq")], gazetteer)
    assert [match.found for match in better] == ["k1", ""]


def test_names_of_different_places_in_one_row_are_ambiguous() -> None:
    gazetteer = [village("k1", "Енбекши"), village("k2", "Қызылқұм")]
    match = one(village("", "Енбекши", "Qyzylqum"), *gazetteer)
    assert (match.how, match.found) == (MatchType.AMBIGUOUS, "")


def test_a_place_of_the_name_in_another_district_is_a_candidate_and_not_taken() -> None:
    match = one(village("", "Ақжар"), village("k1", "Ақжар", districts=("B",)))
    assert (match.how, match.found) == (MatchType.UNMATCHED, "")
    assert [candidate.key for candidate in match.candidates] == ["k1"]


def test_without_a_district_only_the_one_place_of_the_name_is_taken() -> None:
    gazetteer = [
        village("k1", "Ақжар", districts=("B",)),
        village("k2", "Қарасу", districts=("C",)),
    ]
    assert one(village("", "Акжар", districts=()), *gazetteer).found == "k1"
    assert not one(village("", "Акжэр", districts=()), *gazetteer).found


@given(places(), places())
def test_no_match_is_ever_out_of_the_district(
    queries: list[PlaceRecord], gazetteer: list[PlaceRecord]
) -> None:
    districts = {one.key: set(one.districts) for one in gazetteer}
    for query, match in zip(queries, match_names(queries, gazetteer), strict=True):
        if match.found and query.districts and districts[match.found]:
            assert districts[match.found] & set(query.districts)


@given(places(), places(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_places_does_not_matter(
    queries: list[PlaceRecord], gazetteer: list[PlaceRecord], shuffler: random.Random
) -> None:
    order = list(range(len(queries)))
    shuffler.shuffle(order)
    mixed = gazetteer.copy()
    shuffler.shuffle(mixed)
    before = match_names(queries, gazetteer)
    after = match_names([queries[n] for n in order], mixed)
    assert [(m.how, m.found) for m in after] == [(before[n].how, before[n].found) for n in order]


@given(places(), places())
def test_no_place_is_given_to_two_rows(
    queries: list[PlaceRecord], gazetteer: list[PlaceRecord]
) -> None:
    found = [match.found for match in match_names(queries, gazetteer) if match.found]
    assert len(found) == len(set(found))


@given(places())
def test_places_matched_with_themselves_find_themselves_or_none(
    gazetteer: list[PlaceRecord],
) -> None:
    for place, match in zip(gazetteer, match_names(gazetteer, gazetteer), strict=True):
        assert match.found in {"", place.key}
