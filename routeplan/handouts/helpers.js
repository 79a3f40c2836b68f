"use strict";

/* What the map and its panel share. */

const INK = "#2b2a27", FAINT = "#6b665c";
const ROADS = {
  highway: { name: "Highway", width: 3.4, line: "#f3d999", casing: "#b39a63" },
  district: { name: "District road", width: 2.6, line: "#fffdf6", casing: "#b5a98e" },
  local: { name: "Local road", width: 1.6, line: "#c3b799" },
  track: { name: "Track", width: 1.1, line: "#c3b799" },
};
const DIRT = "6 3.5", CLOSED = "#c2261d";

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

// ---- Symbols ----

const MOON = ["path", { d: "M13.6 12.6A5.6 5.6 0 0 1 8.2 4.7a5.7 5.7 0 1 0 5.4 7.9z", fill: "#fff" }];
const nightIcon = () => svg(20, 20, ["circle", { cx: 10, cy: 10, r: 9, fill: "#3d3a55", stroke: "#fff", "stroke-width": 1.5 }], MOON);
const baseIcon = () => svg(26, 26,
  ["rect", { x: 1.5, y: 1.5, width: 23, height: 23, rx: 6, fill: INK, stroke: "#fff", "stroke-width": 2 }],
  ["path", { d: "M13 6.2 5.8 12.6h2V19h3.7v-4.2h3V19h3.7v-6.4h2z", fill: "#fff" }]);

const findIcon = () => svg(18, 18, ["path", {
  d: "M2 6V2h4M12 2h4v4M16 12v4h-4M6 16H2v-4", fill: "none", stroke: "currentColor", "stroke-width": 1.6,
}], ["circle", { cx: 9, cy: 9, r: 2.2, fill: "currentColor" }]);
