// What every form shows, whoever drew its fields: the lock note, the notice, the questions, what must be mended. Texts are the form's own
// signed ones or those of words.js.
import { focus, make } from "./dom.js";
import { fill, named, problem } from "./words.js";

export function lockNote({ controller: { name } }, words) {
  return make(
    "div", { class: "lock" }, make("p", {}, fill(words.lock, name)),
    make("details", {}, make("summary", {}, words.lock_more_title), make("p", {}, fill(words.lock_more, name) + location.host)),
  );
}

// The first layer in view, the second a click away, and the third, a page to print, where the server has one.
export function noticeText({ notice }, language, words, address) {
  const { summary, sections } = notice[language];
  const lines = (text) => text.split("\n").map((line) => make("p", {}, line));
  const all = sections.flatMap(({ heading, text }) => [make("h3", { class: "small" }, heading), ...lines(text)]);
  return [...lines(summary), make("details", { class: "notice" }, make("summary", {}, words.details), ...all, address && make("p", {}, make("a", { href: address, target: "_blank", rel: "noreferrer" }, words.full_page)))];
}

// The sentence in the language shown, and in the authoritative one if that is another: what counts is always in view.
export function sentence({ languages: [authoritative] }, question, language) {
  const lines = [make("span", {}, named(question, language))];
  if (authoritative !== language) lines.push(make("span", { lang: authoritative, class: "hint" }, named(question, authoritative)));
  return lines;
}

// The two answers to an optional purpose, of equal weight, none chosen beforehand; `chosen(given)` hears which.
export function yesNo(id, chosen) {
  return [true, false].map((given) => make("input", { type: "radio", name: `group-purpose-${id}`, onchange: () => chosen(given) }));
}

// The question of an optional purpose, its answers, and the fields that serve only it.
export function purposeBlock(form, { id, question }, radios, language, words, fields = []) {
  const options = radios.map((input, nth) => make("label", { class: "option" }, input, make("span", {}, nth ? words.no : words.yes)));
  return make(
    "fieldset", { class: "purpose" }, make("legend", {}, ...sentence(form, question, language)),
    make("p", { class: "hint" }, words.refusal), ...options, ...fields,
  );
}

// The first question, and its answers: text, and the event that follows.
export function ages({ children }, words) {
  const adult = (text, adult) => [text, { type: "adult", adult }];
  if (children === "block") return [words.age, adult(words.yes_adult, true), adult(words.no, false)];
  const child = (relation) => [`${words.child} ${words[relation]}`, { type: "guardian", relation }];
  return [words.for_whom, adult(words.myself, true), child("parent"), child("guardian"), adult(words.not_yet, false)];
}

export const tooYoung = ({ children }, words) => (children === "block" ? words.too_young : words.age_hint);

// The purposes that are asked: where a guardian fills the form, not those for adults.
export const asks = (form, { "@guardian": guardian }) => form.purposes.filter(({ profiling, adults }) => !guardian || !(profiling || adults));

// The sentences that the button agrees to; the last is the guardian's own.
export function consentBlock(form, language, { "@guardian": guardian }) {
  const sentences = form.purposes.filter(({ required }) => required).map(({ question }) => question);
  if (guardian) sentences.push(Object.fromEntries(form.languages.map((code) => [code, form.notice[code].guardian])));
  return make("div", { class: "consent" }, ...sentences.flatMap((question) => sentence(form, question, language)));
}

// What must be mended, each a way to its input; `inputOf(field)` finds it.
export function problemList(form, problems, inputOf, language, words) {
  const item = (found) => {
    const { label } = form.fields.find(({ id }) => id === found.field);
    const text = `${named(label, language)}: ${problem(found, language)}`;
    return make("li", {}, make("button", { type: "button", class: "link", onclick: () => focus(inputOf(found.field)) }, text));
  };
  return make("div", { class: "problems", role: "alert" }, make("h3", {}, words.problems), make("ul", {}, ...problems.map(item)));
}
