// What waits to be sent, across reloads: sealed bytes with their id, digest and address, and nothing else. No answer, no key, no receipt.

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

// Whether anything waits at all. Looking must not leave an empty database behind.
export const exists = async () => (await globalThis.indexedDB?.databases?.().catch(() => []))?.some(({ name }) => name === "segel");

export const keep = ({ address, blob, id, digest, number }) => run("readwrite", (store) => store.put({ address, blob, id, digest, number }));
export const find = (address) => run("readonly", (store) => store.get(address));

export async function drop(address) {
  if (!(await exists())) return;
  await run("readwrite", (store) => store.delete(address));
  if ((await run("readonly", (store) => store.count())) === 0) indexedDB.deleteDatabase("segel");
}
