//! The clocks of what customers ask for: 72 hours from when the server had it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "support/desk.rs"]
mod desk;

use std::fs;
use std::process::Stdio;

use desk::{Desk, good, submission, told};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use segel_core::Form;
use segel_core::export::{Position, write_end, write_head, write_line, write_statement};
use segel_core::id::Digest;
use segel_core::receipt::Receipt;
use segel_core::statement::{Statement, Wish};
use segel_core::time::Time;
use serde_json::Value;

#[test]
fn each_request_has_its_clock_and_nobody_elses_word_counts() {
    let desk = Desk::new();
    let form = desk.publish(1, "kasir.key");
    let (long_ago, hours_ago) = (Time::parse("2020-01-02T03:04:05Z").unwrap(), ago(10));
    let withdraw = || Wish::Withdraw { purpose: "minat".into() };
    let said = [
        (receipt(0), long_ago, Wish::Delete),
        (receipt(1), hours_ago, Wish::Delete),
        (receipt(2), long_ago, withdraw()),
        (receipt(3), hours_ago, withdraw()),
        (receipt(9), hours_ago, Wish::Delete), // of a submission that is not here
    ];
    let mut said: Vec<(Time, Vec<u8>)> =
        said.into_iter().map(|(who, at, wish)| (at, Statement::sign(&who, form.digest(), at, &wish))).collect();
    // another receipt's signature under the fifth submission's number
    let forged = Statement::sign(&receipt(8), form.digest(), hours_ago, &Wish::Delete);
    let forged = String::from_utf8(forged).unwrap().replace(&receipt(8).id().to_string(), &receipt(4).id().to_string());
    said.push((hours_ago, forged.into_bytes()));
    write(&desk, &form, &five(&form), &said);

    let document: Value = serde_json::from_str(&good(desk.run(&["requests", "inbox", "--format", "json"]))).unwrap();
    let requests = document["requests"].as_array().unwrap();
    let states: Vec<&str> = requests.iter().map(|request| request["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["overdue", "open", "withdrawn", "withdrawn_now", "not_here", "unsigned"]);
    assert_eq!((&document["overdue"], &requests[0]["due"]), (&1.into(), &"2020-01-05T03:04:05Z".into()));
    assert_eq!(document["unsigned"], 1);
    assert_eq!(requests[0]["number"].as_str(), Some(receipt(0).id().number().as_str()));

    let output = desk.run(&["requests", "inbox"]);
    let (text, (_, notes)) = (String::from_utf8(output.stdout.clone()).unwrap(), told(&output));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "only what somebody has to do something about: {text}");
    assert!(
        lines[0].contains(" h LATE ") && lines[1].contains(" h left ") && lines[2].contains("withdraw: minat"),
        "{text}"
    );
    let left: i64 = lines[1].split_whitespace().nth(3).unwrap().parse().unwrap();
    assert!((60..=62).contains(&left), "{text}");
    assert!(notes.contains("5 request(s): 2 to delete, 1 withdrawal(s) within the last 72 hours"), "{notes}");
    assert!(notes.contains("warning: past 72 hours: 1"), "{notes}");
    let alarm = "warning: 1 withdrawal(s) or wish(es) for deletion not signed with that customer's receipt; not obeyed";
    assert!(notes.contains(alarm), "{notes}");

    // whoever opens hears of it too, and the submission is shown
    let opened = desk.open("inbox", "owner.key", &["kecil-1.segel"], &["--format", "json"]);
    let (_, notes) = told(&opened);
    assert!(notes.contains(alarm) && notes.contains("see which: segel requests inbox --all"), "{notes}");
    let document: Value = serde_json::from_str(&good(opened)).unwrap();
    assert_eq!((&document["unsigned"], &document["left_out"]["deletion_requested"]), (&1.into(), &2.into()));
    assert!(document["records"].as_array().unwrap().iter().any(|one| one["id"] == receipt(4).id().to_string()));
    assert_eq!(good(desk.run(&["requests", "inbox", "--all"])).lines().count(), 6);

    // what was deleted needs nothing any more
    good(desk.run(&["purge", "inbox", "--form", "kecil-1.segel"]));
    let after = good(desk.run(&["requests", "inbox", "--all"]));
    assert_eq!(after.matches("not here").count(), 3, "{after}");
    assert!(!after.contains("LATE"), "{after}");
}

#[test]
fn a_wish_by_phone_has_its_clock_and_is_obeyed_like_one_that_a_receipt_signed() {
    let desk = Desk::new();
    let form = desk.publish(1, "kasir.key");
    write(&desk, &form, &five(&form), &[]);
    let number = |seed| receipt(seed).id().number();
    let requests = |words: &[&str]| desk.run(&[&["requests", "inbox"], words].concat());
    let states = || {
        let document: Value = serde_json::from_str(&good(requests(&["--format", "json"]))).unwrap();
        let told = document["requests"].as_array().unwrap().iter();
        told.map(|told| format!("{} {} {}", told["wish"], told["by"], told["state"]).replace('"', ""))
            .collect::<Vec<_>>()
    };
    let hours_ago = ago(10).text();
    let deleted = requests(&[
        "--record",
        "delete",
        "--number",
        &number(0).to_lowercase(),
        "--by",
        "whatsapp",
        "--on",
        &hours_ago,
    ]);
    assert!(told(&deleted).1.contains(&format!("{}, delete; by ", number(0))), "{}", told(&deleted).1);
    good(deleted);
    let withdraw = ["--record", "withdraw", "--form", "kecil-1.segel", "--number", &number(1), "--by", "phone"];
    good(requests(&[&withdraw[..], &["--purpose", "minat"]].concat()));
    // a day begins where it begins first
    good(requests(&["--record", "copy", "--number", &number(2), "--by", "counter", "--on", "2020-01-02"]));
    assert_eq!(states(), ["delete whatsapp open", "withdraw phone withdrawn_now", "copy counter overdue"]);
    let document: Value = serde_json::from_str(&good(requests(&["--format", "json"]))).unwrap();
    assert_eq!(document["requests"][2]["due"], "2020-01-04T15:00:00Z");
    let listed = requests(&[]);
    assert!(told(&listed).1.contains("3 request(s): 1 to delete, 1 withdrawal(s) within the last 72 hours"));
    assert!(told(&listed).1.contains("1 for a copy or a correction, not answered yet"), "{}", told(&listed).1);
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(desk.path("inbox/requests.txt")).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);

    // every export obeys, also one that is named alone
    desk.pulled("inbox");
    let export = desk.export("inbox");
    for inbox in ["inbox", export.to_str().unwrap()] {
        let words =
            ["open", inbox, "-k", "owner.key", "--form", "kecil-1.segel", "--purpose", "minat", "--format", "json"];
        let document: Value =
            serde_json::from_str(&good(desk.run(&[&words[..], &desk.passphrases()].concat()))).unwrap();
        assert_eq!(document["left_out"], serde_json::json!({"deletion_requested": 1, "withdrawn": 1}), "{inbox}");
    }

    let answered = ["--done", "copy", "--number", &number(2), "--by", "email"];
    good(requests(&answered));
    assert_eq!(states()[2], "copy counter done");
    assert!(told(&requests(&answered)).1.contains("no such request is open"));

    // re-sealed, the inbox obeys still
    desk.publish(2, "kasir.key");
    let forms = ["--form", "kecil-2.segel", "--form", "kecil-1.segel"];
    let keys = ["-k", "owner.key", "-k", "kasir.key"];
    good(desk.run(&[&["rewrap", "inbox", "-o", "inbox-2"], &forms[..], &keys, &desk.passphrases()].concat()));
    let words = ["open", "inbox-2", "-k", "owner.key", "--purpose", "daftar", "--format", "json"];
    let document = good(desk.run(&[&words[..], &forms, &desk.passphrases()].concat()));
    assert!(document.contains("\"deletion_requested\":1"), "{document}");

    good(desk.run(&["purge", "inbox", "--form", "kecil-1.segel"]));
    assert_eq!(states()[0], "delete whatsapp not_here");
}

