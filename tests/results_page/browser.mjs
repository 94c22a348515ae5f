// Headless Chromium for the tests and the benchmark of pages.
import { createRequire } from "node:module";
import { resolve } from "node:path";

export async function launch(npm, executablePath) {
  const { chromium } = createRequire(resolve(npm, "package.json"))("playwright-core");
  return chromium.launch({ executablePath, args: ["--headless", "--no-sandbox", "--disable-gpu",
    "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync"] });
}

/// Opens a file and waits until it is drawn. `problems` collects what a page must not do: print to
/// the console, throw, ask for anything but itself.
export async function open(browser, file, options, problems) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, offline: true, ...options });
  const page = await context.newPage();
  page.on("console", (message) => problems.push(`console ${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (!/^(file|data|blob):/.test(request.url())) problems.push(`asks for ${request.url()}`);
  });
  await page.goto(`file://${file}`);
  await page.waitForFunction(() => document.documentElement.dataset.ready);
  return page;
}
