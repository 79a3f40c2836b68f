/* Names of places, numbers of stops and figures of drives: as many as there is room for. */

const NAMES_FROM_ZOOM = { district: 0, base: 0, done: 8, missed: 9 };
const LONGEST_NAME = 28; // Letters; the whole name is in the popup.
const FOOT = 32; // Pixels at the foot of the map that the scale and the credit take.

// The area of a ring shows the households.
const largestOf = (size) => Math.max(1, ...plan.villages.map(size));
const mostUnsigned = largestOf((village) => village.households), mostInAll = largestOf(allOf);
const radiusOf = (village, mode) =>
  mode === "plan" ? 3.5 + 5 * Math.sqrt(village.households / mostUnsigned) : 5 + 8 * Math.sqrt(allOf(village) / mostInAll);

// Pixels that a number takes across; on paper it tells crew and day too.
const roomOf = (state) => (state.paper ? 38 : 23);

const overlap = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

/* The places that may be named, the most important first. */
function namedPlaces(state, measure) {
  if (showsAll(state)) return namedDistricts(measure);
  const { mode, shown } = state;
  const visits = new Map();
  for (const tour of shown) for (const stop of tour.stops) visits.set(stop.place, (visits.get(stop.place) || 0) + 1);
  const bases = new Set(plan.bases.map((base) => base.place));
  const beds = new Set(plan.sleeps.map((sleep) => sleep.place));
  const isHere = ({ place }) => isInDistrict(state, districtOfPlace.get(place));
  const villages = plan.villages.filter((village) => isHere(village) && !bases.has(village.place) && (mode !== "plan" || village.households));
  const places = [
    ...plan.bases.map((base) => {
      const visited = mode === "plan" ? visits.get(base.place) || 0 : 0;
      return { ...base, kind: "base", gap: 16, badges: (visited * roomOf(state)) / 2, above: visited ? 36 : 14, below: 14, rank: Infinity };
    }),
    ...villages.map((village) => {
      const radius = radiusOf(village, mode), visited = visits.get(village.place) || 0;
      return {
        ...village, gap: radius + 4, badges: (visited * roomOf(state)) / 2, above: visited && mode === "plan" ? 36 : radius,
        kind: mode === "plan" && !visited ? "missed" : "done",
        below: beds.has(village.place) && mode === "plan" ? 28 : radius + 2,
        rank: village.households + (visited ? 1e9 : 0),
      };
    }),
  ];
  const known = new Set([...villages.map((village) => village.place), ...bases]);
  for (const sleep of plan.sleeps) {
    if (!known.has(sleep.place) && mode === "plan") places.push({ ...sleep, kind: "done", gap: 14, above: 10, below: 28, rank: 1e9 });
  }
  for (const place of places) {
    const name = place.name.length > LONGEST_NAME ? `${place.name.slice(0, LONGEST_NAME - 1).trim()}…` : place.name;
    place.label = mode === "plan" || place.kind === "base" ? name : `${name} ${percent(shareOf(place, mode))}`;
    place.width = measure(place.label, place.kind === "base" ? "700 14px" : "500 12px");
  }
  return places.sort((a, b) => b.rank - a.rank);
}

/* The boxes that a name may take, best first: right, left, below, above. */
function boxesFor(place, at) {
  const left = (x) => [at.x + x, at.y - 7, at.x + x + place.width, at.y + 7];
  const middle = (down) => left(-place.width / 2).map((v, i) => (i % 2 ? v + down : v));
  return [left(place.gap), left(-place.gap - place.width), middle(place.below + 8), middle(-place.above - 8)];
}