#[test]
fn a_wish_that_nobody_could_obey_is_not_written_down() {
    let desk = Desk::new();
    let form = desk.publish(1, "kasir.key");
    write(&desk, &form, &five(&form), &[]);
    let number = receipt(0).id().number();
    let refused = |words: &[&str], cause: &str| {
        let output = desk.run(&[&["requests", "inbox", "--by", "letter", "--number"], words].concat());
        assert!(output.status.code() != Some(0) && told(&output).1.contains(cause), "{words:?}: {}", told(&output).1);
    };
    refused(&["0000-0000", "--record", "delete"], "no submission has the number 0000-0000");
    refused(&[&number, "--record", "withdraw"], "a withdrawal needs --purpose and --form");
    let withdraw = [&*number, "--record", "withdraw", "--form", "kecil-1.segel", "--purpose"];
    refused(&[&withdraw[..], &["iklan"]].concat(), "the form has no purpose iklan");
    refused(&[&number, "--record", "delete", "--on", "2999-01-01"], "has not come yet");
    refused(&[&number, "--record", "delete", "--on", "kemarin"], "not a time");
    refused(&[&number, "--done", "copy"], "no such request is open");
    assert!(!desk.path("inbox/requests.txt").exists());

    // a register that cannot be read stops what would have to obey it
    fs::write(desk.path("inbox/requests.txt"), "segel-requests/1\nhapus Sari\n").unwrap();
    for words in [&["requests", "inbox"][..], &["due", "inbox", "--form", "kecil-1.segel"]] {
        let output = desk.run(words);
        assert_eq!(output.status.code(), Some(1));
        assert!(told(&output).1.contains("inbox/requests.txt: line 2 is no recorded request"), "{}", told(&output).1);
    }
}

