// <segel-form src="/forms/daftar.segel" owner="segel1…">: loads the module, checks its digest, and lets it draw into a closed shadow
// root. No rule of the product lives here. The element's own content is what people see until the form is there, and if it never comes.
import { SegelForm, initSync } from "./segel.js";

const STYLE = "";
const WASM_SHA256 = "";

const MESSAGES = {
  insecure: [
    "Formulir ini perlu alamat https:// supaya data Anda aman, jadi tidak ditampilkan. Beri tahu toko.",
    "This form needs an https:// address to keep your data safe, so it is not shown. Please tell the shop.",
  ],
  old: [
    "Peramban ini terlalu lama atau dibatasi, jadi formulir tidak ditampilkan. Perbarui peramban atau pakai yang lain.",
    "This browser is too old or restricted, so the form is not shown. Update it or use another one.",
  ],
  altered: [
    "Berkas formulir ini berubah di perjalanan, jadi tidak dipakai. Beri tahu toko.",
    "A file of this form was changed on its way, so it is not used. Please tell the shop.",
  ],
  missing: [
    "Formulir tidak dapat dimuat. Periksa sambungan internet, lalu muat ulang halaman.",
    "The form could not be loaded. Check your connection, then reload the page.",
  ],
};

let loading;

// The module's bytes are fetched, compared with the digest above, and only then compiled.
async function load() {
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle) throw "insecure";
  if (!globalThis.WebAssembly || !("adoptedStyleSheets" in document)) throw "old";
  let bytes;
  try {
    const response = await fetch(new URL("./segel.wasm", import.meta.url));
    if (!response.ok) throw "missing";
    bytes = await response.arrayBuffer();
  } catch {
    throw "missing";
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  if (Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") !== WASM_SHA256) throw "altered";
  try {
    initSync({ module: await WebAssembly.compile(bytes) });
  } catch {
    throw "old";
  }
}

class SegelFormElement extends HTMLElement {
  static observedAttributes = ["src", "owner", "lang"];
  #root = this.attachShadow({ mode: "closed" });
  #form;
  #turn = 0;

  connectedCallback() {
    this.#start();
  }

  disconnectedCallback() {
    this.#stop();
  }

  attributeChangedCallback(_name, before, after) {
    if (before !== after && this.isConnected) this.#start();
  }

  async #start() {
    this.#stop();
    const turn = this.#turn;
    try {
      loading ??= load();
      await loading;
      if (turn !== this.#turn) return;
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      this.#root.adoptedStyleSheets = [sheet];
      const source = new URL(this.getAttribute("src") ?? "", document.baseURI).href;
      const language = this.getAttribute("lang") ?? this.closest("[lang]")?.getAttribute("lang") ?? "id";
      this.#root.replaceChildren();
      this.#form = new SegelForm(this.#root, this, source, this.getAttribute("owner") ?? "", language.slice(0, 2));
    } catch (why) {
      loading = undefined;
      if (turn === this.#turn) this.#say(MESSAGES[why] ?? MESSAGES.old);
    }
  }

  #stop() {
    this.#turn += 1;
    this.#form?.disconnect();
    this.#form?.free();
    this.#form = undefined;
    this.#root.replaceChildren(document.createElement("slot"));
  }

  #say(sentences) {
    const lines = sentences.map((sentence, index) => {
      const line = document.createElement("p");
      line.lang = ["id", "en"][index];
      line.textContent = sentence;
      return line;
    });
    lines[0].setAttribute("role", "alert");
    this.#root.replaceChildren(...lines, document.createElement("slot"));
  }
}

if (!customElements.get("segel-form")) customElements.define("segel-form", SegelFormElement);
