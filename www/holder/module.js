// The module that reads a receipt and signs what its holder wants.
import { Holder, initSync } from "../holder.js";
import { compile } from "../form/compile.js";

const WASM_SHA256 = "";

// Its class. Throws a code of words.js.
export async function load() {
  const module = await compile(new URL("./receipt.wasm", import.meta.url), WASM_SHA256);
  try {
    initSync({ module });
  } catch {
    throw "old";
  }
  return Holder;
}
