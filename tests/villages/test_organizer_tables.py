"""Tables as organizers have them: read as they are, or refused with what to do about it."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import io
import zipfile
import zlib
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import openpyxl
import pytest

from routeplan.errors import InputError
from routeplan.villages import ReferenceData, read_table
from routeplan.villages.encoding import decode_table, meant_text
from routeplan.villages.matching import PlaceRecord, match_names
from routeplan.villages.names import split_names
from tests.helpers.villages import HEADER, csv_bytes, faults_of, read_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from routeplan.villages import VillageRow

    Sheets = Mapping[str, Sequence[Sequence[object]]]

VILLAGES = [("Ақкөл", 50.1, 70.1, 120), ("Өтеген", 50.2, 70.2, 80), ("Ұзынағаш", 50.3, 70.3, 300)]
RUSSIAN = [("Акколь", 50.1, 70.1, 120), ("Утеген", 50.2, 70.2, 80), ("Узынагаш", 50.3, 70.3, 300)]

# Of Excel 97: a cover sheet, a title over merged cells, a merged district, a total.
XLS = (
    "c-rk)O-NKx6h8OOd5&YwIAbbmB$JVu8TgYhW#i~XxsXKL6cLoBi_kQzO>VMmRuKfP$~KalHdX}vP>JnY1V#lx5vU"
    "Oqt%8CU>h#_7-b`w<NGM5p=W)-y=iGC?d)_<uZ|22BU~>3Q;S?>RI&#rm+(T*ebPC0j5d4Jxcw9FVbvjDip%q1*b"
    "R;s(q(|Q8Zk<D&?<q3qHa`U?nnpQHC#ku&r!%;W6qOj-l#U^+7<12{>nJ`dkhrpi9}~V-_${%0EWBPcmxPC5JE;!"
    "QM5MVaWY6P+MzQqyz!lvWpSPl^q+EKY=keLg%Ca@7q3?KG_y5^Z#F;cg$XsJ*PiJ3S_ax;Yg(LJm9whpfSgYefN5"
    "8y!MbQ6PsCTE(Uon_yfZ|7$o`^9_)z_?hOjXPwj`D7<<rwzbGTDb&ZQxdDDtLx+l@}UaOj1QKZA4d;^GU5oe*@RR"
    "u9d@hn$QkX1Xy9-36myB^|0B&b<k8W{DVm`VEKo57reqyRY3|v))*FQ1*efJg{mIiQHX9*IcU~$wXN`yDip;wszM"
    "#4?X2s1f%B2_bEOQ}fOtZv=f`8}?jdx1hCc@S1jHI3>u9hI<iYR;3R`9kcq@41!>CS%&(LR->}mc5dzx2PdM0=WW"
    "l1|A>)nr2Yv$(Hm;2gVB1c3sAm^BM+HKP5p*Wq>9&q+0dn{fi9$ST<7u0pqE)<@F)SxbD$+a7M2gT-s^p;?pYN1z"
    "=&GXu&Xve;^J}8QPh-^W7v~j9GXY@^En2K@wcEDdhgH*1{)wQdd9!3(iviHUJ!V7-eBhwAP9edn9(z9rmGNc)>&V"
    "3`B?rBr(p}%N3zN&T8Fjw$bHB)|7{l;VDlXnl;4~vgV;iJSyqgs;oaU~@~d=rujl9`kkQkor&kpkHeWVdZ^<x1z|"
    "3FSl5$W6`K;^GO-rxA!1rE3w^7`$Bee9=fQLGsv0E<rjaNOuJ(nndChQL!Lp*jOxBYiukQtRcaACs_TIz%o-{nc|"
    "%(b7><aw!fXem0E^g%sr@ioW~20vyYNk!#1*rttCLImViSJIpmN-4y_W>_YHkBaLLhU-M{oL!fpSrGmA3k{7tfIX"
    "+QPiIgOvCd#DF>ADvm!{K>;l)dZIML!ZR|g_;gv^gimMc8Q~F$@3Q%I5q!${@Bs~_m<F7$DdnDod0<IpSu+#pa"
)


def xlsx(sheets: Sheets, merged: Sequence[str] = ()) -> bytes:
    """Return a workbook, the cells of whose last sheet are merged in these ranges."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    for cells in merged:
        book.worksheets[-1].merge_cells(cells)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def ods(sheets: Sheets, spans: Mapping[tuple[str, int], str] | None = None) -> bytes:
    """Return a workbook of LibreOffice; a cell of a text in a row has the attributes of `spans`."""
    kinds = ("office", "table", "text")
    names = " ".join(
        f'xmlns:{kind}="urn:oasis:names:tc:opendocument:xmlns:{kind}:1.0"' for kind in kinds
    )

    def cell(value: object, number: int) -> str:
        span = (spans or {}).get((str(value), number), "")
        match value:
            case "" | None:
                return "<table:table-cell/>"
            case int() | float():
                return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
            case dt.date():
                return f'<table:table-cell office:value-type="date" office:date-value="{value}"/>'
        text = f"<text:p>{escape(str(value))}</text:p>"
        return f'<table:table-cell office:value-type="string" {span}>{text}</table:table-cell>'

    empty = '<table:table-cell table:number-columns-repeated="16000"/>'
    tables = "".join(
        f'<table:table table:name="{title}">'
        + "".join(
            f"<table:table-row>{''.join(cell(value, number) for value in row)}{empty}"
            "</table:table-row>"
            for number, row in enumerate(rows, start=1)
        )
        + f'<table:table-row table:number-rows-repeated="1048000">{empty}</table:table-row>'
        "</table:table>"
        for title, rows in sheets.items()
    )
    content = (
        f"<office:document-content {names}><office:body><office:spreadsheet>{tables}"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    return data.getvalue()


def lines(*rows: Sequence[object], delimiter: str = ";") -> str:
    return csv_bytes(rows, delimiter).decode()


def commas(rows: Sequence[Sequence[object]]) -> list[list[str]]:
    return [[str(cell).replace(".", ",") for cell in row] for row in rows]


def values(rows: Sequence[VillageRow]) -> list[tuple[str, float, float, int]]:
    return [(row.name, row.lat, row.lon, row.households) for row in rows]


def read_with_notes(
    folder: Path, data: bytes, name: str = "v.csv"
) -> tuple[list[tuple[str, float, float, int]], list[str]]:
    path = folder / name
    path.write_bytes(data)
    notes: list[str] = []
    return values(read_table(path, people_per_household=4, on_note=notes.append)), notes


# ---- Encodings ----

TABLE = lines(HEADER, *((f"v{n}", *each) for n, each in enumerate(VILLAGES)))
PLAIN_TABLE = lines(HEADER, *((f"v{n}", *each) for n, each in enumerate(RUSSIAN)))


@pytest.mark.parametrize(
    ("text", "encoding", "note"),
    [
        (TABLE, "utf-8", []),
        (TABLE, "utf-8-sig", []),
        (TABLE, "utf-16", []),
        (TABLE, "utf-16-le", []),
        (TABLE, "utf-16-be", []),
        (TABLE, "kz1048", ["v.csv is read as KZ-1048"]),
        (PLAIN_TABLE, "kz1048", ["v.csv is read as Windows-1251"]),
        (PLAIN_TABLE, "cp1251", ["v.csv is read as Windows-1251"]),
        (PLAIN_TABLE.upper().replace("ID;NAME", "id;name"), "cp1251", ["read as Windows-1251"]),
    ],
)
def test_a_table_is_read_in_the_encodings_of_kazakhstan(
    tmp_path: Path, text: str, encoding: str, note: list[str]
) -> None:
    found, notes = read_with_notes(tmp_path, text.encode(encoding))
    villages = VILLAGES if "Ақкөл" in text else RUSSIAN
    assert [row[1:] for row in found] == [row[1:] for row in villages]
    assert [row[0].casefold() for row in found] == [row[0].casefold() for row in villages]
    assert len(notes) == len(note)
    assert all(part in whole for part, whole in zip(note, notes, strict=True))


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("koi8-r", "KOI8-R"),
        ("cp866", "DOS (866)"),
        ("mac-cyrillic", "Mac Cyrillic"),
        ("iso8859-5", "ISO 8859-5"),
    ],
)
@pytest.mark.parametrize("change", [str, str.upper])
def test_other_encodings_are_refused_by_name(
    tmp_path: Path, encoding: str, name: str, change: type[str]
) -> None:
    (fault,) = faults_of(tmp_path, change(PLAIN_TABLE).encode(encoding))
    # DOS and Mac have the same capitals.
    names = {name, "DOS (866)"} if change is str.upper else {name}
    assert fault in {
        f"villages.csv: is in the encoding {each}, which is not read;"
        " save it as 'CSV UTF-8' or as XLSX"
        for each in names
    }


