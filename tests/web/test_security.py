"""What a stranger can do to the office, by raw HTTP: nothing."""

from __future__ import annotations

import contextlib
import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from routeplan.handouts.map import POLICY as OWN_POLICY_OF_MAPS
from routeplan.web.guard import HEADERS, LARGEST_FORM_BYTES, MAP_POLICY, POLICY, SHEET_POLICY
from tests.helpers.campaign import Undertaking
from tests.helpers.office import Answer, RunningOffice, running_office

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = (
    *("/", "/district", "/teams", "/plan", "/left-out", "/what-if", "/handouts"),
    *("/results", "/evening", "/changes", "/next-week", "/lock"),
)
SHEETS = ("/handouts/0/open", "/handouts/day/0", "/handouts/crew/0")
FORMS_OF_FILES = ("/handouts/packs", "/handouts/words", "/lock/wipe")
ALL = (
    *(*PAGES, *SHEETS, *FORMS_OF_FILES, "/plan/map", "/handouts/0", "/job", "/job/stop"),
    *("/plan/stop/0", "/plan/undo", "/language", "/office.css"),
)
UNKNOWN = ("/nothing", "/static/office.css", "/openapi.json", "/favicon.ico", "//", "/..")
FORMS = (
    *("/plan", "/handouts", "/job/stop", "/lock", "/language", "/nothing"),
    *("/district", "/district/look", "/district/2", "/teams", "/results/find"),
    *("/results/ledger", "/results/0/0/0/1", "/evening", "/changes", "/changes/back", "/next-week"),
    *("/plan/edit", "/plan/undo", "/plan/again", "/left-out", "/what-if"),
    *FORMS_OF_FILES,
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOffice]:
    folder = tmp_path_factory.mktemp("campaign")
    Undertaking().write(folder)
    with running_office(folder) as opened:
        yield opened


@pytest.fixture
def inside(office: RunningOffice) -> RunningOffice:
    if not office.cookie:
        office.enter()
    return office


def is_refused(answer: Answer, status: int) -> bool:
    """Return whether an answer says no more than that."""
    is_short = "<" not in answer.text and len(answer.text) < 200
    return answer.status == status and is_short and "set-cookie" not in answer.headers


def test_the_start_link_opens_the_office_once_for_one_browser(office: RunningOffice) -> None:
    for token in ("", "?token=", "?token=x", office.start_path.removeprefix("/start") + "x"):
        assert is_refused(office.get(f"/start{token}"), 403)
    opened = office.enter()
    name, _, rest = opened.headers["set-cookie"].partition("=")
    assert name == f"routeplan-{office.port}"
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(rest.split("; "))
    assert len(office.cookie.partition("=")[2]) >= 43
    assert office.get("/").status == 200
    # Whoever has the cookie is sent on; whoever has only the link finds it used.
    assert office.get(office.start_path).status == 303
    assert is_refused(office.ask("GET", office.start_path, {"Cookie": None}), 403)


def test_only_the_loopback_address_is_listened_on(office: RunningOffice) -> None:
    tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
    rows = [
        line.split() for path in tables if path.exists() for line in path.read_text().splitlines()
    ]
    if not rows:
        pytest.skip("this system does not list its sockets")
    listening = [row[1] for row in rows if row[3] == "0A"]
    port = f"{office.port:04X}"
    assert [each for each in listening if each.endswith(f":{port}")] == [f"0100007F:{port}"]


@pytest.mark.parametrize("path", [*ALL, *UNKNOWN])
@pytest.mark.parametrize("cookie", [None, "routeplan-{port}=x", "routeplan-{port}=", "x=y"])
def test_without_the_cookie_every_path_is_refused_alike(
    inside: RunningOffice, path: str, cookie: str | None
) -> None:
    headers = {"Cookie": cookie and cookie.format(port=inside.port)}
    assert is_refused(inside.ask("GET", path, headers), 403)


@pytest.mark.parametrize("path", FORMS)
def test_without_the_cookie_every_form_is_refused(inside: RunningOffice, path: str) -> None:
    own = {"Origin": inside.origin, "Content-Type": "application/x-www-form-urlencoded"}
    assert is_refused(inside.ask("POST", path, own | {"Cookie": None}, "seconds=1"), 403)


