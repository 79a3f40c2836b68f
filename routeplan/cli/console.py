"""Lines and tables for people."""

from __future__ import annotations

import math
import sys
import time
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from routeplan.cli.terminal import visible
from routeplan.cli.words import head, word
from routeplan.language import gettext, marked, ngettext, number_text
from routeplan.language import gettext as _
from routeplan.model.objective import gap_percent

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import ConsoleOptions, RenderableType

    from routeplan.planner import Progress

# A pipe has no width; this is what a page takes.
WIDTH_WITHOUT_TERMINAL = 110
# Columns of words are flush left, those of figures flush right.
WORD_COLUMNS = (
    *(marked("vehicle"), marked("surface"), marked("class"), marked("id"), marked("name")),
    *(marked("remarks"), marked("team"), marked("date"), marked("night"), marked("village")),
    *(marked("why"), marked("detail")),
)


class Terminal(Console):
    """A console that shows texts as they are, and obeys none of them."""

    def __init__(self, *, stderr: bool = False, quiet: bool = False) -> None:
        width = None if stderr or sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL
        # A village may be called [this] or :that:, which means nothing.
        super().__init__(stderr=stderr, quiet=quiet, width=width, markup=False, emoji=False)

    def on_broken_pipe(self) -> None:
        """Leave it to the command what becomes of a reader that went away."""
        raise BrokenPipeError

    def render_str(self, text: str, **options: Any) -> Text:  # noqa: ANN401  # as rich has them
        """Make text of a string, before it is measured."""
        return super().render_str(visible(text), **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render anything; control codes come from the console itself alone."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)

    def lines(self, *lines: str) -> None:
        """Print lines as they are, however long."""
        for line in lines:
            self.print(line, highlight=False, soft_wrap=True)

    def bold(self, line: str) -> None:
        """Print a line that sums up."""
        self.print(line, style="bold", highlight=False)

    def table(
        self,
        title: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[object]],
        word_columns: Container[str] | None = None,
    ) -> None:
        """Print a table; an empty row is a line between sections."""
        if self.quiet:
            return  # large ones take time to be laid out
        word_columns = word_columns or set(map(gettext, WORD_COLUMNS))
        table = Table(title=title, title_justify="left", title_style="bold")
        for column in columns:
            table.add_column(column, justify="left" if column in word_columns else "right")
        for row in rows:
            if row:
                table.add_row(*map(str, row))
            else:
                table.add_section()
        self.print(table)

    def frame(self, title: str, frame: pd.DataFrame) -> None:
        """Print a data frame, in which columns with a text in them are flush left."""
        heads = {name: head(str(name)) for name in frame}
        words = {
            heads[name] for name in frame if any(isinstance(cell, str) for cell in frame[name])
        }
        rows = (list(map(_cell, row)) for row in frame.itertuples(index=False))
        self.table(title, list(heads.values()), rows, words)

    def files(self, written: Mapping[str, Path]) -> None:
        """Print where files were written to; of those in folders, how many are in which."""
        alone = {name: path for name, path in written.items() if "/" not in name}
        self.lines(*(f"{word(name)}: {path}" for name, path in alone.items()))
        folders = Counter(_top(name, path) for name, path in written.items() if "/" in name)
        self.lines(
            *(
                ngettext("{folder}: {n} files", "{folder}: {n} files", n, folder=folder)
                for folder, n in folders.items()
            )
        )


def _top(name: str, path: Path) -> Path:
    """Return the folder in which a file has the first part of its name."""
    above = [*Path(path).parents][: name.count("/")]
    return above[-1] if above else path


def _cell(value: object) -> str:
    if isinstance(value, float):
        written = f"{value:.4f}".rstrip("0").rstrip(".")
        return "–" if math.isnan(value) else number_text(written)
    if isinstance(value, bool):
        return _("yes") if value else ""
    return word(value)


class Steps:
    """Steps of a long work on standard error: the current one as a live line, done ones stay."""

    def __init__(self, *, quiet: bool) -> None:
        self._console = Terminal(stderr=True, quiet=quiet)
        self._status = self._console.status(_("starting"))
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
        text = ngettext(
            "planning: {n} household after {seconds:.1f} s",
            "planning: {n} households after {seconds:.1f} s",
            progress.households,
            seconds=progress.seconds,
        )
        if progress.bound is not None:
            gap = gap_percent(progress.objective, progress.bound)
            bound = _("at most {bound:.0f} ({gap:.1f} % more)", bound=progress.bound, gap=gap)
            text = f"{text}, {bound}"
        self._status.update(Text(text))

    def count(self, done: int, total: int) -> None:
        """Show how many plans of many are done."""
        text = _("{step}: {done} of {total} done", step=self._step, done=done, total=total)
        self._status.update(Text(visible(text)))

    def _finish(self) -> None:
        if self._step:
            seconds = time.monotonic() - self._began
            text = _("{step}: {seconds:.1f} s", step=self._step, seconds=seconds)
            self._console.print(text, style="dim", highlight=False)
            self._step = ""
