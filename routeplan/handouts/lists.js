/* Parts of the panel: the search, the course of a crew's day, and the legend. */

const MOST_FOUND = 8;

const WAYS = [" ", ""]; // Words of a name apart, and as one: жанаталап is Жана-Талап.

/* A village is found by any part of its name, in whatever script; beginnings come first. */
function findVillages(query) {
  const asked = WAYS.map((between) => folded(query, between));
  if (!asked[0]) return [];
  const rank = (name, part) => (name.startsWith(part) ? 0 : name.includes(` ${part}`) ? 1 : name.includes(part) ? 2 : 3);
  const best = (names) => Math.min(...names.map((name, way) => rank(name, asked[way])));
  return plan.villages
    .map((village) => ({ village, rank: best((village.folded ??= WAYS.map((between) => folded(village.name, between)))) }))
    .filter((one) => one.rank < 3)
    .sort((a, b) => a.rank - b.rank || b.village.households - a.village.households)
    .slice(0, MOST_FOUND)
    .map((one) => one.village);
}

function searchBox(choose) {
  const input = el("input", {
    type: "search", id: "search", role: "combobox", autocomplete: "off", spellcheck: "false", placeholder: say("search"),
    "aria-label": say("search"), "aria-controls": "found", "aria-expanded": "false", "aria-autocomplete": "list",
  });
  const list = el("ul", { id: "found", role: "listbox", "aria-label": say("villages") });
  const none = el("p.none", { role: "status" });
  let found = [], active = -1;

  function mark(at) {
    active = at;
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
    if (at >= 0) input.setAttribute("aria-activedescendant", list.children[at].id);
    else input.removeAttribute("aria-activedescendant");
  }

  function show(villages) {
    found = villages;
    list.replaceChildren(...villages.map((village, i) => {
      const item = el("li", { role: "option", id: `found-${i}` }, el("span", {}, village.name),
        el("small", {}, say("of", { part: village.reached, whole: village.households })));
      item.addEventListener("pointerdown", (event) => event.preventDefault());
      item.addEventListener("click", () => take(village));
      return item;
    }));
    input.setAttribute("aria-expanded", String(villages.length > 0));
    mark(villages.length ? 0 : -1);
  }

  function take(village) {
    input.value = village.name;
    show([]);
    choose(village);
  }

  input.addEventListener("input", () => {
    show(findVillages(input.value));
    none.textContent = input.value.trim() && !found.length ? say("none_found") : "";
  });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length) mark((active + step + found.length) % found.length);
    else if (event.key === "Enter" && active >= 0) take(found[active]);
    else if (event.key === "Escape") show([]);
    else return;
    event.preventDefault();
  });
  input.addEventListener("blur", () => show([]));
  return el("div.search", { role: "search" }, searchIcon(), input, list, none);
}

// ---- The course of a day ----

/* Drives and stops of a tour in their order: {leg, i} or {stop, i}. */
function courseOf(tour) {
  const course = [];
  let next = 0;
  const driveTo = (place) => {
    if (tour.legs[next] && tour.legs[next].to === place) course.push({ leg: tour.legs[next], i: next++ });
  };
  tour.stops.forEach((stop, i) => {
    driveTo(stop.place);
    course.push({ stop, i });
  });
  if (next < tour.legs.length) driveTo(tour.legs[next].to);
  return course;
}

function dayHead(tour) {
  const sums = [say("n_stops", { n: tour.stops.length }), say("n_households", { n: tour.households })];
  if (tour.legs.length) sums.push(drive(tour));
  return el("summary", {}, el("span.dot", {}), el("span", {}, crewOn(tour)), el("small", {}, sums.join(" · ")));
}

