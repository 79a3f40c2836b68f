/* Draws one plan on a Leaflet map. All texts of the plan go into the page as text nodes, never as
   markup. */
function drawPlan(map, plan) {
  // Names of villages that are visited, and of all others, are shown from these zoom levels on.
  const NAMES_FROM_ZOOM = { base: 0, done: 8, missed: 9 };
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
    const straight = leg.traced ? null : el("p.why", {}, "Drawn straight: its road is not known here.");
    const notes = leg.road_notes.length ? el("ul.notes", {}, ...leg.road_notes.map((note) => el("li", {}, note))) : null;
    const after = straight && notes ? el("div", {}, straight, notes) : straight || notes;
    return popup(`${leg.start} → ${leg.end}`, `${tour.team} · ${tour.date}`, tour.colour, facts, after);
  }

  // ---- Markers ----

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
        renderer: planCanvas, color: tour.colour, weight: leg.traced ? 3.2 : 1.6, lineCap: "butt",
        dashArray: tour.dash || null, beside: 2.8 + 4.6 * (position % 3), smoothFactor: 1,
      });
      group.addLayer(line.bindPopup(() => legPopup(tour, leg), { maxWidth: 300 }));
    }
    for (const stop of tour.stops) group.addLayer(stopMarker(tour, stop));
    return group;
  }

  // ---- Roads that are not taken: dashed in red, with the reason ----

  function closedPopup(road) {
    const villages = el("ul.notes", {}, ...road.villages.map((text) => el("li", {}, text)));
    return popup(road.name, road.reason, "", [], villages);
  }

  function closedLine(road) {
    const line = L.polyline(unpack(road.line), {
      renderer: planCanvas, color: CLOSED, weight: 2.6, dashArray: "2 6", lineCap: "round", smoothFactor: 1,
    });
    return line.bindPopup(() => closedPopup(road), { maxWidth: 300 });
  }

  // ---- Names, as many as there is room for ----

  map.createPane("names").style.zIndex = 590;
  map.getPane("names").style.pointerEvents = "none";
  const nameLayer = L.layerGroup();
  const LONGEST_NAME = 28; // Letters; the whole name is in the popup.
  const FOOT = 32; // Pixels at the foot of the map that the scale and the credit take.
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
      place.label = place.name.length > LONGEST_NAME ? `${place.name.slice(0, LONGEST_NAME - 1).trim()}…` : place.name;
      place.width = measure.measureText(place.label).width + 3;
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
    const inside = (one) => one[0] > from.x + 2 && one[1] > from.y && one[2] < to.x - 2 && one[3] < to.y - FOOT;
    const here = named.filter((place) => view.contains([place.lat, place.lon]))
      .map((place) => ({ place, at: map.latLngToLayerPoint([place.lat, place.lon]) }));
    const taken = here.map(({ place, at }) => {
      const half = Math.max(place.gap - 3, place.badges || 0);
      return [at.x - half, at.y - place.above, at.x + half, at.y + place.below - 1];
    });
    for (const [n, { place, at }] of here.entries()) {
      if (zoom < NAMES_FROM_ZOOM[place.kind]) continue;
      const own = taken[n];
      const boxes = boxesFor(place, at).filter(inside);
      const inTheWay = (one) => taken.filter((other) => other !== own && overlap(one, other)).length;
      // A base is named in any crowd, where it is thinnest.
      if (place.kind === "base") boxes.sort((a, b) => inTheWay(a) - inTheWay(b)).splice(1);
      const box = boxes.find((one) => place.kind === "base" || !inTheWay(one));
      if (!box) continue;
      taken.push(box);
      nameLayer.addLayer(L.marker([place.lat, place.lon], {
        pane: "names", interactive: false, keyboard: false,
        icon: L.divIcon({
          className: `name ${place.kind}`, html: el("span", {}, place.label),
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
    left_out: L.featureGroup(plan.villages.filter((village) => !village.reached).map(villageMarker)),
    sleeps: L.featureGroup(plan.sleeps.map(sleepMarker)),
    bases: L.featureGroup(plan.bases.map(baseMarker)),
    closed: L.featureGroup(plan.closed_roads.map(closedLine)),
  };
  const tours = plan.tours.map((tour, i) => ({ ...tour, layer: tourLayer(tour), name: `tour-${i}` }));

  // ---- Put together ----

  const box = L.latLngBounds([plan.bounds.south, plan.bounds.west], [plan.bounds.north, plan.bounds.east]);
  const showAll = () => map.fitBounds(box, { padding: [34, 34], maxZoom: 14, animate: false });

  /* A frame within another page, or one that is hidden, may get its size after the page is there. */
  function whenSized(start) {
    const size = map.invalidateSize().getSize();
    if (size.x && size.y) start();
    else window.addEventListener("resize", () => whenSized(start), { once: true });
  }

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

  drawPanel(map, plan, { layers, tours, villagePopup, closedPopup });
  drawRoads();
  window.addEventListener("resize", () => map.invalidateSize());
  whenSized(() => {
    showAll();
    map.setMinZoom(Math.floor(map.getZoom()) - 1);
    fitToZoom();
    map.on("zoomend", fitToZoom);
    map.on("moveend", drawNames);
    drawNames();
  });
  for (const name of ["roads", "closed", "left_out", "reached"]) map.addLayer(layers[name]);
  for (const tour of tours) map.addLayer(tour.layer);
  for (const name of ["sleeps", "bases", "names"]) map.addLayer(layers[name]);
}
