// Every kind of field: how it helps to fill it in, what it takes, and what the owner gets.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, newPage, openShop, root, send } from "./browser.mjs";
import { faultless } from "./faultless.mjs";

const text = (id) => ({ id, en: id });
const field = (id, kind, more = {}) => ({ id, kind, label: text(id), reason: text("untuk uji"), purposes: ["daftar"], required: false, ...more });
const options = ["satu", "dua", "tiga"].map((id) => ({ id, label: text(id) }));

let browser;
let shop;
let folder;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "segel-kinds-"));
  const definition = JSON.parse(readFileSync(join(root, "www/forms/daftar.json"), "utf8"));
  definition.purposes[0].basis.push("legal");
  definition.fields = [
    ...definition.fields.slice(0, 3), field("provinsi", "province"), field("kota", "city"), field("alamat", "address"), field("kodepos", "postcode"),
    field("lahir", "date", { birth: true }), field("tanggal", "date"), field("jumlah", "number"), field("nik", "nik", { reason: text("UU 24/2013 Pasal 63") }), field("catatan", "long_text"), field("lain", "text"),
    field("pilih", "choice", { options }), field("minat", "choices", { options }), field("berkas", "file", { files: 3, max_bytes: 2_000_000 }),
  ];
  definition.draft = true;
  writeFileSync(join(folder, "daftar.json"), JSON.stringify(definition));
  for (const nth of [1, 2, 3]) writeFileSync(join(folder, `${nth}.txt`), `berkas ${nth}\n`.repeat(nth * 1000));
  writeFileSync(join(folder, "besar.bin"), Buffer.alloc(2_000_001));
  browser = await launch();
  shop = await openShop({ definition: join(folder, "daftar.json") });
});
after(async () => {
  await browser?.close();
  shop?.close();
  rmSync(folder, { recursive: true });
});

async function begin(options) {
  const page = await newPage(browser, options);
  await page.goto(shop.page);
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).click();
  await page.getByLabel("Nama lengkap").fill("Sari");
  await page.getByLabel("Nomor WhatsApp").fill("0812-3456-7890");
  return page;
}

// What stands on the review beside a name.
const reviewed = (page, name) => page.locator("segel-form dt").filter({ hasText: new RegExp(`^${name}$`) }).locator("+ dd").textContent();

async function review(page) {
  await page.getByRole("button", { name: "Periksa dulu" }).click();
  await page.getByRole("heading", { name: "Periksa jawaban Anda" }).waitFor();
}

test("every input tells phone and browser what belongs there; an identity number is offered to nobody", async () => {
  const page = await begin({ viewport: { width: 320, height: 640 } });
  const help = await page.locator("segel-form :is(input, textarea):not([type=radio], [type=checkbox], [type=file])").evaluateAll(
    (inputs) => inputs.map((input) => `${input.tagName === "TEXTAREA" ? "area" : input.type} ${input.inputMode || "-"} ${input.autocomplete}`),
  );
  assert.deepEqual(help, [
    "text - name", "tel tel tel", "email email email", "text - address-level1", "text - address-level2", "area - street-address",
    "text numeric postal-code", "text numeric bday-day", "text text bday-month", "text numeric bday-year", "text numeric off", "text text off", "text numeric off", "text decimal off",
    "text numeric off", "area - off", "text - off",
  ]);
  await faultless(page, "every kind");
});

