// The other ways in for a web developer: a form and a server of their own, in PHP and in Node; the JavaScript API; the npm package in Vite.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fill, launch, newPage, openShop, root, segel, send } from "./browser.mjs";
import { noise } from "./pictures.mjs";
import { examples, existing, fillExisting, served } from "./site.mjs";

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

// A program that says its port in its first matching line.
async function started(command, words, pattern, environment = {}) {
  const child = spawn(command, words, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...environment } });
  const port = await new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => pattern.test(line) && resolve(pattern.exec(line)[1]));
    }
    child.once("exit", (code) => reject(new Error(`${command} ended with ${code}`)));
  });
  return { address: `http://127.0.0.1:${port}`, stop: () => child.kill() };
}

const violations = (page) => page.evaluate(() => globalThis.violations);

async function throughAnExistingForm(backend, store) {
  const folder = mkdtempSync(join(tmpdir(), "segel-existing-"));
  const page = await newPage(browser);
  const html = readFileSync(join(examples, "index.html"), "utf8")
    .replaceAll("{{SERVER}}", shop.address).replaceAll("{{OWNER}}", shop.owner).replaceAll("{{ACTION}}", backend.address);
  writeFileSync(join(folder, "index.html"), html);
  writeFileSync(join(folder, "shop.css"), readFileSync(join(root, "www/shop.css")));
  const site = await served(folder, shop.address);
  try {
    await page.goto(site.address);
    await page.getByRole("group", { name: /mempelajari minat/ }).waitFor();
    assert.equal(await page.getByLabel("Tanggal lahir").isVisible(), false, "a field of an unanswered purpose is not asked");
    await page.getByLabel("Nomor WhatsApp").fill("0812-3456-7890");
    await page.getByRole("button", { name: "Daftar" }).click();
    await page.getByText("Apakah Anda sudah berusia 18 tahun?").last().waitFor();
    await page.getByRole("radio", { name: "Ya, sudah 18 tahun" }).check();
    await page.getByRole("button", { name: "Daftar", exact: true }).click();
    await page.getByRole("button", { name: "Nama lengkap: Isi bagian ini." }).click();
    assert.equal(await page.getByLabel("Nama lengkap").evaluate((input) => document.activeElement === input), true);
    await page.getByLabel("Nama lengkap").fill("PENANDA-5e1f Dewi");
    await page.getByRole("group", { name: /mempelajari minat/ }).getByRole("radio", { name: "Ya, boleh" }).check();
    await page.getByLabel("Tanggal lahir").fill("1990-03-27");
    await page.getByRole("button", { name: "Daftar", exact: true }).click();
    await page.getByRole("heading", { name: "Simpan dulu kunci bukti Anda" }).waitFor();
    assert.match(await page.locator("code").textContent(), /^SEGEL-RECEIPT-1/);
    await page.getByText(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/).waitFor();
    await page.getByText("hubungi toko dan sebutkan nomor bukti").waitFor();
    assert.equal(await page.getByRole("group", { name: /mempelajari minat/ }).getByRole("radio", { name: "Tidak" }).isDisabled(), true);
    await page.getByRole("button", { name: "Kirim" }).click();
    await page.getByText("Terima kasih").waitFor();
    for (const request of page.requests) {
      assert.ok(!(request.postDataBuffer() ?? Buffer.alloc(0)).includes("PENANDA-5e1f"), request.url());
    }
    assert.ok(!readFileSync(store).includes("PENANDA-5e1f"));
    const inbox = join(folder, "inbox");
    segel(shop.folder, "gather", store, "--form", "forms/daftar.segel", "-o", inbox);
    segel(shop.folder, "gather", store, "--form", "forms/daftar.segel", "-o", inbox);
    assert.equal(readdirSync(inbox).filter((name) => name.endsWith(".segel-export")).length, 1, "what is there is not gathered twice");
    const keys = ["-k", "owner.key", "--passphrase-file", "pass", "--form", "forms/daftar.segel"];
    const opened = JSON.parse(segel(shop.folder, "open", inbox, ...keys, "--purpose", "minat", "--format", "json"));
    assert.deepEqual(opened.records.at(-1).answers, { lahir: "1990-03-27" });
    const all = JSON.parse(segel(shop.folder, "open", inbox, ...keys, "--purpose", "daftar", "--format", "json"));
    assert.equal(all.records.at(-1).answers.nama, "PENANDA-5e1f Dewi");
  } finally {
    site.stop();
    backend.stop();
    await page.context().close();
    rmSync(folder, { recursive: true, force: true });
  }
}

