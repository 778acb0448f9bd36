// Paying with the real clients of four providers, each against its simulator in its own wire format: on a phone by a page,
// on a desk by page or code to scan, and with scripts switched off. And topping a balance up.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { startDemo } from "./demo.mjs";
import { openBrowser, Person } from "./people.mjs";
import { order, register, until } from "./steps.mjs";

const PHONE =
  "Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0 Mobile Safari/537.36";
const LOOKS = [
  { name: "paying-phone", width: 360, height: 740, script: true, guest: false, userAgent: PHONE },
  { name: "paying-desk", width: 1280, height: 800, script: true, guest: false },
  { name: "paying-plain", width: 1280, height: 800, script: false, guest: true },
];
const PROVIDERS = [
  { id: "wechat", name: "微信支付" },
  { id: "alipay", name: "支付宝" },
  { id: "stripe", name: "Stripe" },
  { id: "unionpay", name: "银联" },
];

let demo;
let browser;

before(async () => {
  demo = await startDemo();
  browser = await openBrowser();
}, { timeout: 900_000 });

after(async () => {
  await browser?.close();
  await demo?.stop();
});

/** Waits until the page shows a way to the cashier: by itself where scripts run, else by looking again. */
async function ready(buyer, path) {
  const way = buyer.page.locator('[data-wait^="ready"]');
  for (let attempt = 0; attempt < 60; attempt += 1) {
    if (await way.count()) return;
    await new Promise((later) => setTimeout(later, 500));
    if (!buyer.look.script) await buyer.go(path);
  }
  assert.fail(`no way to the cashier: ${await buyer.text()}`);
}

/** Goes to the cashier by what the page offers, and pays there. */
async function payThere(buyer, provider) {
  const form = buyer.page.locator('[data-wait] form[action*="/practice/"]');
  if (await form.count()) {
    await buyer.press(form.locator("button"));
  } else {
    await buyer.page.locator('[data-wait] a[href*="/practice/"]').first().click();
  }
  await buyer.page.locator("button[value=pay]").waitFor();
  await buyer.picture(`${provider}-cashier`);
  await buyer.press(buyer.page.locator("button[value=pay]"));
}

for (const look of LOOKS) {
  describe(`paying, ${look.name}, ${look.width} by ${look.height}`, { timeout: 600_000 }, () => {
    let buyer;

    before(async () => {
      buyer = await Person.arrive(browser, demo.base, look, "payer");
      if (!look.guest) {
        await buyer.go("/");
        await register(buyer, `${look.name}-visitor`);
      }
    });
    after(() => buyer.leave());

    for (const provider of PROVIDERS) {
      test(`with ${provider.id}`, async () => {
        const bought = await order(buyer, "Starvault 30", /Starvault 30/, provider.id);
        await ready(buyer, `/pay/${bought}`);
        await buyer.sees(provider.name, "换一种方式付款");
        await buyer.picture(`${provider.id}-pay`);
        const codes = await buyer.page.locator("svg.qr").count();
        assert.equal(codes > 0, provider.id === "wechat" && look.width > 400, "a code to scan, and only there");
        await payThere(buyer, provider.id);
        await until(buyer, `/o/${bought}`, "卡密已发放");
        await buyer.picture(`${provider.id}-paid`);
      });
    }

    test("Alipay by a code to scan, after another way was chosen", async () => {
      const bought = await order(buyer, "Starvault 30", /Starvault 30/, "wechat");
      await ready(buyer, `/pay/${bought}`);
      await buyer.page.locator("details.ask summary").click();
      const form = buyer.form(`/o/${bought}/pay`);
      await form.locator("[name=tender][value=alipay]").check();
      await buyer.press(form.locator("button"));
      await ready(buyer, `/pay/${bought}?by=alipay`);
      const byCode = buyer.form(`/pay/${bought}/code`);
      if (look.width > 400) {
        await buyer.press(byCode.locator("button"));
        await ready(buyer, `/pay/${bought}?by=alipay`);
        assert.equal(await buyer.page.locator("svg.qr").count(), 1);
        await buyer.picture("alipay-code");
      } else {
        assert.equal(await byCode.count(), 0, "a telephone does not scan itself");
      }
      await payThere(buyer, "alipay-code");
      await until(buyer, `/o/${bought}`, "卡密已发放");
    });

    if (!look.guest) {
      test("a balance is topped up after its terms were confirmed", async () => {
        await buyer.go("/account/balance");
        await buyer.sees("不能提现", "充值");
        await buyer.picture("balance-empty");
        const form = buyer.form("/account/balance");
        await form.locator("[name=amount]").fill("66.60");
        await form.locator("[name=tender][value=wechat]").check();
        assert.equal(await form.locator("[name=confirmed]").isChecked(), false, "nothing is ticked beforehand");
        await form.locator("[name=confirmed]").check();
        await buyer.press(form.locator("button"));
        await ready(buyer, buyer.page.url());
        await buyer.picture("top-up-pay");
        await payThere(buyer, "top-up");
        await until(buyer, "/account/balance", "已到账");
        await buyer.sees("66.60");
        await buyer.picture("balance-full");
      });
    }
  });
}