test("what is typed as people write it is what the owner gets, and an identity number is masked on the way", async () => {
  const page = await begin();
  for (const [label, value] of [
    ["alamat", "Jl. Contoh 12\nRT 03/RW 04"], ["kodepos", " 40115 "], ["jumlah", "1.250.000,5"], ["nik", "3273 0155 0790 0001"], ["catatan", "Tanpa gula.\nTerima kasih."],
    ["lain", "teks"], ["Hari", "15"], ["Bulan", "Juli"], ["Tahun", "1990"],
  ]) await page.getByLabel(label).first().fill(value);
  await page.getByRole("radio", { name: "dua" }).check();
  for (const name of ["satu", "tiga"]) await page.getByRole("checkbox", { name }).check();
  await page.getByLabel("berkas").setInputFiles([1, 2, 3].map((nth) => join(folder, `${nth}.txt`)));
  await review(page);
  assert.equal(await reviewed(page, "jumlah"), "1.250.000,5");
  assert.equal(await reviewed(page, "nik"), "************0001");
  assert.equal(await reviewed(page, "berkas"), "1.txt, 2.txt, 3.txt");
  assert.equal(await reviewed(page, "minat"), "satu, tiga");
  await send(page);
  const files = join(folder, "files");
  const { answers } = shop.open("daftar", "--files", files).records.at(-1);
  const { berkas, ...rest } = answers;
  assert.equal(berkas.length, 3);
  assert.deepEqual(rest, {
    alamat: "Jl. Contoh 12\nRT 03/RW 04", catatan: "Tanpa gula.\nTerima kasih.", jumlah: "1250000.5", kodepos: "40115", lahir: "1990-07-15", lain: "teks",
    minat: ["satu", "tiga"], nama: "Sari", nik: "3273015507900001", pilih: "dua", wa: "+6281234567890",
  });
  const written = readdirSync(files).filter((name) => name.includes("-berkas-")).sort();
  assert.deepEqual(written.map((name) => readFileSync(join(files, name)).length), [1, 2, 3].map((nth) => nth * 9000));
});

test("a number keeps its meaning where the language changes, and in a draft", async () => {
  const page = await begin();
  const number = page.getByLabel("jumlah");
  await number.fill("1.500");
  await page.getByRole("button", { name: "English" }).click();
  assert.equal(await number.inputValue(), "1,500");
  await number.fill("2,750.5");
  // Kept a little after the last key press.
  while (await page.evaluate(async () => !(await indexedDB.databases()).length));
  await page.reload();
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).click();
  assert.equal(await number.inputValue(), "2.750,5");
  await number.fill("dua");
  await page.getByRole("button", { name: "English" }).click();
  assert.equal(await number.inputValue(), "dua", "what is no number stays as it is");
  await page.context().close();
});

test("what does not fit is named with what to do, beside the field and above all", async () => {
  const page = await begin();
  for (const [label, value] of [["kodepos", "401"], ["jumlah", "dua"], ["nik", "12"], ["E-mail", "sari@"], ["Hari", "1"], ["Bulan", "1"], ["Tahun", "2999"], ["lain", "é".repeat(101)]]) await page.getByLabel(label).first().fill(value);
  await page.getByLabel("berkas").setInputFiles(join(folder, "besar.bin"));
  await page.getByRole("button", { name: "Periksa dulu" }).click();
  const summary = page.getByRole("alert");
  for (const [name, sentence] of [
    ["E-mail", "Tulis alamat seperti nama@contoh.id."], ["kodepos", "Tulis lima angka, misalnya 40115."], ["jumlah", "Tulis angka saja, misalnya 1.500 atau 2,5."],
    ["nik", "Tulis 16 angka seperti di KTP."], ["berkas", "Pilih berkas paling besar 1 MB."], ["lain", "Pendekkan 1 huruf."],
  ]) {
    await summary.getByRole("button", { name: `${name}: ${sentence}` }).waitFor();
    assert.ok((await page.getByLabel(name).first().evaluate((input) => input.getRootNode().getElementById(input.getAttribute("aria-describedby").split(" ")[0]).textContent)).includes(sentence));
  }
  await summary.getByRole("button", { name: "lahir: Tanggal lahir tidak mungkin setelah hari ini." }).waitFor();
  assert.equal(await page.getByLabel("kodepos").inputValue(), "401", "what was typed stays");
});

test("a number in every spelling is a number once", async () => {
  const page = await begin();
  for (const [typed, shown] of [["0812 3456 7890", "+6281234567890"], ["+62 812-3456-7890", "+6281234567890"], ["62812.3456.7890", "+6281234567890"], ["812 3456 7890", "+6281234567890"], ["(0812) 34567890", "+6281234567890"]]) {
    await page.getByLabel("Nomor WhatsApp").fill(typed);
    await review(page);
    assert.equal(await reviewed(page, "Nomor WhatsApp"), shown, typed);
    await page.getByRole("button", { name: "Ubah" }).click();
    assert.equal(await page.getByLabel("Nomor WhatsApp").inputValue(), typed, "what people see is not rewritten");
  }
});
