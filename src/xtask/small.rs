//! Makes what a customer downloads smaller, with the field's own tools from npm by lock file: binaryen takes out what only panic messages
//! would have needed, esbuild puts the element's scripts into one file without the room for people, terser shortens what is left.

use std::path::Path;

use crate::run::{Outcome, finish, program, read, write};
use crate::{root, setup};

/// A module without unused parameters and what hangs on them. Other passes make it larger once compressed.
pub(crate) fn wasm(module: &[u8]) -> Result<Vec<u8>, String> {
    tools()?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (before, after) = (folder.path().join("before.wasm"), folder.path().join("after.wasm"));
    write(&before, module)?;
    let features =
        ["bulk-memory", "multivalue", "mutable-globals", "nontrapping-float-to-int", "reference-types", "sign-ext"];
    let mut command =
        program("src/xtask/node_modules/.bin/wasm-opt", &["--dae-optimizing", "--remove-unused-module-elements"]);
    command.args(features.map(|feature| format!("--enable-{feature}")));
    if std::env::var_os("SEGEL_NAMES").is_some() {
        command.arg("-g");
    }
    finish(command.arg(&before).arg("-o").arg(&after))?;
    read(&after)
}

/// The script at `entry` and all that it imports, as one script.
pub(crate) fn script(entry: &Path) -> Result<String, String> {
    tools()?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let out = folder.path().join("out.js");
    let flags = ["--bundle", "--format=esm", "--target=es2022", "--minify", "--charset=utf8", "--log-level=warning"];
    let mut command = program("src/xtask/node_modules/.bin/esbuild", &flags);
    finish(command.arg(format!("--outfile={}", out.display())).arg(entry))?;
    let shorter = folder.path().join("shorter.js");
    let flags = ["--module", "--ecma", "2022", "--mangle", "--compress", "passes=3"];
    let mut command = program("src/xtask/node_modules/.bin/terser", &flags);
    finish(command.arg("--output").arg(&shorter).arg("--").arg(&out))?;
    String::from_utf8(read(&shorter)?).map_err(|error| error.to_string())
}

/// A style sheet without the room for people.
pub(crate) fn style(path: &Path) -> Result<String, String> {
    tools()?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let out = folder.path().join("out.css");
    let mut command =
        program("src/xtask/node_modules/.bin/esbuild", &["--minify", "--charset=utf8", "--log-level=warning"]);
    finish(command.arg(format!("--outfile={}", out.display())).arg(path))?;
    String::from_utf8(read(&out)?).map(|style| style.trim_end().to_owned()).map_err(|error| error.to_string())
}

fn tools() -> Outcome {
    setup::npm(root().join("src/xtask").to_str().unwrap_or("src/xtask"))
}
