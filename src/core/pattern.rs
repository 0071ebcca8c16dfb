//! The strings of a form's grammar: names, addresses, durations and the like. FORMAT §1.2, §5.
//!
//! A closed list rather than functions in the tables: a module without indirect calls is one from which the linker can drop
//! what it does not use.

use crate::id::{FormDigest, FormName, is_id};
use crate::time::{Span, Time};

/// A kind of string.
#[derive(Clone, Copy)]
pub(crate) enum Pattern {
    Name,
    Id,
    Language,
    Country,
    Link,
    Endpoint,
    MediaType,
    Term,
    Span,
    Time,
    Digest,
}

impl Pattern {
    /// Whether `text` is one.
    pub(crate) fn fits(self, text: &str) -> bool {
        match self {
            Self::Name => FormName::parse(text).is_ok(),
            Self::Id => is_id(text),
            Self::Language => is_language(text),
            Self::Country => is_country(text),
            Self::Link => is_link(text),
            Self::Endpoint => is_endpoint(text),
            Self::MediaType => is_media_type(text),
            Self::Term => is_term(text),
            Self::Span => Span::parse(text).is_some(),
            Self::Time => Time::parse(text).is_some(),
            Self::Digest => FormDigest::parse(text).is_ok(),
        }
    }

    /// What was wanted, for a person.
    pub(crate) const fn what(self) -> &'static str {
        match self {
            Self::Name => "a name like daftar: small letters, digits, -",
            Self::Id => "an id like tanggal_lahir: small letters, digits, _, at most 32",
            Self::Language => "two small letters like id",
            Self::Country => "a country as two capital letters like ID",
            Self::Link => "an https address without user name",
            Self::Endpoint => "an https address or a path that begins with one /",
            Self::MediaType => "a media type like image/jpeg",
            Self::Term => "a term like Marketing",
            Self::Span => "a duration with one unit like P2Y, P18M or P90D",
            Self::Time => "a time like 2026-11-23T03:12:46Z",
            Self::Digest => "a digest",
        }
    }
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn is_language(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// An https address with a host, without user information (which could pass for the host) and without anything a page
/// could stumble over.
fn is_link(text: &str) -> bool {
    text.strip_prefix("https://").is_some_and(is_host_and_path)
}

fn is_endpoint(text: &str) -> bool {
    let path = text.starts_with('/') && !text.starts_with("//") && text.bytes().all(is_address_byte);
    let local = text.strip_prefix("http://").is_some_and(|rest| {
        let host = rest.split(['/', ':']).next().unwrap_or_default();
        matches!(host, "localhost" | "127.0.0.1") && is_host_and_path(rest)
    });
    text.len() <= 500 && (path || local || is_link(text))
}

fn is_host_and_path(rest: &str) -> bool {
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    !host.is_empty()
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:".contains(&byte))
        && rest.bytes().all(is_address_byte)
}

fn is_address_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\"'<>\\^`{|}".contains(&byte)
}

/// Whether `text` is `type/subtype` in the characters that media types use, at most 100 bytes.
pub(crate) fn is_media_type(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    text.len() <= 100 && text.split_once('/').is_some_and(|(left, right)| part(left) && part(right))
}

fn is_term(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}
