//! From an envelope back to consent and answers, part by part. FORMAT §10.
//!
//! Everything here is somebody else's bytes: anybody can seal to a public key. Nothing of a part is handed out before its last
//! byte verified, a part that fails never hides the others, and what comes out is checked against the form again.

use alloc::string::{String, ToString as _};
use alloc::vec;
use alloc::vec::Vec;

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
        /// The id it was sealed under, or `(no name)`.
        sealed_as: String,
    },
    /// Sealed as another part, or in another place.
    #[error("sealed as part {sealed_as}, offered as another")]
    OtherPart {
        /// The name it was sealed under, or `(no name)`.
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
        /// What the header has, those of another type not counted while one is missing.
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
    /// The server took it when the form was valid no more.
    FormOver {
        /// When the server took it.
        received: Time,
        /// The form's last moment.
        until: Time,
    },
    /// The server took it when a later version of its form was valid.
    FormReplaced {
        /// When the server took it.
        received: Time,
        /// The first moment of the later version.
        since: Time,
    },
    /// A field that the form requires has no answer, though the part that would hold it opened.
    Unanswered {
        /// Which field.
        field: String,
    },
}

/// What is strange about a submission of `form` that the server took at `received`, where one of the forms at hand had replaced its own by
/// then. FORMAT §10.
#[must_use]
pub fn replaced<'a>(form: &Form, forms: impl IntoIterator<Item = &'a Form>, received: Time) -> Option<Flag> {
    let later = forms.into_iter().filter(|other| {
        other.name() == form.name() && other.owner() == form.owner() && other.version() > form.version()
    });
    let since = later.map(Form::not_before).min().filter(|since| *since <= received)?;
    Some(Flag::FormReplaced { received, since })
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
    open_telling(form, envelope, keys, received_at).map(|(opened, _)| opened)
}

/// The same, and what a helper hands to whoever wants it opened: nothing if something is strange about it, so that whoever wants it looks
/// for themselves.
///
/// # Errors
/// [`OpenError`] if the main part does not open.
pub fn open_telling(
    form: &Form,
    envelope: &Envelope<'_>,
    keys: &[Identity],
    received_at: Option<Time>,
) -> Result<(Opened, Option<Told>), OpenError> {
    open_for(form, &|plan| (form.readers(plan), form.suite()), envelope, keys, received_at)
}

/// A submission again from what a helper told, without a key. The helper is believed: it is ours, and had every byte.
///
/// # Errors
/// [`OpenError`] if it is not told of this form and submission.
pub fn recall(
    form: &Form,
    envelope: &Envelope<'_>,
    told: &Told,
    received_at: Option<Time>,
) -> Result<Opened, OpenError> {
    let strange = || OpenError::Content { what: "not told of this form" };
    let [Text::Open(text), rest @ ..] = told.0.as_slice() else { return Err(strange()) };
    if envelope.head().form() != form.digest() || told.0.len() != form.parts().len() {
        return Err(strange());
    }
    let main = Main::read(form, envelope, &json_of(&form.parts()[0], text)?)?;
    let (mut answers, mut parts) = (Vec::new(), vec![(PartName::main(), Ok(()))]);
    for (plan, text) in form.parts()[1..].iter().zip(rest) {
        let verdict = match text {
            Text::Open(text) => {
                answers.extend(read_group(form, plan, text, &main.choices)?);
                Ok(())
            }
            Text::File => Ok(()),
            Text::Closed => Err(OpenError::NoKey),
        };
        parts.push((plan.name().clone(), verdict));
    }
    Ok(finish(form, envelope, main, answers, parts, Vec::new(), received_at))
}

/// What a helper tells of a submission about which nothing is strange: the texts of its parts, in the form's order.
pub struct Told(Vec<Text>);

enum Text {
    /// Of a JSON part, with its padding.
    Open(Zeroizing<Vec<u8>>),
    /// A file part, which the main part vouches for; its content was not opened.
    File,
    /// For another key.
    Closed,
}

