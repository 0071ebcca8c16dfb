//! A small shop for the unit tests of this crate: keys from fixed seeds, the form of the test vectors, and the means to build
//! what no honest page would. Test builds only; apart because sealing, checking, opening and tables are all tested with it.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};

use crate::age::{Identity, Recipient, Suite, file};
use crate::answers::{FileMeta, RawAnswers};
use crate::envelope::{Envelope, Head};
use crate::id::{PartName, SubmissionId};
use crate::key::OwnerKey;
use crate::receipt::Receipt;
use crate::time::Time;
use crate::{Answers, Choice, Choices, Consent, Definition, Form, Prepared, part, seal};

/// A shop with one owner, one cashier and one published form.
pub(crate) struct Shop {
    pub(crate) owner: OwnerKey,
    pub(crate) cashier: Identity,
    pub(crate) form: Form,
}

impl Shop {
    pub(crate) fn new(suite: Suite) -> Self {
        Self::with(suite, |text| text)
    }

    /// The same keys; `edit` changes the definition.
    pub(crate) fn with(suite: Suite, edit: impl FnOnce(String) -> String) -> Self {
        let mut rng = rng(1);
        let owner = OwnerKey::generate(suite, &mut rng).unwrap();
        let cashier = Identity::generate(suite, &mut rng).unwrap();
        let text =
            include_str!("../../tests/vectors/forms/kecil.json").replace("KASIR", &cashier.recipient().to_text());
        let definition = Definition::parse(edit(text).as_bytes()).unwrap();
        let body = definition.publish(&[owner.recipient()], suite, time("2026-11-01T00:00:00Z"), None).unwrap();
        let form = owner.sign(&body).unwrap();
        Self { owner, cashier, form }
    }

    pub(crate) fn keys(&self) -> Vec<Identity> {
        vec![self.owner.identity().clone()]
    }

    /// The required purposes given, the others as `others` says.
    pub(crate) fn choices(&self, others: Choice) -> Choices {
        let mut choices = Choices::new(&self.form);
        for purpose in self.form.purposes() {
            choices.set(purpose.id(), if purpose.required() { Choice::Given } else { others }).unwrap();
        }
        choices
    }

    pub(crate) fn consent(&self, choices: &Choices) -> Consent {
        self.form.notice("en").unwrap().consent(choices, sealed_at()).unwrap()
    }

    pub(crate) fn prepared(&self, seed: u8) -> Prepared {
        let mut rng = rng(seed);
        Prepared::new(&self.form, Receipt::generate(&mut rng).unwrap(), &mut rng).unwrap()
    }

    /// What the required fields of the small form take, and a photo.
    pub(crate) fn raw(&self) -> RawAnswers {
        let mut raw = RawAnswers::new();
        raw.set_text("nama", "Sari Dewi".into());
        raw.set_text("wa", "0812-3456-7890".into());
        raw.set_text("lahir", "2000-02-29".into());
        raw.set_files("foto", vec![meta("saya.jpg", PHOTO.len() as u64)]);
        raw
    }

    /// A submission with a photo and every purpose given.
    pub(crate) fn submission(&self, seed: u8) -> Vec<u8> {
        let choices = self.choices(Choice::Given);
        let answers = Answers::check(&self.form, &choices, self.raw()).map_err(|found| format!("{found:?}")).unwrap();
        let files: [(&str, &[u8]); 1] = [("file-foto-1", PHOTO)];
        seal(&self.form, self.prepared(seed), self.consent(&choices), answers, &files, sealed_at()).unwrap()
    }

    /// A part under the right label, for any readers and with any content.
    pub(crate) fn part(&self, id: &SubmissionId, index: usize, readers: &[Recipient], content: &[u8]) -> Vec<u8> {
        let name = self.form.parts()[index].name();
        let label = part::label(&self.form.digest(), id, name, index, self.form.parts().len());
        file::Prepared::new(Some((part::LABEL, &label)), readers, &mut rng(77)).unwrap().seal(content)
    }
}

/// The same submission with other parts, the head to match.
pub(crate) fn rebuild(bytes: &[u8], edit: impl FnOnce(&mut Vec<(PartName, Vec<u8>)>)) -> Vec<u8> {
    let envelope = Envelope::parse(bytes).unwrap();
    let mut parts: Vec<_> = envelope.parts().map(|(name, bytes)| (name.clone(), bytes.to_vec())).collect();
    edit(&mut parts);
    let lengths = parts.iter().map(|(name, bytes)| (name.clone(), bytes.len() as u64)).collect();
    let head = envelope.head();
    let mut out = Head::new(head.form(), head.id(), head.receipt(), lengths).encode();
    parts.iter().for_each(|(_, bytes)| out.extend_from_slice(bytes));
    out
}

pub(crate) fn meta(name: &str, length: u64) -> FileMeta {
    FileMeta { name: name.into(), media_type: "image/jpeg".into(), length }
}

pub(crate) fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

pub(crate) fn time(text: &str) -> Time {
    Time::parse(text).unwrap()
}

pub(crate) fn sealed_at() -> Time {
    time("2026-11-23T03:12:46Z")
}

/// Stands for a photo.
pub(crate) const PHOTO: &[u8] = b"\xff\xd8\xff a very small photo";
