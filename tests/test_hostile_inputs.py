"""Small files and numbers that would take much memory or time are refused in a few lines."""

from __future__ import annotations

import contextlib
import gzip
import io
import subprocess
import sys
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.text import Text

from routeplan import cli
from routeplan.analysis import Runner, Variant, compare_plans, coverage_by_group, plots, vary
from routeplan.cli import doctor
from routeplan.cli.commands import COMMANDS
from routeplan.errors import InputError, RoadError
from routeplan.files import read_bytes, workbooks
from routeplan.files.workbooks import read_workbook
from routeplan.formats import plan_to_json, problem_from_json, problem_to_json
from routeplan.formats.fields import kind_of
from routeplan.model.problem import Team, Village
from routeplan.model.variants import resize_days
from routeplan.roads import read_places, read_roads
from routeplan.workflow import prepare as campaign
from tests.helpers.campaign import Undertaking
from tests.helpers.roads import toy
from tests.helpers.toy import toy_plan, toy_problem
from tests.helpers.villages import workbook_bytes

if TYPE_CHECKING:
    from pathlib import Path

ROWS: list[list[object]] = [["id", "name", "lat"], ["v1", "Aq", 43.5]]
SHEET = "xl/worksheets/sheet1.xml"


def with_part(name: str, old: bytes, new: bytes) -> bytes:
    """Return a sound workbook in one part of which a text is another."""
    whole = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook_bytes(ROWS))) as sound,
        zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for part in sound.namelist():
            content = sound.read(part)
            assert part != name or old in content
            packed.writestr(part, content.replace(old, new, 1) if part == name else content)
    return whole.getvalue()


def ended(*arguments: object) -> int:
    with pytest.raises(SystemExit) as caught:
        cli.main([str(argument) for argument in arguments])
    assert isinstance(caught.value.code, int)
    return caught.value.code


# ---- Workbooks ----


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b'<row r="2"', b'<row r="99999999999"', "more than 600,000 cells"),
        (b"<sheetData>", b"<sheetData>" + b" " * 3_000_000, "over 200 times as large"),
    ],
)
def test_a_workbook_of_impossible_size_is_refused(old: bytes, new: bytes, says: str) -> None:
    with pytest.raises(InputError, match=f"^v.xlsx: holds .*{says}"):
        read_workbook(with_part(SHEET, old, new), "v.xlsx")


@pytest.mark.parametrize(
    ("name", "most", "says"),
    [
        ("MOST_CELLS", 5, "more than 5 cells"),
        ("MOST_TAGS", 40, "more than 40 tags"),
        ("LARGEST_BYTES", 900, "more than 900 bytes when unpacked"),
    ],
)
def test_what_a_workbook_holds_is_limited(
    name: str, most: int, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, name, most)
    with pytest.raises(InputError, match=says):
        read_workbook(workbook_bytes(ROWS), "v.xlsx")


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        (SHEET, b"<sheetData>", b"<sheetData"),
        (SHEET, b"<v>43.5</v>", b"<v>4x3</v>"),
        (SHEET, b'r="A2"', b'r="ZZZZ2"'),
        ("xl/styles.xml", b"<cellXfs", b'<!ENTITY a "b"><cellXfs'),
        ("xl/workbook.xml", b"<sheets>", b"<sheets><sheet/>"),
    ],
)
def test_a_damaged_part_of_a_workbook_is_a_fault_and_nothing_else(
    part: str, old: bytes, new: bytes
) -> None:
    with pytest.raises(InputError, match="is not a sound XLSX workbook; save it again"):
        read_workbook(with_part(part, old, new), "v.xlsx", hint="save it again")


@given(st.integers(0, 2000), st.binary(min_size=1, max_size=4))
def test_the_parts_of_a_workbook_with_other_bytes_are_read_or_refused(at: int, new: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(workbook_bytes(ROWS))) as sound:
        content = sound.read(SHEET)
    place = at % len(content)
    changed = content[:place] + new + content[place + 1 :]
    with contextlib.suppress(InputError):
        assert read_workbook(with_part(SHEET, content, changed), "v.xlsx")


