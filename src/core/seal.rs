//! From answers to an envelope that nobody but the readers can open. FORMAT §9.
//!
//! Three steps, each consuming the one before: [`Prepared`] (all key agreement, done while the person still types),
//! [`Sealing`] (consent and answers are in; files are sealed one after the other, in constant memory), [`Sealed`] (head and JSON
//! parts; the sealed files follow it). A step cannot be repeated or left out.

use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};

use crate::age::{AgeError, Recipient, file, stream};
use crate::answers::{Answer, Answers};
use crate::envelope::Head;
use crate::form::Form;
use crate::id::{Digest, FormDigest, PartName, SubmissionId};
use crate::json::Writer;
use crate::notice::{Choices, Consent};
use crate::part::{self, Content, PartPlan};
use crate::receipt::Receipt;
use crate::time::Time;

/// Every part's header, made before there is anything to seal.
pub struct Prepared {
    form: FormDigest,
    receipt: Receipt,
    parts: Vec<file::Prepared>,
}

impl Prepared {
    /// Draws keys for every part of a new submission.
    ///
    /// # Errors
    /// [`SealError::Randomness`] if the source fails; [`SealError::Reader`] for a key that cannot be sealed to.
    pub fn new(form: &Form, receipt: Receipt, rng: &mut impl rand_core::TryCryptoRng) -> Result<Self, SealError> {
        let count = form.parts().len();
        let mut parts = Vec::with_capacity(count);
        for (index, plan) in form.parts().iter().enumerate() {
            let label = part::label(&form.digest(), &receipt.id(), plan.name(), index, count);
            let mut readers = readers(form, plan);
            if form.definition().customer_reads() {
                readers.push(receipt.identity(form.suite()).recipient());
            }
            let prepared = file::Prepared::new(Some((part::LABEL, &label)), &readers, rng);
            parts.push(prepared.map_err(SealError::from_age)?);
        }
        Ok(Self { form: form.digest(), receipt, parts })
    }

    /// The receipt of the submission to be.
    #[must_use]
    pub const fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// Takes consent and answers. `sealed_at` is the device's clock.
    ///
    /// # Errors
    /// [`SealError::OtherForm`] or [`SealError::OtherChoices`] if form, consent and answers do not belong together.
    pub fn begin(self, form: &Form, consent: Consent, answers: Answers, sealed_at: Time) -> Result<Sealing, SealError> {
        if self.form != form.digest() || consent.choices().form() != form.digest() {
            return Err(SealError::OtherForm);
        }
        if answers.choices() != consent.choices() {
            return Err(SealError::OtherChoices);
        }
        let mut slots = Vec::with_capacity(self.parts.len());
        for (plan, prepared) in form.parts().iter().zip(self.parts) {
            let content = match plan.content() {
                Content::Json { size } => {
                    let mut text = Writer::default();
                    text.open('{');
                    text.key("answers");
                    answers.write_for(&mut text, form, plan.roles());
                    Filling::Json { size: *size, text }
                }
                Content::File { field, .. } => Filling::File { expected: file_length(&answers, field, plan) },
            };
            slots.push(Slot { name: plan.name().clone(), prepared: Some(prepared), content, sealed: None });
        }
        Ok(Sealing { form: self.form, receipt: self.receipt, consent, sealed_at, slots })
    }
}

/// Consent and answers are in; the form's file parts are to be sealed, in order.
pub struct Sealing {
    form: FormDigest,
    receipt: Receipt,
    consent: Consent,
    sealed_at: Time,
    slots: Vec<Slot>,
}

/// A part between its preparation and its sealing.
struct Slot {
    name: PartName,
    prepared: Option<file::Prepared>,
    content: Filling,
    sealed: Option<(u64, Digest)>,
}

/// What a part will hold: JSON begun with its answers, or a file.
enum Filling {
    Json { size: usize, text: Writer },
    File { expected: u64 },
}

/// One file part being sealed.
pub struct FileSealer {
    part: PartName,
    expected: u64,
    taken: u64,
    payload: stream::Sealer,
    hash: Sha256,
    length: u64,
    front: Option<Vec<u8>>,
}

/// A file part that was sealed to its end.
pub struct SealedFile {
    part: PartName,
    length: u64,
    digest: Digest,
}

