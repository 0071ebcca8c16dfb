// Inputs, one way of drawing for each kind of field. An input is made once and lives as long as the form, so that nothing typed is lost
// when texts around it are drawn again. What is typed is only ever read from the inputs' values.
import { make } from "./dom.js";
import { small } from "./picture.js";
import { suggest } from "./regions.js";
import { decimal, grouped, isoDate, longDate, named, problem } from "./words.js";

// type, inputmode, autocomplete of kinds that are one line; more where typing help would harm.
const PLAIN = { spellcheck: "false", autocapitalize: "none" };
const LINES = {
  text: ["text", null, "off"],
  name: ["text", null, "name", { spellcheck: "false", autocapitalize: "words" }],
  phone: ["tel", "tel", "tel"],
  email: ["email", "email", "email", PLAIN],
  number: ["text", "decimal", "off", PLAIN],
  province: ["text", null, "address-level1"],
  city: ["text", null, "address-level2"],
  postcode: ["text", "numeric", "postal-code"],
  nik: ["text", "numeric", "off", PLAIN],
};
const AREAS = { long_text: "off", address: "street-address" };
const DATE = [["bday-day", "numeric", 2], ["bday-month", "text", 9], ["bday-year", "numeric", 4]];

// The inputs of a field. Radios exclude each other and follow the arrow keys only if they share a name; there is no form that could
// submit it, and it holds no answer.
function inputsOf({ id, kind, birth, options = [], files = 1, accept = [] }) {
  if (kind === "date") {
    return DATE.map(([fill, mode, size]) => make("input", { autocomplete: birth ? fill : "off", inputmode: mode, size }));
  }
  if (kind === "choice" || kind === "choices") {
    const type = kind === "choice" ? "radio" : "checkbox";
    return options.map((option) => make("input", { type, value: option.id, name: type === "radio" && `group-${id}` }));
  }
  if (kind === "file") return [make("input", { type: "file", multiple: files > 1, accept: accept.join(",") || null })];
  if (AREAS[kind]) return [make("textarea", { autocomplete: AREAS[kind] })];
  const [type, inputmode, autocomplete, more] = LINES[kind] ?? LINES.text;
  return [make("input", { type, inputmode, autocomplete, ...more })];
}

export const checkable = ({ type }) => ["radio", "checkbox"].includes(type);

// One field on the page.
export class FieldView {
  // `provinceOf()` is the province typed so far.
  constructor(field, provinceOf) {
    this.field = field;
    this.inputs = inputsOf(field);
    this.list = ["province", "city"].includes(field.kind) ? suggest(this.inputs[0], field, provinceOf) : null;
    this.wrapper = make("div");
    this.group = ["date", "choice", "choices"].includes(field.kind);
    this.chosen = Promise.resolve([]);
    if (field.kind === "file") this.inputs[0].addEventListener("change", () => this.#choose());
  }

  // Pictures are made small while the person goes on.
  #choose() {
    const { field, inputs: [{ files }] } = this;
    this.chosen = Promise.all(Array.from(files, (file) => small(file, field)));
  }

  // Draws label, hint, inputs and what is to be mended.
  draw(language, words, found) {
    this.#respell(language);
    this.language = language;
    const { field, inputs, group, wrapper } = this;
    const [hint, error] = [`hint-${field.id}`, `error-${field.id}`];
    const own = field.hint ? `${named(field.hint, language)} ` : "";
    const holder = make(
      group ? "fieldset" : "div", {},
      make(
        group ? "legend" : "label", { for: group ? null : `in-${field.id}` },
        named(field.label, language) + (field.required ? "" : words.optional),
      ),
      make("p", { class: "hint", id: hint }, own + sentence(named(field.reason, language))),
      found && make("p", { class: "error", id: error }, problem(found, language)),
      ...this.#placed(language, words),
    );
    for (const described of group ? [holder, ...inputs] : inputs) {
      described.setAttribute("aria-describedby", found ? `${error} ${hint}` : hint);
    }
    for (const input of inputs) {
      if (!group) input.id = `in-${field.id}`;
      if (field.kind !== "choices") input.required = field.required;
      if (found) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
    wrapper.className = found ? "field wrong" : "field";
    wrapper.replaceChildren(holder);
  }

  #placed(language, words) {
    const { field, inputs } = this;
    if (field.kind === "date") {
      const names = [words.day, words.month, words.year];
      return [make("div", { class: "date" }, ...inputs.map((input, nth) => make("label", {}, make("span", {}, names[nth]), input)))];
    }
    if (!this.group) return this.list ? [...inputs, this.list] : inputs;
    return inputs.map((input, nth) => make("label", { class: "option" }, input, make("span", {}, named(field.options[nth].label, language))));
  }

  // A number typed in another language keeps its meaning.
  #respell(language) {
    const [input] = this.inputs;
    const number = this.field.kind === "number" && this.language !== language && decimal(input.value, this.language);
    if (/^-?\d+(\.\d+)?$/.test(number)) input.value = grouped(number, language);
  }

  // What stands in the inputs, as the module takes it; nothing where nothing was chosen.
  async value() {
    const { field: { kind }, inputs } = this;
    const chosen = inputs.filter((input) => input.checked).map((input) => input.value);
    if (kind === "choice") return chosen[0];
    if (kind === "choices") return chosen;
    if (kind === "file") return (await this.chosen).filter(Boolean).map(({ name, type, size }) => ({ name, type: type || "application/octet-stream", length: size }));
    if (kind === "date") return isoDate(...inputs.map((input) => input.value.trim()));
    const { value } = inputs[0];
    return kind === "number" ? decimal(value, this.language) : value.replaceAll("\r", "");
  }

  forget() {
    this.chosen = Promise.resolve([]);
    for (const input of this.inputs) {
      if (checkable(input)) input.checked = false;
      else input.value = "";
    }
  }
}

// An answer as the review shows it.
export function answerText(field, answer, language) {
  if (field.kind === "date") return longDate(answer, language);
  if (field.kind === "number") return grouped(answer, language);
  if (field.kind === "nik") return `************${answer.slice(-4)}`;
  if (field.kind === "file") return answer.map((file) => file.name).join(", ");
  if (!field.options) return answer;
  const label = (id) => named(field.options.find((option) => option.id === id).label, language);
  return [answer].flat().map(label).join(", ");
}

// A reason is written to stand inside a sentence; alone it begins with a capital and ends with a full stop.
const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
