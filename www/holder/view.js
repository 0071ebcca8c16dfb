// Draws the receipt's page: one scene at a time, in the language chosen. Texts come from the signed form and from words.js, as text.
import { focus, make } from "../form/dom.js";
import { deleteBy, keyOf } from "../form/receipt.js";
import { LANGUAGES, longDate, named, refusal, words as wordsOf } from "../form/words.js";
import { fillAll, holderTrouble, holderWords, moment } from "./words.js";

// The law's 72 hours, in milliseconds.
const DUE = 3 * 24 * 60 * 60 * 1000;

export class HolderView {
  #root;
  #language;
  #open;
  #say;
  #scene = ["ask"];
  // Of the page around, which may be the shop's own.
  #title = document.title;

  // Draws into `root`. `open(text)` takes a key, `say(purpose)` a wish: a purpose to withdraw, or nothing to delete everything.
  constructor(root, { language, open, say }) {
    this.#root = root;
    this.#language = language;
    this.#open = open;
    this.#say = say;
  }

  // Asks for the key; `why` is what was wrong with the last one.
  ask(why) {
    this.#draw("ask", why);
  }

  wait() {
    this.#draw("wait");
  }

  // The page cannot work: a code of the form's words. `again` tries once more, where that may help: the key is no longer in the address.
  refuse(why, again) {
    this.#draw("refuse", why, again);
  }

  // How the submission stands; `done` is what was just said, with the server's answer.
  show(stands, done) {
    this.stands = stands;
    this.#draw("stand", done);
  }

  // Leaves nothing behind.
  leave() {
    document.title = this.#title;
    this.#root.replaceChildren();
  }

  // A wish that the server did not take.
  failed(trouble) {
    this.#draw("stand", { trouble });
  }

  #draw(...scene) {
    this.#scene = scene;
    const language = this.#language;
    const words = holderWords(language);
    const body = make("div", { class: "segel", part: "receipt", lang: language, "data-private": true });
    const [name, argument] = scene;
    const start = this[`_${name}`](body, words, ...scene.slice(1));
    body.prepend(this.#languages(), make("h2", {}, this.form ? `${words.title}: ${this.form.controller.name}` : words.title));
    this.#root.replaceChildren(body);
    // The first that a screen reader says, and all that a tab in the background shows.
    const wrong = name === "refuse" || (name === "ask" ? argument : name === "stand" && (argument?.trouble ?? this.stands.trouble));
    document.title = wrong ? `${words.problem}: ${this.#title}` : this.#title;
    if (start) focus(start);
  }

  #languages() {
    const pick = (code) => () => {
      this.#language = code;
      this.#draw(...this.#scene);
    };
    const choices = Object.entries(LANGUAGES).map(([code, name]) => make(
      "button", { type: "button", class: "link", lang: code, "aria-current": code === this.#language && "true", onclick: pick(code) }, name,
    ));
    return make("div", { class: "languages" }, ...choices);
  }

