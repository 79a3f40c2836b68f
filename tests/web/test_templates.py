"""Pages say nothing that is not looked up in a catalogue."""

from __future__ import annotations

import re

import pytest

from routeplan.web.screens import TEMPLATES as FOLDER

TEMPLATES = sorted(FOLDER.glob("*.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_word_of_a_template_is_a_text_that_is_translated(path: object) -> None:
    text = path.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    text = re.sub(r"\{[{%].*?[%}]\}", "", text, flags=re.DOTALL)
    for name in ("aria-label", "title", "alt", "placeholder"):
        assert not re.search(rf'\s{name}="[^"]*[A-Za-z]', text)
    words = re.findall(r"[A-Za-zА-Яа-я]+", re.sub(r"<[^>]*>", " ", text))
    assert set(words) <= {"routeplan"}


def test_pages_are_escaped() -> None:
    assert TEMPLATES
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe|autoescape|Markup", text)
