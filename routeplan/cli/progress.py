"""Progress of a command on standard error."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from rich.text import Text

from routeplan.cli.console import Terminal
from routeplan.cli.terminal import visible

if TYPE_CHECKING:
    from routeplan.planner import Progress


class Steps:
    """Steps of a long work on standard error: the current one as a live line, done ones stay."""

    def __init__(self, *, quiet: bool) -> None:
        self._console = Terminal(stderr=True, quiet=quiet)
        self._status = self._console.status("starting")
        self._step = ""
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        self._status.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._status.stop()
        if kind is None:
            self._finish()

    def on_step(self, step: str) -> None:
        """Begin the next step."""
        self._finish()
        self._step, self._began = step, time.monotonic()
        self._status.update(Text(visible(step)))

    def note(self, remark: str) -> None:
        """Print a remark that stays on the screen."""
        self._console.lines(remark)

    def report(self, progress: Progress) -> None:
        """Show the incumbent of the planner."""
        text = f"planning: {progress.households} households after {progress.seconds:.1f} s"
        if progress.bound is not None:
            gap = 100 * (progress.bound - progress.weighted) / max(progress.weighted, 1e-9)
            text += f", at most {progress.bound:.0f} ({gap:.1f} % more)"
        self._status.update(Text(text))

    def count(self, done: int, total: int) -> None:
        """Show how many plans of many are done."""
        self._status.update(Text(visible(f"{self._step}: {done} of {total} done")))

    def _finish(self) -> None:
        if self._step:
            seconds = time.monotonic() - self._began
            self._console.print(f"{self._step}: {seconds:.1f} s", style="dim", highlight=False)
            self._step = ""
