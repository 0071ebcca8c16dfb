// The only network of the customer's side: fetch the published form, post the sealed submission. No cookie, no referrer, no redirect,
// and no answer of a server is taken for more than it is.
import { fetchBound, patience } from "./bounded.js";

const CAREFUL = { credentials: "omit", redirect: "error", referrerPolicy: "no-referrer", cache: "no-cache" };
const REPLY_BYTES = 16384;
// As FORMAT.md bounds it.
const FORM_BYTES = 262144;

// The published form's bytes, which the module judges; nothing if there are none.
export async function fetchForm(address, signal) {
  const { response, bytes } = await fetchBound(address, { ...CAREFUL, signal }, FORM_BYTES);
  return response?.ok && bytes;
}

// Posts the sealed bytes; the answer must name them. A server may ask for proof of work once: `work(asked)` does it. Returns `{ receivedAt }` or `{ trouble }`, with the seconds `after` which the server wants
// to be asked again, if it said so.
export async function post(submission, work, proof) {
  const { address, blob, id, digest } = submission;
  const headers = proof ? { "segel-work": proof } : {};
  const options = { ...CAREFUL, method: "POST", body: blob, headers };
  const { response, bytes, late } = await fetchBound(address, options, REPLY_BYTES, patience(blob.size));
  if (!response) return { trouble: late ? "slow" : "offline" };
  try {
    const text = new TextDecoder().decode(bytes);
    if (response.status === 428 && !proof) return await post(submission, work, await work(JSON.parse(text).work));
    const after = Math.min(response.headers.get("retry-after"), 3600);
    return { ...judge(response.status, text, id, digest), after };
  } catch {
    return { trouble: "unconfirmed" };
  }
}

const CODES = new Map([["form_replaced", "outdated"], ["form_expired", "closed"], ["unknown_form", "closed"], ["unavailable", "down"], ["full", "down"]]);

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
  const passes = status >= 500 || [408, 425, 428, 429].includes(status);
  return { trouble: CODES.get(reply.code) ?? (status === 413 ? "too_large" : passes ? "busy" : "rejected") };
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
