"""A file that opens the office by a double click, as the system of this machine has them."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NAME = "routeplan-office"

# In quotes of a command of a .desktop file; its values have backslashes of their own beside.
_QUOTED = str.maketrans({each: f"\\{each}" for each in '"`$\\'})


def shortcut(folder: Path, python: str, system: str) -> tuple[str, str]:
    r"""Return name and text of a file that opens the office of a folder.

    Parameters
    ----------
    folder
        The campaign's folder; its path must be absolute, without line breaks.
    python
        The interpreter that has routeplan.
    system
        As `sys.platform` names it.

    Raises
    ------
    ValueError
        Where a path cannot be written into such a file.

    Examples
    --------
    >>> from pathlib import Path
    >>> name, text = shortcut(Path("/data/Aral's week"), "/usr/bin/python3", "darwin")
    >>> name
    'routeplan-office.command'
    >>> print(text.splitlines()[1])
    exec /usr/bin/python3 -P -m routeplan office '/data/Aral'"'"'s week'
    """
    command = [python, "-P", "-m", "routeplan", "office", str(folder)]
    if any(not each.isprintable() for each in command):
        raise ValueError("a path has characters that cannot be printed")
    if system == "win32":
        line = " ".join(f'"{each}"' if "\\" in each or " " in each else each for each in command)
        return f"{NAME}.bat", f"@chcp 65001 >nul\r\n@{line.replace('%', '%%')}\r\n@pause\r\n"
    if system == "darwin":
        return f"{NAME}.command", f"#!/bin/sh\nexec {shlex.join(command)}\n"
    quoted = " ".join(f'"{each.translate(_QUOTED)}"' for each in command)
    entry = quoted.replace("\\", "\\\\").replace("%", "%%")
    lines = ("[Desktop Entry]", "Type=Application", "Name=routeplan", f"Exec={entry}")
    return f"{NAME}.desktop", "\n".join((*lines, "Terminal=true", ""))
