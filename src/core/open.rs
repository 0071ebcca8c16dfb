//! From an envelope back to consent and answers, part by part. FORMAT §10.
//!
//! Everything here is somebody else's bytes: anybody can seal to a public key. Nothing of a part is handed out before its last
//! byte verified, a part that fails never hides the others, and what comes out is checked against the form again.

use zeroize::Zeroizing;

use crate::age::{AgeError, Identity, Suite, file, header::Header};
use crate::answers::{Answer, is_asked};
use crate::envelope::Envelope;
use crate::form::Form;
use crate::id::{Digest, PartName, SubmissionId};
use crate::json::{self, Fault, Spelling, Value};
use crate::notice::{Choices, ConsentRecord};
use crate::part::{self, Content, PartPlan};
use crate::time::{Span, Time};

/// A submission whose main part opened.
pub struct Opened {
    id: SubmissionId,
    sealed_at: Time,
    consent: ConsentRecord,
    answers: Vec<(String, Answer)>,
    parts: Vec<(PartName, Result<(), OpenError>)>,
    flags: Vec<Flag>,
}

impl Opened {
    /// Which submission it is.
    #[must_use]
    pub const fn id(&self) -> SubmissionId {
        self.id
    }

    /// When it was sealed, by the customer's clock.
    #[must_use]
    pub const fn sealed_at(&self) -> Time {
        self.sealed_at
    }

    /// What was agreed and refused.
    #[must_use]
    pub const fn consent(&self) -> &ConsentRecord {
        &self.consent
    }

    /// The answers that opened, in the form's order; every value is hostile text.
    #[must_use]
    pub fn answers(&self) -> &[(String, Answer)] {
        &self.answers
    }

    /// The answer to one field, if it was given and opened.
    #[must_use]
    pub fn answer(&self, field: &str) -> Option<&Answer> {
        self.answers.iter().find(|(id, _)| id == field).map(|(_, answer)| answer)
    }

    /// One verdict for each part of the form. A file part's says that its bytes are those the customer sealed; its content is
    /// opened by [`open_file`].
    pub fn parts(&self) -> &[(PartName, Result<(), OpenError>)] {
        &self.parts
    }

    /// What is strange, but does not stand in the way.
    #[must_use]
    pub fn flags(&self) -> &[Flag] {
        &self.flags
    }
}

/// Why a part does not open. FORMAT §10.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Sealed to other keys.
    #[error("not for any key you gave")]
    NoKey,
    /// Changed after sealing.
    #[error("altered after sealing: {0}")]
    Altered(AgeError),
    /// The bytes are not those that the main part names.
    #[error("altered after sealing: not the bytes that the main part names")]
    NotInManifest,
    /// Sealed for another form, or another version of it.
    #[error("sealed for another form")]
    OtherForm,
    /// Sealed in another submission.
    #[error("belongs to another submission, {sealed_as}")]
    OtherSubmission {
        /// The id it was sealed under; hostile text.
        sealed_as: String,
    },
    /// Sealed as another part, or in another place.
    #[error("sealed as part {sealed_as}, offered as another")]
    OtherPart {
        /// The name it was sealed under; hostile text.
        sealed_as: String,
    },
    /// Not there.
    #[error("missing")]
    Missing,
    /// Does not follow the grammar.
    #[error("not as the format demands: {0}")]
    Decode(AgeError),
    /// No label stanza in front.
    #[error("not as the format demands: no label")]
    NoLabel,
    /// The text inside is not canonical JSON.
    #[error("not as the format demands: {}", .0.text())]
    Json(Fault),
    /// The text inside is not what the form could have produced.
    #[error("not as the format demands: {what}")]
    Content {
        /// What is wrong.
        what: &'static str,
    },
    /// Over a limit.
    #[error("{0}")]
    Limit(AgeError),
    /// A version that this kit does not know.
    #[error("made by a newer kit")]
    Newer,
}

