// The form in a real browser, against the real server: what a customer does, and what an attacker would look for.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fill, launch, newPage, openShop, send } from "./browser.mjs";
import { noise, size } from "./pictures.mjs";

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

test("what was filled in, with a photo, is what the owner opens", async () => {
  const page = await newPage(browser);
  const photo = join(shop.folder, "kartu.png");
  writeFileSync(photo, noise(2400, 1200));
  await page.goto(shop.page);
  await fill(page, { photo });
  await send(page);
  const number = await page.locator("segel-form dd").nth(1).textContent();
  const files = join(shop.folder, "files");
  const opened = shop.open("daftar", "--files", files);
  const record = opened.records.at(-1);
  assert.equal(record.number, number);
  assert.equal(record.answers.nama, "Sari Dewi");
  assert.equal(record.answers.wa, "+6281234567890");
  assert.deepEqual(Object.keys(record.answers).sort(), ["email", "foto", "kota", "nama", "provinsi", "wa"]);
  const written = join(files, `${String(record.sequence).padStart(6, "0")}-foto-1.jpg`);
  assert.deepEqual(size(readFileSync(written)), [1600, 800], "the photo came out as the form promises it");
  assert.deepEqual(shop.open("minat").records.at(-1).answers, { kelamin: "perempuan", lahir: "2000-02-29", pekerjaan: "Guru" });
  assert.equal(shop.open("penawaran").left_out.refused, opened.total);
  await assertQuiet(page);
});

test("a refused purpose takes its fields along", async () => {
  const page = await newPage(browser);
  await page.goto(shop.page);
  await fill(page, { interest: false });
  assert.equal(await page.getByText("Tanggal lahir", { exact: true }).count(), 0);
  await send(page);
  const opened = shop.open("minat");
  assert.ok(opened.left_out.refused >= 1);
  await assertQuiet(page);
});

test("nothing is chosen beforehand, and what is missing is named with the focus on it", async () => {
  const page = await newPage(browser);
  await page.goto(shop.page);
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).click();
  assert.equal(await page.locator("segel-form input:checked").count(), 0);
  await page.getByRole("button", { name: "Periksa dulu" }).click();
  const summary = page.getByRole("alert");
  await summary.waitFor();
  assert.match(await summary.textContent(), /Nama lengkap: Isi bagian ini\..*Nomor WhatsApp: Isi bagian ini\./s);
  await summary.getByRole("button", { name: /Nama lengkap/ }).click();
  assert.equal(await page.getByLabel("Nama lengkap").evaluate((input) => input === input.getRootNode().activeElement), true);
  assert.equal(await page.getByLabel("Nama lengkap").getAttribute("aria-invalid"), "true");
});

test("provinces and cities are offered while typing, and anything else may stand there", async () => {
  const page = await newPage(browser);
  await page.goto(shop.page);
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).click();
  assert.equal(page.requests.filter((request) => request.url().endsWith("regions.json")).length, 0);
  const offered = (label) => page.getByLabel(label).evaluate((input) => [...input.list.options].map(({ value }) => value));
  const wait = async (label, count) => {
    await page.getByLabel(label).focus();
    for (let found = []; found.length !== count; ) found = await offered(label);
  };
  await wait("Provinsi", 38);
  await wait("Kabupaten atau kota", 514);
  await page.getByLabel("Provinsi").fill("jawa barat");
  await wait("Kabupaten atau kota", 27);
  assert.ok((await offered("Kabupaten atau kota")).includes("Kota Bandung"));
  await assertQuiet(page);
});

test("nothing is asked of somebody under 18", async () => {
  const page = await newPage(browser);
  await page.goto(shop.page);
  await page.getByRole("button", { name: "Tidak", exact: true }).click();
  await page.getByText(/usia 18 tahun ke atas/).first().waitFor();
  assert.equal(await page.locator("segel-form input").count(), 0);
});

test("switching the language keeps every answer and shows the Indonesian sentence too", async () => {
  const page = await newPage(browser);
  await page.goto(shop.page);
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).click();
  await page.getByLabel("Nama lengkap").fill("Sari Dewi");
  await page.getByRole("group", { name: /mempelajari minat/ }).getByRole("radio", { name: "Ya, boleh" }).check();
  await page.getByRole("button", { name: "English" }).click();
  assert.equal(await page.getByLabel("Full name").inputValue(), "Sari Dewi");
  const group = page.getByRole("group", { name: /learn what you like/ });
  assert.equal(await group.getByRole("radio", { name: "Yes" }).isChecked(), true);
  await group.getByText(/Bolehkah Toko Sari mempelajari minat/).waitFor();
});

