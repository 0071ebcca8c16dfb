// A large inbox in the owner's page, opened from disk in Chromium: how fast it is opened, and how long the page is ever deaf meanwhile, while a
// person searches, sorts and scrolls. Then what others open in the same page, one after the other: `node tests/web/inbox.mjs [COUNT]`.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { launch, newPage, root } from "./browser.mjs";
import { address, give } from "./desk.mjs";

// 1 KB each, sealed to one key before the clock runs; ours opens whole submissions above: consent, answers, every check.
const RIVALS = {
  "libsodium-wrappers, sealed box": `import sodium from "libsodium-wrappers"; await sodium.ready;
    const { publicKey, privateKey } = sodium.crypto_box_keypair();
    export const seal = (text) => sodium.crypto_box_seal(text, publicKey);
    export const open = (sealed) => sodium.crypto_box_seal_open(sealed, publicKey, privateKey);`,
  "FormSG's SDK": `import CryptoV1 from "@opengovsg/formsg-sdk/dist/crypto.js"; const { default: Crypto } = CryptoV1;
    const own = new Crypto({ signingPublicKey: "" }); const { publicKey, secretKey } = own.generate();
    const field = (text) => [{ _id: "1", question: "nama", fieldType: "textfield", answer: new TextDecoder().decode(text) }];
    export const seal = (text) => own.encrypt(field(text), publicKey);
    export const open = (sealed) => own.decrypt(secretKey, { encryptedContent: sealed, version: 1 }).responses[0].answer;`,
  "age-encryption, X25519": `import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
    const key = await generateX25519Identity(); const to = await identityToRecipient(key);
    const decrypter = new Decrypter(); decrypter.addIdentity(key);
    export const seal = (text) => { const e = new Encrypter(); e.addRecipient(to); return e.encrypt(text); };
    export const open = (sealed) => decrypter.decrypt(sealed);`,
  "age-encryption, hybrid": `import { Decrypter, Encrypter, generateHybridIdentity, identityToRecipient } from "age-encryption";
    const key = await generateHybridIdentity(); const to = await identityToRecipient(key);
    const decrypter = new Decrypter(); decrypter.addIdentity(key);
    export const seal = (text) => { const e = new Encrypter(); e.addRecipient(to); return e.encrypt(text); };
    export const open = (sealed) => decrypter.decrypt(sealed);`,
};
const COUNT = Number(process.argv[2] ?? 100_000);
const folder = mkdtempSync(join(tmpdir(), "segel-inbox-"));
const browser = await launch();

function make(name, count, ...more) {
  const at = join(folder, name);
  execFileSync("cargo", ["run", "--quiet", "--locked", "--release", "--example", "inbox", "--", at, String(count), ...more], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  const inbox = join(at, "inbox");
  return [...readdirSync(inbox).map((file) => join(inbox, file)), join(at, "form.segel"), join(at, "owner.key")];
}

// The longest time for which the page answered nothing since it was last asked.
const watch = () => {
  let last = performance.now();
  globalThis.deaf = 0;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    const now = performance.now();
    globalThis.deaf = Math.max(globalThis.deaf, now - last);
    last = now;
    port2.postMessage(0);
  };
  port2.postMessage(0);
};

async function open(files, workers) {
  const page = await newPage(browser);
  if (workers !== undefined) await page.addInitScript((count) => Object.defineProperty(navigator, "hardwareConcurrency", { value: count }), workers);
  await page.goto(address);
  await page.evaluate(watch);
  await page.evaluate(() => addEventListener("segel-read", ({ detail }) => (globalThis.read = { at: performance.now(), ...detail })));
  const [last] = files.slice(-1);
  await give(page, ...files.slice(0, -1));
  await page.locator(".items li").nth(1).waitFor();
  const started = await page.evaluate(() => (globalThis.deaf = 0, performance.now()));
  await give(page, last);
  await page.waitForFunction(() => globalThis.read, null, { timeout: 0 });
  const read = await page.evaluate(() => ({ ...globalThis.read, deaf: globalThis.deaf }));
  return { page, rate: read.total / ((read.at - started) / 1000), ...read };
}

