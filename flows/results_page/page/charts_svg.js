// Charts as SVG, without a library. The same interface as charts_echarts.js: a function takes the
// element that holds the chart and what to draw, and draws all of it anew.
import { h, replace, s } from "./dom.js";
import { make_scale, tick_text } from "./scale.js";

const font = 12;

function frame_of(host, x, y, height) {
  const width = Math.max(280, host.clientWidth || 640);
  const labels = y.ticks.map(tick_text);
  const left = 34 + Math.max(...labels.map((text) => text.length)) * font * 0.58;
  // Half of the last label stands to the right of the axis.
  const right = 10 + tick_text(x.ticks.at(-1)).length * font * 0.3;
  return { width, height, left, right: width - right, top: 12, bottom: height - 52 };
}

function axes(box, x, y, titles) {
  const parts = [];
  const px = (value) => box.left + x.place(value) * (box.right - box.left);
  const py = (value) => box.bottom - y.place(value) * (box.bottom - box.top);
  for (const tick of y.ticks) {
    parts.push(s("line", { class: "grid", x1: box.left, x2: box.right, y1: py(tick), y2: py(tick) }));
    parts.push(s("text", { class: "tick end", x: box.left - 6, y: py(tick) + 4 }, tick_text(tick)));
  }
  let free = -Infinity;
  for (const tick of x.ticks) {
    const text = tick_text(tick);
    const half = text.length * font * 0.3 + 4;
    parts.push(s("line", { class: "grid", x1: px(tick), x2: px(tick), y1: box.top, y2: box.bottom }));
    if (px(tick) - half < free) continue;  // labels never lie on one another
    free = px(tick) + half;
    parts.push(s("text", { class: "tick middle", x: px(tick), y: box.bottom + 18 }, text));
  }
  parts.push(s("path", { class: "axis", d: `M${box.left} ${box.top}V${box.bottom}H${box.right}` }));
  parts.push(s("text", { class: "axis-title middle", x: (box.left + box.right) / 2, y: box.height - 12 },
    fitting(titles[0], box.right - box.left)));
  parts.push(s("text", { class: "axis-title middle",
    transform: `translate(14 ${(box.top + box.bottom) / 2}) rotate(-90)` }, fitting(titles[1], box.bottom - box.top)));
  return { parts, px, py };
}

function show(host, box, parts) {
  const svg = s("svg", { class: "chart", viewBox: `0 0 ${box.width} ${box.height}`, width: box.width,
    height: box.height, "aria-hidden": "true" }, parts);
  replace(host, svg);
  return svg;
}

/// points: [{ x, y, i, best }], front: [[x, y]] in order, steps: "end" or "start", selected: i,
/// x and y: { title, log }, on_hover(i or null, event), on_select(i).
export function svg_scatter(host, spec) {
  const x = make_scale(spec.points.map((p) => p.x), spec.x.log);
  const y = make_scale(spec.points.map((p) => p.y), spec.y.log);
  const box = frame_of(host, x, y, 420);
  const { parts, px, py } = axes(box, x, y, [spec.x.title, spec.y.title]);
  const places = spec.points.map((p) => [px(p.x), py(p.y), p]);
  // One path for all common points: ten thousand elements would be slow.
  const dots = places.filter(([, , p]) => !p.best).map(([u, v]) => `M${u.toFixed(1)} ${v.toFixed(1)}h0`).join("");
  if (dots) parts.push(s("path", { class: "dots", d: dots }));
  if (spec.front.length > 1) {
    let d = "";
    spec.front.forEach(([u, v], k) => {
      const [a, b] = [px(u), py(v)];
      d += k === 0 ? `M${a} ${b}` : spec.steps === "end" ? `H${a}V${b}` : `V${b}H${a}`;
    });
    parts.push(s("path", { class: "front", d }));
  }
  for (const [u, v, p] of places) {
    if (p.best) parts.push(s("path", { class: "best", d: `M${u} ${v - 6}l6 6-6 6-6-6z` }));
  }
  const chosen = places.find(([, , p]) => p.i === spec.selected);
  if (chosen) parts.push(s("circle", { class: "selected", cx: chosen[0], cy: chosen[1], r: 10 }));
  const halo = s("circle", { class: "halo", r: 7, visibility: "hidden" });
  parts.push(halo);
  const svg = show(host, box, parts);
  const nearest = (event) => {
    const bounds = svg.getBoundingClientRect();
    const u = (event.clientX - bounds.left) * box.width / bounds.width;
    const v = (event.clientY - bounds.top) * box.height / bounds.height;
    let found = null;
    let least = 14 ** 2;
    for (const place of places) {
      // A best point wins over what lies under it.
      const distance = (place[0] - u) ** 2 + (place[1] - v) ** 2 - (place[2].best ? 30 : 0);
      if (distance < least) [found, least] = [place, distance];
    }
    return found;
  };
  svg.addEventListener("mousemove", (event) => {
    const found = nearest(event);
    halo.setAttribute("visibility", found ? "visible" : "hidden");
    if (found) {
      halo.setAttribute("cx", found[0]);
      halo.setAttribute("cy", found[1]);
    }
    spec.on_hover(found ? found[2].i : null, event);
  });
  svg.addEventListener("mouseleave", () => {
    halo.setAttribute("visibility", "hidden");
    spec.on_hover(null, null);
  });
  svg.addEventListener("click", (event) => {
    const found = nearest(event);
    if (found) spec.on_select(found[2].i);
  });
}

