//! Fields: what else is asked, for what else it is used, who else reads it.

use serde_json::Value;

use super::{Changes, find, ids, list, told};
use crate::say::{Words, words};

pub(super) fn compare(changes: &mut Changes, old: &Value, new: &Value) {
    for id in ids(new, "fields") {
        let Some(after) = find(new, "fields", &id) else { continue };
        match find(old, "fields", &id) {
            Some(before) => changed(changes, &id, before, after),
            None => {
                let purposes = served(after);
                let names = purposes.join(", ");
                let what = words!("isian baru, untuk {names}", "a new field, for {names}");
                changes.wider(&format!("fields.{id}"), about(&id, after), what, purposes);
            }
        }
    }
    for id in ids(old, "fields") {
        if let (Some(before), None) = (find(old, "fields", &id), find(new, "fields", &id)) {
            changes.other(
                &format!("fields.{id}"),
                about(&id, before),
                words!("tidak ditanyakan lagi", "no longer asked"),
            );
        }
    }
}

fn changed(changes: &mut Changes, id: &str, before: &Value, after: &Value) {
    let place = |key: &str| format!("fields.{id}.{key}");
    let about = || about(id, after);
    let (old, new) = (served(before), served(after));
    let further: Vec<String> = new.iter().filter(|purpose| !old.contains(purpose)).cloned().collect();
    if !further.is_empty() {
        let names = further.join(", ");
        let what = words!("dipakai juga untuk {names}", "is used for {names} too");
        changes.wider(&place("purposes"), about(), what, further);
    }
    let left: Vec<&str> = old.iter().filter(|purpose| !new.contains(purpose)).map(String::as_str).collect();
    if !left.is_empty() {
        let names = left.join(", ");
        changes.other(
            &place("purposes"),
            about(),
            words!("tidak lagi dipakai untuk {names}", "is no longer used for {names}"),
        );
    }
    if before["kind"] != after["kind"] {
        let (old, new) = (told(&before["kind"]), told(&after["kind"]));
        let what = words!("jenis isian sekarang {new}, dulu {old}", "its kind is {new} now, before {old}");
        changes.wider(&place("kind"), about(), what, served(after));
    }
    let readers = |field: &Value| -> Vec<String> { list(&field["roles"]).iter().map(told).collect() };
    for role in readers(after).iter().filter(|role| !readers(before).contains(role)) {
        changes.other(&place("roles"), about(), words!("sekarang juga dibaca {role}", "is now read by {role} too"));
    }
    for role in readers(before).iter().filter(|role| !readers(after).contains(role)) {
        changes.other(&place("roles"), about(), words!("tidak lagi dibaca {role}", "is no longer read by {role}"));
    }
    if (before["required"] == true) != (after["required"] == true) {
        let what = match after["required"] == true {
            true => words!("sekarang wajib diisi", "must be filled now"),
            false => words!("tidak wajib lagi", "may be left empty now"),
        };
        changes.other(&place("required"), about(), what);
    }
    for (key, of_id, of_en) in WORDS {
        if before[key] != after[key] {
            changes.words(&place(key), about(), words!("{of_id} berubah", "{of_en} changed"));
        }
    }
    for (key, of_id, of_en) in BOUNDS {
        if before[key] != after[key] {
            changes.other(&place(key), about(), words!("{of_id} berubah", "{of_en} changed"));
        }
    }
}

const WORDS: [(&str, &str, &str); 3] = [
    ("label", "labelnya", "its label"),
    ("reason", "alasannya", "its reason"),
    ("options", "pilihannya", "its options"),
];
const BOUNDS: [(&str, &str, &str); 8] = [
    ("hint", "petunjuknya", "its hint"),
    ("of", "siapa yang ditanya", "who is asked"),
    ("max", "panjang paling besar", "its greatest length"),
    ("files", "banyaknya berkas", "the number of files"),
    ("max_bytes", "ukuran berkas", "the size of a file"),
    ("accept", "jenis berkas", "the types of file"),
    ("image", "ukuran foto", "the size of photos"),
    ("birth", "tanda tanggal lahir", "the mark of a date of birth"),
];

fn served(field: &Value) -> Vec<String> {
    list(&field["purposes"]).iter().map(told).collect()
}

fn about(id: &str, field: &Value) -> Words {
    let (label, english) = (told(&field["label"]["id"]), told(&field["label"]["en"]));
    let shown = |text: String| if text == "null" { id.to_owned() } else { text };
    let (label, english) = (shown(label), shown(english));
    words!("isian {id} ({label})", "field {id} ({english})")
}
