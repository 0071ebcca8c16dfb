// The module that verifies and seals, loaded once for all forms of a page.
import { Engine, initSync } from "../segel.js";
import { compile } from "./compile.js";

const WASM_SHA256 = "";

let loading;

// Its class. Throws a code of words.js.
export function load() {
  loading ??= start().catch((why) => {
    loading = undefined;
    throw why;
  });
  return loading;
}

async function start() {
  const module = await compile(new URL("./segel.wasm", import.meta.url), WASM_SHA256);
  try {
    initSync({ module });
  } catch {
    throw "old";
  }
  return Engine;
}
