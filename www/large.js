// Seals a submission with large files apart from the page, which stays free meanwhile: the whole script of a worker that www/form/apart.js starts,
// once, for one submission. It has the module of its own that is compiled for speed, and no network.
import { Engine, initSync } from "./quick.js";
import { seal } from "./form/seal.js";

// Nobody waits for an answer in between.
const PIECE = 2097152;

// What was sealed last; until the browser has taken it, it is in this process.
let latest;

// Gives the bytes of a Blob to `act`, always through the same two pieces of memory: what is new for each piece waits for the browser's collector, and a
// hundred megabytes of it lie about meanwhile. A browser that does not read into memory that it is given reads as it likes.
async function pieces(blob, act) {
  let reader;
  try {
    reader = blob.stream().getReader({ mode: "byob" });
  } catch {
    reader = blob.stream().getReader();
  }
  const read = (memory) => reader.read(new Uint8Array(memory), { min: memory.byteLength });
  for (let next = read(new ArrayBuffer(PIECE)), other = new ArrayBuffer(PIECE), ended; !ended; ) {
    const { value, done } = await next;
    ended = done;
    if (!done) next = read(other);
    if (value?.length) act(value);
    await latest?.slice(0, 1).arrayBuffer();
    latest = undefined;
    other = value?.buffer;
  }
}

// The same engine, but what it seals of a file goes from the module's memory straight into a Blob: the glue would copy it into an array first.
function lean(engine, { memory, __wbindgen_malloc: malloc, __wbindgen_free: free, engine_push: push }) {
  const direct = (piece) => {
    const from = malloc(piece.length, 1) >>> 0;
    new Uint8Array(memory.buffer).set(piece, from);
    const [at, length] = push(engine.__wbg_ptr, from, piece.length);
    latest = new Blob([new Uint8Array(memory.buffer, at >>> 0, length)]);
    free(at, length, 1);
    return latest;
  };
  return { next: () => engine.next(), push: direct, end: () => engine.end(), hash: (piece) => engine.hash(piece), digest: () => engine.digest() };
}

addEventListener("message", async ({ data: { module, published, owner, shown, words, files } }) => {
  try {
    const exports = initSync({ module });
    const engine = new Engine(published, owner, words.at(-1));
    for (const language of shown) engine.shown(language);
    const receipt = JSON.parse(engine.begin(...words));
    postMessage({ done: { ...receipt, ...(await seal(lean(engine, exports), files, (share) => postMessage({ share }), pieces)) } });
  } catch (why) {
    postMessage({ why: typeof why === "string" ? why : "large" });
  }
});
