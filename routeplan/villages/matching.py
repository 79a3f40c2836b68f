"""Which of the known places a name means: exact, then folded, then near; else it is told why not.

Nothing is guessed. A name that fits several places is ambiguous, and so are two rows that want
the same place; both are handed back with all that they fit.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz import fuzz, process

from routeplan.villages.names import PlaceType, coarse, fold, place_type_of, plain, stem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["Candidate", "Match", "MatchType", "PlaceRecord", "match_names"]

NEAR_SCORE = 88.0
"""A near match is at least this much alike, of 100."""
NEAR_MARGIN = 8.0
"""And ahead of the second by at least this much, on both sides."""
OTHER_CONSONANTS = 3.0
"""Vowels are what spellings differ in: Подгорное is less like Предгорное than its letters say."""
SHORTEST_NEAR = 5
WORTH_TELLING = 75.0
MOST_CANDIDATES = 5


class MatchType(StrEnum):
    """How a name was matched, or why it was not."""

    EXACT = "exact"
    FOLDED = "folded"
    NEAR = "near"
    BY_HAND = "by hand"
    AMBIGUOUS = "ambiguous"
    UNMATCHED = "unmatched"


@dataclass(frozen=True, slots=True)
class PlaceRecord:
    """A place by its names.

    Parameters
    ----------
    key
        Code or id.
    names
        All its names, in any language.
    areas
        Districts that it may lie in; empty where that is not known.
    sort
        What it is; told by the words in its names where left out.
    """

    key: str
    names: tuple[str, ...]
    areas: tuple[str, ...] = ()
    sort: PlaceType = PlaceType.UNKNOWN

    def sorts(self) -> PlaceType:
        """Return what it is, as told or as its names tell."""
        return self.sort or next(filter(None, map(place_type_of, self.names)), PlaceType.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A known place that a name fits, and how much the two are alike, of 100."""

    key: str
    name: str
    score: float


@dataclass(frozen=True, slots=True)
class Match:
    """What became of one name.

    Parameters
    ----------
    how
        How it was matched, or why not.
    found
        Key of the known place, empty where there is none for sure.
    candidates
        Known places that it fits, the likeliest first.
    note
        What else a reader should know.
    """

    how: MatchType
    found: str = ""
    candidates: tuple[Candidate, ...] = ()
    note: str = ""

    @property
    def matched(self) -> bool:
        """Whether a place was found for sure."""
        return bool(self.found)


def match_names(asked: Sequence[PlaceRecord], known: Sequence[PlaceRecord]) -> tuple[Match, ...]:
    """Find the known place of each name, within its district.

    A name without a district is looked for among all known places and never matched nearly. A
    known place without a district lies in every one.

    Parameters
    ----------
    asked
        Names to be matched; their keys are not looked at.
    known
        Places with their keys, each key once.

    Returns
    -------
    tuple of Match
        One for each name, in the order of the names, which changes nothing else.
    """
    index = _Index(known)
    found = [index.same(one) for one in asked]
    _match_near(asked, found, index)
    _settle_claims(found)
    for n, match in enumerate(found):
        if match.how is MatchType.UNMATCHED and not match.candidates and asked[n].areas:
            found[n] = index.elsewhere(asked[n])
    return tuple(found)


