"use strict";

/* What all parts of the page share: the plan, its words, elements and symbols. All texts of the plan
   go into the page as text nodes, never as markup. */

const plan = JSON.parse(document.getElementById("plan").textContent);

const INK = "#2b2a27", FAINT = "#6b665c";
const ROADS = {
  highway: { width: 3.4, line: "#f3d999", casing: "#b39a63" },
  district: { width: 2.6, line: "#fffdf6", casing: "#b5a98e" },
  local: { width: 1.6, line: "#c3b799" },
  track: { width: 1.1, line: "#c3b799" },
};
const DIRT = "6 3.5", CLOSED = "#c2261d", EARLIER = "#77736a";

/* Classes of the share of households reached: up to which percent, and how they are shaded. They get
   darker step by step, so that they are told apart in grey and without seeing colours too. */
const SHARES = [
  { upto: 0, colour: "#ffffff" },
  { upto: 25, colour: "#e3e8b0" },
  { upto: 50, colour: "#a3cfa4" },
  { upto: 75, colour: "#4ea3ae" },
  { upto: 99, colour: "#2c6a9e" },
  { upto: 100, colour: "#1c2b66" },
];

/* Says a text of the plan's language; the form of a text that counts something goes by `n`. */
function say(key, fields = {}) {
  const found = plan.words[key];
  const text = typeof found === "string" ? found : found[pluralOf(fields.n)] || found.other;
  return text.replace(/\{(\w+)\}/g, (_, name) => (typeof fields[name] === "number" ? count(fields[name]) : fields[name]));
}

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

// ---- Numbers ----

function count(number) {
  const [whole, part] = String(number).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, plan.signs[1]);
  return part ? grouped + plan.signs[0] + part : grouped;
}

const kilometres = (km) => say("km", { km: count(km < 9.95 ? Math.round(km * 10) / 10 : Math.round(km)) });

/* Whole percents: none and all are said of none and all only. */
const percentOf = (share) => (share > 0 ? Math.max(1, Math.floor(100 * share)) : 0);
const percent = (share) => `${percentOf(share)}\u00a0%`;

function duration(minutes) {
  const hours = Math.floor(minutes / 60);
  if (!hours) return say("minutes", { minutes: String(minutes) });
  return say("hours", { hours: String(hours), minutes: String(minutes % 60).padStart(2, "0") });
}

/* Distance and time of a drive; the distance may not be known. */
const drive = ({ km, minutes }) => (km === null ? duration(minutes) : `${kilometres(km)} · ${duration(minutes)}`);

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

// ---- Names in any script ----

const LATIN = {
  а: "a", ә: "a", б: "b", в: "v", г: "g", ғ: "g", д: "d", е: "e", ё: "e", ж: "zh", з: "z", и: "i", й: "i",
  к: "k", қ: "k", л: "l", м: "m", н: "n", ң: "n", о: "o", ө: "o", п: "p", р: "r", с: "s", т: "t", у: "u",
  ұ: "u", ү: "u", ф: "f", х: "h", һ: "h", ц: "ts", ч: "ch", ш: "sh", щ: "sh", ъ: "", ы: "i", і: "i", ь: "",
  э: "e", ю: "iu", я: "ia", ş: "sh", ç: "ch", ı: "i", ə: "a", ŋ: "n", ß: "ss", "'": "", "’": "", "ʼ": "",
};
const ALIKE = [[/shch/g, "sh"], [/kh|x/g, "h"], [/gh/g, "g"], [/ng/g, "n"], [/q/g, "k"], [/w/g, "u"],
  [/y/g, "i"], [/j/g, "zh"], [/ie/g, "e"], [/(.)\1+/g, "$1"]];

/* What is left of a name when scripts, signs on letters and ways of writing them are set aside:
   Ақбұлақ, Aqbulaq and Akbulak are one. `between` stands between its words. */
function folded(name, between = " ") {
  let text = name.toLowerCase().normalize("NFC").replace(/./gu, (letter) => LATIN[letter] ?? letter);
  text = text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[^\p{L}\p{N}]+/gu, " ").trim().replaceAll(" ", between);
  for (const [written, meant] of ALIKE) text = text.replace(written, meant);
  return text;
}

// ---- Shares ----

/* Maps, not objects: a village may have the id "constructor". */
const villageAt = new Map(plan.villages.map((village) => [village.place, village]));
const allOf = (village) => village.signed + village.households;
const shareOf = (village, mode) => (village.signed + (mode === "after" ? village.reached : 0)) / allOf(village);
const classOf = (share) => SHARES.findIndex(({ upto }) => percentOf(share) <= upto);

// ---- Symbols ----

const MOON = ["path", { d: "M13.6 12.6A5.6 5.6 0 0 1 8.2 4.7a5.7 5.7 0 1 0 5.4 7.9z", fill: "#fff" }];
const nightIcon = () => svg(20, 20, ["circle", { cx: 10, cy: 10, r: 9, fill: "#3d3a55", stroke: "#fff", "stroke-width": 1.5 }], MOON);
const baseIcon = () => svg(26, 26,
  ["rect", { x: 1.5, y: 1.5, width: 23, height: 23, rx: 6, fill: INK, stroke: "#fff", "stroke-width": 2 }],
  ["path", { d: "M13 6.2 5.8 12.6h2V19h3.7v-4.2h3V19h3.7v-6.4h2z", fill: "#fff" }]);
const strokeIcon = (d) => svg(18, 18, ["path", { d, fill: "none", stroke: "currentColor", "stroke-width": 1.7, "stroke-linecap": "round" }]);
const findIcon = () => strokeIcon("M2 6V2h4M12 2h4v4M16 12v4h-4M6 16H2v-4M9 7.2v3.6M7.2 9h3.6");
const openIcon = () => strokeIcon("M7 4l5 5-5 5");
const backIcon = () => strokeIcon("M11 4L6 9l5 5");
const printIcon = () => strokeIcon("M5 7V2h8v5M5 13H2.5V7h13v6H13M5 11h8v5H5z");
const searchIcon = () => strokeIcon("M8 13A5 5 0 1 0 8 3a5 5 0 0 0 0 10zM12 12l4 4");