impl OpenError {
    /// The verdict's word in FORMAT §10.
    #[must_use]
    pub const fn verdict(&self) -> &'static str {
        match self {
            Self::NoKey => "no key",
            Self::Altered(_) | Self::NotInManifest => "altered",
            Self::OtherForm => "other form",
            Self::OtherSubmission { .. } => "other submission",
            Self::OtherPart { .. } => "other part",
            Self::Missing => "missing",
            Self::Decode(_) | Self::NoLabel | Self::Json(_) | Self::Content { .. } => "decode",
            Self::Limit(_) => "limit",
            Self::Newer => "newer",
        }
    }

    fn from_age(error: AgeError) -> Self {
        match error {
            AgeError::NoMatch => Self::NoKey,
            AgeError::HeaderTooLarge | AgeError::TooManyReaders | AgeError::WorkFactor { .. } => Self::Limit(error),
            AgeError::HeaderAltered
            | AgeError::NoPayload
            | AgeError::Truncated
            | AgeError::Altered { .. }
            | AgeError::TrailingBytes
            | AgeError::EmptyLastChunk => Self::Altered(error),
            error => Self::Decode(error),
        }
    }
}

/// Something strange about a submission that opened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flag {
    /// A part has another number of readers than the form names.
    Readers {
        /// Which part.
        part: PartName,
        /// What the form says.
        expected: usize,
        /// What the header has.
        found: usize,
    },
    /// A part of a post-quantum form has a classic reader too.
    NotQuantumSafe {
        /// Which part.
        part: PartName,
    },
    /// The parts stand in another order than the form's.
    Reordered,
    /// A part that the form does not name.
    UnknownPart {
        /// Which.
        part: PartName,
    },
    /// The device's clock and the server's differ by more than a slow connection explains.
    ClockUnlikely {
        /// The device's.
        sealed: Time,
        /// The server's.
        received: Time,
    },
}

/// Opens what the keys may read of a submission.
///
/// # Errors
/// [`OpenError`] if the main part does not open: then there is neither consent nor answer.
pub fn open(
    form: &Form,
    envelope: &Envelope<'_>,
    keys: &[Identity],
    received_at: Option<Time>,
) -> Result<Opened, OpenError> {
    if envelope.head().form() != form.digest() {
        return Err(OpenError::OtherForm);
    }
    let mut flags = order_flags(form, envelope);
    let plaintext = open_part(form, envelope, 0, keys, &mut flags)?;
    let value = json_of(&form.parts()[0], &plaintext)?;
    let main = Main::read(form, envelope, &value)?;
    if let Some(received) = received_at.filter(|received| unlikely(main.sealed_at, *received)) {
        flags.push(Flag::ClockUnlikely { sealed: main.sealed_at, received });
    }
    let mut answers = main.answers;
    let mut parts = vec![(PartName::main(), Ok(()))];
    for (index, plan) in form.parts().iter().enumerate().skip(1) {
        let entry = &main.manifest[index - 1];
        let opened = check_place(form, envelope, index, entry).and_then(|()| match plan.content() {
            Content::File { .. } => Ok(()),
            Content::Json { .. } => {
                let plaintext = open_part(form, envelope, index, keys, &mut flags)?;
                answers.extend(read_group(form, plan, &plaintext, &main.choices)?);
                Ok(())
            }
        });
        parts.push((plan.name().clone(), opened));
    }
    let place = |id: &str| form.fields().iter().position(|field| field.id() == id);
    answers.sort_by_key(|(id, _)| place(id));
    Ok(Opened { id: envelope.head().id(), sealed_at: main.sealed_at, consent: main.consent, answers, parts, flags })
}

/// The content of one file part, whole and verified. `opened` is the same envelope's: its manifest vouches for the bytes.
///
/// # Errors
/// [`OpenError`]; [`OpenError::Missing`] for a part that is no file part.
pub fn open_file(
    form: &Form,
    envelope: &Envelope<'_>,
    opened: &Opened,
    part: &PartName,
    keys: &[Identity],
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (_, verdict) = opened.parts.iter().find(|(name, _)| name == part).ok_or(OpenError::Missing)?;
    verdict.clone()?;
    let file = |plan: &PartPlan| plan.name() == part && matches!(plan.content(), Content::File { .. });
    let index = form.parts().iter().position(file).ok_or(OpenError::Missing)?;
    let content = open_part(form, envelope, index, keys, &mut Vec::new())?;
    let entries = opened.answers.iter().filter_map(|(_, answer)| match answer {
        Answer::Files(files) => files.iter().find(|file| file.part() == part),
        _ => None,
    });
    let announced = entries.map(|file| file.length()).next();
    // Without the answer that announces it (another role's), the length cannot be compared.
    match announced {
        Some(length) if length != content.len() as u64 => Err(OpenError::Content { what: "a file of another length" }),
        _ => Ok(content),
    }
}