@dataclass(slots=True, eq=False)
class _Index:
    """Known places by district and by what their names come to."""

    known: Sequence[PlaceRecord]
    sorts: list[PlaceType] = field(init=False)
    tables: list[dict[tuple[str, str], set[int]]] = field(init=False)
    by_area: dict[str, list[int]] = field(init=False)

    def __post_init__(self) -> None:
        self.sorts = [one.sorts() for one in self.known]
        self.tables = [defaultdict(set) for _ in _TIERS]
        self.by_area = defaultdict(list)
        for n, one in enumerate(self.known):
            for area in _home(one):
                self.by_area[area].append(n)
            for area in (*_home(one), _ANYWHERE):
                for (_, _, shape), table in zip(_TIERS, self.tables, strict=True):
                    for name in one.names:
                        table[area, shape(name)].add(n)

    def same(self, one: PlaceRecord) -> Match:
        """Match a name that is the same as that of one known place, but for its spelling."""
        areas = (*one.areas, _EVERY) if one.areas else (_ANYWHERE,)
        for tier, (how, note, _) in enumerate(_TIERS):
            fits = set().union(*(self._fits(name, tier, areas) for name in one.names))
            if fits:
                found = self._judge(one, sorted(fits, key=self._order), how, note)
                return self._agreed(one, found, areas)
        return Match(MatchType.UNMATCHED)

    def _fits(self, name: str, tier: int, areas: Sequence[str]) -> set[int]:
        key = _TIERS[tier][2](name)
        return set().union(*(self.tables[tier].get((area, key), ()) for area in areas if key))

    def _agreed(self, one: PlaceRecord, found: Match, areas: Sequence[str]) -> Match:
        """Leave it open where another of the names is that of another place."""
        others = [self._fits(name, tier, areas) for name in one.names for tier in (0, 1)]
        keys = [{self.known[n].key for n in fits} for fits in others if fits]
        if not found.found or all(found.found in fits for fits in keys):
            return found
        fits = sorted(set().union(*others), key=self._order)[:MOST_CANDIDATES]
        candidates = tuple(self.candidate(n, 100.0) for n in fits)
        note = "its names are those of different places"
        return Match(MatchType.AMBIGUOUS, candidates=candidates, note=note)

    def elsewhere(self, one: PlaceRecord) -> Match:
        """Tell of places of the same name in other districts, none of which is taken."""
        told = replace(self.same(replace(one, areas=())), how=MatchType.UNMATCHED, found="")
        return replace(told, note="called so in another district" if told.candidates else "")

    def _judge(self, one: PlaceRecord, fits: Sequence[int], how: MatchType, note: str) -> Match:
        # A village is meant where nothing else is said, and one of which nothing is said may be
        # one; what else is called so is told.
        sort = one.sorts()
        wanted = {sort} if sort else {PlaceType.VILLAGE, PlaceType.UNKNOWN}
        alike = [n for n in fits if self.sorts[n] in wanted] or list(fits)
        candidates = tuple(self.candidate(n, 100.0) for n in fits[:MOST_CANDIDATES])
        if len(alike) > 1:
            return Match(
                MatchType.AMBIGUOUS, candidates=candidates, note=f"{len(alike)} are called so"
            )
        others = [self.known[n].names[0] for n in fits if n != alike[0]]
        if others:
            note = "; ".join(filter(None, (note, f"also called so: {', '.join(others[:3])}")))
        return Match(how, self.known[alike[0]].key, candidates, note)

    def candidate(self, n: int, score: float) -> Candidate:
        return Candidate(self.known[n].key, self.known[n].names[0], score)

    def _order(self, n: int) -> str:
        return self.known[n].key


_EVERY = ""  # the district of known places that may lie in any
_ANYWHERE = "*"  # the table of all of them, for names without a district


def _home(one: PlaceRecord) -> tuple[str, ...]:
    return one.areas or (_EVERY,)


_TIERS: tuple[tuple[MatchType, str, Callable[[str], str]], ...] = (
    (MatchType.EXACT, "", plain),
    (MatchType.FOLDED, "", fold),
    (MatchType.FOLDED, "its ending differs", lambda name: stem(fold(name))),
)


def _match_near(asked: Sequence[PlaceRecord], found: list[Match], index: _Index) -> None:
    """Match what nothing was the same as, district by district."""
    taken = {match.found for match in found if match.found}
    open_by_area: dict[str, list[int]] = defaultdict(list)
    for n, one in enumerate(asked):
        if found[n].how is MatchType.UNMATCHED and one.areas:
            for area in one.areas:
                open_by_area[area].append(n)
    nearest: dict[int, list[tuple[int, float, float]]] = defaultdict(list)
    for area, rows in open_by_area.items():
        columns = [*index.by_area.get(area, ()), *index.by_area.get(_EVERY, ())]
        if columns:
            scores = _likeness(
                [asked[n].names for n in rows], [index.known[c].names for c in columns]
            )
            rivals = _second_best(scores)
            for n, row, ahead in zip(rows, scores, rivals, strict=True):
                order = np.argsort(-row, kind="stable")[: MOST_CANDIDATES + 1]
                nearest[n] += [(columns[c], float(row[c]), float(ahead[c])) for c in order]
    for n, candidates in nearest.items():
        found[n] = _judge_near(asked[n], candidates, index, taken)


