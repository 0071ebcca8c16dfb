//! The record of uses: every opening is in it, also one that was stopped; nothing of what customers wrote is.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "support/desk.rs"]
mod desk;

use std::fs;
use std::process::Stdio;

use desk::{Desk, good, submission, told};
use segel_core::Form;
use segel_core::export::Position;
use segel_core::id::SubmissionId;
use segel_core::time::Time;
use serde_json::Value;

#[test]
fn every_use_is_on_record_with_its_purpose_number_and_destination() {
    let (desk, form) = inbox();
    good(desk.open("inbox", "owner.key", &["kecil-1.segel"], &["-o", "da ftar.csv", "--format", "csv"]));
    good(
        desk.run(&[&["open", "inbox", "-k", "kasir.key", "--form", "kecil-1.segel"][..], &desk.passphrases()].concat()),
    );
    let number = number(&form, 1);
    let words = ["-k", "owner.key", "--form", "kecil-1.segel", "--number", &number];
    good(desk.run(&[&["subject", "inbox"], &words[..], &desk.passphrases()].concat()));
    good(desk.run(&[&["proof", "inbox", "-o", "proof.html"], &words[..], &desk.passphrases()].concat()));

    let record = uses(&desk, "inbox");
    assert_eq!(record["wrong"], Value::Array(Vec::new()));
    let all: Vec<String> = record["uses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            format!("{} {} {} {} {}", one["act"], one["purpose"], one["count"], one["to"], one["records"])
                .replace('"', "")
        })
        .collect();
    assert_eq!(
        all,
        [
            "open daftar 3 [file da ftar.csv] {kecil:1-3}",
            "open null 3 [stream] {}",
            "subject null 1 [stream] {kecil:2}",
            "proof null 1 [file] {kecil:2}",
        ]
    );
    let keys: Vec<&str> = record["uses"].as_array().unwrap().iter().map(|one| one["by"].as_str().unwrap()).collect();
    assert!(keys[0].starts_with("segel1") && keys[0] != keys[1] && keys[0] == keys[2]);
    let text = fs::read_to_string(desk.path("inbox/uses.txt")).unwrap();
    for secret in ["Sari", "81234567890", "2000-02-29", &number] {
        assert!(!text.contains(secret), "{text}");
    }
    let shown = good(desk.run(&["uses", "inbox"]));
    assert_eq!(shown.lines().count(), 4);
    assert!(
        shown.lines().next().unwrap().ends_with("opened              daftar            3 submission(s)   da ftar.csv"),
        "{shown}"
    );

    // what is answered to a person names them
    let subject = desk.run(&[&["subject", "inbox", "--format", "json"], &words[..], &desk.passphrases()].concat());
    let document: Value = serde_json::from_str(&good(subject)).unwrap();
    let acts: Vec<&str> =
        document[0]["uses"].as_array().unwrap().iter().map(|one| one["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["open", "open", "subject", "proof"]);
    // Which ones a summary counted is not on record, so it may have been among them.
    let certain: Vec<bool> =
        document[0]["uses"].as_array().unwrap().iter().map(|one| one["certain"] != false).collect();
    assert_eq!(certain, [true, false, true, true]);
}

#[test]
fn a_use_that_was_stopped_is_on_record_and_the_next_one_goes_on_behind_it() {
    let (desk, _) = inbox();
    let open = || good(desk.open("inbox", "owner.key", &["kecil-1.segel"], &[]));
    open();
    open();
    let path = desk.path("inbox/uses.txt");
    let text = fs::read_to_string(&path).unwrap();
    let states = || {
        let record = uses(&desk, "inbox");
        let counts: Vec<Option<u64>> =
            record["uses"].as_array().unwrap().iter().map(|one| one["count"].as_u64()).collect();
        (counts, record["wrong"].to_string())
    };
    // Killed before its second line, or in the middle of it.
    let last = text.trim_end().rfind('\n').unwrap() + 1;
    fs::write(&path, &text[..last]).unwrap();
    assert_eq!(states(), (vec![Some(3), None], "[]".into()));
    assert!(good(desk.run(&["uses", "inbox"])).contains("broken off"));
    fs::write(&path, &text[..last + 30]).unwrap();
    open();
    assert_eq!(states(), (vec![Some(3), None, Some(3)], r#"[{"line":5,"what":"unreadable"}]"#.into()));
    // Somebody takes a use out.
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    fs::write(&path, [lines[0], lines[3], lines[4]].concat()).unwrap();
    let output = desk.run(&["uses", "inbox"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(told(&output).1.contains("inbox/uses.txt: line 2 does not follow"), "{}", told(&output).1);
}

#[test]
fn uses_at_the_same_time_are_all_kept() {
    let (desk, _) = inbox();
    desk.pulled("inbox");
    let words = ["open", "inbox", "-k", "owner.key", "--form", "kecil-1.segel", "--purpose", "daftar", "-o"];
    let names: Vec<String> = (0..16).map(|nth| format!("{nth}.txt")).collect();
    let start = |name: &String| {
        desk.command(&[&words[..], &[name], &desk.passphrases()].concat()).stderr(Stdio::null()).spawn().unwrap()
    };
    let running: Vec<_> = names.iter().map(start).collect();
    running.into_iter().for_each(|mut one| assert!(one.wait().unwrap().success()));
    let record = uses(&desk, "inbox");
    assert_eq!(record["wrong"], Value::Array(Vec::new()));
    let ended = record["uses"].as_array().unwrap().iter().filter(|one| one["count"] == 3).count();
    assert_eq!(ended, 16);
}

#[test]
fn where_the_inbox_takes_no_record_it_is_kept_beside_the_key_or_missed_aloud() {
    let (desk, _) = inbox();
    let export = desk.export("inbox");
    let open = |input: &str| desk.open(input, "owner.key", &["kecil-1.segel"], &[]);
    good(open(export.to_str().unwrap()));
    assert_eq!(uses(&desk, "uses.txt")["uses"][0]["count"], 3);
    fs::create_dir(desk.path("inbox/uses.txt")).unwrap();
    good(open("inbox"));
    assert_eq!(uses(&desk, "uses.txt")["uses"].as_array().unwrap().len(), 2);
    fs::remove_file(desk.path("uses.txt")).unwrap();
    fs::create_dir(desk.path("uses.txt")).unwrap();
    let output = open("inbox");
    assert!(told(&output).1.contains("warning: this use is not on record: inbox/uses.txt"), "{}", told(&output).1);
    assert_eq!(good(output).lines().count(), 4);
}

/// Two forms that call a purpose by the same id, in one inbox.
#[test]
fn a_purpose_is_one_forms_and_the_others_are_left_alone() {
    let (desk, form) = inbox();
    let other = desk.publish_with(9, "kasir.key", |text| text.replace("\"name\": \"kecil\"", "\"name\": \"lain\""));
    desk.inbox("inbox", &other, &[submission(&other, 7, "Budi")]);
    fs::write(
        desk.path("inbox/lain.pulled"),
        fs::read_to_string(desk.path("inbox/kecil.pulled")).unwrap().replace("kecil", "lain"),
    )
    .unwrap();
    let both = desk.open("inbox", "owner.key", &["kecil-1.segel", "kecil-9.segel"], &[]);
    assert_eq!(both.status.code(), Some(2));
    assert!(
        told(&both).1.contains("several forms have a purpose daftar, each its own: kecil, lain"),
        "{}",
        told(&both).1
    );
    for (file, name, count, others) in [
        ("kecil-1.segel", form.name(), 3, "1 submission(s) of the form lain"),
        ("kecil-9.segel", other.name(), 1, "3 submission(s) of the form kecil"),
    ] {
        let output = desk.open("inbox", "owner.key", &[file], &["--format", "json"]);
        assert!(told(&output).1.contains(others), "{}", told(&output).1);
        let document: Value = serde_json::from_str(&good(output)).unwrap();
        assert_eq!((document["records"].as_array().unwrap().len(), &document["form"]), (count, &name.as_str().into()));
        good(desk.open("inbox", "owner.key", &[file], &["--files", "files"]));
        assert!(desk.path("files").join(name.as_str()).join("index.csv").is_file());
    }
}

/// An inbox of three submissions that was just pulled.
fn inbox() -> (Desk, Form) {
    let desk = Desk::new();
    let form = desk.publish(1, "kasir.key");
    let time = Time::parse("2026-11-23T03:12:50Z").unwrap();
    let received: Vec<_> = (0..3).map(|seed| (time, submission(&form, seed, "Sari"))).collect();
    desk.export_after("inbox", &form, Position::START, &received);
    desk.pulled("inbox");
    (desk, form)
}

fn uses(desk: &Desk, input: &str) -> Value {
    let output = desk.run(&["uses", input, "--format", "json"]);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", told(&output).1))
}

fn number(form: &Form, seed: u64) -> String {
    let envelope = submission(form, seed, "Sari");
    let id: SubmissionId = segel_core::Envelope::parse(&envelope).unwrap().head().id();
    id.number()
}
