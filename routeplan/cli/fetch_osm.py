"""Download the roads and places of a district from Overpass, and how downloads are announced."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from routeplan.cli import options
from routeplan.cli.output import Output
from routeplan.cli.terminal import write_error
from routeplan.cli.words import word
from routeplan.errors import InputError, RouteplanError
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from routeplan.fetch import Download, HostRequest

YES = frozenset({"y", "yes", "д", "да", "и", "иә"})


def download_options(timeout: float) -> options.Decorator:
    """Add what both commands take."""
    return options.combined(
        options.output("FILE", "The map.", required=True),
        options.flag("--yes", "Agree to the requests that are announced."),
        options.option("--timeout", "S", "Of each request.", type=float, default=timeout),
    )


def confirm(host_requests: Iterable[HostRequest], *, yes: bool) -> None:
    """Announce the requests, and go on only with a yes."""
    from routeplan.fetch import proxies

    write_error(_("This command sends requests over the network:"))
    for host_request in host_requests:
        write_error(f"  {host_request}")
    write_error(_("  and each host sees the address of this connection."))
    for proxy in proxies(host_requests):
        write_error(_("  All goes through {proxy}, as this machine is set.", proxy=proxy))
    if yes:
        return
    if not sys.stdin.isatty():
        raise InputError(_("nothing was sent: nobody is there to agree; say --yes in scripts"))
    write_error(_("Go on? [y/N] "), end="")
    if sys.stdin.readline().strip().casefold() not in YES:
        raise RouteplanError(_("nothing was sent"))


def show(out: Output, found: Download, host_requests: Iterable[HostRequest]) -> None:
    """Show what was downloaded, and from where."""
    text = _(
        "{file}: {megabytes:,.1f} MB, checked: {checked}",
        file=found.file,
        megabytes=found.size_bytes / 1e6,
        checked=", ".join(map(word, found.checked)),
    )
    if found.unchanged:
        text = _("{file}: there already, and the host has no newer one", file=found.file)
    hosts = [host_request.host for host_request in host_requests]
    out.answer({**dataclasses.asdict(found), "asked": hosts}, [text])


def parse_box(text: str) -> tuple[float, ...]:
    """Parse a bounding box as ``west,south,east,north``."""
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        message = _(
            "{text!r} is no box: write west,south,east,north, as 76.5,43.1,77.3,43.5", text=text
        )
        raise click.BadParameter(message) from None
    return west, south, east, north


@options.command(cls=options.OnlineCommand)
@options.option("--place", "NAME", "Name of the district, which is sent to Nominatim.")
@options.option("--bbox", "W,S,E,N", "Bounding box, in degrees.", type=parse_box)
@options.flag("--homes", "Download buildings, too, to count homes.")
@options.flag("--fresh", "Repeat requests that were answered before.")
@options.path("--cache", "FOLDER", "Where answers are kept. Default: 'fetched' beside FILE.")
@options.option("--overpass", "URL", "Instead of overpass-api.de.")
@options.option("--nominatim", "URL", "Instead of nominatim.openstreetmap.org.")
@download_options(timeout=180.0)
def fetch_osm(
    *,
    out: Output,
    place: str | None,
    bbox: tuple[float, float, float, float] | None,
    homes: bool,
    fresh: bool,
    cache: Path | None,
    output: Path,
    yes: bool,
    timeout: float,
    **hosts: str | None,
) -> None:
    """Download the roads and places of a district from Overpass.

    Give one of --place and --bbox.
    """
    from routeplan import fetch

    if (place is None) == (bbox is None):
        raise click.UsageError(_("give one of --place and --bbox"), click.get_current_context())
    request = fetch.OverpassRequest(
        output=output,
        cache=cache or output.parent / "fetched",
        place=place or "",
        bounds=bbox,
        homes=homes,
        **{name: url for name, url in hosts.items() if url is not None},
    )
    confirm(request.host_requests(), yes=yes)
    with out.steps() as steps:
        patience = fetch.RetryPolicy(timeout)
        found = fetch.fetch_osm(request, patience, fresh=fresh, on_step=steps.on_step)
    show(out, found, request.host_requests())