test("another lang of the element is another language, and no answer is lost", async () => {
  const page = await newPage(browser);
  await page.goto(shop.page);
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).click();
  await page.getByLabel("Nama lengkap").fill("Sari Dewi");
  const speak = (language) => page.locator("segel-form").evaluate((form, language) => form.setAttribute("lang", language), language);
  await speak("en-GB");
  await page.getByRole("button", { name: "Check first" }).waitFor();
  assert.equal(await page.getByLabel("Full name").inputValue(), "Sari Dewi");
  await speak("fr");
  await page.getByRole("button", { name: "Check first" }).waitFor();
  await speak("id");
  assert.equal(await page.getByLabel("Nama lengkap").inputValue(), "Sari Dewi");
  assert.equal(page.requests.filter((request) => request.url().endsWith("/forms/daftar.segel")).length, 1);
});

test("consent is recorded in no language whose notice was not in view", async () => {
  const page = await newPage(browser);
  await page.goto(shop.page);
  await fill(page);
  const notice = page.locator("segel-form details.notice");
  assert.equal(await notice.count(), 0);
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { name: "Check your answers" }).waitFor();
  await notice.filter({ hasText: "Full details" }).waitFor();
  await page.getByRole("button", { name: "Bahasa Indonesia" }).click();
  assert.equal(await notice.count(), 0, "it stood above the fields");
});

test("who would leave with a key that is nowhere else is asked, and who kept it is not", async () => {
  for (const keep of [false, true]) {
    const page = await newPage(browser);
    await page.goto(shop.page);
    await fill(page);
    await page.goto(shop.page);
    assert.deepEqual(page.asked, [], "a form that is filled in is left without a question");
    await fill(page);
    await send(page);
    if (keep) {
      const file = page.waitForEvent("download");
      await page.getByRole("button", { name: "Simpan sebagai berkas" }).click();
      await file;
    }
    await page.goto(shop.page);
    assert.deepEqual(page.asked, keep ? [] : ["beforeunload"]);
    await page.context().close();
  }
});

test("who leaves while it is sent is asked too, and nobody is where there is no key to keep", async () => {
  for (const [answer, asked] of [[(route) => route.fulfill({ status: 409, json: { code: "form_replaced" } }), []], [() => {}, ["beforeunload"]]]) {
    const page = await newPage(browser);
    await page.route("**/forms/daftar", answer);
    await page.goto(shop.page);
    await fill(page);
    const left = page.waitForRequest((request) => request.method() === "POST");
    await page.getByRole("button", { name: "Setuju dan daftar" }).click();
    await left;
    if (!asked.length) await page.getByText("sudah diganti").waitFor();
    await page.goto(shop.page);
    assert.deepEqual(page.asked, asked);
    await page.context().close();
  }
});

test("the whole form works by keyboard alone", async () => {
  const page = await newPage(browser);
  await page.goto(shop.page);
  const focused = () => page.evaluate(() => {
    const inner = document.querySelector("segel-form").shadowRoot.activeElement;
    return inner ? inner.labels?.[0]?.textContent ?? inner.textContent : "";
  });
  const tabTo = async (text) => {
    for (let turn = 0; turn < 40; turn += 1) {
      await page.keyboard.press("Tab");
      if ((await focused()).startsWith(text)) return;
    }
    assert.fail(`the keyboard does not reach ${text}`);
  };
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).waitFor();
  await tabTo("Ya, sudah");
  await page.keyboard.press("Enter");
  await tabTo("Nama lengkap");
  await page.keyboard.type("Budi");
  await tabTo("Nomor WhatsApp");
  await page.keyboard.type("081298765432");
  await tabTo("Ya, boleh");
  await page.keyboard.press("ArrowDown");
  await tabTo("Periksa dulu");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Periksa jawaban Anda" }).waitFor();
  await tabTo("Setuju dan daftar");
  await page.keyboard.press("Enter");
  await page.getByText("Nomor bukti", { exact: true }).waitFor();
  const record = shop.open("daftar").records.at(-1);
  assert.equal(record.answers.nama, "Budi");
});