function stopItem(tour, stop, open) {
  const village = villageAt.get(stop.place);
  const number = el("b", {}, String(stop.number));
  number.style.background = tour.colour;
  number.style.color = tour.ink;
  const doors = village ? say("of", { part: stop.households, whole: village.households }) : count(stop.households);
  const rests = stop.rests.filter((rest) => !rest.inside).map((rest) => el("small", {}, `${say("rests")} ${rest.start} – ${rest.end}`));
  const waits = stop.arrive === stop.start ? [] : [el("small", {}, `${say("arrives")} ${stop.arrive}`)];
  const button = el("button", { type: "button" },
    el("time", {}, stop.start), number,
    el("span.what", {}, el("strong", {}, stop.name), el("small", {}, `${periodOf(stop)} · ${say("doors", { doors })}`), ...waits, ...rests,
      ...(stop.announced ? [el("small.announced", {}, say("announced_today"))] : []),
      ...stop.sharing.map((line) => el("small", {}, line))));
  button.addEventListener("click", open);
  return el("li.at", {}, button);
}

function driveItem(leg, open) {
  const button = el("button", { type: "button" }, el("span.what", {}, el("span", {}, drive(leg)), stateBar(leg)));
  button.addEventListener("click", open);
  return el("li.by", {}, button, ...roadNotes(leg));
}

/* The day of each crew that is shown: when it leaves, drives, knocks, rests, and where it sleeps. */
function itinerary(control, uncover) {
  const { state } = control;
  const section = el("section.itinerary", {});

  function end(time, text) {
    return el("li.end", {}, el("time", {}, time), el("span.what", {}, text));
  }

  function dayOf(tour, open) {
    const items = courseOf(tour).flatMap(({ leg, stop, i }) => {
      // A day that begins with a visit: the crew drives off after it.
      const before = leg && i === 0 && tour.work_starts ? [end(tour.leaves, say("leaves", { place: tour.start }))] : [];
      const act = leg ? () => control.openLeg(tour, i) : () => control.openStop(tour, i);
      return [...before, (leg ? driveItem : (...rest) => stopItem(tour, ...rest))(leg || stop, () => {
        uncover();
        act();
      })];
    });
    const begins = tour.work_starts ? end(tour.work_starts, say("work_starts", { place: tour.start })) : end(tour.depart, say("leaves", { place: tour.start }));
    const night = tour.sleeps_in && (tour.nights_away ? say("night_in", { place: tour.sleeps_in }) : say("night_at_base"));
    const stays = !tour.legs.length && !tour.stops.length;
    const list = stays
      ? [end("", say("stays_put"))]
      : [begins, ...items, end(tour.arrive, say("is_at", { place: tour.end }))];
    if (tour.not_kept.length) list.unshift(el("li.end.missed", {}, el("span.what", {}, say("not_kept", { villages: tour.not_kept.join(", ") }))));
    if (night) list.push(el("li.end.night", {}, nightIcon(), el("span.what", {}, night)));
    const details = el("details", open ? { open: "" } : {}, dayHead(tour), el("ol", {}, ...list));
    details.style.setProperty("--team", tour.colour);
    return details;
  }

  control.onChange(() => {
    section.hidden = state.mode !== "plan" || state.day === null || showsAll(state);
    const back = el("button.back", { type: "button" }, backIcon(), say("all_days"));
    back.addEventListener("click", () => control.show({ day: null, team: state.back }));
    const days = section.hidden ? [] : state.shown.map((tour) => dayOf(tour, state.shown.length < 3));
    section.replaceChildren(...(section.hidden ? [] : [back, ...days]));
    if (!section.hidden && !days.length) section.append(el("p.none", {}, say("nobody_works")));
  });
  return section;
}

// ---- Legends ----

function shareLegend(mode) {
  const title = el("p", {}, say(mode === "before" ? "share_before" : "share_after"));
  const bounds = [say("share_none"), "1 – 25\u00a0%", "26 – 50\u00a0%", "51 – 75\u00a0%", "76 – 99\u00a0%", say("share_all")];
  const rows = SHARES.map(({ colour }, i) => {
    const villages = plan.villages.filter((village) => classOf(shareOf(village, mode)) === i);
    return el("li", {},
      svg(20, 20, ["circle", { cx: 10, cy: 10, r: 7.5, fill: colour, stroke: INK, "stroke-width": 1.6 }]),
      el("span", {}, bounds[i]), el("span.count", {}, say("n_villages", { n: villages.length })));
  });
  return [title, el("ul", {}, ...rows), el("small", {}, say("ring_size"))];
}

