// A published form that verified, and all that can be done with it: what the element, an existing form and the JavaScript API stand on.
import { load } from "./module.js";
import { endpoint, fetchForm, post } from "./post.js";
import { seal } from "./seal.js";

const text = JSON.stringify;
const now = () => Date.now() / 1000;

export class Sealer {
  #engine;
  #busy = false;

  // Loads module and form, both at once, and verifies the form against the pinned owner. Throws a code.
  static async open(source, owner, signal) {
    const [Engine, bytes] = await Promise.all([load(), fetchForm(source, signal)]);
    if (!bytes) throw "missing";
    return new Sealer(Engine, bytes, owner, source);
  }

  constructor(Engine, bytes, owner, source) {
    this.#engine = new Engine(bytes, owner, now());
    // The body stands behind the first empty line; the module has verified these very bytes.
    const published = new TextDecoder().decode(bytes);
    this.form = JSON.parse(published.slice(published.indexOf("\n\n") + 2));
    this.address = endpoint(source, this.form.endpoint);
  }

  // Notes that the notice in this language is in view: nothing is sealed without.
  shown(language) {
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
    return JSON.parse(this.#engine.check(text(choices), text(values)));
  }

  // The choices with the required purposes given: what pressing a button that says so means.
  agreed(choices) {
    const required = this.form.purposes.filter((purpose) => purpose.required).map(({ id }) => [id, true]);
    return { ...choices, ...Object.fromEntries(required) };
  }

  // Seals, one submission at a time; `files` maps a part's name to its file. Throws a code.
  async seal({ language, choices, values, files }, told) {
    if (this.#busy) throw "sealing";
    this.#busy = true;
    try {
      const receipt = JSON.parse(this.#engine.begin(language, text(choices), text(values), now()));
      return { ...receipt, ...(await seal(this.#engine, files, told)) };
    } finally {
      this.#busy = false;
    }
  }

  // Sends what was sealed: `{ receivedAt }` or `{ trouble }`.
  send(sealed) {
    return post({ ...sealed, address: this.address });
  }

  close() {
    this.#engine?.free();
    this.#engine = undefined;
  }
}
