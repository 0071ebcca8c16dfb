// A shop's own form, its own fields and its own server: seals what stands in inputs marked `data-segel` into one hidden input, and lets the
// page's own POST carry that string. Those inputs have no `name`, so a browser has nothing to send in clear if this script is missing.
//
// <form method="post" action="/daftar.php" data-segel-form="/forms/daftar.segel" data-segel-owner="segel1…">
//   <label>Nama lengkap <input data-segel="nama" autocomplete="name"></label>
//   <div data-segel-consent></div>
//   <input type="hidden" name="segel" data-segel-envelope>
//   <button>Daftar</button>
// </form>
import { mark } from "./existing/mark.js";
import { focus, make } from "./form/dom.js";
import { small } from "./form/picture.js";
import { ages, asks, consentBlock, lockNote, noticeText, problemList, purposeBlock, tooYoung, yesNo } from "./form/pieces.js";
import { keyOf, lines } from "./form/receipt.js";
import { Sealer, unreadable } from "./form/sealer.js";
import { decimal, named, problem, refusal, trouble, words as wordsOf } from "./form/words.js";

const STYLE = "";
// As wide as the shop's own fields; and of what was printed the customer keeps the receipt, not the questions.
const OWN = ".segel { max-width: none; } @media print { .segel:has(code) > :not(.message) { display: none; } }";

// Among the fields that must be mended; no field of a form has such an id.
const AGE = "@age";
const TITLE = ["Privasi dan pilihan Anda", "Privacy and your choices"];

// For the web developer: the page around an existing form is not as it must be.
const MISTAKES = {
  named_input: [
    "Formulir belum aman: kolom bertanda data-segel tidak boleh punya atribut name. Beri tahu toko.",
    "This form is not safe yet: an input marked data-segel must not have a name. Please tell the shop.",
  ],
  no_place: [
    "Formulir belum benar: tidak ada tempat untuk pemberitahuan dan persetujuan (div data-segel-consent). Beri tahu toko.",
    "This form is not right yet: it has no place for notice and consent (a div with data-segel-consent). Please tell the shop.",
  ],
  no_envelope: [
    "Formulir belum benar: tidak ada tempat untuk jawaban yang terkunci (input hidden data-segel-envelope). Beri tahu toko.",
    "This form is not right yet: it has no place for the locked answers (a hidden input with data-segel-envelope). Please tell the shop.",
  ],
  unknown_field: [
    "Formulir belum benar: ada kolom data-segel yang tidak ada di formulir toko. Beri tahu toko.",
    "This form is not right yet: an input marked data-segel names a field that the shop's form does not have. Please tell the shop.",
  ],
};

class ExistingForm {
  #page;
  #root;
  #sealer;
  #choices = {};
  #adult;
  #language;
  #words;
  #message = make("div", { class: "message" });
  // By field that is wrong: what takes the mark beside it and the line in the list back.
  #marks = new Map();
  #sealed = false;
  #sealing = false;
  #release;
  // Whether what began is still wanted: a page that is kept for "back" goes on where it stopped.
  #turn;

