// Draws a state. Texts come from the signed form and from words.js, as text; inputs are made once by fields.js.
import { focus, make } from "./dom.js";
import { FieldView, answerText } from "./fields.js";
import { drawReceipt, keyOf } from "./receipt.js";
import { canRetry } from "./state.js";
import { LANGUAGES, fill, named, problem, refusal, trouble, words as wordsOf } from "./words.js";

export class View {
  #root;
  #send;

  // Draws into `root` and tells what happens by `send(event)`.
  constructor(root, send) {
    this.#root = root;
    this.#send = send;
    this.fields = [];
    this.purposes = new Map();
  }

  // Makes the inputs of a form, once.
  prepare(form) {
    this.form = form;
    this.fields = form.fields.map((field) => new FieldView(field));
    for (const { id } of form.purposes.filter((purpose) => !purpose.required)) {
      const radio = (given) => make("input", {
        type: "radio", name: `group-purpose-${id}`, onchange: () => this.#send({ type: "chosen", purpose: id, given }),
      });
      this.purposes.set(id, [radio(true), radio(false)]);
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
    this.#root.replaceChildren(body);
    if (start && moveFocus) focus(start);
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
      views.map(async ({ field, chosen }) => (await chosen).map((file, nth) => [`file-${field.id}-${nth + 1}`, file])),
    );
    return Object.fromEntries(named.flat());
  }

  // How much of the files is sealed.
  progress(share) {
    const bar = this.#root.querySelector("progress");
    if (!bar) return;
    bar.hidden = false;
    bar.value = share;
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
    const legend = make("legend", {}, words.age);
    const button = (text, adult) => this.#button(text, "choice", { type: "adult", adult });
    body.append(
      this.#lock(words),
      make(
        "fieldset", {}, legend, make("p", { class: "hint" }, words.age_hint),
        make("div", { class: "row" }, button(words.yes_adult, true), button(words.no, false)),
      ),
    );
    return legend;
  }

  _young(body, _state, words) {
    const text = make("p", {}, words.too_young);
    body.append(text, this.#button(words.back, "quiet", { type: "back" }));
    return text;
  }

  _filling(body, { language, problems }, words, { asked }) {
    const heading = make("h3", {}, words.fields);
    const optional = this.form.purposes.filter((purpose) => !purpose.required);
    for (const view of this.fields) view.draw(language, words, problems.find(({ field }) => field === view.field.id));
    this.reveal(asked);
    const summary = problems.length > 0 && this.#problems(problems, language, words);
    body.append(
      ...(summary ? [summary] : []), ...this.#notice(language, words), heading, ...this.#own(null),
      ...(optional.length ? [make("h3", {}, words.purposes)] : []), ...optional.map((purpose) => this.#purpose(purpose, language, words)),
      this.#button(words.review, "main", { type: "submit" }),
    );
    body.addEventListener("input", () => this.#send({ type: "typed" }));
    return summary || heading;
  }

  _review(body, { language, choices }, words, { asked, answers }) {
    const heading = make("h3", {}, words.review_title);
    const line = (name, text, known = true) => [make("dt", {}, name), make("dd", { class: known ? null : "hint" }, text)];
    const [needed, optional] = [true, false].map((kind) => this.form.purposes.filter(({ required }) => required === kind));
    const shown = this.form.fields.filter(({ id }) => asked.includes(id)).flatMap((field) => {
      const answer = answers[field.id];
      const known = answer !== undefined;
      return line(named(field.label, language), known ? answerText(field, answer, language) : words.not_filled, known);
    });
    const chosen = optional.flatMap(({ id, question }) => line(named(question, language), choices[id] ? words.yes : words.no));
    body.append(
      heading, make("dl", {}, ...shown, ...chosen), this.#button(words.change, "quiet", { type: "back" }),
      make("div", { class: "consent" }, ...needed.flatMap(({ question }) => this.#sentence(question, language))),
      this.#button(words.agree, "main", { type: "agree" }),
    );
    return heading;
  }

  _sending(body, _state, words) {
    const status = make("p", { role: "status", class: "sending" }, words.sending);
    body.append(status, make("progress", { hidden: true, "aria-label": words.sending }));
    return status;
  }

  _unsent(body, { trouble: why, language }, words, { receipt, again }) {
    const text = make("p", { role: "alert", class: "refusal" }, trouble(why, language));
    body.append(text);
    if (canRetry(why)) {
      body.append(this.#button(words.retry, "main", { type: "retry" }));
      // Who closes the page now keeps the key all the same: it is stored nowhere.
      if (receipt?.secret && why !== "unsealed") {
        body.append(...keyOf(receipt, [[words.number, receipt.number]], words));
      }
    } else {
      body.append(make("button", { type: "button", class: "quiet", onclick: again }, words.finish));
    }
    return text;
  }

  _done(body, { language }, words, { receipt, again }) {
    const drawn = drawReceipt(this.form, receipt, language, words, again);
    body.append(...drawn);
    return drawn[0];
  }

  #lock(words) {
    const { name } = this.form.controller;
    return make(
      "div", { class: "lock" }, make("p", {}, fill(words.lock, name)),
      make("details", {}, make("summary", {}, words.lock_more_title), make("p", {}, fill(words.lock_more, name) + location.host)),
    );
  }

  // The first layer in view, the second a click away. Both are the form's own signed text.
  #notice(language, words) {
    const { summary, sections } = this.form.notice[language];
    const all = sections.flatMap(({ heading, text }) => [make("h3", { class: "small" }, heading), ...text.split("\n").map((line) => make("p", {}, line))]);
    return [this.#lock(words), make("p", {}, summary), make("details", { class: "notice" }, make("summary", {}, words.details), ...all)];
  }

  // Wrappers of the fields that stand with the required purposes (`null`), or under the first optional one that they serve.
  #own(purpose) {
    const needed = new Set(this.form.purposes.filter(({ required }) => required).map(({ id }) => id));
    const home = ({ purposes }) => (purposes.some((id) => needed.has(id)) ? null : purposes[0]);
    return this.fields.filter(({ field }) => home(field) === purpose).map(({ wrapper }) => wrapper);
  }

  // The question and its two answers, of equal weight, none chosen beforehand.
  #purpose({ id, question }, language, words) {
    const options = this.purposes.get(id).map((input, nth) => make(
      "label", { class: "option" }, input, make("span", {}, nth ? words.no : words.yes),
    ));
    return make(
      "fieldset", { class: "purpose" }, make("legend", {}, ...this.#sentence(question, language)),
      make("p", { class: "hint" }, words.refusal), ...options, ...this.#own(id),
    );
  }

  // The sentence in the language shown, and in the authoritative one if that is another: what counts is always in view.
  #sentence(question, language) {
    const [authoritative] = this.form.languages;
    const lines = [make("span", {}, named(question, language))];
    if (authoritative !== language) lines.push(make("span", { lang: authoritative, class: "hint" }, named(question, authoritative)));
    return lines;
  }

  #problems(problems, language, words) {
    const item = (found) => {
      const view = this.fields.find(({ field }) => field.id === found.field);
      const text = `${named(view.field.label, language)}: ${problem(found, language)}`;
      return make("li", {}, make("button", { type: "button", class: "link", onclick: () => focus(view.inputs[0]) }, text));
    };
    return make("div", { class: "problems", role: "alert" }, make("h3", {}, words.problems), make("ul", {}, ...problems.map(item)));
  }

  #button(text, kind, event) {
    return make("button", { type: "button", class: kind, part: kind, onclick: () => this.#send(event) }, text);
  }
}
