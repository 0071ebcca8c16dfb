//! Runs one test vector. The same code runs natively (`tests/vectors.rs`) and in WebAssembly (`tests/web/vectors.mjs`), so that both
//! machines are held to the same files.

use std::collections::BTreeMap;

use segel_core::age::Identity;
use segel_core::export::{Entry, ExportError, Reader};
use segel_core::form::FormError;
use segel_core::id::{Digest, FormDigest, OwnerId, PartName, SubmissionId, VerifyingKey};
use segel_core::json::{self, Spelling};
use segel_core::open::{OpenError, Opened, open, open_file};
use segel_core::receipt::Receipt;
use segel_core::register::{Register, RegisterError};
use segel_core::stamp::{StampError, Stamped};
use segel_core::statement::{Statement, StatementError};
use segel_core::table::{csv_line, guard, unguard};
use segel_core::time::Time;
use segel_core::uses::{Ended, Uses, Wrong};
use segel_core::work::{Challenge, Proof, WorkError};
use segel_core::{Envelope, Form};
use wasm_bindgen::prelude::wasm_bindgen;

/// The head's lines and the body of a vector.
#[derive(Debug)]
pub struct Vector {
    /// Key and value of each line, in order.
    pub head: Vec<(String, String)>,
    /// The decoded body.
    pub body: Vec<u8>,
}

/// For Node: empty if the vector gives its result, else why not. `form` is the published form that the vector names.
#[wasm_bindgen]
#[must_use]
pub fn check(text: &str, form: &[u8]) -> String {
    let outcome = Vector::parse(text).and_then(|vector| vector.run(form));
    outcome.err().unwrap_or_default()
}

