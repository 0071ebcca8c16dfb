// Forms that are not what the shop published: changed on the way, and signed by an owner who means ill. Each draws no field and says so, to the
// customer in words, to the page by a code.
import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, newPage, openShop } from "./browser.mjs";

let browser;
let shop;
let head;
let body;
before(async () => {
  browser = await launch();
  shop = await openShop();
  const published = readFileSync(join(shop.folder, "forms/daftar.segel"), "utf8");
  [head, body] = [published.slice(0, published.indexOf("\n\n")), published.slice(published.indexOf("\n\n") + 2)];
});
after(async () => {
  await browser?.close();
  shop?.close();
});

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const ILL = bech32("segel", publicKey.export({ format: "der", type: "spki" }).subarray(-32));

function bech32(prefix, bytes) {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("").match(/.{1,5}/g);
  const words = bits.map((group) => parseInt(group.padEnd(5, "0"), 2));
  const letters = [...prefix].map((letter) => letter.charCodeAt(0));
  const polymod = (values) => values.reduce((sum, value) => {
    const top = sum >>> 25;
    const turns = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
    return turns.reduce((next, turn, nth) => (top & (1 << nth) ? next ^ turn : next), ((sum & 0x1ffffff) << 5) ^ value);
  }, 1);
  const check = polymod([...letters.map((letter) => letter >> 5), 0, ...letters.map((letter) => letter & 31), ...words, 0, 0, 0, 0, 0, 0]) ^ 1;
  const all = [...words, ...[25, 20, 15, 10, 5, 0].map((shift) => (check >>> shift) & 31)];
  return `${prefix}1${all.map((word) => "qpzry9x8gf2tvdw0s3jn54khce6mua7l"[word]).join("")}`;
}

const canonical = (value) => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
};

// The shop's form as an owner who means ill would publish it.
function signed(change) {
  const form = JSON.parse(body);
  const text = canonical(change(form) ?? form);
  const message = Buffer.concat([Buffer.from("segel/v1/form\0"), Buffer.from(text)]);
  return `segel-form/1\nowner ${ILL}\nsignature ${sign(null, message, privateKey).toString("hex")}\n\n${text}`;
}

// What a page that pins `owner` makes of these bytes: the code, and how long it took from their arrival.
async function verdict(bytes, owner = shop.owner) {
  const page = await newPage(browser);
  await page.addInitScript(() => addEventListener("segel-error", ({ detail }) => (globalThis.code = detail.code)));
  await page.route("**/forms/daftar.segel", (route) => route.fulfill({ body: bytes }));
  await page.route("**/f/daftar", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replace(shop.owner, owner) });
  });
  await page.goto(shop.page);
  await page.waitForFunction(() => ["refused", "age"].includes(document.querySelector("segel-form").phase));
  const drawn = await page.locator("segel-form input, segel-form button").count();
  if (drawn > 0) assert.equal(await page.evaluate(() => document.querySelector("segel-form").phase), "age");
  else await page.getByRole("alert").waitFor();
  const code = await page.evaluate(() => globalThis.code);
  assert.equal(page.requests.filter((request) => request.method() === "POST").length, 0);
  await page.context().close();
  return drawn > 0 ? "drawn" : code;
}

const LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const flip = (text, at) => text.slice(0, at) + LETTERS[(LETTERS.indexOf(text[at]) + 1) % 32] + text.slice(at + 1);

test("the form as it was published is drawn, and so is one that another owner signed and the page pins", async () => {
  assert.equal(await verdict(`${head}\n\n${body}`), "drawn");
  assert.equal(await verdict(signed(() => {}), ILL), "drawn");
});

