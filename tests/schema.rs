//! Holds `segel schema` against the grammar of the format: what is a definition passes, what is none in itself fails.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonschema::Validator;
use segel_core::Definition;
use serde_json::{Value, json};

#[test]
fn every_definition_of_the_repository_passes() {
    let schema = schema();
    for path in ["www/forms/daftar.json", "www/forms/les.json"] {
        passes(&schema, path, &read(path));
    }
    let forms = ["form_good", "form_guardian", "form_hybrid", "form_pinned"];
    for name in forms {
        passes(&schema, name, &definition(name));
    }
}

/// The file that goes into the npm package; `SEGEL_WRITE_SCHEMA=1` writes it anew.
#[test]
fn the_schema_in_the_package_is_what_the_program_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/segel.schema.json");
    let printed = Command::new(env!("CARGO_BIN_EXE_segel")).arg("schema").output().unwrap().stdout;
    if std::env::var_os("SEGEL_WRITE_SCHEMA").is_some() {
        fs::write(&path, &printed).unwrap();
    }
    assert!(fs::read(&path).unwrap() == printed, "run again with SEGEL_WRITE_SCHEMA=1");
}

#[test]
fn what_is_malformed_in_itself_fails() {
    let schema = schema();
    // The rest is of the published form alone, or of what purposes, fields and keys say of each other.
    let vectors = [
        "form_guardian_for_adults",
        "form_guardian_in_blocked",
        "form_guardian_unreachable",
        "form_hidden_character",
        "form_language_twice",
        "form_link_javascript",
        "form_link_user",
        "form_unknown_key",
    ];
    for name in vectors {
        let definition = definition(name);
        assert!(!schema.is_valid(&definition), "{name}");
        assert!(Definition::parse(definition.to_string().as_bytes()).is_err(), "{name}");
    }
}

/// One change each; the grammar and the schema must agree on all.
#[test]
fn schema_and_grammar_agree() {
    let schema = schema();
    let good = read("www/forms/daftar.json");
    let long = "a".repeat(40);
    let changes = [
        (
            "/name",
            vec![json!("daftar-2"), json!("Daftar"), json!(""), json!(long), json!(format!("{long}a")), json!(1)],
        ),
        ("/version", vec![json!(1_000_000), json!(0), json!("1"), json!(1_000_001)]),
        ("/languages", vec![json!(["id", "en", "id"]), json!(["id", "fr"]), json!([]), json!("id")]),
        (
            "/title/id",
            vec![json!("Judul"), json!(""), json!("  "), json!("a\u{200b}"), json!("a\nb"), json!("a".repeat(2049))],
        ),
        (
            "/controller/website",
            vec![
                json!("https://a.example/b?c=[d]~"),
                json!("https://a.example/'"),
                json!("http://a.example"),
                json!("https:///a"),
                json!("https://a b"),
                json!("https://a.example/`"),
                json!("https://a.example#x"),
                json!("https://a@b.example"),
            ],
        ),
        ("/storage/country", vec![json!("SG"), json!("id"), json!("IDN")]),
        ("/storage/backup_days", vec![json!(0), json!(400), json!(401), json!(-1), json!(null)]),
        ("/children", vec![json!("allow"), json!(true)]),
        ("/customer_reads", vec![json!(true), json!("yes")]),
        (
            "/endpoint",
            vec![
                json!("/kirim"),
                json!("//kirim"),
                json!("/"),
                json!("https://a.example/k"),
                json!("http://localhost:8080/k"),
                json!("http://127.0.0.1"),
                json!("http://a.example/k"),
                json!("kirim"),
                json!("http://localhost.a.example"),
            ],
        ),
        ("/valid_days", vec![json!(1), json!(3650), json!(0), json!(3651)]),
        ("/purposes", vec![json!([]), json!({})]),
        ("/purposes/0/id", vec![json!("Daftar"), json!("1")]),
        ("/purposes/1/basis", vec![json!(["consent", "legal"]), json!(["legal"]), json!([]), json!(["persetujuan"])]),
        ("/purposes/1/type", vec![json!("Profiling"), json!("dpv:Profiling"), json!("")]),
        (
            "/purposes/1/retention/max",
            vec![
                json!("P18M"),
                json!("P6W"),
                json!("P9999D"),
                json!("P10000D"),
                json!("P01Y"),
                json!("P1Y6M"),
                json!("P0Y"),
                json!("1Y"),
                json!("PY"),
            ],
        ),
        ("/purposes/1/retention", vec![json!({}), json!({"max": "P1Y", "min": "P1M"})]),
        ("/fields/0/kind", vec![json!("text"), json!("choice"), json!("file"), json!("fax")]),
        ("/fields/0/max", vec![json!(50), json!(0), json!(9000)]),
        ("/fields/1/max", vec![json!(50)]),
        ("/fields/0/options", vec![json!([{"id": "a", "label": {"id": "A", "en": "A"}}])]),
        ("/fields/0/purposes", vec![json!(["daftar"]), json!([]), json!(["daftar", "daftar"])]),
        ("/fields/0/of", vec![json!("guardian"), json!("child")]),
        ("/fields/5/accept", vec![json!(["image/png"]), json!(["png"]), json!(["image/png;q=1"]), json!([])]),
        ("/fields/5/image", vec![json!(256), json!(255), json!(4097)]),
        ("/fields/5/files", vec![json!(4), json!(5)]),
        ("/rights", vec![json!({"contact": "di toko"}), json!({"contact": ""}), json!({"url": "https://a.example"})]),
        ("/segel", vec![json!("definition/2"), json!("form/1")]),
    ];
    assert_eq!(good["fields"][5]["kind"], "file");
    for (pointer, values) in changes {
        for value in values {
            let mut definition = good.clone();
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            let parent = definition.pointer_mut(parent).unwrap();
            match parent {
                Value::Array(items) => items[key.parse::<usize>().unwrap()] = value.clone(),
                parent => parent[key] = value.clone(),
            }
            let grammar = Definition::parse(definition.to_string().as_bytes());
            assert_eq!(schema.is_valid(&definition), grammar.is_ok(), "{pointer} = {value}: {grammar:?}");
        }
    }
}

