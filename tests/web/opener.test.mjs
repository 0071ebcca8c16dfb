// The owner's page, opened from disk in a real browser: what the owner does with what customers really sent.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { strFromU8, unzipSync } from "fflate";
import { after, before, test } from "node:test";
import { assertQuiet, download, give, openAll, openPage, purpose } from "./desk.mjs";
import { H } from "../interop/reader.mjs";
import { fill, launch, newPage, openShop, root, segel, send, untouched } from "./browser.mjs";

const hostile = `=<img src=x onerror="document.title='kena'">`;
const photo = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(700_000, "segel")]);

let browser;
let shop;
let inbox;
before(async () => {
  browser = await launch();
  shop = await openShop({ changed: untouched });
  const file = join(shop.folder, "kartu.jpg");
  writeFileSync(file, photo);
  await customer((page) => fill(page, { photo: file }));
  await customer(async (page) => {
    await fill(page, { interest: false });
    await page.getByRole("button", { name: "Ubah" }).first().click();
    await page.getByLabel("Nama lengkap").fill(hostile);
    await page.getByRole("button", { name: "Periksa dulu" }).click();
  });
  segel(shop.folder, "pull", shop.address, "--form", "daftar", "--token-file", "token", "-o", "inbox");
  const name = readdirSync(join(shop.folder, "inbox")).find((name) => name.endsWith(".segel-export"));
  inbox = join(shop.folder, "inbox", name);
});
after(async () => {
  await browser?.close();
  shop?.close();
});

test("key, form and export in any order become a table of what was agreed", async () => {
  const page = await openPage(browser);
  const workers = [];
  page.on("worker", (worker) => workers.push(worker));
  await page.evaluate(() => addEventListener("segel-read", ({ detail }) => (globalThis.told = detail)));
  await give(page, inbox);
  await give(page, join(shop.folder, "forms/daftar.segel"), join(shop.folder, "owner.key"));
  const passphrase = page.getByLabel("Kata sandi kunci");
  await passphrase.fill("bukan ini");
  await passphrase.press("Enter");
  await page.getByRole("alert").getByText("Kata sandi salah").waitFor();
  assert.equal(await passphrase.inputValue(), "");
  assert.ok(await passphrase.evaluate((input) => input === document.activeElement), "the passphrase has the focus");
  await page.keyboard.type("kata sandi uji");
  await page.keyboard.press("Enter");
  await page.getByText("Selesai: 2 kiriman dibaca, 0 gagal dibuka.").waitFor();
  assert.deepEqual(await page.evaluate(() => globalThis.told), { total: 2, opened: 2, failed: 0, repeated: 0 });

  assert.ok(workers.length > 0 && workers.every((worker) => worker.url().startsWith("blob:")), "workers opened them");
  assert.equal(page.workers().length, 0, "and are gone, with the keys they held");

  const heading = page.getByRole("heading", { name: "1. Berkas" });
  assert.ok(await heading.evaluate((heading) => heading === document.activeElement), "the keyboard goes on from the files");

  await purpose(page, /mendaftarkan saya sebagai anggota/);
  await page.getByText("2 kiriman: 2 ditampilkan, 0 tidak boleh dipakai untuk ini, 0 gagal dibuka, 0 berulang.").waitFor();
  const cells = await page.getByRole("row").nth(2).getByRole("cell").allTextContents();
  assert.ok(cells.includes(hostile), `${cells}`);
  assert.equal(await page.getByRole("columnheader", { name: "Pekerjaan" }).count(), 0);

  await purpose(page, /mempelajari minat/);
  await page.getByText("1: pelanggan menolak").waitFor();
  assert.equal(await page.getByRole("row").count(), 2);
  assert.ok((await page.getByRole("row").nth(1).textContent()).includes("Guru"));

  await purpose(page, /mengirim penawaran/);
  await page.getByText("Tidak ada kiriman yang boleh dipakai untuk ini.").waitFor();
  await assertQuiet(page);
});

