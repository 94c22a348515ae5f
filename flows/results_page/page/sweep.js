// The page of a sweep, a function a section.
import { append, breakable, command_line, facts, h, plain_table, replace, rich, say, section } from "./dom.js";
import { column_format, counted, duration, number_text, percent, reached, time_text, titled, with_unit } from "./format.js";
import { make_bins } from "./scale.js";
import { make_model, point_text } from "./data.js";
import { make_table } from "./table.js";
import { chart, chart_library, show_tip, tip_list } from "./charts.js";
import { filter_panel } from "./filter.js";
import { waves_svg } from "./waves.js";

/// The sections of a sweep: [{ id, title, element }].
export function sweep_page(data) {
  const model = make_model(data);
  const axes_shown = { x: null, y: null };
  return {
    intro: sweep_intro(model),
    sections: [
      explore_section(model, axes_shown),
      points_section(model, axes_shown),
      area_section(model),
      timing_section(model),
      coverage_section(model),
      accuracy_section(model),
      failures_section(model),
      waves_section(model),
      schematic_section(model),
      provenance_section(model),
    ],
  };
}

function point_name(model, i) {
  return `Point ${model.number(i)}`;
}

function value_text(column, i) {
  const value = column.at(i);
  return column.is_number ? with_unit(value, column.unit) : value ?? "–";
}

function sweep_intro(model) {
  const { counts, objectives, commands } = model.data;
  const seconds = model.data.runs.seconds.reduce((sum, each) => sum + (each ?? 0), 0);
  return [
    h("p", {}, "The results of ", h("code", {}, "cimforge sweep"), ": each point is a specification, and ",
      commands.map((c, k) => [k > 0 ? (k + 1 < commands.length ? ", " : " and ") : "", h("code", {}, c.words)]),
      commands.length === 1 ? " was run on it." : " were run on it.",
      objectives.length > 0 && [" Wanted: ",
        objectives.map((o, k) => [k > 0 ? ", " : "", `the ${o.aim} `, h("code", {}, o.figure)]), "."]),
    facts([
      ["Points", number_text(counts.points)],
      ["Done", number_text(counts.done), "good"],
      ["Failed", number_text(counts.failed), counts.failed > 0 ? "bad" : null],
      counts.refused > 0 && ["No macro", number_text(counts.refused)],
      counts.missing > 0 && ["Without a result", number_text(counts.missing), "bad"],
      objectives.length > 0 && ["Best points", number_text(model.data.points.best.length)],
      ["Runs of commands", number_text(counts.runs)],
      ["Time of all runs", duration(seconds)],
    ]),
  ];
}

function figure_select(label, id, columns, chosen, on_change) {
  const select = h("select", { id, onchange: () => on_change(select.value) },
    columns.map((column) => h("option", { value: column.name, selected: column.name === chosen }, titled(column))));
  return h("label", { for: id, class: "control" }, h("span", {}, label), select);
}

/// The best of the points that are left, in the two objectives of the axes alone, from left to
/// right; empty where an axis is no objective.
export function front_of(points, x, y) {
  if (x.role !== "objective" || y.role !== "objective" || x === y) return [];
  const better = (a, b, aim) => aim === "least" ? a < b : a > b;
  const sorted = [...points].sort((a, b) =>
    a.x === b.x ? (better(a.y, b.y, y.aim) ? -1 : 1) : better(a.x, b.x, x.aim) ? -1 : 1);
  const front = [];
  for (const point of sorted) {
    if (front.length === 0 || better(point.y, front.at(-1)[1], y.aim)) front.push([point.x, point.y]);
  }
  return x.aim === "least" ? front : front.reverse();
}

