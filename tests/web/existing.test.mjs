// A form of the shop's own, in every state: what the customer reads, what a screen reader is told, and what they keep.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, newPage, openShop, segel } from "./browser.mjs";
import { faultless } from "./faultless.mjs";
import { existing, fillExisting } from "./site.mjs";

let browser;
let shop;
before(async () => {
  browser = await launch();
  const text = (text) => ({ id: text, en: text });
  const spent = { id: "belanja", kind: "number", label: text("Belanja"), reason: text("untuk uji"), purposes: ["daftar"], required: false };
  shop = await openShop({ changed: (form) => ({ ...form, fields: [...form.fields, spent] }) });
});
after(async () => {
  await browser?.close();
  shop?.close();
});

// The example on a page of this language, on a site of its own.
async function begin({ lang = "id", changed = (html) => html, first = () => {}, ...options } = {}) {
  const site = await existing(shop, (html) => changed(html.replace('lang="id"', `lang="${lang}"`)));
  const page = await newPage(browser, options);
  await page.addInitScript(first);
  await page.goto(site.address);
  return { page, stop: async () => (await page.context().close(), site.stop()) };
}

const register = (page) => page.getByRole("button", { name: "Daftar", exact: true }).click();
const focused = (element) => element.evaluate((one) => one.getRootNode().activeElement === one);
const beside = (input) => input.evaluate((one) => (one.getAttribute("aria-describedby") ?? "").split(" ").map((id) => one.getRootNode().getElementById(id)?.textContent));

for (const [name, options, texts] of [
  ["320 pixels", { viewport: { width: 320, height: 640 } }, ["Apa arti terkunci?", "Rincian lengkap", "Ya, sudah 18 tahun"]],
  ["320 pixels, dark, in English", { viewport: { width: 320, height: 640 }, colorScheme: "dark", lang: "en" }, ["What does locked mean?", "Full details", "Yes, I am 18 or older"]],
  ["a desktop, forced colours", { viewport: { width: 1280, height: 800 }, forcedColors: "active" }, ["Apa arti terkunci?", "Rincian lengkap", "Ya, sudah 18 tahun"]],
]) {
  test(`no fault in any state of an existing form: ${name}`, async () => {
    const { page, stop } = await begin({ ...options, first: () => {
      // Broken for the form alone.
      globalThis.broken = true;
      addEventListener("segel-error", ({ detail }) => (globalThis.told = detail.code));
      const fill = crypto.getRandomValues;
      crypto.getRandomValues = function (array) {
        if (globalThis.broken && new Error().stack.includes("existing.js")) throw new Error("broken");
        return fill.call(this, array);
      };
    } });
    const [locked, details, adult] = texts;
    await page.getByText(locked).click();
    await page.getByText(details).click();
    await faultless(page, "drawn");
    await register(page);
    await page.getByRole("alert").waitFor();
    await faultless(page, "problems");
    await page.locator("[name=group-age]").last().check();
    await register(page);
    await page.getByRole("alert").and(page.locator("p")).waitFor();
    await faultless(page, "too young");
    await page.getByRole("radio", { name: adult }).check();
    await page.locator("[data-segel=nama]").fill("Sari Dewi");
    await page.locator("[data-segel=wa]").fill("0812-3456-7890");
    await register(page);
    const unsent = page.getByRole("alert").filter({ hasText: /tidak dapat dikunci|could not be locked/ });
    await unsent.waitFor();
    assert.ok(await focused(unsent));
    assert.equal(await page.evaluate(() => globalThis.told), "unsealed");
    await faultless(page, "not sealed");
    await page.evaluate(() => (globalThis.broken = false));
    await register(page);
    await page.locator("code").waitFor();
    await faultless(page, "sealed");
    await page.context().setOffline(true);
    await page.getByRole("button", { name: /^(Kirim|Send)$/ }).click();
    await page.getByRole("alert").filter({ hasText: /tidak ada sambungan|no connection/ }).waitFor();
    await faultless(page, "no link");
    await stop();
  });
}

test("no fault where an existing form is refused", async () => {
  const { page, stop } = await begin({ changed: (html) => html.replace('data-segel="nama"', 'name="nama" data-segel="nama"'), viewport: { width: 320, height: 640 } });
  await page.getByRole("alert").getByText(/atribut name/).waitFor();
  await faultless(page, "refused");
  await stop();
});

