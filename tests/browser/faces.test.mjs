// Every page on the tour, on a phone and on a desk, each once in either theme and in either language: axe finds nothing
// serious, nothing sticks out at the side, a first visit weighs little and asks nobody else.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { startDemo } from "./demo.mjs";
import { openBrowser } from "./people.mjs";
import { arrive, PAGES, plan } from "./tour.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const PHONE = { width: 360, height: 740 };
const DESK = { width: 1280, height: 800 };
/** What a first visit may transfer without its pictures. */
const MOST_BYTES = 60 * 1024;
/** Pages that say that something is not there. */
const MISSING = new Set(["not-found", "check-unknown"]);
/** How many pages the past of a demo may give no occasion for; only such as hang on another page may lack at all. */
const MAY_LACK = 12;

let demo;
let browser;
let people;
let pages;
let axe;

before(async () => {
  demo = await startDemo(200);
  browser = await openBrowser();
  people = await arrive(browser, demo, { ...DESK, script: true });
  pages = await plan(people);
  axe = await readFile(join(root, ".check/browser/node_modules/axe-core/axe.min.js"), "utf8");
}, { timeout: 900_000 });

after(async () => {
  await browser?.close();
  await demo?.stop();
});

/** Goes to a page and counts what comes over the line, pictures aside. */
async function visit(person, path) {
  const line = await person.context.newCDPSession(person.page);
  const kinds = new Map();
  const visited = { bytes: 0, strangers: [] };
  line.on("Network.requestWillBeSent", ({ requestId, type, request }) => {
    kinds.set(requestId, type);
    if (!request.url.startsWith(demo.base) && !request.url.startsWith("data:")) visited.strangers.push(request.url);
  });
  line.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (!["Image", "EventSource"].includes(kinds.get(requestId))) visited.bytes += encodedDataLength;
  });
  await line.send("Network.enable");
  await line.send("Network.setCacheDisabled", { cacheDisabled: true });
  visited.status = (await person.page.goto(path)).status();
  await line.detach();
  return visited;
}

/** What axe calls serious or critical, as lines to read. */
async function serious(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"] }));
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.slice(0, 3).map(({ target, failureSummary }) =>
      `${id} ${target.join(" ")} ${failureSummary.split("\n")[1]?.trim() ?? ""}`));
}

describe("every page", { concurrency: false }, () => {
  for (const [size, look] of Object.entries({ phone: PHONE, desk: DESK })) {
    test(`can be used by everybody, and is light (${size})`, { timeout: 600_000 }, async () => {
      const met = new Set(pages.map(({ name }) => name));
      const lacking = PAGES.filter(([, name]) => !met.has(name));
      assert.deepEqual(lacking.filter(([, , how]) => !how.on).map(([, name]) => name), []);
      assert.ok(lacking.length <= MAY_LACK, `not found: ${lacking.map(([, name]) => name)}`);
      const found = [];
      await Promise.all(Object.entries(people).map(async ([role, person]) => {
        await person.page.setViewportSize(look);
        for (const [i, { name, path }] of [...pages.entries()].filter(([, page]) => page.role === role)) {
          // The other size has the other theme and the other language.
          const other = (i + (size === "phone" ? 0 : 1)) % 2 === 1;
          const lang = (Math.floor(i / 2) + (size === "phone" ? 0 : 1)) % 2 === 1 ? "en" : "zh";
          await person.context.addCookies([{ name: "lang", value: lang, url: demo.base }]);
          await person.page.emulateMedia({ colorScheme: other ? "dark" : "light", reducedMotion: "reduce" });
          const { bytes, strangers, status } = await visit(person, path);
          const told = (what) => found.push(`${name} (${lang}, ${other ? "dark" : "light"}): ${what}`);
          if (status >= 400 && !MISSING.has(name)) told(`answered ${status}`);
          if (bytes > MOST_BYTES) told(`${bytes} bytes`);
          strangers.forEach((url) => told(`asks ${url}`));
          const wide = await person.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          if (wide > 0) told(`${wide} pixels too wide`);
          (await serious(person.page)).forEach(told);
        }
      }));
      assert.deepEqual(found, []);
    });
  }

  test("keeps the theme a person chose", async () => {
    const { page, context } = people.anyone;
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto("/help?theme=dark");
    await page.goto("/help");
    assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
    assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), "dark");
    await page.goto("/help?theme=auto");
    await page.goto("/help");
    assert.equal(await page.locator("html").getAttribute("data-theme"), null);
    assert.ok(!(await context.cookies()).some(({ name }) => name === "theme"));
  });

  test("tells what is wrong where it is wrong, and keeps what was typed", async () => {
    const { page } = people.buyer;
    await page.goto("/account/balance");
    const form = page.locator('form[action="/account/balance"]');
    await form.locator("[name=amount]").fill("0.001");
    await form.locator("[name=tender]").first().check();
    await form.locator("[name=confirmed]").check();
    await Promise.all([page.waitForEvent("load"), form.locator("button").last().click()]);
    const field = page.locator("[name=amount]");
    assert.equal(await field.inputValue(), "0.001");
    assert.equal(await field.getAttribute("aria-invalid"), "true");
    const said = await page.locator(`#${await field.getAttribute("aria-describedby")}`).innerText();
    assert.ok((await page.locator("#summary").innerText()).includes(said));
    assert.equal(await page.evaluate(() => document.activeElement.id), "summary");
    await page.locator("#summary a").click();
    assert.equal(await page.evaluate(() => document.activeElement.name), "amount");
    assert.deepEqual(await serious(page), []);
  });

  test("hears news without losing what is being written, also after the line was lost", async () => {
    const { path } = pages.find(({ name }) => name === "seller-thread");
    const { context, page: writer } = people.seller;
    const reader = await context.newPage();
    let asked = 0;
    // First the line breaks, then the server has no room: the page comes back from both by itself.
    await reader.route("**/events?*", (route) => {
      asked += 1;
      if (asked === 1) return route.abort();
      return asked === 2 ? route.fulfill({ status: 503, body: "" }) : route.continue();
    });
    await reader.goto(path);
    await reader.locator("[name=text]").fill("正在写的话");
    await writer.goto(path);
    await writer.locator("[name=text]").fill(`你好，已经核对过了 ${path.length}`);
    await Promise.all([writer.waitForEvent("load"), writer.locator("form#end button").click()]);
    await reader.locator("#talk", { hasText: "已经核对过了" }).waitFor({ timeout: 40_000 });
    assert.equal(await reader.locator("[name=text]").inputValue(), "正在写的话");
    assert.ok(asked >= 3, `asked ${asked} times`);
    await reader.close();
  });

  test("guards what is exported against being run", async () => {
    const answer = await people.seller.context.request.get("/seller/orders.csv");
    assert.match(answer.headers()["content-disposition"], /orders\.csv/);
    const lines = (await answer.text()).trim().split("\r\n");
    assert.ok(lines.length > 5);
    for (const cell of lines.slice(1).flatMap((line) => line.split(","))) assert.ok(!/^"?[=+@]/.test(cell), cell);
  });
});
