// The only network of the customer's side: fetch the published form, post the sealed submission. No cookie, no referrer, no redirect,
// and no answer of a server is taken for more than it is.

const CAREFUL = { credentials: "omit", redirect: "error", referrerPolicy: "no-referrer", cache: "no-cache" };
const REPLY_BYTES = 16384;

// The published form's bytes, which the module judges; nothing if there are none.
export async function fetchForm(address, signal) {
  try {
    const response = await fetch(address, { ...CAREFUL, signal });
    return response.ok && new Uint8Array(await response.arrayBuffer());
  } catch {
    return null;
  }
}

// Milliseconds that a server may take: the slowest link for which it waits itself, and a minute.
const patience = ({ size }) => 60000 + size / 8;

// Posts the sealed bytes; the answer must name them. A server may ask for proof of work once: `work(asked)` does it. Returns `{ receivedAt }` or `{ trouble }`, with the seconds `after` which the server wants
// to be asked again, if it said so.
export async function post(submission, work, proof) {
  const { address, blob, id, digest } = submission;
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), patience(blob));
  let response;
  try {
    const headers = proof ? { "segel-work": proof } : {};
    response = await fetch(address, { ...CAREFUL, method: "POST", body: blob, headers, signal: ending.signal });
    const reply = await response.text();
    const text = reply.length <= REPLY_BYTES ? reply : "";
    if (response.status === 428 && !proof) return await post(submission, work, await work(JSON.parse(text).work));
    const after = Math.min(response.headers.get("retry-after"), 3600);
    return { ...judge(response.status, text, id, digest), after };
  } catch {
    return { trouble: response ? "unconfirmed" : "offline" };
  } finally {
    clearTimeout(timer);
  }
}

// What an answer means for the customer.
export function judge(status, text, id, digest) {
  let reply = {};
  try {
    reply = JSON.parse(text) ?? {};
  } catch {
    // An answer that is no JSON confirms nothing.
  }
  if (status === 200 || status === 201) {
    const { received_at: receivedAt } = reply;
    const same = reply.id === id && reply.digest === digest && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(receivedAt);
    return same && !Number.isNaN(Date.parse(receivedAt)) ? { receivedAt } : { trouble: "unconfirmed" };
  }
  if (["form_replaced", "form_expired", "unknown_form"].includes(reply.code)) return { trouble: "outdated" };
  if (status === 413) return { trouble: "too_large" };
  return { trouble: status >= 500 || [408, 425, 428, 429].includes(status) ? "busy" : "rejected" };
}

// Where submissions are posted: the form's own address without its ending, or what the form says, which stays at the form's host if
// it is a path.
export function endpoint(source, stated) {
  const own = new URL(source);
  own.search = own.hash = "";
  if (stated) return new URL(stated, own).href;
  return own.href.replace(/\.segel$/, "");
}

// A page of the server that submissions go to, if it is one that has such pages: `page(name)` is its path.
function beside({ address, form: { name } }, page) {
  const path = `/forms/${name}`;
  return address.endsWith(path) ? address.slice(0, -path.length) + page(name) : undefined;
}

// Where the customer goes with the receipt. What stands behind # is never sent.
export const receiptLink = (sealer, secret) => beside(sealer, (name) => `/r/${name}#${secret}`);
export const noticeLink = (sealer) => beside(sealer, (name) => `/f/${name}/notice`);
