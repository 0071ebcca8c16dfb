// <segel-form src="/forms/daftar.segel" owner="segel1…">: draws a published form into a closed shadow root. The element's own content is
// what people see until the form is there, and if it never comes.
import { FormController } from "./form/form.js";

const STYLE = "";

class SegelFormElement extends HTMLElement {
  static observedAttributes = ["src", "owner", "lang", "shared", "worker"];
  #root = this.attachShadow({ mode: "closed" });
  #form;
  #leave = () => this.#stop();
  #return = (event) => event.persisted && this.#start();

  constructor() {
    super();
    this.#root.append(document.createElement("slot"));
  }

  connectedCallback() {
    // A page that a browser keeps for "back" must not keep what was typed.
    addEventListener("pagehide", this.#leave);
    addEventListener("pageshow", this.#return);
    this.#start();
  }

  disconnectedCallback() {
    removeEventListener("pagehide", this.#leave);
    removeEventListener("pageshow", this.#return);
    this.#stop();
  }

  attributeChangedCallback(name, before, after) {
    // Before it is connected its attributes only arrive.
    if (before === after || !this.#form) return;
    // Another language is no other form: what was typed stays.
    if (name === "lang") this.#form.speak(this.#language);
    else this.#start();
  }

  // Where the customer stands: loading, refused, age, young, filling, review, sending, unsent or done.
  get phase() {
    return this.#form?.phase ?? "loading";
  }

  // Forgets everything and begins again.
  reset() {
    if (this.isConnected) this.#start();
  }

  get #language() {
    const language = this.getAttribute("lang") ?? this.closest("[lang]")?.getAttribute("lang") ?? "id";
    return language.slice(0, 2);
  }

  #start() {
    this.#stop();
    let old;
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      this.#root.adoptedStyleSheets = [sheet];
    } catch {
      old = true;
    }
    this.#form = new FormController(this.#root, {
      source: new URL(this.getAttribute("src") ?? "", document.baseURI).href,
      owner: this.getAttribute("owner") ?? "",
      worker: this.hasAttribute("worker"),
      shared: this.hasAttribute("shared"),
      language: this.#language,
      old,
      tell: (name, detail = null) => {
        if (name === "segel-again") this.reset();
        else this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
      },
    });
  }

  #stop() {
    this.#form?.close();
    this.#form = undefined;
    this.#root.replaceChildren(document.createElement("slot"));
  }
}

if (!customElements.get("segel-form")) customElements.define("segel-form", SegelFormElement);
