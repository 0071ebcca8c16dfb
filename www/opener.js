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
  const module = await WebAssembly.compile(bytes);
  wasm_bindgen.initSync({ module });
  // Kept, because the collector would free what nobody holds.
  globalThis.openerPage = new wasm_bindgen.Opener(document.getElementById("opener"), crew(module));
}

// Workers run the same module from a script that is made here; a policy of this name gives out no other address. They inherit the page's
// policy, so no connection is possible from them either.
function crew(module) {
  const source = [document.getElementById("glue").textContent, document.getElementById("helper").textContent];
  const address = URL.createObjectURL(new Blob(source, { type: "text/javascript" }));
  const only = (asked) => (asked === address ? address : "data:,");
  const script = globalThis.trustedTypes?.createPolicy("segel-helper", { createScriptURL: only }).createScriptURL(address) ?? address;
  return (most = Infinity) => Array.from({ length: Math.min(navigator.hardwareConcurrency || 1, most) }, () => worker(script, module));
}

function worker(script, module) {
  const worker = new Worker(script);
  const waiting = [];
  worker.onmessage = ({ data }) => waiting.shift()?.[0](data);
  // A worker that fails has told nothing; the page opens those submissions itself.
  worker.onerror = (event) => {
    event.preventDefault();
    for (const [, fail] of waiting.splice(0)) fail(null);
    worker.failed = true;
  };
  const ask = (message, moved = []) => new Promise((resolve, reject) => {
    if (worker.failed) return reject(null);
    waiting.push([resolve, reject]);
    worker.postMessage(message, moved);
  });
  return {
    prepare: (keys, forms) => ask({ module, keys, forms }).catch(() => {}),
    open: (batch) => ask(batch, [batch.buffer]),
    lock: (...words) => ask({ lock: words }),
    end() {
      worker.terminate();
      worker.failed = true;
      for (const [, fail] of waiting.splice(0)) fail(null);
    },
  };
}

addEventListener("error", stop, { once: true });
addEventListener("unhandledrejection", stop, { once: true });
start();