impl Sealing {
    /// The next file part; each one of the form, also those without a file, whose [`FileSealer::expected`] is 0. `None`
    /// after the last.
    pub fn next_file(&mut self) -> Option<FileSealer> {
        for slot in &mut self.slots {
            if let Filling::File { expected } = slot.content
                && let Some(prepared) = slot.prepared.take()
            {
                let (front, payload) = prepared.start();
                let part = slot.name.clone();
                let (hash, front) = (Sha256::new(), Some(front));
                return Some(FileSealer { part, expected, taken: 0, payload, hash, length: 0, front });
            }
        }
        None
    }

    /// Notes a file part that was sealed.
    pub fn add(&mut self, file: SealedFile) {
        for slot in &mut self.slots {
            if slot.name == file.part {
                slot.sealed = Some((file.length, file.digest));
            }
        }
    }

    /// Seals the JSON parts.
    ///
    /// # Errors
    /// [`SealError::FileMissing`] if a file part was not sealed and added; [`SealError::TooLarge`] if a part exceeds its
    /// size, which the form's maxima rule out.
    pub fn finish(mut self) -> Result<Sealed, SealError> {
        let mut groups = Vec::new();
        let mut slots = self.slots.iter_mut();
        let main = slots.next().ok_or(SealError::FileMissing)?;
        let mut lengths = Vec::with_capacity(slots.len() + 1);
        let mut manifest = Writer::default();
        manifest.open('[');
        for slot in slots {
            let (length, digest) = match slot.sealed.take() {
                Some(sealed) => sealed,
                None => slot.seal_group(&mut groups)?,
            };
            manifest.open('{');
            manifest.key("length");
            manifest.number(length);
            manifest.entry("name", slot.name.as_str());
            manifest.hex("sha256", digest.as_bytes());
            manifest.close('}');
            lengths.push((slot.name.clone(), length));
        }
        manifest.close(']');
        let mut body = main.take_json()?;
        body.1.key("consent");
        self.consent.record().write(&mut body.1);
        body.1.hex("form", self.form.digest().as_bytes());
        body.1.hex("id", self.receipt.id().as_bytes());
        body.1.key("parts");
        body.1.append(manifest);
        body.1.hex("receipt", self.receipt.verifying_key().as_bytes());
        body.1.entry("sealed_at", &self.sealed_at.text());
        let sealed = main.seal(body, "main/1")?;
        lengths.insert(0, (PartName::main(), sealed.len() as u64));
        let mut front = Head::new(self.form, self.receipt.id(), self.receipt.verifying_key(), lengths).encode();
        front.extend_from_slice(&sealed);
        front.extend_from_slice(&groups);
        Ok(Sealed { front, receipt: self.receipt, choices: self.consent.choices().clone() })
    }
}

impl Slot {
    fn seal_group(&mut self, out: &mut Vec<u8>) -> Result<(u64, Digest), SealError> {
        let body = self.take_json()?;
        let sealed = self.seal(body, "group/1")?;
        out.extend_from_slice(&sealed);
        Ok((sealed.len() as u64, Digest::of(&sealed)))
    }

    /// Size and text of a JSON part; a file part that was not sealed has none.
    fn take_json(&mut self) -> Result<(usize, Writer), SealError> {
        match &mut self.content {
            Filling::Json { size, text } => Ok((*size, core::mem::take(text))),
            Filling::File { .. } => Err(SealError::FileMissing),
        }
    }

    fn seal(&mut self, body: (usize, Writer), kind: &str) -> Result<Vec<u8>, SealError> {
        let (size, mut text) = body;
        text.entry("segel", kind);
        text.close('}');
        let plaintext = zeroize::Zeroizing::new(part::pad(text.finish(), size).ok_or(SealError::TooLarge)?);
        Ok(self.prepared.take().ok_or(SealError::FileMissing)?.seal(&plaintext))
    }
}

/// Bytes of the file that the answers name for this part.
fn file_length(answers: &Answers, field: &str, plan: &PartPlan) -> u64 {
    if let Some(Answer::Files(files)) = answers.get(field) {
        for file in files {
            if file.part() == plan.name() {
                return file.length();
            }
        }
    }
    0
}

impl FileSealer {
    /// The part's name.
    #[must_use]
    pub const fn part(&self) -> &PartName {
        &self.part
    }

    /// Bytes of the file that the answers announced; 0 where there is none.
    #[must_use]
    pub const fn expected(&self) -> u64 {
        self.expected
    }

