//! The grammar of a definition as JSON Schema (draft 2020-12), for editors: written from the same tables that hold one.
//!
//! A schema sees one value at a time: which purposes and fields must agree with each other only [`Definition::parse`] tells. FORMAT §5.
//!
//! [`Definition::parse`]: crate::Definition::parse

use alloc::string::String;
use alloc::vec::Vec;

use crate::definition;
use crate::json::Value;
use crate::limits;
use crate::shape::{Keys, Need, Rule};

/// The schema of a definition: an object with `type`, `properties`, `required` and so on, down to each string.
#[must_use]
pub fn definition() -> Value {
    object(&[definition::KEYS, definition::OWN_KEYS])
}

fn schema(rule: &Rule) -> Value {
    match rule {
        Rule::Object(keys) => object(keys),
        Rule::List { of, min, max, once } => {
            let mut entries = typed("array");
            entries.push(entry("items", schema(of)));
            entries.push(entry("minItems", Value::Int(*min as i64)));
            entries.push(entry("maxItems", Value::Int(*max as i64)));
            // Objects are the same by their `id`, which a schema cannot say.
            entries.push(entry("uniqueItems", Value::Bool(*once)));
            Value::object(entries)
        }
        Rule::Texts => per_language(&Rule::Line(limits::TEXT_BYTES)),
        Rule::PerLanguage(rule) => per_language(rule),
        Rule::Line(max) | Rule::Lines(max) => line(*max),
        Rule::Like(pattern) => string("pattern", Value::text(pattern.regex())),
        Rule::Word(known) => {
            let words = known.split(',').map(|word| Value::text(word.trim_start_matches(' ')));
            string("enum", Value::List(words.collect()))
        }
        Rule::Reader => string("pattern", Value::text("^age1(pq1)?[02-9ac-hj-np-z]+$")),
        Rule::Truth => Value::object(typed("boolean")),
        Rule::Integer(min, max) => {
            let mut entries = typed("integer");
            entries.push(entry("minimum", Value::Int(i64::from(*min))));
            entries.push(entry("maximum", Value::Int(i64::from(*max))));
            Value::object(entries)
        }
        Rule::Any => Value::Bool(true),
    }
}

fn object(tables: &[Keys]) -> Value {
    let keys = || tables.iter().flat_map(|keys| keys.iter());
    let properties = keys().map(|(key, _, rule)| entry(key, schema(rule))).collect();
    let required = keys().filter(|(_, need, _)| *need == Need::Must).map(|(key, _, _)| Value::text(key));
    let mut entries = typed("object");
    entries.push(entry("properties", Value::object(properties)));
    entries.push(entry("required", Value::List(required.collect())));
    entries.push(entry("additionalProperties", Value::Bool(false)));
    Value::object(entries)
}

/// The languages are those of the form, which a schema cannot look up.
fn per_language(rule: &Rule) -> Value {
    let mut entries = typed("object");
    entries.push(entry("propertyNames", string("pattern", Value::text("^[a-z]{2}$"))));
    entries.push(entry("additionalProperties", schema(rule)));
    entries.push(entry("minProperties", Value::Int(1)));
    entries.push(entry("maxProperties", Value::Int(limits::LANGUAGES as i64)));
    Value::object(entries)
}

/// The bound is one of bytes, and no text has more characters than bytes.
fn line(max: usize) -> Value {
    let mut entries = typed("string");
    entries.push(entry("maxLength", Value::Int(max as i64)));
    entries.push(entry("pattern", Value::text(r"\S")));
    entries.push(entry("not", Value::object(alloc::vec![entry("pattern", Value::text(HIDDEN))])));
    Value::object(entries)
}

fn string(key: &str, value: Value) -> Value {
    let mut entries = typed("string");
    entries.push(entry(key, value));
    Value::object(entries)
}

fn typed(name: &str) -> Vec<(String, Value)> {
    alloc::vec![entry("type", Value::text(name))]
}

fn entry(key: &str, value: Value) -> (String, Value) {
    (String::from(key), value)
}

/// What `shape::hidden` finds.
const HIDDEN: &str = r"[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]";
