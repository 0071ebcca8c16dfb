//! Runs every file of `vectors/`, and can write them all again from their seeds. The format is told in `vectors/README.md`.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use segel_core::age::Identity;
use segel_core::export::{ExportError, Reader};
use segel_core::form::FormError;
use segel_core::id::{Digest, OwnerId, PartName};
use segel_core::json::{self, Spelling};
use segel_core::open::{OpenError, open, open_file};
use segel_core::receipt::Receipt;
use segel_core::table::{guard, unguard};
use segel_core::time::Time;
use segel_core::{Envelope, Form};

#[path = "vectors/write.rs"]
mod write;

/// The name, the head's lines and the body of a vector.
pub(crate) struct Vector {
    pub(crate) name: String,
    pub(crate) head: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

#[test]
fn every_vector_gives_its_result() {
    let mut failures = Vec::new();
    let mut ran = 0;
    for path in files("txt") {
        let vector = Vector::read(&path);
        ran += 1;
        failures.extend(vector.run().err().map(|why| format!("{}: {why}", vector.name)));
    }
    assert!(failures.is_empty(), "{} of {ran} vectors differ:\n{}", failures.len(), failures.join("\n"));
    assert!(ran > 90, "only {ran} vectors are there");
}

#[test]
fn the_vectors_are_what_their_seeds_make() {
    let vectors = write::all();
    let mut names: Vec<&str> = vectors.iter().map(|vector| vector.name.as_str()).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "two vectors of one name");
    if std::env::var_os("SEGEL_WRITE_VECTORS").is_some() {
        files("txt").iter().for_each(|path| fs::remove_file(path).unwrap());
        vectors.iter().for_each(|vector| fs::write(directory().join(&vector.name), vector.text()).unwrap());
        write::forms()
            .iter()
            .for_each(|(name, form)| fs::write(directory().join("forms").join(name), form.bytes()).unwrap());
    }
    let there: Vec<String> =
        files("txt").iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    assert_eq!(there, names);
    for vector in &vectors {
        let text = fs::read_to_string(directory().join(&vector.name)).unwrap();
        assert!(text == vector.text(), "{} is not what its seed makes", vector.name);
    }
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

fn files(ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory()).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|found| found == ending)).collect();
    paths.sort();
    paths
}