@pytest.mark.parametrize(
    "host",
    [
        *("localhost:{port}", "127.0.0.1", "127.0.0.1:1", "evil.example", "evil.example:{port}"),
        *("127.0.0.1.:{port}", "127.0.0.1:{port}.evil.example", "[::1]:{port}", "127.1:{port}"),
        *("127.0.0.1:0{port}", "user@127.0.0.1:{port}", ""),
    ],
)
@pytest.mark.parametrize("path", ["/", "/nothing", "/start"])
def test_a_name_of_another_host_is_refused(inside: RunningOffice, host: str, path: str) -> None:
    named = {"Host": host.format(port=inside.port)}
    answer = inside.ask("GET", path, named)
    assert answer.status in {400, 421}
    assert "<" not in answer.text
    assert inside.post("/job/stop", **named).status in {400, 421}


@pytest.mark.parametrize("hosts", [[], ["127.0.0.1:{port}", "evil.example"]])
def test_no_host_and_two_hosts_are_refused(inside: RunningOffice, hosts: list[str]) -> None:
    lines = ["GET / HTTP/1.0", f"Cookie: {inside.cookie}"]
    lines += [f"Host: {host.format(port=inside.port)}" for host in hosts]
    assert re.match(r"HTTP/1\.1 4(00|21) ", sent(inside, lines))


def sent(office: RunningOffice, lines: list[str], body: str = "") -> str:
    """Send lines as they are, and return what comes back until the connection is closed."""
    with contextlib.closing(socket.create_connection(("127.0.0.1", office.port), 10)) as wire:
        wire.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
        parts = []
        while part := wire.recv(65536):
            parts.append(part)
    return b"".join(parts).decode()


@pytest.mark.parametrize("path", ["/", "/plan", "/lock", "/nothing", "/start"])
@pytest.mark.parametrize(
    "method", ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "BREW", "get"]
)
def test_other_methods_are_refused_on_every_path(
    inside: RunningOffice, method: str, path: str
) -> None:
    for cookie in (inside.cookie, None):
        answer = inside.ask(method, path, {"Cookie": cookie})
        assert answer.status == 405
        assert "allow" not in answer.headers
        assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    ("origin", "site"),
    [
        *((None, None), (None, "same-origin"), ("null", None), ("null", "cross-site")),
        *(("null", "same-site"), ("null", "none"), ("http://evil.example", "cross-site")),
        *(("http://evil.example", "same-origin"), ("http://localhost:{port}", "same-site")),
        *(("http://127.0.0.1:1", "same-site"), ("https://127.0.0.1:{port}", None)),
        *(("http://127.0.0.1:{port}.evil.example", None), ("http://127.0.0.1:{port}/", None)),
        *(("http://127.0.0.1:{port}", "cross-site"), ("http://127.0.0.1:{port}", "same-site")),
        ("http://127.0.0.1:{port}", "none"),
    ],
)
def test_a_form_of_another_origin_is_refused_even_with_the_cookie(
    inside: RunningOffice, path: str, origin: str | None, site: str | None
) -> None:
    headers = {
        "Origin": origin and origin.format(port=inside.port),
        "Sec-Fetch-Site": site,
        "Content-Type": "application/x-www-form-urlencoded",
    }
    assert is_refused(inside.ask("POST", path, headers, "seconds=1&language=ru"), 403)
    assert "At work" not in inside.get("/plan").text


def test_forms_of_the_office_are_let_in(inside: RunningOffice) -> None:
    for headers in ({}, {"Origin": "null"}, {"Sec_Fetch_Site": "same-origin"}):
        answer = inside.post("/language", "language=en&page=lock", **headers)
        assert (answer.status, answer.headers["location"]) == (303, "/lock")


@pytest.mark.parametrize("path", [*ALL, *UNKNOWN])
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_page_of_another_origin_reads_nothing_even_with_the_cookie(
    inside: RunningOffice, path: str, headers: dict[str, str]
) -> None:
    assert is_refused(inside.ask("GET", path, headers), 403)


def test_a_websocket_is_not_opened(inside: RunningOffice) -> None:
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Origin": "http://evil.example",
    }
    assert inside.ask("GET", "/job", upgrade).status == 403


def test_every_answer_has_the_headers_that_keep_it_in_its_place(inside: RunningOffice) -> None:
    answers = [inside.get(path) for path in (*PAGES, "/office.css", "/office.js", "/nothing")]
    answers += [inside.get("/job"), inside.get(inside.start_path), inside.post("/nothing")]
    answers += [inside.ask("GET", "/", {"Cookie": None}), inside.ask("PUT", "/", {})]
    answers += [inside.ask("GET", "/", {"Host": "evil.example"}), inside.post("/plan", "seconds=x")]
    for answer in answers:
        for name, value in HEADERS.items():
            assert answer.headers[name.lower()] == value
        assert not {"server", "date"} & answer.headers.keys()
    assert HEADERS["Cache-Control"] == "no-store"
    assert HEADERS["Referrer-Policy"] == "no-referrer"


