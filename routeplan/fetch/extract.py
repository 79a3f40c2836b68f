"""Extracts of OpenStreetMap by their address: downloads are resumed, and checked when complete."""

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

from routeplan import files
from routeplan.errors import Fault, InputError, RouteplanError
from routeplan.fetch import hosts
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_FORMATS = ("osm.pbf", "osm.gz", "osm.bz2", "osm", "pbf")
_CHUNK_BYTES = 1 << 18
_MOST_REDIRECTS = 5


def check_url(url: str, option: str) -> None:
    """Refuse the value of an option that is not an HTTP address, or holds a password."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        message = _("{url!r} is no web address", url=url)
        raise InputError([Fault(option, message, _("it begins with https://"))])
    if parts.username or parts.password:
        message = _("holds a name or password; none is sent")
        raise InputError([Fault(option, message, _("leave it out"))])


def map_format(file: Path) -> str:
    """Return the format of a map file by its name, ``osm.pbf``; refuse other files."""
    name = file.name.lower()
    for ending in _FORMATS:
        if name.endswith(f".{ending}"):
            return ending
    hint = _("let it end in {endings}", endings=", ".join(f".{each}" for each in _FORMATS))
    raise InputError([Fault(str(file), _("is not the name of a map file"), hint)])


@dataclass(frozen=True, slots=True)
class Download:
    """A downloaded file."""

    file: Path
    size_bytes: int
    checked: tuple[str, ...]  # which checks it passed
    unchanged: bool = False  # whether it was there already, and the host has no newer one


@dataclass(frozen=True, slots=True)
class ExtractRequest:
    """An extract to download, and the map file to be made of it.

    Until that is complete, ``NAME.part`` is beside it, and afterwards ``NAME.source.json``, by
    which the next download requests only a newer file.

    Raises
    ------
    InputError
        Where the address is no web address, or the name is not that of a map file.
    """

    url: str
    output: Path

    def __post_init__(self) -> None:
        check_url(self.url, "--url")
        map_format(self.output)

    @property
    def part(self) -> Path:
        """The incomplete file."""
        return self.output.with_name(f"{self.output.name}.part")

    @property
    def part_state(self) -> Path:
        """The address and version of the incomplete file, as JSON."""
        return self.output.with_name(f"{self.output.name}.part.json")

    @property
    def source(self) -> Path:
        """The same of the complete file."""
        return self.output.with_name(f"{self.output.name}.source.json")

    def host_requests(self) -> tuple[hosts.HostRequest, ...]:
        """Return which host is contacted, and what is sent to it."""
        path = urlsplit(self.url).path
        return (hosts.HostRequest.to(self.url, _("the path {path}, its .md5", path=path)),)


def fetch_extract(
    request: ExtractRequest,
    policy: hosts.RetryPolicy | None = None,
    *,
    report: Callable[[int, int | None], None] = lambda _done, _total: None,
    on_step: Callable[[str], None] = lambda _text: None,
) -> Download:
    """Download an extract, resuming an earlier download of the same version.

    Parameters
    ----------
    request, policy
        What to download, and where to; how often to try.
    report
        Called with the bytes received and their total, None where the host does not say.
    on_step
        Called with a message at each step and each wait.

    Raises
    ------
    RouteplanError
        Where the host gives no complete answer, or the file fails a check. An incomplete file
        is kept to be resumed, a wrong one is deleted.
    """
    policy = policy or hosts.RetryPolicy()
    files.check_writable(request.output, request.part)
    files.make_folder(request.output.parent)
    host = hosts.host_of(request.url)
    with requests.Session() as session:
        session.headers.update({"User-Agent": hosts.USER_AGENT, "Accept-Encoding": "identity"})
        transfer = _Transfer(request, session, policy.timeout_seconds, report)
        on_step(_("downloading {file} from {host}", file=request.output.name, host=host))
        if not hosts.retry(transfer.resume, host, policy, on_step, lambda: _size(request.part)):
            size = _size(request.output)
            return Download(request.output, size, ("not modified",), unchanged=True)
        on_step(_("checking the file"))
        try:
            md5 = _check_md5(request, session, policy.timeout_seconds)
            _check_readable(request)
        except RouteplanError:
            transfer.discard()
            request.part_state.unlink(missing_ok=True)
            raise
    files.move_whole(request.part, request.output)
    size = _size(request.output)
    files.write_whole(
        {request.source: json.dumps({**transfer.state, "size_bytes": size}, indent=1) + "\n"}
    )
    request.part_state.unlink(missing_ok=True)
    return Download(request.output, size, ("size", *(["md5"] if md5 else []), "readable"))


@dataclass
class _Transfer:
    """The transfer of one file, resumed after each break."""

    request: ExtractRequest
    session: requests.Session
    timeout: float  # in seconds
    report: Callable[[int, int | None], None]

    def __post_init__(self) -> None:
        self.state = _read_state(self.request.part_state, self.request.url)

    def resume(self) -> bool:
        """Download what is missing; return False where the file that is there is the newest."""
        headers = self._conditions()
        with contextlib.closing(self._get(headers)) as response:
            code = response.status_code
            if code == requests.codes.not_modified and "Range" not in headers:
                return False
            beyond = code == requests.codes.requested_range_not_satisfiable
            if not beyond:
                hosts.check_response(response)
            match = re.match(r"bytes ([0-9]+)-", response.headers.get("content-range", ""))
            begin = int(match[1]) if match and code == requests.codes.partial else 0
            if beyond or begin > _size(self.request.part):
                self.discard()
                raise requests.ConnectionError("the part received no longer fits")
            self._receive(response, begin)
        return True

    def discard(self) -> None:
        """Delete the part received."""
        self.state = {}
        self.request.part.unlink(missing_ok=True)

    def _conditions(self) -> dict[str, str]:
        """Return the headers that request the rest of a part, or a newer file."""
        received = _size(self.request.part)
        validator = self.state.get("etag") or self.state.get("last_modified")
        if received and validator:
            return {"Range": f"bytes={received}-", "If-Range": validator}
        if self.request.output.is_file():
            state = _read_state(self.request.source, self.request.url)
            if state.get("etag"):
                return {"If-None-Match": state["etag"]}
            if state.get("last_modified"):
                return {"If-Modified-Since": state["last_modified"]}
        return {}

    def _get(self, headers: Mapping[str, str]) -> requests.Response:
        # Redirects within the host are followed: kazakhstan-latest is an alias of a dated file.
        origin = urlsplit(self.request.url)[:2]
        url = self.request.url
        for __ in range(_MOST_REDIRECTS):
            response = self.session.get(
                url,
                headers=headers,
                stream=True,
                timeout=self.timeout,
                allow_redirects=False,
            )
            if not response.is_redirect:
                return response
            url = urljoin(url, response.headers["location"])
            if urlsplit(url)[:2] != origin:
                return response
            response.close()
        raise RouteplanError([Fault(hosts.host_of(url), _("redirects too often"))])

    def _receive(self, response: requests.Response, begin: int) -> None:
        part = self.request.part
        length = response.headers.get("content-length", "")
        total = begin + int(length) if length.isdecimal() else None
        free = shutil.disk_usage(part.absolute().parent).free
        if total is not None and total - begin > free:
            message = _(
                "needs {needed:,.0f} MB, and {free:,.0f} MB are free",
                needed=(total - begin) / 1e6,
                free=free / 1e6,
            )
            raise RouteplanError([Fault(str(self.request.output), message, _("free some space"))])
        if not begin:
            # A part of another version must not be left beside the tag of this one.
            part.unlink(missing_ok=True)
        etag = response.headers.get("etag", "")
        self.state = {
            "url": self.request.url,
            # A weak tag does not promise the same bytes.
            "etag": "" if etag.startswith("W/") else etag,
            "last_modified": response.headers.get("last-modified", ""),
            "size_bytes": total,
        }
        files.write_whole({self.request.part_state: json.dumps(self.state)})
        files.enter_in_index(part)
        self._write(response, begin, total)
        if total is not None and _size(part) != total:
            raise requests.exceptions.ChunkedEncodingError("the answer ended early")

    def _write(self, response: requests.Response, begin: int, total: int | None) -> None:
        mode = "r+b" if begin else "wb"
        with open(str(self.request.part), mode, opener=files.open_private) as file:
            file.seek(begin)
            file.truncate()
            try:
                # Undecoded: a .gz stays as it is.
                for chunk in response.raw.stream(_CHUNK_BYTES, decode_content=False):
                    file.write(chunk)
                    self.report(file.tell(), total)
            except urllib3.exceptions.ReadTimeoutError as error:
                raise requests.Timeout(error) from error
            except urllib3.exceptions.HTTPError as error:
                raise requests.exceptions.ChunkedEncodingError(error) from error
            file.flush()
            os.fsync(file.fileno())


def _check_md5(request: ExtractRequest, session: requests.Session, timeout: float) -> bool:
    """Compare the file with its published checksum; return False where there is none."""
    try:
        response = session.get(f"{request.url}.md5", timeout=timeout, allow_redirects=False)
    except requests.RequestException:
        return False
    published = re.match(r"\s*([0-9a-fA-F]{32})\b", response.text)
    if response.status_code != requests.codes.ok or published is None:
        return False
    with request.part.open("rb") as file:
        md5 = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if md5 != published[1].lower():
        host = hosts.host_of(request.url)
        message = _("has another checksum than {host} publishes", host=host)
        hint = _("it was deleted; run the command again")
        raise RouteplanError([Fault(request.output.name, message, hint)])
    return True


def _check_readable(request: ExtractRequest) -> None:
    kind = map_format(request.output).replace("osm.pbf", "pbf")
    try:
        osmium.apply(osmium.io.Reader(osmium.io.File(str(request.part.absolute()), kind)))
    except (RuntimeError, OSError) as error:
        message = _("is not a readable map ({error})", error=error)
        hint = _("is the address that of an extract? The file was deleted")
        raise RouteplanError([Fault(request.output.name, message, hint)]) from error


def _read_state(path: Path, url: str) -> dict[str, Any]:
    """Return what is recorded of a file, nothing where it came from another address."""
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) and state.get("url") == url else {}


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
