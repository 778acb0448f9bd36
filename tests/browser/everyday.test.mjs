// What people do every day and no other journey passes: a draft that survives, support with and without an account, work
// by keyboard, several answers at once, what a person chooses about word that reaches him, and a server that dies meanwhile.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { startDemo } from "./demo.mjs";
import { openBrowser, Person } from "./people.mjs";
import { order, pay, PICTURE, QUERY_PASSWORD } from "./steps.mjs";

const PHONE = { name: "everyday-phone", width: 360, height: 740, script: true };
const DESK = { name: "everyday-desk", width: 1280, height: 800, script: true };
const PLAIN = { name: "everyday-plain", width: 1280, height: 800, script: false };

let demo;
let browser;
const people = {};

/** Whoever has this role, signed in. */
async function someone(name, look = DESK) {
  const key = `${name} ${look.name}`;
  if (!people[key]) {
    people[key] = await Person.arrive(browser, demo.base, look, name);
    await people[key].signIn(demo.logins.find((one) => one.login === name));
  }
  return people[key];
}

/** Numbers that links of a page lead to, such as those of `/c/`. */
async function numbers(person, path, prefix) {
  const html = await (await person.context.request.get(path)).text();
  return [...new Set([...html.matchAll(new RegExp(`href="${prefix}([^"/?#]+)"`, "g"))].map((found) => found[1]))];
}

before(async () => {
  demo = await startDemo(80);
  browser = await openBrowser();
}, { timeout: 900_000 });

after(async () => {
  await browser?.close();
  await demo?.stop();
});

describe("a buyer", { concurrency: false }, () => {
  for (const look of [PHONE, PLAIN]) {
    test(`leaves the refund form and finds what he wrote, also elsewhere (${look.name})`, { timeout: 120_000 }, async () => {
      const buyer = await someone("buyer", look);
      const no = await order(buyer, "Starvault", /30/);
      await pay(buyer, no);
      const path = `/o/${no}/refund`;
      const form = buyer.form(path);
      await buyer.go(path);
      await form.locator("[name=reason][value=system_fault]").check();
      if (look.script) {
        const kept = buyer.page.waitForResponse((answer) => answer.url().endsWith("/refund/draft") && answer.status() === 200);
        await form.locator("[name=text]").fill("支付后页面报错，没有看到卡密。");
        await kept;
        const uploaded = buyer.page.waitForResponse((answer) => answer.url().endsWith("/refund/draft"));
        await form.locator("[name=file_1]").setInputFiles(PICTURE);
        assert.equal((await uploaded).status(), 200);
        await buyer.page.locator("[data-kept] a").waitFor();
      } else {
        await form.locator("[name=text]").fill("支付后页面报错，没有看到卡密。");
        await form.locator("[name=file_1]").setInputFiles(PICTURE);
        await buyer.press(form.locator('button[formaction$="/draft"]'));
      }
      // On another device nothing but the server knows of it.
      const other = await Person.arrive(browser, demo.base, { ...DESK, name: "elsewhere" }, "buyer");
      await other.signIn(demo.logins.find((one) => one.login === "buyer"));
      for (const reader of [buyer, other]) {
        await reader.go(path);
        assert.equal(await reader.form(path).locator("[name=text]").inputValue(), "支付后页面报错，没有看到卡密。");
        assert.ok(await reader.form(path).locator("[name=reason][value=system_fault]").isChecked());
        assert.equal(await reader.page.locator("[data-kept] a").count(), 1);
      }
      await other.leave();
    });
  }

  test("is told where his refund stands the moment he asks, and support sees it", async () => {
    const buyer = await someone("buyer", PHONE);
    await buyer.go("/support");
    await buyer.sees("客服时间", "发送我的退款进度证明");
    await buyer.press(buyer.page.locator("form:has([name=progress]) button").first());
    await buyer.sees("退款进度证明", "截至");
    await buyer.picture("proof");
    const talk = new URL(buyer.page.url()).pathname;
    await buyer.form(talk + "#end").locator("[name=text]").fill("银行卡里还没有看到，请帮我查一下。");
    await buyer.press(buyer.form(talk + "#end").locator("button"));
    // What was sent is no draft any more.
    assert.equal(await buyer.page.locator("[name=text]").inputValue(), "");
    const support = await someone("support");
    await support.go(`/staff${talk}`);
    await support.sees("退款进度证明", "银行卡里还没有看到");
  });

  test("chooses how and when word reaches him", async () => {
    const buyer = await someone("buyer", PLAIN);
    await buyer.go("/account/notices");
    const form = buyer.form("/account/notices/choices");
    assert.ok(await form.locator("[type=checkbox]:not([disabled])").count() > 0);
    await form.locator("[name=quiet_from]").fill("22:30");
    await form.locator("[name=quiet_until]").fill("07:15");
    await buyer.press(form.locator("button"));
    await buyer.go("/account/notices");
    assert.equal(await form.locator("[name=quiet_from]").inputValue(), "22:30");
    assert.equal(await form.locator("[name=quiet_until]").inputValue(), "07:15");
    await buyer.sees("必达");
  });
});

