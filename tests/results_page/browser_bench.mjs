// browser_bench.mjs NPM CHROMIUM DIRECTORY: size of each page, time until it is drawn and answers,
// and time of a sort and a filter; medians of five loads.
import { statSync } from "node:fs";
import { launch, open } from "./browser.mjs";

const [npm, chromium, directory] = process.argv.slice(2);
const loads = 5;
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const browser = await launch(npm, chromium);
for (const charts of ["echarts", "svg"]) {
  const file = `${directory}/${charts}.html`;
  const times = { ready: [], sort: [], filter: [] };
  for (let k = 0; k < loads; ++k) {
    const problems = [];
    const page = await open(browser, file, {}, problems);
    if (problems.length > 0) throw new Error(problems.join("\n"));
    // Since the navigation began, with the first drawing of every chart.
    times.ready.push(await page.evaluate(() => Number(document.documentElement.dataset.ready)));
    for (const [name, selector] of [["sort", "#points thead th:nth-child(5) button"], ["filter", "form.filter input"]]) {
      times[name].push(await page.evaluate((what) => new Promise((done) => {
        const begin = performance.now();
        document.querySelector(what).click();
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - begin)));
      }), selector));
    }
    await page.context().close();
  }
  console.log(`${charts}: ${(statSync(file).size / 1e6).toFixed(2)} MB; drawn ${median(times.ready)} ms after the start ` +
    `(worst ${Math.max(...times.ready)}), sort ${median(times.sort).toFixed(0)} ms, filter ${median(times.filter).toFixed(0)} ms`);
}
await browser.close();
