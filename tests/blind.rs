//! The server is blind: marked plaintext goes through the real programs, and then everything they left behind is searched for it, in every
//! spelling a leak could have.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "support/trip.rs"]
mod trip;

use std::fs;
use std::path::Path;

use trip::{Trip, customer, good};

const MARK: &str = "PENANDA-7f3a9c";

#[test]
fn the_search_has_teeth() {
    let spellings = spellings();
    let utf16: Vec<u8> = MARK.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let reversed: String = MARK.chars().rev().collect();
    for planted in [
        MARK.as_bytes(),
        reversed.as_bytes(),
        &utf16,
        hex(MARK.as_bytes()).as_bytes(),
        hex(MARK.as_bytes()).to_uppercase().as_bytes(),
    ] {
        assert!(found(&spellings, &[b"....", planted, b"...."].concat()).is_some());
    }
    for front in 0..3 {
        let text = [&b"xyz"[..front], MARK.as_bytes(), b"tail"].concat();
        assert!(found(&spellings, base64(&text).as_bytes()).is_some(), "alignment {front}");
    }
    assert_eq!(found(&spellings, b"nothing of the kind, PENANDA-0000"), None);
}

#[test]
fn nothing_that_a_customer_typed_is_left_readable_on_the_way_to_the_owner() {
    let mut trip = Trip::start(&[]);
    let form = trip.form();
    let sealed = customer(&form, 4, MARK, true, (&format!("{MARK}.jpg"), format!("a photo of {MARK}").as_bytes()));
    let mut seen = sealed.clone();
    for (method, path, body) in [
        ("POST", "/forms/daftar", &sealed[..]),
        ("POST", "/forms/daftar", &sealed[..sealed.len() - 1]),
        ("POST", "/forms/daftar", MARK.as_bytes()),
        ("GET", "/forms/PENANDA-7f3a9c", b""),
        ("GET", "/forms/daftar.segel?PENANDA-7f3a9c", b""),
        ("GET", "/healthz", b""),
    ] {
        let (status, reply) = trip.ask(method, path, body);
        // Our own requests hold the mark; what must not hold it is the answer.
        seen.extend(format!("\n{status}\n").into_bytes());
        seen.extend(reply);
    }
    good(trip.pull());
    seen.extend(trip.stop().into_bytes());
    let spellings = spellings();
    assert_eq!(found(&spellings, &seen), None, "in what was sent, answered or logged");
    let mut files = Vec::new();
    collect(trip.path("").as_path(), &mut files);
    assert!(
        files.iter().any(|(name, bytes)| name.contains("segel.db") && bytes.len() > 10_000),
        "the database was searched"
    );
    assert!(files.iter().any(|(name, _)| name.contains("segel-export")), "the inbox was searched");
    for (name, bytes) in files {
        assert_eq!(found(&spellings, &bytes), None, "in {name}");
    }
    // And the mark was really there: the owner reads it.
    assert!(good(trip.open("daftar", &["--format", "json"])).contains(MARK));
}

fn collect(folder: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
}

/// The mark in clear, reversed, as UTF-16, in hexadecimal of both cases, and in base64 of both alphabets at each alignment.
fn spellings() -> Vec<Vec<u8>> {
    let hexed = hex(MARK.as_bytes());
    let mut all = vec![
        MARK.as_bytes().to_vec(),
        MARK.bytes().rev().collect(),
        MARK.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        hexed.clone().into_bytes(),
        hexed.to_uppercase().into_bytes(),
    ];
    for front in 0..3 {
        let encoded = base64(&[&[0; 3][..front], MARK.as_bytes()].concat());
        // The letters at either end depend on the neighbours; what is between them does not.
        let inner = &encoded[[0, 2, 3][front]..encoded.len() - 4];
        all.push(inner.as_bytes().to_vec());
        all.push(inner.replace('+', "-").replace('/', "_").into_bytes());
    }
    all
}

fn found<'s>(spellings: &'s [Vec<u8>], haystack: &[u8]) -> Option<&'s [u8]> {
    let there = |needle: &&Vec<u8>| haystack.windows(needle.len()).any(|window| window == needle.as_slice());
    spellings.iter().find(there).map(Vec::as_slice)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn base64(bytes: &[u8]) -> String {
    let letters: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect();
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        (0..4).for_each(|place| {
            text.push(if place <= group.len() { letters[(bits >> (18 - 6 * place) & 63) as usize] } else { '=' })
        });
    }
    text
}
