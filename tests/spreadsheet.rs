//! What a spreadsheet makes of the tables: LibreOffice opens them and writes down what it saw.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "support/desk.rs"]
mod desk;

use std::fs;
use std::process::Command;

use desk::{Desk, good, submission_with};
use segel_core::table::guard;

#[test]
fn a_spreadsheet_shows_what_was_typed_and_evaluates_nothing() {
    if Command::new("soffice").arg("--version").output().is_err() {
        assert!(std::env::var_os("SEGEL_FULL").is_none(), "LibreOffice is missing: run `cargo xtask test`");
        return;
    }
    let desk = Desk::new();
    // A label is the owner's, and no formula either.
    let form = desk.publish_with(1, "kasir.key", |text| text.replace("\"Catatan\"", "\"=1+1\""));
    let typed = (0..).zip(TYPED);
    let envelopes: Vec<_> = typed
        .map(|(seed, text)| submission_with(&form, seed, "Sari", |raw| raw.set_text("catatan", text.into())))
        .collect();
    desk.inbox("inbox", &form, &envelopes);
    fs::write(desk.path("bare.csv"), "=1+1,;=1+1;\t=1+1\t\n").unwrap();
    for separator in [',', ';', '\t'] {
        let seen = seen_by(&desk, "bare.csv", separator);
        assert!(seen.iter().flatten().any(|cell| cell == "=1+1"), "a formula would be missed: {seen:?}");
    }
    for format in ["xlsx", "csv"] {
        let (name, forms) = (format!("table.{format}"), ["kecil-1.segel"]);
        good(desk.open("inbox", "owner.key", &forms, &["--format", format, "-o", &name]));
        let mut seen = seen_by(&desk, &name, ',');
        let heading = seen.remove(0);
        assert_eq!(&heading[0], "received_at", "the mark in front is no part of a heading");
        assert_eq!(&heading[5], if format == "xlsx" { "=1+1" } else { "'=1+1" });
        assert_eq!(seen.len(), TYPED.len(), "{seen:?}");
        for (row, typed) in seen.iter().zip(TYPED) {
            let guarded = guard(typed);
            match format {
                "xlsx" => assert_eq!((&row[4], &row[5]), ("+6281234567890", typed)),
                // A CSV file cannot say that a number is text; what is guarded comes back whole.
                _ if guarded != typed => assert_eq!((&row[4], &row[5]), ("'+6281234567890", &*guarded)),
                _ => assert!(!row[5].starts_with('='), "{typed:?} became {:?}", &row[5]),
            }
        }
    }
    for separator in [';', '\t'] {
        let seen = seen_by(&desk, "table.csv", separator);
        let mut cells = seen.iter().flatten();
        assert!(cells.all(|cell| !cell.starts_with(['=', '@'])), "{separator:?}: {seen:?}");
        assert!(seen.iter().flatten().any(|cell| cell.starts_with("'=1+1")), "{separator:?} splits nothing: {seen:?}");
    }
    // what it was made for stands on the sheet behind
    let about = fs::read_to_string(desk.path("seen/table-Segel.csv")).unwrap();
    assert!(about.contains("For this purpose only,daftar"), "{about}");
}

/// Every row that LibreOffice sees in a file, where it takes `separator` for the comma of a CSV file.
fn seen_by(desk: &Desk, name: &str, separator: char) -> Vec<csv::StringRecord> {
    // A formula of a CSV file is written down as one; of an XLSX file, where a text may begin like one, as what it comes to.
    let formulas = name.ends_with(".csv");
    // commas, quotes, UTF-8, every sheet in a file of its own
    let filter = format!("csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,{formulas},false,-1");
    let profile = format!("-env:UserInstallation=file://{}", desk.path("profile").display());
    let mut office = Command::new("soffice");
    office.args([&profile, "--headless"]);
    if name.ends_with(".csv") {
        // A person is asked for it, with what the mark says filled in.
        office.arg(format!("--infilter=Text - txt - csv (StarCalc):{},34,76,1", u32::from(separator)));
    }
    let output =
        office.args(["--convert-to", &filter, "--outdir", "seen", name]).current_dir(desk.path(".")).output().unwrap();
    let folder = desk.path("seen");
    let (stem, _) = name.split_once('.').unwrap();
    let first = ["Data", stem].map(|sheet| folder.join(format!("{stem}-{sheet}.csv")));
    let newest =
        first.iter().filter(|path| path.exists()).max_by_key(|path| fs::metadata(path).unwrap().modified().unwrap());
    let Some(path) = newest else { panic!("{}", String::from_utf8_lossy(&output.stderr)) };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(false).from_path(path).unwrap();
    reader.records().map(Result::unwrap).collect()
}

const TYPED: [&str; 23] = [
    "=HYPERLINK(\"https://x.example\",\"x\")",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "-1+1",
    "+1+cmd|' /C calc'!A0",
    "\t=1+1",
    "\n=1+1",
    "'=1+1",
    "=1+1\";=1+1",
    "x;=1+1;\"=1+1&\"",
    "x\t=1+1",
    "x\n=1+1",
    "a;b,c\"d\"",
    "line one\nline two",
    "a\u{2028}b",
    "3273010502900001",
    "00123",
    "1-2",
    "3E5",
    "TRUE",
    "2026-11-23",
    "_x0041_",
    "<b>&amp;",
];
