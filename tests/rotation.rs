//! Staff come and go: a cashier's key opens what cashiers may read, and a re-sealed inbox opens for the next cashier only.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "support/desk.rs"]
mod desk;
#[path = "support/trip.rs"]
mod trip;

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;

use desk::{Desk, good, submission, told};
use segel_core::Envelope;
use segel_core::export::{Entry, Position, Reader, write_damaged, write_end, write_gone, write_head, write_line};
use segel_core::id::Digest;
use segel_core::stamp::Taken;
use segel_core::time::Time;
use serde_json::Value;

#[test]
fn a_cashiers_key_opens_the_columns_of_cashiers_and_counts_the_others() {
    let desk = Desk::new();
    let form = desk.publish(1, "kasir.key");
    desk.inbox("inbox", &form, &[submission(&form, 1, "Sari"), submission(&form, 2, "Budi")]);
    let cashier = desk.open("inbox", "kasir.key", &["kecil-1.segel"], &["--format", "csv"]);
    assert!(told(&cashier).1.contains("3 column(s) for other roles, not shown: wa, catatan, foto"));
    let table = good(cashier);
    assert!(table.starts_with("received_at,number,sealed_at,Nama lengkap\r\n"), "{table}");
    assert!(table.contains("Sari") && table.contains("Budi") && !table.contains("6281234567890"), "{table}");
    let owner = good(desk.open("inbox", "owner.key", &["kecil-1.segel"], &["--format", "csv"]));
    assert!(owner.contains("'+6281234567890"), "{owner}");
}

#[test]
fn after_re_sealing_the_new_key_opens_the_old_one_nothing_and_the_contents_are_the_same() {
    let desk = Desk::new();
    let old = desk.publish(1, "kasir.key");
    let envelopes: Vec<_> = (0..20).map(|seed| submission(&old, seed, &format!("Sari {seed}"))).collect();
    let end = desk.inbox("inbox", &old, &envelopes);
    // the new cashier has a passphrase of their own
    fs::write(desk.path("pass-2"), "lain sama sekali\n").unwrap();
    let light = ["keygen", "--classic", "--work-factor", "14", "--passphrase-file", "pass-2"];
    good(desk.run(&[&light[..], &["-o", "baru.key", "--role", "kasir"]].concat()));
    desk.publish(2, "baru.key");
    let forms = ["kecil-2.segel", "kecil-1.segel"];

    // nobody shows the new key: nothing is sealed to it
    let blind = rewrap(&desk, &["-k", "owner.key"]);
    assert_eq!(told(&blind).0, Some(1));
    assert!(told(&blind).1.contains("(kasir) has not shown that it opens"), "{}", told(&blind).1);
    assert!(!desk.path("inbox-2").exists());
    // a cashier cannot do it either
    let staff = rewrap(&desk, &["-k", "baru.key", "-k", "owner.key"]);
    assert!(told(&staff).1.contains("signed by another owner"), "{}", told(&staff).1);

    let before = good(desk.open("inbox", "owner.key", &forms, &["--format", "json"]));
    let output = rewrap(&desk, &["-k", "owner.key", "-k", "baru.key"]);
    assert!(told(&output).1.contains("20 submission(s) sealed anew for version 2"), "{}", told(&output).1);
    good(output);

    let after = desk.open("inbox-2", "owner.key", &forms, &["--format", "json"]);
    assert!(!told(&after).1.contains("readers"), "nothing strange: {}", told(&after).1);
    assert_eq!(good(after), before);
    let new = good(desk.open("inbox-2", "baru.key", &forms, &["--format", "csv"]));
    assert!(new.contains("Sari 19"), "{new}");
    let gone = desk.open("inbox-2", "kasir.key", &forms, &["--format", "csv"]);
    assert_eq!(gone.status.code(), Some(1));
    assert!(told(&gone).1.contains("20 failed"), "{}", told(&gone).1);

    // whoever keeps an old and a new inbox side by side has each submission once
    fs::create_dir(desk.path("both")).unwrap();
    fs::copy(desk.export("inbox"), desk.path("both/a.segel-export")).unwrap();
    fs::copy(desk.export("inbox-2"), desk.path("both/b.segel-export")).unwrap();
    let both = desk.open("both", "owner.key", &forms, &["--format", "csv"]);
    assert!(told(&both).1.contains("20 shown, 0 left out, 0 failed, 20 repeated"), "{}", told(&both).1);

    // the chain is the server's still
    assert_eq!(read(&fs::read(desk.export("inbox-2")).unwrap()).1, end);
    // again: there is nothing left to do
    let again = rewrap(&desk, &["-k", "owner.key", "-k", "baru.key"]);
    assert!(told(&again).1.contains("1 export(s) were finished before"), "{}", told(&again).1);
    good(again);
}