test("an existing form with a PHP page behind it stores one sealed string", async () => {
  const store = join(shop.folder, "php-store.txt");
  const pattern = /Development Server \(http:\/\/127\.0\.0\.1:(\d+)\) started/;
  const port = 20000 + (process.pid % 20000);
  const backend = await started("php", ["-S", `127.0.0.1:${port}`, join(examples, "daftar.php")], pattern, { SEGEL_STORE: store });
  await throughAnExistingForm(backend, store);
});

test("an existing form with a Node server behind it stores one sealed string", async () => {
  const store = join(shop.folder, "node-store.txt");
  const backend = await started("node", [join(examples, "daftar.mjs"), "0", store], /listening on (\d+)/);
  for (const body of ["", "segel=", "segel=aGVsbG8%3D", "nama=Sari"]) {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    assert.equal((await fetch(backend.address, { method: "POST", body, headers })).status, 422, body);
  }
  assert.equal(existsSync(store), false);
  await throughAnExistingForm(backend, store);
});

test("an existing form that would send an answer in clear is refused, and so is one with a field of another form", async () => {
  for (const [from, to, sentence] of [
    ['<input data-segel="nama"', '<input name="nama" data-segel="nama"', /atribut name/],
    ['data-segel="nama"', 'data-segel="nmaa"', /tidak ada di formulir toko/],
    ["<div data-segel-consent></div>", "", /tidak ada tempat untuk pemberitahuan/],
    ["</main>", '<input form="own" name="nama" data-segel="nama"></main>', /atribut name/],
    ["data-segel-envelope", "", /tidak ada tempat untuk jawaban yang terkunci/],
  ]) {
    const folder = mkdtempSync(join(tmpdir(), "segel-existing-"));
    const html = readFileSync(join(examples, "index.html"), "utf8").replace(from, to).replace("<form ", '<form id="own" ')
      .replaceAll("{{SERVER}}", shop.address).replaceAll("{{OWNER}}", shop.owner).replaceAll("{{ACTION}}", "/");
    writeFileSync(join(folder, "index.html"), html);
    const site = await served(folder, shop.address);
    const page = await newPage(browser);
    await page.goto(site.address);
    await page.getByText(sentence).waitFor();
    await page.getByRole("button", { name: "Daftar" }).click();
    assert.equal(page.requests.filter((request) => request.method() === "POST").length, 0);
    site.stop();
    await page.context().close();
    rmSync(folder, { recursive: true, force: true });
  }
});

for (const [how, ignoreDefaultArgs] of [["is kept whole for", ["--disable-back-forward-cache"]], ["is built anew for", []]]) {
  test(`an existing form that ${how} "back" has neither answers nor the receipt's key, and begins anew`, async () => {
    const own = await launch([], { ignoreDefaultArgs });
    const site = await existing(shop);
    try {
      const page = await newPage(own);
      await page.addInitScript(() => addEventListener("pageshow", ({ persisted }) => (globalThis.persisted = persisted)));
      await page.goto(site.address);
      const sentence = page.getByRole("group", { name: /mempelajari minat/ });
      await sentence.waitFor();
      await fillExisting(page);
      await page.getByRole("button", { name: "Daftar", exact: true }).click();
      await page.locator("code").waitFor();
      await page.getByRole("button", { name: "Kirim" }).click();
      await page.getByText("Terima kasih").waitFor();
      // A page that was kept whole is not loaded, so nobody may wait for that.
      await page.goBack({ waitUntil: "commit" });
      await sentence.waitFor();
      assert.equal(await page.evaluate(() => persisted), ignoreDefaultArgs.length > 0);
      assert.equal(await page.locator("code").count(), 0);
      const left = () => page.$$eval("input", (inputs) => inputs.filter(({ value, type, checked }) => (type === "radio" ? checked : value !== "" && type !== "submit")).map(({ outerHTML }) => outerHTML));
      assert.deepEqual(await left(), []);
      await fillExisting(page);
      await page.goto(`${site.address}/thanks.html`);
      await page.goBack({ waitUntil: "commit" });
      await sentence.waitFor();
      assert.deepEqual(await left(), [], "what was typed and not sealed neither");
      await fillExisting(page);
      await page.getByRole("button", { name: "Daftar", exact: true }).click();
      await page.locator("code").waitFor();
      assert.deepEqual(page.trouble, []);
    } finally {
      site.stop();
      await own.close();
    }
  });
}

