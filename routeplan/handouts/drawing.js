/* What Leaflet does not draw by itself: legs with arrows, villages as filled rings, roads. */

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

/* Calls back with a point and an angle at every so many pixels along lines. */
function along(parts, every, callback) {
  for (const part of parts) {
    let ahead = every / 2;
    for (let i = 1; i < part.length; i++) {
      const step = part[i].subtract(part[i - 1]), length = Math.hypot(step.x, step.y);
      for (; ahead <= length; ahead += every) {
        callback(part[i - 1].add(step.multiplyBy(ahead / length)), Math.atan2(step.y, step.x));
      }
      ahead -= length;
    }
  }
}

/* A drive: with a white edge, arrows, and kept to the right of the road; or a thin line, where it is
   `slim`, as on the map of a country. */
const Leg = L.Polyline.extend({
  _projectLatlngs(latlngs, rings, bounds) {
    const first = rings.length;
    L.Polyline.prototype._projectLatlngs.call(this, latlngs, rings, bounds);
    for (let i = first; i < rings.length; i++) {
      const ring = L.LineUtil.simplify(rings[i], 2);
      if (ring.length > 1 && !this.options.slim) rings[i] = beside(ring, this.options.beside);
    }
  },
  _updatePath() {
    const renderer = this._renderer, own = this.options;
    if (!renderer._drawing || !this._parts.length) return;
    if (own.slim) {
      this.options = { ...own, weight: 1.6, _dashArray: null };
      renderer._updatePoly(this);
      this.options = own;
      return;
    }
    this.options = { ...own, color: "#fff", opacity: 0.9, weight: own.weight + 2.5, _dashArray: null };
    renderer._updatePoly(this);
    this.options = own;
    renderer._updatePoly(this);
    along(this._parts, 95, (at, angle) => arrow(renderer._ctx, at, angle, own.color));
  },
});

/* A village: filled like a clock by the share that the plan reaches, or, where `shade` is set,
   shaded by it. */
const Village = L.CircleMarker.extend({
  _updatePath() {
    const renderer = this._renderer, { share, shade, faded } = this.options;
    if (!renderer._drawing || this._empty()) return;
    const context = renderer._ctx, at = this._point, radius = this._radius;
    const disc = () => {
      context.beginPath();
      context.arc(at.x, at.y, radius, 0, 2 * Math.PI);
    };
    context.save();
    context.setLineDash([]);
    context.globalAlpha = faded ? 0.4 : 1;
    disc();
    context.fillStyle = shade || "#fff";
    context.fill();
    if (!shade) {
      context.beginPath();
      context.moveTo(at.x, at.y);
      context.arc(at.x, at.y, radius, -Math.PI / 2, -Math.PI / 2 + 2 * Math.PI * share);
      context.closePath();
      context.fillStyle = INK;
      context.fill();
    }
    disc();
    context.lineWidth = 1.6;
    context.strokeStyle = share || shade ? INK : FAINT;
    context.stroke();
    context.restore();
  },
});

/* Draws the roads on a canvas of their own, under all else. */
function makeRoads(map) {
  map.createPane("roads").style.zIndex = 300;
  map.getPane("roads").style.pointerEvents = "none";
  const canvas = L.canvas({ pane: "roads", padding: 0.2 });
  const layer = L.layerGroup(), lines = [];
  function add(road, stroke) {
    const options = { pane: "roads", renderer: canvas, interactive: false, lineCap: "butt", smoothFactor: 1.2, ...stroke };
    const line = L.polyline(road.lines, options);
    lines.push({ line, width: stroke.weight });
    layer.addLayer(line);
  }
  const drawn = plan.roads.map((road) => ({ ...road, style: ROADS[road.rank], lines: unpack(road.line) })).reverse();
  for (const road of drawn) {
    if (road.style.casing) add(road, { color: road.style.casing, weight: road.style.width + 1.8 });
  }
  for (const road of drawn) {
    add(road, { color: road.style.line, weight: road.style.width, dashArray: road.paved ? null : DIRT });
  }
  const scaleTo = (scale) => {
    for (const { line, width } of lines) line.setStyle({ weight: width * scale });
  };
  return { layer, canvas, scaleTo };
}
