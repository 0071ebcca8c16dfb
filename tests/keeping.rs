//! What the owner keeps: whole, for as long as was promised, and no longer.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "support/desk.rs"]
mod desk;

use std::fs;

use desk::{Desk, good, submission, told};
use segel_core::Form;
use segel_core::export::{Position, Reader, write_damaged};
use segel_core::stamp::Taken;
use segel_core::time::Time;
use serde_json::Value;

#[test]
fn an_export_that_was_taken_out_of_the_inbox_is_missed() {
    let desk = Desk::new();
    let form = desk.publish(1, "kasir.key");
    let time = Time::parse("2026-11-23T03:12:50Z").unwrap();
    let received: Vec<_> = (0..6).map(|seed| (time, submission(&form, seed, "Sari"))).collect();
    let mut position = Position::START;
    for pair in received.chunks(2) {
        position = desk.export_after("inbox", &form, position, pair);
    }
    let verify = |more: &[&str]| desk.run(&[&["verify", "inbox", "--form", "kecil-1.segel"], more].concat());
    let whole = verify(&[]);
    assert!(told(&whole).1.contains("6 submission(s), 0 re-sealed: 0 not as their form says, 0 fault(s)"));
    good(whole);
    fs::remove_file(desk.path("inbox/kecil-00000003-00000004.segel-export")).unwrap();
    let gap = "inbox/kecil-00000005-00000006.segel-export: submission 5 follows 2: something is missing";
    let found = verify(&["--format", "json"]);
    assert_eq!(told(&found).0, Some(3));
    assert!(told(&found).1.contains(gap), "{}", told(&found).1);
    let document: Value = serde_json::from_slice(&found.stdout).unwrap();
    assert_eq!(document["damaged"][0]["code"], "export_gap");
    let opened = desk.open("inbox", "owner.key", &["kecil-1.segel"], &["--format", "csv"]);
    assert_eq!(told(&opened).0, Some(3));
    assert!(told(&opened).1.contains(gap), "{}", told(&opened).1);
    assert!(told(&opened).1.contains("4 submission(s): 4 shown"), "{}", told(&opened).1);
}

#[test]
fn what_is_not_as_its_form_says_is_named_without_a_key() {
    let desk = Desk::new();
    let form = desk.publish(1, "kasir.key");
    let mut short = submission(&form, 2, "Sari");
    let main = String::from_utf8_lossy(&short).find("-> X25519").unwrap();
    short[main + 3] = b'Y';
    desk.inbox("inbox", &form, &[submission(&form, 1, "Sari"), short, b"hello".to_vec()]);
    let found = desk.run(&["verify", "inbox", "--form", "kecil-1.segel"]);
    let (status, text) = told(&found);
    assert_eq!(status, Some(3));
    assert!(text.contains("submission 2: part main: its readers are not the form's"), "{text}");
    assert!(text.contains("submission 3: not an envelope"), "{text}");
    assert!(text.contains("3 submission(s), 0 re-sealed: 2 not as their form says"), "{text}");
}

/// Who keeps an old page open, or a server that hands out an old form, has a customer see a notice that was replaced.
#[test]
fn what_came_when_its_form_had_been_replaced_is_named_with_both_dates() {
    let desk = Desk::new();
    let old = desk.publish(1, "kasir.key");
    let since = desk.publish(2, "kasir.key").not_before();
    let before = Time::from_unix(since.unix() - 1).unwrap();
    let received = [(before, submission(&old, 1, "Sari")), (since, submission(&old, 2, "Budi"))];
    desk.export_after("inbox", &old, Position::START, &received);
    let open = |forms: &[&str]| {
        let output = desk.open("inbox", "owner.key", forms, &["--format", "csv"]);
        let text = told(&output).1;
        (good(output), text)
    };
    let (table, text) = open(&["kecil-1.segel", "kecil-2.segel"]);
    assert!(table.contains("Sari") && table.contains("Budi"), "both are shown: {table}");
    let named = format!("submission 2: received {since}, though a later version of its form was valid since {since}");
    assert!(text.contains(&named) && text.matches("a later version").count() == 1, "{text}");
    assert!(!open(&["kecil-1.segel"]).1.contains("a later version"), "it is not known then");
}