async function act(page, name, does, done) {
  const start = await page.evaluate(() => (globalThis.deaf = 0, performance.now()));
  await does();
  await page.waitForFunction(done);
  const { took, deaf } = await page.evaluate((start) => ({ took: performance.now() - start, deaf: globalThis.deaf }), start);
  console.log(`| ${name} | ${took.toFixed(0)} ms | ${deaf.toFixed(0)} ms |`);
}

async function rivals() {
  const bundles = mkdtempSync(join(root, "tests/web/node_modules/.inbox-"));
  const server = createServer((request, response) => {
    const script = request.url.endsWith(".js");
    response.writeHead(200, { "content-type": script ? "text/javascript" : "text/html" });
    response.end(script ? readFileSync(join(bundles, request.url)) : "<!DOCTYPE html><title>x</title>");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const page = await newPage(browser);
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  console.log("\n| 1 KB, one key, in one page and run | opened/s |\n|---|--:|");
  for (const [nth, [title, source]] of Object.entries(RIVALS).entries()) {
    writeFileSync(join(bundles, `in${nth}.js`), source);
    execFileSync(join(root, "src/xtask/node_modules/.bin/esbuild"), [
      join(bundles, `in${nth}.js`), "--bundle", "--minify", "--format=esm", "--platform=browser", "--target=es2022", "--log-level=error", `--outfile=${join(bundles, `r${nth}.js`)}`,
    ]);
    const rate = await page.evaluate(async ({ name, count }) => {
      const { seal, open } = await import(name);
      const sealed = [];
      for (let at = 0; at < count; at += 1) sealed.push(await seal(new TextEncoder().encode("x".repeat(1024))));
      const started = performance.now();
      for (const one of sealed) if (!(await open(one))) throw new Error("did not open");
      return count / ((performance.now() - started) / 1000);
    }, { name: `/r${nth}.js`, count: 2000 });
    console.log(`| ${title} | ${rate.toFixed(0)} |`);
  }
  server.close();
  rmSync(bundles, { recursive: true });
}

try {
  const classic = make("classic", COUNT);
  const hybrid = make("hybrid", Math.ceil(COUNT / 5), "hybrid");
  console.log(`${availableParallelism()} cores\n\n| opened in the page, from disk | submissions/s | page deaf at most |\n|---|--:|--:|`);
  for (const [name, files, workers] of [["X25519, one worker", classic, 1], ["X25519, a worker for each core", classic], ["hybrid, one worker", hybrid, 1], ["hybrid, a worker for each core", hybrid]]) {
    const { page, rate, total, failed, deaf } = await open(files, workers);
    if (failed > 0) throw new Error(`${failed} did not open`);
    console.log(`| ${total} ${name} | ${rate.toFixed(0)} | ${deaf.toFixed(0)} ms |`);
    if (workers !== undefined || files === hybrid) {
      await page.context().close();
      continue;
    }
    console.log(`\n| with ${total} submissions | took | page deaf at most |\n|---|--:|--:|`);
    await act(page, "choose a purpose", () => page.getByRole("radio").first().check(), () => document.querySelector("tbody tr"));
    await act(page, "search", () => page.getByRole("searchbox").fill("99999"), () => document.querySelector("table").getAttribute("aria-rowcount") === "2");
    await act(page, "search undone", () => page.getByRole("searchbox").fill(""), () => Number(document.querySelector("table").getAttribute("aria-rowcount")) > 1000);
    await act(page, "sort by name", () => page.getByRole("button", { name: "Nama" }).click(), () => document.querySelector("[aria-sort]"));
    await act(page, "scroll to the end", () => page.locator(".scroll").press("End"), () => Number([...document.querySelectorAll("tbody tr")].at(-1).getAttribute("aria-rowindex")) === Number(document.querySelector("table").getAttribute("aria-rowcount")));
    await act(page, "a customer's page", () => page.locator(".link").last().click(), () => document.querySelector(".person"));
    await act(page, "back", () => page.locator(".person .main").click(), () => document.querySelector("tbody tr"));
    console.log(`\nrows in the page: ${await page.locator("tbody tr").count()}\n`);
    console.log("| | submissions/s | |\n|---|--:|--:|");
    await page.context().close();
  }
  await rivals();
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
