//! What for, and how long: the purposes of the template, and the owner's own.

use serde_json::{Value, json};

use super::ask::{self, Ask};
use super::{both, items};
use crate::say::{Failure, words};

pub(super) fn ask(ask: &mut Ask<'_>, form: &mut Value) -> Result<(), Failure> {
    let mut dropped = Vec::new();
    for purpose in items(form, "purposes")?.iter_mut() {
        let (id, en) = (told(&purpose["text"]["id"]), told(&purpose["text"]["en"]));
        if purpose["required"] == true {
            ask.tell(words!("tujuan utama: {id}", "main purpose: {en}"));
        } else if !ask
            .yes(|| words!("Tanyakan juga, boleh ditolak: {id}", "Ask this too, may be refused: {en}"), true)?
        {
            dropped.push(purpose["id"].clone());
            continue;
        }
        let question = || words!("Paling lama disimpan, misalnya 2 tahun", "Kept at most, for example 2 years");
        let kept = ask.lasting(question, &told(&purpose["retention"]["max"]))?;
        purpose["retention"] = json!({"max": kept});
    }
    items(form, "purposes")?.retain(|purpose| !dropped.contains(&purpose["id"]));
    for field in items(form, "fields")? {
        items(field, "purposes")?.retain(|purpose| !dropped.contains(purpose));
    }
    items(form, "fields")?.retain(|field| field["purposes"].as_array().is_some_and(|purposes| !purposes.is_empty()));
    own(ask, form)
}

/// Every purpose of the owner's own may be refused.
fn own(ask: &mut Ask<'_>, form: &mut Value) -> Result<(), Failure> {
    while let Some(text) = ask.maybe(|| {
        words!(
            "Tujuan lain yang boleh ditolak, misalnya: mengirim resep (kosong bila tidak ada)",
            "Another purpose that may be refused, in Indonesian (empty if none)"
        )
    })? {
        let english = ask.text(|| words!("Dalam bahasa Inggris", "In English"), "")?;
        let asked =
            ask.text(|| words!("Pertanyaannya", "The question, in Indonesian"), &format!("Bolehkah kami {text}?"))?;
        let asked_english = ask.text(
            || words!("Pertanyaannya dalam bahasa Inggris", "The question in English"),
            &format!("May we {english}?"),
        )?;
        let kept = ask
            .lasting(|| words!("Paling lama disimpan, misalnya 2 tahun", "Kept at most, for example 2 years"), "P1Y")?;
        let profiling = ask.yes(
            || {
                words!(
                    "Apakah ini mempelajari kebiasaan atau minat orang",
                    "Does it learn about people's habits or interests"
                )
            },
            false,
        )?;
        let id = free(form, &ask::id(&text), "tujuan");
        let mut purpose = json!({
            "id": id, "required": false, "basis": ["consent"], "text": both(&text, &english),
            "question": both(&asked, &asked_english), "retention": {"max": kept},
        });
        if profiling {
            purpose["profiling"] = json!(true);
        }
        if form["children"] == "guardian" {
            purpose["adults"] = json!(true);
        }
        items(form, "purposes")?.push(purpose);
    }
    Ok(())
}

/// The id, or one that no purpose or field has yet.
pub(super) fn free(form: &Value, id: &str, fallback: &str) -> String {
    let taken = |id: &str| {
        ["purposes", "fields"]
            .iter()
            .any(|key| form[*key].as_array().is_some_and(|items| items.iter().any(|item| item["id"] == id)))
    };
    let id = if id.is_empty() { fallback } else { id };
    if !taken(id) {
        return id.to_owned();
    }
    (2..).map(|number| format!("{id}_{number}")).find(|id| !taken(id)).unwrap_or_default()
}

pub(super) fn told(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