test("what was changed after publishing is named as such", async () => {
  const [key] = /age1pq1[a-z0-9]+/.exec(body);
  const form = JSON.parse(body);
  const [, interest, offers] = form.purposes.map(({ question }) => question.id);
  for (const [what, changed, code] of [
    ["the owner's key replaced", body.replaceAll(key, flip(key, 40)), "form_signature"],
    ["one more reader", body.replace(`"keys":["`, `"keys":["${key}","`), "form_signature"],
    ["one byte of the notice", body.replace("mendaftarkan Anda", "mendaftarkan anda"), "form_signature"],
    ["two purposes' questions exchanged", body.replace(interest, "@").replace(offers, interest).replace("@", offers), "form_signature"],
    ["a later end", body.replace(/"not_after":"\d{4}/, '"not_after":"2999'), "form_signature"],
  ]) {
    assert.notEqual(changed, body, what);
    assert.equal(await verdict(`${head}\n\n${changed}`), code, what);
  }
});

test("another's signature, none, or one over other bytes is named as such", async () => {
  const [first, owner, signature] = head.split("\n");
  for (const [what, text, code] of [
    ["another owner's form", signed(() => {}), "other_owner"],
    ["their signature under the shop's name", signed(() => {}).replace(ILL, shop.owner), "form_signature"],
    ["no signature", `${first}\n${owner}\n\n${body}`, "form_head"],
    ["a signature of nothing", `${first}\n${owner}\nsignature ${"0".repeat(128)}\n\n${body}`, "form_signature"],
    ["a signature over another form", `${first}\n${owner}\n${signature}\n\n${body.replace('"version":1', '"version":2')}`, "form_signature"],
    ["a kit to come", `segel-form/2\n${owner}\n${signature}\n\n${body}`, "newer_kit"],
    ["something else", "<!doctype html>", "not_a_form"],
  ]) {
    assert.equal(await verdict(text), code, what);
  }
});

test("a form of five megabytes, or with ten thousand fields or options, is refused by its size", async () => {
  const many = (field) => Array.from({ length: 10_000 }, (_, nth) => ({ ...field, id: `${field.id}${nth}` }));
  for (const [what, text] of [
    ["five megabytes", `${head}\n\n${body}${" ".repeat(5_000_000)}`],
    ["ten thousand fields", signed((form) => void (form.fields = [...form.fields, ...many(form.fields[2])]))],
    ["ten thousand options", signed((form) => void (form.fields.find(({ options }) => options).options = many({ id: "x", label: { id: "x", en: "x" } })))],
  ]) {
    assert.equal(await verdict(text, ILL), "form_too_large", what);
  }
});

test("what no shop may publish is refused although its owner signed it", async () => {
  const keys = (change) => (form) => void (form.roles[0].keys[0] = change(form.roles[0].keys[0]));
  const title = (text) => (form) => void (form.title.id = text);
  const website = (text) => (form) => void (form.controller.website = text);
  for (const [what, change] of [
    ["text that turns round", title("Toko \u202eiraS")],
    ["an isolate", title("Toko \u2066Sari")],
    ["a space without width", title("Toko\u200bSari")],
    ["a joiner of words", title("Toko\u2060Sari")],
    ["a control", title("Toko\u0007Sari")],
    ["a key in both cases", keys((key) => key.replace(/[a-z](?=[^a-z]*$)/, (letter) => letter.toUpperCase()))],
    ["a key with a wrong checksum", keys((key) => flip(key, key.length - 1))],
    ["a key of the other type", keys(() => bech32("age", Buffer.alloc(32, 9)))],
    ["a key of small order", (form) => void Object.assign(form, { suite: "X25519" }, { roles: [{ ...form.roles[0], keys: [bech32("age", Buffer.alloc(32))] }] })],
    ["a script for an address", website("javascript:alert(1)")],
    ["data for an address", website("data:text/html,x")],
    ["an address without a lock", website("http://toko.example")],
    ["somebody's name in an address", website("https://bank@evil.example")],
    ["a pattern to be run", (form) => void (form.fields[0].pattern = "(a+)+$")],
    ["a field that nobody knows", (form) => void (form.fields[0].kind = "password")],
    ["parts that hide a reader", (form) => void form.parts.pop()],
  ]) {
    assert.match(await verdict(signed(change), ILL), /^form_(misfit|json)$/, what);
  }
});
