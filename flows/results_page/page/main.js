// Builds the page from its data.
import { append, h, live_region } from "./dom.js";
import { redraw_all, tip_element } from "./charts.js";
import { sweep_page } from "./sweep.js";
import { regression_page } from "./regression.js";

/// Light, dark, or what the system says; kept for this visit alone.
function theme_button() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const is_dark = () => (document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";
  const button = h("button", { type: "button", id: "theme", class: "small" });
  const name = () => {
    button.textContent = is_dark() ? "Light colours" : "Dark colours";
  };
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = is_dark() ? "light" : "dark";
    name();
    redraw_all();
  });
  dark.addEventListener("change", () => { name(); redraw_all(); });
  name();
  return button;
}

/// Paper is light, and has no button to open what is closed.
function prepare_printing() {
  let before = null;
  let opened = [];
  addEventListener("beforeprint", () => {
    before = document.documentElement.dataset.theme ?? "";
    document.documentElement.dataset.theme = "light";
    opened = [...document.querySelectorAll("details.print-open:not([open])")];
    for (const each of opened) each.open = true;
    redraw_all();
  });
  addEventListener("afterprint", () => {
    if (before) document.documentElement.dataset.theme = before;
    else delete document.documentElement.dataset.theme;
    for (const each of opened) each.open = false;
    redraw_all();
  });
}

function build() {
  const data = JSON.parse(document.getElementById("data").textContent);
  const page = data.kind === "sweep" ? sweep_page(data) : regression_page(data);
  const contents = h("nav", { "aria-label": "Contents" }, h("ol", {}, page.sections.map((each) =>
    h("li", {}, h("a", { href: `#${each.id}` }, each.querySelector("h2").textContent)))));
  const host = document.getElementById("page");
  host.replaceChildren();
  append(host, [
    h("header", {}, h("div", { class: "head" }, h("h1", {}, data.title), theme_button()), page.intro, contents),
    h("main", { id: "content", tabindex: "-1" }, page.sections),
    h("footer", {}, `cimforge ${data.version}`),
    live_region(), tip_element(),
  ]);
  prepare_printing();
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    redraw_all();
  });
  // After the first drawing, which waits for the layout: for those who measure.
  setTimeout(() => requestAnimationFrame(() => {
    document.documentElement.dataset.ready = String(Math.round(performance.now()));
  }));
}

build();