test("the shadow root is closed to scripts, nothing in it is named, and a form that was only looked at leaves nothing", async () => {
  const page = await newPage(browser, { open: false });
  await page.goto(shop.page);
  await page.locator("segel-form").click({ position: { x: 5, y: 5 } });
  assert.equal(await page.evaluate(() => document.querySelector("segel-form").shadowRoot), null);
  const seen = await page.evaluate(async () => ({
    storage: JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state, document.title, location.href, document.cookie]),
    databases: (await indexedDB.databases()).length,
    named: document.querySelectorAll("form,[name]:not(meta)").length,
  }));
  assert.deepEqual(seen, { storage: JSON.stringify([{}, {}, null, await page.title(), page.url(), ""]), databases: 0, named: 0 });
});

// Everything outside the inputs in which an answer could stand: the page's own markup, attributes within the form, storage with the bytes of
// every record, history and address.
const leavings = (page) => page.evaluate(async () => {
  const root = document.querySelector("segel-form").shadowRoot;
  const attributes = [...root.querySelectorAll("*")].flatMap((element) => Array.from(element.attributes, ({ value }) => value));
  const records = [];
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((resolve) => (indexedDB.open(name).onsuccess = ({ target }) => resolve(target.result)));
    for (const store of database.objectStoreNames) {
      const all = await new Promise((resolve) => (database.transaction(store).objectStore(store).getAll().onsuccess = ({ target }) => resolve(target.result)));
      for (const record of all) records.push(JSON.stringify(record), await record.blob?.text());
    }
    database.close();
  }
  return JSON.stringify([
    { ...localStorage }, { ...sessionStorage }, history.state, document.title, location.href, document.cookie,
    document.documentElement.outerHTML, attributes, records,
  ]);
});

test("a marked answer is nowhere but in its input and on the review, and leaves the page only sealed", async () => {
  const page = await newPage(browser);
  let turn = 0;
  await page.route("**/forms/daftar", (route) => (turn++ === 0 ? route.abort("connectionreset") : route.continue()));
  await page.goto(shop.page);
  const marker = "PENANDA-7f3a9c";
  const look = async (state) => assert.ok(!(await leavings(page)).includes(marker), state);
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).click();
  await page.getByLabel("Nama lengkap").pressSequentially(marker);
  await look("while it is typed");
  await page.getByRole("button", { name: "Periksa dulu" }).click();
  await page.locator('[aria-invalid="true"]').first().waitFor();
  await look("with a problem");
  await page.getByLabel("Nomor WhatsApp").fill("081298765432");
  await page.getByRole("button", { name: "Periksa dulu" }).click();
  await page.getByRole("heading", { name: "Periksa jawaban Anda" }).waitFor();
  await page.getByText(marker).waitFor();
  await look("on the review");
  await page.getByRole("button", { name: "Setuju dan daftar" }).click();
  await page.getByText("tidak ada sambungan").waitFor();
  assert.ok((await leavings(page)).includes("segel-envelope/1"), "what is sealed is kept");
  await look("while it waits");
  await page.getByRole("button", { name: "Coba lagi" }).click();
  await page.getByText("Terkirim. Ini bukti persetujuan Anda.").waitFor();
  await look("when it was sent");
  const shown = await page.evaluate(() => {
    const root = document.querySelector("segel-form").shadowRoot;
    return root.innerHTML + Array.from(root.querySelectorAll("input"), (input) => input.value);
  });
  assert.ok(!shown.includes(marker), "the answer is gone after sending");
  for (const request of page.requests) {
    const body = request.postDataBuffer() ?? Buffer.alloc(0);
    assert.ok(!request.url().includes(marker) && !body.includes(marker), request.url());
  }
  assert.ok(!page.trouble.some((line) => line.includes(marker)));
});

for (const [name, change, sentence] of [
  ["another owner", (url) => url, "bukan dari toko ini"],
  ["a form whose notice was changed", (text) => text.replace("mendaftarkan Anda", "mendaftarkan anda"), "bukan dari toko ini"],
  ["a form with one more reader", (text) => text.replace('"keys":["', '"keys":["age1pq1qqqq","'), "bukan dari toko ini"],
]) {
  test(`${name} draws no field`, async () => {
    const page = await newPage(browser);
    if (name === "another owner") {
      const other = await openShop();
      const body = readFileSync(join(other.folder, "forms/daftar.segel"));
      other.close();
      await page.route("**/forms/daftar.segel", (route) => route.fulfill({ body }));
    } else {
      await page.route("**/forms/daftar.segel", async (route) => {
        const response = await route.fetch();
        await route.fulfill({ body: change(await response.text()) });
      });
    }
    await page.goto(shop.page);
    await page.getByText(sentence).waitFor();
    assert.equal(await page.locator("segel-form input, segel-form button").count(), 0);
  });
}

