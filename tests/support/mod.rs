//! A small shop for tests that speak for the whole product: keys from fixed seeds, and the form of `vectors/forms/kecil.json`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]
#![allow(dead_code, reason = "each test uses its own part of it")]

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use segel_core::age::{Identity, Recipient, Suite};
use segel_core::answers::{Answers, FileMeta, RawAnswers};
use segel_core::key::OwnerKey;
use segel_core::receipt::Receipt;
use segel_core::time::Time;
use segel_core::{Choice, Choices, Definition, Form, Prepared, seal};

pub(crate) const SEALED_AT: &str = "2026-11-23T03:12:46Z";
pub(crate) const RECEIVED_AT: &str = "2026-11-23T03:12:50Z";

/// A deterministic source of randomness.
pub(crate) fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

pub(crate) fn time(text: &str) -> Time {
    Time::parse(text).expect("a time")
}

/// A shop with an owner, a spare key, a cashier, and one published form.
pub(crate) struct Shop {
    pub(crate) owner: OwnerKey,
    pub(crate) spare: OwnerKey,
    pub(crate) cashier: Identity,
    pub(crate) form: Form,
}

impl Shop {
    pub(crate) fn new(suite: Suite) -> Self {
        Self::with(suite, |text| text)
    }

    /// The same keys, and a definition that `edit` changed.
    pub(crate) fn with(suite: Suite, edit: impl FnOnce(String) -> String) -> Self {
        let mut rng = rng(1);
        let owner = OwnerKey::generate(suite, &mut rng).unwrap();
        let spare = OwnerKey::generate(suite, &mut rng).unwrap();
        let cashier = Identity::generate(suite, &mut rng).unwrap();
        let text = include_str!("../vectors/forms/kecil.json").replace("KASIR", &cashier.recipient().to_text());
        let definition = Definition::parse(edit(text).as_bytes()).unwrap();
        let owners = [owner.recipient(), spare.recipient()];
        let body = definition.publish(&owners, suite, time("2026-11-01T00:00:00Z"), None).unwrap();
        let form = owner.sign(&body).unwrap();
        Self { owner, spare, cashier, form }
    }

    pub(crate) fn readers(&self) -> Vec<Recipient> {
        vec![self.owner.recipient(), self.spare.recipient(), self.cashier.recipient()]
    }

    pub(crate) fn owner_keys(&self) -> Vec<Identity> {
        vec![self.owner.identity().clone()]
    }

    /// A submission with every field answered, the optional purpose given, and one photo.
    pub(crate) fn full(&self, seed: u8) -> Vec<u8> {
        self.submission(seed, Choice::Given, |raw| {
            raw.set_text("lahir", "2000-02-29".into());
            raw.set_many("suka", vec!["roti".into(), "kopi".into()]);
            raw.set_text("catatan", "Baris satu\nbaris dua \"kutip\" \\ 😀".into());
        })
    }

    /// A submission with the required fields only and the optional purpose refused.
    pub(crate) fn minimal(&self, seed: u8) -> Vec<u8> {
        let choices = self.choices(Choice::Refused);
        let answers = Answers::check(&self.form, &choices, self.required()).expect("fits");
        self.sealed(seed, &choices, answers, &[])
    }

    pub(crate) fn submission(&self, seed: u8, interest: Choice, fill: impl FnOnce(&mut RawAnswers)) -> Vec<u8> {
        let choices = self.choices(interest);
        let mut raw = self.required();
        fill(&mut raw);
        let length = PHOTO.len() as u64;
        raw.set_files("foto", vec![FileMeta { name: "saya.jpg".into(), media_type: "image/jpeg".into(), length }]);
        let answers = Answers::check(&self.form, &choices, raw).map_err(|problems| format!("{problems:?}")).unwrap();
        self.sealed(seed, &choices, answers, &[("file-foto-1", PHOTO)])
    }

    pub(crate) fn choices(&self, interest: Choice) -> Choices {
        let mut choices = Choices::new(&self.form);
        choices.set("daftar", Choice::Given).unwrap();
        choices.set("minat", interest).unwrap();
        choices
    }

    pub(crate) fn required(&self) -> RawAnswers {
        let mut raw = RawAnswers::new();
        raw.set_text("nama", "Sari Dewi".into());
        raw.set_text("wa", "0812-3456-7890".into());
        raw
    }

    pub(crate) fn sealed(&self, seed: u8, choices: &Choices, answers: Answers, files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut rng = rng(seed);
        let receipt = Receipt::generate(&mut rng).unwrap();
        let prepared = Prepared::new(&self.form, receipt, &mut rng).unwrap();
        let consent = self.form.notice("en").unwrap().consent(choices, time(SEALED_AT)).unwrap();
        seal(&self.form, prepared, consent, answers, files, time(SEALED_AT)).unwrap()
    }
}

/// Stands for a photo: the content of a file is never looked at.
pub(crate) const PHOTO: &[u8] = b"\xff\xd8\xff\xe0 a very small photo \x00\x01\x02";
