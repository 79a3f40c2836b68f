"""What is sent to which host, and what a download makes of a host that fails."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import osmnx
import pytest

from routeplan import cli
from routeplan.errors import InputError, RouteplanError
from routeplan.fetch import ExtractRequest, OverpassRequest, RetryPolicy, fetch_extract, fetch_osm
from routeplan.fetch.hosts import HostRequest, proxies
from routeplan.files import INDEX
from routeplan.roads import read_places, read_roads
from tests.helpers import paths
from tests.helpers.fetch_server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from routeplan.fetch import Download
    from tests.helpers.fetch_server import Host

QUICK = RetryPolicy(timeout_seconds=5, tries=3, pause_seconds=0.01)
BOX = (76.8, 43.0, 77.0, 43.2)
STEPPE = paths.DEMO / "steppe.osm.pbf"


@pytest.fixture
def host() -> Iterator[Host]:
    with serve() as found:
        yield found


@pytest.fixture
def extract(host: Host, tmp_path: Path) -> ExtractRequest:
    host.files["/kz.osm.pbf"] = STEPPE.read_bytes()
    return ExtractRequest(f"{host.url}/kz.osm.pbf", tmp_path / "kz.osm.pbf")


@pytest.fixture
def district(host: Host, tmp_path: Path) -> OverpassRequest:
    return OverpassRequest(
        tmp_path / "district.osm.pbf",
        tmp_path / "fetched",
        bounds=BOX,
        overpass=f"{host.url}/api",
        nominatim=f"{host.url}/",
    )


def download(request: ExtractRequest) -> Download:
    return fetch_extract(request, QUICK)


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.name != INDEX}


def test_an_extract_arrives_as_the_host_has_it_and_nothing_else_is_left(
    host: Host, extract: ExtractRequest
) -> None:
    host.files["/kz.osm.pbf.md5"] = f"{hashlib.md5(STEPPE.read_bytes()).hexdigest()}  kz".encode()  # noqa: S324
    found = download(extract)
    assert extract.output.read_bytes() == STEPPE.read_bytes()
    assert found.checked == ("size", "md5", "readable")
    assert files(extract.output.parent) == {"kz.osm.pbf", "kz.osm.pbf.source.json"}


def test_the_host_of_an_extract_is_sent_nothing_but_the_path_and_the_program(
    host: Host, extract: ExtractRequest
) -> None:
    download(extract)
    assert host.paths() == ["/kz.osm.pbf", "/kz.osm.pbf.md5"]
    headers = host.requests[0].headers
    headers.pop("host")
    assert headers == {
        "user-agent": "routeplan/0.1.0",
        "accept-encoding": "identity",
        "accept": "*/*",
        "connection": "keep-alive",
    }


def test_a_cut_connection_is_resumed_where_it_broke_off(
    host: Host, extract: ExtractRequest
) -> None:
    host.failures = ["cut", "503", "cut", "stop"]
    download(extract)
    assert extract.output.read_bytes() == STEPPE.read_bytes()
    ranges = [one.headers.get("range") for one in host.requests if one.path == "/kz.osm.pbf"]
    half = len(STEPPE.read_bytes()) // 2
    assert ranges[:3] == [None, *[f"bytes={half}-"] * 2]
    assert len(ranges) == 5


def test_what_a_given_up_download_left_is_resumed_by_the_next_one(
    host: Host, extract: ExtractRequest
) -> None:
    host.failures = ["cut", "504", "504", "504"]
    with pytest.raises(RouteplanError, match="run the command again to go on"):
        download(extract)
    assert files(extract.output.parent) == {"kz.osm.pbf.part", "kz.osm.pbf.part.json"}
    assert not extract.output.exists()
    download(extract)
    assert extract.output.read_bytes() == STEPPE.read_bytes()
    assert host.requests[-2].headers["range"].startswith("bytes=")


def test_parts_of_two_versions_are_never_joined(host: Host, extract: ExtractRequest) -> None:
    host.failures = ["cut", "504", "504", "504"]
    with pytest.raises(RouteplanError):
        download(extract)
    host.etag = '"v2"'
    download(extract)
    assert extract.output.read_bytes() == STEPPE.read_bytes()


def test_a_host_without_ranges_sends_it_all_again(host: Host, extract: ExtractRequest) -> None:
    host.ranges, host.failures = False, ["cut"]
    download(extract)
    assert extract.output.read_bytes() == STEPPE.read_bytes()


def test_a_second_download_fetches_only_what_is_newer(host: Host, extract: ExtractRequest) -> None:
    download(extract)
    assert download(extract).unchanged
    assert host.requests[-1].headers["if-none-match"] == '"v1"'
    host.etag = '"v2"'
    assert not download(extract).unchanged


def test_a_wrong_md5_throws_away_what_came_and_leaves_what_was_there(
    host: Host, extract: ExtractRequest
) -> None:
    extract.output.write_bytes(b"before")
    host.files["/kz.osm.pbf.md5"] = b"0" * 32
    with pytest.raises(RouteplanError, match="another checksum"):
        download(extract)
    assert files(extract.output.parent) == {"kz.osm.pbf"}
    assert extract.output.read_bytes() == b"before"


@pytest.mark.parametrize("data", [b"<html>Not here</html>", STEPPE.read_bytes()[:-100]])
def test_what_is_no_complete_map_is_not_kept(
    host: Host, extract: ExtractRequest, data: bytes
) -> None:
    host.files["/kz.osm.pbf"] = data
    with pytest.raises(RouteplanError, match="not a readable map"):
        download(extract)
    assert files(extract.output.parent) == set()


def test_redirects_are_followed_within_a_host_but_to_no_other(
    host: Host, extract: ExtractRequest
) -> None:
    host.redirect = "/kz.osm.pbf"
    latest = replace(extract, url=f"{host.url}/latest.osm.pbf")
    download(latest)
    with serve() as other:
        host.redirect = f"{other.url}/other.osm.pbf"
        with pytest.raises(RouteplanError, match="another host"):
            download(replace(extract, output=extract.output.with_name("new.osm.pbf")))
        assert not other.requests


def test_what_the_host_does_not_have_is_an_error_at_once(
    host: Host, extract: ExtractRequest
) -> None:
    host.files.clear()
    with pytest.raises(RouteplanError, match="does not have what was requested"):
        download(extract)
    assert len(host.requests) == 1


def test_a_host_that_cannot_be_reached_is_named(tmp_path: Path) -> None:
    with serve() as gone:
        url = gone.url
    with pytest.raises(RouteplanError, match=r"127\.0\.0\.1.*cannot be reached"):
        download(ExtractRequest(f"{url}/kz.osm.pbf", tmp_path / "kz.osm.pbf"))


@pytest.mark.parametrize("url", ["kz.osm.pbf", "file:///kz.osm.pbf", "https://me:pw@host/kz.osm"])
def test_what_is_no_web_address_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(InputError, match="--url"):
        ExtractRequest(url, tmp_path / "kz.osm.pbf")


def test_a_box_becomes_a_map_with_all_tags_of_roads_barriers_and_places(
    host: Host, district: OverpassRequest
) -> None:
    fetch_osm(district, QUICK)
    read = read_roads(district.output)
    assert [dict(tags)["surface"] for tags in read.way_tags] == ["dirt"]
    assert read.node_tags == {2: {"barrier": "gate"}}
    assert [place.name for place in read_places(district.output)] == ["Ақбұлақ"]
    assert {one.path for one in host.requests} == {"/api/interpreter"}
    assert host.requests[0].headers["user-agent"] == "routeplan/0.1.0"
    assert host.requests[0].headers["referer"] == "routeplan/0.1.0"


def test_nominatim_gives_the_outline_of_a_place_and_overpass_its_roads(
    host: Host, district: OverpassRequest
) -> None:
    request = replace(district, bounds=None, place="Ақбұлақ ауданы")
    assert len(request.host_requests()) == 2
    assert "'Ақбұлақ ауданы'" in str(request.host_requests()[0])
    fetch_osm(request, QUICK)
    assert host.paths()[0].startswith("/search?")
    assert set(host.paths()[1:]) == {"/api/interpreter"}


def test_a_place_without_an_outline_is_an_error(host: Host, district: OverpassRequest) -> None:
    host.places = 0
    with pytest.raises(RouteplanError, match="knows no outline of 'Nowhere'"):
        fetch_osm(replace(district, bounds=None, place="Nowhere"), QUICK)


@pytest.mark.parametrize("failure", ["429", "504", "cut", "half", "stop"])
def test_a_query_that_fails_once_is_retried(
    host: Host, district: OverpassRequest, failure: str
) -> None:
    host.failures = [failure]
    messages: list[str] = []
    fetch_osm(district, QUICK, on_step=messages.append)
    assert len(read_roads(district.output).way_ids) == 1
    assert len(host.requests) == 3
    assert any("trying again in 0 s" in one for one in messages)


@pytest.mark.parametrize(
    ("retry_after", "least", "most"),
    [("7", 7, 7), ("Fri, 01 Jan 2100 00:00:00 GMT", 300, 300), ("soon", 0.01, 0.01)],
)
def test_a_busy_host_is_left_alone_for_as_long_as_it_requests(
    host: Host,
    district: OverpassRequest,
    monkeypatch: pytest.MonkeyPatch,
    retry_after: str,
    least: float,
    most: float,
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("routeplan.fetch.hosts.time.sleep", slept.append)
    host.failures, host.retry_after = ["429"], retry_after
    fetch_osm(district, QUICK)
    assert least <= max(slept) <= most


def test_overpass_that_stays_busy_is_given_up_and_its_answers_are_not_requested_again(
    host: Host, district: OverpassRequest
) -> None:
    host.failures = ["", "429", "429", "429"]
    with pytest.raises(RouteplanError, match=r"in 3 tries.*too busy"):
        fetch_osm(district, QUICK)
    assert not district.output.exists()
    host.requests.clear()
    fetch_osm(district, QUICK)
    assert len(host.requests) == 1
    assert len(read_roads(district.output).places) == 1


def test_an_answer_that_overpass_itself_calls_incomplete_makes_no_map(
    host: Host, district: OverpassRequest
) -> None:
    host.failures = ["remark"]
    with pytest.raises(RouteplanError, match="Query timed out"):
        fetch_osm(district, QUICK)
    assert not district.output.exists()


def test_cached_answers_are_requested_again_only_when_fresh(
    host: Host, district: OverpassRequest
) -> None:
    fetch_osm(district, QUICK)
    count = len(host.requests)
    fetch_osm(district, QUICK)
    assert len(host.requests) == count
    fetch_osm(district, QUICK, fresh=True)
    assert len(host.requests) == 2 * count


def test_an_incomplete_cached_answer_is_requested_again(district: OverpassRequest) -> None:
    fetch_osm(district, QUICK)
    kept = sorted(district.folder.glob("*.json"))
    kept[0].write_text('{"elements": [')
    fetch_osm(district, QUICK)
    assert json.loads(kept[0].read_text())["elements"]


def test_overpass_may_not_redirect_to_another_host(host: Host, district: OverpassRequest) -> None:
    host.failures = ["302"]
    with pytest.raises(RouteplanError, match=r"redirects to https://elsewhere\.invalid/"):
        fetch_osm(district, QUICK)
    assert len(host.requests) == 1


def test_no_setting_of_osmnx_and_no_resolver_is_left_changed(
    host: Host, district: OverpassRequest
) -> None:
    def settings() -> dict[str, object]:
        return {name: v for name, v in vars(osmnx.settings).items() if not name.startswith("__")}

    before, resolver = copy.copy(settings()), socket.getaddrinfo
    fetch_osm(district, QUICK)
    host.failures = ["remark"]
    with pytest.raises(RouteplanError):
        fetch_osm(district, QUICK, fresh=True)
    assert settings() == before
    assert socket.getaddrinfo is resolver


def test_a_name_that_no_resolver_knows_is_sent_to_no_public_one(
    district: OverpassRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object) -> str:
        raise socket.gaierror

    resolved: list[object] = []

    def refuse(*arguments: object, **_: object) -> list[object]:
        resolved.append(arguments[0])
        raise socket.gaierror

    monkeypatch.setattr(socket, "gethostbyname", unknown)
    monkeypatch.setattr(osmnx._http, "_original_getaddrinfo", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    request = replace(district, overpass="https://overpass.invalid/api")
    with pytest.raises(RouteplanError, match=r"overpass\.invalid"):
        fetch_osm(request, QUICK)
    assert set(resolved) == {"overpass.invalid"}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"bounds": (77.0, 43.0, 76.0, 43.2)}, "is not a bounding box"),
        ({"bounds": (50.0, 42.0, 80.0, 55.0)}, "fetch an extract"),
        ({"bounds": None}, "either a place or a box"),
        ({"place": "Aqbulaq"}, "either a place or a box"),
        ({"output": Path("district.txt")}, "is not the name of a map file"),
    ],
)
def test_a_request_that_is_wrong_is_refused_before_any_host_is_contacted(
    host: Host, district: OverpassRequest, changes: dict[str, object], fault: str
) -> None:
    with pytest.raises(InputError, match=fault):
        replace(district, **changes)  # type: ignore[arg-type]
    assert not host.requests


def test_the_command_contacts_no_host_before_it_has_named_it_and_got_a_yes(
    host: Host, extract: ExtractRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["fetch", "extract", "--url", extract.url, "-o", str(extract.output)]
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert not host.requests
    printed = capsys.readouterr().err
    assert f"{host.url.removeprefix('http://')} is sent the path /kz.osm.pbf" in printed
    assert "unencrypted" in printed
    with pytest.raises(SystemExit) as ended:
        cli.main([*arguments, "--yes", "--json"])
    assert ended.value.code == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["asked"] == [host.url.removeprefix("http://")]
    assert answer["checked"] == ["size", "readable"]


def test_the_command_fetches_a_box(
    district: OverpassRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--bbox", ",".join(map(str, BOX)), "--overpass", district.overpass]
    with pytest.raises(SystemExit) as ended:
        cli.main(["fetch", "osm", *where, "-o", str(district.output), "--yes"])
    assert ended.value.code == 0
    assert "longitude 76.8 to 77.0" in " ".join(capsys.readouterr().err.split())
    assert read_places(district.output)
    assert (district.output.parent / "fetched").is_dir()


def test_ctrl_c_keeps_the_part_to_be_resumed(host: Host, extract: ExtractRequest) -> None:
    host.files["/kz.osm.pbf"] = STEPPE.read_bytes()
    host.failures = ["cut", *["503"] * 3]
    command = [sys.executable, "-m", "routeplan", "fetch", "extract", "--url", extract.url]
    with subprocess.Popen(  # noqa: S603  # our own interpreter
        [*command, "-o", str(extract.output), "--yes"],
        stderr=subprocess.PIPE,
        env=os.environ | {"NO_PROXY": "*"},
    ) as child:
        deadline = time.monotonic() + 30
        while not extract.part.is_file() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)  # now it waits before it tries again
        child.send_signal(signal.SIGINT)
        _, printed = child.communicate(timeout=30)
    assert child.returncode == 130
    assert b"run the command again to go on" in printed
    assert extract.part.is_file()
    assert not extract.output.exists()


@pytest.mark.parametrize(
    ("set_to", "expected"),
    [
        ({"NO_PROXY": "localhost"}, ()),
        ({"no_proxy": "localhost", "FTP_PROXY": "http://ftp.example:1"}, ()),
        ({"HTTPS_PROXY": "http://p.example:8080", "NO_PROXY": "localhost"}, ("p.example",)),
        ({"HTTPS_PROXY": "http://p.example:8080", "NO_PROXY": "osm.example"}, ()),
        ({"HTTPS_PROXY": "http://p.example:8080", "NO_PROXY": "*"}, ()),
        ({"HTTP_PROXY": "http://p.example:8080"}, ("p.example",)),
        ({"ALL_PROXY": "socks5://name:word@q.example:9"}, ("q.example",)),
        ({"HTTPS_PROXY": "name:word@p.example:8080"}, ("p.example",)),
    ],
)
def test_only_proxies_that_are_used_are_named_and_without_their_passwords(
    monkeypatch: pytest.MonkeyPatch, set_to: dict[str, str], expected: tuple[str, ...]
) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name, value in set_to.items():
        monkeypatch.setenv(name, value)
    host_requests = [HostRequest("osm.example", "where")]
    if "HTTP_PROXY" in set_to:
        host_requests.append(HostRequest("names.example:80", "what", encrypted=False))
    assert proxies(host_requests) == expected
