// Fills in the form at an address in a headless browser and sends it: `node tests/web/fill.mjs ADDRESS`.
import { fill, launch, newPage, send } from "./browser.mjs";

const browser = await launch();
try {
  const page = await newPage(browser);
  await page.goto(process.argv[2]);
  await fill(page);
  await send(page);
  console.log("sent");
} finally {
  await browser.close();
}
