//! Parts: what is sealed together and for whom; their order, sizes and padding. FORMAT §8.
//!
//! Shape says nothing: every part that a form can have is in every submission, and a JSON part has one size whatever was
//! answered. Only a file's length shows.

use alloc::string::String;
use alloc::vec::Vec;

use crate::age::Suite;
use crate::field::{Field, Kind};
use crate::id::{FormDigest, PartName, SubmissionId};
use crate::json::Writer;
use crate::limits;
use crate::purpose::Purpose;
use crate::shape::MisfitCause;
use crate::text;
use crate::time::push_decimal;

/// One part as the form plans it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartPlan {
    name: PartName,
    roles: Vec<String>,
    content: Content,
}

/// What a part holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// JSON, padded with spaces to `size` bytes.
    Json {
        /// Bytes of the plaintext, always.
        size: usize,
    },
    /// A file as it is, or nothing.
    File {
        /// Id of the field it answers.
        field: String,
        /// Most bytes of the plaintext.
        max: u64,
    },
}

impl PartPlan {
    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &PartName {
        &self.name
    }

    /// The roles whose keys read it, `owner` always among them.
    #[must_use]
    pub fn roles(&self) -> &[String] {
        &self.roles
    }

    /// Whether it holds a file.
    #[must_use]
    pub const fn is_file(&self) -> bool {
        matches!(self.content, Content::File { .. })
    }

    /// What it holds.
    #[must_use]
    pub const fn content(&self) -> &Content {
        &self.content
    }
}

/// The parts that follow from a form's fields, in order. FORMAT §8.
pub(crate) fn plan(
    fields: &[Field],
    purposes: &[Purpose],
    roles: &[&str],
    guardian: bool,
) -> Result<Vec<PartPlan>, MisfitCause> {
    let mut all = Vec::new();
    for role in roles {
        insert(&mut all, role);
    }
    let mut groups: Vec<PartPlan> = Vec::new();
    let mut files = Vec::new();
    for field in fields {
        let group = readers(field);
        if field.kind() == Kind::File {
            for nth in 1..=field.files() {
                let content = Content::File { field: String::from(field.id()), max: field.file_max() };
                files.push(PartPlan { name: file_part(field.id(), nth)?, roles: group.clone(), content });
            }
        }
        if group != all && !groups.iter().any(|known| known.roles == group) {
            let (name, content) = (group_part(&group)?, json(64 + body_bound(fields, &group))?);
            let place = groups.iter().position(|known| known.name > name).unwrap_or(groups.len());
            groups.insert(place, PartPlan { name, roles: group, content });
        }
    }
    let count = 1 + groups.len() + files.len();
    if count > limits::PARTS {
        return Err(MisfitCause::TooMany { max: limits::PARTS });
    }
    let mut size = 640 + 192 * usize::from(guardian) + 180 * (count - 1) + body_bound(fields, &all);
    for purpose in purposes {
        size += 320 + purpose.id().len();
    }
    let mut plans = Vec::with_capacity(count);
    plans.push(PartPlan { name: PartName::main(), roles: all, content: json(size)? });
    plans.append(&mut groups);
    plans.append(&mut files);
    Ok(plans)
}

/// `parts` as a published form carries it, in canonical JSON. FORMAT §5.4.
pub(crate) fn encode(parts: &[PartPlan]) -> String {
    let mut out = Writer::default();
    out.open('[');
    for part in parts {
        out.open('{');
        if let Content::File { max, .. } = part.content() {
            out.key("max");
            out.number(*max);
        }
        out.entry("name", part.name().as_str());
        out.key("roles");
        out.open('[');
        for role in part.roles() {
            out.text(role);
        }
        out.close(']');
        if let Content::Json { size } = part.content() {
            out.key("size");
            out.number(*size as u64);
        }
        out.close('}');
    }
    out.close(']');
    out.finish()
}

/// Name of the part that holds the nth file (from 1) of a field.
pub(crate) fn file_part(field: &str, nth: usize) -> Result<PartName, MisfitCause> {
    let mut name = text::join(&["file-", field, "-"]);
    push_decimal(&mut name, nth as u64);
    PartName::parse(&name).map_err(|_| MisfitCause::TooLong { max: 64 })
}