test("CSV and attachments are saved under names of ours, and no cell is a formula", async () => {
  const page = await openPage(browser);
  await openAll(page, shop, [inbox]);
  await purpose(page, /mendaftarkan saya/);
  const table = await download(page, () => page.getByRole("button", { name: "Simpan sebagai CSV" }).click());
  assert.equal(table.name, "daftar-daftar.csv");
  const args = ["-k", "owner.key", "--passphrase-file", "pass", "--form", "forms/daftar.segel", "--purpose", "daftar"];
  assert.equal(table.bytes.toString(), "\ufeff" + segel(shop.folder, "open", inbox, ...args, "--format", "csv"));
  assert.ok(table.bytes.toString().includes(`"'=<img src=x`));
  const book = await download(page, () => page.getByRole("button", { name: /XLSX/ }).click());
  assert.equal(book.name, "daftar-daftar.xlsx");
  const sheets = unzipSync(book.bytes);
  const xml = (name) => strFromU8(sheets[name]);
  const data = xml("xl/worksheets/sheet1.xml");
  assert.ok(data.includes(">+6281234567890<") && data.includes(">=&lt;img src=x"));
  assert.ok(!/<f>|<v>/.test(data), "no formula and no number");
  const cells = data.match(/<c [^>]*>/g);
  assert.ok(cells.length > 5 && cells.every((cell) => cell.includes('t="inlineStr"')), "every cell is text");
  const file = await download(page, () => page.getByRole("button", { name: "Simpan", exact: true }).click());
  assert.equal(file.name, "000001-foto-1.jpg");
  assert.ok(file.bytes.equals(photo), "the photo came out byte for byte");
  await assertQuiet(page);
});

test("locking and leaving forget everything", async () => {
  const page = await openPage(browser);
  const nothing = async () => {
    const text = await page.locator("body").innerText();
    assert.ok(!/Sari Dewi|Guru|segel1/.test(text), text);
    assert.equal(await page.getByRole("radio").count(), 0);
  };
  await openAll(page, shop, [inbox]);
  await purpose(page, /mendaftarkan saya/);
  await page.getByText("Sari Dewi").waitFor();
  await page.getByRole("button", { name: "Tutup dan lupakan semua" }).click();
  await page.getByText("Semua sudah dilupakan").waitFor();
  await nothing();
  await openAll(page, shop, [inbox]);
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide")));
  await nothing();
  const kept = await page.evaluate(async () => [localStorage.length, sessionStorage.length, document.cookie, (await indexedDB.databases()).length]);
  assert.deepEqual(kept, [0, 0, "", 0]);
  await assertQuiet(page);
});

test("a wrong file is called by its name, and a cut export shows what is whole", async () => {
  const page = await openPage(browser);
  const put = (name, bytes) => {
    writeFileSync(join(shop.folder, name), bytes);
    return join(shop.folder, name);
  };
  const bytes = readFileSync(inbox);
  const second = bytes.indexOf("\nenvelope 2 ");
  await give(
    page,
    join(shop.folder, "owner.pub"),
    join(root, "www/forms/daftar.json"),
    put("foto.jpg", photo.subarray(0, 1000)),
    put("kosong", ""),
    put("potong.segel-export", bytes.subarray(0, second + 500)),
    put("nama<b>tebal", "halo"),
  );
  for (const text of ["Ini kunci umum (.pub).", "Ini rancangan formulir", "Berkas ini kosong.", "nama<b>tebal"]) {
    await page.getByText(text).waitFor();
  }
  assert.equal(await page.getByText("Bukan kunci, formulir terbit, atau berkas kiriman.").count(), 2);
  await page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(["segel-envelope/1\n"], "diseret"));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
  });
  await page.getByText("Ini satu kiriman lepas.").waitFor();
  await openAll(page, shop, []);
  await page.getByText("Berkas kiriman terpotong setelah kiriman 1.").waitFor();
  await page.getByText("Selesai: 1 kiriman dibaca").waitFor();
  await assertQuiet(page);
});

