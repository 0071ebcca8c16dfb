// A large attachment in Chromium: how fast it is sealed, how long the page is ever deaf meanwhile, and what it costs in memory:
// `node tests/web/large.mjs`.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch, newPage, openShop, root } from "./browser.mjs";

const MIB = 1024 * 1024;
const folder = mkdtempSync(join(tmpdir(), "segel-large-"));
const definition = JSON.parse(readFileSync(join(root, "www/forms/daftar.json"), "utf8"));
const photo = definition.fields.find(({ kind }) => kind === "file");
Object.assign(photo, { max_bytes: 100 * MIB });
delete photo.image;
delete photo.accept;
writeFileSync(join(folder, "daftar.json"), JSON.stringify(definition));
const shop = await openShop({ definition: join(folder, "daftar.json") });
const browser = await launch();

// Resident memory of the pages' processes, in MiB: as it is now, or the highest since `forget` was called.
const processes = await browser.newBrowserCDPSession();
async function pages() {
  const { processInfo } = await processes.send("SystemInfo.getProcessInfo");
  return processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
}
const resident = async (which) => Math.max(...(await pages()).map((id) => Number(new RegExp(`${which}:\\s+(\\d+)`).exec(readFileSync(`/proc/${id}/status`, "utf8"))[1]) / 1024));
const forget = async () => (await pages()).forEach((id) => writeFileSync(`/proc/${id}/clear_refs`, "5"));

try {
  console.log("| one attachment, hybrid, two readers | sealed | page deaf at most | page's memory before | at most |\n|---|--:|--:|--:|--:|");
  for (const [name, slower, apart] of [["on the page", 1, false], ["in a worker", 1, true], ["on the page, 4x slower", 4, false]]) {
    for (const size of [10, 50, 100]) {
      const page = await newPage(browser);
      await page.addInitScript((apart) => (globalThis.apart = apart), apart);
      await page.goto(shop.page);
      const file = join(folder, `${size}.bin`);
      execFileSync("dd", ["if=/dev/urandom", `of=${file}`, "bs=1M", `count=${size}`], { stdio: "ignore" });
      await page.goto(shop.page);
      await page.evaluate(() => document.body.append(Object.assign(document.createElement("input"), { type: "file", id: "file" })));
      await page.locator("#file").setInputFiles(file);
      const session = await page.context().newCDPSession(page);
      await session.send("Emulation.setCPUThrottlingRate", { rate: slower });
      await forget();
      const before = await resident("VmRSS");
      const { took, deaf } = await page.evaluate(async ({ owner, photo }) => {
        const { open } = await import("/segel/api.js");
        const form = await open({ src: "/forms/daftar.segel", owner, worker: globalThis.apart });
        form.shown("id");
        form.prepare();
        let [last, deaf, running] = [performance.now(), 0, true];
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {
          const now = performance.now();
          deaf = Math.max(deaf, now - last);
          last = now;
          if (running) port2.postMessage(0);
        };
        port2.postMessage(0);
        const files = { [photo]: document.querySelector("#file").files };
        const values = { nama: "Sari Dewi", wa: "081234567890" };
        const started = performance.now();
        await form.seal({ language: "id", choices: { daftar: true }, values, files });
        running = false;
        return { took: performance.now() - started, deaf };
      }, { owner: shop.owner, photo: photo.id });
      const rate = (size / (took / 1000)).toFixed(0);
      console.log(`| ${size} MiB, ${name} | ${took.toFixed(0)} ms, ${rate} MiB/s | ${deaf.toFixed(0)} ms | ${before.toFixed(0)} MiB | ${(await resident("VmHWM")).toFixed(0)} MiB |`);
      await page.context().close();
    }
  }
} finally {
  await browser.close();
  shop.close();
  rmSync(folder, { recursive: true });
}
