// Every page of the marketplace once: who looks at it, what it is called, and where it is or on which page a link to it
// stands. Pictures, weights and accessibility are taken along this tour; a page that is not on it is seen by nobody.

import { Person } from "./people.mjs";

/** `at` is a path; or `on` a page whose first link that begins with `link` leads there, in the first `row` that says so. */
export const PAGES = [
  ["anyone", "shop", { at: "/" }],
  ["anyone", "shop-empty", { at: "/?q=nothing-is-called-so" }],
  ["anyone", "product", { on: "/", link: "/p/" }],
  ["anyone", "checkout", { on: "/", link: "/p/", then: (path) => `/checkout?product=${path.slice(3)}&quantity=1` }],
  ["anyone", "reviews-product", { on: "/", link: "/p/", then: (path) => `${path}/reviews` }],
  ["anyone", "help", { at: "/help" }],
  ["anyone", "rules", { at: "/rules" }],
  ["anyone", "rules-of-old", { on: "/rules", link: /^\/rules\/./ }],
  ["anyone", "shop-of-seller", { on: "/ranking", link: "/shops/" }],
  ["anyone", "reviews-seller", { on: "/ranking", link: "/shops/", then: (path) => `${path}/reviews` }],
  ["anyone", "figures", { at: "/figures" }],
  ["anyone", "ranking", { at: "/ranking" }],
  ["anyone", "reviews-service", { at: "/reviews" }],
  ["anyone", "about", { at: "/about" }],
  ["anyone", "sell", { at: "/sell" }],
  ["anyone", "agreement", { on: "/about", link: "/agreements/" }],
  ["anyone", "organisations", { at: "/organisations" }],
  ["anyone", "transparency", { at: "/transparency" }],
  ["anyone", "check", { at: "/check" }],
  ["anyone", "check-unknown", { at: "/check/0000000000000000" }],
  ["anyone", "verify", { at: "/verify.html" }],
  ["anyone", "find", { at: "/find" }],
  ["anyone", "tip-off-form", { at: "/tip-off" }],
  ["anyone", "tip-off-find", { at: "/tip-off/find" }],
  ["anyone", "login", { at: "/login" }],
  ["anyone", "login-second", { at: "/login/second" }],
  ["anyone", "forgot", { at: "/forgot" }],
  ["anyone", "demo-mail", { at: "/demo/mail" }],
  ["anyone", "register", { at: "/register" }],
  ["anyone", "not-found", { at: "/nothing/here" }],
  ["anyone", "support", { at: "/support" }],
  ["anyone", "support-progress", { at: "/support/progress" }],
  ["anyone", "money", { at: "/money" }],
  ["anyone", "demo-logins", { at: "/demo/logins" }],
  ["anyone", "design", { at: "/design" }],

  ["buyer", "orders", { at: "/orders" }],
  ["buyer", "refunds", { at: "/refunds" }],
  ["buyer", "sell-form", { at: "/sell" }],
  ["buyer", "case", { on: "/refunds", link: "/c/" }],
  ["buyer", "case-paying", { on: "/refunds", link: "/c/", row: "退款中" }],
  ["buyer", "case-completed", { on: "/refunds", link: "/c/", row: "已完成" }],
  ["buyer", "case-rejected", { on: "/refunds", link: "/c/", row: "已拒绝" }],
  ["buyer", "order", { on: "/c/", link: "/o/" }],
  ["buyer", "order-new", { on: "/orders", link: "/o/" }],
  ["buyer", "refund-form", { on: "/o/", link: /\/refund$/ }],
  ["buyer", "thread", { on: "/orders", link: "/o/", then: (path) => `/orders/${path.slice(3)}/thread` }],
  ["buyer", "pay", { made: "order", then: (no) => `/pay/${no}` }],
  ["buyer", "account", { at: "/account" }],
  ["buyer", "balance", { at: "/account/balance" }],
  ["buyer", "notices", { at: "/account/notices" }],
  ["buyer", "buyer-support", { at: "/support" }],
  ["buyer", "conversation", { made: "conversation" }],
  ["buyer", "buyer-money", { at: "/money" }],
  ["buyer", "top-up", { made: "topUp" }],
  ["buyer", "credit", { at: "/account/credit" }],
  ["buyer", "certificate", { on: "/c/", link: /\/certificate$/ }],
  ["buyer", "package", { on: "/c/", link: /\/package$/ }],
  ["buyer", "review-goods", { on: "/o/", link: /^\/o\/.+\/review$/ }],
  ["buyer", "review-refund", { on: "/c/", link: /^\/c\/.+\/review$/ }],
  ["buyer", "appeal", { on: "/c/", link: /\/appeal$/ }],
  ["buyer", "complaint", { on: "/c/", link: /\/complaint$/ }],
  ["buyer", "tip-off", { made: "tipOff" }],

  ["seller", "seller-duties", { at: "/seller" }],
  ["seller", "seller-products", { at: "/seller/products" }],
  ["seller", "seller-product", { on: "/seller/products", link: "/seller/products/", not: "/new" }],
  ["seller", "seller-product-new", { at: "/seller/products/new" }],
  ["seller", "seller-orders", { at: "/seller/orders" }],
  ["seller", "seller-order", { on: "/seller/orders", link: "/seller/orders/" }],
  ["seller", "seller-thread", { on: "/seller/orders", link: "/seller/orders/", then: (path) => `${path}/thread` }],
  ["seller", "seller-cases", { at: "/seller/cases" }],
  ["seller", "seller-case", { on: "/seller/cases", link: "/seller/cases/" }],
  ["seller", "seller-account", { at: "/seller/account" }],
  ["seller", "seller-escrow", { at: "/seller/account/escrow" }],
  ["seller", "seller-statement", { at: "/seller/account/statement" }],
  ["seller", "seller-rules", { at: "/seller/rules" }],
  ["seller", "webhooks", { at: "/seller/webhooks" }],
  ["seller", "webhook", { made: "webhook" }],
  ["seller", "seller-credit", { at: "/seller/credit" }],

  ["reviewer", "queue", { at: "/staff" }],
  ["reviewer", "staff-case", { on: "/staff", link: "/staff/cases/" }],
  ["risk", "tip-offs", { at: "/staff/tip-offs" }],
  ["risk", "staff-tip-off", { on: "/staff/tip-offs", link: "/staff/tip-offs/" }],
  ["support", "support-desk", { at: "/staff/support" }],
  ["support", "support-conversation", { made: "conversation", then: (path) => `/staff${path}` }],
  ["support", "support-order", { made: "order", then: (no) => `/staff/support/orders/${no}` }],
  ["admin", "support-hours", { at: "/staff/support/hours" }],
  ["support", "support-queue", { at: "/staff" }],
  ["support", "outside", { at: "/staff/outside" }],
  ["support", "outside-one", { on: "/staff/outside", link: "/staff/outside/" , not: "/templates" }],
  ["admin", "outside-templates", { at: "/staff/outside/templates" }],
  ["risk", "staff-reviews", { at: "/staff/reviews" }],
  ["risk", "review-appealed", { on: "/staff/reviews", link: "/reviews/" }],
  ["admin", "platform", { at: "/staff/platform" }],
  ["admin", "setup", { at: "/staff/setup" }],
  ["admin", "admissions", { at: "/staff/admissions" }],
  ["admin", "admission", { on: "/staff/admissions", link: "/staff/admissions/" }],
  ["risk", "conduct", { at: "/staff/conduct" }],
  ["risk", "staff-credit", { at: "/staff/credit" }],
  ["risk", "staff-credit-one", { on: "/staff/conduct", link: "/staff/credit/" }],
  ["arbitrator", "panels", { at: "/panel" }],
  ["arbitrator", "panel-case", { on: "/panel", link: "/panel/" }],
  ["reviewer", "black-out", { on: "/staff/cases/", link: /^\/staff\/evidence\// }],
  ["seller", "objection", { on: "/seller/cases/", link: /\/objection$/ }],
  ["finance", "payouts", { at: "/staff/payouts" }],
  ["finance", "payout", { on: "/staff/payouts", link: "/staff/payouts/" }],
  ["finance", "withdrawals", { at: "/staff/withdrawals" }],
  ["finance", "funds", { at: "/staff/funds" }],
  ["finance", "seller-funds", { on: "/staff/funds", link: "/staff/funds/" }],
  ["finance", "bills", { at: "/staff/bills" }],
  ["finance", "bill", { on: "/staff/bills", link: "/staff/bills/" }],
  ["finance", "exception", { on: "/staff/bills", link: "/staff/exceptions/" }],
  ["admin", "staff-balance", { at: "/staff/balance" }],
  ["admin", "rates", { at: "/staff/rates" }],
  ["admin", "people", { at: "/staff/people" }],
  ["admin", "sellers", { at: "/staff/sellers" }],
  ["admin", "staff-organisations", { at: "/staff/organisations" }],
  ["admin", "policies", { at: "/staff/policies" }],
  ["admin", "wanted", { at: "/staff/wanted" }],
  ["finance", "codes", { at: "/staff/codes" }],
  ["admin", "incidents", { at: "/staff/incidents" }],
  ["admin", "incident-new", { at: "/staff/incidents/new" }],
  ["admin", "incident", { on: "/staff/incidents", link: "/staff/incidents/", not: "/new" }],
  ["admin", "reasons", { at: "/staff/reasons" }],
  ["admin", "templates", { at: "/staff/templates" }],
  ["admin", "template", { on: "/staff/templates", link: "/staff/templates/" }],
  ["admin", "messages", { at: "/staff/messages" }],
  ["admin", "audit", { at: "/staff/audit" }],
];

export const ROLES = [...new Set(PAGES.map(([role]) => role))];

/** The links of a page, in their order; those of the rows that say something, where that is asked for. */
async function links(person, path, row) {
  const answer = await person.context.request.get(path);
  if (!answer.ok()) return [];
  const html = await answer.text();
  const told = row ? html.split("<tr").filter((part) => part.includes(row)).join() : html;
  return [...told.matchAll(/href="([^"#?]+)[^"]*"/g)].map((found) => found[1]);
}

/** Where the tour's pages are on this marketplace: `{ role, name, path }`, without those there are none of. */
export async function plan(people) {
  const found = [];
  const known = new Map();
  const made = { ...(await make(people.buyer)), ...(await makeWebhook(people.seller)) };
  for (const [role, name, where] of PAGES) {
    const person = people[role];
    if (!person) continue;
    let path = where.at ?? (where.made ? made[where.made] : null);
    if (where.on) path = await follow(person, role, where, known);
    if (path && where.then) path = where.then(path);
    if (path) found.push({ role, name, path });
  }
  return found;
}

/** The first link of a kind on a page; where the page is itself one of many (`/o/`), on those it knows of. */
async function follow(person, role, { on, link, not, row }, known) {
  const many = /^\/([oc]|(staff|seller)\/cases)\/$/.test(on);
  const pages = many ? (known.get(role + on) ?? []).slice(0, 60) : [on];
  const leads = link instanceof RegExp ? (path) => link.test(path) : (path) => path.startsWith(link) && path !== on;
  for (const page of pages) {
    const all = await links(person, page, row);
    for (const prefix of ["/o/", "/c/", "/staff/cases/", "/seller/cases/"]) {
      const own = all.filter((path) => path.startsWith(prefix) && !path.slice(prefix.length).includes("/"));
      if (own.length && !many && !row) known.set(role + prefix, own);
    }
    const hit = all.find((path) => leads(path) && !(not && path.includes(not)));
    if (hit) return hit;
  }
  return null;
}

/** What no past holds: an order that waits for its payment, a top-up begun, a tip-off, a question to support. */
async function make(buyer) {
  const made = {};
  if (!buyer) return made;
  const product = (await links(buyer, "/")).find((path) => path.startsWith("/p/"));
  await buyer.go(`/checkout?product=${product.slice(3)}&quantity=1`);
  await buyer.form("/checkout").locator("[name=tender][value=sim]").check();
  for (const box of await buyer.form("/checkout").locator("[type=checkbox][required]").all()) await box.check();
  const recipient = buyer.form("/checkout").locator("[name=recipient]");
  if (await recipient.count()) await recipient.fill("player-1024");
  await buyer.press(buyer.form("/checkout").locator("button").last());
  if (buyer.page.url().includes("/pay/")) made.order = new URL(buyer.page.url()).pathname.slice(5);

  await buyer.go("/account/balance");
  const topUp = buyer.form("/account/balance");
  await topUp.locator("[name=amount]").fill("50");
  await topUp.locator("[name=tender]").first().check();
  await topUp.locator("[name=confirmed]").check();
  await buyer.press(topUp.locator("button").last());
  if (buyer.page.url().includes("/top-ups/")) made.topUp = new URL(buyer.page.url()).pathname;

  await buyer.go(`/tip-off?about=product&subject=${product.slice(3)}`);
  const tipOff = buyer.form("/tip-off");
  await tipOff.locator("[name=concern]").selectOption({ index: 1 });
  await tipOff.locator("[name=words]").fill("商品页面写的面值和收到的不一致，请核实。");
  await buyer.press(tipOff.locator("button").last());
  if (/\/tip-off\/./.test(buyer.page.url())) made.tipOff = new URL(buyer.page.url()).pathname;

  await buyer.go("/support");
  const question = buyer.page.locator('form[action="/support"][data-draft]');
  await question.locator("[name=text]").fill("退款显示已转出，银行卡里还没有看到，请帮我查一下。");
  await buyer.press(question.locator("button"));
  if (/\/support\/./.test(buyer.page.url())) made.conversation = new URL(buyer.page.url()).pathname;
  return made;
}

/** A webhook of the seller's; a demo calls nobody but this machine. */
async function makeWebhook(seller) {
  if (!seller) return {};
  await seller.go("/seller/webhooks");
  const form = seller.form("/seller/webhooks");
  await form.locator("[name=url]").fill("http://127.0.0.1:9/hooks/yuanlu");
  for (const box of (await form.locator("[type=checkbox]").all()).slice(0, 3)) await box.check();
  await seller.press(form.locator("button").last());
  return { webhook: (await links(seller, "/seller/webhooks")).find((path) => path.startsWith("/seller/webhooks/")) };
}

/** One person of every role, signed in. */
export async function arrive(browser, demo, look = { width: 1280, height: 800, script: true }) {
  const people = {};
  for (const role of ROLES) {
    const person = await Person.arrive(browser, demo.base, { name: role, ...look }, role);
    const login = demo.logins.find((one) => one.login === role) ?? demo.logins.find((one) => one.role === role);
    if (role !== "anyone") {
      if (!login) continue;
      await person.signIn(login);
    }
    people[role] = person;
  }
  return people;
}