# ---- Maps ----


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('lat="43.0000000"', 'lat="nan"'),
        ('<node id="1"', '<node id="x1"'),
        ('<node id="1"', '<node id="99999999999999999999"'),
        ("Dala joly", "\x00"),
    ],
)
def test_a_map_with_values_that_are_none_is_damaged(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "a.osm"
    path.write_text(toy().xml().replace(old, new, 1), encoding="utf-8")
    for read in (read_roads, read_places):
        with pytest.raises(RoadError, match=r"a\.osm could not be read as OpenStreetMap data"):
            read(path)


def test_text_of_a_pbf_that_is_not_utf_8_is_damage(tmp_path: Path) -> None:
    toy().write(tmp_path / "sound.osm.pbf")
    plain = tmp_path / "plain.osm.pbf"
    import osmium  # noqa: PLC0415

    file = osmium.io.File(str(plain), "pbf,pbf_compression=none")
    with osmium.SimpleWriter(file, overwrite=True) as writer:
        for item in osmium.FileProcessor(str(tmp_path / "sound.osm.pbf")):
            writer.add(item)
    data = plain.read_bytes()
    assert b"Dala joly" in data
    plain.write_bytes(data.replace(b"Dala joly", b"Dala \xff\xfely"))
    with pytest.raises(RoadError, match="could not be read as OpenStreetMap data"):
        read_roads(plain)


def test_a_map_that_is_packed_far_too_small_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.osm.gz"
    text = toy().xml().encode()
    with gzip.open(path, "wb") as file:
        file.write(text)
    assert read_roads(path).way_tags
    with gzip.open(path, "wb") as file:
        file.write(text.replace(b"<osm", b" " * 70_000_000 + b"<osm", 1))
    with pytest.raises(RoadError, match="over 100 times as large when unpacked"):
        read_roads(path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("geometry", "LINESTRING (1 1"),
        ("geometry", "LINESTRING EMPTY"),
        ("osmid", "x1"),
        ("osmid", "[" * 2000),
        ("length", "long"),
    ],
)
def test_a_graph_with_a_damaged_line_or_number_is_refused(
    tmp_path: Path, key: str, value: str
) -> None:
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(crs="epsg:4326")
    graph.add_node("1", x="77.0", y="43.0")
    graph.add_node("2", x="77.1", y="43.0")
    graph.add_edge("1", "2", 0, **{"osmid": "1", "length": "9", "highway": "road", key: value})
    nx.write_graphml(graph, tmp_path / "a.graphml")
    with pytest.raises(RoadError, match=r"a\.graphml (could not be read as a graph|has positions)"):
        read_roads(tmp_path / "a.graphml")


def test_a_graph_with_positions_that_are_none_is_refused(tmp_path: Path) -> None:
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(crs="epsg:4326")
    graph.add_node("1", x="nan", y="43.0")
    graph.add_node("2", x="77.1", y="43.0")
    graph.add_edge("1", "2", 0, osmid="1", length="9", highway="road")
    nx.write_graphml(graph, tmp_path / "a.graphml")
    with pytest.raises(RoadError, match="has positions that are not in degrees"):
        read_roads(tmp_path / "a.graphml")


# ---- Numbers, names, addresses ----


@pytest.mark.parametrize("value", [1e308, 1e-18, 5e-324])
def test_weights_and_paces_at_the_edge_are_refused(value: float) -> None:
    for make in (
        lambda: Village("v", 1, weight=value),
        lambda: Village("v", 1, pace=value),
        lambda: Team("A", "b", "b", "car", value),
    ):
        with pytest.raises(InputError, match="is not within 1e-12 and 1e"):
            make()


def test_an_object_with_many_repeated_names_is_read_at_once() -> None:
    text = problem_to_json(toy_problem()).rstrip()
    many = "".join(f',"x{n}":0,"x{n}":0' for n in range(30_000))
    with pytest.raises(InputError, match="more than once"):
        problem_from_json(f"{text[:-1]}{many}}}")