    /// Seals more of the file; sealed bytes are appended to `out`, which the caller may empty each time.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        self.begin(out);
        self.payload.push(bytes, out);
        self.taken += bytes.len() as u64;
        self.note(&out[start..]);
    }

    /// Seals the end of the file.
    ///
    /// # Errors
    /// [`SealError::LengthDiffers`] if the file was not as long as announced: it changed while it was read.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<SealedFile, SealError> {
        if self.taken != self.expected {
            return Err(SealError::LengthDiffers);
        }
        let start = out.len();
        self.begin(out);
        self.payload.finish(out);
        self.hash.update(&out[start..]);
        let length = self.length + (out.len() - start) as u64;
        Ok(SealedFile { part: self.part, length, digest: Digest::from_bytes(self.hash.finalize().into()) })
    }

    fn begin(&mut self, out: &mut Vec<u8>) {
        if let Some(front) = self.front.take() {
            out.extend_from_slice(&front);
        }
    }

    fn note(&mut self, sealed: &[u8]) {
        self.hash.update(sealed);
        self.length += sealed.len() as u64;
    }
}

/// A sealed submission, its file parts apart.
pub struct Sealed {
    front: Vec<u8>,
    receipt: Receipt,
    choices: Choices,
}

impl Sealed {
    /// Head and JSON parts; the sealed files follow them, in order.
    #[must_use]
    pub fn front(&self) -> &[u8] {
        &self.front
    }

    /// The same, taken out.
    #[must_use]
    pub fn into_front(self) -> Vec<u8> {
        self.front
    }

    /// The customer's receipt.
    #[must_use]
    pub const fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// The submission's id.
    #[must_use]
    pub const fn id(&self) -> SubmissionId {
        self.receipt.id()
    }

    /// What was agreed and refused.
    #[must_use]
    pub const fn choices(&self) -> &Choices {
        &self.choices
    }
}

/// Seals a submission whose files are in memory; `files` holds the content of each file part that has one.
///
/// # Errors
/// Any [`SealError`].
pub fn seal(
    form: &Form,
    prepared: Prepared,
    consent: Consent,
    answers: Answers,
    files: &[(&str, &[u8])],
    sealed_at: Time,
) -> Result<Vec<u8>, SealError> {
    let mut sealing = prepared.begin(form, consent, answers, sealed_at)?;
    let mut behind = Vec::new();
    while let Some(mut file) = sealing.next_file() {
        if let Some((_, content)) = files.iter().find(|(part, _)| *part == file.part().as_str()) {
            file.push(content, &mut behind);
        }
        let sealed = file.finish(&mut behind)?;
        sealing.add(sealed);
    }
    let mut envelope = sealing.finish()?.front;
    envelope.extend_from_slice(&behind);
    Ok(envelope)
}

/// Why nothing was sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The source of randomness failed.
    #[error("no randomness: nothing was sealed")]
    Randomness,
    /// A reader's key cannot be sealed to.
    #[error("a reader's key cannot be used: {0}")]
    Reader(AgeError),
    /// Form, preparation and consent do not belong together.
    #[error("the consent was given on another form")]
    OtherForm,
    /// The answers were checked under other choices than the consent's.
    #[error("the answers were checked under other choices")]
    OtherChoices,
    /// A file part was left out.
    #[error("a file was not sealed")]
    FileMissing,
    /// A file is not as long as announced.
    #[error("a file changed while it was read")]
    LengthDiffers,
    /// A part exceeds its size.
    #[error("the answers are larger than the form allows")]
    TooLarge,
}

impl SealError {
    /// A stable code for pages and scripts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Randomness => "randomness",
            Self::Reader(_) => "reader",
            Self::OtherForm => "other_form",
            Self::OtherChoices => "other_choices",
            Self::FileMissing => "file_missing",
            Self::LengthDiffers => "file_changed",
            Self::TooLarge => "too_large",
        }
    }

    fn from_age(error: AgeError) -> Self {
        match error {
            AgeError::Randomness => Self::Randomness,
            error => Self::Reader(error),
        }
    }
}

/// The keys of a part's roles, in the form's order.
pub(crate) fn readers(form: &Form, plan: &PartPlan) -> Vec<Recipient> {
    let mut readers = Vec::new();
    for role in form.definition().roles() {
        if plan.roles().iter().any(|id| id == role.id()) {
            readers.extend_from_slice(role.keys());
        }
    }
    readers
}

#[cfg(test)]
#[cfg(feature = "open")]
mod tests {
    use super::*;
    use crate::age::Suite;
    use crate::answers::RawAnswers;
    use crate::envelope::Envelope;
    use crate::field::Kind;
    use crate::notice::Choice;
    use crate::open::open;
    use crate::sample::{PHOTO, Shop, meta, rng, sealed_at};