test("what is wrong is named in a list that has the focus and beside each field, until it is right", async () => {
  const { page, stop } = await begin({ changed: (html) => html
    .replace('<input data-segel="nama"', '<input data-segel="nama" aria-describedby="own"').replace("<h1>", '<p id="own">Seperti di KTP</p><h1>') });
  const [name, phone, mail] = ["Nama lengkap", "Nomor WhatsApp", "E-mail"].map((label) => page.getByLabel(label));
  const list = page.getByRole("alert");
  await page.getByRole("group", { name: /mempelajari minat/ }).waitFor();
  await mail.fill("sari@contoh.example");
  await phone.fill("08");
  await register(page);
  await list.waitFor();
  assert.ok(await focused(list));
  const lines = () => list.getByRole("button").allTextContents();
  assert.deepEqual(await lines(), [
    "Apakah Anda sudah berusia 18 tahun?: Pilih salah satu.", "Nama lengkap: Isi bagian ini.", "Nomor WhatsApp: Tulis nomor seperti 0812 3456 7890.",
  ]);
  const adult = page.getByRole("radio", { name: "Ya, sudah 18 tahun" });
  assert.deepEqual([await beside(name), await beside(phone), await beside(mail), await beside(adult)], [
    ["Isi bagian ini.", "Seperti di KTP"], ["Tulis nomor seperti 0812 3456 7890."], [undefined], ["Pilih salah satu."],
  ]);
  const invalid = () => Promise.all([name, phone, mail, adult].map((input) => input.getAttribute("aria-invalid")));
  assert.deepEqual(await invalid(), ["true", "true", null, "true"]);
  assert.equal(await page.getByLabel("Nomor WhatsApp", { exact: true }).count(), 1, "what is wrong is no part of the name");
  await list.getByRole("button", { name: /Nama lengkap/ }).click();
  assert.ok(await focused(name));
  await name.pressSequentially("S");
  await page.locator("[data-segel=nama]:not([aria-invalid])").waitFor();
  assert.deepEqual(await beside(name), ["Seperti di KTP"]);
  await phone.fill("0812");
  await adult.check();
  assert.deepEqual(await lines(), ["Nomor WhatsApp: Tulis nomor seperti 0812 3456 7890."], "half a number is still none");
  assert.deepEqual(await invalid(), [null, "true", null, null]);
  await phone.fill("0812-3456-7890");
  await list.waitFor({ state: "detached" });
  assert.deepEqual(await invalid(), [null, null, null, null]);
  await phone.fill("");
  assert.deepEqual(await invalid(), [null, null, null, null], "nobody is corrected before they are done");
  await register(page);
  await list.waitFor();
  assert.deepEqual(await lines(), ["Nomor WhatsApp: Isi bagian ini."], "and only what is wrong now is named then");
  assert.equal(await page.locator(".segel-error").count(), 1);
  await stop();
});

test("a field that the page has no input for is named all the same", async () => {
  const { page, stop } = await begin({ changed: (html) => html.replace(/<input[^>]*data-segel="wa"[^>]*>/, "") });
  await page.getByRole("radio", { name: "Ya, sudah 18 tahun" }).check();
  await page.getByLabel("Nama lengkap").fill("Sari Dewi");
  await register(page);
  await page.getByRole("button", { name: "Nomor WhatsApp: Isi bagian ini." }).click();
  assert.deepEqual(page.trouble, []);
  await stop();
});

test("a field that is no longer asked is no longer wrong", async () => {
  const { page, stop } = await begin({ changed: (html) => html.replace('data-segel="lahir" type="date"', 'data-segel="lahir"') });
  await fillExisting(page);
  const purpose = page.getByRole("group", { name: /mempelajari minat/ });
  await purpose.getByRole("radio", { name: "Ya, boleh" }).check();
  await page.getByLabel("Tanggal lahir").fill("kemarin");
  await register(page);
  await page.getByRole("button", { name: "Tanggal lahir: Tulis tanggal yang ada" }).waitFor();
  await purpose.getByRole("radio", { name: "Tidak" }).check();
  await page.getByRole("alert").waitFor({ state: "detached" });
  assert.equal(await page.locator(".segel-error, [data-segel][aria-invalid]").count(), 0);
  await register(page);
  await page.locator("code").waitFor();
  await stop();
});