@pytest.mark.parametrize(
    "changes",
    [
        {"crews": 10**9},
        {"days": 10**6},
        {"nights": int(1e308)},
        {"drive_hours": 1e308},
        {"pace": 1e300},
        {"drive_factor": 1e18},
    ],
)
def test_a_variant_larger_than_can_be_planned_is_refused(changes: dict[str, float]) -> None:
    with pytest.raises(InputError, match="the most that is planned for"):
        Variant(**changes)  # type: ignore[arg-type]


def test_no_day_comes_after_the_last_date() -> None:
    days = toy_problem().days
    last = (*days[:-1], replace(days[-1], date=days[-1].date.replace(9999, 12, 30)))
    assert len(resize_days(last, len(days) + 1)) == len(days) + 1
    with pytest.raises(InputError, match="go on after 9999-12-31"):
        vary(toy_problem().replace(days=last), Variant(days=len(days) + 2))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[days]", "[rules]\nrest_minutes_per_day = 1e308\n[days]", "comes to more than"),
        ("[villages]", "around_km = 1e308\n[villages]", "halfway around the earth"),
        ("[villages]", "around_km = 5\nmargin_km = 1e308\n[villages]", "halfway around the earth"),
        ("version = 1", f"version = 0x{'f' * 5000}", "64 bits is not known"),
        ("size = 2", f"size = 0x{'f' * 5000}", "too large"),
        ("size = 2", f"size = {'9' * 400}", "too large"),
    ],
)
def test_numbers_of_a_scenario_at_the_edge_are_faults(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    path = Undertaking().write(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=says):
        campaign.locate(path)


def test_minutes_of_four_hundred_digits_are_a_fault_of_their_cell(tmp_path: Path) -> None:
    undertaking = Undertaking()
    header, first, *rest = undertaking.table
    undertaking.table = [f"{header},setup_minutes", f"{first},{'9' * 400}", *rest]
    with pytest.raises(InputError, match=r"villages\.csv:2 setup_minutes: is more than 527,040"):
        campaign.locate(undertaking.write(tmp_path))


def test_a_number_of_any_length_can_be_named() -> None:
    assert kind_of(16**5000) == "a number of more than 64 bits"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "tls://127.0.0.1:1",
        "inproc://x",
        "tcp://",
        "tcp://h",
        "tcp://h:0",
        "tcp://h:99999",
        "h:1",
    ],
)
def test_what_is_no_address_of_a_scheduler_is_refused_at_once(address: str) -> None:
    with pytest.raises(InputError, match=r"is not like tcp://host:port"):
        Runner(scheduler=address).plan([])


def test_names_like_formulas_are_drawn_as_they_are() -> None:
    names = {"$\\foo$": toy_plan(), "a $x$ b": toy_plan(), "ә" * 2500: toy_plan()}
    table = compare_plans(names, toy_problem())
    figure = plots.draw_comparison(table, coverage_by_group(names, toy_problem()))
    assert plots.png(figure).startswith(b"\x89PNG")
    shown = {text.get_text() for text in figure.findobj(Text)}
    assert {r"\$\foo\$", r"a \$x\$ b"} <= shown
    assert max(map(len, shown)) < 100


# ---- Size ----


def test_too_many_villages_are_located_and_refused_as_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Undertaking().write(tmp_path)
    whole = campaign.prepare(path)
    monkeypatch.setattr(campaign, "LARGEST_TIMES", 2000)
    monkeypatch.setattr(campaign, "load_times", None)  # nothing asks for travel times
    located = campaign.locate(path)
    assert located.rows == whole.rows
    assert located.snaps == whole.snaps
    with pytest.raises(InputError, match=r"^scenario.toml: 8 places are too many .* at most 7 are"):
        campaign.prepare(path)


