// The form among hostile or broken things: pages, servers, clocks, other scripts. Each test is named for what is wrong in it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fill, launch, newPage, openShop, root, send } from "./browser.mjs";

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

const MARK = "PENANDA-c0ffee";
const posts = (page) => page.requests.filter((request) => request.method() === "POST");
const toAdult = (page) => page.getByRole("button", { name: "Ya, sudah 18 tahun" }).click();
const agree = (page) => page.getByRole("button", { name: "Setuju dan daftar" }).click();

// A shop whose definition was changed before it was published.
async function changedShop(change) {
  const folder = mkdtempSync(join(tmpdir(), "segel-changed-"));
  const definition = join(folder, "daftar.json");
  writeFileSync(definition, JSON.stringify(change(JSON.parse(readFileSync(join(root, "www/forms/daftar.json"), "utf8")))));
  const other = await openShop({ definition });
  rmSync(folder, { recursive: true, force: true });
  return other;
}

test("markup in every text of the definition is shown as text, and no policy is violated", async () => {
  const markup = "<img src=x onerror=\"document.title='jebol'\"><b>";
  const other = await changedShop((form) => {
    // A consent sentence may have 160 characters.
    const mark = (text) => Object.fromEntries(Object.entries(text).map(([language, words]) => [language, `${words.slice(0, 90)} ${markup}`]));
    for (const field of form.fields) {
      Object.assign(field, { label: mark(field.label), reason: mark(field.reason) });
      for (const option of field.options ?? []) option.label = mark(option.label);
    }
    for (const purpose of form.purposes) Object.assign(purpose, { question: mark(purpose.question), text: mark(purpose.text) });
    form.controller.name += markup;
    return { ...form, title: mark(form.title) };
  });
  const page = await newPage(browser);
  await page.goto(other.page);
  await toAdult(page);
  await page.getByText(markup).first().waitFor();
  const found = await page.evaluate(() => {
    const { shadowRoot } = document.querySelector("segel-form");
    return [shadowRoot.querySelectorAll("img, b").length, document.title === "jebol", globalThis.violations];
  });
  assert.deepEqual(found, [0, false, []]);
  other.close();
});

test("a form before its time or past it draws no field", async () => {
  for (const years of [-2, 2]) {
    const page = await newPage(browser);
    await page.clock.setFixedTime(Date.now() + years * 365 * 86400e3);
    await page.goto(shop.page);
    await page.getByText("Menurut tanggal perangkat ini").waitFor();
    const year = new Date().getUTCFullYear() + years;
    await page.getByText(`${year}, formulir ini tidak berlaku`).waitFor();
    assert.equal(await page.locator("segel-form input, segel-form button").count(), 0);
    await page.context().close();
  }
});

test("a page on plain http asks nothing", async () => {
  const plain = await launch(["--host-resolver-rules=MAP toko.example 127.0.0.1"]);
  const page = await newPage(plain);
  await page.goto(shop.page.replace("127.0.0.1", "toko.example"));
  await page.getByText("perlu alamat https://").waitFor();
  assert.equal(await page.locator("segel-form input").count(), 0);
  await plain.close();
});

test("pressing twice, and sending from two tabs, stores each filled form once", async () => {
  const first = await newPage(browser);
  await first.goto(shop.page);
  await fill(first);
  await send(first);
  const before = shop.open("daftar").total;
  const pages = await Promise.all([newPage(browser), newPage(browser)]);
  for (const page of pages) {
    await page.goto(shop.page);
    await fill(page);
  }
  await Promise.all(pages.map(async (page) => {
    const button = page.getByRole("button", { name: "Setuju dan daftar" });
    await button.evaluate((element) => {
      element.click();
      element.click();
    });
    await page.getByText("Nomor bukti", { exact: true }).waitFor();
    assert.equal(posts(page).length, 1);
  }));
  assert.equal(shop.open("daftar").total, before + 2);
});

