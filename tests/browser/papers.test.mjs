// The page that checks papers anywhere: opened from a file, without a network, with papers that a demo issued.

import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { startDemo } from "./demo.mjs";
import { openBrowser, Person } from "./people.mjs";
import { apply, order, pay, until } from "./steps.mjs";

const PAGE = new URL("../../crates/paper/page/verify.html", import.meta.url);
const PHONE = { name: "phone", width: 360, height: 740, script: true, guest: true };

let demo;
let browser;
/** What the demo's buyer took home. */
const papers = {};

before(async () => {
  demo = await startDemo();
  browser = await openBrowser();
}, { timeout: 900_000 });

after(async () => {
  await browser?.close();
  await demo?.stop();
});

async function fetched(buyer, path, form) {
  const request = buyer.page.context().request;
  const answer = form ? await request.post(demo.base + path, { form }) : await request.get(demo.base + path);
  assert.equal(answer.status(), 200, `${path}: ${answer.status()}`);
  return answer.body();
}

/** Opens the page from disk with the network shut, and lets it check these files. */
async function checks(files, { key = "", plain = false } = {}) {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, offline: true });
  const page = await context.newPage();
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("pageerror", (error) => assert.fail(error));
  if (plain) await page.addInitScript(() => Object.defineProperty(crypto, "subtle", { value: undefined }));
  await page.goto(PAGE.href);
  await page.locator("#key").fill(key);
  await page.locator("#file").setInputFiles(files.map(([name, buffer]) => ({ name, mimeType: "application/octet-stream", buffer })));
  const result = page.locator("#result[data-whole]");
  await result.waitFor({ timeout: 60_000 });
  const told = { whole: (await result.getAttribute("data-whole")) === "true", text: await result.innerText() };
  assert.deepEqual(asked, [PAGE.href], "nothing else was asked for");
  await context.close();
  return told;
}

test("a buyer takes certificate and package home, by phone", { timeout: 600_000 }, async () => {
  const buyer = await Person.arrive(browser, demo.base, PHONE, "papers");
  const sold = await order(buyer, "Starvault 100", /Starvault 100/);
  await pay(buyer, sold);
  const number = await apply(buyer, sold, "personal", { words: "买错了，电话13812345678", forecast: "很可能自动通过" });
  await until(buyer, `/c/${number}`, "退款凭证");
  await buyer.go(`/c/${number}/certificate`);
  await buyer.sees("退款凭证", "渠道退款单号", "原路退回", "核验");
  await buyer.picture("certificate");
  await buyer.go(`/c/${number}/package?variant=12315`);
  await buyer.sees("证据包", "投诉填写内容", "被投诉人");
  await buyer.picture("package");
  await buyer.go("/transparency");
  await buyer.picture("transparency");
  papers.pdf = await fetched(buyer, `/c/${number}/certificate.pdf`);
  papers.json = await fetched(buyer, `/c/${number}/certificate.json`);
  papers.zip = await fetched(buyer, `/c/${number}/package`, { variant: "heimao", as: "zip" });
  papers.log = await fetched(buyer, "/api/v1/transparency");
  papers.key = JSON.parse(papers.log).key;
  const says = JSON.parse(papers.json).certificate;
  await buyer.go(`/check/${says.id}`);
  await buyer.sees("真实", says.refunded);
  await buyer.picture("check");
});

describe("without a network", () => {
  test("what was issued is whole, by the browser's own cryptography and by the page's", async () => {
    for (const plain of [false, true]) {
      for (const file of ["pdf", "json", "zip"]) {
        const told = await checks([[`paper.${file}`, papers[file]]], { key: papers.key, plain });
        assert.ok(told.whole, `${file}: ${told.text}`);
      }
      const log = await checks([["transparency.json", papers.log]], { key: papers.key, plain });
      assert.ok(log.whole, log.text);
    }
    const foreign = await checks([["paper.zip", papers.zip]], { key: "0".repeat(64) });
    assert.ok(!foreign.whole && foreign.text.includes("signed with another key"), foreign.text);
  });

  test("a changed byte anywhere is found, and the file that it is in is named", { timeout: 300_000 }, async () => {
    for (let n = 0; n < 24; n += 1) {
      const bytes = Buffer.from(papers.zip);
      const at = randomBytes(4).readUInt32BE() % bytes.length;
      bytes[at] ^= 1 + (n % 255);
      const told = await checks([["paper.zip", bytes]]);
      assert.ok(!told.whole, `byte ${at}: ${told.text}`);
    }
    for (const name of ["package.pdf", "journal.json", "certificate.json", "complaint.txt"]) {
      const bytes = Buffer.from(papers.zip);
      // Where the file itself begins, not where another one speaks of it.
      let at = bytes.indexOf(name, 30);
      while (bytes.readUInt32LE(at - 30) !== 0x04034b50) at = bytes.indexOf(name, at + 1);
      bytes[at + name.length + 40] ^= 1;
      const told = await checks([["paper.zip", bytes]]);
      assert.ok(!told.whole && told.text.includes(name), `${name}: ${told.text}`);
    }
    const pdf = Buffer.from(papers.pdf);
    pdf[pdf.length >> 1] ^= 1;
    assert.ok(!(await checks([["certificate.pdf", pdf]])).whole);
    const json = Buffer.from(String(papers.json).replace('"refunded":"', '"refunded":"1'));
    const told = await checks([["certificate.json", json]]);
    assert.ok(told.text.includes("certificate.refunded"), told.text);
  });

  test("a log that was rewritten differs from the copy that was kept", async () => {
    const log = JSON.parse(papers.log);
    if (log.seals.length === 0) return assert.fail("the demo has lived thirty days and sealed none of them");
    assert.ok((await checks([["new.json", papers.log], ["kept.json", Buffer.from(JSON.stringify({ ...log, seals: log.seals.slice(0, 2) }))]])).whole);
    log.seals[0].size += 1;
    const told = await checks([["new.json", papers.log], ["kept.json", Buffer.from(JSON.stringify(log))]]);
    assert.ok(!told.whole && told.text.includes("seal 1"), told.text);
  });

  test("the page's own SHA-2 and Ed25519 agree with those of another program", async () => {
    const html = await readFile(fileURLToPath(PAGE), "utf8");
    const core = html.split("<script>")[1].split("// ---- The page.")[0].replace("'use strict';", "");
    const own = new Function("crypto", `${core}; return { plainSha256, plainSha512, plainVerify, hex };`)({});
    for (const size of [0, 1, 55, 56, 63, 64, 111, 112, 127, 128, 1000]) {
      const bytes = randomBytes(size);
      assert.equal(own.hex(own.plainSha256(bytes)), createHash("sha256").update(bytes).digest("hex"));
      assert.equal(own.hex(own.plainSha512(bytes)), createHash("sha512").update(bytes).digest("hex"));
    }
    for (let n = 0; n < 20; n += 1) {
      const { publicKey, privateKey } = generateKeyPairSync("ed25519");
      const key = new Uint8Array(publicKey.export({ format: "der", type: "spki" }).subarray(-32));
      const bytes = new Uint8Array(randomBytes(n * 7));
      const signature = new Uint8Array(sign(null, bytes, privateKey));
      assert.ok(await own.plainVerify(key, bytes, signature));
      signature[n * 3] ^= 1;
      assert.ok(!(await own.plainVerify(key, bytes, signature)));
    }
  });
});