def _judge_near(
    one: PlaceRecord, near: Sequence[tuple[int, float, float]], index: _Index, taken: set[str]
) -> Match:
    ranked = sorted({c: (s, r) for c, s, r in near}.items(), key=lambda item: -item[1][0])
    told = tuple(
        index.candidate(c, round(score, 1))
        for c, (score, _) in ranked[:MOST_CANDIDATES]
        if score >= WORTH_TELLING
    )
    best, (score, rival) = ranked[0]
    second = ranked[1][1][0] if len(ranked) > 1 else 0.0
    if score < NEAR_SCORE or min(map(_length, one.names)) < SHORTEST_NEAR:
        return Match(MatchType.UNMATCHED, candidates=told)
    if score - max(second, rival) < NEAR_MARGIN:
        return Match(MatchType.AMBIGUOUS, candidates=told, note="nearly the same as several")
    if index.known[best].key in taken:
        return Match(MatchType.UNMATCHED, candidates=told, note="the nearest is another row's")
    return Match(MatchType.NEAR, index.known[best].key, told)


def _length(name: str) -> int:
    return len(fold(name))


def _likeness(
    rows: Sequence[tuple[str, ...]], columns: Sequence[tuple[str, ...]]
) -> NDArray[np.float64]:
    """Return how much each of some places is like each of others, by their likest names, of 100."""
    left, row_of = _flat(rows)
    right, column_of = _flat(columns)
    scores = np.zeros((len(left), len(right)))
    for shape in (_same, coarse):
        scores += process.cdist(
            [shape(name) for name in left], [shape(name) for name in right], scorer=fuzz.ratio
        )
    scores /= 2
    scores[_differ(left, right, _consonants)] -= OTHER_CONSONANTS
    scores[_differ(left, right, _numbers)] = 0.0
    # A slip of the pen is seldom in the first letter; Каратобе is not Аралтобе.
    scores[_differ(left, right, lambda name: coarse(name)[:1])] = 0.0
    best = np.zeros((len(rows), len(columns)))
    np.maximum.at(best, (row_of[:, None], column_of[None, :]), scores)
    return best


def _flat(places: Sequence[tuple[str, ...]]) -> tuple[list[str], NDArray[np.int64]]:
    names = [(fold(name), n) for n, names in enumerate(places) for name in names]
    return [name for name, _ in names], np.array([n for _, n in names], dtype=np.int64)


def _differ(
    left: Sequence[str], right: Sequence[str], shape: Callable[[str], str]
) -> NDArray[np.bool_]:
    """Return which names differ in something."""
    numbers: dict[str, int] = {}
    codes = [
        np.array([numbers.setdefault(shape(name), len(numbers)) for name in names])
        for names in (left, right)
    ]
    return np.not_equal.outer(*codes)  # type: ignore[no-any-return]


def _same(folded: str) -> str:
    return folded


def _consonants(folded: str) -> str:
    return re.sub("[aeiou]", "", coarse(folded))


def _numbers(folded: str) -> str:
    return "".join(letter for letter in folded if letter.isdigit())


def _second_best(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return, for each pair, the best score that the column has with any other row."""
    if len(scores) == 1:
        return np.zeros_like(scores)
    ordered = np.sort(scores, axis=0)
    rivals: NDArray[np.float64] = np.where(scores == ordered[-1], ordered[-2], ordered[-1])
    return rivals


_STRENGTH: Mapping[MatchType, int] = {MatchType.EXACT: 2, MatchType.FOLDED: 1, MatchType.NEAR: 0}


def _settle_claims(found: list[Match]) -> None:
    """Let a place go to the row that fits it best; where several fit it alike, to none."""
    claims: dict[str, list[int]] = defaultdict(list)
    for n, match in enumerate(found):
        if match.found:
            claims[match.found].append(n)
    for rows in claims.values():
        best = max(_strength(found[n]) for n in rows)
        winners = [n for n in rows if _strength(found[n]) == best]
        for n in _losers(rows, winners):
            found[n] = replace(
                found[n],
                how=MatchType.AMBIGUOUS,
                found="",
                note=f"{len(rows)} rows fit the same place",
            )


def _losers(rows: Iterable[int], winners: Sequence[int]) -> list[int]:
    return [n for n in rows if len(winners) > 1 or n not in winners]


def _strength(match: Match) -> tuple[int, bool]:
    # Of two folded ones, that with the same ending is the better.
    return _STRENGTH[match.how], "ending" not in match.note
