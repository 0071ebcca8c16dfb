// Starts the owner's page: the module is in the page itself, and nothing is loaded. No rule of the product lives here.
"use strict";

// After a trap the module's memory cannot be trusted; the page lets go of everything and says so.
function stop() {
  document.getElementById("opener").remove();
  document.getElementById("stopped").hidden = false;
}

async function start() {
  const text = document.getElementById("wasm").textContent;
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  wasm_bindgen.initSync({ module: await WebAssembly.compile(bytes) });
  // Kept, because the collector would free what nobody holds.
  globalThis.openerPage = new wasm_bindgen.Opener(document.getElementById("opener"));
}

addEventListener("error", stop, { once: true });
addEventListener("unhandledrejection", stop, { once: true });
start();