    fn begun(shop: &Shop) -> Sealing {
        let choices = shop.choices(Choice::Given);
        let answers = Answers::check(&shop.form, &choices, shop.raw()).ok().unwrap();
        shop.prepared(5).begin(&shop.form, shop.consent(&choices), answers, sealed_at()).unwrap()
    }

    #[test]
    fn a_file_sealed_in_pieces_gives_the_same_envelope_as_one_in_memory() {
        let shop = Shop::new(Suite::X25519);
        let mut sealing = begun(&shop);
        let (mut behind, mut piece) = (Vec::new(), Vec::new());
        while let Some(mut file) = sealing.next_file() {
            let content = if file.expected() > 0 { PHOTO } else { &[] };
            for byte in content {
                file.push(core::slice::from_ref(byte), &mut piece);
                behind.append(&mut piece);
            }
            let sealed = file.finish(&mut behind).unwrap();
            sealing.add(sealed);
        }
        let sealed = sealing.finish().unwrap();
        assert_eq!([sealed.front(), &behind].concat(), shop.submission(5));
        assert_eq!(sealed.id(), Envelope::parse(&shop.submission(5)).unwrap().head().id());
    }

    #[test]
    fn consent_and_answers_of_another_form_or_other_choices_seal_nothing() {
        let shop = Shop::new(Suite::X25519);
        let other = Shop::with(Suite::X25519, |text| text.replace("\"kecil\"", "\"lain\""));
        let answers = |shop: &Shop, choices: &Choices| Answers::check(&shop.form, choices, shop.raw()).ok().unwrap();
        let (given, refused) = (shop.choices(Choice::Given), shop.choices(Choice::Refused));
        let elsewhere = other.choices(Choice::Given);
        let begin = |consent, answers| shop.prepared(5).begin(&shop.form, consent, answers, sealed_at()).err();
        let foreign = begin(other.consent(&elsewhere), answers(&shop, &given));
        assert_eq!(foreign, Some(SealError::OtherForm));
        assert_eq!(begin(shop.consent(&given), answers(&shop, &refused)), Some(SealError::OtherChoices));
        assert_eq!(begin(shop.consent(&given), answers(&other, &elsewhere)), Some(SealError::OtherChoices));
        let prepared = other.prepared(5).begin(&shop.form, shop.consent(&given), answers(&shop, &given), sealed_at());
        assert_eq!(prepared.err(), Some(SealError::OtherForm));
    }

    #[test]
    fn a_file_of_another_length_and_a_file_left_out_are_noticed() {
        let shop = Shop::new(Suite::X25519);
        let mut sealing = begun(&shop);
        let mut file = sealing.next_file().unwrap();
        file.push(&PHOTO[1..], &mut Vec::new());
        assert_eq!(file.finish(&mut Vec::new()).err(), Some(SealError::LengthDiffers));
        assert_eq!(begun(&shop).finish().err(), Some(SealError::FileMissing));
    }