for (const [name, answer, sentence] of [
  ["missing", { status: 404, body: "" }, "tidak dapat dimuat"],
  ["altered", "flip", "berubah di perjalanan"],
]) {
  test(`a module that is ${name} draws nothing and keeps the page's own words`, async () => {
    const page = await newPage(browser);
    await page.route("**/segel.wasm", async (route) => {
      if (answer !== "flip") return route.fulfill(answer);
      const body = Buffer.from(await (await route.fetch()).body());
      body[body.length - 1] ^= 1;
      return route.fulfill({ body, contentType: "application/wasm" });
    });
    await page.goto(shop.page);
    await page.getByText(sentence).waitFor();
    assert.equal(await page.locator("segel-form input").count(), 0);
    assert.equal(page.requests.filter((request) => request.method() === "POST").length, 0);
  });
}

test("a module of another media type is the module all the same, if its bytes are", async () => {
  const page = await newPage(browser);
  await page.route("**/segel.wasm", async (route) => route.fulfill({ body: await (await route.fetch()).body(), contentType: "text/html" }));
  await page.goto(shop.page);
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).waitFor();
});

test("a module that the page's policy blocks draws nothing and sends nothing", async () => {
  const page = await newPage(browser);
  await page.route("**/f/daftar", async (route) => {
    const response = await route.fetch();
    const policy = response.headers()["content-security-policy"].replace(" 'wasm-unsafe-eval'", "");
    await route.fulfill({ response, headers: { ...response.headers(), "content-security-policy": policy } });
  });
  await page.goto(shop.page);
  await page.getByText("terlalu lama atau dibatasi").waitFor();
  assert.equal(await page.locator("segel-form input").count(), 0);
  assert.equal(page.requests.filter((request) => request.method() === "POST").length, 0);
});

test("a failed sending keeps the sealed bytes and sends the same ones", async () => {
  const page = await newPage(browser);
  const bodies = [];
  let turn = 0;
  await page.route("**/forms/daftar", async (route) => {
    bodies.push(route.request().postDataBuffer());
    turn += 1;
    if (turn === 1) return route.abort("connectionreset");
    if (turn === 2) return route.fulfill({ status: 503, json: { code: "busy", message: "" } });
    if (turn === 3) {
      // Stored, but the answer is lost on its way.
      await route.fetch();
      return route.abort("connectionreset");
    }
    return route.continue();
  });
  await page.goto(shop.page);
  const before = shop.open("daftar").total;
  await fill(page);
  await page.getByRole("button", { name: "Setuju dan daftar" }).click();
  for (const text of ["tidak ada sambungan", "sedang sibuk", "tidak ada sambungan"]) {
    await page.getByText(text).waitFor();
    await page.getByRole("button", { name: "Coba lagi" }).click();
  }
  await page.getByText("Nomor bukti", { exact: true }).waitFor();
  assert.equal(bodies.length, 4);
  assert.ok(bodies.every((body) => body === null || body.equals(bodies.find(Boolean))));
  assert.equal(shop.open("daftar").total, before + 1);
});

test("no randomness, no sealing, no sending", async () => {
  const page = await newPage(browser);
  await page.addInitScript(() => {
    addEventListener("segel-error", ({ detail }) => (globalThis.told = detail));
    crypto.getRandomValues = () => {
      throw new Error("broken");
    };
  });
  await page.goto(shop.page);
  await fill(page);
  await page.getByRole("button", { name: "Setuju dan daftar" }).click();
  await page.getByText("tidak dapat dikunci").waitFor();
  assert.deepEqual(await page.evaluate(() => globalThis.told), { code: "unsealed" });
  assert.equal(page.requests.filter((request) => request.method() === "POST").length, 0);
});

test("320 pixels are wide enough, and two forms on one page do not mix", async () => {
  const page = await newPage(browser, { viewport: { width: 320, height: 640 } });
  await page.goto(shop.page);
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).click();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 320, `${wide} pixels`);
  await page.evaluate(() => {
    const first = document.querySelector("segel-form");
    first.after(first.cloneNode(true));
  });
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).click();
  const names = page.getByLabel("Nama lengkap");
  await names.nth(1).waitFor();
  await names.nth(0).fill("Satu");
  assert.equal(await names.nth(1).inputValue(), "");
});

async function assertQuiet(page) {
  assert.deepEqual(await page.evaluate(() => globalThis.violations), []);
  assert.deepEqual(page.trouble.filter((line) => !line.includes("404")), []);
}

