//! The whole trip with the real programs, in one test: read this first. Keys, a published form, a server, a customer, and the owner
//! who opens offline what only the owner can. The same trip with a real browser in the customer's place is `tests/web/form.test.mjs`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that cannot go on has failed, and one that was not run says so"
)]

#[path = "support/trip.rs"]
mod trip;

use std::fs;
use std::process::Command;

use serde_json::Value;
use trip::{Trip, customer, good};

#[test]
fn what_a_customer_seals_is_what_the_owner_opens_and_nobody_else() {
    let trip = Trip::start(&[]);
    let form = trip.form();
    let photo = (0..200_000_u32).map(|index| (index * 7) as u8).collect::<Vec<u8>>();

    // two customers: one agrees to everything but offers, one refuses whatever may be refused
    let first = customer(&form, 1, "Sari Dewi", true, ("saya.jpg", &photo));
    let second =
        customer(&form, 2, "=HYPERLINK(\"x\")", false, ("../../etc/passwd.jpg".replace('/', "_").as_str(), b"x"));
    let (status, receipt) = trip.ask("POST", "/forms/daftar", &first);
    let receipt: Value = serde_json::from_slice(&receipt).unwrap();
    assert_eq!((status, receipt["sequence"].as_u64()), (201, Some(1)));
    assert_eq!(receipt["digest"], segel_core::id::Digest::of(&first).to_string());
    assert_eq!(trip.ask("POST", "/forms/daftar", &first).0, 200, "the same bytes again are the same submission");
    assert_eq!(trip.ask("POST", "/forms/daftar", &second).0, 201);

    // the owner fetches, and has everything
    good(trip.pull());
    let again = trip.pull();
    assert!(String::from_utf8_lossy(&again.stderr).contains("nothing new"));

    // for one purpose: who agreed to it, and only the fields that serve it
    let all: Value =
        serde_json::from_str(&good(trip.open("daftar", &["--format", "json", "--files", "files"]))).unwrap();
    assert_eq!((all["total"].as_u64(), all["records"].as_array().map(Vec::len)), (Some(2), Some(2)));
    assert_eq!(all["records"][0]["answers"]["nama"], "Sari Dewi");
    assert_eq!(all["records"][0]["answers"]["wa"], "+6281234567890");
    assert!(all["records"][0]["answers"].get("lahir").is_none(), "a birth date serves another purpose");
    let interest: Value = serde_json::from_str(&good(trip.open("minat", &["--format", "json"]))).unwrap();
    assert_eq!(interest["records"][0]["answers"]["lahir"], "2000-02-29");
    assert_eq!(
        (interest["records"].as_array().map(Vec::len), interest["left_out"]["refused"].as_u64()),
        (Some(1), Some(1))
    );
    let offers: Value = serde_json::from_str(&good(trip.open("penawaran", &["--format", "json"]))).unwrap();
    assert_eq!(offers["left_out"]["refused"], 2);

    // as a table and for a spreadsheet, where no name is a formula
    assert!(good(trip.open("daftar", &[])).contains("Nama lengkap"));
    let csv = good(trip.open("daftar", &["--format", "csv"]));
    assert!(csv.contains("\"'=HYPERLINK(\"\"x\"\")\",'+6281234567890"), "{csv}");

    // the attachment comes out byte for byte, under a name of ours
    assert_eq!(fs::read(trip.path("files/000001-foto-1.jpg")).unwrap(), photo);
    let names: Vec<_> = fs::read_dir(trip.path("files")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 3, "{names:?}");

    // without a purpose there are counts and nothing else; with another key there is nothing
    let summary = good(trip.run(&[
        "open",
        "inbox",
        "-k",
        "spare.key",
        "--passphrase-file",
        "pass",
        "--form",
        "forms/daftar.segel",
    ]));
    assert!(
        summary.contains("purpose minat: 1 given, 1 refused, 0 not answered") && !summary.contains("Sari"),
        "{summary}"
    );
    good(trip.run(&["keygen", "-o", "other.key", "--passphrase-file", "pass", "--work-factor", "14"]));
    let other = trip.run(&[
        "open",
        "inbox",
        "-k",
        "other.key",
        "--passphrase-file",
        "pass",
        "--form",
        "forms/daftar.segel",
        "--purpose",
        "daftar",
    ]);
    assert_eq!(other.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&other.stderr).contains("not for any key you gave"));
}

#[test]
fn every_part_of_a_classic_submission_opens_with_another_age_program() {
    let trip = Trip::start(&["--classic"]);
    let sealed = customer(&trip.form(), 3, "Budi", true, ("foto.jpg", b"the very bytes of a photo"));
    assert_eq!(trip.ask("POST", "/forms/daftar", &sealed).0, 201);
    good(trip.pull());
    good(trip.run(&["split", "inbox", "-o", "parts"]));
    if Command::new("age").arg("--version").output().is_err() {
        assert!(std::env::var_os("SEGEL_FULL").is_none(), "age is missing: run `cargo xtask test`");
        eprintln!("age is not installed; the parts were not opened with it");
        return;
    }
    // age asks for a passphrase on a terminal only, so it gets the identity in clear, as a printed sheet would give it.
    let locked = fs::read(trip.path("owner.key")).unwrap();
    let key = segel_core::key::KeyFile::unlock(&locked, "enam kata acak").unwrap();
    fs::write(trip.path("plain.key"), key.identities()[0].to_text().as_bytes()).unwrap();
    let folder = fs::read_dir(trip.path("parts")).unwrap().next().unwrap().unwrap().path();
    let open = |part: &str| {
        let output = Command::new("age")
            .arg("-d")
            .arg("-i")
            .arg(trip.path("plain.key"))
            .arg(folder.join(part))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    assert_eq!(open("file-foto-1.age"), b"the very bytes of a photo");
    let main: Value = serde_json::from_slice(&open("main.age")).unwrap();
    assert_eq!(main["answers"]["nama"], "Budi");
    assert_eq!(main["consent"]["purposes"][0]["event_state"], "ConsentGiven");
}
