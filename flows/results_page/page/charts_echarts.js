// Charts by Apache ECharts, which stands in the page where the program was
// built with npm. The same interface as charts_svg.js.
import { make_scale, tick_text } from "./scale.js";

function chart_of(host, height, spec) {
  host.style.height = `${height}px`;
  host.spec = spec;
  if (!host.chart) {
    host.replaceChildren();
    host.chart = globalThis.echarts.init(host, null, { renderer: "canvas" });
    // What was under the pointer may go as the chart is drawn anew, without an event of its own.
    const zr = host.chart.getZr();
    zr.on("mousemove", (event) => { if (!event.target) host.spec.on_hover(null, null); });
    zr.on("globalout", () => host.spec.on_hover(null, null));
  }
  host.chart.resize();
  for (const event of ["mouseover", "mousemove", "mouseout", "click"]) host.chart.off(event);
  return host.chart;
}

/// Colours of the style sheet, which follow light, dark and print.
function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(name).trim();
  return { ink: of("--text"), quiet: of("--quiet"), grid: of("--grid"), axis: of("--axis"), card: of("--card"),
    dot: of("--s1"), best: of("--s2"), bar: of("--s1"),
    tiles: [1, 2, 3, 4, 5, 6, 7, 8].map((k) => of(`--t${k}`)) };
}

const family = "system-ui, -apple-system, \"Segoe UI\", Roboto, \"Helvetica Neue\", Arial, sans-serif";

function fitting_title(text, width) {
  const most = Math.floor(width / 7.2);
  return text.length <= most ? text : text.slice(0, Math.max(1, most - 1)) + "…";
}

function axis(scale, title, gap, c) {
  return {
    // Else the axis is made longer than its ends, for bars.
    containShape: false,
    type: scale.log ? "log" : "value", min: scale.low, max: scale.high,
    interval: scale.log || scale.ticks.length < 2 ? undefined : scale.ticks[1] - scale.ticks[0],
    name: title, nameLocation: "middle", nameGap: gap, nameTextStyle: { color: c.ink, fontSize: 13, fontFamily: family },
    axisLine: { show: true, lineStyle: { color: c.axis }, onZero: false }, axisTick: { show: false },
    splitLine: { lineStyle: { color: c.grid } },
    axisLabel: { color: c.quiet, hideOverlap: true, fontFamily: family, showMinLabel: scale.log ? false : undefined,
      showMaxLabel: scale.log ? false : undefined, formatter: tick_text },
  };
}

function grid(y) {
  const longest = Math.max(...y.ticks.map((tick) => tick_text(tick).length));
  return { left: 40 + longest * 7, right: 34, top: 16, bottom: 56, gap: 18 + longest * 7 };
}

export function echarts_scatter(host, spec) {
  const chart = chart_of(host, 420, spec);
  const c = colours();
  const x = make_scale(spec.points.map((p) => p.x), spec.x.log);
  const y = make_scale(spec.points.map((p) => p.y), spec.y.log);
  const box = grid(y);
  const data = (best) => spec.points.filter((p) => p.best === best).map((p) => [p.x, p.y, p.i]);
  const chosen = spec.points.find((p) => p.i === spec.selected);
  const many = spec.points.length > 2000;
  chart.setOption({
    animation: false, grid: box,
    xAxis: axis(x, fitting_title(spec.x.title, host.clientWidth - box.left - box.right), 34, c),
    yAxis: axis(y, fitting_title(spec.y.title, 348), box.gap, c),
    series: [
      { type: "scatter", data: data(false), symbolSize: many ? 5 : 8,
        itemStyle: { color: c.dot, opacity: many ? 0.45 : 0.65 }, emphasis: { itemStyle: { opacity: 1 }, scale: 1.6 } },
      { type: "line", data: spec.front, step: spec.steps, symbol: "none", silent: true,
        lineStyle: { color: c.best, width: 2, opacity: 0.7 } },
      { type: "scatter", data: data(true), symbol: "diamond", symbolSize: 13, z: 5,
        itemStyle: { color: c.best, borderColor: c.card, borderWidth: 1 } },
      { type: "scatter", data: chosen ? [[chosen.x, chosen.y]] : [], symbolSize: 20, silent: true, z: 6,
        itemStyle: { color: "transparent", borderColor: c.ink, borderWidth: 2 } },
    ],
  }, true);
  const place = (params) => params.data[2];
  chart.on("mouseover", (params) => spec.on_hover(place(params), params.event.event));
  chart.on("mouseout", () => spec.on_hover(null, null));
  chart.on("click", (params) => spec.on_select(place(params)));
}