impl Told {
    /// As it crosses from the helper.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.push(self.0.len() as u8);
        for text in &self.0 {
            match text {
                Text::File => out.push(0),
                Text::Closed => out.push(1),
                Text::Open(text) => {
                    out.push(2);
                    out.extend_from_slice(&(text.len() as u32).to_le_bytes());
                    out.extend_from_slice(text);
                }
            }
        }
    }

    /// Reads it from the front of `bytes`, which it shortens; `None` if that is not there.
    pub fn read(bytes: &mut &[u8]) -> Option<Self> {
        let count = usize::from(take(bytes, 1)?[0]);
        let mut texts = Vec::with_capacity(count);
        for _ in 0..count {
            texts.push(match take(bytes, 1)?[0] {
                0 => Text::File,
                1 => Text::Closed,
                2 => {
                    let length = u32::from_le_bytes(take(bytes, 4)?.try_into().ok()?);
                    Text::Open(Zeroizing::new(take(bytes, usize::try_from(length).ok()?)?.to_vec()))
                }
                _ => return None,
            });
        }
        Some(Self(texts))
    }
}

fn take<'b>(bytes: &mut &'b [u8], length: usize) -> Option<&'b [u8]> {
    let (front, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(front)
}

/// The same for a submission that was re-sealed to the keys of `later`. FORMAT §12.1.
///
/// # Errors
/// [`OpenError`] if the main part does not open.
pub fn open_resealed(
    form: &Form,
    later: &Form,
    envelope: &Envelope<'_>,
    keys: &[Identity],
    received_at: Option<Time>,
) -> Result<Opened, OpenError> {
    let readers = |plan: &PartPlan| {
        let roles = later.definition().roles().iter();
        let roles = roles.filter(|role| plan.roles().iter().any(|id| id == role.id()));
        (roles.map(|role| role.keys().len()).sum(), later.suite())
    };
    open_for(form, &readers, envelope, keys, received_at).map(|(opened, _)| opened)
}

/// Number and type of the readers that a part should have.
type Readers<'r> = &'r dyn Fn(&PartPlan) -> (usize, Suite);

fn open_for(
    form: &Form,
    readers: Readers<'_>,
    envelope: &Envelope<'_>,
    keys: &[Identity],
    received_at: Option<Time>,
) -> Result<(Opened, Option<Told>), OpenError> {
    if envelope.head().form() != form.digest() {
        return Err(OpenError::OtherForm);
    }
    let mut flags = order_flags(form, envelope);
    let (bytes, header) = front(form, envelope, 0)?;
    flag_readers(readers, &form.parts()[0], &header, &mut flags);
    let text = unlock((bytes, header), keys)?;
    let main = Main::read(form, envelope, &json_of(&form.parts()[0], &text)?)?;
    let (mut answers, mut parts) = (Vec::new(), vec![(PartName::main(), Ok(()))]);
    let mut told = vec![Text::Open(text)];
    for ((index, plan), entry) in form.parts().iter().enumerate().skip(1).zip(&main.manifest) {
        let opened = vouched(form, envelope, index, entry).and_then(|(bytes, header)| {
            flag_readers(readers, plan, &header, &mut flags);
            let Content::Json { .. } = plan.content() else { return Ok(Text::File) };
            let text = unlock((bytes, header), keys)?;
            answers.extend(read_group(form, plan, &text, &main.choices)?);
            Ok(Text::Open(text))
        });
        match opened {
            Ok(text) => {
                told.push(text);
                parts.push((plan.name().clone(), Ok(())));
            }
            Err(error) => {
                told.push(Text::Closed);
                parts.push((plan.name().clone(), Err(error)));
            }
        }
    }
    let other =
        |(_, verdict): &(PartName, Result<(), OpenError>)| matches!(verdict, Err(error) if *error != OpenError::NoKey);
    let told = (flags.is_empty() && !parts.iter().any(other)).then_some(Told(told));
    Ok((finish(form, envelope, main, answers, parts, flags, received_at), told))
}

