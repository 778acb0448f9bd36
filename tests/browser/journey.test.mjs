// The main road in a browser: buy, reveal, ask for the money back, be answered by the seller and by a reviewer, and see
// it arrive. Walked on a phone and on a desk with an account, and as a guest with scripts switched off.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { startDemo } from "./demo.mjs";
import { openBrowser, Person } from "./people.mjs";
import {
  apply, decide, DELIVERED, jumpUntil, order, pay, PICTURE, QUERY_PASSWORD, register, until,
} from "./steps.mjs";

const LOOKS = [
  { name: "phone", width: 360, height: 740, script: true, guest: false },
  { name: "desk", width: 1280, height: 800, script: true, guest: false },
  { name: "plain", width: 1280, height: 800, script: false, guest: true },
];

let demo;
let browser;
const desk = {};

const login = (role, name) => demo.logins.find((one) => one.role === role && (!name || one.login === name));

before(async () => {
  demo = await startDemo();
  browser = await openBrowser();
  // Staff sign in once: a one-time code counts only once.
  const look = LOOKS[1];
  desk.seller = await Person.arrive(browser, demo.base, look, "seller");
  await desk.seller.signIn(login("seller", "seller"));
  desk.reviewer = await Person.arrive(browser, demo.base, look, "reviewer");
  await desk.reviewer.signIn(login("reviewer"));
}, { timeout: 900_000 });

after(async () => {
  await browser?.close();
  await demo?.stop();
});