  constructor(page) {
    this.#page = page;
    // Before anything can go wrong: what is not sealed does not leave.
    page.addEventListener("submit", (event) => this.#submit(event), true);
    // An input may stand outside its form.
    document.addEventListener("change", ({ target }) => this.#exclude(target));
    for (const event of ["input", "change"]) document.addEventListener(event, ({ target }) => this.#again(target));
    // A page that a browser keeps for "back" must keep neither what was typed nor the receipt's key.
    addEventListener("pagehide", () => this.#forget());
    addEventListener("pageshow", ({ persisted }) => persisted && this.#start());
    this.#start();
  }

  async #start() {
    const turn = (this.#turn = {});
    try {
      try {
        this.#root ??= this.#page.querySelector("[data-segel-consent]").attachShadow({ mode: "closed" });
      } catch {
        throw "no_place";
      }
      if (!this.#envelope) throw "no_envelope";
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE + OWN);
      this.#root.adoptedStyleSheets = [sheet];
      // A name would send the answer in clear beside the sealed one.
      if (this.#inputs().some((input) => input.name)) throw "named_input";
      const source = new URL(this.#page.dataset.segelForm, document.baseURI).href;
      const sealer = await Sealer.open(source, this.#page.dataset.segelOwner ?? "", undefined, "segelWorker" in this.#page.dataset);
      if (turn !== this.#turn) return sealer.close();
      const { languages, fields } = sealer.form;
      const unknown = this.#inputs().find((input) => !fields.some(({ id }) => id === input.dataset.segel));
      if (unknown) throw "unknown_field";
      const wanted = (this.#page.closest("[lang]")?.lang ?? "id").slice(0, 2);
      this.#language = languages.includes(wanted) ? wanted : languages[0];
      this.#words = wordsOf(this.#language);
      this.#sealer = sealer;
      this.#draw();
      this.#page.addEventListener("input", () => this.#sealer?.prepare(), { once: true });
      this.#tell("segel-ready");
    } catch (why) {
      if (turn === this.#turn) this.#refuse(typeof why === "string" ? why : "old");
    }
  }

  #refuse(code) {
    const place = this.#root ?? this.#page.insertBefore(make("div"), this.#page.firstChild);
    place.replaceChildren(...(MISTAKES[code] ?? refusal(code)).map((text, nth) => make("p", { class: "refusal", lang: ["id", "en"][nth], role: nth ? null : "alert" }, text)));
    this.#tell("segel-error", { code });
  }

  // The page may be shown again, and then begins anew. What was typed goes even if there never was a form; the page's own `reset` may be another thing.
  #forget() {
    for (const input of this.#inputs()) {
      for (const option of input.options ?? []) option.selected = option.defaultSelected;
      if (["radio", "checkbox"].includes(input.type)) input.checked = input.defaultChecked;
      else if (!input.options) input.value = input.type === "file" ? "" : input.defaultValue;
    }
    this.#release?.();
    this.#unmark();
    this.#sealer?.close();
    this.#sealer = this.#adult = this.#turn = undefined;
    this.#sealing = false;
    this.#choices = {};
    this.#message.replaceChildren();
    this.#root?.replaceChildren();
  }

  get #envelope() {
    return this.#page.querySelector("[data-segel-envelope]");
  }

  // What is sealed can no longer be changed, and looks so, until it is forgotten.
  #hold() {
    const buttons = this.#page.querySelectorAll("button:not([type=button]), input[type=submit]");
    const changed = [[[...this.#inputs(), ...this.#root.querySelectorAll("fieldset")], "disabled"], [buttons, "hidden"]]
      .flatMap(([elements, how]) => [...elements].filter((one) => !one[how]).map((one) => [one, how]));
    const set = (value) => changed.forEach(([one, how]) => (one[how] = value));
    set(true);
    this.#release = () => {
      set(false);
      this.#sealed = false;
      this.#envelope.value = "";
      this.#release = undefined;
    };
  }

  // Those that the page's POST would take along too, wherever they stand.
  #inputs() {
    return [...document.querySelectorAll("[data-segel]")].filter((input) => input.form === this.#page || this.#page.contains(input));
  }

  // Without a name radios do not exclude each other.
  #exclude(chosen) {
    const inputs = chosen.type === "radio" ? this.#inputs() : [];
    if (!inputs.includes(chosen)) return;
    for (const input of inputs) if (input !== chosen && input.dataset.segel === chosen.dataset.segel) input.checked = false;
  }

  // Age, notice, questions and the sentence agreed to; the fields are the page's own.
  #draw() {
    const { form } = this.#sealer;
    const [language, words] = [this.#language, this.#words];
    const rest = make("div");
    const [age, ...answers] = ages(form, words);
    const radios = answers.map(([text, event]) => {
      const input = make("input", { type: "radio", name: "group-age", onchange: () => this.#aged(event, rest) });
      return make("label", { class: "option" }, input, make("span", {}, text));
    });
    this.#root.replaceChildren(make(
      "div", { class: "segel", part: "form", lang: language },
      make("h2", {}, TITLE[language === "en" ? 1 : 0]), lockNote(form, words), ...noticeText(form, language, words),
      make("fieldset", { class: "purpose" }, make("legend", {}, age), make("p", { class: "hint" }, words.age_hint), ...radios),
      rest, this.#message,
    ));
    this.#sealer.shown(language);
    this.#ask(rest);
  }

  // What follows from the first question.
  #aged({ adult = true, relation }, rest) {
    this.#adult = adult;
    this.#unmark(AGE);
    this.#choices = relation ? { "@guardian": relation } : {};
    this.#ask(rest);
  }

  // The questions that this person is asked, and the sentences agreed to.
  #ask(rest) {
    const { form } = this.#sealer;
    const question = (purpose) => {
      const radios = yesNo(purpose.id, (given) => {
        this.#choices[purpose.id] = given;
        this.#reveal();
      });
      return purposeBlock(form, purpose, radios, this.#language, this.#words);
    };
    const optional = asks(form, this.#choices).filter(({ required }) => !required);
    rest.replaceChildren(...optional.map(question), consentBlock(form, this.#language, this.#choices));
    this.#reveal();
  }

  // A field that serves only a refused purpose is not asked.
  #reveal() {
    const asked = this.#sealer.asked(this.#choices);
    for (const input of this.#inputs()) {
      const holder = input.closest("[data-segel-field], fieldset, label") ?? input;
      holder.hidden = !asked.includes(input.dataset.segel);
      if (holder.hidden) this.#unmark(input.dataset.segel);
    }
  }

  #submit(event) {
    // A name that came later would send the answer in clear all the same.
    const named = this.#inputs().some((input) => input.name);
    if (this.#sealed && !named) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (named) this.#refuse("named_input");
    else if (this.#sealer && !this.#sealing) this.#seal();
  }

  async #seal() {
    const { form } = this.#sealer;
    const turn = this.#turn;
    if (this.#adult === false) return this.#alert(tooYoung(form, this.#words));
    const choices = this.#sealer.agreed(this.#choices);
    const asked = this.#sealer.asked(choices);
    let files = {};
    this.#sealing = true;
    try {
      const { values, unread, ...read } = await this.#read(asked, form);
      ({ files } = read);
      if (turn !== this.#turn) return;
      const { problems = [] } = this.#sealer.check(choices, values);
      const age = this.#adult ? [] : [{ field: AGE, cause: "option" }];
      const all = [...age, ...problems.filter(({ field }) => !unread.some((one) => one.field === field)), ...unread];
      if (all.length) return this.#mend(all);
      this.#unmark();
      this.#say(make("p", { class: "sending", role: "status" }, this.#words.sending));
      const sealed = await this.#sealer.seal({ language: this.#language, choices, values, files });
      const bytes = new Uint8Array(await sealed.blob.arrayBuffer());
      if (turn !== this.#turn) return;
      this.#envelope.value = base64(bytes);
      this.#receipt(sealed, choices);
    } catch {
      const problems = await unreadable(files);
      if (turn !== this.#turn) return;
      // A browser says nothing of a file that is chosen a second time.
      for (const input of this.#inputs()) if (problems.some(({ field }) => field === input.dataset.segel)) input.value = "";
      if (problems.length) this.#mend(problems);
      else this.#unsealed();
    } finally {
      if (turn === this.#turn) this.#sealing = false;
    }
  }

  #unsealed() {
    this.#alert(trouble("unsealed", this.#language));
    this.#tell("segel-error", { code: "unsealed" });
  }

  // Names all that must be mended in one list, with the focus on it, and each beside its input.
  #mend(problems) {
    const { form } = this.#sealer;
    const [language, words] = [this.#language, this.#words];
    const inputsOf = (id) => (id === AGE ? [...this.#root.querySelectorAll('[name="group-age"]')] : this.#inputs().filter(({ dataset }) => dataset.segel === id));
    const age = { id: AGE, label: { [language]: ages(form, words)[0] } };
    const list = problemList({ fields: [age, ...form.fields] }, problems, (id) => inputsOf(id)[0] ?? this.#message, language, words);
    this.#unmark();
    const items = list.querySelectorAll("li");
    problems.forEach((found, nth) => {
      const inputs = inputsOf(found.field);
      // A page may lack the input of a field; the list names it all the same.
      const take = inputs.length ? mark(inputs, problem(found, language), language, found.field === AGE ? "error" : undefined) : () => {};
      this.#marks.set(found.field, () => {
        take();
        items[nth].remove();
        // A list of nothing says that something is wrong.
        if (!list.querySelector("li")) list.remove();
      });
    });
    this.#say(list);
    focus(list);
  }

  // Takes the mark of a field away, or all.
  #unmark(id) {
    for (const one of id ? [id] : [...this.#marks.keys()]) {
      this.#marks.get(one)?.();
      this.#marks.delete(one);
    }
  }

  // What was wrong and is right now is no longer said to be wrong. Nothing new is: nobody likes to be corrected in the middle of a word.
  async #again(input) {
    const id = input.dataset?.segel;
    if (!this.#marks.has(id) || !this.#inputs().includes(input)) return;
    const sealer = this.#sealer;
    const { values, unread } = await this.#read([id], sealer.form);
    if (sealer !== this.#sealer) return;
    const { problems = [] } = sealer.check(sealer.agreed(this.#choices), values);
    if (![...problems, ...unread].some(({ field }) => field === id)) this.#unmark(id);
  }

  // Why nothing was sent, where no single field is to be mended.
  #alert(text) {
    this.#unmark();
    const said = make("p", { class: "refusal", role: "alert" }, text);
    this.#say(said);
    focus(said);
  }

  // The page goes away when it is sent, so the customer gets the receipt before. When the shop's own server takes it nobody here learns: the
  // dates are those of this moment.
  #receipt({ number, secret }, choices) {
    const { form } = this.#sealer;
    const [language, words] = [this.#language, this.#words];
    this.#hold();
    const receivedAt = `${new Date().toISOString().slice(0, 19)}Z`;
    const facts = [[form.controller.name, named(form.title, language)], ...lines(form, { number, receivedAt, choices }, language, words)];
    const go = make("button", { type: "button", class: "main" }, words.send);
    const offline = make("p", { role: "alert" });
    go.addEventListener("click", () => {
      // A page that leaves without a link takes the sealed answers with it. A browser may be wrong about the link, so it is said once.
      if (!navigator.onLine && !offline.textContent) return (offline.textContent = trouble("offline", language));
      this.#sealed = true;
      this.#page.requestSubmit();
    });
    const heading = make("h3", {}, words.keep_first);
    this.#say(make(
      "div", {}, heading, make("dl", {}, ...facts.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)])),
      ...keyOf({ number, secret }, facts, words), make("p", {}, words.no_answers), offline, go,
    ));
    focus(heading);
    this.#tell("segel-sealed", { number });
  }

  async #read(asked, form) {
    const values = {};
    const files = {};
    const unread = [];
    for (const input of this.#inputs().filter(({ dataset }) => asked.includes(dataset.segel))) {
      const id = input.dataset.segel;
      const field = form.fields.find((field) => field.id === id);
      const { kind } = field;
      if (kind === "file") {
        const chosen = await Promise.all(Array.from(input.files, (file) => small(file, field)));
        if (chosen.includes(null)) unread.push({ field: id, cause: "picture" });
        const kept = chosen.filter(Boolean);
        values[id] = kept.map(({ name, type, size }) => ({ name, type: type || "application/octet-stream", length: size }));
        kept.forEach((file, nth) => (files[`file-${id}-${nth + 1}`] = file));
      } else if (kind === "choices") {
        const chosen = input.selectedOptions ? Array.from(input.selectedOptions, ({ value }) => value) : [input.checked && input.value];
        values[id] = [...(values[id] ?? []), ...chosen.filter(Boolean)];
      } else if (input.checked || !["radio", "checkbox"].includes(input.type)) {
        // What is chosen, and what a browser reads as a number, is spelled as the module takes it; the rest as people write.
        const typed = !input.options && !["number", "range", "radio", "checkbox"].includes(input.type);
        values[id] = kind === "number" && typed ? decimal(input.value, this.#language) : input.value.replaceAll("\r", "");
      }
    }
    return { values, files, unread };
  }

  #say(element) {
    this.#message.replaceChildren(element);
    element.scrollIntoView({ block: "nearest" });
  }

  #tell(name, detail = null) {
    this.#page.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}

function base64(bytes) {
  let text = "";
  for (let start = 0; start < bytes.length; start += 8192) text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  return btoa(text);
}

for (const page of document.querySelectorAll("form[data-segel-form]")) new ExistingForm(page);