impl Vector {
    /// Reads a vector's text.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (head, body) = text.split_once("\n\n").ok_or("no empty line")?;
        let entry = |line: &str| line.split_once(": ").map(|(key, value)| (key.to_owned(), value.to_owned()));
        let head = head.lines().map(entry).collect::<Option<Vec<_>>>().ok_or("a line without a key")?;
        Ok(Self { head, body: unbase64(body) })
    }

    /// The vector's text.
    #[must_use]
    pub fn text(&self) -> String {
        let head: String = self.head.iter().map(|(key, value)| format!("{key}: {value}\n")).collect();
        format!("{head}\n{}", base64(&self.body))
    }

    fn values(&self, key: &str) -> Vec<&str> {
        self.head.iter().filter(|(name, _)| name == key).map(|(_, value)| value.as_str()).collect()
    }

    /// The first value of a key.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        self.values(key).first().copied()
    }

    fn under<'v>(&'v self, prefix: &str) -> BTreeMap<&'v str, &'v str> {
        self.head.iter().filter_map(|(key, value)| Some((key.strip_prefix(prefix)?, value.as_str()))).collect()
    }

    /// Runs it; `form` is the published form that it names.
    ///
    /// # Errors
    /// What was expected and what was found.
    pub fn run(&self, form: &[u8]) -> Result<(), String> {
        let found = match self.value("kind").unwrap_or_default() {
            "json" => self.run_json(),
            "form" => self.run_form()?,
            "envelope" => self.run_envelope(form)?,
            "export" => self.run_export()?,
            "receipt" => self.run_receipt()?,
            "register" => self.run_register()?,
            "uses" => self.run_uses()?,
            "statement" => self.run_statement()?,
            "stamp" => self.run_stamp()?,
            "work" => self.run_work(form)?,
            "csv" => self.run_csv()?,
            other => return Err(format!("unknown kind {other}")),
        };
        let expected = self.value("expect").unwrap_or_default();
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

    fn run_form(&self) -> Result<String, String> {
        let form = match self.value("pin") {
            Some(pin) => Form::parse_pinned(&self.body, &OwnerId::parse(pin).map_err(|error| error.to_string())?),
            None => Form::parse(&self.body),
        };
        Ok(form.map_or_else(|error: FormError| error.code().to_owned(), |_| "form".to_owned()))
    }

    fn run_envelope(&self, form: &[u8]) -> Result<String, String> {
        let form = Form::parse(form).map_err(|error| format!("the form of the vector: {error}"))?;
        let keys = self.values("identity").into_iter().map(Identity::parse).collect::<Result<Vec<Identity>, _>>();
        let keys = keys.map_err(|error| error.to_string())?;
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
        opened: &Opened,
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
        let (mut records, mut damaged) = (0_u64, Vec::new());
        let error = loop {
            match reader.next_entry() {
                Ok(Some(Entry::Record(_))) => records += 1,
                Ok(Some(Entry::Damaged(entry))) => {
                    damaged.push(format!("{} {}", entry.sequence(), entry.what().as_str()))
                }
                Ok(Some(_)) => {}
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
        if self.values("damaged") != damaged {
            return Err(format!("damaged: found {damaged:?}"));
        }
        match self.value("records") {
            Some(count) if count != records.to_string() => Err(format!("expected {count} records, found {records}")),
            _ => Ok(found.to_owned()),
        }
    }

    fn run_statement(&self) -> Result<String, String> {
        let statement = match Statement::parse(&self.body) {
            Ok(statement) => statement,
            Err(StatementError::NewerKit) => return Ok("newer".to_owned()),
            Err(_) => return Ok("refused".to_owned()),
        };
        for (key, found) in [("id", statement.id().to_string()), ("wish", statement.wish().to_string())] {
            if self.value(key) != Some(&found) {
                return Err(format!("{key} is {found}"));
            }
        }
        let key = VerifyingKey::parse(self.value("verifying_key").unwrap_or_default());
        let signed = key.is_ok_and(|key| statement.is_signed_by(&key));
        Ok(if signed { "statement" } else { "unsigned" }.to_owned())
    }

    fn run_stamp(&self) -> Result<String, String> {
        let stamped = match Stamped::parse(&self.body) {
            Ok(stamped) => stamped,
            Err(StampError::NewerKit) => return Ok("newer".to_owned()),
            Err(_) => return Ok("refused".to_owned()),
        };
        let stamp = stamped.stamp();
        for (key, found) in [
            ("key", stamped.key().to_string()),
            ("id", stamp.id.to_string()),
            ("digest", stamp.digest.to_string()),
            ("received", stamp.received_at.text()),
        ] {
            if self.value(key) != Some(&found) {
                return Err(format!("{key} is {found}"));
            }
        }
        Ok(if stamped.is_signed() { "stamp" } else { "unsigned" }.to_owned())
    }

    fn run_work(&self, form: &[u8]) -> Result<String, String> {
        let number = |key| self.value(key).and_then(|value| value.parse::<u64>().ok());
        let asked = number("bits")
            .zip(number("ticket"))
            .and_then(|(bits, ticket)| Challenge::new(bits.try_into().ok()?, ticket));
        let before = number("before").ok_or("the ticket before")?;
        let asked = asked.ok_or("the work that is asked")?;
        let id = SubmissionId::parse(self.value("id").unwrap_or_default()).map_err(|error| error.to_string())?;
        let text = core::str::from_utf8(&self.body).map_err(|error| error.to_string())?;
        let checked = Proof::parse(text).and_then(|proof| proof.check(&asked, before, &FormDigest::of(form), &id));
        Ok(match checked {
            Ok(()) => "work",
            Err(WorkError::Easy) => "easy",
            Err(WorkError::Stale) => "stale",
            Err(WorkError::Unproven) => "unproven",
            Err(_) => "refused",
        }
        .to_owned())
    }

    fn run_receipt(&self) -> Result<String, String> {
        let text = String::from_utf8(self.body.clone()).map_err(|error| error.to_string())?;
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

    fn run_register(&self) -> Result<String, String> {
        let register = match Register::parse(&self.body) {
            Ok(register) => register,
            Err(RegisterError(line)) if self.value("at") == Some(&line.to_string()) => return Ok("refused".to_owned()),
            Err(RegisterError(line)) => return Err(format!("refused at line {line}")),
        };
        let open: Vec<String> =
            register.wishes().filter(|(_, done)| !done).map(|(asked, _)| asked.what.to_string()).collect();
        if open != self.values("open") {
            return Err(format!("open: {open:?}"));
        }
        // What is written again is read alike.
        let again = Register::parse(register.text().as_bytes()).map_err(|error| error.to_string())?;
        if again.text() != register.text() {
            return Err(String::from("written anew it is another"));
        }
        Ok("register".to_owned())
    }

    fn run_uses(&self) -> Result<String, String> {
        let Some(uses) = Uses::parse(&self.body) else { return Ok("refused".to_owned()) };
        let count = |ended: Option<&Ended>| ended.map_or_else(|| "broken".to_owned(), |ended| ended.count.to_string());
        let all = uses.uses().into_iter().map(|(begun, ended)| format!("{} {}", begun.act.code(), count(ended)));
        let all: Vec<String> = all.collect();
        if all != self.values("use") {
            return Err(format!("uses: {all:?}"));
        }
        let wrong = uses.wrong().iter().map(|wrong| match wrong {
            Wrong::Unreadable(line) => format!("unreadable {line}"),
            Wrong::Altered(line) => format!("altered {line}"),
            _ => String::new(),
        });
        let wrong: Vec<String> = wrong.collect();
        if wrong != self.values("wrong") {
            return Err(format!("wrong: {wrong:?}"));
        }
        Ok("uses".to_owned())
    }

    fn run_csv(&self) -> Result<String, String> {
        let cell = core::str::from_utf8(&self.body).map_err(|error| error.to_string())?;
        let guarded = guard(cell);
        if unguard(&guarded) != cell {
            return Err(String::from("the guard cannot be undone"));
        }
        if self.value("line").is_none_or(|line| unbase64(line) != csv_line([Some(cell)]).as_bytes()) {
            return Err(String::from("another line"));
        }
        Ok(if guarded == cell { "plain" } else { "guarded" }.to_owned())
    }
}

fn front_verdict(code: &str) -> &'static str {
    match code {
        "newer_kit" => "newer",
        "envelope_head_too_large" | "too_many_parts" => "limit",
        _ => "decode",
    }
}

/// Padded standard base64, 76 characters a line.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
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
