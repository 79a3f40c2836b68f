/* The map on paper: A4 across, with a legend, a table of all stops that are shown, and what is left
   out. It is made when the page is printed, and put away after. */
function preparePrint({ map, state, look, refresh, canvases }) {
  const head = el("header", { id: "print-head" }), tail = el("section", { id: "print-tail" });
  document.body.append(tail);
  map.getContainer().before(head);

  function cells(tag, texts) {
    return el("tr", {}, ...texts.map((text) => el(tag, {}, ...[text].flat())));
  }

  function table(title, heads, groups) {
    return el("table", {}, el("caption", {}, title), el("thead", {}, cells("th", heads)), ...groups);
  }

  function dayRows(tour) {
    const night = tour.sleeps_in ? ` · ${tour.nights_away ? say("night_in", { place: tour.sleeps_in }) : say("night_at_base")}` : "";
    const leaves = tour.leaves ? ` · ${tour.leaves} ${say("leaves", { place: tour.start })}` : "";
    const missed = tour.not_kept.length ? ` · ${say("not_kept", { villages: tour.not_kept.join(", ") })}` : "";
    const first = el("th", { colspan: 6 }, `${crewOn(tour)}: ${tour.work_starts || tour.depart} – ${tour.arrive}${leaves} · ${say("n_households", { n: tour.households })}${tour.legs.length ? ` · ${drive(tour)}` : ""}${night}${missed}`);
    const rows = [];
    let leg = null;
    for (const step of courseOf(tour)) {
      if (step.leg) {
        leg = step.leg;
        continue;
      }
      const { stop } = step;
      const notes = [...(stop.announced ? [say("announced_today")] : []), ...stop.sharing];
      const name = [stop.name, ...notes.map((note) => el("div", {}, note))];
      rows.push(cells("td", [codeOf(tour, stop), name, leg ? drive(leg) : "", leg ? roadText(leg) : "", `${stop.arrive} · ${periodOf(stop)}`, count(stop.households)]));
      leg = null;
    }
    if (leg) rows.push(cells("td", ["", `→ ${tour.end}`, drive(leg), roadText(leg), tour.arrive, ""]));
    return el("tbody", {}, el("tr", {}, first), ...rows);
  }

  const roadText = (leg) => [...leg.states.map(([kind, km]) => say(`state_${kind}`, { km: kilometres(km) })), ...leg.road_notes].join(", ");

  function stopsTable() {
    const heads = [say("number"), say("village"), say("drive"), say("road"), `${say("arrives")} · ${say("starts")} – ${say("ends")}`, say("households")];
    return table(say("stops"), heads, state.shown.filter((tour) => tour.stops.length || tour.legs.length).map(dayRows));
  }

  function missedTable() {
    const missed = plan.villages.filter((village) => village.missed).sort((a, b) => b.missed - a.missed);
    if (!missed.length) return null;
    const rows = missed.map((village) => cells("td", [village.name, say("of", { part: village.missed, whole: village.households }),
      [village.reason, village.detail].filter(Boolean).join(". "), village.requirements.join("; ")]));
    return table(say("not_reached_title"), [say("village"), say("households"), say("why"), say("it_takes")], [el("tbody", {}, ...rows)]);
  }

  function closedTable() {
    if (!plan.closed_roads.length) return null;
    const rows = plan.closed_roads.map((road) => cells("td", [road.name, road.reason, road.villages.join("; ")]));
    return table(say("closed_roads"), [say("road"), say("why"), say("villages")], [el("tbody", {}, ...rows)]);
  }

  function sharesTable() {
    const rows = plan.villages.map((village) => cells("td", [village.name, count(allOf(village)), percent(shareOf(village, "before")), percent(shareOf(village, "after"))]));
    return table(say("all_villages"), [say("village"), say("households"), say("mode_before"), say("mode_after")], [el("tbody", {}, ...rows)]);
  }

  function keyStrip() {
    if (state.mode !== "plan") return el("div.shares", {}, ...shareLegend(state.mode));
    const strip = el("div.strip", {});
    const add = (picture, text) => strip.append(el("span", {}, picture, text));
    for (const tour of state.shown) {
      if (tour.legs.length) add(svg(34, 10, ["line", { x1: 0, y1: 5, x2: 34, y2: 5, stroke: tour.colour, "stroke-width": 3.2, "stroke-dasharray": tour.dash }]), `${tour.team} ${plan.days[tour.day].short}`);
    }
    strip.append(el("span", {}, say("legend_code")));
    for (const [picture, text] of legendEntries().slice(2)) add(picture, text);
    return strip;
  }

  function shownWords() {
    if (state.mode !== "plan") return say(state.mode === "before" ? "share_before" : "share_after");
    const day = state.day === null ? plan.dates : plan.days[state.day].date;
    return state.team === null ? day : `${day} · ${state.team}`;
  }

  let before = null;

  window.addEventListener("beforeprint", () => {
    before = { centre: map.getCenter(), zoom: map.getZoom(), retina: L.Browser.retina };
    map.closePopup();
    head.replaceChildren(el("h1", {}, plan.title), el("p", {}, shownWords()), keyStrip());
    const tables = state.mode === "plan" ? [stopsTable(), closedTable(), missedTable()] : [sharesTable()];
    tail.replaceChildren(...tables.filter(Boolean), ...(plan.note ? [el("p", {}, plan.note)] : []));
    document.body.classList.add("printing");
    state.paper = true;
    refresh();
    // Lines in as many points as on a good screen, drawn at once: paper does not wait.
    L.Browser.retina = true;
    map.invalidateSize({ pan: false, animate: false });
    look();
    for (const canvas of canvases) canvas._update();
  });

  window.addEventListener("afterprint", () => {
    document.body.classList.remove("printing");
    state.paper = false;
    refresh();
    L.Browser.retina = before.retina;
    map.invalidateSize({ pan: false, animate: false });
    map.setView(before.centre, before.zoom, { animate: false });
    for (const canvas of canvases) canvas._update();
  });
}