describe("somebody without an account", { concurrency: false }, () => {
  for (const look of [PHONE, PLAIN]) {
    test(`applies from the help centre and asks after his money (${look.name})`, { timeout: 120_000 }, async () => {
      const guest = await Person.arrive(browser, demo.base, { ...look, guest: true }, "guest");
      const no = await order(guest, "Starvault", /30/);
      await pay(guest, no);
      await guest.context.clearCookies();
      await guest.go("/help");
      await guest.page.locator('form[action="/help"] [name=order]').fill(no);
      await guest.press(guest.page.locator('form[action="/help"] button'));
      await guest.form("/find").locator("[name=order]").fill(no);
      await guest.form("/find").locator("[name=query_password]").fill(QUERY_PASSWORD);
      await guest.press(guest.form("/find").locator("button"));
      assert.match(guest.page.url(), new RegExp(`/o/${no}/refund`));
      const form = guest.form(`/o/${no}/refund`);
      await form.locator("[name=units]").first().check();
      await form.locator("[name=reason][value=personal]").check();
      await form.locator("[name=text]").fill("买错了，还没有查看卡密。");
      await guest.press(form.locator("button:not([formaction])").last());
      await guest.sees("处理结果");

      // With neither login nor password a payer is told how far it is, and nothing more.
      await guest.go(`/o/${no}`);
      const paid = (await guest.text()).match(/付款时间\s+(\S+ \d\d:\d\d)/)?.[1];
      const amount = (await guest.text()).match(/¥(\d+\.\d\d)/)[1];
      await guest.context.clearCookies();
      await guest.go("/support/progress");
      const ask = guest.form("/support/progress");
      await ask.locator("[name=order]").fill(no);
      await ask.locator("[name=paid_at]").fill(paid.replace(" ", "T"));
      await ask.locator("[name=amount]").fill("1.00");
      await guest.press(ask.locator("button"));
      await guest.seesNot("脱敏进度：");
      await ask.locator("[name=amount]").fill(amount);
      await guest.press(ask.locator("button"));
      await guest.sees("退款进度证明", "脱敏进度");
      await guest.seesNot("申请金额", "同意金额");

      await guest.go("/support");
      const question = guest.page.locator('form[action="/support"][data-draft]');
      await question.locator("[name=text]").fill("没有账户，想问退款进度。");
      await guest.press(question.locator("button"));
      await guest.sees("没有账户，想问退款进度。");
      await guest.leave();
    });
  }
});

