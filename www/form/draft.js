// Unfinished answers, where the form allows it: encrypted on this device under a key that lives in the tab alone. Closed, the tab takes the
// key with it, and what is left opens for nobody. Files are never kept.
import { drop, find, keep } from "./store.js";

const NAME = "segel-draft";
const place = (address) => `draft ${address}`;
const CIPHER = "AES-GCM";

// The tab's key; made only to write with.
async function key(make) {
  let text = sessionStorage.getItem(NAME);
  if (!text && make) {
    text = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))));
    sessionStorage.setItem(NAME, text);
  }
  const raw = Uint8Array.from(atob(text ?? ""), (character) => character.charCodeAt(0));
  return crypto.subtle.importKey("raw", raw, CIPHER, false, ["encrypt", "decrypt"]);
}

// A browser that forbids storage keeps no draft, and nothing else is lost.
export async function keepDraft(address, draft) {
  try {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const data = await crypto.subtle.encrypt({ name: CIPHER, iv }, await key(true), new TextEncoder().encode(JSON.stringify(draft)));
    await keep({ address: place(address), iv, data });
  } catch {
    // As said.
  }
}

// What was kept in this tab; another tab's is thrown away.
export async function findDraft(address) {
  const kept = await find(place(address));
  if (!kept) return null;
  try {
    return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ name: CIPHER, iv: kept.iv }, await key(), kept.data)));
  } catch {
    await dropDraft(address);
    return null;
  }
}

export const dropDraft = (address) => drop(place(address));
