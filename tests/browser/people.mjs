// People in browsers: one context each, pictures on request, and a watch over everything the pages complain about.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { oneTimeCode } from "./demo.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { chromium } = createRequire(join(root, ".check/browser/package.json"))("playwright-core");

/** Chromium without a window. Its sandbox needs rights that root in a container does not have. */
export function openBrowser() {
  const args = process.getuid() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath: process.env.CHROMIUM, args });
}

/** A person at a screen. `look` is { name, width, height, script }. */
export class Person {
  static async arrive(browser, base, look, name) {
    const context = await browser.newContext({
      baseURL: base,
      locale: "zh-CN",
      timezoneId: "Asia/Shanghai",
      viewport: { width: look.width, height: look.height },
      javaScriptEnabled: look.script,
      userAgent: look.userAgent,
    });
    context.setDefaultTimeout(20_000);
    const page = await context.newPage();
    return new Person(context, page, look, name);
  }

  constructor(context, page, look, name) {
    Object.assign(this, { context, page, look, name, complaints: [], pictures: 0 });
    page.on("pageerror", (error) => this.complaints.push(`script: ${error.message}`));
    page.on("console", (message) => {
      // A refused request is an answer like any other; the tests look at what the page says.
      const refused = message.text().startsWith("Failed to load resource");
      if (message.type() === "error" && !refused) this.complaints.push(`console: ${message.text()}`);
    });
    page.on("response", (answer) => {
      if (answer.status() >= 500) this.complaints.push(`${answer.status()} ${answer.url()}`);
    });
  }

  async go(path) {
    const answer = await this.page.goto(path);
    assert.ok(answer.status() < 400, `${path} answered ${answer.status()}`);
  }

  /** The text a person can read. */
  async text() {
    return this.page.locator("body").innerText();
  }

  async sees(...texts) {
    const text = await this.text();
    for (const wanted of texts) {
      assert.ok(text.includes(wanted), `"${wanted}" is missing at ${this.page.url()}:\n${text}`);
    }
  }

  async seesNot(...texts) {
    const text = await this.text();
    for (const unwanted of texts) {
      assert.ok(!text.includes(unwanted), `"${unwanted}" should not stand at ${this.page.url()}`);
    }
  }

  form(action) {
    return this.page.locator(`form[action="${action}"]`);
  }

  /** Presses a form's button, opening the fold it lies in first, and waits for the next page. */
  async press(button) {
    const fold = button.locator("xpath=ancestor::details[not(@open)]");
    if (await fold.count()) await fold.first().locator("summary").first().click();
    await Promise.all([this.page.waitForEvent("load"), button.click()]);
  }

  async signIn({ login, password, totp }) {
    await this.go("/login");
    const form = this.form("/login");
    await form.locator("[name=login]").fill(login);
    await form.locator("[name=password]").fill(password);
    await this.press(form.locator("button"));
    if (totp) {
      await form.locator("[name=password]").fill(password);
      await form.locator("[name=totp]").fill(oneTimeCode(totp));
      await this.press(form.locator("button"));
    }
    assert.ok(!this.page.url().includes("/login"), `signed in as ${login}: ${await this.text()}`);
  }

  /** Keeps a picture of the page, and sees to it that nothing sticks out at the side. */
  async picture(name) {
    this.pictures += 1;
    const number = String(this.pictures).padStart(2, "0");
    if (this.look.script) await this.page.evaluate(() => window.scrollTo(0, 0));
    const file = `${this.look.name}-${this.name}-${number}-${name}.png`;
    await this.page.screenshot({ path: join(root, ".check/screens", file), fullPage: true });
    if (this.look.script) {
      const wide = await this.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(wide <= 0, `${this.page.url()} is ${wide} pixels too wide at ${this.look.width}`);
    }
  }

  async leave() {
    await this.context.close();
    assert.deepEqual(this.complaints, [], `${this.name} met with complaints`);
  }
}