/// bins: [{ from, to, count }], marker: value or null, title, y_title, on_hover(bin or null, event).
export function svg_histogram(host, spec) {
  const edges = spec.bins.flatMap((bin) => [bin.from, bin.to]);
  const x = make_scale(edges, false);
  const y = make_scale([0, ...spec.bins.map((bin) => bin.count)], false, 5);
  y.ticks = y.ticks.filter(Number.isInteger);
  const box = frame_of(host, x, y, 300);
  const { parts, px, py } = axes(box, x, y, [spec.title, spec.y_title]);
  for (const bin of spec.bins) {
    if (bin.count === 0) continue;
    const bar = s("rect", { class: "bar", x: px(bin.from) + 0.5, y: py(bin.count),
      width: Math.max(1, px(bin.to) - px(bin.from) - 1), height: py(0) - py(bin.count) });
    bar.addEventListener("mousemove", (event) => spec.on_hover(bin, event));
    bar.addEventListener("mouseleave", () => spec.on_hover(null, null));
    parts.push(bar);
  }
  if (spec.marker !== null) {
    parts.push(s("line", { class: "marker", x1: px(spec.marker), x2: px(spec.marker), y1: box.top, y2: box.bottom }));
  }
  show(host, box, parts);
}

/// Squarified rectangles (Bruls, Huizing, van Wijk 2000) of items [{ value }], largest first.
export function squarified(items, box) {
  const placed = [];
  let { x, y, width, height } = box;
  let rest = items.filter((item) => item.value > 0).sort((a, b) => b.value - a.value);
  const scale = (width * height) / rest.reduce((sum, item) => sum + item.value, 0);
  while (rest.length > 0) {
    const side = Math.min(width, height);
    let row = [];
    let sum = 0;
    let worst = Infinity;
    for (const item of rest) {
      const next = sum + item.value * scale;
      const sizes = [...row, item].map((each) => each.value * scale);
      const thick = next / side;
      const now = Math.max(...sizes.map((size) => Math.max(thick ** 2 / size, size / thick ** 2)));
      if (now > worst) break;
      [worst, sum] = [now, next];
      row.push(item);
    }
    rest = rest.slice(row.length);
    const thick = sum / side;
    let along = 0;
    for (const item of row) {
      const length = (item.value * scale) / thick;
      placed.push(width >= height ? { item, x, y: y + along, width: thick, height: length }
        : { item, x: x + along, y, width: length, height: thick });
      along += length;
    }
    if (width >= height) [x, width] = [x + thick, width - thick];
    else [y, height] = [y + thick, height - thick];
  }
  return placed;
}

/// items: [{ name, value, children: [{ name, value, sequential }] }], on_hover([item, child] or
/// null, event).
export function svg_treemap(host, spec) {
  const box = { width: Math.max(280, host.clientWidth || 640), height: 360 };
  const parts = [];
  squarified(spec.items, { x: 0, y: 0, width: box.width, height: box.height }).forEach((outer, k) => {
    const head = outer.height > 44 && outer.width > 60 ? 22 : 0;
    const group = s("g", { class: `tile t${k % 8 + 1}` });
    group.append(s("rect", { class: "edge", x: outer.x, y: outer.y, width: outer.width, height: outer.height }));
    const inner = { x: outer.x + 2, y: outer.y + 2 + head, width: Math.max(0.5, outer.width - 4),
      height: Math.max(0.5, outer.height - 4 - head) };
    for (const part of squarified(outer.item.children, inner)) {
      const rect = s("rect", { class: part.item.sequential ? "part sequential" : "part", x: part.x, y: part.y,
        width: part.width, height: part.height });
      rect.addEventListener("mousemove", (event) => spec.on_hover([outer.item, part.item], event));
      rect.addEventListener("mouseleave", () => spec.on_hover(null, null));
      group.append(rect);
      if (part.width > 90 && part.height > 22) {
        group.append(s("text", { class: "tile-part", x: part.x + 6, y: part.y + 16 },
          fitting(part.item.name, part.width - 10)));
      }
    }
    if (head) {
      group.append(s("text", { class: "tile-name", x: outer.x + 7, y: outer.y + 17 },
        fitting(outer.item.name, outer.width - 12)));
    }
    parts.push(group);
  });
  show(host, box, parts);
}

/// The text, or its beginning where there is no room for it.
function fitting(text, width) {
  const most = Math.floor(width / (font * 0.58));
  return text.length <= most ? text : most < 3 ? "" : text.slice(0, most - 1) + "…";
}