  _ask(body, words, why) {
    const input = make("input", { id: "key", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", "aria-describedby": "hint" });
    const go = () => this.#open(input.value);
    input.addEventListener("keydown", (event) => event.key === "Enter" && go());
    const error = why && make("p", { class: "error", role: "alert" }, holderTrouble(why, this.#language));
    body.append(
      make("div", { class: "field" }, make("div", {}, make("label", { for: "key" }, words.enter), make("p", { class: "hint", id: "hint" }, words.enter_hint), error || null, input)),
      button(words.show, "main", go),
    );
    return why && input;
  }

  _wait(body, words) {
    const status = make("p", { role: "status", class: "sending" }, words.loading);
    body.append(status);
    return status;
  }

  _refuse(body, _words, why, again) {
    body.append(...refusal(why).map((text, nth) => make("p", { lang: ["id", "en"][nth], class: "refusal", role: nth ? null : "alert" }, text)));
    if (again) body.append(button(wordsOf(this.#language).retry, "main", again));
  }

  _stand(body, words, done) {
    const { number, trouble, received_at: received, deleted, statements = [] } = this.stands;
    const { form } = this;
    const language = this.#language;
    const told = make("div", { role: "status" }, ...this.#told(words, done));
    body.append(told, make("div", { class: "lock" }, make("p", {}, words.lock)));
    const facts = [[words.number, number]];
    if (trouble) {
      body.append(make("p", { class: "refusal", role: "alert" }, holderTrouble(trouble, language)));
    } else {
      facts.push([words.received, moment(received, language)], [words.state, deleted ? words.gone : words.stored]);
      if (!deleted) facts.push([words.delete_by, longDate(deleteBy(form.purposes, received), language)]);
    }
    body.append(make("dl", {}, ...facts.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)])));
    if (!trouble && !deleted) body.append(...this.#choices(words, statements), ...this.#deletion(words));
    body.append(
      make("h3", {}, words.other), make("p", {}, fillAll(words.other_hint, form.controller.name, form.rights.contact)), this.#rightsPage(words),
      make("h3", {}, words.keep), ...keyOf(this.stands, [...facts, ...this.#proofs(words)], wordsOf(language)),
    );
    return done && told;
  }

  // The shop's own page about rights, if it has one; as plain text an address could be anything.
  #rightsPage(words) {
    const { controller: { name }, rights } = this.form;
    const known = Object.hasOwn(rights, "url") && rights.url.startsWith("https://");
    return known ? make("p", {}, `${fillAll(words.rights_page, name)}: `, make("a", { href: rights.url, target: "_blank", rel: "noreferrer" }, rights.url)) : "";
  }

  // What the server signed, for the file that is saved: it proves when something arrived.
  #proofs(words) {
    const { stamp, statements = [] } = this.stands;
    const stamps = [stamp, ...statements.map((said) => said.stamp)].filter(Boolean);
    return stamps.map((one) => [words.proof, JSON.stringify(one)]);
  }

  // What was just done, or why not.
  #told(words, done) {
    if (!done) return [];
    const language = this.#language;
    if (done.trouble) return [make("p", { class: "refusal", role: "alert" }, holderTrouble(done.trouble, language))];
    const shop = this.form.controller.name;
    const at = moment(done.received_at, language);
    const due = moment(new Date(Date.parse(done.received_at) + DUE).toISOString(), language);
    const text = done.purpose
      ? fillAll(words.withdraw_done, this.#textOf(done.purpose), at, shop, due, String(done.sequence))
      : fillAll(words.erase_done, at, shop, due, String(done.sequence));
    return [make("p", { class: "consent" }, text)];
  }

  #textOf(purpose) {
    return named(this.form.purposes.find(({ id }) => id === purpose).text, this.#language);
  }

  // Each optional purpose, and a way out of it.
  #choices(words, statements) {
    const optional = this.form.purposes.filter(({ required }) => !required);
    if (optional.length === 0) return [];
    const block = ({ id, question }) => {
      const said = statements.find(({ what }) => what === `withdraw ${id}`);
      const act = said
        ? make("p", {}, fillAll(words.withdrawn, moment(said.received_at, this.#language)))
        : this.#asking(words.withdraw, fillAll(words.withdraw_ask, this.#textOf(id), this.form.controller.name), words.withdraw_yes, words, id);
      return make("fieldset", { class: "purpose" }, make("legend", {}, named(question, this.#language)), act);
    };
    return [make("h3", {}, words.choices), make("p", { class: "hint" }, words.choices_hint), ...optional.map(block)];
  }

  #deletion(words) {
    const shop = this.form.controller.name;
    return [
      make("h3", {}, words.erase_title), make("p", {}, fillAll(words.erase_hint, shop, String(this.form.storage.backup_days))),
      this.#asking(words.erase, fillAll(words.erase_ask, shop), words.erase_yes, words),
    ];
  }

  // A button that asks once more before anything happens.
  #asking(label, question, yes, words, purpose) {
    const place = make("div");
    const first = button(label, "quiet", () => {
      const text = make("p", {}, question);
      place.replaceChildren(text, make("div", { class: "row" }, button(yes, "choice", send), button(words.cancel, "choice", back)));
      focus(text);
    });
    const begin = make("div", { class: "row" }, first);
    const back = () => {
      place.replaceChildren(begin);
      first.focus();
    };
    const send = () => {
      const status = make("p", { role: "status", class: "sending" }, words.sending);
      place.replaceChildren(status);
      focus(status);
      this.#say(purpose);
    };
    place.append(begin);
    return place;
  }
}

const button = (label, kind, act) => make("button", { type: "button", class: kind, part: kind, onclick: act }, label);
