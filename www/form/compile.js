// Loads a WebAssembly module: its bytes are fetched, compared with a digest that the build wrote into a script, and only then compiled.
import { fetchBound } from "./bounded.js";

// More than any module of ours has.
const MODULE_BYTES = 1048576;

// Bytes from an address, if they are those of that digest. Throws a code of words.js: missing, altered.
export async function pinned(address, sha256) {
  const { response, bytes } = await fetchBound(address, {}, MODULE_BYTES);
  if (!response?.ok || !bytes) throw "missing";
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  if (Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") !== sha256) throw "altered";
  return bytes;
}

// Throws a code of words.js: insecure, old, or one of those above.
export async function compile(address, sha256) {
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle) throw "insecure";
  if (!globalThis.WebAssembly) throw "old";
  const bytes = await pinned(address, sha256);
  try {
    return await WebAssembly.compile(bytes);
  } catch {
    throw "old";
  }
}
