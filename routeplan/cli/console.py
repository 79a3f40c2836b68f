"""The console of all commands: tables and lines for people, of names that others chose."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.segment import Segment

from routeplan.cli.terminal import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import ConsoleOptions, RenderableType
    from rich.text import Text

__all__ = ["Terminal"]

# A pipe has no width; this is what a page takes.
WIDTH_WITHOUT_TERMINAL = 110


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