test("what was typed is forgotten even if the form never came, and on a page whose reset is another thing", async () => {
  const own = await launch([], { ignoreDefaultArgs: ["--disable-back-forward-cache"] });
  const site = await existing(shop, (html) => html
    .replace('data-segel-form="{{SERVER}}/forms/daftar.segel"', 'data-segel-form="/none.segel"')
    .replace("</form>", '<input name="reset"><select data-segel="jk"><option>a<option selected>b<option>c</select><input type="checkbox" data-segel="x" checked></form>')
    .replace("</main>", '<input data-segel="email" form="own" id="outside"></main>').replace("<form ", '<form id="own" '));
  try {
    const page = await newPage(own);
    await page.goto(site.address);
    await page.getByLabel("Nama lengkap").fill("PENANDA-11aa");
    await page.locator("#outside").fill("PENANDA-11bb");
    await page.getByRole("combobox").selectOption("c");
    await page.getByRole("checkbox").uncheck();
    await page.goto(`${site.address}/thanks.html`);
    await page.goBack({ waitUntil: "commit" });
    await page.getByText("tidak dapat dimuat").waitFor();
    const stand = await page.evaluate(() => [...document.querySelectorAll("[data-segel]")].map((one) => (one.type === "checkbox" ? one.checked : one.value)));
    assert.deepEqual(stand, ["", "", "", "", "b", true, ""]);
  } finally {
    site.stop();
    await own.close();
  }
});

for (const [how, drawn, choose, answered] of [
  ["radios", '<label><input type="radio" data-segel="kelamin" value="perempuan">P</label><label><input type="radio" data-segel="kelamin" value="laki_laki">L</label><label><input type="radio" form="own" data-segel="kelamin" value="tidak_disebut">X</label>',
    async (page, name) => page.getByRole("radio", { name, exact: true }).check(), { L: "laki_laki", P: "perempuan" }],
  ["a list", '<label>Kelamin <select data-segel="kelamin"><option value="">-<option value="perempuan">P<option value="laki_laki">L</select></label>',
    async (page, name) => page.getByLabel("Kelamin").selectOption(name), { L: "laki_laki", P: "perempuan" }],
]) {
  test(`of ${how} in an existing form the one that was chosen is sealed, and nothing where none was`, async () => {
    const site = await existing(shop, (html) => html.replace("<form ", '<form id="own" ').replace("<button", `<fieldset>${drawn}</fieldset><button`));
    const store = join(shop.folder, `choice-${how}.txt`);
    const sealed = [];
    try {
      for (const chosen of [[], ["P"], ["P", "L", "P"], ["P", "L"]]) {
        const page = await newPage(browser);
        await page.goto(site.address);
        const purpose = page.getByRole("group", { name: /mempelajari minat/ });
        await purpose.waitFor();
        await fillExisting(page);
        await purpose.getByRole("radio", { name: "Ya, boleh" }).check();
        for (const one of chosen) await choose(page, one);
        assert.ok((await page.locator("[type=radio][data-segel]:checked").count()) <= 1, "one excludes the others");
        await page.getByRole("button", { name: "Daftar", exact: true }).click();
        await page.locator("code").waitFor();
        await page.getByRole("button", { name: "Kirim" }).click();
        await page.getByText("Terima kasih").waitFor();
        const body = page.requests.find((request) => request.method() === "POST").postData();
        sealed.push(`${new Date().toISOString().slice(0, 19)}Z ${new URLSearchParams(body).get("segel")}`);
        await page.context().close();
        writeFileSync(store, `${sealed.join("\n")}\n`);
      }
      const inbox = join(shop.folder, `choice-${how}`);
      segel(shop.folder, "gather", store, "--form", "forms/daftar.segel", "-o", inbox);
      const keys = ["-k", "owner.key", "--passphrase-file", "pass", "--form", "forms/daftar.segel"];
      const { records } = JSON.parse(segel(shop.folder, "open", inbox, ...keys, "--purpose", "minat", "--format", "json"));
      assert.deepEqual(records.map(({ answers }) => answers.kelamin), [undefined, answered.P, answered.P, answered.L]);
    } finally {
      site.stop();
    }
  });
}