test("it speaks English at a press, fits a phone, and can be used by keyboard", async () => {
  const page = await openPage(browser, { viewport: { width: 360, height: 700 } });
  await openAll(page, shop, [inbox]);
  await page.getByRole("button", { name: "English" }).press("Enter");
  const question = page.getByRole("radio", { name: /I agree that Toko Sari uses my name/ });
  await question.press("Space");
  await page.getByText("2 submissions: 2 shown").waitFor();
  assert.ok(await question.evaluate((input) => input === document.activeElement), "the focus stays on the choice");
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 360), "nothing sticks out");
  assert.equal(await page.locator("main").getAttribute("lang"), "en");
  const heads = await page.locator("th").allTextContents();
  assert.deepEqual([heads.includes("Full name"), heads.includes("Nama lengkap")], [true, false]);
  await assertQuiet(page);
});

async function customer(fillIn) {
  const page = await newPage(browser);
  await page.goto(shop.page);
  await fillIn(page);
  await send(page);
  await page.context().close();
}

test("a staff key shows its own columns, and says that the rest is for somebody else's", async () => {
  const [head, body] = readFileSync(join(root, "tests/vectors/envelope_staff.txt"), "utf8").split("\n\n");
  const field = (name) => new RegExp(`^${name}: (.*)$`, "m").exec(head)[1];
  const [key, export_] = [join(shop.folder, "staff.key"), join(shop.folder, "staff.segel-export")];
  writeFileSync(key, `${field("identity")}\n`);
  writeFileSync(export_, exportOf([Buffer.from(body, "base64")]));
  const page = await openPage(browser);
  await give(page, export_, join(root, "tests/vectors/forms", field("form")), key);
  await page.getByText("Selesai: 1 kiriman dibaca, 0 gagal dibuka.").waitFor();
  await page.getByRole("radio").first().check();
  await page.getByText("1 kiriman punya bagian untuk kunci orang lain; kolomnya kosong di sini.").waitFor();
  const heads = await page.locator("th").allTextContents();
  assert.deepEqual(heads.slice(0, 2), ["Nomor", "Nama lengkap"]);
  assert.ok(!heads.includes("Nomor WhatsApp"), "a column that the key may not read");
  // What is old may lack withdrawals, unless `segel pull` says that nothing came since. FORMAT §12.2.
  await page.getByText("Nomor 1 sampai 1, yang terakhir diterima 2026-11-23 03:12 (UTC).").waitFor();
  const old = page.getByText("Yang ada di sini hanya sampai 2026-11-23 03:12 (UTC).", { exact: false });
  await old.waitFor();
  const mark = join(shop.folder, "kecil.pulled");
  writeFileSync(mark, `segel-pulled/1\nform kecil\nat ${new Date().toISOString().slice(0, 19)}Z\nend 1\n`);
  await give(page, mark);
  await page.getByText(/^Kiriman di server diambil terakhir /).waitFor();
  await page.getByRole("radio").first().check();
  await page.locator("th").first().waitFor();
  await old.waitFor({ state: "detached" });
  await assertQuiet(page);
});