impl Vector {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let (head, body) = text.split_once("\n\n").unwrap();
        let head = head.lines().map(|line| line.split_once(": ").unwrap());
        let head = head.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Self { name: path.file_name().unwrap().to_string_lossy().into_owned(), head, body: unbase64(body) }
    }

    fn text(&self) -> String {
        let head: String = self.head.iter().map(|(key, value)| format!("{key}: {value}\n")).collect();
        format!("{head}\n{}", base64(&self.body))
    }

    fn values(&self, key: &str) -> Vec<&str> {
        self.head.iter().filter(|(name, _)| name == key).map(|(_, value)| value.as_str()).collect()
    }

    fn value(&self, key: &str) -> Option<&str> {
        self.values(key).first().copied()
    }

    fn under<'v>(&'v self, prefix: &str) -> BTreeMap<&'v str, &'v str> {
        self.head.iter().filter_map(|(key, value)| Some((key.strip_prefix(prefix)?, value.as_str()))).collect()
    }

    fn run(&self) -> Result<(), String> {
        let found = match self.value("kind").unwrap() {
            "json" => self.run_json(),
            "form" => self.run_form(),
            "envelope" => self.run_envelope()?,
            "export" => self.run_export()?,
            "receipt" => self.run_receipt()?,
            "csv" => self.run_csv(),
            other => return Err(format!("unknown kind {other}")),
        };
        let expected = self.value("expect").unwrap();
        if found == expected { Ok(()) } else { Err(format!("expected {expected}, found {found}")) }
    }

    fn run_json(&self) -> String {
        let spelling = |spelling| json::parse(&self.body, spelling).is_ok();
        match (spelling(Spelling::Canonical), spelling(Spelling::Any)) {
            (true, true) => "canonical",
            (false, true) => "valid",
            _ => "refused",
        }
        .to_owned()
    }

    fn run_form(&self) -> String {
        let form = match self.value("pin") {
            Some(pin) => Form::parse_pinned(&self.body, &OwnerId::parse(pin).unwrap()),
            None => Form::parse(&self.body),
        };
        form.map_or_else(|error: FormError| error.code().to_owned(), |_| "form".to_owned())
    }

    fn run_envelope(&self) -> Result<String, String> {
        let form = fs::read(directory().join("forms").join(self.value("form").unwrap())).unwrap();
        let form = Form::parse(&form).unwrap();
        let keys: Vec<Identity> = self.values("identity").iter().map(|text| Identity::parse(text).unwrap()).collect();
        let received = self.value("received").and_then(Time::parse);
        let envelope = match Envelope::parse(&self.body) {
            Ok(envelope) => envelope,
            Err(error) => return Ok(front_verdict(error.code()).to_owned()),
        };
        let opened = match open(&form, &envelope, &keys, received) {
            Ok(opened) => opened,
            Err(error) => return Ok(error.verdict().to_owned()),
        };
        let mut verdicts = BTreeMap::new();
        let mut digests = BTreeMap::new();
        for (name, verdict) in opened.parts() {
            let word = match verdict {
                Ok(()) if name.as_str().starts_with("file-") => {
                    self.file(&form, &envelope, &opened, name, &keys, &mut digests)
                }
                Ok(()) => "opened",
                Err(error) => error.verdict(),
            };
            verdicts.insert(name.as_str(), word);
        }
        let expected = self.under("part ");
        if !expected.is_empty() && expected != verdicts {
            return Err(format!("parts: expected {expected:?}, found {verdicts:?}"));
        }
        for (name, digest) in self.under("sha256 ") {
            if digests.get(name).map(String::as_str) != Some(digest) {
                return Err(format!("content of {name} differs"));
            }
        }
        Ok("opened".to_owned())
    }

    fn file(
        &self,
        form: &Form,
        envelope: &Envelope<'_>,
        opened: &segel_core::open::Opened,
        name: &PartName,
        keys: &[Identity],
        digests: &mut BTreeMap<String, String>,
    ) -> &'static str {
        match open_file(form, envelope, opened, name, keys) {
            Ok(content) => {
                digests.insert(name.to_string(), Digest::of(&content).to_string());
                "opened"
            }
            Err(error) => OpenError::verdict(&error),
        }
    }

    fn run_export(&self) -> Result<String, String> {
        let mut reader = Reader::default();
        reader.feed(&self.body);
        let mut records = 0_u64;
        let error = loop {
            match reader.next_record() {
                Ok(Some(_)) => records += 1,
                Ok(None) => break reader.finish().err(),
                Err(error) => break Some(error),
            }
        };
        let found = match error {
            None => "complete",
            Some(ExportError::Cut { .. }) => "cut",
            Some(ExportError::Gap { .. }) => "gap",
            Some(ExportError::Chain { .. }) => "chain",
            Some(ExportError::TooLarge { .. }) => "limit",
            Some(ExportError::NewerKit) => "newer",
            Some(_) => "decode",
        };
        match self.value("records") {
            Some(count) if count != records.to_string() => Err(format!("expected {count} records, found {records}")),
            _ => Ok(found.to_owned()),
        }
    }

    fn run_receipt(&self) -> Result<String, String> {
        let text = String::from_utf8(self.body.clone()).unwrap();
        let Ok(receipt) = Receipt::parse(&text) else { return Ok("refused".to_owned()) };
        let derived = [
            ("id", receipt.id().to_string()),
            ("number", receipt.id().number()),
            ("verifying_key", receipt.verifying_key().to_string()),
        ];
        for (key, found) in derived {
            if self.value(key) != Some(&found) {
                return Err(format!("{key} is {found}"));
            }
        }
        Ok("receipt".to_owned())
    }

    fn run_csv(&self) -> String {
        let cell = std::str::from_utf8(&self.body).unwrap();
        let guarded = guard(cell);
        assert_eq!(unguard(&guarded), cell);
        if guarded == cell { "plain" } else { "guarded" }.to_owned()
    }
}

fn front_verdict(code: &str) -> &'static str {
    match code {
        "newer_kit" => "newer",
        "envelope_head_too_large" | "too_many_parts" => "limit",
        _ => "decode",
    }
}

fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (index, group) in bytes.chunks(3).enumerate() {
        if index > 0 && index % 19 == 0 {
            text.push('\n');
        }
        let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let letter = ALPHABET[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= group.len() { char::from(letter) } else { '=' });
        }
    }
    text.push('\n');
    text
}

fn unbase64(text: &str) -> Vec<u8> {
    let letters: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let mut bytes = Vec::new();
    for group in letters.chunks(4) {
        let bits = group.iter().fold(0_u32, |bits, letter| {
            bits << 6 | ALPHABET.iter().position(|other| other == letter).unwrap_or(0) as u32
        });
        let padding = group.iter().filter(|letter| **letter == b'=').count();
        bytes.extend_from_slice(&bits.to_be_bytes()[1..4 - padding]);
    }
    bytes
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
