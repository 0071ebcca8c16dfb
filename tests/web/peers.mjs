// Another age program for tests/age_peers.rs, npm `age-encryption`: `node tests/web/peers.mjs seal|open DIRECTORY`.
// A directory holds `recipients` and `identity`, or `passphrase`, one key a line, and the files: NAME.plain becomes NAME.age,
// NAME.age becomes NAME.opened.
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Decrypter, Encrypter } from "age-encryption";

const [, , act, directory] = process.argv;
if (!directory || !["seal", "open"].includes(act)) throw new Error("usage: node peers.mjs seal|open DIRECTORY");
const [from, to] = act === "seal" ? [".plain", ".age"] : [".age", ".opened"];
const names = readdirSync(directory).filter((name) => name.endsWith(from));
for (const name of names) {
  const bytes = new Uint8Array(readFileSync(join(directory, name)));
  writeFileSync(join(directory, name.slice(0, -from.length) + to), await (act === "seal" ? seal(bytes) : open(bytes)));
}
console.log(`${names.length} files: ${act}`);

function seal(bytes) {
  const encrypter = new Encrypter();
  const passphrase = text("passphrase");
  if (passphrase === undefined) lines("recipients").forEach((key) => encrypter.addRecipient(key));
  else {
    encrypter.setPassphrase(passphrase);
    encrypter.setScryptWorkFactor(10);
  }
  return encrypter.encrypt(bytes);
}

function open(bytes) {
  const decrypter = new Decrypter();
  const passphrase = text("passphrase");
  if (passphrase === undefined) lines("identity").forEach((key) => decrypter.addIdentity(key));
  else decrypter.addPassphrase(passphrase);
  return decrypter.decrypt(bytes);
}

function lines(name) {
  return text(name).split("\n").filter((line) => line !== "");
}

function text(name) {
  const path = join(directory, name);
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
