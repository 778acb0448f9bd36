// Steps that many journeys take: buying, paying, applying, deciding, letting time pass.

import assert from "node:assert/strict";

export const DELIVERED = "你点击查看卡密，即视为已交付";
export const QUERY_PASSWORD = "correct horse battery";

/** A small picture, such as a screenshot would be. */
export const PICTURE = {
  name: "screenshot.png",
  mimeType: "image/png",
  buffer: Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAIAQMAAAD+wSzIAAAABlBMVEX///+/v7+jQ3Y5AAAADklEQVQI12P4AIX8EAgALgAD/aNpbtEAAAAASUVORK5CYII",
    "base64",
  ),
};

/** Finds a product by its name and orders one. Leaves the buyer at the page that waits for the payment. */
export async function order(buyer, words, name, tender = "sim") {
  await buyer.go("/");
  const search = buyer.page.locator("form[role=search]");
  await search.locator("[name=q]").fill(words);
  await buyer.press(search.locator("button"));
  await buyer.page.getByRole("link", { name }).first().click();
  await buyer.page.waitForURL("**/p/*");
  await buyer.sees(DELIVERED, "15 个自然日", "24 小时");
  await buyer.picture("product");
  await buyer.press(buyer.form("/checkout").locator("button"));

  await buyer.sees(DELIVERED, "15 个自然日");
  const form = buyer.form("/checkout");
  assert.equal(await form.locator("[type=checkbox]:checked").count(), 0, "nothing is ticked beforehand");
  await form.locator(`[name=tender][value=${tender}]`).check();
  if (buyer.look.guest) {
    await form.locator("[name=contact]").fill("guest@example.com");
    await form.locator("[name=query_password]").fill(QUERY_PASSWORD);
  }
  await buyer.picture("checkout");
  await buyer.press(form.locator("button").last());
  return buyer.page.url().match(/\/pay\/([^/?#]+)/)?.[1] ?? assert.fail(`no order: ${await buyer.text()}`);
}

/** Pays at the simulated channel's cashier and waits until the shop has heard of it. */
export async function pay(buyer, order) {
  await buyer.go(`/pay/${order}`);
  await buyer.page.locator('a[href*="/sim/"]').click();
  await buyer.page.locator("button[value=pay]").waitFor();
  await buyer.picture("cashier");
  await buyer.press(buyer.page.locator("button[value=pay]"));
  await until(buyer, `/o/${order}`, "卡密已发放");
}

/** Looks again and again until a page says something. */
export async function until(person, path, words) {
  for (let attempt = 0; attempt < 40; attempt += 1) {
    await person.go(path);
    if ((await person.text()).includes(words)) return;
    await new Promise((later) => setTimeout(later, 250));
  }
  await person.sees(words);
}

/** Applies for a refund of the whole order, after a look at the forecast. */
export async function apply(buyer, order, reason, { words, forecast, file }) {
  await buyer.go(`/o/${order}/refund?unit=1`);
  await buyer.sees("申请退款");
  const form = buyer.form(`/o/${order}/refund`);
  await form.locator(`[name=reason][value=${reason}]`).check();
  await form.locator("[name=text]").fill(words);
  const consent = form.locator("[name=to_balance]");
  if (await consent.count()) assert.equal(await consent.isChecked(), false, "balance only where the buyer says so");
  await buyer.press(form.locator('button[formaction*="/refund/check"]'));
  await buyer.sees("按规则预计", forecast);
  await buyer.picture("forecast");
  assert.equal(await form.locator("[name=text]").inputValue(), words, "the form keeps what was written");
  if (file) await form.locator("[name=file_1]").setInputFiles(file);
  await buyer.press(form.locator("button:not([formaction])").last());
  return buyer.page.url().match(/\/c\/([^/?#]+)/)?.[1] ?? assert.fail(`no case: ${await buyer.text()}`);
}

/** Lets the demo's clock run to the next instant at which something is due, until a page says something. */
export async function jumpUntil(buyer, path, words) {
  for (let jump = 0; jump < 12; jump += 1) {
    await buyer.go(path);
    if ((await buyer.text()).includes(words)) return;
    await buyer.press(buyer.form("/demo/clock").locator("[name=to][value=hour]"));
    await new Promise((later) => setTimeout(later, 500));
  }
  await buyer.sees(words);
}

/** A newcomer makes an account. */
export async function register(buyer, name) {
  await buyer.go("/register");
  const form = buyer.form("/register");
  await form.locator("[name=login]").fill(name);
  await form.locator("[name=password]").fill("correct horse battery");
  await buyer.press(form.locator("button"));
  await buyer.sees(name);
}

/** Lets the demo's clock run on by whole days. */
export async function days(person, count) {
  for (let day = 0; day < count; day += 1) {
    await person.press(person.form("/demo/clock").locator("[name=to][value=day]"));
  }
}

/** Takes a case, unless somebody of the house has it already. */
export async function claim(judge, number) {
  await judge.go(`/staff/cases/${number}`);
  await judge.press(judge.form(`/staff/cases/${number}/claim`).locator("button"));
}

/** Fills in a decision: the three answers, the words, and what else the form asks for. */
export async function decide(judge, number, verdict, { yes = true, words, code, amount }) {
  await judge.go(`/staff/cases/${number}`);
  const form = judge.form(`/staff/cases/${number}/${verdict}`);
  assert.equal(await form.locator("[type=radio]:checked").count(), 0, "no answer is chosen beforehand");
  await judge.page.locator("details", { has: form }).locator("summary").first().click();
  for (const answer of ["order_state", "evidence", "ground"]) {
    const value = answer === "evidence" && !yes ? "no" : "yes";
    await form.locator(`[name=${verdict}_${answer}][value=${value}]`).check();
  }
  if (code) await form.locator("[name=code]").selectOption(code);
  if (amount) await form.locator(verdict === "approve" ? "[name=amount]" : `[name=${verdict}_amount]`).fill(amount);
  await form.locator(`[name=${verdict}_words]`).fill(words);
  await judge.picture(verdict);
  await judge.press(form.locator("button").last());
}
