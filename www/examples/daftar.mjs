// The same for Node, without any package: node daftar.mjs PORT FILE
import { appendFile } from "node:fs/promises";
import { createServer } from "node:http";

const MAX = 8 * 1024 * 1024;
const [port, file] = process.argv.slice(2);

async function field(request) {
  const pieces = [];
  let length = 0;
  for await (const piece of request) {
    length += piece.length;
    if (length > MAX) return null;
    pieces.push(piece);
  }
  return new URLSearchParams(Buffer.concat(pieces).toString("utf8")).get("segel");
}

const server = createServer(async (request, response) => {
  const answer = (status, text) => response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(text);
  if (request.method !== "POST") return answer(405, "Kirim formulirnya.");
  const sealed = await field(request);
  // A page whose script did not run sends nothing; anything else begins like a sealed submission.
  if (!sealed || !/^[A-Za-z0-9+/]+={0,2}$/.test(sealed) || !Buffer.from(sealed, "base64").toString("latin1").startsWith("segel-envelope/")) {
    return answer(422, "Belum ada data yang terkunci. Muat ulang halaman, lalu coba lagi.");
  }
  await appendFile(file, `${new Date().toISOString().slice(0, 19)}Z ${sealed}\n`, { flush: true });
  return answer(201, "Terima kasih. Pendaftaran Anda tersimpan, terkunci.");
});
server.listen(Number(port), "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
