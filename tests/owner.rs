//! Runs the command scripts of `owner/`: what the owner types, what the program answers, and how it ends. `SEGEL_WRITE_SCRIPTS=1` writes
//! the answers anew, to be read before they are committed.
//!
//! A script is text. `# ` begins a comment, `$ ` a command for a shell in the script's own empty folder. Then come the lines of standard
//! output as they are, those of standard error behind `! `, and `[exit N]` if it is not 0. Keys, digests and dates are masked.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[path = "owner/definitions.rs"]
mod definitions;
#[path = "owner/rules.rs"]
mod rules;

#[test]
fn every_script_is_answered_as_written() {
    let folder = root().join("tests/owner");
    let mut scripts: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    scripts.retain(|path| path.extension().is_some_and(|ending| ending == "txt"));
    scripts.sort();
    assert!(scripts.len() >= 8, "only {} scripts", scripts.len());
    let mut differ = Vec::new();
    for path in scripts {
        let expected = fs::read_to_string(&path).unwrap();
        let found = answer(&expected);
        if std::env::var_os("SEGEL_WRITE_SCRIPTS").is_some() {
            fs::write(&path, &found).unwrap();
        } else if found != expected {
            differ.push(format!("{}\n--- expected\n{expected}\n--- found\n{found}", path.display()));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n\n"));
}

/// The script with the answers that the program gives now.
fn answer(script: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::new();
    for line in script.lines() {
        let Some(command) = line.strip_prefix("$ ") else {
            if line.starts_with('#') || line.is_empty() {
                text.push_str(&format!("{line}\n"));
            }
            continue;
        };
        text.push_str(&format!("$ {command}\n"));
        text.push_str(&run(command, folder.path()));
    }
    text.replace("\n\n\n", "\n\n")
}

fn run(command: &str, folder: &Path) -> String {
    let programs = Path::new(env!("CARGO_BIN_EXE_segel")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).current_dir(folder).stdin(Stdio::null());
    shell
        .env("PATH", path)
        .env("LC_ALL", "C")
        .env("FORMS", root().join("www/forms"))
        .env("VECTORS", root().join("tests/vectors"));
    let output = shell.output().unwrap();
    let mut text = String::new();
    for (stream, mark) in [(output.stdout, ""), (output.stderr, "! ")] {
        for line in String::from_utf8_lossy(&stream).lines() {
            text.push_str(&format!("{mark}{}\n", mask(line).trim_end()));
        }
    }
    if output.status.code() != Some(0) {
        text.push_str(&format!("[exit {}]\n", output.status.code().unwrap_or(-1)));
    }
    text
}

/// What differs from run to run: keys, digests, ids, dates and times, and where this repository lies.
fn mask(line: &str) -> String {
    let line = line.replace(&root().display().to_string(), "ROOT");
    let mut out = String::new();
    let mut word = String::new();
    for character in line.chars().chain(['\n']) {
        if character.is_ascii_alphanumeric() || character == '-' {
            word.push(character);
            continue;
        }
        out.push_str(&mask_word(&word));
        word.clear();
        if character != '\n' {
            out.push(character);
        }
    }
    out
}

fn mask_word(word: &str) -> String {
    let hex = word.len() >= 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let date = word.len() >= 10 && word.starts_with("20") && word.bytes().filter(|byte| *byte == b'-').count() == 2;
    match () {
        () if word.starts_with("segel1") => "segel1…".to_owned(),
        () if word.starts_with("age1") => "age1…".to_owned(),
        () if hex => "HEX".to_owned(),
        () if date => "DATE".to_owned(),
        () => word.to_owned(),
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