function explore_section(model, shown) {
  const numbers = model.numbers.filter((column) => !column.is_same);
  if (numbers.length < 2) {
    return section("plot", "Figures against each other",
      h("p", { class: "empty" }, "No two figures of this sweep differ from point to point."));
  }
  const objectives = numbers.filter((column) => column.role === "objective");
  const figures = numbers.filter((column) => column.role === "figure");
  const others = [...figures, ...numbers.filter((column) => column.role === "axis")];
  const preferred = (names) => names.map((name) => others.find((c) => name.test(c.name))).find(Boolean);
  shown.x = objectives[0] ?? preferred([/\.area_um2$/]) ?? others[0];
  shown.y = objectives[1] ?? preferred([/\.critical_path_ns$/, /\.fmax_mhz$/, /cycles_per_vector$/]) ?? others[1];
  if (shown.y === shown.x) shown.y = numbers.find((column) => column !== shown.x);
  const log = { x: false, y: false };

  const points = () => {
    const list = [];
    for (const i of model.visible) {
      const [x, y] = [shown.x.at(i), shown.y.at(i)];
      if (x === null || y === null || (log.x && x <= 0) || (log.y && y <= 0)) continue;
      list.push({ x, y, i, best: model.is_best(i) });
    }
    return list;
  };
  const card = (i) => tip_list(point_name(model, i) + (model.is_best(i) ? " (best)" : ""),
    [...model.axes, shown.x, shown.y].filter((c, k, all) => all.indexOf(c) === k)
      .map((column) => [column.name, value_text(column, i)]));
  const plot = chart("scatter", () => {
    const list = points();
    return list.length === 0 ? null : {
      points: list, front: front_of(list.filter((p) => model.state(p.i) === "done"), shown.x, shown.y),
      steps: shown.x.aim === "most" ? "start" : "end", selected: model.selected,
      x: { title: titled(shown.x), log: log.x }, y: { title: titled(shown.y), log: log.y },
      on_hover: (i, event) => show_tip(i === null ? null : card(i), event),
      on_select: (i) => model.select(i),
    };
  }, () => {
    const list = points();
    const selected = model.selected === null ? "" : ` ${point_name(model, model.selected)} is chosen.`;
    return `${titled(shown.y)} over ${titled(shown.x)}: ${counted(list.length, "point")}, ` +
      `${number_text(list.filter((p) => p.best).length)} of them best.${selected} ` +
      "The arrow keys step from point to point; the table below has the values.";
  });
  plot.element.tabIndex = 0;
  plot.element.id = "scatter";
  const legend = h("p", { class: "legend" });
  const draw = () => {
    plot.draw();
    const drawn = points().length;
    const missing = model.visible.length - drawn;
    replace(legend, h("span", { class: "key dot" }), "a point ", h("span", { class: "key diamond" }),
      model.data.objectives.length > 0
        ? "a best one: no other is as good in all objectives and better in one "
        : "", front_of(points(), shown.x, shown.y).length > 1 &&
        [h("span", { class: "key line" }), "the best of these two figures among the points that are left. "],
      missing > 0 && h("span", { class: "apart" }, `${counted(missing, "point")} without a value of these figures.`));
  };
  // From left to right, through the best points alone with Shift.
  const step = (by, best_only) => {
    const list = points().filter((p) => !best_only || p.best).sort((a, b) => a.x - b.x || a.y - b.y || a.i - b.i);
    if (list.length === 0) return;
    const at = list.findIndex((p) => p.i === model.selected);
    const next = at < 0 ? (by > 0 ? 0 : list.length - 1) : (at + by + list.length) % list.length;
    model.select(list[next].i);
    const i = list[next].i;
    say(`${point_name(model, i)}, ${titled(shown.x)} ${number_text(shown.x.at(i))}, ` +
      `${titled(shown.y)} ${number_text(shown.y.at(i))}`);
  };
  plot.element.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    step(by, event.shiftKey);
  });
  const has_best = model.data.points.best.length > 0;
  const toggle = (label, id, key) => {
    const box = h("input", { type: "checkbox", id, onchange: () => { log[key] = box.checked; draw(); } });
    return h("label", { class: "box" }, box, label);
  };
  const controls = h("div", { class: "controls" },
    figure_select("Across", "x-figure", numbers, shown.x.name, (name) => { shown.x = model.column(name); draw(); }),
    toggle("logarithmic", "x-log", "x"),
    figure_select("Upwards", "y-figure", numbers, shown.y.name, (name) => { shown.y = model.column(name); draw(); }),
    toggle("logarithmic", "y-log", "y"),
    has_best && h("span", { class: "control" },
      h("button", { type: "button", class: "small", onclick: () => step(-1, true) }, "Previous best point"),
      h("button", { type: "button", class: "small", onclick: () => step(1, true) }, "Next best point")));
  model.on("filter", draw);
  model.on("select", draw);
  setTimeout(draw);
  return section("plot", "Figures against each other",
    model.data.objectives.length > 0 && !has_best &&
      h("p", { class: "note" }, "No point is marked as best: none has a value in every objective."),
    h("div", { class: "explore" }, filter_panel(model),
      h("div", { class: "card main" }, controls, plot.element, legend),
      selected_panel(model)));
}

