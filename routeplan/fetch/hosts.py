"""Hosts: what is sent to them, how long to wait for an answer, and how often to retry."""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import requests
from requests.utils import get_environ_proxies, select_proxy

from routeplan import __version__
from routeplan.errors import Fault, InputError, RouteplanError
from routeplan.language import gettext as _
from routeplan.language import ngettext

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")
# All that a host learns of the sender, besides the address of the connection.
USER_AGENT = f"routeplan/{__version__}"

_BUSY = frozenset({429, 502, 503, 504})
_LONGEST_WAIT_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class HostRequest:
    """A host, and what is sent to it."""

    host: str
    content: str
    encrypted: bool = True

    @classmethod
    def to(cls, url: str, content: str) -> HostRequest:
        """Return the request to the host of an address."""
        sent = _("{content}, and '{agent}'", content=content, agent=USER_AGENT)
        return cls(host_of(url), sent, url.startswith("https:"))

    def __str__(self) -> str:
        values = {"host": self.host, "content": self.content}
        if self.encrypted:
            return _("{host} is sent {content}", **values)
        return _(
            "{host} is sent {content}; unencrypted: others on the network can read it", **values
        )


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long to wait, and how often to try."""

    timeout_seconds: float = 60.0  # for a connection, and for each next piece of an answer
    tries: int = 5  # in a row without any progress
    pause_seconds: float = 5.0  # before the second try, if the host names none; then doubled

    def __post_init__(self) -> None:
        if not self.timeout_seconds > 0:
            seconds = self.timeout_seconds
            raise InputError(_("timeout: {seconds:g} seconds is not above 0", seconds=seconds))


class _BusyError(Exception):
    """The host is busy; ``seconds`` is the wait that it asks for, None where it names none."""

    def __init__(self, response: requests.Response) -> None:
        super().__init__(_("it is too busy ({status})", status=response.status_code))
        text = response.headers.get("retry-after", "").strip()
        self.seconds = float(text) if text.isdecimal() else None
        with contextlib.suppress(ValueError):  # where it is no date
            until = email.utils.parsedate_to_datetime(text)
            self.seconds = max(0.0, (until - dt.datetime.now(tz=until.tzinfo)).total_seconds())


def retry(
    step: Callable[[], T],
    host: str,
    policy: RetryPolicy,
    on_step: Callable[[str], None],
    progress: Callable[[], int] = lambda: 0,
) -> T:
    """Call a step, which makes one request, until it succeeds.

    The count of tries starts again where a failed one has received something, so that `progress`
    has grown. `on_step` is called with a message before each wait.

    Raises
    ------
    RouteplanError
        Where all tries fail.
    """
    failures, before = 0, progress()
    while True:
        try:
            return step()
        except (_BusyError, requests.RequestException) as error:
            failures = 1 if progress() > before else failures + 1
            before = progress()
            why = _reason(error)
            if failures >= policy.tries:
                raise _given_up(host, policy.tries, why, kept=before > 0) from error
            named = error.seconds if isinstance(error, _BusyError) else None
            seconds = policy.pause_seconds * 2 ** (failures - 1) if named is None else named
            values = {"host": host, "why": why, "seconds": seconds}
            on_step(_("{host}: {why}; trying again in {seconds:.0f} s", **values))
            time.sleep(min(seconds, _LONGEST_WAIT_SECONDS))


def _reason(error: Exception) -> str:
    """Return why a request failed."""
    broken = (
        requests.exceptions.ChunkedEncodingError,
        requests.exceptions.ContentDecodingError,
    )
    reasons: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
        (requests.Timeout, _("no answer in time")),
        (broken, _("the connection broke off")),
        (requests.exceptions.SSLError, _("its certificate is not trusted")),
        (requests.ConnectionError, _("it cannot be reached, or the connection broke off")),
        (requests.exceptions.JSONDecodeError, _("the answer is incomplete")),
    )
    return next((text for kind, text in reasons if isinstance(error, kind)), str(error))


def _given_up(host: str, tries: int, why: str, *, kept: bool) -> RouteplanError:
    hint = _("the part received is kept: run the command again to go on") if kept else ""
    # English has one text for both.
    message = ngettext(
        "gave no complete answer in {n} tries: {why}",
        "gave no complete answer in {n} tries: {why}",
        tries,
        why=why,
    )
    return RouteplanError([Fault(host, message, hint)])


def check_response(response: requests.Response) -> None:
    """Raise what `retry` waits for where the host is busy; refuse other failures at once."""
    host = host_of(response.url)
    if response.status_code in _BUSY:
        raise _BusyError(response)
    if response.is_redirect:
        address = response.headers.get("location", "")
        message = _("redirects to {address}, another host", address=address)
        hint = _("use that address with --url, if you trust it")
        raise RouteplanError([Fault(host, message, hint)])
    if response.status_code >= 300:  # noqa: PLR2004  # no success
        answer = f"{response.status_code} {response.reason}"
        message = _("refuses what was requested ({answer})", answer=answer)
        if response.status_code in {404, 410}:
            message = _("does not have what was requested ({answer})", answer=answer)
        raise RouteplanError([Fault(host, message)])


def proxies(host_requests: Iterable[HostRequest]) -> tuple[str, ...]:
    """Return the proxies that the environment sets for some hosts, without their passwords."""
    urls = (f"http{'s' if one.encrypted else ''}://{one.host}/" for one in host_requests)
    found = (select_proxy(url, get_environ_proxies(url, no_proxy=None)) for url in urls)
    addresses = (each if "://" in each else f"http://{each}" for each in found if each)
    return tuple(sorted({urlsplit(each).hostname or _("a proxy") for each in addresses}))


def host_of(url: str) -> str:
    """Return the host of an address, with its port where it names one."""
    return urlsplit(url).netloc
