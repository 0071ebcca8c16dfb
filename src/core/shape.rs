//! Reads a [`Value`] against the grammar of FORMAT §5 and collects every misfit with its path.
//!
//! Apart because owner-written and published forms are read by the same rules; a person who fixes a definition wants
//! all the faults at once, not the first.

use core::fmt;

use crate::age::KeyError;
use crate::json::Value;

/// One place where a definition does not fit the grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    path: String,
    cause: MisfitCause,
}

impl Misfit {
    /// Where: `fields[3].label.id`; empty for the whole.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong there.
    #[must_use]
    pub const fn cause(&self) -> &MisfitCause {
        &self.cause
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        fmt::Display::fmt(&self.cause, f)
    }
}

impl std::error::Error for Misfit {}

/// Why a definition does not fit. FORMAT §5.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MisfitCause {
    /// A key that must be there is not.
    #[error("missing")]
    Missing,
    /// A key that the grammar does not know.
    #[error("unknown key; perhaps made for a newer kit")]
    UnknownKey,
    /// Another kind of value was wanted.
    #[error("must be {wanted}")]
    WrongType {
        /// What was wanted, with its article.
        wanted: &'static str,
    },
    /// Nothing there where something must be.
    #[error("must not be empty")]
    Empty,
    /// Too many bytes.
    #[error("longer than {max} bytes")]
    TooLong {
        /// The limit in UTF-8 bytes.
        max: usize,
    },
    /// Too many items.
    #[error("more than {max}")]
    TooMany {
        /// The limit.
        max: usize,
    },
    /// A number outside its range.
    #[error("must be from {min} to {max}")]
    OutOfRange {
        /// Smallest allowed.
        min: i64,
        /// Largest allowed.
        max: i64,
    },
    /// Not one of the values that the grammar lists.
    #[error("must be one of: {known}")]
    NotOneOf {
        /// The values, separated by commas.
        known: &'static str,
    },
    /// Does not follow the grammar of a name, link, duration or time.
    #[error("must be {what}")]
    NotA {
        /// What was wanted, with an example.
        what: &'static str,
    },
    /// A control or direction mark that could make text read other than it is.
    #[error("has a hidden or control character U+{code:04X} at byte {offset}")]
    Hidden {
        /// Byte offset in the text.
        offset: usize,
        /// The character's code point.
        code: u32,
    },
    /// The same name twice.
    #[error("is already used")]
    Duplicate,
    /// Names something that the form does not have.
    #[error("names nothing that this form has")]
    UnknownReference,
    /// A name that the format keeps for itself.
    #[error("is a name that Segel keeps for itself")]
    Reserved,
    /// A language that the form does not have, or that has no wording.
    #[error("is not a language of this form")]
    UnknownLanguage,
    /// No ready wording for the notice in this language.
    #[error("has no wording for the notice yet; use id and en")]
    NoWording,
    /// The controller cannot be reached.
    #[error("needs one of email, phone, whatsapp")]
    NoContact,
    /// No purpose is required, so nothing could be agreed by sending.
    #[error("needs at least one required purpose")]
    NoRequiredPurpose,
    /// A purpose that may be refused but does not rest on consent.
    #[error("an optional purpose needs the basis consent")]
    OptionalWithoutConsent,
    /// A required field that serves only purposes one may refuse.
    #[error("is required, but serves no required purpose")]
    RequiredForOptional,
    /// Not a reader's key.
    #[error("{0}")]
    Key(KeyError),
    /// Readers of more than one suite.
    #[error("is of another suite than the form's; a form never mixes them")]
    MixedSuites,
    /// `parts` is not what the fields give.
    #[error("does not follow from the fields")]
    PartsDiffer,
    /// A JSON part would be larger than the format allows.
    #[error("the answers of one part can exceed 64 KiB; lower some `max`")]
    PartTooLarge,
}

/// The path so far and what was found wrong.
///
/// Where nobody can read the details (a customer's page, a server), only that there is a misfit is kept: paths and causes
/// are a tenth of the download otherwise.
#[derive(Default)]
pub(crate) struct Shape {
    path: String,
    misfits: Vec<Misfit>,
}

/// Whether paths and causes are kept.
const DETAILS: bool = cfg!(feature = "open");

impl Shape {
    pub(crate) fn finish<T>(self, value: T) -> Result<T, Vec<Misfit>> {
        if self.misfits.is_empty() { Ok(value) } else { Err(self.misfits) }
    }

    #[inline(always)]
    pub(crate) fn refuse(&mut self, cause: MisfitCause) {
        if DETAILS {
            self.misfits.push(Misfit { path: self.path.clone(), cause });
        } else {
            self.note();
        }
    }

    #[inline(never)]
    fn note(&mut self) {
        self.misfits.push(Misfit { path: String::new(), cause: MisfitCause::Missing });
    }

    /// Appends `key` to the path; returns where it ended before.
    #[inline(always)]
    fn enter(&mut self, key: &str) -> usize {
        let before = self.path.len();
        if DETAILS {
            if before > 0 && !key.starts_with('[') {
                self.path.push('.');
            }
            self.path.push_str(key);
        }
        before
    }

    #[inline(always)]
    fn leave(&mut self, before: usize) {
        if DETAILS {
            self.path.truncate(before);
        }
    }