test("the receipt of an existing form says to whom what was agreed and until when, on the page and in the file", async () => {
  const { page, stop } = await begin();
  await page.clock.setFixedTime("2026-11-27T05:00:00Z");
  await fillExisting(page);
  await page.getByRole("group", { name: /mempelajari minat/ }).getByRole("radio", { name: "Ya, boleh" }).check();
  await page.getByRole("group", { name: /mengirim penawaran/ }).getByRole("radio", { name: "Tidak" }).check();
  await register(page);
  const key = await page.locator("code").textContent();
  const [names, values] = await Promise.all(["dt", "dd"].map((tag) => page.locator(tag).allTextContents()));
  const facts = names.map((name, nth) => [name, values[nth]]);
  const number = facts[1][1];
  assert.match(number, /^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
  const daftar = "mendaftarkan Anda sebagai anggota dan menghubungi Anda soal pesanan";
  assert.deepEqual(facts, [
    ["Toko Sari", "Daftar anggota Toko Sari"], ["Nomor bukti", number], ["Tanggal", "27 November 2026"],
    ["Anda menyetujui", `${daftar}; mempelajari minat Anda`], ["Anda menolak", "mengirim penawaran lewat WhatsApp atau e-mail"],
    ["Pemberitahuan privasi versi", "1"], ["Data dihapus paling lambat", `${daftar}: 27 November 2031\nmempelajari minat Anda: 27 November 2027`],
  ]);
  const [saved] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Simpan sebagai berkas" }).click()]);
  const text = readFileSync(await saved.path(), "utf8");
  for (const part of [...facts.map((fact) => fact.join(": ")), key]) assert.ok(text.includes(part), part);
  await page.emulateMedia({ media: "print" });
  assert.deepEqual(await Promise.all(["code", "fieldset", ".lock"].map((part) => page.locator(part).first().isVisible())), [true, false, false], "printed is the receipt alone");
  await stop();
});

test("a number is read as people write it, and from an input of that type as it gives it", async () => {
  const lines = [];
  const input = (more) => `<input step="any" data-segel="belanja" ${more}>`;
  for (const [made, typed] of [
    [input('type="text"'), "5.000.000"], [input('type="text"'), "1.125"], [input('type="text"'), "2,5"], [input('type="number"'), "1.125"], [input('type="range" value="1.125"')],
    ['<select data-segel="belanja"><option value="0.250">seperempat</select>'],
  ]) {
    const { page, stop } = await begin({ changed: (html) => html.replace("<div data-segel-consent>", `<label>Belanja ${made}</label>$&`) });
    await fillExisting(page);
    if (typed) await page.getByLabel("Belanja").fill(typed);
    await register(page);
    await page.locator("code").waitFor();
    const isPost = (request) => request.method() === "POST";
    const [post] = await Promise.all([page.waitForRequest(isPost), page.getByRole("button", { name: "Kirim" }).click()]);
    lines.push(`2026-11-26T00:00:00Z ${new URLSearchParams(post.postData()).get("segel")}\n`);
    await stop();
  }
  writeFileSync(join(shop.folder, "numbers.txt"), lines.join(""));
  segel(shop.folder, "gather", "numbers.txt", "--form", "forms/daftar.segel", "-o", "numbers");
  const { records } = JSON.parse(segel(shop.folder, "open", "numbers", "-k", "owner.key", "--passphrase-file", "pass", "--form", "forms/daftar.segel", "--purpose", "daftar", "--format", "json"));
  assert.deepEqual(records.map(({ answers }) => answers.belanja), ["5000000", "1125", "2.5", "1.125", "1.125", "0.250"]);
});

test("a receipt's file is there for a browser that reads it a while after the click", async () => {
  const { page, stop } = await begin();
  await page.clock.install();
  await page.addInitScript(() => {
    globalThis.revoked = [];
    const { revokeObjectURL } = URL;
    URL.revokeObjectURL = (address) => (globalThis.revoked.push(address), revokeObjectURL.call(URL, address));
  });
  await page.reload();
  await fillExisting(page);
  await register(page);
  const [saved] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Simpan sebagai berkas" }).click()]);
  const revoked = () => page.evaluate(() => globalThis.revoked);
  await page.clock.runFor(30_000);
  assert.deepEqual(await revoked(), []);
  await page.clock.runFor(31_000);
  assert.deepEqual(await revoked(), [saved.url()]);
  await stop();
});

test("who sends without a link is told so once, and the sealed answers stay on the page", async () => {
  const { page, stop } = await begin();
  await fillExisting(page);
  await register(page);
  await page.locator("code").waitFor();
  await page.context().setOffline(true);
  await page.getByRole("button", { name: "Kirim" }).click();
  await page.getByText("Belum terkirim: tidak ada sambungan.").waitFor();
  assert.equal(await page.locator("code").count(), 1);
  assert.equal(page.requests.filter((request) => request.method() === "POST").length, 0);
  await page.context().setOffline(false);
  await page.getByRole("button", { name: "Kirim" }).click();
  await page.getByText("Terima kasih").waitFor();
  await stop();
});
