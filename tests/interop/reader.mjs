// A second reader of Segel's format, in one plain file, written from src/core/FORMAT.md and not from our Rust: where the two disagree on
// a vector, one of them or the specification is wrong. It only reads. `node tests/interop/reader.mjs tests/vectors` runs every vector.
import { createHash, createHmac, createPrivateKey, createPublicKey, diffieHellman, hkdfSync, verify } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

// Only what Node lacks comes from npm: ML-KEM and a ChaCha20-Poly1305 without streaming.
const require = createRequire(new URL("../web/package.json", import.meta.url));
const load = (name) => import(require.resolve(name));
const { ml_kem768 } = await load("@noble/post-quantum/ml-kem.js");
const { chacha20poly1305 } = await load("@noble/ciphers/chacha.js");
const { sha3_256, shake256 } = await load("@noble/hashes/sha3.js");

class Refused extends Error {
  constructor(verdict, why) {
    super(why ?? verdict);
    this.verdict = verdict;
  }
}
const refuse = (verdict, why) => {
  throw new Refused(verdict, why);
};
const need = (condition, verdict, why) => condition || refuse(verdict, why);

// ---------------------------------------------------------------- §1 conventions

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const bytes = (text) => Buffer.from(text, "utf8");
const sha256 = (data) => createHash("sha256").update(data).digest();
const hex = (data) => Buffer.from(data).toString("hex");

export function H(label, ...inputs) {
  const hash = createHash("sha256").update(bytes(label)).update(Buffer.from([0]));
  for (const input of inputs) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(input.length));
    hash.update(length).update(input);
  }
  return hash.digest();
}

const kdf = (secret, salt, info) => Buffer.from(hkdfSync("sha256", secret, salt, bytes(info), 32));

function isTime(text) {
  const found = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$/.exec(text);
  return Boolean(found) && found[1] >= "1970" && isDate(text.slice(0, 10)) && found[4] < "24" && found[5] < "60" && found[6] < "60";
}

function isDate(text) {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const [year, month, day] = text.split("-").map(Number);
  const date = new Date(Date.UTC(2000, 0, 1));
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

const isSpan = (text) => typeof text === "string" && /^P[1-9]\d{0,3}[YMWD]$/.test(text);

// ---------------------------------------------------------------- §12.3 the record of uses

const acts = ["open", "subject", "proof", "letters", "breach", "rewrap", "gather", "purge"];

// One entry, or undefined: its keys and values, its digest, and what the digest is over.
function useEntry(line) {
  let entry;
  try {
    if (line.length > 256 * 1024) return undefined;
    entry = parseCanonical(line);
  } catch {
    return undefined;
  }
  if (!(entry instanceof Map) || !isTime(entry.get("at")) || !/^[0-9a-f]{64}$/.test(entry.get("chain"))) return undefined;
  const only = (...keys) => [...entry.keys()].every((key) => keys.includes(key));
  const isCount = (value) => Number.isInteger(value) && value >= 0;
  if (entry.has("act")) {
    const to = entry.get("to");
    const good = acts.includes(entry.get("act")) && Array.isArray(to) && to.every((one) => typeof one === "string") && only("act", "at", "by", "chain", "purpose", "to");
    if (!good || (entry.has("purpose") && !/^[a-z][a-z0-9_]{0,31}$/.test(entry.get("purpose")))) return undefined;
    if (entry.has("by") && !isFingerprint(entry.get("by"))) return undefined;
  } else {
    const records = entry.get("records");
    if (!isCount(entry.get("of")) || !isCount(entry.get("count")) || !(records instanceof Map) || !only("at", "chain", "count", "of", "records")) return undefined;
    if (![...records].every(([form, text]) => /^[a-z][a-z0-9-]{0,39}$/.test(form) && isRanges(text))) return undefined;
  }
  const { chain, ...rest } = Object.fromEntries(entry);
  return { ...rest, chain, over: bytes(encodeJson(new Map([...entry].filter(([key]) => key !== "chain")))) };
}

function isRanges(text) {
  if (typeof text !== "string" || !/^(\d+(-\d+)?(,\d+(-\d+)?)*)?$/.test(text)) return false;
  const ranges = text === "" ? [] : text.split(",").map((range) => range.split("-").map(Number));
  const apart = ranges.every(([first, last = first], index) => {
    const [, before = ranges[index - 1]?.[0]] = ranges[index - 1] ?? [];
    return first <= last && (index === 0 || first > before + 1);
  });
  const spelled = ranges.map(([first, last = first]) => (first === last ? `${first}` : `${first}-${last}`)).join();
  return apart && spelled === text && ranges.length <= 2000;
}

function isFingerprint(text) {
  try {
    return unbech32(text, "segel", false).length === 32;
  } catch {
    return false;
  }
}

function readUses(data) {
  const lines = data.toString("latin1").split("\n");
  if (lines[0] !== "segel-uses/1" || lines.length === 1) return undefined;
  const [begun, ended, wrong] = [new Map(), new Map(), []];
  let chain = Buffer.alloc(32);
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line === "") continue;
    const entry = useEntry(Buffer.from(line, "latin1"));
    if (!entry) {
      wrong.push(`unreadable ${index + 1}`);
      continue;
    }
    if (hex(H("segel/v1/uses", chain, entry.over)) !== entry.chain) wrong.push(`altered ${index + 1}`);
    chain = Buffer.from(entry.chain, "hex");
    if (entry.act) begun.set(index + 1, entry.act);
    else if (!ended.has(entry.of)) ended.set(entry.of, entry.count);
  }
  return { wrong, uses: [...begun].map(([line, act]) => `${act} ${ended.get(line) ?? "broken"}`) };
}

// ---------------------------------------------------------------- §4.4 the register of other wishes

const wish = /^(delete|withdraw:[a-z][a-z0-9_]{0,31}|(?:done:)?(?:copy|correct))$/;
const channels = ["whatsapp", "phone", "email", "letter", "counter"];

function readRegister(data) {
  const lines = data.toString("utf8").replace(/\r?\n$/, "").split(/\r?\n/);
  if (lines[0] !== "segel-requests/1") return { at: 1 };
  const open = [];
  for (const [index, line] of lines.slice(1).entries()) {
    const [time, id, want, channel, ...more] = line.split(" ");
    const good = isTime(time) && /^[0-9a-f]{32}$/.test(id) && wish.test(want) && channels.includes(channel) && more.length === 0;
    if (!good) return { at: index + 2 };
    if (want.startsWith("done:")) open.splice(open.findIndex((one) => one === `${id} ${want.slice(5)}`), 1);
    else open.push(`${id} ${want}`);
  }
  return { open: open.map((one) => one.split(" ")[1]) };
}

// ---------------------------------------------------------------- §1.1 JSON: Maps keep any key, and nothing is rounded

