// The owner's page makes keys from nothing, proves them, and brings a lost one back from paper: without a terminal, without a network.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Decrypter } from "age-encryption";
import jsqr from "jsqr";
import { assertQuiet, download, openPage } from "./desk.mjs";
import { faultless } from "./faultless.mjs";
import { launch, root, segel } from "./browser.mjs";

const folder = mkdtempSync(join(tmpdir(), "segel-keys-"));
let browser;
before(async () => {
  browser = await launch();
});
after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

test("two keys are made, saved, given back, printed and read from the paper before they are ready", async () => {
  const page = await openPage(browser, { viewport: { width: 320, height: 640 } });
  await page.getByRole("button", { name: "Buat kunci baru" }).click();
  await faultless(page, "a new passphrase");
  const [first, again] = [page.getByLabel("Kata sandi baru"), page.getByLabel("Ketik sekali lagi")];
  await first.fill("rahasia");
  await page.getByText("Terlalu mudah ditebak.").waitFor();
  await page.getByRole("button", { name: "Buat kunci" }).click();
  await page.getByRole("alert").getByText("terlalu mudah ditebak").waitFor();
  await page.getByRole("button", { name: "Usulkan enam kata acak" }).click();
  const passphrase = await first.inputValue();
  assert.match(passphrase, /^([a-z]{3,8} ){5}[a-z]{3,8}$/);
  await again.fill(`${passphrase} lagi`);
  await again.press("Enter");
  await page.getByRole("alert").getByText("berbeda").waitFor();
  await first.fill(passphrase);
  await again.fill(passphrase);
  const workers = [];
  page.on("worker", (worker) => workers.push(worker));
  await page.evaluate(() => {
    globalThis.tasks = [0];
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
    globalThis.begun = performance.now();
  });
  await again.press("Enter");
  await page.getByRole("status").getByText("Kunci 1 dari 2").waitFor();
  await faultless(page, "keys being locked");

  await page.getByRole("heading", { name: "simpan berkasnya" }).waitFor();
  const [longest, whole] = await page.evaluate(() => [Math.max(...tasks), performance.now() - begun]);
  // On the page each key would have been one task of half the time.
  assert.ok(longest * 4 < whole, `the page was silent for ${longest} of ${whole} ms`);
  assert.ok(workers.length === 1 && workers[0].url().startsWith("blob:"), "one worker locked them");
  assert.equal(page.workers().length, 0, "and is gone, with what it was given");
  const next = page.getByRole("button", { name: "Lanjut" });
  const saved = {};
  for (const name of ["owner.key", "spare.key", "owner.pub"]) saved[name] = await keep(page, name);
  assert.ok(await next.isDisabled(), "a download that nobody looked at is no file that is kept");
  writeFileSync(join(folder, "cut.key"), readFileSync(saved["owner.key"]).subarray(1));
  await page.getByLabel(/Pilih owner.key/).setInputFiles([join(folder, "cut.key")]);
  await page.getByRole("alert").getByText("bukan yang baru disimpan").waitFor();
  await page.getByLabel(/Pilih owner.key/).setInputFiles([saved["owner.key"], saved["spare.key"]]);
  await page.locator(".done").nth(2).waitFor();
  await faultless(page, "saved files");
  await next.click();

  await page.getByRole("heading", { name: "cetak lembar" }).waitFor();
  await faultless(page, "the sheet");
  const words = [];
  for (const list of await page.locator(".card ol").all()) words.push(await list.locator("li").allTextContents());
  assert.deepEqual(words.map((list) => list.length), [24, 24]);
  const code = await scan(page);
  assert.match(code, /^AGE-SECRET-KEY-PQ-1/);
  await page.emulateMedia({ media: "print" });
  assert.deepEqual(await page.locator("main > *").evaluateAll((parts) => parts.filter((part) => part.checkVisibility()).map((part) => part.className)), ["workshop"]);
  assert.ok(!(await page.getByText("hanya kertas ini yang bisa membuka").isVisible()) && (await page.locator(".paper").isVisible()), "the sheet is printed alone");
  await page.emulateMedia({ media: "screen" });
  await page.getByRole("button", { name: "Sudah di kertas" }).click();
  assert.equal(await page.locator(".card").count(), 0, "who types sees no sheet");
  await faultless(page, "the paper's test");
  const typed = async (change) => {
    for (const label of await page.locator("label").filter({ hasText: "kata ke-" }).all()) {
      const text = await label.textContent();
      const word = words[text.startsWith("Kunci pemilik") ? 0 : 1][Number(/\d+/.exec(text)[0]) - 1];
      await page.getByLabel(text, { exact: true }).fill(change(word));
    }
    await page.getByRole("button", { name: "Periksa" }).click();
  };
  await typed((word) => (word === "zoo" ? "art" : "zoo"));
  await page.getByRole("alert").getByText("tidak cocok").waitFor();
  await typed((word) => word.slice(0, 4).toUpperCase());
  await page.getByRole("heading", { name: "Kunci siap" }).waitFor();
  await faultless(page, "ready");
  const id = /segel1[a-z0-9]+/.exec(await page.locator("main").textContent())[0];
  await page.getByRole("button", { name: "Lanjut membuka kiriman" }).click();
  await page.getByText("1 kunci, siap dipakai.").waitFor();

  // The files are what the command line and any age program take.
  writeFileSync(join(folder, "pass"), `${passphrase}\n`);
  const plain = new Decrypter();
  plain.addPassphrase(passphrase);
  const text = await plain.decrypt(readFileSync(saved["owner.key"]), "text");
  assert.ok(text.includes(`\n${code}\n`), "the code on the paper is the key in the file");
  const publics = readFileSync(saved["owner.pub"], "utf8").split("\n").filter((line) => line.startsWith("age1pq1"));
  assert.ok(text.includes(`# spare: ${publics[1]} opened a test seal`));
  const copy = (name) => writeFileSync(join(folder, name), readFileSync(saved[name]));
  ["owner.key", "spare.key"].forEach(copy);
  const html = segel(folder, "publish", join(root, "www/forms/daftar.json"), "-k", "owner.key", "--passphrase-file", "pass", "-o", "daftar.segel");
  assert.ok(html.includes(id), "the fingerprint is the one that a page will pin");
  await assertQuiet(page);

  // Everything is lost but the paper.
  const other = await openPage(browser);
  await other.getByRole("button", { name: "Pulihkan dari lembar kertas" }).click();
  await faultless(other, "typing from paper");
  const box = other.getByLabel(/Ketik 24 kata/);
  await box.fill(words[0].slice(1).join(" "));
  await other.getByRole("button", { name: "Pulihkan", exact: true }).click();
  await other.getByText("Perlu 24 kata; yang diketik 23.").waitFor();
  await box.fill(words[0].map((word, nth) => `${nth + 1}. ${word}`).join("\n"));
  await other.getByRole("button", { name: "Pulihkan", exact: true }).click();
  await other.getByText(id).waitFor();
  await other.getByText("lembar kertas tetap satu-satunya salinan").waitFor();
  await faultless(other, "a key that is back");

  // It gets a file again, under a passphrase of its own, and no other key is made.
  await other.getByRole("button", { name: "Buat berkas kunci" }).click();
  const fill = async (text) => {
    await other.getByLabel("Kata sandi baru").fill(text);
    await other.getByLabel("Ketik sekali lagi").fill(text);
    await other.getByRole("button", { name: "Buat berkas kunci" }).click();
  };
  await fill("pendek");
  await other.getByRole("alert").getByText("terlalu mudah ditebak").waitFor();
  await fill("bukan kata sandi yang lama");
  await other.getByRole("status").getByText("Kunci 1 dari 1").waitFor();
  const back = await keep(other, "restored.key");
  assert.ok(await other.getByRole("button", { name: "Lanjut" }).isDisabled());
  await other.getByLabel("Pilih restored.key").setInputFiles([back]);
  await other.locator(".done").waitFor();
  await faultless(other, "the file of a key that is back");
  await other.getByRole("button", { name: "Lanjut" }).click();
  await other.getByText("1 kunci, siap dipakai.").waitFor();
  assert.equal(await other.getByText("satu-satunya salinan").count(), 0);
  const reopened = new Decrypter();
  reopened.addPassphrase("bukan kata sandi yang lama");
  assert.ok((await reopened.decrypt(readFileSync(back), "text")).includes(`\n${code}\n`), "the file holds the key from the paper");
  await assertQuiet(other);
});

