/* Draws the plan on a Leaflet map, and keeps what is shown: of which days and crews, or the share of
   households that is reached. */
function drawPlan(map) {
  const state = { day: null, team: null, district: null, back: null, mode: "plan", off: new Set(), hidden: new Set(), paper: false, marks: [], drives: [], shown: [] };
  const listeners = [];
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

  // ---- Markers ----

  function marker(at, icon, title, content) {
    const made = L.marker([at.lat, at.lon], { icon: L.divIcon(icon), alt: title, title, riseOnHover: true });
    return made.bindPopup(content, { maxWidth: 300, autoPanPadding: [20, 20] });
  }

  /* The numbers of several visits to one village are side by side above it, their stems lean. */
  function stopIcon(tour, stop, aside) {
    const number = el("span", { "data-code": codeOf(tour, stop) }, String(stop.number));
    number.style.background = tour.colour;
    number.style.color = tour.ink;
    number.style.setProperty("--team", tour.colour);
    const stem = el("i", {});
    stem.style.height = `${Math.hypot(aside, 22)}px`;
    stem.style.transform = `rotate(${Math.atan2(aside, 22)}rad)`;
    return { className: "stop", html: el("div", {}, stem, number), iconSize: [22, 28], iconAnchor: [11 - aside, 33], popupAnchor: [aside, -30] };
  }

  function sleepMarker(sleep) {
    const icon = { className: "badge", html: nightIcon(), iconSize: [20, 20], iconAnchor: [10, -7] };
    return Object.assign(marker(sleep, icon, say("night_in", { place: sleep.name }), () => sleepPopup(sleep)), { place: sleep.place });
  }

  function baseMarker(base) {
    const icon = { className: "badge", html: baseIcon(), iconSize: [26, 26], iconAnchor: [13, 13] };
    return marker(base, icon, say("base_in", { place: base.name }), () => basePopup(base));
  }

  // Under all layers that others add.
  map.createPane("plan").style.zIndex = 395;
  const planCanvas = L.canvas({ pane: "plan", padding: 0.2, tolerance: 6 });
  const rings = plan.villages.map((village) => {
    const made = new Village([village.lat, village.lon], { renderer: planCanvas, share: village.households ? village.reached / village.households : 0 });
    made.bindTooltip(el("span", {}, village.name), { direction: "top", offset: [0, -6], opacity: 1 });
    return Object.assign(made.bindPopup(() => villagePopup(village), { maxWidth: 300 }), { village });
  });

  const tours = plan.tours.map((tour, index) => {
    const position = plan.teams.findIndex((team) => team.id === tour.team);
    const lines = tour.legs.map((leg) => {
      const line = new Leg(unpack(leg.line)[0], {
        renderer: planCanvas, color: tour.colour, weight: leg.traced ? 3.2 : 1.6, lineCap: "butt",
        dashArray: tour.dash || null, beside: 2.8 + 4.6 * (position % 3), smoothFactor: 1,
      });
      return line.bindPopup(() => legPopup(tour, leg), { maxWidth: 300 });
    });
    const marks = tour.stops.map((stop) => marker(stop, stopIcon(tour, stop, 0), `${stop.number} · ${stop.name}`, () => stopPopup(tour, stop)));
    return {
      ...tour, index, name: `tour-${index}`, lines, marks, district: districtOfTeam.get(tour.team),
      layer: L.featureGroup([...lines, ...marks]), drives: L.featureGroup(lines), numbers: L.featureGroup(marks),
    };
  });

  const closed = plan.closed_roads.map((road) => {
    const line = L.polyline(unpack(road.line), {
      renderer: planCanvas, color: CLOSED, weight: 2.8, dashArray: "1 6", lineCap: "round", smoothFactor: 1,
    });
    return line.bindPopup(() => closedPopup(road), { maxWidth: 300 });
  });

  /* The plan of before: grey lines under the new one, and small rings at its stops. */
  const earlier = plan.earlier.map((tour) => {
    const style = { renderer: planCanvas, color: EARLIER, smoothFactor: 1 };
    const lines = L.polyline(unpack(tour.line), { ...style, weight: 2.6, dashArray: "5 4" }).bindPopup(() => popup(tour.title, {}), { maxWidth: 300 });
    const marks = tour.stops.map((stop) =>
      L.circleMarker([stop.lat, stop.lon], { ...style, weight: 2.4, radius: 11, fill: false })
        .bindPopup(() => popup(stop.name, { who: tour.title, after: [el("p", {}, stop.text)] }), { maxWidth: 300 }));
    return { tour, layer: L.featureGroup([lines, ...marks]) };
  });

  // ---- What is shown ----

  const districts = makeDistricts(map, planCanvas, (i) => control.show({ district: i, day: null, team: null, back: null }));
  const roads = makeRoads(map);
  const names = makeNames(map);
  const layers = {
    roads: roads.layer,
    names: names.layer,
    villages: L.featureGroup(),
    sleeps: L.featureGroup(plan.sleeps.map(sleepMarker)),
    bases: L.featureGroup(plan.bases.map(baseMarker)),
    closed: L.featureGroup(closed),
  };
  const beds = layers.sleeps.getLayers();

  const ofChoice = (tour) =>
    state.mode === "plan" && isInDistrict(state, tour.district) && (state.day === null || tour.day === state.day) && (state.team === null || tour.team === state.team);
  const isShown = (tour) => !state.off.has(tour.index) && ofChoice(tour);

  function put(group, layer, there) {
    if (there !== group.hasLayer(layer)) group[there ? "addLayer" : "removeLayer"](layer);
  }

  /* Numbers of one village side by side, as many as are shown. */
  function arrangeStops() {
    const at = new Map();
    for (const tour of showsAll(state) ? [] : state.shown) {
      tour.stops.forEach((stop, i) => {
        if (!at.has(stop.place)) at.set(stop.place, []);
        at.get(stop.place).push({ tour, stop, mark: tour.marks[i] });
      });
    }
    state.marks = [];
    for (const [place, visits] of at) {
      visits.sort((a, b) => a.stop.visit - b.stop.visit).forEach(({ tour, stop, mark }, i) => {
        const aside = (i - (visits.length - 1) / 2) * roomOf(state);
        if (mark.aside !== aside) mark.setIcon(L.divIcon(stopIcon(tour, stop, aside)));
        mark.aside = aside;
        state.marks.push({ mark, aside, place, households: stop.households });
      });
    }
    state.marks.sort((a, b) => b.households - a.households);
  }

  function showVillages() {
    const visited = new Set(state.shown.flatMap((tour) => tour.stops.map((stop) => stop.place)));
    const planned = state.mode === "plan", some = state.day !== null || state.team !== null;
    for (const ring of rings) {
      const { village } = ring;
      const there = !showsAll(state) && isInDistrict(state, districtOfPlace.get(village.place));
      put(layers.villages, ring, there && (!planned || (village.households > 0 && (village.reached > 0 || !state.hidden.has("left_out")))));
      ring.options.shade = planned ? "" : SHARES[classOf(shareOf(village, state.mode))].colour;
      ring.options.faded = planned && some && !visited.has(village.place);
      ring.options.full = radiusOf(village, state.mode);
    }
  }

  function refresh() {
    state.shown = tours.filter(isShown);
    for (const { tour, layer } of earlier) put(map, layer, !state.hidden.has("earlier") && ofChoice(tour));
    const shown = new Set(state.shown);
    for (const tour of tours) {
      for (const { options } of tour.lines) {
        options.slim = showsAll(state);
        options.interactive = !options.slim; // A click is meant for the district.
      }
      put(map, tour.drives, shown.has(tour));
      put(map, tour.numbers, shown.has(tour) && !showsAll(state));
    }
    districts.draw(state);
    arrangeStops();
    showVillages();
    const used = new Set(state.shown.flatMap((tour) => [tour.sleeps_at, tour.starts_at]));
    for (const bed of beds) put(layers.sleeps, bed, used.has(bed.place));
    put(map, layers.sleeps, state.mode === "plan" && !showsAll(state) && !state.hidden.has("sleeps"));
    put(map, layers.bases, !showsAll(state));
    for (const name of ["roads", "closed", "names"]) put(map, layers[name], !state.hidden.has(name));
    // What a drive takes is written on it where one day is looked at.
    const one = !showsAll(state) && (state.day !== null || state.shown.length === 1);
    state.drives = state.shown.flatMap((tour) => tour.legs.map((leg, i) => ({ leg, line: tour.lines[i], colour: tour.colour, told: one })));
    fitToZoom();
    names.draw(state);
    for (const listener of listeners) listener();
  }

  function fitToZoom() {
    const scale = Math.min(1.6, Math.max(0.55, 0.55 + (map.getZoom() - 8) * 0.2));
    roads.scaleTo(scale);
    for (const ring of rings) ring.setRadius(ring.options.full * Math.min(1, Math.max(0.6, scale + 0.1)));
    for (const ring of rings) ring.redraw();
  }

  // ---- Where the map looks ----

  const box = L.latLngBounds([plan.bounds.south, plan.bounds.west], [plan.bounds.north, plan.bounds.east]);

  function boundsShown() {
    const some = state.day !== null || state.team !== null;
    const whole = state.district === null ? box : districts.boundsOf(state.district);
    const found = some ? L.featureGroup(state.shown.map((tour) => tour.layer)).getBounds() : whole;
    return found.isValid() ? found : whole;
  }

  /* Clear of the buttons: beside them or, where that is larger on a phone, below them. */
  function look() {
    const bounds = boundsShown();
    const margins = map.getSize().x < 600 ? [[26, 44, 62, 36], [26, 140, 26, 36]] : [[38, 44, 38, 40]];
    const zoom = ([left, top, right, foot]) => map.getBoundsZoom(bounds, false, L.point(left + right, top + foot));
    const [left, top, right, foot] = margins.sort((a, b) => zoom(b) - zoom(a))[0];
    map.fitBounds(bounds, { paddingTopLeft: [left, top], paddingBottomRight: [right, foot], maxZoom: 14, animate: false });
  }

  const control = {
    map, state, tours, look, refresh,
    onChange: (listener) => listeners.push(listener),
    /* Changes what is shown, and looks at it. */
    show(changes) {
      Object.assign(state, changes);
      map.closePopup();
      refresh();
      look();
    },
    openVillage(village) {
      const district = districtOfPlace.get(village.place);
      if (district !== undefined && district !== state.district) control.show({ district, day: null, team: null, back: null });
      const visits = tours.filter((tour) => tour.stops.some((stop) => stop.place === village.place));
      if (visits.length && !visits.some(isShown)) control.show({ day: null, team: null });
      map.setView([village.lat, village.lon], Math.max(map.getZoom(), 11), { animate: !calm });
      map.openPopup(villagePopup(village), [village.lat, village.lon], { maxWidth: 300 });
      ringed(village);
    },
    openStop(tour, i) {
      map.setView(tour.marks[i].getLatLng(), Math.max(map.getZoom(), 11), { animate: !calm });
      tour.marks[i].openPopup();
    },
    openClosed(i) {
      map.fitBounds(closed[i].getBounds(), { padding: [60, 60], maxZoom: 12, animate: false });
      closed[i].openPopup();
    },
    openLeg: (tour, i) => tour.lines[i].openPopup(),
    canvases: [roads.canvas, planCanvas],
  };

  /* Draws a ring around what was searched for, until the popup is closed. */
  function ringed(village) {
    const icon = L.divIcon({ className: "found", html: el("i", {}), iconSize: [44, 44], iconAnchor: [22, 22] });
    const ring = L.marker([village.lat, village.lon], { icon, interactive: false, keyboard: false }).addTo(map);
    map.once("popupclose", () => ring.remove());
  }

  // ---- Put together ----

  addControls(map, look);
  drawPanel(control);
  preparePrint(control);
  window.addEventListener("resize", () => map.invalidateSize());
  whenSized(map, () => {
    look();
    map.setMinZoom(Math.floor(map.getZoom()) - 1);
    map.addLayer(layers.villages);
    refresh();
    map.on("zoomend", fitToZoom);
    // Names keep clear of lines, which are placed anew on either, after a jump on the second alone.
    map.on("moveend viewreset", () => names.draw(state));
  });
}

