"""Names of files that every system takes."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["safe_filename"]

# Of letters; 255 bytes are the most that common systems take.
LONGEST_NAME = 60


def safe_filename(text: str, *, taken: Iterable[str] = ()) -> str:
    """Return a name that every system takes for a file, without its ending.

    Parameters
    ----------
    text
        What the file is about; letters of any alphabet stay.
    taken
        Names of files that there are, with their endings: none of them is given again, in
        capitals or small letters.

    Examples
    --------
    >>> safe_name("Экипаж 1/2: 2027"), safe_name("a", taken=["A.gpx"])
    ('Экипаж_1_2__2027', 'a_2')
    """
    name = "".join(letter if letter.isalnum() or letter == "-" else "_" for letter in text)
    # What tells days apart stands at the end.
    name = name[-LONGEST_NAME:] or "_"
    known = {other.rpartition(".")[0].casefold() for other in taken}
    numbered = (f"{name}_{n}" for n in itertools.count(2))
    return next(each for each in itertools.chain([name], numbered) if each.casefold() not in known)
