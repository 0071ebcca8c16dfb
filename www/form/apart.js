// Large files are sealed in a worker, where the page's policy lets one start. Its script and its module are compared with digests that the build
// wrote here, so that they are as sure as the script that the page pinned.
import { compile, pinned } from "./compile.js";

const SCRIPT_SHA256 = "";
const MODULE_SHA256 = "";
const POLICY = "segel";

let policy;

// The address of a script, as a browser with Trusted Types wants it. A page that names no policy throws.
function trusted(address) {
  if (!globalThis.trustedTypes) return address;
  policy ??= trustedTypes.createPolicy(POLICY, { createScriptURL: (text) => text });
  return policy.createScriptURL(address);
}

// Seals there: what came out, or nothing where there is no such worker and the page must do it. Throws a code.
export async function sealApart({ files, ...rest }, told, signal) {
  let worker;
  let address;
  try {
    const [script, module] = await Promise.all([
      pinned(new URL("./large.js", import.meta.url), SCRIPT_SHA256), compile(new URL("./large.wasm", import.meta.url), MODULE_SHA256),
    ]);
    address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    worker = new Worker(trusted(address), { type: "module" });
    const answer = await new Promise((resolve, reject) => {
      worker.onerror = worker.onmessageerror = () => resolve({});
      worker.onmessage = ({ data }) => ("share" in data ? told(data.share) : resolve(data));
      signal.addEventListener("abort", () => reject("aborted"), { once: true });
      worker.postMessage({ ...rest, module, files });
    });
    if (answer.why && answer.why !== "large") throw answer.why;
    return answer.done;
  } catch (why) {
    if (typeof why === "string" && !["missing", "altered", "old"].includes(why)) throw why;
    return undefined;
  } finally {
    worker?.terminate();
    if (address) URL.revokeObjectURL(address);
  }
}