test("the form is fetched once, and on a phone the customer begins at the notice", async () => {
  const page = await newPage(browser, { viewport: { width: 320, height: 640 } });
  await page.goto(shop.page);
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).click();
  const notice = page.locator("segel-form p").filter({ hasText: "meminta data ini untuk" });
  await notice.waitFor();
  assert.equal(page.requests.filter((request) => request.url().endsWith("/daftar.segel")).length, 1);
  const [focused, top] = await notice.evaluate((text) => [text === text.getRootNode().activeElement, text.getBoundingClientRect().top]);
  assert.ok(focused && top >= 0 && top < 640, `the notice begins at ${top}`);
});

test("a question left open is not called a refusal, in the review and on the receipt", async () => {
  const page = await newPage(browser);
  await page.goto(shop.page);
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).click();
  await page.getByLabel("Nama lengkap").fill("Sari Dewi");
  await page.getByLabel("Nomor WhatsApp").fill("0812-3456-7890");
  await page.getByRole("button", { name: "Periksa dulu" }).click();
  await page.getByRole("heading", { name: "Periksa jawaban Anda" }).waitFor();
  assert.equal(await page.getByText("Tidak dijawab", { exact: true }).count(), 2);
  await send(page);
  const line = (name) => page.locator("segel-form dt").filter({ hasText: name }).locator("+ dd").textContent();
  assert.equal(await line("Anda menolak"), "tidak ada");
  assert.match(await line("Tidak dijawab"), /minat.*penawaran/);
});

test("the receipt says for each purpose when its data is deleted, and warns once who clears it and kept no key", async () => {
  const page = await newPage(browser);
  await page.route("**/forms/daftar", async (route) => {
    const response = await route.fetch();
    const reply = await response.json();
    await route.fulfill({ response, json: { ...reply, received_at: "2026-08-17T03:00:00Z" } });
  });
  await page.goto(shop.page);
  await fill(page);
  await send(page);
  const dates = await page.locator("segel-form dt").filter({ hasText: "paling lambat" }).locator("+ dd").textContent();
  assert.deepEqual(dates.split("\n").map((line) => /: (.*)$/.exec(line)[1]), ["17 Agustus 2031", "17 Agustus 2027"]);
  const finish = page.getByRole("button", { name: "Selesai, hapus dari layar ini" });
  await finish.click();
  await page.getByRole("alert").filter({ hasText: "belum disimpan" }).waitFor();
  // The language drawn anew, nothing is kept yet; a copy that the browser refuses keeps nothing either.
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("button", { name: "Bahasa Indonesia" }).click();
  await page.evaluate(() => (navigator.clipboard.writeText = () => Promise.reject(new Error("denied"))));
  await page.getByRole("button", { name: "Salin" }).click();
  await page.getByText("tidak mengizinkan penyalinan").waitFor();
  await finish.click();
  await page.getByRole("alert").filter({ hasText: "belum disimpan" }).waitFor();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Simpan sebagai berkas" }).click();
  assert.match(readFileSync(await (await download).path(), "utf8"), /17 Agustus 2031\n.*17 Agustus 2027/);
  await finish.click();
  await page.getByText("Apakah Anda sudah berusia 18 tahun?").waitFor();
  await page.context().close();
});

test("what the review showed is what is sealed, whatever stands in the inputs by then", async () => {
  const page = await newPage(browser);
  await page.goto(shop.page);
  await fill(page);
  // The inputs are out of the page during the review; one that was held on to is written into.
  await page.getByRole("button", { name: "Ubah" }).click();
  await page.evaluate(() => {
    globalThis.held = [...document.querySelector("segel-form").shadowRoot.querySelectorAll("input")].find((input) => input.autocomplete === "name");
  });
  await page.getByRole("button", { name: "Periksa dulu" }).click();
  await page.getByRole("heading", { name: "Periksa jawaban Anda" }).waitFor();
  await page.evaluate(() => (globalThis.held.value = "Nama Lain"));
  await send(page);
  assert.equal(shop.open("daftar").records.at(-1).answers.nama, "Sari Dewi");
});

test("where a browser denies storage and locks, what the server stored has its receipt all the same", async () => {
  const page = await newPage(browser);
  await page.addInitScript(() => {
    const denied = () => Promise.reject(new DOMException("denied", "SecurityError"));
    Object.defineProperty(navigator, "locks", { value: { request: denied } });
  });
  await page.goto(shop.page);
  await fill(page);
  await send(page);
});
