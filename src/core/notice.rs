//! The privacy notice that is shown, and the consent that only a shown notice can make. FORMAT §6.
//!
//! Sealing asks for a [`Consent`]. Its fields are private and [`Notice::consent`] is its only maker, so there is no way to
//! seal answers for which no notice of the same form produced a consent.

use alloc::string::String;
use alloc::vec::Vec;

use crate::form::Form;
use crate::id::{Digest, FormDigest};
use crate::json::{Value, Writer};
use crate::purpose::Purpose;
use crate::time::{Span, Time};

/// The notice of a form in one language.
#[derive(Debug, Clone, Copy)]
pub struct Notice<'f> {
    form: &'f Form,
    language: &'f str,
    value: &'f Value,
}

impl<'f> Notice<'f> {
    pub(crate) const fn new(form: &'f Form, language: &'f str, value: &'f Value) -> Self {
        Self { form, language, value }
    }

    /// The language shown.
    #[must_use]
    pub const fn language(&self) -> &'f str {
        self.language
    }

    /// The first layer: who, what for, which data, how long, which rights; lines are parted by LF.
    #[must_use]
    pub fn summary(&self) -> &'f str {
        self.value.get("summary").and_then(Value::as_text).unwrap_or_default()
    }

    /// The second layer: heading and text of each item; lines of a text are parted by LF.
    pub fn sections(&self) -> impl Iterator<Item = (&'f str, &'f str)> + use<'f> {
        let sections = self.value.get("sections").and_then(Value::as_list).unwrap_or_default();
        let part = |section: &'f Value, key| section.get(key).and_then(Value::as_text).unwrap_or_default();
        sections.iter().map(move |section| (part(section, "heading"), part(section, "text")))
    }

    /// What a parent or guardian states and agrees to, where one may fill the form.
    #[must_use]
    pub fn guardian(&self) -> Option<&'f str> {
        self.value.get("guardian").and_then(Value::as_text)
    }

    /// Its digest. FORMAT §6.1.
    #[must_use]
    pub fn digest(&self) -> Digest {
        #[cfg(feature = "open")]
        if let Some(digest) = self.form.notice_digest(self.language) {
            return *digest;
        }
        digest(self.language, self.value)
    }

    /// The consent that a person gave with this notice in view, at the moment `at`.
    ///
    /// # Errors
    /// [`ConsentError`] if the choices are another form's, a required purpose was not given, or a guardian fills a form for
    /// adults or gives a purpose for adults.
    pub fn consent(&self, choices: &Choices, at: Time) -> Result<Consent, ConsentError> {
        if choices.form != self.form.digest() {
            return Err(ConsentError::OtherForm);
        }
        let missing = self
            .form
            .purposes()
            .iter()
            .find(|purpose| purpose.required() && choices.get(purpose.id()) != Choice::Given);
        if let Some(purpose) = missing {
            return Err(ConsentError::RequiredNotGiven { purpose: String::from(purpose.id()) });
        }
        if choices.guardian.is_some() && !self.form.definition().guardian_fills() {
            return Err(ConsentError::AdultsOnly);
        }
        for purpose in self.form.purposes() {
            if choices.guardian.is_some() && purpose.adults_only() && choices.get(purpose.id()) != Choice::NotAnswered {
                return Err(ConsentError::AdultsOnly);
            }
        }
        let authoritative = self.form.authoritative();
        let mut notices = Vec::new();
        for language in [authoritative, self.language] {
            let twice = notices.iter().any(|(known, _)| known == language);
            if let Some(notice) = self.form.notice(language).filter(|_| !twice) {
                notices.push((String::from(language), notice.digest()));
            }
        }
        let mut purposes = Vec::with_capacity(self.form.purposes().len());
        for purpose in self.form.purposes() {
            purposes.push(self.event(purpose, choices.get(purpose.id()), at));
        }
        let record = ConsentRecord {
            authoritative: String::from(authoritative),
            guardian: choices.guardian.zip(Some(at)),
            language: String::from(self.language),
            notices,
            version: self.form.version(),
            purposes,
        };
        Ok(Consent { choices: choices.clone(), record })
    }

    fn event(&self, purpose: &Purpose, choice: Choice, time: Time) -> ConsentEvent {
        let label = label_digest(self.form, purpose, self.language);
        ConsentEvent {
            purpose: String::from(purpose.id()),
            choice,
            required: purpose.required(),
            time,
            label,
            valid: purpose.consent_valid(),
        }
    }
}

/// What a person answered to one purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Choice {
    /// Yes.
    Given,
    /// No.
    Refused,
    /// Neither; never taken for a yes.
    NotAnswered,
}

/// Who fills the form for a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Guardian {
    /// Father or mother.
    Parent,
    /// Another person who has custody.
    Guardian,
}