function roadSample(style, paved) {
  const line = { x1: 0, y1: 6, x2: 44, y2: 6 };
  const shapes = [["line", { ...line, stroke: style.line, "stroke-width": style.width + 0.4, "stroke-dasharray": paved ? "" : DIRT }]];
  if (style.casing) shapes.unshift(["line", { ...line, stroke: style.casing, "stroke-width": style.width + 2.2 }]);
  return svg(44, 12, ...shapes);
}

function ringSample(share) {
  return svg(18, 18,
    ["circle", { cx: 9, cy: 9, r: 6.5, fill: share === 1 ? INK : "#fff", stroke: share ? INK : FAINT, "stroke-width": 1.6 }],
    ["path", { d: share === 0.5 ? "M9 2.5a6.5 6.5 0 0 1 0 13z" : "", fill: INK }]);
}

/* What the symbols mean: pairs of a picture and a text. */
function legendEntries() {
  const entries = [];
  const tour = plan.tours.find((one) => one.legs.length) || { colour: INK, ink: "#fff" };
  const line = (width, ...more) => svg(44, 14, ["line", { x1: 0, y1: 7, x2: 44, y2: 7, stroke: tour.colour, "stroke-width": width }], ...more);
  entries.push([svg(24, 24, ["circle", { cx: 12, cy: 12, r: 10.5, fill: tour.colour }], ["path", { d: "M10 9.5 12.6 7.5V17", fill: "none", stroke: tour.ink, "stroke-width": 2 }]), say("legend_stop")]);
  entries.push([line(3.2, ["path", { d: "M29 7 17 1.5 19.5 7 17 12.5z", fill: tour.colour, stroke: "#fff", "stroke-width": 1 }]), say("legend_drive")]);
  if (plan.tours.some((one) => one.legs.some((leg) => !leg.traced))) entries.push([line(1.6), say("legend_straight")]);
  entries.push([baseIcon(), say("base")]);
  if (plan.sleeps.length) entries.push([nightIcon(), say("sleeping_place")]);
  entries.push([ringSample(1), say("legend_all")], [ringSample(0.5), say("legend_part")], [ringSample(0), say("legend_none")]);
  if (plan.districts.length) entries.push([svg(24, 18, ["rect", { x: 1, y: 1, width: 22, height: 16, fill: SHARES[3].colour, stroke: INK, "stroke-width": 1.2 }]), say("legend_district")]);
  for (const rank of Object.keys(ROADS)) {
    const drawn = plan.roads.filter((road) => road.rank === rank);
    if (drawn.length) entries.push([roadSample(ROADS[rank], drawn.some((road) => road.paved)), say(`road_${rank}`)]);
  }
  if (plan.closed_roads.length) {
    entries.push([svg(44, 12, ["line", { x1: 3, y1: 6, x2: 42, y2: 6, stroke: CLOSED, "stroke-width": 2.8, "stroke-dasharray": "1 6", "stroke-linecap": "round" }]), say("legend_closed")]);
  }
  if (plan.earlier.length) {
    entries.push([svg(44, 12, ["line", { x1: 0, y1: 6, x2: 44, y2: 6, stroke: EARLIER, "stroke-width": 2.6, "stroke-dasharray": "5 4" }]), say("legend_earlier")]);
  }
  if (plan.roads.some((road) => !road.paved && road.rank !== "track")) entries.push([roadSample(ROADS.local, false), say("not_paved")]);
  return entries;
}

function legend() {
  const list = el("div.legend", {});
  for (const [picture, text] of legendEntries()) list.append(picture, el("span", {}, text));
  return el("details", {}, el("summary", {}, say("legend")), list, plan.note ? el("p.note", {}, plan.note) : null);
}
