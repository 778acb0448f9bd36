// What comes beside and after a first decision, in a browser: offers and the thread, taking back, appeal, complaint, and
// a panel of outsiders. Each journey is walked on the screen on which it is most likely to be walked.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { startDemo } from "./demo.mjs";
import { openBrowser, Person } from "./people.mjs";
import { apply, claim, days, decide, jumpUntil, order, pay, PICTURE, register } from "./steps.mjs";

const PHONE = { name: "phone", width: 360, height: 740, script: true, guest: false };
const DESK = { name: "desk", width: 1280, height: 800, script: true, guest: false };
const PLAIN = { name: "plain", width: 1280, height: 800, script: false, guest: true };
/** Votes that decide, of seventeen. */
const MAJORITY = 9;

let demo;
let browser;
const desk = {};

const login = (name) => demo.logins.find((one) => one.login === name);

async function arrive(look, name) {
  return Person.arrive(browser, demo.base, look, name);
}

before(async () => {
  demo = await startDemo();
  browser = await openBrowser();
  for (const name of ["seller", "reviewer", "reviewer2", "senior"]) {
    desk[name] = await arrive(DESK, name);
    await desk[name].signIn(login(name));
  }
}, { timeout: 900_000 });

after(async () => {
  await browser?.close();
  await demo?.stop();
});

/** Buys a card, reveals it and claims that it does not work. Answers order, case and the code. */
async function claims(buyer, words) {
  const sold = await order(buyer, "Starvault 100", /Starvault 100/);
  await pay(buyer, sold);
  await buyer.press(buyer.form(`/o/${sold}/reveal/1`).locator("button"));
  const code = await buyer.page.locator("#the-code").innerText();
  const number = await apply(buyer, sold, "invalid_code", { words, forecast: "将先交卖家处理", file: PICTURE });
  return { sold, number, code };
}

async function contests(number, words) {
  const { seller } = desk;
  await seller.go(`/seller/cases/${number}`);
  const form = seller.form(`/seller/cases/${number}/contest`);
  await seller.page.locator("details", { has: form }).locator("summary").first().click();
  await form.locator("[name=words]").fill(words);
  await seller.press(form.locator("button"));
  await seller.sees("待审核");
}

/** Claims, is contested, and a reviewer finds the proof too weak. */
async function isRejected(buyer) {
  const claimed = await claims(buyer, "官网提示卡密已被使用");
  await contests(claimed.number, "发行方记录显示卡密有效");
  await claim(desk.reviewer, claimed.number);
  await decide(desk.reviewer, claimed.number, "reject", { yes: false, code: "REJECT_EVIDENCE", words: "截图看不清卡号" });
  return claimed;
}

/** Fills in an appeal or a complaint. */
async function goesOn(buyer, number, kind, ground, words) {
  await buyer.go(`/c/${number}`);
  const way = buyer.page.locator(`a[href="/c/${number}/${kind}"]`);
  const folded = buyer.page.locator("details:not([open])", { has: way });
  if (await folded.count()) await folded.locator("summary").first().click();
  await Promise.all([buyer.page.waitForEvent("load"), way.click()]);
  const form = buyer.form(`/c/${number}/${kind}`);
  assert.equal(await form.locator("[name=ground]:checked").count(), 0, "no ground is chosen beforehand");
  await form.locator(`[name=ground][value=${ground}]`).check();
  await form.locator("[name=words]").fill(words);
  await form.locator("[name=file_1]").setInputFiles(PICTURE);
  await buyer.picture(kind);
  await buyer.press(form.locator("button").last());
}

describe("rejected, appealed, and found right by somebody else, on a phone", { timeout: 300_000 }, () => {
  let buyer;
  let number;

  before(async () => {
    buyer = await arrive(PHONE, "appellant");
    await register(buyer, "appellant");
  });
  after(() => buyer.leave());

  test("the reviewer's decision waits half a minute, and he takes it back and makes it again", async () => {
    ({ number } = await isRejected(buyer));
    const { reviewer } = desk;
    await buyer.go(`/c/${number}`);
    await buyer.seesNot("截图看不清卡号");
    await reviewer.press(reviewer.form(`/staff/cases/${number}/take-back`).locator("button"));
    await reviewer.seesNot("撤回这个决定");
    await buyer.go(`/c/${number}`);
    await buyer.sees("待审核");
    await decide(reviewer, number, "reject", { yes: false, code: "REJECT_EVIDENCE", words: "截图仍看不清卡号" });
    await jumpUntil(buyer, `/c/${number}`, "截图仍看不清卡号");
    await buyer.sees("已拒绝", "申诉", "投诉");
    await buyer.picture("rejected");
  });

  test("the buyer appeals with new material", async () => {
    await goesOn(buyer, number, "appeal", "new_material", "附发行方的书面答复");
    await buyer.sees("申诉审理中", "没有处理过这件申请的另一人", "附发行方的书面答复");
    await buyer.picture("heard");
  });

  test("whoever decided first cannot judge it; another reviewer finds it right", async () => {
    const { reviewer, reviewer2 } = desk;
    await reviewer.go(`/staff/cases/${number}`);
    assert.equal(await reviewer.form(`/staff/cases/${number}/uphold`).count(), 0, "he judged it before");
    await claim(reviewer2, number);
    await decide(reviewer2, number, "uphold", { amount: "98.00", words: "发行方确认售出前已被使用" });
    await jumpUntil(buyer, `/c/${number}`, "发行方确认售出前已被使用");
    await buyer.sees("成立", "已完成", "98.00");
    await buyer.picture("upheld");
  });
});

