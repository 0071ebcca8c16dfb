//! What a form asks: fields, their kinds and options. FORMAT §5.3.

use crate::json::Value;
use crate::limits;
use crate::shape::{MisfitCause, Shape};
use crate::text::Text;

/// One thing that a form asks.
#[derive(Debug, Clone)]
pub struct Field {
    id: String,
    kind: Kind,
    label: Text,
    reason: Text,
    hint: Option<Text>,
    purposes: Vec<String>,
    required: bool,
    roles: Vec<String>,
    max: usize,
    options: Vec<Choosable>,
    files: usize,
    file_max: u64,
    accept: Vec<String>,
}

/// An option of a `choice` or `choices` field.
#[derive(Debug, Clone, Default)]
pub struct Choosable {
    id: String,
    label: Text,
}

impl Choosable {
    /// Its id: what an answer holds.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What a person reads.
    #[must_use]
    pub const fn label(&self) -> &Text {
        &self.label
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
            _ => None,
        }
    }
}

impl Field {
    /// Its id: the key of its answer.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What kind of answer it takes.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// What a person reads beside it.
    #[must_use]
    pub const fn label(&self) -> &Text {
        &self.label
    }

    /// Why it is asked.
    #[must_use]
    pub const fn reason(&self) -> &Text {
        &self.reason
    }

    /// How to fill it.
    #[must_use]
    pub const fn hint(&self) -> Option<&Text> {
        self.hint.as_ref()
    }

    /// The purposes it serves, never none.
    #[must_use]
    pub fn purposes(&self) -> &[String] {
        &self.purposes
    }

    /// Whether a submission needs it.
    #[must_use]
    pub const fn required(&self) -> bool {
        self.required
    }

    /// The roles that may read it besides the owner.
    #[must_use]
    pub fn roles(&self) -> &[String] {
        &self.roles
    }

    /// Longest answer in UTF-8 bytes, for kinds that hold free text; the fixed bound of the kind otherwise.
    #[must_use]
    pub const fn max_bytes(&self) -> usize {
        self.max
    }

    /// The options of a `choice` or `choices` field.
    #[must_use]
    pub fn options(&self) -> &[Choosable] {
        &self.options
    }

    /// How many files a `file` field takes.
    #[must_use]
    pub const fn files(&self) -> usize {
        self.files
    }

    /// Largest file in bytes.
    #[must_use]
    pub const fn file_max(&self) -> u64 {
        self.file_max
    }

    /// Media types that are accepted; empty for any.
    #[must_use]
    pub fn accept(&self) -> &[String] {
        &self.accept
    }

    /// Bytes that its value can take in canonical JSON: `value(kind)` of FORMAT §8.3.
    pub(crate) fn value_bound(&self) -> usize {
        match self.kind {
            Kind::Text | Kind::LongText | Kind::Name | Kind::Province | Kind::City => 2 * self.max + 2,
            Kind::Phone => 18,
            Kind::Email => 512,
            Kind::Date => 12,
            Kind::Number => 34,
            Kind::Choice => 36,
            Kind::Choices => 2 + 36 * self.options.len(),
            Kind::File => 2 + 640 * self.files,
        }
    }

    pub(crate) fn read(shape: &mut Shape, value: &Value, languages: &[String]) -> Self {
        shape.keys(value, &[KEYS]);
        let kind = shape.need(value, "kind", read_kind);
        let choosable = matches!(kind, Kind::Choice | Kind::Choices);
        for (key, fits) in [
            ("max", kind.default_max().is_some()),
            ("options", choosable),
            ("files", kind == Kind::File),
            ("max_bytes", kind == Kind::File),
            ("accept", kind == Kind::File),
        ] {
            if !fits && value.get(key).is_some() {
                shape.at(key, |shape| shape.refuse(MisfitCause::UnknownKey));
            }
        }
        let max = kind.default_max().unwrap_or(match kind {
            Kind::Email => 254,
            Kind::Number => 32,
            _ => 0,
        });
        let options = if choosable {
            shape.need(value, "options", |shape, value| read_options(shape, value, languages))
        } else {
            Vec::new()
        };
        Self {
            id: shape.need(value, "id", Shape::id),
            kind,
            label: shape.need(value, "label", |shape, value| Text::read(shape, value, languages)),
            reason: shape.need(value, "reason", |shape, value| Text::read(shape, value, languages)),
            hint: shape.may(value, "hint", |shape, value| Text::read(shape, value, languages)),
            purposes: shape.need(value, "purposes", |shape, value| read_ids(shape, value, limits::PURPOSES)),
            required: shape.need(value, "required", Shape::truth),
            roles: shape.may(value, "roles", |shape, value| read_ids(shape, value, limits::ROLES)).unwrap_or_default(),
            max: shape
                .may(value, "max", |shape, value| shape.integer(value, 1, limits::ANSWER_BYTES as i64) as usize)
                .unwrap_or(max),
            options,
            files: shape
                .may(value, "files", |shape, value| shape.integer(value, 1, limits::FILES as i64) as usize)
                .unwrap_or(1),
            file_max: shape
                .may(value, "max_bytes", |shape, value| shape.integer(value, 1, limits::FILE_BYTES as i64) as u64)
                .unwrap_or(DEFAULT_FILE_BYTES),
            accept: shape
                .may(value, "accept", |shape, value| shape.some(value, 16, read_media_type))
                .unwrap_or_default(),
        }
    }
}

/// A non-empty list of ids, none twice.
pub(crate) fn read_ids(shape: &mut Shape, value: &Value, max: usize) -> Vec<String> {
    let ids = shape.some(value, max, Shape::id);
    let mut seen = Vec::new();
    for id in &ids {
        shape.once(&mut seen, id);
    }
    ids
}

fn read_kind(shape: &mut Shape, value: &Value) -> Kind {
    value.as_text().and_then(Kind::parse).unwrap_or_else(|| {
        shape.refuse(MisfitCause::NotOneOf { known: KIND_WORDS });
        Kind::Text
    })
}

fn read_options(shape: &mut Shape, value: &Value, languages: &[String]) -> Vec<Choosable> {
    let options = shape.some(value, limits::OPTIONS, |shape, value| {
        shape.keys(value, &[&["id", "label"]]);
        Choosable {
            id: shape.need(value, "id", Shape::id),
            label: shape.need(value, "label", |shape, value| Text::read(shape, value, languages)),
        }
    });
    let mut seen = Vec::new();
    for option in &options {
        shape.once(&mut seen, &option.id);
    }
    options
}

fn read_media_type(shape: &mut Shape, value: &Value) -> String {
    shape.matching(value, "a media type like image/jpeg", is_media_type)
}

/// Whether `text` is `type/subtype` in the characters that media types use, at most 100 bytes.
pub(crate) fn is_media_type(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    text.len() <= 100 && text.split_once('/').is_some_and(|(left, right)| part(left) && part(right))
}

const DEFAULT_FILE_BYTES: u64 = 5 * 1024 * 1024;
const KEYS: &[&str] = &[
    "id",
    "kind",
    "label",
    "reason",
    "hint",
    "purposes",
    "required",
    "roles",
    "max",
    "options",
    "files",
    "max_bytes",
    "accept",
];
const KINDS: [(&str, Kind); 12] = [
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
];
const KIND_WORDS: &str = "text, long_text, name, phone, email, date, province, city, number, choice, choices, file";