def test_the_kazakh_encoding_of_other_systems_is_refused(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, TABLE.encode("ptcp154"))
    assert fault == (
        "villages.csv: is in the encoding PTCP154, which is not read;"
        " save it as 'CSV UTF-8' or as XLSX"
    )


@pytest.mark.parametrize("text", ["id,name\nv1,Aqköl\nv2,Üçtöbe\n", "id,name\n1,М±са\n2,Қаратал\n"])
def test_what_is_in_no_encoding_for_sure_is_refused(text: str) -> None:
    data = text.replace("Қ", "К").encode("cp1252" if "ö" in text else "cp1251")
    with pytest.raises(InputError, match="save it as 'CSV UTF-8' or as XLSX"):
        decode_table(data, "v.csv")


READ_WRONGLY = [("utf-8", "cp1252"), ("utf-8", "latin-1"), ("utf-8", "cp1251"), ("utf-8", "cp866")]
READ_WRONGLY += [("kz1048", "cp1251"), ("cp1251", "latin-1"), ("koi8-r", "cp1251")]


@pytest.mark.parametrize(("meant", "read"), READ_WRONGLY)
def test_letters_that_were_read_in_a_wrong_encoding_before_are_refused(
    tmp_path: Path, meant: str, read: str
) -> None:
    name = "Жарқын" if meant == "kz1048" else "Бірлік" if meant == "utf-8" else "Новосёловка"
    try:
        wrong = name.encode(meant).decode(read)
    except UnicodeDecodeError:
        name = "Абай"
        wrong = name.encode(meant).decode(read)
    assert meant_text(wrong) == name
    (fault,) = faults_of(tmp_path, lines(HEADER, ("v1", wrong, 50, 70, 1)).encode())
    assert fault.startswith(
        "villages.csv:2 name: was read in a wrong encoding before the table was saved; "
        f"did you mean {name!r}? make the table anew"
    )


