// The one door to the page: elements, text and listeners; never markup as text.

// An element with attributes, listeners (`onclick` and the like, as functions) and children (nodes or strings; nothing for null).
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// Keyboard and screen reader go where the eye goes.
export function focus(element) {
  if (element.tabIndex < 0) element.tabIndex = -1;
  element.focus();
}