    /// Runs `read` with `key` appended to the path.
    pub(crate) fn at<T>(&mut self, key: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.enter(key);
        let result = read(self);
        self.leave(before);
        result
    }

    fn at_index<T>(&mut self, index: usize, read: impl FnOnce(&mut Self) -> T) -> T {
        let mut key = String::new();
        if DETAILS {
            key.push('[');
            crate::time::push_decimal(&mut key, index as u64);
            key.push(']');
        }
        self.at(&key, read)
    }

    /// Refuses keys outside `known`, and a value that is no object.
    pub(crate) fn keys(&mut self, value: &Value, known: &[&[&str]]) {
        let Some(entries) = value.as_object() else {
            return self.refuse(MisfitCause::WrongType { wanted: "an object" });
        };
        for (key, _) in entries {
            if !known.iter().any(|keys| keys.contains(&key.as_str())) {
                self.at(key, |shape| shape.refuse(MisfitCause::UnknownKey));
            }
        }
    }

    /// Reads a key that must be there; a misfit gives `T::default()` and is recorded.
    pub(crate) fn need<T: Default>(
        &mut self,
        object: &Value,
        key: &str,
        read: impl FnOnce(&mut Self, &Value) -> T,
    ) -> T {
        self.at(key, |shape| match object.get(key) {
            Some(value) => read(shape, value),
            None => {
                shape.refuse(MisfitCause::Missing);
                T::default()
            }
        })
    }

    /// Reads a key that may be left out.
    pub(crate) fn may<T>(&mut self, object: &Value, key: &str, read: impl FnOnce(&mut Self, &Value) -> T) -> Option<T> {
        let value = object.get(key)?;
        Some(self.at(key, |shape| read(shape, value)))
    }

    /// Reads a list of at most `max` items.
    pub(crate) fn list<T>(
        &mut self,
        value: &Value,
        max: usize,
        mut read: impl FnMut(&mut Self, &Value) -> T,
    ) -> Vec<T> {
        let Some(items) = value.as_list() else {
            self.refuse(MisfitCause::WrongType { wanted: "a list" });
            return Vec::new();
        };
        if items.len() > max {
            self.refuse(MisfitCause::TooMany { max });
            return Vec::new();
        }
        items.iter().enumerate().map(|(index, item)| self.at_index(index, |shape| read(shape, item))).collect()
    }

    /// The same, and at least one item.
    pub(crate) fn some<T>(&mut self, value: &Value, max: usize, read: impl FnMut(&mut Self, &Value) -> T) -> Vec<T> {
        let items = self.list(value, max, read);
        if value.as_list().is_some_and(<[Value]>::is_empty) {
            self.refuse(MisfitCause::Empty);
        }
        items
    }

    /// A string that passes `fits`; `what` tells the person what was wanted.
    pub(crate) fn matching(&mut self, value: &Value, what: &'static str, fits: impl FnOnce(&str) -> bool) -> String {
        match value.as_text() {
            Some(text) if fits(text) => String::from(text),
            Some(_) => {
                self.refuse(MisfitCause::NotA { what });
                String::new()
            }
            None => {
                self.refuse(MisfitCause::WrongType { wanted: "a string" });
                String::new()
            }
        }
    }

    /// An id of FORMAT §1.2.
    pub(crate) fn id(&mut self, value: &Value) -> String {
        self.matching(value, "an id like tanggal_lahir: small letters, digits, _, at most 32", crate::id::is_id)
    }

    /// Text shown to people: not empty, at most `max` bytes, nothing hidden.
    pub(crate) fn shown(&mut self, value: &Value, max: usize) -> String {
        let Some(text) = value.as_text() else {
            self.refuse(MisfitCause::WrongType { wanted: "a string" });
            return String::new();
        };
        if text.trim().is_empty() {
            self.refuse(MisfitCause::Empty);
        } else if text.len() > max {
            self.refuse(MisfitCause::TooLong { max });
        } else if let Some((offset, character)) = hidden(text) {
            self.refuse(MisfitCause::Hidden { offset, code: character as u32 });
        } else {
            return String::from(text);
        }
        String::new()
    }

    pub(crate) fn truth(&mut self, value: &Value) -> bool {
        value.as_bool().unwrap_or_else(|| {
            self.refuse(MisfitCause::WrongType { wanted: "true or false" });
            false
        })
    }

    pub(crate) fn integer(&mut self, value: &Value, min: i64, max: i64) -> i64 {
        match value.as_int() {
            Some(number) if (min..=max).contains(&number) => return number,
            Some(_) => self.refuse(MisfitCause::OutOfRange { min, max }),
            None => self.refuse(MisfitCause::WrongType { wanted: "a whole number" }),
        }
        min
    }

    /// Records a duplicate if `name` was seen before.
    pub(crate) fn once<'n>(&mut self, seen: &mut Vec<&'n str>, name: &'n str) {
        if !name.is_empty() && seen.contains(&name) {
            self.refuse(MisfitCause::Duplicate);
        }
        seen.push(name);
    }
}

/// The first character that could make text read other than it is: controls and invisible direction or joining marks.
/// U+200C and U+200D stay allowed: scripts need them.
pub(crate) fn hidden(text: &str) -> Option<(usize, char)> {
    text.char_indices().find(|(_, character)| {
        character.is_control()
            || matches!(character, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    })
}
