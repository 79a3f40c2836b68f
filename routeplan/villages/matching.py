"""Matching of place names with those of a gazetteer: exact, then normalised, then near.

Nothing is guessed. A name that fits several places is ambiguous, and so are two names that fit
the same place; both are returned with all candidates.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz import fuzz, process

from routeplan.language import gettext as _
from routeplan.villages.names import (
    PlaceType,
    nominative,
    normalise,
    other_reading,
    place_type_of,
    written_form,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from numpy.typing import NDArray

NEAR_SCORE = 88.0  # of 100, at least, of a near match
NEAR_MARGIN = 8.0  # at least, over the second best, on both sides
# Spellings differ in vowels: Подгорное is less like Предгорное than its letters say.
CONSONANT_PENALTY = 3.0
SHORTEST_NEAR = 5
CANDIDATE_SCORE = 75.0
MOST_CANDIDATES = 5


class MatchType(StrEnum):
    """How a name was matched, or why it was not."""

    EXACT = "exact"
    FOLDED = "folded"
    NEAR = "near"
    BY_HAND = "by hand"
    AMBIGUOUS = "ambiguous"
    UNMATCHED = "unmatched"

    @property
    def label(self) -> str:
        """What it is called, in the language of messages."""
        labels = {
            MatchType.EXACT: _("exact"),
            MatchType.FOLDED: _("folded"),
            MatchType.NEAR: _("near"),
            MatchType.BY_HAND: _("by hand"),
            MatchType.AMBIGUOUS: _("ambiguous"),
            MatchType.UNMATCHED: _("unmatched"),
        }
        return labels[self]


@dataclass(frozen=True, slots=True)
class PlaceRecord:
    """A place by its names."""

    key: str  # code or id
    names: tuple[str, ...]  # in any language
    districts: tuple[str, ...] = ()  # that it may lie in; empty where unknown
    place_type: PlaceType = PlaceType.UNKNOWN  # else by the words in its names

    def full_type(self) -> PlaceType:
        """Return its type, else that by its names."""
        types = (place_type_of(name) for name in self.names)
        return self.place_type or next(filter(None, types), PlaceType.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that a name may mean, and its match score, of 100."""

    key: str
    name: str
    score: float
    detail: str = ""  # where it lies, for people who choose

    @property
    def text(self) -> str:
        """Return what people read of it, and may write as their choice (`chosen_key`)."""
        return ", ".join(filter(None, (f"{self.key} {self.name}", self.detail)))


@dataclass(frozen=True, slots=True)
class Match:
    """The result for one name."""

    how: MatchType
    found: str = ""  # key of the place, empty where there is none for sure
    candidates: tuple[Candidate, ...] = ()  # places that it fits, the likeliest first
    note: str = ""


def match_names(
    queries: Sequence[PlaceRecord], gazetteer: Sequence[PlaceRecord]
) -> tuple[Match, ...]:
    """Find the place of each name, within its district.

    A query without a district is matched with all places, but never nearly; its key is not used.
    A place without a district lies in every one. There is one match for each query, in their
    order, on which nothing else depends.
    """
    index = _Index(gazetteer)
    matches = [index.match_equal(query) for query in queries]
    _match_near(queries, matches, index)
    _compare_readings(queries, matches, index)
    _resolve_conflicts(queries, matches, index)
    for n, match in enumerate(matches):
        if match.how is MatchType.UNMATCHED and not match.candidates and queries[n].districts:
            other = index.match_equal(replace(queries[n], districts=()))
            note = _("called so in another district") if other.candidates else ""
            matches[n] = replace(other, how=MatchType.UNMATCHED, found="", note=note)
    return tuple(matches)


def chosen_key(text: str, keys: Collection[str]) -> str:
    """Return the key that a choice names: the key alone, or a candidate's text, which it begins.

    It is empty where the choice names no key or, being several candidates, more than one.
    """
    pieces = [piece.split() for piece in text.split(";") if piece.strip()]
    # The key of a place of a table without ids is two words: "row 12".
    found = {
        next((key for n in (2, 1) if (key := " ".join(words[:n]).rstrip(",")) in keys), "")
        for words in pieces
    }
    return found.pop() if len(found) == 1 else ""


_TIERS: tuple[tuple[MatchType, Callable[[str], str]], ...] = (
    (MatchType.EXACT, written_form),
    (MatchType.FOLDED, normalise),
    (MatchType.FOLDED, lambda name: stem(normalise(name))),
    (MatchType.FOLDED, lambda name: stem(normalise(nominative(name)))),
)
_OTHER_ENDING = 2  # from this tier on
_EVERY = ""  # the district of places that may lie in any
_ANYWHERE = "*"  # all places, for queries without a district