export function parseJson(data) {
  let text;
  try {
    text = utf8.decode(data);
  } catch {
    refuse("decode", "not UTF-8");
  }
  let at = 0;
  const fail = () => refuse("decode", `JSON at ${at}`);
  const space = () => {
    while (" \t\n\r".includes(text[at] ?? "x")) at += 1;
  };
  const value = (depth) => {
    const first = text[at];
    if (first === "{" || first === "[") {
      if (depth === 8) fail();
      at += 1;
      space();
      return first === "{" ? object(depth + 1) : list(depth + 1);
    }
    if (first === '"') return string();
    for (const [word, meaning] of [["true", true], ["false", false], ["null", null]]) {
      if (text.startsWith(word, at)) {
        at += word.length;
        return meaning;
      }
    }
    const number = /^-?(0|[1-9]\d*)(?![\d.eE])/.exec(text.slice(at, at + 40));
    if (!number || number[0] === "-0" || !Number.isSafeInteger(Number(number[0]))) fail();
    at += number[0].length;
    return Number(number[0]);
  };
  const object = (depth) => {
    const map = new Map();
    if (text[at] === "}") return (at += 1), map;
    for (;;) {
      const key = string();
      if (map.has(key)) fail();
      space();
      if (text[at++] !== ":") fail();
      space();
      map.set(key, value(depth));
      space();
      const mark = text[at++];
      if (mark === "}") return map;
      if (mark !== ",") fail();
      space();
    }
  };
  const list = (depth) => {
    const items = [];
    if (text[at] === "]") return (at += 1), items;
    for (;;) {
      items.push(value(depth));
      space();
      const mark = text[at++];
      if (mark === "]") return items;
      if (mark !== ",") fail();
      space();
    }
  };
  const string = () => {
    if (text[at] !== '"') fail();
    let end = at + 1;
    while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
    if (end >= text.length) fail();
    const token = text.slice(at, end + 1);
    let decoded;
    try {
      decoded = JSON.parse(token);
    } catch {
      fail();
    }
    if (!decoded.isWellFormed()) fail();
    at = end + 1;
    return decoded;
  };
  space();
  const whole = value(0);
  space();
  if (at !== text.length) fail();
  return whole;
}

export function encodeJson(value) {
  if (value instanceof Map) {
    const order = [...value.keys()].sort((left, right) => Buffer.compare(bytes(left), bytes(right)));
    return `{${order.map((key) => `${encodeJson(key)}:${encodeJson(value.get(key))}`).join(",")}}`;
  }
  if (Array.isArray(value)) return `[${value.map(encodeJson).join(",")}]`;
  return JSON.stringify(value);
}

export function parseCanonical(data) {
  const value = parseJson(data);
  need(bytes(encodeJson(value)).equals(Buffer.from(data)), "decode", "not canonical");
  return value;
}

// ---------------------------------------------------------------- Bech32

const LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

function unbech32(text, prefix, upper) {
  if (upper ? text !== text.toUpperCase() : text !== text.toLowerCase()) return undefined;
  const lower = text.toLowerCase();
  if (!lower.startsWith(`${prefix}1`)) return undefined;
  const values = [...lower.slice(prefix.length + 1)].map((letter) => LETTERS.indexOf(letter));
  if (values.length < 6 || values.includes(-1)) return undefined;
  const codes = [...bytes(prefix)];
  let check = 1;
  for (const input of [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31), ...values]) {
    const top = check >>> 25;
    check = ((check & 0x1ffffff) << 5) ^ input;
    [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3].forEach((term, place) => {
      if ((top >> place) & 1) check ^= term;
    });
  }
  if (check !== 1) return undefined;
  const out = [];
  let [pool, bits] = [0, 0];
  for (const value of values.slice(0, -6)) {
    pool = ((pool << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) out.push((pool >> (bits -= 8)) & 255);
  }
  return bits < 5 && (pool & ((1 << bits) - 1)) === 0 ? Buffer.from(out) : undefined;
}

// ---------------------------------------------------------------- §3.1 age

const MAX_HEADER = 48 * 1024;
const MAX_READERS = 16;

function unbase64(text) {
  if (!/^[A-Za-z0-9+/]*$/.test(text)) return undefined;
  const data = Buffer.from(text, "base64");
  return data.toString("base64").replaceAll("=", "") === text ? data : undefined;
}

function ageHeader(file) {
  const window = file.subarray(0, MAX_HEADER);
  let at = 0;
  const line = () => {
    const end = window.indexOf(10, at);
    if (end < 0) refuse(at > 0 && file.length > MAX_HEADER ? "limit" : "decode", "header does not end");
    const text = window.subarray(at, end).toString("latin1");
    at = end + 1;
    return text;
  };
  need(line() === "age-encryption.org/v1", "decode", "version line");
  const stanzas = [];
  for (;;) {
    const start = at;
    const text = line();
    if (text.startsWith("---")) {
      const mac = text.startsWith("--- ") ? unbase64(text.slice(4)) : undefined;
      need(mac?.length === 32 && stanzas.length > 0, "decode", "MAC line");
      return { stanzas, mac, covered: file.subarray(0, start + 3), end: at };
    }
    need(text.startsWith("-> "), "decode", "stanza");
    const [kind, ...args] = text.slice(3).split(" ");
    need([kind, ...args].every((word) => /^[!-~]+$/.test(word)), "decode", "argument");
    need(stanzas.length <= MAX_READERS, "limit", "too many readers");
    const body = [];
    for (;;) {
      const part = line();
      const data = unbase64(part);
      need(data && part.length <= 64, "decode", "body");
      body.push(data);
      if (part.length < 64) break;
    }
    stanzas.push({ kind, args, body: Buffer.concat(body) });
  }
}

const pkcs8 = Buffer.from("302e020100300506032b656e04220420", "hex");
const spki = Buffer.from("302a300506032b656e032100", "hex");

function x25519(secret, point) {
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8, secret]), format: "der", type: "pkcs8" });
  const publicKey = createPublicKey({ key: Buffer.concat([spki, point]), format: "der", type: "spki" });
  let shared;
  try {
    shared = diffieHellman({ privateKey, publicKey });
  } catch {
    refuse("decode", "share of small order");
  }
  need(shared.some((byte) => byte !== 0), "decode", "share of small order");
  return shared;
}

const NINE = Buffer.from([9, ...new Uint8Array(31)]);

function identity(text) {
  const classic = unbech32(text, "age-secret-key-", true);
  if (classic?.length === 32) return { kind: "X25519", secret: classic, point: x25519(classic, NINE) };
  const seed = unbech32(text, "age-secret-key-pq-", true);
  need(seed?.length === 32, "decode", "identity");
  const expanded = Buffer.from(shake256(seed, { dkLen: 96 }));
  const { secretKey } = ml_kem768.keygen(new Uint8Array(expanded.subarray(0, 64)));
  const secret = expanded.subarray(64);
  return { kind: "mlkem768x25519", secret, point: x25519(secret, NINE), kem: secretKey };
}