describe("a desk", { concurrency: false }, () => {
  test("a reviewer works through his queue without a mouse, and compares at one zoom", async () => {
    const { page } = await someone("reviewer");
    await page.goto("/staff");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    assert.equal(await page.locator("tr.at").count(), 1);
    await page.keyboard.press("Enter");
    await page.waitForURL("**/staff/cases/*");
    const first = page.url();
    await page.keyboard.press("?");
    await page.locator("dialog#keys[open]").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("n");
    await page.waitForURL((url) => url.href !== first);
    await page.keyboard.press("c");
    await page.locator('[data-key="a"]').waitFor();
    await page.keyboard.press("a");
    assert.ok(await page.locator('details[data-key="a"]').evaluate((fold) => fold.open));
    await page.keyboard.press("Escape");
    await page.keyboard.press("u");
    await page.waitForURL("**/staff?desk=*");
  });

  test("an uploaded picture and the page as sold grow together", { timeout: 120_000 }, async () => {
    const buyer = await someone("buyer", PHONE);
    const no = await order(buyer, "Starvault", /30/);
    await pay(buyer, no);
    await buyer.go(`/o/${no}/refund`);
    const form = buyer.form(`/o/${no}/refund`);
    await form.locator("[name=units]").first().check();
    await form.locator("[name=reason][value=system_fault]").check();
    await form.locator("[name=text]").fill("支付后页面报错，没有看到卡密。");
    const uploaded = buyer.page.waitForResponse((answer) => answer.url().endsWith("/refund/draft"));
    await form.locator("[name=file_1]").setInputFiles(PICTURE);
    await uploaded;
    await buyer.page.locator("[data-kept] a").waitFor();
    await buyer.press(form.locator("button:not([formaction])").last());
    const number = buyer.page.url().match(/\/c\/([^/?#]+)/)[1];
    const { page } = await someone("reviewer");
    await page.goto(`/staff/cases/${number}`);
    await page.keyboard.press("v");
    const sizes = async () => {
      const [picture, words] = [page.locator(".beside img").first(), page.locator(".beside .as-sold h3").first()];
      return [(await picture.boundingBox()).width, (await words.boundingBox()).height];
    };
    const [wide, high] = await sizes();
    await page.locator("[name=zoom][value='200']").check();
    const [wider, higher] = await sizes();
    assert.ok(Math.abs(wider / wide - 2) < 0.05, `picture ${wide} → ${wider}`);
    assert.ok(higher / high > 1.8, `words ${high} → ${higher}`);
  });

  test("support finds an order from one box, and prepares an application the buyer confirms", { timeout: 120_000 }, async () => {
    const buyer = await someone("buyer", PHONE);
    const no = await order(buyer, "Starvault", /30/);
    await pay(buyer, no);
    const support = await someone("support");
    await support.go("/staff/support");
    await support.page.keyboard.press("/");
    await support.page.keyboard.type(no);
    await support.page.keyboard.press("Enter");
    await support.page.locator("#found").getByRole("link").first().click();
    await support.page.waitForURL(`**/staff/support/orders/${no}`);
    const form = support.form(`/staff/support/orders/${no}/prepare`);
    await form.locator("[name=reason]").selectOption("personal");
    await form.locator("[name=words]").fill("电话里说买错了。");
    await support.press(form.locator("button"));
    await buyer.go(`/o/${no}/refund`);
    await buyer.sees("客服已按你的说明填好申请");
    assert.equal(await buyer.form(`/o/${no}/refund`).locator("[name=text]").inputValue(), "电话里说买错了。");
    await buyer.press(buyer.form(`/o/${no}/refund`).locator("button:not([formaction])").last());
    await buyer.sees("处理结果");
    await support.go("/staff/support");
    await support.page.locator("#f-find").fill(no);
    await support.press(support.page.locator("form[role=search] button"));
    // The money may have arrived by now.
    assert.match(await support.page.locator("#found").innerText(), /已通过|已到账/);
  });

  test("a seller answers several at once, and hears when little is left", async () => {
    const seller = await someone("seller");
    await seller.go("/seller");
    const boxes = seller.page.locator("[name=cases][form=bulk]");
    assert.ok((await boxes.count()) >= 2);
    const picked = [await boxes.nth(0).inputValue(), await boxes.nth(1).inputValue()];
    await boxes.nth(0).check();
    await boxes.nth(1).check();
    await seller.press(seller.page.locator("form#bulk button[value=agree]"));
    await seller.sees("2", ...picked);
    const [product] = (await numbers(seller, "/seller/products", "/seller/products/")).filter((id) => id !== "new");
    await seller.go(`/seller/products/${product}`);
    const least = seller.form(`/seller/products/${product}/threshold`);
    await least.locator("[name=least]").fill("100000");
    await seller.press(least.locator("button"));
    await seller.go("/seller");
    await seller.sees("库存不足");
  });

  test("a template shows at once what it makes, and a broken one is not kept", async () => {
    const { page } = await someone("admin");
    await page.goto("/staff/templates/case_approved?way=mail&language=zh");
    await page.locator("[name=subject]").fill("{{ platform }}：退款 {{ amount }} 已通过");
    await page.locator("#preview strong", { hasText: /退款 ¥[\d.]+ 已通过/ }).waitFor();
    await page.locator("[name=body]").fill("{% if amount %}");
    await page.locator("#preview .wrong").waitFor();
    await Promise.all([page.waitForEvent("load"), page.locator("button[value=keep]").click()]);
    assert.equal(await page.locator("[name=body]").inputValue(), "{% if amount %}");
    assert.ok(await page.locator("#summary").count());
  });
});

test("a case page comes back by itself when the server was killed, and shows what happened since", { timeout: 180_000 }, async () => {
  const seller = await someone("seller");
  const [number] = await numbers(seller, "/seller", "/seller/cases/");
  await seller.go(`/seller/cases/${number}`);
  await seller.sees("等待卖家答复");
  const writer = await seller.context.newPage();
  await demo.kill();
  await new Promise((later) => setTimeout(later, 9000));
  assert.ok((await seller.page.locator("#toasts").innerText()).length > 0, "the page does not say that its line is lost");
  await demo.start();
  await writer.goto(`/seller/cases/${number}`);
  const agree = writer.locator(`form[action="/seller/cases/${number}/agree"]`);
  await writer.locator("details", { has: agree }).locator("summary").first().click();
  await Promise.all([writer.waitForEvent("load"), agree.locator("button").last().click()]);
  await seller.page.locator("#content", { hasText: "申请通过" }).waitFor({ timeout: 60_000 });
  assert.equal(await seller.page.locator("#toasts[data-lost]").count(), 0);
  await writer.close();
});

test("nobody met with anything broken", async () => {
  for (const person of Object.values(people)) {
    // While the server was dead its news could not be had.
    person.complaints = person.complaints.filter((line) => !/ERR_|\/events/.test(line));
    await person.leave();
  }
});
