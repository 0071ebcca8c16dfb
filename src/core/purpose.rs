//! What data is asked for: purposes, the ground each rests on, how long it lasts. FORMAT §5.2.

use crate::json::Value;
use crate::pattern::Pattern;
use crate::shape::{ID, Keys, MisfitCause, Need, Rule, Shape};
use crate::text::Text;
use crate::time::Span;

/// One purpose: what a person agrees to or refuses; a view of its part of the definition.
#[derive(Debug, Clone)]
pub struct Purpose(pub(crate) Value);

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
        self.0.text_at("id")
    }

    /// Whether there is no submission without it.
    #[must_use]
    pub fn required(&self) -> bool {
        self.0.is_set("required")
    }

    /// The grounds it rests on, never none.
    pub fn basis(&self) -> impl Iterator<Item = Basis> {
        let words = self.0.list_at("basis").iter().filter_map(Value::as_text);
        words.filter_map(|text| BASES.iter().find(|(word, _)| *word == text).map(|(_, basis)| *basis))
    }

    /// What for, to follow "to".
    #[must_use]
    pub fn text(&self) -> Text<'_> {
        Text(self.0.get("text").unwrap_or(&Value::Null))
    }

    /// The sentence that is agreed to, or the question that is answered.
    #[must_use]
    pub fn question(&self) -> Text<'_> {
        Text(self.0.get("question").unwrap_or(&Value::Null))
    }

    /// Its term in the Data Privacy Vocabulary, without prefix.
    #[must_use]
    pub fn term(&self) -> Option<&str> {
        self.0.get("type").and_then(Value::as_text)
    }

    /// Whether it is profiling in the sense of UU PDP Art. 10.
    #[must_use]
    pub fn profiling(&self) -> bool {
        self.0.is_set("profiling")
    }

    /// Whether it is neither asked nor given where a guardian fills the form for a child.
    #[must_use]
    pub fn adults_only(&self) -> bool {
        self.profiling() || self.0.is_set("adults")
    }

    /// How long data for it is kept at most, from the server's time of receipt.
    #[must_use]
    pub fn retention(&self) -> Span {
        span(self.retention_value().text_at("max"))
    }

    /// The event that ends it earlier, in words.
    #[must_use]
    pub fn until(&self) -> Option<Text<'_>> {
        self.retention_value().get("until").map(Text)
    }

    /// How long a consent to it is valid.
    #[must_use]
    pub fn consent_valid(&self) -> Span {
        match self.0.get("consent_valid").and_then(Value::as_text) {
            Some(text) => span(text),
            None => self.retention(),
        }
    }

    fn retention_value(&self) -> &Value {
        self.0.get("retention").unwrap_or(&Value::Null)
    }

    pub(crate) fn check(&self, shape: &mut Shape) {
        if !self.required() && !self.basis().any(|basis| basis == Basis::Consent) {
            shape.refuse(MisfitCause::OptionalWithoutConsent);
        }
    }
}

/// The duration; a definition that was checked has no other text here.
fn span(text: &str) -> Span {
    Span::parse(text).unwrap_or(Span::days(0))
}

/// FORMAT §5.2.
pub(crate) const KEYS: Keys = &[
    ("id", Need::Must, ID),
    ("required", Need::Must, Rule::Truth),
    ("basis", Need::Must, Rule::List { of: &BASIS, min: 1, max: BASES.len(), once: false }),
    ("text", Need::Must, Rule::Texts),
    ("question", Need::Must, Rule::Texts),
    ("type", Need::May, Rule::Like(Pattern::Term)),
    ("profiling", Need::May, Rule::Truth),
    ("adults", Need::May, Rule::Truth),
    ("retention", Need::Must, Rule::Object(&[RETENTION_KEYS])),
    ("consent_valid", Need::May, SPAN),
];
const RETENTION_KEYS: Keys = &[("max", Need::Must, SPAN), ("until", Need::May, Rule::Texts)];
const BASIS: Rule = Rule::Word("consent, contract, legal, vital, public, legitimate");
const SPAN: Rule = Rule::Like(Pattern::Span);
const BASES: [(&str, Basis); 6] = [
    ("consent", Basis::Consent),
    ("contract", Basis::Contract),
    ("legal", Basis::Legal),
    ("vital", Basis::Vital),
    ("public", Basis::Public),
    ("legitimate", Basis::Legitimate),
];