function aead(key, nonce, sealed) {
  try {
    return Buffer.from(chacha20poly1305(new Uint8Array(key), new Uint8Array(nonce)).decrypt(new Uint8Array(sealed)));
  } catch {
    return undefined;
  }
}

function unwrap(key, stanza) {
  if (stanza.kind !== key.kind) return undefined;
  need(stanza.args.length === 1, "decode", "arguments");
  const share = unbase64(stanza.args[0]);
  need(share?.length === (key.kem ? 1120 : 32), "decode", "share");
  if (!key.kem) {
    const secret = x25519(key.secret, share);
    need(stanza.body.length === 32, "decode", "body");
    const wrap = hkdfSync("sha256", secret, Buffer.concat([share, key.point]), "age-encryption.org/v1/X25519", 32);
    return aead(Buffer.from(wrap), Buffer.alloc(12), stanza.body);
  }
  const point = share.subarray(1088);
  const classic = x25519(key.secret, point);
  need(stanza.body.length === 32, "decode", "body");
  const quantum = ml_kem768.decapsulate(new Uint8Array(share.subarray(0, 1088)), key.kem);
  const shared = sha3_256(new Uint8Array(Buffer.concat([quantum, classic, point, key.point, bytes("\\.//^\\")])));
  const [wrap, nonce] = hpke(Buffer.from(shared));
  return aead(wrap, nonce, stanza.body);
}

// RFC 9180 §5.1 in mode base, with the suite and info that age fixes.
function hpke(shared) {
  const suite = Buffer.concat([bytes("HPKE"), Buffer.from("647a00010003", "hex")]);
  const mac = (key, data) => createHmac("sha256", key).update(data).digest();
  const extract = (salt, label, input) => mac(salt.length ? salt : Buffer.alloc(32), Buffer.concat([bytes("HPKE-v1"), suite, bytes(label), input]));
  const expand = (key, label, context, length) => {
    const info = Buffer.concat([Buffer.from([0, length]), bytes("HPKE-v1"), suite, bytes(label), context, Buffer.from([1])]);
    return mac(key, info).subarray(0, length);
  };
  const none = Buffer.alloc(0);
  const info = bytes("age-encryption.org/mlkem768x25519");
  const context = Buffer.concat([Buffer.from([0]), extract(none, "psk_id_hash", none), extract(none, "info_hash", info)]);
  const secret = extract(shared, "secret", none);
  return [expand(secret, "key", context, 32), expand(secret, "base_nonce", context, 12)];
}

function ageOpen(file, keys) {
  const header = ageHeader(file);
  const scrypt = header.stanzas.some((stanza) => stanza.kind === "scrypt");
  need(!scrypt || header.stanzas.length === 1, "decode", "scrypt is not alone");
  let fileKey;
  for (const key of keys) for (const stanza of header.stanzas) fileKey ??= unwrap(key, stanza);
  need(fileKey, "no key");
  const macKey = Buffer.from(hkdfSync("sha256", fileKey, Buffer.alloc(0), "header", 32));
  need(createHmac("sha256", macKey).update(header.covered).digest().equals(header.mac), "altered", "header");
  const payload = file.subarray(header.end);
  need(payload.length >= 32, "altered", "no payload");
  const key = Buffer.from(hkdfSync("sha256", fileKey, payload.subarray(0, 16), "payload", 32));
  const out = [];
  for (let chunk = 0, at = 16; ; chunk += 1) {
    const end = Math.min(at + 65552, payload.length);
    const last = end === payload.length;
    const nonce = Buffer.alloc(12);
    nonce.writeBigUInt64BE(BigInt(chunk), 3);
    nonce[11] = last ? 1 : 0;
    need(!last || chunk === 0 || end - at > 16, "altered", "empty last chunk");
    const opened = aead(key, nonce, payload.subarray(at, end));
    need(opened, "altered", `chunk ${chunk}`);
    out.push(opened);
    at = end;
    if (last) return Buffer.concat(out);
  }
}

// ---------------------------------------------------------------- §5 form

