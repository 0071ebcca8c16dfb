//! Who asks, where the locked data is kept, who else receives it, and what happens with children.

use serde_json::{Value, json};

use super::ask::Ask;
use super::{both, items, required};
use crate::contact;
use crate::say::{Failure, words};

pub(super) fn ask(ask: &mut Ask<'_>, form: &mut Value) -> Result<(), Failure> {
    let shop = ask.until(
        || words!("Nama usaha (paling panjang 40 huruf)", "Name of the shop (at most 40 letters)"),
        "",
        |answer| (!answer.is_empty() && answer.chars().count() <= 40).then(|| answer.to_owned()),
    )?;
    named(form, &shop);
    let address = ask.text(|| words!("Alamat usaha", "Address of the shop"), "")?;
    let contact =
        ask.text(|| words!("Siapa yang menjawab pertanyaan pelanggan", "Who answers customers' questions"), "")?;
    let mut controller = json!({"name": shop, "address": address, "contact": contact});
    let number = || {
        words!(
            "Nomor WhatsApp usaha, seperti +62 812 3456 7890 (kosong bila tidak ada)",
            "The shop's WhatsApp number, like +62 812 3456 7890 (empty if none)"
        )
    };
    let whatsapp = ask.maybe_of(number, contact::whatsapp)?;
    let email = match &whatsapp {
        Some(_) => {
            let question = || {
                words!(
                    "E-mail usaha, seperti nama@toko.example (kosong bila tidak ada)",
                    "The shop's e-mail, like name@shop.example (empty if none)"
                )
            };
            ask.maybe_of(question, contact::email)?
        }
        None => {
            let question =
                || words!("E-mail usaha, seperti nama@toko.example", "The shop's e-mail, like name@shop.example");
            Some(ask.until(question, "", |answer| contact::email(answer).then(|| answer.to_owned()))?)
        }
    };
    let rights = match (&whatsapp, &email) {
        (Some(number), _) => format!("WhatsApp {number}"),
        (None, email) => email.clone().unwrap_or_default(),
    };
    for (key, value) in [("whatsapp", whatsapp), ("email", email)] {
        if let Some(value) = value {
            controller[key] = json!(value);
        }
    }
    form["controller"] = controller;
    let question = || {
        words!(
            "Ke mana pelanggan meminta salinan, koreksi, atau penghapusan",
            "Where customers ask for a copy, a correction or deletion"
        )
    };
    form["rights"] = json!({"contact": ask.text(question, &rights)?});
    kept(ask, form)?;
    children(ask, form)
}

/// Where the sentences of a template name the shop.
fn named(value: &mut Value, shop: &str) {
    match value {
        Value::String(text) => *text = text.replace("{toko}", shop),
        Value::Array(items) => items.iter_mut().for_each(|item| named(item, shop)),
        Value::Object(entries) => entries.values_mut().for_each(|item| named(item, shop)),
        _ => {}
    }
}

fn kept(ask: &mut Ask<'_>, form: &mut Value) -> Result<(), Failure> {
    let host = ask.maybe(|| {
        words!(
            "Siapa penyedia server yang menyimpan data terkunci (kosong bila server sendiri)",
            "Who hosts the server that keeps the locked data (empty if it is yours)"
        )
    })?;
    let country = ask.until(
        || words!("Di negara mana, dua huruf", "In which country, two letters"),
        "ID",
        |answer| {
            (answer.len() == 2 && answer.bytes().all(|byte| byte.is_ascii_alphabetic())).then(|| answer.to_uppercase())
        },
    )?;
    let days = ask.until(
        || words!("Berapa hari sampai cadangan ikut terhapus", "Days until backups are deleted too"),
        "30",
        |answer| answer.parse::<u16>().ok().filter(|days| *days <= 400),
    )?;
    form["storage"] = json!({"country": country, "backup_days": days});
    form["processors"] = json!([]);
    if let Some(host) = host {
        let task =
            both("menyimpan data yang terkunci dan tidak bisa membukanya", "keeps locked data and cannot open it");
        items(form, "processors")?.push(json!({"name": host, "country": country, "task": task}));
    }
    while let Some(name) = ask.maybe(|| {
        words!(
            "Siapa lagi yang menerima data, misalnya kurir (kosong bila tidak ada)",
            "Who else receives data, for example a courier (empty if nobody)"
        )
    })? {
        let id = ask.text(|| words!("Untuk apa, dalam bahasa Indonesia", "What for, in Indonesian"), "")?;
        let en = ask.text(|| words!("Untuk apa, dalam bahasa Inggris", "What for, in English"), &id)?;
        items(form, "recipients")?.push(json!({"name": name, "reason": both(&id, &en)}));
    }
    Ok(())
}

/// A form that children may be registered with names their guardian, and offers them nothing.
fn children(ask: &mut Ask<'_>, form: &mut Value) -> Result<(), Failure> {
    let guardian = ask.yes(
        || {
            words!(
                "Boleh untuk anak di bawah 18 tahun, diisi orang tua atau wali",
                "May parents or guardians fill it for children under 18"
            )
        },
        false,
    )?;
    form["children"] = json!(if guardian { "guardian" } else { "block" });
    if !guardian {
        return Ok(());
    }
    for purpose in items(form, "purposes")?.iter_mut().filter(|purpose| purpose["required"] == false) {
        purpose["adults"] = json!(true);
    }
    for field in items(form, "fields")?.iter_mut().filter(|field| field["kind"] == "phone" || field["kind"] == "email")
    {
        field["of"] = json!("adult");
    }
    let purposes = required(form);
    let about = |id: &str, kind: &str, label: Value, reason: Value| json!({"id": id, "kind": kind, "of": "guardian", "label": label, "reason": reason, "purposes": purposes, "required": true});
    let name = about(
        "wali",
        "name",
        both("Nama orang tua atau wali", "Name of the parent or guardian"),
        both("untuk tahu siapa yang mengizinkan", "to know who allows it"),
    );
    let phone = about(
        "wa_wali",
        "phone",
        both("Nomor WhatsApp orang tua atau wali", "WhatsApp number of the parent or guardian"),
        both("untuk menghubungi orang tua atau wali", "to reach the parent or guardian"),
    );
    items(form, "fields")?.splice(0..0, [name, phone]);
    Ok(())
}
