// Elements of the page, and the few words that are spoken.

/// An element: h("button", { class: "x", onclick: f }, "text", child). A property that is null or
/// false is left out; children that are null too.
export function h(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "style") Object.assign(element.style, value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  append(element, children);
  return element;
}

export function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child);
  }
}

/// A name that may be broken behind its dots and bars alone: ppa.|area_|um2.
export function breakable(name) {
  return String(name).split(/(?<=[._])/).flatMap((part, k) => k === 0 ? [part] : [h("wbr"), part]);
}

/// Text in which words between backticks are code.
export function rich(text) {
  return text.split("`").map((part, k) => k % 2 === 1 ? h("code", {}, part) : part);
}

/// An element of SVG.
export function s(name, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(key, value);
  }
  append(element, children);
  return element;
}

export function replace(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

let speaker = null;
/// Where screen readers hear what has changed.
export function live_region() {
  speaker = h("p", { class: "unseen", role: "status", "aria-live": "polite", id: "live" });
  return speaker;
}
export function say(text) {
  if (speaker) speaker.textContent = text;
}

/// A line of a shell with a button that copies it.
export function command_line(text, label) {
  const button = h("button", { type: "button", class: "small", "aria-label": `Copy the command ${label}` },
    "Copy");
  button.addEventListener("click", () => {
    const done = () => { button.textContent = "Copied"; say("Copied"); };
    if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(text).then(done, () => select_text(code));
    } else {
      select_text(code);
    }
  });
  const code = h("code", {}, text);
  return h("div", { class: "command" }, code, button);
}

/// Where the clipboard is not given to a page, the reader copies what is selected.
function select_text(element) {
  const range = document.createRange();
  range.selectNodeContents(element);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
  say("The command is selected");
}

/// A section with a heading that the contents list names.
export function section(id, title, ...children) {
  return h("section", { id, "aria-labelledby": `${id}-title` },
    h("h2", { id: `${id}-title`, tabindex: "-1" }, title), children);
}

/// Cards of name and value.
export function facts(list) {
  return h("dl", { class: "facts" }, list.filter(Boolean).map(([name, value, kind]) =>
    h("div", { class: kind || null }, h("dt", {}, name), h("dd", {}, value))));
}

/// A table that does not sort. Cells are texts or nodes; `numbers` has the columns set to the right.
export function plain_table(caption, header, rows, numbers = []) {
  const kind = (i) => numbers.includes(i) ? "number" : null;
  return h("div", { class: "table", tabindex: "0", role: "region", "aria-label": caption },
    h("table", {},
      h("caption", {}, caption),
      h("thead", {}, h("tr", {}, header.map((text, i) => h("th", { scope: "col", class: kind(i) }, text)))),
      h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell, i) =>
        i === 0 ? h("th", { scope: "row", class: kind(i) }, cell) : h("td", { class: kind(i) }, cell)))))));
}
