// What a worker of the owner's page does: takes module, keys and forms, then opens batch after batch, or locks a key's file. It stands behind
// the module's glue.
"use strict";

let helper;
onmessage = ({ data }) => {
  if (data instanceof Uint8Array) {
    const told = helper.open(data);
    return postMessage(told, [told.buffer]);
  }
  if (data.lock) {
    const file = helper.lock(...data.lock);
    return postMessage(file, [file.buffer]);
  }
  wasm_bindgen.initSync({ module: data.module });
  helper = new wasm_bindgen.Helper();
  for (const key of data.keys) helper.key(key);
  for (const form of data.forms) helper.form(form);
  postMessage(null);
};
