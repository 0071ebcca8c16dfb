// Every state of the form, held against WCAG 2.2 AA by axe-core, at the width of a small phone, in both languages and in dark.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fill, launch, newPage, openShop, send } from "./browser.mjs";
import { faultless } from "./faultless.mjs";

let browser;
let shop;
before(async () => {
  browser = await launch();
  shop = await openShop();
});
after(async () => {
  await browser?.close();
  shop?.close();
});

for (const [name, options] of [
  ["320 pixels", { viewport: { width: 320, height: 640 } }],
  ["320 pixels, dark", { viewport: { width: 320, height: 640 }, colorScheme: "dark" }],
  ["a desktop, forced colours", { viewport: { width: 1200, height: 800 }, forcedColors: "active" }],
]) {
  test(`no fault in any state: ${name}`, async () => {
    const page = await newPage(browser, options);
    await page.goto(shop.page);
    const adult = page.getByRole("button", { name: "Ya, sudah 18 tahun" });
    await adult.waitFor();
    await faultless(page, "age");
    await page.getByRole("button", { name: "Tidak", exact: true }).click();
    await page.getByRole("button", { name: "Kembali" }).waitFor();
    await faultless(page, "young");
    await page.getByRole("button", { name: "Kembali" }).click();
    await adult.click();
    for (const details of await page.locator("segel-form summary").all()) await details.click();
    await faultless(page, "filling");
    await page.getByRole("button", { name: "English" }).click();
    await page.getByRole("button", { name: "Check first" }).click();
    await page.getByRole("alert").waitFor();
    await faultless(page, "problems, in English");
    await page.reload();
    await fill(page);
    await faultless(page, "review");
    const post = (route) => (route.request().method() === "POST" ? route.abort() : route.continue());
    await page.route("**/daftar", post);
    await page.getByRole("button", { name: "Setuju dan daftar" }).click();
    await page.getByRole("button", { name: "Coba lagi" }).waitFor();
    await faultless(page, "unsent");
    await page.unroute("**/daftar", post);
    await page.getByRole("button", { name: "Coba lagi" }).click();
    await page.getByText("Nomor bukti", { exact: true }).waitFor();
    await faultless(page, "done");
    await page.context().close();
  });
}

test("no fault where a form is refused", async () => {
  const page = await newPage(browser, { viewport: { width: 320, height: 640 } });
  await page.route("**/*.segel", (route) => route.fulfill({ status: 404, body: "" }));
  await page.goto(shop.page);
  await page.getByRole("alert").waitFor();
  await faultless(page, "refused");
});

test("text of twice the size stays within the width in every state", async () => {
  const page = await newPage(browser, { viewport: { width: 320, height: 640 } });
  await page.addInitScript(() => addEventListener("DOMContentLoaded", () => document.documentElement.style.setProperty("font-size", "200%")));
  await page.goto(shop.page);
  const fits = async (state) => {
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(wide, 0, state);
  };
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).waitFor();
  await fits("age");
  await fill(page);
  await fits("review");
  await page.getByRole("button", { name: "Ubah" }).click();
  await fits("filling");
  await page.getByRole("button", { name: "Periksa dulu" }).click();
  await send(page);
  await fits("receipt");
  await page.context().close();
});

test("who wants no motion sees none, and what is under way is still said", async () => {
  for (const [reducedMotion, moves] of [["no-preference", "turn"], ["reduce", "none"]]) {
    const page = await newPage(browser, { reducedMotion });
    let release;
    const held = new Promise((resolve) => (release = resolve));
    await page.route("**/forms/daftar", (route) => held.then(() => route.continue()));
    await page.goto(shop.page);
    await fill(page);
    await page.getByRole("button", { name: "Setuju dan daftar" }).click();
    const status = page.getByRole("status");
    assert.match(await status.textContent(), /Sedang mengunci dan mengirim/);
    assert.equal(await status.evaluate((element) => getComputedStyle(element, "::before").animationName), moves);
    assert.ok(await status.evaluate((element) => element.getRootNode().activeElement === element), "a screen reader reads where the focus goes");
    release();
    await page.getByText("Nomor bukti", { exact: true }).waitFor();
    await page.context().close();
  }
});

test("the whole form works by touch, with targets of 44 pixels", async () => {
  const page = await newPage(browser, { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true });
  await page.goto(shop.page);
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).tap();
  await page.getByLabel("Nama lengkap").fill("Sari Dewi");
  await page.getByLabel("Nomor WhatsApp").fill("081234567890");
  await page.getByRole("group", { name: /mempelajari minat/ }).getByText("Tidak", { exact: true }).tap();
  const small = await page.locator("segel-form :is(.option, button:not(.link), input:not([type=radio])):visible").evaluateAll(
    (targets) => targets.filter((target) => target.getBoundingClientRect().height < 44).map(({ outerHTML }) => outerHTML),
  );
  assert.deepEqual(small, []);
  await page.getByRole("button", { name: "Periksa dulu" }).tap();
  await page.getByRole("button", { name: "Setuju dan daftar" }).tap();
  await page.getByText("Nomor bukti", { exact: true }).waitFor();
  await page.context().close();
});
