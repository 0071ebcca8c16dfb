//! What strangers, full disks and pulled plugs do to the command line.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "support/desk.rs"]
mod desk;
#[path = "bench/large.rs"]
mod large;

use std::fs;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use desk::{Desk, good, submission, submission_with, told};
use large::Large;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use segel_core::age::Suite;
use segel_core::key::{KeyFile, OwnerKey};
use segel_core::table::unguard;
use segel_core::time::Time;
use serde_json::Value;

#[test]
fn one_bad_submission_among_ten_thousand_is_named_and_the_rest_are_there_in_order() {
    let folder = tempfile::tempdir().unwrap();
    large::write(folder.path(), Large { spoiled: Some(7_777), ..Large::new(10_000, Suite::X25519) });
    let output = open(folder.path(), &["--format", "json"]);
    let (status, text) = told(&output);
    assert_eq!(status, Some(3));
    let named: Vec<&str> = text.lines().filter(|line| line.starts_with("submission ")).collect();
    assert_eq!(named.len(), 1, "{text}");
    assert!(named[0].starts_with("submission 7777 ") && named[0].contains("altered after sealing"), "{named:?}");
    assert!(text.contains("10000 submission(s): 9999 shown, 0 left out, 1 failed, 0 repeated"), "{text}");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let sequences = document["records"].as_array().unwrap().iter().map(|record| record["sequence"].as_u64().unwrap());
    assert!(sequences.eq((1..=10_000).filter(|sequence| *sequence != 7_777)));
    assert_eq!(document["failed"][0]["sequence"], 7_777);
    assert_eq!(document["failed"][0]["verdict"], "altered");
    // a table holds rows back to settle its widths; none is lost
    let table = open(folder.path(), &["--format", "table"]);
    assert_eq!(table.stdout.iter().filter(|byte| **byte == b'\n').count(), 10_000);
}

/// Ten times as many submissions, and no more than a tenth of them in memory: what is kept of each is what tells it from a repeated one.
#[test]
fn case_117_memory_does_not_grow_with_what_is_opened() {
    let peak = |count: u64| {
        let folder = tempfile::tempdir().unwrap();
        large::write(folder.path(), Large::new(count, Suite::X25519));
        let bytes = fs::metadata(folder.path().join(format!("inbox/besar-00000001-{count:08}.own.segel-export")))
            .unwrap()
            .len();
        (large::peak(&mut command(folder.path(), &["--format", "csv"])) * 1024, bytes)
    };
    let ((few, _), (many, bytes)) = (peak(2_000), peak(20_000));
    assert!(few > 0, "the system does not say");
    assert!(many < few + bytes / 10, "{few} bytes for 2000, {many} for 20000, which are {bytes} on disk");
}

#[test]
fn a_run_that_is_killed_leaves_the_old_table_and_no_plaintext() {
    let folder = tempfile::tempdir().unwrap();
    large::write(folder.path(), Large::new(10_000, Suite::X25519));
    fs::write(folder.path().join("all.csv"), "the old one").unwrap();
    let mut child =
        command(folder.path(), &["--format", "csv", "-o", "all.csv"]).stderr(Stdio::null()).spawn().unwrap();
    while !writes_in(&child, folder.path()) {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be killed");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(9));
    assert_eq!(fs::read(folder.path().join("all.csv")).unwrap(), b"the old one");
    assert_eq!(names(folder.path()), ["all.csv", "form.segel", "inbox", "owner.key"]);
    good(open(folder.path(), &["--format", "csv", "-o", "all.csv"]));
    assert_eq!(desk::lines(&folder.path().join("all.csv")), 10_001);
}

#[test]
fn a_full_disk_leaves_the_old_table_and_nothing_half_written() {
    let folder = tempfile::tempdir().unwrap();
    large::write(folder.path(), Large::new(300, Suite::X25519));
    fs::write(folder.path().join("all.csv"), "the old one").unwrap();
    for format in ["csv", "json", "table", "xlsx"] {
        // no file may grow over 2 KiB: the system's answer to a quota
        let segel = env!("CARGO_BIN_EXE_segel");
        let line = format!(
            "trap '' XFSZ; ulimit -f 4; exec {segel} open inbox -k owner.key --form form.segel --purpose daftar --format {format} -o all.csv --lang en"
        );
        let output = Command::new("sh").args(["-c", &line]).current_dir(folder.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{format}: {}", told(&output).1);
        assert!(told(&output).1.contains("error: all.csv"), "{format}: {}", told(&output).1);
        assert_eq!(fs::read(folder.path().join("all.csv")).unwrap(), b"the old one");
        assert_eq!(names(folder.path()), ["all.csv", "form.segel", "inbox", "owner.key"]);
    }
}

#[test]
fn a_key_that_was_being_made_when_the_plug_was_pulled_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("pass"), "enam kata acak\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_segel"));
    command.args(["keygen", "-o", "owner.key", "--passphrase-file", "pass", "--work-factor", "20"]);
    let mut child = command.current_dir(folder.path()).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    // scrypt's gigabyte is being filled
    while memory(&child) < 100_000 {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be killed");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(names(folder.path()), ["pass"]);
}