impl Guardian {
    /// The word in tables, scripts and pages: `parent` or `guardian`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Parent => "parent",
            Self::Guardian => "guardian",
        }
    }

    const fn term(self) -> &'static str {
        match self {
            Self::Parent => "ParentOfDataSubject",
            Self::Guardian => "GuardianOfDataSubject",
        }
    }
}

/// The answers to every purpose of one form; all are [`Choice::NotAnswered`] at first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    form: FormDigest,
    choices: Vec<(String, Choice)>,
    guardian: Option<Guardian>,
}

impl Choices {
    /// Nothing chosen yet.
    #[must_use]
    pub fn new(form: &Form) -> Self {
        let mut choices = Vec::with_capacity(form.purposes().len());
        for purpose in form.purposes() {
            choices.push((String::from(purpose.id()), Choice::NotAnswered));
        }
        Self { form: form.digest(), choices, guardian: None }
    }

    /// Sets the answer to one purpose.
    ///
    /// # Errors
    /// [`ConsentError::UnknownPurpose`] if the form has no such purpose.
    pub fn set(&mut self, purpose: &str, choice: Choice) -> Result<(), ConsentError> {
        match self.choices.iter_mut().find(|(id, _)| id == purpose) {
            Some((_, slot)) => {
                *slot = choice;
                Ok(())
            }
            None => Err(ConsentError::UnknownPurpose),
        }
    }

    /// The answer to one purpose; [`Choice::NotAnswered`] for one that the form does not have.
    #[must_use]
    pub fn get(&self, purpose: &str) -> Choice {
        self.choices.iter().find(|(id, _)| id == purpose).map_or(Choice::NotAnswered, |(_, choice)| *choice)
    }

    /// Notes that a parent or guardian fills the form for a child.
    pub const fn set_guardian(&mut self, guardian: Guardian) {
        self.guardian = Some(guardian);
    }

    /// Who fills the form, if not the person whom it is about.
    #[must_use]
    pub const fn guardian(&self) -> Option<Guardian> {
        self.guardian
    }

    /// The form they belong to.
    #[must_use]
    pub const fn form(&self) -> FormDigest {
        self.form
    }
}

/// A consent that a shown notice produced; sealing consumes it.
#[derive(Debug)]
pub struct Consent {
    choices: Choices,
    record: ConsentRecord,
}

impl Consent {
    /// What was chosen.
    #[must_use]
    pub const fn choices(&self) -> &Choices {
        &self.choices
    }

    /// What will be sealed.
    #[must_use]
    pub const fn record(&self) -> &ConsentRecord {
        &self.record
    }
}

/// The proof of what was agreed, as it is sealed and as it is read back. FORMAT §6.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentRecord {
    authoritative: String,
    guardian: Option<(Guardian, Time)>,
    language: String,
    notices: Vec<(String, Digest)>,
    version: u32,
    purposes: Vec<ConsentEvent>,
}

/// What was answered to one purpose, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentEvent {
    purpose: String,
    choice: Choice,
    required: bool,
    time: Time,
    label: Digest,
    valid: Span,
}

impl ConsentRecord {
    /// The language shown.
    #[must_use]
    pub fn language(&self) -> &str {
        &self.language
    }

    /// Who gave it, if not the person whom the answers are about.
    #[must_use]
    pub fn guardian(&self) -> Option<Guardian> {
        self.guardian.map(|(guardian, _)| guardian)
    }

    /// Version of the notice, which is the form's.
    #[must_use]
    pub const fn notice_version(&self) -> u32 {
        self.version
    }

    /// Digests of the authoritative notice and of the one shown, by language.
    #[must_use]
    pub fn notices(&self) -> &[(String, Digest)] {
        &self.notices
    }

    /// One event for each purpose, in the form's order.
    #[must_use]
    pub fn purposes(&self) -> &[ConsentEvent] {
        &self.purposes
    }

    /// The event of one purpose.
    #[must_use]
    pub fn purpose(&self, id: &str) -> Option<&ConsentEvent> {
        self.purposes.iter().find(|event| event.purpose == id)
    }

    /// What was chosen, as choices of that form.
    #[cfg(feature = "open")]
    pub(crate) fn choices(&self, form: &Form) -> Choices {
        let mut choices = Choices::new(form);
        choices.guardian = self.guardian();
        for event in &self.purposes {
            // A record that was read holds the form's purposes only.
            let _ = choices.set(&event.purpose, event.choice);
        }
        choices
    }

    /// As it stands in the main part.
    pub(crate) fn write(&self, out: &mut Writer) {
        out.open('{');
        out.entry("authoritative_language", &self.authoritative);
        if let Some((guardian, time)) = self.guardian {
            out.key("guardian");
            out.open('{');
            out.entry("event_time", &time.text());
            out.entry("event_type", EXPLICIT);
            out.entry("indication_method", "button");
            out.entry("relation", guardian.term());
            out.close('}');
        }
        out.entry("language", &self.language);
        out.key("notice_sha256");
        out.open('{');
        // Two at most, and an object's keys stand in order.
        let swap = self.notices.len() == 2 && self.notices[0].0 > self.notices[1].0;
        for place in 0..self.notices.len() {
            let (language, digest) = &self.notices[if swap { 1 - place } else { place }];
            out.hex(language, digest.as_bytes());
        }
        out.close('}');
        out.key("notice_version");
        out.number(u64::from(self.version));
        out.key("purposes");
        out.open('[');
        for event in &self.purposes {
            event.write(out);
        }
        out.close(']');
        out.close('}');
    }

