// One form on a page: holds the state, carries out what follows from each event, and tells the page outside what it may know.
import { dropDraft, findDraft, keepDraft } from "./draft.js";
import { noticeLink, receiptLink } from "./post.js";
import { Sealer, unreadable } from "./sealer.js";
import { begin, step, waits } from "./state.js";
import * as store from "./store.js";
import { View } from "./view.js";

// Seconds until what could not be sent is tried again.
const RETRY = [5, 15, 60, 300];
// Milliseconds after the last key press until a draft is kept.
const DRAFT = 500;
// What a browser's storage gives, if it answers at all: a form must not wait for ever where it does not. Milliseconds.
const soon = (work) => Promise.race([work, new Promise((done) => setTimeout(done, 2000))]);
// Milliseconds after which a shared device asks whether anybody is still there, and then forgets everything.
const [IDLE, LEAVE] = [180000, 60000];

export class FormController {
  #view;
  #tell;
  #source;
  #owner;
  #worker;
  #shared;
  #state;
  #sealer;
  #answers = {};
  #checked;
  #submission;
  #receipt;
  #tries = 0;
  #timer;
  #draftTimer;
  #idleTimer;
  #closing = new AbortController();

  // Draws into `root`, or, in a browser that is too `old`, says so there. `tell(name, detail)` dispatches an event of the element.
  constructor(root, { source, owner, language, worker, shared, old, tell }) {
    this.#view = new View(root, (event) => this.send(event));
    this.#tell = tell;
    this.#source = source;
    this.#owner = owner;
    this.#worker = worker;
    this.#shared = shared;
    this.#state = begin(language);
    const { signal } = this.#closing;
    globalThis.addEventListener("online", () => this.#retry(), { signal });
    // The key on the screen is nowhere else.
    globalThis.addEventListener("beforeunload", (event) => this.#held && event.preventDefault(), { signal });
    if (shared) for (const sign of ["keydown", "pointerdown"]) globalThis.addEventListener(sign, () => this.#awake(), { signal });
    this.#load(old);
  }

  get phase() {
    return this.#state.phase;
  }

  // Goes on in another language, if the form has it.
  speak(language) {
    if (this.#sealer?.form.languages.includes(language) ?? true) this.send({ type: "language", language });
  }

  // Takes the form out of the page and forgets everything.
  close() {
    this.#closing.abort();
    clearTimeout(this.#timer);
    clearTimeout(this.#draftTimer);
    clearTimeout(this.#idleTimer);
    this.#view.forget();
    this.#sealer?.close();
    this.#sealer = this.#submission = this.#receipt = undefined;
    this.#answers = {};
    this.#checked = undefined;
  }

  // Tells what happened.
  send(event) {
    if (this.#closing.signal.aborted) return;
    const before = this.#state.phase;
    const [state, effects] = step(this.#state, event);
    this.#state = state;
    for (const [effect, argument] of effects) this[`_${effect}`](argument);
    if (event.type === "typed" && this.#drafts) this.#keepSoon();
    if (state.phase !== before) this.#tell("segel-step", { phase: state.phase });
  }

  async #load(old) {
    const { signal } = this.#closing;
    // Asked while the form is on its way: it takes a browser a while to look.
    const anything = this.#shared ? false : store.exists();
    let sealer;
    try {
      // A page hears of it once it has the form.
      if (await old) throw "old";
      sealer = await Sealer.open(this.#source, this.#owner, signal, this.#worker);
    } catch (why) {
      if (!signal.aborted) this.#refuse(typeof why === "string" ? why : "old");
      return;
    }
    if (signal.aborted) return sealer.close();
    this.#sealer = sealer;
    const { form, address } = sealer;
    if (!form.languages.includes(this.#state.language)) this.#state.language = form.languages[0];
    this.#view.prepare(form, this.#shared, noticeLink(sealer));
    const waiting = (await anything) && (await soon(store.find(address)));
    if (signal.aborted) return;
    if (waiting) {
      this.#submission = { ...waiting, kept: waiting.id };
      this.#receipt = { number: waiting.number };
    }
    const draft = this.#drafts && !waiting && (await anything) ? await findDraft(address) : null;
    if (signal.aborted) return;
    if (draft) this.#view.restore(draft);
    this.send({ type: waiting ? "waiting" : "loaded", draft: draft !== null });
    this.#tell("segel-ready");
  }

  // Somebody is there. Before there is anything to forget, and while something is on its way, nobody is asked.
  #awake() {
    clearTimeout(this.#idleTimer);
    this.#view.ask();
    this.#idleTimer = setTimeout(() => {
      if (!["filling", "review", "unsent", "done"].includes(this.phase)) return this.#awake();
      this.#view.ask(this.#state.language);
      this.#idleTimer = setTimeout(() => this.#tell("segel-again"), LEAVE);
    }, IDLE);
  }

  // Whether there is a key that would be lost with the page: of what is stored, or may be, or waits.
  get #held() {
    const { phase, trouble } = this.#state;
    return this.#receipt?.secret && !this.#receipt.kept && (["sending", "done"].includes(phase) || (phase === "unsent" && waits(trouble)));
  }

  get #drafts() {
    return this.#sealer.form.draft && !this.#shared;
  }

  // A little after the last key press.
  #keepSoon() {
    clearTimeout(this.#draftTimer);
    this.#draftTimer = setTimeout(() => keepDraft(this.#sealer.address, this.#view.typed()), DRAFT);
  }

  #dropDraft() {
    clearTimeout(this.#draftTimer);
    return dropDraft(this.#sealer.address);
  }

  #refuse(why) {
    this.send({ type: "refused", why });
    this.#tell("segel-error", { code: why });
  }

  #asked() {
    return this.#sealer?.asked(this.#state.choices) ?? [];
  }

  _draw(moveFocus) {
    const scene = {
      asked: this.#asked(), answers: this.#answers, receipt: this.#receipt,
      again: () => this.#tell("segel-again"),
      discard: () => this.#dropDraft().then(() => this.#tell("segel-again")),
    };
    this.#view.draw(this.#state, scene, moveFocus);
    if (["filling", "review"].includes(this.#state.phase)) this.#sealer.shown(this.#state.language);
  }

  _reveal() {
    this.#view.reveal(this.#asked());
  }

  _prepare() {
    // Behind the key press that caused it: key work must not make typing stutter.
    setTimeout(() => this.#sealer?.prepare());
  }

  async _check() {
    const { signal } = this.#closing;
    const { choices } = this.#state;
    try {
      const asked = this.#asked();
      const [values, files, unread] = await Promise.all([this.#view.values(asked), this.#view.files(asked), this.#view.unread(asked)]);
      if (signal.aborted) return;
      // Somebody chose otherwise while a picture was made small.
      if (choices !== this.#state.choices) return this._check();
      this.#checked = { choices: this.#sealer.agreed(choices), values, files };
      const { answers, problems = [] } = this.#sealer.check(this.#checked.choices, values);
      this.#answers = answers ?? {};
      this.send({ type: "checked", problems: [...problems.filter(({ field }) => !unread.some((one) => one.field === field)), ...unread] });
    } catch {
      if (!signal.aborted) this.#unsealed();
    }
  }

  #unsealed() {
    this.send({ type: "failed", trouble: "unsealed" });
    this.#tell("segel-error", { code: "unsealed" });
  }

  async _seal() {
    const { signal } = this.#closing;
    const { language } = this.#state;
    this.#receipt = undefined;
    try {
      // What the review showed, whatever stands in the inputs now.
      const { choices } = this.#checked;
      const told = (share) => this.#view.progress(share);
      const { number, secret, ...sealed } = await this.#sealer.seal({ language, ...this.#checked }, told);
      if (signal.aborted) return;
      this.#submission = { ...sealed, number, address: this.#sealer.address };
      this.#receipt = { number, secret, choices, link: receiptLink(this.#sealer, secret) };
    } catch {
      const problems = await unreadable(this.#checked?.files ?? {});
      // A browser says nothing of a file that is chosen a second time.
      for (const one of this.#view.fields) if (problems.some(({ field }) => field === one.field.id)) one.forget();
      if (signal.aborted) return;
      if (problems.length) this.send({ type: "checked", problems });
      else this.#unsealed();
      return;
    }
    this._send();
    if (this.#drafts) this.#dropDraft();
  }

  // Sends the sealed bytes; the same ones each time.
  async _send() {
    const [submission, sealer] = [this.#submission, this.#sealer];
    const { address, blob, id, digest, number } = submission;
    clearTimeout(this.#timer);
    this.#view.uploading(blob.size, this.#state.language);
    // Before it is on its way: who leaves the page meanwhile, or whose phone ends it, must not lose it.
    if (!this.#shared) submission.kept ??= await soon(store.keep({ address, blob, id, digest, number }));
    const { receivedAt, trouble, after } = await sealer.send(submission);
    const again = waits(trouble);
    if (!this.#shared && !again) await soon(store.drop(address, id));
    if (this.#closing.signal.aborted) return;
    if (trouble) {
      this.send({ type: "failed", trouble, kept: submission.kept !== undefined });
      this.#tell("segel-error", { code: trouble });
      if (again) this.#timer = setTimeout(() => this.#retry(), (after >= 1 ? after : RETRY[Math.min(this.#tries++, RETRY.length - 1)]) * 1000);
      return;
    }
    this.#receipt = { ...this.#receipt, receivedAt };
    this.send({ type: "stored" });
    if (!this.#shared) this.#sendOthers(address);
  }

  // What else waited for this server, from another tab or day; its customer had the key when it was sealed. What is refused stays, for the
  // next visit to say so.
  async #sendOthers(address) {
    const sealer = this.#sealer;
    // A device that cannot delete must not be sent from without end.
    for (let one, last; (await store.exists()) && (one = await store.find(address)) && one.id !== last && !(await sealer.send(one)).trouble; last = one.id) {
      await store.drop(address, one.id);
    }
  }

  #retry() {
    clearTimeout(this.#timer);
    this.send({ type: "retry", quiet: true });
  }

  // Sent: what was typed is forgotten, and the page is told what it may know: no answer, and not the receipt's secret.
  _forget() {
    this.#view.forget();
    this.#answers = {};
    this.#checked = undefined;
    this.#submission = undefined;
    const { number, receivedAt, choices = {} } = this.#receipt;
    this.#tell("segel-sent", {
      number, receivedAt, choices: this.#sealer.form.purposes.map(({ id }) => ({ purpose: id, given: choices[id] === true })),
    });
  }
}