#[test]
fn an_export_that_is_older_than_one_beside_it_is_opened_with_a_warning_and_both_dates() {
    let desk = Desk::new();
    let form = desk.publish(1, "kasir.key");
    let (one, two) = (Time::parse("2026-11-23T03:12:50Z").unwrap(), Time::parse("2026-11-24T03:12:50Z").unwrap());
    let end = desk.export_after("inbox", &form, Position::START, &[(one, submission(&form, 1, "Sari"))]);
    let older = desk.export("inbox");
    desk.export_after("inbox", &form, end, &[(two, submission(&form, 2, "Budi"))]);
    let mut exports: Vec<_> = fs::read_dir(desk.path("inbox")).unwrap().map(|entry| entry.unwrap().path()).collect();
    exports.sort();
    let open = |input: &str| {
        let output = desk.open(input, "owner.key", &["kecil-1.segel"], &["--format", "csv"]);
        let text = told(&output).1;
        (good(output), text)
    };
    let (table, text) = open(older.to_str().unwrap());
    assert!(table.contains("Sari") && !table.contains("Budi"), "{table}");
    let named = format!("begins {one}; {} begins {two}, and may hold withdrawals", exports[1].display());
    assert!(text.contains(&named) && text.contains("hint: give the folder"), "{text}");
    for whole in [exports[1].to_str().unwrap(), "inbox"] {
        assert!(!open(whole).1.contains("may hold withdrawals"), "{whole}");
    }
}

#[test]
fn what_came_when_its_form_was_over_is_opened_and_flagged_with_both_dates() {
    let desk = Desk::new();
    let form = desk.publish(1, "kasir.key");
    let late = Time::from_unix(form.not_after().unix() + 1).unwrap();
    let received = [(form.not_after(), submission(&form, 1, "Sari")), (late, submission(&form, 2, "Budi"))];
    desk.export_after("inbox", &form, Position::START, &received);
    let output = desk.open("inbox", "owner.key", &["kecil-1.segel"], &["--format", "csv"]);
    let (_, text) = told(&output);
    let flag = format!("submission 2: received {late}, though its form was valid until {}", form.not_after());
    assert!(text.contains(&flag) && !text.contains("submission 1: received"), "{text}");
}

#[test]
fn what_is_due_is_listed_and_deleted_and_the_chain_holds() {
    let desk = Desk::new();
    let (form, end) = aged(&desk, 2, 3);
    let due = desk.run(&["due", "inbox", "--form", "kecil-1.segel", "--format", "json"]);
    let document: Value = serde_json::from_str(&good(due)).unwrap();
    let sequences = document["due"].as_array().unwrap().iter().map(|entry| entry["sequence"].as_u64().unwrap());
    assert!(sequences.eq([1, 2]));
    assert_eq!(document["due"][0]["due"], "2021-01-02T03:04:05Z");
    let early = good(desk.run(&["due", "inbox", "--form", "kecil-1.segel", "--by", "2021-01-01"]));
    assert_eq!(early, "", "not a day early");
    assert_eq!(good(desk.run(&["due", "inbox", "--form", "kecil-1.segel", "--by", "2021-01-02"])).lines().count(), 2);

    let before = fs::read(desk.export("inbox")).unwrap();
    let purged = desk.run(&["purge", "inbox", "--form", "kecil-1.segel"]);
    assert!(told(&purged).1.contains("2 of 5 submission(s) deleted from inbox"), "{}", told(&purged).1);
    good(purged);
    let after = fs::read(desk.export("inbox")).unwrap();
    let mut reader = Reader::default();
    reader.feed(&after);
    let mut left = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        left.push(record.sequence());
    }
    assert_eq!(left, [3, 4, 5]);
    assert_eq!(reader.finish().unwrap(), (form.name().clone(), end));
    let gone = submission(&form, 0, "Sari");
    assert!(contains(&before, &gone[..2000]) && !contains(&after, &gone[..2000]), "the bytes are gone");
    assert_eq!(desk.files("inbox"), 1, "no draft is left");
    let opened = good(desk.open("inbox", "owner.key", &["kecil-1.segel"], &["--format", "csv"]));
    assert_eq!(opened.lines().count(), 4);
    // nothing is due now, and nothing is touched
    good(desk.run(&["purge", "inbox", "--form", "kecil-1.segel"]));
    assert_eq!(fs::read(desk.export("inbox")).unwrap(), after);
}

