//! `segel schema`: the shape of a definition as JSON Schema, so that an editor completes keys and marks faults while one types.
//!
//! The core gives what its tables say. Here come what holds between neighbours, the owner's own keys, and a line about each key.

use segel_core::schema;
use serde_json::{Map, Value, json};

use crate::Exit;
use crate::say::{Failure, Say, words};

pub(crate) fn run(say: &mut Say) -> Result<Exit, Failure> {
    let text = schema::definition().encode();
    let mut schema: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::new(words!("skema tidak terbaca: {error}", "the schema cannot be read: {error}")))?;
    describe(&mut schema);
    if let Some(entries) = schema.as_object_mut() {
        complete(entries);
    }
    say.result(&format!("{schema:#}\n"))?;
    Ok(Exit::Done)
}

fn complete(schema: &mut Map<String, Value>) {
    schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".to_owned(), json!("Segel: definisi formulir / form definition"));
    schema.insert("allOf".to_owned(), json!([children_blocked(), guardian()]));
    let Some(properties) = schema.get_mut("properties") else { return };
    properties["$schema"] = json!({"type": "string"});
    properties["grounds"] = json!({
        "description": "catatan pemilik untuk aturan segel check, tidak diterbitkan / the owner's notes for rules of segel check, never published",
        "type": "array",
        "items": {
            "type": "object", "additionalProperties": false, "required": ["rule", "text"],
            "properties": {
                "rule": {"type": "string", "pattern": "^[A-Z][0-9]{2}$"}, "for": {"type": "string"},
                "text": {"type": "string", "pattern": "\\S"},
            },
        },
    });
    properties["languages"]["items"] = json!({"enum": ["id", "en"]});
    properties["controller"]["anyOf"] =
        json!([{"required": ["email"]}, {"required": ["phone"]}, {"required": ["whatsapp"]}]);
    properties["purposes"]["contains"] = json!({"properties": {"required": {"const": true}}});
    properties["purposes"]["items"]["if"] =
        json!({"properties": {"required": {"const": false}}, "required": ["required"]});
    properties["purposes"]["items"]["then"] = json!({"properties": {"basis": {"contains": {"const": "consent"}}}});
    properties["roles"]["items"]["required"] = json!(["id", "name", "keys"]);
    properties["roles"]["items"]["properties"]["id"]["not"] = json!({"const": "owner"});
    properties["fields"]["items"]["allOf"] = beside_kind();
}

/// Which keys stand beside which kind of field.
fn beside_kind() -> Value {
    let only = |kinds: Value, keys: &[&str]| {
        let absent: Map<String, Value> = keys.iter().map(|key| ((*key).to_owned(), json!(false))).collect();
        json!({"if": {"properties": {"kind": {"enum": kinds}}}, "else": {"properties": absent}})
    };
    json!([
        only(json!(["text", "long_text", "name", "province", "city", "address"]), &["max"]),
        only(json!(["choice", "choices"]), &["options"]),
        only(json!(["date"]), &["birth"]),
        only(json!(["file"]), &["files", "max_bytes", "accept", "image"]),
        {"if": {"properties": {"kind": {"enum": ["choice", "choices"]}}, "required": ["kind"]}, "then": {"required": ["options"]}},
    ])
}

/// Without a guardian nothing is about one.
fn children_blocked() -> Value {
    json!({
        "if": {"properties": {"children": {"const": "block"}}, "required": ["children"]},
        "then": {"properties": {"fields": {"items": {"properties": {"of": false}}}}},
    })
}

/// A guardian has a name and can be reached, and no purpose for adults is required.
fn guardian() -> Value {
    let asked = |kinds: Value| {
        json!({"properties": {"fields": {"contains": {
            "properties": {"of": {"const": "guardian"}, "required": {"const": true}, "kind": {"enum": kinds}},
            "required": ["of", "required", "kind"],
        }}}})
    };
    let for_adults = |key: &str| json!({"properties": {key: {"const": true}}, "required": [key]});
    json!({
        "if": {"properties": {"children": {"const": "guardian"}}, "required": ["children"]},
        "then": {"allOf": [
            asked(json!(["name"])),
            asked(json!(["phone", "email"])),
            {"properties": {"purposes": {"items": {"not": {"allOf": [
                for_adults("required"), {"anyOf": [for_adults("adults"), for_adults("profiling")]},
            ]}}}}},
        ]},
    })
}

