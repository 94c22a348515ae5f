// browser_test.mjs NPM CHROMIUM DIRECTORY echarts|svg: what a reader does with the pages.
import assert from "node:assert/strict";
import { launch, open } from "./browser.mjs";

const [npm, chromium, directory, charts] = process.argv.slice(2);
const browser = await launch(npm, chromium);
const problems = [];
const tests = [];
const test = (name, run, options = {}) => tests.push({ name, run, ...options });

const rows = (page) => page.locator("#points tbody tr").count();
const position = (page) => page.locator("#points .position").textContent();
const column = (page, c) => page.locator("#points tbody tr").evaluateAll((list, c) =>
  list.map((row) => row.children[c].textContent), c);
const number = (text) => Number(text.replaceAll(",", ""));

test("opens, with the charts that were asked for", async (page) => {
  assert.equal(await page.title(), "synthetic <&> \"quoted\" – cimforge sweep");
  assert.equal(await page.locator("#scatter").getAttribute("data-library"), charts);
  assert.equal(await page.locator("h2").count(), 10);
  assert.equal(await rows(page), 25);
  assert.equal(await position(page), "1–25 of 301 points");
  const drawn = await page.locator("#plot .canvas").evaluate((e) => e.querySelector("canvas, svg") !== null);
  assert.ok(drawn);
});

test("sorts by a click and by the keyboard, in both directions", async (page) => {
  const area = page.locator("#points thead button", { hasText: "fmax" });
  await area.click();
  const header = page.locator("#points th[aria-sort=ascending]");
  assert.match(await header.textContent(), /fmax/);
  const c = await header.evaluate((e) => [...e.parentNode.children].indexOf(e));
  const up = (await column(page, c)).map(number);
  assert.deepEqual(up, [...up].sort((a, b) => a - b));
  assert.match(await page.locator("#live").textContent(), /Sorted by .*fmax.*, ascending/);
  // The button keeps the focus, so that Enter turns the order.
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("#points th[aria-sort=descending]").count(), 1);
  const down = (await column(page, c)).map(number);
  assert.deepEqual(down, [...down].sort((a, b) => b - a));
  assert.ok(down[0] > up[0]);
});

test("turns pages", async (page) => {
  await page.getByRole("button", { name: "Next page" }).first().click();
  assert.equal(await position(page), "26–50 of 301 points");
  await page.getByRole("button", { name: "Last page" }).first().click();
  assert.equal(await position(page), "301–301 of 301 points");
  assert.equal(await rows(page), 1);
});

test("filters plot and table together, and tells how many are left", async (page) => {
  const label = () => page.locator("#scatter").getAttribute("aria-label");
  const before = await label();
  await page.locator("fieldset", { hasText: "compute.adder_tree" }).getByText("speed").click();
  assert.equal(await page.locator("#left").textContent(), "151 of 301 points");
  assert.equal(await page.locator("#live").textContent(), "151 of 301 points left");
  assert.equal(await position(page), "1–25 of 151 points");
  assert.notEqual(await label(), before);
  // A range of a figure.
  await page.locator("#range-figure").selectOption("ppa.fmax_mhz");
  await page.getByRole("button", { name: "Add a range" }).click();
  await page.getByLabel("ppa.fmax_mhz (MHz): at most").fill("200");
  const left = number((await page.locator("#left").textContent()).split(" ")[0]);
  assert.ok(left > 0 && left < 151);
  await page.getByLabel("ppa.fmax_mhz (MHz): at most").fill("1");
  assert.equal(await page.locator("#left").textContent(), "0 of 301 points");
  assert.equal(await page.locator("#points tbody .empty").textContent(), "No point is left.");
  assert.ok(await page.locator("#scatter .empty").isVisible());
  await page.getByRole("button", { name: "Reset" }).click();
  assert.equal(await page.locator("#left").textContent(), "301 of 301 points");
});

test("shows the values of a point under the pointer, and chooses it by a click", async (page) => {
  await page.locator("#scatter").scrollIntoViewIfNeeded();
  const box = await page.locator("#scatter .canvas").boundingBox();
  let found = null;
  // The points lie along the diagonal: a line through the middle meets some.
  for (let y = box.y + 190; y < box.y + 370 && !found; y += 6) {
    for (let x = box.x + 70; x < box.x + box.width - 30 && !found; x += 6) {
      await page.mouse.move(x, y);
      if (await page.evaluate(() => !document.querySelector(".tip").hidden)) found = [x, y];
    }
  }
  assert.ok(found, "no point answers to the pointer");
  const tip = await page.locator(".tip").innerText();
  assert.match(tip, /^Point \d+/);
  assert.match(tip, /array\.rows\s+\d+/);
  assert.match(tip, /ppa\.critical_path_ns\s+[\d.]+ ns/);
  const name = /^Point \d+/.exec(tip)[0];
  await page.mouse.click(...found);
  assert.match(await page.locator(".chosen h3").textContent(), new RegExp(`^${name} `));
  assert.match(await page.locator("#provenance h3").first().textContent(), new RegExp(name.toLowerCase()));
  assert.equal(await page.locator("#points tr.chosen-row").count(), 1);
  await page.mouse.move(5, 5);
  assert.ok(await page.locator(".tip").isHidden());
});

test("steps through the points by the keyboard, and says what they are", async (page) => {
  const before = await page.locator(".chosen h3").textContent();
  await page.locator("#scatter").focus();
  await page.keyboard.press("ArrowRight");
  assert.notEqual(await page.locator(".chosen h3").textContent(), before);
  assert.match(await page.locator("#live").textContent(), /^Point \d+, .*, ppa\.critical_path_ns \(ns\) /);
  await page.getByRole("button", { name: "Next best point" }).click();
  assert.match(await page.locator(".chosen h3").textContent(), /best/);
});

