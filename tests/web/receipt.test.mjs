// What a customer keeps and can do later: the link, its code for a camera, and the receipt's page, in a real browser.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import jsqr from "jsqr";
import { fill, launch, newPage, openShop, segel, send } from "./browser.mjs";
import { faultless } from "./faultless.mjs";

let browser;
let shop;
before(async () => {
  browser = await launch();
  shop = await openShop();
});
after(async () => {
  await browser?.close();
  shop?.close();
});

// Sends the form and returns the page and the link that the customer is given.
async function sent(options, where = shop) {
  const page = await newPage(browser, options);
  await page.goto(where.page);
  await fill(page, options);
  await send(page);
  const link = await page.locator("segel-form code a").getAttribute("href");
  return { page, link };
}

test("the link is drawn as a code that a camera reads", async () => {
  const { page, link } = await sent();
  assert.match(link, /\/r\/daftar#SEGEL-RECEIPT-1\w{58}$/);
  const image = await page.locator("segel-form canvas").evaluate((canvas) => {
    // As large as a camera sees it.
    const large = document.createElement("canvas");
    large.width = large.height = canvas.width * 4;
    const pen = large.getContext("2d");
    pen.imageSmoothingEnabled = false;
    pen.drawImage(canvas, 0, 0, large.width, large.height);
    return { side: large.width, pixels: Array.from(pen.getImageData(0, 0, large.width, large.height).data) };
  });
  assert.equal(jsqr(Uint8ClampedArray.from(image.pixels), image.side, image.side).data, link);
});

const sheets = (pdf) => pdf.toString("latin1").match(/\/Type\s*\/Page[^s]/g).length;

test("printing prints the receipt and not the page around it", async () => {
  const { page } = await sent();
  await page.evaluate(() => {
    document.body.prepend(Object.assign(document.createElement("p"), { id: "around", textContent: "iklan" }));
    globalThis.print = () => {
      globalThis.printed = getComputedStyle(document.querySelector("#around")).display;
    };
  });
  await page.emulateMedia({ media: "print" });
  await page.locator("segel-form").evaluate((form) => {
    [...form.shadowRoot.querySelectorAll("button")].find((button) => button.textContent === "Cetak").click();
  });
  assert.equal(await page.evaluate(() => globalThis.printed), "none");
  const pages = await page.pdf({ format: "A4" });
  assert.equal(sheets(pages), 1, "one page");
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  assert.notEqual(await page.evaluate(() => getComputedStyle(document.querySelector("#around")).display), "none");
});

test("a customer withdraws a consent and has the data deleted, with the key alone", async () => {
  const { link } = await sent();
  const secret = link.split("#")[1];
  const page = await newPage(browser, { viewport: { width: 320, height: 640 } });
  await page.goto(link);
  await page.getByText("tersimpan, terkunci").waitFor();
  assert.equal(await page.evaluate(() => location.hash), "", "the key does not stay in the address");
  await faultless(page, "standing");
  const profiling = page.getByRole("group", { name: /mempelajari minat/ });
  await profiling.getByRole("button", { name: "Tarik persetujuan" }).click();
  await faultless(page, "asking once more");
  await profiling.getByRole("button", { name: "Batal" }).click();
  await profiling.getByRole("button", { name: "Tarik persetujuan" }).click();
  await profiling.getByRole("button", { name: "Ya, tarik" }).click();
  await page.getByText(/Persetujuan untuk mempelajari minat Anda sudah ditarik/).waitFor();
  await profiling.getByText(/^Ditarik /).waitFor();
  await faultless(page, "withdrawn");
  assert.equal(shop.open("minat").left_out.withdrawn, 1, "the owner's table obeys");
  const [saved] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Simpan sebagai berkas", exact: true }).click()]);
  const stamps = readFileSync(await saved.path(), "utf8").split("\n").filter((line) => line.startsWith("Tanda terima server: "));
  assert.equal(stamps.length, 2, "of the submission and of what was said");
  for (const [nth, what] of ["submission", "statement"].entries()) {
    writeFileSync(join(shop.folder, "stamp.txt"), stamps[nth]);
    const { facts } = JSON.parse(segel(shop.folder, "inspect", "stamp.txt", "--format", "json"));
    assert.deepEqual([facts.what, facts.signature], [what, "good"]);
  }
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { name: "Deletion" }).waitFor();
  await page.getByRole("button", { name: "Delete all my data" }).click();
  await page.getByRole("button", { name: "Yes, delete everything" }).click();
  await page.getByText(/Your data was deleted from the server/).waitFor();
  await page.getByText("deleted from the server", { exact: true }).waitFor();
  await faultless(page, "deleted");
  assert.equal(shop.open("daftar").left_out.deletion_requested, 1, "and names the copy that was pulled before");
  assert.deepEqual(page.trouble, []);
  assert.deepEqual(await page.evaluate(() => globalThis.violations), []);
  for (const request of page.requests) {
    assert.ok(!request.url().includes(secret.slice(20)) && !(request.postData() ?? "").includes(secret.slice(20)), request.url());
  }
});