/// What is known of the point that is chosen.
function selected_panel(model) {
  const panel = h("div", { class: "card chosen", role: "region", "aria-label": "The chosen point" });
  const show = () => {
    const i = model.selected;
    if (i === null) {
      replace(panel, h("h3", {}, "No point is chosen"), h("p", {}, "No point of this sweep is done."));
      return;
    }
    const rows = (columns) => columns.map((column) => [h("dt", {}, breakable(column.name)), h("dd", {}, value_text(column, i))]);
    const objectives = model.columns.filter((column) => column.role === "objective");
    const figures = model.columns.filter((column) => column.role === "figure" && column.at(i) !== null);
    replace(panel, h("h3", {}, point_name(model, i), " ",
      h("span", { class: `state ${model.is_best(i) ? "best" : model.state(i)}` }, model.is_best(i) ? "best" : model.state(i))),
      h("dl", { class: "values" }, rows(model.axes)),
      objectives.length > 0 && [h("h4", {}, "Objectives"), h("dl", { class: "values" }, rows(objectives))],
      figures.length > 0 && h("details", { class: "all-figures" },
        h("summary", {}, `All figures (${number_text(figures.length)})`), h("dl", { class: "values" }, rows(figures))));
  };
  model.on("select", () => { show(); });
  show();
  return panel;
}

const figures_at_first = 6;

function points_section(model, shown) {
  const is_key = (column) => /(area_um2|critical_path_ns|fmax_mhz|power_mw|accuracy|cycles_per_vector|latency)$/.test(column.name);
  const figures = model.columns.filter((column) => column.role === "figure");
  const varying = figures.filter((column) => !column.is_same);
  const keys = varying.filter(is_key);
  const at_first = (keys.length > 0 ? keys : varying.filter((column) => column.is_number)).slice(0, figures_at_first);
  const chosen = new Set(at_first.map((column) => column.name));
  const choose = (i) => h("button", { type: "button", class: "link", "aria-label": `Choose point ${model.number(i)}`,
    "aria-pressed": String(model.selected === i), onclick: () => {
      model.select(i);
      say(`${point_name(model, i)} is chosen`);
    } }, String(model.number(i)));
  const of_column = (column) => {
    const format = column.is_number ? column_format(column) : (value) => value ?? "–";
    return { title: titled(column), number: column.is_number, at: column.at, cell: (i) => format(column.at(i)) };
  };
  const columns = () => [
    { title: "Point", number: true, at: model.number, cell: choose },
    { title: "State", at: (i) => model.is_best(i) ? "best" : model.state(i),
      cell: (i) => h("span", { class: `state ${model.is_best(i) ? "best" : model.state(i)}` },
        model.is_best(i) ? "best" : model.state(i)) },
    ...model.columns.filter((column) => column.role !== "figure").map(of_column),
    ...figures.filter((column) => chosen.has(column.name)).map(of_column),
  ];
  const table = make_table(columns(), {
    caption: "Points. A heading sorts; a point's number chooses it for the plot and the pictures.",
    noun: "point", row_class: (i) => i === model.selected ? "chosen-row" : null });
  const picker = h("details", { class: "picker" }, h("summary", {}, "Columns"),
    h("div", { class: "boxes" }, figures.map((column) => {
      const box = h("input", { type: "checkbox", checked: chosen.has(column.name) });
      box.addEventListener("change", () => {
        if (box.checked) chosen.add(column.name); else chosen.delete(column.name);
        table.set_columns(columns());
      });
      return h("label", { class: "box" }, box, titled(column));
    })));
  table.set_rows(model.visible);
  model.on("filter", () => table.set_rows(model.visible));
  model.on("select", () => {
    const had = document.activeElement?.getAttribute("aria-label");
    if (!had?.startsWith("Choose point")) table.reveal(model.selected);
    else table.refresh();
    if (had) [...table.element.querySelectorAll("button.link")].find((b) => b.getAttribute("aria-label") === had)?.focus();
  });
  const { left_out } = model.data;
  return section("points", "Points", picker, table.element,
    left_out.length > 0 && h("details", {}, h("summary", {},
      `${counted(left_out.length, "figure")} are not in this page, which would be too large; points.csv has them`),
    h("p", {}, left_out.join(", "))));
}

