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

/// A way to compile: the profile, the folder below `target`, flags beside those that all have.
struct Kind {
    profile: &'static str,
    folder: &'static str,
    flags: &'static [&'static str],
}

/// Small first. SHA-256 as a loop: unrolled it would be larger than all of the form's checks.
const SMALL: Kind = Kind { profile: "widget", folder: "wasm", flags: &["--cfg=sha2_backend_soft=\"compact\""] };
const OPENER: Kind = Kind { profile: "opener", folder: "wasm", flags: SMALL.flags };
/// Fast first, with vectors of 128 bits.
const FAST: Kind = Kind { profile: "opener", folder: "wasm-large", flags: &["-Ctarget-feature=+simd128"] };

/// The customer's side: small, for `<script type="module">`.
pub(crate) fn widget() -> Result<Module, String> {
    let mut module = build("widget", &SMALL, true)?;
    module.wasm = small::wasm(&module.wasm)?;
    module.glue = shorten(&module.glue)?;
    Ok(module)
}

/// The same compiled for speed, for large files alone: a browser that can run it fetches it when somebody sends one.
pub(crate) fn large() -> Result<Module, String> {
    let mut module = build("widget", &FAST, true)?;
    module.glue = shorten(&module.glue)?;
    Ok(module)
}

/// The customer's side after sending: small too.
pub(crate) fn receipt() -> Result<Module, String> {
    let mut module = build("receipt", &SMALL, true)?;
    module.wasm = small::wasm(&module.wasm)?;
    Ok(module)
}

/// The runner of test vectors, as a module for Node.
pub(crate) fn vectors() -> Result<Module, String> {
    build("vectors", &OPENER, true)
}

/// The owner's page: fast, for a script inside one file.
pub(crate) fn opener() -> Result<Module, String> {
    build("opener", &OPENER, false)
}

fn build(name: &str, kind: &Kind, as_module: bool) -> Result<Module, String> {
    setup::wasm_target()?;
    let package = format!("segel-{name}");
    let target = root().join("target").join(kind.folder);
    compile(&package, kind, &target)?;
    let input = target.join("wasm32-unknown-unknown").join(kind.profile).join(format!("segel_{name}.wasm"));
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

fn compile(package: &str, kind: &Kind, target: &Path) -> Outcome {
    let home = std::env::var("CARGO_HOME").map(PathBuf::from).ok();
    let home =
        home.or_else(|| std::env::var("HOME").ok().map(|home| PathBuf::from(home).join(".cargo"))).unwrap_or_default();
    // Panic locations hold paths; without this the bytes would depend on where the repository and the crates lie.
    let mut flags = vec![format!("--remap-path-prefix={}/=", root().display())];
    let registries = std::fs::read_dir(home.join("registry/src")).into_iter().flatten().flatten();
    flags.extend(registries.map(|registry| format!("--remap-path-prefix={}/=", registry.path().display())));
    flags.extend(kind.flags.iter().map(ToString::to_string));
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
            kind.profile,
        ],
    );
    cargo.arg("--target-dir").arg(target).env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    finish(&mut cargo)
}
