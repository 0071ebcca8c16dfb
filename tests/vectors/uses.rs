//! Vectors of the record of uses. FORMAT §12.3.

use segel_core::id::FormName;
use segel_core::key::OwnerKey;
use segel_core::time::Time;
use segel_core::uses::{Act, Begun, Ended, Entry, HEAD, Numbers, Uses};

use super::write::{Case, vector};
use crate::support::rng;

/// A use of each kind of line: one with a purpose and a key, one without either that was broken off.
fn lines() -> Vec<String> {
    let owner = OwnerKey::generate(segel_core::age::Suite::X25519, &mut rng(1)).unwrap().owner_id();
    let at = |text: &str| Time::parse(text).unwrap();
    let mut records = Numbers::default();
    [1, 2, 3, 7].into_iter().for_each(|number| records.push(number));
    let entries = [
        Entry::Begun(Begun {
            act: Act::Open,
            at: at("2026-11-25T10:00:00Z"),
            by: Some(owner),
            purpose: Some("minat".into()),
            to: vec!["file daftar \"baru\".csv".into(), "file foto".into()],
        }),
        Entry::Ended(Ended {
            of: 2,
            at: at("2026-11-25T10:00:03Z"),
            count: 4,
            records: vec![(FormName::parse("daftar").unwrap(), records)],
        }),
        Entry::Begun(Begun {
            act: Act::Purge,
            at: at("2026-11-26T08:00:00Z"),
            by: None,
            purpose: None,
            to: vec!["screen".into()],
        }),
    ];
    let mut uses = Uses::new();
    core::iter::once(HEAD.to_owned()).chain(entries.into_iter().map(|entry| uses.push(entry).1)).collect()
}

pub(crate) fn cases() -> Vec<Case> {
    let lines = lines();
    let text = lines.concat();
    let case = |name: &str, expect: &str, comment: &str, body: String| {
        vector(name, "uses", expect, "12.3", comment, body.into_bytes())
    };
    let (open, purge) = ("open 4", "purge broken");
    let torn = format!("{}{}\n{}", lines[..3].concat(), &lines[3][..20], lines[3]);
    vec![
        case("good", "uses", "a use that ended, and one that was broken off", text.clone())
            .with("use", open)
            .with("use", purge),
        case("empty", "uses", "no use yet", HEAD.to_owned()),
        case("torn", "uses", "a line whose writer was stopped, and the next one behind it", torn)
            .with("use", open)
            .with("use", purge)
            .with("wrong", "unreadable 4"),
        case("cut", "uses", "the last line has no end", text.trim_end()[..text.len() - 9].to_owned())
            .with("use", open)
            .with("wrong", "unreadable 4"),
        case("changed", "uses", "a number that was changed", text.replace("\"count\":4", "\"count\":3"))
            .with("use", "open 3")
            .with("use", purge)
            .with("wrong", "altered 3"),
        case("taken_out", "uses", "a use that was taken out", [&lines[0][..], &lines[3]].concat())
            .with("use", purge)
            .with("wrong", "altered 2"),
        case("act", "uses", "an act that nobody knows", text.replace("purge", "shred"))
            .with("use", open)
            .with("wrong", "unreadable 4"),
        case("spelling", "uses", "white space in an entry", text.replace("\"act\":\"purge\"", "\"act\": \"purge\""))
            .with("use", open)
            .with("wrong", "unreadable 4"),
        case("ranges", "uses", "ranges that touch", text.replace("1-3,7", "1-2,3,7"))
            .with("use", "open broken")
            .with("use", purge)
            .with("wrong", "unreadable 3")
            .with("wrong", "altered 4"),
        case("head", "refused", "a later version", text.replace("uses/1", "uses/2")),
    ]
}