def test_the_policy_of_pages_allows_nothing_inline_and_nobody_else() -> None:
    rules = dict(rule.split(" ", 1) for rule in POLICY.split("; "))
    assert rules.pop("default-src") == rules.pop("frame-ancestors") == "'none'"
    assert rules.pop("base-uri") == "'none'"
    assert set(rules.values()) == {"'self'"}


def test_the_map_is_allowed_what_its_own_file_says_and_nothing_of_the_office() -> None:
    assert MAP_POLICY.startswith(OWN_POLICY_OF_MAPS)
    more = MAP_POLICY.removeprefix(OWN_POLICY_OF_MAPS)
    assert more == "; frame-ancestors 'self'; sandbox allow-scripts allow-modals"


def test_a_sheet_in_a_tab_of_its_own_may_load_nothing_and_be_in_no_frame() -> None:
    rules = dict(rule.split(" ", 1) for rule in SHEET_POLICY.split("; "))
    assert set(rules) == {"default-src", "base-uri", "form-action", "frame-ancestors"}
    assert set(rules.values()) == {"'none'"}


@pytest.mark.parametrize("path", FORMS_OF_FILES)
def test_nothing_is_changed_by_a_link(inside: RunningOffice, path: str) -> None:
    assert inside.get(path).status in {404, 405}


def test_pages_have_no_script_or_style_of_their_own(inside: RunningOffice) -> None:
    for path in PAGES:
        text = inside.get(path).text
        assert re.findall(r"<script[^>]*>", text) == ['<script src="/office.js" defer>']
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|https?://", text)


def test_a_form_that_is_too_large_or_of_unknown_size_or_kind_is_refused(
    inside: RunningOffice,
) -> None:
    too_large = "seconds=" + "1" * LARGEST_FORM_BYTES
    assert is_refused(inside.post("/plan", too_large), 413)
    assert is_refused(inside.post("/plan", "", **{"Content-Length": "99999999999"}), 413)
    for kind in ("multipart/form-data; boundary=x", "text/plain", "application/json", ""):
        assert is_refused(inside.post("/plan", "seconds=1", Content_Type=kind), 415)
    chunked = [
        *("POST /plan HTTP/1.1", f"Host: 127.0.0.1:{inside.port}", f"Cookie: {inside.cookie}"),
        *(f"Origin: {inside.origin}", "Transfer-Encoding: chunked"),
        "Content-Type: application/x-www-form-urlencoded",
    ]
    assert sent(inside, chunked, "5\r\nsecon\r\n0\r\n\r\n").startswith("HTTP/1.1 411 ")


@pytest.mark.parametrize(
    "path",
    [
        *("/handouts/0", "/handouts/99999999999999999999", "/handouts/-1", "/handouts/1.5"),
        *("/handouts/../scenario.toml", "/handouts/..%2f..%2fscenario.toml", "/scenario.toml"),
        *("/handouts/scenario.toml", "/%2e%2e/scenario.toml", "/plan/map/../../scenario.toml"),
        *("/handouts/0/open", "/handouts/day/0", "/handouts/crew/0", "/handouts/crew/A"),
        *("/handouts/day/2027-05-03", "/handouts/99999999999999999999/open"),
        *("/plan/map", "/templates/base.html", "/office.css/", "/handouts/%00"),
    ],
)
def test_no_path_leads_to_a_file_that_is_not_listed(inside: RunningOffice, path: str) -> None:
    answer = inside.get(path)
    assert answer.status == 404
    assert "Toy week" not in answer.text
    assert "routeplan-scenario" not in answer.text


@pytest.mark.parametrize(
    "seconds", ["", "0", "-1", "3601", "1e3", "nan", "99999", "1;", "٣", "<b>"]
)
def test_a_time_limit_that_is_none_is_refused_and_shown_as_text(
    inside: RunningOffice, seconds: str
) -> None:
    answer = inside.post("/plan", f"seconds={seconds}")
    assert answer.status == 422
    assert "<b>" not in answer.text
    assert "At work" not in inside.get("/plan").text
