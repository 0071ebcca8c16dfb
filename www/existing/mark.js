// What is said beside an input of the page's own that must be mended, to eyes and to screen readers, until it is right.
import { make } from "../form/dom.js";

// Without weight: whatever the page says about its own look counts more.
const STYLE = `
:where(.segel-error) { margin: 0.25rem 0; font-weight: 600; color: #b00020; color: light-dark(#b00020, #ff8a95); }
:where([data-segel][aria-invalid="true"]) { border-color: #b00020; border-color: light-dark(#b00020, #ff8a95); }
`;

let sheet;
let count = 0;

// Marks the inputs of one field, which are several where it is chosen from; returns what takes all of it back.
export function mark(inputs, text, language, name = "segel-error") {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  }
  const id = `segel-error-${(count += 1)}`;
  const said = make("div", { id, class: name, lang: language }, text);
  // Within a label it would be a part of the input's name.
  const first = inputs[0].closest("label") ?? inputs[0];
  if (inputs.length > 1) first.before(said);
  else first.after(said);
  for (const input of inputs) {
    describe(input, (ids) => [id, ...ids]);
    input.setAttribute("aria-invalid", "true");
  }
  return () => {
    said.remove();
    for (const input of inputs) {
      describe(input, (ids) => ids.filter((one) => one !== id));
      input.removeAttribute("aria-invalid");
    }
  };
}

// The page may describe its inputs too, and go on doing so.
function describe(input, change) {
  const ids = change((input.getAttribute("aria-describedby") ?? "").split(/\s+/).filter(Boolean));
  if (ids.length) input.setAttribute("aria-describedby", ids.join(" "));
  else input.removeAttribute("aria-describedby");
}
