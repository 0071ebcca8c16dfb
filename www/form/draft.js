// Unfinished answers, where the form allows it: encrypted on this device under a key that lives in the tab alone. A browser brings the key
// back with a closed tab that is opened again, or after a crash, so what is older than an hour is thrown away. Files are never kept.
import { drop, find, keep } from "./store.js";

const NAME = "segel-draft";
const place = (address) => `draft ${address}`;
const CIPHER = "AES-GCM";
// Milliseconds.
const AGE = 3600000;

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
    const data = await crypto.subtle.encrypt({ name: CIPHER, iv }, await key(true), new TextEncoder().encode(JSON.stringify([Date.now(), draft])));
    await keep({ address: place(address), iv, data });
  } catch {
    // As said.
  }
}

// What was kept in this tab and of late; the rest is thrown away.
export async function findDraft(address) {
  const kept = await find(place(address));
  if (!kept) return null;
  try {
    const text = new TextDecoder().decode(await crypto.subtle.decrypt({ name: CIPHER, iv: kept.iv }, await key(), kept.data));
    const [time, draft] = JSON.parse(text);
    // A clock that was set back makes nothing young.
    if (Math.abs(Date.now() - time) < AGE) return draft;
  } catch {
    // As below.
  }
  await dropDraft(address);
  return null;
}

export const dropDraft = (address) => drop(place(address));
