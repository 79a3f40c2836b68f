"""`routeplan fetch`: the only commands that ask hosts, and they say first which and what."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from routeplan.cli import show
from routeplan.cli.console import Terminal
from routeplan.cli.terminal import visible, write_error
from routeplan.errors import InputError, RouteplanError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable
    from types import TracebackType
    from typing import Self

    from routeplan.fetch import Download, HostRequest

__all__ = ["fetch_extract", "fetch_osm"]

_YES = frozenset({"y", "yes", "д", "да", "и", "иә"})


def fetch_osm(asked: argparse.Namespace) -> int:
    """Ask Overpass for the roads and places of a district."""
    from routeplan import fetch  # noqa: PLC0415

    hosts = {name: getattr(asked, name) for name in ("overpass", "nominatim")}
    request = fetch.OverpassRequest(
        output=asked.output,
        cache=asked.cache or asked.output.parent / "fetched",
        place=asked.place or "",
        bounds=asked.bbox,
        homes=asked.homes,
        **{name: url for name, url in hosts.items() if url is not None},
    )
    patience = fetch.RetryPolicy(180.0 if asked.timeout is None else asked.timeout)
    _agree(request.host_requests(), yes=asked.yes)
    with show.Steps(quiet=asked.quiet) as steps:
        found = fetch.fetch_osm(request, patience, fresh=asked.fresh, on_step=steps.on_step)
    _show(found, request.host_requests(), as_json=asked.json)
    return 0


def fetch_extract(asked: argparse.Namespace) -> int:
    """Fetch an extract by its address."""
    from routeplan import fetch  # noqa: PLC0415

    request = fetch.ExtractRequest(asked.url, asked.output)
    patience = fetch.RetryPolicy(60.0 if asked.timeout is None else asked.timeout)
    _agree(request.host_requests(), yes=asked.yes)
    with _Bar(quiet=asked.quiet) as bar:
        found = fetch.fetch_extract(request, patience, report=bar.report, on_step=bar.on_step)
    _show(found, request.host_requests(), as_json=asked.json)
    return 0


def _agree(host_requests: Iterable[HostRequest], *, yes: bool) -> None:
    """Say whom this will ask and what it will tell, and go on only with a yes.

    Raises
    ------
    RouteplanError
        Where the answer is no.
    InputError
        Where nobody is there to answer.
    """
    from routeplan.fetch import proxies  # noqa: PLC0415

    write_error("This command asks over the network:")
    for host_request in host_requests:
        write_error(f"  {host_request}")
    write_error("  and each sees the address of this connection.")
    for proxy in proxies(host_requests):
        write_error(f"  All goes through {proxy}, as this machine is set.")
    if yes:
        return
    if not sys.stdin.isatty():
        raise InputError("nothing was sent: nobody is there to agree; say --yes in scripts")
    write_error("Go on? [y/N] ", end="")
    if sys.stdin.readline().strip().casefold() not in _YES:
        raise RouteplanError("nothing was sent")


def _show(found: Download, host_requests: Iterable[HostRequest], *, as_json: bool) -> None:
    values = {
        **dataclasses.asdict(found),
        "asked": [host_request.host for host_request in host_requests],
    }
    text = f"{found.file}: {found.size_bytes / 1e6:,.1f} MB, checked: {', '.join(found.checked)}"
    if found.unchanged:
        text = f"{found.file}: there already, and the host has no newer one"
    show.answer(values, [text], as_json=as_json)


class _Bar:
    """Bytes that have come, on standard error."""

    def __init__(self, *, quiet: bool) -> None:
        self._console = Terminal(stderr=True, quiet=quiet)
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn())
        self._progress = Progress(
            *(*columns, TransferSpeedColumn(), TimeRemainingColumn()), console=self._console
        )
        self._task = self._progress.add_task("starting", total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()
        if kind is KeyboardInterrupt:
            message = "stopped; what has come is kept: run the command again to go on"
            self._console.print(message, highlight=False)

    def on_step(self, step: str) -> None:
        """Say what is under way."""
        self._progress.update(self._task, description=visible(step))
        if not self._console.is_terminal:
            self._console.print(step, style="dim", highlight=False)

    def report(self, done: int, total: int | None) -> None:
        """Show how many bytes are there."""
        self._progress.update(self._task, completed=done, total=total)