/// A figure with its table, for readers who want or need the numbers.
function with_table(element, summary, make) {
  const details = h("details", { class: "as-table" }, h("summary", {}, summary));
  const fill = () => {
    [...details.children].slice(1).forEach((child) => child.remove());
    if (details.open) append(details, [make()]);
  };
  details.addEventListener("toggle", fill);
  return { element: h("figure", { class: "card" }, element, details), refresh: fill };
}

/// Tells of a section that waits for the chosen point what this point is.
function of_point(model) {
  const text = h("p", { class: "quiet" });
  const show = () => {
    text.textContent = model.selected === null ? "" : `${point_name(model, model.selected)}: ${point_text(model, model.selected)}`;
  };
  model.on("select", show);
  show();
  return text;
}

/// The details of one kind of a point's runs.
function details_of(model, kind, i) {
  if (i === null) return null;
  for (const run of model.data.points.runs[i]) {
    const found = model.data.details[kind][String(run)];
    if (found) return found;
  }
  return null;
}

function area_section(model) {
  const title = "Area by module";
  const { area, texts } = model.data.details;
  if (Object.keys(area).length === 0) {
    return section("area", title, h("p", { class: "empty" },
      rich("No run of this sweep tells the area of modules: a command `ppa` does.")));
  }
  const items = () => {
    const found = details_of(model, "area", model.selected);
    return found && found.map(([name, instances, value, sequential]) => ({
      name: texts[name], instances, value,
      children: [{ name: "flip-flops and latches", value: sequential, sequential: true },
        { name: "logic", value: Math.max(0, value - sequential), sequential: false }],
    })).filter((item) => item.value > 0);
  };
  const total = (list) => list.reduce((sum, item) => sum + item.value, 0);
  const none = h("p", { class: "empty" }, "The chosen point has no area of modules in this page.");
  const map = chart("treemap", () => {
    const list = items();
    return list && list.length > 0 ? { items: list, on_hover: (hit, event) => {
      if (!hit) return show_tip(null);
      const [item, part] = hit;
      const rows = [["area", with_unit(item.value, "µm²")], ["share", percent(item.value, total(list))],
        ["instances", number_text(item.instances)]];
      if (part) rows.push([part.name, `${with_unit(part.value, "µm²")}, ${percent(part.value, item.value)}`]);
      return show_tip(tip_list(item.name, rows), event);
    } } : null;
  }, () => {
    const list = items();
    return !list ? "No area of modules" : "Area by module: " + [...list].sort((a, b) => b.value - a.value).slice(0, 8)
      .map((item) => `${item.name} ${percent(item.value, total(list))}`).join(", ");
  });
  const figure = with_table(map.element, "As a table", () => {
    const list = items() ?? [];
    return plain_table("Area by module", ["Module", "Instances", "Area (µm²)", "Share", "Flip-flops and latches (µm²)"],
      [...list].sort((a, b) => b.value - a.value).map((item) => [item.name, number_text(item.instances),
        number_text(item.value), percent(item.value, total(list)), number_text(item.children[0].value)]), [1, 2, 3, 4]);
  });
  const show = () => {
    const has = items() !== null;
    none.hidden = has;
    figure.element.hidden = !has;
    if (has) { map.draw(); figure.refresh(); }
  };
  model.on("select", show);
  setTimeout(show);
  return section("area", title,
    h("p", {}, "A module counts with all of its instances and without the modules in it. In fuller colour: flip-flops and latches."),
    of_point(model), none, figure.element);
}

