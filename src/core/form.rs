//! A published form: the owner's signed byte string that a page, a server and an opener all go by. FORMAT §5.4.
//!
//! A [`Form`] exists only if its signature verifies; its exact bytes are kept, and its digest is their SHA-256. Whether the
//! signer is the *right* owner is a second question: a page answers it with [`Form::parse_pinned`].

use ed25519_dalek::{Signature, VerifyingKey};

use crate::age::Suite;
use crate::definition::{self, Definition};
use crate::envelope::is_newer;
use crate::field::Field;
use crate::id::{FormDigest, FormName, OwnerId, unhex};
use crate::json::{self, JsonError, Spelling, Value};
use crate::limits;
use crate::notice::Notice;
use crate::part::{self, Content, PartPlan};
use crate::purpose::Purpose;
use crate::shape::{Misfit, MisfitCause, Shape};
use crate::time::Time;

/// A published form whose signature verified.
#[derive(Debug, Clone)]
pub struct Form {
    bytes: Vec<u8>,
    digest: FormDigest,
    owner: OwnerId,
    definition: Definition,
    suite: Suite,
    not_before: Time,
    not_after: Time,
    previous: Option<FormDigest>,
    notices: Vec<(String, Value)>,
    parts: Vec<PartPlan>,
}

/// Why bytes are not a published form that may be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormError {
    /// Does not begin like a published form.
    #[error("not a published form")]
    NotAForm,
    /// A version that this kit does not know.
    #[error("made by a newer kit")]
    NewerKit,
    /// Larger than a form may be.
    #[error("larger than 256 KiB")]
    TooLarge,
    /// The lines above the body are not as they must be.
    #[error("the head of the published form is damaged")]
    Head,
    /// The signature is not the owner's over these bytes.
    #[error("the signature does not match: the form was altered after publishing")]
    Signature,
    /// Signed, but by an owner other than the pinned one.
    #[error("published by another owner than the one this page expects")]
    OtherOwner,
    /// The body is not canonical JSON.
    #[error("the body is damaged: {0}")]
    Json(JsonError),
    /// The body is JSON, but not a form.
    #[error("the body is not a form")]
    Misfits(Vec<Misfit>),
}

impl FormError {
    /// A stable code for pages, logs and scripts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAForm => "not_a_form",
            Self::NewerKit => "newer_kit",
            Self::TooLarge => "form_too_large",
            Self::Head => "form_head",
            Self::Signature => "form_signature",
            Self::OtherOwner => "other_owner",
            Self::Json(_) => "form_json",
            Self::Misfits(_) => "form_misfit",
        }
    }
}