test("can be reached by the keyboard in the order of the page", async (page) => {
  const seen = [];
  for (let k = 0; k < 60; ++k) {
    await page.keyboard.press("Tab");
    seen.push(await page.evaluate(() => {
      const e = document.activeElement;
      return { y: e.getBoundingClientRect().top + scrollY, name: e.tagName, id: e.id,
        ring: getComputedStyle(e).outlineStyle !== "none" };
    }));
  }
  assert.equal(seen[0].name, "A");  // the link past the head
  for (const id of ["theme", "x-figure", "y-figure", "scatter"]) {
    assert.ok(seen.some((each) => each.id === id), `${id} is not reached`);
  }
  assert.ok(seen.every((each) => each.ring), "some focus is not seen");
});

test("has names, roles and headings for a screen reader", async (page) => {
  const nameless = await page.evaluate(() => [...document.querySelectorAll("button, input, select, a[href], [role=img], [role=region]")]
    .filter((e) => !(e.getAttribute("aria-label") || e.textContent.trim() || e.closest("label") ||
      (e.id && document.querySelector(`label[for="${e.id}"]`)))).map((e) => e.outerHTML.slice(0, 120)));
  assert.deepEqual(nameless, []);
  const levels = await page.locator("h1, h2, h3, h4").evaluateAll((list) => list.map((e) => Number(e.tagName[1])));
  levels.forEach((level, k) => assert.ok(k === 0 ? level === 1 : level <= levels[k - 1] + 1, `heading ${k} skips a level`));
  const bare = await page.evaluate(() => [...document.querySelectorAll("table")].filter((t) =>
    !t.caption || [...t.querySelectorAll("th")].some((th) => !th.scope)).length);
  assert.equal(bare, 0);
  const ids = await page.evaluate(() => { const all = [...document.querySelectorAll("[id]")].map((e) => e.id);
    return all.filter((id, k) => all.indexOf(id) !== k); });
  assert.deepEqual(ids, []);
  assert.equal(await page.locator("#live").getAttribute("aria-live"), "polite");
});

test("has the data of each picture as a table", async (page) => {
  for (const [id, columns] of [["area", 5], ["timing", 3]]) {
    await page.locator(`#${id} details.as-table summary`).click();
    await page.locator(`#${id} details.as-table table`).waitFor();
    assert.equal(await page.locator(`#${id} details.as-table thead th`).count(), columns);
    assert.ok(await page.locator(`#${id} details.as-table tbody tr`).count() > 0);
  }
});

test("tells failures with the command to repeat them, and coverage and waves", async (page) => {
  const failure = page.locator("#failures details.failure").first();
  await failure.locator("summary").click();
  assert.match(await failure.innerText(), /sh failures\/verify-[0-9a-f]{12}\/run\.sh/);
  assert.match(await failure.locator("pre").textContent(), /<script>alert\(1\)<\/script>/);
  assert.match(await page.locator("#failures").innerText(), /rows must be between 1 and 4096/);
  assert.match(await page.locator("#coverage").innerText(), /a result waits long\s+300 runs\s+100 %/);
  assert.match(await page.locator("svg.waves").getAttribute("aria-label"), /latency: \d+ cycles/);
  assert.match(await page.locator("#provenance").innerText(), /yosys 0\.23/);
  assert.match(await page.locator("#accuracy").innerText(), /No run of this sweep tells an accuracy/);
});

test("is light and dark, by the system and by its button", async (page) => {
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await paper();
  assert.equal(dark, "rgb(14, 16, 19)");
  await page.locator("#theme").click();
  assert.equal(await paper(), "rgb(246, 247, 249)");
  assert.equal(await page.locator("#theme").textContent(), "Dark colours");
}, { options: { colorScheme: "dark" } });

test("prints in light colours, with open failures and without controls", async (page) => {
  const pdf = await page.pdf({ format: "A4" });
  assert.ok(pdf.length > 20000);
  await page.emulateMedia({ media: "print" });
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
  assert.ok(await page.locator("form.filter").isHidden());
  assert.ok(await page.locator("#failures pre").first().isVisible());
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  await page.emulateMedia({ media: "screen" });
  assert.ok(await page.locator("form.filter").isVisible());
}, { options: { colorScheme: "dark" } });

test("is not wider than a narrow screen", async (page) => {
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 360);
}, { options: { viewport: { width: 360, height: 700 } } });

test("shows a regression", async (page) => {
  assert.equal(await page.locator("h2").count(), 5);
  await page.locator("#failures summary").click();
  assert.match(await page.locator("#failures").innerText(), /sh failures\/1-digital-small\/repeat\.sh/);
  assert.match(await page.locator("#coverage").innerText(), /30 of 31, 96\.7 %/);
  await page.locator("#runs thead button", { hasText: "Seconds" }).click();
  await page.locator("#runs thead button", { hasText: "Seconds" }).click();
  assert.match(await page.locator("#runs tbody tr").first().innerText(), /failed/);
}, { file: "regression.html" });

let failed = 0;
for (const { name, run, options, file } of tests) {
  problems.length = 0;
  const page = await open(browser, `${directory}/${file ?? "sweep.html"}`, options, problems);
  try {
    await run(page);
    assert.deepEqual(problems, []);
    console.log(`ok ${name}`);
  } catch (error) {
    ++failed;
    console.log(`FAILED ${name}\n${error.message}\n${problems.join("\n")}`);
  }
  await page.context().close();
}
await browser.close();
process.exit(failed === 0 ? 0 : 1);
