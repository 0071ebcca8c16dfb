// Writes the public age vectors of npm `cctv-age` as files: `node tests/web/cctv.mjs DIRECTORY`.
// A few bodies come compressed; they are written as they are meant, so that a test needs no inflater.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import * as module from "cctv-age";

const [, , directory] = process.argv;
if (!directory) throw new Error("usage: node cctv.mjs DIRECTORY");
mkdirSync(directory, { recursive: true });
const vectors = module.default ?? module;
for (const [name, bytes] of Object.entries(vectors)) writeFileSync(join(directory, name), plain(Buffer.from(bytes)));
console.log(`${Object.keys(vectors).length} vectors written`);

function plain(vector) {
  const end = vector.indexOf("\n\n");
  const head = vector.subarray(0, end).toString();
  if (!head.includes("\ncompressed: zlib")) return vector;
  const kept = head.replace("\ncompressed: zlib", "");
  return Buffer.concat([Buffer.from(`${kept}\n\n`), inflateSync(vector.subarray(end + 2))]);
}