#[test]
fn without_the_later_form_readers_are_not_called_checked() {
    let desk = Desk::new();
    let old = desk.publish(1, "kasir.key");
    desk.inbox("inbox", &old, &[submission(&old, 1, "Sari"), submission(&old, 2, "Budi")]);
    desk.keygen(&["-o", "baru.key", "--role", "kasir"]);
    desk.publish(2, "baru.key");
    good(rewrap(&desk, &["-k", "owner.key", "-k", "baru.key"]));
    let verify = |forms: &[&str]| {
        let forms = forms.iter().flat_map(|form| ["--form", form]);
        desk.run(&["verify", "inbox-2", "--format", "json"].into_iter().chain(forms).collect::<Vec<_>>())
    };
    let blind = verify(&["kecil-1.segel"]);
    assert!(told(&blind).1.contains("who reads them was not checked"), "{}", told(&blind).1);
    assert!(told(&blind).1.contains("give that version with --form, too"), "{}", told(&blind).1);
    let unchecked = |output| serde_json::from_str::<Value>(&good(output)).unwrap()["readers_unchecked"].clone();
    assert_eq!(unchecked(blind), 2);
    let seen = verify(&["kecil-1.segel", "kecil-2.segel"]);
    assert!(!told(&seen).1.contains("not checked"), "{}", told(&seen).1);
    assert_eq!(unchecked(seen), 0);
}

#[test]
fn a_proof_names_the_bytes_that_the_customer_sent_also_after_re_sealing() {
    let desk = Desk::new();
    let old = desk.publish(1, "kasir.key");
    let sent = submission(&old, 1, "Sari");
    desk.inbox("inbox", &old, std::slice::from_ref(&sent));
    desk.keygen(&["-o", "baru.key", "--role", "kasir"]);
    desk.publish(2, "baru.key");
    good(rewrap(&desk, &["-k", "owner.key", "-k", "baru.key"]));
    let number = Envelope::parse(&sent).unwrap().head().id().number();
    for inbox in ["inbox", "inbox-2"] {
        let words = ["proof", inbox, "--number", &number, "-k", "owner.key", "--form", "kecil-1.segel", "--form"];
        let more = ["kecil-2.segel", "--format", "json", "-o", "-"];
        let proof = good(desk.run(&[&words[..], &more, &desk.passphrases()].concat()));
        let proof: Value = serde_json::from_str(&proof).unwrap();
        assert_eq!(proof[0]["submission_sha256"], Digest::of(&sent).to_string(), "{inbox}");
    }
}