// A page of the shop's own in front of the server; what `answers(request, response)` takes does not reach it.
async function inFront(answers = () => false) {
  const html = `<!doctype html><html lang="id"><title>Bukti</title><segel-receipt src="/forms/daftar.segel" owner="${shop.owner}"></segel-receipt><script type="module" src="/segel/receipt.js"></script>`;
  const site = createServer(async (request, response) => {
    if (answers(request, response)) return;
    if (/^\/(\?|$)/.test(request.url)) return response.writeHead(200, { "content-type": "text/html" }).end(html);
    const reply = await fetch(shop.address + request.url);
    response.writeHead(reply.status, { "content-type": reply.headers.get("content-type") }).end(Buffer.from(await reply.arrayBuffer()));
  });
  await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
  const stop = () => (site.closeAllConnections(), site.close());
  return { address: `http://127.0.0.1:${site.address().port}`, stop };
}

test("an answer without an end is not read on, one that never comes is not waited for, and nobody is told that nothing changed", async () => {
  const { link } = await sent();
  let [how, heard, ended] = [null];
  const next = (name) => {
    how = name;
    [heard, ended] = [later(), later()];
  };
  const { address, stop } = await inFront(({ url }, response) => {
    if (!how || !/submissions|statements/.test(url)) return false;
    response.on("close", ended.resolve);
    heard.resolve();
    if (how === "silent") return true;
    const piece = Buffer.alloc(65536, " ");
    const more = () => {
      while (response.write(piece));
    };
    response.on("drain", more);
    more();
    return true;
  });
  const page = await newPage(browser);
  try {
    await page.clock.install();
    const open = async (name) => {
      next(name);
      await page.goto(`${address}/?${name}#${link.split("#")[1]}`);
    };
    await open("endless");
    await page.getByText(/Server menolak permintaan ini/).waitFor();
    await ended.promise;
    await open("silent");
    await heard.promise;
    await page.clock.runFor(63_000);
    await page.getByText(/Server sedang sibuk/).waitFor();
    await ended.promise;
    for (const name of ["endless", "silent"]) {
      await open(null);
      await page.getByRole("button", { name: "Hapus semua data saya" }).click();
      next(name);
      await page.getByRole("button", { name: "Ya, hapus semuanya" }).click();
      await heard.promise;
      if (name === "silent") await page.clock.runFor(63_000);
      await page.getByText("Belum pasti tercatat: jawaban server tidak sampai.").waitFor();
      await ended.promise;
    }
  } finally {
    await page.context().close();
    stop();
  }
});

function later() {
  const made = {};
  made.promise = new Promise((resolve) => (made.resolve = resolve));
  return made;
}

test("the shop's own page about rights is a link, and the server's page says in its title that something is wrong", async () => {
  const other = await openShop({ changed: (form) => ({ ...form, rights: { ...form.rights, url: "https://tokosari.example/hak" } }) });
  try {
    const { link } = await sent({}, other);
    const page = await newPage(browser, { viewport: { width: 320, height: 640 } });
    await page.goto(`${other.address}/r/daftar`);
    const title = "Bukti dan pilihan Anda · Daftar anggota Toko Sari · Toko Sari";
    const input = page.getByLabel("Tempel tautan atau kunci bukti Anda");
    await input.fill("halo");
    assert.equal(await page.title(), title);
    await input.press("Enter");
    await page.getByText(/Itu bukan kunci bukti/).waitFor();
    assert.equal(await page.title(), `Ada masalah: ${title}`);
    await input.fill(link);
    await input.press("Enter");
    const rights = page.getByRole("link", { name: "https://tokosari.example/hak" });
    await rights.waitFor();
    assert.equal(await page.title(), title);
    assert.equal(await rights.getAttribute("href"), "https://tokosari.example/hak");
    await faultless(page, "with a page about rights");
    await page.getByRole("button", { name: "Hapus semua data saya" }).click();
    await page.route("**/statements", (route) => route.abort());
    await page.getByRole("button", { name: "Ya, hapus semuanya" }).click();
    await page.getByText("Belum pasti tercatat").waitFor();
    assert.equal(await page.title(), `Ada masalah: ${title}`);
    await page.getByRole("button", { name: "English" }).click();
    await page.getByText("Not confirmed").waitFor();
    assert.equal(await page.title(), `Problem: ${title}`);
    await faultless(page, "not confirmed");
  } finally {
    other.close();
  }
});

