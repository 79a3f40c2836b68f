/* What layers of folium need besides Leaflet, without jQuery and icons that would be fetched. */

/* Of jQuery: elements of a text or a selector, and a call when the page is there. */
function $(what) {
  if (typeof what === "function") return $(document).ready(what);
  let nodes = [what];
  if (typeof what === "string") {
    const made = document.createElement("template");
    if (what.trim().startsWith("<")) made.innerHTML = what.trim();
    nodes = made.innerHTML ? [...made.content.childNodes] : [...document.querySelectorAll(what)];
  }
  return Object.assign(nodes, {
    ready: (call) => (document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", call) : call()),
    draggable: () => nodes,
  });
}

/* Of Leaflet.awesome-markers: pins in its colours, without the sign inside. */
L.AwesomeMarkers = {
  colours: { cadetblue: "#436978", lightblue: "#8adaff", lightred: "#ff8e7f", lightgreen: "#bbf970", darkpurple: "#5b396b", darkred: "#a23336", darkgreen: "#728224", darkblue: "#0067a3", beige: "#ffcb92", lightgray: "#a3a3a3" },
  icon({ markerColor = "blue", extraClasses = "" } = {}) {
    const pin = '<path d="M14 1C7 1 2 6.2 2 12.8 2 21 14 35 14 35s12-14 12-22.2C26 6.2 21 1 14 1z" stroke="#fff" stroke-width="1.5"/><circle cx="14" cy="13" r="4.2" fill="#fff"/>';
    const colour = this.colours[markerColor] || markerColor;
    const html = `<svg width="28" height="36" viewBox="0 0 28 36" fill="${colour}">${pin}</svg>`;
    return L.divIcon({ className: `pin ${extraClasses}`, html, iconSize: [28, 36], iconAnchor: [14, 35], popupAnchor: [0, -30] });
  },
};
L.AwesomeMarkers.Icon = { prototype: { options: {} } };

/* Leaflet's own marker: it would look for its pictures beside a style sheet. */
L.Icon.Default.imagePath = "";
L.Icon.Default.mergeOptions(MARKER_IMAGES);