#[test]
fn what_cannot_be_sealed_anew_is_named_and_kept_as_it_was() {
    let desk = Desk::new();
    let old = desk.publish(1, "kasir.key");
    let mut envelopes: Vec<_> = (0..10).map(|seed| submission(&old, seed, "Sari")).collect();
    let last = envelopes[3].len() - 1;
    envelopes[3][last] ^= 1;
    desk.inbox("inbox", &old, &envelopes);
    desk.keygen(&["-o", "baru.key", "--role", "kasir"]);
    desk.publish(2, "baru.key");
    let output = rewrap(&desk, &["-k", "owner.key", "-k", "baru.key", "--format", "json"]);
    let (status, text) = told(&output);
    assert_eq!(status, Some(3));
    let done: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&done["resealed"], &done["kept"][0]["sequence"]), (&Value::from(9), &Value::from(4)));
    assert!(text.contains("submission 4 ") && text.contains("stays as it was: part file-foto-2: altered"), "{text}");
    assert!(text.contains("9 submission(s) sealed anew for version 2, 0 right already, 1 kept as they were"), "{text}");
    let (entries, _) = read(&fs::read(desk.export("inbox-2")).unwrap());
    let kept: Vec<_> = entries.iter().filter_map(plain).collect();
    assert_eq!(kept, [envelopes[3].as_slice()]);
    assert_eq!(desk.files("inbox-2"), 1, "no draft is left");

    // an owner's key that opens none of them
    desk.keygen(&["-o", "fremd.key", "--spare", "fremd-2.key"]);
    let foreign = rewrap(&desk, &["-k", "fremd.key"]);
    assert!(told(&foreign).1.contains("signed by another owner"), "{}", told(&foreign).1);
    // a form version that is missing: nothing is lost, everything is named
    let words = ["rewrap", "inbox", "--form", "kecil-2.segel", "-o", "inbox-3", "--passphrase-file", "pass"];
    let blind = desk.run(&[&words[..], &["-k", "owner.key", "-k", "baru.key"]].concat());
    assert_eq!(told(&blind).0, Some(1));
    assert!(told(&blind).1.contains("give it with --form"), "{}", told(&blind).1);
    assert_eq!(fs::read(desk.export("inbox-3")).unwrap(), fs::read(desk.export("inbox")).unwrap());
}

#[test]
fn a_run_that_was_killed_goes_on_where_it_was() {
    let desk = Desk::new();
    let old = desk.publish(1, "kasir.key");
    let few: Vec<_> = (0..10).map(|seed| submission(&old, seed, "Sari")).collect();
    let envelopes: Vec<_> = few.iter().cycle().take(2500).cloned().collect();
    let end = desk.inbox("inbox", &old, &envelopes);
    desk.keygen(&["-o", "baru.key", "--role", "kasir"]);
    desk.publish(2, "baru.key");
    let keys = ["-k", "owner.key", "-k", "baru.key"];

    let draft = || {
        let entries = fs::read_dir(desk.path("inbox-2")).into_iter().flatten().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.extension().is_some_and(|ending| ending == "rewrap")).last()
    };
    let mut child = desk.command(&words(&desk, &keys)).stderr(Stdio::null()).spawn().unwrap();
    while draft().and_then(|path| fs::metadata(path).ok()).map_or(0, |metadata| metadata.len()) < 1_000_000 {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be killed");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(9));
    assert_eq!(desk.files("inbox-2"), 1, "no export under its final name");
    // as if the last block had been torn as well
    let path = draft().unwrap();
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 100]).unwrap();

    let output = rewrap(&desk, &keys);
    let text = told(&output).1;
    assert!(text.contains("going on after submission"), "{text}");
    assert!(text.contains("2500 submission(s) sealed anew"), "{text}");
    good(output);
    assert_eq!(desk.files("inbox-2"), 1, "no draft is left");
    let whole = fs::read(desk.export("inbox-2")).unwrap();
    assert!(whole.starts_with(&bytes[..bytes.len() - 30_000]), "what was done was not done again");
    assert_eq!(read(&whole).1, end);
}

#[test]
fn a_draft_that_says_something_else_is_noticed_and_thrown_away() {
    let desk = Desk::new();
    let old = desk.publish(1, "kasir.key");
    let envelopes = [submission(&old, 1, "Sari"), submission(&old, 2, "Budi")];
    desk.inbox("inbox", &old, &envelopes);
    desk.keygen(&["-o", "baru.key", "--role", "kasir"]);
    desk.publish(2, "baru.key");
    let keys = ["-k", "owner.key", "-k", "baru.key"];
    good(rewrap(&desk, &keys));
    // a draft whose second submission is damaged, as a power cut may leave it
    let export = desk.export("inbox-2");
    let mut bytes = fs::read(&export).unwrap();
    let end = bytes.len() - 200;
    bytes[end] ^= 1;
    let name = export.file_name().unwrap().to_str().unwrap().to_owned();
    fs::remove_file(&export).unwrap();
    let draft = export.with_file_name(format!(".{name}.rewrap"));
    fs::write(&draft, &bytes).unwrap();
    let output = rewrap(&desk, &keys);
    assert_eq!(told(&output).0, Some(1));
    assert!(told(&output).1.contains("it does not say what the old one says; it was removed"), "{}", told(&output).1);
    assert!(!draft.exists() && !export.exists());
    good(rewrap(&desk, &keys));
    // one that is whole, as a kill while it is read back leaves it: nothing is sealed again
    let whole = fs::read(&export).unwrap();
    fs::rename(&export, &draft).unwrap();
    let output = rewrap(&desk, &keys);
    assert!(told(&output).1.contains("going on after submission 2"), "{}", told(&output).1);
    good(output);
    assert_eq!(fs::read(&export).unwrap(), whole);
    assert!(!draft.exists());
}