for (const look of [PHONE, PLAIN]) {
  describe(`talking, and another code in place of money, ${look.name}`, { timeout: 300_000 }, () => {
    let buyer;
    let claimed;

    before(async () => {
      buyer = await arrive(look, "exchanger");
      if (!look.guest) await register(buyer, "exchanger");
      claimed = await claims(buyer, "官网提示卡密无效");
    });
    after(() => buyer.leave());

    test("a contact brings a hint before it is sent, a promise is marked", async () => {
      const { seller } = desk;
      await buyer.go(`/orders/${claimed.sold}/thread`);
      const talk = (person) => person.page.locator("form#end");
      await talk(buyer).locator("[name=text]").fill("卡密无效，怎么办？");
      await buyer.press(talk(buyer).locator("button").last());
      await buyer.sees("卡密无效，怎么办？");

      await seller.go(`/seller/orders/${claimed.sold}/thread`);
      await seller.sees("卡密无效，怎么办？");
      await talk(seller).locator("[name=text]").fill("加我微信 kami_8888 处理更快");
      await seller.press(talk(seller).locator("button").last());
      await seller.sees("发送前请看一下", "离开平台的约定平台无法作证");
      await seller.picture("hint");
      await talk(seller).locator("[name=text]").fill("24小时内退款到账");
      await seller.press(talk(seller).locator("button").last());

      await buyer.go(`/orders/${claimed.sold}/thread`);
      await buyer.sees("24小时内退款到账", "承诺退款");
      await buyer.seesNot("kami_8888");
      await buyer.picture("thread");
    });

    test("the seller offers another code, and the buyer takes it", async () => {
      const { seller } = desk;
      const { number, sold, code } = claimed;
      await seller.go(`/seller/cases/${number}`);
      const form = seller.form(`/seller/cases/${number}/offers`);
      await seller.page.locator("details", { has: form }).locator("summary").first().click();
      await form.locator("[name=kind][value=replacement]").check();
      await form.locator("[name=words]").fill("给您换一张新的");
      await seller.picture("offer");
      await seller.press(form.locator("button"));

      await buyer.go(`/c/${number}`);
      await buyer.sees("卖家提出的方案", "给您换一张新的", "待确认方案");
      await buyer.picture("offered");
      await buyer.press(buyer.form(`/orders/${sold}/offers/1`).locator("button[value=accept]"));
      await buyer.go(`/c/${number}`);
      await buyer.sees("已换货");

      await buyer.go(`/o/${sold}`);
      await buyer.press(buyer.form(`/o/${sold}/reveal/1`).locator("button"));
      const fresh = await buyer.page.locator("#the-code").innerText();
      assert.match(fresh, /SV1/);
      assert.notEqual(fresh, code, "it is another code");
      await buyer.picture("replaced");
    });
  });
}

describe("rejected, and a complaint, as a guest without scripts", { timeout: 300_000 }, () => {
  let buyer;

  before(async () => {
    buyer = await arrive(PLAIN, "complainant");
  });
  after(() => buyer.leave());

  test("a senior reviewer decides it in part", async () => {
    const { number } = await isRejected(buyer);
    await jumpUntil(buyer, `/c/${number}`, "截图看不清卡号");
    await goesOn(buyer, number, "complaint", "unjust_refusal", "没有核对我的材料");
    await buyer.sees("投诉处理中", "没有核对我的材料");
    const { senior } = desk;
    await claim(senior, number);
    await decide(senior, number, "uphold", { amount: "60.00", words: "材料可以采信大部分" });
    await jumpUntil(buyer, `/c/${number}`, "材料可以采信大部分");
    await buyer.sees("成立", "60.00");
    await buyer.picture("upheld");
  });
});