for (const look of LOOKS) {
  describe(`the main road, ${look.name}, ${look.width} by ${look.height}`, { timeout: 600_000 }, () => {
    let buyer;
    let sold;
    let claim;

    before(async () => {
      buyer = await Person.arrive(browser, demo.base, look, "buyer");
    });
    after(() => buyer.leave());

    test("a newcomer sees what is for sale and, if he likes, makes an account", async () => {
      await buyer.go("/");
      await buyer.sees("演示", "直充", "会员");
      await buyer.picture("shop");
      if (look.guest) return;
      await register(buyer, `visitor-${look.name}`);
    });

    test("he buys a card, whose code stays sealed until he reveals it", async () => {
      sold = await order(buyer, "Starvault 100", /Starvault 100/);
      await pay(buyer, sold);
      await buyer.sees(DELIVERED, "98.00", "卡密已发放，未查看");
      await buyer.seesNot("SV1-");
      await buyer.picture("order");
      await buyer.press(buyer.form(`/o/${sold}/reveal/1`).locator("button"));
      const code = await buyer.page.locator("#the-code").innerText();
      assert.match(code, /SV1/);
      await buyer.picture("revealed");
      await buyer.go(`/o/${sold}`);
      await buyer.seesNot(code);
      await buyer.sees("卡密已查看");
    });

    test("the code does not work: he applies, and it is the seller's turn", async () => {
      const words = "官网提示卡密已被使用";
      claim = await apply(buyer, sold, "invalid_code", { words, forecast: "将先交卖家处理", file: PICTURE });
      await buyer.sees("待卖家处理", "等待卖家答复", "98.00", words);
      await buyer.picture("case");
      assert.match(await buyer.text(), /轮到：卖家/);
    });

    test("a second application for the same unit is refused", async () => {
      await buyer.go(`/o/${sold}`);
      assert.equal(await buyer.page.locator(`a[href^="/o/${sold}/refund"]`).count(), 0);
      await buyer.sees("退款处理中");
    });

    test("the seller agrees", async () => {
      await desk.seller.go("/seller");
      await desk.seller.page.locator(`a[href="/seller/cases/${claim}"]`).first().click();
      await desk.seller.page.waitForURL(`**/seller/cases/${claim}`);
      await desk.seller.sees("官网提示卡密已被使用", "98.00");
      await desk.seller.picture("case");
      await desk.seller.press(desk.seller.form(`/seller/cases/${claim}/agree`).locator("button"));
      await desk.seller.seesNot("轮到：卖家");
    });

    test("the money goes back the way it came, and the page says so", async () => {
      await jumpUntil(buyer, `/c/${claim}`, "已完成");
      await buyer.sees("已到账", "98.00", "卖家同意", "模拟支付");
      assert.ok(await buyer.page.locator('a[href^="/rules/"][href$="#R16"]').count(), "the decision names its rules");
      await buyer.picture("arrived");
    });

    test("a reviewer decides what the rules leave to a person", async () => {
      const second = await order(buyer, "Starvault 30", /Starvault 30/);
      await pay(buyer, second);
      const words = "付款后页面一直报错";
      const hard = await apply(buyer, second, "system_fault", { words, forecast: "将由平台审核", file: PICTURE });
      await buyer.sees("待审核");

      const { reviewer } = desk;
      await reviewer.go("/staff");
      await reviewer.picture("queue");
      await reviewer.go(`/staff/cases/${hard}`);
      await reviewer.sees(words, "29.50");
      await reviewer.press(reviewer.form(`/staff/cases/${hard}/claim`).locator("button"));
      await decide(reviewer, hard, "approve", { words: "系统日志证实" });
      await reviewer.sees("撤回这个决定");

      // The decision is sent half a minute later.
      await buyer.go(`/c/${hard}`);
      await buyer.seesNot("系统日志证实");
      await jumpUntil(buyer, `/c/${hard}`, "申请通过：退款 ¥29.50");
      await buyer.sees("系统日志证实");
      await buyer.picture("approved");
    });

    test("he changes his mind, and the program decides at once", async () => {
      const third = await order(buyer, "Starvault 100", /Starvault 100/);
      await pay(buyer, third);
      const options = { words: "买错了", forecast: "很可能自动通过" };
      const plain = await apply(buyer, third, "personal", options);
      await buyer.sees("系统自动判定", "93.10", "4.90");
      assert.ok(await buyer.page.locator('a[href^="/rules/"][href$="#R9"]').count(), "the decision names its rules");
      await jumpUntil(buyer, `/c/${plain}`, "已完成");
    });

    test("a seller who says nothing for a day has agreed", async () => {
      const fourth = await order(buyer, "Starvault 30", /Starvault 30/);
      await pay(buyer, fourth);
      const options = { words: "兑换时提示无效", forecast: "将先交卖家处理", file: PICTURE };
      const silent = await apply(buyer, fourth, "invalid_code", options);
      await buyer.sees("逾期未处理则自动通过");
      await buyer.press(buyer.form("/demo/clock").locator("[name=to][value=day]"));
      await until(buyer, `/c/${silent}`, "卖家逾期未答复");
      await buyer.sees("29.50");
      await buyer.picture("silence");
    });

    if (look.guest) {
      test("a payment that was declined can be tried again", async () => {
        const fifth = await order(buyer, "Starvault 30", /Starvault 30/);
        await buyer.go(`/pay/${fifth}`);
        await buyer.page.locator('a[href*="/sim/"]').click();
        await buyer.press(buyer.page.locator("button[value=decline]"));
        await until(buyer, `/pay/${fifth}`, "上次付款未成功");
        await buyer.press(buyer.form(`/o/${fifth}/pay`).locator("button"));
        await pay(buyer, fifth);
      });

      test("a guest comes back with order number and query password", async () => {
        const again = await Person.arrive(browser, demo.base, look, "returning");
        await again.go("/find");
        const form = again.form("/find");
        await form.locator("[name=order]").fill(sold);
        await form.locator("[name=query_password]").fill("not this one");
        await again.press(form.locator("button"));
        await again.seesNot("98.00");
        await again.form("/find").locator("[name=order]").fill(sold);
        await again.form("/find").locator("[name=query_password]").fill(QUERY_PASSWORD);
        await again.press(again.form("/find").locator("button"));
        await again.sees(sold, "98.00");
        await again.leave();
      });
    } else {
      test("all his cases stand in one list, and in English too", async () => {
        await buyer.go("/refunds");
        await buyer.sees("退款记录", "98.00", "29.50", "93.10");
        await buyer.picture("refunds");
        await buyer.page.locator("a[hreflang=en]").click();
        await buyer.page.waitForFunction(() => document.documentElement.lang === "en");
        await buyer.sees("Refunds", "Completed");
        await buyer.seesNot("退款记录");
        await buyer.picture("english");
      });
    }

    test("what is another's does not exist", async () => {
      const stranger = await Person.arrive(browser, demo.base, look, "stranger");
      for (const path of [`/o/${sold}`, `/c/${claim}`]) {
        const answer = await stranger.page.goto(path);
        const text = await stranger.text();
        assert.ok(answer.status() === 404 || stranger.page.url().includes("/login") || text.includes("登录"), text);
        assert.ok(!text.includes("98.00"), `${path} shows a stranger the amount`);
      }
      await stranger.leave();
    });
  });
}

test("seller and reviewer met with nothing broken", async () => {
  await desk.seller.leave();
  await desk.reviewer.leave();
});
