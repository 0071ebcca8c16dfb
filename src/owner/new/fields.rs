//! What is asked and why, and who besides the owner may read it.

use segel_core::age::Recipient;
use segel_core::id::is_id;
use serde_json::{Value, json};

use super::ask::{self, Ask};
use super::purposes::{free, told};
use super::{both, items, required};
use crate::say::{Failure, words};

pub(super) fn ask(ask: &mut Ask<'_>, form: &mut Value) -> Result<(), Failure> {
    let mut kept = Vec::new();
    for mut field in std::mem::take(items(form, "fields")?) {
        let (label, english) = (told(&field["label"]["id"]), told(&field["label"]["en"]));
        let needed = matches!(field["kind"].as_str(), Some("name" | "phone"));
        if !needed && !ask.yes(|| words!("Tanyakan: {label}", "Ask for: {english}"), true)? {
            continue;
        }
        let reason = told(&field["reason"]["id"]);
        let new =
            ask.text(|| words!("{label}: mengapa ditanyakan", "{english}: why it is asked, in Indonesian"), &reason)?;
        if new != reason {
            let english = ask.text(|| words!("Alasannya dalam bahasa Inggris", "The reason in English"), "")?;
            field["reason"] = both(&new, &english);
        }
        kept.push(field);
    }
    form["fields"] = Value::Array(kept);
    own(ask, form)?;
    used(ask, form)?;
    roles(ask, form)
}

/// A purpose that no field serves yet uses some that are there.
fn used(ask: &mut Ask<'_>, form: &mut Value) -> Result<(), Failure> {
    let known = ids(form, "fields");
    for purpose in items(form, "purposes")?.clone() {
        let (id, text, english) = (told(&purpose["id"]), told(&purpose["text"]["id"]), told(&purpose["text"]["en"]));
        if items(form, "fields")?.iter().any(|field| serves(field, &id)) {
            continue;
        }
        let names = known.join(", ");
        let question =
            || words!("Isian yang dipakai untuk {text}: {names}", "The fields that are used to {english}: {names}");
        let fields = ask.until(question, "", |answer| several(answer, &known))?;
        for field in items(form, "fields")?.iter_mut().filter(|field| fields.contains(&told(&field["id"]))) {
            items(field, "purposes")?.push(json!(id));
        }
    }
    Ok(())
}

fn serves(field: &Value, purpose: &str) -> bool {
    field["purposes"].as_array().is_some_and(|purposes| purposes.iter().any(|id| id == purpose))
}

fn ids(form: &Value, key: &str) -> Vec<String> {
    form[key].as_array().into_iter().flatten().map(|item| told(&item["id"])).collect()
}

fn own(ask: &mut Ask<'_>, form: &mut Value) -> Result<(), Failure> {
    while let Some(label) = ask
        .maybe(|| words!("Isian lain (kosong bila cukup)", "Another field, its label in Indonesian (empty if none)"))?
    {
        let english = ask.text(|| words!("Labelnya dalam bahasa Inggris", "Its label in English"), "")?;
        let kind = ask.until(
            || words!("Jenisnya: {KINDS}", "Its kind: {KINDS}"),
            "text",
            |answer| KINDS.split(", ").find(|kind| *kind == answer).map(str::to_owned),
        )?;
        let reason = ask.text(|| words!("Untuk apa ditanyakan", "What it is asked for, in Indonesian"), "")?;
        let reason_english = ask.text(|| words!("Alasannya dalam bahasa Inggris", "The reason in English"), "")?;
        let known = ids(form, "purposes");
        let names = known.join(", ");
        let purposes = ask.until(
            || words!("Untuk tujuan yang mana: {names}", "For which purposes: {names}"),
            known.first().map_or("", String::as_str),
            |answer| several(answer, &known),
        )?;
        let serves = required(form).iter().any(|purpose| purposes.contains(purpose));
        let must = serves && ask.yes(|| words!("Wajib diisi", "Must be filled"), false)?;
        let id = free(form, &ask::id(&label), "isian");
        let mut field = json!({
            "id": id, "kind": kind, "label": both(&label, &english), "reason": both(&reason, &reason_english),
            "purposes": purposes, "required": must,
        });
        match kind.as_str() {
            "choice" | "choices" => field["options"] = options(ask)?,
            "long_text" => {
                field["hint"] = both(
                    "Jangan tulis data kesehatan, kata sandi, atau nomor kartu.",
                    "Do not write health data, passwords or card numbers.",
                );
            }
            _ => {}
        }
        items(form, "fields")?.push(field);
    }
    Ok(())
}

