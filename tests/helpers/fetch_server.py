"""A real HTTP server on loopback that answers as Overpass, Nominatim and a host of extracts do."""

from __future__ import annotations

import contextlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

ROADS: list[dict[str, Any]] = [
    {"type": "node", "id": 1, "lat": 43.1, "lon": 76.9},
    {"type": "node", "id": 2, "lat": 43.1, "lon": 76.91, "tags": {"barrier": "gate"}},
    {"type": "way", "id": 7, "nodes": [1, 2], "tags": {"highway": "track", "surface": "dirt"}},
]
PLACES: list[dict[str, Any]] = [
    {
        "type": "node",
        "id": 3,
        "lat": 43.101,
        "lon": 76.905,
        "tags": {"place": "village", "name": "Ақбұлақ"},
    }
]
OUTLINE = {
    "type": "Polygon",
    "coordinates": [[[76.8, 43.0], [77.0, 43.0], [77.0, 43.2], [76.8, 43.2], [76.8, 43.0]]],
}


@dataclass
class Request:
    """One request as the host sees it."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass
class Host:
    """What the server has, how it fails, and the requests it got.

    Failures are used up one by one: ``429``, ``504`` and other numbers as answers, ``cut`` breaks
    the connection off in the middle of an answer, ``half`` ends the text in the middle of it,
    ``remark`` is how Overpass gives up, ``stop`` breaks off without a word.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    etag: str = '"v1"'
    ranges: bool = True
    redirect: str = ""
    places: int = 1
    retry_after: str = "0"
    url: str = ""

    def paths(self) -> list[str]:
        return [one.path for one in self.requests]

    def failure(self) -> str:
        return self.failures.pop(0) if self.failures else ""


@contextlib.contextmanager
def serve() -> Iterator[Host]:
    """Run a host on loopback."""
    host = Host()

    class Handler(_Handler):
        world = host

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    host.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    world: Host

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        body = self.rfile.read(length).decode()
        self._note(body)
        query = parse_qs(body)["data"][0]
        elements = ROADS if '["highway"]' in query else PLACES if "place" in query else []
        self._answer_json({"version": 0.6, "elements": elements})

    def do_GET(self) -> None:
        self._note("")
        path = urlsplit(self.path).path
        if path == "/search":
            found = {
                "importance": 0.5,
                "lat": "43.1",
                "lon": "76.9",
                "display_name": "Aqbulaq district",
                "geojson": OUTLINE,
                "boundingbox": ["43.0", "43.2", "76.8", "77.0"],
            }
            self._answer_json([found] * self.world.places)
        elif self.world.redirect and path != urlsplit(self.world.redirect).path:
            self._send(302, b"", {"Location": self.world.redirect})
        else:
            self._answer_file(path)

    def _note(self, body: str) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.world.requests.append(Request(self.command, self.path, headers, body))

    def _answer_json(self, value: Any) -> None:
        failure = self.world.failure()
        if failure == "remark":
            value = {"elements": [], "remark": "runtime error: Query timed out"}
        data = json.dumps(value).encode()
        self._fail_or_send(failure, data, {"Content-Type": "application/json"})

    def _answer_file(self, path: str) -> None:
        data = self.world.files.get(path)
        if data is None:
            self._send(404, b"none", {})
            return
        headers = {"ETag": self.world.etag}
        if self.headers.get("if-none-match") == self.world.etag:
            self._send(304, b"", headers)
            return
        begin = re.fullmatch("bytes=([0-9]+)-", self.headers.get("range", ""))
        code = 200
        if begin and self.world.ranges and self.headers.get("if-range") == self.world.etag:
            first = int(begin[1])
            if first >= len(data):
                self._send(416, b"", {})
                return
            code = 206
            headers["Content-Range"] = f"bytes {first}-{len(data) - 1}/{len(data)}"
            data = data[first:]
        failure = "" if path.endswith(".md5") else self.world.failure()
        self._fail_or_send(failure, data, headers, code)

    def _fail_or_send(
        self, failure: str, data: bytes, headers: dict[str, str], code: int = 200
    ) -> None:
        if failure.isdecimal():
            headers = {
                "Retry-After": self.world.retry_after,
                "Location": "https://elsewhere.invalid/",
            }
            self._send(int(failure), b"busy", headers)
        elif failure == "half":
            self._send(code, data[: len(data) // 2], headers)
        elif failure == "cut":
            self._send(code, data[: len(data) // 2], headers | {"Content-Length": str(len(data))})
            self.close_connection = True
        elif failure == "stop":
            self.close_connection = True
        else:
            self._send(code, data, headers)

    def _send(self, code: int, data: bytes, headers: dict[str, str]) -> None:
        self.send_response(code)
        for name, value in ({"Content-Length": str(len(data))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep still."""
