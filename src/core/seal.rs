//! From answers to an envelope that nobody but the readers can open. FORMAT §9.
//!
//! Three steps, each consuming the one before: [`Prepared`] (all key agreement, done while the person still types),
//! [`Sealing`] (consent and answers are in; files are sealed one after the other, in constant memory), [`Sealed`] (head and JSON
//! parts; the sealed files follow it). A step cannot be repeated or left out.

use sha2::{Digest as _, Sha256};

use crate::age::{AgeError, Recipient, file, stream};
use crate::answers::{Answer, Answers};
use crate::envelope::Head;
use crate::form::Form;
use crate::id::{Digest, FormDigest, PartName, SubmissionId};
use crate::json::Value;
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
        let customer = form.definition().customer_reads().then(|| receipt.identity(form.suite()).recipient());
        let mut parts = Vec::with_capacity(form.parts().len());
        for (index, plan) in form.parts().iter().enumerate() {
            let label = part::label(&form.digest(), &receipt.id(), plan.name(), index, form.parts().len());
            let readers: Vec<Recipient> = readers(form, plan).chain(customer.clone()).collect();
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
    pub fn begin<'f>(
        self,
        form: &'f Form,
        consent: Consent,
        answers: Answers,
        sealed_at: Time,
    ) -> Result<Sealing<'f>, SealError> {
        if self.form != form.digest() || consent.choices().form() != form.digest() {
            return Err(SealError::OtherForm);
        }
        if answers.choices() != consent.choices() {
            return Err(SealError::OtherChoices);
        }
        let parts = self.parts.into_iter().map(Some).collect();
        Ok(Sealing { form, receipt: self.receipt, parts, consent, answers, sealed_at, sealed: Vec::new() })
    }
}

/// Consent and answers are in; the form's file parts are to be sealed, in order.
pub struct Sealing<'f> {
    form: &'f Form,
    receipt: Receipt,
    parts: Vec<Option<file::Prepared>>,
    consent: Consent,
    answers: Answers,
    sealed_at: Time,
    sealed: Vec<SealedFile>,
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

impl Sealing<'_> {
    /// The next file part; each one of the form, also those without a file, whose [`FileSealer::expected`] is 0. `None`
    /// after the last.
    pub fn next_file(&mut self) -> Option<FileSealer> {
        let files =
            self.form.parts().iter().enumerate().filter(|(_, plan)| matches!(plan.content(), Content::File { .. }));
        let (index, plan) = files.clone().find(|(index, _)| self.parts[*index].is_some())?;
        let (front, payload) = self.parts[index].take()?.start();
        Some(FileSealer {
            part: plan.name().clone(),
            expected: self.file_length(plan),
            taken: 0,
            payload,
            hash: Sha256::new(),
            length: 0,
            front: Some(front),
        })
    }

    /// Notes a file part that was sealed.
    pub fn add(&mut self, file: SealedFile) {
        self.sealed.push(file);
    }

    /// Seals the JSON parts.
    ///
    /// # Errors
    /// [`SealError::FileMissing`] if a file part was not sealed and added, in order; [`SealError::TooLarge`] if a part exceeds its
    /// size, which the form's maxima rule out.
    pub fn finish(mut self) -> Result<Sealed, SealError> {
        let files = self.form.parts().iter().filter(|plan| matches!(plan.content(), Content::File { .. }));
        if !files.map(PartPlan::name).eq(self.sealed.iter().map(|file| &file.part)) {
            return Err(SealError::FileMissing);
        }
        let mut json = Vec::new();
        for index in 1..self.form.parts().len() {
            if let Content::Json { size } = self.form.parts()[index].content() {
                let roles = self.form.parts()[index].roles();
                let body = Value::object(vec![
                    entry("answers", self.answers.value_for(self.form, roles)),
                    entry("segel", Value::text("group/1")),
                ]);
                json.push(self.seal_json(index, *size, &body)?);
            }
        }
        let groups = json.iter().zip(&self.form.parts()[1..]).map(|(bytes, plan)| SealedFile {
            part: plan.name().clone(),
            length: bytes.len() as u64,
            digest: Digest::of(bytes),
        });
        let manifest: Vec<SealedFile> = groups.chain(core::mem::take(&mut self.sealed)).collect();
        let main = self.main_value(&manifest);
        let size = match self.form.parts()[0].content() {
            Content::Json { size } => *size,
            Content::File { .. } => 0,
        };
        let main = self.seal_json(0, size, &main)?;
        let lengths = core::iter::once((PartName::main(), main.len() as u64))
            .chain(manifest.into_iter().map(|file| (file.part, file.length)));
        let (id, key) = (self.receipt.id(), self.receipt.verifying_key());
        let mut front = Head::new(self.form.digest(), id, key, lengths.collect()).encode();
        front.extend_from_slice(&main);
        json.iter().for_each(|part| front.extend_from_slice(part));
        Ok(Sealed { front, receipt: self.receipt, choices: self.consent.choices().clone() })
    }

    fn seal_json(&mut self, index: usize, size: usize, value: &Value) -> Result<Vec<u8>, SealError> {
        let plaintext = zeroize::Zeroizing::new(part::pad(value.encode(), size).ok_or(SealError::TooLarge)?);
        let prepared = self.parts[index].take().ok_or(SealError::FileMissing)?;
        Ok(prepared.seal(&plaintext))
    }

    fn main_value(&self, manifest: &[SealedFile]) -> Value {
        let hex = |bytes: &[u8]| Value::Text(crate::id::hex(bytes));
        let parts = manifest.iter().map(|file| {
            Value::object(vec![
                entry("length", Value::Int(file.length as i64)),
                entry("name", Value::text(file.part.as_str())),
                entry("sha256", hex(file.digest.as_bytes())),
            ])
        });
        Value::object(vec![
            entry("answers", self.answers.value_for(self.form, self.form.parts()[0].roles())),
            entry("consent", self.consent.record().value()),
            entry("form", hex(self.form.digest().digest().as_bytes())),
            entry("id", hex(self.receipt.id().as_bytes())),
            entry("parts", Value::List(parts.collect())),
            entry("receipt", hex(self.receipt.verifying_key().as_bytes())),
            entry("sealed_at", Value::Text(self.sealed_at.text())),
            entry("segel", Value::text("main/1")),
        ])
    }

    fn file_length(&self, plan: &PartPlan) -> u64 {
        let Content::File { field, .. } = plan.content() else { return 0 };
        match self.answers.get(field) {
            Some(Answer::Files(files)) => {
                files.iter().find(|file| file.part() == plan.name()).map_or(0, |file| file.length())
            }
            _ => 0,
        }
    }
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
pub(crate) fn readers<'f>(form: &'f Form, plan: &'f PartPlan) -> impl Iterator<Item = Recipient> + 'f {
    let roles = form.definition().roles().iter().filter(|role| plan.roles().iter().any(|id| id == role.id()));
    roles.flat_map(|role| role.keys().iter().cloned())
}

fn entry(key: &str, value: Value) -> (String, Value) {
    (String::from(key), value)
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

    fn begun(shop: &Shop) -> Sealing<'_> {
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
                file.media_type = field.accept()[0].clone();
                raw.set_files(field.id(), vec![file; field.files()]);
            }
            Kind::Choices => raw.set_many(field.id(), field.options().iter().map(|one| one.id().into()).collect()),
            Kind::Choice => raw.set_text(field.id(), field.options()[0].id().into()),
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