def test_headings_that_were_read_in_a_wrong_encoding_before_are_refused(tmp_path: Path) -> None:
    text = lines(("Название", "Широта", "Долгота", "Дворы"), ("Абай", 50, 70, 1))
    (fault,) = faults_of(tmp_path, text.encode().decode("cp1251", errors="ignore").encode())
    assert "holds letters that were read in a wrong encoding before it was saved" in fault


@pytest.mark.parametrize("name", ["?????", "Ак?ол", "??? ????", "Ақ\ufffdөл", "?"])
def test_a_name_that_lost_letters_is_refused(tmp_path: Path, name: str) -> None:
    (fault,) = faults_of(tmp_path, lines(HEADER, ("v1", name, 50.1, 70.1, 120)).encode())
    assert fault == (
        f"villages.csv:2 name: {name!r} has lost letters;"
        " save the table again as XLSX or as CSV UTF-8"
    )


def test_headings_that_lost_letters_are_refused(tmp_path: Path) -> None:
    text = lines(("????????", "??????", "???????"), ("????", 50, 70))
    assert faults_of(tmp_path, text.encode()) == [
        (
            "villages.csv: has lost letters, each of which is now a question mark;"
            " save it as 'CSV UTF-8' or as XLSX"
        )
    ]


@pytest.mark.parametrize("text", ["<html><table><tr><td>Абай", "\n<!DOCTYPE html>", "<?xml ?>"])
def test_a_web_page_by_the_name_of_a_workbook_is_refused_as_what_it_is(
    tmp_path: Path, text: str
) -> None:
    assert faults_of(tmp_path, text.encode(), "v.xls") == [
        (
            "v.xls: is a web page or XML, whatever its name ends in;"
            " open it in a spreadsheet program, and save it as XLSX"
        )
    ]