test("a receipt's page that is kept whole for \"back\" asks for the key again, and has none", async () => {
  const { link } = await sent();
  // What a server says must not be stored, a browser does not keep.
  const { address, stop } = await inFront();
  const own = await launch([], { ignoreDefaultArgs: ["--disable-back-forward-cache"] });
  try {
    const page = await newPage(own);
    await page.addInitScript(() => addEventListener("pageshow", ({ persisted }) => (globalThis.persisted = persisted)));
    await page.goto(`${address}/#${link.split("#")[1]}`);
    await page.getByText("tersimpan, terkunci").waitFor();
    await page.goto(`${shop.page}/notice`);
    await page.goBack({ waitUntil: "commit" });
    await page.getByLabel("Tempel tautan atau kunci bukti Anda").waitFor();
    assert.equal(await page.evaluate(() => globalThis.persisted), true);
    assert.equal(await page.locator("segel-receipt code").count(), 0);
    await page.getByLabel("Tempel tautan atau kunci bukti Anda").fill(link);
    await page.getByRole("button", { name: "Buka bukti" }).click();
    await page.getByText("tersimpan, terkunci").waitFor();
  } finally {
    await own.close();
    stop();
  }
});

test("a browser that is too old for a receipt's page says so, and the key stays where another can take it", async () => {
  const { link } = await sent();
  const page = await newPage(browser);
  await page.addInitScript(() => delete globalThis.CSSStyleSheet);
  await page.goto(link);
  await page.getByRole("alert").getByText("Peramban ini terlalu lama").waitFor();
  assert.equal(page.url(), link);
  assert.deepEqual(page.trouble, []);
});

test("a key that was mistyped or is none is said to be so, and may be pasted as a link", async () => {
  const { link } = await sent();
  const secret = link.split("#")[1];
  const page = await newPage(browser, { viewport: { width: 320, height: 640 } });
  await page.goto(`${shop.address}/r/daftar`);
  const input = page.getByLabel("Tempel tautan atau kunci bukti Anda");
  await input.fill(secret.slice(0, -1) + (secret.endsWith("Q") ? "P" : "Q"));
  await page.getByRole("button", { name: "Buka bukti" }).click();
  await page.getByText(/Ada huruf yang salah atau kurang/).waitFor();
  await faultless(page, "mistyped");
  await input.fill("halo");
  await input.press("Enter");
  await page.getByText(/Itu bukan kunci bukti/).waitFor();
  await input.fill(` ${link} `);
  await input.press("Enter");
  await page.getByText("tersimpan, terkunci").waitFor();
});

test("another form's page, an unknown receipt and a server that is gone change nothing and say so", async () => {
  const { link } = await sent();
  const page = await newPage(browser);
  await page.route("**/submissions/**", (route) => route.abort());
  await page.goto(link);
  await page.getByText(/Tidak ada sambungan\. Belum ada yang berubah/).waitFor();
  await page.unroute("**/submissions/**");
  await page.route("**/submissions/**", (route) => route.fulfill({ status: 404, body: '{"code":"unknown_submission","message":""}' }));
  await page.goto(`${shop.address}/r/daftar?x`);
  await page.goto(link);
  await page.getByText(/Tidak ada data dengan bukti ini di server/).waitFor();
  await page.unroute("**/submissions/**");
  await page.goto(`${shop.address}/r/daftar?y`);
  await page.goto(link);
  await page.getByRole("button", { name: "Hapus semua data saya" }).click();
  await page.route("**/statements", (route) => route.fulfill({ status: 403, body: '{"code":"signature","message":""}' }));
  await page.getByRole("button", { name: "Ya, hapus semuanya" }).click();
  await page.getByText(/Server menolak permintaan ini\. Belum ada yang berubah/).waitFor();
  await page.getByText("tersimpan, terkunci").waitFor();
});

test("where the form could not be fetched the key is not asked for again", async () => {
  const { link } = await sent();
  const page = await newPage(browser);
  await page.route("**/daftar.segel", (route) => route.abort());
  await page.goto(link);
  await page.getByText(/Formulir tidak dapat dimuat/).waitFor();
  await page.getByRole("button", { name: "English" }).click();
  await page.unroute("**/daftar.segel");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("stored, locked").waitFor();
  await page.context().close();
});

test("a polluted prototype names neither where a form is sent nor where a receipt asks", async () => {
  const page = await newPage(browser);
  const pollute = (page) => page.addInitScript(() => {
    Object.prototype.endpoint = "https://lain.example/curi";
    Object.prototype.url = "https://lain.example/hak";
  });
  await pollute(page);
  await page.goto(shop.page);
  await fill(page);
  await send(page);
  const link = await page.locator("segel-form code a").getAttribute("href");
  const visit = await newPage(browser);
  await pollute(visit);
  await visit.goto(link);
  await visit.getByText("tersimpan, terkunci").waitFor();
  assert.equal(await visit.locator("a[href^='https://lain']").count(), 0);
  for (const request of [...page.requests, ...visit.requests]) assert.ok(request.url().startsWith(shop.address), request.url());
});