function timing_section(model) {
  const title = "Timing";
  const is_time = (column) => column.role !== "axis" && column.is_number && !column.is_same &&
    (/(critical_path|fmax|slack|delay)/.test(column.name) || ["ns", "ps", "MHz", "GHz"].includes(column.unit));
  const columns = model.columns.filter(is_time);
  const { paths, texts } = model.data.details;
  if (columns.length === 0) {
    return section("timing", title, h("p", { class: "empty" },
      rich("No figure of timing differs from point to point: a command `ppa` without `--area-only` gives them.")));
  }
  let column = columns.find((c) => /critical_path_ns$/.test(c.name)) ?? columns[0];
  const bins = () => make_bins(model.visible.map((i) => column.at(i)).filter((value) => value !== null));
  const histogram = chart("histogram", () => {
    const list = bins();
    return list.length === 0 ? null : { bins: list, title: titled(column), y_title: "points",
      marker: model.selected === null ? null : column.at(model.selected),
      on_hover: (bin, event) => show_tip(bin && tip_list(`${number_text(bin.from)} to ${with_unit(bin.to, column.unit)}`,
        [["points", number_text(bin.count)]]), event) };
  }, () => `Histogram of ${titled(column)} over ${counted(model.visible.length, "point")}`);
  const figure = with_table(histogram.element, "As a table", () => plain_table(titled(column), ["From", "To", "Points"],
    bins().map((bin) => [number_text(bin.from), number_text(bin.to), number_text(bin.count)]), [0, 1, 2]));
  const groups = h("div");
  const show = () => {
    histogram.draw();
    figure.refresh();
    const found = details_of(model, "paths", model.selected);
    replace(groups, found && [h("h3", {}, "Worst path of each group"), of_point(model),
      plain_table("Worst path of each group", ["Paths", "Delay (ns)", "Slack (ns)"],
        found.map(([kind, delay, slack]) => [texts[kind], number_text(delay, 4), number_text(slack, 4)]), [1, 2])]);
  };
  model.on("filter", show);
  model.on("select", show);
  setTimeout(show);
  return section("timing", title,
    h("div", { class: "controls" }, figure_select("Figure", "timing-figure", columns, column.name,
      (name) => { column = model.column(name); show(); })),
    h("p", { class: "quiet" }, "Of the points that the filter leaves; the dashed line is the chosen point."),
    figure.element, Object.keys(paths).length > 0 && groups);
}

/// Least, median, mean, most of a column of the points that are left.
function statistics(column, places) {
  const values = places.map((i) => column.at(i)).filter((value) => value !== null).sort((a, b) => a - b);
  if (values.length === 0) return null;
  return { count: values.length, least: values[0], most: values.at(-1),
    median: (values[Math.floor((values.length - 1) / 2)] + values[Math.ceil((values.length - 1) / 2)]) / 2,
    mean: values.reduce((a, b) => a + b) / values.length };
}

function coverage_section(model) {
  const title = "Coverage";
  const { coverage } = model.data;
  if (coverage.length === 0) {
    return section("coverage", title, h("p", { class: "empty" },
      rich("No run of this sweep tells coverage: a command `verify` has bins of its bench, and `cimforge regress` code coverage.")));
  }
  return section("coverage", title, coverage.map((each) => {
    const hit = model.column(`${each.command}.coverage.hit`);
    const all = model.column(`${each.command}.coverage.total`);
    const shares = { at: (i) => !hit || !all || hit.at(i) === null || !all.at(i) ? null : 100 * hit.at(i) / all.at(i) };
    const found = statistics(shares, Array.from({ length: model.count }, (_, i) => i));
    return [h("h3", {}, each.command),
      h("p", {}, "Bins of the bench: what a run must have seen."),
      facts([["Runs", number_text(each.runs)],
        found && ["Least share of bins hit", reached(found.least, 100)],
        found && ["Median", reached(found.median, 100)],
        ["Bins that some run missed", number_text(each.missed.length)]]),
      each.missed.length > 0 && plain_table(`Bins that runs of ${each.command} missed`, ["Bin", "Missed by", "Share of runs"],
        each.missed.map(([bin, count]) => [bin, counted(count, "run"), percent(count, each.runs)]), [1, 2])];
  }));
}

function accuracy_section(model) {
  const title = "Accuracy";
  const columns = model.columns.filter((column) => column.role === "figure" && column.is_number &&
    /(accuracy|rms_error|mean_error)[a-z_]*$/.test(column.name));
  const { cases, texts } = model.data.details;
  if (columns.length === 0) {
    return section("accuracy", title, h("p", { class: "empty" },
      rich("No run of this sweep tells an accuracy: commands `run` and `study` do, which run a network.")));
  }
  const holder = h("div");
  const show = () => {
    const found = details_of(model, "cases", model.selected);
    replace(holder,
      plain_table("Over the points that the filter leaves", ["Figure", "Points", "Least", "Median", "Most"],
        columns.map((column) => [column, statistics(column, model.visible)]).filter(([, s]) => s).map(([column, s]) =>
          [titled(column), number_text(s.count), number_text(s.least), number_text(s.median), number_text(s.most)]), [1, 2, 3, 4]),
      found && [h("h3", {}, "By device and condition"), of_point(model),
        plain_table("By device and condition", ["Device", "Time since programming", "Temperature (°C)", "Accuracy"],
          found.map(([device, ideal, seconds, celsius, accuracy]) => [texts[device],
            ideal ? "ideal" : duration(seconds), ideal ? "–" : number_text(celsius), percent(accuracy, 1)]), [2, 3])]);
  };
  model.on("filter", show);
  model.on("select", show);
  show();
  const varying = columns.filter((column) => !column.is_same);
  return section("accuracy", title, holder, varying.length > 0 && accuracy_histogram(model, varying));
}