/// Puts together what the parts said, and looks at it as a whole.
fn finish(
    form: &Form,
    envelope: &Envelope<'_>,
    main: Main,
    more: Vec<(String, Answer)>,
    parts: Vec<(PartName, Result<(), OpenError>)>,
    mut flags: Vec<Flag>,
    received_at: Option<Time>,
) -> Opened {
    if let Some(received) = received_at.filter(|received| unlikely(main.sealed_at, *received)) {
        flags.push(Flag::ClockUnlikely { sealed: main.sealed_at, received });
    }
    if let Some(received) = received_at.filter(|received| *received > form.not_after()) {
        flags.push(Flag::FormOver { received, until: form.not_after() });
    }
    let mut answers = main.answers;
    answers.extend(more);
    for field in form.fields().iter().filter(|field| field.required() && is_asked(form, field, &main.choices)) {
        let roles = part::readers(field);
        let holder = form.parts().iter().position(|plan| !plan.is_file() && plan.roles() == roles);
        let opened = holder.and_then(|index| parts.get(index)).is_some_and(|(_, verdict)| verdict.is_ok());
        if opened && !answers.iter().any(|(id, _)| id == field.id()) {
            flags.push(Flag::Unanswered { field: String::from(field.id()) });
        }
    }
    let place = |id: &str| form.fields().iter().position(|field| field.id() == id);
    answers.sort_by_key(|(id, _)| place(id));
    Opened { id: envelope.head().id(), sealed_at: main.sealed_at, consent: main.consent, answers, parts, flags }
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
    if opened.id != envelope.head().id() {
        return Err(OpenError::OtherSubmission { sealed_as: opened.id.to_string() });
    }
    let (_, verdict) = opened.parts.iter().find(|(name, _)| name == part).ok_or(OpenError::Missing)?;
    verdict.clone()?;
    let file = |plan: &PartPlan| plan.name() == part && matches!(plan.content(), Content::File { .. });
    let index = form.parts().iter().position(file).ok_or(OpenError::Missing)?;
    let content = unlock(front(form, envelope, index)?, keys)?;
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
pub(crate) struct Main {
    sealed_at: Time,
    consent: ConsentRecord,
    pub(crate) choices: Choices,
    answers: Vec<(String, Answer)>,
    pub(crate) manifest: Vec<(u64, Digest)>,
}

impl Main {
    pub(crate) fn read(form: &Form, envelope: &Envelope<'_>, value: &Value) -> Result<Self, OpenError> {
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
            return Err(OpenError::OtherSubmission { sealed_as: origin(text("id").unwrap_or_default()) });
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

/// The bytes of one part and their header, which names this very place.
pub(crate) fn front<'a>(form: &Form, envelope: &Envelope<'a>, index: usize) -> Result<Front<'a>, OpenError> {
    let plan = &form.parts()[index];
    let bytes = envelope.part(plan.name()).ok_or(OpenError::Missing)?;
    let header = Header::parse(bytes).map_err(OpenError::from_age)?;
    check_label(form, envelope, plan, index, &header)?;
    Ok((bytes, header))
}

/// The same, and the main part names these bytes. The label is looked at first, so that a stray part is called by its origin.
pub(crate) fn vouched<'a>(
    form: &Form,
    envelope: &Envelope<'a>,
    index: usize,
    entry: &(u64, Digest),
) -> Result<Front<'a>, OpenError> {
    let (bytes, header) = front(form, envelope, index)?;
    let same = bytes.len() as u64 == entry.0 && Digest::of(bytes) == entry.1;
    if same { Ok((bytes, header)) } else { Err(OpenError::NotInManifest) }
}

/// The plaintext of one part, verified to its end.
pub(crate) fn unlock((part, header): Front<'_>, keys: &[Identity]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    file::Opened::parsed(part, header, keys).and_then(|opened| opened.open()).map_err(OpenError::from_age)
}

