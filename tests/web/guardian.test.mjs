// A form that a parent or guardian may fill for a child, in a real browser.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, newPage, openShop, root, send } from "./browser.mjs";
import { faultless } from "./faultless.mjs";

let browser;
let shop;
before(async () => {
  browser = await launch();
  shop = await openShop({ definition: join(root, "www/forms/les.json") });
});
after(async () => {
  await browser?.close();
  shop?.close();
});

const review = async (page) => {
  await page.getByRole("button", { name: "Periksa dulu" }).click();
  await page.getByRole("heading", { name: "Periksa jawaban Anda" }).waitFor();
};

test("a parent fills it for a child, is asked what adults are not asked, and says so in the record", async () => {
  const page = await newPage(browser, { viewport: { width: 320, height: 640 } });
  await page.goto(shop.page);
  await page.getByRole("group", { name: "Untuk siapa Anda mengisi formulir ini?" }).waitFor();
  await faultless(page, "for whom");
  await page.getByRole("button", { name: /ayah atau ibunya/ }).click();
  await page.getByRole("heading", { name: "Data Anda, orang tua atau wali" }).waitFor();
  await page.getByRole("heading", { name: "Data anak" }).waitFor();
  assert.equal(await page.getByRole("group", { name: /kelas baru/ }).count(), 0, "what is for adults is not asked");
  assert.equal(await page.getByLabel("Nomor WhatsApp", { exact: true }).isVisible(), false);
  assert.equal(await page.getByLabel("Nama Anda").getAttribute("autocomplete"), "name");
  assert.equal(await page.getByLabel("Nama peserta").getAttribute("autocomplete"), "off", "the browser knows the parent's name");
  await page.getByLabel("Nama Anda").fill("Sri Lestari");
  await page.getByLabel("Nomor WhatsApp Anda").fill("0812 0000 0001");
  await page.getByLabel("Nama peserta").fill("Budi");
  await page.getByRole("radio", { name: /Cilik/ }).check();
  await faultless(page, "filling");
  await review(page);
  await page.getByText(/Saya orang tua atau wali dari anak/).waitFor();
  await faultless(page, "review");
  await send(page);
  await page.getByText("ayah atau ibunya").waitFor();
  assert.equal(await page.getByText("tidak ada", { exact: true }).count(), 1, "what was not asked was not refused");
  await faultless(page, "receipt");
  const record = shop.open("les").records.at(-1);
  assert.equal(record.given_by, "parent");
  assert.deepEqual(record.answers, { kelas: "cilik", nama: "Budi", wa_wali: "+6281200000001", wali: "Sri Lestari" });
  assert.ok(shop.open("kabar").left_out.not_answered >= 1);
});

test("the notice for machines has all that its digest covers, and the page to print has it too", async () => {
  const { notices } = await (await fetch(`${shop.page}/notice.json`)).json();
  const page = await (await fetch(`${shop.page}/notice`)).text();
  assert.deepEqual(Object.keys(notices), ["en", "id"]);
  for (const [language, { sha256, ...notice }] of Object.entries(notices)) {
    const hash = createHash("sha256").update("segel/v1/notice\0");
    for (const text of [language, JSON.stringify(notice)]) {
      const length = Buffer.alloc(8);
      length.writeBigUInt64BE(BigInt(Buffer.byteLength(text)));
      hash.update(length).update(text);
    }
    assert.equal(hash.digest("hex"), sha256, language);
    assert.ok(notice.guardian && page.includes(`<blockquote>\n<p>${notice.guardian.replaceAll("'", "&#39;")}</p>`), language);
    assert.ok(page.includes(sha256));
  }
});

test("an adult who registers is not asked for a guardian", async () => {
  const page = await newPage(browser);
  await page.goto(shop.page);
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("button", { name: /For myself/ }).click();
  await page.getByRole("button", { name: "Bahasa Indonesia" }).click();
  assert.equal(await page.getByLabel("Nama Anda").isVisible(), false);
  await page.getByLabel("Nama peserta").fill("Sari Dewi");
  await page.getByLabel("Nomor WhatsApp", { exact: true }).fill("0812-3456-7890");
  await page.getByRole("radio", { name: "Dewasa" }).check();
  await page.getByRole("group", { name: /kelas baru/ }).getByRole("radio", { name: "Ya, boleh" }).check();
  await review(page);
  assert.equal(await page.getByText(/Saya orang tua atau wali/).count(), 0);
  await send(page);
  const record = shop.open("kabar").records.at(-1);
  assert.equal(record.given_by, "person");
  assert.deepEqual(Object.keys(shop.open("les").records.at(-1).answers), ["kelas", "nama", "wa"]);
});

test("who is not 18 yet is asked nothing and told whom to ask", async () => {
  const page = await newPage(browser);
  await page.goto(shop.page);
  await page.getByRole("button", { name: "Saya belum 18 tahun" }).click();
  await page.getByText(/minta orang tua atau wali/).waitFor();
  assert.equal(await page.locator("segel-form input").count(), 0);
  await page.getByRole("button", { name: "Kembali" }).click();
  await page.getByRole("button", { name: /walinya/ }).waitFor();
});

test("the module takes no consent of a guardian to what is for adults, whatever the page says", async () => {
  const page = await newPage(browser);
  await page.goto(shop.page);
  const code = await page.evaluate(async ({ src, owner }) => {
    const { open } = await import("/segel/api.js");
    const form = await open({ src, owner });
    form.shown("id");
    const values = { wali: "Sri", wa_wali: "081200000001", nama: "Budi", kelas: "cilik" };
    try {
      await form.seal({ language: "id", choices: { "@guardian": "parent", les: true, kabar: true }, values });
    } catch (error) {
      return error.code;
    }
    return "sealed";
  }, { src: "/forms/les.segel", owner: shop.owner });
  assert.equal(code, "consent");
});