for (const [name, answer, sentence, again] of [
  ["too large", { status: 413, json: { code: "too_large" } }, "terlalu besar untuk server", false],
  ["too often", { status: 429, headers: { "retry-after": "7" }, json: { code: "rate" } }, "sedang sibuk", true],
  ["broken", { status: 500, body: "<html>oops" }, "sedang sibuk", true],
  ["trouble of its own", { status: 503, json: { code: "unavailable" } }, "server sedang terganggu", true],
  ["a full disk", { status: 507, json: { code: "full" } }, "server sedang terganggu", true],
  ["a form that is over", { status: 410, json: { code: "form_expired" } }, "tidak menerima formulir ini lagi", false],
  ["a replaced form", { status: 409, json: { code: "form_replaced" } }, "sudah diganti", false],
  ["markup for an answer", { status: 201, body: "<img src=x onerror=alert(1)>" }, "jawaban server tidak cocok", true],
  ["ten megabytes", { status: 201, body: `{"a":"${"x".repeat(10_000_000)}"}` }, "jawaban server tidak cocok", true],
  ["another submission's id", { status: 201, json: { id: "00".repeat(16), digest: "00".repeat(32), received_at: "2026-11-23T03:12:46Z" } }, "jawaban server tidak cocok", true],
  ["a redirect to elsewhere", { status: 307, headers: { location: "https://lain.example/" } }, "tidak ada sambungan", true],
]) {
  test(`a server that answers with ${name} is not believed, and says whether trying again helps`, async () => {
    const page = await newPage(browser);
    await page.route("**/forms/daftar", (route) => route.fulfill(answer));
    await page.goto(shop.page);
    await fill(page);
    await agree(page);
    await page.getByRole("alert").getByText(sentence).waitFor();
    assert.equal(await page.getByRole("button", { name: "Coba lagi" }).count(), again ? 1 : 0);
    assert.equal(await page.evaluate(async () => (await indexedDB.databases()).length), again ? 1 : 0, "sealed bytes wait only if waiting helps");
    assert.equal(await page.locator("segel-form").evaluate((form) => form.shadowRoot.querySelectorAll("img").length), 0);
    assert.ok(!page.requests.some((request) => request.url().includes("lain.example")));
    await page.context().close();
  });
}

test("what could not be sent waits as sealed bytes alone and is sent after a reload, under the same number", async () => {
  const page = await newPage(browser);
  await page.route("**/forms/daftar", (route) => route.abort("connectionreset"));
  await page.goto(shop.page);
  await toAdult(page);
  await page.getByLabel("Nama lengkap").fill(MARK);
  await page.getByLabel("Nomor WhatsApp").fill("081298765432");
  await page.getByRole("button", { name: "Periksa dulu" }).click();
  await agree(page);
  await page.getByRole("button", { name: "Coba lagi" }).waitFor();
  const [secret] = /SEGEL-RECEIPT-1\w{58}$/.exec(await page.locator("segel-form code").textContent());
  const kept = await page.evaluate(async () => {
    const database = await new Promise((resolve) => (indexedDB.open("segel").onsuccess = (event) => resolve(event.target.result)));
    const all = await new Promise((resolve) => {
      database.transaction("unsent").objectStore("unsent").getAll().onsuccess = (event) => resolve(event.target.result);
    });
    database.close();
    const [{ blob, ...rest }] = all;
    const bytes = String.fromCharCode(...new Uint8Array(await blob.arrayBuffer()));
    return { count: all.length, keys: Object.keys(rest).sort(), text: JSON.stringify(rest) + bytes, number: rest.number };
  });
  assert.deepEqual([kept.count, kept.keys], [1, ["address", "digest", "id", "number"]]);
  assert.ok(!kept.text.includes(MARK) && !kept.text.includes(secret) && !kept.text.includes("SEGEL-RECEIPT"));
  await page.unroute("**/forms/daftar");
  await page.reload();
  await page.getByText("Nomor bukti", { exact: true }).waitFor();
  await page.getByText(kept.number).waitFor();
  const record = shop.open("daftar").records.at(-1);
  assert.deepEqual([record.number, record.answers.nama], [kept.number, MARK]);
  // The database goes when nothing waits any more.
  await page.waitForFunction(async () => (await indexedDB.databases()).length === 0);
  await page.reload();
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).waitFor();
});