function accuracy_histogram(model, columns) {
  let column = columns[0];
  const bins = () => make_bins(model.visible.map((i) => column.at(i)).filter((value) => value !== null));
  const histogram = chart("histogram", () => {
    const list = bins();
    return list.length === 0 ? null : { bins: list, title: titled(column), y_title: "points",
      marker: model.selected === null ? null : column.at(model.selected),
      on_hover: (bin, event) => show_tip(bin && tip_list(`${number_text(bin.from)} to ${number_text(bin.to)}`,
        [["points", number_text(bin.count)]]), event) };
  }, () => `Histogram of ${titled(column)} over ${counted(model.visible.length, "point")}`);
  const draw = () => { histogram.draw(); };
  model.on("filter", draw);
  model.on("select", draw);
  setTimeout(draw);
  return [columns.length > 1 && h("div", { class: "controls" }, figure_select("Figure", "accuracy-figure", columns,
    column.name, (name) => { column = model.column(name); draw(); })),
  h("figure", { class: "card" }, histogram.element)];
}

const most_refusals = 50;
const failures_at_first = 20;

function failures_section(model) {
  const { failures, failures_left_out, refusals, runs } = model.data;
  const title = "Failures";
  if (failures.length === 0 && refusals.length === 0) {
    return section("failures", title, h("p", { class: "empty" }, "No run failed, and every point is a macro."));
  }
  const failure = (each) => {
    const words = runs.texts.words[runs.words[each.run]] ?? "";
    const spec = `${each.directory}/spec.toml`;
    return h("details", { class: "failure print-open" },
      h("summary", {}, h("strong", {}, point_name(model, each.point)), ` ${runs.texts.command[runs.command[each.run]]}: `,
        h("span", { class: "state failed" }, runs.texts.end[runs.end[each.run]]), " ",
        h("span", { class: "quiet" }, point_text(model, each.point))),
      h("p", {}, "To repeat it, in the directory of results:"),
      command_line(`sh ${each.directory}/run.sh`, `of point ${model.number(each.point)}`),
      h("p", {}, "which runs ", h("code", {}, `cimforge ${words.replace("SPEC", spec)}`)),
      each.message && h("pre", { tabindex: "0", "aria-label": "What it printed last" }, each.message));
  };
  return section("failures", title,
    failures.length > 0 && [h("p", {}, `${counted(failures.length + failures_left_out, "run")} failed.`),
      failures.slice(0, failures_at_first).map(failure),
      failures.length > failures_at_first && h("details", { class: "more-failures" }, h("summary", {},
        `${counted(failures.length - failures_at_first, "more failure")}`), failures.slice(failures_at_first).map(failure))],
    failures_left_out > 0 && h("p", {}, `${counted(failures_left_out, "failure")} more, each with its run.sh, in failures/.`),
    refusals.length > 0 && [h("h3", {}, "No macro"),
      plain_table("Points that are no macro", ["Point", "Values", "Reason"], refusals.slice(0, most_refusals)
        .map(([i, reason]) => [String(model.number(i)), point_text(model, i), reason])),
      refusals.length > most_refusals &&
        h("p", {}, `${counted(refusals.length - most_refusals, "point")} more in summary.json.`)]);
}

function waves_section(model) {
  const { illustrations } = model.data;
  const title = "Waves";
  if (!illustrations.waves) return section("waves", title, h("p", { class: "empty" }, rich(illustrations.waves_reason)));
  const i = illustrations.point;
  return section("waves", title,
    h("p", {}, `${point_name(model, i)}, ${point_text(model, i)}. Vector A, and B behind it as soon as the macro takes it; ` +
      "the receiver lets the first result wait for two cycles. The two grey lines are the edges between which the latency counts."),
    h("figure", { class: "card" }, h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Waves" },
      waves_svg(illustrations.waves))));
}