#[test]
fn places_of_deleted_submissions_stay_and_are_no_gap() {
    let desk = Desk::new();
    let old = desk.publish(1, "kasir.key");
    let time = Time::parse("2026-11-23T03:12:50Z").unwrap();
    let (one, two) = (submission(&old, 1, "Sari"), submission(&old, 2, "Budi"));
    let first = Position::START.next(time, &Digest::of(b"deleted"));
    let second = first.next(time, &Digest::of(&one));
    let third = second.next(time, &Digest::of(&two));
    let line = |position: &Position, envelope: &[u8]| {
        [&write_line(position, time, envelope.len() as u64)[..], envelope, b"\n"].concat()
    };
    let head = write_head(old.name(), &Position::START);
    let gone = write_gone(&first, time, &Digest::of(b"deleted"));
    let bytes = [head, gone.clone(), line(&second, &one), line(&third, &two), write_end(&third)].concat();
    fs::create_dir(desk.path("inbox")).unwrap();
    fs::write(desk.path("inbox/kecil-00000001-00000003.segel-export"), bytes).unwrap();
    let opened = desk.open("inbox", "owner.key", &["kecil-1.segel"], &["--format", "csv"]);
    assert!(told(&opened).1.contains("2 submission(s): 2 shown, 0 left out, 0 failed"), "{}", told(&opened).1);
    assert_eq!(opened.status.code(), Some(0));
    let json = good(desk.open("inbox", "owner.key", &["kecil-1.segel"], &["--format", "json"]));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["deleted"], &json["total"]), (&Value::from(1), &Value::from(2)));
    desk.keygen(&["-o", "baru.key", "--role", "kasir"]);
    desk.publish(2, "baru.key");
    let output = rewrap(&desk, &["-k", "owner.key", "-k", "baru.key"]);
    assert!(told(&output).1.contains("2 submission(s) sealed anew for version 2"), "{}", told(&output).1);
    assert!(told(&output).1.contains("1 deleted before"), "{}", told(&output).1);
    let new = fs::read(desk.export("inbox-2")).unwrap();
    assert!(new.windows(gone.len()).any(|window| window == gone));
    assert_eq!(read(&new).1, third);
}

#[test]
fn the_place_of_what_was_damaged_at_the_server_stays() {
    let desk = Desk::new();
    let old = desk.publish(1, "kasir.key");
    let (time, one) = (Time::parse("2026-11-23T03:12:50Z").unwrap(), submission(&old, 1, "Sari"));
    let first = Position::START.next(time, &Digest::of(b"damaged"));
    let second = first.next(time, &Digest::of(&one));
    let lost = write_damaged(&first, time, Taken::Envelope, &Digest::of(b"damaged"));
    let (head, line) = (write_head(old.name(), &Position::START), write_line(&second, time, one.len() as u64));
    fs::create_dir(desk.path("inbox")).unwrap();
    let bytes = [&head[..], &lost, &line, &one, b"\n", &write_end(&second)].concat();
    fs::write(desk.path("inbox/kecil-00000001-00000002.segel-export"), bytes).unwrap();
    desk.keygen(&["-o", "baru.key", "--role", "kasir"]);
    desk.publish(2, "baru.key");
    let output = rewrap(&desk, &["-k", "owner.key", "-k", "baru.key"]);
    assert!(told(&output).1.contains("1 submission(s) sealed anew for version 2"), "{}", told(&output).1);
    let new = fs::read(desk.export("inbox-2")).unwrap();
    assert!(new.windows(lost.len()).any(|window| window == lost));
    assert_eq!(read(&new).1, second);
    let opened = desk.open("inbox-2", "owner.key", &["kecil-1.segel", "kecil-2.segel"], &["--format", "csv"]);
    assert_eq!(opened.status.code(), Some(3));
    assert!(told(&opened).1.contains("the envelope of number 1 is damaged at the server"), "{}", told(&opened).1);
}

