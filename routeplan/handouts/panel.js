/* Writes the panel: what the plan reaches, switches for days, crews and layers, and lists. On a phone
   it is a sheet at the foot of the window that is drawn up. */
function drawPanel(control) {
  const { state, tours } = control;
  const panel = document.getElementById("panel");
  const known = plan.teams.every((team) => team.km !== null);
  const total = (key) => plan.teams.reduce((sum, team) => sum + team[key], 0);

  function figure(term, value, after) {
    return el("div", {}, el("dt", {}, term), el("dd", {}, value, after ? el("small", {}, ` ${after}`) : ""));
  }

  function header() {
    const filled = el("span", {});
    filled.style.width = `${plan.households ? (100 * plan.reached) / plan.households : 0}%`;
    const driven = known
      ? figure(say("driven"), kilometres(total("km")))
      : figure(say("at_the_wheel"), duration(total("minutes")));
    return el("header", {},
      el("h1", {}, plan.title),
      el("p.dates", {}, plan.dates),
      el("div.sums", {},
        el("dl.figures", {},
          figure(say("households_reached"), count(plan.reached), say("of_all", { n: plan.households })),
          driven,
          figure(say("nights_out"), count(total("nights_away")))),
        el("div.bar", { role: "img", "aria-label": say("of", { part: plan.reached, whole: plan.households }) }, filled)));
  }

  // ---- Days and crews ----

  function days() {
    const labels = [say("all_days"), ...plan.days.map((day) => day.date)];
    const last = plan.days.length;
    const at = () => (state.day === null ? 0 : state.day + 1);
    const go = (to) => control.show({ day: to ? to - 1 : null });
    const slider = el("input", { type: "range", min: 0, max: last, step: 1, value: 0, "aria-label": say("day"), id: "day" });
    slider.addEventListener("input", () => go(Number(slider.value)));
    const step = (by, icon, label) => {
      const button = el("button.step", { type: "button", "aria-label": label }, icon);
      button.addEventListener("click", () => go((at() + by + last + 1) % (last + 1)));
      return button;
    };
    const name = el("output", { for: "day", "aria-live": "polite" });
    const ticks = last > 7 ? [] : labels.map((label, i) => {
      const tick = el("button.tick", { type: "button", "aria-label": label, "data-day": i }, i ? plan.days[i - 1].short : say("week"));
      tick.addEventListener("click", () => go(i));
      return tick;
    });
    const scale = el("div.scale", {}, slider, ...(ticks.length ? [el("div.ticks", {}, ...ticks)] : []));
    scale.style.setProperty("--steps", String(last + 1));
    control.onChange(() => {
      slider.value = String(at());
      slider.setAttribute("aria-valuetext", labels[at()]);
      name.textContent = labels[at()];
      ticks.forEach((tick, i) => tick.setAttribute("aria-pressed", String(i === at())));
    });
    return el("div.days", {}, step(-1, backIcon(), say("day_before")), name, step(1, openIcon(), say("day_after")), scale);
  }

  function crews() {
    if (plan.teams.length < 2) return null;
    const chips = [null, ...plan.teams].map((team) => {
      const chip = el("button.chip", { type: "button", "data-crew": team ? team.id : "" }, team ? el("span.dot", {}) : "", team ? team.id : say("all_crews"));
      if (team) chip.style.setProperty("--team", team.colour);
      chip.addEventListener("click", () => control.show({ team: team ? team.id : null, back: team ? team.id : null }));
      control.onChange(() => {
        chip.setAttribute("aria-pressed", String(state.team === (team ? team.id : null)));
        chip.hidden = showsAll(state) || Boolean(team && !isInDistrict(state, districtOfTeam.get(team.id)));
      });
      return chip;
    });
    return el("div.crews", { role: "group", "aria-label": say("crews") }, ...chips);
  }

  /* The plan, or the share of households reached before it or after it. */
  function modes() {
    const buttons = ["plan", "before", "after"].map((mode) => {
      const button = el("button", { type: "button", "data-mode": mode }, say(`mode_${mode}`));
      button.addEventListener("click", () => control.show({ mode }));
      control.onChange(() => button.setAttribute("aria-pressed", String(state.mode === mode)));
      return button;
    });
    const shares = el("div.shares", {});
    control.onChange(() => {
      panel.dataset.mode = state.mode;
      shares.replaceChildren(...(state.mode === "plan" ? [] : shareLegend(state.mode)));
    });
    return el("section.modes", {}, el("div.segments", { role: "group", "aria-label": say("map_shows") }, ...buttons), shares);
  }

  // ---- Layers ----

  function toggle(name, attributes, change) {
    const box = el("input", { type: "checkbox", "data-layer": name, ...attributes });
    box.checked = true;
    box.addEventListener("change", () => {
      change(box.checked);
      control.refresh();
    });
    return box;
  }

  const switching = (set, key) => (on) => (on ? set.delete(key) : set.add(key));

  function sample(colour, dash) {
    const line = { x1: 0, y1: 7, x2: 34, y2: 7 };
    return svg(34, 14, ["line", { ...line, stroke: colour, "stroke-width": 3.4, "stroke-dasharray": dash }]);
  }

  function tourRow(tour) {
    const stays = !tour.legs.length && !tour.stops.length;
    const times = stays ? say("stays_put") : `${tour.depart} – ${tour.arrive}`;
    const night = tour.sleeps_in ? ` · ${tour.nights_away ? say("night_in", { place: tour.sleeps_in }) : say("night_at_base")}` : "";
    const open = el("button.find", { type: "button", title: say("show_day"), "aria-label": `${say("show_day")}: ${tour.team}, ${tour.date}` }, openIcon());
    open.addEventListener("click", () => {
      if (state.off.has(tour.index)) panel.querySelector(`[data-layer=${tour.name}]`).click();
      control.show({ day: tour.day, team: plan.teams.length > 1 ? tour.team : null, back: state.team });
      panel.querySelector(".scroll").scrollTop = 0;
    });
    return el("div.row", {},
      el("label", {}, toggle(tour.name, { "aria-label": `${tour.team}, ${tour.date}` }, switching(state.off, tour.index)), sample(tour.colour, tour.dash), el("span.date", {}, tour.date)),
      el("span.number", { title: say("households_reached") }, count(tour.households)),
      el("span.number.km", { title: duration(tour.minutes) }, tour.km === null ? duration(tour.minutes) : kilometres(tour.km)),
      stays ? null : open,
      el("small", {}, times + night));
  }

  function teamSection(team) {
    const rows = tours.filter((tour) => tour.team === team.id).map(tourRow);
    const boxes = rows.map((row) => row.querySelector("input"));
    const all = el("input", { type: "checkbox", "data-team": team.id, "aria-label": say("all_days_of", { team: team.id }) });
    all.checked = true;
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
    const sums = [say("n_households", { n: team.households }), team.km === null ? duration(team.minutes) : kilometres(team.km)];
    if (team.nights_away) sums.push(say("n_nights_out", { n: team.nights_away }));
    const section = el("section.week", {},
      el("label.team", {}, all, el("span.dot", {}), el("span", {}, team.id)),
      el("p.sum", {}, sums.join(" · ")),
      ...rows);
    section.style.setProperty("--team", team.colour);
    control.onChange(() => (section.hidden = state.mode !== "plan" || showsAll(state) || !isInDistrict(state, districtOfTeam.get(team.id)) || state.day !== null || (state.team !== null && state.team !== team.id)));
    return section;
  }

  function otherLayers() {
    const missed = plan.villages.filter((village) => village.missed && !village.reached);
    const line = (name, text, number) => el("label", {}, toggle(name, {}, switching(state.hidden, name)), text, el("span.count", {}, number ? count(number) : ""));
    const planned = [line("left_out", say("villages_left_out"), missed.length), line("sleeps", say("sleeping_places"), plan.districts.length ? 0 : plan.sleeps.length)];
    control.onChange(() => {
      planned.forEach((one) => (one.hidden = state.mode !== "plan" || showsAll(state)));
      const here = missed.filter((village) => isInDistrict(state, districtOfPlace.get(village.place)));
      planned[0].querySelector(".count").textContent = here.length ? count(here.length) : "";
    });
    return el("section.other", {},
      ...planned,
      line("names", say("names")),
      line("roads", say("roads")),
      plan.closed_roads.length ? line("closed", say("closed_roads"), plan.closed_roads.length) : null,
      plan.earlier.length ? line("earlier", say("earlier")) : null);
  }

  // ---- Lists of villages ----

  function goTo(village) {
    fold("peek");
    control.openVillage(village);
  }

  function placeButton(village, figures) {
    const button = el("button.place", { type: "button" }, el("span", {}, village.name), el("span", {}, figures));
    button.addEventListener("click", () => goTo(village));
    return button;
  }

  function missedList(title, villages) {
    if (!villages.length) return null;
    const missed = villages.reduce((sum, village) => sum + village.missed, 0);
    const items = [...villages].sort((a, b) => b.missed - a.missed).map((village) => {
      const figures = village.reached ? say("of", { part: village.reached, whole: village.households }) : count(village.missed);
      return el("li", {}, placeButton(village, figures), el("div.reason", {}, ...reasonOf(village)));
    });
    return el("details", {},
      el("summary", {}, `${title} (${villages.length})`, el("small", {}, say("n_households", { n: missed }))),
      el("ul", {}, ...items));
  }

  function closedRoads() {
    if (!plan.closed_roads.length) return null;
    const items = plan.closed_roads.map((road, i) => {
      const button = el("button.place", { type: "button" }, el("span", {}, road.name));
      button.addEventListener("click", () => {
        fold("peek");
        control.openClosed(i);
      });
      return el("li", {}, button, el("div.reason", {}, [road.reason, ...road.villages].join("; ")));
    });
    return el("details", {}, el("summary", {}, `${say("closed_roads")} (${items.length})`), el("ul", {}, ...items));
  }

  function allVillages() {
    const sorted = [...plan.villages].sort((a, b) => a.name.localeCompare(b.name, plan.language));
    const share = (village) => `${percent(shareOf(village, "before"))} → ${percent(shareOf(village, "after"))}`;
    return el("details", {},
      el("summary", {}, `${say("all_villages")} (${sorted.length})`, el("small", {}, say("before_after"))),
      el("ul", {}, ...sorted.map((village) => el("li", {}, placeButton(village, share(village))))));
  }

  // ---- The sheet of a phone ----

  const SHEETS = ["peek", "half", "full"];
  const handle = el("button.more", { type: "button", "aria-controls": "details" }, el("i", {}));

  function fold(sheet) {
    panel.dataset.sheet = sheet;
    panel.style.height = "";
    handle.setAttribute("aria-expanded", String(sheet !== "peek"));
    handle.setAttribute("aria-label", say(sheet === "full" ? "close" : "details"));
    control.map.invalidateSize();
    if (state.day !== null) control.look();
  }

  /* Drawn up or down by the finger, it rests at the nearest of its heights. */
  function draggable() {
    let from = null, moved = false;
    handle.addEventListener("pointerdown", (event) => {
      from = { y: event.clientY, height: panel.offsetHeight };
      moved = false;
      handle.setPointerCapture(event.pointerId);
    });
    handle.addEventListener("pointermove", (event) => {
      if (!from || (!moved && Math.abs(event.clientY - from.y) < 6)) return;
      moved = true;
      panel.dataset.sheet = "full";
      panel.style.height = `${Math.min(0.88 * innerHeight, Math.max(90, from.height + from.y - event.clientY))}px`;
    });
    const rest = () => {
      if (moved) {
        const share = panel.offsetHeight / innerHeight;
        fold(share < 0.38 ? "peek" : share < 0.7 ? "half" : "full");
      }
      from = null;
    };
    handle.addEventListener("pointerup", rest);
    handle.addEventListener("pointercancel", rest);
    handle.addEventListener("click", () => {
      if (!moved) fold(SHEETS[(SHEETS.indexOf(panel.dataset.sheet) + 1) % SHEETS.length]);
      moved = false;
    });
  }

  // ---- Put together ----

  const print = el("button.print", { type: "button" }, printIcon(), say("print"));
  print.addEventListener("click", () => window.print());
  panel.setAttribute("aria-label", say("panel"));
  // Of a country these lists would be too long to be of use: villages are found by the search.
  const lists = plan.districts.length ? [] : [
    missedList(say("left_out"), plan.villages.filter((village) => village.missed && !village.reached)),
    missedList(say("reached_in_part"), plan.villages.filter((village) => village.missed && village.reached)),
    closedRoads(), allVillages(),
  ];
  const parts = [
    searchBox(goTo), modes(), districtList(control), itinerary(control, () => fold("peek")), ...plan.teams.map(teamSection), otherLayers(), ...lists, legend(), print,
  ];
  const switches = el("div.switches", {}, days(), crews());
  panel.append(handle, header(), switches, el("div.scroll", { id: "details" }, ...parts.filter(Boolean)));
  // Read and stepped through before the map, as it is.
  document.body.prepend(panel);
  draggable();
  fold("peek");
}