# ---- What spreadsheets make of names and codes ----


@pytest.mark.parametrize("column", ["id", "name"])
@pytest.mark.parametrize("cell", [dt.date(2026, 5, 1), dt.datetime(2026, 5, 3), dt.time(3, 5)])  # noqa: DTZ001  # cells have no time zone
def test_a_name_or_id_that_became_a_date_is_refused(
    tmp_path: Path, column: str, cell: object
) -> None:
    village: dict[str, object] = dict(zip(HEADER, ("v1", "Абай", 50.1, 70.1, 120), strict=True))
    village[column] = cell
    data = xlsx({"a": [HEADER, tuple(village.values())]})
    (fault,) = faults_of(tmp_path, data, "v.xlsx")
    assert fault.startswith(f"v.xlsx:2 {column}: ")
    assert "is a date, for which a spreadsheet took it; format the column as text" in fault


@pytest.mark.parametrize(
    "name", ["01.май", "май.26", "1-May", "May-26", "01.05.2026", "2026-05-01"]
)
def test_a_date_in_a_csv_table_is_no_name(tmp_path: Path, name: str) -> None:
    (fault,) = faults_of(tmp_path, lines(HEADER, ("v1", name, 50.1, 70.1, 120)).encode())
    assert "is a date, for which a spreadsheet took it" in fault


@pytest.mark.parametrize("name", ["1 Мая", "1-Май", "1 мамыр", "Май", "8 Марта", "20 лет Октября"])
def test_a_name_with_a_day_in_it_is_a_name(tmp_path: Path, name: str) -> None:
    (row,) = read_bytes(tmp_path, lines(HEADER, ("3-5", name, 50.1, 70.1, 120)).encode())
    assert (row.id, row.name) == ("3-5", name)


@pytest.mark.parametrize("code", ["1,16631E+11", "1.16631E+08", "1E+11", "1,2e+05"])
def test_a_code_in_powers_of_ten_is_refused(tmp_path: Path, code: str) -> None:
    assert faults_of(tmp_path, lines(HEADER, (code, "Абай", "50,1", "70,1", 120)).encode()) == [
        (
            f"villages.csv:2 id: {code!r} is a code that a spreadsheet shortened;"
            " format the column as text, and write it again"
        )
    ]


@pytest.mark.parametrize("cell", ["#ИМЯ?", "#ССЫЛКА!", "#NAME?", "########"])
def test_errors_of_spreadsheets_are_no_names(tmp_path: Path, cell: str) -> None:
    (fault,) = faults_of(tmp_path, lines(HEADER, ("v1", cell, 50.1, 70.1, 120)).encode())
    assert "error of the spreadsheet" in fault or "too wide for its column" in fault


# ---- Layout ----


@pytest.mark.parametrize("separator", ["sep=;\r\n", "\ufeffsep=;\r\n", '"sep=;"\n', "SEP=;\n"])
def test_the_delimiter_that_excel_names_is_no_header(tmp_path: Path, separator: str) -> None:
    text = separator + lines(HEADER, ("v1", "Акколь", "50,1", "70,1", 120))
    (row,) = read_bytes(tmp_path, text.encode())
    assert (row.lat, row.source) == (50.1, "villages.csv:3")


