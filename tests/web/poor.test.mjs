// Poor links, old browsers and devices that many people use: what the customer sees, and what is left behind.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fill, launch, newPage, openShop, root, send } from "./browser.mjs";
import { faultless } from "./faultless.mjs";
import { noise } from "./pictures.mjs";

let browser;
let shop;
let folder;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "segel-poor-"));
  const definition = JSON.parse(readFileSync(join(root, "www/forms/daftar.json"), "utf8"));
  definition.fields.find(({ kind }) => kind === "file").accept.push("application/pdf");
  writeFileSync(join(folder, "daftar.json"), JSON.stringify({ ...definition, draft: true }));
  browser = await launch();
  shop = await openShop({ definition: join(folder, "daftar.json") });
});
after(async () => {
  await browser?.close();
  shop?.close();
  rmSync(folder, { recursive: true });
});

const agree = (page) => page.getByRole("button", { name: "Setuju dan daftar" }).click();
const posts = (page) => page.requests.filter((request) => request.method() === "POST").length;
const databases = (page) => page.evaluate(async () => (await indexedDB.databases()).length);

// A filled form in front of a server that answers by `answer(turn, route)`, on a clock that the test turns.
async function beforeSending(answer) {
  const page = await newPage(browser, { viewport: { width: 320, height: 640 } });
  await page.clock.install();
  let turn = 0;
  await page.route("**/forms/daftar", (route) => answer((turn += 1), route));
  await page.goto(shop.page);
  await fill(page);
  return page;
}

test("a server that says when to come back is asked again then, and not before", async () => {
  const page = await beforeSending((turn, route) => (turn === 1
    ? route.fulfill({ status: 429, headers: { "retry-after": "77" }, json: { code: "rate", message: "" } })
    : route.continue()));
  await agree(page);
  await page.getByText("server sedang sibuk. Data Anda tersimpan terkunci").waitFor();
  await page.clock.runFor(70_000);
  assert.equal(posts(page), 1);
  await page.clock.runFor(8_000);
  await page.getByText("Nomor bukti", { exact: true }).waitFor();
  assert.equal(posts(page), 2);
  await page.context().close();
});

test("what two tabs could not send waits side by side, and the next visit sends both", async () => {
  const tab = await newPage(browser);
  const context = tab.context();
  const before = shop.open("daftar").total;
  await context.route("**/forms/daftar", (route) => route.abort("connectionreset"));
  const other = await context.newPage();
  for (const page of [tab, other]) {
    await page.addInitScript(() => {
      const attach = Element.prototype.attachShadow;
      Element.prototype.attachShadow = function (init) {
        return attach.call(this, { ...init, mode: "open" });
      };
    });
    await page.goto(shop.page);
    await page.getByText("Apakah Anda sudah berusia 18 tahun?").waitFor();
  }
  for (const page of [tab, other]) {
    await fill(page);
    await agree(page);
    await page.getByText("tidak ada sambungan. Data Anda tersimpan terkunci").waitFor();
  }
  for (const page of [tab, other]) await page.goto("about:blank");
  await context.unroute("**/forms/daftar");
  await tab.goto(shop.page);
  await tab.getByText("Nomor bukti", { exact: true }).waitFor();
  await tab.waitForFunction(async () => (await indexedDB.databases()).length === 0);
  assert.equal(shop.open("daftar").total, before + 2);
  await context.close();
});

test("who leaves while it is being sent loses nothing: the next visit sends the same submission", async () => {
  const page = await newPage(browser);
  const before = shop.open("daftar").total;
  let arrived;
  const held = new Promise((resolve) => (arrived = resolve));
  // The server has it; its answer never comes.
  await page.route("**/forms/daftar", async (route) => arrived((await route.fetch()).status()), { times: 1 });
  await page.goto(shop.page);
  await fill(page);
  await agree(page);
  assert.equal(await held, 201);
  assert.equal(await databases(page), 1);
  await page.reload();
  await page.getByText("Nomor bukti", { exact: true }).waitFor();
  // The key was on no screen.
  await page.getByText("hubungi toko dan sebutkan nomor bukti").waitFor();
  const { total, records } = shop.open("daftar");
  assert.equal(total, before + 1);
  assert.equal(await page.locator("segel-form dt").filter({ hasText: /^Nomor bukti$/ }).locator("+ dd").textContent(), records.at(-1).number);
  assert.equal(await databases(page), 0, "what was answered waits no longer");
  await page.context().close();
});

