// Seals a submission: answers and consent at once, files in pieces, so that a large one is never whole in memory. The same code runs
// on the page and in a worker.

const PIECE = 524288;

// `files` maps a part's name to its file; `told` hears the share of the files that is sealed, from 0 to 1. Returns the sealed bytes, their
// digest, and the receipt. Throws a code.
export async function seal(submission, Hash, files, told = () => {}) {
  try {
    const total = Object.values(files).reduce((sum, file) => sum + file.size, 0);
    const behind = [];
    let done = 0;
    for (let part = submission.next(); part !== undefined; part = submission.next()) {
      const file = files[part];
      for (let start = 0; file && start < file.size; start += PIECE) {
        const piece = await file.slice(start, start + PIECE).arrayBuffer();
        // The browser may keep a Blob on disk; an array it keeps in memory.
        behind.push(new Blob([submission.push(new Uint8Array(piece))]));
        done += piece.byteLength;
        told(done / total);
      }
      behind.push(new Blob([submission.end()]));
    }
    const front = submission.finish();
    const blob = new Blob([front, ...behind], { type: "application/vnd.segel.envelope" });
    return { blob, digest: await digest(blob, Hash), id: submission.id(), number: submission.number(), secret: submission.secret() };
  } finally {
    submission.free();
  }
}

async function digest(blob, Hash) {
  const hash = new Hash();
  for (let start = 0; start < blob.size; start += PIECE) {
    hash.push(new Uint8Array(await blob.slice(start, start + PIECE).arrayBuffer()));
  }
  return hash.finish();
}
