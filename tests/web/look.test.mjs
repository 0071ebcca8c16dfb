// Looking around in the owner's page and taking out: search, order, one customer's page, JSON, one archive; and what it never does.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { strFromU8, unzipSync } from "fflate";
import { after, before, test } from "node:test";
import { fill, launch, newPage, openShop, root, segel, send, untouched } from "./browser.mjs";
import { assertQuiet, download, give, openAll, openPage, purpose } from "./desk.mjs";
import { faultless } from "./faultless.mjs";

const names = ["Sari Dewi", "Agus <b>Salim</b>", "javascript:alert(1)"];
const photo = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" onload="document.title='kena'"/>`);

let browser;
let shop;
let exports;
before(async () => {
  browser = await launch();
  shop = await openShop({ changed: untouched });
  const file = join(shop.folder, "..kartu.png");
  writeFileSync(file, photo);
  for (const [nth, name] of names.entries()) {
    const page = await newPage(browser);
    await page.goto(shop.page);
    await fill(page, { photo: nth === 1 ? file : undefined, interest: nth !== 2 });
    await page.getByRole("button", { name: "Ubah" }).first().click();
    await page.getByLabel("Nama lengkap").fill(name);
    await page.getByRole("button", { name: "Periksa dulu" }).click();
    await send(page);
    await page.context().close();
    // Each day's pull is a file of its own.
    segel(shop.folder, "pull", shop.address, "--form", "daftar", "--token-file", "token", "-o", "inbox");
  }
  exports = readdirSync(join(shop.folder, "inbox")).filter((name) => name.endsWith(".segel-export")).map((name) => join(shop.folder, "inbox", name));
});
after(async () => {
  await browser?.close();
  shop?.close();
});

const shown = (page) => page.locator("tbody tr td:nth-child(2)").allTextContents();

test("several exports are one table, which is searched and put in order", async () => {
  const page = await openPage(browser);
  assert.equal(exports.length, 3);
  await openAll(page, shop, exports.toReversed());
  await purpose(page, /mendaftarkan saya/);
  await page.getByText("3 kiriman: 3 ditampilkan").waitFor();
  assert.deepEqual(await shown(page), names);
  await faultless(page, "a table");
  const widths = await page.locator("th").evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect().width));
  assert.ok(widths.length > 5 && Math.max(...widths) < 320 && Math.min(...widths) > 120, `columns of their kind's width: ${widths}`);
  const heads = await page.locator("th").allTextContents();
  assert.deepEqual([heads.slice(0, 2), heads.slice(-2)], [["Nomor", "Nama lengkap"], ["Diterima (UTC)", "Dikunci (UTC)"]]);
  const mail = page.locator("tbody tr:first-child td").nth(heads.indexOf("E-mail"));
  assert.match(await mail.textContent(), /@/);
  assert.ok(await mail.evaluate((cell) => cell.scrollWidth <= cell.clientWidth && cell.getClientRects().length === 1), "a mail address is seen whole");
  const search = page.getByRole("searchbox", { name: "Cari" });
  await search.fill("SALIM <b>");
  await page.getByText("1 dari 3 cocok").waitFor();
  assert.deepEqual(await shown(page), [names[1]]);
  assert.equal(await page.getByRole("table").getAttribute("aria-rowcount"), "2");
  await search.fill("tidak ada orang ini");
  await page.getByText("0 dari 3 cocok").waitFor();
  await search.fill("");
  const name = page.getByRole("columnheader", { name: "Nama lengkap" });
  await name.getByRole("button").press("Enter");
  await page.locator('th[aria-sort="ascending"]').waitFor();
  assert.deepEqual(await shown(page), [names[1], names[2], names[0]]);
  await name.getByRole("button").press("Enter");
  await page.locator('th[aria-sort="descending"]').waitFor();
  assert.deepEqual(await shown(page), [names[0], names[2], names[1]]);
  await assertQuiet(page);
});

const H = (label, ...parts) => parts.reduce((hash, part) => {
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(part.length));
  return hash.update(length).update(part);
}, createHash("sha256").update(`${label}\0`)).digest();