test("a server that never answers is given up, and asked again", async () => {
  const page = await beforeSending((turn, route) => (turn === 1 ? undefined : route.continue()));
  await agree(page);
  await page.getByText("Sedang mengunci dan mengirim").waitFor();
  while (posts(page) === 0) await page.waitForEvent("request");
  await page.clock.runFor(75_000);
  await page.getByText("server belum menjawab").waitFor();
  await page.clock.runFor(6_000);
  await page.getByText("Nomor bukti", { exact: true }).waitFor();
  await page.context().close();
});

test("trying again by itself takes neither focus nor key from who is reading", async () => {
  const page = await beforeSending((turn, route) => (turn < 4 ? route.abort("connectionreset") : route.continue()));
  await agree(page);
  const copy = page.getByRole("button", { name: "Salin" });
  await copy.focus();
  const held = await copy.elementHandle();
  for (const [seconds, turn] of [[6, 2], [16, 3]]) {
    const failed = page.waitForEvent("requestfailed");
    await page.clock.runFor(seconds * 1000);
    await failed;
    assert.equal(posts(page), turn);
    assert.ok(await held.evaluate((button) => button.isConnected && button.getRootNode().activeElement === button));
  }
  await page.clock.runFor(61_000);
  await page.getByText("Nomor bukti", { exact: true }).waitFor();
  await page.context().close();
});

test("where the browser keeps nothing, the customer is told not to close the page", async () => {
  const page = await newPage(browser);
  await page.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new Error("forbidden");
    };
  });
  await page.route("**/forms/daftar", (route) => route.abort("connectionreset"));
  await page.goto(shop.page);
  await fill(page);
  await agree(page);
  await page.getByText("Jangan tutup halaman ini").waitFor();
  assert.equal(await page.getByText("tersimpan terkunci").count(), 0);
  await page.context().close();
});

test("where the browser's storage never answers, it is sent all the same", async () => {
  const page = await newPage(browser);
  await page.addInitScript(() => {
    IDBFactory.prototype.open = () => ({});
  });
  const before = shop.open("daftar").total;
  await page.goto(shop.page);
  await fill(page);
  await agree(page);
  await page.getByText("Nomor bukti", { exact: true }).waitFor();
  assert.equal(shop.open("daftar").total, before + 1);
  await page.context().close();
});

test("what the server refuses goes back to the answers, which are still there", async () => {
  const page = await beforeSending((turn, route) => (turn === 1 ? route.fulfill({ status: 413, json: { code: "too_large" } }) : route.continue()));
  await agree(page);
  await page.getByText("terlalu besar untuk server").waitFor();
  await faultless(page, "too large");
  await page.getByRole("button", { name: "Ubah" }).click();
  assert.equal(await page.getByLabel("Nama lengkap").inputValue(), "Sari Dewi");
  await page.getByRole("button", { name: "Periksa dulu" }).click();
  await send(page);
  await page.context().close();
});

test("a large sending says that it is locked and how much is on its way", async () => {
  const page = await newPage(browser);
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route("**/forms/daftar", (route) => held.then(() => route.continue()));
  const photo = join(folder, "kartu.png");
  writeFileSync(photo, noise(1600, 1600));
  await page.goto(shop.page);
  await fill(page, { photo });
  await agree(page);
  await page.getByText(/Sudah terkunci\. Sedang mengirim [1-9] MB/).waitFor();
  assert.equal(await page.getByRole("progressbar").getAttribute("value"), null, "how much has left nobody knows");
  await faultless(page, "on its way");
  release();
  await page.getByText("Nomor bukti", { exact: true }).waitFor();
  await page.context().close();
});

test("a file that was taken away is named beside its field, and another in its place is sent", async () => {
  const page = await newPage(browser, { viewport: { width: 320, height: 640 } });
  // A picture was read when it was made small; what is sealed as it is, is read when it is sealed.
  const paper = join(folder, "kartu.pdf");
  writeFileSync(paper, "%PDF-1.4\n");
  await page.goto(shop.page);
  await fill(page, { photo: paper });
  rmSync(paper);
  await agree(page);
  await page.getByRole("alert").getByRole("button", { name: "Foto untuk kartu anggota: Berkas tidak dapat dibaca lagi. Pilih lagi." }).click();
  const input = page.getByLabel("Foto untuk kartu anggota");
  assert.equal(await input.evaluate((one) => one.getRootNode().activeElement === one && one.getAttribute("aria-invalid")), "true");
  await faultless(page, "unreadable");
  assert.equal(posts(page), 0);
  writeFileSync(paper, "%PDF-1.5\n");
  await input.setInputFiles(paper);
  await page.getByRole("button", { name: "Periksa dulu" }).click();
  await send(page);
  await page.context().close();
});

