// How somebody becomes a seller: what it takes, the application with its proof, a rejection that says what would change it,
// the mended application, the deposit, and the shop. On a phone, and without scripts.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { startDemo } from "./demo.mjs";
import { openBrowser, Person } from "./people.mjs";
import { PICTURE, register } from "./steps.mjs";

const LOOKS = [
  { name: "sell-phone", width: 360, height: 740, script: true },
  { name: "sell-plain", width: 1280, height: 800, script: false },
];
const DESK = { name: "sell-desk", width: 1280, height: 800, script: true };
const NUMBER = "91310000MA1FL0000X";

let demo;
let browser;
const desk = {};

before(async () => {
  demo = await startDemo();
  browser = await openBrowser();
  for (const role of ["finance", "admin"]) {
    desk[role] = await Person.arrive(browser, demo.base, DESK, role);
    await desk[role].signIn(demo.logins.find((one) => one.role === role));
  }
}, { timeout: 900_000 });

after(async () => {
  for (const person of Object.values(desk)) await person.leave();
  await browser?.close();
  await demo?.stop();
});

/** Fills in the application, with one picture as proof. */
async function fillIn(person, shop, goods) {
  const form = person.form("/sell");
  await form.locator("[name=legal_form][value=company]").check();
  await form.locator("[name=legal_name]").fill("星辰数字有限公司");
  await form.locator("[name=id_number]").fill(NUMBER);
  await form.locator("[name=contact]").fill("star@example.com");
  await form.locator("[name=shop]").fill(shop);
  await form.locator("[name=goods]").fill(goods);
  await form.locator("[name=file_1]").setInputFiles(PICTURE);
  for (const box of await form.locator("[name=agreement]").all()) await box.check();
  return form.locator("button").last();
}

async function applyToSell(person, shop, goods) {
  await person.press(await fillIn(person, shop, goods));
}

for (const look of LOOKS) {
  describe(`becoming a seller, ${look.name}`, { timeout: 600_000 }, () => {
    const shop = `星辰点卡 ${look.name}`;
    let star;
    let at;

    before(async () => {
      star = await Person.arrive(browser, demo.base, look, "star");
    });
    after(() => star.leave());

    test("what it takes is said before anybody signs in", async () => {
      await star.go("/");
      await star.page.locator('a[href="/sell"]').first().click();
      await star.page.waitForURL("**/sell");
      await star.sees("开店条件", "保证金", "佣金", "24 小时内答复");
      await star.picture("needed");
      await register(star, look.name);
    });

    test("what is missing is said beside its field, and nothing typed is lost but the number", async () => {
      // Without scripts nobody can tell the browser to send what it knows to be wrong.
      if (!look.script) return;
      await star.go("/sell");
      await star.form("/sell").evaluate((form) => { form.noValidate = true; });
      // A form with files is sent by the script, which puts the answer in the page's place.
      await (await fillIn(star, shop, "点卡")).click();
      await star.page.locator("#wrong-goods").waitFor();
      const form = star.form("/sell");
      assert.equal(await form.locator("[name=shop]").inputValue(), shop);
      assert.equal(await form.locator("[name=id_number]").inputValue(), "");
      assert.equal(await form.locator("[name=goods]").getAttribute("aria-invalid"), "true");
      await star.picture("refused");
    });

    test("the application waits for an administrator, its number masked", async () => {
      await star.go("/sell");
      await applyToSell(star, shop, "游戏点卡，官方授权分销，可以提供授权书。");
      await star.sees("申请已提交", "审核中", shop);
      await star.seesNot(NUMBER);
      await star.picture("applied");
    });

    test("an administrator looks, and rejects it with what would change it", async () => {
      await desk.admin.go("/staff/admissions");
      await desk.admin.page.getByRole("link", { name: shop }).click();
      await desk.admin.page.waitForURL("**/staff/admissions/*");
      at = new URL(desk.admin.page.url()).pathname;
      await desk.admin.seesNot(NUMBER);
      await desk.admin.press(desk.admin.form(`${at}/identity`).locator("button"));
      await desk.admin.sees(NUMBER);
      await desk.admin.go(at);
      const form = desk.admin.form(`${at}/reject`);
      await desk.admin.page.locator("summary", { hasText: "驳回" }).click();
      await form.locator("[name=words]").fill("证件照片无法辨认。");
      await form.locator("[name=mend]").fill("请重新上传清晰的照片。");
      await desk.admin.picture("rejecting");
      await desk.admin.press(form.locator("button"));
      await desk.admin.sees("未通过");
    });

    test("mended it is approved, and the deposit opens the shop", async () => {
      await star.go("/sell");
      await star.sees("证件照片无法辨认。", "请重新上传清晰的照片。", "修改后重新申请");
      await star.picture("rejected");
      await applyToSell(star, shop, "游戏点卡，官方授权分销，可以提供授权书。");
      await desk.admin.go(at);
      await desk.admin.press(desk.admin.form(`${at}/approve`).locator("button"));
      await star.go("/sell");
      await star.sees("待缴保证金", "5000.00");
      await star.picture("deposit");
      await desk.finance.go(at);
      const form = desk.finance.form(`${at}/deposit`);
      await form.locator("[name=amount]").fill("5000.00");
      await desk.finance.press(form.locator("button"));
      await star.go("/sell");
      await star.sees(`店铺“${shop}”已开通`);
      await star.go("/seller");
      await star.sees(shop);
      await star.picture("shop");
    });
  });
}