    /// Reads it back and holds it against the form: it must be what one of the form's notices would have produced.
    ///
    /// # Errors
    /// [`ConsentError::NotThisForm`] for anything that the form could not have produced.
    pub fn read(form: &Form, value: &Value) -> Result<Self, ConsentError> {
        let language = value.get("language").and_then(Value::as_text).ok_or(ConsentError::NotThisForm)?;
        let notice = form.notice(language).ok_or(ConsentError::NotThisForm)?;
        let mut choices = Choices::new(form);
        if let Some(guardian) = value.get("guardian") {
            let named = |one: &Guardian| guardian.text_at("relation") == one.term();
            choices.guardian = [Guardian::Parent, Guardian::Guardian].into_iter().find(named);
        }
        let mut time = None;
        for event in value.get("purposes").and_then(Value::as_list).unwrap_or_default() {
            let text = |key| event.get(key).and_then(Value::as_text);
            let state =
                STATES.iter().find(|(_, word)| text("event_state") == Some(word)).ok_or(ConsentError::NotThisForm)?;
            choices.set(text("purpose_id").ok_or(ConsentError::NotThisForm)?, state.0)?;
            time = text("event_time").and_then(Time::parse);
        }
        let consent = notice.consent(&choices, time.ok_or(ConsentError::NotThisForm)?)?;
        // One spelling: what this form produces for these choices is the only acceptable record.
        let mut own = Writer::default();
        consent.record.write(&mut own);
        if own.finish() == value.encode() { Ok(consent.record) } else { Err(ConsentError::NotThisForm) }
    }
}

impl ConsentEvent {
    /// Id of the purpose.
    #[must_use]
    pub fn purpose(&self) -> &str {
        &self.purpose
    }

    /// What was answered.
    #[must_use]
    pub const fn choice(&self) -> Choice {
        self.choice
    }

    /// When, by the device's clock.
    #[must_use]
    pub const fn time(&self) -> Time {
        self.time
    }

    /// Digest of the sentence. FORMAT §6.1.
    #[must_use]
    pub const fn label(&self) -> &Digest {
        &self.label
    }

    /// How long it is valid from [`ConsentEvent::time`].
    #[must_use]
    pub const fn valid(&self) -> Span {
        self.valid
    }

    fn write(&self, out: &mut Writer) {
        let state = STATES.iter().find(|(choice, _)| *choice == self.choice).map_or("", |(_, word)| word);
        let indication = match (self.choice, self.required) {
            (Choice::NotAnswered, _) => "none",
            (_, true) => "button",
            (_, false) => "radio",
        };
        out.open('{');
        out.entry("event_state", state);
        out.entry("event_time", &self.time.text());
        out.entry("event_type", EXPLICIT);
        out.entry("indication_method", indication);
        out.hex("label_sha256", self.label.as_bytes());
        out.entry("purpose_id", &self.purpose);
        out.entry("validity_duration", &self.valid.text());
        out.close('}');
    }
}

/// Why there is no consent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConsentError {
    /// The choices were made on another form.
    #[error("the choices belong to another form")]
    OtherForm,
    /// A purpose without which there is no submission was refused or not answered.
    #[error("the required purpose {purpose} was not agreed to")]
    RequiredNotGiven {
        /// Its id.
        purpose: String,
    },
    /// A guardian fills a form, or agrees to a purpose, that is for adults only.
    #[error("a guardian cannot agree to what is for adults only")]
    AdultsOnly,
    /// The form has no such purpose.
    #[error("the form has no such purpose")]
    UnknownPurpose,
    /// A record that this form could not have produced.
    #[error("the consent record is not one of this form")]
    NotThisForm,
}

pub(crate) fn digest(language: &str, notice: &Value) -> Digest {
    Digest::labelled("segel/v1/notice", &[language.as_bytes(), notice.encode().as_bytes()])
}

fn label_digest(form: &Form, purpose: &Purpose, language: &str) -> Digest {
    let question = |language| purpose.question().get(language).as_bytes();
    Digest::labelled("segel/v1/label", &[question(form.authoritative()), question(language)])
}

const EXPLICIT: &str = "ExplicitlyExpressedConsent";
/// States of the Data Privacy Vocabulary; only the first is consent.
const STATES: [(Choice, &str); 3] = [
    (Choice::Given, "ConsentGiven"),
    (Choice::Refused, "ConsentRefused"),
    (Choice::NotAnswered, "ConsentRequestDeferred"),
];
