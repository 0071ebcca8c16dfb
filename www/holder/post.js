// What the receipt's page asks of the server: how a submission stands, and to take a statement. No cookie, no referrer, no redirect; the
// secret never leaves.

const CAREFUL = { credentials: "omit", redirect: "error", referrerPolicy: "no-referrer", cache: "no-store" };
const REPLY_BYTES = 16384;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

// A JSON answer of this shape, or `{ trouble }` with a code of words.js.
async function ask(address, fits, more = {}) {
  let response;
  try {
    response = await fetch(address, { ...CAREFUL, ...more });
  } catch {
    return { trouble: "offline" };
  }
  try {
    const text = await response.text();
    const reply = JSON.parse(text.length <= REPLY_BYTES ? text : "null");
    if (response.ok && fits(reply)) return reply;
    if (["unknown_submission", "deleted"].includes(reply.code)) return { trouble: reply.code };
  } catch {
    // An answer that cannot be read says nothing.
  }
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
