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

// One tab at a time: an empty database is deleted, and what another tab keeps must not go with it. Where storage is denied, so are locks.
const alone = (act) => navigator.locks?.request("segel", act).catch(act) ?? act();
const place = (address, id) => `${address} ${id}`;

// Gives nothing if it could not be kept. Another submission to the same address stays beside it.
export const keep = (entry) => alone(() => run("readwrite", (store) => store.put({ ...entry, address: place(entry.address, entry.id) })));

// The first that waits.
export async function find(address) {
  const kept = await run("readonly", (store) => store.getAll(IDBKeyRange.bound(place(address, ""), place(address, "~"))));
  return kept?.length ? { ...kept[0], address } : undefined;
}

export const drop = (address, id) => alone(async () => {
  if (!(await exists())) return;
  await run("readwrite", (store) => store.delete(place(address, id)));
  if ((await run("readonly", (store) => store.count())) !== 0) return;
  await new Promise((resolve) => {
    const request = indexedDB.deleteDatabase("segel");
    request.onsuccess = request.onerror = request.onblocked = resolve;
  });
});