test("a large export with a submission built to be slow leaves the page alive: progress moves, and it can be stopped", async () => {
  const [head, body] = readFileSync(join(root, "tests/vectors/envelope_hybrid.txt"), "utf8").split("\n\n");
  const good = Buffer.from(body, "base64");
  const key = join(shop.folder, "plain.key");
  writeFileSync(key, `${/^identity: (.*)$/m.exec(head)[1]}\n`);
  const count = Math.ceil((50 * 1024 * 1024) / good.length);
  const export_ = join(shop.folder, "large.segel-export");
  writeFileSync(export_, exportOf([...Array.from({ length: count }, (_, nth) => (nth === 9 ? slow(good) : good)), null]));
  const form = join(root, "tests/vectors/forms/kecil-hybrid.segel");

  const page = await openPage(browser);
  await page.evaluate(() => {
    addEventListener("segel-read", ({ detail }) => (globalThis.told = detail));
    globalThis.tasks = [0];
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
    globalThis.steps = new Set();
    const look = () => {
      const bar = document.querySelector("progress");
      if (bar?.value) steps.add(bar.value);
      if (!globalThis.told) requestAnimationFrame(look);
    };
    look();
    globalThis.begun = performance.now();
  });
  await give(page, export_, form, key);
  await page.getByText(/^Selesai/).waitFor({ timeout: 120_000 });
  const { told, longest, whole, steps } = await page.evaluate(() => ({
    told, longest: Math.max(...tasks), whole: performance.now() - begun, steps: [...globalThis.steps],
  }));
  assert.deepEqual(told, { total: count, opened: 1, failed: 1, repeated: count - 2 });
  await page.getByText(/^Kiriman 10 /).waitFor();
  assert.ok(steps.length > 5, `progress moved ${steps.length} times`);
  assert.ok(longest * 8 < whole, `the page was silent for ${longest} of ${whole} ms`);

  const other = await openPage(browser);
  // The hand is in the page: over the wire it could come when all is read.
  await other.evaluate(() => {
    addEventListener("segel-read", ({ detail }) => (globalThis.told = detail));
    const look = () => {
      const stop = [...document.querySelectorAll("button")].find((button) => button.textContent === "Berhenti");
      if (stop?.checkVisibility() && document.querySelector("progress").value > 0) stop.click();
      else requestAnimationFrame(look);
    };
    look();
  });
  await give(other, export_, form, key);
  await other.getByText("Dihentikan. Kiriman yang belum dibuka tidak ikut dihitung; penarikan dan permintaan hapus sudah dibaca semua.").waitFor();
  await other.getByText(/^Selesai/).waitFor();
  // The last line is read, though no more was opened.
  await other.getByRole("radio").first().check();
  await other.getByText("1 kiriman sudah dihapus.").waitFor();
  const { total, opened } = await other.evaluate(() => globalThis.told);
  assert.ok(opened === 1 && total > 1 && total < count, `${total} of ${count} were read`);
  await assertQuiet(other);
});

// An export of these envelopes, as a server writes it, and of one that was deleted for each null. FORMAT §12.
function exportOf(envelopes) {
  const time = "2026-11-23T03:12:50Z";
  let chain = Buffer.alloc(32);
  const pieces = [Buffer.from(`segel-export/1\nform kecil\nafter 0 ${chain.toString("hex")}\n\n`)];
  for (const [index, envelope] of envelopes.entries()) {
    const number = Buffer.alloc(8);
    number.writeBigUInt64BE(BigInt(index + 1));
    const digest = createHash("sha256").update(envelope ?? "").digest();
    chain = H("segel/v1/chain", chain, number, Buffer.from(time), digest);
    if (envelope === null) pieces.push(Buffer.from(`gone ${index + 1} ${time} ${digest.toString("hex")} ${chain.toString("hex")}\n`));
    else pieces.push(Buffer.from(`envelope ${index + 1} ${time} ${envelope.length} ${chain.toString("hex")}\n`), envelope, Buffer.from("\n"));
  }
  pieces.push(Buffer.from(`end ${envelopes.length} ${chain.toString("hex")}\n`));
  return Buffer.concat(pieces);
}

// The same submission with as many post-quantum readers as the format allows, every one of which must be tried and opens for nobody.
function slow(envelope) {
  const text = envelope.toString("latin1");
  const [, length] = /^part main (\d+)$/m.exec(text);
  const begin = text.indexOf("\n\n") + 2;
  const main = text.slice(begin, begin + Number(length));
  const [stanza] = /-> mlkem768x25519 \S+\n\S+\n/.exec(main);
  const broken = stanza.replace(/\n(.)(\S+\n)$/, (_, first, rest) => `\n${first === "A" ? "B" : "A"}${rest}`);
  const label = main.slice(0, main.indexOf("-> mlkem768x25519"));
  const changed = label + broken.repeat(16) + main.slice(main.indexOf("\n---") + 1);
  const head = text.slice(0, begin).replace(`part main ${length}`, `part main ${changed.length}`);
  return Buffer.from(head + changed + text.slice(begin + Number(length)), "latin1");
}