#[test]
fn the_old_inbox_is_never_the_new_one() {
    let desk = Desk::new();
    let old = desk.publish(1, "kasir.key");
    desk.inbox("inbox", &old, &[submission(&old, 1, "Sari")]);
    let before = fs::read(desk.export("inbox")).unwrap();
    let words = ["rewrap", "inbox", "--form", "kecil-1.segel", "-o", "inbox", "--passphrase-file", "pass"];
    let output = desk.run(&[&words[..], &["-k", "owner.key", "-k", "kasir.key"]].concat());
    assert_eq!(told(&output).0, Some(2));
    assert_eq!(fs::read(desk.export("inbox")).unwrap(), before);
}

#[test]
fn a_re_sealed_inbox_goes_on_from_the_same_server() {
    let trip = trip::Trip::start(&["--classic"]);
    let form = trip.form();
    let post = |seed, name| {
        let sealed = trip::customer(&form, seed, name, true, ("foto.jpg", b"a photo"));
        assert_eq!(trip.ask("POST", "/forms/daftar", &sealed).0, 201);
    };
    let pull = |inbox| {
        let server = format!("http://{}", trip.address);
        trip.run(&["pull", &server, "--form", "daftar", "--token-file", "token", "-o", inbox])
    };
    post(1, "Sari");
    good(pull("inbox"));
    let light = ["--classic", "--passphrase-file", "pass", "--work-factor", "14"];
    good(trip.run(&[&["keygen", "-o", "third.key"], &light[..]].concat()));
    let text = fs::read_to_string(trip::root().join("www/forms/daftar.json")).unwrap();
    fs::write(trip.path("two.json"), text.replace("\"version\": 1", "\"version\": 2")).unwrap();
    let keys = ["-k", "owner.key", "-k", "third.key", "--passphrase-file", "pass"];
    good(trip.run(&[&["publish", "two.json", "-o", "later/daftar.segel"], &keys[..]].concat()));
    let forms = ["--form", "later/daftar.segel", "--form", "forms/daftar.segel"];
    good(trip.run(&[&["rewrap", "inbox", "-o", "inbox-2"], &forms[..], &keys[..]].concat()));

    post(2, "Budi");
    let second = pull("inbox-2");
    assert!(told(&second).1.contains("1 new submission(s)"), "{}", told(&second).1);
    let open = |key| {
        let words =
            ["open", "inbox-2", "-k", key, "--passphrase-file", "pass", "--purpose", "daftar", "--format", "csv"];
        trip.run(&[&words[..], &forms[..]].concat())
    };
    let table = good(open("owner.key"));
    assert!(table.contains("Sari") && table.contains("Budi"), "{table}");
    let third = open("third.key");
    assert_eq!(third.status.code(), Some(3), "it reads what was sealed anew, and not what came after");
    assert!(String::from_utf8_lossy(&third.stdout).contains("Sari"));
}

fn words<'a>(desk: &Desk, keys: &[&'a str]) -> Vec<&'a str> {
    let forms = ["--form", "kecil-2.segel", "--form", "kecil-1.segel"];
    [&["rewrap", "inbox", "-o", "inbox-2"], &forms[..], &desk.passphrases(), keys].concat()
}

fn rewrap(desk: &Desk, keys: &[&str]) -> std::process::Output {
    desk.run(&words(desk, keys))
}

/// The entries of an export that is whole, and where its chain ends.
fn read(bytes: &[u8]) -> (Vec<Entry>, Position) {
    let mut reader = Reader::default();
    reader.feed(bytes);
    let mut entries = Vec::new();
    while let Some(entry) = reader.next_entry().unwrap() {
        entries.push(entry);
    }
    (entries, reader.finish().unwrap().1)
}

/// The bytes of a submission that was not re-sealed.
fn plain(entry: &Entry) -> Option<&[u8]> {
    match entry {
        Entry::Record(record) if record.resealed().is_none() => Some(record.envelope()),
        _ => None,
    }
}
