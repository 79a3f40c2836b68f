"""What both kinds of download share: the only commands that open connections."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from routeplan.cli import options
from routeplan.cli.output import Output
from routeplan.cli.terminal import write_error
from routeplan.errors import InputError, RouteplanError

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

    write_error("This command sends requests over the network:")
    for host_request in host_requests:
        write_error(f"  {host_request}")
    write_error("  and each host sees the address of this connection.")
    for proxy in proxies(host_requests):
        write_error(f"  All goes through {proxy}, as this machine is set.")
    if yes:
        return
    if not sys.stdin.isatty():
        raise InputError("nothing was sent: nobody is there to agree; say --yes in scripts")
    write_error("Go on? [y/N] ", end="")
    if sys.stdin.readline().strip().casefold() not in YES:
        raise RouteplanError("nothing was sent")


def show(out: Output, found: Download, host_requests: Iterable[HostRequest]) -> None:
    """Show what was downloaded, and from where."""
    text = f"{found.file}: {found.size_bytes / 1e6:,.1f} MB, checked: {', '.join(found.checked)}"
    if found.unchanged:
        text = f"{found.file}: there already, and the host has no newer one"
    hosts = [host_request.host for host_request in host_requests]
    out.answer({**dataclasses.asdict(found), "asked": hosts}, [text])
