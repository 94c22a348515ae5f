// The points of a sweep as columns, with what is chosen and what a filter leaves.

/// A column with `at(i)`: a number, a text, or null. `texts` are its distinct texts.
export function make_column(json, count) {
  const column = { ...json, count, is_number: json.kind === "number" };
  if ("all" in json) {
    column.at = () => json.all;
  } else if (column.is_number) {
    column.at = (i) => json.values[i];
  } else {
    column.at = (i) => json.values[i] < 0 ? null : json.texts[json.values[i]];
  }
  column.is_same = "all" in json;
  return column;
}

/// Distinct values in order, or null where there are more than `most`.
export function distinct(column, most) {
  const seen = new Set();
  for (let i = 0; i < column.count; ++i) {
    const value = column.at(i);
    if (value !== null) seen.add(value);
    if (seen.size > most) return null;
  }
  const values = [...seen];
  return column.is_number ? values.sort((a, b) => a - b) : values.sort();
}

/// [lowest, highest], or null where there is no number.
export function extent(column) {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < column.count; ++i) {
    const value = column.at(i);
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : null;
}

/// The model of a page: data, `visible` (places of the points that the filter leaves), `selected`.
export function make_model(data) {
  const count = data.points.number.length;
  const columns = data.columns.map((json) => make_column(json, count));
  const listeners = { filter: [], select: [] };
  const is_best = new Uint8Array(count);
  for (const i of data.points.best) is_best[i] = 1;
  const model = {
    data, count, columns,
    visible: Array.from({ length: count }, (_, i) => i),
    selected: data.shown,
    is_best: (i) => is_best[i] === 1,
    number: (i) => data.points.number[i],
    state: (i) => data.points.states[data.points.state[i]],
    column: (name) => columns.find((column) => column.name === name),
    axes: columns.filter((column) => column.role === "axis"),
    numbers: columns.filter((column) => column.is_number),
    on: (event, listener) => listeners[event].push(listener),
    select(i) {
      if (i === model.selected) return;
      model.selected = i;
      for (const listener of listeners.select) listener();
    },
    /// `tests` are functions of a point's place; a point stays that passes all of them.
    filter(tests) {
      model.visible = [];
      for (let i = 0; i < count; ++i) {
        if (tests.every((test) => test(i))) model.visible.push(i);
      }
      for (const listener of listeners.filter) listener();
    },
  };
  return model;
}

/// The values of a point's axes: `array.rows = 16, array.columns = 4`.
export function point_text(model, i) {
  return model.axes.map((axis) => `${axis.name} = ${axis.at(i) ?? "–"}`).join(", ");
}
