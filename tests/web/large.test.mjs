// Large attachments: sealed in a worker where the page says that its policy allows one, and on the page wherever anything is in the way.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fill, launch, newPage, openShop, root, send, untouched } from "./browser.mjs";

const MIB = 1024 * 1024;

let browser;
let shop;
let folder;
let content;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "segel-large-"));
  const definition = JSON.parse(readFileSync(join(root, "www/forms/daftar.json"), "utf8"));
  Object.assign(untouched(definition).fields.find(({ kind }) => kind === "file"), { max_bytes: 20 * MIB });
  writeFileSync(join(folder, "daftar.json"), JSON.stringify(definition));
  content = Buffer.alloc(9 * MIB + 5);
  for (let at = 0; at < content.length; at += 4096) content.writeUInt32LE(at, at);
  content.set([0xff, 0xd8, 0xff, 0xe0]);
  writeFileSync(join(folder, "kartu.jpg"), content);
  browser = await launch();
  shop = await openShop({ definition: join(folder, "daftar.json") });
});
after(async () => {
  await browser?.close();
  shop?.close();
  rmSync(folder, { recursive: true });
});

// Sends the form with the file, after `prepare`; how many workers there were.
async function sent(prepare = () => {}) {
  const page = await newPage(browser);
  let workers = 0;
  page.on("worker", () => (workers += 1));
  await prepare(page);
  await page.goto(shop.page);
  await fill(page, { photo: join(folder, "kartu.jpg") });
  await send(page);
  return { page, workers };
}

function assertOpens(page) {
  const files = mkdtempSync(join(folder, "files-"));
  const record = shop.open("daftar", "--files", files).records.at(-1);
  assert.ok(readFileSync(join(files, `${String(record.sequence).padStart(6, "0")}-foto-1.jpg`)).equals(content));
  return page.context().close();
}

test("a large file is sealed in a worker, within the page's policy, and comes out byte for byte", async () => {
  const { page, workers } = await sent();
  assert.equal(workers, 1);
  assert.deepEqual([await page.evaluate(() => globalThis.violations), page.trouble], [[], []]);
  await assertOpens(page);
});

test("a page that does not ask for a worker has none, and its policy needs no line for one", async () => {
  const { page, workers } = await sent((page) => page.route("**/f/daftar", async (route) => {
    const response = await route.fetch();
    const policy = response.headers()["content-security-policy"].replace("segel; worker-src blob:", "'none'");
    const headers = { ...response.headers(), "content-security-policy": policy };
    await route.fulfill({ response, headers, body: (await response.text()).replace(" worker>", ">") });
  }));
  assert.equal(workers, 0);
  assert.equal(page.requests.filter((request) => request.url().includes("/large.")).length, 0);
  assert.deepEqual([await page.evaluate(() => globalThis.violations), page.trouble], [[], []]);
  await assertOpens(page);
});

for (const file of ["large.js", "large.wasm"]) {
  test(`a worker whose ${file} was changed is not started, and the page seals`, async () => {
    const { page, workers } = await sent((page) => page.route(`**/${file}`, async (route) => {
      const body = Buffer.from(await (await route.fetch()).body());
      body[body.length - 1] ^= 1;
      await route.fulfill({ body, contentType: "text/javascript" });
    }));
    assert.equal(workers, 0);
    await page.context().close();
  });
}

test("a policy that forbids the worker all the same does not keep the form from being sent", async () => {
  for (const [from, to] of [["; worker-src blob:", ""], ["trusted-types segel", "trusted-types 'none'"]]) {
    const { page, workers } = await sent((page) => page.route("**/f/daftar", async (route) => {
      const response = await route.fetch();
      const policy = response.headers()["content-security-policy"].replace(from, to);
      await route.fulfill({ response, headers: { ...response.headers(), "content-security-policy": policy } });
    }));
    assert.equal(workers, 0);
    await page.context().close();
  }
});
