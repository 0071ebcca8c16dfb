// Unfinished answers, where the form allows them to be kept: encrypted, for this tab alone.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fill, launch, newPage, openShop, root, send } from "./browser.mjs";
import { faultless } from "./faultless.mjs";

const MARK = "Rahasia Sekali";

let browser;
let shop;
let folder;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "segel-draft-"));
  const definition = JSON.parse(readFileSync(join(root, "www/forms/daftar.json"), "utf8"));
  writeFileSync(join(folder, "daftar.json"), JSON.stringify({ ...definition, draft: true }));
  browser = await launch();
  shop = await openShop({ definition: join(folder, "daftar.json") });
});
after(async () => {
  await browser?.close();
  shop?.close();
  rmSync(folder, { recursive: true });
});

// Everything in the page's database, as text; nothing where there is none.
const database = (page) => page.evaluate(async () => {
  if (!(await indexedDB.databases()).some(({ name }) => name === "segel")) return "";
  const open = indexedDB.open("segel");
  await new Promise((resolve) => (open.onsuccess = resolve));
  const all = open.result.transaction("unsent").objectStore("unsent").getAll();
  await new Promise((resolve) => (all.onsuccess = resolve));
  open.result.close();
  const text = (bytes) => new TextDecoder("latin1").decode(bytes);
  return all.result.map(({ address, data }) => `${address} ${data ? text(data) : ""}`).join("\n");
});

async function begin(page) {
  await page.goto(shop.page);
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).click();
  await page.getByLabel("Nama lengkap").fill(MARK);
  await page.getByRole("group", { name: /mempelajari minat/ }).getByRole("radio", { name: "Ya, boleh" }).check();
  await page.getByRole("radio", { name: "Perempuan" }).check();
  await page.getByLabel("Bulan").fill("Mei");
  // Kept a little after the last key press.
  while (!(await database(page)).includes("draft "));
}

test("after a reload the answers stand there again, age and consent are asked anew, and nothing was kept in clear", async () => {
  const page = await newPage(browser, { viewport: { width: 320, height: 640 } });
  await begin(page);
  const kept = await database(page);
  assert.ok(!kept.includes("Rahasia") && !kept.includes("perempuan"), "only ciphertext");
  assert.ok(!JSON.stringify(await page.evaluate(() => ({ ...sessionStorage, ...localStorage }))).includes("Rahasia"));
  await page.reload();
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).click();
  await page.getByText(/Isian Anda yang tadi/).waitFor();
  await faultless(page, "restored");
  const yes = page.getByRole("group", { name: /mempelajari minat/ }).getByRole("radio", { name: "Ya, boleh" });
  assert.equal(await yes.isChecked(), false, "nothing is chosen for anybody");
  await yes.check();
  assert.equal(await page.getByLabel("Nama lengkap").inputValue(), MARK);
  assert.equal(await page.getByLabel("Bulan").inputValue(), "Mei");
  assert.ok(await page.getByRole("radio", { name: "Perempuan" }).isChecked());
});

test("another tab does not see it and throws it away", async () => {
  const page = await newPage(browser);
  await begin(page);
  const other = await page.context().newPage();
  await other.goto(shop.page);
  // Its shadow root is closed to the test, as it is to everybody.
  await other.waitForFunction(() => document.querySelector("segel-form").phase === "age");
  assert.equal(await database(other), "");
});

test("what a tab brings back after an hour is thrown away, and so is what comes from a later day", async () => {
  const now = Date.now();
  // From when to when, in minutes.
  for (const [from, to, left] of [[0, 59, true], [0, 61, false], [61, 0, false]]) {
    const page = await newPage(browser);
    await page.clock.setFixedTime(now + from * 60_000);
    await begin(page);
    await page.clock.setFixedTime(now + to * 60_000);
    await page.reload();
    await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).click();
    assert.equal(await page.getByLabel("Nama lengkap").inputValue(), left ? MARK : "", `from ${from} to ${to}`);
    assert.equal((await database(page)) !== "", left);
    await page.context().close();
  }
});

test("it can be cleared, and is gone once the form is sent", async () => {
  const page = await newPage(browser);
  await begin(page);
  await page.reload();
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).click();
  await page.getByRole("button", { name: "Hapus isian" }).click();
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).waitFor();
  assert.equal(await database(page), "");
  await fill(page);
  await send(page);
  assert.equal(await database(page), "");
  await page.reload();
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).waitFor();
});

test("what a stranger put into the storage is thrown away and harms nothing", async () => {
  const page = await newPage(browser);
  await begin(page);
  await page.evaluate(async () => {
    const open = indexedDB.open("segel");
    await new Promise((resolve) => (open.onsuccess = resolve));
    const store = open.result.transaction("unsent", "readwrite").objectStore("unsent");
    const all = store.getAll();
    await new Promise((resolve) => (all.onsuccess = resolve));
    await new Promise((resolve) => (store.put({ ...all.result[0], data: new Uint8Array(40) }).onsuccess = resolve));
    open.result.close();
  });
  await page.reload();
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).waitFor();
  assert.deepEqual(page.trouble, []);
});

test("a form that does not allow drafts keeps none", async () => {
  const plain = await openShop();
  try {
    const page = await newPage(browser);
    await page.goto(plain.page);
    await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).click();
    await page.getByLabel("Nama lengkap").fill(MARK);
    await page.getByRole("button", { name: "Periksa dulu" }).click();
    await page.getByRole("alert").waitFor();
    assert.deepEqual(await page.evaluate(async () => [await indexedDB.databases(), sessionStorage.length]), [[], 0]);
  } finally {
    plain.close();
  }
});
