//! Who may hold what is written in manifests; here the manifests are held to it, and the sources to what manifests cannot say.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const SEALING: [&str; 5] = ["chacha20poly1305", "ml-kem", "x25519-dalek", "hkdf", "scrypt"];

#[test]
fn the_server_links_neither_sealing_nor_opening() {
    let tree = tree(&["--package", "segel-server"]);
    assert!(tree.iter().any(|(name, features)| name == "segel-core" && features == "default"), "{tree:?}");
    for name in SEALING {
        assert!(!tree.iter().any(|(found, _)| found == name), "the server links {name}");
    }
}

#[test]
fn the_widget_seals_and_cannot_open_and_the_opener_opens_and_cannot_seal() {
    let features = |package: &str| {
        let tree = tree(&["--package", package, "--target", "wasm32-unknown-unknown"]);
        tree.into_iter().find(|(name, _)| name == "segel-core").unwrap().1
    };
    assert_eq!(features("segel-widget"), "default,seal");
    assert_eq!(features("segel-receipt"), "default,seal");
    assert_eq!(features("segel-opener"), "default,open");
}

#[test]
fn core_knows_no_page_and_no_source_of_randomness() {
    let tree = tree(&["--package", "segel-core", "--features", "seal,open", "--target", "wasm32-unknown-unknown"]);
    for name in ["wasm-bindgen", "js-sys", "web-sys", "getrandom"] {
        assert!(!tree.iter().any(|(found, _)| found == name), "core links {name}");
    }
}

#[test]
fn core_does_no_input_or_output() {
    for (path, text) in sources("src/core") {
        for word in
            ["std::fs", "std::net", "std::env", "std::io", "std::thread", "std::process", "SystemTime", "time::Instant"]
        {
            assert!(!text.contains(word), "{} names {word}", path.display());
        }
    }
}

#[test]
fn files_of_bytes_and_text_name_no_cryptography() {
    for name in [
        "answers",
        "definition",
        "envelope",
        "export",
        "field",
        "json",
        "limits",
        "part",
        "purpose",
        "shape",
        "text",
        "time",
    ] {
        let text = fs::read_to_string(root().join(format!("src/core/{name}.rs"))).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap();
        for word in ["chacha20poly1305", "segel_cipher", "x25519_dalek", "ed25519_dalek", "ml_kem", "hkdf", "hmac"] {
            assert!(!text.contains(word), "{name}.rs names {word}");
        }
    }
}

#[test]
fn a_page_is_only_ever_given_text() {
    let mut all = Vec::new();
    for folder in ["src/dom", "src/widget", "src/receipt", "src/opener", "www"] {
        all.extend(sources(folder));
    }
    for (path, text) in all {
        for word in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "set_inner_html",
            "document.write",
            "eval(",
            "new Function",
            "localStorage",
            "sessionStorage",
        ] {
            assert!(!text.contains(word), "{} has {word}", path.display());
        }
    }
}

#[test]
fn only_say_prints_and_mains_hold_no_logic() {
    for folder in ["src/cipher", "src/core", "src/dom", "src/widget", "src/receipt", "src/opener", "src/owner"] {
        for (path, text) in sources(folder) {
            let speaks = path.ends_with("owner/say.rs");
            for word in ["println!", "print!(", "eprint", "dbg!", "io::stderr()", "io::stdout()"] {
                assert!(speaks || !text.contains(word), "{} has {word}", path.display());
            }
        }
    }
    for (path, text) in sources("src/bin") {
        assert!(text.lines().count() <= 8, "{} is longer than a main that only calls", path.display());
    }
}

/// Name and features of each package in a normal dependency tree, alone.
fn tree(words: &[&str]) -> Vec<(String, String)> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}|{f}"]).args(words);
    let output = cargo.current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let entry = |line: &str| {
        let (package, features) = line.split_once('|').unwrap();
        let features = features.trim_end_matches(" (*)").to_owned();
        (package.split(' ').next().unwrap().to_owned(), features)
    };
    text.lines().map(entry).collect()
}

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ["rs", "js", "html"].iter().any(|known| ending == *known)) {
                found.push((path.clone(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(!found.is_empty());
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
