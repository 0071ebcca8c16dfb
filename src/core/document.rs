//! Opened submissions as JSON, for programs: stable and English, field and option ids as they were sealed. FORMAT §13.
//!
//! Written in pieces, so that nobody needs to hold all of it: a start, one object for each submission, an end.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use crate::answers::Answer;
use crate::form::Form;
use crate::json::Value;
use crate::notice::Guardian;
use crate::open::{OpenError, Opened};
use crate::table::{LeftOut, Table};
use crate::time::Time;

/// What stands in front of the submissions.
#[must_use]
pub fn start(form: Option<&str>, purpose: Option<&str>, hidden: &[String]) -> String {
    let word = |word: Option<&str>| word.map_or_else(|| String::from("null"), |word| Value::text(word).encode());
    let hidden = Value::List(hidden.iter().map(|id| Value::text(id)).collect());
    format!(
        "{{\"form\":{},\"purpose\":{},\"hidden_fields\":{},\"records\":[",
        word(form),
        word(purpose),
        hidden.encode()
    )
}

/// One submission without its closing brace: whether it conflicts with another is known to whoever sees both.
#[must_use]
pub fn record(layout: &Table<'_>, form: &Form, opened: &Opened, sequence: u64, received_at: Time) -> String {
    let key = |key: &str, value: Value| (String::from(key), value);
    let answers = layout.fields().iter();
    let answers = answers.filter_map(|field| Some(key(field.id(), answer(layout.answer(form, field, opened)?))));
    let parts = opened.parts().iter().map(|(name, verdict)| {
        key(name.as_str(), Value::text(verdict.as_ref().map_or_else(OpenError::verdict, |()| "opened")))
    });
    let given_by = opened.consent().guardian().map_or("person", Guardian::as_str);
    let value = Value::object(Vec::from([
        key("sequence", number(sequence)),
        key("received_at", Value::text(&received_at.text())),
        key("sealed_at", Value::text(&opened.sealed_at().text())),
        key("id", Value::text(&opened.id().to_string())),
        key("number", Value::text(&opened.id().number())),
        key("form_version", number(u64::from(form.version()))),
        key("language", Value::text(opened.consent().language())),
        key("given_by", Value::text(given_by)),
        key("answers", Value::object(answers.collect())),
        key("parts", Value::object(parts.collect())),
    ]));
    let mut text = escape(&value.encode());
    text.pop();
    text
}

/// What stands behind a submission, or between two.
#[must_use]
pub fn joined(record: &str, first: bool, conflict: bool) -> String {
    format!("{}\n{record},\"conflict\":{conflict}}}", if first { "" } else { "," })
}

/// A submission that did not open.
pub struct Failed<'f> {
    /// Its place in the export.
    pub sequence: u64,
    /// What the customer calls it; empty if that cannot be read.
    pub number: String,
    /// The word of FORMAT §10.
    pub verdict: &'f str,
    /// Why, in English.
    pub cause: String,
}

/// Two submissions of one number and other content.
pub struct Conflict<'f> {
    /// What the customer calls both.
    pub number: &'f str,
    /// Their places.
    pub sequences: [u64; 2],
}

/// The counts behind the submissions.
pub struct Totals {
    /// Places of submissions that were deleted before; not among the total.
    pub deleted: u64,
    /// Statements about submissions that are here, which the receipts of none of those signed: somebody else wrote them.
    pub unsigned: u64,
    /// The same submission again.
    pub repeated: u64,
    /// All that were read.
    pub total: u64,
}

/// What stands behind the submissions: the columns, and an account of everything that is not among them.
#[must_use]
pub fn end<'f>(
    layout: &Table<'_>,
    failed: impl Iterator<Item = Failed<'f>>,
    left_out: impl Iterator<Item = (LeftOut, u64)>,
    conflicts: impl Iterator<Item = Conflict<'f>>,
    totals: &Totals,
) -> String {
    let key = |key: &str, value: Value| (String::from(key), value);
    let fields = Value::List(layout.fields().iter().map(|field| Value::text(field.id())).collect());
    let failed = failed.map(|failed| {
        Value::object(Vec::from([
            key("sequence", number(failed.sequence)),
            key("number", Value::text(&failed.number)),
            key("verdict", Value::text(failed.verdict)),
            key("cause", Value::text(&failed.cause)),
        ]))
    });
    let failed = Value::List(failed.collect()).encode();
    let left = Value::object(left_out.map(|(reason, count)| key(reason.code(), number(count))).collect());
    let conflicts = conflicts.map(|conflict| {
        let sequences = Value::List(conflict.sequences.iter().map(|sequence| number(*sequence)).collect());
        Value::object(Vec::from([key("number", Value::text(conflict.number)), key("sequences", sequences)]))
    });
    let conflicts = Value::List(conflicts.collect()).encode();
    format!(
        "\n],\"fields\":{},\"failed\":{},\"left_out\":{},\"conflicts\":{conflicts},\"repeated\":{},\"deleted\":{},\"unsigned\":{},\"total\":{}}}\n",
        fields.encode(),
        escape(&failed),
        left.encode(),
        totals.repeated,
        totals.deleted,
        totals.unsigned,
        totals.total
    )
}

/// JSON in which control, direction and invisible characters are written as `\u` and four digits: a terminal is left alone, and nothing
/// is lost.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hidden(character) {
            out.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            out.push(character);
        }
    }
    out
}

/// Whether a character cannot be seen, or makes others look like something else. All of them are written with four digits.
#[must_use]
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn answer(answer: &Answer) -> Value {
    let key = |key: &str, value: Value| (String::from(key), value);
    match answer {
        Answer::Text(text) => Value::text(text),
        Answer::Many(options) => Value::List(options.iter().map(|option| Value::text(option)).collect()),
        Answer::Files(files) => Value::List(
            files
                .iter()
                .map(|file| {
                    Value::object(Vec::from([
                        key("name", Value::text(file.name())),
                        key("type", Value::text(file.media_type())),
                        key("length", number(file.length())),
                        key("part", Value::text(file.part().as_str())),
                    ]))
                })
                .collect(),
        ),
    }
}

/// Counts and lengths here are far below 2^53.
fn number(value: u64) -> Value {
    Value::Int(i64::try_from(value).unwrap_or(i64::MAX))
}