class _Index:
    """A gazetteer by district and by the key of each tier."""

    def __init__(self, gazetteer: Sequence[PlaceRecord]) -> None:
        self.gazetteer = gazetteer
        self.by_district: dict[str, list[int]] = defaultdict(list)
        self._types = [place.full_type() for place in gazetteer]
        self._by_key: list[dict[tuple[str, str], set[int]]] = [defaultdict(set) for _ in _TIERS]
        for n, place in enumerate(gazetteer):
            districts = place.districts or (_EVERY,)
            for district in districts:
                self.by_district[district].append(n)
            for tier, by_key in zip(_TIERS, self._by_key, strict=True):
                key = tier[1]
                for name in place.names:
                    for district in (*districts, _ANYWHERE):
                        by_key[district, key(name)].add(n)

    def match_equal(self, query: PlaceRecord) -> Match:
        """Match a query with places that have the same key in some tier."""
        districts = (*query.districts, _EVERY) if query.districts else (_ANYWHERE,)
        for tier, (how, _key) in enumerate(_TIERS):
            fits = set().union(*(self._equal(name, tier, districts) for name in query.names))
            if fits:
                note = _("its ending differs") if tier >= _OTHER_ENDING else ""
                match = self._choose(query, self._sorted(fits), how, note)
                return self._check_names(query, match, districts)
        return Match(MatchType.UNMATCHED)

    def names(self, n: int) -> tuple[str, ...]:
        return self.gazetteer[n].names

    def strength(self, query: PlaceRecord, match: Match) -> tuple[int, bool]:
        """Return how well a query fits its place: the larger, the better."""
        keys = set(map(normalise, query.names))
        places = (place for place in self.gazetteer if place.key == match.found)
        is_alike = any(not keys.isdisjoint(map(normalise, place.names)) for place in places)
        return _STRENGTH[match.how], is_alike or match.how is not MatchType.FOLDED

    def candidate(self, n: int, score: float) -> Candidate:
        return Candidate(self.gazetteer[n].key, self.names(n)[0], score)

    def _equal(self, name: str, tier: int, districts: Sequence[str]) -> set[int]:
        key = _TIERS[tier][1](name)
        by_key = self._by_key[tier]
        return set().union(*(by_key.get((district, key), ()) for district in districts if key))

    def _sorted(self, places: Iterable[int]) -> list[int]:
        return sorted(places, key=lambda n: self.gazetteer[n].key)

    def _choose(self, query: PlaceRecord, fits: list[int], how: MatchType, note: str) -> Match:
        # Unless the query names another type, a village is meant, which may have no type.
        types = {query.full_type()} - {PlaceType.UNKNOWN} or {PlaceType.VILLAGE, PlaceType.UNKNOWN}
        best = [n for n in fits if self._types[n] in types] or fits
        candidates = tuple(self.candidate(n, 100.0) for n in fits[:MOST_CANDIDATES])
        if len(best) > 1:
            note = _("{n} are called so", n=len(best))
            return Match(MatchType.AMBIGUOUS, "", candidates, note)
        others = [self.names(n)[0] for n in fits if n != best[0]]
        if others:
            also = _("also called so: {names}", names=", ".join(others[:3]))
            note = "; ".join(filter(None, (note, also)))
        return Match(how, self.gazetteer[best[0]].key, candidates, note)

    def _check_names(self, query: PlaceRecord, match: Match, districts: Sequence[str]) -> Match:
        """Make a match ambiguous where another of the names is that of another place."""
        fits = [self._equal(name, tier, districts) for name in query.names for tier in (0, 1)]
        keys = [{self.gazetteer[n].key for n in places} for places in fits if places]
        if not match.found or all(match.found in each for each in keys):
            return match
        some = self._sorted(set().union(*fits))[:MOST_CANDIDATES]
        candidates = tuple(self.candidate(n, 100.0) for n in some)
        note = _("its names are those of different places")
        return Match(MatchType.AMBIGUOUS, "", candidates, note)


def _match_near(queries: Sequence[PlaceRecord], matches: list[Match], index: _Index) -> None:
    """Match by score, district by district, what has no equal."""
    taken = {match.found for match in matches if match.found}
    nearest: dict[int, dict[int, tuple[float, float]]] = defaultdict(dict)
    for district, rows in _unmatched_by_district(queries, matches).items():
        columns = [*index.by_district.get(district, ()), *index.by_district.get(_EVERY, ())]
        if columns:
            scores = _scores([queries[n].names for n in rows], [index.names(c) for c in columns])
            for n, row, rival in zip(rows, scores, _rival_scores(scores), strict=True):
                order = np.argsort(-row, kind="stable")[: MOST_CANDIDATES + 1]
                nearest[n] |= {columns[c]: (float(row[c]), float(rival[c])) for c in order}
    for n, places in nearest.items():
        matches[n] = _choose_near(queries[n], places, index, taken)


def _compare_readings(queries: Sequence[PlaceRecord], matches: list[Match], index: _Index) -> None:
    """Add the places that a name fits by another reading of its letters; it is none for sure."""
    for n, (query, match) in enumerate(zip(queries, matches, strict=True)):
        names = tuple(map(other_reading, query.names))
        if names == query.names or match.how in {MatchType.EXACT, MatchType.FOLDED}:
            continue
        other = index.match_equal(replace(query, names=names))
        if other.candidates:
            how = MatchType.AMBIGUOUS if match.candidates else MatchType.UNMATCHED
            some = tuple(dict.fromkeys((*other.candidates, *match.candidates)))[:MOST_CANDIDATES]
            note = _("only where letters of two alphabets are read another way")
            matches[n] = Match(how, "", some, note)


