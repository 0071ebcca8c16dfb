//! A published form: the owner's signed byte string that a page, a server and an opener all go by. FORMAT §5.4.
//!
//! A [`Form`] exists only if its signature verifies; its exact bytes are kept, and its digest is their SHA-256. Whether the
//! signer is the *right* owner is a second question: a page answers it with [`Form::parse_pinned`].

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use ed25519_dalek::{Signature, VerifyingKey};

use crate::age::Suite;
use crate::definition::{self, Definition};
use crate::envelope::is_newer;
use crate::field::Field;
#[cfg(feature = "open")]
use crate::id::Digest;
use crate::id::{FormDigest, FormName, OwnerId, unhex};
use crate::json::{self, JsonError, Spelling, Value};
use crate::limits;
#[cfg(feature = "open")]
use crate::notice;
use crate::notice::Notice;
use crate::part::{self, Content, PartPlan};
use crate::pattern::Pattern;
use crate::purpose::Purpose;
use crate::shape::{Keys, Misfit, MisfitCause, Need, Rule, Shape};
use crate::text;
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
    parts: Vec<PartPlan>,
    /// Of the notices, in their order: each submission that is opened is held against them.
    #[cfg(feature = "open")]
    notice_digests: Vec<Digest>,
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
        text::join(&["segel-form/1\nowner ", &owner.to_string(), "\nsignature ", &hex, "\n\n", body]).into_bytes()
    }

    fn read(bytes: &[u8], owner: OwnerId, body: &[u8]) -> Result<Self, FormError> {
        let value = json::parse(body, Spelling::Canonical).map_err(FormError::Json)?;
        let mut shape = Shape::new(definition::languages(&value));
        shape.hold(&value, &Rule::Object(&[definition::KEYS, KEYS]));
        let form = Self::read_body(&mut shape, bytes, owner, value);
        #[cfg(feature = "open")]
        let form = form.map(|form| Self { notice_digests: digests(form.notices()), ..form });
        definition::finish(shape, form).map_err(FormError::Misfits)
    }

    fn read_body(shape: &mut Shape, bytes: &[u8], owner: OwnerId, value: Value) -> Option<Self> {
        let suite = if value.text_at("suite") == Suite::X25519.as_str() { Suite::X25519 } else { Suite::Hybrid };
        let (not_before, not_after) =
            (Time::parse(value.text_at("not_before"))?, Time::parse(value.text_at("not_after"))?);
        let definition = Definition::read(shape, value)?;
        check_notices(shape, definition.value(), definition.guardian_fills());
        check_roles(shape, &definition, suite);
        let parts = definition.check_plan(shape);
        if definition.value().get("parts").unwrap_or(&Value::Null).encode() != part::encode(&parts) {
            shape.refuse_at("parts", MisfitCause::PartsDiffer);
        }
        let digest = FormDigest::of(bytes);
        Some(Self {
            bytes: bytes.to_vec(),
            digest,
            owner,
            definition,
            suite,
            not_before,
            not_after,
            parts,
            #[cfg(feature = "open")]
            notice_digests: Vec::new(),
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
    pub fn version(&self) -> u32 {
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
    pub fn previous(&self) -> Option<FormDigest> {
        FormDigest::parse(self.definition.value().text_at("previous")).ok()
    }

    /// The notice in a language of the form.
    #[must_use]
    pub fn notice(&self, language: &str) -> Option<Notice<'_>> {
        let (language, value) = self.notices().iter().find(|(name, _)| name == language)?;
        Some(Notice::new(self, language, value))
    }

    /// The digest of the notice in a language of the form.
    #[cfg(feature = "open")]
    pub(crate) fn notice_digest(&self, language: &str) -> Option<&Digest> {
        let place = self.notices().iter().position(|(name, _)| name == language)?;
        self.notice_digests.get(place)
    }

    /// The first language, whose notice counts. A form without one cannot be parsed.
    pub(crate) fn authoritative(&self) -> &str {
        self.languages().first().map_or("", String::as_str)
    }

    fn notices(&self) -> &[(String, Value)] {
        self.definition.value().get("notice").and_then(Value::as_object).unwrap_or_default()
    }

    /// Its parts, in the order of the envelope.
    #[must_use]
    pub fn parts(&self) -> &[PartPlan] {
        &self.parts
    }

    /// How many reader stanzas a part has: the keys of its roles, and the customer's where the form says so.
    #[must_use]
    pub fn readers(&self, part: &PartPlan) -> usize {
        self.role_keys(part) + usize::from(self.definition.customer_reads())
    }

    /// The keys of a part's roles alone.
    pub(crate) fn role_keys(&self, part: &PartPlan) -> usize {
        let roles = self.definition.roles().iter().filter(|role| part.roles().iter().any(|id| id == role.id()));
        roles.map(|role| role.keys().len()).sum()
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

/// The owner stands first; every key is of the form's suite and used once.
#[cfg(feature = "open")]
fn digests(notices: &[(String, Value)]) -> Vec<Digest> {
    notices.iter().map(|(language, notice)| notice::digest(language, notice)).collect()
}

fn check_roles(shape: &mut Shape, definition: &Definition, suite: Suite) {
    let before = shape.enter("roles");
    let roles = definition.roles();
    if roles.first().is_none_or(|role| role.id() != part::OWNER) {
        shape.refuse(MisfitCause::Missing);
    }
    let mut keys = Vec::new();
    for role in roles {
        for key in role.keys() {
            if key.suite() != suite {
                shape.refuse(MisfitCause::MixedSuites);
            }
            if keys.contains(&key) {
                shape.refuse(MisfitCause::Duplicate);
            }
            keys.push(key);
        }
    }
    if keys.len() + usize::from(definition.customer_reads()) > limits::READERS {
        shape.refuse(MisfitCause::TooMany { max: limits::READERS });
    }
    shape.leave(before);
}

fn check_notices(shape: &mut Shape, form: &Value, guardian_fills: bool) {
    let before = shape.enter("notice");
    for (language, notice) in form.get("notice").and_then(Value::as_object).unwrap_or_default() {
        if notice.encoded_len() > limits::NOTICE_BYTES {
            shape.refuse_at(language, MisfitCause::TooLong { max: limits::NOTICE_BYTES });
        }
        if notice.get("guardian").is_some() != guardian_fills {
            shape.refuse_at(language, MisfitCause::Missing);
        }
    }
    shape.leave(before);
}

const SIGNING_LABEL: &[u8] = b"segel/v1/form\0";
/// Keys that a definition does not have. FORMAT §5.4.
const KEYS: Keys = &[
    ("segel", Need::Must, Rule::Word("form/1")),
    ("suite", Need::Must, Rule::Word("mlkem768x25519, X25519")),
    ("not_before", Need::Must, TIME),
    ("not_after", Need::Must, TIME),
    ("previous", Need::May, Rule::Like(Pattern::Digest)),
    ("notice", Need::Must, Rule::PerLanguage(&Rule::Object(&[NOTICE_KEYS]))),
    ("parts", Need::Must, Rule::Any),
];
const NOTICE_KEYS: Keys = &[
    ("summary", Need::Must, Rule::Lines(limits::NOTICE_BYTES)),
    ("guardian", Need::May, Rule::Line(limits::TEXT_BYTES)),
    ("sections", Need::Must, Rule::List { of: &Rule::Object(&[SECTION_KEYS]), min: 1, max: 64, once: false }),
];
const SECTION_KEYS: Keys =
    &[("heading", Need::Must, Rule::Line(limits::TEXT_BYTES)), ("text", Need::Must, Rule::Lines(limits::NOTICE_BYTES))];
const TIME: Rule = Rule::Like(Pattern::Time);
