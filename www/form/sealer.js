// A published form that verified, and all that can be done with it: what the element, an existing form and the JavaScript API stand on.
import { sealApart } from "./apart.js";
import { load } from "./module.js";
import { endpoint, fetchForm, post } from "./post.js";
import { LARGE, seal } from "./seal.js";
import { today } from "./words.js";

// Half a character of two halves, which an input may hold, is no text: as String.prototype.toWellFormed, which many browsers lack.
const text = (value) => JSON.stringify(value, (_, one) => (typeof one === "string" ? one.replace(/\p{Cs}/gu, "\ufffd") : one));
// As in the module.
const TRIES = 16384;
const now = () => Date.now() / 1000;

// What is to be mended where sealing failed: each field with a file that was moved, changed or taken away since it was chosen.
export async function unreadable(files) {
  const parts = await Promise.all(Object.entries(files).map(([part, file]) => file.slice(0, 1).arrayBuffer().then(() => [], () => [part])));
  const fields = new Set(parts.flat().map((part) => part.replace(/^file-|-\d+$/g, "")));
  return [...fields].map((field) => ({ field, cause: "unreadable" }));
}

export class Sealer {
  #engine;
  #published;
  #owner;
  #shown = new Set();
  #busy = false;
  #closing = new AbortController();
  #worker;

  // Loads module and form, both at once, and verifies the form against the pinned owner. `worker` says that the page's policy allows one, for
  // large files. Throws a code.
  static async open(source, owner, signal, worker) {
    const [Engine, bytes] = await Promise.all([load(), fetchForm(source, signal)]);
    if (!bytes) throw "missing";
    return new Sealer(Engine, bytes, owner, source, worker);
  }

  constructor(Engine, bytes, owner, source, worker) {
    this.#engine = new Engine(bytes, owner, now());
    this.#published = bytes;
    this.#owner = owner;
    this.#worker = worker;
    // The body stands behind the first empty line; the module has verified these very bytes.
    const published = new TextDecoder().decode(bytes);
    // Without a prototype: what another script puts there must not be taken for what the owner signed.
    this.form = { __proto__: null, ...JSON.parse(published.slice(published.indexOf("\n\n") + 2)) };
    this.address = endpoint(source, this.form.endpoint);
  }

  // Notes that the notice in this language is in view: nothing is sealed without.
  shown(language) {
    this.#shown.add(language);
    this.#engine.shown(language);
  }

  // Key work ahead of time. False if there is no randomness.
  prepare() {
    return this.#engine?.prepare() ?? false;
  }

  // Ids of the fields that are asked under these choices.
  asked(choices) {
    return this.check(choices, {}).asked;
  }

  // `{ asked, answers }`, these in the spelling that is sealed, or `{ asked, problems }`. Throws a code.
  check(choices, values) {
    const checked = JSON.parse(this.#engine.check(text(choices), text(values)));
    const { asked, problems = [] } = checked;
    const late = this.form.fields.filter(({ id, birth }) => birth && asked.includes(id) && values[id] > today() && !problems.some(({ field }) => field === id));
    return late.length ? { asked, problems: [...problems, ...late.map(({ id }) => ({ field: id, cause: "birth", limit: 0 }))] } : checked;
  }

  // The choices with the required purposes given: what pressing a button that says so means.
  agreed(choices) {
    const required = this.form.purposes.filter((purpose) => purpose.required).map(({ id }) => [id, true]);
    return { ...choices, ...Object.fromEntries(required) };
  }

  // Seals, one submission at a time; `files` maps a part's name to its file. Throws a code.
  async seal({ language, choices, values, files }, told) {
    if (this.#busy) throw "sealing";
    if (this.check(choices, values).problems) throw "answers";
    this.#busy = true;
    const words = [language, text(choices), text(values), now()];
    try {
      if (this.#worker && Object.values(files).some(({ size }) => size >= LARGE)) {
        const what = { published: this.#published, owner: this.#owner, shown: [...this.#shown], words, files };
        const sealed = await sealApart(what, told, this.#closing.signal);
        if (sealed) return sealed;
      }
      const receipt = JSON.parse(this.#engine.begin(...words));
      return { ...receipt, ...(await seal(this.#engine, files, told)) };
    } finally {
      this.#busy = false;
    }
  }

  // Sends what was sealed: `{ receivedAt }` or `{ trouble }`, and works for it if the server asks.
  send(sealed) {
    return post({ ...sealed, address: this.address }, (asked) => this.#work(sealed.id, asked));
  }

  // The proof of work. The module refuses what nobody may ask; the page answers between two steps.
  async #work(id, { bits, ticket }) {
    for (let from = 0; ; from += TRIES) {
      const nonce = this.#engine.work(id, bits, ticket, from);
      if (nonce) return `${bits}.${ticket}.${nonce}`;
      await new Promise(setTimeout);
    }
  }

  close() {
    this.#closing.abort();
    this.#engine?.free();
    this.#engine = undefined;
  }
}
