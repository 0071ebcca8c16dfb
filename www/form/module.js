// Loads the WebAssembly module: its bytes are fetched, compared with the digest that the build wrote here, and only then compiled.
import { Engine, Hash, initSync } from "../segel.js";

const WASM_SHA256 = "";

let loading;

// The module's classes. Throws a code of words.js: insecure, old, missing, altered.
export function load() {
  loading ??= start().catch((why) => {
    loading = undefined;
    throw why;
  });
  return loading;
}

async function start() {
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle) throw "insecure";
  if (!globalThis.WebAssembly) throw "old";
  let bytes;
  try {
    const response = await fetch(new URL("./segel.wasm", import.meta.url));
    if (!response.ok) throw "missing";
    bytes = await response.arrayBuffer();
  } catch {
    throw "missing";
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  if (Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") !== WASM_SHA256) throw "altered";
  try {
    initSync({ module: await WebAssembly.compile(bytes) });
  } catch {
    throw "old";
  }
  return { Engine, Hash };
}
