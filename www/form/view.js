// Draws a state. Texts come from the signed form and from words.js, as text; inputs are made once by fields.js.
import { focus, make } from "./dom.js";
import { FieldView, answerText, checkable } from "./fields.js";
import { ages, asks, consentBlock, lockNote, noticeText, problemList, purposeBlock, tooYoung, yesNo } from "./pieces.js";
import { drawReceipt, keyOf } from "./receipt.js";
import { canChange, canRetry, waits } from "./state.js";
import { LANGUAGES, decimal, fill, named, refusal, trouble, waiting, words as wordsOf } from "./words.js";

export class View {
  #root;
  #send;

  // Draws into `root` and tells what happens by `send(event)`.
  constructor(root, send) {
    this.#root = root;
    this.#send = send;
    this.fields = [];
    this.purposes = new Map();
    // Languages in which the notice was in view above the fields.
    this.noticed = new Set();
  }

  // Makes the inputs of a form, once; on a shared device without the browser's memory of others. `notice` is the address of the notice's own page.
  prepare(form, shared, notice) {
    this.form = form;
    this.notice = notice;
    const provinceOf = () => this.fields.find(({ field }) => field.kind === "province")?.inputs[0].value;
    this.fields = form.fields.map((field) => new FieldView(field, provinceOf));
    if (shared) for (const { inputs } of this.fields) for (const input of inputs) input.autocomplete = "off";
    for (const { id } of form.purposes.filter((purpose) => !purpose.required)) {
      this.purposes.set(id, yesNo(id, (given) => this.#send({ type: "chosen", purpose: id, given })));
    }
  }

  draw(state, scene, moveFocus) {
    const { language } = state;
    const words = wordsOf(language);
    // Session recorders and replay tools look for the last two before they copy what is typed.
    const body = make("div", { class: "segel", part: "form", lang: language, "data-private": true, "data-hj-suppress": true });
    if (this.form && state.phase !== "refused") {
      body.append(...this.#languages(language), make("h2", {}, named(this.form.title, language)));
    }
    const start = this[`_${state.phase}`](body, state, words, scene);
    // Of what can be focused, only the choice of language has one of its own.
    const chose = this.#root.activeElement?.lang;
    this.#root.replaceChildren(body);
    if (start && moveFocus) focus(start);
    else if (chose) this.#root.querySelector("[aria-current]")?.focus();
  }

  // Shows the fields that are asked, and hides the others.
  reveal(asked) {
    for (const { field, wrapper } of this.fields) wrapper.hidden = !asked.includes(field.id);
  }

  // What stands in the fields that are asked.
  async values(asked) {
    const views = this.fields.filter(({ field }) => asked.includes(field.id));
    const entries = await Promise.all(views.map(async (view) => [view.field.id, await view.value()]));
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }

  // Chosen files by the name of the part that will hold them.
  async files(asked) {
    const views = this.fields.filter(({ field }) => asked.includes(field.id) && field.kind === "file");
    const named = await Promise.all(
      views.map(async ({ field, chosen }) => (await chosen).filter(Boolean).map((file, nth) => [`file-${field.id}-${nth + 1}`, file])),
    );
    return Object.fromEntries(named.flat());
  }

  // What no reader of values sees: pictures that could not be read.
  async unread(asked) {
    const found = await Promise.all(this.fields.map(async ({ field: { id }, chosen }) => asked.includes(id) && (await chosen).includes(null) && { field: id, cause: "picture" }));
    return found.filter(Boolean);
  }

  // What stands in every input, file inputs aside, to be kept and put back.
  typed() {
    const stands = (view, input) => (input.type === "file" ? "" : checkable(input) ? input.checked : view.field.kind === "number" ? decimal(input.value, view.language) : input.value);
    return this.fields.map((view) => [view.field.id, view.inputs.map((input) => stands(view, input))]);
  }

  // Puts a draft back; what the form no longer asks is left out, and no purpose is chosen.
  restore(draft) {
    for (const [id, values] of draft) {
      const view = this.fields.find(({ field }) => field.id === id);
      if (view && view.field.kind !== "file") {
        view.inputs.forEach((input, nth) => (input[checkable(input) ? "checked" : "value"] = values[nth] ?? ""));
        // Numbers were kept as the module takes them, which is an English spelling.
        view.language = "en";
      }
    }
  }

  // How much of the files is sealed.
  progress(share) {
    const bar = this.#root.querySelector("progress");
    if (!bar) return;
    bar.hidden = false;
    bar.value = share;
  }

  // What takes long is on its way; how much of it has left, `fetch` does not say.
  uploading(bytes, language) {
    const status = this.#root.querySelector(".sending");
    if (!status || bytes < 1e6) return;
    status.textContent = fill(wordsOf(language).uploading, Math.round(bytes / 1e6));
    this.#root.querySelector("progress").removeAttribute("value");
  }

  // Asks whether anybody is still there; nothing for a language takes the question away.
  ask(language) {
    this.#root.querySelector(".still")?.remove();
    if (language) this.#root.firstChild.prepend(make("p", { class: "refusal still", role: "alert" }, wordsOf(language).still_there));
  }

  // Forgets everything that was typed and chosen.
  forget() {
    for (const field of this.fields) field.forget();
    for (const radios of this.purposes.values()) for (const radio of radios) radio.checked = false;
  }

  #languages(language) {
    const known = this.form.languages.filter((code) => LANGUAGES[code]);
    if (known.length < 2) return [];
    const choices = known.map((code) => make(
      "button",
      { type: "button", class: "link", lang: code, "aria-current": code === language && "true", onclick: () => this.#send({ type: "language", language: code }) },
      LANGUAGES[code],
    ));
    return [make("div", { class: "languages" }, ...choices)];
  }

  _refused(body, { why }) {
    body.append(...refusal(why).map((text, nth) => make("p", { lang: ["id", "en"][nth], class: "refusal", role: nth ? null : "alert" }, text)));
  }

  _age(body, _state, words) {
    const [question, ...answers] = ages(this.form, words);
    const legend = make("legend", {}, question);
    const buttons = answers.map(([text, event]) => this.#button(text, "choice", event));
    const hint = make("p", { class: "hint" }, words.age_hint);
    body.append(lockNote(this.form, words), make("fieldset", {}, legend, hint, make("div", { class: "row" }, ...buttons)));
    return legend;
  }

  _young(body, _state, words) {
    const text = make("p", {}, tooYoung(this.form, words));
    body.append(text, this.#button(words.back, "quiet", { type: "back" }));
    return text;
  }

  _filling(body, { language, problems, choices, restored }, words, { asked, discard }) {
    const guardian = choices["@guardian"];
    const heading = make("h3", {}, guardian ? words.guardian_fields : words.fields);
    const optional = asks(this.form, choices).filter((purpose) => !purpose.required);
    for (const view of this.fields) {
      // What the browser knows is about who holds the device.
      if (guardian && view.field.of !== "guardian") for (const input of view.inputs) input.autocomplete = "off";
      view.draw(language, words, problems.find(({ field }) => field === view.field.id));
    }
    this.reveal(asked);
    const inputOf = (id) => this.fields.find(({ field }) => field.id === id).inputs[0];
    const summary = problems.length > 0 && problemList(this.form, problems, inputOf, language, words);
    // Once the notice is where the customer begins: on a phone it would stand above the screen.
    const notice = noticeText(this.form, language, words, this.notice);
    this.noticed.add(language);
    const start = this.read ? heading : (this.read = notice[0]);
    body.append(
      ...(restored ? [make("p", { class: "consent", role: "status" }, words.restored), make("button", { type: "button", class: "quiet", onclick: discard }, words.discard)] : []),
      ...(summary ? [summary] : []), lockNote(this.form, words), ...notice, heading,
      ...(guardian ? [...this.#own(null, true), make("h3", {}, words.child_fields), ...this.#own(null, false)] : this.#own(null)),
      ...(optional.length ? [make("h3", {}, words.purposes)] : []), ...optional.map((purpose) => purposeBlock(this.form, purpose, this.purposes.get(purpose.id), language, words, this.#own(purpose.id))),
      this.#button(words.review, "main", { type: "submit" }),
    );
    body.addEventListener("input", () => this.#send({ type: "typed" }));
    return summary || start;
  }

  _review(body, { language, choices }, words, { asked, answers }) {
    const heading = make("h3", {}, words.review_title);
    const line = (name, text, known = true) => [make("dt", {}, name), make("dd", { class: known ? null : "hint" }, text)];
    const optional = asks(this.form, choices).filter(({ required }) => !required);
    const shown = this.form.fields.filter(({ id }) => asked.includes(id)).flatMap((field) => {
      const answer = answers[field.id];
      const known = answer !== undefined;
      return line(named(field.label, language), known ? answerText(field, answer, language) : words.not_filled, known);
    });
    const chosen = optional.flatMap(({ id, question }) => line(named(question, language), { true: words.yes, false: words.no }[choices[id]] ?? words.unanswered));
    body.append(
      heading, make("dl", {}, ...shown, ...chosen), this.#button(words.change, "quiet", { type: "back" }),
      // Consent is recorded in the language that is shown, and not without its notice.
      ...(this.noticed.has(language) ? [] : noticeText(this.form, language, words, this.notice)),
      consentBlock(this.form, language, choices),
      this.#button(words.agree, "main", { type: "agree" }),
    );
    return heading;
  }

  _sending(body, _state, words) {
    const status = make("p", { role: "status", class: "sending" }, words.sending);
    body.append(status, make("progress", { hidden: true, "aria-label": words.sending }));
    return status;
  }

  _unsent(body, { trouble: why, kept, language }, words, { receipt, again }) {
    const text = make("p", { role: "alert", class: waits(why) ? "consent" : "refusal" }, waits(why) ? waiting(why, kept, language) : trouble(why, language));
    body.append(text);
    if (canRetry(why)) {
      body.append(this.#button(words.retry, "main", { type: "retry" }));
      // Who closes the page now keeps the key all the same: it is stored nowhere.
      if (receipt?.secret && why !== "unsealed") {
        body.append(...keyOf(receipt, [[words.number, receipt.number]], words, () => (receipt.kept = true)));
      }
    } else {
      // After a reload there are no answers to change.
      const change = canChange(why) && receipt?.secret && this.#button(words.change, "main", { type: "back" });
      body.append(...(change ? [change] : []), make("button", { type: "button", class: "quiet", onclick: again }, words.finish));
    }
    return text;
  }

  _done(body, { language }, words, { receipt, again }) {
    const drawn = drawReceipt(this.form, receipt, language, words, again);
    body.append(...drawn);
    return drawn[0];
  }

  // Wrappers of the fields that stand with the required purposes (`null`), or under the first optional one that they serve; those about
  // the guardian, the others, or all.
  #own(purpose, guardian) {
    const needed = new Set(this.form.purposes.filter(({ required }) => required).map(({ id }) => id));
    const home = ({ purposes }) => (purposes.some((id) => needed.has(id)) ? null : purposes[0]);
    const meant = ({ of }) => guardian === undefined || (of === "guardian") === guardian;
    return this.fields.filter(({ field }) => home(field) === purpose && meant(field)).map(({ wrapper }) => wrapper);
  }

  #button(text, kind, event) {
    return make("button", { type: "button", class: kind, part: kind, onclick: () => this.#send(event) }, text);
  }
}
