//! The public age test vectors, class by class. `cargo xtask test` writes them from npm `cctv-age` and names the folder in
//! `SEGEL_CCTV_DIR`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "the whole file is a test, its helpers too"
)]

use std::fs;
use std::path::{Path, PathBuf};

use segel_core::age::file::Opened;
use segel_core::age::{AgeError, Identity, scrypt};
use segel_core::id::Digest;

/// The scenario files of version 0.2.0 of the package that are not armored, and those that are (Segel writes no armor).
const BINARY: usize = 110;
const ARMORED: usize = 33;

#[test]
fn every_public_vector_gives_its_exact_class() {
    let Some(directory) = directory() else { return };
    let mut paths: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let (mut ran, mut armored, mut wrong) = (0, 0, Vec::new());
    for path in &paths {
        let vector = Vector::read(path);
        if vector.value("armored").is_some() {
            armored += 1;
            continue;
        }
        ran += 1;
        wrong.extend(vector.run().err().map(|why| format!("{}: {why}", path.display())));
    }
    assert!(wrong.is_empty(), "{} of {ran} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!((ran, armored), (BINARY, ARMORED));
}

fn directory() -> Option<PathBuf> {
    let directory = std::env::var_os("SEGEL_CCTV_DIR").map(PathBuf::from);
    if directory.is_none() {
        let required = std::env::var_os("SEGEL_FULL").is_some() || std::env::var_os("CI").is_some();
        assert!(!required, "SEGEL_CCTV_DIR is not set: run `cargo xtask test`");
        eprintln!("SEGEL_CCTV_DIR is not set, the public vectors were not run; `cargo xtask test` runs them");
    }
    directory
}

struct Vector {
    head: Vec<(String, String)>,
    file: Vec<u8>,
}

impl Vector {
    fn read(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap();
        let end = bytes.windows(2).position(|pair| pair == b"\n\n").unwrap();
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let head = head.lines().map(|line| line.split_once(": ").unwrap());
        let head = head.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Self { head, file: bytes[end + 2..].to_vec() }
    }

    fn value(&self, key: &str) -> Option<&str> {
        self.head.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    fn run(&self) -> Result<(), String> {
        let mut released = Vec::new();
        let outcome = self.open(&mut released);
        let expected = self.value("expect").unwrap();
        let found = match &outcome {
            Ok(()) => "success".to_owned(),
            Err(error) => format!("{:?}", error.class()),
        };
        let same = match expected {
            "success" => found == "success",
            "no match" => found == "NoMatch",
            "header failure" => found == "Header",
            "HMAC failure" => found == "Hmac",
            "payload failure" => found == "Payload",
            other => panic!("unknown class {other}"),
        };
        if !same {
            return Err(format!("expected {expected}, found {outcome:?}"));
        }
        // On a payload failure the vectors also fix the hash of what a streaming reader may have handed out.
        match self.value("payload") {
            Some(hash) if Digest::of(&released).to_string() != hash => {
                Err(format!("released {} bytes", released.len()))
            }
            _ => Ok(()),
        }
    }

    fn open(&self, released: &mut Vec<u8>) -> Result<(), AgeError> {
        if let Some(passphrase) = self.value("passphrase") {
            released.extend_from_slice(&scrypt::open(&self.file, passphrase, 22)?);
            return Ok(());
        }
        let identities = self.head.iter().filter(|(key, _)| key == "identity");
        let identities: Vec<Identity> = identities.map(|(_, text)| Identity::parse(text).unwrap()).collect();
        let opened = Opened::new(&self.file, &identities)?;
        let (mut opener, chunks) = opened.payload()?;
        opener.push(chunks, released)?;
        opener.finish(released)
    }
}