#[test]
fn what_was_damaged_at_the_server_keeps_its_place_when_others_are_deleted() {
    let desk = Desk::new();
    let (form, end) = aged(&desk, 1, 2);
    let bytes = fs::read(desk.export("inbox")).unwrap();
    let mut reader = Reader::default();
    reader.feed(&bytes);
    let records: Vec<_> = std::iter::from_fn(|| reader.next_record().unwrap()).collect();
    let lost = write_damaged(&records[1].position(), records[1].received_at(), Taken::Envelope, &records[1].origin());
    let starts: Vec<usize> =
        (0..bytes.len()).filter(|at| bytes[*at..].starts_with(b"envelope ") && bytes[at - 1] == b'\n').collect();
    let with = [&bytes[..starts[1]], &lost, &bytes[starts[2]..]].concat();
    fs::write(desk.export("inbox"), with).unwrap();
    good(desk.run(&["purge", "inbox", "--form", "kecil-1.segel"]));
    let after = fs::read(desk.export("inbox")).unwrap();
    assert!(contains(&after, b"\ngone 1 ") && contains(&after, &lost));
    let mut reader = Reader::default();
    reader.feed(&after);
    while reader.next_entry().unwrap().is_some() {}
    assert_eq!(reader.finish().unwrap(), (form.name().clone(), end));
}

#[test]
fn a_clock_that_would_empty_the_inbox_is_doubted_first() {
    let desk = Desk::new();
    aged(&desk, 3, 1);
    let before = fs::read(desk.export("inbox")).unwrap();
    let doubted = desk.run(&["purge", "inbox", "--form", "kecil-1.segel"]);
    assert_eq!(told(&doubted).0, Some(1));
    assert!(told(&doubted).1.contains("3 of 4 submission(s) would go, more than half; nothing was deleted"));
    assert!(told(&doubted).1.contains("this machine says that today is "), "{}", told(&doubted).1);
    assert_eq!(fs::read(desk.export("inbox")).unwrap(), before);
    good(desk.run(&["purge", "inbox", "--form", "kecil-1.segel", "--most"]));
}

#[test]
fn of_a_form_that_was_not_given_nothing_is_deleted() {
    let desk = Desk::new();
    aged(&desk, 1, 2);
    desk.publish(2, "kasir.key");
    let before = fs::read(desk.export("inbox")).unwrap();
    let output = desk.run(&["purge", "inbox", "--form", "kecil-2.segel"]);
    assert_eq!(told(&output).0, Some(3));
    assert!(told(&output).1.contains("3 submission(s) are of a form that was not given"), "{}", told(&output).1);
    assert_eq!(fs::read(desk.export("inbox")).unwrap(), before);
}

/// An inbox with submissions whose year is long over, and new ones.
fn aged(desk: &Desk, old: u64, new: u64) -> (Form, Position) {
    let form = desk.publish_with(1, "kasir.key", |text| text.replace("P99Y", "P1Y"));
    let long_ago = Time::parse("2020-01-02T03:04:05Z").unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let now = Time::from_unix(i64::try_from(now).unwrap()).unwrap();
    let received: Vec<_> =
        (0..old + new).map(|seed| (if seed < old { long_ago } else { now }, submission(&form, seed, "Sari"))).collect();
    let end = desk.export_after("inbox", &form, Position::START, &received);
    (form, end)
}

fn contains(bytes: &[u8], piece: &[u8]) -> bool {
    bytes.windows(piece.len()).any(|window| window == piece)
}
