// Drives the system's Chromium, and starts a shop to drive it against: keys, a published form, and the real server.
import { spawn, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

export const root = new URL("../../", import.meta.url).pathname;
const bin = (name) => join(root, process.env.SEGEL_BIN ?? "target/debug", name);

export async function launch(more = [], options = {}) {
  const executablePath = await which(process.env.SEGEL_CHROMIUM ?? "chromium");
  const args = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", ...more,
  ];
  return chromium.launch({ executablePath, args, headless: true, ...options });
}

// A page whose closed shadow roots are open to the test alone, and which collects what must not happen.
export async function newPage(browser, { open = true, ...options } = {}) {
  const context = await browser.newContext({ locale: "id-ID", ...options });
  const page = await context.newPage();
  page.trouble = [];
  page.requests = [];
  page.asked = [];
  page.on("console", (message) => page.trouble.push(message.text()));
  page.on("pageerror", (error) => page.trouble.push(String(error)));
  page.on("request", (request) => page.requests.push(request));
  // Whoever leaves with the key unsaved is asked, and here says yes; playwright's own answer is no.
  context.on("dialog", (dialog) => page.asked.push(dialog.type()) && dialog.accept());
  await page.addInitScript((open) => {
    globalThis.violations = [];
    document.addEventListener("securitypolicyviolation", (event) => globalThis.violations.push(event.violatedDirective));
    if (!open) return;
    const attach = Element.prototype.attachShadow;
    Element.prototype.attachShadow = function (init) {
      return attach.call(this, { ...init, mode: "open" });
    };
  }, open);
  return page;
}

export function segel(folder, ...words) {
  return execFileSync(bin("segel"), words, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

// The example form, but its photo is sealed as it is, whatever bytes it has.
export function untouched(definition) {
  delete definition.fields.find(({ image }) => image).image;
  return definition;
}

// A shop in a folder of its own: owner and spare key, the example form, also `changed`, a server on a free port.
export async function openShop({ classic = false, definition = join(root, "www/forms/daftar.json"), changed, settings = [] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "segel-web-"));
  if (changed) {
    const own = join(folder, basename(definition));
    writeFileSync(own, JSON.stringify(changed(JSON.parse(readFileSync(definition, "utf8")))));
    definition = own;
  }
  const name = basename(definition, ".json");
  writeFileSync(join(folder, "pass"), "kata sandi uji\n");
  writeFileSync(join(folder, "token"), "token-for-tests-only\n");
  const kind = classic ? ["--classic"] : [];
  segel(folder, "keygen", "-o", "owner.key", "--spare", "spare.key", "--passphrase-file", "pass", "--work-factor", "14", ...kind);
  const html = segel(folder, "publish", definition, "-k", "owner.key", "--passphrase-file", "pass", "-o", `forms/${name}.segel`);
  const owner = /owner="(segel1[a-z0-9]+)"/.exec(html)[1];
  const server = spawn(bin("segel-server"), [
    "--forms", "forms", "--store", "sqlite:segel.db", "--listen", "127.0.0.1:0", "--token-file", "token",
    "--assets", join(root, "dist/segel"), ...settings,
  ], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  const address = await new Promise((resolve, reject) => {
    createInterface({ input: server.stderr }).on("line", (line) => {
      const found = /listening on (http:\S+)/.exec(line);
      if (found) resolve(found[1]);
    });
    server.once("exit", (code) => reject(new Error(`segel-server ended with ${code} before it was ready`)));
  });
  return {
    folder,
    owner,
    address,
    page: `${address}/f/${name}`,
    open(purpose, ...more) {
      segel(folder, "pull", address, "--form", name, "--token-file", "token", "-o", "inbox");
      const text = segel(
        folder, "open", "inbox", "-k", "owner.key", "--passphrase-file", "pass", "--form", `forms/${name}.segel`,
        "--purpose", purpose, "--format", "json", ...more,
      );
      return JSON.parse(text);
    },
    close() {
      server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

// Fills in the example form as a customer does, up to the review.
export async function fill(page, { photo, interest = true } = {}) {
  await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).click();
  await page.getByLabel("Nama lengkap").fill("Sari Dewi");
  await page.getByLabel("Nomor WhatsApp").fill("0812-3456-7890");
  await page.getByLabel("E-mail").fill("sari@contoh.example");
  await page.getByLabel("Provinsi").fill("Jawa Barat");
  await page.getByLabel("Kabupaten atau kota").fill("Kota Bandung");
  if (photo) await page.getByLabel("Foto untuk kartu anggota").setInputFiles(photo);
  const block = page.getByRole("group", { name: /mempelajari minat/ });
  await block.getByRole("radio", { name: interest ? "Ya, boleh" : "Tidak", exact: true }).check();
  if (interest) {
    await page.getByLabel("Hari").fill("29");
    await page.getByLabel("Bulan").fill("Februari");
    await page.getByLabel("Tahun").fill("2000");
    await page.getByRole("radio", { name: "Perempuan" }).check();
    await page.getByLabel("Pekerjaan").fill("Guru");
  }
  await page.getByRole("group", { name: /mengirim penawaran/ }).getByRole("radio", { name: "Tidak", exact: true }).check();
  await page.getByRole("button", { name: "Periksa dulu" }).click();
  await page.getByRole("heading", { name: "Periksa jawaban Anda" }).waitFor();
}

export async function send(page) {
  await page.getByRole("button", { name: "Setuju dan daftar" }).click();
  await page.getByText("Nomor bukti", { exact: true }).waitFor();
}

async function which(name) {
  return name.includes("/") ? name : execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
}