test("recorders outside see no value: capture listeners, mutation observers, form readers", async () => {
  const page = await newPage(browser, { open: true });
  await page.addInitScript(() => {
    globalThis.recorded = [];
    const note = (what) => globalThis.recorded.push(String(what));
    for (const kind of ["input", "change", "keydown", "beforeinput", "paste", "submit", "formdata"]) {
      addEventListener(kind, (event) => note(`${event.target?.value ?? ""} ${event.target?.textContent ?? ""}`), true);
    }
    new MutationObserver((records) => records.forEach(({ target }) => note(target.textContent))).observe(document, {
      subtree: true, childList: true, characterData: true, attributes: true,
    });
  });
  await page.goto(shop.page);
  await toAdult(page);
  await page.getByLabel("Nama lengkap").pressSequentially(MARK);
  await page.getByLabel("Nomor WhatsApp").fill("081298765432");
  await page.getByRole("button", { name: "Periksa dulu" }).click();
  await send(page);
  const seen = await page.evaluate(() => [
    globalThis.recorded.join(), document.documentElement.outerHTML, JSON.stringify([...document.forms].map((form) => [...new FormData(form)])),
    document.querySelector("segel-form").textContent,
  ].join());
  assert.ok(!seen.includes(MARK));
  assert.ok(await page.evaluate(() => globalThis.recorded.length > 0), "the recorder was at work");
  const masked = await page.evaluate(() => document.querySelector("segel-form").shadowRoot.querySelectorAll("[data-private][data-hj-suppress]").length);
  assert.equal(masked, 1, "recorders that look for a mask find one");
});

test("no input is hidden from people: there is nothing that only a machine could fill", async () => {
  const page = await newPage(browser);
  await page.goto(shop.page);
  await toAdult(page);
  const hidden = await page.evaluate(() => {
    const inputs = [...document.querySelector("segel-form").shadowRoot.querySelectorAll("input")];
    return inputs.filter((input) => input.type === "hidden" || (input.tabIndex < 0 && !input.closest("[hidden]"))).length;
  });
  assert.equal(hidden, 0);
});