export function echarts_histogram(host, spec) {
  const chart = chart_of(host, 300, spec);
  const c = colours();
  const x = make_scale(spec.bins.flatMap((bin) => [bin.from, bin.to]), false);
  const y = make_scale([0, ...spec.bins.map((bin) => bin.count)], false, 5);
  const box = grid(y);
  const y_axis = axis(y, spec.y_title, box.gap, c);
  y_axis.minInterval = 1;
  if (y_axis.interval < 1) y_axis.interval = 1;
  const span = x.high - x.low;
  const width = (host.clientWidth - box.left - box.right) * (spec.bins[0].to - spec.bins[0].from) / span;
  chart.setOption({
    animation: false, grid: box, xAxis: axis(x, spec.title, 34, c), yAxis: y_axis,
    series: [
      { type: "bar", barWidth: Math.max(1, width - 1), itemStyle: { color: c.bar },
        data: spec.bins.map((bin) => [(bin.from + bin.to) / 2, bin.count]) },
      { type: "line", silent: true, symbol: "none", lineStyle: { color: c.best, width: 2, type: "dashed" },
        data: spec.marker === null ? [] : [[spec.marker, 0], [spec.marker, y.high]] },
    ],
  }, true);
  chart.on("mousemove", (params) => {
    if (params.seriesIndex === 0) spec.on_hover(spec.bins[params.dataIndex], params.event.event);
  });
  chart.on("mouseout", () => spec.on_hover(null, null));
}

/// A colour `#rrggbb` with `share` of it over another: a transparent tile would show the one below.
function mixed(colour, below, share) {
  const part = (text, k) => parseInt(text.slice(1 + 2 * k, 3 + 2 * k), 16);
  return `rgb(${[0, 1, 2].map((k) => Math.round(share * part(colour, k) + (1 - share) * part(below, k))).join(",")})`;
}

export function echarts_treemap(host, spec) {
  const chart = chart_of(host, 360, spec);
  const c = colours();
  const data = [...spec.items].sort((a, b) => b.value - a.value).map((item, k) => ({
    name: item.name, value: item.value, item,
    itemStyle: { color: c.tiles[k % 8], borderColor: c.tiles[k % 8] },
    children: item.children.filter((part) => part.value > 0).map((part) => ({
      name: part.name, value: part.value, item, part,
      itemStyle: { color: part.sequential ? c.tiles[k % 8] : mixed(c.tiles[k % 8], c.card, 0.7) } })),
  }));
  chart.setOption({
    animation: false,
    series: [{ type: "treemap", data, roam: false, nodeClick: false, breadcrumb: { show: false },
      left: 0, right: 0, top: 0, bottom: 0,
      // The letters of a tile are read on its own colour, in both modes.
      label: { color: "#111418", fontSize: 12, fontFamily: family, overflow: "truncate" },
      upperLabel: { show: true, height: 22, color: "#111418", fontWeight: 600, fontSize: 12, fontFamily: family,
        overflow: "truncate" },
      itemStyle: { borderColor: c.card, borderWidth: 1, gapWidth: 1 },
      levels: [{ itemStyle: { borderWidth: 0, gapWidth: 3 }, upperLabel: { show: false } },
        { itemStyle: { borderWidth: 2, gapWidth: 1 } }] }],
  }, true);
  chart.on("mousemove", (params) => {
    const { item, part } = params.data;
    spec.on_hover(item ? [item, part ?? null] : null, params.event.event);
  });
  chart.on("mouseout", () => spec.on_hover(null, null));
}