test("a wish for deletion that no receipt signed is not obeyed, and raises an alarm", async () => {
  const text = readFileSync(exports[2]).toString("latin1");
  const [, end] = /\nend 3 ([0-9a-f]{64})\n$/.exec(text);
  const [, time] = /\nenvelope 3 (\S+) /.exec(text);
  const [, form, id] = /\nform ([0-9a-f]{64})\nid ([0-9a-f]{32})\n/.exec(text);
  const said = Buffer.from(`segel-statement/1\nform ${form}\nid ${id}\ntime ${time}\ndelete\nsignature ${"ab".repeat(64)}\n`);
  const number = Buffer.from([0, 0, 0, 0, 0, 0, 0, 4]);
  const last = H("segel/v1/chain", Buffer.from(end, "hex"), number, Buffer.from(time), createHash("sha256").update(said).digest()).toString("hex");
  const forged = join(shop.folder, "forged.segel-export");
  writeFileSync(forged, `segel-export/1\nform daftar\nafter 3 ${end}\n\nstatement 4 ${time} ${said.length} ${last}\n${said}\nend 4 ${last}\n`);
  const page = await openPage(browser);
  await openAll(page, shop, [...exports, forged]);
  await purpose(page, /mendaftarkan saya/);
  await page.getByText("3 kiriman: 3 ditampilkan").waitFor();
  const alarm = page.locator("p.wrong", { hasText: /tidak ditandatangani bukti pelanggannya: [0-9A-Z]{4}-[0-9A-Z]{4}\. Tidak ditaati\./ });
  await alarm.waitFor();
  await assertQuiet(page);
  await page.context().close();
});

test("a form of another key is named in red, and each form's purposes are its own", async () => {
  const page = await openPage(browser);
  await openAll(page, shop, exports);
  await give(page, join(root, "tests/vectors/forms/kecil-x25519.segel"));
  await page.locator("p.wrong", { hasText: "Ditandatangani dengan kunci lain" }).waitFor();
  await page.getByText("formulir kecil").first().waitFor();
  const options = await page.locator("label.option").allTextContents();
  assert.deepEqual([options.filter((text) => text.includes("formulir daftar")).length, options.filter((text) => text.includes("formulir kecil")).length], [3, 2]);
  await purpose(page, /mendaftarkan saya/);
  await page.getByText("3 kiriman: 3 ditampilkan").waitFor();
  await assertQuiet(page);
  await page.context().close();
});

test("what the server says is damaged is named, until an export has it", async () => {
  const [first, second] = exports.map((path) => readFileSync(path));
  const [, end] = /\nend 1 ([0-9a-f]{64})\n$/.exec(first.toString("latin1"));
  const [, time, chain] = /\nenvelope 2 (\S+) \d+ ([0-9a-f]{64})\n/.exec(second.toString("latin1"));
  const [, length] = /\nenvelope 2 \S+ (\d+) /.exec(second.toString("latin1"));
  const start = second.indexOf("\n", second.indexOf("\nenvelope 2 ") + 1) + 1;
  const digest = createHash("sha256").update(second.subarray(start, start + Number(length))).digest();
  const number = Buffer.from([0, 0, 0, 0, 0, 0, 0, 3]);
  const said = createHash("sha256").update("said").digest();
  const last = H("segel/v1/chain", Buffer.from(chain, "hex"), number, Buffer.from(time), said).toString("hex");
  const damaged = join(shop.folder, "damaged.segel-export");
  writeFileSync(damaged, `segel-export/1\nform daftar\nafter 1 ${end}\n\ndamaged 2 ${time} envelope ${digest.toString("hex")} ${chain}\n`
    + `damaged 3 ${time} statement ${said.toString("hex")} ${last}\nend 3 ${last}\n`);
  const page = await openPage(browser);
  await openAll(page, shop, [exports[0], damaged]);
  await purpose(page, /mendaftarkan saya/);
  await page.getByText("1 kiriman: 1 ditampilkan").waitFor();
  await page.getByText("Rusak di server: kiriman nomor 2, pernyataan nomor 3.").waitFor();
  await assertQuiet(page);
  const again = await openPage(browser);
  await openAll(again, shop, [exports[1], damaged, exports[0]]);
  await purpose(again, /mendaftarkan saya/);
  await again.getByText("2 kiriman: 2 ditampilkan").waitFor();
  await again.getByText("Rusak di server: pernyataan nomor 3.").waitFor();
  for (const one of [page, again]) await one.context().close();
});

