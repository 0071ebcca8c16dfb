//! Holds a [`Value`] against a grammar that is data: FORMAT §5 as tables of rules, one small reader for all of them.
//!
//! Apart because owner-written and published forms obey the same rules; a person who mends a definition wants all the
//! faults at once, not the first. A table costs a customer's download a tenth of what code for every key would.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::age::{KeyError, Recipient};
use crate::json::Value;
use crate::limits;
use crate::pattern::Pattern;

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

impl core::error::Error for Misfit {}

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
    /// An identity number that no legal duty asks for.
    #[error("is asked only where the law demands it: one of its purposes needs the basis legal")]
    NeedsLegalGround,
    /// A parent or guardian may fill the form, and cannot be named or reached.
    #[error("needs a required name and a required phone or email with \"of\": \"guardian\"")]
    NoGuardian,
    /// A field of the guardian, or of adults, where no guardian fills the form.
    #[error("stands only in a form with \"children\": \"guardian\"")]
    GuardianOnly,
    /// A purpose for adults without which a child cannot be registered.
    #[error("is required, and for adults only, but a guardian may fill the form for a child")]
    RequiredForAdults,
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

/// What a value must be.
pub(crate) enum Rule {
    /// An object with these keys and no other.
    Object(&'static [Keys]),
    /// A list of `min` to `max` items; `once` if no two may be the same text or have the same `id`.
    List { of: &'static Rule, min: usize, max: usize, once: bool },
    /// An object with a line for each language of the form.
    Texts,
    /// Text shown to people: not blank, at most so many bytes, nothing hidden.
    Line(usize),
    /// The same, in lines parted by LF.
    Lines(usize),
    /// A string of this kind.
    Like(Pattern),
    /// One of the words, which are separated by `, `.
    Word(&'static str),
    /// A reader's key.
    Reader,
    /// `true` or `false`.
    Truth,
    /// A whole number in this range.
    Integer(i32, i32),
    /// An object with the value of the rule for each language of the form.
    PerLanguage(&'static Rule),
    /// Anything; read elsewhere.
    Any,
}

/// Keys of an object: name, whether it must be there, and what it must be.
pub(crate) type Keys = &'static [(&'static str, Need, Rule)];

/// Whether a key must be there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// It must.
    Must,
    /// It may be left out.
    May,
}

/// An id of FORMAT §1.2.
pub(crate) const ID: Rule = Rule::Like(Pattern::Id);

/// The path so far and what was found wrong.
///
/// Where nobody can read the details (a customer's page, a server), only that there is a misfit is kept: paths and causes
/// are a tenth of the download otherwise.
#[derive(Default)]
pub(crate) struct Shape {
    path: String,
    languages: Vec<String>,
    misfits: Vec<Misfit>,
}

/// Whether paths and causes are kept.
const DETAILS: bool = cfg!(feature = "open");

impl Shape {
    /// For a form in these languages.
    pub(crate) const fn new(languages: Vec<String>) -> Self {
        Self { path: String::new(), languages, misfits: Vec::new() }
    }

    pub(crate) fn finish<T>(self, value: T) -> Result<T, Vec<Misfit>> {
        if self.misfits.is_empty() { Ok(value) } else { Err(self.misfits) }
    }

