// The charts of the page, by ECharts or by the page itself, whichever stands in it.
import { h } from "./dom.js";
import { echarts_histogram, echarts_scatter, echarts_treemap } from "./charts_echarts.js";
import { svg_histogram, svg_scatter, svg_treemap } from "./charts_svg.js";

export function chart_library() {
  return globalThis.echarts ? "echarts" : "svg";
}

const drawers = {
  svg: { scatter: svg_scatter, histogram: svg_histogram, treemap: svg_treemap },
  echarts: { scatter: echarts_scatter, histogram: echarts_histogram, treemap: echarts_treemap },
};

const redraws = new Set();

/// A chart that is drawn again where the page's width or its colours change. `describe()` gives the
/// text for those who cannot see it; `spec()` what to draw, or null where there is nothing.
export function chart(kind, spec, describe) {
  const canvas = h("div", { class: "canvas" });
  const empty = h("p", { class: "empty", hidden: true }, "No point that is left has these figures.");
  const element = h("div", { class: "plot", role: "img", "data-library": chart_library() }, canvas, empty);
  const draw = () => {
    const what = spec();
    canvas.hidden = what === null;
    empty.hidden = what !== null;
    element.setAttribute("aria-label", describe());
    if (what !== null && element.isConnected) drawers[chart_library()][kind](canvas, what);
  };
  redraws.add(draw);
  return { element, draw };
}

export function redraw_all() {
  for (const draw of redraws) draw();
}

const tip = h("div", { class: "tip", hidden: true, "aria-hidden": "true" });
export function tip_element() {
  return tip;
}

/// Shows content beside the pointer; hides it where there is none.
export function show_tip(content, event) {
  tip.hidden = !content;
  if (!content) return;
  tip.replaceChildren(content);
  const room = 14;
  const width = tip.offsetWidth;
  const height = tip.offsetHeight;
  const x = event.clientX + room + width > innerWidth ? event.clientX - room - width : event.clientX + room;
  const y = event.clientY + room + height > innerHeight ? event.clientY - room - height : event.clientY + room;
  tip.style.left = `${Math.max(4, x)}px`;
  tip.style.top = `${Math.max(4, y)}px`;
}

/// A small list of names and values.
export function tip_list(title, rows) {
  return h("div", {}, h("strong", {}, title),
    h("dl", {}, rows.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])));
}
