"""Who may ask the office for anything: the browser that was opened with its start link.

Everything is refused unless it is allowed here, before a route is looked for. Other programs of
this machine, other users of it and pages of strangers in the same browser can reach the port; what
they lack is the cookie, the origin, or the name of the host.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from routeplan.isolation import LOOPBACK
from routeplan.language import gettext as _
from routeplan.language import message_language

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

START = "/start"
"""The path of the start link."""

LOOKS = ("/office.css", "/office.svg")
"""What the page that says that the office is locked loads."""

LARGEST_FORM_BYTES = 64 * 1024
"""No request may be larger, but for those with a file."""

LARGEST_UPLOAD_BYTES = 4 * 2**20
"""Of a request with a file; a district's table has a few hundred kB."""

UPLOADS = ("/district",)
"""The paths of forms with a file."""

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a page of the office may load: nothing that is not of the office, nothing inline."""

MAP_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-scripts allow-modals"
)
"""What the map of the handouts may do in its frame: run its own script, and print."""

SHEET_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""What a sheet may load that the browser shows in a tab of its own: nothing."""

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Of every answer that does not set its own."""

_FORM, _FORM_WITH_FILE = "application/x-www-form-urlencoded", "multipart/form-data"
_SECRET_BYTES = 32


class Guard:
    """Lets requests through to an application, and adds headers to all answers.

    What answers them is to be set as `app`.

    Parameters
    ----------
    port
        The port of the office.
    on_request
        Called with each request that is let through.
    """

    app: ASGIApp

    def __init__(self, port: int, on_request: Callable[[], None]) -> None:
        self.host = f"{LOOPBACK}:{port}"
        self.origin = f"http://{self.host}"
        self._on_request = on_request
        # Cookies know no ports: two offices on one machine have cookies of two names.
        self._cookie_name = f"routeplan-{port}"
        self._token = secrets.token_urlsafe(_SECRET_BYTES)
        self._cookie = secrets.token_urlsafe(_SECRET_BYTES)
        self._is_locked = False

    @property
    def start_link(self) -> str:
        """The address that opens the office, once."""
        return f"{self.origin}{START}?token={self._token}"

    def lock(self) -> None:
        """Let nobody in any more; the last page still gets its looks."""
        self._token, self._is_locked = "", True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            # A refused handshake of a WebSocket; uvicorn is told to have none.
            return
        connection = HTTPConnection(scope)
        refused = self._refusal(connection)
        if refused is None:
            self._on_request()
        answer = refused or self.app
        await answer(scope, receive, _with_headers(send))

    def _refusal(self, connection: HTTPConnection) -> Response | None:
        """Return the answer to a request that is not let through, or to the start link."""
        headers, method = connection.headers, connection.scope["method"]
        if headers.getlist("host") != [self.host]:
            return _refuse(_("this is not the address of the office"), 421)
        if method not in {"GET", "POST"}:
            return _refuse(_("the office has no use for this request"), 405)
        if connection.scope["path"] == START and method == "GET":
            return self._start(connection)
        if not self._is_ours(headers, method):
            return _refuse(_("this request does not come from a page of the office"), 403)
        if not self._has_cookie(connection):
            return _refuse(
                _("open the office with the link that it shows when it is started; it works once"),
                403,
            )
        return _refuse_body(connection.scope["path"], headers) if method == "POST" else None

    def _is_ours(self, headers: Headers, method: str) -> bool:
        """Return whether a request comes from a page of the office, as far as the browser says.

        A browser that is told to name no referrer sends the origin ``null`` with a form, also with
        one of the office; ``Sec-Fetch-Site``, which no page can set, says then which it is. Pages
        of other ports are ``same-site``, and get the cookie.
        """
        origins, sites = headers.getlist("origin"), headers.getlist("sec-fetch-site")
        if method == "GET":
            return origins in ([], [self.origin]) and sites in ([], ["none"], ["same-origin"])
        if origins == [self.origin]:
            return sites in ([], ["same-origin"])
        return origins == ["null"] and sites == ["same-origin"]

    def _has_cookie(self, connection: HTTPConnection) -> bool:
        is_valid = not self._is_locked or connection.scope["path"] in LOOKS
        return is_valid and _same(connection.cookies.get(self._cookie_name, ""), self._cookie)

    def _start(self, connection: HTTPConnection) -> Response:
        """Exchange the token for the cookie; whoever has that already is sent on."""
        if self._has_cookie(connection):
            return RedirectResponse("/", 303)
        if not _same(connection.query_params.get("token", ""), self._token):
            return _refuse(_("this link does not open the office, or was used before"), 403)
        self._token = ""
        # A page, not a redirect: a strict cookie is not sent where another page led here.
        open_it = _("Open the office")
        page = HTMLResponse(
            f'<!DOCTYPE html><html lang="{message_language()}"><meta charset="utf-8">'
            '<link rel="icon" href="/office.svg">'
            '<meta http-equiv="refresh" content="0; url=/"><title>routeplan</title>'
            f'<p><a href="/">{open_it}</a></p></html>'
        )
        page.set_cookie(self._cookie_name, self._cookie, httponly=True, samesite="strict")
        return page


def _same(given: str, secret: str) -> bool:
    """Return whether a text is the secret, in a time that does not depend on where they differ."""
    return bool(secret) and secrets.compare_digest(given.encode(), secret.encode())


def _refuse_body(path: str, headers: Headers) -> Response | None:
    """Refuse what is no form of a path, or of unknown or too great size."""
    with_file = path in UPLOADS
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != (_FORM_WITH_FILE if with_file else _FORM):
        return _refuse(_("only forms of the office are read"), 415)
    length = headers.get("content-length", "")
    if not (length.isascii() and length.isdecimal()):
        return _refuse(_("the size of the form is not known"), 411)
    if int(length) > (LARGEST_UPLOAD_BYTES if with_file else LARGEST_FORM_BYTES):
        return _refuse(_("the form is too large"), 413)
    return None


def _refuse(message: str, status: int) -> Response:
    # A body that was not read would be taken for the next request.
    return PlainTextResponse(f"{message}\n", status, {"Connection": "close"})


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
