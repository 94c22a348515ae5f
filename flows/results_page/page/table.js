// A table that sorts by any column and shows a page of rows at a time, so that ten thousand rows
// are as quick as ten.
import { breakable, h, replace, say } from "./dom.js";
import { counted, number_text } from "./format.js";

const rows_of_page = 25;

/// columns: [{ title, number, at(i), cell(i) }]: `at` is what a column sorts by, `cell` what it
/// shows. A value that is null goes to the end in both directions. Options: caption, noun,
/// sort: { column, descending }, row_class(i).
export function make_table(columns, options) {
  let rows = [];
  let page = 0;
  let sort = options.sort ?? null;
  const head = h("thead");
  const body = h("tbody");
  const position = h("span", { class: "quiet position" });
  const button = (text, label, move) => h("button", { type: "button", "aria-label": label, onclick: () => {
    page = move();
    show();
    say(position.textContent);
  } }, text);
  const pages = () => Math.max(1, Math.ceil(rows.length / rows_of_page));
  const first = button("«", "First page", () => 0);
  const before = button("‹", "Previous page", () => Math.max(0, page - 1));
  const after = button("›", "Next page", () => Math.min(pages() - 1, page + 1));
  const last = button("»", "Last page", () => pages() - 1);
  const pager = h("div", { class: "pager" }, first, before, position, after, last);
  const element = h("div", { class: "sortable" },
    h("div", { class: "table", role: "region", "aria-label": options.caption, tabindex: "0" },
      h("table", {}, h("caption", {}, options.caption), head, body)),
    pager);

  function sorted() {
    if (sort === null) return;
    const column = columns[sort.column];
    const sign = sort.descending ? -1 : 1;
    const keys = new Map(rows.map((i) => [i, column.at(i)]));
    rows.sort((a, b) => {
      const x = keys.get(a);
      const y = keys.get(b);
      if (x === null || y === null) return (x === null) - (y === null) || a - b;
      return x < y ? -sign : x > y ? sign : a - b;
    });
  }

  function show_head() {
    replace(head, h("tr", {}, columns.map((column, c) => {
      const is_sorted = sort !== null && sort.column === c;
      const direction = !is_sorted ? "none" : sort.descending ? "descending" : "ascending";
      return h("th", { scope: "col", class: column.number ? "number" : null, "aria-sort": direction },
        h("button", { type: "button", "data-column": c, onclick: () => {
          sort = { column: c, descending: is_sorted && !sort.descending };
          page = 0;
          sorted();
          show_head();
          show();
          head.querySelector(`[data-column="${c}"]`).focus();
          say(`Sorted by ${column.title}, ${sort.descending ? "descending" : "ascending"}`);
        } }, breakable(column.title), h("span", { class: "arrow", "aria-hidden": "true" },
          !is_sorted ? "↕" : sort.descending ? "↓" : "↑")));
    })));
  }

  function show() {
    page = Math.min(page, pages() - 1);
    const from = page * rows_of_page;
    const part = rows.slice(from, from + rows_of_page);
    replace(body, part.length === 0
      ? h("tr", {}, h("td", { colspan: columns.length, class: "empty" }, `No ${options.noun} is left.`))
      : part.map((i) => h("tr", { class: options.row_class ? options.row_class(i) : null },
        columns.map((column, c) => {
          const content = column.cell ? column.cell(i) : text_of(column.at(i));
          const properties = { class: column.number ? "number" : null };
          return c === 0 ? h("th", { ...properties, scope: "row" }, content) : h("td", properties, content);
        }))));
    position.textContent = rows.length === 0 ? "" :
      `${number_text(from + 1)}–${number_text(from + part.length)} of ${counted(rows.length, options.noun)}`;
    first.disabled = before.disabled = page === 0;
    after.disabled = last.disabled = page >= pages() - 1;
    pager.hidden = rows.length <= rows_of_page;
  }

  return {
    element,
    set_rows(places) {
      rows = [...places];
      page = 0;
      sorted();
      show_head();
      show();
    },
    set_columns(list) {
      const name = sort === null ? null : columns[sort.column].title;
      columns = list;
      const c = columns.findIndex((column) => column.title === name);
      sort = c < 0 ? null : { column: c, descending: sort.descending };
      sorted();
      show_head();
      show();
    },
    refresh: show,
    /// Turns to the page of a row.
    reveal(i) {
      const place = rows.indexOf(i);
      if (place >= 0) page = Math.floor(place / rows_of_page);
      show();
    },
  };
}

function text_of(value) {
  if (value === null || value === undefined) return "–";
  return typeof value === "number" ? number_text(value) : value;
}
