//! Builds the two browser modules and their glue. The generator is a library of the version that the lock file fixes, so macro and
//! generator always match; flags are such that two folders give the same bytes.

use std::path::{Path, PathBuf};

use wasm_bindgen_cli_support::Bindgen;

use crate::glue::{condense, shorten};
use crate::places;
use crate::root;
use crate::run::{Outcome, finish, program};
use crate::setup;
use crate::small;

/// A module and the script that loads it.
pub(crate) struct Module {
    pub(crate) glue: String,
    pub(crate) wasm: Vec<u8>,
}

/// The customer's side: small, for `<script type="module">`.
pub(crate) fn widget() -> Result<Module, String> {
    let mut module = build("widget", "widget", true)?;
    module.wasm = small::wasm(&module.wasm)?;
    module.glue = shorten(&module.glue)?;
    Ok(module)
}

/// The customer's side after sending: small too.
pub(crate) fn receipt() -> Result<Module, String> {
    let mut module = build("receipt", "widget", true)?;
    module.wasm = small::wasm(&module.wasm)?;
    Ok(module)
}

/// The runner of test vectors, as a module for Node.
pub(crate) fn vectors() -> Result<Module, String> {
    build("vectors", "opener", true)
}

/// The owner's page: fast, for a script inside one file.
pub(crate) fn opener() -> Result<Module, String> {
    build("opener", "opener", false)
}

fn build(name: &str, profile: &str, as_module: bool) -> Result<Module, String> {
    setup::wasm_target()?;
    let package = format!("segel-{name}");
    let target = root().join("target/wasm");
    compile(&package, profile, &target)?;
    let input = target.join("wasm32-unknown-unknown").join(profile).join(format!("segel_{name}.wasm"));
    let mut bindgen = Bindgen::new();
    let failed = |error| format!("{package}: {error:#}");
    // With SEGEL_NAMES the functions keep their names, to see what weighs.
    let anonymous = std::env::var_os("SEGEL_NAMES").is_none();
    bindgen.input_path(&input).typescript(false).remove_name_section(anonymous).remove_producers_section(true);
    bindgen.omit_default_module_path(true);
    if as_module { bindgen.web(true) } else { bindgen.no_modules(true) }.map_err(failed)?;
    let mut output = bindgen.generate_output().map_err(failed)?;
    let glue = condense(output.js());
    let module = output.wasm_mut();
    if matches!(name, "widget" | "receipt") {
        // Their panic handlers trap without a word.
        places::blank(module);
    }
    let wasm = module.emit_wasm();
    Ok(Module { glue, wasm })
}

fn compile(package: &str, profile: &str, target: &Path) -> Outcome {
    let home = std::env::var("CARGO_HOME").map(PathBuf::from).ok();
    let home =
        home.or_else(|| std::env::var("HOME").ok().map(|home| PathBuf::from(home).join(".cargo"))).unwrap_or_default();
    // Panic locations hold paths; without this the bytes would depend on where the repository and the crates lie.
    let mut flags = vec![format!("--remap-path-prefix={}/=", root().display())];
    let registries = std::fs::read_dir(home.join("registry/src")).into_iter().flatten().flatten();
    flags.extend(registries.map(|registry| format!("--remap-path-prefix={}/=", registry.path().display())));
    flags.push(String::from("--cfg=sha2_backend_soft=\"compact\""));
    let mut cargo = program(
        "cargo",
        &[
            "build",
            "--locked",
            "--package",
            package,
            "--lib",
            "--target",
            "wasm32-unknown-unknown",
            "--profile",
            profile,
        ],
    );
    cargo.arg("--target-dir").arg(target).env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    finish(&mut cargo)
}
