//! What a form asks: fields, their kinds and options. FORMAT §5.3.

use crate::json::Value;
use crate::limits;
use crate::pattern::Pattern;
use crate::shape::{ID, Keys, MisfitCause, Need, Rule, Shape};
use crate::text::Text;

/// One thing that a form asks; a view of its part of the definition.
#[derive(Debug, Clone)]
pub struct Field(pub(crate) Value);

/// An option of a `choice` or `choices` field.
#[derive(Debug, Clone, Copy)]
pub struct Choosable<'v>(&'v Value);

impl<'v> Choosable<'v> {
    /// Its id: what an answer holds.
    #[must_use]
    pub fn id(self) -> &'v str {
        self.0.text_at("id")
    }

    /// What a person reads.
    #[must_use]
    pub fn label(self) -> Text<'v> {
        Text(self.0.get("label").unwrap_or(&Value::Null))
    }
}

/// What kind of answer a field takes. FORMAT §7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Kind {
    /// One line.
    #[default]
    Text,
    /// Several lines.
    LongText,
    /// A person's name, whole, in one field.
    Name,
    /// A phone number, kept as E.164.
    Phone,
    /// An e-mail address.
    Email,
    /// A calendar date.
    Date,
    /// A province.
    Province,
    /// A regency or city.
    City,
    /// A decimal number, kept as it is written.
    Number,
    /// One of the options.
    Choice,
    /// Some of the options.
    Choices,
    /// One or more files.
    File,
    /// A postal address, several lines.
    Address,
    /// An Indonesian postal code.
    Postcode,
    /// The number of an Indonesian identity card; only where the law demands it.
    Nik,
}

impl Kind {
    /// The word in a definition.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        KINDS[self as usize].0
    }

    fn parse(text: &str) -> Option<Self> {
        KINDS.iter().find(|(word, _)| *word == text).map(|(_, kind)| *kind)
    }

    /// The default of `max` in bytes for kinds that a definition may bound.
    const fn default_max(self) -> Option<usize> {
        match self {
            Self::Text => Some(200),
            Self::LongText => Some(2000),
            Self::Name => Some(120),
            Self::Province | Self::City => Some(80),
            Self::Address => Some(500),
            _ => None,
        }
    }
}

impl Field {
    /// Its id: the key of its answer.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.text_at("id")
    }

    /// What kind of answer it takes.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind::parse(self.0.text_at("kind")).unwrap_or_default()
    }

    /// What a person reads beside it.
    #[must_use]
    pub fn label(&self) -> Text<'_> {
        self.text("label")
    }

    /// Why it is asked.
    #[must_use]
    pub fn reason(&self) -> Text<'_> {
        self.text("reason")
    }

    /// How to fill it.
    #[must_use]
    pub fn hint(&self) -> Option<Text<'_>> {
        self.0.get("hint").map(Text)
    }

    /// The purposes it serves, never none.
    pub fn purposes(&self) -> impl Iterator<Item = &str> {
        self.0.list_at("purposes").iter().filter_map(Value::as_text)
    }

    /// Whether it serves that purpose.
    #[must_use]
    pub fn serves(&self, purpose: &str) -> bool {
        self.purposes().any(|id| id == purpose)
    }

    /// Whether a submission needs it.
    #[must_use]
    pub fn required(&self) -> bool {
        self.0.is_set("required")
    }

    /// The roles that may read it besides the owner.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.0.list_at("roles").iter().filter_map(Value::as_text)
    }

    /// Longest answer in UTF-8 bytes, for kinds that hold free text; the fixed bound of the kind otherwise.
    #[must_use]
    pub fn max_bytes(&self) -> usize {
        let own = match self.kind() {
            Kind::Email => 254,
            Kind::Number => 32,
            kind => kind.default_max().unwrap_or(0),
        };
        self.0.int_at("max").map_or(own, |max| max as usize)
    }

    /// Who is asked, where a parent or guardian may fill the form for a child: `guardian`, `adult`, or nothing for both.
    #[must_use]
    pub fn of(&self) -> &str {
        self.0.text_at("of")
    }

    /// The options of a `choice` or `choices` field.
    pub fn options(&self) -> impl Iterator<Item = Choosable<'_>> {
        self.0.list_at("options").iter().map(Choosable)
    }

    /// How many files a `file` field takes.
    #[must_use]
    pub fn files(&self) -> usize {
        self.0.int_at("files").map_or(1, |files| files as usize)
    }

    /// Largest file in bytes.
    #[must_use]
    pub fn file_max(&self) -> u64 {
        self.0.int_at("max_bytes").map_or(DEFAULT_FILE_BYTES, |max| max as u64)
    }

    /// Media types that are accepted; none for any.
    pub fn accept(&self) -> impl Iterator<Item = &str> {
        self.0.list_at("accept").iter().filter_map(Value::as_text)
    }

    fn text(&self, key: &str) -> Text<'_> {
        Text(self.0.get(key).unwrap_or(&Value::Null))
    }

    /// Bytes that its value can take in canonical JSON: `value(kind)` of FORMAT §8.3.
    pub(crate) fn value_bound(&self) -> usize {
        match self.kind() {
            Kind::Phone | Kind::Nik => 18,
            Kind::Postcode => 7,
            Kind::Email => 512,
            Kind::Date => 12,
            Kind::Number => 34,
            Kind::Choice => 36,
            Kind::Choices => 2 + 36 * self.0.list_at("options").len(),
            Kind::File => 2 + 640 * self.files(),
            _ => 2 * self.max_bytes() + 2,
        }
    }

    /// Which keys stand beside which kind.
    pub(crate) fn check(&self, shape: &mut Shape) {
        let kind = self.kind();
        let choosable = matches!(kind, Kind::Choice | Kind::Choices);
        for (key, fits) in [
            ("max", kind.default_max().is_some()),
            ("options", choosable),
            ("files", kind == Kind::File),
            ("max_bytes", kind == Kind::File),
            ("accept", kind == Kind::File),
            ("image", kind == Kind::File),
            ("birth", kind == Kind::Date),
        ] {
            if !fits && self.0.get(key).is_some() {
                shape.refuse_at(key, MisfitCause::UnknownKey);
            }
        }
        if choosable && self.0.get("options").is_none() {
            shape.refuse_at("options", MisfitCause::Missing);
        }
    }
}