test("a name that comes to an input later is refused aloud, and nothing is sent", async () => {
  const site = await existing(shop);
  const page = await newPage(browser);
  try {
    await page.goto(site.address);
    await page.getByRole("group", { name: /mempelajari minat/ }).waitFor();
    await fillExisting(page);
    await page.getByLabel("Nama lengkap").evaluate((input) => (input.name = "nama"));
    await page.getByRole("button", { name: "Daftar", exact: true }).click();
    await page.getByText(/atribut name/).waitFor();
    assert.equal(page.requests.filter((request) => request.method() === "POST").length, 0);
  } finally {
    site.stop();
    await page.context().close();
  }
});

test("of two existing forms on a page the wrong one is refused, and the other works", async () => {
  const site = await existing(shop, (html) => {
    const form = /<form[^]*<\/form>/.exec(html)[0];
    return html.replace(form, form.replace('data-segel="nama"', 'name="nama" data-segel="nama"') + form);
  });
  const page = await newPage(browser);
  try {
    await page.goto(site.address);
    const right = page.locator("form").nth(1);
    await page.locator("form").nth(0).getByText(/atribut name/).waitFor();
    await right.getByRole("radio", { name: "Ya, sudah 18 tahun" }).check();
    await right.getByLabel("Nama lengkap").fill("Sari");
    await right.getByLabel("Nomor WhatsApp").fill("0812-3456-7890");
    await page.locator("form").nth(0).getByRole("button", { name: "Daftar", exact: true }).click();
    await right.getByRole("button", { name: "Daftar", exact: true }).click();
    await right.locator("code").waitFor();
    assert.equal(page.requests.filter((request) => request.method() === "POST").length, 0);
  } finally {
    site.stop();
    await page.context().close();
  }
});