def _unmatched_by_district(
    queries: Sequence[PlaceRecord], matches: Sequence[Match]
) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = defaultdict(list)
    for n, (query, match) in enumerate(zip(queries, matches, strict=True)):
        for district in query.districts if match.how is MatchType.UNMATCHED else ():
            rows[district].append(n)
    return rows


def _rival_scores(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return, for each pair, the best score of the column in any other row."""
    if len(scores) == 1:
        return np.zeros_like(scores)
    *_, second, first = np.sort(scores, axis=0)
    rivals: NDArray[np.float64] = np.where(scores == first, second, first)
    return rivals


def _choose_near(
    query: PlaceRecord, places: dict[int, tuple[float, float]], index: _Index, taken: set[str]
) -> Match:
    """Choose among places with their score, and their best score with another query."""
    ranked = sorted(places.items(), key=lambda item: -item[1][0])
    candidates = tuple(
        index.candidate(n, round(score, 1))
        for n, (score, _) in ranked[:MOST_CANDIDATES]
        if score >= CANDIDATE_SCORE
    )
    best, (score, rival) = ranked[0]
    second = ranked[1][1][0] if len(ranked) > 1 else 0.0
    if score < NEAR_SCORE or min(map(len, map(normalise, query.names))) < SHORTEST_NEAR:
        return Match(MatchType.UNMATCHED, "", candidates)
    if score - max(second, rival) < NEAR_MARGIN:
        return Match(MatchType.AMBIGUOUS, "", candidates, _("nearly the same as several"))
    key = index.gazetteer[best].key
    if key in taken:
        return Match(MatchType.UNMATCHED, "", candidates, _("the nearest is another row's"))
    return Match(MatchType.NEAR, key, candidates)


def _scores(
    rows: Sequence[tuple[str, ...]], columns: Sequence[tuple[str, ...]]
) -> NDArray[np.float64]:
    """Return the match score of each pair of places, by their most similar names, of 100."""
    left, right = (
        [normalise(name) for names in each for name in names] for each in (rows, columns)
    )
    phonetic = [list(map(phonetic_key, keys)) for keys in (left, right)]
    scores: NDArray[np.float64] = process.cdist(left, right, scorer=fuzz.ratio).astype(np.float64)
    scores = (scores + process.cdist(*phonetic, scorer=fuzz.ratio)) / 2

    def differ(part: Callable[[str], str]) -> NDArray[np.bool_]:
        a, b = (np.array(list(map(part, keys)), dtype=str) for keys in phonetic)
        return np.asarray(a[:, None] != b, dtype=np.bool_)

    scores[differ(lambda key: re.sub("[aeiou]", "", key))] -= CONSONANT_PENALTY
    # Numbers and first letters are seldom misspelt: Каратобе is not Аралтобе.
    scores[differ(lambda key: re.sub(r"\D", "", key)) | differ(lambda key: key[:1])] = 0.0
    row_of, column_of = (
        np.repeat(np.arange(len(each)), list(map(len, each))) for each in (rows, columns)
    )
    best = np.zeros((len(rows), len(columns)))
    np.maximum.at(best, (row_of[:, None], column_of[None, :]), scores)
    return best


_STRENGTH = {MatchType.EXACT: 2, MatchType.FOLDED: 1, MatchType.NEAR: 0}


def _resolve_conflicts(queries: Sequence[PlaceRecord], matches: list[Match], index: _Index) -> None:
    """Give a place to the query that fits it best; where several fit it alike, to none."""
    by_place: dict[str, list[int]] = defaultdict(list)
    for n, match in enumerate(matches):
        if match.found:
            by_place[match.found].append(n)
    for rows in filter(lambda rows: len(rows) > 1, by_place.values()):
        # Of two folded ones, that with the same ending is the better.
        strength = {n: index.strength(queries[n], matches[n]) for n in rows}
        best = [n for n in rows if strength[n] == max(strength.values())]
        for n in rows:
            if len(best) > 1 or n not in best:
                note = _("{n} rows fit the same place", n=len(rows))
                matches[n] = replace(matches[n], how=MatchType.AMBIGUOUS, found="", note=note)


_ENDINGS = re.compile(
    r"(?:(?<=[oe]v)|(?<=[ie]n))(?:ka|skoe|ski|ska|sk|oe|o|a)$|(?:(?<=n)|(?<=sk))(?:oe|oi|ei|e)$"
)


_SHORTEST_STEM = 4


_MERGED_VOWELS = str.maketrans("eou", "iii")


def stem(key: str) -> str:
    """Return a key without the Russian ending that comes and goes: Павловка, Павловское."""
    short = _ENDINGS.sub("", key)
    return short if len(short) >= _SHORTEST_STEM else key


def phonetic_key(key: str) -> str:
    """Return a key in which all vowels but a are one: құдық is written кудук and кудык.

    A glide after an a stays as it is: Ақтау is not Ақтай.
    """
    return key.replace("au", "aw").replace("ai", "ay").translate(_MERGED_VOWELS)
