"""A country's roads: seconds and memory to read, contract and search them, and against libraries.

Run as ``python -m tests.bench.roads``, needs ``../shared`` and the extra ``bench``. The extract is
made once, in a temporary folder. Each part runs in a process of its own, whose peak memory it is;
CPU seconds are those of all its threads, and say more than wall clock on a machine that others use.

    --part make read again pairs turns   only some of the parts
    --share 0.1                          a tenth of the country, for a quick look
"""

from __future__ import annotations

import argparse
import importlib.util
import multiprocessing
import os
import resource
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.files import VARIABLE
from routeplan.roads import read_roads, read_speeds, snap
from routeplan.roads.network import build_network
from routeplan.workflow.inputs import CachedRoads, load_roads, load_times
from tests.bench.extracts import make_country, read_localities
from tests.bench.searches import SEARCHES, Found, Question, Watch, agrees, own
from tests.bench.tables import cell, show
from tests.bench.turns import against_edges, with_and_without, with_random_restrictions
from tests.helpers.paths import ALMATY, BAYREUTH

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.model.problem import Place

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "villages"
LOCALITIES = DATA / "kz_localities_wof_geonames.csv"
PAIRS = 1000
SHOWN = 300
RESTRICTIONS = 5000  # of the country
VEHICLE = "car"
SNAP_METRES = 2000.0
KIB_PER_MIB = 1024
TITLES = ("prepare", "search", "by CPU", "by wall", "equal")


class Country(NamedTuple):
    """Which extract is worked on, and where it lies."""

    folder: Path
    share: float

    @property
    def file(self) -> Path:
        """The extract."""
        return self.folder / f"country-{self.share:g}.osm.pbf"

    def places(self) -> list[Place]:
        """Return its localities."""
        return read_localities(LOCALITIES, self.share)


class Clock:
    """Prints a line with the seconds that each step took, by the wall and by the CPU."""

    def __init__(self) -> None:
        self.watch = Watch()

    def on_step(self, step: str) -> None:
        """Print a step that is done, and begin the next."""
        wall, cpu = self.watch.lap()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_MIB
        show(f"{step:44s}", cell(wall, 9, 2), cell(cpu, 9, 2), cell(peak, 9, 0))


def make(country: Country) -> None:
    """Make the extract, where it is not there."""
    if not country.file.exists():
        clock = Clock()
        unfinished = country.file.with_name("unfinished.osm.pbf")
        make_country(unfinished, country.places(), share=country.share)
        unfinished.rename(country.file)
        clock.on_step(f"make an extract of {country.file.stat().st_size / 1e6:.0f} MB")


def read(country: Country) -> None:
    """Read and contract the extract; what comes of it is kept for the other parts."""
    for path in country.folder.glob("roads/*.cache"):
        path.unlink()
    clock = Clock()
    steps: list[str] = []

    def on_step(step: str) -> None:
        # Each step is announced before it begins.
        if steps:
            clock.on_step(steps[-1])
        steps.append(step)

    roads = _roads(country, on_step)
    clock.on_step(f"{steps[-1]}, and keep it")
    graph = roads.graph
    show(f"  {len(graph.points):,} points, {graph.node_count:,} nodes, {graph.edge_count:,} edges")


def again(country: Country) -> None:
    """Read once more, and ask for the times between some places, now kept from the last time."""
    places = country.places()[:SHOWN]
    load_times(_roads(country), VEHICLE, places, SNAP_METRES)
    clock = Clock()
    roads = _roads(country)
    clock.on_step("second run: roads")
    load_times(roads, VEHICLE, places, SNAP_METRES)
    clock.on_step(f"second run: {len(places)} x {len(places)} travel times")


def pairs(country: Country) -> None:
    """Search between a thousand localities, ourselves and with each library."""
    graph = _roads(country).graph
    places = country.places()
    rng = np.random.default_rng(1)
    few = [places[n] for n in rng.choice(len(places), min(PAIRS, len(places)), replace=False)]
    clock = Clock()
    snaps = snap(graph, VEHICLE, few)
    clock.on_step(f"snap {len(few)} localities")
    network = build_network(graph, VEHICLE, snaps)
    clock.on_step("connect them to the roads")
    on_roads = network.place_node >= 0
    found, arrivals = network.place_node[on_roads], network.arrival_node[on_roads]
    where = np.empty((network.node_count, 2))
    where[graph.edge_nodes] = graph.points[
        np.column_stack((graph.offsets[:-1], graph.offsets[1:] - 1))
    ]
    where[graph.node_count :] = [(place.lat, place.lon) for place in few]
    question = Question(network, found, arrivals, where)
    ours = own(question, len(found))
    clock.on_step(f"{len(found)} x {len(found)}: contract and search")
    show(f"{'CPU seconds, and ratios':44s}", *(cell(title, 9) for title in TITLES))
    _searched("routeplan", ours, ours, 1.0)
    for name, (search, most) in SEARCHES.items():
        if importlib.util.find_spec(name.replace("-", "_")) is None:
            show(f"{name} is not installed")
            continue
        count = min(most, len(found))
        other = search(question, count)
        label = f"{name}, from {count} of them in proportion"
        _searched(label, other, ours, len(found) / count)


def turns(country: Country) -> None:
    """Compare with a search over edges, and measure what turn restrictions cost."""
    for path in (ALMATY, BAYREUTH):
        against_edges(path)
    show(f"{'CPU seconds with restrictions, without, ratio':44s}")
    for path in (ALMATY, BAYREUTH):
        with_and_without(path.name, read_roads(path), SHOWN)
    extract = with_random_restrictions(read_roads(country.file), int(country.share * RESTRICTIONS))
    with_and_without("country", extract, PAIRS)


PARTS: dict[str, Callable[[Country], None]] = {
    "make": make,
    "read": read,
    "again": again,
    "pairs": pairs,
    "turns": turns,
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", nargs="+", default=[*PARTS], choices=[*PARTS])
    parser.add_argument("--share", type=float, default=1.0, help="of the localities and ballast")
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "routeplan-bench-roads"
    )
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    os.environ[VARIABLE] = str(arguments.folder)
    country = Country(arguments.folder, arguments.share)
    show(f"{'':44s}", *(cell(title, 9) for title in ("wall s", "CPU s", "peak MiB")))
    context = multiprocessing.get_context("spawn")
    for part in dict.fromkeys(["make", *arguments.part]):
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            pool.submit(PARTS[part], country).result()


def _roads(country: Country, on_step: Callable[[str], None] = lambda _: None) -> CachedRoads:
    return load_roads(country.file, read_speeds(), on_step=on_step)


def _searched(name: str, found: Found, ours: Found, times: float) -> None:
    """Print the seconds of a library, in how many times ours, and whether it found the same."""
    whole, own_whole = found.seconds(times), ours.seconds()
    same = "yes" if agrees(found, ours.microseconds[: len(found.microseconds)]) else "no"
    numbers = (found.prepared.cpu, times * found.searched.cpu)
    ratios = (whole.cpu / own_whole.cpu, whole.wall / own_whole.wall)
    show(
        f"{name:44s}",
        *(cell(number, 9, 2) for number in numbers),
        *(cell(ratio, 9, 1) for ratio in ratios),
        cell(same if found.unit == 1 else f"{same}, ms", 9),
    )


if __name__ == "__main__":
    main()