const ID = /^[a-z][a-z0-9_]{0,31}$/;
const HIDDEN = /[\p{Cc}\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u;
const isText = (text, max) => typeof text === "string" && text.trim() !== "" && bytes(text).length <= max && !HIDDEN.test(text);
const isCountry = (text) => /^[A-Z]{2}$/.test(text);
const ADDRESS = /^[!-~]+$/;
const addressable = (text) => ADDRESS.test(text) && !/["'<>\\^`{|}]/.test(text);
const isLink = (text) => typeof text === "string" && /^https:\/\/[A-Za-z0-9.:-]+([/?#].*)?$/.test(text) && addressable(text);
const isEndpoint = (text) =>
  typeof text === "string" && text.length <= 500 && addressable(text) &&
  (/^\/(?!\/)/.test(text) || isLink(text) || /^http:\/\/(localhost|127\.0\.0\.1)(:\d+)?([/?#].*)?$/.test(text));
const KINDS = ["text", "long_text", "name", "phone", "email", "date", "province", "city", "number", "choice", "choices", "file", "address", "postcode", "nik"];
const DEFAULT_MAX = { text: 200, long_text: 2000, name: 120, province: 80, city: 80, address: 500 };

export function readForm(file, pin) {
  need(file.length <= 256 * 1024, "form_too_large");
  const lines = [];
  let at = 0;
  for (let line = 0; line < 4; line += 1) {
    const end = file.indexOf(10, at);
    lines.push(file.subarray(at, end < 0 ? file.length : end).toString("latin1"));
    at = end < 0 ? file.length : end + 1;
    if (line === 0) {
      if (/^segel-form\/\d+$/.test(lines[0]) && lines[0] !== "segel-form/1") refuse("newer_kit");
      need(lines[0] === "segel-form/1", "not_a_form");
    }
    if (end < 0) refuse("form_head");
  }
  const owner = /^owner (segel1[a-z0-9]+)$/.exec(lines[1])?.[1];
  const point = owner && unbech32(owner, "segel", false);
  const signature = /^signature ([0-9a-f]{128})$/.exec(lines[2])?.[1];
  need(point?.length === 32 && signature && lines[3] === "", "form_head");
  need(pin === undefined || pin === owner, "other_owner");
  const body = file.subarray(at);
  const key = createPublicKey({ key: Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), point]), format: "der", type: "spki" });
  need(verify(null, Buffer.concat([bytes("segel/v1/form\0"), body]), key, Buffer.from(signature, "hex")), "form_signature");
  let value;
  try {
    value = parseCanonical(body);
  } catch {
    refuse("form_json");
  }
  try {
    return { ...readBody(value), digest: hex(sha256(file)), owner };
  } catch (error) {
    if (error instanceof Refused) refuse("form_misfit", error.message);
    throw error;
  }
}

function shape(map, required, optional = []) {
  need(map instanceof Map, "misfit", "not an object");
  for (const key of map.keys()) need(required.includes(key) || optional.includes(key), "misfit", `unknown key ${key}`);
  for (const key of required) need(map.has(key), "misfit", `missing ${key}`);
  return Object.fromEntries(map);
}

function listOf(value, min, max, read) {
  need(Array.isArray(value) && value.length >= min && value.length <= max, "misfit", "list");
  return value.map(read);
}

const fits = (condition, why) => need(condition, "misfit", why);
const unique = (ids) => fits(new Set(ids).size === ids.length, "twice");
const ids = (value, max) => {
  const list = listOf(value, 1, max, (id) => (fits(ID.test(id), "id"), id));
  unique(list);
  return list;
};

function readBody(value) {
  const form = shape(
    value,
    ["segel", "name", "version", "languages", "title", "controller", "storage", "children", "rights", "purposes", "fields", "suite", "roles", "not_before", "not_after", "notice", "parts"],
    ["processors", "recipients", "customer_reads", "draft", "endpoint", "previous"],
  );
  fits(form.segel === "form/1" && /^[a-z][a-z0-9-]{0,39}$/.test(form.name), "segel, name");
  fits(Number.isInteger(form.version) && form.version >= 1, "version");
  listOf(form.languages, 1, 4, (language) => fits(/^[a-z]{2}$/.test(language), "language"));
  unique(form.languages);
  const text = (map) => {
    shape(map, form.languages);
    for (const sentence of map.values()) fits(isText(sentence, 2048), "text");
  };
  text(form.title);
  const controller = shape(form.controller, ["name", "address", "contact"], ["email", "phone", "whatsapp", "website"]);
  for (const [key, line] of Object.entries(controller)) fits(key === "website" ? isLink(line) : isText(line, 2048), key);
  fits(controller.email ?? controller.phone ?? controller.whatsapp, "contact");
  const storage = shape(form.storage, ["country", "backup_days"]);
  fits(isCountry(storage.country) && Number.isInteger(storage.backup_days) && storage.backup_days >= 0 && storage.backup_days <= 400, "storage");
  listOf(form.processors ?? [], 0, 32, (entry) => {
    const processor = shape(entry, ["name", "country", "task"]);
    fits(isText(processor.name, 2048) && isCountry(processor.country), "processor");
    text(processor.task);
  });
  listOf(form.recipients ?? [], 0, 32, (entry) => {
    fits(isText(shape(entry, ["name", "reason"]).name, 2048), "recipient");
    text(entry.get("reason"));
  });
  fits(["block", "guardian"].includes(form.children), "children");
  form.guarded = form.children === "guardian";
  const rights = shape(form.rights, ["contact"], ["url"]);
  fits(isText(rights.contact, 2048) && (rights.url === undefined || isLink(rights.url)), "rights");
  fits([form.customer_reads, form.draft].every((flag) => [undefined, true, false].includes(flag)), "customer_reads, draft");
  fits(form.endpoint === undefined || isEndpoint(form.endpoint), "endpoint");
  fits(form.previous === undefined || /^[0-9a-f]{64}$/.test(form.previous), "previous");
  fits(isTime(form.not_before) && isTime(form.not_after), "dates");
  fits(["mlkem768x25519", "X25519"].includes(form.suite), "suite");

  form.purposes = listOf(form.purposes, 1, 16, (entry) => readPurpose(entry, text));
  unique(form.purposes.map((purpose) => purpose.id));
  fits(form.purposes.some((purpose) => purpose.required), "no required purpose");
  fits(!form.guarded || form.purposes.every(({ required, forAdults }) => !(required && forAdults)), "required for adults");
  form.fields = listOf(form.fields, 1, 200, (entry) => readField(entry, text));
  unique(form.fields.map((field) => field.id));
  form.roles = listOf(form.roles, 1, 9, (entry, index) => readRole(entry, index, form.suite, text));
  unique(form.roles.map((role) => role.id));
  unique(form.roles.flatMap((role) => role.keys));
  form.customer = form.customer_reads ? 1 : 0;
  fits(form.roles.flatMap((role) => role.keys).length + form.customer <= MAX_READERS, "readers");
  for (const field of form.fields) {
    const served = field.purposes.map((id) => form.purposes.find((purpose) => purpose.id === id));
    fits(served.every(Boolean), "unknown purpose");
    fits(!field.required || served.some((purpose) => purpose.required), "required for optional");
    fits(field.kind !== "nik" || served.some((purpose) => purpose.basis.includes("legal")), "nik without a legal ground");
    fits((field.roles ?? []).every((id) => id !== "owner" && form.roles.some((role) => role.id === id)), "unknown role");
  }
  const reached = (...kinds) => form.fields.some(({ of, required, kind }) => of === "guardian" && required && kinds.includes(kind));
  fits(form.guarded ? reached("name") && reached("phone", "email") : form.fields.every(({ of }) => of === undefined), "guardian");
  form.plan = planParts(form);
  fits(encodeJson(form.parts) === encodeJson(form.plan.map((part) => part.value)), "parts differ");
  shape(form.notice, form.languages);
  for (const notice of form.notice.values()) readNotice(notice, form.guarded);
  return form;
}

function readNotice(notice, guarded) {
  const { summary, sections, guardian } = shape(notice, ["summary", "sections", ...(guarded ? ["guardian"] : [])]);
  const areLines = (text) => typeof text === "string" && text.split("\n").every((line) => isText(line, 65536));
  fits(!guarded || isText(guardian, 2048), "guardian's sentence");
  fits(bytes(encodeJson(notice)).length <= 65536 && areLines(summary), "notice");
  listOf(sections, 1, 64, (entry) => {
    const section = shape(entry, ["heading", "text"]);
    fits(isText(section.heading, 2048) && areLines(section.text), "section");
  });
}

function readPurpose(entry, text) {
  const purpose = shape(entry, ["id", "required", "basis", "text", "question", "retention"], ["type", "profiling", "adults", "consent_valid"]);
  fits(ID.test(purpose.id) && typeof purpose.required === "boolean", "purpose");
  listOf(purpose.basis, 1, 6, (basis) => fits(["consent", "contract", "legal", "vital", "public", "legitimate"].includes(basis), "basis"));
  fits(purpose.required || purpose.basis.includes("consent"), "optional without consent");
  text(purpose.text);
  text(purpose.question);
  fits(purpose.type === undefined || /^[A-Za-z]{1,64}$/.test(purpose.type), "type");
  for (const flag of [purpose.profiling, purpose.adults]) fits([undefined, true, false].includes(flag), "profiling, adults");
  const retention = shape(purpose.retention, ["max"], ["until"]);
  fits(isSpan(retention.max), "retention");
  if (retention.until) text(retention.until);
  fits(purpose.consent_valid === undefined || isSpan(purpose.consent_valid), "consent_valid");
  return { ...purpose, valid: purpose.consent_valid ?? retention.max, forAdults: purpose.profiling === true || purpose.adults === true };
}

function readField(entry, text) {
  const own = { choice: ["options"], choices: ["options"], file: ["files", "max_bytes", "accept", "image"], date: ["birth"] };
  const kind = entry instanceof Map ? entry.get("kind") : undefined;
  fits(KINDS.includes(kind), "kind");
  const more = own[kind] ?? (DEFAULT_MAX[kind] ? ["max"] : []);
  const field = shape(entry, ["id", "kind", "label", "reason", "purposes", "required", ...(more[0] === "options" ? more : [])], ["hint", "roles", "of", ...more]);
  fits(ID.test(field.id) && typeof field.required === "boolean" && [undefined, "guardian", "adult"].includes(field.of), "field");
  text(field.label);
  text(field.reason);
  if (field.hint) text(field.hint);
  field.purposes = ids(field.purposes, 16);
  if (field.roles) field.roles = ids(field.roles, 8);
  const within = (value, min, max, otherwise) => {
    fits(value === undefined || (Number.isInteger(value) && value >= min && value <= max), "number");
    return value ?? otherwise;
  };
  field.max = within(field.max, 1, 8192, DEFAULT_MAX[kind]);
  field.files = within(field.files, 1, 4, 1);
  field.max_bytes = within(field.max_bytes, 1, 100 * 1024 * 1024, 5 * 1024 * 1024);
  within(field.image, 256, 4096);
  fits([undefined, true, false].includes(field.birth), "birth");
  if (field.accept) listOf(field.accept, 1, 16, (type) => fits(isMediaType(type), "media type"));
  if (more[0] === "options") {
    field.options = listOf(field.options, 1, 600, (option) => {
      const { id, label } = shape(option, ["id", "label"]);
      fits(ID.test(id), "option");
      text(label);
      return id;
    });
    unique(field.options);
  }
  return field;
}

const isMediaType = (type) => typeof type === "string" && type.length <= 100 && /^[A-Za-z0-9!#$&^_.+-]+\/[A-Za-z0-9!#$&^_.+-]+$/.test(type);

function readRole(entry, index, suite, text) {
  const named = entry instanceof Map && entry.get("id") !== "owner";
  const role = shape(entry, named ? ["id", "name", "keys"] : ["id", "keys"], named ? [] : ["name"]);
  fits(index > 0 || role.id === "owner", "the owner stands first");
  fits(ID.test(role.id), "role");
  if (role.name) text(role.name);
  listOf(role.keys, 1, 8, (key) => {
    const point = unbech32(key, suite === "X25519" ? "age" : "age1pq", false);
    fits(point?.length === (suite === "X25519" ? 32 : 1216), "key");
  });
  return role;
}

// ---------------------------------------------------------------- §8 parts

const readers = (field) => [...new Set(["owner", ...(field.roles ?? [])])].sort();

function planParts(form) {
  const all = form.roles.map((role) => role.id).sort();
  const same = (left, right) => left.join() === right.join();
  const bound = (roles) => form.fields.filter((field) => same(readers(field), roles)).reduce((sum, field) => sum + field.id.length + 4 + valueBound(field), 0);
  const groups = [...new Set(form.fields.map(readers).filter((roles) => !same(roles, all)).map((roles) => roles.join()))].map((roles) => roles.split(","));
  const files = form.fields.filter((field) => field.kind === "file");
  const count = 1 + groups.length + files.reduce((sum, field) => sum + field.files, 0);
  fits(count <= 16, "too many parts");
  const up = (size) => Math.ceil(size / 1024) * 1024;
  const part = (name, roles, bound, more) => ({ name, roles, ...more, value: new Map([["name", name], ["roles", roles], bound]) });
  const consent = form.purposes.reduce((sum, purpose) => sum + 320 + purpose.id.length, 0);
  const json = (name, roles, size) => part(name, roles, ["size", size], { size });
  return [
    json("main", all, up(640 + (form.guarded ? 192 : 0) + consent + 180 * (count - 1) + bound(all))),
    ...groups.map((roles) => json(`for-${roles.join("-")}`, roles, up(64 + bound(roles)))).sort((left, right) => (left.name < right.name ? -1 : 1)),
    ...files.flatMap((field) => Array.from({ length: field.files }, (_, nth) =>
      part(`file-${field.id}-${nth + 1}`, readers(field), ["max", field.max_bytes], { field }))),
  ];
}

function valueBound(field) {
  const fixed = { phone: 18, email: 512, date: 12, number: 34, postcode: 7, nik: 18, choice: 36 };
  if (field.kind === "choices") return 2 + 36 * field.options.length;
  if (field.kind === "file") return 2 + 640 * field.files;
  return fixed[field.kind] ?? 2 * field.max + 2;
}

// ---------------------------------------------------------------- §6 consent

function readConsent(form, record) {
  const language = record instanceof Map ? record.get("language") : undefined;
  need(form.languages.includes(language), "decode", "language");
  const authoritative = form.languages[0];
  const notice = (name) => [name, hex(H("segel/v1/notice", bytes(name), bytes(encodeJson(form.notice.get(name)))))];
  const events = record.get("purposes");
  need(Array.isArray(events) && events.length === form.purposes.length, "decode", "purposes");
  const guardian = record.get("guardian");
  const relation = guardian instanceof Map ? guardian.get("relation") : undefined;
  if (guardian !== undefined) need(form.guarded && ["ParentOfDataSubject", "GuardianOfDataSubject"].includes(relation), "decode", "guardian");
  const given = new Set();
  const expected = form.purposes.map((purpose, index) => {
    const event = events[index] instanceof Map ? events[index] : new Map();
    const state = event.get("event_state");
    const time = event.get("event_time");
    need(["ConsentGiven", "ConsentRefused", "ConsentRequestDeferred"].includes(state) && isTime(time), "decode", "event");
    need(time === events[0].get("event_time"), "decode", "two times");
    need(!purpose.required || state === "ConsentGiven", "decode", "required purpose");
    need(!relation || !purpose.forAdults || state === "ConsentRequestDeferred", "decode", "for adults");
    if (state === "ConsentGiven") given.add(purpose.id);
    const indication = state === "ConsentRequestDeferred" ? "none" : purpose.required ? "button" : "radio";
    const label = hex(H("segel/v1/label", bytes(purpose.question.get(authoritative)), bytes(purpose.question.get(language))));
    return new Map([
      ["event_state", state], ["event_time", time], ["event_type", "ExplicitlyExpressedConsent"],
      ["indication_method", indication], ["label_sha256", label], ["purpose_id", purpose.id], ["validity_duration", purpose.valid],
    ]);
  });
  const own = [["event_time", events[0].get("event_time")], ["event_type", "ExplicitlyExpressedConsent"], ["indication_method", "button"], ["relation", relation]];
  const whole = new Map([
    ["authoritative_language", authoritative], ...(relation ? [["guardian", new Map(own)]] : []), ["language", language],
    ["notice_sha256", new Map([notice(authoritative), notice(language)])], ["notice_version", form.version], ["purposes", expected],
  ]);
  need(encodeJson(whole) === encodeJson(record), "decode", "consent record");
  return { given, guarded: relation !== undefined };
}

// ---------------------------------------------------------------- §7 answers

function checkAnswers(form, part, answers, { given, guarded }) {
  need(answers instanceof Map, "decode", "answers");
  for (const [id, value] of answers) {
    const field = form.fields.find((candidate) => candidate.id === id);
    need(field && readers(field).join() === part.roles.join(), "decode", "answer of another part");
    const asked = field.purposes.some((purpose) => given.has(purpose));
    need(asked && (field.of === undefined || (field.of === "guardian") === guarded) && isAnswer(field, value), "decode", `answer ${id}`);
  }
}

function isAnswer(field, value) {
  const line = (max, control) => typeof value === "string" && value.trim() !== "" && bytes(value).length <= max && !control.test(value);
  switch (field.kind) {
    case "postcode": return typeof value === "string" && /^\d{5}$/.test(value);
    case "nik": return typeof value === "string" && /^[1-9]\d{5}(0[1-9]|[1256]\d|3[01]|4[1-9]|7[01])(0[1-9]|1[0-2])\d{6}$/.test(value);
    case "long_text":
    case "address": return line(field.max, /[^\P{Cc}\n\t]/u);
    case "phone": return typeof value === "string" && /^\+[1-9]\d{6,14}$/.test(value) && !value.startsWith("+620");
    case "email": return line(254, /[\s\p{Cc}]/u) && /^[^@]+@[^@.]+(\.[^@.]+)+$/.test(value);
    case "date": return typeof value === "string" && isDate(value) && value >= "1900" && value < "3000";
    case "number": return typeof value === "string" && value.length <= 32 && /^-?(0|[1-9]\d*)(\.\d+)?$/.test(value) && !/^-[0.]+$/.test(value);
    case "choice": return field.options.includes(value);
    case "choices": {
      const order = Array.isArray(value) ? value.map((id) => field.options.indexOf(id)) : [];
      return order.length > 0 && order.every((place, index) => place > (order[index - 1] ?? -1));
    }
    case "file": return Array.isArray(value) && value.length > 0 && value.length <= field.files && value.every((file, index) => isFile(field, file, index));
    default: return line(field.max, /\p{Cc}/u);
  }
}

function isFile(field, file, index) {
  if (!(file instanceof Map) || [...file.keys()].sort().join() !== "length,name,part,type") return false;
  const name = file.get("name");
  const type = file.get("type");
  return (
    Number.isInteger(file.get("length")) && file.get("length") >= 0 && file.get("length") <= field.max_bytes &&
    typeof name === "string" && name !== "" && bytes(name).length <= 200 && !/[\p{Cc}/\\]/u.test(name) &&
    file.get("part") === `file-${field.id}-${index + 1}` && isMediaType(type) && (!field.accept || field.accept.includes(type))
  );
}

// ---------------------------------------------------------------- §11 envelope, §10 opening

export function readEnvelope(file) {
  const window = file.subarray(0, 4096);
  let at = 0;
  const line = () => {
    const end = window.indexOf(10, at);
    if (end < 0) refuse(at > 0 && file.length > 4096 ? "limit" : "decode", "head does not end");
    const text = window.subarray(at, end).toString("latin1");
    at = end + 1;
    return text;
  };
  const first = line();
  if (/^segel-envelope\/\d+$/.test(first) && first !== "segel-envelope/1") refuse("newer");
  need(first === "segel-envelope/1", "decode", "first line");
  const field = (name, digits) => new RegExp(`^${name} ([0-9a-f]{${digits}})$`).exec(line())?.[1] ?? refuse("decode", name);
  const head = { form: field("form", 64), id: field("id", 32), receipt: field("receipt", 64), parts: new Map() };
  const lengths = [];
  for (;;) {
    const text = line();
    if (text === "" && lengths.length > 0) break;
    const found = /^part ([a-z][a-z0-9_-]{0,63}) (0|[1-9]\d{0,14})$/.exec(text);
    need(found, "decode", "part line");
    need(lengths.length < 16, "limit", "parts");
    need(!lengths.some(([name]) => name === found[1]), "decode", "part twice");
    lengths.push([found[1], Number(found[2])]);
  }
  for (const [name, length] of lengths) {
    need(at + length <= file.length, "decode", "truncated");
    head.parts.set(name, file.subarray(at, at + length));
    at += length;
  }
  need(at === file.length, "decode", "bytes after the end");
  return head;
}

function checkLabel(form, head, index, header) {
  const [label] = header.stanzas;
  need(label.kind === "segel-label", "decode", "no label");
  need(label.args.length === 0 || label.args[0] === "1", "newer");
  need(label.args.length === 6 && label.body.length === 0, "decode", "label");
  const [, formDigest, id, name, place, count] = label.args;
  need(formDigest === form.digest, "other form");
  need(id === head.id, "other submission");
  need(name === form.plan[index].name && place === String(index) && count === String(form.plan.length), "other part");
}

function openPart(form, head, index, keys) {
  const file = head.parts.get(form.plan[index].name) ?? refuse("missing");
  checkLabel(form, head, index, ageHeader(file));
  return ageOpen(file, keys);
}

function jsonPart(part, plaintext) {
  need(plaintext.length === part.size, "decode", "size");
  let end = plaintext.length;
  while (end > 0 && plaintext[end - 1] === 32) end -= 1;
  return parseCanonical(plaintext.subarray(0, end));
}

function keysOf(value, version, expected) {
  need(value instanceof Map && typeof value.get("segel") === "string", "decode", "version");
  need(value.get("segel") === version, "newer");
  need([...value.keys()].join() === expected.join(), "decode", "keys");
}

export function openEnvelope(form, file, keys) {
  const head = readEnvelope(file);
  need(head.form === form.digest, "other form");
  const main = jsonPart(form.plan[0], openPart(form, head, 0, keys));
  keysOf(main, "main/1", ["answers", "consent", "form", "id", "parts", "receipt", "sealed_at", "segel"]);
  need(main.get("form") === head.form, "other form");
  need(main.get("id") === head.id, "other submission");
  need(main.get("receipt") === head.receipt && isTime(main.get("sealed_at")), "decode", "receipt, sealed_at");
  const given = readConsent(form, main.get("consent"));
  checkAnswers(form, form.plan[0], main.get("answers"), given);
  const manifest = main.get("parts");
  need(Array.isArray(manifest) && manifest.length === form.plan.length - 1, "decode", "manifest");
  manifest.forEach((entry, index) => {
    const named = entry instanceof Map && entry.size === 3 && entry.get("name") === form.plan[index + 1].name;
    need(named && Number.isInteger(entry.get("length")) && /^[0-9a-f]{64}$/.test(entry.get("sha256")), "decode", "manifest entry");
  });
  const verdicts = new Map([["main", "opened"]]);
  const contents = new Map();
  const answers = [...main.get("answers").values()];
  form.plan.forEach((part, index) => {
    if (index === 0) return;
    try {
      const bytes = head.parts.get(part.name) ?? refuse("missing");
      checkLabel(form, head, index, ageHeader(bytes));
      const entry = manifest[index - 1];
      need(bytes.length === entry.get("length") && hex(sha256(bytes)) === entry.get("sha256"), "altered", "manifest");
      const plaintext = openPart(form, head, index, keys);
      if (part.field) {
        const announced = answers.filter(Array.isArray).flat().find((file) => file instanceof Map && file.get("part") === part.name);
        need(!announced || announced.get("length") === plaintext.length, "decode", "length");
        contents.set(part.name, hex(sha256(plaintext)));
      } else {
        const group = jsonPart(part, plaintext);
        keysOf(group, "group/1", ["answers", "segel"]);
        checkAnswers(form, part, group.get("answers"), given);
        answers.push(...group.get("answers").values());
      }
      verdicts.set(part.name, "opened");
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      verdicts.set(part.name, error.verdict);
    }
  });
  return { verdicts, contents };
}

// ---------------------------------------------------------------- §12 export

export function readExport(file) {
  let at = 0;
  let records = 0;
  const lost = [];
  const stop = (verdict) => ({ verdict, records, lost });
  const line = () => {
    const end = file.indexOf(10, at);
    if (end < 0) return undefined;
    const text = file.subarray(at, end).toString("latin1");
    at = end + 1;
    return text;
  };
  const first = line();
  if (first === undefined) return stop("segel-export/1\n".startsWith(file.toString("latin1")) ? "cut" : "decode");
  if (/^segel-export\/\d+$/.test(first) && first !== "segel-export/1") return stop("newer");
  if (first !== "segel-export/1") return stop("decode");
  const [form, after, empty] = [line(), line(), line()];
  if (empty === undefined) return stop("cut");
  const start = /^after (0|[1-9]\d{0,14}) ([0-9a-f]{64})$/.exec(after);
  if (!/^form [a-z][a-z0-9-]{0,39}$/.test(form) || !start || empty !== "") return stop("decode");
  let [sequence, chain] = [Number(start[1]), start[2]];
  for (;;) {
    const text = line();
    if (text === undefined) return stop("cut");
    const end = /^end (\d+) ([0-9a-f]{64})$/.exec(text);
    if (end) {
      if (Number(end[1]) !== sequence) return stop("gap");
      if (end[2] !== chain) return stop("chain");
      return stop(at === file.length ? "complete" : "decode");
    }
    const found =
      /^(envelope|statement) ([1-9]\d{0,14}) (\S{20}) (0|[1-9]\d{0,14}) ([0-9a-f]{64})$/.exec(text) ??
      /^(resealed) ([1-9]\d{0,14}) (\S{20}) (0|[1-9]\d{0,14}) [0-9a-f]{64} ([0-9a-f]{64}) ([0-9a-f]{64})$/.exec(text) ??
      /^(gone) ([1-9]\d{0,14}) (\S{20})() ([0-9a-f]{64}) ([0-9a-f]{64})$/.exec(text) ??
      /^(damaged) ([1-9]\d{0,14}) (\S{20}) (envelope|statement) ([0-9a-f]{64}) ([0-9a-f]{64})$/.exec(text);
    if (!found || !isTime(found[3])) return stop("decode");
    const [, kind, place, time, word] = found;
    const gone = kind === "gone" || kind === "damaged";
    const size = gone ? "" : word;
    if (Number(size) > (kind === "statement" ? 512 : 16 * (100 * 1024 * 1024 + 256 * 1024))) return stop("limit");
    if (Number(place) !== sequence + 1) return stop("gap");
    const length = Number(size);
    if (!gone && at + length >= file.length) return stop("cut");
    const digest = ["envelope", "statement"].includes(kind) ? sha256(file.subarray(at, at + length)) : Buffer.from(found[5], "hex");
    const number = Buffer.alloc(8);
    number.writeBigUInt64BE(BigInt(sequence + 1));
    const computed = hex(H("segel/v1/chain", Buffer.from(chain, "hex"), number, bytes(time), digest));
    if (computed !== found.at(-1)) return stop("chain");
    if (gone) {
      if (kind === "damaged") lost.push(`${place} ${word}`);
      [sequence, chain] = [sequence + 1, computed];
      continue;
    }
    if (file[at + length] !== 10) return stop("decode");
    if (kind === "statement" && !parseStatement(file.subarray(at, at + length))) return stop("decode");
    at += length + 1;
    [sequence, chain] = [sequence + 1, computed];
    if (kind !== "statement") records += 1;
  }
}

// ---------------------------------------------------------------- §4.2 statements

const STATEMENT = /^segel-statement\/1\nform [0-9a-f]{64}\nid ([0-9a-f]{32})\ntime (\S{20})\n(delete|withdraw [a-z][a-z0-9_]{0,31})\nsignature ([0-9a-f]{128})\n$/;

function parseStatement(file) {
  const found = file.length <= 512 ? STATEMENT.exec(file.toString("latin1")) : null;
  return found && isTime(found[2]) ? found : null;
}

export function readStatement(file, verifyingKey) {
  const text = file.toString("latin1");
  const first = /^segel-statement\/(0|[1-9]\d*)\n/.exec(text);
  if (first && first[1] !== "1") refuse("newer");
  const found = parseStatement(file);
  need(found, "refused", "statement");
  const key = createPublicKey({ key: Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(verifyingKey, "hex")]), format: "der", type: "spki" });
  const signed = Buffer.concat([bytes("segel/v1/statement\0"), file.subarray(0, text.indexOf("\nsignature ") + 1)]);
  return { id: found[1], wish: found[3], signed, key, signature: Buffer.from(found[4], "hex") };
}

// ---------------------------------------------------------------- §4.3 stamps

const STAMP = { digest: /^[0-9a-f]{64}$/, form: /^[0-9a-f]{64}$/, id: /^[0-9a-f]{32}$/, key: /^[0-9a-f]{64}$/, signature: /^[0-9a-f]{128}$/, what: /^(envelope|statement)$/ };

export function readStamp(file) {
  // A text file may end with one LF.
  const json = file.at(-1) === 10 ? file.subarray(0, -1) : file;
  need(json.length <= 1024, "refused", "stamp");
  let stamp;
  try {
    stamp = Object.fromEntries(parseCanonical(json));
  } catch {
    refuse("refused");
  }
  const version = /^stamp\/([0-9]+)$/.exec(stamp?.segel ?? "");
  need(version, "refused", "segel");
  if (version[1] !== "1") refuse("newer");
  const keys = Object.keys(stamp).sort().join();
  need(keys === "digest,form,id,key,received_at,segel,sequence,signature,what", "refused", "keys");
  for (const [key, shape] of Object.entries(STAMP)) need(shape.test(stamp[key]), "refused", key);
  need(Number.isSafeInteger(stamp.sequence) && stamp.sequence > 0 && isTime(stamp.received_at), "refused", "sequence");
  const sequence = Buffer.alloc(8);
  sequence.writeBigUInt64BE(BigInt(stamp.sequence));
  const values = [Buffer.from(stamp.form, "hex"), Buffer.from(stamp.id, "hex"), Buffer.from(stamp.digest, "hex"), sequence, bytes(stamp.received_at)];
  const long = (value) => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(value.length));
    return Buffer.concat([length, value]);
  };
  const signed = Buffer.concat([bytes(`segel/v1/stamp-${stamp.what}\0`), ...values.map(long)]);
  const key = createPublicKey({ key: Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(stamp.key, "hex")]), format: "der", type: "spki" });
  return { key: stamp.key, id: stamp.id, digest: stamp.digest, received: stamp.received_at, good: verify(null, signed, key, Buffer.from(stamp.signature, "hex")) };
}

