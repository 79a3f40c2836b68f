"""Lines and tables for people."""

from __future__ import annotations

import math
import sys
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.segment import Segment
from rich.table import Table

from routeplan.cli.terminal import visible

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import ConsoleOptions, RenderableType
    from rich.text import Text

# A pipe has no width; this is what a page takes.
WIDTH_WITHOUT_TERMINAL = 110
# Columns of words are flush left, those of figures flush right.
WORD_COLUMNS = frozenset(
    {
        *("vehicle", "surface", "class", "id", "name", "remarks", "team", "date", "night"),
        *("village", "why", "detail"),
    }
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
        word_columns: Container[str] = WORD_COLUMNS,
    ) -> None:
        """Print a table; an empty row is a line between sections."""
        if self.quiet:
            return  # large ones take time to be laid out
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
        words = {str(name) for name in frame if any(isinstance(cell, str) for cell in frame[name])}
        rows = (list(map(_cell, row)) for row in frame.itertuples(index=False))
        self.table(title, list(map(str, frame)), rows, words)

    def files(self, written: Mapping[str, Path]) -> None:
        """Print where files were written to."""
        self.lines(*(f"{name}: {path}" for name, path in written.items()))


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``2 tours``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "–" if math.isnan(value) else f"{value:.4f}".rstrip("0").rstrip(".")
    if isinstance(value, bool):
        return "yes" if value else ""
    return str(value)