test("a form on another host does the work that its server asks for, and no more than anybody may ask", async () => {
  const strict = await openShop({ settings: ["--work-bits", "12"] });
  const folder = mkdtempSync(join(tmpdir(), "segel-work-"));
  writeFileSync(join(folder, "index.html"), `<!doctype html><script type="module" src="${strict.address}/segel/element.js"></script>
    <segel-form src="${strict.address}/forms/daftar.segel" owner="${strict.owner}"></segel-form>`);
  const site = await served(folder, strict.address);
  const page = await newPage(browser);
  try {
    let asked;
    await page.route("**/forms/daftar", async (route) => {
      const { status, work } = asked ?? {};
      return status ? route.fulfill({ status, json: { code: "work", work }, headers: { "access-control-allow-origin": "*" } }) : route.continue();
    });
    await page.goto(site.address);
    await fill(page);
    for (const bits of [0, 21, 277, -1, null]) {
      asked = { status: 428, work: { bits, ticket: 498771 } };
      await page.getByRole("button", { name: /Setuju dan daftar|Coba lagi/ }).click();
      await page.getByText("Belum pasti terkirim").waitFor();
    }
    asked = { status: 428, work: { bits: 1, ticket: 1 } };
    await page.getByRole("button", { name: "Coba lagi" }).click();
    await page.getByText("server sedang sibuk").waitFor();
    asked = undefined;
    await page.getByRole("button", { name: "Coba lagi" }).click();
    await page.getByText("Nomor bukti", { exact: true }).waitFor();
    const proofs = page.requests.filter((request) => request.method() === "POST").map((request) => request.headers()["segel-work"]);
    assert.deepEqual([proofs.length, proofs.at(-2)], [5 + 2 + 2, undefined]);
    assert.match(proofs.at(-1), /^12\.\d{1,15}\.[0-9a-f]{16}$/);
    assert.equal(strict.open("daftar").total, 1);
  } finally {
    site.stop();
    strict.close();
    await page.context().close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the JavaScript API seals what a page collected by itself, and nothing without notice and consent", async () => {
  const page = await newPage(browser);
  const folder = mkdtempSync(join(tmpdir(), "segel-api-"));
  writeFileSync(join(folder, "index.html"), "<!DOCTYPE html><title>api</title>");
  const site = await served(folder, shop.address);
  await page.goto(site.address);
  const result = await page.evaluate(async ({ server, owner, taken }) => {
    const { open, SegelError } = await import(`${server}/segel/api.js`);
    const code = async (act) => {
      try {
        await act();
        return "done";
      } catch (error) {
        return error instanceof SegelError ? error.code : String(error);
      }
    };
    const src = `${server}/forms/daftar.segel`;
    const form = await open({ src, owner });
    const choices = { daftar: true, minat: false };
    const values = { nama: "Sari Dewi", wa: "0812-3456-7890" };
    const photo = await form.picture("foto", new File([new Uint8Array(taken)], "kartu.png", { type: "image/png" }));
    const out = { title: form.definition.title.id, asked: form.asked(choices), codes: {} };
    out.problems = form.check({ choices, values: { wa: "x" } }).problems;
    out.answers = form.check({ choices, values }).answers;
    out.codes.other = await code(() => open({ src, owner: `${owner.slice(0, -1)}${owner.endsWith("q") ? "p" : "q"}` }));
    out.codes.missing = await code(() => open({ src: `${server}/forms/tidak.segel`, owner }));
    out.codes.unknown = await code(() => form.check({ choices, values: { nmaa: "x" } }));
    out.codes.purpose = await code(() => form.check({ choices: { bukan: true }, values }));
    out.codes.unseen = await code(() => form.seal({ language: "id", choices, values }));
    form.shown("id");
    out.codes.otherLanguage = await code(() => form.seal({ language: "en", choices, values }));
    out.codes.refused = await code(() => form.seal({ language: "id", choices: { daftar: false }, values }));
    out.codes.unasked = await code(() => form.seal({ language: "id", choices: {}, values }));
    out.codes.incomplete = await code(() => form.seal({ language: "id", choices, values: {} }));
    const shares = [];
    const sealed = await form.seal({ language: "id", choices, values, files: { foto: [photo] }, progress: (share) => shares.push(share) });
    out.shares = shares;
    out.sent = await form.send(sealed);
    out.again = await form.send(sealed);
    out.number = sealed.number;
    form.close();
    return out;
  }, { server: shop.address, owner: shop.owner, taken: [...noise(400, 300)] });
  assert.equal(result.title, "Daftar anggota Toko Sari");
  assert.ok(result.asked.includes("nama") && !result.asked.includes("lahir"));
  assert.deepEqual(result.problems.map(({ field, cause }) => [field, cause]), [["nama", "required"], ["wa", "phone"]]);
  assert.deepEqual(result.answers, { nama: "Sari Dewi", wa: "+6281234567890" });
  assert.deepEqual(result.codes, {
    other: "owner", missing: "missing", unknown: "values", purpose: "values", unseen: "notice", otherLanguage: "notice", refused: "consent",
    unasked: "consent", incomplete: "answers",
  });
  assert.equal(result.shares.at(-1), 1);
  assert.equal(result.sent.receivedAt, result.again.receivedAt, "the same bytes twice are one submission");
  assert.equal(shop.open("daftar").records.at(-1).number, result.number);
  assert.deepEqual(await violations(page), []);
  site.stop();
});

test("the npm package installs and runs in a clean Vite project, and its types are right", async () => {
  const folder = mkdtempSync(join(tmpdir(), "segel-vite-"));
  const run = (command, ...words) => execFileSync(command, words, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const [{ filename: packed, files }] = JSON.parse(run("npm", "pack", join(root, "dist/npm"), "--json"));
  const there = new Set(files.map(({ path }) => `./${path}`));
  const { exports } = JSON.parse(readFileSync(join(root, "dist/npm/package.json"), "utf8"));
  const named = Object.values(exports).flatMap((target) => (typeof target === "string" ? [target] : Object.values(target)));
  assert.deepEqual(named.filter((path) => !there.has(path)), [], "what the package names is in it");
  for (const path of there) {
    const besides = path.endsWith(".js") ? readFileSync(join(root, "dist/npm", path), "utf8").matchAll(/new URL\("(\.\/[^"]+)",\s*import\.meta\.url\)/g) : [];
    for (const [, other] of besides) assert.ok(there.has(other), `${path} loads ${other}`);
  }
  assert.deepEqual([...there].filter((path) => path.endsWith(".wasm")), ["./large.wasm", "./receipt.wasm", "./segel.wasm"]);
  const schema = JSON.parse(readFileSync(join(root, "dist/npm/segel.schema.json"), "utf8"));
  assert.deepEqual(schema, JSON.parse(segel(folder, "schema")), "`segel schema` tells the same; write it to www/segel.schema.json");
  writeFileSync(join(folder, "package.json"), '{"private":true,"type":"module"}');
  run("npm", "install", "--offline", "--no-audit", "--no-fund", `./${packed}`);
  writeFileSync(join(folder, "index.html"), '<!DOCTYPE html><html lang="id"><title>Toko</title><body><script type="module" src="/main.ts"></script></body></html>');
  writeFileSync(join(folder, "main.ts"), `
import "segel/element";
import "segel/existing";
import "segel/receipt";
import { open, SegelError, type Checked, type Choices } from "segel";
import type { SegelFormElement } from "segel/element";

const element: SegelFormElement = document.createElement("segel-form");
element.setAttribute("src", "${shop.address}/forms/daftar.segel");
element.setAttribute("owner", "${shop.owner}");
const receipt = document.createElement("segel-receipt");
receipt.setAttribute("src", "${shop.address}/forms/daftar.segel");
receipt.setAttribute("owner", "${shop.owner}");
element.addEventListener("segel-sent", (event) => console.log(event.detail.number, event.detail.choices[0]?.given));
document.body.append(location.search ? receipt : element);
document.createElement("form").addEventListener("segel-sealed", (event) => console.log(event.detail.number));
const choices: Choices = { daftar: true };
open({ src: "${shop.address}/forms/daftar.segel", owner: "${shop.owner}" }).then((form) => {
  const checked: Checked = form.check({ choices, values: { nama: "Sari", wa: "081234567890" } });
  document.title = checked.problems ? String(checked.problems.length) : "siap";
}, (error: unknown) => {
  document.title = error instanceof SegelError ? error.code : String(error);
});
`);
  const tools = join(root, "tests/web/node_modules");
  run("node", join(tools, "typescript/bin/tsc"), "--noEmit", "--strict", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler", "--lib", "es2022,dom,dom.iterable", "main.ts");
  writeFileSync(join(folder, "wrong.ts"), 'import { open } from "segel";\nvoid open({ source: "x", owner: 1 });\n');
  assert.throws(
    () => run("node", join(tools, "typescript/bin/tsc"), "--noEmit", "--strict", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler", "--lib", "es2022,dom", "wrong.ts"),
    ({ stdout }) => /TS2353|TS2561|TS2322/.test(stdout),
  );
  run("node", join(tools, "vite/bin/vite.js"), "build", "--logLevel", "warn");
  const site = await served(join(folder, "dist"), shop.address);
  const page = await newPage(browser);
  await page.goto(site.address);
  await fill(page);
  await send(page);
  const number = await page.locator("segel-form dd").nth(1).textContent();
  const link = await page.locator("segel-form code a").getAttribute("href");
  const { answers } = shop.open("daftar").records.find((record) => record.number === number);
  assert.deepEqual([answers.nama, answers.kota], ["Sari Dewi", "Kota Bandung"]);
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(page.trouble, [`${number} true`], "and what the page itself wrote down");
  // The receipt's page of the package takes the key as the server's does, and is answered where it is the server's own.
  await page.route("**/forms/daftar/submissions/**", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), "access-control-allow-origin": "*" } });
  });
  await page.goto(`${site.address}/?later#${link.split("#")[1]}`);
  await page.getByText("tersimpan, terkunci").waitFor();
  assert.deepEqual(await violations(page), []);
  site.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("what the manifest of the element and the README say is what the element does", () => {
  const read = (path) => readFileSync(join(root, path), "utf8");
  const [{ attributes, members, events, cssProperties, cssParts }] = JSON.parse(read("www/custom-elements.json")).modules[0].declarations;
  const sources = ["element.js", ...readdirSync(join(root, "www/form")).map((name) => `form/${name}`)].map((name) => read(`www/${name}`)).join("\n");
  const names = (list) => list.map(({ name }) => name).sort();
  const found = (text, pattern) => [...new Set([...text.matchAll(pattern)].map(([, name]) => name))].sort();
  const observed = /observedAttributes = \[(.*)\]/.exec(sources)[1];
  assert.deepEqual(names(attributes), found(observed, /"(\w+)"/g));
  // What the form tells its element alone is no event.
  assert.deepEqual(names(events), found(sources, /tell\("(segel-\w+)"/g).filter((name) => name !== "segel-again"));
  const style = read("www/style.css");
  assert.deepEqual(names(cssProperties), found(style, /(--segel-[\w-]+):/g));
  const parts = new Set([...found(sources, /part: "(\w+)"/g), ...found(sources, /#button\([^,]+, "(\w+)"/g)]);
  assert.deepEqual(names(cssParts), [...parts].sort());
  const element = read("www/element.js");
  for (const { name, kind } of members) assert.match(element, new RegExp(kind === "field" ? `get ${name}\\(` : `^  ${name}\\(`, "m"));
  const readme = read("README.md");
  for (const { name } of [...attributes, ...events, ...cssProperties, ...cssParts, ...members]) assert.ok(readme.includes(`\`${name}`), name);
  assert.ok(found(read("www/element.d.ts"), /"(segel-\w+)": CustomEvent/g).every((name) => names(events).includes(name)));
});
