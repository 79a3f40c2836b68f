"""How hosts are asked: what they are told, how long an answer is waited for, and how often."""

from __future__ import annotations

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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = [
    "USER_AGENT",
    "HostRequest",
    "RetryPolicy",
    "check_response",
    "check_url",
    "host_of",
    "proxies",
    "retry",
]

USER_AGENT = f"routeplan/{__version__}"
"""All that a host is told of who asks, besides the address that any connection shows."""

_BUSY = frozenset({429, 502, 503, 504})
_LONGEST_WAIT_SECONDS = 300.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class HostRequest:
    """A host, and what it will be told."""

    host: str
    tells: str
    encrypted: bool = True

    def __str__(self) -> str:
        plain = "" if self.encrypted else "; unencrypted: everybody on the way can read it"
        return f"{self.host} is told {self.tells}{plain}"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long is waited, and how often is tried.

    Parameters
    ----------
    timeout_seconds
        For a connection, and for each next piece of an answer.
    tries
        How often in a row without any progress.
    pause_seconds
        Before the second try, where the host does not say; twice as long before each next one.

    Raises
    ------
    InputError
        Where nothing is waited for.
    """

    timeout_seconds: float = 60.0
    tries: int = 5
    pause_seconds: float = 5.0

    def __post_init__(self) -> None:
        if not self.timeout_seconds > 0:
            raise InputError(f"timeout: {self.timeout_seconds:g} seconds are no time to wait")


class _BusyError(Exception):
    """The host asks to come again later."""

    def __init__(self, status: int, seconds: float | None) -> None:
        super().__init__(f"it answers that it is too busy ({status})")
        self.seconds = seconds


def retry(
    step: Callable[[], T],
    host: str,
    patience: RetryPolicy,
    on_step: Callable[[str], None],
    progress: Callable[[], int] = lambda: 0,
) -> T:
    """Take a step until it comes to something.

    Parameters
    ----------
    step
        What is tried.
    host
        Whom it asks.
    patience
        How long to wait, and how often to try.
    on_step
        Told of each wait.
    progress
        Grows where a try that failed has brought something; then counting begins anew.

    Raises
    ------
    RouteplanError
        Where the host stays silent, breaks off or is busy as often as that.
    """
    failures, before = 0, progress()
    while True:
        try:
            return step()
        except (_BusyError, requests.RequestException) as error:
            failures = 1 if progress() > before else failures + 1
            before = progress()
            why = _why(error)
            if failures >= patience.tries:
                hint = "what has come is kept: run the command again to go on" if before else ""
                message = f"gave no whole answer in {patience.tries} tries: {why}"
                raise RouteplanError([Fault(host, message, hint)]) from error
            seconds = patience.pause_seconds * 2 ** (failures - 1)
            if isinstance(error, _BusyError) and error.seconds is not None:
                seconds = error.seconds
            on_step(f"{host}: {why}; trying again in {seconds:.0f} s")
            time.sleep(min(seconds, _LONGEST_WAIT_SECONDS))


def check_response(response: requests.Response) -> None:
    """Raise what `retry` waits for where a host is busy; refuse other failures at once.

    Raises
    ------
    RouteplanError
        Where the host refuses, does not know what is asked for, or sends to another one.
    """
    host = host_of(response.url)
    if response.status_code in _BUSY:
        raise _BusyError(response.status_code, _wait_seconds(response.headers))
    if response.is_redirect:
        other = response.headers.get("location", "")
        message = f"sends on to {other}, which was not to be asked"
        raise RouteplanError([Fault(host, message, "ask there with --url, if you trust it")])
    if response.status_code >= 300:  # noqa: PLR2004
        what = "does not know" if response.status_code in {404, 410} else "refuses"
        message = f"{what} what was asked for ({response.status_code} {response.reason})"
        raise RouteplanError([Fault(host, message)])


def check_url(url: str, option: str) -> None:
    """Refuse what is no address of the web.

    Raises
    ------
    InputError
        Naming the option.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        hint = "it begins with https://"
        raise InputError([Fault(option, f"{url!r} is no address to fetch from", hint)])
    if parts.username or parts.password:
        raise InputError([Fault(option, "holds a name or password; none is sent", "leave it out")])


def proxies(host_requests: Iterable[HostRequest]) -> tuple[str, ...]:
    """Return the hosts through which this machine is set to ask others.

    Parameters
    ----------
    host_requests
        Whom it asks; those that it asks directly, as by ``NO_PROXY``, need none.
    """
    hosts = set()
    for host_request in host_requests:
        url = f"http{'s' if host_request.encrypted else ''}://{host_request.host}/"
        proxy = select_proxy(url, get_environ_proxies(url, no_proxy=None))
        if proxy:
            # Its address may hold a name and a password, which are not repeated.
            address = proxy if "://" in proxy else f"http://{proxy}"
            hosts.add(urlsplit(address).hostname or "a proxy")
    return tuple(sorted(hosts))


def host_of(url: str) -> str:
    """Return the host of an address, with its port where it names one."""
    return urlsplit(url).netloc


def _wait_seconds(headers: Mapping[str, str]) -> float | None:
    text = headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        when = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (when - dt.datetime.now(tz=when.tzinfo)).total_seconds())


def _why(error: Exception) -> str:
    match error:
        case requests.Timeout():
            return "it does not answer in time"
        case (
            requests.exceptions.ChunkedEncodingError() | requests.exceptions.ContentDecodingError()
        ):
            return "the connection broke off"
        case requests.exceptions.SSLError():
            return "its certificate cannot be trusted"
        case requests.ConnectionError():
            return "it cannot be reached, or the connection broke off"
        case requests.exceptions.JSONDecodeError():
            return "half an answer came"
    return str(error)
