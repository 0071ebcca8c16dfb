// Seals a submission: answers and consent at once, files in pieces, so that a large one is never whole in memory. The same code runs
// on the page and in a worker.

const PIECE = 524288;
const LARGE = 8388608;

// `files` maps a part's name to its file; `told` hears the share of the files that is sealed, from 0 to 1. Returns the sealed bytes, their
// digest, and the receipt. Throws a code.
export async function seal(submission, Hash, files, told = () => {}) {
  try {
    const total = Object.values(files).reduce((sum, file) => sum + file.size, 0);
    // The browser may keep a Blob on disk; an array it keeps in memory, and gives back at once.
    const kept = total > LARGE ? (bytes) => new Blob([bytes]) : (bytes) => bytes;
    const behind = [];
    let done = 0;
    for (let part = submission.next(); part !== undefined; part = submission.next()) {
      const file = files[part];
      for (let start = 0; file && start < file.size; start += PIECE) {
        const piece = await file.slice(start, start + PIECE).arrayBuffer();
        behind.push(kept(submission.push(new Uint8Array(piece))));
        done += piece.byteLength;
        told(done / total);
      }
      behind.push(kept(submission.end()));
    }
    const pieces = [submission.finish(), ...behind];
    const hash = new Hash();
    for (const piece of pieces) hash.push(piece instanceof Blob ? new Uint8Array(await piece.arrayBuffer()) : piece);
    const blob = new Blob(pieces, { type: "application/vnd.segel.envelope" });
    return { blob, digest: hash.finish(), id: submission.id(), number: submission.number(), secret: submission.secret() };
  } finally {
    submission.free();
  }
}