def test_a_comma_may_be_the_delimiter_that_excel_names(tmp_path: Path) -> None:
    text = "\ufeffsep=,\r\n" + lines(HEADER, ("v1", "Акколь", 50.1, 70.1, 120), delimiter=",")
    (row,) = read_bytes(tmp_path, text.encode())
    assert row.name == "Акколь"


def test_a_sheet_after_a_cover_sheet_is_read_and_said_to_be(tmp_path: Path) -> None:
    rows = [HEADER, ("v1", *VILLAGES[0])]
    found, notes = read_with_notes(
        tmp_path, xlsx({"Титул": [("Отчёт",)], "Сёла": rows, "Ещё": rows}), "v.xlsx"
    )
    assert found == VILLAGES[:1]
    assert notes == ["v.xlsx: the sheet 'Сёла' is read; not read, though tables too: Ещё"]


TITLE = ("Сведения о населённых пунктах Абайского района",)
SIX = ("№ п/п", "Наименование населенного пункта", "Широта", "Долгота", "Кол-во дворов, ед.")


def numbered(rows: Sequence[Sequence[object]]) -> list[tuple[object, ...]]:
    return [(n, *row) for n, row in enumerate(rows, start=1)]


MESSY: dict[str, tuple[str, bytes, list[str]]] = {
    "a Russian workbook with a title, numbers of columns and a total": (
        "v.xlsx",
        xlsx(
            {
                "Лист1": [
                    TITLE,
                    (),
                    (*SIX, "Площадь, га"),
                    (1, 2, 3, 4, 5, 6),
                    *[(*row, 7.5) for row in numbered(VILLAGES)],
                    ("", "Итого:", "", "", 500),
                ]
            },
            ["A1:F1"],
        ),
        [
            "v.xlsx: row 3 names the columns; rows above it are not read",
            "v.xlsx: unknown columns are not read: № п/п, Площадь, га",
            "v.xlsx: a total, not a village, and not read: row 8",
        ],
    ),
    "a Russian CSV of Windows with decimal commas": (
        "v.csv",
        (
            lines(TITLE, (), SIX, *numbered(commas(VILLAGES)))
            .replace("Ақкөл", "Ақкөл")
            .encode("kz1048")
        ),
        [
            "v.csv is read as KZ-1048",
            "v.csv: row 3 names the columns; rows above it are not read",
            "v.csv: unknown columns are not read: № п/п",
        ],
    ),
    "a Kazakh CSV of the state's code page": (
        "v.csv",
        lines(
            ("Ауылдың атауы", "Ендік", "Бойлық", "Шаруашылық саны"),
            *commas(VILLAGES),
            ("Барлығы", "", "", 500),
        ).encode("kz1048"),
        ["v.csv is read as KZ-1048", "v.csv: a total, not a village, and not read: row 5"],
    ),
    "a Kazakh workbook with a cover sheet and a merged district": (
        "v.xlsx",
        xlsx(
            {
                "Мұқаба": [("Абай облысы",)],
                "Ауылдар": [
                    ("р/с", "Аудан", "Елді мекеннің атауы", "Ендік", "Бойлық", "Үй саны"),
                    *[(n, "" if n > 1 else "Абай", *row) for n, row in enumerate(VILLAGES, 1)],
                ],
            },
            ["B2:B4"],
        ),
        [
            "v.xlsx: the sheet 'Ауылдар' is read",
            "v.xlsx: unknown columns are not read: р/с",
        ],
    ),
    "an English CSV of Excel": (
        "v.csv",
        (
            "\ufeffsep=,\r\n"
            + lines(
                ("Village name", "Latitude (WGS84)", "Longitude (WGS84)", "Households", "Closed"),
                *((*row, "13.01.2027") for row in VILLAGES),
                ("Total", "", "", 500, ""),
                delimiter=",",
            )
        ).encode(),
        ["v.csv: a total, not a village, and not read: row 6"],
    ),
    "a workbook of LibreOffice with a header of two rows": (
        "v.ods",
        ods(
            {
                "Лист1": [
                    ("Село", "Координаты", "", "Домохозяйства"),
                    ("", "широта", "долгота", ""),
                    *commas(VILLAGES),
                ]
            }
        ),
        [],
    ),
    "Unicode text of Excel": (
        "v.txt",
        lines(SIX, *numbered(commas(VILLAGES)), delimiter="\t").encode("utf-16"),
        ["v.txt: unknown columns are not read: № п/п"],
    ),
    "a Kazakh CSV with rural districts between and a header on each page": (
        "v.csv",
        lines(
            ("Ауыл атауы", "Ендік", "Бойлық", "Аулалар саны"),
            ("Ақкөл а.о.", "", "", 120),
            *commas(VILLAGES[:1]),
            ("Ауыл атауы", "Ендік", "Бойлық", "Аулалар саны"),
            ("Өтеген ауылдық округі", "", "", 380),
            *commas(VILLAGES[1:]),
            ("Аудан бойынша барлығы", "", "", 500),
            ("Ескертпе: 01.01.2027 жағдайы", "", "", ""),
        ).encode(),
        [
            "v.csv: a rural district, not a village, and not read: row 2, 5",
            "v.csv: a total, not a village, and not read: row 8",
            "v.csv: a note under the total, not a village, and not read: row 9",
        ],
    ),
    "a workbook with headings across the table": (
        "v.xlsx",
        xlsx(
            {
                "Лист1": [
                    ("Село", "Широта", "Долгота", "Дворы"),
                    ("Северная часть",),
                    *VILLAGES[:1],
                    ("Южная часть",),
                    *VILLAGES[1:],
                ]
            },
            ["A2:D2", "A4:D4"],
        ),
        ["v.xlsx: a heading, not a village, and not read: row 2, 4"],
    ),
    "a table with both degrees in one column": (
        "v.csv",
        lines(
            ("Ауыл", "GPS-координаттар", "Үй саны"),
            *[(row[0], f"{row[1]}, {row[2]}", row[3]) for row in VILLAGES],
        ).encode(),
        ["v.csv: the column 'GPS-координаттар' is read as lat and lon"],
    ),
    "a table with some districts": (
        "v.csv",
        lines(
            (*HEADER[1:], "Район"),
            *[(*row, "" if row[3] == 80 else "Абай") for row in VILLAGES],
        ).encode(),
        ["v.csv: no district is named in row 3"],
    ),
    "a table with districts in rows of their own": (
        "v.csv",
        lines(
            ("Район", "Село", "lat", "lon", "дворы"),
            ("Абайский район",),
            *[("", *row) for row in VILLAGES],
        ).encode(),
        ["v.csv: a heading or note, not a village, and not read: row 2"],
    ),
    "a table with a row twice": (
        "v.csv",
        lines(HEADER[1:], *VILLAGES, VILLAGES[0]).encode(),
        ["v.csv: row 5 repeats row 2, and is not read"],
    ),
}


