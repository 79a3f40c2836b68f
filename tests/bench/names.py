"""How many localities find their code in the state's register by name, and how many wrongly.

Run as ``python -m tests.bench.names [--seed N] [--sample N]`` beside the shared data. Every live
locality of the gazetteer is matched with the register within the district whose polygon it lies
in; the gazetteer's own guesses (``kato_match``) are only compared with. A seeded sample of the
matches is printed to be read by eye.

On 2026-11-25, of 11,773 localities: 2,460 found exactly, 1,527 folded, 181 nearly (35.4 % found),
669 ambiguous (5.7 %: two to four records of the gazetteer for one village 419, two or three
settlements of one name 172, nearly the same 49, names of different places 29), 6,936 not found
(58.9 %). Of the gazetteer's 2,452 guesses that meet a match 2,431 are the same, and the other 21
are codes of rural districts, in which the settlement found lies. Matching took 1.6 s of
processor time. Of the sample of 100 by ``--seed 8``, read by eye (names and district; the
register has no positions), none was wrong and one doubtful (Zhel'bulak as Жылыбулак). Near matches
are the ones to look at: of 60 read apart, four were wrong or doubtful (Шунгай as Шонай, Шонгы as
Шонай, Zhakay as Жакия, Dzhadey as Жади).

On 2026-12-01, with letters read by their looks and more words for kinds of place: 2,461 exactly,
1,525 folded, 181 nearly (35.4 % as before), 672 ambiguous, 6,934 not found; no match differs from
one of before, but that one is found and one is now ambiguous. Of 2,500 settlements of the register
whose names were written with some or all letters that look alike in Latin (``Aкcy``), none was
matched wrongly, and at most 4 fewer were matched; of those written with capitals in Latin alone
where they can be, 75 fewer.
"""

from __future__ import annotations

import argparse
import csv
import random
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from routeplan.villages import read_districts, read_register
from routeplan.villages.matching import PlaceRecord, match_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from routeplan.villages.matching import Match

VILLAGES = Path(__file__).parents[3] / "shared" / "data" / "villages"
NO_LONGER = {"PPLQ", "PPLF", "PPLW"}


def live_localities(folder: Path) -> list[dict[str, str]]:
    """Read the localities that are neither superseded, deprecated nor abandoned."""
    with (folder / "kz_localities_wof_geonames.csv").open(encoding="utf-8") as file:
        return [
            row
            for row in csv.DictReader(file)
            if row["superseded"] != "True"
            and not row["deprecated"]
            and row["gn_feature_code"] not in NO_LONGER
        ]


def query_records(rows: Sequence[dict[str, str]], districts: Sequence[str]) -> list[PlaceRecord]:
    """Return the names of localities, each in its district; outside all polygons in none."""
    names = [tuple(filter(None, (r["name_ru"], r["name_kk"], r["name"]))) for r in rows]
    return [
        PlaceRecord(row["wof_id"], tuple(dict.fromkeys(called)), (district or "outside",))
        for row, called, district in zip(rows, names, districts, strict=True)
    ]


def main() -> None:
    """Match all, and print figures and a sample."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", type=int, default=100)
    options = parser.parse_args()
    began = time.perf_counter()
    register = read_register(VILLAGES / "kato.csv")
    districts = read_districts(VILLAGES / "kaz_admbnda_adm2_2024.shp", register)
    rows = live_localities(VILLAGES)
    points = np.array([(float(row["lat"]), float(row["lon"])) for row in rows])
    queries = query_records(rows, districts.of_points(points))
    read = time.perf_counter()
    found = match_names(queries, register.settlements)
    seconds = time.perf_counter() - read
    print(f"read in {read - began:.1f} s; {len(queries)} names matched with "
          f"{len(register.settlements)} settlements in {seconds:.1f} s\n")  # fmt: skip
    for line in figures(rows, found):
        print(line)
    print(f"\na sample of {options.sample} matches, seed {options.seed}")
    names_of = {one.key: " / ".join(one.names) for one in register.settlements}
    matched = [n for n, match in enumerate(found) if match.found]
    for n in random.Random(options.seed).sample(matched, options.sample):
        match = found[n]
        left = " / ".join(queries[n].names)
        print(f"{match.how.value:7} {left:55} = {match.found} {names_of[match.found]} {match.note}")


def figures(rows: Sequence[dict[str, str]], found: Sequence[Match]) -> Iterator[str]:
    """Yield lines that tell how many were matched how, and how many the gazetteer guessed so."""
    yield f"{'how':10} {'localities':>10} {'share':>7} {'same guess':>11} {'other guess':>12}"
    counts = Counter(match.how.value for match in found)
    guesses = Counter(
        (match.how.value, match.found == row["kato_match"])
        for row, match in zip(rows, found, strict=True)
        if row["kato_match"]
    )
    for how, count in counts.most_common():
        share = f"{100 * count / len(found):.1f} %"
        yield f"{how:10} {count:10} {share:>7} {guesses[how, True]:11} {guesses[how, False]:12}"
    matched = sum(bool(match.found) for match in found)
    yield f"{'found':10} {matched:10} {100 * matched / len(found):5.1f} %"


if __name__ == "__main__":
    main()
