"""A table whose villages are found on the map and in the register, and households estimated."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from routeplan import cli
from routeplan.errors import InputError
from routeplan.model.road_notes import OsmPlace
from routeplan.villages import (
    Homes,
    ReferenceData,
    from_osm_places,
    match_table,
    read_districts,
    read_gazetteer,
    read_register,
    read_table,
)
from routeplan.villages.gazetteer import nearest_counts
from routeplan.villages.matching import MatchType
from tests.helpers import paths
from tests.helpers.villages import csv_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from routeplan.villages import MatchedTable, VillageRow

SHARED = paths.SHARED / "data" / "villages"

REGISTER = [
    ("kato", "name_ru", "name_kk"),
    ("100000000", "область Абай", "Абай облысы"),
    ("103200000", "Абайский район", "Абай ауданы"),
    ("103230000", "Карааульский с.о.", "Қараауыл а.о."),
    ("103230100", "с.Карааул", "Қараауыл а."),
    ("103230105", "зимовка Акжар", "Ақжар қыстауы"),
    ("103233100", "с.Кокбай", "Көкбай а."),
    ("350000000", "Карагандинская область", "Қарағанды облысы"),
    ("353200000", "Абайский район", "Абай ауданы"),
    ("353220100", "г.Абай", "Абай қ."),
    ("353233100", "с.Карааул", "Қараауыл а."),
    ("355200000", "Жанааркинский район", "Жаңаарқа ауданы"),
    ("355233100", "с.Акжар", "Ақжар а."),
    ("355233105", "с.Акжар", "Ақжар а."),
]


def map_place(
    key: str, name: str, lat: float, lon: float, names: Mapping[str, str] | None = None
) -> OsmPlace:
    return OsmPlace(key, "village", name, names or {}, lat, lon)


PLACES = (
    map_place("n1", "Қараауыл", 48.95, 79.25),
    map_place("n2", "Көкбай", 49.05, 79.35, {"name:ru": "Кокбай", "old_name": "Целинное"}),
    map_place("n3", "Қараауыл", 49.6, 72.85),
    map_place("n4", "Ақжар", 48.5, 71.5),
    map_place("n5", "Ақжар", 48.6, 71.6),
)


def write_register(folder: Path, rows: Sequence[Sequence[str]] = REGISTER) -> Path:
    path = folder / "kato.csv"
    path.write_bytes(csv_bytes(rows))
    return path


def write_districts(folder: Path) -> Path:
    path = folder / "districts.geojson"
    frame = gpd.GeoDataFrame(
        {
            "KATO": ["103200000", "353200000", "355200000"],
            "ADM1_RU": ["Абайская", "Карагандинская", "Карагандинская"],
            "ADM2_RU": ["Абайский", "Абайский", "Жанааркинский"],
            "ADM2_KK": ["Абай", "Абай", "Жаңаарқа"],
        },
        geometry=[box(79, 48.5, 80, 49.5), box(72.5, 49.4, 73.5, 50), box(71, 48, 72, 49)],
        crs=4326,
    )
    frame.to_file(path, driver="GeoJSON")
    return path


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> ReferenceData:
    folder = tmp_path_factory.mktemp("reference")
    register = read_register(write_register(folder))
    return ReferenceData(PLACES, register, read_districts(write_districts(folder), register))


def matched(folder: Path, reference: ReferenceData, *rows: Sequence[object]) -> MatchedTable:
    path = folder / "villages.csv"
    path.write_bytes(csv_bytes(rows))
    return match_table(path, reference)


def filled(
    folder: Path, reference: ReferenceData, *rows: Sequence[object]
) -> tuple[VillageRow, ...]:
    path = folder / "villages.csv"
    path.write_bytes(csv_bytes(rows))
    return read_table(path, people_per_household=4, reference=reference)


def faults(folder: Path, reference: ReferenceData, *rows: Sequence[object]) -> list[str]:
    with pytest.raises(InputError) as caught:
        filled(folder, reference, *rows)
    return [str(fault) for fault in caught.value.faults]


def test_a_village_gets_the_position_and_code_of_its_district(
    tmp_path: Path, reference: ReferenceData
) -> None:
    matches = matched(
        tmp_path,
        reference,
        ("name", "district", "oblast"),
        ("с. Караул", "Абайский район", "Карагандинская область"),
        ("Qaraauyl", "Абай ауданы", "Абай"),
    )
    near, folded = matches.rows
    assert (near.place.found, near.code.found) == ("n3", "353233100")  # type: ignore[union-attr]
    assert (folded.place.found, folded.code.found) == ("n1", "103230100")  # type: ignore[union-attr]
    assert folded.position == (48.95, 79.25)
    assert matches.rows[1].district_found == "Абайский район"


def test_what_is_ambiguous_or_unmatched_is_left_empty(
    tmp_path: Path, reference: ReferenceData
) -> None:
    matches = matched(
        tmp_path,
        reference,
        ("name", "district"),
        ("Ақжар", "Жаңаарқа"),
        ("Мұндай жоқ", "Жаңаарқа"),
    )
    both, none = matches.rows
    for match in (both.place, both.code):
        assert match is not None
        assert (match.how, match.found, len(match.candidates)) == (MatchType.AMBIGUOUS, "", 2)
    assert none.place is not None
    assert none.place.how is MatchType.UNMATCHED
    assert none.position is None
    assert matches.counts("place") == {"ambiguous": 1, "unmatched": 1}


def test_a_choice_is_read_back_and_called_by_hand(tmp_path: Path, reference: ReferenceData) -> None:
    first = matched(tmp_path, reference, ("name", "district"), ("Ақжар", "Жаңаарқа")).table()
    header, row = first
    row[header.index("place_choice")] = "n5"
    row[header.index("register_choice")] = "355233105"
    matches = matched(tmp_path, reference, header, row)
    (found,) = matches.rows
    assert found.place is not None
    assert found.code is not None
    assert (found.place.how, found.position) == (MatchType.BY_HAND, (48.6, 71.6))
    assert (found.code.how, found.code.found) == (MatchType.BY_HAND, "355233105")


def test_a_choice_that_is_no_place_is_a_fault(tmp_path: Path, reference: ReferenceData) -> None:
    rows = [("name", "place_choice"), ("Ақжар", "n99")]
    with pytest.raises(InputError, match=r"villages\.csv:2 place_choice: 'n99' is none that is"):
        matched(tmp_path, reference, *rows)


def test_a_candidate_says_where_it_lies_and_is_a_choice_as_it_is(
    tmp_path: Path, reference: ReferenceData
) -> None:
    table = matched(tmp_path, reference, ("name", "district"), ("Ақжар", "Жаңаарқа")).table()
    header, row = table
    place, code = (header.index(f"{part}_candidates") for part in ("place", "register"))
    assert row[place] == (
        "n4 Ақжар, Жанааркинский район, 48.50000 71.50000 (100); "
        "n5 Ақжар, Жанааркинский район, 48.60000 71.60000, 13 km from n4 (100)"
    )
    assert row[code].startswith("355233100 с.Акжар, Жанааркинский район, Карагандинская область")
    row[header.index("place_choice")] = row[place].split("; ")[1]
    row[header.index("register_choice")] = row[code].split("; ")[1]
    (found,) = matched(tmp_path, reference, header, row).rows
    assert found.place is not None
    assert found.code is not None
    assert (found.position, found.code.found) == ((48.6, 71.6), "355233105")
    assert (found.place.how, found.code.how) == (MatchType.BY_HAND, MatchType.BY_HAND)


@pytest.mark.parametrize(
    ("choice", "fault"),
    [
        ("n4 Ақжар; n5 Ақжар", "is none that is known, or several; write the key of one of"),
        ("n5 Ақжар, 48.10000 71.60000", "n5 lies at 48.60000 71.60000 on this map, not at 48.1"),
        ("Ақжар", "'Ақжар' is none that is known, or several"),
    ],
)
def test_a_choice_that_is_not_one_place_is_a_fault(
    tmp_path: Path, reference: ReferenceData, choice: str, fault: str
) -> None:
    rows = [("name", "households", "place_choice"), ("Ақжар", 3, choice)]
    with pytest.raises(InputError, match="place_choice") as caught:
        matched(tmp_path, reference, *rows)
    assert fault in str(caught.value)
    (message,) = faults(tmp_path, reference, *rows)
    assert message.startswith("villages.csv:2 place_choice: ")
    assert fault in message


def test_a_table_of_villages_is_read_with_its_choices(
    tmp_path: Path, reference: ReferenceData
) -> None:
    header = ("name", "households", "place_choice")
    (row,) = filled(tmp_path, reference, header, ("Ақжар", 7, "n5 Ақжар, 48.60000 71.60000"))
    assert (row.lat, row.lon) == (48.6, 71.6)
    assert row.notes == ("position of Ақжар on the map, n5, chosen by hand",)


def test_unknown_columns_and_totals_are_left_out_of_the_matches_with_a_note(
    tmp_path: Path, reference: ReferenceData
) -> None:
    path = tmp_path / "v.csv"
    path.write_bytes(csv_bytes([("№", "село", "дворы"), (1, "Көкбай", 4), ("", "Итого", 4)]))
    notes: list[str] = []
    table = match_table(path, reference, notes.append).table()
    assert table[0][:2] == ["село", "дворы"]
    assert len(table) == 2
    assert notes == [
        "v.csv: unknown columns are not read: №",
        "v.csv: a total, not a village, and not read: row 3",
    ]


def test_what_was_renamed_is_found_in_the_register_by_the_names_of_the_map(
    tmp_path: Path, reference: ReferenceData
) -> None:
    (row,) = matched(tmp_path, reference, ("name",), ("Целинное",)).rows
    assert row.place is not None
    assert row.code is not None
    assert (row.place.found, row.code.found) == ("n2", "103233100")
    assert row.code.note == "by another name on the map"


def test_a_row_with_a_position_keeps_it_and_is_matched_in_the_district_it_lies_in(
    tmp_path: Path, reference: ReferenceData
) -> None:
    (row,) = matched(tmp_path, reference, ("name", "lat", "lon"), ("Караул", 49.5, 73.0)).rows
    assert row.place is None
    assert row.code is not None
    assert (row.position, row.code.found) == ((49.5, 73.0), "353233100")


def test_an_unknown_district_is_a_fault_of_its_row(
    tmp_path: Path, reference: ReferenceData
) -> None:
    with pytest.raises(InputError) as caught:
        matched(tmp_path, reference, ("name", "район"), ("Ақжар", "Атбасар"), ("Абай", "Абайский"))
    messages = [str(fault) for fault in caught.value.faults]
    assert messages[0].startswith("villages.csv:2 район: 'Атбасар' is no district of the register")
    assert messages[1] == (
        "villages.csv:3 район: 'Абайский' may be Абайский район (область Абай), Абайский район "
        "(Карагандинская область); name the oblast too, and write 'район' or 'Г.А.' as the "
        "register does"
    )


def test_a_phone_number_is_no_name_and_is_not_repeated(
    tmp_path: Path, reference: ReferenceData
) -> None:
    with pytest.raises(InputError, match="looks like a phone number") as caught:
        matched(tmp_path, reference, ("name",), ("Ақжар +7 701 234 56 78",))
    assert "701" not in str(caught.value)


def test_the_matches_are_written_to_a_workbook_that_reads_as_a_table_of_villages(
    tmp_path: Path, reference: ReferenceData
) -> None:
    matches = matched(
        tmp_path, reference, ("name", "households"), ("=1+1", 5), ("Көкбай", 40), ("Ақжар", 7)
    )
    path = tmp_path / "matched.xlsx"
    path.write_bytes(matches.workbook())
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert sheet["A2"].value == "=1+1"
    assert sheet["A2"].data_type == "s"
    table = matches.table()
    kept = [table[0], table[2]]
    (row,) = filled(tmp_path, ReferenceData(), *kept)
    assert (row.name, row.lat, row.lon, row.households) == ("Көкбай", 49.05, 79.35, 40)


def test_headings_and_control_letters_are_text_in_the_workbook_of_matches(
    tmp_path: Path, reference: ReferenceData
) -> None:
    matches = matched(tmp_path, reference, ("name", "households"), ("Көкбай", 40))
    odd = replace(matches, headers=("name", "=HYPERLINK(A1)"), cells=(("Көкбай", "\x1b[31m=1+1"),))
    sheet = openpyxl.load_workbook(io.BytesIO(odd.workbook())).worksheets[0]
    assert (sheet["B1"].value, sheet["B1"].data_type) == ("=HYPERLINK(A1)", "s")
    assert sheet["B2"].data_type == "s"


def test_a_table_without_positions_takes_them_from_the_map_with_a_note(
    tmp_path: Path, reference: ReferenceData
) -> None:
    (row,) = filled(tmp_path, reference, ("name", "households"), ("Kökbay", 40))
    assert (row.lat, row.lon) == (49.05, 79.35)
    assert row.notes == ("position of Көкбай on the map, n2, a folded match",)


def test_a_table_is_refused_with_every_village_that_is_not_found_for_sure(
    tmp_path: Path, reference: ReferenceData
) -> None:
    messages = faults(
        tmp_path, reference, ("name", "households"), ("Ақжар", 7), ("Көкбай", 4), ("Қайда", 1)
    )
    assert len(messages) == 2
    assert messages[0].startswith("villages.csv:2 name: fits several places of the map")
    where = "Жанааркинский район"
    assert (
        f"n4 Ақжар, {where}, 48.50000 71.50000; n5 Ақжар, {where}, 48.60000 71.60000, "
        in (messages[0])
    )
    assert "13 km from n4; copy the right one into a column place_choice" in messages[0]
    assert messages[1].startswith("villages.csv:4 name: fits no place for sure of the map")


def test_without_places_a_table_needs_positions(tmp_path: Path) -> None:
    messages = faults(tmp_path, ReferenceData(), ("name", "households"), ("Көкбай", 4))
    assert [one.split(";")[0] for one in messages] == [
        "villages.csv:1: has no column 'lat'",
        "villages.csv:1: has no column 'lon'",
    ]


def test_without_polygons_misspellings_are_found_on_a_small_map_only(tmp_path: Path) -> None:
    small, large = PLACES[:2], PLACES
    for places, how in ((small, MatchType.NEAR), (large, MatchType.UNMATCHED)):
        (row,) = matched(tmp_path, ReferenceData(places), ("name",), ("Кукбай",)).rows
        assert row.place is not None
        assert row.place.how is how


def test_a_row_of_a_gazetteer_that_is_there_twice_is_one_place(tmp_path: Path) -> None:
    path = tmp_path / "gazetteer.csv"
    rows = [
        ("id", "name", "lat", "lon"),
        ("a", "Көкбай", "49.05", "79.35"),
        ("b", "Aqzhar", "48.5", "71.5"),
        ("a", "Көкбай", "49.05", "79.35"),
        ("c", "Көкбай", "49.05", "79.35"),
    ]
    path.write_bytes(csv_bytes(rows))
    places = read_gazetteer(path)
    assert [place.id for place in places] == ["a", "b"]
    (row,) = matched(tmp_path, ReferenceData(places), ("name",), ("Көкбай",)).rows
    assert row.position == (49.05, 79.35)


def test_places_may_be_those_of_a_table(tmp_path: Path) -> None:
    path = tmp_path / "gazetteer.csv"
    rows = [
        ("wof_id", "name", "name_kk", "lat", "lon", "elevation"),
        ("1", "Kokbay", "Көкбай", "49.05", "79.35", "700"),
        ("2", "Aqzhar", "", "48.5", "71.5", ""),
    ]
    path.write_bytes(csv_bytes(rows))
    places = read_gazetteer(path)
    assert [place.id for place in places] == ["row 2", "row 3"]
    (row,) = matched(tmp_path, ReferenceData(places), ("name",), ("Көкбай",)).rows
    assert row.position == (49.05, 79.35)


def test_a_table_of_places_is_refused_with_every_position_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "gazetteer.csv"
    path.write_bytes(csv_bytes([("name", "lat", "lon"), ("A", "x", 79), ("B", 49, 790)]))
    with pytest.raises(InputError) as caught:
        read_gazetteer(path)
    assert [str(fault) for fault in caught.value.faults] == [
        "gazetteer.csv:2 lat: 'x' is not a number",
        "gazetteer.csv:3 lon: 790 is beyond 180 degrees",
    ]
    path.write_bytes(csv_bytes([("lat",), (49,)]))
    with pytest.raises(InputError, match="no column 'lon'"):
        read_gazetteer(path)


def test_missing_households_are_estimated_with_a_note(tmp_path: Path) -> None:
    homes = np.array([(49.0, 79.0)] * 3 + [(49.0, 79.001)] * 2 + [(49.0, 79.2)])
    reference = ReferenceData(homes=Homes(homes, households_per_home=1.5))
    known, people, estimated = filled(
        tmp_path,
        reference,
        ("name", "lat", "lon", "households", "population"),
        ("A", 49.0, 79.5, 12, ""),
        ("B", 49.0, 79.6, "", 40),
        ("C", 49.0, 79.0, "", ""),
    )
    assert (known.households, known.notes) == (12, ())
    assert (people.households, people.notes) == (10, ())
    assert estimated.households == 8
    assert estimated.notes == ("households estimated from 5 homes on the map",)


def test_places_without_population_are_estimated_where_homes_are_known() -> None:
    places = [
        map_place("n1", "A", 49.0, 79.0),
        replace(map_place("n2", "B", 49.0, 79.1), population=8),
    ]
    homes = Homes(np.array([(49.0, 79.0)] * 3))
    found = from_osm_places(places, ["village"], people_per_household=4, homes=homes)
    assert [(row.households, bool(row.notes)) for row in found.rows] == [(3, True), (2, False)]
    assert not found.without_population


def test_a_home_counts_for_the_nearest_village_and_not_for_one_that_is_too_far() -> None:
    points = np.array([(49.0, 79.0), (49.0, 79.02)])
    homes = np.array([(49.0, 79.005), (49.0, 79.016), (49.0, 79.01), (49.0, 79.5)])
    assert nearest_counts(points, homes, 1000).sum() == 3
    assert nearest_counts(points, homes, 1000)[1] >= 1
    village_between = np.array([(49.0, 79.012)])
    assert nearest_counts(points, homes, 1000, village_between).tolist() == [1, 1]


DEGREES = st.tuples(st.floats(49, 49.1), st.floats(79, 79.1))


@given(st.lists(DEGREES, min_size=1, max_size=6), st.lists(DEGREES, max_size=12))
def test_no_home_counts_twice_and_near_ones_count(
    villages: list[tuple[float, float]], homes: list[tuple[float, float]]
) -> None:
    houses = np.array(homes, dtype=float).reshape(-1, 2)
    counts = nearest_counts(np.array(villages), houses, 30_000)
    assert counts.sum() == len(homes)


def test_the_register_distinguishes_districts_of_one_name_by_their_oblast(
    reference: ReferenceData,
) -> None:
    register = reference.register
    assert register is not None
    assert register.district("Абайский район") == ""
    assert register.district("Абай ауданы", "Қарағанды облысы") == "353200000"
    assert register.district("Абайский", "Восточно-Казахстанская область") == ""
    assert register.district("Жанаарка") == "355200000"


def test_towns_are_settlements_and_rural_districts_are_not(reference: ReferenceData) -> None:
    assert reference.register is not None
    keys = {one.key for one in reference.register.settlements}
    assert "103230000" not in keys
    assert {"103230100", "353220100"} <= keys


def test_a_register_with_wrong_or_repeated_codes_is_refused_with_all_of_them(
    tmp_path: Path,
) -> None:
    rows = [*REGISTER, ("12", "с.А", "А а."), ("103230100", "с.Б", "Б а.")]
    with pytest.raises(InputError) as caught:
        read_register(write_register(tmp_path, rows))
    assert [str(fault) for fault in caught.value.faults] == [
        "kato.csv:15 kato: '12' is not a code of nine digits",
        "kato.csv:16 kato: 103230100 is there twice; keep one",
    ]


def test_a_register_without_its_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no column 'name_kk'"):
        read_register(write_register(tmp_path, [("kato", "name_ru"), ("103230100", "с.А")]))


def test_the_command_writes_every_match_and_shows_what_to_look_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "villages.csv"
    table.write_bytes(csv_bytes([("name", "район"), ("Кокбай", "Абайский"), ("Ақжар", "Жаңаарқа")]))
    rows = [row for row in REGISTER if row[0] != "353200000"]
    files = ["--register", str(write_register(tmp_path, rows)), "-o", str(tmp_path / "m.xlsx")]
    with pytest.raises(SystemExit) as ended:
        cli.main(["villages", "match", str(table), *files, "--json"])
    assert ended.value.code == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["counts"]["code"] == {"exact": 1, "ambiguous": 1}
    sheet = openpyxl.load_workbook(tmp_path / "m.xlsx").worksheets[0]
    head, kokbai, akjar = sheet.iter_rows(values_only=True)
    assert dict(zip(head, kokbai, strict=True))["register_code"] == "103233100"
    assert "355233105 с.Акжар" in str(dict(zip(head, akjar, strict=True))["register_candidates"])
    with pytest.raises(SystemExit):
        cli.main(["villages", "match", str(table), *files])
    assert "With the register: 1 exact, 1 ambiguous" in capsys.readouterr().out


def test_the_command_needs_something_to_match_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["villages", "match", str(tmp_path / "villages.csv")])
    assert ended.value.code == 2
    assert "nothing to match villages.csv with" in capsys.readouterr().err


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the register in ../shared")
def test_every_settlement_of_the_real_register_finds_itself_or_one_that_is_called_alike(
    tmp_path: Path,
) -> None:
    register = read_register(SHARED / "kato.csv")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("name", "district", "oblast"))
    settlements = [one for one in register.settlements if one.key.startswith(("10", "19"))]
    for one in settlements:
        district = register.name(one.districts[0])
        writer.writerow((one.names[-1], district, register.oblasts[one.key[:2]][0]))
    path = tmp_path / "villages.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    matches = match_table(path, ReferenceData(register=register))
    codes = [row.code for row in matches.rows]
    wrong = [
        (one.key, code.found)
        for one, code in zip(settlements, codes, strict=True)
        if code is not None and code.found not in {"", one.key}
    ]
    assert not wrong
    assert sum(code is not None and code.found != "" for code in codes) > 0.8 * len(settlements)