/// A part and its header.
pub(crate) type Front<'a> = (&'a [u8], Header<'a>);

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
                Err(OpenError::OtherSubmission { sealed_as: origin(id) })
            } else if [name, index, count] != [&expected[3], &expected[4], &expected[5]] {
                Err(OpenError::OtherPart { sealed_as: origin(name) })
            } else {
                Ok(())
            }
        }
        _ => Err(OpenError::NoLabel),
    }
}

/// What a stranger's label calls itself, for a message: a name of ours, or not repeated.
fn origin(claimed: &str) -> String {
    let known = PartName::parse(claimed).is_ok() || SubmissionId::parse(claimed).is_ok();
    String::from(if known { claimed } else { "(no name)" })
}

fn flag_readers(readers: Readers<'_>, plan: &PartPlan, header: &Header<'_>, flags: &mut Vec<Flag>) {
    let (expected, suite) = readers(plan);
    let stanzas = &header.stanzas()[1..];
    let of_suite = stanzas.iter().filter(|stanza| stanza.kind() == suite.as_str()).count();
    // Another type in the place of a right one is a reader too few.
    let found = if of_suite < expected { of_suite } else { stanzas.len() };
    if found != expected {
        flags.push(Flag::Readers { part: plan.name().clone(), expected, found });
    }
    let classic = Suite::X25519.as_str();
    if suite == Suite::Hybrid && stanzas.iter().any(|stanza| stanza.kind() == classic) {
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

pub(crate) fn json_of(plan: &PartPlan, plaintext: &[u8]) -> Result<Value, OpenError> {
    let Content::Json { size } = plan.content() else { return Err(OpenError::Missing) };
    let text = part::unpad(plaintext, *size).ok_or(OpenError::Content { what: "not padded to the form's size" })?;
    json::parse(text, Spelling::Canonical).map_err(|error| OpenError::Json(error.fault()))
}

pub(crate) fn read_group(
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

#[cfg(test)]
#[cfg(feature = "seal")]
mod tests {
    use super::*;
    use crate::age::Recipient;
    use crate::sample::{PHOTO, Shop, rebuild, sealed_at, time};

    fn name(text: &str) -> PartName {
        PartName::parse(text).unwrap()
    }

    fn opened(shop: &Shop, bytes: &[u8], keys: &[Identity]) -> Result<Opened, OpenError> {
        open(&shop.form, &Envelope::parse(bytes).unwrap(), keys, Some(sealed_at()))
    }

    fn verdicts(opened: &Opened) -> Vec<(&str, &'static str)> {
        let word = |verdict: &Result<(), OpenError>| verdict.as_ref().map_or_else(OpenError::verdict, |()| "opened");
        opened.parts().iter().map(|(name, verdict)| (name.as_str(), word(verdict))).collect()
    }

    #[test]
    fn the_owner_reads_everything_and_a_role_reads_its_own_parts() {
        for suite in [Suite::X25519, Suite::Hybrid] {
            let shop = Shop::new(suite);
            let bytes = shop.submission(5);
            let envelope = Envelope::parse(&bytes).unwrap();
            let all = opened(&shop, &bytes, &shop.keys()).unwrap();
            assert_eq!(
                all.answers().iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(),
                ["nama", "wa", "lahir", "foto"]
            );
            assert!(all.flags().is_empty());
            let photo = open_file(&shop.form, &envelope, &all, &name("file-foto-1"), &shop.keys()).unwrap();
            assert_eq!(photo.as_slice(), PHOTO);
            let cashier = [shop.cashier.clone()];
            let own = opened(&shop, &bytes, &cashier).unwrap();
            assert_eq!(own.answers().iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["nama"]);
            assert_eq!(verdicts(&own)[..2], [("main", "opened"), ("for-owner", "no key")]);
            let refused = open_file(&shop.form, &envelope, &own, &name("file-foto-1"), &cashier);
            assert_eq!(refused.unwrap_err(), OpenError::NoKey);
        }
    }

    #[test]
    fn what_a_helper_tells_is_the_submission_again_and_of_a_strange_one_it_tells_nothing() {
        for keys in [|shop: &Shop| shop.keys().to_vec(), |shop: &Shop| vec![shop.cashier.clone()]] {
            let shop = Shop::new(Suite::X25519);
            let bytes = shop.submission(5);
            let envelope = Envelope::parse(&bytes).unwrap();
            let (first, told) = open_telling(&shop.form, &envelope, &keys(&shop), Some(sealed_at())).unwrap();
            let mut crossed = Vec::new();
            told.unwrap().write(&mut crossed);
            let mut rest = crossed.as_slice();
            let told = Told::read(&mut rest).unwrap();
            assert!(rest.is_empty());
            let again = recall(&shop.form, &envelope, &told, Some(sealed_at())).unwrap();
            assert_eq!(verdicts(&again), verdicts(&first));
            assert!(again.answers() == first.answers() && again.consent() == first.consent());
            for length in 0..crossed.len() {
                assert!(Told::read(&mut &crossed[..length]).is_none());
            }
            let other = shop.submission(6);
            assert!(recall(&shop.form, &Envelope::parse(&other).unwrap(), &told, None).is_err());
            let altered = rebuild(&bytes, |parts| *parts.last_mut().unwrap().1.last_mut().unwrap() ^= 1);
            let envelope = Envelope::parse(&altered).unwrap();
            assert!(open_telling(&shop.form, &envelope, &keys(&shop), None).unwrap().1.is_none());
        }
    }

    #[test]
    fn somebody_elses_key_and_an_altered_submission_are_two_causes() {
        let shop = Shop::new(Suite::X25519);
        let stranger = Shop::new(Suite::Hybrid).keys();
        assert_eq!(opened(&shop, &shop.submission(5), &stranger).err(), Some(OpenError::NoKey));
        let altered = rebuild(&shop.submission(5), |parts| *parts[0].1.last_mut().unwrap() ^= 1);
        let error = opened(&shop, &altered, &shop.keys()).err().unwrap();
        assert_eq!((error.verdict(), error.to_string().contains("altered after sealing")), ("altered", true));
    }

    #[test]
    fn parts_swapped_between_two_submissions_are_called_by_their_origin_and_the_others_open() {
        let shop = Shop::new(Suite::X25519);
        let (one, two) = (shop.submission(5), shop.submission(6));
        let stray = Envelope::parse(&two).unwrap();
        let group = stray.part(&name("for-owner")).unwrap().to_vec();
        let swapped = rebuild(&one, |parts| parts[1].1 = group);
        let opened = opened(&shop, &swapped, &shop.keys()).unwrap();
        let sealed_as = stray.head().id().to_string();
        assert_eq!(opened.parts()[1].1, Err(OpenError::OtherSubmission { sealed_as }));
        assert_eq!(verdicts(&opened)[2..], [("file-foto-1", "opened"), ("file-foto-2", "opened")]);
        assert_eq!(opened.answers().len(), 1, "the name alone stands in the main part");
    }

    #[test]
    fn exchanged_removed_and_foreign_parts_have_verdicts_of_their_own() {
        let shop = Shop::new(Suite::X25519);
        let bytes = shop.submission(5);
        let run = |bytes: &[u8]| opened(&shop, bytes, &shop.keys()).unwrap();
        let exchanged = run(&rebuild(&bytes, |parts| {
            let (left, right) = parts.split_at_mut(3);
            core::mem::swap(&mut left[2].1, &mut right[0].1);
        }));
        assert_eq!(exchanged.parts()[2].1, Err(OpenError::OtherPart { sealed_as: "file-foto-2".into() }));
        assert_eq!(exchanged.parts()[3].1, Err(OpenError::OtherPart { sealed_as: "file-foto-1".into() }));
        let removed = run(&rebuild(&bytes, |parts| drop(parts.remove(1))));
        assert_eq!(verdicts(&removed)[1], ("for-owner", "missing"));
        // Right label, right readers, made by whoever knows the public key: only the manifest tells it from the real one.
        let id = Envelope::parse(&bytes).unwrap().head().id();
        let forged = shop.part(&id, 2, &[shop.owner.recipient()], PHOTO);
        let forged = rebuild(&bytes, |parts| parts[2].1 = forged);
        let planted = run(&forged);
        assert_eq!(planted.parts()[2].1, Err(OpenError::NotInManifest));
        let envelope = Envelope::parse(&forged).unwrap();
        let file = open_file(&shop.form, &envelope, &planted, &name("file-foto-1"), &shop.keys());
        assert_eq!(file.unwrap_err(), OpenError::NotInManifest);
    }

    #[test]
    fn a_required_answer_that_is_missing_is_flagged_where_it_could_be_read() {
        let shop = Shop::new(Suite::X25519);
        let bytes = shop.submission(5);
        let envelope = Envelope::parse(&bytes).unwrap();
        let id = envelope.head().id();
        let main = file::open(envelope.part(&PartName::main()).unwrap(), &shop.keys()).unwrap();
        let main = core::str::from_utf8(&main).unwrap().trim_end();
        let (start, end) = (main.find("{\"nama\":").unwrap(), main.find("},\"consent\"").unwrap());
        let without = [&main[..start], "{", &main[end..]].concat();
        let Content::Json { size } = *shop.form.parts()[0].content() else { unreachable!() };
        let readers = crate::seal::readers(&shop.form, &shop.form.parts()[0]);
        let part = shop.part(&id, 0, &readers, &part::pad(without, size).unwrap());
        let opened = opened(&shop, &rebuild(&bytes, |parts| parts[0].1 = part), &shop.keys()).unwrap();
        assert_eq!(opened.flags(), [Flag::Unanswered { field: "nama".into() }]);
    }

    #[test]
    fn what_is_strange_but_opens_is_flagged() {
        let shop = Shop::new(Suite::X25519);
        let bytes = shop.submission(5);
        let flags = |bytes: &[u8]| opened(&shop, bytes, &shop.keys()).unwrap().flags().to_vec();
        assert_eq!(flags(&rebuild(&bytes, |parts| parts.swap(1, 2))), [Flag::Reordered]);
        let stranger = name("file-lain-1");
        let more = rebuild(&bytes, |parts| parts.push((stranger.clone(), b"x".to_vec())));
        assert_eq!(flags(&more), [Flag::UnknownPart { part: stranger }]);
        let envelope = Envelope::parse(&bytes).unwrap();
        for (received, likely) in [
            ("2026-11-21T03:12:46Z", true),
            ("2026-11-21T03:12:45Z", false),
            ("2027-12-28T03:12:46Z", true),
            ("2027-12-28T03:12:47Z", false),
        ] {
            let received = time(received);
            let opened = open(&shop.form, &envelope, &shop.keys(), Some(received)).unwrap();
            let flag = Flag::ClockUnlikely { sealed: sealed_at(), received };
            assert_eq!(opened.flags().contains(&flag), !likely, "{received}");
        }
        let until = shop.form.not_after();
        for (received, over) in [(until, false), (Time::from_unix(until.unix() + 1).unwrap(), true)] {
            let opened = open(&shop.form, &envelope, &shop.keys(), Some(received)).unwrap();
            assert_eq!(opened.flags(), if over { vec![Flag::FormOver { received, until }] } else { vec![] });
        }
    }

    /// The same submission, one part and its manifest entry made anew for other readers.
    fn resealed(shop: &Shop, bytes: &[u8], index: usize, readers: &[Recipient]) -> Vec<u8> {
        let envelope = Envelope::parse(bytes).unwrap();
        let id = envelope.head().id();
        let bare = |name: &PartName| file::open(envelope.part(name).unwrap(), &shop.keys()).unwrap();
        let part = shop.part(&id, index, readers, &bare(shop.form.parts()[index].name()));
        let main = bare(&PartName::main());
        let main = core::str::from_utf8(&main).unwrap().trim_end().to_owned();
        let entry = |part: &[u8]| {
            format!(
                "{},\"name\":\"{}\",\"sha256\":\"{}\"",
                part.len(),
                shop.form.parts()[index].name(),
                Digest::of(part)
            )
        };
        let old = entry(envelope.part(shop.form.parts()[index].name()).unwrap());
        let Content::Json { size } = *shop.form.parts()[0].content() else { unreachable!() };
        let main = part::pad(main.replace(&old, &entry(&part)), size).unwrap();
        let own = if index == 0 { readers.to_vec() } else { crate::seal::readers(&shop.form, &shop.form.parts()[0]) };
        let main = shop.part(&id, 0, &own, &main);
        rebuild(bytes, |parts| {
            parts[index].1 = part;
            parts[0].1 = main;
        })
    }

    #[test]
    fn a_reader_too_many_or_of_another_type_is_flagged_in_every_kind_of_part() {
        let shop = Shop::new(Suite::Hybrid);
        let bytes = shop.submission(5);
        let classic = Shop::new(Suite::X25519).owner.recipient();
        let flags = |bytes: &[u8]| opened(&shop, bytes, &shop.keys()).unwrap().flags().to_vec();
        for index in [0, 1, 2] {
            let part = shop.form.parts()[index].name().clone();
            let mut readers: Vec<_> = crate::seal::readers(&shop.form, &shop.form.parts()[index]);
            let expected = readers.len();
            assert_eq!(flags(&resealed(&shop, &bytes, index, &readers)), []);
            readers.push(classic.clone());
            let more = Flag::Readers { part: part.clone(), expected, found: expected + 1 };
            assert_eq!(flags(&resealed(&shop, &bytes, index, &readers)), [more, Flag::NotQuantumSafe { part }]);
        }
        let replaced = [shop.owner.recipient(), classic];
        let fewer = Flag::Readers { part: PartName::main(), expected: 2, found: 1 };
        let flag = Flag::NotQuantumSafe { part: PartName::main() };
        assert_eq!(flags(&resealed(&shop, &bytes, 0, &replaced)), [fewer, flag]);
    }

    #[test]
    fn a_file_is_not_opened_with_the_verdicts_of_another_submission() {
        let shop = Shop::new(Suite::X25519);
        let (one, two) = (shop.submission(5), shop.submission(6));
        let first = opened(&shop, &one, &shop.keys()).unwrap();
        let envelope = Envelope::parse(&two).unwrap();
        let error = open_file(&shop.form, &envelope, &first, &name("file-foto-1"), &shop.keys()).unwrap_err();
        assert_eq!(error, OpenError::OtherSubmission { sealed_as: first.id().to_string() });
    }

    #[test]
    fn a_message_repeats_no_text_that_is_not_a_name() {
        assert_eq!(origin("file-foto-1"), "file-foto-1");
        assert_eq!(origin("\u{1b}[2J"), "(no name)");
        assert_eq!(origin(&"a".repeat(40_000)), "(no name)");
    }

    #[test]
    fn every_flipped_bit_spoils_a_part_or_the_whole() {
        let shop = Shop::new(Suite::X25519);
        let bytes = shop.submission(5);
        let head = bytes.len() - Envelope::parse(&bytes).unwrap().head().parts_len() as usize;
        let every = 0..head * 8;
        // In the parts, where every bit of an age file is tried elsewhere, one bit of each byte.
        for bit in every.chain((head..bytes.len()).map(|byte| byte * 8 + byte % 8)) {
            let mut other = bytes.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            let Ok(envelope) = Envelope::parse(&other) else { continue };
            let whole = open(&shop.form, &envelope, &shop.keys(), None)
                .is_ok_and(|opened| opened.parts().iter().all(|(_, verdict)| verdict.is_ok()));
            assert!(!whole, "bit {bit}");
        }
    }
}
