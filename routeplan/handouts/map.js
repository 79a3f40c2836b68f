"use strict";

/* Draws one plan on a Leaflet map, and the panel beside it. All texts of the plan go into the page
   as text nodes, never as markup. */
function drawPlan(map, plan) {
  // Names of villages that are visited, and of all others, are shown from these zoom levels on.
  const NAMES_FROM_ZOOM = { base: 0, done: 8, missed: 9 };
  const PAPER = "#f6f2e8", INK = "#2b2a27", FAINT = "#6b665c";
  const ROADS = {
    highway: { name: "Highway", width: 3.4, line: "#f3d999", casing: "#b39a63" },
    district: { name: "District road", width: 2.6, line: "#fffdf6", casing: "#b5a98e" },
    local: { name: "Local road", width: 1.6, line: "#c3b799" },
    track: { name: "Track", width: 1.1, line: "#c3b799" },
  };
  const DIRT = "6 3.5";

  // ---- Small helpers ----

  /* Makes an element: el("p.note", {title: "…"}, "text", child). */
  function el(what, attributes, ...children) {
    const [tag, ...classes] = what.split(".");
    const node = document.createElement(tag);
    if (classes.length) node.className = classes.join(" ");
    for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
    node.append(...children.filter((child) => child !== null && child !== ""));
    return node;
  }

  function svg(width, height, ...shapes) {
    const make = (tag, attributes) => {
      const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
      return node;
    };
    const node = make("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
    node.append(...shapes.map(([tag, attributes]) => make(tag, attributes)));
    return node;
  }

  const count = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  const plural = (number, one, many) => `${count(number)} ${number === 1 ? one : many}`;
  const kilometres = (km) => (km === null ? "" : `${count(Math.round(km))} km`);

  function duration(minutes) {
    const hours = Math.floor(minutes / 60);
    return hours ? `${hours} h ${String(minutes % 60).padStart(2, "0")} min` : `${minutes} min`;
  }

  /* Undoes `lines.pack`. */
  function unpack({ counts, steps }) {
    let at = 0, lat = 0, lon = 0;
    function next() {
      let value = 0, shift = 0, digit;
      do {
        digit = steps.charCodeAt(at++) - 63;
        value |= (digit & 31) << shift;
        shift += 5;
      } while (digit & 32);
      return value & 1 ? ~(value >>> 1) : value >>> 1;
    }
    return counts.map((points) =>
      Array.from({ length: points }, () => [(lat += next()) / 1e5, (lon += next()) / 1e5]));
  }

  // ---- Roads: a canvas of their own, under all else ----

  map.createPane("roads").style.zIndex = 300;
  map.getPane("roads").style.pointerEvents = "none";
  const roadCanvas = L.canvas({ pane: "roads", padding: 0.2 });
  const roadLayer = L.layerGroup();
  const roadLines = [];
  const rings = [];

  function addRoads(road, lines, stroke) {
    const line = L.polyline(lines, {
      pane: "roads", renderer: roadCanvas, interactive: false, lineCap: "butt", smoothFactor: 1.2, ...stroke,
    });
    roadLines.push({ line, width: stroke.weight });
    roadLayer.addLayer(line);
  }

  function drawRoads() {
    const drawn = plan.roads.map((road) => ({ ...road, style: ROADS[road.rank], lines: unpack(road.line) })).reverse();
    for (const road of drawn) {
      if (road.style.casing) addRoads(road, road.lines, { color: road.style.casing, weight: road.style.width + 1.8 });
    }
    for (const road of drawn) {
      addRoads(road, road.lines, { color: road.style.line, weight: road.style.width, dashArray: road.paved ? null : DIRT });
    }
  }

  function fitToZoom() {
    const scale = Math.min(1.6, Math.max(0.55, 0.55 + (map.getZoom() - 8) * 0.2));
    for (const { line, width } of roadLines) line.setStyle({ weight: width * scale });
    for (const ring of rings) ring.setRadius(ring.options.full * Math.min(1, Math.max(0.6, scale + 0.1)));
  }

  // ---- Legs: with a white edge, arrows, and kept to the right of the road ----

  const planCanvas = L.canvas({ padding: 0.2, tolerance: 6 });

  /* Moves a line of screen points to its right, so that the way out and the way back, and the lines
     of several teams, lie side by side. */
  function beside(points, distance) {
    const normals = points.slice(1).map((point, i) => {
      const step = point.subtract(points[i]), length = Math.hypot(step.x, step.y) || 1;
      return L.point(-step.y / length, step.x / length);
    });
    return points.map((point, i) => {
      const before = normals[Math.max(0, i - 1)], after = normals[Math.min(i, normals.length - 1)];
      const turn = 1 + before.x * after.x + before.y * after.y;
      return point.add(before.add(after).multiplyBy(distance / Math.max(0.6, turn)));
    });
  }

  const Leg = L.Polyline.extend({
    _projectLatlngs(latlngs, rings, bounds) {
      const first = rings.length;
      L.Polyline.prototype._projectLatlngs.call(this, latlngs, rings, bounds);
      for (let i = first; i < rings.length; i++) {
        const ring = L.LineUtil.simplify(rings[i], 2);
        if (ring.length > 1) rings[i] = beside(ring, this.options.beside);
      }
    },
    _updatePath() {
      const renderer = this._renderer, own = this.options;
      if (!renderer._drawing || !this._parts.length) return;
      this.options = { ...own, color: "#fff", opacity: 0.9, weight: own.weight + 2.5, _dashArray: null };
      renderer._updatePoly(this);
      this.options = own;
      renderer._updatePoly(this);
      drawArrows(renderer._ctx, this._parts, own.color);
    },
  });

  function drawArrows(context, parts, color) {
    const every = 95;
    for (const part of parts) {
      let ahead = every / 2;
      for (let i = 1; i < part.length; i++) {
        const step = part[i].subtract(part[i - 1]), length = Math.hypot(step.x, step.y);
        for (; ahead <= length; ahead += every) {
          arrow(context, part[i - 1].add(step.multiplyBy(ahead / length)), Math.atan2(step.y, step.x), color);
        }
        ahead -= length;
      }
    }
  }

  function arrow(context, at, angle, color) {
    context.save();
    context.setLineDash([]);
    context.globalAlpha = 1;
    context.translate(at.x, at.y);
    context.rotate(angle);
    context.beginPath();
    context.moveTo(7, 0);
    context.lineTo(-5, 5.5);
    context.lineTo(-2.5, 0);
    context.lineTo(-5, -5.5);
    context.closePath();
    context.lineWidth = 2;
    context.strokeStyle = "#fff";
    context.stroke();
    context.fillStyle = color;
    context.fill();
    context.restore();
  }

  // ---- Villages: a ring filled by the share of households reached ----

  const Village = L.CircleMarker.extend({
    _updatePath() {
      const renderer = this._renderer;
      if (!renderer._drawing || this._empty()) return;
      const context = renderer._ctx, at = this._point, radius = this._radius;
      context.save();
      context.beginPath();
      context.arc(at.x, at.y, radius, 0, 2 * Math.PI);
      context.fillStyle = "#fff";
      context.fill();
      context.beginPath();
      context.moveTo(at.x, at.y);
      context.arc(at.x, at.y, radius, -Math.PI / 2, -Math.PI / 2 + 2 * Math.PI * this.options.share);
      context.closePath();
      context.fillStyle = INK;
      context.fill();
      context.beginPath();
      context.arc(at.x, at.y, radius, 0, 2 * Math.PI);
      context.lineWidth = 1.6;
      context.strokeStyle = this.options.share ? INK : FAINT;
      context.stroke();
      context.restore();
    },
  });

  // The area of the ring stands for the households.
  const largest = Math.max(1, ...plan.villages.map((village) => village.households));
  const radiusOf = (village) => 3.5 + 5 * Math.sqrt(village.households / largest);

  // ---- Popups ----

  function popup(title, who, colour, facts, after) {
    const head = who ? el(colour ? "p.who" : "p.who.plain", {}, who) : null;
    if (colour) head.style.setProperty("--team", colour);
    const list = el("dl", {});
    for (const [term, text] of facts) if (text) list.append(el("dt", {}, term), el("dd", {}, text));
    return el("div", {}, el("h3", {}, title), head, facts.length ? list : null, after || null);
  }

  function why(village) {
    if (!village.missed) return null;
    const left = `${plural(village.missed, "household", "households")} not reached`;
    return el("p.why", {}, `${left}. ${village.reason}.`, el("small", {}, village.detail));
  }

  const villageAt = Object.fromEntries(plan.villages.map((village) => [village.place, village]));

  function stopPopup(tour, stop) {
    const village = villageAt[stop.place];
    const reached = `${count(stop.households)} of ${count(village ? village.households : stop.households)}`;
    const facts = [
      ["Arrives", stop.arrive],
      ["Starts", stop.start],
      ["Ends", stop.end],
      ...stop.rests.map((rest) => ["Rests", `${rest.start} – ${rest.end}`]),
      ["Households", reached],
    ];
    if (stop.visits > 1) facts.push(["Visit", `${stop.visit} of ${stop.visits}, ${count(village.reached)} reached in all`]);
    return popup(`${stop.number} · ${stop.name}`, `${tour.team} · ${tour.date}`, tour.colour, facts, village && why(village));
  }

  function villagePopup(village) {
    const facts = [["Households", `${count(village.reached)} of ${count(village.households)} reached`]];
    return popup(village.name, "", "", facts, why(village));
  }

  function legPopup(tour, leg) {
    const facts = [["Drive", duration(leg.minutes)], ["Distance", leg.km === null ? "" : `${leg.km} km`]];
    const straight = leg.traced ? null : el("p.why", {}, "Drawn straight: the way on the roads is not known here.");
    return popup(`${leg.start} → ${leg.end}`, `${tour.team} · ${tour.date}`, tour.colour, facts, straight);
  }

  // ---- Markers ----

  const MOON = ["path", { d: "M13.6 12.6A5.6 5.6 0 0 1 8.2 4.7a5.7 5.7 0 1 0 5.4 7.9z", fill: "#fff" }];
  const nightIcon = () => svg(20, 20, ["circle", { cx: 10, cy: 10, r: 9, fill: "#3d3a55", stroke: "#fff", "stroke-width": 1.5 }], MOON);
  const baseIcon = () => svg(26, 26,
    ["rect", { x: 1.5, y: 1.5, width: 23, height: 23, rx: 6, fill: INK, stroke: "#fff", "stroke-width": 2 }],
    ["path", { d: "M13 6.2 5.8 12.6h2V19h3.7v-4.2h3V19h3.7v-6.4h2z", fill: "#fff" }]);

  function marker(at, icon, title, content) {
    const made = L.marker([at.lat, at.lon], { icon: L.divIcon(icon), alt: title, title, riseOnHover: true });
    return made.bindPopup(content, { maxWidth: 300, autoPanPadding: [20, 20] });
  }

  function stopMarker(tour, stop) {
    const number = el("span", {}, String(stop.number));
    number.style.background = tour.colour;
    number.style.color = tour.ink;
    // The numbers of several visits to one village stand side by side above it, their stems lean.
    const aside = (stop.visit - (stop.visits + 1) / 2) * 23;
    const stem = el("i", {});
    stem.style.height = `${Math.hypot(aside, 22)}px`;
    stem.style.transform = `rotate(${Math.atan2(aside, 22)}rad)`;
    const icon = { className: "stop", html: el("div", {}, stem, number), iconSize: [22, 28], iconAnchor: [11 - aside, 33], popupAnchor: [aside, -30] };
    return marker(stop, icon, `${stop.number} · ${stop.name}`, () => stopPopup(tour, stop));
  }

  function sleepMarker(sleep) {
    const icon = { className: "badge", html: nightIcon(), iconSize: [20, 20], iconAnchor: [10, -7] };
    const nights = sleep.nights.map((night) => [night.date, night.nights > 1 ? `${night.team}, ${night.nights} nights` : night.team]);
    return marker(sleep, icon, `Night in ${sleep.name}`, () => popup(sleep.name, "Sleeping place", "", nights));
  }

  function baseMarker(base) {
    const icon = { className: "badge", html: baseIcon(), iconSize: [26, 26], iconAnchor: [13, 13] };
    const content = () => popup(base.name, "Base", "", [[base.teams.length > 1 ? "Teams" : "Team", base.teams.join(", ")]]);
    return marker(base, icon, `Base in ${base.name}`, content);
  }

  function villageMarker(village) {
    const made = new Village([village.lat, village.lon], {
      renderer: planCanvas, full: radiusOf(village), share: village.reached / village.households,
    });
    rings.push(made);
    return made.bindPopup(() => villagePopup(village), { maxWidth: 300 });
  }

  function tourLayer(tour) {
    const position = plan.teams.findIndex((team) => team.id === tour.team);
    const group = L.featureGroup();
    for (const leg of tour.legs) {
      const line = new Leg(unpack(leg.line)[0], {
        renderer: planCanvas, color: tour.colour, weight: 3.2, opacity: 1, lineCap: "butt",
        dashArray: tour.dash || null, beside: 2.8 + 4.6 * (position % 3), smoothFactor: 1,
      });
      group.addLayer(line.bindPopup(() => legPopup(tour, leg), { maxWidth: 300 }));
    }
    for (const stop of tour.stops) group.addLayer(stopMarker(tour, stop));
    return group;
  }

  // ---- Names, as many as there is room for ----

  map.createPane("names").style.zIndex = 590;
  map.getPane("names").style.pointerEvents = "none";
  const nameLayer = L.layerGroup();
  const measure = document.createElement("canvas").getContext("2d");

  function namedPlaces() {
    const visits = {};
    for (const tour of plan.tours) for (const stop of tour.stops) visits[stop.place] = stop.visits;
    const bases = new Set(plan.bases.map((base) => base.place));
    const beds = new Set(plan.sleeps.map((sleep) => sleep.place));
    const places = [
      ...plan.bases.map((base) => ({ ...base, kind: "base", gap: 16, above: 14, below: 14, rank: Infinity })),
      ...plan.villages.filter((village) => !bases.has(village.place)).map((village) => ({
        ...village, kind: village.reached ? "done" : "missed", gap: radiusOf(village) + 4,
        above: village.reached ? 36 : radiusOf(village),
        below: beds.has(village.place) ? 28 : 9, badges: (visits[village.place] || 0) * 12,
        rank: village.households + (village.reached ? 1e9 : 0),
      })),
    ];
    const villages = new Set(plan.villages.map((village) => village.place));
    for (const sleep of plan.sleeps) {
      if (!villages.has(sleep.place) && !bases.has(sleep.place)) places.push({ ...sleep, kind: "done", gap: 14, above: 10, below: 28, rank: 1e9 });
    }
    const style = getComputedStyle(map.getContainer());
    for (const place of places) {
      measure.font = place.kind === "base" ? `700 14px ${style.fontFamily}` : `500 12px ${style.fontFamily}`;
      place.width = measure.measureText(place.name).width + 3;
    }
    return places.sort((a, b) => b.rank - a.rank);
  }

  const named = namedPlaces();
  const overlap = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

  /* The boxes that a name may take, best first: right, left, below, above. */
  function boxesFor(place, at) {
    const left = (x) => [at.x + x, at.y - 7, at.x + x + place.width, at.y + 7];
    const middle = (down) => left(-place.width / 2).map((v, i) => (i % 2 ? v + down : v));
    return [left(place.gap), left(-place.gap - place.width), middle(place.below + 8), middle(-place.above - 8)];
  }

  function drawNames() {
    nameLayer.clearLayers();
    const view = map.getBounds(), zoom = map.getZoom();
    const from = map.containerPointToLayerPoint([0, 0]), to = from.add(map.getSize());
    const inside = (one) => one[0] > from.x + 2 && one[1] > from.y && one[2] < to.x - 2 && one[3] < to.y;
    const here = named.filter((place) => view.contains([place.lat, place.lon]))
      .map((place) => ({ place, at: map.latLngToLayerPoint([place.lat, place.lon]) }));
    const taken = here.map(({ place, at }) => {
      const half = Math.max(place.gap - 3, place.badges || 0);
      return [at.x - half, at.y - place.above, at.x + half, at.y + place.below - 1];
    });
    for (const { place, at } of here) {
      if (zoom < NAMES_FROM_ZOOM[place.kind]) continue;
      const own = taken[here.findIndex((other) => other.place === place)];
      const box = boxesFor(place, at).find((one) => inside(one) && !taken.some((other) => other !== own && overlap(one, other)));
      if (!box) continue;
      taken.push(box);
      nameLayer.addLayer(L.marker([place.lat, place.lon], {
        pane: "names", interactive: false, keyboard: false,
        icon: L.divIcon({
          className: `name ${place.kind}`, html: el("span", {}, place.name),
          iconSize: null, iconAnchor: [at.x - box[0], at.y - box[1]],
        }),
      }));
    }
  }

  // ---- Layers ----

  const layers = {
    roads: roadLayer,
    names: nameLayer,
    reached: L.featureGroup(plan.villages.filter((village) => village.reached).map(villageMarker)),
    left_out: L.featureGroup(plan.villages.filter((village) => village.missed && !village.reached).map(villageMarker)),
    sleeps: L.featureGroup(plan.sleeps.map(sleepMarker)),
    bases: L.featureGroup(plan.bases.map(baseMarker)),
  };
  const tours = plan.tours.map((tour, i) => ({ ...tour, layer: tourLayer(tour), name: `tour-${i}` }));

  function toggle(name, layer, attributes) {
    const box = el("input", { type: "checkbox", checked: "", "data-layer": name, ...attributes });
    box.addEventListener("change", () => (box.checked ? map.addLayer(layer) : map.removeLayer(layer)));
    return box;
  }

  // ---- The panel ----

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

  const findIcon = () => svg(18, 18, ["path", {
    d: "M2 6V2h4M12 2h4v4M16 12v4h-4M6 16H2v-4", fill: "none", stroke: "currentColor", "stroke-width": 1.6,
  }], ["circle", { cx: 9, cy: 9, r: 2.2, fill: "currentColor" }]);

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
      line("roads", layers.roads, "Roads"));
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

  function legend() {
    const list = el("div.legend", {});
    const add = (picture, text) => list.append(picture, el("span", {}, text));
    const ring = (share) => svg(18, 18, ["circle", { cx: 9, cy: 9, r: 6.5, fill: share === 1 ? INK : "#fff", stroke: share ? INK : FAINT, "stroke-width": 1.6 }],
      ["path", { d: share === 0.5 ? "M9 2.5a6.5 6.5 0 0 1 0 13z" : "", fill: INK }]);
    const tour = tours.find((one) => one.legs.length) || { colour: INK, ink: "#fff" };
    add(svg(24, 24, ["circle", { cx: 12, cy: 12, r: 10.5, fill: tour.colour }], ["path", { d: "M10 9.5 12.6 7.5V17", fill: "none", stroke: tour.ink, "stroke-width": 2 }]), "Stop, numbered in the order of the day");
    add(svg(44, 14, ["line", { x1: 0, y1: 7, x2: 44, y2: 7, stroke: tour.colour, "stroke-width": 3.2 }], ["path", { d: "M29 7 17 1.5 19.5 7 17 12.5z", fill: tour.colour, stroke: "#fff", "stroke-width": 1 }]), "Drive; shade and strokes tell the day");
    add(baseIcon(), "Base");
    if (plan.sleeps.length) add(nightIcon(), "Sleeping place");
    add(ring(1), "Village, all households reached");
    add(ring(0.5), "Reached in part");
    add(ring(0), "Left out; a larger ring, more households");
    for (const rank of Object.keys(ROADS)) {
      const drawn = plan.roads.filter((road) => road.rank === rank);
      if (drawn.length) add(roadSample(ROADS[rank], drawn.some((road) => road.paved)), ROADS[rank].name);
    }
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
      legend(),
    ].filter(Boolean)));

  // ---- Put together ----

  const box = L.latLngBounds([plan.bounds.south, plan.bounds.west], [plan.bounds.north, plan.bounds.east]);
  const showAll = () => map.fitBounds(box, { padding: [34, 34], maxZoom: 14, animate: false });

  L.control.zoom({ position: "topright" }).addTo(map);
  L.control.scale({ position: "bottomleft", imperial: false, maxWidth: 110 }).addTo(map);
  L.control.attribution({ prefix: "Leaflet" }).addAttribution("© OpenStreetMap contributors").addTo(map);
  const Whole = L.Control.extend({
    onAdd() {
      const button = el("a", { role: "button", href: "#", title: "Show all", "aria-label": "Show all" }, findIcon());
      L.DomEvent.disableClickPropagation(button).on(button, "click", (event) => {
        L.DomEvent.preventDefault(event);
        showAll();
      });
      return el("div.leaflet-bar", {}, button);
    },
  });
  new Whole({ position: "topright" }).addTo(map);

  drawRoads();
  map.invalidateSize();
  showAll();
  map.setMaxBounds(box.pad(1.5));
  map.setMinZoom(Math.floor(map.getZoom()) - 1);
  fitToZoom();
  map.on("zoomend", fitToZoom);
  map.on("moveend", drawNames);
  window.addEventListener("resize", () => map.invalidateSize());
  drawNames();
  for (const name of ["roads", "left_out", "reached"]) map.addLayer(layers[name]);
  for (const tour of tours) map.addLayer(tour.layer);
  for (const name of ["sleeps", "bases", "names"]) map.addLayer(layers[name]);
}
