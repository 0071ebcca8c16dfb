//! Purposes: new or gone, on another ground, for longer.

use segel_core::time::Span;
use serde_json::Value;

use super::{Changes, find, ids, lasting, list, told};
use crate::say::{Words, words};

pub(super) fn compare(changes: &mut Changes, old: &Value, new: &Value) {
    for id in ids(new, "purposes") {
        let (Some(after), about) = (find(new, "purposes", &id), about(&id)) else { continue };
        match find(old, "purposes", &id) {
            Some(before) => changed(changes, &id, before, after),
            None => {
                let (text, english) = (told(&after["text"]["id"]), told(&after["text"]["en"]));
                let what = words!("tujuan baru: {text}", "a new purpose: {english}");
                changes.wider(&format!("purposes.{id}"), about, what, vec![id]);
            }
        }
    }
    for id in ids(old, "purposes").iter().filter(|id| find(new, "purposes", id).is_none()) {
        changes.other(&format!("purposes.{id}"), about(id), words!("dihapus", "removed"));
    }
}

fn changed(changes: &mut Changes, id: &str, before: &Value, after: &Value) {
    let place = |key: &str| format!("purposes.{id}.{key}");
    let again = || vec![id.to_owned()];
    let set = |value: &Value, key: &str| value[key] == true;
    if grounds(before) != grounds(after) {
        let (old, new) = (grounds(before).join(", "), grounds(after).join(", "));
        changes.wider(
            &place("basis"),
            about(id),
            words!("dasar sekarang {new}, dulu {old}", "the ground is {new} now, before {old}"),
            again(),
        );
    }
    for (key, grown, said, unsaid) in [
        (
            "required",
            true,
            words!("sekarang wajib", "can no longer be refused"),
            words!("sekarang boleh ditolak", "may be refused now"),
        ),
        (
            "profiling",
            true,
            words!("sekarang pemrofilan", "is profiling now"),
            words!("bukan lagi pemrofilan", "is no longer profiling"),
        ),
        (
            "adults",
            false,
            words!("sekarang hanya untuk orang dewasa", "is for adults only now"),
            words!("sekarang juga untuk anak", "is for children too now"),
        ),
    ] {
        let (old, new) = (set(before, key), set(after, key));
        if old != new {
            let what = if new { said } else { unsaid };
            match new == grown {
                true => changes.wider(&place(key), about(id), what, again()),
                false => changes.other(&place(key), about(id), what),
            }
        }
    }
    longer(changes, id, ("retention.max", "disimpan paling lama", "kept at most"), kept(before), kept(after));
    if valid(before) != kept(before) || valid(after) != kept(after) {
        longer(changes, id, ("consent_valid", "persetujuan berlaku", "consent lasts"), valid(before), valid(after));
    }
    for (key, of_id, of_en) in
        [("text", "penjelasan tujuan", "what it is for"), ("question", "kalimat persetujuan", "the sentence agreed to")]
    {
        if before[key] != after[key] {
            let (old, new) = (sentence(&before[key], &after[key]), sentence(&after[key], &before[key]));
            changes.words(
                &place(key),
                about(id),
                words!("{of_id} sekarang “{new}”, dulu “{old}”", "{of_en} is now “{new}”, before “{old}”"),
            );
        }
    }
    if before["retention"]["until"] != after["retention"]["until"] {
        changes.words(
            &place("retention.until"),
            about(id),
            words!("peristiwa yang mengakhiri penyimpanan berubah", "the event that ends storage changed"),
        );
    }
    if before["type"] != after["type"] {
        changes.words(&place("type"), about(id), words!("istilahnya berubah", "its term changed"));
    }
}

fn longer(
    changes: &mut Changes,
    id: &str,
    (key, of_id, of_en): (&str, &str, &str),
    before: Option<Span>,
    after: Option<Span>,
) {
    let (Some(before), Some(after)) = (before, after) else { return };
    if before == after {
        return;
    }
    let (old, new) = (lasting(before), lasting(after));
    let what = Words {
        id: format!("{of_id} {}, dulu {}", new.id, old.id),
        en: format!("{of_en} {}, before {}", new.en, old.en),
    };
    let place = format!("purposes.{id}.{key}");
    // Spans of two units are compared by their end from one day; a tie is none longer.
    match ends(after) > ends(before) {
        true => changes.wider(&place, about(id), what, vec![id.to_owned()]),
        false => changes.other(&place, about(id), what),
    }
}

fn ends(span: Span) -> Option<segel_core::time::Time> {
    segel_core::time::Time::from_unix(0).map(|start| start.plus(span))
}

fn kept(purpose: &Value) -> Option<Span> {
    Span::parse(purpose["retention"]["max"].as_str()?)
}

fn valid(purpose: &Value) -> Option<Span> {
    purpose["consent_valid"].as_str().and_then(Span::parse).or_else(|| kept(purpose))
}

/// The grounds, in an order of their own.
fn grounds(purpose: &Value) -> Vec<String> {
    let mut grounds: Vec<String> = list(&purpose["basis"]).iter().map(told).collect();
    grounds.sort();
    grounds
}

/// The sentence in the first language in which two texts differ.
fn sentence(text: &Value, other: &Value) -> String {
    let entries = text.as_object().into_iter().flatten();
    entries
        .rev()
        .find(|(language, text)| other[language.as_str()] != **text)
        .map(|(_, text)| told(text))
        .unwrap_or_default()
}

fn about(id: &str) -> Words {
    words!("tujuan {id}", "purpose {id}")
}
