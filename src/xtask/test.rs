//! `cargo xtask test`: every test there is, in the order in which they fail fastest.

use std::path::Path;

use crate::run::{Outcome, finish, program, sh, step};
use crate::{dist, imports, root, setup};

pub(crate) fn run() -> Outcome {
    step("set-up", || {
        setup::wasm_target()?;
        setup::npm("tests/web")?;
        setup::age()?;
        setup::php()?;
        setup::office()?;
        setup::postgres()?;
        setup::schemathesis()?;
        setup::proxies()?;
        setup::firefox()?;
        setup::chromium().map(drop)
    })?;
    step("format", || sh("cargo", &["fmt", "--all", "--check"]))?;
    step("each crate alone, without warnings", alone)?;
    step("documentation", documentation)?;
    step("files to ship", || dist::run(&root().join("dist")))?;
    step("what the browser is asked for", || imports::run(false))?;
    step("public age vectors", || sh("node", &["tests/web/cctv.mjs", "target/cctv"]))?;
    step("tests", tests)?;
    step("second reader, written from the specification", || {
        sh("node", &["tests/interop/reader.mjs", "tests/vectors"])
    })?;
    step("the same vectors in WebAssembly", wasm_vectors)?;
    step("browser", browser)?;
    step("the same bytes from another folder", reproducible)
}

/// Features unite across a workspace build; only a crate built alone shows what it may hold.
fn alone() -> Outcome {
    let native: [&[&str]; 7] = [
        &["segel-core"],
        &["segel-core", "--features", "seal"],
        &["segel-core", "--features", "open"],
        &["segel-server"],
        &["segel-owner"],
        &["segel-paper"],
        &["xtask"],
    ];
    for package in native {
        clippy(package, &[])?;
    }
    let browser: [&[&str]; 5] = [
        &["segel-core", "--features", "seal,open"],
        &["segel-dom"],
        &["segel-widget"],
        &["segel-receipt"],
        &["segel-opener"],
    ];
    for package in browser {
        clippy(package, &["--target", "wasm32-unknown-unknown"])?;
    }
    clippy(&["segel", "--all-targets"], &[])
}

fn clippy(package: &[&str], target: &[&str]) -> Outcome {
    let mut cargo = program("cargo", &["clippy", "--quiet", "--locked", "--package"]);
    finish(cargo.args(package).args(target).args(["--", "--deny", "warnings"]))
}

fn documentation() -> Outcome {
    let mut cargo =
        program("cargo", &["doc", "--quiet", "--locked", "--no-deps", "--package", "segel-core", "--all-features"]);
    finish(cargo.env("RUSTDOCFLAGS", "--deny warnings"))
}

fn tests() -> Outcome {
    let mut cargo = program("cargo", &["test", "--locked", "--features", "segel-core/seal,segel-core/open"]);
    for package in [
        "segel-cipher",
        "segel-core",
        "segel-sheet",
        "segel-server",
        "segel-owner",
        "segel-widget",
        "segel-receipt",
        "segel-opener",
        "segel-paper",
        "segel-sheet",
        "segel",
    ] {
        cargo.args(["--package", package]);
    }
    finish(cargo.env("SEGEL_CCTV_DIR", root().join("target/cctv")).env("SEGEL_FULL", "1"))
}

/// The vectors' runner, compiled for the browser's machine and run by Node.
fn wasm_vectors() -> Outcome {
    let module = crate::wasm::vectors()?;
    let folder = root().join("target/vectors");
    crate::run::write(&folder.join("vectors.mjs"), module.glue.as_bytes())?;
    crate::run::write(&folder.join("vectors.wasm"), &module.wasm)?;
    sh("node", &["tests/web/vectors.mjs", "target/vectors", "tests/vectors"])
}

fn browser() -> Outcome {
    sh("cargo", &["build", "--quiet", "--locked", "--bins"])?;
    let mut node = program("node", &["--test", "--test-concurrency=1"]);
    node.args(
        [
            "page", "form", "guardian", "receipt", "draft", "poor", "picture", "large", "forged", "kinds", "access",
            "ways", "existing", "hostile", "opener", "keys", "look", "firefox", "customer",
        ]
        .map(|name| format!("tests/web/{name}.test.mjs")),
    );
    finish(node.env("SEGEL_CHROMIUM", setup::chromium()?).env("SEGEL_FIREFOX", setup::firefox()?))
}

/// Copies what git tracks into another folder, builds there, and compares.
fn reproducible() -> Outcome {
    let other = tempfile::tempdir().map_err(|error| error.to_string())?;
    let copy = other.path().join("another folder");
    let tracked = crate::run::output("git", &["ls-files", "-z"])?;
    for name in tracked.split('\0').filter(|name| !name.is_empty()) {
        let from = root().join(name);
        if from.is_file() {
            crate::run::write(&copy.join(name), &crate::run::read(&from)?)?;
        }
    }
    let out = other.path().join("dist");
    let mut cargo = program("cargo", &["run", "--quiet", "--locked", "--package", "xtask", "--", "dist", "--out"]);
    let output = cargo.arg(&out).current_dir(&copy).output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!("dist failed in the copy: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let sums = |folder: &Path| crate::run::read(&folder.join("SHA256SUMS"));
    if sums(&out)? == sums(&root().join("dist"))? {
        println!("the same bytes");
        Ok(())
    } else {
        Err(String::from("the bytes depend on the folder they were built in"))
    }
}