// ---------------------------------------------------------------- §11.1 work

export function checkWork(text, form, id, asked) {
  const found = /^([1-9]\d?)\.(0|[1-9]\d{0,14})\.([0-9a-f]{16})$/.exec(text);
  need(found && Number(found[1]) <= 20, "refused", "proof");
  const [bits, ticket] = [Number(found[1]), Number(found[2])];
  need(bits >= asked.bits, "easy");
  need(ticket === asked.ticket || ticket === asked.before, "stale");
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(ticket));
  const digest = H("segel/v1/work", sha256(form), Buffer.from(id, "hex"), Buffer.from([bits]), number, Buffer.from(found[3], "hex"));
  need(digest.readUInt32BE() >>> (32 - bits) === 0, "unproven");
}

// ---------------------------------------------------------------- §4.1 receipt, §13 cells

export function readReceipt(text) {
  const data = unbech32(text, "segel-receipt-", true);
  need(data?.length === 32, "refused");
  const [id, secret] = [data.subarray(0, 16), data.subarray(16)];
  const seed = kdf(secret, id, "segel/v1/receipt-signing");
  const key = createPrivateKey({ key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]), format: "der", type: "pkcs8" });
  const verifying = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32);
  let bits = H("segel/v1/receipt-number", id).subarray(0, 5).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  let number = "";
  for (let place = 0; place < 8; place += 1, bits >>= 5n) number = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[Number(bits & 31n)] + number;
  return { id: hex(id), verifying_key: hex(verifying), number: `${number.slice(0, 4)}-${number.slice(4)}` };
}