test("a pasted page, hidden characters and too much text are named where they stand", async () => {
  const page = await newPage(browser);
  await page.goto(shop.page);
  await toAdult(page);
  const name = page.getByLabel("Nama lengkap");
  const mend = async (text, sentence) => {
    await name.evaluate((input, text) => {
      input.value = text;
      input.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
    }, text);
    await page.getByRole("button", { name: "Periksa dulu" }).click();
    await page.getByText(sentence).first().waitFor();
    assert.equal(await name.inputValue(), text.replace(/[\r\n]/g, ""));
  };
  await mend("Sari\u0000Dewi", "tanpa karakter tersembunyi");
  await mend("x".repeat(10_000_000), "Pendekkan");
  await mend("   ", "Isi bagian ini.");
  // Half an emoji, as a cut paste leaves it, is a character that nobody knows; made in the page, since the way there would mend it.
  await name.evaluate((input) => (input.value = `Sari ${String.fromCharCode(0xd83d)}`));
  assert.equal(await name.evaluate((input) => input.value.charCodeAt(5)), 0xd83d);
  await page.getByLabel("Nomor WhatsApp").fill("0812-3456-7890");
  await page.getByRole("button", { name: "Periksa dulu" }).click();
  await page.locator("segel-form dd").getByText("Sari \ufffd", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Ubah" }).click();
  // A pasted page is its text, by the browser's own hand.
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.evaluate(() => {
    const html = new Blob(["<img src=x onerror=alert(1)><b>Sari</b> Dewi"], { type: "text/html" });
    return navigator.clipboard.write([new ClipboardItem({ "text/html": html, "text/plain": new Blob(["Sari Dewi"], { type: "text/plain" }) })]);
  });
  await name.fill("");
  await name.focus();
  await page.keyboard.press("Control+V");
  assert.equal(await name.inputValue(), "Sari Dewi");
});

test("the clipboard is written when the customer asks, and never read", async () => {
  const page = await newPage(browser, { permissions: ["clipboard-read", "clipboard-write"] });
  await page.addInitScript(() => {
    globalThis.clipboard = [];
    const { writeText } = navigator.clipboard;
    navigator.clipboard.writeText = (text) => {
      globalThis.clipboard.push(text);
      return writeText.call(navigator.clipboard, text);
    };
    for (const kind of ["read", "readText"]) navigator.clipboard[kind] = () => globalThis.clipboard.push(kind);
  });
  await page.goto(shop.page);
  await fill(page);
  await send(page);
  assert.deepEqual(await page.evaluate(() => globalThis.clipboard), []);
  const secret = await page.locator("segel-form code").textContent();
  await page.getByRole("button", { name: "Salin" }).click();
  await page.getByText("Tersalin").waitFor();
  assert.deepEqual(await page.evaluate(() => globalThis.clipboard), [secret]);
});

test("prototypes and functions poisoned before the loader change no reader", async () => {
  const page = await newPage(browser);
  await page.addInitScript(() => {
    const evil = { id: "jahat", keys: ["age1pq1jahat"], required: false, basis: ["consent"] };
    for (const name of ["roles", "readers"]) Object.defineProperty(Object.prototype, name, { value: [evil], writable: true, configurable: true });
    Object.defineProperty(Object.prototype, "customer_reads", { value: true, writable: true, configurable: true });
    const { parse } = JSON;
    JSON.parse = (text, ...more) => {
      const value = parse(text, ...more);
      if (value?.roles) value.roles.push(evil);
      return value;
    };
    const { push } = Array.prototype;
    Array.prototype.push = function (...values) {
      if (this.some?.((one) => String(one).startsWith("age1"))) push.call(this, ...evil.keys);
      return push.apply(this, values);
    };
    const { fetch } = globalThis;
    globalThis.fetch = async (address, options) => {
      if (options?.method === "POST") globalThis.posted = new Uint8Array(await options.body.arrayBuffer());
      return fetch(address, options);
    };
  });
  await page.goto(shop.page);
  await fill(page);
  await send(page);
  const sealed = Buffer.from(await page.evaluate(() => Array.from(globalThis.posted))).toString("latin1");
  const [parts, stanzas] = [/^part /gm, /^-> mlkem768x25519 /gm].map((line) => sealed.match(line).length);
  assert.equal(parts, 2, "answers and photo");
  assert.equal(stanzas, 2 * parts, "owner and spare for every part, and nobody else");
  const number = await page.locator("segel-form dd").nth(1).textContent();
  assert.equal(shop.open("daftar").records.at(-1).number, number);
});

test("messages from other windows and frames change nothing, and the form sends none", async () => {
  const page = await newPage(browser);
  await page.addInitScript(() => {
    globalThis.told = [];
    const { postMessage } = globalThis;
    globalThis.postMessage = (...words) => {
      globalThis.told.push(words);
      return postMessage(...words);
    };
  });
  await page.goto(shop.page);
  await toAdult(page);
  await page.getByLabel("Nama lengkap").fill(MARK);
  await page.evaluate(() => {
    for (const data of [{ share: 1 }, { done: { blob: new Blob(["x"]), number: "0" } }, { why: "old" }, { type: "retry" }]) {
      for (const origin of [location.origin, "https://lain.example"]) dispatchEvent(new MessageEvent("message", { data, origin, source: window }));
    }
  });
  await page.getByLabel("Nomor WhatsApp").fill("081298765432");
  await page.getByRole("button", { name: "Periksa dulu" }).click();
  await send(page);
  assert.deepEqual(await page.evaluate(() => globalThis.told), []);
  assert.equal(posts(page).length, 1);
});

test("two forms of two owners on one page are each sealed to their own readers", async () => {
  const other = await openShop();
  const page = await newPage(browser, { bypassCSP: true });
  await page.goto(shop.page);
  await page.evaluate(({ address, owner }) => {
    const second = document.createElement("segel-form");
    second.setAttribute("src", `${address}/forms/daftar.segel`);
    second.setAttribute("owner", owner);
    document.querySelector("segel-form").after(second);
  }, { address: other.address, owner: other.owner });
  const forms = page.locator("segel-form");
  for (const [nth, name] of [[0, "Satu"], [1, "Dua"]]) {
    await forms.nth(nth).getByRole("button", { name: "Ya, sudah 18 tahun" }).click();
    await forms.nth(nth).getByLabel("Nama lengkap").fill(name);
    await forms.nth(nth).getByLabel("Nomor WhatsApp").fill("081298765432");
  }
  await forms.nth(0).getByRole("group", { name: /mempelajari minat/ }).getByRole("radio", { name: "Ya, boleh" }).check();
  assert.equal(await forms.nth(1).locator("input:checked").count(), 0);
  for (const nth of [1, 0]) {
    await forms.nth(nth).getByRole("button", { name: "Periksa dulu" }).click();
    await forms.nth(nth).getByRole("button", { name: "Setuju dan daftar" }).click();
    await forms.nth(nth).getByText("Nomor bukti", { exact: true }).waitFor();
  }
  assert.equal(shop.open("daftar").records.at(-1).answers.nama, "Satu");
  assert.equal(other.open("daftar").records.at(-1).answers.nama, "Dua");
  assert.equal(other.open("daftar").total, 1);
  other.close();
});

test("the date that was typed is the date that is sealed, wherever the device thinks it is", async () => {
  for (const timezoneId of ["Pacific/Kiritimati", "Pacific/Pago_Pago"]) {
    const page = await newPage(browser, { timezoneId });
    await page.goto(shop.page);
    await fill(page);
    await send(page);
    assert.equal(shop.open("minat").records.at(-1).answers.lahir, "2000-02-29");
    await page.context().close();
  }
  const page = await newPage(browser);
  await page.goto(shop.page);
  await toAdult(page);
  await page.getByRole("group", { name: /mempelajari minat/ }).getByRole("radio", { name: "Ya, boleh" }).check();
  for (const [day, month, year] of [["٢٩", "2", "2000"], ["29", "2", "2543 BE"], ["31", "4", "1990"], ["29", "2", "1900"]]) {
    await page.getByLabel("Hari").fill(day);
    await page.getByLabel("Bulan").fill(month);
    await page.getByLabel("Tahun").fill(year);
    await page.getByRole("button", { name: "Periksa dulu" }).click();
    await page.getByRole("button", { name: /Tanggal lahir: Tulis tanggal yang ada/ }).waitFor();
  }
});

test("no answer is left in the module's memory after sealing", async () => {
  const page = await newPage(browser);
  await page.addInitScript(() => {
    const { Instance } = WebAssembly;
    WebAssembly.Instance = function (...words) {
      const instance = new Instance(...words);
      globalThis.memory = instance.exports.memory;
      return instance;
    };
  });
  await page.goto(shop.page);
  await toAdult(page);
  await page.getByLabel("Nama lengkap").fill(MARK);
  await page.getByLabel("Nomor WhatsApp").fill("081298765432");
  await page.getByRole("button", { name: "Periksa dulu" }).click();
  await page.getByRole("heading", { name: "Periksa jawaban Anda" }).waitFor();
  await send(page);
  const { bytes, hits, form } = await page.evaluate((mark) => {
    const text = new TextDecoder("latin1").decode(globalThis.memory.buffer);
    return { bytes: text.length, hits: text.split(mark).length - 1, form: text.includes("Daftar anggota Toko Sari") };
  }, MARK);
  assert.ok(bytes > 1_000_000 && form, "the search looks at the module's memory");
  assert.equal(hits, 0);
});

test("the shortest and the longest answers make submissions of one size", async () => {
  const sizes = [];
  for (const long of [false, true]) {
    const page = await newPage(browser);
    await page.goto(shop.page);
    await toAdult(page);
    await page.getByLabel("Nama lengkap").fill(long ? "x".repeat(120) : "x");
    await page.getByLabel("Nomor WhatsApp").fill("081298765432");
    if (long) {
      await page.getByLabel("E-mail").fill(`${"x".repeat(200)}@contoh.example`);
      await page.getByLabel("Provinsi").fill("y".repeat(80));
      await page.getByLabel("Kabupaten atau kota").fill("z".repeat(80));
      for (const group of [/mempelajari minat/, /mengirim penawaran/]) {
        await page.getByRole("group", { name: group }).getByRole("radio", { name: "Ya, boleh" }).check();
      }
    }
    await page.getByRole("button", { name: "Periksa dulu" }).click();
    await send(page);
    shop.open("daftar");
    await page.context().close();
  }
  const lines = execFileSync("sh", ["-c", `cat "${shop.folder}"/inbox/*.segel-export | grep -a ^envelope`], { encoding: "utf8", maxBuffer: 1e9 });
  for (const line of lines.trim().split("\n").slice(-2)) sizes.push(line.split(" ")[3]);
  assert.equal(sizes[0], sizes[1]);
});

test("a form taken out and put back, or left and come back to, has forgotten everything", async () => {
  const page = await newPage(browser);
  await page.goto(shop.page);
  await toAdult(page);
  await page.getByLabel("Nama lengkap").fill(MARK);
  await page.evaluate(() => {
    const form = document.querySelector("segel-form");
    globalThis.input = form.shadowRoot.querySelector("input");
    const place = form.parentNode;
    form.remove();
    globalThis.left = [globalThis.input.value, form.shadowRoot.querySelectorAll("input").length];
    place.append(form);
  });
  assert.deepEqual(await page.evaluate(() => globalThis.left), ["", 0]);
  await toAdult(page);
  assert.equal(await page.getByLabel("Nama lengkap").inputValue(), "");
  await page.getByLabel("Nama lengkap").fill(MARK);
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
  assert.equal(await page.locator("segel-form input").count(), 0);
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
  await toAdult(page);
  assert.equal(await page.getByLabel("Nama lengkap").inputValue(), "");
  await page.evaluate(() => document.querySelector("segel-form").reset());
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).waitFor();
});