#[test]
fn wishes_that_are_written_down_at_the_same_time_are_all_kept() {
    let desk = Desk::new();
    let form = desk.publish(1, "kasir.key");
    write(&desk, &form, &five(&form), &[]);
    let number = receipt(0).id().number();
    let words = ["requests", "inbox", "--record", "copy", "--number", number.as_str(), "--by", "phone"];
    let running: Vec<_> = (0..24).map(|_| desk.command(&words).stderr(Stdio::null()).spawn().unwrap()).collect();
    running.into_iter().for_each(|mut one| assert!(one.wait().unwrap().success()));
    assert_eq!(desk::lines(&desk.path("inbox/requests.txt")), 25);
}

#[test]
fn a_stranger_who_takes_a_customers_number_first_does_not_silence_them() {
    let desk = Desk::new();
    let form = desk.publish(1, "kasir.key");
    let (stranger, own) = (receipt(7), receipt(0));
    let at = submission(&form, 7, "Budi").windows(32).position(|text| text == stranger.id().to_string().as_bytes());
    let mut decoy = submission(&form, 7, "Budi");
    decoy[at.unwrap()..][..32].copy_from_slice(own.id().to_string().as_bytes());
    let envelopes = [vec![decoy], five(&form)].concat();
    let said = [(ago(10), Statement::sign(&own, form.digest(), ago(10), &Wish::Delete))];
    write(&desk, &form, &envelopes, &said);
    let document: Value = serde_json::from_str(&good(desk.run(&["requests", "inbox", "--format", "json"]))).unwrap();
    assert_eq!((&document["requests"][0]["state"], &document["unsigned"]), (&"open".into(), &0.into()));
    // The decoy does not open, and what the customer said is no stranger's word for that.
    let opened = desk.open("inbox", "owner.key", &["kecil-1.segel"], &["--format", "json"]);
    assert_eq!(opened.status.code(), Some(3));
    let document: Value = serde_json::from_slice(&opened.stdout).unwrap();
    assert_eq!((&document["unsigned"], &document["total"]), (&0.into(), &6.into()));
}

fn five(form: &Form) -> Vec<Vec<u8>> {
    (0..5).map(|seed| submission(form, seed, "Sari")).collect()
}

/// An inbox of submissions and what was said after them.
fn write(desk: &Desk, form: &Form, envelopes: &[Vec<u8>], said: &[(Time, Vec<u8>)]) {
    let received = Time::parse("2026-11-23T03:12:50Z").unwrap();
    let mut position = Position::START;
    let mut bytes = write_head(form.name(), &position);
    for envelope in envelopes {
        position = position.next(received, &Digest::of(envelope));
        bytes.extend(write_line(&position, received, envelope.len() as u64));
        bytes.extend([&envelope[..], b"\n"].concat());
    }
    for (at, statement) in said {
        position = position.next(*at, &Digest::of(statement));
        bytes.extend(write_statement(&position, *at, statement.len()));
        bytes.extend([&statement[..], b"\n"].concat());
    }
    bytes.extend(write_end(&position));
    fs::create_dir(desk.path("inbox")).unwrap();
    fs::write(desk.path("inbox/kecil-00000001-00000011.segel-export"), bytes).unwrap();
}

/// The receipt that `desk::submission` makes from the same seed.
fn receipt(seed: u64) -> Receipt {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    Receipt::generate(&mut ChaCha20Rng::from_seed(bytes)).unwrap()
}

fn ago(hours: u64) -> Time {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    Time::from_unix(i64::try_from(now - hours * 3600).unwrap()).unwrap()
}