test("an answer that cannot be checked is said to be so, and trying again leads back to the fields", async () => {
  const page = await newPage(browser);
  await page.goto(shop.page);
  await fill(page);
  await page.getByRole("button", { name: "Ubah" }).click();
  // A module that broke down.
  await page.evaluate(() => {
    const { parse } = JSON;
    JSON.parse = () => {
      JSON.parse = parse;
      throw new Error("broken");
    };
  });
  await page.getByRole("button", { name: "Periksa dulu" }).click();
  await page.getByText("tidak dapat dikunci").waitFor();
  await page.getByRole("button", { name: "Coba lagi" }).click();
  assert.equal(await page.getByLabel("Nama lengkap").inputValue(), "Sari Dewi");
  await page.getByRole("button", { name: "Periksa dulu" }).click();
  await page.getByRole("heading", { name: "Periksa jawaban Anda" }).waitFor();
  await page.context().close();
});

test("who chooses a language by keyboard stays there", async () => {
  const page = await newPage(browser);
  await page.goto(shop.page);
  await page.getByRole("button", { name: "English" }).press("Enter");
  await page.getByRole("button", { name: "Yes, I am 18 or older" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "English" }).evaluate((button) => button.getRootNode().activeElement === button), true);
});

for (const [what, lack] of [
  ["constructed style sheets", () => delete globalThis.CSSStyleSheet],
  ["style sheets that a script may fill", () => delete CSSStyleSheet.prototype.replaceSync],
  ["WebAssembly", () => delete globalThis.WebAssembly],
]) {
  test(`a browser without ${what} says that it is too old, and the page hears of it`, async () => {
    const page = await newPage(browser);
    await page.addInitScript(lack);
    await page.addInitScript(() => {
      globalThis.told = [];
      addEventListener("segel-error", ({ detail, target }) => told.push([detail.code, target.phase]));
    });
    await page.goto(shop.page);
    await page.getByRole("alert").getByText("Peramban ini terlalu lama").waitFor();
    await page.getByText("This browser is too old").waitFor();
    assert.deepEqual(await page.evaluate(() => told), [["old", "refused"]]);
    assert.equal(await page.locator("segel-form :is(input, button)").count(), 0);
    assert.deepEqual(page.trouble, []);
    await page.context().close();
  });
}

// The form on a device that many people use.
async function shared(answer) {
  const page = await newPage(browser, { viewport: { width: 320, height: 640 } });
  await page.clock.install();
  await page.route("**/forms/daftar", answer);
  await page.route("**/f/daftar", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replace("<segel-form ", "<segel-form shared ") });
  });
  await page.goto(shop.page);
  await fill(page);
  return page;
}

test("a shared device keeps neither draft nor sealed bytes, and its browser offers and learns nothing", async () => {
  const page = await shared((route) => route.abort("connectionreset"));
  await page.getByRole("button", { name: "Ubah" }).click();
  const offered = await page.locator("segel-form input:not([type=radio], [type=file])").evaluateAll((inputs) => inputs.map(({ autocomplete }) => autocomplete));
  assert.ok(offered.length > 5 && offered.every((one) => one === "off"), offered.join());
  await page.clock.runFor(5_000);
  await page.getByRole("button", { name: "Periksa dulu" }).click();
  await agree(page);
  await page.getByText("Jangan tutup halaman ini").waitFor();
  assert.deepEqual([await databases(page), await page.evaluate(() => [sessionStorage.length, localStorage.length])], [0, [0, 0]]);
  await page.context().close();
});

test("a shared device asks whether anybody is there, then forgets", async () => {
  const page = await shared((route) => route.continue());
  await page.clock.runFor(181_000);
  await page.getByRole("alert").getByText("Masih di sini?").waitFor();
  await faultless(page, "still there?");
  await page.keyboard.press("Shift");
  assert.equal(await page.getByText("Masih di sini?").count(), 0);
  await page.clock.runFor(179_000);
  assert.equal(await page.getByText("Masih di sini?").count(), 0, "a sign of life begins the time anew");
  await page.getByRole("heading", { name: "Periksa jawaban Anda" }).waitFor();
  await page.clock.runFor(62_000);
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).waitFor();
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).click();
  assert.equal(await page.getByLabel("Nama lengkap").inputValue(), "");
  await page.context().close();
});

test("a form on one's own device is not cleared", async () => {
  const page = await beforeSending((_turn, route) => route.continue());
  await page.clock.runFor(600_000);
  await page.getByRole("heading", { name: "Periksa jawaban Anda" }).waitFor();
  assert.equal(await page.getByText("Masih di sini?").count(), 0);
  await page.context().close();
});
