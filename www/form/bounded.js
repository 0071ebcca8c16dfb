// What comes over the network ends, in bytes and in time: an answer without an end must neither fill a phone's memory nor be waited for.

// Milliseconds that so many bytes may take: the slowest link for which a server waits itself, and a minute.
export const patience = (bytes) => 60000 + bytes / 8;

// An answer: `{ response, bytes }`; more than `limit` bytes, but not all of them, if there are more, without bytes if the link broke, without a
// response if none came, and `late` if it took longer than its time.
export async function fetchBound(address, { signal, ...options }, limit, time = patience(limit)) {
  const ending = new AbortController();
  const end = () => ending.abort();
  const answer = {};
  const timer = setTimeout(() => end(answer.late = true), time);
  signal?.addEventListener("abort", end);
  try {
    if (signal?.aborted) throw signal;
    answer.response = await fetch(address, { ...options, signal: ending.signal });
    answer.bytes = await take(answer.response.body, limit);
  } catch {
    // As said above.
  }
  end();
  clearTimeout(timer);
  signal?.removeEventListener("abort", end);
  return answer;
}

async function take(body, limit) {
  const pieces = [];
  const reader = body.getReader();
  for (let left = limit, piece; left >= 0 && !(piece = await reader.read()).done; left -= piece.value.length) pieces.push(piece.value);
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}
