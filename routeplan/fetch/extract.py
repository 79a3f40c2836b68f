"""An extract of OpenStreetMap by its address: resumed, checked, and kept only if it is whole."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import osmium
import requests
import urllib3

from routeplan.errors import Fault, InputError, RouteplanError
from routeplan.fetch.hosts import (
    USER_AGENT,
    HostRequest,
    RetryPolicy,
    check_response,
    check_url,
    host_of,
    retry,
)
from routeplan.files import (
    check_writable,
    expect,
    make_folder,
    move_whole,
    open_private,
    write_whole,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

__all__ = ["Download", "ExtractRequest", "fetch_extract"]

FORMATS = ("osm.pbf", "osm.gz", "osm.bz2", "osm", "pbf")
_CHUNK_BYTES = 1 << 18
_MOST_REDIRECTIONS = 5
_OK, _PARTIAL, _NOT_MODIFIED, _BEYOND = 200, 206, 304, 416


@dataclass(frozen=True, slots=True)
class Download:
    """What came of an errand.

    Parameters
    ----------
    file
        Where it is.
    size_bytes
        How large it is.
    checked
        How it was made sure that it is whole.
    unchanged
        Whether the file was there already, and the host has no newer one.
    """

    file: Path
    size_bytes: int
    checked: tuple[str, ...]
    unchanged: bool = False


@dataclass(frozen=True, slots=True)
class ExtractRequest:
    """An extract to be fetched.

    Parameters
    ----------
    url
        Its address.
    output
        The file that it becomes; beside it, until it is whole, ``NAME.part``, and then
        ``NAME.source.json``, by which the next errand asks only for something newer.

    Raises
    ------
    InputError
        Where the address is none, or the name is not that of a map.
    """

    url: str
    output: Path

    def __post_init__(self) -> None:
        check_url(self.url, "--url")
        if not self.format:
            hint = f"let it end in .{', .'.join(FORMATS)}"
            raise InputError([Fault(str(self.output), "is no map by its name", hint)])

    @property
    def format(self) -> str:
        """The format of the map, by the name of its file; empty where that tells none."""
        name = self.output.name.lower()
        return next((ending for ending in FORMATS if name.endswith(f".{ending}")), "")

    @property
    def part(self) -> Path:
        """Where the file grows."""
        return self.output.with_name(f"{self.output.name}.part")

    @property
    def source(self) -> Path:
        """Where it is told from where and when the file came."""
        return self.output.with_name(f"{self.output.name}.source.json")

    def host_requests(self) -> tuple[HostRequest, ...]:
        """Return which host is asked, and what it is told."""
        tells = f"that {urlsplit(self.url).path} and its .md5 are wanted, and '{USER_AGENT}'"
        return (HostRequest(host_of(self.url), tells, self.url.startswith("https:")),)


def fetch_extract(
    request: ExtractRequest,
    patience: RetryPolicy | None = None,
    *,
    report: Callable[[int, int | None], None] = lambda _done, _total: None,
    on_step: Callable[[str], None] = lambda _: None,
) -> Download:
    """Fetch an extract, going on with what an earlier errand left.

    Parameters
    ----------
    request
        What to fetch, and where to.
    patience
        How long to wait, and how often to try.
    report
        Told how many bytes are there, and of how many, where the host tells.
    on_step
        Told of each step and each wait.

    Raises
    ------
    RouteplanError
        Where the host gives no whole answer, or what came is not what it should be. Parts are
        kept to go on from, unless they are wrong.
    """
    patience = patience or RetryPolicy()
    check_writable(request.output, request.part)
    make_folder(request.output.parent)
    with requests.Session() as session:
        session.headers.update({"User-Agent": USER_AGENT, "Accept-Encoding": "identity"})
        download = _Download(request, session, patience, report)
        on_step(f"fetching {request.output.name} from {host_of(request.url)}")
        changed = retry(
            download.go_on, host_of(request.url), patience, on_step, lambda: _size(request.part)
        )
        if not changed:
            return Download(request.output, _size(request.output), ("no newer one there",), True)  # noqa: FBT003
        on_step("checking it")
        checked = _check(request, session, patience)
    return _keep(request, download.state, checked)


class _Download:
    """One download, gone on with after each break.

    Parameters
    ----------
    request, session, patience, report
        What is fetched, over what, how patiently, and who is told.
    """

    def __init__(
        self,
        request: ExtractRequest,
        session: requests.Session,
        patience: RetryPolicy,
        report: Callable[[int, int | None], None],
    ) -> None:
        self.request = request
        self.state = _read_state(_state_file(request), request.url)
        self._session = session
        self._timeout = patience.timeout_seconds
        self._report = report

    def go_on(self) -> bool:
        """Fetch what is missing; return False where the file that is there is the newest.

        Raises
        ------
        requests.RequestException
            Where the connection breaks off; what has come is kept.
        """
        headers = self._headers()
        with contextlib.closing(self._ask(headers)) as response:
            if response.status_code == _NOT_MODIFIED and "Range" not in headers:
                return False
            if response.status_code == _BEYOND:
                self._forget()
                raise requests.ConnectionError("what was kept does not fit any more")
            check_response(response)
            begin = _begin(response) if response.status_code == _PARTIAL else 0
            if begin > _size(self.request.part):
                self._forget()
                raise requests.ConnectionError("what was kept does not fit any more")
            self._take(response, begin)
        return True

    def _headers(self) -> dict[str, str]:
        kept = _size(self.request.part)
        validator = self.state.get("etag") or self.state.get("last_modified")
        if kept and validator:
            return {"Range": f"bytes={kept}-", "If-Range": validator}
        if self.request.output.is_file():
            return _if_newer(_read_state(self.request.source, self.request.url))
        return {}

    def _ask(self, headers: Mapping[str, str]) -> requests.Response:
        # The host may send on within itself: kazakhstan-latest is another name of a dated file.
        url = self.request.url
        for _ in range(_MOST_REDIRECTIONS):
            response = self._session.get(
                url, headers=headers, stream=True, timeout=self._timeout, allow_redirects=False
            )
            if not response.is_redirect:
                return response
            url = urljoin(url, response.headers["location"])
            if host_of(url) != host_of(self.request.url) or url.split(":")[0] != self._scheme():
                return response
            response.close()
        raise RouteplanError([Fault(host_of(url), "sends on and on")])

    def _scheme(self) -> str:
        return self.request.url.split(":", maxsplit=1)[0]

    def _take(self, response: requests.Response, begin: int) -> None:
        length = response.headers.get("content-length", "")
        total = begin + int(length) if length.isdecimal() else None
        self._check_room(total, begin)
        if not begin:
            # What another version left must not stand beside the tag of this one.
            self.request.part.unlink(missing_ok=True)
        self.state = {
            "url": self.request.url,
            "etag": _strong(response.headers.get("etag", "")),
            "last_modified": response.headers.get("last-modified", ""),
            "size_bytes": total,
        }
        write_whole({_state_file(self.request): json.dumps(self.state)})
        expect(self.request.part)
        part = str(self.request.part)
        with open(part, "r+b" if begin else "wb", opener=open_private) as file:
            file.seek(begin)
            file.truncate()
            for chunk in _chunks(response):
                file.write(chunk)
                self._report(file.tell(), total)
            file.flush()
            os.fsync(file.fileno())
        if total is not None and _size(self.request.part) != total:
            raise requests.exceptions.ChunkedEncodingError("the answer ended early")

    def _check_room(self, total: int | None, begin: int) -> None:
        free = shutil.disk_usage(self.request.part.absolute().parent).free
        if total is not None and total - begin > free:
            message = f"needs {(total - begin) / 1e6:,.0f} MB, and {free / 1e6:,.0f} MB are free"
            raise RouteplanError([Fault(str(self.request.output), message, "make room")])

    def _forget(self) -> None:
        self.state = {}
        self.request.part.unlink(missing_ok=True)


def _chunks(response: requests.Response) -> Iterator[bytes]:
    """Yield an answer as it is sent: a .gz is not to be unpacked on the way."""
    try:
        yield from response.raw.stream(_CHUNK_BYTES, decode_content=False)
    except urllib3.exceptions.ReadTimeoutError as error:
        raise requests.Timeout(error) from error
    except urllib3.exceptions.HTTPError as error:
        raise requests.exceptions.ChunkedEncodingError(error) from error


def _begin(response: requests.Response) -> int:
    match = re.match(r"bytes ([0-9]+)-", response.headers.get("content-range", ""))
    return int(match[1]) if match else 0


def _if_newer(state: Mapping[str, Any]) -> dict[str, str]:
    if state.get("etag"):
        return {"If-None-Match": state["etag"]}
    if state.get("last_modified"):
        return {"If-Modified-Since": state["last_modified"]}
    return {}


def _strong(etag: str) -> str:
    # A weak tag does not promise the same bytes.
    return "" if etag.startswith("W/") else etag


def _check(
    request: ExtractRequest, session: requests.Session, patience: RetryPolicy
) -> tuple[str, ...]:
    """Make sure that what came is whole; what is not is thrown away."""
    try:
        expected = _published_md5(request, session, patience)
        _check_md5(request, expected)
        _read_through(request)
    except RouteplanError:
        request.part.unlink(missing_ok=True)
        _state_file(request).unlink(missing_ok=True)
        raise
    return ("size", "md5", "readable") if expected else ("size", "readable")


def _check_md5(request: ExtractRequest, expected: str) -> None:
    if expected and _md5(request.part) != expected:
        message = f"came with another checksum than {host_of(request.url)} publishes"
        hint = "it was thrown away; run the command again"
        raise RouteplanError([Fault(request.output.name, message, hint)])


def _published_md5(
    request: ExtractRequest, session: requests.Session, patience: RetryPolicy
) -> str:
    """Return the checksum that stands beside the file, empty where there is none."""
    try:
        response = session.get(
            f"{request.url}.md5", timeout=patience.timeout_seconds, allow_redirects=False
        )
    except requests.RequestException:
        return ""
    match = (
        re.match(r"\s*([0-9a-fA-F]{32})\b", response.text) if response.status_code == _OK else None
    )
    return match[1].lower() if match else ""


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _read_through(request: ExtractRequest) -> None:
    try:
        file = osmium.io.File(
            str(request.part.absolute()), request.format.replace("osm.pbf", "pbf")
        )
        osmium.apply(osmium.io.Reader(file))
    except (RuntimeError, OSError) as error:
        message = f"is no sound map ({error})"
        hint = "is the address that of an extract? It was thrown away"
        raise RouteplanError([Fault(request.output.name, message, hint)]) from error


def _keep(request: ExtractRequest, state: Mapping[str, Any], checked: tuple[str, ...]) -> Download:
    move_whole(request.part, request.output)
    size = _size(request.output)
    write_whole({request.source: json.dumps({**state, "size_bytes": size}, indent=1) + "\n"})
    _state_file(request).unlink(missing_ok=True)
    return Download(request.output, size, checked)


def _state_file(request: ExtractRequest) -> Path:
    return request.output.with_name(f"{request.output.name}.part.json")


def _read_state(path: Path, url: str) -> dict[str, Any]:
    """Return what is known of a file or a part of it, nothing where it came from elsewhere."""
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) and state.get("url") == url else {}


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
