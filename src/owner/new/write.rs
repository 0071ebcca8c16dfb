//! A definition as a person writes it: keys in the order in which one thinks of them, short values on one line.

use serde_json::Value;

pub(super) fn text(form: &Value) -> String {
    let mut text = String::new();
    push(&mut text, form, 0);
    text.push('\n');
    text
}

fn push(text: &mut String, value: &Value, depth: usize) {
    let line = flat(value);
    let fits = depth * 2 + line.chars().count() <= WIDTH;
    match value {
        Value::Object(entries)
            if depth == 0 || !fits || value["id"].is_string() && value["label"].is_null() && value["en"].is_null() =>
        {
            let mut keys: Vec<&String> = entries.keys().collect();
            keys.sort_by_key(|key| place(key));
            text.push_str("{\n");
            for (index, key) in keys.iter().enumerate() {
                indent(text, depth + 1);
                text.push_str(&format!("{}: ", Value::from(key.as_str())));
                push(text, &entries[key.as_str()], depth + 1);
                text.push_str(if index + 1 < keys.len() { ",\n" } else { "\n" });
            }
            indent(text, depth);
            text.push('}');
        }
        Value::Array(items) if !items.is_empty() && (!fits || items.iter().any(Value::is_object)) => {
            text.push_str("[\n");
            for (index, item) in items.iter().enumerate() {
                indent(text, depth + 1);
                push(text, item, depth + 1);
                text.push_str(if index + 1 < items.len() { ",\n" } else { "\n" });
            }
            indent(text, depth);
            text.push(']');
        }
        _ => text.push_str(&line),
    }
}

fn flat(value: &Value) -> String {
    match value {
        Value::Object(entries) => {
            let mut keys: Vec<&String> = entries.keys().collect();
            keys.sort_by_key(|key| place(key));
            let entries =
                keys.iter().map(|key| format!("{}: {}", Value::from(key.as_str()), flat(&entries[key.as_str()])));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(flat).collect::<Vec<_>>().join(", ")),
        value => value.to_string(),
    }
}

fn indent(text: &mut String, depth: usize) {
    text.push_str(&"  ".repeat(depth));
}

fn place(key: &str) -> usize {
    ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len())
}

const WIDTH: usize = 110;
const ORDER: [&str; 43] = [
    "segel",
    "id",
    "en",
    "kind",
    "of",
    "name",
    "version",
    "languages",
    "title",
    "controller",
    "address",
    "contact",
    "whatsapp",
    "email",
    "country",
    "backup_days",
    "task",
    "storage",
    "processors",
    "recipients",
    "children",
    "rights",
    "required",
    "adults",
    "profiling",
    "basis",
    "type",
    "label",
    "text",
    "question",
    "reason",
    "hint",
    "purposes",
    "retention",
    "consent_valid",
    "options",
    "accept",
    "max_bytes",
    "image",
    "birth",
    "fields",
    "roles",
    "keys",
];