export const guard = (cell) => cell.replace(/^(?=[\t\r\n])|(?<=^|[;\t\r\n])(?='|[ "]*[=+\-@])/g, "'");
export const unguard = (cell) => cell.replace(/(?<=^|[;\t\r\n])'/g, "");
const csvCell = (cell) => (/[,"\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

// ---------------------------------------------------------------- the vectors

function runVector(folder, text) {
  const [head, body] = text.split("\n\n");
  const lines = head.split("\n").map((line) => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)]);
  const values = (key) => lines.filter(([name]) => name === key).map(([, value]) => value);
  const [kind] = values("kind");
  const data = Buffer.from(body, "base64");
  const verdict = (act) => {
    try {
      return act();
    } catch (error) {
      if (error instanceof Refused) return error.verdict;
      throw error;
    }
  };
  const problems = [];
  const expect = (found, expected, what) => found === expected || problems.push(`${what}: expected ${expected}, found ${found}`);
  let found;
  if (kind === "json") {
    const canonical = verdict(() => (parseCanonical(data), "canonical"));
    found = canonical === "canonical" ? canonical : verdict(() => (parseJson(data), "valid")) === "valid" ? "valid" : "refused";
  } else if (kind === "form") {
    found = verdict(() => (readForm(data, values("pin")[0]), "form"));
  } else if (kind === "envelope") {
    const form = readForm(readFileSync(join(folder, "forms", values("form")[0])));
    found = verdict(() => {
      const { verdicts, contents } = openEnvelope(form, data, values("identity").map(identity));
      for (const [key, value] of lines) {
        if (key.startsWith("part ")) expect(verdicts.get(key.slice(5)), value, key);
        if (key.startsWith("sha256 ")) expect(contents.get(key.slice(7)), value, key);
      }
      return "opened";
    });
  } else if (kind === "export") {
    const result = readExport(data);
    found = result.verdict;
    expect(String(result.records), values("records")[0], "records");
    expect(result.lost.join(), values("damaged").join(), "damaged");
  } else if (kind === "receipt") {
    found = verdict(() => {
      for (const [key, value] of Object.entries(readReceipt(data.toString("utf8")))) expect(value, values(key)[0], key);
      return "receipt";
    });
  } else if (kind === "register") {
    const result = readRegister(data);
    found = result.at ? "refused" : "register";
    if (result.at) expect(String(result.at), values("at")[0], "at");
    else expect(result.open.join(), values("open").join(), "open");
  } else if (kind === "uses") {
    const result = readUses(data);
    found = result ? "uses" : "refused";
    if (result) {
      expect(result.uses.join(), values("use").join(), "use");
      expect(result.wrong.join(), values("wrong").join(), "wrong");
    }
  } else if (kind === "statement") {
    found = verdict(() => {
      const { signed, key, signature, ...said } = readStatement(data, values("verifying_key")[0]);
      for (const [name, value] of Object.entries(said)) expect(value, values(name)[0], name);
      return verify(null, signed, key, signature) ? "statement" : "unsigned";
    });
  } else if (kind === "stamp") {
    found = verdict(() => {
      const { good, ...said } = readStamp(data);
      for (const [name, value] of Object.entries(said)) expect(value, values(name)[0], name);
      return good ? "stamp" : "unsigned";
    });
  } else if (kind === "work") {
    const form = readFileSync(join(folder, "forms", values("form")[0]));
    const asked = { bits: Number(values("bits")[0]), ticket: Number(values("ticket")[0]), before: Number(values("before")[0]) };
    found = verdict(() => (checkWork(data.toString("latin1"), form, values("id")[0], asked), "work"));
  } else if (kind === "csv") {
    const cell = data.toString("utf8");
    expect(unguard(guard(cell)), cell, "inverse");
    expect(Buffer.from(`${csvCell(guard(cell))}\r\n`).toString("base64"), values("line")[0], "line");
    found = guard(cell) === cell ? "plain" : "guarded";
  }
  expect(found, values("expect")[0], "verdict");
  return problems;
}

if (process.argv[1] && resolve(process.argv[1]) === new URL(import.meta.url).pathname) {
  const folder = resolve(process.argv[2]);
  let [passed, failed] = [0, 0];
  for (const name of readdirSync(folder).filter((name) => name.endsWith(".txt"))) {
    const problems = runVector(folder, readFileSync(join(folder, name), "utf8"));
    for (const problem of problems) console.log(`${name}: ${problem}`);
    if (problems.length > 0) failed += 1;
    else passed += 1;
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed < 100 ? 1 : 0;
}
