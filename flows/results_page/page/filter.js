// What the reader leaves of the points: values of axes, states, ranges of figures. Plot and table
// follow together.
import { h, replace, say } from "./dom.js";
import { counted, number_text, titled } from "./format.js";
import { distinct, extent } from "./data.js";

const most_boxes = 12;

export function filter_panel(model) {
  const tests = new Map();  // name -> a function of a point's place
  const ranges = h("div", { class: "ranges" });
  const left = h("p", { class: "left", id: "left" });

  function apply() {
    model.filter([...tests.values()]);
    left.textContent = `${number_text(model.visible.length)} of ${counted(model.count, "point")}`;
    say(`${left.textContent} left`);
  }

  function boxes(title, name, values, at) {
    const off = new Set();
    return h("fieldset", {}, h("legend", {}, title), values.map((value) => {
      const box = h("input", { type: "checkbox", checked: true });
      box.addEventListener("change", () => {
        if (box.checked) off.delete(value); else off.add(value);
        if (off.size === 0) tests.delete(name); else tests.set(name, (i) => !off.has(at(i)));
        apply();
      });
      return h("label", { class: "box" }, box,
        typeof value === "number" ? number_text(value) : String(value));
    }));
  }

  function range(column, remove) {
    const [low, high] = extent(column);
    const input = (label, hint) => h("input", { type: "number", step: "any", placeholder: String(hint),
      "aria-label": `${titled(column)}: ${label}` });
    const from = input("at least", low);
    const to = input("at most", high);
    const name = `range ${column.name}`;
    const change = () => {
      const least = from.value === "" ? -Infinity : Number(from.value);
      const most = to.value === "" ? Infinity : Number(to.value);
      if (from.value === "" && to.value === "") tests.delete(name);
      else tests.set(name, (i) => { const v = column.at(i); return v !== null && least <= v && v <= most; });
      apply();
    };
    for (const each of [from, to]) each.addEventListener("input", change);
    const set = h("fieldset", { class: "range" }, h("legend", {}, titled(column)),
      h("div", { class: "between" }, from, h("span", { "aria-hidden": "true" }, "to"), to,
        remove && h("button", { type: "button", class: "small", "aria-label": `Remove the range of ${column.name}`,
          onclick: () => { tests.delete(name); set.remove(); apply(); chooser.focus(); } }, "Remove")));
    return set;
  }

  const chooser = h("select", { id: "range-figure" });
  const add = h("button", { type: "button", class: "small", onclick: () => {
    const column = model.column(chooser.value);
    if (!column || [...ranges.children].some((each) => each.dataset.name === column.name)) return;
    const set = range(column, true);
    set.dataset.name = column.name;
    ranges.append(set);
    set.querySelector("input").focus();
  } }, "Add a range");

  const body = h("div", { class: "filters" });
  function build() {
    tests.clear();
    replace(ranges);
    const figures = model.numbers.filter((column) => column.role !== "axis" && !column.is_same && extent(column));
    replace(chooser, figures.map((column) => h("option", { value: column.name }, titled(column))));
    const states = model.data.points.states;
    const best = h("input", { type: "checkbox", id: "best-only" });
    best.addEventListener("change", () => {
      if (best.checked) tests.set("best", model.is_best); else tests.delete("best");
      apply();
    });
    replace(body,
      model.axes.filter((axis) => !axis.is_same).map((axis) => {
        const values = distinct(axis, most_boxes);
        return values ? boxes(axis.name, axis.name, values, axis.at)
          : axis.is_number ? range(axis, false) : null;
      }),
      states.length > 1 && boxes("State", "state", states, model.state),
      model.data.points.best.length > 0 && h("fieldset", {}, h("legend", {}, "Best points"),
        h("label", { class: "box" }, best, "Only the best points")),
      figures.length > 0 && h("fieldset", { class: "add" }, h("legend", {}, "Range of a figure"),
        h("div", { class: "between" }, h("label", { class: "unseen", for: "range-figure" }, "Figure"), chooser, add)),
      ranges);
  }
  build();
  left.textContent = counted(model.count, "point");
  return h("form", { class: "card filter", "aria-label": "Filter", onsubmit: (event) => event.preventDefault() },
    h("div", { class: "filter-head" }, h("h3", {}, "Filter"), left,
      h("button", { type: "button", class: "small", onclick: () => { build(); apply(); } }, "Reset")),
    body);
}