test("one customer's page has the sentences that were shown, and answers of the purpose alone", async () => {
  const page = await openPage(browser, { viewport: { width: 320, height: 640 } });
  await openAll(page, shop, exports);
  await purpose(page, /mempelajari minat/);
  await page.getByRole("row").nth(1).getByRole("button").first().press("Enter");
  const heading = page.getByRole("heading", { name: /^Pelanggan / });
  assert.ok(await heading.evaluate((heading) => heading === document.activeElement), "the keyboard goes on at the customer");
  await faultless(page, "a customer's page");
  const person = page.locator(".person");
  assert.ok((await person.textContent()).includes("Guru"));
  assert.ok(!(await person.textContent()).includes("Sari Dewi"), "the name serves another purpose");
  assert.deepEqual(await person.locator(".choices strong").allTextContents().then((all) => all.map((text) => text.split(",")[0])), ["Ya", "Ya", "Tidak"]);
  const { purposes } = JSON.parse(readFileSync(join(root, "www/forms/daftar.json"), "utf8"));
  assert.deepEqual(await person.locator(".choices p").allTextContents(), purposes.map(({ question }) => question.id));
  await person.getByText("Pemberitahuan yang ditampilkan").click();
  await person.getByText("Toko Sari", { exact: false }).nth(1).waitFor();
  await page.emulateMedia({ media: "print" });
  assert.ok((await person.isVisible()) && !(await page.getByRole("heading", { name: "1. Berkas" }).isVisible()), "one customer is printed alone");
  await page.emulateMedia({ media: "screen" });
  await page.getByRole("button", { name: "Kembali ke tabel" }).click();
  await page.getByRole("table").waitFor();
  assert.equal(await page.locator("main a").count(), 0, "nothing that a customer wrote is a link");
  await assertQuiet(page);
});

test("an export that was left out between two is missed, whatever the order, until it is given", async () => {
  const page = await openPage(browser);
  await openAll(page, shop, [exports[2], exports[0]]);
  const missing = page.getByText(/^Mulai dari nomor 3, padahal berkas sebelumnya berakhir di nomor 1\. Mungkin ada berkas yang belum dipilih/);
  await missing.waitFor();
  await faultless(page, "an export is missing");
  await give(page, exports[1]);
  await page.getByText("Selesai: 3 kiriman dibaca, 0 gagal dibuka.").waitFor();
  assert.equal(await missing.count(), 0);
  await assertQuiet(page);
});

