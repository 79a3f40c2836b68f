"""Download an OpenStreetMap extract by its URL."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from rich import progress

from routeplan.cli import fetch_osm as downloads
from routeplan.cli import options
from routeplan.cli.console import Terminal
from routeplan.cli.output import Output
from routeplan.cli.terminal import visible
from routeplan.language import gettext as _


@options.command(cls=options.OnlineCommand)
@options.option("--url", "URL", "Where the extract is.", required=True)
@downloads.download_options(timeout=60.0)
def fetch_extract(*, out: Output, url: str, output: Path, yes: bool, timeout: float) -> None:
    """Download an OpenStreetMap extract by its URL."""
    from routeplan import fetch

    request = fetch.ExtractRequest(url, output)
    downloads.confirm(request.host_requests(), yes=yes)
    with _Bar(quiet=out.quiet) as bar:
        patience = fetch.RetryPolicy(timeout)
        found = fetch.fetch_extract(request, patience, report=bar.report, on_step=bar.on_step)
    downloads.show(out, found, request.host_requests())


class _Bar:
    """Progress of a download on standard error."""

    def __init__(self, *, quiet: bool) -> None:
        self._console = Terminal(stderr=True, quiet=quiet)
        self._progress = progress.Progress(
            progress.TextColumn("{task.description}", markup=False),
            *(progress.BarColumn(), progress.DownloadColumn(), progress.TransferSpeedColumn()),
            progress.TimeRemainingColumn(),
            console=self._console,
        )
        self._task = self._progress.add_task(_("starting"), total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        self._progress.stop()
        if kind is KeyboardInterrupt:
            text = _("stopped; what has come is kept: run the command again to go on")
            self._console.lines(text)

    def on_step(self, step: str) -> None:
        """Begin the next step."""
        self._progress.update(self._task, description=visible(step))
        if not self._console.is_terminal:
            self._console.print(step, style="dim", highlight=False)

    def report(self, done: int, total: int | None) -> None:
        """Show how many bytes are there."""
        self._progress.update(self._task, completed=done, total=total)