/* A stop on paper: crew, day, number. */
const codeOf = (tour, stop) => `${tour.team.slice(0, 3)}${tour.day + 1}.${stop.number}`;

/* A frame within another page, or one that is hidden, may get its size after the page is there. */
function whenSized(map, start) {
  const size = map.invalidateSize().getSize();
  if (size.x && size.y) start();
  else window.addEventListener("resize", () => whenSized(map, start), { once: true });
}

function addControls(map, look) {
  L.control.zoom({ position: "topright", zoomInTitle: say("zoom_in"), zoomOutTitle: say("zoom_out") }).addTo(map);
  const Scale = L.Control.Scale.extend({
    _updateMetric(most) {
      const metres = this._getRoundNum(most);
      const label = metres < 1000 ? say("metres", { n: metres }) : say("km", { km: count(metres / 1000) });
      this._updateScale(this._mScale, label, metres / most);
    },
  });
  new Scale({ position: "bottomleft", imperial: false, maxWidth: 110 }).addTo(map);
  L.control.attribution({ prefix: "Leaflet" }).addAttribution(say("credit")).addTo(map);
  const Corner = L.Control.extend({
    onAdd() {
      const button = el("a", { role: "button", href: "#", title: say("show_all"), "aria-label": say("show_all") }, findIcon());
      L.DomEvent.disableClickPropagation(button).on(button, "click", (event) => {
        L.DomEvent.preventDefault(event);
        look();
      });
      return el("div.leaflet-bar", {}, button);
    },
  });
  new Corner({ position: "topright" }).addTo(map);
  const North = L.Control.extend({
    onAdd: () => el("div.north", { role: "img", "aria-label": say("north_up") },
      svg(12, 20, ["path", { d: "M6 0 12 20 6 15.5 0 20z", fill: "currentColor" }]), el("span", {}, say("north"))),
  });
  new North({ position: "bottomleft" }).addTo(map);
  if (plan.is_straight) {
    const Remark = L.Control.extend({ onAdd: () => el("div.remark", { role: "note" }, plan.note) });
    new Remark({ position: "topleft" }).addTo(map);
  }
  map.on("popupopen", ({ popup: opened }) => {
    const close = opened.getElement().querySelector(".leaflet-popup-close-button");
    if (close) close.setAttribute("aria-label", say("close"));
  });
  const frame = map.getContainer();
  frame.setAttribute("role", "region");
  frame.setAttribute("aria-label", say("map_of", { title: plan.title }));
}
