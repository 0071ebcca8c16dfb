//! What data is asked for: purposes, the ground each rests on, how long it lasts. FORMAT §5.2.

use crate::json::Value;
use crate::shape::{MisfitCause, Shape};
use crate::text::Text;
use crate::time::Span;

/// One purpose: what a person agrees to or refuses.
#[derive(Debug, Clone)]
pub struct Purpose {
    id: String,
    required: bool,
    basis: Vec<Basis>,
    text: Text,
    question: Text,
    term: Option<String>,
    profiling: bool,
    retention: Span,
    until: Option<Text>,
    consent_valid: Span,
}

/// The lawful ground of a purpose: UU PDP Art. 20(2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Basis {
    /// Explicit consent (a).
    Consent,
    /// A contract with the person (b).
    Contract,
    /// A legal duty of the controller (c).
    Legal,
    /// The person's vital interest (d).
    Vital,
    /// A public task (e).
    Public,
    /// A legitimate interest, balanced (f).
    Legitimate,
}

impl Basis {
    /// The word in a definition.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        BASES[self as usize].0
    }
}

impl Purpose {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether there is no submission without it.
    #[must_use]
    pub const fn required(&self) -> bool {
        self.required
    }

    /// The grounds it rests on, never none.
    #[must_use]
    pub fn basis(&self) -> &[Basis] {
        &self.basis
    }

    /// What for, to follow "to".
    #[must_use]
    pub const fn text(&self) -> &Text {
        &self.text
    }

    /// The sentence that is agreed to, or the question that is answered.
    #[must_use]
    pub const fn question(&self) -> &Text {
        &self.question
    }

    /// Its term in the Data Privacy Vocabulary, without prefix.
    #[must_use]
    pub fn term(&self) -> Option<&str> {
        self.term.as_deref()
    }

    /// Whether it is profiling in the sense of UU PDP Art. 10.
    #[must_use]
    pub const fn profiling(&self) -> bool {
        self.profiling
    }

    /// How long data for it is kept at most, from the server's time of receipt.
    #[must_use]
    pub const fn retention(&self) -> Span {
        self.retention
    }

    /// The event that ends it earlier, in words.
    #[must_use]
    pub const fn until(&self) -> Option<&Text> {
        self.until.as_ref()
    }

    /// How long a consent to it is valid.
    #[must_use]
    pub const fn consent_valid(&self) -> Span {
        self.consent_valid
    }

    /// `None` if a duration is not one; the misfit is recorded.
    pub(crate) fn read(shape: &mut Shape, value: &Value, languages: &[String]) -> Option<Self> {
        shape.keys(value, &[KEYS]);
        let required = shape.need(value, "required", Shape::truth);
        let basis = shape.need(value, "basis", |shape, value| shape.some(value, BASES.len(), read_basis));
        let basis: Vec<Basis> = basis.into_iter().flatten().collect();
        if !required && !basis.contains(&Basis::Consent) {
            shape.refuse(MisfitCause::OptionalWithoutConsent);
        }
        let id = shape.need(value, "id", Shape::id);
        let text = shape.need(value, "text", |shape, value| Text::read(shape, value, languages));
        let question = shape.need(value, "question", |shape, value| Text::read(shape, value, languages));
        let term = shape.may(value, "type", |shape, value| shape.matching(value, "a term like Marketing", is_term));
        let profiling = shape.may(value, "profiling", Shape::truth).unwrap_or(false);
        let retention = shape.need(value, "retention", |shape, value| {
            shape.keys(value, &[&["max", "until"]]);
            let until = shape.may(value, "until", |shape, value| Text::read(shape, value, languages));
            shape.need(value, "max", read_span).map(|max| (max, until))
        });
        let consent_valid = shape.may(value, "consent_valid", read_span);
        let (retention, until) = retention?;
        let consent_valid = consent_valid.unwrap_or(Some(retention))?;
        Some(Self { id, required, basis, text, question, term, profiling, retention, until, consent_valid })
    }
}

fn read_basis(shape: &mut Shape, value: &Value) -> Option<Basis> {
    let found = value.as_text().and_then(|text| BASES.iter().find(|(word, _)| *word == text));
    if found.is_none() {
        shape.refuse(MisfitCause::NotOneOf { known: "consent, contract, legal, vital, public, legitimate" });
    }
    found.map(|(_, basis)| *basis)
}

fn read_span(shape: &mut Shape, value: &Value) -> Option<Span> {
    let span = value.as_text().and_then(Span::parse);
    if span.is_none() {
        shape.refuse(MisfitCause::NotA { what: "a duration with one unit like P2Y, P18M or P90D" });
    }
    span
}

fn is_term(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

const KEYS: &[&str] =
    &["id", "required", "basis", "text", "question", "type", "profiling", "retention", "consent_valid"];
const BASES: [(&str, Basis); 6] = [
    ("consent", Basis::Consent),
    ("contract", Basis::Contract),
    ("legal", Basis::Legal),
    ("vital", Basis::Vital),
    ("public", Basis::Public),
    ("legitimate", Basis::Legitimate),
];
