//! A small shop for this crate's tests: keys from fixed seeds, a form, and submissions in an export.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use segel_core::age::Suite;
use segel_core::answers::FileMeta;
use segel_core::export::{Position, Reader, Record, write_end, write_head, write_line};
use segel_core::id::Digest;
use segel_core::key::{KeyFile, OwnerKey};
use segel_core::receipt::Receipt;
use segel_core::time::Time;
use segel_core::{Answers, Choice, Choices, Definition, Form, Prepared, RawAnswers, seal};

use crate::shelf::Shelf;

pub(crate) fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

pub(crate) fn time() -> Time {
    Time::parse("2026-11-23T03:12:46Z").unwrap()
}

pub(crate) struct Shop {
    pub(crate) owner: OwnerKey,
    pub(crate) form: Form,
}

impl Shop {
    pub(crate) fn new() -> Self {
        Self::from_seed(1)
    }

    pub(crate) fn other() -> Self {
        Self::from_seed(2)
    }

    /// The same owner's form of another name.
    pub(crate) fn named(name: &str) -> Self {
        Self::with(1, name)
    }

    fn from_seed(seed: u8) -> Self {
        Self::with(seed, "kecil")
    }

    fn with(seed: u8, name: &str) -> Self {
        let mut rng = rng(seed);
        let owner = OwnerKey::generate(Suite::X25519, &mut rng).unwrap();
        let cashier = OwnerKey::generate(Suite::X25519, &mut rng).unwrap().recipient().to_text();
        let text = include_str!("../../tests/vectors/forms/kecil.json").replace("KASIR", &cashier);
        let text = text.replace("\"name\": \"kecil\"", &format!("\"name\": \"{name}\""));
        let definition = Definition::parse(text.as_bytes()).unwrap();
        let body = definition.publish(&[owner.recipient()], Suite::X25519, time(), None).unwrap();
        let form = owner.sign(&body).unwrap();
        Self { owner, form }
    }

    /// Key and form, as the owner gives them.
    pub(crate) fn shelf(&self) -> Shelf {
        let mut shelf = Shelf::default();
        let key = KeyFile::write(&self.owner, &[], time());
        for bytes in [key.as_bytes(), self.form.bytes()] {
            shelf.take(String::new(), bytes, bytes.len() as u64);
        }
        shelf
    }

    /// The optional purpose refused.
    pub(crate) fn submission(&self, seed: u8, name: &str) -> Vec<u8> {
        self.sealed(seed, name, Choice::Refused)
    }

    pub(crate) fn with_interest(&self, seed: u8, name: &str) -> Vec<u8> {
        self.sealed(seed, name, Choice::Given)
    }

    pub(crate) fn export(&self, count: u8) -> Vec<u8> {
        self.export_of(&(1..=count).map(|seed| self.submission(seed, "Sari")).collect::<Vec<_>>())
    }

    pub(crate) fn export_of(&self, envelopes: &[Vec<u8>]) -> Vec<u8> {
        let mut position = Position::START;
        let mut bytes = write_head(self.form.name(), &position);
        for envelope in envelopes {
            position = position.next(time(), &Digest::of(envelope));
            bytes.extend(write_line(&position, time(), envelope.len() as u64));
            bytes.extend(envelope);
            bytes.push(b'\n');
        }
        bytes.extend(write_end(&position));
        bytes
    }

    fn sealed(&self, seed: u8, name: &str, interest: Choice) -> Vec<u8> {
        let mut choices = Choices::new(&self.form);
        choices.set("daftar", Choice::Given).unwrap();
        choices.set("minat", interest).unwrap();
        let mut raw = RawAnswers::new();
        raw.set_text("nama", String::from(name));
        raw.set_text("wa", "0812-3456-7890".into());
        let file = FileMeta { name: "saya.html".into(), media_type: "image/jpeg".into(), length: 4 };
        raw.set_files("foto", vec![file]);
        let answers = Answers::check(&self.form, &choices, raw).map_err(|problems| format!("{problems:?}")).unwrap();
        let mut rng = rng(seed);
        let prepared = Prepared::new(&self.form, Receipt::generate(&mut rng).unwrap(), &mut rng).unwrap();
        let consent = self.form.notice("id").unwrap().consent(&choices, time()).unwrap();
        seal(&self.form, prepared, consent, answers, &[("file-foto-1", b"foto")], time()).unwrap()
    }
}

pub(crate) fn records(export: &[u8]) -> Vec<Record> {
    let mut reader = Reader::default();
    reader.feed(export);
    core::iter::from_fn(|| reader.next_record().unwrap()).collect()
}
