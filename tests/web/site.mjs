// A site of the shop's own in front of the server, with the example of an existing form.
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { root } from "./browser.mjs";

export const examples = join(root, "www/examples");

// Files of a folder over HTTP, with a policy that allows no inline script and demands Trusted Types.
export async function served(folder, from) {
  const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm" };
  const policy = `default-src 'none'; script-src 'self' ${from} 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self' ${from}; form-action *; require-trusted-types-for 'script'; trusted-types 'none'`;
  const server = createServer((request, response) => {
    const name = new URL(request.url, "http://x").pathname.slice(1) || "index.html";
    const path = join(folder, name);
    if (name.includes("..") || !existsSync(path)) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": types[extname(name)] ?? "application/octet-stream", "content-security-policy": policy });
    createReadStream(path).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { address: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

// The example of an existing form, changed, at an address of its own. What is posted to `/thanks.html` is answered by that page.
export async function existing(shop, changed = (html) => html) {
  const folder = mkdtempSync(join(tmpdir(), "segel-existing-"));
  const html = readFileSync(join(examples, "index.html"), "utf8");
  writeFileSync(join(folder, "shop.css"), readFileSync(join(root, "www/shop.css")));
  writeFileSync(join(folder, "thanks.html"), "<!doctype html><p>Terima kasih");
  writeFileSync(join(folder, "index.html"), changed(html)
    .replaceAll("{{SERVER}}", shop.address).replaceAll("{{OWNER}}", shop.owner).replaceAll("{{ACTION}}", "/thanks.html"));
  const site = await served(folder, shop.address);
  return { ...site, stop: () => (site.stop(), rmSync(folder, { recursive: true, force: true })) };
}

export async function fillExisting(page) {
  await page.getByRole("radio", { name: "Ya, sudah 18 tahun" }).check();
  await page.getByLabel("Nama lengkap").fill("PENANDA-7c02 Dewi");
  await page.getByLabel("Nomor WhatsApp").fill("0812-3456-7890");
}
