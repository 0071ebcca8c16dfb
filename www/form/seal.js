// Seals a submission that was begun: files in pieces, so that a large one is never whole in memory.

const PIECE = 524288;
const LARGE = 8388608;

// `files` maps a part's name to its file; `told` hears the share of the files that is sealed, from 0 to 1. Returns the sealed bytes and their
// digest. Throws a code.
export async function seal(engine, files, told = () => {}) {
  const total = Object.values(files).reduce((sum, file) => sum + file.size, 0);
  // The browser may keep a Blob on disk; an array it keeps in memory, and gives back at once.
  const kept = total > LARGE ? (bytes) => new Blob([bytes]) : (bytes) => bytes;
  const behind = [];
  let done = 0;
  for (let part = engine.next(); part !== undefined; part = engine.next()) {
    const file = files[part];
    for (let start = 0; file && start < file.size; start += PIECE) {
      const piece = await file.slice(start, start + PIECE).arrayBuffer();
      behind.push(kept(engine.push(new Uint8Array(piece))));
      done += piece.byteLength;
      told(done / total);
    }
    behind.push(kept(engine.end()));
  }
  const pieces = [engine.end(), ...behind];
  for (const piece of pieces) engine.hash(piece instanceof Blob ? new Uint8Array(await piece.arrayBuffer()) : piece);
  return { blob: new Blob(pieces, { type: "application/vnd.segel.envelope" }), digest: engine.digest() };
}
