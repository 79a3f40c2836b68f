"""Reasons in words are kept in English, and shown in the language of messages."""

from __future__ import annotations

import pytest

from routeplan.language import LANGUAGE_VARIABLE
from routeplan.roads import reasons, shown_reason

GROUND = "surface=ground in thaw"


def in_brackets(reason: str) -> str:
    """A reason in a language that puts its texts in brackets."""
    return reasons._in_texts(reason, reasons._texts("<{}>".format), {ord("."): ","})


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("highway=track: 37.5 km/h", "<highway=track: 37,5 km/h>"),
        (f"{GROUND}: does not pass", f"<<{GROUND}>: does not pass>"),
        (
            f"{GROUND} assumed for track: 5 km/h",
            f"<<<{GROUND}> assumed for track>: 5 km/h>",
        ),
        ("inside a settlement: 50 km/h", "<<inside a settlement>: 50 km/h>"),
        ("a street in thaw: 10 km/h", "<<a street in thaw>: 10 km/h>"),
        ("ferry in winter: does not pass", "<<<ferry> in winter>: does not pass>"),
        ("wait for the ferry: 900 s", "<<wait for the ferry>: 900 s>"),
        ("off the road: 10 km/h", "<<off the road>: 10 km/h>"),
        (
            "barrier=gate, closed by its access tags: does not pass",
            "<<barrier=gate, closed by its access tags>: does not pass>",
        ),
        (
            "highway=track: 35 km/h, as drivers report 28.1 km/h",
            "<<highway=track: 35 km/h>, as drivers report 28,1 km/h>",
        ),
        (
            "highway=track: 35 km/h, roads.toml override[2]",
            "<<highway=track: 35 km/h>, roads.toml override[2]>",
        ),
        (
            (
                f"the road 12 m away is closed to car ({GROUND}: does not pass); "
                "the road used is 3,400 m away"
            ),
            (
                f"<<the road 12 m away is closed to car (<<{GROUND}>: does not pass>)>; "
                "the road used is 3,400 m away>"
            ),
        ),
        (
            (
                "no road lies within the limit; the nearest road that leads there and back by car "
                "is 4,100 m away, the limit is 2,000 m"
            ),
            (
                "<<no road lies within the limit>; the nearest road that leads there and back "
                "by car is 4,100 m away, the limit is 2,000 m>"
            ),
        ),
        (
            "the road 5 m away is joined to no other road; no road leads there and back by van",
            "<<the road 5 m away is joined to no other road>; no road leads there and back by van>",
        ),
        ("highway=track", "highway=track"),
        ("", ""),
    ],
)
def test_each_part_of_a_reason_is_translated(reason: str, shown: str) -> None:
    assert in_brackets(reason) == shown


def test_every_text_is_recognized_as_itself() -> None:
    texts = reasons._texts(str)
    for name, text in texts.items():
        plain = reasons._FIELD.sub(lambda field: "7" if field[1] in reasons._NUMBERS else "x", text)
        own = dict.fromkeys(texts, "") | {name: "found"}
        assert reasons._in_texts(plain, own, {}) == "found", name


def test_in_english_a_reason_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LANGUAGE_VARIABLE, "en")
    assert shown_reason(f"{GROUND}: 15 km/h") == f"{GROUND}: 15 km/h"