test("a form that is put in and taken out again and again leaves nothing in memory", async () => {
  const page = await newPage(browser);
  await page.addInitScript(() => {
    const { Instance } = WebAssembly;
    WebAssembly.Instance = function (...words) {
      const instance = new Instance(...words);
      globalThis.memory = instance.exports.memory;
      return instance;
    };
  });
  await page.goto(shop.page);
  await toAdult(page);
  const session = await page.context().newCDPSession(page);
  const turns = (count) => page.evaluate(async (count) => {
    const form = document.querySelector("segel-form");
    const place = form.parentNode;
    for (let turn = 0; turn < count; turn += 1) {
      const ready = new Promise((resolve) => form.addEventListener("segel-ready", resolve, { once: true }));
      if (turn % 2) form.reset();
      else {
        form.remove();
        place.append(form);
      }
      await ready;
    }
  }, count);
  // Listeners of a window, nodes and the module's memory, once all that nobody holds is gone.
  const held = async () => {
    await session.send("HeapProfiler.collectGarbage");
    const { nodes, jsEventListeners } = await session.send("Memory.getDOMCounters");
    return { nodes, jsEventListeners, pages: await page.evaluate(() => globalThis.memory.buffer.byteLength / 65536) };
  };
  await turns(20);
  const before = await held();
  await turns(60);
  const after = await held();
  assert.ok(after.pages <= before.pages, `${after.pages} pages of memory after ${before.pages}`);
  // One form holds hundreds of nodes and dozens of listeners: sixty that stayed would be thousands.
  assert.ok(after.nodes - before.nodes < 300, `${after.nodes} nodes after ${before.nodes}`);
  assert.ok(after.jsEventListeners - before.jsEventListeners < 60, `${after.jsEventListeners} listeners after ${before.jsEventListeners}`);
});
