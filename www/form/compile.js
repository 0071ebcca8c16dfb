// Loads a WebAssembly module: its bytes are fetched, compared with a digest that the build wrote into a script, and only then compiled.

// Throws a code of words.js: insecure, old, missing, altered.
export async function compile(address, sha256) {
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle) throw "insecure";
  if (!globalThis.WebAssembly) throw "old";
  let bytes;
  try {
    const response = await fetch(address);
    if (!response.ok) throw "missing";
    bytes = await response.arrayBuffer();
  } catch {
    throw "missing";
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  if (Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") !== sha256) throw "altered";
  try {
    return await WebAssembly.compile(bytes);
  } catch {
    throw "old";
  }
}