/* Makes the layer of names; it is drawn anew with `draw` wherever the map or what it shows changes. */
function makeNames(map) {
  map.createPane("names").style.zIndex = 590;
  map.getPane("names").style.pointerEvents = "none";
  const layer = L.layerGroup();
  const pen = document.createElement("canvas").getContext("2d");
  const family = getComputedStyle(map.getContainer()).fontFamily;
  const measure = (text, font) => {
    pen.font = `${font} ${family}`;
    return pen.measureText(text).width + 3;
  };

  function write(latlng, offset, className, text, colour = "") {
    const html = el("span", {}, text);
    html.style.setProperty("--team", colour);
    const icon = L.divIcon({ className, html, iconSize: null, iconAnchor: offset });
    layer.addLayer(L.marker(latlng, { pane: "names", interactive: false, keyboard: false, icon }));
  }

  /* Where stops of several villages lie on one another, only the first keeps its number. */
  function thinStops(stops, half) {
    const kept = [];
    for (const { mark, aside, place } of stops) {
      const at = map.latLngToLayerPoint(mark.getLatLng());
      const own = [at.x + aside - half, at.y - 33, at.x + aside + half, at.y - 11];
      const small = kept.some((other) => other.place !== place && overlap(own, other.box));
      if (!small) kept.push({ box: own, place });
      const element = mark.getElement();
      if (element) element.classList.toggle("small", small);
    }
  }

  /* Points on the drives that are shown, which names cover only where there is no other room. */
  function pointsOf(drives) {
    const points = [];
    for (const { line } of drives) along(line._parts || [], 9, (at) => points.push(at));
    return points;
  }

  function writePlaces(state, inside, taken) {
    const points = pointsOf(state.drives);
    const covered = (box) => points.filter((at) => at.x > box[0] && at.x < box[2] && at.y > box[1] && at.y < box[3]).length;
    const view = map.getBounds(), zoom = map.getZoom();
    const here = namedPlaces(state, measure).filter((place) => view.contains([place.lat, place.lon]))
      .map((place) => ({ place, at: map.latLngToLayerPoint([place.lat, place.lon]) }));
    const first = taken.length;
    taken.push(...here.map(({ place, at }) => {
      const half = Math.max(place.gap - 3, place.badges || 0);
      return [at.x - half, at.y - place.above, at.x + half, at.y + place.below - 1];
    }));
    for (const [n, { place, at }] of here.entries()) {
      if (zoom < NAMES_FROM_ZOOM[place.kind]) continue;
      const boxes = boxesFor(place, at).filter(inside);
      const inTheWay = (one) => taken.filter((other) => other !== taken[first + n] && overlap(one, other)).length;
      // A base is named in any crowd, where it is thinnest.
      const least = place.kind === "base" ? Math.min(...boxes.map(inTheWay)) : 0;
      const free = boxes.filter((one) => inTheWay(one) <= least);
      if (!free.length) continue;
      const box = free.map((one) => ({ one, hidden: covered(one) })).sort((a, b) => a.hidden - b.hidden)[0].one;
      taken.push(box);
      write([place.lat, place.lon], [at.x - box[0], at.y - box[1]], `name ${place.kind}`, place.label);
    }
  }

  /* Distance and minutes on each drive of the day that is looked at. */
  function writeDrives(drives, inside, taken) {
    for (const { leg, line, colour } of drives.filter((one) => one.told)) {
      if (!line._parts || !line._parts.length) continue;
      const points = [];
      along(line._parts, 24, (at) => points.push(at));
      const text = drive(leg), half = measure(text, "600 11px") / 2 + 5;
      const middle = points.length / 2;
      points.map((at, i) => ({ at, off: Math.abs(i - middle) })).sort((a, b) => a.off - b.off)
        .some(({ at }) => {
          const box = [at.x - half, at.y - 9, at.x + half, at.y + 9];
          if (!inside(box) || taken.some((other) => overlap(box, other))) return false;
          taken.push(box);
          write(map.layerPointToLatLng(at), [half, 9], "drive", text, colour);
          return true;
        });
    }
  }

  function draw(state) {
    layer.clearLayers();
    thinStops(state.marks, (roomOf(state) - 1) / 2);
    const from = map.containerPointToLayerPoint([0, 0]), to = from.add(map.getSize());
    const inside = (one) => one[0] > from.x + 2 && one[1] > from.y && one[2] < to.x - 2 && one[3] < to.y - FOOT;
    const corner = map.getContainer().querySelector(".leaflet-top.leaflet-right");
    const taken = [[to.x - corner.offsetWidth, from.y, to.x, from.y + corner.offsetHeight]];
    writePlaces(state, inside, taken);
    writeDrives(state.drives, inside, taken);
  }

  return { layer, draw };
}
