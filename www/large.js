// Seals a submission with large files apart from the page, which stays free meanwhile: the whole script of a worker that www/form/apart.js starts,
// once, for one submission. It has the module of its own that is compiled for speed, and no network.
import { Engine, initSync } from "./quick.js";
import { seal } from "./form/seal.js";

// Nobody waits for an answer in between.
const PIECE = 2097152;

addEventListener("message", async ({ data: { module, published, owner, shown, words, files } }) => {
  try {
    initSync({ module });
    const engine = new Engine(published, owner, words.at(-1));
    for (const language of shown) engine.shown(language);
    const receipt = JSON.parse(engine.begin(...words));
    postMessage({ done: { ...receipt, ...(await seal(engine, files, (share) => postMessage({ share }), PIECE)) } });
  } catch (why) {
    postMessage({ why: typeof why === "string" ? why : "large" });
  }
});
