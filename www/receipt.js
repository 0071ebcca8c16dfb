// <segel-receipt src="/forms/daftar.segel" owner="segel1…">: what a customer can do later with the receipt: see how the submission stands,
// withdraw a consent, have everything deleted. The key comes behind # and never leaves the page.
import { focus } from "./form/dom.js";
import { fetchForm, endpoint } from "./form/post.js";
import { load } from "./holder/module.js";
import { standing, state } from "./holder/post.js";
import { HolderView } from "./holder/view.js";

const STYLE = "";
const OWN = ".purpose .row { margin: 0; padding-top: 0.75rem; }";
const KEY = /SEGEL-RECEIPT-1[0-9A-Z]+/;

class SegelReceiptElement extends HTMLElement {
  #root = this.attachShadow({ mode: "closed" });
  #holder;
  #view;
  #address;
  #key = "";
  #old = false;

  connectedCallback() {
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE + OWN);
      this.#root.adoptedStyleSheets = [sheet];
    } catch {
      this.#old = true;
    }
    addEventListener("pagehide", this.#leave);
    addEventListener("pageshow", this.#return);
    addEventListener("hashchange", this.#changed);
    this.#view = new HolderView(this.#root, {
      language: (this.closest("[lang]")?.lang ?? "id").slice(0, 2),
      open: (text) => this.#open(text),
      say: (purpose) => this.#say(purpose),
    });
    this.#changed();
  }

  disconnectedCallback() {
    removeEventListener("pagehide", this.#leave);
    removeEventListener("pageshow", this.#return);
    removeEventListener("hashchange", this.#changed);
    this.#leave();
  }

  // A page kept for "back" must not keep a key.
  #leave = () => {
    this.#holder?.free();
    this.#holder = undefined;
    this.#key = "";
    this.#view.leave();
  };

  #return = ({ persisted }) => persisted && this.#changed();

  // Takes the key out of the address, where it would stay in the history of a shared device.
  #changed = () => {
    const text = location.hash.slice(1);
    if (this.#old) return this.#view.refuse("old");
    if (text) history.replaceState(null, "", location.pathname + location.search);
    if (text) this.#open(text);
    else this.#view.ask();
  };

  // Reads the key, asks the server how the submission stands, and shows it.
  async #open(text) {
    const [key] = KEY.exec(text) ?? [text.trim()];
    const source = new URL(this.getAttribute("src") ?? "", document.baseURI).href;
    this.#view.wait();
    try {
      const [Holder, bytes] = await Promise.all([load(), fetchForm(source)]);
      if (!bytes) throw "missing";
      const holder = new Holder(key, bytes, this.getAttribute("owner") ?? "");
      this.#holder?.free();
      this.#holder = holder;
      this.#key = key;
      const published = new TextDecoder().decode(bytes);
      // Without a prototype: what another script puts there must not be taken for what the owner signed.
      this.#view.form = { __proto__: null, ...JSON.parse(published.slice(published.indexOf("\n\n") + 2)) };
      this.#address = endpoint(source, this.#view.form.endpoint);
      await this.#show();
    } catch (why) {
      const code = typeof why === "string" ? why : "old";
      if (["checksum", "not_a_receipt"].includes(code)) this.#view.ask(code);
      else this.#view.refuse(code, code === "missing" && (() => this.#open(text)));
    }
  }

  async #show(done) {
    const stands = await standing(this.#address, this.#holder.id());
    if (!this.#holder) return;
    const link = `${location.origin}${location.pathname}#${this.#key}`;
    this.#view.show({ ...stands, number: this.#holder.number(), secret: this.#key, link }, done);
  }

  // Says what the customer wants: a purpose withdrawn, or, without one, everything deleted.
  async #say(purpose) {
    const { form: digest } = this.#view.stands;
    const statement = this.#holder.say(digest, purpose, Date.now() / 1000);
    const reply = await state(this.#address, this.#holder.id(), statement);
    if (!this.#holder) return;
    if (reply.trouble) this.#view.failed(reply.trouble);
    else await this.#show({ purpose, ...reply });
  }
}

if (!customElements.get("segel-receipt")) customElements.define("segel-receipt", SegelReceiptElement);
