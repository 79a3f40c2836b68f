"""What several commands are asked alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from routeplan.scenario import Scenario

__all__ = ["read_asked"]


def read_asked(asked: argparse.Namespace, path: Path) -> Scenario:
    """Read a scenario; its handouts are in the language that is asked for, if one is."""
    from routeplan.scenario import read_scenario  # noqa: PLC0415

    scenario = read_scenario(path)
    return scenario if asked.language is None else scenario.replace(language=asked.language)