describe("a panel of outsiders, on a desk", { timeout: 400_000 }, () => {
  let buyer;
  let number;

  before(async () => {
    buyer = await arrive(DESK, "petitioner");
    await register(buyer, "petitioner");
    ({ number } = await claims(buyer, "官网提示卡密已被使用"));
    await contests(number, "发行方记录显示卡密有效");
  });
  after(() => buyer.leave());

  test("a reviewer refers the case, and the buyer adds material", async () => {
    const { reviewer } = desk;
    await claim(reviewer, number);
    await reviewer.press(reviewer.form(`/staff/cases/${number}/panel`).locator("button"));
    await buyer.go(`/c/${number}`);
    await buyer.sees("平台裁决", "收集材料", "双方都可以在截止前补充材料");
    const form = buyer.form(`/c/${number}/material`);
    await form.locator("[name=words]").fill("发行方的检测结果");
    await form.locator("[name=file_1]").setInputFiles(PICTURE);
    await buyer.picture("material");
    await buyer.press(form.locator("button").last());
    await buyer.sees("发行方的检测结果");
  });

  test("arbitrators who were drawn vote without seeing names or each other's votes", async () => {
    await days(buyer, 2);
    await jumpUntil(buyer, `/c/${number}`, "投票中");
    await buyer.go("/demo/logins");
    await buyer.sees("arbitrator", "support");
    const arbitrators = demo.logins.filter((one) => one.role === "arbitrator");
    let votes = 0;
    for (const [position, one] of arbitrators.entries()) {
      if (votes === MAJORITY) break;
      const look = position % 2 ? PLAIN : PHONE;
      const arbitrator = await arrive(look, `arbitrator-${position}`);
      await arbitrator.signIn(one);
      await arbitrator.go("/panel");
      if (await arbitrator.page.locator(`a[href="/panel/${number}"]`).count()) {
        await arbitrator.go(`/panel/${number}`);
        await arbitrator.sees("投票阶段", "98.00");
        await arbitrator.seesNot("petitioner", "星河点卡");
        const form = arbitrator.form(`/panel/${number}/vote`);
        await form.locator("[name=responsible][value=seller]").check();
        await form.locator("[name=amount]").fill("98.00");
        await form.locator("[name=reason]").fill(`检测早于售出，理由之${position}`);
        if (votes < 2) await arbitrator.picture("vote");
        await arbitrator.press(form.locator("button"));
        assert.equal(await form.count(), 0, "one vote each");
        votes += 1;
      }
      await arbitrator.leave();
    }
    assert.equal(votes, MAJORITY);
  });

  test("the majority rules when the time is over", async () => {
    await buyer.go(`/c/${number}`);
    await buyer.sees(`${MAJORITY} / 17`);
    await buyer.seesNot("检测早于售出");
    await days(buyer, 2);
    await jumpUntil(buyer, `/c/${number}`, "已裁决");
    await buyer.sees("已裁决", "检测早于售出", "98.00", "评审团裁决不能申诉");
    await buyer.picture("ruled");
  });
});

describe("a conversation with support", () => {
  test("each side sees what the other says while both look at it, also a stranger", async () => {
    const stranger = await arrive(PHONE, "stranger");
    const support = await arrive(DESK, "support");
    await support.signIn(login("support"));
    await stranger.go("/support");
    await stranger.form("/support").last().locator("[name=text]").fill("买的卡什么时候能到？");
    await stranger.press(stranger.form("/support").last().locator("button").last());
    const number = new URL(stranger.page.url()).pathname.split("/")[2];
    await support.go(`/staff/support/${number}`);
    await support.sees("买的卡什么时候能到？");
    const answer = support.form(`/staff/support/${number}#end`);
    await answer.locator("[name=text]").fill("付款后马上发放。");
    await support.press(answer.locator("button").last());
    // Nobody loads anything again: the answer comes by itself, and so does what is said next, while the other one types.
    await stranger.page.getByText("付款后马上发放。").waitFor();
    await support.form(`/staff/support/${number}#end`).locator("[name=text]").fill("还有");
    const more = stranger.form(`/support/${number}#end`);
    await more.locator("[name=text]").fill("收到了，谢谢。");
    await stranger.press(more.locator("button").last());
    await support.page.getByText("收到了，谢谢。").waitFor();
    assert.equal(await support.form(`/staff/support/${number}#end`).locator("[name=text]").inputValue(), "还有");
    await stranger.leave();
    await support.leave();
  });
});

test("whoever sat at a desk met with nothing broken", async () => {
  for (const person of Object.values(desk)) await person.leave();
});