    /// Whether nothing was refused so far.
    pub(crate) const fn fits(&self) -> bool {
        self.misfits.is_empty()
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

    /// Appends `key` to the path; returns where it ended before, for [`Shape::leave`].
    #[inline(always)]
    pub(crate) fn enter(&mut self, key: &str) -> usize {
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
    fn enter_index(&mut self, index: usize) -> usize {
        let before = self.path.len();
        if DETAILS {
            self.path.push('[');
            crate::time::push_decimal(&mut self.path, index as u64);
            self.path.push(']');
        }
        before
    }

    /// Takes the path back to where it ended.
    #[inline(always)]
    pub(crate) fn leave(&mut self, before: usize) {
        if DETAILS {
            self.path.truncate(before);
        }
    }

    /// Refuses what lies at `key` below the path.
    pub(crate) fn refuse_at(&mut self, key: &str, cause: MisfitCause) {
        let before = self.enter(key);
        self.refuse(cause);
        self.leave(before);
    }

    /// Records every misfit of `value` with `rule`.
    pub(crate) fn hold(&mut self, value: &Value, rule: &Rule) {
        match rule {
            Rule::Object(keys) => self.object(value, keys),
            Rule::List { of, min, max, once } => self.list(value, of, *min, *max, *once),
            Rule::Texts => self.per_language(value, &Rule::Line(limits::TEXT_BYTES)),
            Rule::PerLanguage(rule) => self.per_language(value, rule),
            Rule::Truth if value.as_bool().is_none() => {
                self.refuse(MisfitCause::WrongType { wanted: "true or false" });
            }
            Rule::Integer(min, max) => match value.as_int() {
                Some(number) if (i64::from(*min)..=i64::from(*max)).contains(&number) => {}
                Some(_) => self.refuse(MisfitCause::OutOfRange { min: i64::from(*min), max: i64::from(*max) }),
                None => self.refuse(MisfitCause::WrongType { wanted: "a whole number" }),
            },
            Rule::Truth | Rule::Any => {}
            rule => match value.as_text() {
                Some(text) => self.text(text, rule),
                None => self.refuse(MisfitCause::WrongType { wanted: "a string" }),
            },
        }
    }

    fn text(&mut self, text: &str, rule: &Rule) {
        match rule {
            Rule::Line(max) => self.line(text, *max),
            Rule::Lines(max) => {
                for line in text.split('\n') {
                    self.line(line, *max);
                }
            }
            Rule::Like(pattern) if !pattern.fits(text) => self.refuse(MisfitCause::NotA { what: pattern.what() }),
            Rule::Word(known) if !known.split(',').any(|word| word.trim_start_matches(' ') == text) => {
                self.refuse(MisfitCause::NotOneOf { known });
            }
            Rule::Reader => {
                if let Err(error) = Recipient::parse(text) {
                    self.refuse(MisfitCause::Key(error));
                }
            }
            _ => {}
        }
    }

    fn line(&mut self, text: &str, max: usize) {
        if text.trim().is_empty() {
            self.refuse(MisfitCause::Empty);
        } else if text.len() > max {
            self.refuse(MisfitCause::TooLong { max });
        } else if let Some((offset, character)) = hidden(text) {
            self.refuse(MisfitCause::Hidden { offset, code: character as u32 });
        }
    }

    fn object(&mut self, value: &Value, known: &[Keys]) {
        let Some(entries) = value.as_object() else {
            return self.refuse(MisfitCause::WrongType { wanted: "an object" });
        };
        for (key, _) in entries {
            if !known.iter().any(|keys| keys.iter().any(|(name, _, _)| name == key)) {
                self.refuse_at(key, MisfitCause::UnknownKey);
            }
        }
        for keys in known {
            for (key, need, rule) in *keys {
                match value.get(key) {
                    Some(value) => self.hold_at(key, value, rule),
                    None if *need == Need::Must => self.refuse_at(key, MisfitCause::Missing),
                    None => {}
                }
            }
        }
    }

    fn hold_at(&mut self, key: &str, value: &Value, rule: &Rule) {
        let before = self.enter(key);
        self.hold(value, rule);
        self.leave(before);
    }

    fn list(&mut self, value: &Value, of: &Rule, min: usize, max: usize, once: bool) {
        let Some(items) = value.as_list() else {
            return self.refuse(MisfitCause::WrongType { wanted: "a list" });
        };
        if items.len() > max {
            return self.refuse(MisfitCause::TooMany { max });
        }
        if items.len() < min {
            self.refuse(MisfitCause::Empty);
        }
        for (index, item) in items.iter().enumerate() {
            let before = self.enter_index(index);
            self.hold(item, of);
            if once && items[..index].iter().any(|other| same(other, item)) {
                self.refuse(MisfitCause::Duplicate);
            }
            self.leave(before);
        }
    }

    fn per_language(&mut self, value: &Value, rule: &Rule) {
        let Some(entries) = value.as_object() else {
            return self.refuse(MisfitCause::WrongType { wanted: "an object with a text for each language" });
        };
        for (language, _) in entries {
            if !self.languages.contains(language) {
                self.refuse_at(language, MisfitCause::UnknownLanguage);
            }
        }
        for index in 0..self.languages.len() {
            let language = self.languages[index].clone();
            match value.get(&language) {
                Some(value) => self.hold_at(&language, value, rule),
                None => self.refuse_at(&language, MisfitCause::Missing),
            }
        }
    }
}

/// Whether two items of a list are the same text or have the same `id`.
fn same(one: &Value, other: &Value) -> bool {
    let name = name(one);
    !name.is_empty() && name == self::name(other)
}

fn name(item: &Value) -> &str {
    item.get("id").unwrap_or(item).as_text().unwrap_or_default()
}

/// The first character that could make text read other than it is: controls and invisible direction or joining marks.
/// U+200C and U+200D stay allowed: scripts need them.
pub(crate) fn hidden(text: &str) -> Option<(usize, char)> {
    text.char_indices().find(|(_, character)| {
        character.is_control()
            || matches!(character, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    })
}
