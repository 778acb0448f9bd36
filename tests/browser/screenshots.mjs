// Takes a picture of every page on the tour, on a phone and on a desk, light and dark. See scripts/screenshots.

import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { startDemo } from "./demo.mjs";
import { openBrowser } from "./people.mjs";
import { arrive, plan } from "./tour.mjs";

const SIZES = { phone: { width: 360, height: 740 }, desk: { width: 1280, height: 800 } };

const { values: asked } = parseArgs({
  options: {
    into: { type: "string", default: "target/screenshots" },
    only: { type: "string", default: "" },
    size: { type: "string", default: "phone,desk" },
    theme: { type: "string", default: "light,dark" },
    lang: { type: "string", default: "zh" },
    base: { type: "string" },
    logins: { type: "string" },
    style: { type: "string" },
    view: { type: "boolean", default: false },
    readme: { type: "boolean", default: false },
  },
});

/** What stands in the README: page, size, theme. */
const README = [
  ["case-paying", "desk", "light"],
  ["staff-case", "desk", "dark"],
  ["shop", "phone", "light"],
  ["case-completed", "phone", "dark"],
  ["seller-duties", "phone", "light"],
];

/** One window of a page as WebP, which is small. */
async function keep(person, name, size, theme) {
  const line = await person.context.newCDPSession(person.page);
  const { data } = await line.send("Page.captureScreenshot", { format: "webp", quality: 78 });
  await writeFile(join("docs/images", `${name}-${size}-${theme}.webp`), Buffer.from(data, "base64"));
  await line.detach();
}

const only = asked.only.split(",").filter(Boolean);
const wanted = ({ name, role }) => only.length === 0 || only.some((word) => name === word || role === word);

/** The style sheet as it lies in the folder, so that it can be worked on without a build. */
async function serveStyle(context, folder) {
  const rust = await readFile(join(folder, "../../src/assets.rs"), "utf8");
  const names = [...rust.matchAll(/assets\/css\/([a-z-]+\.css)"/g)].map((found) => found[1]);
  const parts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  await context.route("**/assets/app-*.css", (route) => route.fulfill({ contentType: "text/css", body: parts.join("\n") }));
}

const demo = asked.base
  ? { base: asked.base, logins: JSON.parse(await readFile(asked.logins, "utf8")), stop: async () => {} }
  : await startDemo();
const browser = await openBrowser();
try {
  await mkdir(asked.into, { recursive: true });
  if (only.length === 0 && !asked.readme) for (const file of await readdir(asked.into)) await rm(join(asked.into, file));
  const people = await arrive(browser, demo);
  const pages = (await plan(people)).filter(wanted);
  const missing = [];
  for (const [name, size, theme] of asked.readme ? README : []) {
    const { role, path } = pages.find((page) => page.name === name);
    await people[role].page.setViewportSize(SIZES[size]);
    await people[role].page.emulateMedia({ colorScheme: theme });
    if (asked.style) await serveStyle(people[role].context, asked.style);
    await people[role].page.goto(path);
    await keep(people[role], name, size, theme);
  }
  for (const [size, viewport] of Object.entries(SIZES)) {
    if (asked.readme || !asked.size.includes(size)) continue;
    for (const lang of asked.lang.split(",")) {
      for (const theme of asked.theme.split(",")) {
        await Promise.all(Object.entries(people).map(async ([role, person]) => {
          await person.context.addCookies([{ name: "lang", value: lang, url: demo.base }]);
          await person.page.setViewportSize(viewport);
          await person.page.emulateMedia({ colorScheme: theme });
          if (asked.style) await serveStyle(person.context, asked.style);
          for (const { name, path } of pages.filter((one) => one.role === role)) {
            const answer = await person.page.goto(path).catch((error) => missing.push(`${path}: ${error.message}`));
            if (!answer?.status) continue;
            const wide = await person.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
            if (wide > 0) console.log(`${name} (${size}, ${lang}): ${wide} pixels too wide`);
            // As tall as the page: what lies at the lower edge of a window is then at the end of it.
            const height = await person.page.evaluate(() => document.documentElement.scrollHeight);
            if (!asked.view) await person.page.setViewportSize({ ...viewport, height: Math.max(viewport.height, Math.min(height, 6000)) });
            const file = [name, size, theme, ...(lang === "zh" ? [] : [lang])].join("-");
            await person.page.screenshot({ path: join(asked.into, `${file}.png`), fullPage: !asked.view });
            await person.page.setViewportSize(viewport);
          }
        }));
      }
    }
  }
  console.log(`${pages.length} pages, in ${asked.into}`);
  for (const line of missing) console.log(line);
} finally {
  await browser.close();
  await demo.stop();
}

