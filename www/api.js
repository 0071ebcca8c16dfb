// The JavaScript API: for pages that draw their own fields and decide themselves when to seal and where to send. Types in api.d.ts.
import { small } from "./form/picture.js";
import { Sealer } from "./form/sealer.js";

// Why something was not done; `code` is stable.
export class SegelError extends Error {
  constructor(code) {
    super(`segel: ${code}`);
    this.name = "SegelError";
    this.code = code;
  }
}

// Runs an act and gives its code a stack and a type.
async function named(act) {
  try {
    return await act();
  } catch (why) {
    throw typeof why === "string" ? new SegelError(why) : why;
  }
}

const metadata = (files) => Array.from(files, ({ name, type, size }) => ({ name, type: type || "application/octet-stream", length: size }));

class SealingForm {
  #sealer;
  // What `picture` gave: where a field wants pictures small, nothing else is sealed.
  #small = new WeakSet();

  constructor(sealer) {
    this.#sealer = sealer;
  }

  get definition() {
    return structuredClone(this.#sealer.form);
  }

  notice(language) {
    const { notice } = this.#sealer.form;
    if (!Object.hasOwn(notice, language)) throw new SegelError("notice");
    return structuredClone(notice[language]);
  }

  shown(language) {
    this.notice(language);
    this.#sealer.shown(language);
  }

  async picture(id, file) {
    const field = this.#sealer.form.fields.find((one) => one.id === id);
    if (field?.kind !== "file") throw new SegelError("values");
    const made = await small(file, field);
    if (!made) throw new SegelError("picture");
    this.#small.add(made);
    return made;
  }

  prepare() {
    return this.#sealer.prepare();
  }

  asked(choices = {}) {
    return this.check({ choices }).asked;
  }

  check({ choices = {}, values = {}, files = {} }) {
    try {
      return this.#sealer.check(choices, this.#all(values, files));
    } catch (why) {
      throw typeof why === "string" ? new SegelError(why) : why;
    }
  }

  seal({ language, choices = {}, values = {}, files = {}, progress }) {
    const parts = Object.entries(files).flatMap(([id, list]) => Array.from(list, (file, nth) => [`file-${id}-${nth + 1}`, file]));
    const wanted = this.#sealer.form.fields.filter(({ image }) => image).map(({ id }) => id);
    if (wanted.some((id) => Array.from(files[id] ?? []).some((file) => !this.#small.has(file)))) return named(async () => {
      throw "picture";
    });
    const what = { language, choices, values: this.#all(values, files), files: Object.fromEntries(parts) };
    return named(() => this.#sealer.seal(what, progress));
  }

  async send(sealed) {
    const { receivedAt, trouble } = await this.#sealer.send(sealed);
    if (trouble) throw new SegelError(trouble);
    return { receivedAt };
  }

  close() {
    this.#sealer.close();
  }

  #all(values, files) {
    return { ...values, ...Object.fromEntries(Object.entries(files).map(([id, list]) => [id, metadata(list)])) };
  }
}

// Loads and verifies a published form.
export function open({ src, owner, signal, worker }) {
  return named(async () => new SealingForm(await Sealer.open(new URL(src, document.baseURI).href, owner, signal, worker)));
}