/// A line about each key that is in [`ABOUT`], wherever it stands.
fn describe(schema: &mut Value) {
    match schema {
        Value::Object(entries) => {
            if let Some(Value::Object(properties)) = entries.get_mut("properties") {
                for (key, property) in properties.iter_mut() {
                    let about = ABOUT.iter().find(|(name, _, _)| name == key);
                    if let (Some((_, id, en)), Some(property)) = (about, property.as_object_mut()) {
                        property.insert("description".to_owned(), json!(format!("{id} / {en}")));
                    }
                }
            }
            entries.values_mut().for_each(describe);
        }
        Value::Array(items) => items.iter_mut().for_each(describe),
        _ => {}
    }
}

/// Key, and what a person should know of it in both languages.
const ABOUT: [(&str, &str, &str); 34] = [
    ("accept", "jenis berkas yang diterima", "the types of file that are taken"),
    (
        "adults",
        "tidak ditanyakan bila wali mengisi untuk anak",
        "not asked where a guardian fills the form for a child",
    ),
    ("backup_days", "hari sampai cadangan ikut terhapus", "days until backups are gone too"),
    ("basis", "dasar menurut UU PDP Pasal 20(2)", "the ground, UU PDP Art. 20(2)"),
    (
        "children",
        "di bawah 18 tahun: ditolak, atau wali yang mengisi",
        "under 18: turned away, or a guardian fills the form",
    ),
    ("birth", "tanggal lahir seseorang", "the date on which somebody was born"),
    ("consent_valid", "lama persetujuan berlaku, misalnya P1Y", "how long a consent lasts, like P1Y"),
    ("contact", "siapa atau ke mana bertanya", "whom or where to ask"),
    ("controller", "siapa yang meminta data", "who asks for the data"),
    ("country", "negara, dua huruf seperti ID", "the country, two letters like ID"),
    ("customer_reads", "bukti pelanggan dapat membuka kirimannya", "the customer's receipt opens the submission"),
    ("endpoint", "alamat kirim; biasanya tidak perlu", "where submissions go; seldom needed"),
    ("fields", "apa yang ditanyakan", "what is asked"),
    ("hint", "cara mengisi", "how to fill it"),
    ("image", "foto dikecilkan dan dibersihkan sampai sisi ini", "photos are made clean and no larger than this side"),
    ("kind", "jenis isian", "what kind of answer"),
    ("languages", "bahasa; yang pertama menentukan", "languages; the first decides"),
    ("max", "paling panjang, atau paling lama", "at most"),
    ("of", "tentang wali, atau hanya untuk orang dewasa", "about the guardian, or of adults alone"),
    ("processors", "siapa yang mengolah atas perintah Anda", "who processes on your instruction"),
    ("profiling", "mempelajari orang: UU PDP Pasal 10", "learns about people: UU PDP Art. 10"),
    ("purposes", "untuk apa data diminta", "what the data is for"),
    ("question", "kalimat yang disetujui", "the sentence that is agreed to"),
    ("reason", "mengapa ini diminta", "why it is asked"),
    ("recipients", "siapa lagi yang menerima data", "who else receives data"),
    ("required", "tidak dapat dilewati", "cannot be left out"),
    ("retention", "berapa lama data disimpan", "how long data is kept"),
    ("rights", "ke mana pelanggan memakai haknya", "where customers use their rights"),
    ("roles", "siapa selain pemilik yang boleh membaca", "who may read it besides the owner"),
    ("storage", "di mana data yang terkunci disimpan", "where locked data is kept"),
    ("task", "apa yang dikerjakannya", "what it does"),
    ("until", "peristiwa yang mengakhiri penyimpanan", "the event that ends storage"),
    ("valid_days", "berapa hari formulir terbit berlaku", "days that a published form is valid"),
    ("version", "naik satu setiap isinya berubah", "one more each time the content changes"),
];
