// What the receipt's page asks of the server: how a submission stands, and to take a statement. No cookie, no referrer, no redirect; the
// secret never leaves.
import { fetchBound } from "../form/bounded.js";

const CAREFUL = { credentials: "omit", redirect: "error", referrerPolicy: "no-referrer", cache: "no-store" };
const REPLY_BYTES = 16384;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

// A JSON answer of this shape, or `{ trouble }` with a code of words.js.
async function ask(address, fits, more = {}) {
  const { response, bytes, late } = await fetchBound(address, { ...CAREFUL, ...more }, REPLY_BYTES);
  let reply = {};
  try {
    reply = JSON.parse(new TextDecoder().decode(bytes)) ?? {};
    if (response.ok && fits(reply)) return reply;
  } catch {
    // An answer that cannot be read says nothing.
  }
  if (["unknown_submission", "deleted"].includes(reply.code)) return { trouble: reply.code };
  // A wish may have been taken although nobody heard so; that nothing changed, only the server itself can say.
  if (more.method && (!response || response.ok || !reply.code)) return { trouble: "unconfirmed" };
  if (!response || !bytes) return { trouble: late ? "busy" : "offline" };
  return { trouble: response.status >= 500 || [408, 429].includes(response.status) ? "busy" : "refused" };
}

const isTime = (time) => TIME.test(time) && !Number.isNaN(Date.parse(time));
const isStatement = (said) => isTime(said.received_at) && /^(delete|withdraw [a-z][a-z0-9_]{0,31})$/.test(said.what);

// `{ deleted, form, received_at, statements: [{ received_at, what }] }`
export const standing = (address, id) => ask(
  `${address}/submissions/${id}`,
  (reply) => isTime(reply.received_at) && Array.isArray(reply.statements) && reply.statements.every(isStatement),
);

// `{ received_at, sequence }` of the statement, or of the same one that was there already.
export const state = (address, id, statement) => ask(
  `${address}/statements`,
  (reply) => reply.id === id && isTime(reply.received_at) && Number.isSafeInteger(reply.sequence),
  { method: "POST", body: statement },
);
