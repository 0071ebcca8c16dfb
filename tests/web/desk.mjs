// Drives the owner's page as it lies on disk, offline from the start: the page is a file, and nothing else is needed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { newPage, root } from "./browser.mjs";

export const address = pathToFileURL(join(root, "dist/buka.html")).href;

export async function openPage(browser, options = {}) {
  const page = await newPage(browser, options);
  await page.context().setOffline(true);
  await page.goto(address);
  await page.getByRole("heading", { name: "Buka kiriman" }).waitFor();
  return page;
}

export function give(page, ...files) {
  return page.locator("#files").setInputFiles(files);
}

// Key, form and exports, and the passphrase: until everything is read.
export async function openAll(page, shop, exports) {
  await give(page, ...exports, join(shop.folder, "forms/daftar.segel"), join(shop.folder, "owner.key"));
  await page.getByLabel("Kata sandi kunci").fill("kata sandi uji");
  await page.getByRole("button", { name: "Buka kunci" }).click();
  await page.getByText(/^Selesai/).waitFor();
}

export function purpose(page, name) {
  return page.getByRole("radio", { name }).check();
}

export async function download(page, act) {
  const [file] = await Promise.all([page.waitForEvent("download"), act()]);
  return { name: file.suggestedFilename(), path: await file.path(), bytes: readFileSync(await file.path()) };
}

// Nothing was asked for but the page itself, nothing complained, and no text of a customer became markup.
export async function assertQuiet(page) {
  assert.deepEqual(page.trouble, []);
  const asked = page.requests.map((request) => request.url()).filter((url) => !url.startsWith("blob:"));
  assert.deepEqual(asked, [address]);
  assert.deepEqual(await page.evaluate(() => globalThis.violations), []);
  assert.equal(await page.title(), "Segel: buka kiriman");
  assert.equal(await page.locator("main img, main script, main b").count(), 0);
}
