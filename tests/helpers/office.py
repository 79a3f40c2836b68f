"""An office in a process of its own, and requests to it as they are on the wire."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.helpers import paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SECONDS = 60
"""No test waits longer."""


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body, where it is a text."""
        return self.body.decode()


class RunningOffice:
    """The office of a folder.

    Parameters
    ----------
    folder
        The campaign's.
    language
        Of its pages.
    browser
        Whether it opens one itself.
    """

    def __init__(self, folder: Path, language: str = "en", *, browser: bool = False) -> None:
        self.folder = folder
        self.process = subprocess.Popen(  # noqa: S603  # our own interpreter
            [
                *(sys.executable, "-P", "-m", "routeplan", "office", str(folder)),
                *("--json", "--language", language, *(() if browser else ("--no-browser",))),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(paths.ROOT)},
            text=True,
        )
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if line.startswith("}"):
                break
        assert lines, self.errors()
        self.start_link: str = json.loads("".join(lines))["start"]
        parts = urlsplit(self.start_link)
        self.port = parts.port or 0
        self.origin = f"http://{parts.netloc}"
        self.start_path = f"{parts.path}?{parts.query}"
        self.cookie = ""

    def enter(self) -> Answer:
        """Exchange the token for the cookie, and keep that."""
        answer = self.get(self.start_path)
        self.cookie = answer.headers["set-cookie"].partition(";")[0]
        return answer

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a page as its browser does."""
        return self.ask("GET", path, headers)

    def post(self, path: str, body: str = "", **headers: str) -> Answer:
        """Send a form as its browser does."""
        own = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.origin}
        return self.ask("POST", path, own | {"Sec-Fetch-Site": "same-origin"} | headers, body)

    def ask(
        self, method: str, path: str, headers: Mapping[str, str | None], body: str | None = None
    ) -> Answer:
        """Send any request; a header that is None is left out, also one that is sent usually."""
        usual = {"Host": f"127.0.0.1:{self.port}", "Cookie": self.cookie or None}
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        with contextlib.closing(self.connect()) as connection:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in {**usual, **given}.items():
                if value is not None:
                    connection.putheader(name, value)
            if body is not None and "Content-Length" not in given:
                connection.putheader("Content-Length", str(len(body.encode())))
            connection.endheaders()
            if body:
                with contextlib.suppress(OSError):  # it may be refused before it is read
                    connection.send(body.encode())
            response = connection.getresponse()
            headers_got = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, headers_got, response.read())

    def connect(self) -> http.client.HTTPConnection:
        """Connect to it."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)

    def end(self, number: int) -> int:
        """Send a signal, and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(SECONDS)

    def errors(self) -> str:
        """Return what it wrote to standard error until it ended."""
        assert self.process.stderr is not None
        return self.process.stderr.read()


@contextlib.contextmanager
def running_office(
    folder: Path, language: str = "en", *, browser: bool = False
) -> Iterator[RunningOffice]:
    """Open an office, and end it."""
    office = RunningOffice(folder, language, browser=browser)
    try:
        yield office
    finally:
        if office.process.poll() is None:
            office.end(signal.SIGINT)
        for pipe in (office.process.stdout, office.process.stderr):
            assert pipe is not None
            pipe.close()
