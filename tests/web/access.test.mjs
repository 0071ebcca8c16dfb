// Every state of the form, held against WCAG 2.2 AA by axe-core, at the width of a small phone, in both languages and in dark.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fill, launch, newPage, openShop } from "./browser.mjs";
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

test("text of twice the size stays within the width", async () => {
  const page = await newPage(browser, { viewport: { width: 320, height: 640 } });
  await page.goto(shop.page);
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).click();
  await page.evaluate(() => document.documentElement.style.setProperty("font-size", "200%"));
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(wide, 0);
});
