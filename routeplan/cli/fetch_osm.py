"""Download the roads and places of a district from Overpass."""

from __future__ import annotations

from pathlib import Path

import click

from routeplan.cli import downloads, options
from routeplan.cli.output import Output


def parse_box(text: str) -> tuple[float, ...]:
    """Parse a bounding box as ``west,south,east,north``."""
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        message = f"{text!r} is no box: write west,south,east,north, as 76.5,43.1,77.3,43.5"
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
@downloads.download_options(timeout=180.0)
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
        raise click.UsageError("give one of --place and --bbox", click.get_current_context())
    request = fetch.OverpassRequest(
        output=output,
        cache=cache or output.parent / "fetched",
        place=place or "",
        bounds=bbox,
        homes=homes,
        **{name: url for name, url in hosts.items() if url is not None},
    )
    downloads.confirm(request.host_requests(), yes=yes)
    with out.steps() as steps:
        patience = fetch.RetryPolicy(timeout)
        found = fetch.fetch_osm(request, patience, fresh=fresh, on_step=steps.on_step)
    downloads.show(out, found, request.host_requests())