#[test]
fn no_cell_is_a_formula_and_a_strict_reader_gets_every_value_back() {
    let desk = Desk::new();
    let form = desk.publish(1, "kasir.key");
    let envelopes: Vec<_> = (0..)
        .zip(PAYLOADS)
        .map(|(seed, text)| submission_with(&form, seed, "Sari", |raw| raw.set_text("catatan", text.into())))
        .collect();
    desk.inbox("inbox", &form, &envelopes);
    let table = good(desk.open("inbox", "owner.key", &["kecil-1.segel"], &["--format", "csv"]));
    let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(table.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), PAYLOADS.len());
    for (row, text) in rows.iter().zip(PAYLOADS) {
        for cell in row {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{cell:?}");
        }
        let cell = &row[5];
        assert_eq!(unguard(cell), text);
        assert_eq!(&row[4], "'+6281234567890");
        assert_eq!(&row[6], "", "a missing answer is an empty cell; an empty answer cannot be sealed");
    }
    let document = good(desk.open("inbox", "owner.key", &["kecil-1.segel"], &["--format", "json"]));
    let document: Value = serde_json::from_str(&document).unwrap();
    for (record, text) in document["records"].as_array().unwrap().iter().zip(PAYLOADS) {
        assert_eq!(record["answers"]["catatan"], text);
    }
}

#[test]
fn nothing_that_a_customer_wrote_moves_the_terminal() {
    let desk = Desk::new();
    let form = desk.publish(1, "kasir.key");
    let texts = ["a\u{202e}b", "a\u{2066}b\u{2069}", "a\u{200b}b", "a\u{feff}b", "two\nlines\tand a tab", "a\u{2028}b"];
    let envelopes: Vec<_> = (0..)
        .zip(texts)
        .map(|(seed, text)| submission_with(&form, seed, "Sari", |raw| raw.set_text("catatan", text.into())))
        .collect();
    desk.inbox("inbox", &form, &envelopes);
    for format in ["table", "json"] {
        let text = good(desk.open("inbox", "owner.key", &["kecil-1.segel"], &["--format", format]));
        let raw = |character: char| {
            character != '\n' && (character.is_control() || ('\u{200b}'..='\u{200f}').contains(&character))
                || ('\u{2028}'..='\u{202e}').contains(&character)
                || ('\u{2060}'..='\u{2069}').contains(&character)
                || character == '\u{feff}'
        };
        assert_eq!(text.chars().find(|character| raw(*character)), None, "{format}: {text}");
        let rows = texts.len() + if format == "json" { 2 } else { 1 };
        assert_eq!(text.lines().count(), rows, "no value makes a line of its own");
    }
    let document = good(desk.open("inbox", "owner.key", &["kecil-1.segel"], &["--format", "json"]));
    let document: Value = serde_json::from_str(&document).unwrap();
    for (record, text) in document["records"].as_array().unwrap().iter().zip(texts) {
        assert_eq!(record["answers"]["catatan"], text);
    }
}