@pytest.mark.parametrize("case", MESSY)
def test_a_messy_table_is_read_as_it_is_and_notes_say_how(tmp_path: Path, case: str) -> None:
    name, data, notes = MESSY[case]
    assert read_with_notes(tmp_path, data, name) == (VILLAGES, notes)


def test_an_old_workbook_is_read_with_its_merged_district(tmp_path: Path) -> None:
    path = tmp_path / "v.xls"
    path.write_bytes(zlib.decompress(base64.b85decode("".join(XLS))))
    notes: list[str] = []
    rows = read_table(path, on_note=notes.append)
    assert [(row.name, row.district, row.households) for row in rows] == [
        ("Ақкөл", "Абайский район", 120),
        ("Өтеген", "Абайский район", 80),
        ("Ақсу", "Жаңа", 30),
    ]
    assert notes == [
        "v.xls: the sheet 'Сёла' is read",
        "v.xls: row 2 names the columns; rows above it are not read",
        "v.xls: a total, not a village, and not read: row 6",
    ]


def test_an_old_workbook_with_broken_bytes_is_an_error_or_is_read(tmp_path: Path) -> None:
    data = zlib.decompress(base64.b85decode("".join(XLS)))
    for position in range(8, len(data), 97):
        broken = bytearray(data)
        broken[position] ^= 0x5A
        with contextlib.suppress(InputError):
            assert read_bytes(tmp_path, bytes(broken), "v.xls")