def test_a_table_of_too_many_rows_or_letters_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from routeplan.villages import sheets  # noqa: PLC0415

    path = tmp_path / "v.csv"
    path.write_text("a,b\n" + "1,2\n\n,\n" * 5)
    monkeypatch.setattr(sheets, "MOST_ROWS", 6)
    assert len(sheets.read_sheet(path)) == 6
    monkeypatch.setattr(sheets, "MOST_ROWS", 5)
    with pytest.raises(InputError, match=r"^v\.csv: holds more than 5 rows"):
        sheets.read_sheet(path)


@pytest.mark.parametrize("command", [("villages", "match"), ("compare", "--districts")])
def test_a_cell_of_a_table_that_is_longer_than_any_is_a_fault(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("a" * 200_000 + ",id\n")
    (tmp_path / "problem.json").write_text(problem_to_json(toy_problem()))
    (tmp_path / "plan.json").write_text(plan_to_json(toy_plan()))
    assert ended(*command, "t.csv", *(["plan.json"] if "compare" in command else [])) == 2


def test_devices_and_files_that_are_too_large_are_not_read(tmp_path: Path) -> None:
    from pathlib import Path as AnyPath  # noqa: PLC0415

    with pytest.raises(InputError, match="it is no ordinary file"):
        read_bytes(AnyPath("/dev/zero"))
    path = tmp_path / "a"
    path.write_bytes(b"1234")
    assert read_bytes(path, most=4) == b"1234"
    with pytest.raises(InputError, match="is larger than"):
        read_bytes(path, most=3)


@pytest.mark.parametrize("command", [("solve",), ("sweep",), ("villages",), ("audit", "x")])
def test_no_command_reads_a_device(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first, *more = command
    assert ended(first, "/dev/zero", *more) == 2


# ---- What nobody foresaw ----


def test_an_unexpected_error_is_one_line_and_a_traceback_on_request(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> int:
        raise KeyError("a\nb")

    monkeypatch.setattr(doctor.doctor, "callback", fail)
    assert ended("doctor") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "this should not have happened: KeyError" in err
    assert "--traceback" in err
    assert "Traceback" not in err
    assert ended("doctor", "--traceback") == 1
    assert "Traceback (most recent call last)" in capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_traceback(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(*command.split(), "--help") == 0
    assert "--traceback" in capsys.readouterr().out


def test_a_path_that_is_too_long_and_a_lack_of_memory_are_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert ended("solve", "a" * 2500, "-o", "plan.json") == 2
    assert "file name too long" in capsys.readouterr().err

    def exhaust(**_: object) -> int:
        np.empty(2**62, dtype=np.int8)
        return 0

    monkeypatch.setattr(doctor.doctor, "callback", exhaust)
    assert ended("doctor") == 1
    assert "not enough memory" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="has no such device")
@pytest.mark.parametrize("closed", ["> /dev/full", "2> /dev/full", ">&-", "> /dev/full 2>&-"])
def test_a_full_disk_or_closed_output_ends_without_a_traceback(closed: str, tmp_path: Path) -> None:
    (tmp_path / "problem.json").write_text(problem_to_json(toy_problem()))
    script = f"{sys.executable} -P -m routeplan solve problem.json --iterations 1 --no-bound -q"
    result = subprocess.run(  # noqa: S602  # our own interpreter
        f"{script} {closed}", shell=True, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.returncode == (0 if closed in ("2> /dev/full", ">&-") else 2)
    assert "Traceback" not in result.stderr
    assert "Exception ignored" not in result.stderr
    assert result.stderr.count("\n") <= 1


def test_wipe_passes_over_files_that_are_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROUTEPLAN_CACHE", str(tmp_path / "cache"))
    data = bytearray(workbook_bytes(ROWS))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        begin = archive.getinfo("docProps/core.xml").header_offset
        later = [e.header_offset for e in archive.infolist() if e.header_offset > begin]
    data[begin + 50 : min(later) - 4] = b"\xff" * (min(later) - 54 - begin)
    (tmp_path / "week.xlsx").write_bytes(data)
    (tmp_path / "manifest.json").write_text("[" * 100_000)
    assert ended("wipe", tmp_path, "--dry-run") == 0
