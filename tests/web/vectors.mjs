// Runs the test vectors in WebAssembly: `node tests/web/vectors.mjs FOLDER-OF-THE-MODULE FOLDER-OF-VECTORS`.
import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";

const [, , modules, vectors] = process.argv.map((path) => resolve(path));
const { check, initSync } = await import(join(modules, "vectors.mjs"));
initSync({ module: readFileSync(join(modules, "vectors.wasm")) });

let passed = 0;
let failed = 0;
for (const name of readdirSync(vectors).filter((name) => name.endsWith(".txt"))) {
  const text = readFileSync(join(vectors, name), "utf8");
  const form = /^form: (.+)$/m.exec(text.split("\n\n")[0])?.[1];
  const why = check(text, form ? readFileSync(join(vectors, "forms", form)) : new Uint8Array());
  if (why) console.log(`${name}: ${why}`);
  if (why) failed += 1;
  else passed += 1;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed < 100 ? 1 : 0;
