// Seals a submission that was begun: files in pieces, so that a large one is never whole in memory.

// What is sealed of large files is kept as Blobs, and the page would notice the work.
export const LARGE = 8388608;
const PIECE = 524288;

// Gives the bytes of a Blob to `act`, piece by piece; the next is read while this one is worked on.
async function slices(blob, act) {
  const read = (start) => start < blob.size && blob.slice(start, start + PIECE).arrayBuffer();
  for (let start = 0, next = read(0); next; start += PIECE) {
    const piece = new Uint8Array(await next);
    next = read(start + PIECE);
    act(piece);
  }
}

// `files` maps a part's name to its file; `told` hears the share of the files that is sealed, from 0 to 1. A page answers between two pieces.
// Returns the sealed bytes and their digest. Throws a code.
export async function seal(engine, files, told = () => {}, each = slices) {
  const total = Object.values(files).reduce((sum, file) => sum + file.size, 0);
  // The browser may keep a Blob on disk; an array it keeps in memory, and gives back at once.
  const kept = total > LARGE ? (bytes) => new Blob([bytes]) : (bytes) => bytes;
  const behind = [];
  let done = 0;
  for (let part = engine.next(); part !== undefined; part = engine.next()) {
    if (files[part]) {
      await each(files[part], (piece) => {
        behind.push(kept(engine.push(piece)));
        told((done += piece.length) / total);
      });
    }
    behind.push(kept(engine.end()));
  }
  const pieces = [engine.end(), ...behind];
  const blob = new Blob(pieces, { type: "application/vnd.segel.envelope" });
  if (total > LARGE) await each(blob, (piece) => engine.hash(piece));
  else for (const piece of pieces) engine.hash(piece);
  return { blob, digest: engine.digest() };
}
