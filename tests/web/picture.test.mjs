// Pictures where the form wants them small: what a camera wrote into them stays on the device, or the picture does.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, newPage, openShop, root, segel, send } from "./browser.mjs";
import { faultless } from "./faultless.mjs";
import { size } from "./pictures.mjs";

const CAMERA = "PENANDA-kamera-55d1";

let browser;
let shop;
let folder;
let photo;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "segel-picture-"));
  const definition = JSON.parse(readFileSync(join(root, "www/forms/daftar.json"), "utf8"));
  definition.fields = definition.fields.filter(({ id }) => ["nama", "wa", "foto"].includes(id));
  definition.purposes = definition.purposes.filter(({ id }) => id !== "minat");
  Object.assign(definition.fields[2], { image: 256, files: 3, accept: ["image/jpeg", "image/png", "image/heic", "application/pdf"] });
  writeFileSync(join(folder, "daftar.json"), JSON.stringify(definition));
  browser = await launch();
  shop = await openShop({ definition: join(folder, "daftar.json") });
  photo = await taken();
});
after(async () => {
  await browser?.close();
  shop?.close();
  rmSync(folder, { recursive: true });
});

// A JPEG of 640 by 480 pixels as a phone writes it: with its maker, and where it was taken.
async function taken() {
  const page = await newPage(browser);
  const bytes = await page.evaluate(async () => {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: 640, height: 480 });
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#0a0";
    pen.fillRect(0, 0, 640, 480);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg"));
    return [...new Uint8Array(await blob.arrayBuffer())];
  });
  await page.context().close();
  // TIFF, little endian. An entry is tag, type, count and value: a number (4), or where text (2) or rationals (5) stand.
  const entry = (tag, type, count, value) => {
    const out = Buffer.alloc(12);
    out.writeUInt16LE(tag, 0);
    out.writeUInt16LE(type, 2);
    out.writeUInt32LE(count, 4);
    if (typeof value === "number") out.writeUInt32LE(value, 8);
    else out.write(value, 8);
    return out;
  };
  const directory = (...entries) => Buffer.concat([Buffer.from([entries.length, 0]), ...entries, Buffer.alloc(4)]);
  const text = Buffer.from(`${CAMERA}\0`);
  const [gps, place] = [8 + 2 + 24 + 4, 8 + 2 + 24 + 4 + 2 + 48 + 4];
  const degrees = Buffer.alloc(48);
  [6, 55, 12, 107, 36, 30].forEach((part, nth) => {
    degrees.writeUInt32LE(part, nth * 8);
    degrees.writeUInt32LE(1, nth * 8 + 4);
  });
  const tiff = Buffer.concat([
    Buffer.from("II*\0\x08\0\0\0", "latin1"), directory(entry(0x10f, 2, text.length, place + 48), entry(0x8825, 4, 1, gps)),
    directory(entry(1, 2, 2, "S"), entry(2, 5, 3, place), entry(3, 2, 2, "E"), entry(4, 5, 3, place + 24)), degrees, text,
  ]);
  const head = Buffer.concat([Buffer.from([0xff, 0xe1, 0, 0]), Buffer.from("Exif\0\0"), tiff]);
  head.writeUInt16BE(head.length - 2, 2);
  const whole = Buffer.from(bytes);
  return Buffer.concat([whole.subarray(0, 2), head, whole.subarray(2)]);
}

const file = (name, mimeType, buffer) => ({ name, mimeType, buffer });
const heic = Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic", "latin1");
const pdf = Buffer.from("%PDF-1.4\n");

// What the owner has: the attachments of the last submission.
function attachments(which = shop) {
  const files = join(folder, "files");
  const { sequence } = which.open("daftar", "--files", files).records.at(-1);
  const names = readdirSync(files).filter((name) => name.startsWith(String(sequence).padStart(6, "0"))).sort();
  const all = names.map((name) => [name.slice(7), readFileSync(join(files, name))]);
  rmSync(files, { recursive: true });
  return all;
}

function bare(jpeg) {
  assert.equal(jpeg.includes("Exif"), false);
  assert.equal(jpeg.includes(CAMERA), false);
  assert.deepEqual(size(jpeg), [256, 192]);
}

async function begin(options) {
  const page = await newPage(browser, options);
  await page.goto(shop.page);
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).click();
  await page.getByLabel("Nama lengkap").fill("Sari");
  await page.getByLabel("Nomor WhatsApp").fill("0812-3456-7890");
  return page;
}

const posts = (page) => page.requests.filter((request) => request.method() === "POST").length;
const UNREAD = "Foto untuk kartu anggota: Gambar ini tidak dapat dibaca. Pilih foto JPEG, PNG, atau WebP.";

test("a photo reaches the owner small and without place and camera, and what is no picture as it is", async () => {
  assert.ok(photo.includes("Exif") && photo.includes(CAMERA));
  assert.deepEqual(size(photo), [640, 480]);
  const page = await begin();
  await page.getByLabel("Foto untuk kartu anggota").setInputFiles([file("kebun.jpeg", "image/jpeg", photo), file("surat.pdf", "application/pdf", pdf)]);
  await page.getByRole("button", { name: "Periksa dulu" }).click();
  await page.getByText("kebun.jpg, surat.pdf").waitFor();
  await send(page);
  const [small, paper] = attachments();
  bare(small[1]);
  assert.deepEqual(paper[1], pdf);
  await page.context().close();
});