/// Options as `Indonesian / English`, one a line.
fn options(ask: &mut Ask<'_>) -> Result<Value, Failure> {
    let mut options: Vec<Value> = Vec::new();
    loop {
        let question = || {
            words!(
                "Pilihan, seperti: Pagi / Morning (kosong bila cukup)",
                "An option, like: Pagi / Morning (empty when done)"
            )
        };
        let Some(answer) = ask.maybe(question)? else {
            if options.len() >= 2 {
                return Ok(Value::Array(options));
            }
            ask.tell(words!("  perlu dua pilihan atau lebih", "  two options or more are needed"));
            continue;
        };
        let (label, english) = answer.split_once('/').unwrap_or((&answer, &answer));
        let (label, english) = (label.trim(), english.trim());
        let id = ask::id(label);
        let taken = options.iter().any(|option| option["id"] == id);
        if !is_id(&id) || english.is_empty() || taken {
            ask.tell(words!(
                "  pilihan ini tidak dapat dipakai atau sudah ada",
                "  this option cannot be used or is there already"
            ));
            continue;
        }
        options.push(json!({"id": id, "label": both(label, english)}));
    }
}

fn roles(ask: &mut Ask<'_>, form: &mut Value) -> Result<(), Failure> {
    while let Some(role) = role(ask, form)? {
        let name = ask.text(|| words!("Sebutannya untuk pelanggan", "What customers read, in Indonesian"), &role)?;
        let english = ask.text(|| words!("Dalam bahasa Inggris", "In English"), &name)?;
        let key = ask.until(
            || {
                words!(
                    "Kunci publiknya (age1…, dari: segel keygen --role {role})",
                    "Its public key (age1…, from: segel keygen --role {role})"
                )
            },
            "",
            |answer| Recipient::parse(answer).ok().map(|key| key.to_text()),
        )?;
        let known = ids(form, "fields");
        let names = known.join(", ");
        let fields = ask.until(
            || words!("Isian yang boleh dibacanya: {names}", "The fields it may read: {names}"),
            "",
            |answer| several(answer, &known),
        )?;
        for field in items(form, "fields")?.iter_mut().filter(|field| fields.contains(&told(&field["id"]))) {
            items(field, "roles")?.push(json!(role));
        }
        items(form, "roles")?.push(json!({"id": role, "name": both(&name, &english), "keys": [key]}));
    }
    Ok(())
}

/// A role that is not there yet.
fn role(ask: &mut Ask<'_>, form: &Value) -> Result<Option<String>, Failure> {
    let taken = |id: &str| {
        id == "owner" || form["roles"].as_array().is_some_and(|roles| roles.iter().any(|role| role["id"] == id))
    };
    let question = || {
        words!(
            "Peran lain yang boleh membaca sebagian, misalnya kasir (kosong: hanya pemilik)",
            "Another role that may read some of it, like kasir (empty: the owner alone)"
        )
    };
    ask.until(question, "", |answer| match answer {
        "" => Some(None),
        answer => (is_id(answer) && !taken(answer)).then(|| Some(answer.to_owned())),
    })
}

/// Names separated by commas, all of them known and none twice.
fn several(answer: &str, known: &[String]) -> Option<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    for name in answer.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if !known.iter().any(|other| other == name) {
            return None;
        }
        if !names.iter().any(|other| other == name) {
            names.push(name.to_owned());
        }
    }
    (!names.is_empty()).then_some(names)
}

/// The kinds that need no more than a label; `nik` needs a law, `file` its types.
const KINDS: &str = "text, long_text, date, number, province, city, address, postcode, email, choice, choices";
