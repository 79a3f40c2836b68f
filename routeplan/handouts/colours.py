"""Colours that the colour-blind can tell apart, by team; shades and dashes of them, by day."""

from __future__ import annotations

# The palette of Okabe and Ito (2008), without the yellow, which is lost on a light ground, and
# with a grey for the black of the map's own lettering.
TEAM_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#5a5a5a")

# Lengths in pixels of strokes and gaps, from one day to the next as unlike as can be.
DASHES = ("", "10 5", "3 4", "16 4 3 4", "6 3", "16 4 3 4 3 4")

# How far the first day leans to black and the last one to white.
DARKEST, LIGHTEST = -0.28, 0.22

_BLACK, _WHITE = "#000000", "#ffffff"


def team_colour(position: int) -> str:
    """Return the colour of the team at a position; an eighth team shares that of the first."""
    return TEAM_COLOURS[position % len(TEAM_COLOURS)]


def shade_of_day(colour: str, day: int, days: int) -> str:
    """Return a team's colour on one of so many days: dark on the first, light on the last."""
    if days == 1:
        return colour
    lean = DARKEST + (LIGHTEST - DARKEST) * day / (days - 1)
    pairs = zip(_channels(colour), _channels(_BLACK if lean < 0 else _WHITE), strict=True)
    return "#" + bytes(round(a + (b - a) * abs(lean)) for a, b in pairs).hex()


def dash_of_day(day: int) -> str:
    """Return the strokes and gaps that a day's lines are drawn with; empty for a whole line."""
    return DASHES[day % len(DASHES)]


def ink_on(colour: str) -> str:
    """Return black or white, whichever reads better on a colour."""
    return max(_WHITE, _BLACK, key=lambda ink: contrast(ink, colour))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21, as WCAG 2 defines it."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))


def _luminance(colour: str) -> float:
    shares = [channel / 255 for channel in _channels(colour)]
    # The transfer curve of sRGB.
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares)  # noqa: PLR2004  # sRGB
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