#[test]
fn two_submissions_of_one_number_are_both_shown_and_the_same_one_twice_is_one() {
    let desk = Desk::new();
    let form = desk.publish(1, "kasir.key");
    let (one, other) = (submission(&form, 1, "Sari"), submission(&form, 1, "Budi"));
    desk.inbox("inbox", &form, &[one.clone(), other, one]);
    let output = desk.open("inbox", "owner.key", &["kecil-1.segel"], &["--format", "json"]);
    assert!(told(&output).1.contains("submission 2 ") && told(&output).1.contains("conflicts with submission 1"));
    assert!(told(&output).1.contains("3 submission(s): 2 shown, 0 left out, 0 failed, 1 repeated"));
    let document: Value = serde_json::from_str(&good(output)).unwrap();
    assert_eq!(document["conflicts"][0]["sequences"], serde_json::json!([1, 2]));
    let conflicts = document["records"].as_array().unwrap().iter().map(|record| record["conflict"].as_bool().unwrap());
    assert_eq!(conflicts.collect::<Vec<_>>(), [false, true]);
}

#[test]
fn a_key_that_is_locked_too_lightly_opens_with_the_way_to_lock_it_again() {
    let desk = Desk::new();
    let form = desk.publish(1, "kasir.key");
    desk.inbox("inbox", &form, &[submission(&form, 1, "Sari")]);
    let locked = fs::read(desk.path("owner.key")).unwrap();
    let key: OwnerKey = KeyFile::unlock(&locked, "enam kata acak").unwrap().owner();
    let text = KeyFile::write(&key, &[], Time::parse("2026-11-23T03:12:46Z").unwrap());
    let light = KeyFile::lock(&text, "enam kata acak", 1, &mut ChaCha20Rng::from_seed([9; 32])).unwrap();
    fs::write(desk.path("light.key"), light).unwrap();
    let output = desk.open("inbox", "light.key", &["kecil-1.segel"], &["--format", "csv"]);
    assert!(told(&output).1.contains("light.key is locked too lightly (2^1)"), "{}", told(&output).1);
    assert!(told(&output).1.contains("hint: lock it again: age -d light.key"), "{}", told(&output).1);
    good(output);
}

/// What spreadsheets have been made to run, and what breaks readers of CSV.
const PAYLOADS: [&str; 16] = [
    "=HYPERLINK(\"https://x.example\",\"x\")",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "-1+1",
    "+1+cmd|' /C calc'!A0",
    "\t=1+1",
    "\n=1+1",
    "'=1+1",
    "=1+1\";=1+1",
    "a;b,c\"d\"",
    "\"",
    "line one\nline two",
    "a\u{2028}b",
    "00123",
    "1-2",
    "3E5",
];

fn command(folder: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segel"));
    command.args(["open", "inbox", "-k", "owner.key", "--form", "form.segel", "--purpose", "daftar", "--lang", "en"]);
    command.args(more).current_dir(folder).stdin(Stdio::null()).process_group(0);
    command
}

fn open(folder: &Path, more: &[&str]) -> Output {
    command(folder, more).output().unwrap()
}

/// Whether a run has written to a file of this folder, which need not have a name.
fn writes_in(child: &Child, folder: &Path) -> bool {
    let open = fs::read_dir(format!("/proc/{}/fd", child.id())).into_iter().flatten().filter_map(Result::ok);
    let here = |path: &PathBuf| {
        fs::read_link(path).is_ok_and(|target| target.starts_with(folder) && !target.starts_with(folder.join("inbox")))
    };
    open.map(|entry| entry.path()).filter(here).any(|path| fs::metadata(path).is_ok_and(|metadata| metadata.len() > 0))
}

/// Kibibytes of memory that a run has in use.
fn memory(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
