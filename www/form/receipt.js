// What the customer keeps: proof of what was agreed, and the key to change it. Drawn as text; saved, copied or printed only when the
// customer asks.
import { make } from "./dom.js";
import { asks } from "./pieces.js";
import { longDate, named } from "./words.js";

// The facts of a receipt, as lines of name and value. Of what was sent after a reload only number and date are known: the choices and the key
// were kept nowhere.
function lines(form, { number, receivedAt, choices }, language, words) {
  const known = [[words.number, number], [words.date, longDate(receivedAt, language)]];
  if (!choices) return known;
  const chosen = (given) => asks(form, choices).filter((purpose) => (choices[purpose.id] === true) === given);
  const guardian = choices["@guardian"];
  const list = (purposes) => purposes.map((purpose) => named(purpose.text, language)).join("; ") || words.none;
  return [
    ...known,
    ...(guardian ? [[words.filled_by, words[guardian]]] : []),
    [words.agreed, list(chosen(true))],
    [words.refused, list(chosen(false))],
    [words.notice_version, String(form.version)],
    [words.delete_by, longDate(deleteBy(chosen(true), receivedAt), language)],
  ];
}

// When the last of what was agreed to is over.
export function deleteBy(purposes, receivedAt) {
  return purposes.map((purpose) => after(receivedAt, purpose.retention.max)).reduce((one, other) => (one > other ? one : other), receivedAt);
}

// A time plus a span like P2Y; a day that its month does not have becomes the last one.
function after(time, span) {
  const [, count, unit] = /^P(\d+)([YMWD])$/.exec(span);
  const date = new Date(time);
  const days = { W: 7, D: 1 }[unit];
  if (days) {
    date.setUTCDate(date.getUTCDate() + count * days);
  } else {
    const day = date.getUTCDate();
    date.setUTCMonth(date.getUTCMonth() + count * (unit === "Y" ? 12 : 1));
    if (date.getUTCDate() !== day) date.setUTCDate(0);
  }
  return `${date.toISOString().slice(0, 19)}Z`;
}

// Draws the receipt; the first element is where the focus goes.
export function drawReceipt(form, shown, language, words, again) {
  const facts = lines(form, shown, language, words);
  const shop = [form.controller.name, named(form.title, language)];
  return [
    make("h3", {}, words.done),
    make("dl", {}, ...[shop, ...facts].flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)])),
    ...(shown.secret ? keyOf(shown, [shop, ...facts], words) : []),
    make("p", {}, words.no_answers),
    button(words.finish, again),
  ];
}

// The customer's key, and three ways to keep it.
export function keyOf({ number, secret }, facts, words) {
  const status = make("p", { role: "status" });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(secret);
      status.textContent = words.copied;
    } catch {
      status.textContent = words.copy_failed;
    }
  };
  const lines = [...facts.map((fact) => fact.join(": ")), "", `${words.secret}:`, secret, "", words.secret_hint, ""];
  return [
    make("h3", { class: "small" }, words.secret),
    make("code", {}, secret),
    make("p", {}, words.secret_hint),
    make(
      "div", { class: "row" },
      button(words.save, () => save(`bukti-${number}.txt`, lines.join("\n"))),
      button(words.copy, copy),
      button(words.print, () => globalThis.print()),
    ),
    status,
  ];
}

const button = (label, act) => make("button", { type: "button", class: "quiet", part: "quiet", onclick: act }, label);

function save(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  make("a", { href: address, download: name }).click();
  URL.revokeObjectURL(address);
}
