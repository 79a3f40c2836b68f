/* Writes the panel: the sums, a row for every layer, the lists of villages, and the legend. All
   texts of the plan go into the page as text nodes, never as markup. */
function drawPanel(map, plan, { layers, tours, villagePopup, closedPopup }) {
  function toggle(name, layer, attributes) {
    const box = el("input", { type: "checkbox", checked: "", "data-layer": name, ...attributes });
    box.addEventListener("change", () => (box.checked ? map.addLayer(layer) : map.removeLayer(layer)));
    return box;
  }

  function figure(term, value, after) {
    return el("div", {}, el("dt", {}, term), el("dd", {}, value, after ? el("small", {}, ` ${after}`) : ""));
  }

  const known = plan.teams.every((team) => team.km !== null);
  const total = (key) => plan.teams.reduce((sum, team) => sum + team[key], 0);

  function header() {
    const filled = el("span", {});
    filled.style.width = `${plan.households ? (100 * plan.reached) / plan.households : 0}%`;
    const more = el("button.more", { type: "button", "aria-expanded": "false", "aria-controls": "details" }, "Details");
    more.addEventListener("click", () => {
      const open = panel.classList.toggle("open");
      more.setAttribute("aria-expanded", String(open));
      more.textContent = open ? "Close" : "Details";
      map.invalidateSize();
    });
    return el("header", {},
      el("h1", {}, plan.title),
      el("p.dates", {}, plan.dates),
      more,
      el("dl.figures", {},
        figure("households reached", count(plan.reached), `of ${count(plan.households)}`),
        known ? figure("driven", count(Math.round(total("km"))), "km") : figure("at the wheel", duration(total("minutes"))),
        figure("nights out", count(total("nights_away")))),
      el("div.bar", {}, filled));
  }

  function finder(label, action) {
    const button = el("button.find", { type: "button", title: label, "aria-label": label }, findIcon());
    button.addEventListener("click", action);
    return button;
  }

  function sample(colour, dash) {
    const line = { x1: 0, y1: 7, x2: 34, y2: 7 };
    return svg(34, 14, ["line", { ...line, stroke: colour, "stroke-width": 3.4, "stroke-dasharray": dash }]);
  }

  function tourRow(tour) {
    const stays = !tour.legs.length && !tour.stops.length;
    const times = stays ? "stays put" : `${tour.depart} – ${tour.arrive}`;
    const night = tour.sleeps_in ? ` · ${tour.nights_away ? `night in ${tour.sleeps_in}` : "night at the base"}` : "";
    const find = () => map.fitBounds(tour.layer.getBounds(), { padding: [40, 40], maxZoom: 13 });
    return el("div.row", {},
      el("label", {}, toggle(tour.name, tour.layer, { "aria-label": `${tour.team}, ${tour.date}` }), sample(tour.colour, tour.dash), el("span.date", {}, tour.date)),
      el("span.number", { title: "households reached" }, count(tour.households)),
      el("span.number.km", { title: duration(tour.minutes) }, tour.km === null ? duration(tour.minutes) : kilometres(tour.km)),
      stays ? null : finder(`Show ${tour.team}, ${tour.date}`, find),
      el("small", {}, times + night));
  }

  function teamSection(team) {
    const own = tours.filter((tour) => tour.team === team.id);
    const rows = own.map(tourRow);
    const boxes = rows.map((row) => row.querySelector("input"));
    const all = el("input", { type: "checkbox", checked: "", "data-team": team.id, "aria-label": `All days of ${team.id}` });
    all.addEventListener("change", () => {
      for (const box of boxes) if (box.checked !== all.checked) box.click();
    });
    for (const box of boxes) {
      box.addEventListener("change", () => {
        const on = boxes.filter((other) => other.checked).length;
        all.checked = on === boxes.length;
        all.indeterminate = on > 0 && on < boxes.length;
      });
    }
    const sums = [plural(team.households, "household", "households"), team.km === null ? duration(team.minutes) : kilometres(team.km)];
    if (team.nights_away) sums.push(plural(team.nights_away, "night out", "nights out"));
    const section = el("section", {},
      el("label.team", {}, all, el("span.dot", {}), el("span", {}, team.id)),
      el("p.sum", {}, sums.join(" · ")),
      ...rows);
    section.style.setProperty("--team", team.colour);
    return section;
  }

  function otherSection() {
    const line = (name, layer, text, number) => el("label", {}, toggle(name, layer), text, el("span.count", {}, number ? count(number) : ""));
    return el("section.other", {},
      line("left_out", layers.left_out, "Villages left out", layers.left_out.getLayers().length),
      line("sleeps", layers.sleeps, "Sleeping places", plan.sleeps.length),
      line("names", layers.names, "Names"),
      line("roads", layers.roads, "Roads"),
      plan.closed_roads.length ? line("closed", layers.closed, "Roads not taken", plan.closed_roads.length) : null);
  }

  function villageList(title, villages) {
    if (!villages.length) return null;
    const missed = villages.reduce((sum, village) => sum + village.missed, 0);
    const items = [...villages].sort((a, b) => b.missed - a.missed).map((village) => {
      const button = el("button.place", { type: "button" }, el("span", {}, village.name),
        el("span", {}, village.reached ? `${count(village.reached)} of ${count(village.households)}` : count(village.missed)));
      button.addEventListener("click", () => {
        map.setView([village.lat, village.lon], Math.max(map.getZoom(), 11));
        map.openPopup(villagePopup(village), [village.lat, village.lon], { maxWidth: 300 });
      });
      return el("li", {}, button, el("small", {}, `${village.reason}. ${village.detail}`));
    });
    return el("details", {},
      el("summary", {}, `${title} (${villages.length})`, el("small", {}, `${plural(missed, "household", "households")}`)),
      el("ul", {}, ...items));
  }

  function closedList() {
    if (!plan.closed_roads.length) return null;
    const items = plan.closed_roads.map((road, i) => {
      const button = el("button.place", { type: "button" }, el("span", {}, road.name));
      button.addEventListener("click", () => {
        const line = layers.closed.getLayers()[i];
        map.fitBounds(line.getBounds(), { padding: [60, 60], maxZoom: 12, animate: false });
        map.openPopup(closedPopup(road), line.getCenter(), { maxWidth: 300 });
      });
      return el("li", {}, button, el("small", {}, [`${road.reason}.`, road.villages.slice(0, 3).join("; ")].join(" ")));
    });
    return el("details", {}, el("summary", {}, `Roads not taken, and why (${items.length})`), el("ul", {}, ...items));
  }

  function legend() {
    const list = el("div.legend", {});
    const add = (picture, text) => list.append(picture, el("span", {}, text));
    const ring = (share) => svg(18, 18, ["circle", { cx: 9, cy: 9, r: 6.5, fill: share === 1 ? INK : "#fff", stroke: share ? INK : FAINT, "stroke-width": 1.6 }],
      ["path", { d: share === 0.5 ? "M9 2.5a6.5 6.5 0 0 1 0 13z" : "", fill: INK }]);
    const tour = tours.find((one) => one.legs.length) || { colour: INK, ink: "#fff" };
    add(svg(24, 24, ["circle", { cx: 12, cy: 12, r: 10.5, fill: tour.colour }], ["path", { d: "M10 9.5 12.6 7.5V17", fill: "none", stroke: tour.ink, "stroke-width": 2 }]), "Stop, numbered in the order of the day");
    add(svg(44, 14, ["line", { x1: 0, y1: 7, x2: 44, y2: 7, stroke: tour.colour, "stroke-width": 3.2 }], ["path", { d: "M29 7 17 1.5 19.5 7 17 12.5z", fill: tour.colour, stroke: "#fff", "stroke-width": 1 }]), "Drive; shade and strokes tell the day");
    if (tours.some((one) => one.legs.some((leg) => !leg.traced))) {
      add(svg(44, 14, ["line", { x1: 0, y1: 7, x2: 44, y2: 7, stroke: tour.colour, "stroke-width": 1.6 }]), "Drive whose road is not known here");
    }
    add(baseIcon(), "Base");
    if (plan.sleeps.length) add(nightIcon(), "Sleeping place");
    add(ring(1), "Village, all households reached");
    add(ring(0.5), "Reached in part");
    add(ring(0), "Left out; a larger ring, more households");
    for (const rank of Object.keys(ROADS)) {
      const drawn = plan.roads.filter((road) => road.rank === rank);
      if (drawn.length) add(roadSample(ROADS[rank], drawn.some((road) => road.paved)), ROADS[rank].name);
    }
    if (plan.closed_roads.length) add(svg(44, 12, ["line", { x1: 2, y1: 6, x2: 42, y2: 6, stroke: CLOSED, "stroke-width": 2.6, "stroke-dasharray": "2 6", "stroke-linecap": "round" }]), "Road not taken: closed, or too slow now");
    if (plan.roads.some((road) => !road.paved && road.rank !== "track")) add(roadSample(ROADS.local, false), "Not paved");
    return el("details", {}, el("summary", {}, "Legend"), list, plan.note ? el("p.note", {}, plan.note) : null);
  }

  function roadSample(style, paved) {
    const line = { x1: 0, y1: 6, x2: 44, y2: 6 };
    const shapes = [["line", { ...line, stroke: style.line, "stroke-width": style.width + 0.4, "stroke-dasharray": paved ? "" : DIRT }]];
    if (style.casing) shapes.unshift(["line", { ...line, stroke: style.casing, "stroke-width": style.width + 2.2 }]);
    return svg(44, 12, ...shapes);
  }

  const panel = document.getElementById("panel");
  panel.append(header(), el("div.scroll", { id: "details" },
    ...[
      ...plan.teams.map(teamSection),
      otherSection(),
      villageList("Left out", plan.villages.filter((village) => village.missed && !village.reached)),
      villageList("Reached in part", plan.villages.filter((village) => village.missed && village.reached)),
      closedList(),
      legend(),
    ].filter(Boolean)));
}