def test_a_workbook_of_libreoffice_is_limited_in_cells(tmp_path: Path) -> None:
    many = 'table:number-columns-repeated="9000000"'
    data = ods({"a": [HEADER, ("v1", "A", 1, 2, 3)]}, {("A", 2): many})
    assert faults_of(tmp_path, data, "v.ods") == [
        (
            "v.ods: holds more than 600,000 cells;"
            " copy the table alone into a new workbook, or save it as CSV UTF-8"
        )
    ]


def test_dates_of_libreoffice_are_read(tmp_path: Path) -> None:
    data = ods({"a": [(*HEADER, "closed"), ("v1", "A", 1, 2, 3, dt.date(2027, 1, 13))]})
    (row,) = read_bytes(tmp_path, data, "v.ods")
    assert row.closed == (dt.date(2027, 1, 13),)


# ---- One round of correction ----

CORRECTED: dict[str, tuple[tuple[str, bytes], str, tuple[str, bytes]]] = {
    "a column of phones": (
        ("v.csv", lines((*HEADER[1:], "Телефон акима"), *((*r, "x") for r in VILLAGES)).encode()),
        "v.csv:1 Телефон акима: holds phone numbers",
        ("v.csv", lines(HEADER[1:], *VILLAGES).encode()),
    ),
    "households of two villages in one cell": (
        (
            "v.xlsx",
            xlsx({"a": [HEADER[1:], *VILLAGES[:2], (*VILLAGES[2][:3], None)]}, ["D3:D4"]),
        ),
        "v.xlsx:3 households: is one cell for rows 3 to 4; unmerge it",
        ("v.xlsx", xlsx({"a": [HEADER[1:], *VILLAGES]})),
    ),
    "a village twice with different numbers": (
        ("v.csv", lines(HEADER[1:], *VILLAGES, (*VILLAGES[0][:3], 99)).encode()),
        "v.csv:5 name: 'ақкөл' is the id of v.csv:2 too",
        ("v.csv", lines(HEADER[1:], *VILLAGES).encode()),
    ),
    "a village twice with ids of its own": (
        (
            "v.csv",
            lines(
                HEADER, *((n, *r) for n, r in enumerate([*VILLAGES, ("Акколь", 50.1, 70.1, 9)]))
            ).encode(),
        ),
        "v.csv:5 name: 'Акколь' is in v.csv:2 too, at the same position; keep one of the rows",
        ("v.csv", lines(HEADER[1:], *VILLAGES).encode()),
    ),
    "a formula that was never worked out": (
        ("v.xlsx", xlsx({"a": [HEADER[1:], *VILLAGES[:2], (*VILLAGES[2][:3], "=1+1")]})),
        "v.xlsx:4 D4: is a formula that was never worked out",
        ("v.xlsx", xlsx({"a": [HEADER[1:], *VILLAGES]})),
    ),
}


@pytest.mark.parametrize("case", CORRECTED)
def test_a_table_is_refused_with_what_to_do_and_read_then(tmp_path: Path, case: str) -> None:
    (name, data), fault, (_, corrected) = CORRECTED[case]
    faults = faults_of(tmp_path, data, name)
    assert len(faults) == 1
    assert faults[0].startswith(fault)
    assert read_with_notes(tmp_path, corrected, name)[0] == VILLAGES