impl Form {
    /// Reads a published form and verifies its signature against the owner named in it.
    ///
    /// # Errors
    /// [`FormError`]; nothing of the body is looked at before the signature verified.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormError> {
        let (owner, body) = verify(bytes)?;
        Self::read(bytes, owner, body)
    }

    /// The same for a page that expects one owner: another owner's form is refused before its signature is.
    ///
    /// # Errors
    /// [`FormError`], in particular [`FormError::OtherOwner`].
    pub fn parse_pinned(bytes: &[u8], pinned: &OwnerId) -> Result<Self, FormError> {
        let head = Head::parse(bytes)?;
        if head.owner != *pinned {
            return Err(FormError::OtherOwner);
        }
        Self::parse(bytes)
    }

    /// What the owner signs for a body that [`Definition::publish`] made.
    #[must_use]
    pub fn signed_message(body: &str) -> Vec<u8> {
        [SIGNING_LABEL, body.as_bytes()].concat()
    }

    /// The published bytes, given the owner's signature over [`Form::signed_message`].
    #[must_use]
    pub fn assemble(owner: &OwnerId, signature: &[u8; 64], body: &str) -> Vec<u8> {
        let hex = crate::id::hex(signature);
        ["segel-form/1\nowner ", &owner.to_string(), "\nsignature ", &hex, "\n\n", body].concat().into_bytes()
    }

    fn read(bytes: &[u8], owner: OwnerId, body: &[u8]) -> Result<Self, FormError> {
        let value = json::parse(body, Spelling::Canonical).map_err(FormError::Json)?;
        let mut shape = Shape::default();
        shape.keys(&value, &[definition::KEYS, PUBLISHED_KEYS]);
        let form = Self::read_body(&mut shape, bytes, owner, &value);
        definition::finish(shape, form).map_err(FormError::Misfits)
    }

    fn read_body(shape: &mut Shape, bytes: &[u8], owner: OwnerId, value: &Value) -> Option<Self> {
        shape.need(value, "segel", |shape, value| {
            if value.as_text() != Some("form/1") {
                shape.refuse(MisfitCause::NotA { what: "\"form/1\"" });
            }
        });
        let suite = shape.need(value, "suite", read_suite);
        let not_before = shape.need(value, "not_before", read_time);
        let not_after = shape.need(value, "not_after", read_time);
        let previous = shape.may(value, "previous", |shape, value| {
            let digest = value.as_text().and_then(|text| FormDigest::parse(text).ok());
            if digest.is_none() {
                shape.refuse(MisfitCause::NotA { what: "a digest" });
            }
            digest
        });
        let definition = Definition::read(shape, value, 1)?;
        let parts = shape.at("parts", |shape| {
            let parts = definition.check_plan(shape);
            if value.get("parts") != Some(&definition::parts_value(&parts)) {
                shape.refuse(MisfitCause::PartsDiffer);
            }
            parts
        });
        let suite = suite?;
        shape.at("roles", |shape| check_roles(shape, &definition, suite));
        let notices = shape.need(value, "notice", |shape, value| read_notices(shape, value, definition.languages()));
        Some(Self {
            bytes: bytes.to_vec(),
            digest: FormDigest::of(bytes),
            owner,
            definition,
            suite,
            not_before: not_before?,
            not_after: not_after?,
            previous: previous.flatten(),
            notices,
            parts,
        })
    }

    /// The published bytes, exactly.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the published bytes.
    #[must_use]
    pub const fn digest(&self) -> FormDigest {
        self.digest
    }

    /// Fingerprint of the owner who signed it.
    #[must_use]
    pub const fn owner(&self) -> OwnerId {
        self.owner
    }

    /// What the owner defined.
    #[must_use]
    pub const fn definition(&self) -> &Definition {
        &self.definition
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &FormName {
        self.definition.name()
    }

    /// Its version.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.definition.version()
    }

    /// Its languages, the authoritative one first.
    #[must_use]
    pub fn languages(&self) -> &[String] {
        self.definition.languages()
    }

    /// Its purposes.
    #[must_use]
    pub fn purposes(&self) -> &[Purpose] {
        self.definition.purposes()
    }

    /// Its fields.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        self.definition.fields()
    }

    /// Kind of key that every reader has.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.suite
    }

    /// First instant at which it may be filled.
    #[must_use]
    pub const fn not_before(&self) -> Time {
        self.not_before
    }

    /// Last instant at which it may be filled.
    #[must_use]
    pub const fn not_after(&self) -> Time {
        self.not_after
    }

    /// Whether it may be filled at that instant.
    #[must_use]
    pub fn is_open_at(&self, now: Time) -> bool {
        (self.not_before..=self.not_after).contains(&now)
    }

    /// Digest of the version before it.
    #[must_use]
    pub const fn previous(&self) -> Option<FormDigest> {
        self.previous
    }

    /// The notice in a language of the form.
    #[must_use]
    pub fn notice(&self, language: &str) -> Option<Notice<'_>> {
        let (language, value) = self.notices.iter().find(|(name, _)| name == language)?;
        Some(Notice::new(self, language, value))
    }

    /// The notice in the first language. A form without one cannot be parsed.
    pub(crate) fn authoritative_notice(&self) -> Notice<'_> {
        let (language, value) = &self.notices[0];
        Notice::new(self, language, value)
    }

    /// Its parts, in the order of the envelope.
    #[must_use]
    pub fn parts(&self) -> &[PartPlan] {
        &self.parts
    }

    /// How many reader stanzas a part has: the keys of its roles, and the customer's where the form says so.
    #[must_use]
    pub fn readers(&self, part: &PartPlan) -> usize {
        let roles = self.definition.roles().iter().filter(|role| part.roles().iter().any(|id| id == role.id()));
        roles.map(|role| role.keys().len()).sum::<usize>() + usize::from(self.definition.customer_reads())
    }

    /// Bytes of the sealed part at `index` if its plaintext has `content` bytes. FORMAT §11.
    #[must_use]
    pub fn sealed_len(&self, index: usize, content: u64) -> u64 {
        let part = &self.parts[index];
        part::sealed_len(self.suite, self.readers(part), part.name(), index, self.parts.len(), content)
    }

    /// Bytes of the largest submission that the form allows.
    #[must_use]
    pub fn max_envelope(&self) -> u64 {
        let longest = |part: &PartPlan| match part.content() {
            Content::Json { size } => *size as u64,
            Content::File { max, .. } => *max,
        };
        let parts = self.parts.iter().enumerate().map(|(index, part)| self.sealed_len(index, longest(part)));
        limits::HEAD_BYTES as u64 + parts.sum::<u64>()
    }
}

/// The lines above the body.
struct Head<'b> {
    owner: OwnerId,
    signature: [u8; 64],
    body: &'b [u8],
}

