// From pressing "agree" to the sealed bytes leaving, in Chromium, on a fresh page each time: `node tests/web/bench.mjs`.
import { fill, launch, newPage, openShop } from "./browser.mjs";

const rounds = 9;
const shop = await openShop();
const browser = await launch();
const median = (values) => values.sort((left, right) => left - right)[Math.floor(values.length / 2)].toFixed(1);
try {
  console.log("| in Chromium, hybrid, two readers, the example form | median ms |\n|---|---|");
  for (const [name, slower] of [["this machine", 1], ["4x slower", 4]]) {
    const [ready, sent] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      const page = await newPage(browser);
      const session = await page.context().newCDPSession(page);
      await session.send("Emulation.setCPUThrottlingRate", { rate: slower });
      await page.goto(shop.page);
      await page.getByRole("button", { name: "Ya, sudah 18 tahun" }).waitFor();
      ready.push(await page.evaluate(() => performance.now()));
      await fill(page);
      await page.evaluate(() => addEventListener("click", () => (globalThis.pressed = performance.now()), { capture: true }));
      await page.getByRole("button", { name: "Setuju dan daftar" }).click();
      await page.getByText("Nomor bukti", { exact: true }).waitFor();
      sent.push(await page.evaluate(() => {
        const posts = performance.getEntriesByType("resource").filter((entry) => entry.name.endsWith("/forms/daftar"));
        return posts.at(-1).startTime - globalThis.pressed;
      }));
      await page.context().close();
    }
    console.log(`| navigation to the first question, ${name} | ${median(ready)} |`);
    console.log(`| "agree" pressed to bytes leaving (cold: one submission a page), ${name} | ${median(sent)} |`);
  }
} finally {
  await browser.close();
  shop.close();
}