    #[test]
    fn a_failing_source_of_randomness_seals_nothing() {
        struct Broken;
        impl rand_core::TryRng for Broken {
            type Error = core::fmt::Error;
            fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
                Err(core::fmt::Error)
            }
            fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
                Err(core::fmt::Error)
            }
            fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Self::Error> {
                Err(core::fmt::Error)
            }
        }
        impl rand_core::TryCryptoRng for Broken {}
        let shop = Shop::new(Suite::X25519);
        let receipt = Receipt::generate(&mut rng(5)).unwrap();
        assert_eq!(Prepared::new(&shop.form, receipt, &mut Broken).err(), Some(SealError::Randomness));
        assert_eq!(Receipt::generate(&mut Broken).err(), Some(AgeError::Randomness));
    }

    #[test]
    fn the_customer_opens_their_own_submission_where_the_form_says_so() {
        let reads = |text: String| text.replace("\"children\"", "\"customer_reads\": true, \"children\"");
        for suite in [Suite::X25519, Suite::Hybrid] {
            let shop = Shop::with(suite, reads);
            let bytes = shop.submission(5);
            let envelope = Envelope::parse(&bytes).unwrap();
            assert_eq!(envelope.check(&shop.form), Ok(()));
            let own = shop.prepared(5).receipt().identity(suite);
            let opened = open(&shop.form, &envelope, &[own], None).unwrap();
            assert!(opened.parts().iter().all(|(_, verdict)| verdict.is_ok()));
            assert_eq!(opened.answers().len(), 4);
        }
    }

    /// The small form with names and counts as long as they may be.
    fn widest() -> Shop {
        let purposes: String = (0..14)
            .map(|index| {
                format!(
                    r#",{{"id":"{}","required":false,"basis":["consent"],"text":{TEXT},"question":{TEXT},
                    "retention":{{"max":"P9999M"}},"consent_valid":"P9999M"}}"#,
                    long(index)
                )
            })
            .collect();
        let field = |(index, (kind, more)): (usize, &(&str, &str))| {
            let roles = if index % 2 == 0 { r#","roles":["kasir"]"# } else { "" };
            format!(
                r#"{{"id":"{}","kind":"{kind}","label":{TEXT},"reason":{TEXT},"purposes":["daftar"],
                "required":false{roles}{more}}},"#,
                long(index)
            )
        };
        let fields: String = KINDS.iter().enumerate().map(field).collect();
        Shop::with(Suite::X25519, |text| {
            let text = text.replace("\"fields\": [", &format!("\"fields\": [{fields}"));
            text.replacen("}\n  ],\n  \"roles\"", &format!("}}{purposes}\n  ],\n  \"roles\""), 1)
        })
    }

    /// The answer to a field that takes most room: characters that JSON doubles, names as long as they may be.
    fn fill(raw: &mut RawAnswers, field: &crate::field::Field) {
        match field.kind() {
            Kind::File => {
                let mut file = meta(&"\"".repeat(200), 0);
                file.media_type = field.accept().next().unwrap().into();
                raw.set_files(field.id(), vec![file; field.files()]);
            }
            Kind::Choices => raw.set_many(field.id(), field.options().map(|one| one.id().into()).collect()),
            Kind::Choice => raw.set_text(field.id(), field.options().next().unwrap().id().into()),
            Kind::Phone => raw.set_text(field.id(), "+123456789012345".into()),
            Kind::Date => raw.set_text(field.id(), "2999-12-31".into()),
            Kind::Number => raw.set_text(field.id(), "9".repeat(32)),
            Kind::Email => raw.set_text(field.id(), ["\"".repeat(250).as_str(), "@a.b"].concat()),
            _ => raw.set_text(field.id(), "\\".repeat(field.max_bytes())),
        }
    }

    #[test]
    fn the_longest_answers_fit_and_nobody_can_tell_them_from_the_shortest() {
        let shop = widest();
        let lengths = |others: Choice, full: bool| {
            let choices = shop.choices(others);
            let mut raw = shop.raw();
            raw.set_files("foto", Vec::new());
            for field in shop.form.fields().iter().filter(|_| full) {
                fill(&mut raw, field);
            }
            let answers = Answers::check(&shop.form, &choices, raw).map_err(|found| format!("{found:?}")).unwrap();
            let bytes = seal(&shop.form, shop.prepared(5), shop.consent(&choices), answers, &[], sealed_at()).unwrap();
            let envelope = Envelope::parse(&bytes).unwrap();
            assert_eq!(envelope.check(&shop.form), Ok(()));
            let opened = open(&shop.form, &envelope, &shop.keys(), None).unwrap();
            assert!(opened.parts().iter().all(|(_, verdict)| verdict.is_ok()));
            assert_eq!(opened.answers().len(), if full { shop.form.fields().len() } else { 2 });
            envelope.head().parts().to_vec()
        };
        let shortest = lengths(Choice::Refused, false);
        assert_eq!(lengths(Choice::Given, true), shortest);
        assert_eq!(lengths(Choice::NotAnswered, false), shortest);
    }

    fn long(index: usize) -> String {
        format!("{}{index:02}", "a".repeat(30))
    }

    const TEXT: &str = r#"{"id":"x","en":"y"}"#;
    const KINDS: [(&str, &str); 13] = [
        ("text", ""),
        ("long_text", r#","max":8192"#),
        ("name", ""),
        ("phone", ""),
        ("email", ""),
        ("date", ""),
        ("province", ""),
        ("city", ""),
        ("number", ""),
        ("choice", OPTIONS),
        ("choices", OPTIONS),
        ("file", r#","files":4,"accept":["application/vnd.openxmlformats-officedocument.wordprocessingml.document"]"#),
        ("file", r#","files":4,"accept":["a/b"]"#),
    ];
    const OPTIONS: &str = concat!(
        r#","options":[{"id":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","label":{"id":"x","en":"y"}},"#,
        r#"{"id":"cccccccccccccccccccccccccccccccc","label":{"id":"x","en":"y"}}]"#
    );
}
