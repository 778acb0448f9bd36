// A review's journey: written by a buyer whose refund arrived, read by everybody, answered by the seller, hidden by risk
// with a reason, appealed by its writer, and shown again by an administrator. On a phone, and without scripts.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { startDemo } from "./demo.mjs";
import { openBrowser, Person } from "./people.mjs";
import { apply, jumpUntil, order, pay, register } from "./steps.mjs";

const LOOKS = [
  { name: "reviews-phone", width: 360, height: 740, script: true, guest: false },
  { name: "reviews-plain", width: 1280, height: 800, script: false, guest: true },
];
const DESK = { name: "reviews-desk", width: 1280, height: 800, script: true, guest: false };

let demo;
let browser;
const desk = {};

before(async () => {
  demo = await startDemo();
  browser = await openBrowser();
  for (const role of ["seller", "risk", "admin"]) {
    desk[role] = await Person.arrive(browser, demo.base, DESK, role);
    await desk[role].signIn(demo.logins.find((one) => one.role === role && (role !== "seller" || one.login === "seller")));
  }
}, { timeout: 900_000 });

after(async () => {
  for (const person of Object.values(desk)) await person.leave();
  await browser?.close();
  await demo?.stop();
});

/** Fills in one field of a form and sends it. */
async function say(person, action, words, button = "button") {
  const form = person.form(action);
  await form.locator("[name=words]").fill(words);
  await person.press(form.locator(button).first());
}

for (const look of LOOKS) {
  describe(`a review, ${look.name}`, { timeout: 600_000 }, () => {
    let buyer;
    let review;

    before(async () => {
      buyer = await Person.arrive(browser, demo.base, look, "buyer");
    });
    after(() => buyer.leave());

    test("whoever got his money back reviews the goods, and nobody reads his number", async () => {
      if (!look.guest) await register(buyer, look.name);
      const sold = await order(buyer, "Starvault 100", /Starvault 100/);
      await pay(buyer, sold);
      const claim = await apply(buyer, sold, "personal", { words: "买错了", forecast: "很可能自动通过" });
      await jumpUntil(buyer, `/c/${claim}`, "退款全部到账");
      await buyer.go(`/o/${sold}`);
      await buyer.page.getByRole("link", { name: "写评价" }).click();
      await buyer.page.waitForURL("**/review");
      const form = buyer.form(`/o/${sold}/review`);
      assert.equal(await form.locator("[type=radio]:checked").count(), 0, "no star is given beforehand");
      await form.locator("[name=stars][value='2']").check();
      await buyer.picture("write");
      await say(buyer, `/o/${sold}/review`, `${look.name} 说明不清楚，电话 13800138000`);
      review = new URL(buyer.page.url()).pathname;
      await buyer.sees("评价已发布", `${look.name} 说明不清楚`, "****");
      await buyer.seesNot("13800138000");
      await buyer.picture("written");
    });

    test("the seller answers once", async () => {
      await desk.seller.go(review);
      await say(desk.seller, `${review}/reply`, "已改好说明。");
      await desk.seller.sees("回复已发布", "已改好说明。");
      assert.equal(await desk.seller.form(`${review}/reply`).count(), 0);
    });

    test("risk hides it for a reason that everybody reads, and the writer appeals", async () => {
      await desk.risk.go(review);
      await desk.risk.form(`/staff${review}/hide`).locator("[name=ground]").selectOption("off_topic");
      await desk.risk.picture("hide");
      await say(desk.risk, `/staff${review}/hide`, "与所购商品无关。");
      const stranger = await Person.arrive(browser, demo.base, look, "stranger");
      await stranger.go(review);
      await stranger.sees("与所购商品无关。", "与商品或服务无关");
      await stranger.seesNot("说明不清楚");
      await buyer.go(review);
      await buyer.sees("说明不清楚", "对隐藏提出申诉");
      await say(buyer, `${review}/appeal`, "写的就是这件商品。");
      await buyer.sees("申诉已提交");
      await buyer.picture("appealed");
      await stranger.leave();
    });

    test("somebody else shows it again", async () => {
      await desk.risk.go(review);
      await desk.risk.sees("需由另一位工作人员复核");
      await desk.admin.go("/staff/reviews");
      await desk.admin.page.locator(`a[href="${review}"]`).click();
      await desk.admin.page.waitForURL(`**${review}`);
      await say(desk.admin, `/staff${review}/judge`, "复核后恢复。", "[value=show]");
      await buyer.go(review);
      await buyer.sees("说明不清楚", "复核后恢复展示");
      await buyer.go("/figures");
      await buyer.sees("退款率", "期内首次批准退款的订单数");
      await buyer.picture("figures");
    });
  });
}
