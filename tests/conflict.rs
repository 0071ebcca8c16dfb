//! The same submission twice is one; the same id over other bytes is a conflict, and nobody chooses silently.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "support/trip.rs"]
mod trip;

use std::fs;

use segel_core::export::{Position, write_end, write_head, write_line};
use segel_core::id::Digest;
use serde_json::Value;
use trip::{Trip, customer, good, now};

#[test]
fn the_server_keeps_the_first_and_refuses_another_content_under_its_id() {
    let trip = Trip::start(&[]);
    let form = trip.form();
    let (first, other) =
        (customer(&form, 5, "Sari", true, ("a.jpg", b"a")), customer(&form, 5, "Budi", true, ("a.jpg", b"a")));
    assert_eq!(trip.ask("POST", "/forms/daftar", &first).0, 201);
    let (status, reply) = trip.ask("POST", "/forms/daftar", &other);
    let reply: Value = serde_json::from_slice(&reply).unwrap();
    assert_eq!((status, reply["code"].as_str()), (409, Some("conflict")));
    assert_eq!(trip.ask("POST", "/forms/daftar", &first).0, 200);
}

#[test]
fn the_owner_sees_both_contents_of_one_id_marked_and_a_repetition_once() {
    let trip = Trip::start(&[]);
    let form = trip.form();
    let (first, other) =
        (customer(&form, 5, "Sari", true, ("a.jpg", b"a")), customer(&form, 5, "Budi", true, ("a.jpg", b"a")));
    let received = now();
    let mut position = Position::START;
    let mut export = write_head(form.name(), &position);
    for envelope in [&first, &other, &first] {
        position = position.next(received, &Digest::of(envelope));
        export.extend(write_line(&position, received, envelope.len() as u64));
        export.extend_from_slice(envelope);
        export.push(b'\n');
    }
    export.extend(write_end(&position));
    fs::create_dir(trip.path("inbox")).unwrap();
    fs::write(trip.path("inbox/daftar-00000001-00000003.own.segel-export"), export).unwrap();
    let opened: Value = serde_json::from_str(&good(trip.open("daftar", &["--format", "json"]))).unwrap();
    let names: Vec<_> = opened["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| (record["answers"]["nama"].clone(), record["conflict"].clone()))
        .collect();
    // Rows are written as they are read: the first is out when the second comes, so the list behind them names both.
    assert_eq!(names, [("Sari".into(), false.into()), ("Budi".into(), true.into())]);
    assert_eq!(opened["conflicts"][0]["sequences"], serde_json::json!([1, 2]));
    assert_eq!(opened["conflicts"].as_array().unwrap().len(), 1);
    assert_eq!((opened["total"].as_u64(), opened["repeated"].as_u64()), (Some(3), Some(1)));
}
