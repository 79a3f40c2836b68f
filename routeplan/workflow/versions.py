"""The versions of what is installed."""

from __future__ import annotations

import importlib.metadata
import re


def library_versions() -> dict[str, str]:
    """Return the installed version of each library that routeplan requires, by name."""
    try:
        required = importlib.metadata.requires("routeplan") or []
    except importlib.metadata.PackageNotFoundError:
        return {}
    names = [re.split(r"[^\w.-]", text)[0] for text in required if "extra ==" not in text]
    return {name: importlib.metadata.version(name) for name in sorted(names)}