def test_villages_of_one_name_in_two_districts_get_ids_of_both(tmp_path: Path) -> None:
    header = ("name", "район", "lat", "lon", "hh")
    rows = [("Абай", "Абайский", 43, 79, 1), ("Абай", "Жарминский", 44, 79, 1)]
    read = read_bytes(tmp_path, lines(header, *rows).encode())
    assert [row.id for row in read] == ["абай-абайский", "абай-жарминский"]


# ---- Names ----

# What is written, what is known, and what is right; nothing where nothing is sure.
WRITTEN = [
    ("Bольное", ["Больное", "Вольное"], "Вольное"),
    ("Pодник", ["Подник", "Родник"], "Родник"),
    ("Hура", ["Хура"], ""),
    ("Hура", ["Хура", "Нура"], "Нура"),
    ("Aкcy", ["Ақсу"], "Ақсу"),
    ("Acкap", ["Асқар"], "Асқар"),
    ("KaMeHKa", ["Каменка"], "Каменка"),
    ("KAPA", ["Кара"], ""),
    ("Kapa", ["Капа", "Кара"], "Капа"),
    ("Cyлyкөл", ["Сұлукөл"], "Сұлукөл"),
    ("Caxaлин", ["Сахалин"], "Сахалин"),
    ("НОBОСЕЛОВКА", ["Новосёловка"], "Новосёловка"),
    ("BЕРЕСОВКА", ["Бересовка"], ""),
    ("PОДНИКИ", ["Родники"], "Родники"),
    ("CАРЫОЗЕН", ["Сарыөзен"], "Сарыөзен"),
    ("Қаhарман", ["Қаһарман"], "Қаһарман"),
    ("Рavlodar", ["Павлодар"], "Павлодар"),
    ("ШАҚПАҚ CT.", ["Шақпақ ст."], "Шақпақ ст."),
    ("им. Абая", ["Абай"], "Абай"),
    ("с. им. Жамбыла", ["Жамбыл"], "Жамбыл"),
    ("имени Молдагуловой", ["Молдагулова"], "Молдагулова"),
    ("свх. Чапаева", ["Чапаево"], "Чапаево"),
    ("свх Абай", ["Абай"], "Абай"),
    ("совхоз Абай", ["Абай"], "Абай"),
    ("к-з Абай", ["Абай"], "Абай"),
    ("колхоз Абай", ["Абай"], "Абай"),
    ("Абай совхозы", ["Абай"], "Абай"),
    ("н.п. Абай", ["Абай"], "Абай"),
    ("нп. Абай", ["Абай"], "Абай"),
    ("п.г.т. Ақсай", ["Ақсай"], "Ақсай"),
    ("а. Қараауыл", ["Қараауыл"], "Қараауыл"),
    ("елді мекені Абай", ["Абай"], "Абай"),
    ("Жаңа мекен", ["Жаңа мекен", "Жаңа"], "Жаңа мекен"),
    ("ж/д ст. Тюлькубас", ["ст. Түлкібас"], "ст. Түлкібас"),
    ("ст. Тюлькубас", ["ст. Түлкібас"], "ст. Түлкібас"),
]


@pytest.mark.parametrize(("written", "known", "right"), WRITTEN)
def test_a_name_is_matched_by_what_its_letters_look_like_and_without_the_kind_of_place(
    written: str, known: list[str], right: str
) -> None:
    queries = [PlaceRecord("", split_names(written), ("A",))]
    (match,) = match_names(queries, [PlaceRecord(name, (name,), ("A",)) for name in known])
    assert match.found == right
    if not right:
        assert [each.key for each in match.candidates] == known


def test_a_stroke_parts_names_but_no_abbreviations() -> None:
    assert split_names("Ақкөл/Акколь") == ("Ақкөл", "Акколь")
    assert split_names("ж/д ст. Шу") == ("ж/д ст. Шу",)


def test_reference_data_is_not_needed_to_read_a_table(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_bytes(TABLE.encode())
    assert values(read_table(path, reference=ReferenceData())) == VILLAGES