/// The main part's text, read against form and head.
struct Main {
    sealed_at: Time,
    consent: ConsentRecord,
    choices: Choices,
    answers: Vec<(String, Answer)>,
    manifest: Vec<(u64, Digest)>,
}

impl Main {
    fn read(form: &Form, envelope: &Envelope<'_>, value: &Value) -> Result<Self, OpenError> {
        const KEYS: [&str; 8] = ["answers", "consent", "form", "id", "parts", "receipt", "sealed_at", "segel"];
        let wrong = |what| OpenError::Content { what };
        let text = |key| value.get(key).and_then(Value::as_text);
        check_version(value, "main/1")?;
        check_keys(value, &KEYS)?;
        let head = envelope.head();
        if text("form") != Some(&head.form().to_string()) {
            return Err(OpenError::OtherForm);
        }
        if text("id") != Some(&head.id().to_string()) {
            let sealed_as = String::from(text("id").unwrap_or_default());
            return Err(OpenError::OtherSubmission { sealed_as });
        }
        if text("receipt") != Some(&head.receipt().to_string()) {
            return Err(wrong("the receipt key differs from the head's"));
        }
        let sealed_at = text("sealed_at").and_then(Time::parse).ok_or(wrong("the time of sealing"))?;
        let consent = value.get("consent").ok_or(wrong("no consent record"))?;
        let consent =
            ConsentRecord::read(form, consent).map_err(|_| wrong("a consent record that this form cannot give"))?;
        let choices = consent.choices(form);
        let answers = read_answers(form, &form.parts()[0], value, &choices)?;
        let manifest = read_manifest(form, value).ok_or(wrong("the manifest is not one of this form"))?;
        Ok(Self { sealed_at, consent, choices, answers, manifest })
    }
}

/// Header, label, readers, key, payload: the plaintext of one part, verified to its end.
fn open_part(
    form: &Form,
    envelope: &Envelope<'_>,
    index: usize,
    keys: &[Identity],
    flags: &mut Vec<Flag>,
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let plan = &form.parts()[index];
    let bytes = envelope.part(plan.name()).ok_or(OpenError::Missing)?;
    let header = Header::parse(bytes).map_err(OpenError::from_age)?;
    check_label(form, envelope, plan, index, &header)?;
    flag_readers(form, plan, &header, flags);
    let opened = file::Opened::new(bytes, keys).map_err(OpenError::from_age)?;
    opened.open().map_err(OpenError::from_age)
}

fn check_label(
    form: &Form,
    envelope: &Envelope<'_>,
    plan: &PartPlan,
    index: usize,
    header: &Header<'_>,
) -> Result<(), OpenError> {
    let expected = part::label(&form.digest(), &envelope.head().id(), plan.name(), index, form.parts().len());
    let label = header.stanzas().first().filter(|stanza| stanza.kind() == part::LABEL).ok_or(OpenError::NoLabel)?;
    match label.args() {
        [version, ..] if *version != "1" => Err(OpenError::Newer),
        &[_, form, id, name, index, count] if label.body().is_empty() => {
            if form != expected[1] {
                Err(OpenError::OtherForm)
            } else if id != expected[2] {
                Err(OpenError::OtherSubmission { sealed_as: String::from(id) })
            } else if [name, index, count] != [&expected[3], &expected[4], &expected[5]] {
                Err(OpenError::OtherPart { sealed_as: String::from(name) })
            } else {
                Ok(())
            }
        }
        _ => Err(OpenError::NoLabel),
    }
}

fn flag_readers(form: &Form, plan: &PartPlan, header: &Header<'_>, flags: &mut Vec<Flag>) {
    let readers = &header.stanzas()[1..];
    let (expected, found) = (form.readers(plan), readers.len());
    if expected != found {
        flags.push(Flag::Readers { part: plan.name().clone(), expected, found });
    }
    let classic = Suite::X25519.as_str();
    if form.suite() == Suite::Hybrid && readers.iter().any(|stanza| stanza.kind() == classic) {
        flags.push(Flag::NotQuantumSafe { part: plan.name().clone() });
    }
}