#[test]
fn what_the_owner_notes_is_known_to_editors() {
    let schema = schema();
    let mut definition = read("www/forms/daftar.json");
    definition["$schema"] = json!("./segel.schema.json");
    definition["grounds"] = json!([{"rule": "N13", "for": "minat", "text": "Penilaian dampak 3 Maret"}]);
    passes(&schema, "grounds", &definition);
    definition["grounds"] = json!([{"rule": "N13", "why": "x"}]);
    assert!(!schema.is_valid(&definition));
}

fn passes(schema: &Validator, name: &str, definition: &Value) {
    let faults: Vec<String> =
        schema.iter_errors(definition).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(faults.is_empty(), "{name}: {faults:#?}");
}

fn schema() -> Validator {
    let output = Command::new(env!("CARGO_BIN_EXE_segel")).arg("schema").output().unwrap();
    assert!(output.status.success());
    let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(jsonschema::draft202012::meta::is_valid(&schema));
    jsonschema::draft202012::new(&schema).unwrap()
}

fn read(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The definition in the published form of a vector: its body without what publishing adds.
fn definition(vector: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/vectors/{vector}.txt"));
    let text = fs::read_to_string(path).unwrap();
    let (_, body) = text.split_once("\n\n").unwrap();
    let form = String::from_utf8(STANDARD.decode(body.replace('\n', "")).unwrap()).unwrap();
    let (_, body) = form.split_once("\n\n").unwrap();
    let mut value: Value = serde_json::from_str(body).unwrap();
    let entries = value.as_object_mut().unwrap();
    for key in ["suite", "not_before", "not_after", "previous", "notice", "parts"] {
        entries.remove(key);
    }
    entries.insert("segel".to_owned(), json!("definition/1"));
    let roles = entries["roles"].as_array_mut().unwrap();
    roles.retain(|role| role["id"] != "owner");
    value
}