test("cancelling leaves nothing behind", async () => {
  const page = await openPage(browser);
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("button", { name: "Recover from the paper sheet" }).click();
  await page.getByLabel(/Type the 24 words/).fill("abandon");
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("heading", { name: "1. Files" }).waitFor();
  await page.getByRole("button", { name: "Recover from the paper sheet" }).click();
  assert.equal(await page.getByLabel(/Type the 24 words/).inputValue(), "");
  await page.getByRole("button", { name: "Cancel" }).click();
  // Nor does work on keys go on.
  await page.getByRole("button", { name: "Make a new key" }).click();
  await page.getByRole("button", { name: "Offer six random words" }).click();
  await page.getByLabel("Once more").fill(await page.getByLabel("New passphrase").inputValue());
  const hired = page.waitForEvent("worker");
  await page.getByLabel("Once more").press("Enter");
  const gone = (await hired).waitForEvent("close");
  await page.getByText("Key 1 of 2").waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await gone;
  await page.getByRole("button", { name: "Make a new key" }).waitFor();
  assert.equal(page.workers().length, 0);
  await assertQuiet(page);
});

async function keep(page, name) {
  const file = await download(page, () => page.getByRole("button", { name: `Simpan ${name}` }).click());
  assert.equal(file.name, name);
  return file.path;
}

// What a phone's camera reads from the first code.
async function scan(page) {
  const size = 400;
  const pixels = await page.locator(".card svg").first().evaluate((code, size) => {
    const side = code.viewBox.baseVal.width;
    const canvas = Object.assign(document.createElement("canvas"), { width: size, height: size });
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, size, size);
    context.scale(size / side, size / side);
    context.fillStyle = "#000";
    context.fill(new Path2D(code.querySelector("path").getAttribute("d")));
    return [...context.getImageData(0, 0, size, size).data];
  }, size);
  return jsqr(new Uint8ClampedArray(pixels), size, size)?.data;
}
