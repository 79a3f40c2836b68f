/* Districts of a country: their outlines, shaded by the share of households that the plan reaches, and
   their list. First all are shown, with the drives alone; then one, with all that a map shows. */

const districtOfTeam = new Map(plan.districts.flatMap((one, i) => one.teams.map((team) => [team, i])));
const districtOfPlace = new Map(plan.districts.flatMap((one, i) => one.places.map((place) => [place, i])));

const showsAll = (state) => plan.districts.length > 0 && state.district === null;
const isInDistrict = (state, index) => !plan.districts.length || state.district === null || index === state.district;
const coverageOf = (one) => (one.households ? one.reached / one.households : 1);

function districtPopup(one) {
  const facts = [
    [say("households_reached"), say("of", { part: one.reached, whole: one.households })],
    [say("villages"), say("of", { part: one.visited, whole: one.places.length })],
    [say("crews"), count(one.teams.length)],
    [say("district_floor"), one.min_households ? count(one.min_households) : ""],
  ];
  return popup(one.name, { facts });
}

/* Names of districts with their shares, those of most households first. */
function namedDistricts(measure) {
  return [...plan.districts].sort((a, b) => b.households - a.households).map((one) => {
    const label = `${one.name} ${percent(coverageOf(one))}`;
    return { ...one, kind: "district", label, width: measure(label, "600 12px"), gap: 4, above: 0, below: 0 };
  });
}

/* Draws the outlines; `open` is called with the index of the one that is clicked. */
function makeDistricts(map, renderer, open) {
  const outlines = plan.districts.map((one, i) => {
    const made = L.polygon(unpack(one.outline)[0], { renderer, color: INK, weight: 1.2, smoothFactor: 1 });
    made.bindTooltip(() => districtPopup(one), { sticky: true, opacity: 1 });
    return made.on("click", (event) => {
      L.DomEvent.stop(event);
      open(i);
    });
  });
  function draw(state) {
    outlines.forEach((outline, i) => {
      const there = showsAll(state) || i === state.district;
      if (there !== map.hasLayer(outline)) map[there ? "addLayer" : "removeLayer"](outline);
      outline.setStyle({ fill: showsAll(state), fillColor: SHARES[classOf(coverageOf(plan.districts[i]))].colour, fillOpacity: 0.75 });
      if (there) outline.bringToBack();
    });
  }
  return { draw, boundsOf: (i) => outlines[i].getBounds() };
}

/* The list of districts, each with its share, or what leads back to it. */
function districtList(control) {
  if (!plan.districts.length) return null;
  const order = plan.districts.map((one, i) => ({ one, i })).sort((a, b) => a.one.name.localeCompare(b.one.name, plan.language));
  const rows = order.map(({ one, i }) => {
    const filled = el("span", {});
    filled.style.width = `${100 * coverageOf(one)}%`;
    const button = el("button.place", { type: "button", "data-district": i },
      el("span", {}, one.name), el("span", {}, `${percent(coverageOf(one))} · ${say("n_crews", { n: one.teams.length })}`));
    button.addEventListener("click", () => control.show({ district: i, day: null, team: null, back: null }));
    return el("li", {}, button, el("div.bar", { role: "img", "aria-label": say("of", { part: one.reached, whole: one.households }) }, filled));
  });
  const back = el("button.back", { type: "button" }, backIcon(), say("all_districts"));
  back.addEventListener("click", () => control.show({ district: null, day: null, team: null, back: null }));
  const title = el("h2", {}), facts = el("div", {});
  const list = el("ul", {}, ...rows);
  control.onChange(() => {
    const one = plan.districts[control.state.district];
    list.hidden = Boolean(one);
    back.hidden = !one;
    title.textContent = one ? one.name : `${say("districts")} (${rows.length})`;
    facts.replaceChildren(...(one ? [...districtPopup(one).children].slice(1) : []));
  });
  return el("section.districts", {}, back, title, facts, list);
}
