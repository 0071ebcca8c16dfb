//! Definitions that strangers might hand to `segel check`: refused by a limit and at their place, in little time; nothing in them is run, followed
//! or shown as something else.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::rules::{check, example};

#[test]
fn much_of_anything_is_one_misfit_and_little_work() {
    let many = |item: Value| Value::Array(vec![item; 10_000]);
    let mut fields = example();
    fields["fields"] = (0..4200).map(|nth| json!({"id": format!("f{nth}"), "label": {"id": "L"}})).collect();
    let mut empty = example();
    empty["fields"] = many(json!({}));
    let mut purposes = example();
    purposes["purposes"] = many(json!({"question": {"id": "?"}}));
    let mut options = example();
    options["fields"][0]["options"] = many(json!({}));
    let cases = [
        (fields, "fields", "more than 200"),
        (empty, "fields", "more than 200"),
        (purposes, "purposes", "more than 16"),
        (options, "fields[0].options", "more than 600"),
    ];
    for (definition, path, detail) in cases {
        let text = definition.to_string();
        assert!(text.len() < 420_000);
        // Work, not time: a machine with much else to do still counts these seconds as nobody's.
        let report = limited(&text[..]);
        if text.len() > 256 * 1024 {
            assert!(report.contains("larger than 256 KiB"), "{path}: {report}");
            continue;
        }
        let report: Value = serde_json::from_str(&report).unwrap();
        let findings = report["findings"].as_array().unwrap();
        let named = findings.iter().find(|finding| finding["path"] == path && says(finding, detail));
        assert!(named.is_some() && findings.len() < 300, "{path}: {findings:#?}");
    }
    assert!(limited(&" ".repeat(5_000_000)).contains("larger than 256 KiB"));
}

#[test]
fn a_hidden_character_is_refused_at_its_byte_and_a_joiner_that_scripts_need_is_not() {
    for hidden in ["\u{202e}", "\u{2066}", "\u{200b}", "\u{2060}", "\u{feff}", "\u{1}", "\u{1b}", "\u{85}"] {
        let mut definition = example();
        definition["title"]["id"] = json!(format!("Daftar{hidden} anggota"));
        let found = check(&definition.to_string(), "id");
        let at = found.iter().find(|finding| finding["rule"] == "X03").unwrap_or_else(|| panic!("{hidden:?}"));
        let code = format!("U+{:04X} at byte 6", u32::from(hidden.chars().next().unwrap()));
        assert!(at["path"] == "title.id" && says(at, &code), "{at}");
    }
    for joiner in ["\u{200c}", "\u{200d}"] {
        let mut definition = example();
        definition["title"]["id"] = json!(format!("Daftar{joiner} anggota"));
        assert!(check(&definition.to_string(), "id").iter().all(|finding| finding["rule"] != "X03"), "{joiner:?}");
    }
}

#[test]
fn a_link_leads_to_an_https_host_that_is_seen_or_nowhere() {
    let bad = [
        "javascript:alert(1)",
        "data:text/html,x",
        "http://toko.example/",
        "https://bank@evil.example/",
        "https://bank:x@evil.example",
        "//evil.example",
        "https:/evil.example",
        "HTTPS://toko.example",
        "https://",
        "https://toko.example/\u{202e}x",
        "https://t\u{f6}ko.example",
        "https://toko.example\\@evil.example",
    ];
    let places: [&[&str]; 3] = [&["controller", "website"], &["rights", "url"], &["endpoint"]];
    for place in places {
        let set = |link: &str| {
            let mut definition = example();
            let at = place.iter().fold(&mut definition, |at, key| &mut at[*key]);
            *at = json!(link);
            let path = place.join(".");
            check(&definition.to_string(), "id").iter().any(|finding| {
                finding["path"] == path.as_str() && ["F01", "N07"].iter().any(|rule| finding["rule"] == *rule)
            })
        };
        for link in bad {
            assert!(set(link), "{place:?}: {link}");
        }
        assert!(!set("https://toko.example:8443/hak?x=1"), "{place:?}");
    }
}

#[test]
fn a_key_that_is_none_is_refused_with_its_cause() {
    let good = "age1pyqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq8r66x";
    let (mixed, mistyped) = (good.replacen('p', "P", 1), good.replacen('p', "z", 1));
    let cases = [
        (mixed.as_str(), "mixed upper and lower case"),
        (&mistyped, "wrong checksum"),
        // 32 zero bytes, and the good key's bytes under the other prefix, each with a checksum that is right
        ("age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z", "degenerate key"),
        ("age1pq1pyqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqald38c", "wrong length for its prefix"),
        ("AGE-SECRET-KEY-1QGLNWGP6Y3MVGFTX5CWV2HPU4P6AHDXVG8QDADUFLRNMLZQCXCUQE2XHWM", "this is a secret key"),
    ];
    for (key, cause) in cases {
        let mut definition = example();
        definition["roles"] = json!([{"id": "kasir", "name": {"id": "Kasir", "en": "Cashier"}, "keys": [key]}]);
        let found = check(&definition.to_string(), "id");
        let at = found.iter().find(|finding| finding["path"] == "roles[0].keys[0]");
        assert!(at.is_some_and(|at| says(at, cause)), "{key}: {at:?}");
        assert!(!format!("{found:?}").contains(&key[20..]), "a key is not repeated");
    }
}

#[test]
fn no_pattern_is_taken_from_a_definition() {
    let mut definition = example();
    definition["fields"][0]["pattern"] = json!("(a+)+$");
    let found = check(&definition.to_string(), "id");
    let unknown = |finding: &Value| {
        finding["rule"] == "F01" && finding["path"] == "fields[0].pattern" && says(finding, "unknown key")
    };
    assert!(found.iter().any(unknown), "{found:#?}");
}

fn says(finding: &Value, words: &str) -> bool {
    finding["message"]["en"].as_str().unwrap().contains(words)
}

/// What `segel check` says of a definition with five seconds of a processor; the error where it says nothing else.
fn limited(definition: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.json"), definition).unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -t 5; exec \"$SEGEL\" check x.json --format json"]).current_dir(folder.path());
    let output = shell.env("SEGEL", env!("CARGO_BIN_EXE_segel")).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{:?}", output.status);
    let said = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    String::from_utf8(said).unwrap()
}