impl<'b> Head<'b> {
    fn parse(bytes: &'b [u8]) -> Result<Self, FormError> {
        if bytes.len() > limits::FORM_BYTES {
            return Err(FormError::TooLarge);
        }
        let mut lines = bytes.splitn(5, |byte| *byte == b'\n');
        match lines.next().unwrap_or_default() {
            b"segel-form/1" => {}
            other if is_newer(other, b"segel-form/") => return Err(FormError::NewerKit),
            _ => return Err(FormError::NotAForm),
        }
        let mut line = |prefix: &str| {
            let line = core::str::from_utf8(lines.next()?).ok()?;
            line.strip_prefix(prefix)
        };
        let owner = line("owner ").and_then(|text| OwnerId::parse(text).ok()).ok_or(FormError::Head)?;
        let signature = line("signature ").and_then(|text| unhex(text).ok()).ok_or(FormError::Head)?;
        if line("") != Some("") {
            return Err(FormError::Head);
        }
        let body = lines.next().ok_or(FormError::Head)?;
        Ok(Self { owner, signature, body })
    }
}

fn verify(bytes: &[u8]) -> Result<(OwnerId, &[u8]), FormError> {
    let head = Head::parse(bytes)?;
    let key = VerifyingKey::from_bytes(head.owner.as_bytes()).map_err(|_| FormError::Signature)?;
    let message = [SIGNING_LABEL, head.body].concat();
    let verdict = key.verify_strict(&message, &Signature::from_bytes(&head.signature));
    verdict.map_err(|_| FormError::Signature)?;
    Ok((head.owner, head.body))
}

fn read_suite(shape: &mut Shape, value: &Value) -> Option<Suite> {
    let suite = [Suite::Hybrid, Suite::X25519].into_iter().find(|suite| value.as_text() == Some(suite.as_str()));
    if suite.is_none() {
        shape.refuse(MisfitCause::NotOneOf { known: "mlkem768x25519, X25519" });
    }
    suite
}

fn read_time(shape: &mut Shape, value: &Value) -> Option<Time> {
    let time = value.as_text().and_then(Time::parse);
    if time.is_none() {
        shape.refuse(MisfitCause::NotA { what: "a time like 2026-11-23T03:12:46Z" });
    }
    time
}

/// The owner stands first; every key is of the form's suite and used once.
fn check_roles(shape: &mut Shape, definition: &Definition, suite: Suite) {
    let roles = definition.roles();
    if roles.first().is_none_or(|role| role.id() != part::OWNER) {
        shape.refuse(MisfitCause::Missing);
    }
    let keys: Vec<_> = roles.iter().flat_map(|role| role.keys()).collect();
    if keys.iter().any(|key| key.suite() != suite) {
        shape.refuse(MisfitCause::MixedSuites);
    }
    if keys.iter().enumerate().any(|(index, key)| keys[..index].contains(key)) {
        shape.refuse(MisfitCause::Duplicate);
    }
    if keys.len() + usize::from(definition.customer_reads()) > limits::READERS {
        shape.refuse(MisfitCause::TooMany { max: limits::READERS });
    }
}

fn read_notices(shape: &mut Shape, value: &Value, languages: &[String]) -> Vec<(String, Value)> {
    for (language, _) in value.as_object().unwrap_or_default() {
        if !languages.contains(language) {
            shape.at(language, |shape| shape.refuse(MisfitCause::UnknownLanguage));
        }
    }
    let notices = languages.iter().filter_map(|language| {
        let notice = shape.need(value, language, |shape, value| {
            check_notice(shape, value);
            Some(value.clone())
        });
        notice.map(|notice| (language.clone(), notice))
    });
    notices.collect()
}

fn check_notice(shape: &mut Shape, value: &Value) {
    shape.keys(value, &[&["summary", "sections"]]);
    if value.encoded_len() > limits::NOTICE_BYTES {
        shape.refuse(MisfitCause::TooLong { max: limits::NOTICE_BYTES });
    }
    shape.need(value, "summary", |shape, value| {
        shape.shown(value, limits::NOTICE_BYTES);
    });
    shape.need(value, "sections", |shape, value| {
        shape.some(value, 64, |shape, value| {
            shape.keys(value, &[&["heading", "text"]]);
            shape.need(value, "heading", |shape, value| {
                shape.shown(value, limits::TEXT_BYTES);
            });
            shape.need(value, "text", |shape, value| match value.as_text() {
                Some(text) => text.split('\n').for_each(|line| {
                    shape.shown(&Value::text(line), limits::NOTICE_BYTES);
                }),
                None => shape.refuse(MisfitCause::WrongType { wanted: "a string" }),
            });
        });
    });
}

const SIGNING_LABEL: &[u8] = b"segel/v1/form\0";
const PUBLISHED_KEYS: &[&str] = &["suite", "not_before", "not_after", "previous", "notice", "parts"];