function schematic_section(model) {
  const { illustrations } = model.data;
  const title = "Schematic of a slice";
  if (!illustrations.schematic) {
    return section("schematic", title, h("p", { class: "empty" }, rich(illustrations.schematic_reason)));
  }
  const drawing = h("div", { class: "schematic scroll", tabindex: "0", role: "img", "aria-label": illustrations.schematic_reason });
  drawing.innerHTML = illustrations.schematic;
  return section("schematic", title,
    h("p", {}, `${point_name(model, illustrations.point)}. ${illustrations.schematic_reason}`),
    h("figure", { class: "card" }, drawing, h("figcaption", {}, `Drawn by ${illustrations.schematic_made_by}.`)));
}

function provenance_section(model) {
  const { runs, commands, version, sha256 } = model.data;
  const place = (k) => `results/${runs.hash[k].slice(0, 2)}/${runs.hash[k]}.json`;
  const text = (kind, k) => runs[kind][k] < 0 ? "–" : runs.texts[kind][runs[kind][k]];
  const all = runs.hash.map((_, k) => k);
  const by_command = commands.map((command) => {
    const of = all.filter((k) => text("command", k) === command.name && runs.seconds[k] !== null);
    const times = of.map((k) => runs.finished[k]).sort((a, b) => a - b);
    const lists = (kind) => [...new Set(of.map((k) => text(kind, k)))];
    return [command.name, h("code", {}, `cimforge ${command.words}`), lists("tools").map((each) => h("div", {}, each)),
      lists("host").join(", "), number_text(of.length), duration(of.reduce((sum, k) => sum + runs.seconds[k], 0)),
      times.length === 0 ? "–" : [h("div", { class: "line" }, time_text(times[0])), h("div", { class: "line" }, `to ${time_text(times.at(-1))}`)]];
  });
  const of_chosen = h("div");
  const show = () => {
    const i = model.selected;
    if (i === null) return replace(of_chosen);
    return replace(of_chosen, h("h3", {}, `The figures of point ${model.number(i)}`),
      model.data.points.runs[i].map((k) => h("dl", { class: "values provenance" },
        [["Figures", h("code", {}, `${text("command", k)}.*`)], ["Command", h("code", {}, `cimforge ${text("words", k)}`)],
          ["Record", h("code", {}, place(k))], ["Tools", text("tools", k)], ["Ended", text("end", k)],
          ["Seconds", number_text(runs.seconds[k])], ["Memory", with_unit(runs.memory_mib[k], "MiB")],
          ["Host", text("host", k)], ["Finished", time_text(runs.finished[k])]]
          .map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]))));
  };
  model.on("select", show);
  show();
  const table = make_table([
    { title: "Record", at: (k) => runs.hash[k], cell: (k) => h("code", {}, runs.hash[k]) },
    { title: "Command", at: (k) => text("words", k), cell: (k) => h("code", {}, text("words", k)) },
    { title: "End", at: (k) => text("end", k) },
    { title: "Seconds", number: true, at: (k) => runs.seconds[k] },
    { title: "Memory (MiB)", number: true, at: (k) => runs.memory_mib[k] },
    { title: "Tools", at: (k) => text("tools", k) },
    { title: "Host", at: (k) => text("host", k) },
    { title: "Finished", at: (k) => runs.finished[k], cell: (k) => time_text(runs.finished[k]) },
  ], { caption: "Every run. SPEC is the specification, which stands in the record.", noun: "run" });
  table.set_rows(all);
  return section("provenance", "Provenance",
    h("p", {}, "Each figure comes from a run of a command. The name of its record is the hash of all that it depends on: the " +
      "specification, the command, cimforge's own program, the versions of the tools, the contents of the files that they name."),
    plain_table("By command", ["Figures", "Command", "Tools", "Hosts", "Runs", "Time", "Finished"], by_command, [4, 5]),
    of_chosen,
    h("details", {}, h("summary", {}, `All runs (${number_text(all.length)})`), table.element),
    h("p", { class: "quiet" }, `This page: cimforge ${version}, of summary.json `, h("code", {}, `sha256:${sha256}`),
      `; charts by ${chart_library() === "echarts" ? "ECharts" : "the page itself"}. Numbers have at most seven digits; points.csv has all.`));
}
