// What sealing costs in a browser, ours beside others, on the same page and in the same run: `node tests/web/rivals.mjs`.
// Each contestant is bundled by esbuild, loaded into a fresh page, and seals 1 KB to one X25519 key: first time (from navigation), then warm.
// Ours seals what it always seals: consent, answers and every part of the example form, each to the owner and the spare.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { launch, newPage, openShop, root } from "./browser.mjs";

const ROUNDS = 9;
const WARM = 50;
const SLOWER = 4;
const text = `const text = new TextEncoder().encode("x".repeat(1024));`;
const RIVALS = {
  "age-encryption, X25519": `import { Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption"; ${text}
    const to = await identityToRecipient(await generateX25519Identity());
    export const seal = () => { const e = new Encrypter(); e.addRecipient(to); return e.encrypt(text); };`,
  "tweetnacl, box with a fresh key": `import nacl from "tweetnacl"; ${text}
    const to = nacl.box.keyPair().publicKey;
    export const seal = () => { const own = nacl.box.keyPair(); return nacl.box(text, nacl.randomBytes(24), to, own.secretKey); };`,
  "libsodium-wrappers, sealed box": `import sodium from "libsodium-wrappers"; ${text}
    await sodium.ready; const to = sodium.crypto_box_keypair().publicKey;
    export const seal = () => sodium.crypto_box_seal(text, to);`,
  "@hpke/core, X25519 and AES-GCM": `import { Aes128Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core"; ${text}
    const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes128Gcm() });
    const { publicKey } = await suite.kem.generateKeyPair();
    export const seal = async () => { const to = await suite.createSenderContext({ recipientPublicKey: publicKey }); return to.seal(text); };`,
  "openpgp": `import { createMessage, encrypt, generateKey, readKey } from "openpgp"; ${text}
    const { publicKey } = await generateKey({ type: "curve25519", userIDs: [{ name: "x" }], format: "armored" });
    const encryptionKeys = await readKey({ armoredKey: publicKey });
    export const seal = async () => encrypt({ message: await createMessage({ binary: text }), encryptionKeys, format: "binary" });`,
};
const ours = (server, owner) => `import { open } from "${server}/segel/api.js";
  const form = await open({ src: "${server}/forms/daftar.segel", owner: "${owner}" });
  form.shown("id");
  const values = { nama: "x".repeat(100), wa: "081234567890", email: "sari@contoh.example" };
  export const seal = () => form.seal({ language: "id", choices: { daftar: true }, values });`;

const median = (values) => values.sort((one, other) => one - other)[Math.floor(values.length / 2)];
const brotli = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;

const folder = mkdtempSync(join(root, "tests/web/node_modules/.rivals-"));
const shops = [await openShop({ classic: true }), await openShop()];
const browser = await launch();
const server = createServer((request, response) => {
  const name = request.url.slice(1);
  if (name.endsWith(".js")) return response.writeHead(200, { "content-type": "text/javascript" }).end(readFileSync(join(folder, name)));
  return response.writeHead(200, { "content-type": "text/html" }).end(`<!DOCTYPE html><title>x</title><script type="module">
    import { seal } from "/${name}.js"; await seal(); globalThis.first = performance.now(); globalThis.seal = seal;</script>`);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const address = `http://127.0.0.1:${server.address().port}`;

function bundle(name, source) {
  mkdirSync(join(folder, "in"), { recursive: true });
  writeFileSync(join(folder, "in", `${name}.js`), source);
  execFileSync(join(root, "src/xtask/node_modules/.bin/esbuild"), [
    join(folder, "in", `${name}.js`), "--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=error",
    "--external:http://*", `--outfile=${join(folder, `${name}.js`)}`,
  ]);
  return brotli(readFileSync(join(folder, `${name}.js`)));
}

async function measure(name, slower) {
  const page = await newPage(browser);
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: slower });
  await page.goto(`${address}/${name}`);
  let first;
  while (first === undefined) first = await page.evaluate(() => globalThis.first);
  const warm = await page.evaluate(async (count) => {
    const times = [];
    for (let nth = 0; nth < count; nth += 1) {
      const start = performance.now();
      await globalThis.seal();
      times.push(performance.now() - start);
    }
    return times.sort((one, other) => one - other)[Math.floor(count / 2)];
  }, WARM);
  await page.context().close();
  return { first, warm };
}

try {
  const shipped = brotli(readFileSync(join(root, "dist/segel/api.js"))) + brotli(readFileSync(join(root, "dist/segel/segel.wasm")));
  const contestants = Object.entries(RIVALS).map(([title, source], nth) => ({ title, name: `r${nth}`, bytes: bundle(`r${nth}`, source) }));
  for (const [nth, title] of ["Segel, the whole example form, X25519", "Segel, the whole example form, hybrid"].entries()) {
    bundle(`o${nth}`, ours(shops[nth].address, shops[nth].owner));
    contestants.unshift({ title, name: `o${nth}`, bytes: shipped });
  }
  const found = new Map(contestants.map(({ name }) => [name, { first: [], slow: [], warm: [] }]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { name } of contestants) {
      const [plain, slow] = [await measure(name, 1), await measure(name, SLOWER)];
      found.get(name).first.push(plain.first);
      found.get(name).warm.push(plain.warm);
      found.get(name).slow.push(slow.first);
    }
  }
  console.log(`| sealing 1 KB in Chromium, ${ROUNDS} rounds, medians | brotli bytes | navigation to first seal | the same, CPU ${SLOWER}x slower | warm |\n|---|--:|--:|--:|--:|`);
  for (const { title, name, bytes } of contestants) {
    const { first, slow, warm } = found.get(name);
    console.log(`| ${title} | ${bytes} | ${median(first).toFixed(0)} ms | ${median(slow).toFixed(0)} ms | ${median(warm).toFixed(2)} ms |`);
  }
} finally {
  server.close();
  await browser.close();
  for (const shop of shops) shop.close();
  rmSync(folder, { recursive: true, force: true });
}
