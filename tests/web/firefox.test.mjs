// The owner's page in a stock Firefox ESR, opened from disk: keys are made, workers open what was sealed, a table is saved.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";
import { fill, launch, newPage, openShop, root, segel, send } from "./browser.mjs";
import { noise } from "./pictures.mjs";

const firefox = process.env.SEGEL_FIREFOX ?? "firefox-esr";
const folder = mkdtempSync(join(tmpdir(), "segel-firefox-"));
let browser;
let shop;
before(async () => {
  shop = await openShop();
  const photo = join(shop.folder, "kartu.png");
  writeFileSync(photo, noise(1600, 1200));
  const chromium = await launch();
  const page = await newPage(chromium);
  await page.goto(shop.page);
  await fill(page, { photo });
  await send(page);
  await chromium.close();
  segel(shop.folder, "pull", shop.address, "--form", "daftar", "--token-file", "token", "-o", "inbox");
  const executablePath = execFileSync("which", [firefox], { encoding: "utf8" }).trim();
  browser = await puppeteer.launch({
    browser: "firefox", executablePath, headless: true,
    extraPrefsFirefox: { "browser.download.dir": folder, "browser.download.folderList": 2, "browser.helperApps.neverAsk.saveToDisk": "application/octet-stream", "network.proxy.type": 1, "network.proxy.http": "127.0.0.1", "network.proxy.http_port": 9, "network.proxy.ssl": "127.0.0.1", "network.proxy.ssl_port": 9 },
  });
});
after(async () => {
  await browser?.close();
  shop?.close();
  rmSync(folder, { recursive: true, force: true });
});

test("key, form and export become a table and a file", { timeout: 120_000 }, async () => {
  const page = await browser.newPage();
  const trouble = [];
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("console", (message) => trouble.push(message.text()));
  await page.goto(pathToFileURL(join(root, "dist/buka.html")).href);
  await page.waitForSelector("h1");
  await page.evaluate(() => {
    globalThis.workers = 0;
    const { Worker } = globalThis;
    globalThis.Worker = class extends Worker {
      constructor(...words) {
        super(...words);
        globalThis.workers += 1;
        this.addEventListener("message", () => (globalThis.answered = true));
      }
    };
    addEventListener("segel-read", ({ detail }) => (globalThis.told = detail));
  });
  const inbox = readdirSync(join(shop.folder, "inbox")).filter((name) => name.endsWith(".segel-export"));
  const files = await page.$("#files");
  await files.uploadFile(...inbox.map((name) => join(shop.folder, "inbox", name)), join(shop.folder, "forms/daftar.segel"), join(shop.folder, "owner.key"));
  await page.waitForSelector("input[type=password]");
  await page.type("input[type=password]", "kata sandi uji");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => globalThis.told);
  assert.deepEqual(await page.evaluate(() => globalThis.told), { total: 1, opened: 1, failed: 0, repeated: 0 });
  assert.ok(await page.evaluate(() => globalThis.workers > 0 && globalThis.answered), "workers opened it");
  await (await page.waitForSelector("input[type=radio]")).click();
  await page.waitForSelector("tbody tr");
  assert.ok((await page.$eval("tbody tr", (row) => row.textContent)).includes("+6281234567890"));
  const [csv] = await page.$$("::-p-text(Simpan sebagai CSV)");
  await csv.click();
  const path = join(folder, "daftar-daftar.csv");
  await page.waitForFunction(() => document.querySelector("[role=status]").textContent.includes("Disimpan"));
  const saved = await until(() => readdirSync(folder).includes("daftar-daftar.csv") && readFileSync(path, "utf8"));
  assert.ok(saved.includes("Sari Dewi,'+6281234567890"), saved);
  assert.deepEqual(trouble, []);
});

test("keys are made, and no connection is possible", { timeout: 180_000 }, async () => {
  const page = await browser.newPage();
  await page.goto(pathToFileURL(join(root, "dist/buka.html")).href);
  await page.waitForSelector(".offer button");
  await page.click(".offer button");
  await (await page.waitForSelector("::-p-text(Usulkan enam kata acak)")).click();
  const words = await page.$eval("#new-passphrase", (input) => input.value);
  await page.type("#new-passphrase-again", words);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#given-back", { timeout: 120_000 });
  assert.equal((await page.$$(".items button")).length, 3);
  const refused = await page.evaluate(() => fetch("http://127.0.0.1:9/").then(() => "answered", (error) => error.name));
  assert.equal(refused, "TypeError");
});

// Looks again until there is something; the file is the browser's to write.
async function until(look) {
  for (;;) {
    const found = look();
    if (found) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
