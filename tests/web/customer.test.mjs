// The customer's side in a stock Firefox ESR: the form with a photo, the receipt that is saved, what can be done with it later, and a form of the
// shop's own.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import puppeteer from "puppeteer-core";
import { openShop, segel } from "./browser.mjs";
import { noise, size } from "./pictures.mjs";
import { existing } from "./site.mjs";

const folder = mkdtempSync(join(tmpdir(), "segel-firefox-"));
let browser;
let shop;
before(async () => {
  shop = await openShop();
  const executablePath = execFileSync("which", [process.env.SEGEL_FIREFOX ?? "firefox-esr"], { encoding: "utf8" }).trim();
  browser = await puppeteer.launch({
    browser: "firefox", executablePath, headless: true,
    extraPrefsFirefox: { "browser.download.dir": folder, "browser.download.folderList": 2, "browser.helperApps.neverAsk.saveToDisk": "text/plain", "intl.accept_languages": "id" },
  });
});
after(async () => {
  await browser?.close();
  shop?.close();
  rmSync(folder, { recursive: true, force: true });
});

// A page whose closed shadow roots are open to the test alone, and which collects what must not happen.
async function newPage() {
  const page = await browser.newPage();
  page.trouble = [];
  page.on("pageerror", (error) => page.trouble.push(String(error)));
  page.on("console", (message) => page.trouble.push(message.text()));
  await page.evaluateOnNewDocument(() => {
    globalThis.violations = [];
    document.addEventListener("securitypolicyviolation", (event) => globalThis.violations.push(event.violatedDirective));
    const attach = Element.prototype.attachShadow;
    Element.prototype.attachShadow = function (init) {
      return attach.call(this, { ...init, mode: "open" });
    };
  });
  return page;
}

const said = (page, text) => page.waitForSelector(`::-p-text("${text}")`, { visible: true });
const press = async (page, text) => (await said(page, text)).click();
const type = async (page, selector, text) => (await page.waitForSelector(selector, { visible: true })).type(text);
const choose = async (page, name, nth = 0) => (await page.$$(`>>> input[name="${name}"]`))[nth].click();
// The site of the test has no icon, for which a browser asks by itself.
const quiet = async (page) => assert.deepEqual([
  page.trouble.filter((text) => !text.includes("/favicon.ico")), (await page.evaluate(() => globalThis.violations)).filter((directive) => directive !== "img-src"),
], [[], []]);

test("form, photo, receipt, a consent withdrawn and everything deleted", { timeout: 180_000 }, async () => {
  const page = await newPage();
  await page.goto(shop.page);
  await press(page, "Ya, sudah 18 tahun");
  await press(page, "Periksa dulu");
  await said(page, "Nama lengkap: Isi bagian ini.");
  await type(page, ">>> #in-nama", "Sari Dewi");
  await type(page, ">>> #in-wa", "0812-3456-7890");
  writeFileSync(join(folder, "kartu.png"), noise(2000, 1000));
  await (await page.waitForSelector(">>> #in-foto")).uploadFile(join(folder, "kartu.png"));
  await choose(page, "group-purpose-minat");
  for (const [nth, text] of ["29", "Februari", "2000"].entries()) await (await page.$$(">>> .date input"))[nth].type(text);
  await choose(page, "group-purpose-penawaran", 1);
  await press(page, "Periksa dulu");
  await said(page, "Periksa jawaban Anda");
  await said(page, "29 Februari 2000");
  await press(page, "Setuju dan daftar");
  await said(page, "Terkirim. Ini bukti persetujuan Anda.");
  const link = await page.$eval(">>> code a", (link) => link.href);
  await press(page, "Simpan sebagai berkas");
  const saved = await until(() => readdirSync(folder).filter((name) => /^bukti-.*\.txt$/.test(name)).map((name) => readFileSync(join(folder, name), "utf8")).find(Boolean));
  assert.ok(saved.includes(link), saved);
  const files = join(shop.folder, "files");
  const [record] = shop.open("daftar", "--files", files).records;
  assert.equal(record.answers.wa, "+6281234567890");
  assert.deepEqual(size(readFileSync(join(files, "000001-foto-1.jpg"))), [1600, 800]);
  assert.deepEqual(shop.open("minat").records[0].answers, { lahir: "2000-02-29" });
  await quiet(page);

  await page.goto(link);
  await said(page, "tersimpan, terkunci");
  assert.equal(await page.evaluate(() => location.hash), "");
  await press(page, "Tarik persetujuan");
  await press(page, "Ya, tarik");
  await said(page, "Persetujuan untuk mempelajari minat Anda sudah ditarik");
  assert.equal(shop.open("minat").left_out.withdrawn, 1);
  await press(page, "Hapus semua data saya");
  await press(page, "Ya, hapus semuanya");
  await said(page, "sudah dihapus dari server");
  assert.equal(shop.open("daftar").left_out.deletion_requested, 1);
  await quiet(page);
  await page.close();
});

test("a form of the shop's own: what is wrong is named beside its field, and one sealed string is posted", { timeout: 120_000 }, async () => {
  const site = await existing(shop);
  const page = await newPage();
  try {
    const posted = [];
    page.on("request", (request) => request.method() === "POST" && posted.push(request.url()));
    await page.goto(site.address);
    await said(page, "Apakah Anda sudah berusia 18 tahun?");
    await type(page, "[data-segel=wa]", "0812-3456-7890");
    const go = await page.waitForSelector("form > p > button");
    await go.click();
    const wrong = await page.waitForSelector("[data-segel=nama][aria-invalid]");
    assert.equal(await wrong.evaluate((input) => document.getElementById(input.getAttribute("aria-describedby")).textContent), "Isi bagian ini.");
    await wrong.type("Sari Dewi");
    await page.waitForFunction(() => !document.querySelector("[data-segel=nama][aria-invalid]"));
    await choose(page, "group-age");
    await go.click();
    await said(page, "Simpan dulu kunci bukti Anda");
    await page.evaluate(() => document.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      globalThis.sealed = document.querySelector("[data-segel-envelope]").value;
    }));
    await press(page, "Kirim");
    const sealed = await page.waitForFunction(() => globalThis.sealed).then((handle) => handle.jsonValue());
    writeFileSync(join(shop.folder, "own.txt"), `2026-11-26T00:00:00Z ${sealed}\n`);
    segel(shop.folder, "gather", "own.txt", "--form", "forms/daftar.segel", "-o", "own");
    const { records } = JSON.parse(segel(shop.folder, "open", "own", "-k", "owner.key", "--passphrase-file", "pass", "--form", "forms/daftar.segel", "--purpose", "daftar", "--format", "json"));
    assert.deepEqual(records[0].answers, { nama: "Sari Dewi", wa: "+6281234567890" });
    await quiet(page);
  } finally {
    site.stop();
    await page.close();
  }
});

// Looks again until there is something; the file is the browser's to write.
async function until(look) {
  for (;;) {
    const found = look();
    if (found) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