for (const [what, chosen] of [
  ["another kind of picture", file("foto.heic", "image/heic", heic)],
  ["a picture that its name does not tell", file("foto", "", heic)],
  ["a cut photo", file("foto.jpg", "image/jpeg", Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0, 4]))],
  ["a text that is called a photo", file("foto.png", "image/png", Buffer.from(CAMERA))],
]) {
  test(`${what} is not sealed, is named beside its field, and another takes its place`, async () => {
    const page = await begin({ viewport: { width: 320, height: 640 } });
    const input = page.getByLabel("Foto untuk kartu anggota");
    await input.setInputFiles([file("kebun.jpeg", "image/jpeg", photo), chosen]);
    await page.getByRole("button", { name: "Periksa dulu" }).click();
    await page.getByRole("alert").getByRole("button", { name: UNREAD }).click();
    assert.equal(await input.evaluate((one) => one.getRootNode().activeElement === one && one.getAttribute("aria-invalid")), "true");
    await faultless(page, what);
    await input.setInputFiles(file("kebun.jpeg", "image/jpeg", photo));
    await page.getByRole("button", { name: "Periksa dulu" }).click();
    await send(page);
    assert.equal(posts(page), 1);
    bare(attachments()[0][1]);
    await page.context().close();
  });
}

// A page of the shop's own beside the server's files.
async function own(html) {
  const server = createServer((_request, response) => response.writeHead(200, { "content-type": "text/html" }).end(html));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const page = await newPage(browser);
  await page.goto(`http://127.0.0.1:${server.address().port}`);
  return [page, async () => (await page.context().close(), server.close())];
}

test("an existing form makes photos small too, and seals none that it cannot read", async () => {
  const [page, stop] = await own(`<!doctype html><html lang="id"><form method="post" action="/" data-segel-form="${shop.address}/forms/daftar.segel" data-segel-owner="${shop.owner}">
    <label>Nama <input data-segel="nama"></label><label>Nomor <input data-segel="wa"></label><label>Foto <input type="file" multiple data-segel="foto"></label>
    <div data-segel-consent></div><input type="hidden" name="segel" data-segel-envelope><button>Daftar</button></form>
    <script type="module" src="${shop.address}/segel/existing.js"></script>`);
  try {
    await page.getByRole("radio", { name: "Ya, sudah 18 tahun" }).check();
    await page.getByLabel("Nama", { exact: true }).fill("Sari");
    await page.getByLabel("Nomor", { exact: true }).fill("0812-3456-7890");
    await page.getByLabel("Foto", { exact: true }).setInputFiles(file("foto.heic", "image/heic", heic));
    await page.getByRole("button", { name: "Daftar", exact: true }).click();
    await page.getByRole("button", { name: UNREAD }).waitFor();
    assert.equal(await page.locator("code").count(), 0);
    await page.getByLabel("Foto", { exact: true }).setInputFiles(file("kebun.jpeg", "image/jpeg", photo));
    await page.getByRole("button", { name: "Daftar", exact: true }).click();
    await page.locator("code").waitFor();
    const isPost = (request) => request.method() === "POST";
    const [post] = await Promise.all([page.waitForRequest(isPost), page.getByRole("button", { name: "Kirim" }).click()]);
    const sealed = new URLSearchParams(post.postData()).get("segel");
    writeFileSync(join(shop.folder, "own.txt"), `2026-11-26T00:00:00Z ${sealed}\n`);
    segel(shop.folder, "gather", "own.txt", "--form", "forms/daftar.segel", "-o", "own");
    const words = ["-k", "owner.key", "--passphrase-file", "pass", "--form", "forms/daftar.segel", "--purpose", "daftar", "--format", "json"];
    bare(attachments({ open: (_purpose, ...more) => JSON.parse(segel(shop.folder, "open", "own", ...words, ...more)) })[0][1]);
  } finally {
    await stop();
  }
});

test("the JavaScript API seals no photo that it did not make small", async () => {
  const [page, stop] = await own("<!doctype html><title>api</title>");
  try {
    const codes = await page.evaluate(async ({ server, owner, bytes }) => {
      const { open } = await import(`${server}/segel/api.js`);
      const form = await open({ src: `${server}/forms/daftar.segel`, owner });
      form.shown("id");
      const code = (act) => act().then(() => "done", ({ code }) => code);
      const taken = new File([new Uint8Array(bytes)], "kebun.jpeg", { type: "image/jpeg" });
      const seal = (foto) => form.seal({ language: "id", choices: { daftar: true }, values: { nama: "Sari", wa: "081234567890" }, files: { foto: [foto] } });
      const out = [await code(() => seal(taken)), await code(() => form.picture("nama", taken)), await code(() => form.picture("foto", new File(["x"], "x.jpg", { type: "image/jpeg" })))];
      await form.send(await seal(await form.picture("foto", taken)));
      return out;
    }, { server: shop.address, owner: shop.owner, bytes: [...photo] });
    assert.deepEqual(codes, ["picture", "values", "picture"]);
    bare(attachments()[0][1]);
  } finally {
    await stop();
  }
});