test("a wish that came by phone is written down on the customer's page, obeyed, and obeyed again from the file", async () => {
  const page = await openPage(browser);
  await openAll(page, shop, exports);
  await purpose(page, /mempelajari minat/);
  const before = await page.locator("tbody tr").count();
  await page.locator("tbody button").first().click();
  const number = /[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(await page.locator(".person h2").textContent())[0];
  await page.getByText("Catat permintaan").click();
  await page.getByRole("button", { name: "Catat dan simpan" }).click();
  assert.ok(await page.getByLabel("Yang diminta").evaluate((select) => select === document.activeElement), "nothing is wanted yet");
  await faultless(page, "a request to be written down");
  await page.getByLabel("Yang diminta").selectOption({ label: "Tarik persetujuan: mempelajari minat Anda" });
  await page.getByLabel("Lewat", { exact: true }).selectOption({ label: "Telepon" });
  const register = await download(page, () => page.getByRole("button", { name: "Catat dan simpan" }).click());
  assert.equal(register.name, "requests.txt");
  assert.match(register.bytes.toString(), /^segel-requests\/1\n\S+Z [0-9a-f]{32} withdraw:minat phone\n$/);
  await page.getByText("Dicatat, dan disimpan sebagai requests.txt.", { exact: false }).waitFor();
  await page.getByText("1 kiriman boleh dipakai", { exact: true }).waitFor();
  await page.getByText(`${number}: pelanggan menarik persetujuannya, `, { exact: false }).waitFor();
  assert.equal(await page.locator("tbody tr").count(), before - 1);
  // Their page for another purpose shows the yes, and that it no longer holds.
  await purpose(page, /mendaftarkan saya/);
  await page.getByRole("button", { name: number }).click();
  await page.locator(".person .choices").getByText(/^ditarik, /).waitFor();
  await assertQuiet(page);

  const other = await openPage(browser);
  await openAll(other, shop, [...exports, register.path]);
  await other.getByText("1 permintaan yang dicatat; ditaati.").waitFor();
  await purpose(other, /mempelajari minat/);
  await other.getByText("1: pelanggan menarik persetujuannya").waitFor();
  const broken = join(shop.folder, "requests-rusak.txt");
  writeFileSync(broken, `${register.bytes}besok telepon lagi\n`);
  await give(other, broken);
  await other.getByText("Catatan permintaan, tetapi baris 3 rusak", { exact: false }).waitFor();
  assert.equal(await other.getByRole("radio").count(), 0, "nothing is offered while it is not known who asked");
  await assertQuiet(other);
});

test("JSON is the command line's byte for byte, and attachments are one archive under names of ours", async () => {
  const page = await openPage(browser);
  await openAll(page, shop, exports);
  await purpose(page, /mendaftarkan saya/);
  const json = await download(page, () => page.getByRole("button", { name: "Simpan sebagai JSON" }).click());
  assert.equal(json.name, "daftar-daftar.json");
  const args = ["-k", "owner.key", "--passphrase-file", "pass", "--form", "forms/daftar.segel", "--purpose", "daftar"];
  assert.equal(json.bytes.toString(), segel(shop.folder, "open", "inbox", ...args, "--format", "json"));
  const about = await download(page, () => page.getByRole("button", { name: "Simpan keterangan" }).click());
  assert.equal(about.name, "daftar-daftar.about.csv");
  assert.match(about.bytes.toString(), /^\ufeffFormulir,daftar\r\nHanya untuk tujuan,daftar\r\nDibuat,\S+Z\r\nKiriman,3\r\nAda di tabel ini,3\r\n/);
  const archive = await download(page, () => page.getByRole("button", { name: "Simpan semua lampiran" }).click());
  assert.equal(archive.name, "daftar-daftar.zip");
  await page.getByText("1 lampiran dalam satu arsip, 0 gagal dibuka.").waitFor();
  const files = unzipSync(archive.bytes);
  assert.deepEqual(Object.keys(files).sort(), ["000002-foto-1.png", "about.csv", "index.csv"].sort());
  assert.ok(Buffer.from(files["000002-foto-1.png"]).equals(photo));
  assert.match(strFromU8(files["index.csv"]), /^file,number,field,name,type,state\r\n000002-foto-1\.png,\S+,foto,/);
  assert.ok(strFromU8(files["about.csv"]).includes("Hanya untuk tujuan,daftar\r\n"));

  await purpose(page, /mempelajari minat/);
  await page.getByText("1: pelanggan menolak").waitFor();
  const interest = await download(page, () => page.getByRole("button", { name: "Simpan sebagai JSON" }).click());
  const { purpose: named, left_out, records, total } = JSON.parse(interest.bytes);
  assert.deepEqual([named, left_out, records.length, total], ["minat", { refused: 1 }, 2, 3]);
  assert.equal(await page.getByRole("button", { name: "Simpan semua lampiran" }).count(), 0, "the photo serves another purpose");
  await assertQuiet(page);
});

test("an attachment whose export was changed since it was read is counted as failed", async () => {
  const copy = join(shop.folder, "copy.segel-export");
  writeFileSync(copy, readFileSync(exports[1]));
  const page = await openPage(browser);
  await openAll(page, shop, [copy, exports[0]]);
  await purpose(page, /mendaftarkan saya/);
  writeFileSync(copy, "");
  const archive = await download(page, () => page.getByRole("button", { name: "Simpan semua lampiran" }).click());
  await page.getByText("0 lampiran dalam satu arsip, 1 gagal dibuka.").waitFor();
  assert.match(strFromU8(unzipSync(archive.bytes)["index.csv"]), /,failed\r\n$/);
});

test("ten idle minutes forget everything, and a hand on the page begins them anew", async () => {
  const page = await newPage(browser);
  await page.clock.install();
  await page.goto(new URL(`file://${join(root, "dist/buka.html")}`).href);
  await give(page, join(shop.folder, "forms/daftar.segel"), ...exports);
  await page.getByText("Formulir “").waitFor();
  await page.clock.fastForward("09:30");
  await page.keyboard.press("Shift");
  await page.clock.runFor("09:30");
  assert.ok(await page.getByText("Formulir “").isVisible());
  await page.clock.runFor("00:45");
  await page.getByText("Sepuluh menit tidak dipakai").waitFor();
  assert.equal(await page.getByText("Formulir “").count(), 0);
});

test("a key where an export belongs and an export where a key belongs are called what they are; no secret is repeated", async () => {
  const page = await openPage(browser);
  const put = (name, text) => {
    writeFileSync(join(shop.folder, name), text);
    return join(shop.folder, name);
  };
  await give(page, put("kiriman.segel-export", "AGE-SECRET-KEY-1RAHASIA\n"), put("owner2.key", "segel-export/1\n"));
  await page.locator(".wrong").nth(1).waitFor();
  const text = await page.locator("main").textContent();
  assert.ok(!text.includes("RAHASIA") && text.includes("Kunci ini rusak di baris 1") && text.includes("Berkas kiriman terpotong"), text);
  await assertQuiet(page);
});

test("a planted script, image, frame, form and connection are stopped by the page's policy", async () => {
  const page = await openPage(browser);
  const stopped = await page.evaluate(async () => {
    const tried = [];
    const attempt = (name, act) => Promise.resolve().then(act).then(() => tried.push(name), () => {});
    await attempt("fetch", () => fetch("http://127.0.0.1:9/"));
    await attempt("beacon", () => navigator.sendBeacon("http://127.0.0.1:9/") || Promise.reject());
    await attempt("socket", () => new Promise((open, shut) => Object.assign(new WebSocket("ws://127.0.0.1:9/"), { onopen: open, onerror: shut })));
    await attempt("image", () => new Promise((load, fail) => Object.assign(new Image(), { onload: load, onerror: fail, src: "http://127.0.0.1:9/x.png" })));
    await attempt("markup", () => (document.body.innerHTML += "<b>x</b>"));
    await attempt("script", () => document.body.append(Object.assign(document.createElement("script"), { text: "globalThis.planted = 1" })));
    const frame = Object.assign(document.createElement("iframe"), { src: "http://127.0.0.1:9/" });
    const form = Object.assign(document.createElement("form"), { action: "http://127.0.0.1:9/", method: "post" });
    document.body.append(frame, form);
    form.submit();
    return { tried, planted: globalThis.planted };
  });
  assert.deepEqual(stopped.planted, undefined);
  assert.deepEqual(stopped.tried.filter((name) => name !== "beacon"), []);
  const asked = page.requests.map((request) => request.url()).filter((url) => url.startsWith("http"));
  for (const url of asked) assert.ok(page.requests.find((request) => request.url() === url).failure(), `${url} went out`);
  for (const directive of ["connect-src", "frame-src", "form-action"]) {
    await page.waitForFunction((directive) => globalThis.violations.includes(directive), directive);
  }
  // A worker inherits the policy, and no other script becomes one.
  const worker = await page.evaluate(() => {
    try {
      return String(new Worker(URL.createObjectURL(new Blob(["postMessage(1)"]))));
    } catch (error) {
      return error.name;
    }
  });
  assert.equal(worker, "TypeError");
  const again = await page.evaluate(() => {
    try {
      return String(trustedTypes.createPolicy("segel-helper", { createScriptURL: (url) => url }));
    } catch (error) {
      return error.name;
    }
  });
  assert.equal(again, "TypeError");
});