fn order_flags(form: &Form, envelope: &Envelope<'_>) -> Vec<Flag> {
    let place = |name: &PartName| form.parts().iter().position(|plan| plan.name() == name);
    let names = envelope.head().parts().iter().map(|(name, _)| name);
    let mut flags: Vec<Flag> = names
        .clone()
        .filter(|name| place(name).is_none())
        .map(|part| Flag::UnknownPart { part: part.clone() })
        .collect();
    let places: Vec<usize> = names.filter_map(place).collect();
    if !places.is_sorted() {
        flags.push(Flag::Reordered);
    }
    flags
}

/// Label and manifest: the part was sealed for this place, and its bytes are those that the main part names. The label is
/// looked at first, so that a stray part is called by its origin.
fn check_place(form: &Form, envelope: &Envelope<'_>, index: usize, entry: &(u64, Digest)) -> Result<(), OpenError> {
    let plan = &form.parts()[index];
    let bytes = envelope.part(plan.name()).ok_or(OpenError::Missing)?;
    let header = Header::parse(bytes).map_err(OpenError::from_age)?;
    check_label(form, envelope, plan, index, &header)?;
    let same = bytes.len() as u64 == entry.0 && Digest::of(bytes) == entry.1;
    if same { Ok(()) } else { Err(OpenError::NotInManifest) }
}

fn json_of(plan: &PartPlan, plaintext: &[u8]) -> Result<Value, OpenError> {
    let Content::Json { size } = plan.content() else { return Err(OpenError::Missing) };
    let text = part::unpad(plaintext, *size).ok_or(OpenError::Content { what: "not padded to the form's size" })?;
    json::parse(text, Spelling::Canonical).map_err(|error| OpenError::Json(error.fault()))
}

fn read_group(
    form: &Form,
    plan: &PartPlan,
    plaintext: &[u8],
    choices: &Choices,
) -> Result<Vec<(String, Answer)>, OpenError> {
    let value = json_of(plan, plaintext)?;
    check_version(&value, "group/1")?;
    check_keys(&value, &["answers", "segel"])?;
    read_answers(form, plan, &value, choices)
}

/// The answers of one part: fields of that part, asked under the choices, each as the form would have made it.
fn read_answers(
    form: &Form,
    plan: &PartPlan,
    value: &Value,
    choices: &Choices,
) -> Result<Vec<(String, Answer)>, OpenError> {
    let wrong = |what| OpenError::Content { what };
    let entries = value.get("answers").and_then(Value::as_object).ok_or(wrong("no answers"))?;
    let read = |(id, value): &(String, Value)| {
        let field = form.definition().field(id).filter(|field| part::readers(field) == plan.roles());
        let field = field.ok_or(wrong("an answer that does not belong to this part"))?;
        if !is_asked(form, field, choices) {
            return Err(wrong("an answer to what was not asked under these choices"));
        }
        let answer = Answer::read(field, value).ok_or(wrong("an answer that the form would not have taken"))?;
        Ok((id.clone(), answer))
    };
    entries.iter().map(read).collect()
}

fn read_manifest(form: &Form, value: &Value) -> Option<Vec<(u64, Digest)>> {
    let entries = value.get("parts")?.as_list()?;
    if entries.len() + 1 != form.parts().len() {
        return None;
    }
    let read = |(entry, plan): (&Value, &PartPlan)| {
        let text = |key| entry.get(key).and_then(Value::as_text);
        let known = entry.as_object()?.len() == 3 && text("name") == Some(plan.name().as_str());
        let length = u64::try_from(entry.get("length")?.as_int()?).ok()?;
        known.then_some((length, Digest::parse(text("sha256")?).ok()?))
    };
    entries.iter().zip(&form.parts()[1..]).map(read).collect()
}

fn check_version(value: &Value, expected: &str) -> Result<(), OpenError> {
    match value.get("segel").and_then(Value::as_text) {
        Some(version) if version == expected => Ok(()),
        Some(_) => Err(OpenError::Newer),
        None => Err(OpenError::Content { what: "no version" }),
    }
}

fn check_keys(value: &Value, known: &[&str]) -> Result<(), OpenError> {
    let keys = value.as_object().unwrap_or_default().iter().map(|(key, _)| key.as_str());
    if keys.eq(known.iter().copied()) { Ok(()) } else { Err(OpenError::Content { what: "unknown or missing keys" }) }
}

fn unlikely(sealed: Time, received: Time) -> bool {
    sealed > received.plus(Span::days(2)) || sealed.plus(Span::days(400)) < received
}
