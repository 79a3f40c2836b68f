"""Fonts of sheets, and every letter of a name in the first font that has it.

Open Sans has the Kazakh letters. Other scripts are in DejaVu Sans, which comes with Matplotlib;
Arabic letters are joined, and written from right to left.
"""

from __future__ import annotations

import io
import re
import unicodedata
from functools import cache
from importlib import resources
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from routeplan.handouts.labels import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reportlab.pdfgen.canvas import Canvas

    from routeplan.model.problem import Problem

REGULAR, BOLD = "routeplan", "routeplan-bold"
_FALLBACKS = {REGULAR: "routeplan-fallback", BOLD: "routeplan-fallback-bold"}
_OPEN_SANS = {REGULAR: "OpenSans-Regular.ttf", BOLD: "OpenSans-Bold.ttf"}
_DEJAVU = {REGULAR: "DejaVuSans.ttf", BOLD: "DejaVuSans-Bold.ttf"}

MISSING = "\ufffd"
"""Stands for a letter that no font has."""

# Signs that Word and keyboards put into names, as the plain ones that look like them.
_ALIKE = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2043\ufe63\uff0d", "-"),
        **dict.fromkeys("\u2012\u2015", "–"),
        **dict.fromkeys("\u02bb\u201b\u02bd", "‘"),
        **dict.fromkeys("\u02b9\u02ca\ua78c", "′"),
    }
)
_NOT_SEEN = {"Cc", "Cf"}
_VARIATIONS = re.compile("[\ufe00-\ufe0f]")

_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_RTL_RUN = re.compile(rf"[{_RTL}](?:[{_RTL} -]*[{_RTL}])?")
# Lam and alef are one letter when they meet.
_ARABIC = re.compile("\u0644[\u0622\u0623\u0625\u0627]|.", re.DOTALL)
_FORM_NAMES = {
    (False, False): "<isolated>",
    (False, True): "<initial>",
    (True, False): "<final>",
    (True, True): "<medial>",
}


@cache
def register_fonts() -> None:
    """Register the fonts with ReportLab."""
    folder = resources.files("ttf_opensans") / "ttf"
    for name, file in _OPEN_SANS.items():
        pdfmetrics.registerFont(TTFont(name, io.BytesIO((folder / file).read_bytes())))
    # Its code is not needed, and takes long to import.
    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        return
    more = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    for name, file in _DEJAVU.items():
        if (more / file).is_file():
            pdfmetrics.registerFont(TTFont(_FALLBACKS[name], str(more / file)))


def printable(raw: str) -> str:
    """Return a text on one line in letters that the fonts have, in the order of writing.

    Examples
    --------
    >>> printable("Ак\u2011Булак")
    'Ак-Булак'
    """
    return _RTL_RUN.sub(lambda run: _joined(run[0])[::-1], _replaced(raw))


def unprintable(raw: str) -> str:
    """Return the letters of a text that no font has, each once.

    Examples
    --------
    >>> unprintable("中川 Арал")
    '中川'
    """
    kept = _replaced(raw)
    if MISSING not in kept:
        return ""
    return "".join(dict.fromkeys(letter for letter in clean(raw) if _replaced(letter) == MISSING))


def unprintable_names(problem: Problem) -> Iterator[str]:
    """Yield a remark on each place whose name sheets cannot print in full."""
    for place in problem.places:
        letters = unprintable(place.name)
        if letters:
            yield f"sheets have no letters for {letters!r} of {place.name!r} ({place.id})"


def text_width(line: str, font: str, size: float) -> float:
    """Return how wide a printable text is."""
    return sum(pdfmetrics.stringWidth(part, name, size) for name, part in _runs(line, font))


def markup(line: str, font: str) -> str:
    """Return a printable text as ReportLab's paragraphs take it."""
    return "".join(
        escape(part) if name == font else f'<font name="{name}">{escape(part)}</font>'
        for name, part in _runs(line, font)
    )


def draw_text(
    canvas: Canvas,
    x: float,
    y: float,
    line: str,
    font: tuple[str, float],
    mode: Literal[0, 1] | None = None,
) -> None:
    """Draw a printable text from a point on; `mode` is the text render mode of PDF."""
    for name, part in _runs(line, font[0]):
        canvas.setFont(name, font[1])
        canvas.drawString(x, y, part, mode=mode)
        x += pdfmetrics.stringWidth(part, name, font[1])


def _runs(line: str, font: str) -> Iterator[tuple[str, str]]:
    """Yield the parts of a text with the font of each."""
    own = _letters_of(font)
    other = _FALLBACKS[font]
    for here, letters in groupby(line, lambda letter: ord(letter) in own):
        yield (font if here or not _letters_of(other) else other), "".join(letters)


@cache
def _letters_of(font: str) -> frozenset[int]:
    register_fonts()
    if font not in pdfmetrics.getRegisteredFontNames():
        return frozenset()
    return frozenset(cast("TTFont", pdfmetrics.getFont(font)).face.charToGlyph)


def _has(letters: str) -> bool:
    known = _letters_of(REGULAR) | _letters_of(_FALLBACKS[REGULAR])
    return all(ord(letter) in known for letter in letters)


def _replaced(raw: str) -> str:
    """Return a text without what is not seen, in letters that fonts have, or that say so."""
    text = _VARIATIONS.sub("", clean(raw).translate(_ALIKE))
    return "".join(map(_replacement, text))


@cache
def _replacement(letter: str) -> str:
    if unicodedata.category(letter) in _NOT_SEEN:
        return ""
    if _has(letter):
        return letter
    plain = unicodedata.normalize("NFKC", letter)
    return plain if plain != letter and _has(plain) else MISSING


@cache
def _arabic_forms() -> dict[tuple[str, str], str]:
    """Return the form of each Arabic letter by its place in a word."""
    forms = {}
    for code in [*range(0xFB50, 0xFC00), *range(0xFE80, 0xFEFD)]:
        form, *letters = unicodedata.decomposition(chr(code)).split() or [""]
        if form in _FORM_NAMES.values():
            forms["".join(chr(int(letter, 16)) for letter in letters), form] = chr(code)
    # Kazakh ae has no forms of its own, but looks like a heh that does not join on.
    forms["\u06d5", "<isolated>"], forms["\u06d5", "<final>"] = "\ufee9", "\ufeea"
    return forms


def _joined(run: str) -> str:
    """Return Arabic letters in the forms that they take in a word; signs of vowels are left out."""
    forms = _arabic_forms()
    bare = "".join(letter for letter in run if not unicodedata.combining(letter))
    letters = _ARABIC.findall(bare)
    joins = [
        (before, "<initial>") in forms and (after, "<final>") in forms
        for before, after in zip(["", *letters], [*letters, ""], strict=True)
    ]
    return "".join(
        forms.get((letter, _FORM_NAMES[joins[n], joins[n + 1]]), letter)
        for n, letter in enumerate(letters)
    )
