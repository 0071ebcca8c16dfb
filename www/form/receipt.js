// What the customer keeps: proof of what was agreed, and the key to change it. Drawn as text; saved, copied or printed only when the
// customer asks.
import { make } from "./dom.js";
import { asks } from "./pieces.js";
import { qr } from "./qr.js";
import { longDate, named } from "./words.js";

// The facts of a receipt, as lines of name and value. Of what was sent after a reload only number and date are known: the choices and the key
// were kept nowhere.
export function lines(form, { number, receivedAt, choices }, language, words) {
  const known = [[words.number, number], [words.date, longDate(receivedAt, language)]];
  if (!choices) return known;
  const chosen = (given) => asks(form, choices).filter(({ id }) => choices[id] === given);
  const guardian = choices["@guardian"];
  const list = (purposes) => purposes.map((purpose) => named(purpose.text, language)).join("; ") || words.none;
  const agreed = chosen(true);
  const ends = agreed.map((purpose) => longDate(deleteBy([purpose], receivedAt), language));
  const differ = ends.some((end) => end !== ends[0]);
  return [
    ...known,
    ...(guardian ? [[words.filled_by, words[guardian]]] : []),
    [words.agreed, list(agreed)],
    [words.refused, list(chosen(false))],
    ...(chosen().length ? [[words.unanswered, list(chosen())]] : []),
    [words.notice_version, String(form.version)],
    [words.delete_by, differ ? agreed.map((purpose, nth) => `${list([purpose])}: ${ends[nth]}`).join("\n") : ends[0] ?? longDate(receivedAt, language)],
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
  const warning = make("p", { role: "alert" });
  let warned;
  const keep = () => {
    shown.kept = true;
    warning.textContent = "";
  };
  // The key is nowhere else: who kept nothing is told once.
  const finish = () => {
    if (shown.kept || warned || !shown.secret) return again();
    warned = true;
    warning.textContent = words.not_kept;
  };
  return [
    make("h3", {}, words.done),
    make("dl", {}, ...[shop, ...facts].flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)])),
    ...(shown.secret ? keyOf(shown, [shop, ...facts], words, keep) : [make("p", {}, words.secret_hint_shop)]),
    make("p", {}, words.no_answers),
    warning,
    button(words.finish, finish),
  ];
}

// The customer's key, as a link where there is a page for it, and ways to keep it; `keep` hears that one was used.
export function keyOf({ number, secret, link }, facts, words, keep) {
  const status = make("p", { role: "status" });
  const key = link ?? secret;
  const hint = link ? words.secret_hint : words.secret_hint_shop;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(key);
      keep?.();
      status.textContent = words.copied;
    } catch {
      status.textContent = words.copy_failed;
    }
  };
  const lines = [...facts.map((fact) => fact.join(": ")), "", `${words.secret}:`, key, "", hint, ""];
  return [
    make("h3", { class: "small" }, words.secret),
    make("code", {}, link ? make("a", { href: link, target: "_blank", rel: "noreferrer", onclick: keep }, link) : secret),
    link && code(link, words.secret),
    make("p", {}, hint),
    make(
      "div", { class: "row" },
      button(words.save, () => save(`bukti-${number}.txt`, lines.join("\n")), keep),
      button(words.copy, copy),
      button(words.print, print, keep),
    ),
    status,
  ];
}

// The key as a code that another phone's camera reads; drawn, so that no policy about images has a say.
function code(text, label) {
  const rows = qr(text);
  if (!rows) return null;
  const [quiet, size] = [4, rows.length + 8];
  const canvas = make("canvas", { width: size, height: size, role: "img", "aria-label": label });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, size, size);
  pen.fillStyle = "#000";
  rows.forEach((row, y) => row.forEach((dark, x) => dark && pen.fillRect(x + quiet, y + quiet, 1, 1)));
  return canvas;
}

// Prints the receipt without the page around it.
function print({ currentTarget }) {
  const { host } = currentTarget.getRootNode();
  const sheet = new CSSStyleSheet();
  const own = "[data-segel-prints]";
  sheet.replaceSync(`@media print{:has(${own})>:not(${own},:has(${own})){display:none!important}}`);
  host.dataset.segelPrints = "";
  document.adoptedStyleSheets.push(sheet);
  const done = () => {
    delete host.dataset.segelPrints;
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
  };
  addEventListener("afterprint", done, { once: true });
  globalThis.print();
}

function button(label, act, then) {
  const made = make("button", { type: "button", class: "quiet", part: "quiet", onclick: act }, label);
  if (then) made.addEventListener("click", then);
  return made;
}

function save(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  make("a", { href: address, download: name }).click();
  // Some browsers fetch it only after the click is over.
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}