const DEFAULT_FILE_BYTES: u64 = 5 * 1024 * 1024;
/// FORMAT §5.3.
pub(crate) const KEYS: Keys = &[
    ("id", Need::Must, ID),
    ("kind", Need::Must, Rule::Word(KIND_WORDS)),
    ("label", Need::Must, Rule::Texts),
    ("reason", Need::Must, Rule::Texts),
    ("hint", Need::May, Rule::Texts),
    ("purposes", Need::Must, Rule::List { of: &ID, min: 1, max: limits::PURPOSES, once: true }),
    ("required", Need::Must, Rule::Truth),
    ("of", Need::May, Rule::Word("guardian, adult")),
    ("roles", Need::May, Rule::List { of: &ID, min: 1, max: limits::ROLES, once: true }),
    ("max", Need::May, Rule::Integer(1, limits::ANSWER_BYTES as i32)),
    ("options", Need::May, Rule::List { of: &Rule::Object(&[OPTION_KEYS]), min: 1, max: limits::OPTIONS, once: true }),
    ("files", Need::May, Rule::Integer(1, limits::FILES as i32)),
    ("max_bytes", Need::May, Rule::Integer(1, limits::FILE_BYTES as i32)),
    ("image", Need::May, Rule::Integer(256, 4096)),
    ("birth", Need::May, Rule::Truth),
    ("accept", Need::May, Rule::List { of: &MEDIA_TYPE, min: 1, max: 16, once: false }),
];
const OPTION_KEYS: Keys = &[("id", Need::Must, ID), ("label", Need::Must, Rule::Texts)];
const MEDIA_TYPE: Rule = Rule::Like(Pattern::MediaType);
const KINDS: [(&str, Kind); 15] = [
    ("text", Kind::Text),
    ("long_text", Kind::LongText),
    ("name", Kind::Name),
    ("phone", Kind::Phone),
    ("email", Kind::Email),
    ("date", Kind::Date),
    ("province", Kind::Province),
    ("city", Kind::City),
    ("number", Kind::Number),
    ("choice", Kind::Choice),
    ("choices", Kind::Choices),
    ("file", Kind::File),
    ("address", Kind::Address),
    ("postcode", Kind::Postcode),
    ("nik", Kind::Nik),
];
const KIND_WORDS: &str =
    "text, long_text, name, phone, email, date, province, city, number, choice, choices, file, address, postcode, nik";