fn group_part(roles: &[String]) -> Result<PartName, MisfitCause> {
    let mut name = String::from("for");
    for role in roles {
        name.push('-');
        name.push_str(role);
    }
    PartName::parse(&name).map_err(|_| MisfitCause::TooLong { max: 64 })
}

/// The roles that may read a field, in order.
pub(crate) fn readers(field: &Field) -> Vec<String> {
    let mut roles = Vec::new();
    for role in field.roles() {
        insert(&mut roles, role);
    }
    insert(&mut roles, OWNER);
    roles
}

/// `text` and spaces to exactly `size` bytes; `None` if it is longer, which the form's own maxima rule out.
#[must_use]
pub fn pad(text: String, size: usize) -> Option<Vec<u8>> {
    let mut bytes = text.into_bytes();
    if bytes.len() > size {
        return None;
    }
    bytes.resize(size, b' ');
    Some(bytes)
}

/// The JSON of a padded part; `None` if the length is not `size`. Padding other than spaces stays and is refused as JSON.
#[must_use]
pub fn unpad(bytes: &[u8], size: usize) -> Option<&[u8]> {
    let end = bytes.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
    (bytes.len() == size).then(|| &bytes[..end])
}

/// Arguments of a part's label stanza. FORMAT §9.
#[must_use]
pub fn label(form: &FormDigest, id: &SubmissionId, name: &PartName, index: usize, count: usize) -> [String; 6] {
    let decimal = |value: usize| {
        let mut text = String::new();
        push_decimal(&mut text, value as u64);
        text
    };
    [
        String::from("1"),
        crate::id::hex(form.digest().as_bytes()),
        crate::id::hex(id.as_bytes()),
        String::from(name.as_str()),
        decimal(index),
        decimal(count),
    ]
}

/// Bytes of a sealed part with `content` bytes of plaintext: header, nonce, chunks and their tags. FORMAT §9, §11.
#[must_use]
pub fn sealed_len(suite: Suite, readers: usize, name: &PartName, index: usize, count: usize, content: u64) -> u64 {
    let digits = |value: usize| if value < 10 { 1 } else { 2 };
    let label =
        "-> segel-label 1 ".len() + 64 + 1 + 32 + 1 + name.as_str().len() + 1 + digits(index) + 1 + digits(count) + 2;
    let stanza = match suite {
        Suite::X25519 => 98,
        _ => 1557,
    };
    let header = VERSION_LINE + label + readers * stanza + MAC_LINE;
    header as u64 + 16 + content + 16 * content.div_ceil(CHUNK).max(1)
}

fn body_bound(fields: &[Field], group: &[String]) -> usize {
    let mut bound = 0;
    for field in fields {
        if readers(field) == group {
            bound += field.id().len() + 4 + field.value_bound();
        }
    }
    bound
}

fn json(size: usize) -> Result<Content, MisfitCause> {
    let size = size.next_multiple_of(1024);
    if size > limits::JSON_PART_BYTES { Err(MisfitCause::PartTooLarge) } else { Ok(Content::Json { size }) }
}

/// Each role once, in order.
fn insert(roles: &mut Vec<String>, role: &str) {
    let place = roles.iter().position(|known| known.as_str() >= role).unwrap_or(roles.len());
    if roles.get(place).is_none_or(|known| known != role) {
        roles.insert(place, String::from(role));
    }
}

/// The role that always exists and that reads everything.
pub const OWNER: &str = "owner";
/// The stanza that binds a part to its place.
pub const LABEL: &str = "segel-label";
const VERSION_LINE: usize = "age-encryption.org/v1\n".len();
const MAC_LINE: usize = "--- ".len() + 43 + 1;
const CHUNK: u64 = 65_536;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_exact_and_comes_off_again() {
        let padded = pad(String::from("{}"), 8).unwrap();
        assert_eq!(padded, b"{}      ");
        assert_eq!(unpad(&padded, 8), Some(&b"{}"[..]));
        assert_eq!(unpad(&padded, 9), None);
        assert_eq!(pad(String::from("123456789"), 8), None);
        assert_eq!(unpad(b"{}   \0  ", 8), Some(&b"{}   \0"[..]));
    }
}
