// What a device keeps across reloads, by address: sealed bytes that wait to be sent, with their id and digest, and drafts, encrypted. No answer in
// clear, no key, no receipt.

const open = () => new Promise((resolve, reject) => {
  const request = indexedDB.open("segel", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("unsent", { keyPath: "address" });
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

// Runs one request. A browser that forbids storage (private windows, policies) loses the retry across reloads and nothing else.
async function run(mode, act) {
  try {
    const database = await open();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = database.transaction("unsent", mode);
        const request = act(transaction.objectStore("unsent"));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onerror = transaction.onabort = () => reject(transaction.error);
      });
    } finally {
      database.close();
    }
  } catch {
    return undefined;
  }
}

// Whether anything waits at all. Looking must not leave an empty database behind, but a browser that does not list its own must be asked.
export async function exists() {
  const all = await globalThis.indexedDB?.databases?.().catch(() => []);
  return all?.some(({ name }) => name === "segel") ?? true;
}

// Gives nothing if it could not be kept.
export const keep = (entry) => run("readwrite", (store) => store.put(entry));
export const find = (address) => run("readonly", (store) => store.get(address));

export async function drop(address) {
  if (!(await exists())) return;
  await run("readwrite", (store) => store.delete(address));
  if ((await run("readonly", (store) => store.count())) === 0) indexedDB.deleteDatabase("segel");
}
